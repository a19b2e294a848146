"""A page with widgets and nothing else, without a kernel, as several test files open it."""

import json
import re

import matplotlib.pyplot as plt
import numpy as np

from steepest import plots

# Neither scripts from elsewhere nor eval nor handlers in attributes; nothing from any host.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
LIGHT, DARK = "#ffffff", "#14181e"


def html(widget):
    return widget._repr_mimebundle_()[0]["text/html"]


def document(*widgets, background=LIGHT):
    color = "#000000" if background == LIGHT else "#eeeeee"
    scheme = "light" if background == LIGHT else "dark"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Widgets</title>"
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name=viewport content="width=device-width">'
        f"<style>body {{ background: {background}; color: {color}; color-scheme: {scheme}; margin: 12px }}</style>"
        f"<body><main><h1>Widgets</h1>{''.join(widget._html(PICTURE) for widget in widgets)}</main></body></html>"
    )


# Stands for the pictures that Matplotlib would draw, where a test is not about them.
PICTURE = plots.show(plt.figure(figsize=(1, 1)), "A small picture that stands for a larger one.")


def wait_until(page, condition):
    """Wait until an expression of JavaScript is true.

    Playwright's own `wait_for_function` calls `eval` at each look but the first, and our pages forbid it.
    """
    page.evaluate(f"""async () => {{
        for (const start = Date.now(); !({condition}); await new Promise(requestAnimationFrame)) {{
            if (Date.now() - start > 30_000) throw new Error("never true: " + {json.dumps(condition)});
        }}
    }}""")


class Opened:
    """A page with widgets, and what went wrong on it."""

    def __init__(self, page, path, *, scripts=True):
        self.page, self.url, self.scripts, self.wrong = page, path.as_uri(), scripts, []
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: self._check(request.url))
        self.go(self.url)

    def go(self, url):
        self.page.goto("about:blank")
        self.page.goto(url)
        self.settle()

    def keep(self, text):
        """Have the browser keep a text for every widget, as if from an earlier visit."""
        self.page.evaluate(
            """(text) => {
                for (const widget of document.querySelectorAll("[state]")) {
                    localStorage.setItem(`#steepest-${widget.getAttribute("name")}`, text);
                }
            }""",
            text,
        )

    def _check(self, url):
        if not url.startswith(("file:", "data:", "about:")):
            self.wrong.append(f"asked for {url}")

    def settle(self):
        """Wait until all that was asked for has been drawn."""
        if not self.scripts:
            return
        self.page.evaluate(
            """async () => { // on a slow machine the texts come a frame after the picture
                const busy = () => document.querySelector("[aria-busy=true]");
                for (let k = 0; k < 3 || busy(); k++) await new Promise(requestAnimationFrame);
                await new Promise(setTimeout);
            }"""
        )

    def set(self, label, value):
        field = self.page.get_by_label(f"{label}, number", exact=True)
        field.evaluate("(field) => field.closest('details')?.setAttribute('open', '')")
        field.fill(str(value))
        field.press("Enter")
        self.settle()

    def value(self, label):
        return float(self.page.get_by_label(f"{label}, number", exact=True).first.input_value())

    def readout(self):
        return self.page.locator(".readout").first.inner_text()

    def result(self, k):
        return self.page.locator(".result").nth(k).inner_text()

    def start(self):
        """Where the first Explorer's runs begin, to all digits: from what it hands over to Python."""
        self.unfold()
        written = self.page.get_by_label("The same in Python").first.input_value()
        return tuple(float(place) for place in re.search(r"start=\((.*?), (.*?)\)", written).groups())

    def unfold(self):
        """Open the folds."""
        self.page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        self.settle()


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def touch(page, frames):
    """Put fingers on the window, move them and lift them: each of frames says where all of them are at one time."""
    session, many = page.page.context.new_cdp_session(page.page), 0
    for places in [*frames, []]:
        kind = "touchEnd" if not places else "touchMove" if len(places) == many else "touchStart"
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.page.wait_for_timeout(16)
        many = len(places)
    page.page.wait_for_timeout(100)
    page.settle()


def swipe(page, node, right, down):
    """Move a finger that is put down in the middle of a node."""
    node.scroll_into_view_if_needed()
    box = node.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch(page, [[(x + right * part, y + down * part)] for part in np.linspace(0, 1, 12)])
