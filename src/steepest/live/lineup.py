"""The optimizers that a widget runs: their names, their sliders, their compiled rules and how they are drawn."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from steepest import plots
from steepest.arguments import instance, several
from steepest.live.controls import check_names, completed, hyperparameter
from steepest.live.javascript import compile_rule
from steepest.live.trace import trace
from steepest.live.widget import DASHES
from steepest.optimizers import Optimizer

#: The color of text, of which the grey of figures is a tint. The page's contours are grey: what runs on them is not.
INK = "currentColor"
#: Colors for optimizers whose own one is taken; tests/test_widgets.py measures contrasts and distances.
SPARE = (
    *("#e055a3", "#7c8a00", "#a8532a", "#5a5fd6", "#2f6b8f", "#a207fc", "#f11ffb"),
    *("#0071c4", "#18a699", "#cc8400", "#b277fc", "#cc230b", "#189432", "#1694bc", "#b7667f", "#fe512f"),
)


class Lineup(dict):
    """Optimizers by names of their own, with a slider for each hyperparameter that is a number.

    Args:
        widget: what messages call the widget that runs them.
        optimizers: at least one; a second one of the same name is called "… 2".
        still: names of hyperparameters that get no slider.

    Attributes:
        sliders: by name of optimizer and hyperparameter.
        rules: what `compile` has traced, each rule once, in the order of what it gives.

    Raises:
        TypeError: something else than optimizers.
        ValueError: no optimizer, or a hyperparameter that is not one number.
    """

    def __init__(self, widget: str, optimizers: Iterable[Optimizer], still: Iterable[str] = ()):
        super().__init__()
        self._widget, seen = widget, Counter()
        if isinstance(optimizers, Optimizer | type):
            raise TypeError(f"optimizers must be a list of optimizers, not {optimizers!r}.")
        for optimizer in several("optimizers", optimizers):
            instance("Each of optimizers", optimizer, Optimizer)
            seen[optimizer.name] += 1
            again = f" {seen[optimizer.name]}" if seen[optimizer.name] > 1 else ""
            self[optimizer.name + again] = optimizer
        if not self:
            raise ValueError(f"{widget} needs at least one optimizer.")
        self.sliders = {
            name: {
                key: _slider(optimizer, key, value)
                for key, value in optimizer.hyperparameters.items()
                if key not in still and not isinstance(value, bool)
            }
            for name, optimizer in self.items()
        }

    def first(self) -> dict:
        """Where the sliders begin.

        Returns:
            for each optimizer a dictionary of floats by hyperparameter.
        """
        return {name: {key: slider.value for key, slider in own.items()} for name, own in self.sliders.items()}

    def check(self, names: Iterable[str]) -> None:
        """Raise ValueError for a name that no optimizer has."""
        check_names(self._widget, "optimizer", names, self)

    def settings(self, optimizer: str, hyperparameters: Mapping, now: Mapping) -> dict:
        """All hyperparameters of an optimizer: those given by name, else as they are now, else as they were first.

        Args:
            optimizer: its name here.
            hyperparameters: those given.
            now: the present ones of all optimizers, by name of optimizer and hyperparameter.

        Returns:
            a dictionary of floats by hyperparameter.

        Raises:
            TypeError: a value that is no number.
            ValueError: a hyperparameter without a slider, or a value out of its range.
        """
        own, before = self.sliders[optimizer], now.get(optimizer, {})
        return completed(own, hyperparameters, before, optimizer, "hyperparameter", prefix=f"{optimizer}: ")

    def all_settings(self, given: Mapping, now: Mapping) -> dict:
        """All hyperparameters of each optimizer, as `settings` completes them.

        Args:
            given, now: values by name of optimizer and hyperparameter.

        Returns:
            for each optimizer a dictionary of floats by hyperparameter.

        Raises:
            TypeError, ValueError: as `settings` does, and for a name that no optimizer has.
        """
        self.check(given)
        return {name: self.settings(name, given.get(name, {}), now) for name in self}

    def compile(self) -> tuple:
        """Compile the rules, each once, and say how each optimizer is shown.

        Returns:
            a JavaScript array of the rules, as text; and for each optimizer a dictionary that JSON can hold, with its
            name, the place of its rule in the array, its sliders and its look.

        Raises:
            CompileError: a rule that cannot be compiled.
        """
        rules, specs = {}, []  # tracing a rule takes longest: what else shows it needs the same
        for (name, optimizer), color in zip(self.items(), _hues(self.values()), strict=True):
            kind = _kind(optimizer)
            if kind not in rules:
                rules[kind] = trace(optimizer)
            specs.append(
                {
                    "name": name,
                    "rule": list(rules).index(kind),
                    "hyper": [slider.spec(key) for key, slider in self.sliders[name].items()],
                }
                | _look(optimizer, color, again=name != optimizer.name)
            )
        self.rules = list(rules.values())
        return f"[{', '.join(map(compile_rule, self.rules))}]", specs


def _slider(optimizer, key, value):
    """The slider of a hyperparameter; messages name the optimizer."""
    if np.ndim(value):
        raise ValueError(f"{optimizer.name}: a widget needs one number for {key}, not {value!r}.")
    try:
        return hyperparameter(key, float(value))
    except ValueError as error:
        raise ValueError(f"{optimizer.name}: {error}") from None


def _kind(optimizer):
    """What decides how an optimizer compiles: its class and its switches."""
    return type(optimizer), *(value for value in optimizer.hyperparameters.values() if isinstance(value, bool))


def _hues(optimizers):
    """A color for each optimizer: that of its figures if no other has it already, else the next one that is free.

    On the page names stand beside the curves, so colors may lie closer than in a figure that has nothing but a legend.
    """
    hues = []
    for optimizer in optimizers:
        style = plots.style(optimizer)
        wanted = INK if style is plots.OTHER or style.color == plots.STYLE["GradientDescent"].color else style.color
        hues.append(next((hue for hue in (wanted, *SPARE) if hue not in hues), wanted))
    return hues


def _look(optimizer, color, again):
    """Color, marker and dashes in SVG's terms; a second optimizer of a name is dotted."""
    style = plots.style(optimizer)
    dash = DASHES[":"] if again else DASHES[style.linestyle]
    return {"color": color, "marker": _outline(style.marker), "dash": dash}


def _outline(marker):
    """A Matplotlib marker of radius 1 as an SVG path."""
    if marker == "o":  # eight curves to Matplotlib
        return "M0 1A1 1 0 1 1 .01 1Z"
    drawn = MarkerStyle(marker)
    outline = drawn.get_path().transformed(drawn.get_transform()).transformed(Affine2D().scale(2, -2))
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
    return "".join(
        letters[code] + ("" if code == Path.CLOSEPOLY else " ".join(f"{round(v, 2) + 0:g}" for v in points))
        for points, code in outline.iter_segments()
    )
