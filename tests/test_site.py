"""The built book, visited page by page in a browser that reaches no other host. `make test` builds it first."""

import functools
import gzip
import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import BASE, SITE, skip_or_fail
from fontTools.ttLib import TTFont

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if "_static" not in path.parts)
REDIRECT = "index.html"  # leads to the first page of the book
each_page = pytest.mark.parametrize("page", PAGES)


@pytest.fixture(autouse=True)
def built_book():
    if not PAGES:
        skip_or_fail("there is no built book: run `make book`")


@pytest.fixture
def visit(browser, root):
    """Opens a page and returns it, with what went wrong on it in `page.problems` and what it fetched in `page.files`.

    What the page's content security policy forbids is among what went wrong, for the console reports it.
    """
    contexts = []

    def open_page(name, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.problems, page.files = [], set()

        def guard(route):
            if route.request.url.startswith((root, "data:", "blob:")):
                page.files.add(urlsplit(route.request.url).path.removeprefix(BASE))
                route.continue_()
            else:
                page.problems.append(f"asks for {route.request.url}")
                route.abort()

        context.route("**/*", guard)
        page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("response", lambda response: response.ok or page.problems.append(f"{response.status} {response.url}"))
        page.goto(root + name)
        if name == REDIRECT:
            page.wait_for_url(root + "book/**")
        page.wait_for_load_state("networkidle")
        page.evaluate("() => window.MathJax && MathJax.startup.promise")
        return page

    yield open_page
    for context in contexts:
        context.close()


@functools.cache
def soup(page):
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


@functools.cache
def anchors(page):
    return {element["id"] for element in soup(page).find_all(id=True)}


@each_page
def test_a_page_works_on_its_own(visit, page):
    """It asks nothing of another host, has no error in the console, and sets every formula, none wider than the column.

    The window is wide enough for both sidebars. On a phone, a formula fits or scrolls from its beginning.
    """
    visited = visit(page, viewport={"width": 1440, "height": 900})
    problems = visited.evaluate(
        """() => {
            const set = formula => formula.querySelector("mjx-container")?.offsetWidth > 0;
            const fits = formula => {
                const column = formula.getBoundingClientRect();
                return [...formula.querySelectorAll("mjx-math *")].map(part => part.getBoundingClientRect())
                    .every(part => part.left > column.left - 1 && part.right < column.right + 1);
            };
            const all = selector => [...document.querySelectorAll(selector)];
            const text = element => element.textContent;
            return {
                "not typeset": all(".math").filter(formula => !set(formula)).map(text),
                "errors in formulas": all("[data-mjx-error]").map(element => element.dataset.mjxError),
                "formulas too wide": all("div.math").filter(formula => !fits(formula)).map(text),
                "code too wide": all(".cell_input pre").filter(pre => pre.scrollWidth > pre.clientWidth + 1).map(text),
            };
        }"""
    )
    visited.set_viewport_size({"width": 390, "height": 844})
    problems["cut off on a phone"] = visited.evaluate(
        """() => [...document.querySelectorAll(".math mjx-container")].filter(box => {
            const outer = box.parentElement.getBoundingClientRect(), inner = box.getBoundingClientRect();
            const formula = box.querySelector("mjx-math").getBoundingClientRect();
            const scrolls = getComputedStyle(box).overflowX == "auto";
            return inner.left < outer.left - 1 || inner.right > outer.right + 1 || formula.left < inner.left - 1
                || (formula.right > inner.right + 1 && !scrolls);
        }).map(box => box.textContent)"""
    )
    problems["requests and errors"] = visited.problems
    assert {kind: found for kind, found in problems.items() if found} == {}


def test_a_chapter_is_light(visit):
    """What a first visit loads, without pictures: less than a quarter of the stock page of benchmarks/site.py."""
    for page in (page for page in PAGES if page.startswith("notebooks/")):
        files = [SITE / name for name in visit(page).files if not name.endswith((".png", ".svg")) and "." in name]
        assert sum(len(gzip.compress(file.read_bytes(), 6)) for file in files) < 550_000, page


def test_the_site_has_nothing_large_that_no_page_needs():
    large = [file.name for file in SITE.glob("_static/**/*") if file.is_file() and file.stat().st_size > 350_000]
    assert large == []
    assert not list(SITE.glob("_static/**/*.map"))


def test_some_page_has_formulas():
    assert any(soup(page).select(".math") for page in PAGES)


@each_page
def test_a_page_says_what_it_is(page):
    if page == REDIRECT:
        return
    html = soup(page)
    assert html.html["lang"] == "en"
    assert html.title.text.strip().endswith("Steepest")
    assert html.find("link", rel="icon")
    if html.select_one("article section"):  # prose, so not the index or the search page
        description = html.find("meta", attrs={"name": "description"})["content"]
        assert len(description) > 50
        assert "\\" not in description, "a page must begin with a paragraph of words, without formulas"
        assert len(html.select("h1")) == 1 + len(html.select("#jb-print-docs-body h1"))


@each_page
def test_pictures_keep_their_place(page):
    for picture in soup(page).select("article img"):
        assert int(picture["width"]) > 0, picture
        assert int(picture["height"]) > 0, picture


def test_no_icon_is_lost():
    """The style sheet has a rule for every icon of every page, and the font of the icon's style has its glyph."""
    styles = (SITE / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    rules = {
        name: int(code, 16)
        for names, code in re.findall(r'((?:\.fa-[a-z-]+:before,?)+){content:"\\([0-9a-f]+)"', styles)
        for name in re.findall(r"fa-[a-z-]+", names)
    }
    fonts = {
        style: TTFont(SITE / f"_static/vendor/fontawesome/webfonts/fa-{name}.woff").getBestCmap()
        for style, name in {
            "fas": "solid-900",
            "fa-solid": "solid-900",
            "far": "regular-400",
            "fab": "brands-400",
        }.items()
    }
    icons = {tuple(icon["class"]) for page in PAGES for icon in soup(page).select("[class*=' fa-'], [class^=fa-]")}
    assert len(icons) > 8
    for icon in icons:
        (style,) = fonts.keys() & icon
        assert any(rules[name] in fonts[style] for name in rules.keys() & icon), icon


@each_page
def test_links_inside_the_site_lead_somewhere(page):
    html = soup(page)
    for element in html.select("a[href], link[href], img[src], script[src]"):
        link = element.get("href") or element.get("src")
        parts = urlsplit(urljoin(BASE + page, link))
        if parts.scheme or parts.netloc or urlsplit(link).scheme:
            continue
        assert parts.path.startswith(BASE), link
        target = unquote(parts.path).removeprefix(BASE)
        target += "index.html" if target.endswith("/") or not target else ""
        assert (SITE / target).is_file(), link
        if parts.fragment and target.endswith(".html"):
            assert unquote(parts.fragment) in anchors(target) or parts.fragment.startswith("__"), link


def test_there_is_no_dead_button():
    """No page leads to the placeholder that stands for the repository's address."""
    for page in PAGES:
        assert "-your-name-" not in str([a.get("href") for a in soup(page).select("a")]), page


def test_dark_mode_is_dark(visit):
    for scheme, is_right in (("light", lambda value: value > 200), ("dark", lambda value: value < 60)):
        page = visit("book/index.html", color_scheme=scheme)
        assert page.problems == []
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        red = int(color.removeprefix("rgb(").removeprefix("rgba(").split(",")[0])
        assert is_right(red), f"{scheme}: {color}"


def test_a_lost_reader_finds_the_way_back(visit, root):
    page = visit("no/such/page.html")
    assert page.problems.pop(0) == f"404 {root}no/such/page.html"
    assert all("404" in problem for problem in page.problems), page.problems
    page.get_by_role("link", name="Begin at the first page").click()
    page.wait_for_url(f"{root}book/**")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("momentum", "notebooks/03_momentum_and_nesterov.html"),
        ("학습률", "book/glossary.html"),  # "learning rate" in the glossary's Korean
        ("nabla", "notebooks/01_batch_gradient_descent.html"),  # stands in formulas only
    ],
)
def test_search_finds_terms_and_what_stands_in_formulas(visit, words, found):
    page = visit(f"search.html?q={words}")
    page.locator(f"#search-results a[href^='{found}']").first.wait_for()
    assert page.problems == []


def test_a_page_runs_no_script_but_its_own(visit):
    page = visit("book/index.html")
    evaluate = "() => { try { done(eval('1')) } catch (error) { done(error.name) } }"
    assert page.evaluate(f"() => new Promise((done) => setTimeout({evaluate}))") == "EvalError"
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }"""
    )
    assert page.evaluate("() => window.ran") is None
    assert page.problems


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_cheat_sheet_is_one_legible_page_of_paper(visit, scheme):
    page = visit("book/cheat-sheet.html", color_scheme=scheme)
    assert page.problems == []
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox\s*\[(.*?)\]", pdf)[1].split()
    assert [float(side) for side in box] == pytest.approx([0, 0, 210 / 25.4 * 72, 297 / 25.4 * 72], abs=1)

    page.emulate_media(media="print", color_scheme=scheme)
    page.set_viewport_size({"width": 725, "height": 1000})  # the width that the margins leave
    problems = page.evaluate(
        """() => {
            const sheet = document.querySelector("#cheat-sheet");
            const all = [...sheet.querySelectorAll(":scope > h1, :scope > section :is(h2, p, li, th, td, code)")];
            const shown = all.filter(element => element.textContent.trim() && !element.closest("mjx-container"));
            const style = element => getComputedStyle(element);
            const edges = element => element.getBoundingClientRect();
            const sticksOut = element => {
                const frame = edges(element.closest(".rule, section"));
                return edges(element).left < frame.left - 1 || edges(element).right > frame.right + 1;
            };
            const text = element => element.textContent;
            return {
                "shrunk to fit": document.documentElement.scrollWidth > innerWidth ? ["the page"] : [],
                "hidden": shown.filter(element => !element.offsetHeight).map(text),
                "under 7 points": shown.filter(element => parseFloat(style(element).fontSize) < 28 / 3).map(text),
                "cut in words": shown.filter(element => style(element).overflowWrap !== "normal").map(text),
                "not black": shown.filter(element => style(element).color !== "rgb(0, 0, 0)").map(text),
                "too wide": [...sheet.querySelectorAll("table, mjx-math *")].filter(sticksOut).map(text),
            };
        }"""
    )
    assert {kind: found for kind, found in problems.items() if found} == {}
