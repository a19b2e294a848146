"""Numbers in the text that move the next figure, on the pages of the book."""

import pytest
from bs4 import BeautifulSoup
from conftest import PAGES, ROOT, SITE, soup
from docutils import nodes
from docutils.utils import new_document
from movable import mark
from sphinx.errors import ExtensionError
from widget_page import PICTURE

from steepest.live import LivePlot, Slider


def marked(text, target):
    document = new_document("page")
    document += nodes.paragraph("", "", nodes.reference("", text, refuri=target))
    mark(type("App", (), {"env": type("Env", (), {"docname": "page"})}), document)
    return document.astext(), str(document)


def test_a_link_of_our_scheme_becomes_a_number_and_no_other_link_does():
    assert '<span class="movable" data-control="Momentum lr">0.1</span>' in marked("0.1", "move:Momentum%20lr")[0]
    assert "movable" not in marked("0.1", "https://example.org/move:lr")[1]
    for text in ("a tenth", "nan", "inf", ""):
        with pytest.raises(ExtensionError, match="is no number"):
            marked(text, "move:lr")


@pytest.mark.usefixtures("built_book")
def test_every_such_number_has_a_figure_below_it():
    found = 0
    for page in PAGES:
        for number in soup(page).select(".movable"):
            found += 1
            assert number.find_next(attrs={"state": True}) is not None, f"{page}: {number}"
    assert found


def plot(name):
    return LivePlot(lambda x, lr: lr * x, title=name, x=(0, 1), lr=Slider(1.0, 0.1, 5, "log"))


@pytest.fixture
def moved(browser, tmp_path):
    """A page of two figures, with a number between them, and the second figure."""
    sentence = '<p>At <span class="movable" data-control="lr">1.98</span> both are slow.</p>'
    first, second = (plot(name)._html(PICTURE) for name in ("one", "two"))
    script = (ROOT / "book" / "_static" / "page.js").read_text(encoding="utf-8")
    path = tmp_path / "page.html"
    head = '<!doctype html><meta charset="utf-8"><title>A page</title>'
    path.write_text(f"{head}{first}{sentence}{second}<script>{script}</script>", encoding="utf-8")
    page, problems = browser.new_page(), []
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(path.as_uri())
    yield page, page.locator("input.movable"), page.locator("[state]").nth(1)
    assert problems == []
    assert lr(page.locator("[state]").first) == 1
    page.close()


def lr(figure):
    return float(figure.get_by_label("lr η, number").input_value())


def test_a_number_is_typed_moved_by_keys_dragged_and_given_back(moved):
    page, field, figure = moved
    assert field.input_value() == "1.98"
    assert field.get_attribute("aria-label") == "lr of the next figure; the text says 1.98"
    field.fill("0.5")
    field.press("Enter")
    page.wait_for_timeout(100)
    assert lr(figure) == 0.5
    assert "moved" in field.get_attribute("class")
    field.press("ArrowUp")
    page.wait_for_timeout(100)
    up = lr(figure)
    assert 0.5 < up < 0.6
    assert float(field.input_value()) == up
    box = field.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert lr(figure) > 1.5 * up
    field.press("Escape")
    page.wait_for_timeout(100)
    assert lr(figure) == 1.98
    assert "moved" not in field.get_attribute("class")


def test_a_number_follows_its_figure(moved):
    page, field, figure = moved
    page.mouse.wheel(0, 2000)
    own = figure.get_by_label("lr η, number")

    def set_to(node, value):
        node.fill(value)
        node.press("Enter")
        page.wait_for_timeout(100)

    own.wait_for()
    assert field.input_value() == "1.98", "it says what its sentence speaks of, until one of the two is moved"
    set_to(own, "0.7")
    assert field.input_value() == "0.7"
    assert "moved" in field.get_attribute("class")
    field.press("ArrowUp")
    page.wait_for_timeout(100)
    assert 0.7 < lr(figure) < 0.8, "it is moved from where the figure is"
    set_to(own, "1")
    assert field.input_value() == "1"
    set_to(field, "0.5")
    set_to(own, "0.6")
    assert field.input_value() == "0.6"
    field.press("Escape")
    page.wait_for_timeout(100)
    assert lr(figure) == 1.98
    assert "moved" not in field.get_attribute("class")


def test_a_number_with_a_comma_is_typed_as_it_is_meant(moved):
    page, field, figure = moved
    field.press("Control+a")
    field.press_sequentially("1,5")
    field.press("Enter")
    page.wait_for_timeout(100)
    assert lr(figure) == 1.5


@pytest.mark.parametrize("bad", ["-1", "1e9", ""])
def test_a_bad_number_moves_nothing(moved, bad):
    page, field, figure = moved
    before = lr(figure)
    field.fill(bad)
    field.press("Enter")
    page.wait_for_timeout(100)
    assert lr(figure) == before
    assert field.input_value() == "1.98"


@pytest.mark.parametrize("bad", ["1e999", "-1e999", "1e-320", "--", "5e5e5", "0x10", "9" * 400, "-0", "1,5", "<b>"])
def test_what_no_browser_lets_one_type_moves_nothing_either(moved, bad):
    page, field, figure = moved
    field.evaluate("(field, bad) => { field.value = bad; field.dispatchEvent(new Event('change')); }", bad)
    page.wait_for_timeout(50)
    assert lr(figure) == 1
    assert field.input_value() == "1.98"


@pytest.mark.usefixtures("built_book")
def test_the_page_holds_no_link_of_our_scheme():
    for page in PAGES:
        links = BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser").select('[href^="move:"]')
        assert links == []
