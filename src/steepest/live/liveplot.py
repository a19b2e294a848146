"""Formulas with a slider for each argument: curves, bars and maps."""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import matplotlib.pyplot as plt
import numpy as np
from traitlets import Bool, Dict, validate

from steepest import plots
from steepest.arguments import array, function, instance, interval, one_of, real
from steepest.live.controls import Choice, check_names, completed, named, slider
from steepest.live.javascript import compile_function, curves
from steepest.live.widget import COLORS, DASHES, Live, in_colab

#: The colors and dashes of curves, in order, on the page and in pictures.
CURVES = [("#006cc0", "-"), ("#cc240c", "--"), ("#24a89c", "-."), ("#cc8400", ":"), ("#b478fc", "-"), ("#6c6c6c", "--")]


@dataclass(frozen=True)
class Task:
    """A task for the reader.

    Attributes:
        text: what to do, in a sentence.
        met: a function of some of the formula's arguments that says whether it is done.
    """

    text: str
    met: Any

    def __post_init__(self):
        instance("A task's text", self.text, str)
        function("A task's met", self.met)


class _Formula(Live):
    """What LivePlot, LiveMap and Spectrum share: a compiled formula and the values of its arguments.

    A subclass may have ``others`` that need a slider, too, and more ``compiled`` functions, by name.
    """

    values = Dict().tag(sync=True)
    met = Bool(False).tag(sync=True)

    #: Whether the values are just being set by the page, where the widgets that follow have heard of it already. To
    #: tell them again, later, would move them back under the reader's hand.
    linked_by_page = False

    _axes: ClassVar[int]  # how many arguments of the formula are axes without a slider
    _given: ClassVar = ()  # what a goal may ask for besides the arguments

    def __init__(self, f, arguments, *, title, ylabel, goal, marks, compiled=None, others=(), **spec):
        if goal is not None:
            instance("goal", goal, Task)
        function("f", f)
        instance("title", title, str)
        instance("ylabel", ylabel, str)
        marks = instance("marks", {} if marks is None else marks, dict)
        names = list(dict.fromkeys([*list(inspect.signature(f).parameters)[self._axes :], *others]))
        check_names(f.__name__, "argument", arguments, names)
        if missing := [name for name in names if name not in arguments]:
            raise TypeError(f"{type(self).__name__} needs a value or a Slider for {', '.join(missing)}.")
        self._formula, self._title, self._ylabel, self._marks = f, title, ylabel, marks
        self._sliders = {name: slider(name, arguments[name]) for name in names}
        if goal:
            check_names(title, "slider", inspect.signature(goal.met).parameters, [*names, *self._given])
        for mark in self._marks.values():
            check_names(title, "slider", inspect.signature(function("Each of marks", mark)).parameters, names)
        spec |= {
            "title": title,
            "ylabel": ylabel,
            "name": title,
            "sliders": [control.spec(name) for name, control in self._sliders.items()],
            "goal": goal and goal.text,
            "marks": list(self._marks),
            "curves": [(color, DASHES[line]) for color, line in CURVES],
        }
        drawn = ", ".join(map(compile_function, self._marks.values()))
        more = "".join(f", {name}: {code}" for name, code in (compiled or {}).items())
        super().__init__(
            f"{{ spec: {json.dumps(spec, ensure_ascii=False)}, f: {compile_function(f)}, marks: [{drawn}], "
            f"met: {compile_function(goal.met) if goal else 'null'}{more} }}",
            name=title,
            values={name: control.value for name, control in self._sliders.items()},
        )

    def set_state(self, sync_data):
        self.linked_by_page = not in_colab()
        try:
            super().set_state(sync_data)
        finally:
            self.linked_by_page = False

    @validate("values")
    def _check_values(self, proposal):
        return completed(self._sliders, proposal["value"], self.values, self._title, "slider")

    def __repr__(self):
        return f"{type(self).__name__}({self._title!r}, {self._settings()})"

    def _settings(self):
        """The values of the sliders and lists as text: "lr=0.2, rule=heavy ball"."""
        return ", ".join(
            f"{name}={control.options[self.values[name]]}"
            if isinstance(control, Choice)
            else f"{name}={self.values[name]:g}"
            for name, control in self._sliders.items()
        )

    def _evaluate(self, **axes) -> dict:
        """The curves by name, at values of the axes and of the sliders."""
        with np.errstate(all="ignore"):
            result = self._formula(**{**self.values, **axes})
        (shape,) = {np.shape(axis) for axis in axes.values()}
        return {str(name): np.broadcast_to(curve, shape) for name, curve in curves(result, name=self._ylabel).items()}


class LivePlot(_Formula):
    """Curves or bars of a formula against its first argument, with a slider for each other argument.

    Args:
        f: a function of NumPy's element-wise functions, with named arguments. It returns one curve, or a dictionary of
            curves by name.
        title: what the chart shows, in a few words.
        ylabel: the name of the vertical axis.
        y: (lowest, highest) value on the vertical axis; it follows the curves where it is None.
        xscale, yscale: "linear" or "log".
        bars: whether to draw bars rather than lines.
        equal: whether a unit is as long upwards as across; both axes are linear then, and ``y`` is given.
        goal: a `Task`, or None.
        marks: functions of some of the other arguments, by name: vertical lines at the values that they return.
        **arguments: for the first argument (low, high), between which the curve is drawn, or the values themselves; for
            each other a `Slider`, a `Choice`, or, if it is a hyperparameter, its first value.

    Attributes:
        values: the arguments' values, by name; assigning a part of it changes that part.
        met: whether the goal is met; set by the page.

    Raises:
        ValueError, TypeError: arguments that do not fit the formula; the message says which.
        CompileError: a formula that cannot be compiled.

    >>> plot = LivePlot(lambda x, lr: x * lr, title="A line through the origin", x=(0, 1), lr=0.1)
    >>> plot.values = {"lr": 0.2}
    >>> plot
    LivePlot('A line through the origin', lr=0.2)
    """

    _files: ClassVar = ("words_interactive", "interactive", "beside", "plane", "cells", "heat", "liveplot")
    _function: ClassVar = "liveplot"
    _axes: ClassVar = 1

    def __init__(
        self,
        f: Callable,
        *,
        title: str,
        ylabel: str = "value",
        y: tuple | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        bars: bool = False,
        equal: bool = False,
        goal: Task | None = None,
        marks: Any = None,
        **arguments,
    ):
        name = next(iter(inspect.signature(function("f", f)).parameters), None)
        if name is None:
            raise TypeError(f"LivePlot draws a function against its first argument, but {f.__name__} has none.")
        if name not in arguments:
            raise TypeError(f"LivePlot needs the range of {name}, the first argument: {name}=(low, high).")
        one_of("xscale", xscale, ("linear", "log"))
        one_of("yscale", yscale, ("linear", "log"))
        instance("bars", bars, bool)
        instance("equal", equal, bool)
        if y is not None:
            interval("y", y)
        if equal and (y is None or (xscale, yscale) != ("linear", "linear")):
            raise ValueError("A LivePlot with equal units needs y=(low, high) and linear scales.")
        self._x, self._equal = _places(name, arguments.pop(name), xscale), equal
        self._name, self._y, self._xscale, self._yscale, self._bars = name, y, xscale, yscale, bars
        across = {"label": named(name), "scale": xscale, "values": [float(f"{x:.9g}") for x in self._x]}
        super().__init__(
            f, arguments, title=title, ylabel=ylabel, goal=goal, marks=marks, x=across, y=y, yscale=yscale, bars=bars,
            equal=equal,
        )  # fmt: skip

    def figure(self):
        with plt.style.context("steepest.course"):
            figure, ax = plt.subplots(dpi=96)
            curves = self._evaluate(**{self._name: self._x})
            width = 0.8 * (self._x[-1] - self._x[0]) / max(len(self._x) - 1, 1) / len(curves)
            for k, (name, curve) in enumerate(curves.items()):
                color, line = CURVES[k % len(CURVES)]
                if self._bars:
                    ax.bar(self._x + (k - (len(curves) - 1) / 2) * width, curve, width, label=name, color=color)
                else:
                    ax.plot(self._x, curve, label=name, color=color, linestyle=line)
            for name, mark in self._marks.items():
                place = mark(**{key: self.values[key] for key in inspect.signature(mark).parameters})
                ax.axvline(place, color=plots.THEORY, linestyle=":", label=f"{name} {place:.3g}")
            ax.set(
                xlabel=named(self._name), ylabel=self._ylabel, xscale=self._xscale, yscale=self._yscale, ylim=self._y
            )
            if self._equal:
                ax.set_aspect("equal")
            if len(curves) + len(self._marks) > 1:
                ax.legend()
        ends = "; ".join(f"{name} goes from {curve[0]:.3g} to {curve[-1]:.3g}" for name, curve in curves.items())
        about = f"against {self._name} from {self._x[0]:.3g} to {self._x[-1]:.3g}, at {self._settings()}"
        return figure, f"{self._title}, {about}: {ends}."


class LiveMap(_Formula):
    """A formula in color over its first two arguments, with a cross-hair that the reader moves.

    Args:
        f: a function of NumPy's element-wise functions, with at least two named arguments.
        title: what the map shows, in a few words.
        ylabel: the name of the value in color.
        log: whether colors are spread over the logarithm of the value.
        edge: the value from which on the map is hatched, in place of a color; a line marks the edge. None for no edge.
        goal: a `Task`, or None.
        **arguments: a `Slider`, a `Choice` or, for hyperparameters, a first value. The first two need sliders.

    Attributes:
        values: the arguments' values, by name; those of the first two are where the cross-hair is. Assigning a part of
            it changes that part. An `Explorer` can follow it.
        met: whether the goal is met; set by the page.

    Raises:
        ValueError, TypeError: arguments that do not fit the formula; the message says which.
        CompileError: a formula that cannot be compiled.
    """

    _files: ClassVar = ("words_interactive", "interactive", "beside", "plane", "cells", "heat", "liveplot")
    _function: ClassVar = "livemap"
    _axes: ClassVar = 0

    def __init__(
        self,
        f: Callable,
        *,
        title: str,
        ylabel: str = "value",
        log: bool = False,
        edge: float | None = None,
        goal: Task | None = None,
        **arguments,
    ):
        self._log, self._edge = instance("log", log, bool), None if edge is None else real("edge", edge)
        super().__init__(
            f, arguments, title=title, ylabel=ylabel, goal=goal, marks=None, log=log, edge=edge, colors=COLORS
        )
        if len(self._sliders) < 2 or any(isinstance(c, Choice) for c in list(self._sliders.values())[:2]):
            raise TypeError("LiveMap needs sliders for the formula's first two arguments, its axes.")
        self._heights()

    def _ends(self) -> list[tuple[str, Any]]:
        """The sliders of the axes, by name."""
        return list(self._sliders.items())[:2]

    def _heights(self):
        """The grid, and the values on it."""
        (across, x), (up, y) = self._ends()
        grid = np.meshgrid(_places(across, (x.low, x.high), x.scale), _places(up, (y.low, y.high), y.scale))
        found = self._evaluate(**{across: grid[0], up: grid[1]})
        if len(found) != 1:
            raise TypeError(f"LiveMap colors one value, but {self._title!r} has {len(found)}: {', '.join(found)}.")
        (values,) = found.values()
        if self._log and not np.any(values > 0):
            raise ValueError(f"{self._title!r} has no positive value here, so its colors cannot be logarithmic.")
        return grid, values

    def figure(self):
        (across, x), (up, y) = self._ends()
        grid, values = self._heights()
        here = self.values[across], self.values[up]
        with plt.style.context("steepest.course"), np.errstate(all="ignore"):
            figure, ax = plt.subplots(figsize=(5, 3.6), dpi=96)
            beyond = ~np.isfinite(values) | (values >= (np.inf if self._edge is None else self._edge))
            if not beyond.all():
                shown = np.ma.masked_where(beyond, values)
                colors = ax.pcolormesh(*grid, shown, norm="log" if self._log else None, rasterized=True)
                figure.colorbar(colors, label=self._ylabel)
                if shown.min() < shown.max():  # the best place, as on the page
                    best = np.unravel_index(shown.argmin(), shown.shape)
                    place = [places[best] for places in grid]
                    ax.plot(*place, "*", markersize=13, markerfacecolor="white", color="black", zorder=3)
            if beyond.any():
                style = {"levels": [0.5, 1.5], "colors": "#c8c8c8", "hatches": ["//"]}
                ax.contourf(*grid, beyond.astype(float), **style).set(edgecolor="#969696", linewidth=0)
                if not beyond.all():
                    ax.contour(*grid, beyond.astype(float), levels=[0.5], colors="#d6002f")
            ax.set(xlabel=named(across), ylabel=named(up))
            for control, scale, axis in [(x, ax.set_xscale, ax.xaxis), (y, ax.set_yscale, ax.yaxis)]:
                if control.scale == "decay":
                    scale("function", functions=(lambda v: -np.log10(1 - v), lambda u: 1 - 10**-u))
                    axis.set_ticks([v for v in (0, 0.9, 0.99, 0.999, 0.9999) if control.low <= v <= control.high])
                else:
                    scale(control.scale)
            ax.set(xlim=(x.low, x.high), ylim=(y.low, y.high))
            ax.vlines(here[0], y.low, y.high, color="black", linewidth=0.7)
            ax.hlines(here[1], x.low, x.high, color="black", linewidth=0.7)
            ax.plot(*here, "o", markersize=8, markerfacecolor="white", color="black")
            ax.grid(False)
        (value,) = self._evaluate(**{across: np.array(here[0]), up: np.array(here[1])}).values()
        area = f"over {across} from {x.low:g} to {x.high:g} and {up} from {y.low:g} to {y.high:g}"
        edge = f" It is hatched where the {self._ylabel} is {self._edge:g} or more." if self._edge is not None else ""
        said = f"At {self._settings()} the {self._ylabel} is {value:.4g}."
        return figure, f"{self._title}, in color {area}.{edge} {said}"


def _places(name, given, scale):
    """The places at which a curve is drawn: those given, or 201 between the ends given."""
    if isinstance(given, tuple) and len(given) == 2:
        low, high = given
        if not -np.inf < low < high < np.inf or (scale == "log" and low <= 0):
            raise ValueError(f"{name} cannot run from {low!r} to {high!r} on a {scale} scale.")
        if scale == "decay":
            return 1 - (1 - low) * ((1 - high) / (1 - low)) ** np.linspace(0, 1, 201)
        return (np.geomspace if scale == "log" else np.linspace)(low, high, 201)
    places = array(name, given)
    if places.ndim != 1 or len(places) < 2 or not np.all(np.isfinite(places)) or np.any(np.diff(places) <= 0):
        raise ValueError(f"{name} needs (low, high) or at least two finite values in rising order, not {given!r}.")
    return places
