"""Figures: functions that draw on given Axes and return them, with one color and marker per optimizer."""

import io
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator
from numpy.typing import ArrayLike
from PIL import Image

from steepest import vector
from steepest.arguments import array, instance, interval, several, whole
from steepest.descent import Trajectory
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
    values = _column("values", values)
    x = np.arange(len(values)) if x is None else _column("x", x, len(values))
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
    x = _column("x", x)
    final, drawn = _column("final", final, len(x)), style(optimizer)
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
    return instance("The first of each of results", value[0], Optimizer), _column("The values of results", value[1])


def _column(name, value, length=None):
    """Numbers in an array of one axis, of a length that others have already where it is given."""
    numbers = array(name, value)
    if numbers.ndim != 1 or (length is not None and len(numbers) != length):
        raise ValueError(f"{name} must have shape ({length or 'how many'},), not {numbers.shape}.")
    return numbers


#: Names at the ends of curves: how many at most, how long a line of a name, how much of its axes' width one may take,
#: and how many lines it may stand from its end.
MOST_NAMES, LINE, SHARE, AWAY = 5, 20, 0.42, 1.6

#: The mark of such a name.
END = "end"


def visible_end(ax: Axes, curve: Line2D) -> tuple[float, float] | None:
    """Where a curve ends at the right of what is shown.

    Args:
        ax: the axes, whose limits are set.
        curve: one of their curves.

    Returns:
        x and y in the axes' own coordinates, or None where the curve shows nothing.
    """
    instance("ax", ax, Axes)
    points = np.asarray(instance("curve", curve, Line2D).get_xydata(), float)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    with np.errstate(all="ignore"):
        points = (curve.get_transform() - ax.transAxes).transform(points)
    shown = np.all((points > -0.01) & (points < 1.01), axis=1)
    return tuple(points[shown][points[shown][:, 0].argmax()]) if shown.any() else None


def spread(places: ArrayLike, heights: ArrayLike) -> np.ndarray:
    """Places as near as can be to the given ones, at which things of these heights do not touch.

    Args:
        places: where the middles should be, shape (how many,), in any order.
        heights: how high each is, of the same shape.

    Returns:
        where the middles are, of the same shape and in the same order.
    """
    places = _column("places", places)
    heights = _column("heights", heights, len(places))
    order = np.argsort(places, kind="stable")
    # Without the heights below each, the places may coincide, but must not fall: groups that would take their mean.
    below = np.cumsum(heights[order]) - heights[order] / 2
    groups: list[list[float]] = []
    for target in places[order] - below:
        groups.append([target, 1])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, n), (b, m) = groups[-2:]
            groups[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    found = np.empty(len(places))
    found[order] = np.repeat([mean for mean, _ in groups], [int(n) for _, n in groups]) + below
    return found


def broken(name: str) -> str:
    """A long name on two lines, broken before its remark if it has one, and formulas left whole.

    Returns:
        the name, with a line break where it had a space.
    """
    if len(instance("name", name, str)) <= LINE or "$" in name:
        return name
    if remark := re.match(r"(.{6,}?[,:]) (.{3,})|(.{6,}?) (\(.+)", name):
        return "\n".join(part for part in remark.groups() if part)
    return textwrap.fill(name, LINE)


def name_ends(ax: Axes) -> bool:
    """Write the names of curves at their ends, in the place of the legend, where there is room for that.

    There is none where a curve ends before the right edge, where ends are too near to one another for their names, or
    where there are more than five curves or a name is long: then the legend stays.

    Args:
        ax: axes with a legend.

    Returns:
        whether the names are at the ends.
    """
    legend = instance("ax", ax, Axes).get_legend()
    curves, labels = ax.get_legend_handles_labels()
    for name in [text for text in ax.texts if text.get_gid() == END]:
        name.remove()
    if legend is None:
        return False
    legend.set_visible(True)
    legend.set_in_layout(True)
    curves = [curve for curve in curves if isinstance(curve, Line2D)]
    if legend.get_title().get_text() or [text.get_text() for text in legend.get_texts()] != labels:
        return False
    figure = cast(Figure, ax.figure)
    figure.draw_without_rendering()  # without it the axes do not know their limits and their size
    ends = [end for curve in curves if (end := visible_end(ax, curve)) and end[0] >= 0.9]
    if not len(labels) == len(curves) == len(ends) <= MOST_NAMES:
        return False
    size = float(legend.get_texts()[0].get_fontsize())
    box, inch = ax.get_window_extent(), figure.dpi
    lines = [broken(label) for label in labels]
    wide = max(len(line) for label in lines for line in label.split("\n")) * 0.56 * size / 72 * inch
    heights = np.array([1 + label.count("\n") for label in lines]) * 1.2 * size / 72 * inch / box.height
    places = spread([end[1] for end in ends], heights)
    moved = np.abs(places - [end[1] for end in ends])
    if wide > SHARE * box.width or np.any(moved > AWAY * heights.min()):
        return False
    for curve, label, place in zip(curves, lines, places, strict=True):
        ax.annotate(
            label,
            (1, place),
            xytext=(3, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            size=size,
            color=curve.get_color(),
            gid=END,
        )
    legend.set_visible(False)
    legend.set_in_layout(False)
    return True


def part(ax: Axes) -> None:
    """Nudge apart the texts that stand below one another, and hide those whose place is above or below the axes.

    No text ends outside of its figure, and what is written on a map stays on it.
    """
    inside, columns = instance("ax", ax, Axes).get_window_extent(), {}
    covered = any(isinstance(artist, QuadMesh) for artist in ax.collections)
    edge = inside.x1 if covered else cast(Figure, ax.figure).bbox.x1
    for text in ax.texts:
        apart = isinstance(text, Annotation) or text.get_transform() != ax.transData
        movable = text.get_gid() != END if covered else not apart
        if movable and (over := text.get_window_extent().x1 + 4 - edge) > 0:
            x, y = ax.transData.transform(text.get_position())
            text.set_x(ax.transData.inverted().transform((x - over, y))[0])
        if apart or text.get_horizontalalignment() != "left":
            continue
        box, (left, y) = text.get_window_extent(), ax.transData.transform(text.get_unitless_position())
        text.set_visible(inside.y0 - box.height < y < inside.y1 + box.height)
        if text.get_visible() and not text.get_rotation():
            columns.setdefault(round(left / 12), []).append((text, (box.y0 + box.y1) / 2, box.height))
    for column in columns.values():
        texts, middles, heights = zip(*column, strict=True)
        for text, up in zip(texts, spread(middles, heights) - middles, strict=True):
            if up:
                _, y = ax.transData.transform(text.get_unitless_position())
                text.set_y(ax.transData.inverted().transform((0, y + up))[1])


def tidy(figure: Figure) -> None:
    """Write the names of curves at their ends in all axes of a figure, and nudge apart the texts that are there."""
    instance("figure", figure, Figure).draw_without_rendering()
    for ax in figure.axes:
        part(ax)
        if isinstance(ax.get_legend(), Legend):
            name_ends(ax)


#: How many pixels an inch of a figure takes: in a notebook, and in the book, where a figure of the usual width is a
#: little wider than the text.
INCH, INCH_OF_BOOK = 115, 100


class Picture:
    """A figure as a picture with a text alternative, which every front end of a notebook can show.

    For the book, which asks for it, it is drawn as vector graphics too, with a caption.
    """

    def __init__(self, figure: Figure, alt: str, caption: str = ""):
        buffer = io.BytesIO()
        tidy(figure)
        figure.savefig(buffer, format="png")
        with Image.open(buffer) as drawn:  # 256 colors are plenty, and take a third of the bytes
            small = drawn.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(buffer := io.BytesIO(), format="png", optimize=True)
        self.png, self.alt, self.caption = buffer.getvalue(), alt, caption
        self.width = round(figure.get_figwidth() * INCH)
        self.figure = figure if vector.wanted() else None
        self.html: str | None = None

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png, "text/plain": self.alt}, {"image/png": {"alt": self.alt, "width": self.width}}

    def _repr_html_(self) -> str | None:
        if self.figure:
            figure, self.figure = self.figure, None  # to draw it changes its shape
            self.html = vector.element(figure, self.alt, self.caption, INCH_OF_BOOK, tidy)
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
    picture = Picture(figure, alt, caption)
    plt.close(figure)
    return picture
