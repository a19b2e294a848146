"""A stream of gradients that the reader designs, and what rules make of it."""

import inspect
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

import matplotlib.pyplot as plt
import numpy as np
from traitlets import Bool, Dict, Float, List, validate

from steepest import plots
from steepest.arguments import function, instance, real, several, whole
from steepest.live.controls import Slider, check_names, completed
from steepest.live.javascript import compile_function
from steepest.live.lineup import Lineup
from steepest.live.liveplot import Task
from steepest.live.widget import Live
from steepest.optimizers import Optimizer

#: How many gradients a round may have.
MOST = 24

#: The size of the largest gradient that a bar can have.
LARGEST = 10

#: What the condition of a goal may ask for.
MEASURED = ("drift", "mean", "longest", "bound")


class Stream(Live):
    """A round of gradients as bars to be set, repeated, and the positions and step lengths of rules that meet them.

    Each rule has one parameter, which begins at 0 and has no other gradient than the stream's.

    Args:
        optimizers: at least one. Hyperparameters of one name have one slider; the first optimizer that has it says
            where it begins. ε and what is on or off stay as they are.
        gradients: the round to begin with, from 2 to 24 numbers within ±10.
        steps: how many steps are run, from 2 to 5,000.
        bound: a function of the first optimizer's hyperparameters that returns how long a step may be; or None.
        bound_name: what the picture calls the bound.
        goals: a `Task` or several. Their conditions are functions of some of ``drift``, the first optimizer's mean move
            in a step over the whole rounds of the second half; ``mean``, the mean gradient; ``longest``, its longest
            step; and ``bound``.

    Attributes:
        gradients: the round as it is.
        hyperparameters: by name, where the sliders are.
        met: for each goal, whether it is met; set by the page.

    Raises:
        ValueError, TypeError: what cannot be run or shown; the message says why.
        CompileError: an optimizer that cannot be compiled.

    >>> from steepest import Adam
    >>> stream = Stream([Adam(lr=0.1, beta1=0.0, beta2=0.1)], [3, -1, -1], steps=300)
    >>> {name: round(value, 4) for name, value in stream.measured().items()}
    {'drift': 0.0227, 'mean': 0.3333, 'longest': 0.1047}
    """

    _files: ClassVar = ("words_stream", "beside", "share", "turns", "stream")
    _function: ClassVar = "stream"

    gradients = List(Float()).tag(sync=True)
    hyperparameters = Dict().tag(sync=True)
    met = List(Bool()).tag(sync=True)

    def __init__(
        self,
        optimizers: Iterable[Optimizer],
        gradients: Any,
        *,
        steps: int = 600,
        bound: Callable | None = None,
        bound_name: str = "bound",
        goals: Any = (),
    ):
        self._steps = whole("steps", steps, 2, 5000)
        self._optimizers = Lineup("The Stream", optimizers, still=("eps",))
        self._sliders = {
            key: slider for own in reversed(self._optimizers.sliders.values()) for key, slider in own.items()
        }
        first = next(iter(self._optimizers.sliders))
        self._sliders = {key: self._sliders[key] for key in sorted(self._sliders, key=_course_order)}
        goals = [goals] if isinstance(goals, Task) else several("goals", goals)
        self._goals = [instance("Each of goals", goal, Task) for goal in goals]
        self._bound, self._bound_name = bound, instance("bound_name", bound_name, str)
        if bound is not None:
            own = self._optimizers.sliders[first]
            check_names("The bound", "argument", inspect.signature(function("bound", bound)).parameters, own)
        known = MEASURED if bound is not None else MEASURED[:-1]
        for goal in self._goals:
            check_names("A goal of the Stream", "quantity", inspect.signature(goal.met).parameters, known)
        super().__init__(
            self._compile(),
            name=f"A stream for {', '.join(self._optimizers)}",
            hyperparameters={key: slider.value for key, slider in self._sliders.items()},
            gradients=[real("Each of gradients", value) for value in several("gradients", gradients)],
            met=[False] * len(self._goals),
        )

    def positions(self) -> dict:
        """The positions of each optimizer, computed by NumPy.

        Returns:
            for each optimizer, by its name, an array of shape (steps + 1,), whose entry 0 is the start.
        """
        found = {}
        for name, optimizer in self._optimizers.items():
            own = {key: self.hyperparameters[key] for key in self._optimizers.sliders[name]}
            optimizer, w = replace(optimizer, **own), np.zeros(1)
            path = [0.0]
            for t in range(self._steps):
                optimizer.update({"w": w}, {"w": np.array([self.gradients[t % len(self.gradients)]])})
                path.append(float(w[0]))
            found[name] = np.array(path)
        return found

    def measured(self) -> dict:
        """What the goals may ask for, measured on the first optimizer's run.

        Returns:
            a dictionary of floats with the names "drift", "mean", "longest" and, where there is one, "bound".
        """
        path = next(iter(self.positions().values()))
        period = len(self.gradients)
        rounds = self._steps // period
        late = period * max(rounds - rounds // 2, 1)
        last = period * rounds
        found = {"drift": (path[last] - path[last - late]) / late if rounds else 0.0}
        found |= {"mean": np.mean(self.gradients), "longest": np.abs(np.diff(path)).max()}
        if self._bound is not None:
            names = inspect.signature(self._bound).parameters
            found["bound"] = self._bound(**{name: self.hyperparameters[name] for name in names})
        return {name: float(value) for name, value in found.items()}

    def figure(self):
        positions, measured = self.positions(), self.measured()
        with plt.style.context("steepest.course"):
            figure, (bars, path, lengths) = plt.subplots(1, 3, figsize=(9, 2.8), dpi=96)
            bars.bar(range(1, len(self.gradients) + 1), self.gradients, color=plots.THEORY)
            bars.axhline(measured["mean"], linestyle=":", color=plots.THEORY)
            bars.set(xlabel="place in the round", ylabel="gradient")
            for name, positions_ in positions.items():
                line = plots.style(self._optimizers[name]).line
                path.plot(positions_, label=name, **line)
                lengths.plot(range(1, self._steps + 1), np.abs(np.diff(positions_)), label=name, **line)
            path.set(xlabel="step", ylabel="position")
            path.legend()
            if "bound" in measured:
                lengths.axhline(measured["bound"], linestyle=":", color=plots.THEORY)
            lengths.set(xlabel="step", ylabel="step length")
        ends = ", ".join(f"{name} at {path[-1]:.3g}" for name, path in positions.items())
        return figure, (
            f"A round of {len(self.gradients)} gradients with the mean {measured['mean']:.3g}, repeated, and where "
            f"rules are after {self._steps} steps from 0: {ends}. Beside it how long each step is"
            f"{', and the bound' if 'bound' in measured else ''}."
        )

    def __repr__(self):
        return f"Stream([{', '.join(map(repr, self._optimizers.values()))}], {[float(g) for g in self.gradients]})"

    @validate("gradients")
    def _check_gradients(self, proposal):
        given = proposal["value"]
        if not 2 <= len(given) <= MOST:
            raise ValueError(f"A round has from 2 to {MOST} gradients, not {len(given)}.")
        return [real("A gradient", value, -LARGEST, LARGEST) for value in given]

    @validate("hyperparameters")
    def _check_hyperparameters(self, proposal):
        return completed(self._sliders, proposal["value"], self.hyperparameters, "The Stream", "hyperparameter")

    def _compile(self):
        rules, optimizers = self._optimizers.compile()
        spec = {
            "largest": LARGEST,
            "steps": self._steps,
            "sliders": [slider.spec(key) for key, slider in self._sliders.items()],
            "bars": Slider(2, 2, MOST, integer=True).spec("bars", "gradients in a round"),
            "bound": self._bound_name,
            "goals": [goal.text for goal in self._goals],
            "optimizers": [
                {name: known[name] for name in ("name", "rule", "color", "dash")}
                | {"fixed": {k: v for k, v in optimizer.hyperparameters.items() if k not in sliders}}
                for known, optimizer, sliders in zip(
                    optimizers, self._optimizers.values(), self._optimizers.sliders.values(), strict=True
                )
            ],
        }
        goals = ", ".join(compile_function(goal.met) for goal in self._goals)
        bound = compile_function(self._bound) if self._bound else "null"
        return f"{{ spec: {json.dumps(spec, ensure_ascii=False)}, rules: {rules}, bound: {bound}, goals: [{goals}] }}"


def _course_order(name):
    """Hyperparameters in the order in which the course meets them; others after these."""
    known = ["lr", "momentum", "decay", "beta1", "beta2"]
    return known.index(name) if name in known else len(known)
