"""What the first visit of a chapter loads, beside a stock Jupyter Book page with one formula and one of ipywidgets.

    python benchmarks/site.py

Builds both books, opens each page in a browser with an empty cache, and prints the sizes of what it fetched without
pictures, each file compressed as by `gzip -6`. Needs Chromium and npm: the stock page's files from content delivery
networks are those of the npm packages that they mirror. require.js is left out of its sum, because its package has it
only as source.
"""

import functools
import gzip
import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
STOCK = "stock page"

#: The kinds of files, by what their address has; the first that fits counts.
KINDS = {
    "require.js": "require.js",
    "html-manager": "widgets",
    "steepest-": "widgets",
    ".woff": "fonts",
    ".ttf": "fonts",
    "mathjax": "MathJax",
    ".css": "styles",
    ".js": "scripts",
    "": "page",
}

# A file on jsDelivr or unpkg: the package, its version, and the path in it.
MIRROR = re.compile(r"https://[^/]+/(?:npm/)?((?:@[^/]+/)?[^@/]+)@([^/]+)/([^?]*)")
REQUIRE = re.compile(r"https://[^/]+/ajax/libs/require\.js/([^/]+)/")


def build(folder):
    """Build the book in a folder. Returns where its pages are."""
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    subprocess.run([jupyter_book, "build", folder], check=True, capture_output=True)
    return Path(folder, "_build", "html")


def stock(folder):
    """Write and build a book of one page, with the settings that Jupyter Book comes with."""
    page = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# A page\n\n$$w \\leftarrow w - \\eta \\nabla f(w)$$"),
            nbformat.v4.new_code_cell("import ipywidgets\n\nipywidgets.FloatSlider()"),
        ]
    )
    nbformat.write(page, folder / "page.ipynb")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (folder / "_config.yml").write_text("title: A book\n")
    built = build(folder) / "page.html"
    # The page insists on the minified require.js, which no package has.
    built.write_text(re.sub(r' integrity="[^"]*"', "", built.read_text()))
    return built.parent


@functools.cache
def package(name, version):
    """The folder of a package, fetched with npm."""
    folder = Path(tempfile.mkdtemp())
    command = ["npm", "pack", f"{name}@{version}", "--json", "--silent", "--pack-destination", folder]
    packed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    shutil.unpack_archive(folder / packed[0]["filename"], folder)
    return folder / "package"


def from_package(route):
    """Answer a request to another host with the file of the npm package."""
    url = route.request.url
    if require := REQUIRE.match(url):
        return route.fulfill(path=package("requirejs", require[1]) / "require.js")
    name, version, path = MIRROR.match(url).groups()
    file = package(name, version) / path
    return route.fulfill(path=file if file.suffix else file.with_suffix(".js"))


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def weigh(browser, folder, pages):
    """The compressed sizes of what each page loads, by kind."""
    with http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://localhost:{server.server_port}/"
        for page in pages:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.route(lambda url: not url.startswith((root, "data:", "blob:")), from_package)
            opened, loaded = context.new_page(), {}
            opened.on("response", lambda response, loaded=loaded: loaded.update({response.url: response}))
            opened.goto(root + page)
            opened.wait_for_load_state("networkidle")
            assert opened.locator("mjx-math").count()
            opened.locator(".steepest, .widget-slider").first.wait_for()
            sizes = Counter()
            for url, response in loaded.items():
                if response.request.resource_type != "image" and url.startswith("http") and not url.endswith(".svg"):
                    kind = next(kind for part, kind in KINDS.items() if part in url.lower())
                    sizes[kind] += len(gzip.compress(response.body(), 6))
            context.close()
            yield page, sizes
        server.shutdown()


def main():
    browser_path = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
    folder = Path(tempfile.mkdtemp())
    theirs, ours = stock(folder), build(ROOT)
    chapters = sorted(path.relative_to(ours).as_posix() for path in (ours / "notebooks").glob("*.html"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        (_, stocks), *_ = weigh(browser, theirs, ["page.html"])
        found = {STOCK: stocks} | dict(weigh(browser, ours, chapters))
        browser.close()
    kinds = [kind for kind in dict.fromkeys(KINDS.values()) if kind != "require.js"]
    total = {page: sum(sizes[kind] for kind in kinds) for page, sizes in found.items()}
    print(f"{'kB, gzip -6, without pictures':45}" + "".join(f"{name:>10}" for name in [*kinds, "all", "of stock"]))
    for page, sizes in found.items():
        numbers = [*(sizes[kind] for kind in kinds), total[page]]
        print(f"{page:45}" + "".join(f"{n / 1000:10.0f}" for n in numbers) + f"{total[page] / total[STOCK]:10.1%}")


if __name__ == "__main__":
    main()
