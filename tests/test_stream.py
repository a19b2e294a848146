"""The stream of gradients that the reader designs: the rules that meet it, the bound beside them, and the goals."""

import math
import re
from urllib.parse import quote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from widget_page import DARK, LIGHT, PHONE, PICTURE, swipe, touch

from steepest import OPTIMIZERS, SGD, Adam, AMSGrad, RMSProp
from steepest.live import Stream, Task

ROUND = [4, -1, -1, -1, 2, 0, -1, -1]


def claimed(lr, beta1, beta2):
    """The longest step by section 2.1 of the paper on Adam."""
    return lr * np.where(1 - beta1 > np.sqrt(1 - beta2), (1 - beta1) / np.sqrt(1 - beta2), 1.0)


def break_it(gradients=ROUND):
    return Stream(
        [Adam(lr=0.1, beta1=0.9, beta2=0.99), AMSGrad(lr=0.1, beta1=0.9, beta2=0.99)],
        gradients,
        bound=claimed,
        bound_name="the paper's bound",
        goals=[
            Task("Make Adam go up, though the mean gradient is positive.", lambda drift, mean: drift * mean > 0),
            Task("Exceed the step length that the paper claims.", lambda longest, bound: longest > 1.001 * bound),
        ],
    )


def number(text):
    return float(text.replace("−", "-"))


def measured(page):
    found = re.match(r"The mean gradient is (.*?)\. Adam moves by (.*?) in .* longest step is (.*)\.", page.readout())
    return [number(value) for value in found.groups()]


def test_the_page_runs_the_rules_as_numpy_does(show):
    page, widget = show(break_it()), break_it()
    for beta2 in (0.99, 0.5, 0.9999):
        page.set("beta2 β₂", beta2)
        widget.hyperparameters = {"beta2": beta2}
        mine = widget.measured()
        assert measured(page) == pytest.approx([mine["mean"], mine["drift"], mine["longest"]], rel=6e-3)
        assert page.page.locator(".tag", has_text="the paper's bound").text_content() == (
            f"the paper's bound {mine['bound']:.3g}".replace("e-0", "e−")
        )


def test_every_rule_meets_a_stream(show):
    rng = np.random.default_rng(0)
    for rule in OPTIMIZERS.values():
        widget = Stream([rule(lr=0.05)], rng.normal(size=5).round(2), steps=50)
        page = show(widget)
        name = next(iter(widget.positions()))
        drift = re.search(rf"{name} moves by (.*?) in", page.readout())[1]
        assert number(drift) == pytest.approx(widget.measured()["drift"], rel=6e-3, abs=1e-12), name


def test_both_claims_can_be_broken(show):
    page = show(break_it())
    goals = page.page.locator(".goal")
    assert [goal.get_attribute("class") for goal in goals.all()] == ["goal", "goal"]
    page.set("beta1 β₁", 0)
    page.set("beta2 β₂", 0.5)
    expect(goals.first).to_have_text("Make Adam go up, though the mean gradient is positive. Met.")
    page = show(break_it([round(10 * 0.9 ** (24 - k), 2) for k in range(1, 25)]))
    expect(page.page.locator(".goal").nth(1)).to_have_class("goal met")
    assert page.page.locator(".goal").first.get_attribute("class") == "goal"


@pytest.mark.parametrize("slow", [True, False])
def test_bars_are_drawn_with_the_mouse(show, slow):
    """However far a pointer jumps, no bar on its way is left out."""
    page = show(break_it())
    frame = page.page.locator(".editor .frame").bounding_box()
    at = [(frame["x"] + frame["width"] * (k + 0.5) / 8, frame["y"] + frame["height"] * 0.25) for k in range(8)]
    page.page.mouse.move(*at[0])
    page.page.mouse.down()
    for place in at[1:] if slow else at[-1:]:
        page.page.mouse.move(*place, steps=6 if slow else 1)
    page.page.mouse.up()
    page.settle()
    assert measured(page)[0] == pytest.approx(5.4, abs=0.15)


def test_bars_are_moved_by_keys(show):
    page = show(break_it())
    page.page.get_by_role("slider", name="Gradient 1 of the round").focus()
    page.page.keyboard.press("ArrowUp")
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("ArrowDown")
    page.settle()
    bars = page.page.locator(".editor [role=slider]")
    assert [bar.get_attribute("aria-valuetext") for bar in bars.all()][:3] == ["4.5", "−1.5", "−1"]
    assert [bar.get_attribute("tabindex") for bar in bars.all()][:3] == ["-1", "0", "-1"]
    page.set("gradients in a round", 2)
    assert bars.count() == 2
    page.set("gradients in a round", 4)
    assert [bar.get_attribute("aria-valuetext") for bar in bars.all()] == ["4.5", "−1.5", "0", "0"]


def test_bars_go_far_by_the_keys_of_a_slider(show):
    page = show(break_it())
    first = page.page.get_by_role("slider", name="Gradient 1 of the round")
    for key, height in [("End", 10), ("PageDown", 7.5), ("Home", -10), ("PageUp", -7.5)]:
        first.press(key)
        page.settle()
        assert number(first.get_attribute("aria-valuetext")) == height


def heights(page):
    return [number(bar.get_attribute("aria-valuetext")) for bar in page.page.locator(".editor [role=slider]").all()]


def test_a_link_restores_the_round_that_the_reader_built(show):
    page = show(break_it())
    page.set("gradients in a round", 10)
    page.set("beta2 β₂", 0.5)
    for name, key in [("Gradient 1 of the round", "ArrowDown"), ("Gradient 10 of the round", "ArrowUp")]:
        page.page.get_by_role("slider", name=name).press(key)
    page.settle()
    link = page.page.get_by_label("Link to this state").input_value()
    again = show(break_it())
    again.go(again.url + link[link.index("#") :])
    assert heights(again) == heights(page) == [3.5, *ROUND[1:], 0, 0.5]
    assert again.readout() == page.readout()
    page.set("gradients in a round", 2)
    link = page.page.get_by_label("Link to this state").input_value()
    again.page.evaluate("(hash) => (location.hash = hash)", link[link.index("#") :])
    again.settle()
    assert heights(again) == [3.5, -1]


@pytest.mark.parametrize(
    ("values", "bars", "bad"),
    [
        ("bar 2=7&bars=3&bar 3=-10", [4, 7, -10], False),
        ("bars=2&bar 3=5", [4, -1], False),
        ("bar 1=10.5", ROUND, True),
        ("bar 1=NaN&bar 2=1e999&bar 3=", ROUND, True),
        ("bar 0=1&bar 25=1&bar=1&bar 1.5=1", ROUND, True),
        ("bars=25", ROUND, True),
        ("bars=2.5&bar 1=5", [5, *ROUND[1:]], True),
    ],
)
def test_a_link_sets_bars_that_python_would_take_and_no_others(show, values, bars, bad):
    page = show(break_it())
    mark = re.search(r'name="(\w+)"', break_it()._html(PICTURE))[1]
    page.page.get_by_role("slider", name="Gradient 4 of the round").press(
        "ArrowUp"
    )  # what a link leaves out is as at first
    page.page.evaluate("(hash) => (location.hash = hash)", f"#steepest-{mark}?{quote(values, safe='=&')}")
    page.settle()
    assert heights(page) == bars
    assert page.readout().startswith("The link holds values that are no numbers or out of range") == bad


def test_a_finger_draws_across_and_scrolls_up_and_down(show):
    page = show(break_it(), break_it(), **PHONE)
    editor = page.page.locator(".editor").first
    before, top = measured(page), page.page.evaluate("scrollY")
    swipe(page, editor, 3, -150)
    assert page.page.evaluate("scrollY") > top + 50
    assert measured(page) == before
    swipe(page, editor, 100, 20)
    assert measured(page) != before


def test_a_second_finger_draws_nothing(show):
    page = show(break_it(), **PHONE)
    box = page.page.locator(".editor .frame").bounding_box()

    def at(x, y):
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    bars = page.page.locator(".editor [role=slider]")
    touch(page, [[at(x, 0.2)] for x in (0.1, 0.2, 0.3)] + [[at(0.3, 0.2), at(x, 0.9)] for x in (0.95, 0.9, 0.8)])
    assert [bar.get_attribute("aria-valuetext") for bar in bars.all()][-3:] == ["0", "−1", "−1"]


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("width", [360, 900])
def test_the_stream_is_accessible_and_fits(show, background, width):
    page = show(break_it(), background=background, viewport={"width": width, "height": 900})
    found = Axe().run(page.page).response["violations"]
    assert [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found] == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_settings_draw_nothing_wrong(show):
    page = show(Stream([SGD(lr=0.1), RMSProp(lr=0.1, decay=0.9)], [0, 0, 0], steps=20))
    for label, value in [
        ("lr η", 1e6),
        ("decay ρ", 0.999999),
        ("decay ρ", 0),
        ("lr η", 0),
        ("gradients in a round", 24),
    ]:
        page.set(label, value)
        assert not re.search(r"NaN|Infinity|undefined", page.page.locator(".steepest").inner_html())


def test_the_picture_says_where_the_rules_end():
    alt = break_it()._repr_mimebundle_()[1]["image/png"]["alt"]
    assert re.search(r"A round of 8 gradients with the mean 0.125, repeated.*Adam at -\d.*AMSGrad at -\d", alt)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Stream([], [1, 2]), ValueError, "at least one optimizer"),
        (lambda: Stream([Adam()], [1]), ValueError, "from 2 to 24"),
        (lambda: Stream([Adam()], [1.0] * 25), ValueError, "from 2 to 24"),
        (lambda: Stream([Adam()], [1, math.inf]), ValueError, "finite"),
        (lambda: Stream([Adam()], [1, 11]), ValueError, "from -10 to 10"),
        (lambda: Stream([Adam()], [1, 2], steps=1), ValueError, "from 2 to 5000"),
        (lambda: Stream([Adam()], [1, 2], bound=lambda rho: rho), ValueError, "no argument 'rho'"),
        (lambda: Stream([Adam()], [1, 2], goals=Task("t", lambda bound: bound > 1)), ValueError, "'bound'"),
        (lambda: Stream([Adam()], [1, 2], goals=["t"]), TypeError, "Task"),
        (lambda: setattr(break_it(), "hyperparameters", {"lr": -1}), ValueError, "lr must lie between"),
        (lambda: setattr(break_it(), "hyperparameters", {"rho": 1}), ValueError, "'rho'"),
    ],
)
def test_what_cannot_be_a_stream_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
