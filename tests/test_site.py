"""The built book as a whole: its links, its icons, its search and what leads a lost reader back."""

import io
import re

import pytest
from conftest import DESKTOP, PAGES, PHONE, SITE, WITHOUT_STORAGE, soup
from fontTools.ttLib import TTFont
from PIL import Image
from weight import STYLES, THEME
from widget_page import wait_until

WALKED = "notebooks/04_adagrad.html"  # by keyboard: it has widgets of three kinds

pytestmark = pytest.mark.usefixtures("built_book")


def test_the_site_has_nothing_large_that_no_page_needs():
    large = [file.name for file in SITE.glob("_static/**/*") if file.is_file() and file.stat().st_size > 350_000]
    assert large == []
    assert not list(SITE.glob("_static/**/*.map"))


def test_no_icon_is_lost():
    """The style sheet has a rule for every icon of every page, and the font of the icon's style has its glyph."""
    styles = (SITE / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    rules = {
        name: ord(icon)
        for names, icon in re.findall(r'((?:\.fa-[a-z-]+:before,?)+){content:"(.)"', styles)
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


@pytest.mark.parametrize("system", ["light", "dark"])
def test_a_page_has_its_colors_before_the_theme_s_script_has_come(browser, root, system):
    context = browser.new_context(color_scheme=system)
    page = context.new_page()
    page.route("**/pydata-sphinx-theme.js*", lambda route: route.abort())
    page.goto(f"{root}{WALKED}")
    assert page.evaluate("document.documentElement.dataset.theme") == system
    assert page.locator(".navbar-brand img:visible").count() == 1
    context.close()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_figures_have_the_colors_of_the_theme_and_not_of_the_system(visit, system):
    page = visit(WALKED, viewport=DESKTOP, color_scheme=system)
    figure = page.locator("figure.drawn img >> visible=true").first  # not one behind a veil
    for theme, corner in (("light", (255, 255, 255)), ("dark", (18, 18, 18))):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        figure.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        with Image.open(io.BytesIO(figure.screenshot())) as seen:
            assert seen.convert("RGB").getpixel((2, 2)) == corner, theme


def test_the_bare_address_leads_to_the_first_page(browser, root):
    page = browser.new_page()
    page.goto(root)
    page.wait_for_url(root + "book/index.html")
    page.close()


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


@pytest.mark.parametrize("word", ["constructor", "__proto__", "toString", "hasOwnProperty"])
def test_any_word_can_be_searched_for(visit, word):
    page = visit(f"search.html?q={word}")
    page.locator("#search-results p, #search-results li").first.wait_for()
    assert page.problems == []


def test_the_search_leads_to_sections_and_shows_neither_folded_code_nor_tex(visit):
    page = visit("search.html?q=adamw")
    page.locator("#search-results .context a[href*='#']").first.wait_for()
    page.wait_for_load_state("networkidle")
    found = page.locator("#search-results .context")
    texts = found.all_text_contents()
    assert len(texts) > 2
    assert not [text for text in texts if re.search(r"\\[a-z]+|\bimport \w+|Show code|Show the", text)]
    for link in page.locator("#search-results .context a").all():
        target, anchor = link.get_attribute("href").split("#")
        section = soup(target.split("?")[0].rpartition("/steepest/")[2]).find(id=anchor)
        assert "adamw" in section.text.lower()


COMPUTED = """() => {
    const found = {};
    const sized = /size|height|width|inset|top|left|bottom|right|margin|origin/;
    for (const element of document.querySelectorAll("body :not(math *)")) {
        const { tagName, className, parentElement } = element;
        const key = [tagName, className, parentElement.tagName, parentElement.className].join();
        if (key in found) continue;
        const style = getComputedStyle(element);
        found[key] = Object.fromEntries([...style].filter(name => !sized.test(name) && !name.startsWith("--"))
            .map(name => [name, style.getPropertyValue(name)]));
    }
    return found;
}"""


@pytest.mark.parametrize(
    ("name", "media", "viewport"),
    [(WALKED, "screen", DESKTOP), ("book/notation.html", "screen", PHONE), ("book/references.html", "print", DESKTOP)],
)
def test_the_trimmed_style_sheets_style_pages_as_the_whole_ones(visit, name, media, viewport):
    """The theme's largest sheet, as it is in its package, changes nothing."""
    page = visit(name, viewport=viewport, reduced_motion="reduce")
    page.emulate_media(media=media)
    page.wait_for_load_state("networkidle")
    trimmed = page.evaluate(COMPUTED)
    page.route("**/pydata-sphinx-theme.css*", lambda route: route.fulfill(path=THEME / STYLES))
    page.reload()
    page.wait_for_load_state("networkidle")
    whole = page.evaluate(COMPUTED)
    both = whole.keys() & trimmed.keys()
    assert len(both) > 100
    assert {key: (whole[key], trimmed[key]) for key in both if whole[key] != trimmed[key]} == {}


def test_the_icon_of_the_search_stands_beside_the_text(visit):
    page = visit("search.html", viewport=DESKTOP)
    icon, field = (page.locator(f"main form.bd-search {part}").bounding_box() for part in ("i", "input"))
    assert icon["width"] > 10
    assert icon["x"] + icon["width"] <= field["x"]


def test_what_is_far_below_is_laid_out_later(visit):
    """Until the reader comes near it: no script measures all of the page. A link leads there all the same."""
    page = visit(WALKED, viewport=DESKTOP)
    page.wait_for_load_state("networkidle")
    laid_out = page.evaluate(
        """() => [...document.querySelectorAll("section section p")]
            .map((paragraph) => paragraph.checkVisibility({ contentVisibilityAuto: true }))"""
    )
    assert sum(laid_out) < len(laid_out) / 2
    page.evaluate("location.hash = 'recap'")
    page.wait_for_timeout(500)
    assert abs(page.locator("#recap h2").bounding_box()["y"]) < 300


def test_the_menus_of_the_header_open_and_close(visit):
    page = visit("book/index.html", viewport=DESKTOP)
    button = page.get_by_role("button", name="Download this page")
    menu = page.locator(".dropdown-download-buttons .dropdown-menu")
    assert not menu.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert menu.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    box = menu.bounding_box()
    assert box["x"] + box["width"] <= DESKTOP["width"]
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    button.click()
    page.mouse.click(600, 600)
    assert not menu.is_visible()


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
            const shown = all.filter(element => element.textContent.trim() && !element.closest("math"));
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
                "too wide": [...sheet.querySelectorAll("table, math")].filter(sticksOut).map(text),
            };
        }"""
    )
    assert {kind: found for kind, found in problems.items() if found} == {}


def test_the_line_that_embeds_a_widget_names_the_site_where_it_is_read(visit):
    page = visit("book/gallery.html")
    fields = page.locator(".exhibit textarea").evaluate_all("(all) => all.map((field) => field.value)")
    site = page.evaluate("new URL('../embed/', location.href).href")
    assert len(fields) > 20
    assert all(field.startswith(f'<iframe src="{site}') for field in fields)


def test_a_dark_page_is_printed_in_the_light_theme(visit):
    page = visit(WALKED, viewport=DESKTOP, color_scheme="light", reduced_motion="reduce")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate(
        """() => addEventListener("beforeprint", () => window.printed = document.documentElement.dataset.theme)"""
    )
    page.pdf()
    assert page.evaluate("[printed, document.documentElement.dataset.theme]") == ["light", "dark"]


def test_the_tab_key_reaches_every_control_of_a_chapter_and_leaves_it(visit):
    page = visit(WALKED, viewport=DESKTOP, color_scheme="light", reduced_motion="reduce")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == "#main-content", "the first stop leads past the sidebar"
    wait_until(page, "!document.querySelector('[state]:not(:has(.steepest))')")
    page.evaluate("document.activeElement.blur()")
    page.evaluate(
        """() => {
            window.order = new Map([...document.querySelectorAll("*")].map((element, k) => [element, k]));
            window.stops = [];
            document.addEventListener("focusin", ({ target }) => stops.push(order.get(target)));
        }"""
    )
    # Those in view before the walk: to come to another rule's row shows that rule's formula, above it.
    controls = page.evaluate(
        """() => [...document.querySelectorAll(".steepest :is(input, button, select, textarea, summary, [tabindex])")]
            .filter(control => control.checkVisibility() && !control.disabled && control.tabIndex >= 0)
            .map(control => order.get(control))"""
    )
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement !== document.body"):
        page.keyboard.press("Tab")
    stops = page.evaluate("stops")
    assert stops == sorted(set(stops)), "the stops come in the order of the page, each of them once"
    assert len(controls) > 20
    assert set(controls) <= set(stops)
    folds = """[...document.querySelectorAll('main summary')]
        .filter(summary => summary.checkVisibility({ visibilityProperty: true }) && !summary.closest('[inert]'))
        .map(summary => order.get(summary))"""
    assert set(page.evaluate(folds)) - set(controls) <= set(stops)


def test_without_scripts_no_button_stands_there_that_does_nothing(browser, root):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{root}{WALKED}")
    assert page.locator("button:visible").count() == 0
    assert page.get_by_role("link", name="Download").is_visible()
    context.close()


@pytest.mark.parametrize("width", [PHONE["width"], DESKTOP["width"]])
def test_without_scripts_every_page_can_be_reached(browser, root, width):
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto(f"{root}{WALKED}")
    other = page.get_by_role("link", name="6. Adam", exact=True)
    link = page.get_by_role("link", name="All pages")
    assert link.is_visible() != other.is_visible()
    if link.is_visible():
        assert link.bounding_box()["height"] >= 44
        link.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    other.click()
    page.wait_for_url("**/06_adam.html")
    context.close()


@pytest.mark.parametrize("storage", WITHOUT_STORAGE)
def test_where_nothing_can_be_kept_the_buttons_of_a_page_work(browser, root, storage):
    context = browser.new_context(viewport=DESKTOP, color_scheme="dark")
    context.add_init_script(WITHOUT_STORAGE[storage])
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{root}{WALKED}")
    page.wait_for_load_state("networkidle")
    button = page.get_by_role("button", name="Color mode")
    modes = []
    for _ in range(4):
        button.click()
        modes.append(page.evaluate("document.documentElement.dataset.mode"))
    assert modes == ["light", "dark", "auto", "light"]
    page.get_by_role("button", name="Search").first.click()
    assert page.locator("#pst-search-dialog").evaluate("(dialog) => dialog.open")
    assert problems == []
    context.close()
