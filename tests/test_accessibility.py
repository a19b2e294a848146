"""The built book for everyone: by keyboard, with a screen reader, on a phone, in the dark and on paper."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import SITE, skip_or_fail

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if "_static" not in path.parts)
PAGES = [page for page in PAGES if page != "index.html"]  # which leads to the first page of the book
WALKED = "notebooks/04_adagrad.html"  # by keyboard: it has widgets of three kinds
each_page = pytest.mark.parametrize("name", PAGES)

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PAPER = {"width": 718, "height": 1047}  # A4 in CSS's pixels, without margins of 1 cm

# Opens what is folded, and waits until it has been laid out.
OPEN = """() => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""

# Leaves out what costs axe most and is the same everywhere: formulas, for which MathJax writes MathML that axe does not
# take for text; colored code, of which one token of each kind stays.
THIN_OUT = """() => {
    for (const formula of document.querySelectorAll("mjx-container")) formula.replaceWith("formula");
    const seen = new Set();
    for (const token of document.querySelectorAll(".highlight span"))
        if (seen.has(token.className)) token.replaceWith(token.textContent);
        else seen.add(token.className);
}"""


@pytest.fixture(autouse=True)
def built_book():
    if not PAGES:
        skip_or_fail("there is no built book: run `make book`")


@pytest.fixture(scope="module")
def visit(browser, root):
    """Opens a page of the book in the light theme, in the place of the page opened before."""
    pages = []

    def open_page(name, size=DESKTOP):
        while pages:
            pages.pop().close()
        page = browser.new_page(viewport=size, color_scheme="light", reduced_motion="reduce")
        pages.append(page)
        page.goto(root + name)
        page.evaluate("() => window.MathJax && MathJax.startup.promise")
        return page

    yield open_page
    while pages:
        pages.pop().close()


def soup(name):
    return BeautifulSoup((SITE / name).read_text(encoding="utf-8"), "html.parser")


@each_page
def test_headings_come_in_order(name):
    headings = soup(name).select("main :is(h1, h2, h3, h4, h5, h6)")
    levels = [int(heading.name[1]) for heading in headings if not heading.find_parent(id="jb-print-docs-body")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= level + 1 for level, later in pairwise(levels)), levels


@each_page
def test_every_picture_says_what_it_shows(name):
    texts = [picture.get("alt", "") for picture in soup(name).select("main img")]
    for text in texts:
        assert len(text.split()) > 5, text
        assert not text.lower().startswith(("image", "picture", "figure", "plot of", "graph of")), text
    assert len(set(texts)) == len(texts)


@each_page
def test_a_page_is_for_the_eyes_of_all_and_for_paper(visit, name):
    """Axe finds nothing, in dark on a phone and in light on a desk; and paper gets pictures instead of widgets."""
    page = visit(name, PHONE)
    page.evaluate(OPEN)
    scrolls = "formula => formula.scrollWidth > formula.clientWidth && formula.tabIndex != 0"
    formulas = (
        f"[...document.querySelectorAll('mjx-container[display]')].filter({scrolls}).map(found => found.textContent)"
    )
    assert page.evaluate(formulas) == [], "these scroll, but not by keyboard"
    page.evaluate(THIN_OUT)
    found = {}
    for theme, size in ("dark", PHONE), ("light", DESKTOP):
        page.set_viewport_size(size)
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        for violation in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
            found[theme, violation["id"]] = [node["html"][:200] for node in violation["nodes"]]
    assert found == {}
    assert on_paper(page) == []


def on_paper(page):
    """What a printed page shows but should not, or should show but does not."""
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    wrong = page.evaluate(
        """width => {
            for (const fold of document.querySelectorAll("details")) fold.open = false;
            const shown = selector => [...document.querySelectorAll(selector)].filter(found => found.checkVisibility());
            const ofScreens = ".steepest, .bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .bd-footer, "
                + "button, details:not([open]), .headerlink";
            const wide = [...document.querySelectorAll("main :is(p, pre, img, table)")]
                .filter(found => found.getBoundingClientRect().right > width);
            const pictures = [...document.querySelectorAll("[state] > img")].filter(found => !found.checkVisibility());
            return [...shown(ofScreens), ...wide, ...pictures].map(found => found.outerHTML.slice(0, 200));
        }""",
        PAPER["width"],
    )
    return wrong


def test_a_dark_page_is_printed_in_the_light_theme(visit):
    page = visit(WALKED)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate(
        """() => addEventListener("beforeprint", () => window.printed = document.documentElement.dataset.theme)"""
    )
    page.pdf()
    assert page.evaluate("[printed, document.documentElement.dataset.theme]") == ["light", "dark"]


def test_the_tab_key_reaches_every_control_of_a_chapter_and_leaves_it(visit):
    page = visit(WALKED)
    page.evaluate(
        """() => {
            window.order = new Map([...document.querySelectorAll("*")].map((element, k) => [element, k]));
            window.stops = [];
            document.addEventListener("focusin", ({ target }) => stops.push(order.get(target)));
        }"""
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == "#main-content", "the first stop leads past the sidebar"
    while page.evaluate("document.activeElement !== document.body"):
        page.keyboard.press("Tab")
    stops = page.evaluate("stops")
    assert stops == sorted(set(stops)), "the stops come in the order of the page, each of them once"
    controls = page.evaluate(
        """() => [...document.querySelectorAll(".steepest :is(input, button, select, textarea, summary, [tabindex])")]
            .filter(control => control.checkVisibility() && !control.disabled && control.tabIndex >= 0)
            .map(control => order.get(control))"""
    )
    assert len(controls) > 20
    assert set(controls) <= set(stops)
    folds = "[...document.querySelectorAll('main summary')].map(summary => order.get(summary))"
    assert set(page.evaluate(folds)) - set(controls) <= set(stops)
