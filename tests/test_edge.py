"""The widget of a network at the edge of stability, on a page without a kernel, and its interface in Python."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from test_widgets import number, same
from widget_page import DARK, LIGHT, PHONE, PICTURE, wait_until

from steepest import Adam, GradientDescent, Momentum, surfaces
from steepest.datasets import wave
from steepest.live import EdgeOfStability, Slider, Task


def at_the_edge(optimizer=None, edge=lambda lr: 2 / lr, **more):
    settings = {"formula": "2/η", "lr": Slider(0.2, 0.05, 0.5, "log"), "steps": 250, "seed": 4}
    return EdgeOfStability(optimizer or GradientDescent(), wave(), edge, **settings | more)


def divisor(h, t, beta2, eps):
    return np.sqrt(h / (1 - beta2**t)) + eps


def shown(page):
    """The step, the sharpness, the edge and the loss that the page tells."""
    told = r"Step (\d+): sharpness (\S+), the edge at (\S+), loss (\S+)\."
    return re.fullmatch(told + r"(?: Press Play to go on\.)?", page.readout()).groups()


def wait_beyond(page, step):
    """Wait until a run that plays has taken more steps than that."""
    wait_until(page.page, rf"Number(document.querySelector('.readout').textContent.match(/\d+/)[0]) > {step}")


@pytest.mark.parametrize(
    ("optimizer", "edge", "more"),
    [
        (GradientDescent(), lambda lr: 2 / lr, {}),
        (GradientDescent(), lambda lr: 2 / lr, {"changes": [[0, 0.2], [100, 0.1]]}),
        (Momentum(momentum=0.5), lambda lr, momentum: 2 * (1 + momentum) / lr, {"steps": 120}),
        (
            Adam(),
            lambda lr, beta1: 2 * (1 + beta1) / (1 - beta1) / lr,
            {"lr": Slider(0.01, 0.001, 0.1, "log"), "scale": divisor, "steps": 60},
        ),
    ],
)
def test_the_page_takes_numpys_steps(show, optimizer, edge, more):
    widget = at_the_edge(optimizer, edge, **more)
    step, sharpness, limit, loss = shown(show(widget))
    run = widget.run()
    assert int(step) == widget.steps
    assert same(sharpness, run.sharpness[-1])
    assert same(loss, run.losses[-1])
    hyper = optimizer.hyperparameters | {"lr": widget.changes[-1][1]}
    assert same(limit, edge(**{name: hyper[name] for name in edge.__code__.co_varnames}))


def test_it_plays_and_stops_and_follows_the_learning_rate(show):
    page = show(at_the_edge(steps=30))
    play = page.page.get_by_role("button", name="Play")
    play.click()
    wait_beyond(page, 90)
    page.page.get_by_role("button", name="Pause").click()
    page.settle()
    stopped = int(shown(page)[0])
    page.settle()
    assert int(shown(page)[0]) == stopped
    page.set("lr η", 0.1)
    assert number(shown(page)[2]) == 20
    play.click()
    wait_beyond(page, stopped + 30)
    page.page.get_by_role("button", name="Pause").click()
    page.settle()
    step, sharpness, *_ = shown(page)
    again = at_the_edge(steps=int(step), changes=[[0, 0.2], [stopped, 0.1]]).run()
    assert same(sharpness, again.sharpness[-1])


def test_it_begins_anew_with_the_learning_rate_as_it_is(show):
    page = show(at_the_edge())
    page.set("lr η", 0.3)
    page.page.get_by_role("button", name="Begin anew").click()
    wait_until(page.page, "!document.querySelector('.readout').textContent.includes('Step 250')")
    wait_beyond(page, 50)
    page.page.get_by_role("button", name="Pause").click()
    page.settle()
    step, sharpness, limit, _ = shown(page)
    assert 50 < int(step) < 250
    assert number(limit) == pytest.approx(6.67)
    assert same(sharpness, at_the_edge(steps=int(step), changes=[[0, 0.3]]).run().sharpness[-1])


def test_a_link_shows_a_run_that_began_with_its_learning_rate(show):
    """Whatever was tried on the page before: whoever sent it saw no such run."""
    widget = at_the_edge()
    page = show(widget)
    mark = re.search(r'name="(\w+)"', widget._html(PICTURE))[1]

    def follow(values):
        page.page.evaluate("(hash) => (location.hash = hash)", f"#steepest-{mark}?{values}")
        page.settle()

    def ran(**more):
        run = at_the_edge(**more).run()
        return run.sharpness[-1], run.losses[-1]

    step, *_ = shown(page)
    page.set("lr η", 0.1)
    for values, lr in [("lr=0.3", 0.3), ("lr=0.1", 0.1), ("", 0.2)]:
        page.page.get_by_role("button", name="Play").click()
        wait_beyond(page, 260)
        follow(values)
        now, sharpness, limit, loss = shown(page)
        assert now == step == "250"
        assert number(limit) == pytest.approx(2 / lr, rel=1e-2)
        for seen, computed in zip((sharpness, loss), ran(changes=[[0, lr]]), strict=True):
            assert same(seen, computed)
    follow("lr=9")
    assert page.readout().startswith("The link holds values that are no numbers or out of range")


def test_a_link_that_names_no_learning_rate_shows_the_run_as_at_first(show):
    widget = at_the_edge(changes=[[0, 0.2], [100, 0.1]])
    page = show(widget)
    mark = re.search(r'name="(\w+)"', widget._html(PICTURE))[1]
    before = shown(page)
    page.set("lr η", 0.3)
    page.page.evaluate("(hash) => (location.hash = hash)", f"#steepest-{mark}?")
    page.settle()
    assert shown(page) == before


def test_what_diverges_says_so(show):
    widget = at_the_edge(Momentum(momentum=0.99), lambda lr: 2 / lr, lr=Slider(500.0, 1, 1000), steps=600, highest=3)
    page = show(widget)
    assert re.fullmatch(r"Diverged at step \d+\. Begin anew\.", page.readout())
    assert np.isnan(widget.run().losses[-1])


@pytest.mark.parametrize(("low", "met"), [(5, True), (15, False)])
def test_a_goal_is_judged_by_the_late_sharpness(show, low, met):
    task = Task("Get there.", lambda sharpness, lr: np.logical_and(sharpness > low, lr < 0.3))
    page = show(at_the_edge(goal=task))
    assert page.page.locator(".goal.met").count() == met


def test_what_a_goal_judges_is_told(show):
    widget = at_the_edge(goal=Task("Get there.", lambda sharpness: sharpness > 15))
    mean = re.search(r"Mean sharpness of the last 200 steps: (\S+)\.", show(widget).readout())[1]
    assert same(mean, widget.run().sharpness[-200:].mean())
    early = at_the_edge(goal=Task("Get there.", lambda sharpness: sharpness > 15), steps=150)
    assert "Mean" not in show(early).readout(), "so many steps were not taken"


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("width", [360, 800])
def test_it_is_accessible_and_fits(show, background, width):
    widget = at_the_edge(steps=20, goal=Task("Get there.", lambda sharpness: sharpness > 3))
    page = show(widget, background=background, viewport={"width": width, "height": 900})
    found = Axe().run(page.page).response["violations"]
    assert [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found] == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_finger_can_hit_what_it_moves(show):
    page = show(at_the_edge(steps=5), **PHONE)
    moved = page.page.locator(".steepest :is(button, input)").all()
    heights = [node.bounding_box()["height"] for node in moved]
    assert min(heights) >= 44


def test_the_picture_tells_what_the_run_did():
    widget = at_the_edge()
    _, alt = widget.figure()
    run = widget.run()
    assert f"starts at {run.sharpness[1]:.3g} and ends at {run.sharpness[-1]:.3g}, where the edge is at 10" in alt
    assert widget._repr_mimebundle_() == widget._repr_mimebundle_()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: at_the_edge("SGD"), TypeError, "optimizer"),
        (
            lambda: EdgeOfStability(Adam(), surfaces.bowl(), lambda lr: lr, formula="η", lr=Slider(1, 0, 2)),
            TypeError,
            "network",
        ),
        (lambda: at_the_edge(lr=0.1), TypeError, "lr"),
        (lambda: at_the_edge(edge=lambda beta1: beta1), TypeError, "beta1, which is not known here"),
        (lambda: at_the_edge(steps=10**6), ValueError, "steps"),
        (lambda: at_the_edge(changes=[]), ValueError, "pairs of a step"),
        (lambda: at_the_edge(changes=[[5, 0.1]]), ValueError, "from step 0 on"),
        (lambda: at_the_edge(changes=[[0, 0.1], [0, 0.2]]), ValueError, "pairs of a step"),
        (lambda: at_the_edge(changes=[[0, 9.0]]), ValueError, "lr must lie between"),
        (lambda: at_the_edge(goal=Task("x", lambda loss: loss)), ValueError, "no quantity 'loss'"),
    ],
)
def test_what_cannot_be_run_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
