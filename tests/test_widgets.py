"""The widgets on a page without a kernel, in a real browser, and their interface in Python."""

import dataclasses
import gzip
import io
import itertools
import math
import re
import subprocess
import sys
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import matplotlib
import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image
from playwright.sync_api import expect
from shared_scripts import share_scripts, squeezed
from test_plots import contrast, linear, oklab
from widget_page import DARK, LIGHT, PHONE, PICTURE, Opened, swipe, wait_until

from steepest import (
    OPTIMIZERS,
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    GradientDescent,
    Lion,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
    Shampoo,
    live,
    plots,
    surfaces,
)
from steepest.bugs import HalfCorrectedAdam, UncorrectedAdam
from steepest.curvature import edge_model
from steepest.datasets import diabetes
from steepest.descent import descend
from steepest.live import Choice, Explorer, Goal, LineFit, LiveMap, LivePlot, Predict, Slider, Task, TuningLab, frames
from steepest.live.javascript import compile_rule
from steepest.live.lineup import SPARE, Lineup
from steepest.live.trace import trace
from steepest.live.widget import BASE, script

MODULES = sorted(Path(live.__file__).parent.glob("*.js"))


def modes(i, lr, kappa, t):
    return np.abs(1 - lr * kappa ** ((i - 1) / 9)) ** t


def equal_modes(lr, kappa):
    return np.abs(np.abs(1 - lr) - np.abs(1 - lr * kappa)) < 0.01


def radius(lr, momentum, rule):
    beta = 1 + momentum - lr
    inside = beta**2 - 4 * momentum
    heavy_ball = np.where(inside < 0, np.sqrt(momentum), (np.abs(beta) + np.sqrt(np.maximum(inside, 0))) / 2)
    return np.where(rule == 0, heavy_ball, np.sqrt(momentum))


def ravine(**more):
    return Explorer([Momentum(lr=0.02), Nesterov(lr=0.02), GradientDescent(lr=0.05)], surfaces.ravine(kappa=20), **more)


def eigenmodes():
    return LivePlot(
        modes,
        title="What is left of each mode",
        ylabel="factor",
        i=range(1, 11),
        bars=True,
        y=(0, 1.5),
        lr=Slider(0.05, 0.001, 0.3, "log"),
        kappa=Slider(10, 1, 100, "log"),
        t=Slider(5, 1, 50, integer=True),
        goal=Task("Make the first and the last mode die equally fast.", equal_modes),
    )


def radius_map():
    return LiveMap(
        radius,
        title="Spectral radius",
        ylabel="radius",
        lr=Slider(0.5, 0.01, 5, "log"),
        momentum=0.9,
        rule=Choice(["Momentum", "another"]),
    )


def tuning_lab(**more):
    return TuningLab([Momentum(lr=0.01), Adam(lr=0.1)], surfaces.rosenbrock(), **{"steps": 50, "tries": 4} | more)


def line_fit(**more):
    x = np.linspace(-1.5, 1.5, 40)
    return Explorer([SGD(lr=0.2)], LineFit(x, 2 * x + 1 + np.sin(17 * x)), steps=50, **more)


def number(text):
    return float(text.replace("−", "-"))


def same(text, value):
    """Whether a number as the page writes it is a value to the three digits that it shows."""
    return math.isclose(number(text), value, rel_tol=6e-3)


def final(optimizer, surface, start, steps):
    return descend(optimizer, surface, start, steps).losses[-1]


# The faces ----------------------------------------------------------------------------------------------------------

NOTEBOOK = """\
from steepest import Momentum, SGD, plots, surfaces
from steepest.live import *
import matplotlib.pyplot as plt
Explorer([Momentum(lr=0.02)], surfaces.ravine())
---
LivePlot(lambda x, lr: lr * x**2, title="A parabola", x=(-1, 1), lr=0.1)
---
LiveMap(lambda lr, momentum: lr * momentum, title="A product", lr=0.1, momentum=0.5)
---
def draw(B, color):
    figure, ax = plt.subplots(figsize=(2, 2))
    ax.plot([0, B], color=color)
    return plots.show(figure, f"A line from 0 to {B} in the color {color}.")

frames(draw, B=[32, 64], color=["red", "blue"])
"""


@pytest.fixture(scope="module")
def executed():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in NOTEBOOK.split("---\n")])
    return NotebookClient(notebook, timeout=120, kernel_name="python3").execute()


def test_a_notebook_run_without_a_reader_has_no_widget_state(executed):
    assert "widgets" not in executed.metadata
    for cell in executed.cells:
        (output,) = cell.outputs
        assert output.data.keys() == {"text/html", "image/png", "text/plain"}
        assert len(output.metadata["image/png"]["alt"].split()) > 5
        assert len(output.data["image/png"]) < 60_000
        assert "0x" not in output.data["text/plain"]


def test_nbconvert_makes_a_page_on_which_all_widgets_live(executed, browser, tmp_path):
    exporter = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    path = tmp_path / "notebook.html"
    path.write_text(exporter.from_notebook_node(executed)[0])
    opened = Opened(browser.new_page(), path)
    page = opened.page
    hosts = page.locator("[state]").all()
    assert len(hosts) == 3
    for host in hosts:
        host.scroll_into_view_if_needed()
        host.locator(".steepest").wait_for()
    opened.set("Momentum: lr η", 0.1)
    assert same(opened.result(0), final(Momentum(lr=0.1), surfaces.ravine(), None, 100))
    visible = page.locator("figure:visible img")
    assert visible.get_attribute("alt") == "A line from 0 to 32 in the color red."
    page.get_by_label("64").check()
    page.get_by_label("blue").check()
    assert visible.get_attribute("alt") == "A line from 0 to 64 in the color blue."
    page.close()
    assert opened.wrong == []


def test_outputs_repeat_to_the_byte():
    for make in (ravine, eigenmodes, radius_map, tuning_lab):
        assert make()._repr_mimebundle_() == make()._repr_mimebundle_()


def test_without_scripts_the_picture_shows(show):
    page = show(ravine(), java_script_enabled=False).page
    assert page.get_by_role("img", name=PICTURE.alt).is_visible()
    assert page.locator(".steepest").count() == 0


def test_the_picture_is_a_picture():
    data, metadata = ravine()._repr_mimebundle_()
    with Image.open(io.BytesIO(data["image/png"])) as picture:
        assert metadata["image/png"]["width"] == pytest.approx(picture.width * plots.INCH / 96, abs=1)


def test_no_script_makes_code_at_run_time():
    text = script(*(path.stem for path in MODULES))
    assert not re.search(
        r"\beval\b|\bFunction\(|innerHTML|setAttribute\(\"on|\bimport\b(?!\|)|https?://(?!www\.w3\.org)", text
    )


def test_what_a_widget_sends_stays_small(record_property):
    """All that an Explorer with six optimizers brings along, as a server sends it."""
    six = [rule(lr=0.01) for rule in (GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam)]
    widget = Explorer(six, surfaces.rosenbrock())
    sent = {"modules and styles": script(*BASE, *widget._files, "host"), "compiled": widget._compiled}
    size = {name: len(gzip.compress(squeezed(text).encode(), 9)) for name, text in sent.items()}
    record_property("Size of an Explorer with six optimizers, bytes after gzip", f"{size}, in all {sum(size.values())}")
    assert sum(size.values()) < 30_000
    long = {"SOAP": 7_000}  # which computes the eigenvectors of a matrix twice, for a step and for the inspector
    assert all(len(compile_rule(rule)) < long.get(name, 3_000) for name, rule in OPTIMIZERS.items())


def test_all_modules_can_be_one_script():
    """The book has one for all of its widgets, so that no two top-level names may be alike."""
    name = re.compile(r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)", re.MULTILINE)
    names = [found for file in MODULES for found in name.findall(file.read_text())]
    assert sorted(names) == sorted(set(names))


def test_the_book_has_one_script_for_all_widgets(browser, tmp_path):
    made = [ravine(), eigenmodes(), radius_map(), tuning_lab(), ravine(steps=7)]
    context = {"body": "".join(widget._html(PICTURE) for widget in made), "pathto": lambda name, resource: name}
    (tmp_path / "_static").mkdir()
    share_scripts(SimpleNamespace(outdir=tmp_path), "a page", "", context, None)
    assert context["body"].count("<script src=") == 1
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{context['body']}")
    opened = Opened(browser.new_page(), path)
    opened.page.keyboard.press("Tab")
    wait_until(opened.page, f"document.querySelectorAll('.steepest').length == {len(made)}")
    opened.page.close()
    assert opened.wrong == []


def test_the_modules_are_formatted_linted_and_typed():
    """As `make lint` does."""
    deno = Path(sys.executable).with_name("deno")
    for command in (["fmt", "--check"], ["lint"], ["check", *map(str, MODULES)]):
        done = subprocess.run([deno, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


# The parts -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parts(browser):
    """A page that holds the front end's functions by name, without a widget."""
    page = browser.new_page()
    page.add_script_tag(content=script(*BASE, "descend", "plane", "curves", "formula", "arrows"))
    yield page
    page.close()


def hostile_ranges():
    rng = np.random.default_rng(0)
    ends = [0.0, 5e-324, 1e-300, 1e-16, 0.02, 0.2, 1.0, 3.0, 1e5, 2**53, 1e300, 1.7e308]
    ends += (10 ** rng.uniform(-300, 300, 40)).tolist()
    ends += [-end for end in ends]
    for low in ends:
        near = [math.nextafter(low, math.inf), low + abs(low) * 1e-15, low + abs(low) * 1e-6]
        yield from ((low, high) for high in ends + near if low < high)


@pytest.mark.parametrize("scale", ["linear", "log", "decay"])
def test_the_ticks_of_any_range_are_few_and_in_order(parts, scale):
    ranges = list(hostile_ranges())
    found = parts.evaluate(
        "([ranges, scale]) => ranges.map(([low, high]) => ticks(low, high, scale, 5))", [ranges, scale]
    )
    for (low, high), places in zip(ranges, found, strict=True):
        assert 0 < len(places) <= 60, (low, high)
        assert all(a < b for a, b in pairwise(places)), (low, high, places)
        assert low <= places[0] <= places[-1] <= high, (low, high, places)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (-0.1, 0.1, [-0.1, -0.05, 0, 0.05, 0.1]), (3, 3.5, [3, 3.1, 3.2, 3.3, 3.4, 3.5])],
)
def test_ticks_are_round(parts, low, high, expected):
    assert parts.evaluate("([low, high]) => ticks(low, high, 'linear', 5)", [low, high]) == pytest.approx(
        expected, abs=1e-12
    )


@pytest.mark.parametrize(
    "slider",
    [Slider(1, 0.01, 100, "log"), Slider(0.9, 0, 0.9999, "decay"), Slider(1, -3, 7), Slider(2, 0, 9, integer=True)],
)
def test_the_page_spreads_a_slider_as_python_does(parts, slider):
    shares = np.linspace(0, 1, 19)
    values = parts.evaluate(
        """([spec, shares]) => {
            const { low, high, value } = travel(spec);
            return shares.map((share) => value(low + share * (high - low)));
        }""",
        [slider.spec("lr"), shares.tolist()],
    )
    expected = np.floor(slider.at(shares) + 0.5) if slider.integer else slider.at(shares)
    assert values == pytest.approx(expected, rel=0.06 if slider.scale == "decay" else 5e-3, abs=1e-3)


def test_contour_lines_lie_where_the_surface_has_their_height(parts):
    drawn = parts.evaluate(
        """() => {
            const space = { width: 300, height: 200, atX: (px) => px / 50 - 3, atY: (py) => 2 - py / 50 };
            return contourLines(heights(space, (x, y) => x * x + 2 * y * y));
        }"""
    )
    places = np.array(re.findall(r"[ML]([\d.]+) ([\d.]+)", drawn), dtype=float)
    heights = (places[:, 0] / 50 - 3) ** 2 + 2 * (2 - places[:, 1] / 50) ** 2
    levels = 17 * (np.arange(1, 18) / 18) ** 2.5
    distance = np.abs(heights[:, None] - levels).min(axis=1)
    assert len(places) > 1000
    assert distance.max() < 0.06


def test_optimizers_of_one_widget_have_colors_of_their_own():
    styled = [OPTIMIZERS[name]() for name in plots.STYLE]
    for rules in (styled, [Adam(), Adam(), Adam(), Momentum()]):
        hues = [known["color"] for known in Lineup("A test", rules).compile()[1]]
        assert len(set(hues)) == len(hues)
    colors = [*SPARE, *(style.color for style in plots.STYLE.values())]
    for background, color in itertools.product((LIGHT, DARK), colors):
        assert contrast(color, background) > 3, (color, background)
    apart = [np.linalg.norm(oklab(linear(a)) - oklab(linear(b))) for a, b in itertools.combinations(set(colors), 2)]
    assert min(apart) > 0.08


# The Explorer -------------------------------------------------------------------------------------------------------


def test_untouched_the_picture_names_what_it_shows(show):
    page = show(ravine(goal=Goal(loss=1e-3, within=60)))
    page.page.locator(".stage").get_by_text("Momentum", exact=True).wait_for()
    for chart in (".stage", ".side"):
        tags = page.page.locator(f"{chart} .tag").all_text_contents()
        assert {"Momentum", "Nesterov", "Gradient descent"} <= set(tags)
    assert page.page.locator(".side .aim").text_content() == "goal"
    assert page.page.locator(".zone.met").count() == 0
    page.set("Momentum: lr η", 0.3)
    page.set("Momentum: momentum μ", 0.6)
    assert page.page.locator(".side .aim").text_content() == "✓ goal met"
    assert page.page.locator(".zone.met").count() == 1


@pytest.mark.parametrize(("lr", "kappa"), [(1.5, 20), (3.0, 400)])
def test_where_a_path_leaves_the_picture_stands_when_it_diverged(show, lr, kappa):
    surface = surfaces.ravine(kappa=kappa)
    page = show(Explorer([GradientDescent(lr=lr)], surface, steps=100))
    run = descend(GradientDescent(lr=lr), surface, None, 100)
    tag = page.page.locator(".stage").get_by_text(f"diverged at step {run.diverged}", exact=True)
    box, stage = tag.bounding_box(), page.page.locator(".stage .tint").bounding_box()
    for start, size in [("x", "width"), ("y", "height")]:
        assert stage[start] <= box[start] <= stage[start] + stage[size] - box[size]
    middle = box["y"] + box["height"] / 2
    edges = [stage["y"], stage["y"] + stage["height"]]
    assert min(abs(middle - edge) for edge in edges) < 40, "its walls throw it out upwards or downwards"


@pytest.mark.parametrize("rule", [GradientDescent(lr=0.3), Momentum(lr=0.1), Nesterov(lr=0.1), Adam(lr=0.5)])
def test_the_arrows_are_the_terms_of_the_step(show, rule):
    """Head to tail they lead from the point before the step to the one after it."""
    page = show(Explorer([rule], surfaces.ravine(), steps=40))
    page.page.get_by_role("button", name="Rewind").click()
    for _ in range(3):
        page.page.get_by_role("button", name="Step", exact=True).click()
    page.settle()
    dots = re.findall(r"M([-\d.]+) ([-\d.]+)", page.page.locator(".stage .dots").get_attribute("d"))
    before, after = np.array(dots[2:4], dtype=float)
    heads = page.page.locator(".arrow:not([display]) .head").all()
    tip = np.array(re.match(r"M(\S+) (\S+)L", heads[-1].get_attribute("d")).groups(), dtype=float)
    name = "".join(page.page.locator(".arrow:not([display]) .tag").all_text_contents())
    times = float(name.partition("×")[2] or 1)
    assert tip - before == pytest.approx(times * (after - before), abs=0.3 * times)
    assert len(heads) == (2 if rule.name in ("Momentum", "Nesterov") else 1)


def test_the_formula_is_a_control(show):
    page = show(ravine())
    dial = page.page.get_by_role("slider", name="Momentum: lr η in the formula")
    written = page.page.locator(".law:visible").inner_text()
    assert re.sub(r"\s+", "", written).startswith("vt=μ0.9vt−1−η0.02gt")
    dial.press("ArrowRight")
    page.settle()
    moved = page.value("Momentum: lr η")
    assert moved == pytest.approx(0.02 * 10 ** (4 / 100), rel=5e-3)
    assert dial.get_attribute("aria-valuetext") == f"{moved:.3g}"
    box = dial.bounding_box()
    page.page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 65, box["y"] + 5)
    page.page.mouse.up()
    page.settle()
    assert page.value("Momentum: lr η") == pytest.approx(moved * 10 ** (20 * 4 / 100), rel=0.02)
    assert same(page.result(0), final(Momentum(lr=page.value("Momentum: lr η")), surfaces.ravine(), None, 100))


def test_every_rule_has_a_formula(show):
    """Each symbol of its equations is on the page, for the rules of the course and a reader's own."""
    rules = [rule() for rule in OPTIMIZERS.values()]
    page = show(Explorer(rules, surfaces.ravine(), steps=3))
    for rule, shown in zip(rules, page.page.locator(".law").all(), strict=True):
        written = re.sub(r"\s+", "", shown.text_content())
        assert written.count("=") == len(trace(rule).equations)
        for symbol in ("wt", "gt", "η"):
            assert symbol in written, rule


def test_touching_a_row_shows_its_formula_and_map(show):
    page = show(ravine())
    assert page.page.locator(".map .caption").inner_text().startswith("Momentum")
    page.page.get_by_role("slider", name="Gradient descent: lr η", exact=True).press("ArrowRight")
    page.settle()
    assert page.page.locator(".law:visible").get_attribute("aria-label") == "The rule of Gradient descent"
    assert page.page.locator(".map .caption").inner_text().startswith("Gradient descent")


def test_primary_controls_stand_below_the_picture_and_the_others_in_the_fold(show):
    page = show(Explorer([Adam(lr=0.1)], surfaces.ravine(), primary=["beta2", "kappa", "steps"]))
    for label, first in [("Adam: beta2 β₂", True), ("kappa κ", True), ("steps", True), ("Adam: lr η", False)]:
        assert page.page.get_by_label(label, exact=True).is_visible() == first, label
    with pytest.raises(ValueError, match="no control 'mu'"):
        Explorer([Adam()], surfaces.ravine(), primary=["mu"])


def test_a_link_that_sets_what_is_folded_opens_the_fold(show):
    page = show(ravine())
    mark = re.search(r'name="(\w+)"', ravine()._html(PICTURE))[1]
    for values, opened in [("Momentum lr=0.1", False), ("kappa=50", True)]:
        page.go(f"{page.url.partition('#')[0]}#steepest-{mark}?{quote(values, safe='=')}")
        assert page.page.locator("details.fold").evaluate("(fold) => fold.open") == opened


def test_of_many_optimizers_five_are_shown_and_one_has_its_controls(show):
    rules = [rule(lr=0.01) for rule in list(OPTIMIZERS.values())[:10]]
    page = show(Explorer(rules, surfaces.rosenbrock(b=20)))
    assert page.page.get_by_role("checkbox", checked=True).count() == 5
    assert page.page.locator(".dials:visible").count() == 1
    assert page.page.locator(".steepest").bounding_box()["height"] < 800
    tops = [box["y"] for box in (row.bounding_box() for row in page.page.locator(".optimizer:not(.off)").all())]
    assert len(set(tops)) == 3, "two in a line"
    page.page.get_by_role("checkbox", name="Show Muon").check()
    page.settle()
    assert page.page.get_by_label("Muon: lr η", exact=True).is_visible()
    assert page.page.locator(".dials:visible").count() == 1
    for name in ("Muon", "Lion", "AdamW"):
        page.page.get_by_role("checkbox", name=f"Show {name}", exact=True).set_checked(False)
    for name in ("AdaGrad", "Nesterov"):
        page.page.get_by_role("checkbox", name=f"Show {name}", exact=True).uncheck()
    page.settle()
    assert page.page.locator(".optimizer .dials:visible").count() == 3, "few have theirs in their rows"
    assert page.page.locator(".dock:visible").count() == 0


# What sticks out of its chart, or stands on what is beside it: names of charts, and rows of optimizers.
CUT = """() => {
    const cut = [];
    for (const tag of document.querySelectorAll("text.tag")) {
        if (!tag.textContent || !tag.getClientRects().length) continue;
        const box = tag.getBoundingClientRect(), inside = tag.closest("svg"), chart = tag.closest("svg.chart");
        const around = (inside === chart ? chart : inside).getBoundingClientRect();
        const limit = inside === chart ? document.documentElement.clientWidth : around.right;
        if (box.left < around.left - 3 || box.right > limit + 3) cut.push(tag.textContent);
    }
    for (const row of document.querySelectorAll(".optimizer:not(.off)")) {
        const name = row.querySelector(".who span").getBoundingClientRect();
        const result = row.querySelector(".result").getBoundingClientRect();
        if (result.width && name.right > result.left && name.bottom > result.top && result.bottom > name.top) {
            cut.push(row.textContent);
        }
    }
    return cut;
}"""


@pytest.mark.parametrize("width", [320, 390, 640, 900])
def test_no_name_is_cut(show, width):
    rules = [Adam(lr=0.1), UncorrectedAdam(lr=0.1), HalfCorrectedAdam(lr=0.1)]
    lines = LivePlot(
        lambda t, beta2: {"only m corrected": 1 / np.sqrt(1 - beta2**t), "both corrected": 1 + 0 * t},
        title="lengths",
        t=(1, 100),
        beta2=0.9,
    )
    options = (PHONE if width < 400 else {}) | {"viewport": {"width": width, "height": 844}}
    page = show(Explorer(rules, surfaces.ravine()), Explorer(rules, surfaces.rosenbrock(b=20)), lines, **options)
    assert page.page.evaluate(CUT) == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_the_picture_stays_in_sight(show):
    page = show(ravine(), **PHONE)
    page.page.evaluate(
        """() => { // the box in which the book puts an output
            const box = document.createElement("div"), widget = document.querySelector("[state]");
            box.className = "output";
            box.style.overflow = "auto";
            widget.replaceWith(box);
            box.append(widget);
        }"""
    )
    page.settle()
    for label in ("Momentum: lr η", "Momentum: momentum μ"):
        control = page.page.get_by_role("slider", name=label, exact=True)
        control.evaluate("(control) => scrollTo(0, control.getBoundingClientRect().bottom + scrollY - innerHeight + 4)")
        page.settle()
        stage = page.page.locator(".stage").bounding_box()
        assert stage["y"] >= 0
        assert stage["y"] + stage["height"] <= control.bounding_box()["y"]
    page.unfold()
    page.page.get_by_label("kappa κ", exact=True).evaluate("(control) => control.scrollIntoView({ block: 'end' })")
    page.settle()
    assert page.page.locator(".stage").bounding_box()["y"] == pytest.approx(0, abs=1), "sticky while the fold is read"


def test_on_a_phone_ten_optimizers_leave_room_for_the_picture(show):
    """What the reader moves first lies within one screen of the picture, which stays in sight above it."""
    rules = [rule(lr=0.01) for rule in list(OPTIMIZERS.values())[:10]]
    page = show(Explorer(rules, surfaces.rosenbrock(b=20)), **PHONE)
    stage, dock = (page.page.locator(part).bounding_box() for part in (".stage", ".dock"))
    assert dock["y"] + dock["height"] - stage["y"] < PHONE["viewport"]["height"] - 100  # without the book's header
    tops = [box["y"] for box in (row.bounding_box() for row in page.page.locator(".optimizer:not(.off)").all())]
    assert len(set(tops)) == 3, "two in a line"


def test_the_fold_names_the_optimizer_of_each_slider(show):
    page = show(Explorer([Adam(), RMSProp()], surfaces.ravine()))
    page.unfold()
    told = page.page.locator(".fold .rest .control > span").all_inner_texts()
    assert told == ["Adam beta2 β₂", "Adam eps ε", "RMSProp eps ε"]


def test_the_first_press_on_a_name_chooses_its_row_and_hides_nothing(show):
    page = show(Explorer([Adam(), RMSProp()], surfaces.ravine()))
    name, box = page.page.locator(".who span").nth(1), page.page.get_by_role("checkbox", name="Show RMSProp")
    name.click()
    page.settle()
    assert box.is_checked()
    expect(page.page.locator(".optimizer.chosen")).to_contain_text("RMSProp")
    name.click()
    page.settle()
    assert not box.is_checked()


def test_the_page_says_what_numpy_computes(show):
    page = show(ravine(steps=120))
    for k, optimizer in enumerate([Momentum(lr=0.02), Nesterov(lr=0.02), GradientDescent(lr=0.05)]):
        assert same(page.result(k), final(optimizer, surfaces.ravine(kappa=20), None, 120))
    page.set("Momentum: lr η", 0.3)
    page.set("kappa κ", 50)
    page.set("steps", 60)
    assert same(page.result(0), final(Momentum(lr=0.3), surfaces.ravine(kappa=50), None, 60))


def test_divergence_is_named_and_nothing_wrong_is_drawn(show):
    page = show(ravine())
    page.set("Gradient descent: lr η", 1.5)
    step = descend(GradientDescent(lr=1.5), surfaces.ravine(kappa=20), None, 100).diverged
    assert page.result(2) == f"diverged at step {step}"
    assert f"Gradient descent diverged at step {step}" in page.readout()
    drawn = page.page.evaluate("Array.from(document.querySelectorAll('svg *'), (e) => e.outerHTML).join('')")
    assert not re.search("NaN|Infinity|undefined", drawn)


@pytest.mark.parametrize("surface", surfaces.SURFACES)
def test_every_surface_and_rule_is_drawn(show, surface):
    class SignDescent(Optimizer):
        label = "Sign descent"
        lr: float = 0.05

        def step(self, g, state):
            return -self.lr * np.sign(g)

    own = dataclasses.dataclass(SignDescent)()
    rules = [rule(lr=0.01) for rule in OPTIMIZERS.values()] + [own]
    names = [rule.name for rule in rules]
    widget = Explorer(rules, surfaces.SURFACES[surface](), shown=names)
    page = show(widget)
    for j, run in enumerate(widget.runs().values()):
        if run.diverged is None and abs(run.losses[-1]) > 1e-9:
            assert same(page.result(j), run.losses[-1]), (widget, j)


def test_the_start_is_dragged_and_moved_by_keys(show):
    page = show(ravine())
    handle = page.page.get_by_role("slider", name="Start point", exact=False)
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 100, y + 20, steps=4)
    page.page.mouse.up()
    page.settle()
    moved = page.start()
    assert -4.5 < moved[0] < -1
    assert moved[1] < 1.8
    assert same(page.result(0), final(Momentum(lr=0.02), surfaces.ravine(), moved, 100))
    low, high = -8, 8
    handle.press("ArrowRight")
    page.settle()
    assert page.start() == pytest.approx((moved[0] + (high - low) / 50, moved[1]), abs=1e-3)
    handle.press("Shift+ArrowLeft")
    page.settle()
    assert page.start()[0] == pytest.approx(moved[0] + 0.9 * (high - low) / 50, abs=1e-3)


def test_touch_drags_the_start(show):
    page = show(ravine(), **PHONE)
    swipe(page, page.page.get_by_role("slider", name="Start point", exact=False), 60, 0)
    assert page.start()[0] > -5.5


@pytest.mark.parametrize("name", ["Momentum: lr η", "Momentum: lr η in the formula"])
def test_a_finger_that_scrolls_the_page_moves_no_slider(show, name):
    page = show(ravine(), eigenmodes(), **PHONE)
    slider = page.page.get_by_role("slider", name=name, exact=True)
    before, from_ = page.value("Momentum: lr η"), page.page.evaluate("scrollY")
    slider.scroll_into_view_if_needed()
    swipe(page, slider, 9, -150)
    assert page.page.evaluate("scrollY") > from_ + 50
    assert page.value("Momentum: lr η") == before
    swipe(page, slider, 60, 0)
    assert page.value("Momentum: lr η") > before


def test_everything_that_a_finger_moves_is_large_enough(show):
    page = show(ravine(), line_fit(average=True), eigenmodes(), radius_map(), tuning_lab(), **PHONE)
    page.unfold()
    small = page.page.evaluate(
        """() => Array.from(document.querySelectorAll(".steepest :is(button, input, select, summary, textarea, .grip)"))
            .filter((node) => node.offsetParent || node.matches(".grip"))
            .map((node) => (node.type === "checkbox" ? node.closest("label") : node))
            .map((node) => [node.outerHTML.slice(0, 90), node.getBoundingClientRect()])
            .filter(([, { width, height }]) => height < 44 - (height > 39.9 && width > 39.9 ? 4 : 0))
            .map(([text, { width, height }]) => `${text} ${width} × ${height}`)"""
    )
    assert small == []


def test_sliders_and_checkboxes_work_by_keyboard(show):
    page = show(ravine())
    slider = page.page.get_by_role("slider", name="Momentum: lr η", exact=True)
    slider.press("End")
    page.settle()
    assert page.value("Momentum: lr η") == 2
    slider.press("Home")
    page.settle()
    assert page.value("Momentum: lr η") == 0.0002
    assert slider.get_attribute("aria-valuetext") == "2e−4"
    page.page.get_by_role("checkbox", name="Show Momentum").press("Space")
    page.settle()
    assert page.result(0) == ""
    assert "Momentum:" not in page.readout()
    for name in ("Nesterov", "Gradient descent"):
        page.page.get_by_role("checkbox", name=f"Show {name}").press("Space")
    page.settle()
    assert page.readout() == "No optimizer is switched on."


def test_playing_stepping_and_resetting(show):
    page = show(ravine(steps=40))
    counter = page.page.locator("output")
    page.page.get_by_role("button", name="Rewind").click()
    page.settle()
    assert counter.inner_text() == "0 / 40"
    page.page.get_by_role("button", name="Step").click()
    page.page.get_by_role("button", name="Step").click()
    page.settle()
    assert counter.inner_text() == "2 / 40"
    assert same(page.result(0), descend(Momentum(lr=0.02), surfaces.ravine(), None, 40).losses[2])
    page.page.get_by_role("button", name="Play").click()
    expect(page.page.locator("output")).to_have_text("40 / 40")
    page.set("kappa κ", 100)
    page.page.get_by_role("button", name="Reset").click()
    page.settle()
    assert page.value("kappa κ") == 20
    page.page.get_by_role("button", name="Play").click()
    page.page.get_by_role("button", name="Pause").click()
    page.settle()
    stopped = counter.inner_text()
    page.page.wait_for_timeout(150)
    assert counter.inner_text() == stopped


def test_a_run_that_became_shorter_than_what_is_shown_plays_from_its_start(show):
    page = show(ravine(steps=40))
    page.page.get_by_role("slider", name="Step shown").fill("36")
    page.set("steps", 20)
    page.settle()
    assert page.page.locator("output").inner_text() == "20 / 20"
    page.page.get_by_role("button", name="Play").click()
    page.page.get_by_role("button", name="Pause").click()
    page.settle()
    assert page.page.locator("output").inner_text() != "20 / 20"


def test_reduced_motion_jumps_to_the_end(show):
    page = show(ravine(steps=40), reduced_motion="reduce")
    page.page.get_by_role("button", name="Rewind").click()
    page.page.get_by_role("button", name="Play").click()
    page.settle()
    assert page.page.locator("output").inner_text() == "40 / 40"


def test_the_goal_is_judged(show):
    widget = ravine(goal=Goal(loss=1e-6, within=60))
    page = show(widget)
    goal = page.page.locator(".goal")
    assert "Not met yet" in goal.inner_text()
    for optimizer, lr in [("Momentum", 0.3), ("Momentum", 0.4)]:
        page.set(f"{optimizer}: lr η", lr)
    page.set("Momentum: momentum μ", 0.6)
    losses = descend(Momentum(lr=0.4, momentum=0.6), surfaces.ravine(), None, 100).losses
    step = int(np.argmax(losses <= 1e-6))
    assert 0 < step <= 60
    assert goal.inner_text().endswith(f"Met: Momentum is there at step {step}.")


def test_the_step_inspector_substitutes_the_numbers_of_the_step(show):
    page = show(Explorer([Adam(lr=0.1)], surfaces.ravine(kappa=20), steps=30))
    page.unfold()
    page.page.get_by_label("coordinate").last.select_option(label="y")
    page.settle()
    run = descend(Adam(lr=0.1), surfaces.ravine(kappa=20), None, 30)
    texts = page.page.locator(".equation").all_inner_texts()
    results = {written.split(" = ")[0]: written.split("=")[-1] for written in texts}
    assert number(results["wt"]) == pytest.approx(run.points[30, 1], rel=1e-5)
    assert number(results["mt"]) == pytest.approx(run.states["m"][30, 1], rel=1e-5)
    assert f"{run.gradients[29, 1]:.4g}".replace("-", "−") in texts[0]


def test_the_step_inspector_shows_whole_matrices_of_a_rule_that_mixes_the_coordinates(show):
    page = show(Explorer([Shampoo(lr=0.5)], surfaces.ravine(kappa=20), steps=3))
    page.unfold()
    page.settle()
    run = descend(Shampoo(lr=0.5), surfaces.ravine(kappa=20), None, 3)
    results = {}
    for written in page.page.locator(".equation").all_inner_texts():
        rows = written.split("=")[-1].strip(" \n()").split("; ")
        results[written.split(" = ")[0]] = [[number(entry) for entry in row.split(", ")] for row in rows]
    np.testing.assert_allclose(results["Rt"], run.states["R"][3], rtol=1e-5)
    np.testing.assert_allclose(results["Lt"], [run.states["L"][3, :1]], rtol=1e-5)
    np.testing.assert_allclose(results["wt"], [run.points[3]], rtol=1e-5)


def test_what_is_remembered_is_plotted_for_those_who_remember_it(show):
    page = show(ravine())
    page.unfold()
    curves = "Array.from(document.querySelectorAll('.fold svg .path'), (path) => Boolean(path.getAttribute('d')))"
    assert page.page.evaluate(curves) == [True, True, False]
    page.page.get_by_label("quantity").select_option("rate")
    page.settle()
    assert page.page.evaluate(curves) == [True, True, True]


def test_the_map_shows_the_losses_that_numpy_computes(show):
    page = show(Explorer([Momentum(lr=0.02)], surfaces.ravine(kappa=20), steps=60))
    data = "Array.from(document.querySelector('.heat canvas').getContext('2d').getImageData(0, 0, 64, 64).data)"
    wait_until(page.page, f"{data}.every((value, i) => i % 4 < 3 || value)")
    cells = page.page.evaluate(data)
    pixels = np.array(cells).reshape(64, 64, 4)[::-1, :, :3]  # from low to high
    shares = (np.arange(64) + 0.5) / 64  # and the digits that the sliders have
    lr = np.array([float(f"{value:.2e}") for value in 0.0002 * 10 ** (4 * shares)])
    momentum = np.array([1 - float(f"{value:.1e}") for value in 10 ** (-4 * shares)])
    grid = np.broadcast_to(lr[None, :, None], (64, 64, 1)), np.broadcast_to(momentum[:, None, None], (64, 64, 1))
    run = descend(Momentum(*grid), surfaces.ravine(kappa=20), np.broadcast_to((-7.0, 2.0), (64, 64, 2)), 60)
    gray = np.ptp(pixels, axis=-1) == 0
    above = (run.diverged >= 0) | (run.losses[-1] >= run.losses[0])
    assert 0 < above.sum() < above.size
    assert np.mean(gray == above) > 0.998
    log = np.log10(np.maximum(np.where(gray, 1, run.losses[-1]), 1e-16))
    place = (log - log[~gray].min()) / np.ptp(log[~gray])
    expected = matplotlib.colormaps["viridis"](place)[..., :3] * 255
    assert np.median(np.abs(expected - pixels)[~gray]) < 4
    best = np.unravel_index(np.where(above, np.inf, run.losses[-1]).argmin(), above.shape)
    said = re.search(r"best: (\S+), (\S+)", page.page.locator(".legend").inner_text()).groups()
    assert [number(value) for value in said] == pytest.approx([lr[best[1]], momentum[best[0]]], rel=0.02)


def test_moving_in_the_map_moves_the_sliders(show):
    page = show(ravine())
    before = page.value("Momentum: lr η")
    page.page.get_by_role("slider", name="Cross-hair", exact=False).press("ArrowRight")
    page.settle()
    assert page.value("Momentum: lr η") > before
    box = page.page.locator(".heat canvas").bounding_box()
    page.page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    page.settle()
    assert page.value("Momentum: lr η") == pytest.approx(0.002, rel=0.1)


def test_copied_python_gives_what_the_page_shows(show):
    page = show(ravine())
    page.set("Momentum: lr η", 0.123)
    page.page.get_by_role("slider", name="Start point", exact=False).press("ArrowDown")
    page.settle()
    page.page.get_by_role("checkbox", name="Show Nesterov").uncheck()
    page.unfold()
    with redirect_stdout(io.StringIO()) as printed:
        exec(page.page.get_by_label("The same in Python").input_value(), {})
    lines = printed.getvalue().splitlines()
    assert len(lines) == 2
    assert same(page.result(0), float(lines[0].split()[1]))


def test_a_link_restores_the_state(show):
    widget = ravine()
    page = show(widget)
    page.set("Momentum: lr η", 0.123)
    page.set("steps", 77)
    page.page.get_by_role("checkbox", name="Show Nesterov").uncheck()
    page.unfold()
    link = page.page.get_by_label("Link to this state").input_value()
    again = show(widget)
    again.go(again.url + link[link.index("#") :])
    assert again.value("Momentum: lr η") == 0.123
    assert again.value("steps") == 77
    assert again.result(1) == ""
    assert again.result(0) == page.result(0)


def test_after_going_back_the_fields_say_what_is_shown(show):
    page = show(ravine())
    good = page.result(0)
    page.set("Momentum: lr η", 0.03)
    page.page.goto("about:blank")
    page.page.go_back()
    page.settle()
    assert (page.value("Momentum: lr η"), page.result(0)) == (0.02, good)


def test_what_a_link_leaves_out_is_as_at_first(show):
    widget = ravine()
    page = show(widget)
    mark = re.search(r'name="(\w+)"', widget._html(PICTURE))[1]
    to = "(hash) => (location.hash = hash)"
    page.page.evaluate(to, f"#steepest-{mark}?{quote('Momentum lr=0.123', safe='=')}")
    page.settle()
    page.page.evaluate(to, f"#steepest-{mark}?steps=77")
    page.settle()
    assert (page.value("Momentum: lr η"), page.value("steps")) == (0.02, 77)
    page.page.evaluate(to, f"#steepest-{mark}")
    page.settle()
    assert page.value("steps") == 77, "a link to the widget alone changes nothing in it"
    page.page.evaluate(to, f"#steepest-{mark}?")
    page.settle()
    assert page.value("steps") == 100


def test_a_link_opens_at_its_widget(show):
    """Also when what stands above it grows later."""
    page = show(eigenmodes(), eigenmodes(), eigenmodes(), ravine())
    page.unfold()
    link = page.page.get_by_label("Link to this state").input_value()
    page.page.set_viewport_size({"width": 900, "height": 700})
    page.go(page.url + link[link.index("#") :])
    page.page.evaluate("document.querySelector('h1').style.height = '900px'")
    page.page.wait_for_timeout(200)
    assert abs(page.page.locator(".steepest").last.bounding_box()["y"]) < 100
    page.page.mouse.move(200, 300)
    page.page.mouse.wheel(0, -500)
    page.page.wait_for_timeout(500)
    away = page.page.locator(".steepest").last.bounding_box()["y"]
    page.page.evaluate("document.querySelector('h1').style.height = '950px'")
    page.page.wait_for_timeout(200)
    assert page.page.locator(".steepest").last.bounding_box()["y"] == pytest.approx(away + 50, abs=50), (
        "the reader leads"
    )


@pytest.mark.parametrize(("allowed", "said"), [(True, "Copied."), (False, "Copying is not allowed here")])
def test_copying_works_or_says_that_it_cannot(show, allowed, said):
    """On a page without encryption there is no clipboard; the browser may know the older command."""
    page = show(ravine())
    page.page.evaluate(
        """(allowed) => {
            Object.defineProperty(navigator, "clipboard", { value: undefined });
            document.execCommand = () => allowed;
        }""",
        allowed,
    )
    page.unfold()
    page.page.get_by_role("button", name="Copy link").click()
    expect(page.page.get_by_text(said)).to_be_visible()
    selected = page.page.evaluate("document.activeElement.value ?? ''")
    assert selected.startswith("file:")


@pytest.mark.parametrize(
    "values",
    ["Momentum lr=NaN", "Momentum lr=Infinity", "Momentum lr=-1", "steps=1e300", "steps=2.5", "steps=", "kappa=0",
     "start x=1e9", "Momentum momentum=1", "nobody=3", "%E0%A4%A", "=", "__proto__=1&constructor=2", "a" * 20_000],
)  # fmt: skip
def test_a_bad_link_does_no_harm(show, values):
    page = show(ravine())
    mark = re.search(r'name="(\w+)"', ravine()._html(PICTURE))[1]
    good = page.result(0)
    page.go(f"{page.url}#steepest-{mark}?{quote(values, safe='=&%')}")
    assert page.result(0) == good
    assert page.readout().startswith("The link holds values that are no numbers or out of range")
    page.set("Momentum: lr η", 0.03)
    assert page.result(0) != good
    assert "link" not in page.readout()


def enter(page, label, written, how):
    """Type a text into a number field, or paste it; what the field then holds."""
    field = page.page.get_by_label(f"{label}, number", exact=True)
    field.evaluate("(field) => field.closest('details')?.setAttribute('open', '')")
    if how == "paste":
        page.page.evaluate("document.body.append(document.createElement('textarea'))")
        source = page.page.locator("textarea").last
        source.fill(written)
        source.press("Control+a")
        source.press("Control+c")
    field.press("Control+a")
    field.press("Control+v") if how == "paste" else field.press_sequentially(written)
    field.press("Enter")
    page.settle()
    return float(field.input_value())


@pytest.mark.parametrize("how", ["type", "paste"])
@pytest.mark.parametrize(
    ("written", "meant"), [("−1", -1), ("1,5", 1.5), ("−0,25", -0.25), ("1e−3", 0.001), ("2.5", 2.5), ("1,000", 1000)]
)
def test_a_number_is_taken_as_readers_write_it(show, how, written, meant):
    """The browser alone would leave out what it does not know, and make 15 of 1,5."""
    plot = LivePlot(lambda x, a: a * x, title="a line", x=(0, 1), a=Slider(1.0, -10_000, 10_000))
    assert enter(show(plot), "a", written, how) == meant
    question = Predict("How large?", 0.0, Slider(0.0, -10_000, 10_000))
    assert enter(show(question), "your prediction", written, how) == meant
    if 0 < meant < 2:
        assert enter(show(ravine()), "Momentum: lr η", written, how) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1,000", 1000), ("−1,234.5", -1234.5), ("1.234,5", 1234.5), ("0,125", 0.125), (" 7 ", 7), ("12,5", 12.5)],
)
def test_a_copied_number_may_have_its_thousands_apart(show, written, meant):
    plot = LivePlot(lambda x, a: a * x, title="a line", x=(0, 1), a=Slider(1.0, -10_000, 10_000))
    assert enter(show(plot), "a", written, "paste") == meant


@pytest.mark.parametrize("how", ["type", "paste"])
@pytest.mark.parametrize("written", ["1/3", "2^3", "0x10", "10%", "1_0"])
def test_what_is_no_number_is_refused_and_not_made_one(show, how, written):
    """The browser alone would leave out what it does not know, and make 13 of 1/3."""
    plot = LivePlot(lambda x, a: a * x, title="a line", x=(0, 1), a=Slider(1.0, -10_000, 10_000))
    page = show(plot)
    assert enter(page, "a", written, how) == 1
    assert "must lie between" in page.readout()
    assert enter(page, "a", "3", how) == 3


@pytest.mark.parametrize("width", [320, 390, 700, 768])
def test_a_long_name_leaves_room_for_its_slider(show, width):
    page = show(Explorer([HalfCorrectedAdam(), Adam()], surfaces.ravine()), viewport={"width": width, "height": 800})
    page.unfold()
    narrow = page.page.locator(".control:visible").evaluate_all(
        """controls => controls.filter((control) => {
            const [slider, field] = ["range", "number"].map((type) => control.querySelector(`[type=${type}]`));
            const edge = control.getBoundingClientRect().right;
            return slider.offsetWidth < 40 || field.getBoundingClientRect().right > edge + 1;
        }).map((control) => control.textContent)"""
    )
    assert narrow == []


def test_an_arrow_moves_a_number_as_it_moves_its_slider_from_what_is_typed(show):
    page = show(ravine())
    page.unfold()
    field = page.page.get_by_label("Momentum: lr η, number", exact=True)
    field.fill("0.02")
    field.press("ArrowUp")
    page.settle()
    up = page.value("Momentum: lr η")
    assert 0.02 < up < 0.025
    field.press("ArrowDown")
    page.settle()
    assert page.value("Momentum: lr η") == pytest.approx(0.02, rel=0.01)
    page.page.get_by_label("steps, number", exact=True).press("ArrowUp")
    page.settle()
    assert page.value("steps") == ravine().steps + 1


@pytest.mark.parametrize(("label", "value"), [("Momentum: lr η", -1), ("steps", 99999), ("kappa κ", 0), ("steps", "")])
def test_a_bad_number_is_refused_with_a_message(show, label, value):
    page = show(ravine())
    before = page.value(label)
    page.set(label, value)
    assert page.value(label) == before
    assert f"{label} must lie between" in page.readout()


@pytest.mark.parametrize(("label", "value"), [("lr η", "0.0000107"), ("beta2 β₂", "0.999907")])
def test_the_longest_number_that_a_slider_makes_has_room(show, label, value):
    page = show(Explorer([Adam(lr=0.001)], surfaces.ravine()))
    page.unfold()
    page.set(f"Adam: {label}", value)
    field = page.page.get_by_label(f"Adam: {label}, number", exact=True)
    assert field.input_value() == value
    assert field.evaluate("(field) => field.scrollWidth <= field.clientWidth")


def test_the_numbers_on_an_axis_differ_even_where_hardly_anything_happens(show):
    page = show(Explorer([Adam(lr=1e-5)], surfaces.ravine()))
    numbers = page.page.locator(".side svg.chart").first.locator("text[text-anchor=end]").all_text_contents()[:-1]
    assert len(numbers) > 2
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("quantity", ["rate", "g"])
@pytest.mark.parametrize("lr", [0.181, 0.2])
def test_rounding_is_not_drawn_as_a_curve(show, lr, quantity):
    """Gradient descent's effective learning rate is its learning rate, up to rounding: a line, and no noise."""
    page = show(Explorer([GradientDescent(lr=lr)], surfaces.bowl(kappa=10), steps=60))
    page.unfold()
    page.page.get_by_label("quantity").select_option(quantity)
    page.settle()
    chart = page.page.locator(".fold svg.chart").first
    numbers = chart.locator("text[text-anchor=end]").all_text_contents()[:-1]
    assert len(set(numbers)) == len(numbers) > 0
    curve = np.array(re.findall(r"[ML]([-\d.]+) ([-\d.]+)", chart.locator("path.path").get_attribute("d")), dtype=float)
    height = float(chart.locator("svg").get_attribute("height"))
    assert (np.ptp(curve[:, 1]) < height / 100) == (quantity == "rate")


def test_two_widgets_and_the_same_widget_twice_do_not_disturb_each_other(show):
    page = show(ravine(), ravine(), eigenmodes())
    field = page.page.get_by_label("Momentum: lr η, number", exact=True)
    field.nth(1).fill("0.1")
    field.nth(1).press("Enter")
    page.settle()
    assert [field.nth(k).input_value() for k in (0, 1)] == ["0.02", "0.1"]
    assert page.result(0) != page.result(3)


def test_a_removed_widget_is_gone_and_comes_back(show):
    page = show(ravine())
    page.page.evaluate(
        """() => {
            const real = requestAnimationFrame;
            window.calls = 0;
            window.requestAnimationFrame = (call) => {
                window.calls++;
                return real(call);
            };
        }"""
    )
    page.page.get_by_role("button", name="Rewind").click()
    page.page.get_by_role("button", name="Play").click()
    page.page.evaluate(
        "() => { window.kept = document.querySelector('[state]'); window.kept.remove(); location.hash = 'x'; }"
    )
    page.page.wait_for_timeout(100)
    before = page.page.evaluate("window.calls")
    page.page.wait_for_timeout(200)
    assert page.page.evaluate("window.calls") == before
    assert page.page.evaluate("window.kept.querySelectorAll('.steepest').length") == 0
    page.page.evaluate("() => document.querySelector('main').append(window.kept)")
    page.settle()
    assert same(page.result(0), final(Momentum(lr=0.02), surfaces.ravine(), None, 100))


# When a widget starts ------------------------------------------------------------------------------------------------

LOW = {"width": 900, "height": 300}  # a window that one widget fills

# Notes, at the end of each frame, how many widgets there are and how many of them have drawn their picture.
FRAMES = """() => {
    window.frames_ = [];
    const end = new MessageChannel();
    end.port1.onmessage = () => {
        const drawn = [...document.querySelectorAll(".steepest")].map((one) => !!one.querySelector("path.path[d^=M]"));
        frames_.push([drawn.length, drawn.filter(Boolean).length]);
    };
    const note = () => {
        end.port2.postMessage(null);
        requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
}"""


def started(page):
    return [host.locator(".steepest").count() for host in page.page.locator("[state]").all()]


def test_a_widget_starts_before_it_comes_into_the_window(show):
    page = show(ravine(), ravine(), ravine(), viewport=LOW)
    assert started(page) == [1, 0, 0]
    second = page.page.locator("[state]").nth(1)
    assert second.get_by_role("img", name=PICTURE.alt).is_visible()
    page.page.evaluate(FRAMES)
    page.page.evaluate("scrollBy(0, document.querySelectorAll('[state]')[1].getBoundingClientRect().top - 400)")
    second.locator(".steepest").wait_for()
    page.settle()
    assert second.bounding_box()["y"] > LOW["height"], "it is still below the window"
    assert not second.get_by_role("img", name=PICTURE.alt).is_visible()
    assert same(second.locator(".result").first.inner_text(), number(page.result(0)))
    seen = page.page.evaluate("frames_")
    assert seen[-1][0] > 1
    assert all(drawn == there for there, drawn in seen), "the first frame of a widget has its picture"


def test_nothing_that_is_read_moves_when_widgets_start(show):
    """Neither where the page opens nor where it is scrolled to, down and up again."""
    page = show(eigenmodes(), *[ravine()] * 4, viewport={"width": 900, "height": 700})
    page.page.evaluate(
        """() => {
            window.moved = 0;
            new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (moved += value)))
                .observe({ type: "layout-shift", buffered: true });
        }"""
    )
    page.page.mouse.move(200, 300)
    for step in [400] * 10 + [-300] * 6:
        page.page.mouse.wheel(0, step)
        page.settle()
    page.page.wait_for_timeout(200)
    assert started(page) == [1] * 5
    assert page.page.evaluate("moved") == 0


def test_the_tab_key_misses_no_widget(show):
    page = show(ravine(), ravine(), ravine(), viewport=LOW)
    page.page.keyboard.press("Tab")
    page.page.locator(".steepest").nth(2).wait_for()
    assert started(page) == [1, 1, 1]


def test_a_widget_starts_with_the_one_that_follows_it(show):
    """A link to the follower, far below, reaches both."""
    field = radius_map()
    follower = Explorer([Momentum(lr=0.02)], surfaces.bowl(kappa=1), follows=field)
    page = show(ravine(), ravine(), field, *[ravine()] * 4, follower, viewport=LOW)
    assert started(page) == [1] + [0] * 7
    mark = re.search(r'name="(\w+)"', follower._html(PICTURE))[1]
    page.go(f"{page.url}#steepest-{mark}?{quote('Momentum lr=1.25', safe='=')}")
    wait_until(page.page, "document.querySelectorAll('.steepest').length > 2")
    page.settle()
    assert [started(page)[k] for k in (2, 7)] == [1, 1]
    last = page.page.locator("[state]").last
    assert float(last.get_by_label("Momentum: lr η, number", exact=True).input_value()) == 1.25
    assert page.value("lr η") == 1.25


# Minibatches --------------------------------------------------------------------------------------------------------


def test_with_all_the_data_the_page_takes_numpys_steps(show):
    widget = line_fit()
    page = show(widget)
    assert same(page.result(0), widget.runs()["SGD"].losses[-1])


def test_minibatches_are_noisy_and_repeat(show):
    page = show(line_fit(batch_size=2, average=True, ring=lambda lr, batch_size: (lr / batch_size, lr / batch_size)))
    first = page.result(0)
    page.set("seed", 5)
    assert page.result(0) != first
    page.set("seed", 0)
    assert page.result(0) == first
    assert "averaged points" in page.readout()
    radii = page.page.evaluate("document.querySelector('.stage .target').getAttribute('d')")
    assert radii.startswith("M")
    colors = [
        page.page.evaluate(f"getComputedStyle(document.querySelector('.stage {one}')).stroke")
        for one in (".target", ".path")
    ]
    assert colors[0] != colors[1], "the ring is seen on the path that fills it"
    cloud = page.page.locator(".cloud").get_attribute("d")
    ends = np.array([place.split() for place in re.findall(r"M(.*?)h0", cloud)], dtype=float)
    assert ends.shape == (120, 2)
    assert np.ptp(ends, axis=0).min() > 5
    names = page.page.locator(".stage .tag").filter(visible=True).all_text_contents()
    assert {"mean of the points", "ring of theory", "other batches"} <= set(names)


def test_no_name_meets_that_of_an_arrow(show):
    """The path of the mean runs beside the arrow of an early step, as in the first picture of chapter 2."""
    mass, progress = (values - values.mean() for values in (diabetes().X[:64, 2], diabetes().y[:64]))
    fit = LineFit(mass / mass.std(), progress / progress.std(), window=((-1, 1.8), (-1.2, 1.2)), start=(-0.7, 0.9))
    page = show(Explorer([SGD(lr=0.2)], fit, steps=200, batch_size=4, average=True), **PHONE)
    names = page.page.locator(".stage .tag").filter(visible=True).all()
    boxes = {name.text_content(): name.bounding_box() for name in names if name.text_content()}
    assert {"−η·g", "mean of the points"} <= boxes.keys()
    for one, other in itertools.combinations(boxes.values(), 2):
        ends = [
            (min(b[x] + b[side] for b in (one, other)), max(one[x], other[x]))
            for x, side in (("x", "width"), ("y", "height"))
        ]
        assert any(end < start + 3 for end, start in ends), "apart on some axis, but for the room around letters"


def test_no_name_covers_a_minimum(show):
    rules = [Momentum(lr=0.002), RMSProp(lr=0.05), Adam(lr=0.1)]
    page = show(Explorer(rules, surfaces.rosenbrock(b=20), steps=150), **PHONE)
    cross = page.page.locator(".stage .minima").bounding_box()
    x, y = cross["x"] + cross["width"] / 2, cross["y"] + cross["height"] / 2
    for name in page.page.locator(".stage .tag").filter(visible=True).all():
        box = name.bounding_box()
        covers = box["x"] < x < box["x"] + box["width"] and box["y"] < y < box["y"] + box["height"]
        assert not covers, name.text_content()


@pytest.mark.parametrize(
    ("surface", "named"),
    [(surfaces.rosenbrock(), 1), (surfaces.double_well(tilt=0.3), 1), (surfaces.himmelblau(), 0), (edge_model(), 0)],
)
def test_the_lowest_point_is_named_where_there_is_one(show, surface, named):
    page = show(Explorer([GradientDescent(lr=1e-4)], surface, steps=2))
    assert page.page.locator(".stage .tag", has_text="lowest point").filter(visible=True).count() == named


def test_the_name_of_the_lowest_point_gives_way(show):
    """On both sides of it, at its height, runs or their names lie."""
    rules = [GradientDescent(lr=0.1), Momentum(lr=0.1)]
    page = show(Explorer(rules, surfaces.bowl(), steps=200, start=(2.0, 0.0)))
    names = page.page.locator(".stage .tag").filter(visible=True).all_text_contents()
    assert {"Gradient descent", "Momentum"} <= set(names)
    assert "lowest point" not in names


# What theory predicts -----------------------------------------------------------------------------------------------


def boxed():
    rules = [Lion(lr=0.02, weight_decay=0.5), AdamW(lr=0.05, weight_decay=1.0)]
    return Explorer(rules, surfaces.beale(), steps=400, box=lambda weight_decay: 1 / weight_decay)


def wall(page):
    """Where the right wall of the box is, in units of the axis, by the numbers beside it."""
    return page.page.evaluate(
        """() => {
            const middle = (box) => box.x + box.width / 2, stage = document.querySelector(".stage");
            const place = (text) => middle(text.getBoundingClientRect());
            const numbers = [...stage.querySelectorAll(".grid text[text-anchor=middle]")];
            const [a, b] = [numbers[0], numbers.at(-1)], [x, y] = [place(a), place(b)];
            const { right } = stage.querySelector("rect.target").getBoundingClientRect();
            const value = (text) => Number(text.textContent.replace("\u2212", "-"));
            return value(a) + (value(b) - value(a)) * (right - x) / (y - x);
        }"""
    )


def test_a_box_stands_where_theory_puts_it(show):
    page = show(boxed())
    name = page.page.locator(".stage .tag", has_text="the box")
    assert wall(page) == pytest.approx(2, abs=0.02)
    page.set("Lion: weight_decay λ", 1)
    assert wall(page) == pytest.approx(1, abs=0.02)
    assert name.is_visible()
    page.set("Lion: weight_decay λ", 0)  # no decay, no box
    assert page.page.locator(".stage .tag", has_text="the box").filter(visible=True).count() == 0
    page.page.get_by_role("checkbox", name="Show Lion").uncheck()
    page.settle()
    assert wall(page) == pytest.approx(1, abs=0.02), "of the first optimizer shown"


def test_a_box_may_be_wider_than_high(show):
    widget = Explorer(
        [GradientDescent(lr=1.0)], edge_model(), steps=40, box=lambda lr: (9.0, 2 / lr), box_name="the edge 2/η"
    )
    page = show(widget)
    assert page.page.locator(".stage .tag", has_text="the edge 2/η").is_visible()
    edge, *_ = widget.figure()[0].axes[0].patches
    assert edge.get_bbox().extents.tolist() == [-9, -2, 9, 2]


def test_the_picture_of_a_box_has_it_too():
    widget = boxed()
    figure, alt = widget.figure()
    (square,) = figure.axes[0].patches
    assert square.get_bbox().extents.tolist() == [-2, -2, 2, 2]
    assert "box" in alt
    widget.hyperparameters = {"Lion": {"weight_decay": 0.0}}
    (square,) = widget.figure()[0].axes[0].patches
    assert square.get_width() > 1e5


# LivePlot and LiveMap -----------------------------------------------------------------------------------------------


def test_a_live_plot_draws_its_formula(show):
    page = show(eigenmodes())
    page.set("lr η", 0.11)
    page.set("t", 3)
    heights = page.page.evaluate(
        """() => {
            const bars = document.querySelector(".bars").getAttribute("d");
            return Array.from(bars.matchAll(/M[-0-9.]+ ([-0-9.]+)V([-0-9.]+)/g), ([, base, top]) => base - top);
        }"""
    )
    expected = modes(np.arange(1, 11), 0.11, 10, 3)
    assert np.array(heights) / heights[0] == pytest.approx(expected / expected[0], rel=1e-6)


def test_a_task_is_judged_by_its_formula(show):
    page = show(eigenmodes())
    goal = page.page.locator(".goal")
    assert "Not met" in goal.inner_text()
    page.set("lr η", 2 / 11)
    assert goal.inner_text().endswith("Met.")


def test_marks_and_several_curves(show):
    plot = LivePlot(
        lambda k, decay: {"weight": (1 - decay) * decay**k, "sum so far": 1 - decay ** (k + 1)},
        title="Weights of a moving average",
        k=(0, 60),
        decay=0.9,
        marks={"half-life": lambda decay: np.log(0.5) / np.log(decay)},
    )
    page = show(plot)
    assert page.page.get_by_text("half-life 6.58").is_visible()
    page.set("decay ρ", 0.95)
    assert page.page.get_by_text("half-life 13.5").is_visible()
    assert "weight: 0.05 at 0" in page.readout()
    assert "sum so far: 0.05 at 0, 0.956 at 60" in page.readout()


def test_equal_units_are_as_long_upwards_as_across(show):
    plot = LivePlot(lambda x, lr: lr * x, title="A line", x=(0, 10), y=(0, 5), lr=0.1, equal=True)
    inside = show(plot).page.locator("svg svg").first
    width, height = (float(inside.get_attribute(side)) for side in ("width", "height"))
    assert height == pytest.approx(width / 2, abs=1)


def test_a_map_has_an_edge_and_a_best_place(show):
    field = LiveMap(
        lambda lr, momentum: np.abs(lr - 0.3) + np.abs(momentum - 0.6),
        title="A hollow",
        edge=0.5,
        lr=Slider(0.5, 0, 1),
        momentum=Slider(0.5, 0, 1),
    )
    page = show(field)
    best = re.search(r"best: (\S+), (\S+)", page.page.locator(".legend").inner_text()).groups()
    assert [number(value) for value in best] == pytest.approx([0.3, 0.6], abs=0.02)
    assert "0.5 or more" in page.page.locator(".legend").inner_text()
    places = re.findall(r"[ML]([\d.]+) ([\d.]+)", page.page.locator(".edge").get_attribute("d"))
    box = page.page.locator(".heat svg svg").bounding_box()
    u, v = np.array(places, dtype=float).T / [[box["width"]], [box["height"]]] + 1 / 128
    assert np.abs(u - 0.3) + np.abs(1 - v - 0.6) == pytest.approx(0.5, abs=0.03)


def test_an_explorer_follows_a_map_on_the_page(show):
    field = radius_map()
    page = show(field, Explorer([Momentum(lr=0.02), Nesterov(lr=0.02)], surfaces.bowl(kappa=1), follows=field))
    for option in ("another", "Momentum"):
        page.page.get_by_role("combobox", name="rule").select_option(label=option)
        page.settle()
        assert "" not in [page.result(0), page.result(1)], "a choice of what the map shows hides no run"
    page.page.get_by_role("slider", name="Cross-hair", exact=False).first.press("ArrowRight")
    page.settle()
    moved = page.value("Momentum: lr η")
    assert moved > 0.5
    assert page.value("Nesterov: lr η") == moved
    assert f"radius {radius(moved, 0.9, 0):.4g}" in page.readout()
    page.set("Momentum: lr η", 1.25)
    assert page.value("lr η") == 1.25


@pytest.mark.parametrize("title", ["a </script> b", "a <!--<script> b", "a <SCRIPT> </ b", "a ]]> & ' \" ` ${b}"])
def test_a_title_ends_no_script(show, title):
    plot = LivePlot(lambda x, lr: {title: lr * x, "b": x}, title=title, x=(0, 1), lr=0.1)
    page = show(plot, eigenmodes())
    assert page.page.get_by_text(title, exact=True).first.is_visible()
    assert page.page.locator(".steepest").count() == 2


# For everyone -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("width", [360, 600, 800, 1100])
def test_widgets_are_accessible_and_fit(show, background, width):
    lab = tuning_lab()
    lab.tries = [{"optimizer": name, "hyperparameters": {"lr": 0.3}} for name in ("Momentum", "Adam")]
    widgets = [ravine(goal=Goal(1e-6, 60)), line_fit(batch_size=4), eigenmodes(), radius_map(), lab]
    page = show(*widgets, background=background, viewport={"width": width, "height": 900})
    page.unfold()
    found = Axe().run(page.page).response["violations"]
    assert [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found] == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    sliders = "Array.from(document.querySelectorAll('input[type=range]'), (s) => s.offsetWidth).filter(Boolean)"
    assert min(page.page.evaluate(sliders)) > 70


def test_the_focus_is_visible(show):
    page = show(ravine())
    knobs = 0
    for _ in range(14):
        page.page.keyboard.press("Tab")
        knob = page.page.evaluate(
            """() => {
                const knob = document.activeElement.querySelector(".knob");
                return knob && getComputedStyle(knob).strokeWidth;
            }"""
        )
        knobs += bool(knob)
        if knob:
            assert knob == "5px"
        else:
            assert page.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert knobs == 2, "the start and the map's cross-hair"


def test_what_happened_is_spoken_once_it_has_settled(show):
    page = show(ravine())
    spoken = page.page.locator(".spoken")
    expect(spoken).to_contain_text("Momentum: loss")
    for lr in (0.03, 0.04, 0.05):
        page.set("Momentum: lr η", lr)
    assert spoken.get_attribute("role") == "status"
    expect(spoken).to_have_text(page.readout())


# The TuningLab ------------------------------------------------------------------------------------------------------


def spend(page, label=None, value=None):
    if label:
        page.set(label, value)
    page.page.get_by_role("button", name=re.compile("^(Try|No try)")).press("Enter")
    page.settle()


def test_a_try_is_run_and_scored_as_numpy_does(show):
    lab = tuning_lab()
    page = show(lab)
    spend(page, "Momentum: lr η", 0.001)
    page.page.get_by_role("combobox").select_option("Adam")
    page.settle()
    assert not page.page.get_by_label("Momentum: lr η", exact=True).is_visible()
    spend(page, "Adam: beta1 β₁", 0.5)
    lab.tries = [
        {"optimizer": "Momentum", "hyperparameters": {"lr": 0.001}},
        {"optimizer": "Adam", "hyperparameters": {"beta1": 0.5}},
    ]
    said = page.page.locator(".goal").inner_text()
    loss, at, percent = re.search(r"2 tries: (\S+), at try (\d)\. .* (\d+) %", said).groups()
    assert same(loss, lab.losses().min())
    assert int(at) == 1 + lab.losses().argmin()
    assert int(percent) == round(100 * lab.score())
    assert same(re.search(r": loss (.*)\.", page.readout())[1], lab.losses()[1])


def test_tries_run_out_and_one_that_diverged_counts(show):
    page = show(tuning_lab(tries=3))
    spend(page, "Momentum: lr η", 1)
    assert page.page.locator(".goal").inner_text() == "Every try so far diverged."
    for lr in (0.001, 0.002, 0.003):
        spend(page, "Momentum: lr η", lr)
    assert "after 3 tries" in page.page.locator(".goal").inner_text()
    assert page.page.get_by_role("button", name="No try left").get_attribute("aria-disabled") == "true"
    page.unfold()
    rows = page.page.locator("tbody tr")
    assert rows.first.locator("td").nth(2).inner_text() == "diverged"
    rows.first.get_by_role("button").click()
    page.settle()
    assert page.value("Momentum: lr η") == 1
    page.page.get_by_role("button", name="Begin anew").click()
    page.settle()
    assert rows.count() == 0


def test_tries_survive_a_reload_and_the_same_one_is_not_counted(show):
    page = show(tuning_lab())
    spend(page, "Momentum: lr η", 0.001)
    spend(page)
    assert "Try 1 had the same settings" in page.readout()
    spend(page, "Momentum: lr η", 0.0005)
    said = page.page.locator(".goal").inner_text()
    assert "after 2 tries" in said
    page.go(page.url)
    assert page.page.locator(".goal").inner_text() == said
    page.page.get_by_role("button", name="Begin anew").click()
    page.go(page.url)
    assert "tries:" not in page.page.locator(".goal").inner_text()


@pytest.mark.parametrize(
    "kept",
    [
        "{",
        "3",
        '[{"optimizer": "Nobody"}]',
        '[{"optimizer": "Adam", "hyperparameters": {"lr": -1}}]',
        "[" + "0," * 9 + "0]",
    ],
)
def test_tries_that_cannot_be_are_not_taken_up(show, kept):
    page = show(tuning_lab())
    spend(page, "Momentum: lr η", 0.001)
    page.keep(kept)
    page.go(page.url)
    page.page.get_by_role("button", name="Try (4 left)").wait_for()
    spend(page, "Momentum: lr η", 0.001)
    page.go(page.url)
    page.page.get_by_role("button", name="Try (3 left)").wait_for()


def test_where_nothing_can_be_kept_tries_are_made_all_the_same(show):
    page = show(tuning_lab())
    page.page.evaluate(
        "() => (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') })"
    )
    spend(page, "Momentum: lr η", 0.001)
    spend(page, "Momentum: lr η", 0.002)
    page.page.get_by_role("button", name="Try (2 left)").wait_for()


def test_a_try_in_another_window_counts_in_this_one(show):
    page = show(tuning_lab())
    other = page.page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Try (4 left)").click()
    page.page.get_by_role("button", name="Try (3 left)").wait_for()
    spend(page, "Momentum: lr η", 0.001)
    other.get_by_role("button", name="Try (2 left)").wait_for()
    other.close()


def test_random_search_is_as_good_as_it_is_said_to_be():
    """Searches made of the reference's own settings: as many end higher than a loss as the score says."""
    lab = tuning_lab(tries=8)
    lab.tries = [{"optimizer": "Momentum", "hyperparameters": {"lr": lr}} for lr in (3e-4, 5e-4, 8e-4)]
    best = lab.losses().min()
    assert 0.05 < lab.score() < 0.95
    searches = np.random.default_rng(1).choice(lab._reference, size=(20_000, 3)).min(axis=1)
    assert np.mean(searches > best) == pytest.approx(lab.score(), abs=0.015)
    assert np.mean(searches <= lab._reached(0.5, 3)) == pytest.approx(0.5, abs=0.015)


def test_random_search_covers_the_sliders_travel():
    shares = np.linspace(0, 1, 5)
    assert Slider(1, 0.01, 100, "log").at(shares) == pytest.approx([0.01, 0.1, 1, 10, 100])
    assert Slider(0.9, 0, 0.9999, "decay").at(shares) == pytest.approx([0, 0.9, 0.99, 0.999, 0.9999])
    assert Slider(1, 0, 2).at(shares) == pytest.approx([0, 0.5, 1, 1.5, 2])


@pytest.mark.parametrize(
    ("tries", "message"),
    [
        ([{"optimizer": "Momentum", "hyperparameters": {}}] * 5, "There are 4 tries"),
        ([{"optimizer": "SGD", "hyperparameters": {}}], "no optimizer 'SGD'"),
        ([{"optimizer": "Adam", "hyperparameters": {"beta1": 1}}], "Adam: beta1 must lie"),
        ([{"optimizer": "Adam", "hyperparameters": {}, "loss": 0}], "A try is a dict"),
    ],
)
def test_a_try_that_cannot_be_is_refused(tries, message):
    lab = tuning_lab()
    with pytest.raises(ValueError, match=message):
        lab.tries = tries
    assert lab.tries == []


# Python -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: setattr(e, "start", (math.nan, 0)), "finite"),
        (lambda e: setattr(e, "steps", -1), "between 0 and 5000"),
        (lambda e: setattr(e, "steps", 10**6), "between 0 and 5000"),
        (lambda e: setattr(e, "shown", ["Adam"]), "no optimizer 'Adam'"),
        (lambda e: setattr(e, "hyperparameters", {"Adam": {}}), "no optimizer 'Adam'"),
        (lambda e: setattr(e, "hyperparameters", {"Momentum": {"rate": 1}}), "no hyperparameter 'rate'"),
        (lambda e: setattr(e, "hyperparameters", {"Momentum": {"lr": math.inf}}), "Momentum: lr must lie between"),
        (lambda e: setattr(e, "hyperparameters", {"Momentum": {"momentum": 1.0}}), "Momentum: momentum must lie"),
        (lambda e: setattr(e, "parameters", {"kappa": 0}), "ravine: kappa must lie between 1 and 1000"),
        (lambda e: setattr(e, "parameters", {"b": 1}), "no parameter 'b'"),
        (lambda e: setattr(e, "batch_size", 2), "batch_size"),
    ],
)
def test_a_bad_value_is_refused_and_changes_nothing(change, message):
    explorer = ravine()
    before = {name: getattr(explorer, name) for name in explorer.keys if not name.startswith("_") and name != "layout"}
    with pytest.raises(ValueError, match=message):
        change(explorer)
    assert {name: getattr(explorer, name) for name in before} == before


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Explorer([], surfaces.bowl()), ValueError, "The Explorer needs at least one optimizer"),
        (lambda: Explorer([Momentum(lr=np.array([0.1, 0.2]))], surfaces.bowl()), ValueError, "one number for lr"),
        (lambda: Explorer([Momentum()], surfaces.bowl(), start=(1, math.inf)), ValueError, "finite"),
        (lambda: Goal(loss=math.nan, within=10), ValueError, "finite"),
        (lambda: Goal(loss=1, within=0), ValueError, "from 1 to 5000"),
        (lambda: Slider(1, 2, 0), ValueError, "larger"),
        (lambda: Slider(1, 0, 2, "log"), ValueError, "log scale"),
        (lambda: Slider(3, 0, 2), ValueError, "between 0 and 2"),
        (lambda: Slider(1, 0, 2, "cubic"), ValueError, "scale"),
        (lambda: Choice([]), ValueError, "one or more, not none"),
        (lambda: LivePlot(lambda x, lr: x, title="t", lr=0.1), TypeError, "range of x"),
        (lambda: LivePlot(lambda x, lr: x, title="t", x=(0, 1)), TypeError, "lr"),
        (lambda: LivePlot(lambda x, lr: x, title="t", x=(0, 1), lr=0.1, equal=True), ValueError, "equal units"),
        (lambda: LivePlot(lambda x, lr: x, title="t", x=(1, 0), lr=0.1), ValueError, "cannot run"),
        (lambda: LivePlot(lambda x, a: x, title="t", x=(0, 1), a=3), TypeError, "Slider"),
        (lambda: LivePlot(lambda x, lr: x, title="t", x=(0, 1), lr=0.1, b=2), ValueError, "'b'"),
        (lambda: LivePlot(lambda x, lr: math.sin(x), title="t", x=(0, 1), lr=0.1), TypeError, "NumPy"),
        (lambda: LiveMap(lambda lr: lr, title="t", lr=0.1), TypeError, "first two"),
        (lambda: TuningLab([], surfaces.bowl()), ValueError, "The TuningLab needs at least one optimizer"),
        (lambda: TuningLab([Adam()], surfaces.bowl(), steps=0), ValueError, "steps must be .* from 1 to 5000"),
        (lambda: TuningLab([Adam()], surfaces.bowl(), tries=0), ValueError, "tries must be a whole number, 1 or more"),
        (lambda: TuningLab([Adam(lr=np.ones(2))], surfaces.bowl()), ValueError, "one number for lr"),
        (lambda: LineFit([1.0], [2.0]), ValueError, "at least 2"),
        (lambda: LineFit([1.0, 2.0], [2.0, math.nan]), ValueError, "finite"),
        (lambda: frames(lambda a: None, a=[]), ValueError, "at least one value"),
        (lambda: frames(lambda a: None, a=range(25)), ValueError, "25 pictures"),
        (lambda: frames(lambda a: None, a=[1]), TypeError, "plots.show"),
    ],
)
def test_what_cannot_be_shown_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_traits_are_what_the_runs_are_made_of():
    explorer = ravine(start=(1, 1), steps=10)
    explorer.hyperparameters = {"Momentum": {"lr": 0.5}}
    explorer.parameters = {"kappa": 7}
    explorer.shown = ["Gradient descent", "Momentum"]
    assert explorer.optimizers == [Momentum(lr=0.5), GradientDescent(lr=0.05)]
    assert explorer.surface.parameters == {"kappa": 7.0}
    run = explorer.runs()["Momentum"]
    assert np.array_equal(run.points, descend(Momentum(lr=0.5), surfaces.ravine(kappa=7), (1, 1), 10).points)


def test_line_fit_is_the_regression_it_says():
    rng = np.random.default_rng(0)
    fit = LineFit(rng.normal(size=20), rng.normal(size=20))
    w = rng.normal(size=(5, 2))
    assert fit(w) == pytest.approx(np.mean((w[:, :1] * fit.x + w[:, 1:] - fit.y) ** 2, axis=1) / 2)
    step = 1e-6 * np.eye(2)
    slopes = [(fit(w + s) - fit(w - s)) / 2e-6 for s in step]
    assert fit.gradient(w) == pytest.approx(np.stack(slopes, axis=-1), abs=1e-8)
    assert fit.gradient(fit.minima) == pytest.approx(0, abs=1e-12)


def test_numpy_draws_minibatches_where_the_page_does():
    whole, small = line_fit(), line_fit(batch_size=3)
    fit = whole.surface
    assert np.array_equal(whole.runs()["SGD"].points, descend(SGD(lr=0.2), fit, steps=50).points)
    again = [small.runs()["SGD"].points for _ in range(2)]
    assert np.array_equal(*again)
    assert not np.allclose(again[0], whole.runs()["SGD"].points)
    sampled, w = fit.minibatches(3, seed=0), np.array([0.5, 1.0])
    gradients, each = (
        np.array([sampled.gradient(w) for _ in range(5000)]),
        [fit.gradient(w, [i]) for i in range(len(fit.x))],
    )
    n, variance = len(each), np.var(each, axis=0)
    expected = variance / 3 * (n - 3) / (n - 1)
    assert np.var(gradients, axis=0) == pytest.approx(expected, rel=0.1)
    assert gradients.mean(axis=0) == pytest.approx(fit.gradient(w), abs=5 * np.sqrt(expected.max() / 5000))


def test_the_pictures_follow_the_traits():
    explorer = ravine()
    before = explorer._repr_mimebundle_()[1]["image/png"]["alt"]
    explorer.hyperparameters = {"Gradient descent": {"lr": 1.5}}
    after = explorer._repr_mimebundle_()[1]["image/png"]["alt"]
    assert "Gradient descent diverged at step" not in before
    assert "Gradient descent diverged at step" in after
    for widget in (eigenmodes(), radius_map()):
        metadata = widget._repr_mimebundle_()[1]
        assert isinstance(plots.show(*widget.figure()), plots.Picture)
        assert widget.values["lr"] == pytest.approx(float(re.search(r"lr=([\d.]+)", metadata["image/png"]["alt"])[1]))


@pytest.mark.parametrize(("edge", "hatched"), [(1.0, 1), (0.0, 1), (10.0, 0), (None, 0)])
@pytest.mark.parametrize("log", [False, True])
def test_the_still_map_has_the_edge_of_the_live_one(edge, hatched, log):
    def double(lr, momentum):
        return 2 * lr + 0 * momentum

    figure, alt = LiveMap(double, title="t", edge=edge, log=log, lr=Slider(0.2, 0.1, 1), momentum=0.5).figure()
    outlines = [c for c in figure.axes[0].collections if hasattr(c, "levels")]
    assert sum(any(getattr(c, "hatches", [None])) for c in outlines) == hatched
    assert ("hatched where the value is" in alt) == (edge is not None)
    for edge_line in (c for c in outlines if not c.filled):
        places = np.concatenate([path.vertices for path in edge_line.get_paths()])
        assert places[:, 0] == pytest.approx(0.5, abs=0.01)
    assert sum(not c.filled for c in outlines) == (edge == 1.0)


def test_progress_is_shown_where_a_reader_is_and_not_stored_elsewhere(monkeypatch, capsys):
    assert list(live.progress(range(3), desc="tuning")) == [0, 1, 2]
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(live.widget, "reader_is_there", lambda: True)
    assert list(live.progress(range(3), desc="tuning")) == [0, 1, 2]
    assert "tuning" in capsys.readouterr().err
