"""The spectrum: eigenvalues that the reader drags, and what NumPy says of each mode."""

import math
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from widget_page import DARK, LIGHT, PHONE, swipe

from steepest import Adam, Momentum, surfaces
from steepest.descent import descend
from steepest.live import Choice, Explorer, Slider, Spectrum, Task


def shrink(eigenvalue, lr):
    return np.abs(1 - lr * eigenvalue)


def heavy_ball(eigenvalue, lr, momentum):
    half = (1 + momentum - lr * eigenvalue) / 2
    inside = half**2 - momentum
    return np.where(inside < 0, np.sqrt(momentum), np.abs(half) + np.sqrt(np.maximum(inside, 0)))


def by_the_diagonal(low, high, angle):
    """The eigenvalues of a matrix with two, turned, and divided by its diagonal."""
    c, s = np.cos(angle * np.pi / 180), np.sin(angle * np.pi / 180)
    off = (high - low) * s * c / np.sqrt((low * c**2 + high * s**2) * (low * s**2 + high * c**2))
    return {"flat": 1 - off, "steep": 1 + off}


def descent(**more):
    return Spectrum(
        shrink,
        [0.01, 0.1, 1],
        axis=(0.002, 5),
        edge=lambda lr: 2 / lr,
        best={"lr": lambda low, high: 2 / (low + high)},
        lr=Slider(1.0, 0.1, 5, "log"),
        **more,
    )


def momentum():
    return Spectrum(
        heavy_ball,
        [0.01, 0.1, 1],
        axis=(0.002, 5),
        edge=lambda lr, momentum: 2 * (1 + momentum) / lr,
        best={
            "lr": lambda low, high: (2 / (np.sqrt(low) + np.sqrt(high))) ** 2,
            "momentum": lambda low, high: ((np.sqrt(high) - np.sqrt(low)) / (np.sqrt(high) + np.sqrt(low))) ** 2,
        },
        title="The heavy ball",
        lr=Slider(1.0, 0.1, 5, "log"),
        momentum=0.5,
    )


def divided(**more):
    return Spectrum(
        shrink,
        [0.1, 2],
        scaled=by_the_diagonal,
        edge=lambda lr: 2 / lr,
        best={"lr": lambda low, high: 2 / (low + high)},
        title="Divided by the diagonal",
        lr=Slider(0.9, 0.1, 5, "log"),
        angle=Slider(20, 0, 45),
        **more,
    )


def numbers(text):
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text.replace("−", "-"))]


def test_the_page_says_what_numpy_computes(show):
    for widget in (descent(), momentum(), divided()):
        page = show(widget)
        for lr in (0.3, 1.5, 3.5):
            page.set("lr η", lr)
            widget.values = {"lr": lr}
            said = page.readout()
            slowest = widget.slowest()
            if slowest > 1:
                assert numbers(said.split("grows: ")[1])[0] == pytest.approx(slowest, rel=1e-3)
            else:
                factor, steps, _ = numbers(said.split("slowest: ")[1])[:3]
                assert factor == pytest.approx(slowest, abs=1e-4)
                assert steps == pytest.approx(widget.steps(), rel=1e-4)


def test_the_best_settings_are_those_of_the_chapters(show):
    page = show(descent())
    told = page.page.locator(".best-settings")
    assert told.inner_text() == "Best here: lr η 1.98: 0.9802, 691 steps to 1e−6."
    page.page.get_by_role("button", name="Set the best").click()
    page.settle()
    assert page.value("lr η") == pytest.approx(2 / 1.01, rel=1e-5)
    page = show(momentum())
    page.page.get_by_role("button", name="Set the best").click()
    page.settle()
    assert page.value("lr η") == pytest.approx(3.30579, rel=1e-5)
    assert page.value("momentum μ") == pytest.approx(0.66942, rel=1e-5)
    assert "slowest: 0.8182 a step" in page.readout()


def test_the_best_settings_beat_all_others():
    """On a grid, what the formulas call best is not beaten."""
    widget = momentum()
    best = {name: float(rule(0.01, 1.0)) for name, rule in widget._best.items()}
    widget.values = best
    lowest = widget.slowest()
    for lr in np.linspace(0.5, 5, 46):
        for mu in np.linspace(0, 0.95, 20):
            widget.values = {"lr": lr, "momentum": mu}
            assert widget.slowest() > lowest - 1e-9


def test_runs_are_as_slow_as_the_slowest_mode():
    widget = momentum()
    widget.eigenvalues = [1.0, 1.0, 5.0]
    widget.values = {"lr": 0.1, "momentum": 0.3}
    run = descend(Momentum(lr=0.1, momentum=0.3), surfaces.bowl(kappa=5), start=(1, 1), steps=200)
    measured = np.linalg.norm(run.points[-1]) / np.linalg.norm(run.points[-101])
    assert measured ** (1 / 100) == pytest.approx(widget.slowest(), rel=1e-6)


def test_keys_that_come_faster_than_drawings_add_up(show):
    page = show(descent())
    knob = page.page.get_by_role("slider", name="Eigenvalue 1")
    before = float(knob.get_attribute("aria-valuenow"))
    knob.evaluate("""(knob) => {
        for (let k = 0; k < 5; k++) knob.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    }""")
    page.settle()
    assert float(knob.get_attribute("aria-valuenow")) == pytest.approx(before * 2500 ** (5 / 60), rel=0.02)


def test_an_eigenvalue_is_dragged_and_moved_by_keys(show):
    page = show(descent())
    knob = page.page.get_by_role("slider", name="Eigenvalue 1")
    box = knob.locator(".knob").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 150, y, steps=5)
    page.page.mouse.up()
    page.settle()
    moved = float(knob.get_attribute("aria-valuenow"))
    assert 0.02 < moved < 0.1
    assert "κ 100;" not in page.readout()
    knob.press("ArrowRight")
    page.settle()
    assert float(knob.get_attribute("aria-valuenow")) == pytest.approx(moved * 2500 ** (1 / 60), rel=0.02)
    for _ in range(70):
        knob.press("ArrowRight")
    page.settle()
    assert float(knob.get_attribute("aria-valuenow")) == 5
    assert "grows: 4 a step" in page.readout()
    assert page.page.locator(".tag").first.text_content() == "grows: 4 a step"


def test_a_finger_moves_an_eigenvalue(show):
    page = show(descent(), **PHONE)
    knob = page.page.get_by_role("slider", name="Eigenvalue 2")
    before = float(knob.get_attribute("aria-valuenow"))
    swipe(page, knob, 60, 0)
    assert float(knob.get_attribute("aria-valuenow")) > 1.5 * before


def test_dividing_by_the_diagonal_moves_the_modes(show):
    page = show(divided())
    for angle in (0, 20, 45):
        page.set("angle", angle)
        met = numbers(page.readout().split("meets the eigenvalues ")[1])
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        turn = np.array([[c, -s], [s, c]])
        H = turn @ np.diag([0.1, 2]) @ turn.T
        root = np.sqrt(np.diag(H))
        assert met == pytest.approx(np.linalg.eigvalsh(H / np.outer(root, root)), rel=5e-3, abs=1e-3)


def test_dividing_shows_how_far_apart_the_eigenvalues_were_and_are(show):
    widget = divided()
    page = show(widget)
    labels = page.page.locator(".tag").all_text_contents()
    left = widget.modes().max() / widget.modes().min()
    assert sorted(labels[-2:]) == ["before: κ 20", f"divided: κ {left:.3g}"]
    assert f"κ {left:.3g} of 20; slowest" in page.readout()


def test_an_explorer_follows_a_spectrum_and_leads_it(show):
    """In what both have, here the angle."""
    spectrum = divided()
    page = show(spectrum, Explorer([Adam(lr=0.1)], surfaces.bowl(kappa=20), follows=spectrum, primary=["angle"]))
    own = page.page.get_by_role("spinbutton", name="angle")
    expect(own.nth(1)).to_have_value("20")
    for from_, to in (0, 1), (1, 0):
        own.nth(from_).fill(str(30 + from_))
        own.nth(from_).press("Enter")
        expect(own.nth(to)).to_have_value(str(30 + from_))
    assert "angle 31" in page.page.locator(".steepest").first.inner_text()


def test_where_no_best_settings_are_known_none_are_offered(show):
    """Of two rules to choose from, only one has a formula."""

    def factor(eigenvalue, lr, rule):
        return np.abs(1 - lr * eigenvalue) + 0 * rule

    best = {"lr": lambda low, high, rule: np.where(rule == 0, 2 / (low + high), np.nan)}
    page = show(Spectrum(factor, [0.1, 1], best=best, lr=1.0, rule=Choice(("known", "unknown"))))
    offered = page.page.get_by_role("button", name="Set the best")
    expect(offered).to_be_visible()
    page.page.get_by_label("rule").select_option("unknown")
    expect(offered).to_be_hidden()
    expect(page.page.locator(".best-settings")).to_be_hidden()


def test_a_goal_may_ask_how_far_apart_the_eigenvalues_are(show):
    """On the line, not after what the rule makes of them."""
    page = show(divided(goal=Task("κ above 25.", lambda kappa, low, high: np.minimum(kappa - 25, 25 - high / low) > 0)))
    expect(page.page.locator(".goal")).to_contain_text("Not met yet.")
    knob = page.page.get_by_role("slider", name="Eigenvalue 2")
    for _ in range(8):
        knob.press("ArrowRight")
    expect(page.page.locator(".goal.met")).to_contain_text("Met.")


def test_a_goal_may_ask_for_the_slowest_mode(show):
    goal = Task("Let the slowest mode keep less than 0.981.", lambda slowest: slowest < 0.981)
    page = show(descent(goal=goal))
    expect(page.page.locator(".goal")).to_contain_text("Not met yet.")
    page.page.get_by_role("button", name="Set the best").click()
    expect(page.page.locator(".goal.met")).to_contain_text("Met.")


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("width", [360, 900])
def test_the_spectrum_is_accessible_and_fits(show, background, width):
    page = show(descent(), momentum(), divided(), background=background, viewport={"width": width, "height": 900})
    found = Axe().run(page.page).response["violations"]
    assert [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found] == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    for tag in page.page.locator(".tag:visible").all():
        box, chart = tag.bounding_box(), tag.locator("xpath=ancestor::*[@class='chart']").bounding_box()
        assert chart["x"] <= box["x"]
        assert box["x"] + box["width"] <= chart["x"] + chart["width"]


def test_hostile_settings_draw_nothing_wrong(show):
    """Whatever the sliders hold, no path has a place that is not a number."""
    page = show(momentum())
    rng = np.random.default_rng(0)
    knobs = page.page.get_by_role("slider", name=re.compile("^Eigenvalue"))
    for _ in range(30):
        page.set("lr η", float(f"{10 ** rng.uniform(-1, 0.69):.3g}"))
        page.set("momentum μ", float(f"{rng.uniform(0, 0.999999):.6f}"))
        knobs.nth(rng.integers(3)).press(rng.choice(["ArrowLeft", "ArrowRight", "ArrowUp"]))
        assert not re.search("NaN|Infinity|undefined", page.page.locator(".steepest").inner_html())


def test_the_picture_says_what_each_mode_keeps():
    alt = descent()._repr_mimebundle_()[1]["image/png"]["alt"]
    assert "0.01 keeps 0.99, 0.1 keeps 0.9, 1 keeps 0 of its error" in alt
    assert "1375 steps" in alt
    alt = divided()._repr_mimebundle_()[1]["image/png"]["alt"]
    assert "The eigenvalues 0.1 and 2 become 0.193 and 1.81. Of the eigenvalues, 0.193 keeps 0.826" in alt


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Spectrum(shrink, [], lr=1.0), ValueError, "from 1 to 12"),
        (lambda: Spectrum(shrink, [0.0], lr=1.0), ValueError, "positive"),
        (lambda: Spectrum(shrink, [math.nan], lr=1.0), ValueError, "finite"),
        (lambda: Spectrum(shrink, [1.0], axis=(2, 3), lr=1.0), ValueError, "between 2 and 3"),
        (lambda: Spectrum(shrink, [1.0], edge=lambda rate: 2 / rate, lr=1.0), ValueError, "no argument 'rate'"),
        (lambda: Spectrum(shrink, [1.0], best={"mu": lambda low: low}, lr=1.0), ValueError, "no setting 'mu'"),
        (lambda: Spectrum(shrink, [1.0], best={"lr": lambda L: 1 / L}, lr=1.0), ValueError, "no argument 'L'"),
        (lambda: Spectrum(shrink, [1.0], scaled=by_the_diagonal, lr=1.0), ValueError, "two eigenvalues"),
        (lambda: Spectrum(shrink, [1.0]), TypeError, "lr"),
        (lambda: Spectrum(shrink, [1.0], fraction=2, lr=1.0), ValueError, "fraction"),
        (lambda: setattr(descent(), "eigenvalues", [1.0]), ValueError, "has 3 eigenvalues"),
        (lambda: setattr(descent(), "eigenvalues", [1.0, 1.0, 100.0]), ValueError, "between 0.002 and 5"),
    ],
)
def test_what_cannot_be_a_spectrum_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
