"""The whole course as one PDF: `make pdf` prints the built pages, in the order of the table of contents.

The pages become one document, so that their links lead within it, and Chromium makes the outline of its headings.
Proofs, answers and what goes into depth stand open, a picture stands for each widget, and the lines of claims stay.
Code that only draws a figure and the solutions of the exercises are left to the site. Needs the built book and
Chromium.
"""

import functools
import http.server
import shutil
import sys
import threading
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup, Comment
from repository import PLACEHOLDER, ROOT, address, site, version

SITE = ROOT / "_build" / "html"
TARGET = "steepest.pdf"

#: Pages that are of no use on paper.
LEFT_OUT = {"book/progress", "book/your-optimizer"}

#: Where a page leads to the PDF when there is one.
PLACE = "pdf"

#: What is only good for a screen, and what paper would show in vain.
OF_SCREENS = (
    "script, style, noscript, button, input, textarea, select, source, .headerlink, .run-bar, .run-head, .ways, "
    ".exhibit details, .prev-next-area, .cell_input + .cell_output:empty, details.hide, .tag_solution details, "
    ".evidence-ledger"
)

STYLE = """
@page { size: A4; margin: 18mm 17mm; }
html { font-size: 14px; }
body { background: white; }
.bd-main, .bd-main .bd-content, .bd-main .bd-content .bd-article-container,
.bd-main .bd-content .bd-article-container .bd-article {
  display: block; max-width: none !important; margin: 0 !important; padding: 0 !important; overflow: visible;
}
article { break-before: page; }
article * { break-inside: auto !important; }
h1, h2, h3, h4 { display: block !important; break-after: avoid; white-space: nowrap; }
/* Without room above its letters, a heading at the top of a page is drawn on the page before, too, and named twice. */
.bd-article :is(h2, h3, h4) { margin-top: 1.6rem; padding-top: 2px; font-size: 1.15rem; }
.bd-article h2 { font-size: 1.3rem; }
:is(th, td:first-child:not(:has(code))) { overflow-wrap: normal !important; }
table:has(thead th:nth-child(7)) { font-size: 0.7em; }
table:has(thead th:nth-child(7)) :is(th, td) { padding: 0.4em; }
p, li { orphans: 3; widows: 3; }
.front { break-before: auto; }
.front h1 { margin: 30% 0 1rem; font-size: 3rem; }
article :is(.rule, figure, img, tr, div.math, .claim, blockquote) { break-inside: avoid !important; }
img { max-width: 100%; max-height: 200mm; object-fit: contain; }
figure.drawn img { max-width: 150mm; }
figcaption { font-weight: 400 !important; }
[state] > img { max-width: 120mm !important; }
div.math > .formula { overflow: visible; }
pre { white-space: pre-wrap; }
.rule { margin: 0.5rem 0; padding: 0.3rem 0.7rem; border: 1px solid #d1d5da; }
.evidence { margin: 0.2rem 0 0.6rem; font-size: 0.85em; }
.evidence .claim { display: block; padding: 0 0 0 1.4em; border: 0; background: none; text-indent: -1.4em; }
:is(.in-depth, .proof) { margin: 0.5rem 0; padding-left: 1rem; border-left: 0.2rem solid #d1d5da; }
.opened { font-weight: 600; }
a { color: #085d6c; }
a::after { content: none !important; }
"""

BROWSERS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def order() -> list[str]:
    """The names of all pages, in the order of the table of contents."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [contents["root"], *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"])]


def key(name) -> str:
    """What the ids of a page begin with in the whole document."""
    return name.replace("/", "-")


class Page:
    """A built page: its name, such as "book/index", its article, and where its links lead."""

    def __init__(self, name):
        self.name, self.address = name, f"/{name}.html"
        self.page = BeautifulSoup((SITE / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        (self.article,) = self.page.select("article.bd-article")
        self.ids = {node["id"] for node in self.article.find_all(id=True)}

    def title(self) -> str:
        return " ".join("".join(self.article.select("h1")[0].find_all(string=True)).replace("#", "").split())

    def styles(self):
        """The addresses of its style sheets, but those of single pages."""
        for link in self.page.select("link[rel=stylesheet]"):
            address = urljoin(self.address, str(link["href"]))
            if not any(name in address for name in ("cheat-sheet", "run.css")):
                yield address

    def on_paper(self, pages) -> str:
        """Its article for the document of these pages, a dictionary by address."""
        article = self.article
        for node in article.select(OF_SCREENS):
            if not node.decomposed:
                node.decompose()
        for comment in article.find_all(string=lambda text: isinstance(text, Comment)):
            comment.extract()
        for fold in article.select("details"):
            (words, *_) = fold.select("summary")
            if "evidence" in (fold.get("class") or ()):
                for other in list(fold.children):
                    if other is not words:
                        other.extract()
            else:
                words["class"] = "opened"
            fold.name = words.name = "div"  # Chromium names what stands in a summary twice in its outline
        for node in article.find_all(id=True):
            node["id"] = f"{key(self.name)}--{node['id']}"
        for image in article.select("img"):
            image["src"] = urljoin(self.address, str(image["src"]))
            image.attrs.pop("loading", None)
        for link in article.select("a[href]"):
            self.lead(link, pages)
        article["id"] = key(self.name)
        return str(article)

    def lead(self, link, pages):
        """Let a link lead within the document, or else to the published site, if there is one."""
        parts = urlsplit(urljoin(self.address, link["href"]))
        if parts.scheme or parts.netloc:
            return
        other, fragment = pages.get(parts.path), unquote(parts.fragment)
        if other:
            link["href"] = f"#{key(other.name)}" + (f"--{fragment}" if fragment in other.ids else "")
        elif address() != PLACEHOLDER:
            link["href"] = urljoin(site(address()), parts.path.lstrip("/")) + (f"#{parts.fragment}" if fragment else "")
        else:
            del link["href"]


def whole(names) -> str:
    """The HTML of one document of these pages, with a first page of its own."""
    pages = {page.address: page for page in map(Page, names)}
    styles = dict.fromkeys(style for page in pages.values() for style in page.styles())
    links = "".join(f'<link rel="stylesheet" href="{style}">' for style in styles)
    contents = "".join(f'<li><a href="#{key(page.name)}">{page.title()}</a></li>' for page in pages.values())
    bodies = "".join(page.on_paper(pages) for page in pages.values())
    return (
        f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Steepest</title>{links}'
        f'<style>{STYLE}</style></head><body><main class="bd-main"><div class="bd-content">'
        '<div class="bd-article-container"><article class="bd-article front"><h1>Steepest</h1>'
        f'<p class="front">A course on the optimizers behind machine learning, version {version()}</p>'
        f"<ul>{contents}</ul></article>{bodies}</div></div></main></body></html>"
    )


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


FOOT = (
    '<div style="width: 100%; text-align: center; font: 8px sans-serif; color: #48566b">'
    '<span class="pageNumber"></span></div>'
)


def print_pages(browser, names, target) -> None:
    """Write these pages into the PDF `target`."""
    with http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(Quiet, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_context(java_script_enabled=False, color_scheme="light").new_page()
        page.set_default_timeout(600_000)
        there = f"http://localhost:{server.server_port}/paper"
        document = whole(names)
        page.route(there, lambda route: route.fulfill(body=document, content_type="text/html; charset=utf-8"))
        page.goto(there, wait_until="load")
        page.pdf(
            path=target,
            prefer_css_page_size=True,
            outline=True,
            tagged=True,
            display_header_footer=True,
            header_template="<div></div>",
            footer_template=FOOT,
        )
        page.context.close()
        server.shutdown()


def main():
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        return f"To print the course takes one of {', '.join(BROWSERS)} on the PATH."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        print_pages(browser, [name for name in order() if name not in LEFT_OUT], SITE / TARGET)
        browser.close()
    size = (SITE / TARGET).stat().st_size / 1e6
    for path in sorted(SITE.glob("book/*.html")):
        text = path.read_text(encoding="utf-8")
        if f"<!-- {PLACE} -->" in text:
            line = f'<p>The whole course is <a href="../{TARGET}">one PDF</a> of {size:.0f} MB, too.</p>'
            path.write_text(text.replace(f"<!-- {PLACE} -->", line), encoding="utf-8")
    print(f"The course is in {(SITE / TARGET).relative_to(ROOT)}, {size:.1f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
