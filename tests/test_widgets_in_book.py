"""The widgets in the built book, opened from the disk with no network. `make test` builds the book first."""

import re

import pytest
from conftest import PAGES, ROOT, SITE
from playwright.sync_api import expect

WITH_WIDGETS = [SITE / page for page in PAGES if "<steepest-" in (SITE / page).read_text(encoding="utf-8")]

pytestmark = pytest.mark.usefixtures("built_book")


def test_the_pages_with_widgets_are_those_that_should_have_some():
    """All chapters, and the pages of the book whose cells make some."""
    sources = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "book").glob("*.md")]
    with_widgets = [
        path
        for path in sources
        if path.suffix == ".ipynb" or re.search(r"{code-cell}[^`]*\nfrom steepest.live", path.read_text())
    ]
    assert sorted(path.stem for path in WITH_WIDGETS) == sorted(path.stem for path in with_widgets)


@pytest.mark.parametrize("path", WITH_WIDGETS, ids=lambda path: path.stem)
def test_every_widget_of_a_page_lives_without_network(browser, path):
    context = browser.new_context(offline=True)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    hosts = page.locator("[state]")
    assert hosts.count() > 0
    for host in hosts.all():
        host.evaluate("(host) => host.scrollIntoView()")
        widget = host.locator(".steepest")
        said = widget.locator(".readout")
        said.get_by_text(".").wait_for()
        if "predict" in widget.get_attribute("class"):
            if (skip := widget.get_by_role("button", name="Show it without predicting")).count():  # a record has none
                before = said.inner_text()
                skip.click()
                expect(said).not_to_have_text(before)
            continue
        controls = widget.locator(".dials:visible, .settings, .choices").first
        control = controls.get_by_role("slider").or_(controls.get_by_role("combobox")).first
        texts = set()
        for key in ("Home", "End"):
            control.press(key)
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            texts.add(said.inner_text())
        assert len(texts) == 2
    assert page.locator("[state] > img:visible").count() == 0
    context.close()
    assert wrong == []


# How visible is what a prediction is about: what stands below it, the claims on that, and the first words.
VEILED = """(host) => {
    const covered = [], words = [], claims = (one) => one?.querySelector(":scope > .evidence");
    let next = host.closest(".cell").nextElementSibling;
    if (next.matches(".cell") && !claims(next)) {
        covered.push(next.querySelector(":scope > .cell_output > *"));
        next = next.nextElementSibling;
    }
    while (claims(next) || next?.matches(".words") && !words.length) {
        if (!claims(next)) words.push(next.firstElementChild);
        else covered.push(next.querySelector(":scope > .evidence > *"));
        next = next.nextElementSibling;
    }
    return [...covered, ...words].map((node) => getComputedStyle(node).visibility);
}"""


@pytest.mark.parametrize(
    ("lost", "seen"),
    [("*.js", "hidden"), ("page.js", "hidden"), ("widgets.js", "visible"), ("no other script", "hidden")],
)
def test_a_page_comes_with_its_veils_and_keeps_none_that_nobody_could_lift(visit, root, lost, seen):
    """In the first frame no script has run yet; a page whose widgets did not come shows all that it has."""
    page = visit("book/index.html")
    page.route(f"**/{lost}*", lambda route: route.abort())
    page.goto(f"{root}notebooks/04_adagrad.html")
    covered = page.locator("[data-veil]").evaluate_all(f"(hosts) => hosts.map({VEILED})")
    assert len(covered) > 2
    assert {visibility for visibilities in covered for visibility in visibilities} == {seen}


# What a reader sees of a veil: the sheet, and the words on it.
BOX = """(host) => {
    const covered = host.closest(".cell").nextElementSibling;
    const box = covered.matches(".words") ? covered : covered.querySelector(":scope > :is(.cell_output, .evidence)");
    const { backgroundColor, visibility } = getComputedStyle(box);
    const sheet = ![getComputedStyle(document.body).backgroundColor, "rgba(0, 0, 0, 0)"].includes(backgroundColor);
    return [sheet, visibility, getComputedStyle(box, "::before").content];
}"""


def test_a_veil_says_how_to_lift_it(visit):
    for name in ("01_batch_gradient_descent", "04_adagrad"):  # over words, a figure and claims
        page = visit(f"notebooks/{name}.html")
        boxes = page.locator("[data-veil]").evaluate_all(f"(hosts) => hosts.map({BOX})")
        assert boxes
        assert all(box == [True, "visible", '"Your prediction uncovers this."'] for box in boxes), boxes
        page.context.close()


def test_what_was_answered_before_is_not_veiled_far_below_either(visit):
    page = visit("notebooks/04_adagrad.html", viewport={"width": 900, "height": 600})
    last = page.locator("[data-veil]").last
    last.scroll_into_view_if_needed()
    name = last.get_attribute("name")
    last.get_by_role("button", name="Show it without predicting").click()
    expect(page.locator(f"[name='{name}'][data-veil]")).to_have_count(0)
    page.goto("about:blank")
    page.go_back()
    page.evaluate("scrollTo(0, 0)")
    page.reload()
    answered = page.locator(f"[name='{name}']")
    assert not answered.locator(".steepest").count(), "its widget waits for the reader to come near"
    assert set(answered.evaluate(VEILED)) == {"visible"}


def test_without_scripts_nothing_is_veiled(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((SITE / "notebooks" / "04_adagrad.html").as_uri())
    assert page.locator(".veiled").count() > 3
    for covered in page.locator(".veiled > .cell_output > *, .veiled > .evidence > summary").all():
        assert covered.is_visible()
    context.close()


@pytest.mark.parametrize(
    "path", [path for path in WITH_WIDGETS if path.parent.name == "notebooks"], ids=lambda p: p.stem
)
def test_a_veil_covers_all_that_tells_the_answer_until_the_reader_commits(browser, path):
    page = browser.new_page()
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details.in-depth').forEach((fold) => (fold.open = true))")
    veiled = 0
    for host in page.locator("[state]").all():
        host.evaluate("(host) => host.scrollIntoView()")
        host.locator(".steepest").wait_for()
        if host.get_attribute("data-veil") is not None:
            assert set(host.evaluate(VEILED)) == {"hidden"}
            veiled += 1
            host.get_by_role("button", name="Show it without predicting").click()
            expect(page.locator(f"[name='{host.get_attribute('name')}'][data-veil]")).to_have_count(0)
            assert set(host.evaluate(VEILED)) == {"visible"}
    assert page.locator(".veiled").count() == 0
    assert veiled > 0
    page.close()
