"""How much of each chapter is prose, pictures and code, and how far a reader goes to the first thing that moves.

    python benchmarks/anatomy.py

Opens the built chapters in a browser and measures the main line: all that is not folded, without the exercises. A
screen is 1400 × 1100 pixels, on a phone 390 × 844. Needs the built book and Chromium.
"""

import functools
import http.server
import threading
from pathlib import Path
from typing import NamedTuple

from browser import launch
from playwright.sync_api import sync_playwright

SITE = Path(__file__).resolve().parents[1] / "_build" / "html"
DESKTOP, PHONE = {"width": 1400, "height": 1100}, {"width": 390, "height": 844}

#: What a chapter should keep to.
GOALS = {"screens": 18, "phone": 30, "pictures": 0.35, "code": 0.12, "first": 2.0, "longest": 3.0}

#: The largest space between two blocks that still belongs to the page's flow, in pixels.
MARGIN = 120.0

# The blocks of the page in their order, each with its kind, top and height. A block is what holds no block of another
# kind; the space between two blocks belongs to the one above.
BLOCKS = """() => {
    const article = document.querySelector("article.bd-article");
    const skipped = "#exercises, .prev-next-area, .headerlink";
    const folded = (node) => node.closest("details:not([open])") && !node.closest("summary");
    const kinds = [
        ["widget", ".steepest"],
        ["picture", "figure.drawn, img, .cell_output svg:not(button svg)"],
        ["prose", ".cell_output:has(table, math, .math)"], // tables and rules that a cell prints are for reading
        ["code", ".cell_input, .cell_output, .claim, div.highlight, details.toggle-details, details.hide"],
    ];
    const found = [];
    const visit = (node) => {
        if (node.matches(skipped) || folded(node)) return;
        const box = node.getBoundingClientRect();
        if (!box.width || !box.height) return;
        const kind = kinds.find(([, selector]) => node.matches(selector))?.[0];
        const inside = node.matches(".cell_output") && node.querySelector(".steepest, img, svg:not(button svg)");
        if (kind && !inside) return found.push([kind, box.top + scrollY, box.bottom + scrollY]);
        const leaf = !node.children.length || node.matches("p, h1, h2, h3, h4, li, table, blockquote, .math, dl");
        if (leaf && !node.querySelector(".steepest, img, .claim, .cell_input")) {
            return found.push(["prose", box.top + scrollY, box.bottom + scrollY]);
        }
        for (const child of node.children) visit(child);
    };
    visit(article);
    return found.sort((a, b) => a[1] - b[1]);
}"""


class Anatomy(NamedTuple):
    """A chapter's main line: its length in screens, the shares of its height, and distances in screens."""

    screens: float
    prose: float
    pictures: float  # figures and widgets
    code: float  # visible code, claims and output
    first: float  # where the first widget begins
    longest: float  # the longest way without a figure or a widget


def anatomy(blocks, screen) -> Anatomy:
    """What the blocks of a page, as (kind, top, bottom) from its top down, add up to.

    Raises:
        ValueError: a page without blocks.
    """
    if not blocks:
        raise ValueError("The page has no blocks to measure.")
    heights = {"prose": 0.0, "picture": 0.0, "widget": 0.0, "code": 0.0}
    # Blocks that were left out, such as the exercises, leave a gap: it is not part of the main line.
    shown, end, position, first, last_seen, longest = 0.0, blocks[0][1], 0.0, None, 0.0, 0.0
    for place, (kind, top, bottom) in enumerate(blocks):
        following = blocks[place + 1][1] if place + 1 < len(blocks) else bottom
        gap = min(max(following - max(bottom, end), 0.0), MARGIN)
        height = max(bottom - max(top, end), 0.0) + gap
        end = max(end, bottom)
        if kind in ("picture", "widget"):
            longest = max(longest, position - last_seen)
            if kind == "widget" and first is None:
                first = position
        heights[kind] += height
        shown += height
        position += height
        if kind in ("picture", "widget"):
            last_seen = position
    longest = max(longest, position - last_seen)
    share = {kind: height / shown for kind, height in heights.items()}
    return Anatomy(
        screens=shown / screen,
        prose=share["prose"],
        pictures=share["picture"] + share["widget"],
        code=share["code"],
        first=(shown if first is None else first) / screen,
        longest=longest / screen,
    )


def measure(browser, address, window) -> Anatomy:
    """The anatomy of one page in a window."""
    page = browser.new_page(viewport=window, bypass_csp=True)  # to wait for a condition, Playwright evaluates text
    page.goto(address)
    page.add_style_tag(content="section { content-visibility: visible !important }")
    page.keyboard.press("Tab")  # which starts all widgets
    page.wait_for_function("document.querySelectorAll('[state]:not(:has(.steepest))').length == 0")
    page.evaluate("() => { for (const image of document.images) image.loading = 'eager'; }")
    page.evaluate("() => Promise.all([...document.images].map((image) => image.decode().catch(() => null)))")
    found = anatomy(page.evaluate(BLOCKS), window["height"])
    page.close()
    return found


def chapters():
    """The pages of the chapters, below the site's root."""
    return sorted(path.relative_to(SITE).as_posix() for path in SITE.glob("notebooks/*.html"))


def row(*cells):
    return f"| {' | '.join(cells)} |"


def main():
    handler = functools.partial(QuietHandler, directory=SITE)
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://localhost:{server.server_port}/"
        browser = launch(playwright)
        headings = ["chapter", "screens (phone)", "prose, formulas", "figures + widgets", "code, claims, output"]
        print(row(*headings, "first widget", "longest way without either"))
        print(row(*["---"] * 7))
        for name in chapters():
            desk, phone = measure(browser, root + name, DESKTOP), measure(browser, root + name, PHONE)
            shares = [f"{share:.0%}" for share in (desk.prose, desk.pictures, desk.code)]
            screens = f"{desk.screens:.1f} ({phone.screens:.1f})"
            print(row(Path(name).stem, screens, *shares, f"{desk.first:.1f}", f"{desk.longest:.1f}"))
        shares = ["", f"≥ {GOALS['pictures']:.0%}", f"≤ {GOALS['code']:.0%}"]
        screens = f"≤ {GOALS['screens']} ({GOALS['phone']})"
        print(row("goal", screens, *shares, f"≤ {GOALS['first']:g}", f"≤ {GOALS['longest']:g}"))
        browser.close()
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, format, *args):
        pass


if __name__ == "__main__":
    main()
