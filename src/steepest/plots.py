"""Figures: functions that draw on given Axes and return them, with one color and marker per optimizer."""

import io
import pickle
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from numpy.typing import ArrayLike
from PIL import Image

from steepest import vector
from steepest.arguments import column, instance, interval, several, whole
from steepest.descent import Trajectory
from steepest.lettering import tidy
from steepest.optimizers import Optimizer
from steepest.surfaces import Landscape


@dataclass(frozen=True)
class Style:
    """How an optimizer is drawn, everywhere."""

    color: str
    marker: str | tuple[int, int, float]  # as Matplotlib names them
    linestyle: str

    @property
    def line(self) -> dict:
        """Keyword arguments for `Axes.plot`."""
        return {"color": self.color, "linestyle": self.linestyle}


#: How the figures draw an optimizer, by the name of its class. Six colors stay apart under the three kinds of color
#: blindness and reach a contrast of 3:1 on a white and on a dark page; tests/test_plots.py measures both. There is no
#: room for a seventh: a color comes again with another marker and line.
STYLE = {
    "GradientDescent": Style("#6c6c6c", "o", "-"),
    "Momentum": Style("#0071c4", "s", "-"),
    "Nesterov": Style("#18a699", "D", "--"),
    "AdaGrad": Style("#cc8400", "^", "-"),
    "RMSProp": Style("#b277fc", "v", "--"),
    "Adam": Style("#cc230b", "X", "-"),
    "AMSGrad": Style("#6c6c6c", "p", ":"),
    "AdamW": Style("#0071c4", "<", ":"),
    "Lion": Style("#18a699", "h", ":"),
    "Muon": Style("#cc8400", ">", ":"),
    "SignSGD": Style("#b277fc", "*", ":"),
    "ScheduleFree": Style("#cc230b", "d", ":"),
    "ScheduleFreeAdamW": Style("#0071c4", "8", "-."),
    "FullAdaGrad": Style("#b277fc", "H", "-"),
    "Shampoo": Style("#0071c4", (4, 1, 0), "--"),
    "SOAP": Style("#18a699", (6, 1, 0), "-"),
}

#: How they draw any other optimizer.
OTHER = Style("#1a1a1a", "P", "-.")

#: The color of what theory predicts, drawn over what was measured.
THEORY = "#1a1a1a"


def style(optimizer: Optimizer) -> Style:
    """The style of an optimizer; a subclass of one in `STYLE` has the style of its base.

    Returns:
        the `Style`; `OTHER` for a rule that has none.
    """
    instance("optimizer", optimizer, Optimizer)
    for cls in type(optimizer).__mro__:
        if cls.__name__ in STYLE:
            return STYLE[cls.__name__]
    return OTHER


def contours(ax: Axes, surface: Landscape, *, window: tuple | None = None, levels: int = 18) -> Axes:
    """Draw a surface's contour lines and mark its minima with a cross.

    Args:
        ax: where to draw.
        surface: a `steepest.surfaces.Surface`.
        window: ((x low, x high), (y low, y high)); the surface's own where it is None.
        levels: how many lines. They lie closer where the surface is low.

    Returns:
        the same Axes.
    """
    instance("ax", ax, Axes)
    instance("surface", surface, "minima")
    window = surface.window if window is None else window
    if len(several("window", window)) != 2:
        raise ValueError(f"window must be ((x low, x high), (y low, y high)), not {window!r}.")
    (x_low, x_high), (y_low, y_high) = (interval("window", ends) for ends in window)
    x, y = np.linspace(x_low, x_high, 201), np.linspace(y_low, y_high, 201)
    values = surface(np.stack(np.meshgrid(x, y), axis=-1))
    low, high = values.min(), values.max()
    heights = low + (high - low) * np.linspace(0, 1, whole("levels", levels, 1) + 1)[1:] ** 2.5
    ax.contour(x, y, values, heights, colors="#9a9a9a", linewidths=0.7)
    ax.plot(*surface.minima.T, linestyle="none", marker="+", markersize=9, color=THEORY)
    ax.set(xlabel="$x$", ylabel="$y$", xlim=(x_low, x_high), ylim=(y_low, y_high))
    ax.grid(False)
    return ax


def path(ax: Axes, run: Trajectory, optimizer: Optimizer, **line) -> Axes:
    """Draw a trajectory, a marker for each point.

    Args:
        ax: where to draw.
        run: a `steepest.descent.Trajectory` of one run.
        optimizer: the optimizer that made it, for style and legend.
        **line: overrides what `Axes.plot` is given.

    Returns:
        the same Axes.
    """
    instance("ax", ax, Axes)
    instance("run", run, "points")
    drawn = style(optimizer)
    settings: dict[str, Any] = {"label": optimizer.name, "marker": drawn.marker, "markersize": 3.5} | drawn.line | line
    ax.plot(*run.points.T, **settings)
    return ax


def losses(ax: Axes, values: ArrayLike, optimizer: Optimizer, *, x: ArrayLike | None = None, **line) -> Axes:
    """Draw losses on a logarithmic axis; a cross marks the last finite loss of a run that diverged.

    Args:
        ax: where to draw.
        values: shape (how many,).
        optimizer: the optimizer that made them, for style and legend.
        x: against what, shape (how many,); the number of steps where it is None.
        **line: overrides what `Axes.plot` is given.

    Returns:
        the same Axes.
    """
    instance("ax", ax, Axes)
    values = column("values", values)
    x = np.arange(len(values)) if x is None else column("x", x, len(values))
    drawn = style(optimizer)
    settings: dict[str, Any] = {"label": optimizer.name} | drawn.line | line
    (curve,) = ax.plot(x, values, **settings)
    finite = np.isfinite(values)
    if not finite.all() and finite.any():
        last = np.flatnonzero(finite)[-1]
        ax.plot(x[last], values[last], marker="x", markersize=8, color=curve.get_color())
    ax.set(yscale="log", ylabel="loss")
    if not ax.get_xlabel():
        ax.set_xlabel("step")
    return ax


def sweep(ax: Axes, x: ArrayLike, final: ArrayLike, optimizer: Optimizer, *, name: str, **line) -> Axes:
    """Draw the loss at the end of a run against a hyperparameter, both axes logarithmic.

    Settings whose run diverged (not a number, or infinite) are marked along the upper edge.

    Args:
        ax: where to draw.
        x: the hyperparameter's values, shape (how many,).
        final: the losses reached, of the same shape.
        optimizer: the optimizer that made them, for style and legend.
        name: the hyperparameter's name, with its symbol, for the axis.
        **line: overrides what `Axes.plot` is given.

    Returns:
        the same Axes.
    """
    instance("ax", ax, Axes)
    instance("name", name, str)
    x = column("x", x)
    final, drawn = column("final", final, len(x)), style(optimizer)
    diverged = ~np.isfinite(final)
    settings: dict[str, Any] = {"label": optimizer.name, "marker": drawn.marker} | drawn.line | line
    (curve,) = ax.plot(x, np.where(diverged, np.nan, final), **settings)
    ax.plot(
        x[diverged],
        np.full(diverged.sum(), 0.98),
        transform=ax.get_xaxis_transform(),
        linestyle="none",
        marker="x",
        color=curve.get_color(),
    )
    ax.set(xscale="log", yscale="log", xlabel=name, ylabel="loss at the end")
    ax.xaxis.set_major_locator(LogLocator(numticks=12))
    return ax


def seeds(ax: Axes, results: Sequence[tuple[Optimizer, ArrayLike]]) -> Axes:
    """Draw what each optimizer reached from several seeds: a dot for each, the median, and a line over the whole range.

    A run that diverged (not a number, or infinite) is a cross at the right edge.

    Args:
        ax: where to draw.
        results: pairs of an optimizer and its values, shape (how many,). The first is drawn at the top.

    Returns:
        the same Axes.
    """
    instance("ax", ax, Axes)
    results = [_pair(pair) for pair in several("results", results)]
    for row, (optimizer, values) in enumerate(results):
        color, values = style(optimizer).color, np.where(np.isfinite(values), values, np.inf)
        there = values[np.isfinite(values)]
        if len(there):
            ax.plot([there.min(), there.max()], [row, row], color=color, linewidth=1)
        ax.plot(there, np.full(there.shape, row), linestyle="none", marker="o", markersize=3, color=color)
        ax.plot(np.median(values), row, marker="|", markersize=13, markeredgewidth=2, color=color)
        if len(there) < len(values):
            ax.plot(0.99, row, transform=ax.get_yaxis_transform(), marker="x", color=color, clip_on=False)
    ax.set(yticks=range(len(results)), yticklabels=[optimizer.name for optimizer, _ in results])
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    return ax


def _pair(value):
    """An optimizer and its values, of `seeds`."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise TypeError(f"Each of results must be a pair of an optimizer and its values, not {value!r}.")
    return instance("The first of each of results", value[0], Optimizer), column("The values of results", value[1])


#: How many pixels an inch of a figure takes: in a notebook, and in the book, where a figure of the usual width is a
#: little wider than the text.
INCH, INCH_OF_BOOK = 115, 100


class Picture:
    """A figure as a picture with a text alternative, which every front end of a notebook can show.

    For the book, which asks for it, it is drawn as vector graphics too, with a caption.
    """

    def __init__(self, figure: Figure, alt: str, caption: str = ""):
        plt.close(figure)
        self.figure = pickle.dumps(figure) if vector.wanted() else None
        buffer = io.BytesIO()
        tidy(figure)
        figure.savefig(buffer, format="png")
        with Image.open(buffer) as drawn:  # 256 colors are plenty, and take a third of the bytes
            small = drawn.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(buffer := io.BytesIO(), format="png", optimize=True)
        self.png, self.alt, self.caption = buffer.getvalue(), alt, caption
        self.width = round(figure.get_figwidth() * INCH)
        self.html: str | None = None

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png, "text/plain": self.alt}, {"image/png": {"alt": self.alt, "width": self.width}}

    def _repr_html_(self) -> str | None:
        if self.figure:
            self.html = vector.element(self.figure, self.alt, self.caption, INCH_OF_BOOK, tidy)
            self.figure = None
        return self.html


def show(figure: Figure, alt: str, caption: str = "") -> Picture:
    """Show a figure as the result of a cell, and close it. Legends become names at the ends of their curves.

    Args:
        figure: a Matplotlib figure.
        alt: what the figure shows, in a sentence or two, for those who cannot see it.
        caption: one sentence that the book writes below the figure: what to see in it.

    Returns:
        the `Picture`, which a notebook shows as the cell's result.

    Raises:
        ValueError: a text alternative that says too little to stand for the picture, or a caption of several sentences.
    """
    instance("figure", figure, Figure)
    instance("caption", caption, str)
    if len(instance("alt", alt, str).split()) < 6:
        raise ValueError(f"The text alternative {alt!r} is too short: say what the figure shows in a sentence.")
    if (caption and not re.fullmatch(r"[^\s].*[.?!]", caption)) or re.search(r"[.?!] [A-Z]", caption):
        raise ValueError(f"The caption {caption!r} is not one sentence: say what to see in the figure.")
    return Picture(figure, alt, caption)
