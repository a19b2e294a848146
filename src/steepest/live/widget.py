"""What every widget shares: one display call that serves three faces.

- In a kernel with a front end the widget is an anywidget, so an ipywidget, and its traits go both ways.
- Run by a program that publishes notebooks (nbconvert, Jupyter Book), it is an HTML element that brings its script and
  its compiled rules along and needs no kernel and no network.
- Everywhere else it is a picture with a text alternative.
"""

import functools
import hashlib
import html
import json
import re
import sys
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import anywidget
import ipywidgets
import matplotlib
import numpy as np
from IPython import get_ipython
from matplotlib.figure import Figure
from tqdm.auto import tqdm
from traitlets import Unicode

from steepest import plots

#: The colors of maps from low to high, as red, green and blue.
COLORS = (matplotlib.colormaps["viridis"](np.linspace(0, 1, 9), bytes=True)[:, :3]).tolist()

#: Matplotlib's line styles in SVG's terms.
DASHES = {"-": None, "--": "6 3", "-.": "6 2 1.5 2", ":": "1.5 3"}

_HERE = Path(__file__).parent


#: The modules that every widget needs.
BASE = ("words", "base", "controls", "axes")


@functools.cache
def script(*names) -> str:
    """Front-end modules as one plain script, without imports and exports.

    Args:
        *names: the modules, without their ending, the needed before those that need them.

    Returns:
        JavaScript. Its constant ``css`` has the styles of all widgets and those of these modules.
    """
    sheets = [_HERE / "live.css", *(sheet for name in names if (sheet := _HERE / f"{name}.css").exists())]
    styles = "\n".join(sheet.read_text() for sheet in sheets)
    text = "\n".join((_HERE / f"{name}.js").read_text() for name in names)
    text = re.sub(r"^import [^;]*;\n|^export ", "", text, flags=re.MULTILINE)
    return f"const css = {json.dumps(styles, ensure_ascii=False)};\n{text}"


def digest(text: str) -> str:
    """A short name for a text, the same in every run.

    Returns:
        eight hexadecimal digits.
    """
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def in_colab() -> bool:
    """Whether this is Colab, where every output is a page of its own.

    Returns:
        True where Colab's own module is loaded.
    """
    return "google.colab" in sys.modules


def reader_is_there() -> bool:
    """Whether the cell was run by a front end that can hold a live widget.

    What runs notebooks without a reader tells the kernel that nobody could answer ``input()``. Colab answers it in its
    own way.

    Returns:
        False in a script, and where notebooks are run by a tool.
    """
    shell = get_ipython()
    if getattr(shell, "kernel", None) is None:
        return False
    if in_colab() or not hasattr(shell, "get_parent"):
        return True
    return shell.get_parent().get("content", {}).get("allow_stdin", True)


def progress(items: Iterable, **bar) -> Iterable:
    """The items with a progress bar, where a reader is there to see it; it is gone at the end, and never stored.

    Args:
        items: what to go through.
        **bar: what `tqdm` takes, such as ``desc``.

    Returns:
        an iterable over the same items.
    """
    return tqdm(items, disable=not reader_is_there(), leave=False, **bar)


class Live(anywidget.AnyWidget):
    """Base of all widgets.

    A subclass names its front-end files and the function in them that draws it, and has a method ``figure()``
    that returns a Matplotlib figure of the present state and a text alternative.

    Args:
        compiled: a JavaScript expression, all that the front end needs besides the traits.
        name: what links and other widgets call this one.
        **traits: values of the traits.
    """

    _esm = Unicode().tag(sync=True)
    _ipython_display_ = None  # ipywidgets 7 would show its own view alone

    _files: ClassVar[tuple] = ()
    _function: ClassVar[str] = ""

    def __init__(self, compiled: str, *, name: str, **traits):
        self.name = name
        # `</script` and the like would end the script; they only occur within strings, where a backslash is allowed.
        self._compiled = re.sub("<(?=/|!--|script)", r"\\x3c", compiled, flags=re.IGNORECASE)
        module = (
            f"{script(*BASE, *self._files, 'anymodel')}"
            f"const compiled = {self._compiled};\n"
            f"export default {{ render: ({{ model, el }}) => "
            f"{self._function}({{ model: anymodel(model), el, compiled }}).stop }};\n"
        )
        super().__init__(_esm=module, **traits)

    def open(self) -> None:
        """Connect the widget to its front end, where there is one: a tool that runs notebooks has none."""
        if reader_is_there():
            super().open()

    def figure(self) -> tuple[Figure, str]:
        """Draw the present state with Matplotlib.

        Returns:
            the figure, and a text that says what it shows.
        """
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        picture = plots.show(*self.figure())
        data, metadata = picture._repr_mimebundle_()
        data |= {"text/html": self._html(picture), "text/plain": repr(self)}
        if self.comm is not None:
            view, about_view = super()._repr_mimebundle_(**kwargs)  # pyrefly: ignore[not-iterable]
            data, metadata = view | data, about_view | metadata
        return data, metadata

    @classmethod
    def _tag(cls) -> str:
        """The name of the HTML element, which changes with the front end."""
        return f"steepest-{cls._function}-{digest(script(*BASE, *cls._files, 'host'))}"

    def _html(self, picture) -> str:
        """The widget without a kernel: an element, its picture, its front end and what it was compiled to."""
        front_end, tag = script(*BASE, *self._files, "host"), self._tag()
        key = digest(self._compiled)
        names = set(self.keys) - set(ipywidgets.DOMWidget.class_trait_names())
        state = {name: getattr(self, name) for name in sorted(names) if not name.startswith("_")}
        source = f"data:image/png;base64,{b64encode(picture.png).decode()}"
        return (
            f'<{tag} key="{key}" name="{digest(self.name)}" state="{html.escape(json.dumps(state, allow_nan=False))}"'
            f' about="{html.escape(self.name)}" style="display:block">'
            f'<img src="{source}" alt="{html.escape(picture.alt)}" width="{picture.width}" style="max-width:100%">'
            f"</{tag}>\n"
            f'<script data-steepest="{tag}">(() => {{"use strict";{front_end}'
            f'host("{tag}", {self._function})}})()</script>\n'
            f'<script>customElements.whenDefined("{tag}").then((known) => '
            f'known.provide("{key}", {self._compiled}))</script>'
        )
