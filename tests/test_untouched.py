"""What a widget says before anybody touches it: headings, names, axes, and what a phone shows first."""

import itertools
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from widget_page import PHONE, swipe

from steepest import Adam, AMSGrad, GradientDescent, Momentum, surfaces
from steepest.curvature import edge_model
from steepest.datasets import wave
from steepest.linefit import LineFit
from steepest.live import EdgeOfStability, Explorer, LivePlot, Predict, Slider, Spectrum, Stream, TuningLab

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def heading(page):
    return page.page.locator(".heading").first.text_content()


def numbers(page, chart, anchor="end"):
    """The numbers on an axis of a chart, the one upwards or the one across."""
    told = page.page.locator(f"{chart} .grid text[text-anchor={anchor}]").all_text_contents()
    return [float(text.replace("−", "-")) for text in told if re.fullmatch(r"[−\d.e]+", text)]


def made_by(chapter, cell):
    """The widget that a cell of a chapter makes."""
    notebook = nbformat.read(next(NOTEBOOKS.glob(f"{chapter:02}_*.ipynb")), as_version=4)
    (source,) = (known.source for known in notebook.cells if known.id == cell)
    names = {"np": np, **vars(__import__("steepest.live", fromlist=["live"]))}
    head, _, call = source.rpartition("\nLivePlot(")
    exec(head, names)
    return eval(f"LivePlot({call}", names)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: Explorer([Momentum()], surfaces.double_well(), steps=40),
            "40 steps from ○, on the surface double well",
        ),
        (
            lambda: Explorer([Momentum()], LineFit(np.arange(8.0), np.arange(8.0)), steps=7),
            "7 steps from ○, on the loss of 8 examples",
        ),
        (lambda: Stream([Adam()], [1, -1]), "Break it: Adam meets these gradients, round after round"),
        (
            lambda: Stream([Adam(), Momentum()], [1, -1]),
            "Break it: Adam and Momentum meet these gradients, round after round",
        ),
    ],
)
def test_a_heading_says_what_runs_where(show, make, said):
    assert heading(show(make())) == said


def test_the_heading_follows_the_step_shown(show):
    page = show(Explorer([Momentum()], surfaces.ravine(), steps=40))
    page.page.get_by_role("button", name="Step", exact=True).click()
    page.settle()
    assert heading(page).startswith("1 step from")


# The names that lie on a curve, to a pixel; and the texts of the axes that lie on one another.
ON_CURVES = """() => Array.from(document.querySelectorAll(".chart .tag")).filter((tag) => {
    const { left, right, top, bottom } = tag.getBoundingClientRect();
    return Array.from(tag.closest(".chart").querySelectorAll(".path, .target")).some((curve) => {
        const place = curve.getScreenCTM(), long = curve.getTotalLength();
        return Array.from({ length: long }, (_, i) => curve.getPointAtLength(i).matrixTransform(place))
            .some(({ x, y }) => x > left && x < right && y > top + 3 && y < bottom - 3);
    });
}).map((tag) => tag.textContent)"""
ON_TEXTS = """() => {
    const boxes = Array.from(document.querySelectorAll(".chart .grid text"), (text) => text.getBoundingClientRect());
    return boxes.filter((a) => boxes.some((b) =>
        a !== b && a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom)).length;
}"""


def test_names_stand_where_the_curves_lie_apart(show):
    """At their ends these four meet, and four names in a heap tell nobody which is which."""
    page = show(
        LivePlot(
            lambda t, decay: {"low": 1 - decay**t, "one": 1 + 0 * t, "high": 1 + decay**t, "higher": 1 + 2 * decay**t},
            title="four",
            t=(1, 100),
            decay=0.9,
        )
    )
    tags = page.page.locator(".tag:visible")
    boxes = {tag.text_content(): tag.bounding_box() for tag in tags.all()}
    assert set(boxes) == {"low", "one", "high", "higher"}
    chart = page.page.locator("svg.chart").bounding_box()
    assert all(box["x"] + box["width"] < chart["x"] + 0.8 * chart["width"] for box in boxes.values()), boxes
    assert page.page.evaluate(ON_CURVES) == []
    for a, b in itertools.combinations(boxes.values(), 2):
        assert abs(a["y"] - b["y"]) >= 12 or a["x"] > b["x"] + b["width"] or b["x"] > a["x"] + a["width"]


def test_a_curve_on_the_floor_has_its_name_where_it_stands_out(show):
    page = show(
        LivePlot(
            lambda side, root: {"small": np.where(side <= root, root, 0), "large": np.where(side <= 9, 9, 0)},
            title="squares",
            y=(0, 11),
            side=(0, 11),
            root=Slider(5, 1, 8),
        )
    )
    chart, tags = page.page.locator("svg.chart").bounding_box(), page.page.locator(".tag:visible")
    floor = chart["y"] + chart["height"] - 30
    assert all(floor - box["y"] > chart["height"] / 4 for box in (tag.bounding_box() for tag in tags.all()))


@pytest.mark.parametrize("width", [420, 800])
@pytest.mark.parametrize(
    "make",
    [
        lambda: made_by(5, "cell-29"),
        lambda: made_by(5, "cell-27"),
        lambda: made_by(7, "cell-27"),
        lambda: Stream([Adam(lr=0.1), AMSGrad(lr=0.1)], [9, *[-1] * 7], bound=lambda lr: lr),
        lambda: TuningLab([Momentum(lr=0.01), Adam(lr=0.1)], surfaces.rosenbrock()),
        lambda: LivePlot(lambda i, lr: np.abs(1 - lr * i), title="bars", ylabel="|1 − ηλ|ᵗ", i=range(1, 11), lr=0.1),
    ],
)
def test_no_name_lies_on_a_curve_and_no_text_on_another(show, make, width):
    page = show(make(), viewport={"width": width, "height": 900})
    assert page.page.evaluate(ON_CURVES) == []
    assert page.page.evaluate(ON_TEXTS) == 0


def test_a_loss_without_a_minimum_has_no_map_and_a_plain_axis(show):
    page = show(Explorer([GradientDescent(lr=1.0)], edge_model(), steps=120))
    assert page.page.locator(".heat").count() == 0
    assert min(numbers(page, ".side")) < 0
    curve = page.page.locator(".side .path").get_attribute("d")
    assert curve.count("M") == 1, "in one piece, though the loss changes its sign"


def test_a_mode_on_the_edge_stays(show):
    page = show(Spectrum(lambda eigenvalue, lr: np.abs(1 - lr * eigenvalue), [0.1, 10], title="modes", lr=0.2))
    assert "stays as it is" in page.readout()
    assert "grows" not in page.readout()


@pytest.mark.parametrize(("lr", "edge"), [(0.2, 10), (0.06, 33.3)])
def test_the_chart_of_the_sharpness_is_as_large_as_what_it_holds(show, lr, edge):
    slider = Slider(lr, 0.05, 0.5, "log")
    page = show(
        EdgeOfStability(GradientDescent(), wave(), lambda lr: 2 / lr, formula="2/η", lr=slider, steps=150, seed=4)
    )
    top = max(numbers(page, ".chart[aria-label=sharpness]"))
    assert edge < top <= min(3 * edge, 40)
    assert max(numbers(page, ".chart[aria-label=sharpness]", "middle")) == 200
    marks = page.page.locator(".chart[aria-label=sharpness] .target")
    assert marks.first.bounding_box()["width"] > 300, "the run fills most of the chart"


def test_a_curve_drawn_in_pieces_is_whole(show):
    slider = Slider(0.2, 0.05, 0.5, "log")
    widget = EdgeOfStability(GradientDescent(), wave(), lambda lr: 2 / lr, formula="2/η", lr=slider, steps=450, seed=4)
    page = show(widget)
    pieces = [part.get_attribute("d") for part in page.page.locator(".chart[aria-label=loss] .path").all()]
    ends = [np.array(re.findall(r"[ML]([-\d.]+) ([-\d.]+)", d), dtype=float)[[0, -1]] for d in pieces]
    assert len(pieces) == 3
    for before, after in itertools.pairwise(ends):
        assert before[1] == pytest.approx(after[0])


def test_nothing_marks_an_answer_before_the_reader_commits(show):
    page = show(Predict("Which?", "two", ["one", "two"]))
    painted = """() => Array.from(document.querySelectorAll(".option span"), (span) =>
        span.textContent ? "" : getComputedStyle(span).backgroundColor + getComputedStyle(span).padding)"""
    assert set(page.page.evaluate(painted)) <= {"", "rgba(0, 0, 0, 0)0px"}
    assert page.page.locator(".mark").count() == 0, "themes paint what is called so"


def test_a_phone_shows_the_losses_or_the_map(show):
    page = show(Explorer([Momentum(lr=0.02)], surfaces.ravine(kappa=20)), **PHONE)
    assert page.page.locator(".steepest").bounding_box()["height"] < 1050
    losses = page.page.locator(".side > svg.chart")
    assert losses.is_visible()
    assert page.page.locator(".heat").count() == 0
    page.page.get_by_role("button", name="Map of two settings").tap()
    page.settle()
    assert page.page.locator(".heat").is_visible()
    assert not losses.is_visible()
    pressed = page.page.locator("[aria-pressed=true]")
    assert pressed.all_text_contents() == ["Map of two settings"]
    page.page.get_by_text("★ best").wait_for()


def test_a_map_follows_a_hand_that_does_not_rest(show):
    page = show(Explorer([Momentum(lr=0.02)], surfaces.ravine(kappa=20)))
    page.page.get_by_text("★ best").wait_for()
    drawn = page.page.evaluate(
        """async () => {
            const draw = CanvasRenderingContext2D.prototype.putImageData, steps = document.querySelector(".scrub");
            const field = document.querySelector("input[aria-label='steps, number']");
            let maps = 0;
            CanvasRenderingContext2D.prototype.putImageData = function (...given) {
                if (!this.canvas.className) maps++;
                draw.apply(this, given);
            };
            for (let k = 0; k < 60 || (maps < 2 && k < 600); k++) {
                field.value = 60 + (k % 7);
                field.dispatchEvent(new Event("change"));
                await new Promise(requestAnimationFrame);
            }
            CanvasRenderingContext2D.prototype.putImageData = draw;
            return maps;
        }"""
    )
    assert drawn >= 2


def test_the_singular_values_show_what_the_steps_do_and_not_the_answer(show):
    widget = made_by(8, "family-widget")
    page = show(widget)
    assert page.page.locator(".goal.met").count() == 0
    assert "after: 0.721 at 0, 0.4 at 8" in page.readout()
    met = [steps for steps in range(9) if (page.set("steps", steps), page.page.locator(".goal.met").count())[1]]
    assert met == [4]
    s = [0.01]
    while s[-1] <= 0.5:
        s.append(3.4445 * s[-1] - 4.775 * s[-1] ** 3 + 2.0315 * s[-1] ** 5)
    assert met == [len(s) - 1], "the fewest"


def test_the_squares_have_their_names_beside_them(show):
    page = show(made_by(4, "cell-18"))
    chart = page.page.locator("svg.chart").bounding_box()
    tops = {tag.text_content(): tag.bounding_box()["y"] for tag in page.page.locator(".tag:visible").all()}
    assert tops["second coordinate"] < chart["y"] + chart["height"] / 2 + 20
    assert tops["first coordinate"] < chart["y"] + chart["height"] - 55


def test_a_finger_that_scrolls_the_page_changes_no_step_shown(show):
    page = show(Explorer([Momentum()], surfaces.ravine(), steps=40), Explorer([Adam()], surfaces.ravine()), **PHONE)
    scrub = page.page.locator(".scrub").first
    before = scrub.input_value()
    swipe(page, scrub, 3, -150)
    assert page.page.evaluate("scrollY") > 50
    assert scrub.input_value() == before
    assert heading(page).startswith("40 steps")


def test_charts_run_from_left_to_right_in_every_language(show):
    page = show(Explorer([Momentum(), Adam()], surfaces.ravine()))
    place = """() => Array.from(document.querySelectorAll(".chart text"), (text) => {
        const box = text.getBoundingClientRect(), around = text.closest(".chart").getBoundingClientRect();
        return [text.textContent, Math.round(box.left - around.left), Math.round(box.top - around.top)];
    })"""
    before = [found for found in page.page.evaluate(place) if found[0]]
    page.page.evaluate("document.documentElement.dir = 'rtl'")
    page.settle()
    assert [found for found in page.page.evaluate(place) if found[0]] == before
