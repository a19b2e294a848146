"""How fast the widgets answer, beside `ipywidgets.interact` with Matplotlib redrawing the same picture.

    python benchmarks/widgets.py

Needs Chromium on the PATH. The page's times run from the input event to the first task after the frame is painted;
interact's from the message that moves its slider to the message that brings the picture, which a browser then has still
to draw.
"""

import gzip
import tempfile
import time
from pathlib import Path

import numpy as np
from browser import launch
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import sync_playwright
from rjsmin import jsmin

from steepest import AdaGrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp, surfaces
from steepest.live import Explorer
from steepest.live.widget import BASE, script

MOVES = 120
STEPS = 200
SIX = [GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam]

# From the event to the task that follows the painting of its frame, for each move of the first learning rate.
WATCH = """() => {
    window.times = [];
    document.querySelector(".optimizer input[type=range]").addEventListener("input", () => {
        const began = performance.now();
        requestAnimationFrame(() => {
            const painted = new MessageChannel();
            painted.port1.onmessage = () => window.times.push(performance.now() - began);
            painted.port2.postMessage(null);
        });
    }, true);
}"""

# The time until the map is drawn anew, and the longest time for which an input would have had to wait.
MAP = """async () => {
    const draw = CanvasRenderingContext2D.prototype.putImageData;
    const field = document.querySelector("input[aria-label='steps, number']");
    const once = (steps) => new Promise((done) => {
        const began = performance.now();
        let last = began, longest = 0, over = false;
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
            longest = Math.max(longest, performance.now() - last);
            last = performance.now();
            if (!over) channel.port2.postMessage(null);
        };
        CanvasRenderingContext2D.prototype.putImageData = function (...given) {
            draw.apply(this, given);
            if (this.canvas.className) return; // the tint of the surface
            over = true;
            done([performance.now() - began, longest]);
        };
        field.value = steps;
        field.dispatchEvent(new Event("change"));
        channel.port2.postMessage(null);
    });
    const all = [];
    for (let i = 0; i < 20; i++) all.push(await once(i % 2 ? 100 : 99));
    CanvasRenderingContext2D.prototype.putImageData = draw;
    return all.slice(4);
}"""

INTERACT = """
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider, interactive
from steepest import AdaGrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp, plots, surfaces
from steepest.descent import descend
surface = surfaces.rosenbrock()
def draw(lr):
    with plt.style.context("steepest.course"):
        figure, (plane, curves) = plt.subplots(1, 2)
        plots.contours(plane, surface)
        for rule in GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam:
            optimizer = rule(lr=lr)
            run = descend(optimizer, surface, steps=STEPS)
            plots.path(plane, run, optimizer, markersize=2)
            plots.losses(curves, run.losses, optimizer)
        plt.show()
view = interactive(draw, lr=FloatSlider(0.001, min=0.0001, max=0.01, step=0.0001, readout_format=".4f"))
display(view)
print(view.children[0].model_id)
""".replace("STEPS", str(STEPS))


def summary(milliseconds):
    median, late = np.percentile(milliseconds, [50, 95])
    return f"median {median:7.1f} ms, 95th percentile {late:7.1f} ms"


def page(browser, widget):
    """A page with one widget."""
    path = Path(tempfile.mkdtemp()) / "page.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><body>{widget._repr_mimebundle_()[0]['text/html']}")
    opened = browser.new_page(viewport={"width": 900, "height": 900})
    opened.goto(path.as_uri())
    opened.locator(".result").first.get_by_text("0").or_(opened.locator(".optimizer")).first.wait_for()
    return opened


def moves(browser):
    """Times from input to painted frame, six optimizers × 200 steps, the slider dragged with a real mouse."""
    rules = [rule(lr=0.001) for rule in SIX]
    shown = [rule.name for rule in rules]
    opened = page(browser, Explorer(rules, surfaces.rosenbrock(), steps=STEPS, shown=shown))
    opened.evaluate(WATCH)
    box = opened.locator(".optimizer input[type=range]").first.bounding_box()
    height = box["y"] + box["height"] / 2
    opened.mouse.move(box["x"] + box["width"] / 2, height)
    opened.mouse.down()
    for k in range(MOVES):
        opened.mouse.move(box["x"] + box["width"] * (0.5 + 0.3 * np.sin(k / 6)), height)
        opened.wait_for_timeout(20)
    opened.mouse.up()
    return opened.evaluate("window.times")


def maps(browser):
    """Times to compute and draw the 64 × 64 map of 100 steps, and the longest that an input had to wait meanwhile."""
    opened = page(browser, Explorer([Adam(lr=0.02)], surfaces.ravine(), steps=100))
    opened.wait_for_timeout(1000)
    return np.array(opened.evaluate(MAP)).T


def interact():
    """Times from a slider's message to the picture's, in a real kernel."""
    manager, client = start_new_kernel(kernel_name="python3")
    printed = []
    client.execute_interactive(
        INTERACT,
        allow_stdin=False,
        timeout=120,
        output_hook=lambda message: printed.append(message["content"].get("text")),
    )
    slider = next(text for text in reversed(printed) if text).strip()
    times = []
    for k in range(30):
        data = {"method": "update", "state": {"value": 0.001 + 0.0001 * (k + 1)}, "buffer_paths": []}
        began = time.perf_counter()
        client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": slider, "data": data}))
        while "image/png" not in str(client.get_iopub_msg(timeout=60)["content"].get("data", {}).keys()):
            pass
        times.append(1000 * (time.perf_counter() - began))
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return times


def sizes():
    """Bytes after gzip, as a page of the book sends them."""
    widget = Explorer([rule(lr=0.001) for rule in SIX], surfaces.rosenbrock())
    front_end, compiled = (
        len(gzip.compress(text.encode(), 9))
        for text in (jsmin(script(*BASE, *widget._files, "host")), widget._compiled)
    )
    return f"modules and styles {front_end}, the six rules and the rest {compiled}, in all {front_end + compiled}"


def main():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        ours, (drawn, waited) = moves(browser), maps(browser)
        browser.close()
    theirs = interact()
    print(f"Explorer, six optimizers × {STEPS} steps, input to painted frame: {summary(ours)}  ({len(ours)} moves)")
    print(f"interact + Matplotlib, the same picture, slider to picture:    {summary(theirs)}  ({len(theirs)} moves)")
    print(f"Ratio of the medians: {np.median(theirs) / np.median(ours):.0f}")
    print(f"Map of 64 × 64 runs of 100 steps of Adam, from change to drawn: {summary(drawn)}")
    print(f"The longest that an input had to wait meanwhile:                {summary(waited)}")
    print(f"Size in bytes after gzip: {sizes()}")


if __name__ == "__main__":
    main()
