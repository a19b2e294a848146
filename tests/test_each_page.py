"""Each page of the built book, as it stands in the file and as a browser that reaches no other host shows it."""

import functools
import gzip
import re
from itertools import pairwise
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from conftest import BASE, DESKTOP, PAGES, PHONE, SITE, soup
from widget_page import wait_until

PAPER = {"width": 718, "height": 1047}  # A4 in CSS's pixels, without margins of 1 cm

each_page = pytest.mark.parametrize("name", PAGES)
pytestmark = pytest.mark.usefixtures("built_book")


@each_page
def test_a_page_says_what_it_is(name):
    html = soup(name)
    assert html.html["lang"] == "en"
    assert html.title.text.strip().endswith("Steepest")
    assert html.find("link", rel="icon")
    if html.select_one("article section"):  # prose, so not the index or the search page
        description = html.find("meta", attrs={"name": "description"})["content"]
        assert len(description) > 50
        assert "\\" not in description, "a page must begin with a paragraph of words, without formulas"
        assert len(html.select("h1")) == 1 + len(html.select("#jb-print-docs-body h1"))


@each_page
def test_pictures_keep_their_place(name):
    for picture in soup(name).select("article img"):
        assert int(picture["width"]) > 0, picture
        assert int(picture["height"]) > 0, picture


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


@functools.cache
def anchors(name):
    """What a link may name: elements, and widgets, which know their own names."""
    html = soup(name)
    widgets = {f"steepest-{widget['name']}" for widget in html.select("[state]")}
    return widgets | {element["id"] for element in html.find_all(id=True)}


@each_page
def test_links_inside_the_site_lead_somewhere(name):
    html = soup(name)
    for element in html.select("a[href], link[href], img[src], script[src]"):
        link = element.get("href") or element.get("src")
        parts = urlsplit(urljoin(BASE + name, link))
        if parts.scheme or parts.netloc or urlsplit(link).scheme:
            continue
        assert parts.path.startswith(BASE), link
        target = unquote(parts.path).removeprefix(BASE)
        target += "index.html" if target.endswith("/") or not target else ""
        assert (SITE / target).is_file(), link
        if parts.fragment and target.endswith(".html"):
            assert unquote(parts.fragment) in anchors(target) or parts.fragment.startswith("__"), link


@pytest.fixture(scope="module", params=PAGES)
def page(open_page, request):
    """A page as a browser shows it, all of it laid out and started: each is opened once, for all tests that follow."""
    page = open_page(request.param, viewport=DESKTOP, color_scheme="light", reduced_motion="reduce")
    page.elements = page.evaluate("document.querySelectorAll('*').length")
    page.add_style_tag(content="section { content-visibility: visible !important }")
    page.keyboard.press("Tab")
    wait_until(page, "!document.querySelector('[state]:not(:has(.steepest))')")
    yield page
    page.context.close()


# Opens what is folded, and waits until it has been laid out.
OPEN = """() => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def test_every_formula_is_drawn_and_has_room(page):
    """On a desk with both sidebars it fits into its column, and so it does on a phone, in lines if it must. What is
    printed from the code may scroll there, from its start."""
    page.set_viewport_size(DESKTOP)
    page.evaluate(OPEN)
    problems = page.evaluate(
        """() => {
            const all = selector => [...document.querySelectorAll(selector)];
            const text = element => element.textContent;
            return {
                "not drawn": all("main math").filter(formula => !formula.getBoundingClientRect().width).map(text),
                "formulas too wide": all(".formula").filter(box => box.scrollWidth > box.clientWidth + 1).map(text),
                "code too wide": all(".cell_input pre").filter(pre => pre.scrollWidth > pre.clientWidth + 1).map(text),
            };
        }"""
    )
    page.set_viewport_size(PHONE)
    problems["too wide for a phone"] = page.evaluate(
        """() => [...document.querySelectorAll(".formula:not(.cell_output *, .rule *)")]
            .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.textContent)"""
    )
    problems["cut off on a phone"] = page.evaluate(
        """() => [...document.querySelectorAll(".formula")].filter(box => {
            const outer = box.parentElement.getBoundingClientRect(), inner = box.getBoundingClientRect();
            const formula = box.querySelector("math").getBoundingClientRect();
            return inner.left < outer.left - 1 || inner.right > outer.right + 1 || formula.left < inner.left - 1
                || getComputedStyle(box).overflowX != "auto" || box.scrollHeight > box.clientHeight + 1;
        }).map(box => box.textContent)"""
    )
    assert {kind: found for kind, found in problems.items() if found} == {}


def test_folds_of_one_role_look_alike(page):
    """Proofs and depth have a bar at their side; code, hints and answers are quiet."""
    roles = [
        "details:is(.in-depth, .proof) > summary",
        "details.hide > summary > p, :is(.hint, details:not([class])) > summary",
    ]
    looks = page.evaluate(
        """roles => {
            const look = words => {
                const { borderLeftWidth, backgroundColor } = getComputedStyle(words.closest("details"));
                const { color, fontSize } = getComputedStyle(words);
                return [borderLeftWidth, backgroundColor, color, fontSize].join();
            };
            const all = role => [...document.querySelectorAll(`article :is(${role}):not(.steepest *)`)];
            return roles.map(role => [...new Set(all(role).map(look))]);
        }""",
        roles,
    )
    assert all(len(each) <= 1 for each in looks), looks


def test_what_is_wider_than_its_box_fades_where_it_goes_on(page):
    page.set_viewport_size(PHONE)
    page.evaluate(OPEN)
    wrong = page.evaluate(
        """() => [...document.querySelectorAll("main :is(.formula, pre, .drawing, .pst-scrollable-table-container)")]
            .filter(box => {
                const { maskImage } = getComputedStyle(box), wide = box.scrollWidth > box.clientWidth;
                return wide ? !/transparent|rgba\\(0, 0, 0, 0\\)/.test(maskImage) : maskImage != "none";
            }).map(box => box.textContent)"""
    )
    assert wrong == []


# Waits until widgets and drawers have taken their place in a new window.
DRAWN = """async () => {
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const moving = document.getAnimations().filter(one => one.timeline == document.timeline);
    await Promise.allSettled(moving.map(one => one.finished));
}"""

# What scrolls sideways but is no stop of the tab key. The theme makes it one, a moment after the window has changed.
STUCK = """async () => {
    const stuck = () => [...document.querySelectorAll(".formula, pre, .pst-scrollable-table-container")]
        .filter(box => box.scrollWidth > box.clientWidth && box.tabIndex != 0);
    for (let wait = 0; wait < 500 && stuck().length; wait++) await new Promise(done => setTimeout(done, 20));
    return stuck().map(box => box.textContent);
}"""

# Leaves out what costs axe most and is the same everywhere: the inside of formulas, of which axe knows nothing; colored
# code and its buttons, of which one of each kind stays.
THIN_OUT = """() => {
    for (const formula of document.querySelectorAll("math")) formula.replaceWith("formula");
    const seen = new Set();
    for (const part of document.querySelectorAll(".highlight :is(span, button)"))
        if (seen.has(part.className)) part.replaceWith(part.textContent);
        else seen.add(part.className);
}"""

# Marks what is painted as something before it was: with as large letters, in the same colors, on the same backgrounds.
# What lies on one another in a widget says less about that, so there is no such mark there.
MARK_REPEATED = """() => {
    const paints = new Map([[null, ""]]), seen = new Set();
    for (const element of document.querySelectorAll(":not(.steepest *)")) {
        const { backgroundColor, backgroundImage, color, fontSize, fontWeight, opacity } = getComputedStyle(element);
        const below = paints.get(element.parentElement);
        const layer = [backgroundColor, backgroundImage, opacity].join();
        paints.set(element, below.endsWith(layer) ? below : below + layer);
        const paint = [paints.get(element), color, fontSize, fontWeight].join();
        element.toggleAttribute("repeated", seen.has(paint));
        if (element.checkVisibility() && [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim()))
            seen.add(paint);
    }
}"""
AXE = Axe(AXE_SCRIPT + 'axe.configure({ rules: [{ id: "color-contrast", selector: ":not([repeated])" }] })')
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}  # it would ask for the style sheets once more


def violations(page):
    """What axe finds: the HTML of the elements by the rule that they violate."""
    page.evaluate(MARK_REPEATED)
    found = AXE.run(page, options=AXE_OPTIONS).response["violations"]
    return {violation["id"]: [node["html"][:200] for node in violation["nodes"]] for violation in found}


def test_a_page_is_for_all_eyes(page):
    """Axe finds nothing, in dark on a phone and in light on a desk."""
    page.emulate_media(media="screen")
    page.set_viewport_size(PHONE)
    page.evaluate(OPEN)
    assert page.evaluate(STUCK) == [], "these scroll, but not by keyboard"
    page.evaluate(THIN_OUT)
    found = {}
    for theme, size in ("dark", PHONE), ("light", DESKTOP):
        page.set_viewport_size(size)
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        found |= {(theme, rule): elements for rule, elements in violations(page).items()}
    assert found == {}


def test_one_pale_word_among_many_is_found(visit):
    page = visit("book/notation.html")
    page.evaluate("[...document.querySelectorAll('main p')].at(-1).innerHTML += ' <b style=\"color: #aaa\">pale</b>'")
    assert list(violations(page)) == ["color-contrast"]
    assert len(violations(page)["color-contrast"]) == 1


def test_no_page_scrolls_sideways(page):
    page.emulate_media(media="screen")
    for width in (320, PHONE["width"]):
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        page.evaluate(DRAWN)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width


# For each figure the smallest of its letters, in pixels of the page, with the address of its file. Of a formula the
# largest letter counts: its exponents are as much smaller as they are in the text.
LETTERS = """() => Promise.all([...document.querySelectorAll("figure.drawn img")].map(async (image) => {
    image.loading = "eager";
    await image.decode();
    const drawing = new DOMParser().parseFromString(await (await fetch(image.currentSrc)).text(), "image/svg+xml");
    const scale = image.getBoundingClientRect().width / drawing.documentElement.viewBox.baseVal.width;
    const sizes = [...drawing.querySelectorAll("text")].map((text) => Math.max(
        ...[text, ...text.children].map((part) => Number(part.getAttribute("font-size")))));
    return [image.currentSrc.split("/").pop(), scale * Math.min(...sizes)];
}))"""


@pytest.mark.parametrize("width", [PHONE["width"], 760, 1000, 1400])
def test_the_letters_of_every_figure_are_legible(page, width):
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(OPEN)
    small = {file: size for file, size in page.evaluate(LETTERS) if size < 11}
    assert small == {}


def test_paper_gets_pictures_instead_of_widgets(page):
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    wrong = page.evaluate(
        """width => {
            for (const fold of document.querySelectorAll("details")) fold.open = false;
            const shown = selector => [...document.querySelectorAll(selector)].filter(found => found.checkVisibility());
            const ofScreens = ".steepest, .bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .bd-footer, "
                + "button, details:not([open], .evidence), .headerlink, .highlight-link";
            const wide = [...document.querySelectorAll("main :is(p, pre, img, table)")]
                .filter(found => found.getBoundingClientRect().right > width);
            const record = `[state^='{"guesses"']`; // which has nothing to tell on paper
            const pictures = [...document.querySelectorAll(`[state]:not(details *, ${record}) > img`)]
                .filter(found => !found.checkVisibility());
            const narrow = [...document.querySelectorAll("picture > source")]
                .filter(found => matchMedia(found.media).matches);
            const apart = [...document.querySelectorAll("main :is(h2, h3, summary)")]
                .filter(found => getComputedStyle(found).breakAfter != "avoid");
            return [...shown(ofScreens), ...wide, ...pictures, ...narrow, ...apart]
                .map(found => found.outerHTML.slice(0, 200));
        }""",
        PAPER["width"],
    )
    assert wrong == []


def test_a_page_needs_no_other_host_and_has_no_error(page):
    page.wait_for_load_state("networkidle")
    assert page.problems == []


def test_a_page_is_light(page):
    """What a first visit loads, without pictures: less than an eleventh of the stock page of benchmarks/site.py."""
    files = [SITE / name for name in page.files if not name.endswith((".png", ".svg")) and "." in name]
    assert sum(len(gzip.compress(file.read_bytes(), 6)) for file in files) < 200_000


def test_a_page_has_not_too_many_elements(page):
    """When it opens. The widgets that have not started yet have theirs to come."""
    assert page.elements < 12_000


@each_page
def test_a_fold_says_what_is_in_it(name):
    """And two folds on a page are told apart when they hold solutions."""
    folds = soup(name).select("details.hide")
    words = [" ".join(fold.summary.text.split()) for fold in folds]
    assert all(fold.summary.get("aria-label") is None for fold in folds)
    for fold, said in zip(folds, words, strict=True):
        solution = fold.find_parent(class_="tag_solution")
        assert re.match(r"Show the solution of \d\.\d+" if solution else "Show the code", said), said
    solutions = [said for said in words if "solution" in said]
    assert len(set(solutions)) == len(solutions)
