"""How fast the widgets answer, beside `ipywidgets.interact` with Matplotlib redrawing the same picture.

    python benchmarks/widgets.py

Needs Chromium on the PATH. The page's times run from the input event to the first task after the frame is painted;
interact's from the message that moves its slider to the message that brings the picture, which a browser then has still
to draw. The longest tasks are those of the page's main thread in a trace, with the CPU slowed four times.
"""

import gzip
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from browser import launch
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import sync_playwright

from steepest import AdaGrad, Adam, AMSGrad, GradientDescent, Momentum, Nesterov, RMSProp, surfaces
from steepest.datasets import wave
from steepest.live import EdgeOfStability, Explorer, LiveMap, LivePlot, Slider, Spectrum, Stream, TuningLab
from steepest.live.widget import BASE, script

sys.path.append(str(Path(__file__).parents[1] / "book" / "_ext"))
from shared_scripts import squeezed

MOVES = 120
STEPS = 200
TRACED = ["devtools.timeline", "toplevel"]
SLOWED = 4  # how many times slower the CPU is for the longest tasks
SIX = [GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam]

# From the event to the task that follows the painting of its frame, for each move of the first learning rate.
WATCH = """() => {
    window.times = [];
    document.querySelector(".dock input[type=range]").addEventListener("input", () => {
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
    opened.locator(".steepest .readout").first.wait_for()
    return opened


def moves(browser):
    """Times from input to painted frame, six optimizers × 200 steps, the slider dragged with a real mouse."""
    rules = [rule(lr=0.001) for rule in SIX]
    shown = [rule.name for rule in rules]
    opened = page(browser, Explorer(rules, surfaces.rosenbrock(), steps=STEPS, shown=shown))
    opened.evaluate(WATCH)
    box = opened.locator(".dock input[type=range]").first.bounding_box()
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


def stages():
    """The widgets that are dragged on a slowed CPU, by name: each with the selector of what the mouse takes."""
    rules = [rule(lr=0.001) for rule in SIX]
    shown = [rule.name for rule in rules]
    slider, knob = "input[type=range]:not(.scrub):visible", ".stage .grip .knob"
    six = Explorer(rules, surfaces.rosenbrock(), steps=STEPS, shown=shown)
    radius = LiveMap(
        lambda lr, momentum: np.sqrt(np.abs((1 + momentum - lr) ** 2 - 4 * momentum)),
        title="a map",
        lr=Slider(0.5, 0.01, 5, "log"),
        momentum=0.9,
    )
    bars = LivePlot(lambda i, lr: np.abs(1 - lr * i), title="bars", i=range(1, 31), bars=True, lr=0.05)
    streams = Stream([Adam(lr=0.1), AMSGrad(lr=0.1)], [4, -1, -1, -1, 2, 0, -1, -1])
    line = Slider(1.0, 0.1, 5, "log")
    modes = Spectrum(lambda eigenvalue, lr: np.abs(1 - lr * eigenvalue), [0.1, 0.5, 1], edge=lambda lr: 2 / lr, lr=line)
    tuning = TuningLab([Momentum(lr=0.01), Adam(lr=0.1)], surfaces.rosenbrock())
    slow = Slider(0.2, 0.05, 0.5, "log")
    edge = EdgeOfStability(GradientDescent(), wave(), lambda lr: 2 / lr, formula="2/η", lr=slow, steps=0)
    return {
        "Explorer, six rules, a slider": (six, slider),
        "Explorer, six rules, the start": (six, knob),
        "LiveMap, the cross-hair": (radius, ".heat .grip .knob"),
        "LivePlot, 30 bars, a slider": (bars, slider),
        "Stream, a bar": (streams, ".editor"),
        "Spectrum, an eigenvalue": (modes, ".knobs .knob"),
        "TuningLab, a slider": (tuning, slider),
        "EdgeOfStability, while it plays": (edge, slider),
    }


def tasks(browser, widget, selector):
    """Durations in milliseconds of the main thread's tasks while the mouse drags with the CPU slowed four times."""
    opened = page(browser, widget)
    if isinstance(widget, EdgeOfStability):
        opened.get_by_role("button", name="Play").click()
    session = opened.context.new_cdp_session(opened)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    opened.wait_for_timeout(2000)
    box = opened.locator(selector).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    reach = 0.3 * box["width"] if box["width"] > 60 else 60  # a slider's travel, or a knob's way
    opened.mouse.move(x, y)
    opened.mouse.down()
    path = Path(tempfile.mkdtemp()) / "trace.json"
    browser.start_tracing(page=opened, path=path, categories=TRACED)
    across, up = (0, 40) if isinstance(widget, Stream) else (reach, 0 if box["width"] > 60 else 20)
    for k in range(MOVES):
        opened.mouse.move(x + across * np.sin(k / 6), y + up * np.cos(k / 6))
        opened.wait_for_timeout(30)
    browser.stop_tracing()
    opened.mouse.up()
    opened.close()
    events = json.loads(path.read_text())["traceEvents"]
    main = {e["pid"]: e["tid"] for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"}
    ran = [e for e in events if e["name"].endswith("RunTask") and main.get(e["pid"]) == e["tid"]]
    return np.array([e["dur"] / 1000 for e in ran if "dur" in e])


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
        len(gzip.compress(squeezed(text).encode(), 9))
        for text in (script(*BASE, *widget._files, "host"), widget._compiled)
    )
    return f"modules and styles {front_end}, the six rules and the rest {compiled}, in all {front_end + compiled}"


def main():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        ours, (drawn, waited) = moves(browser), maps(browser)
        slow = {name: tasks(browser, *stage) for name, stage in stages().items()}
        browser.close()
    theirs = interact()
    print(f"Explorer, six optimizers × {STEPS} steps, input to painted frame: {summary(ours)}  ({len(ours)} moves)")
    print(f"interact + Matplotlib, the same picture, slider to picture:    {summary(theirs)}  ({len(theirs)} moves)")
    print(f"Ratio of the medians: {np.median(theirs) / np.median(ours):.0f}")
    print(f"Map of 64 × 64 runs of 100 steps of Adam, from change to drawn: {summary(drawn)}")
    print(f"The longest that an input had to wait meanwhile:                {summary(waited)}")
    print(f"Tasks of the main thread while the mouse drags, CPU slowed {SLOWED} times: over 50 ms, and the longest")
    for name, took in slow.items():
        print(f"  {name:36} {np.sum(took > 50):4d} of {len(took):5d} {took.max():8.1f} ms")
    print(f"Size in bytes after gzip: {sizes()}")


if __name__ == "__main__":
    main()
