"""Trajectories on a surface, with everything that shapes them in the reader's hands."""

import dataclasses
import inspect
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse, Rectangle
from numpy.typing import ArrayLike
from traitlets import Bool, Dict, Float, Int, List, Tuple, Unicode, validate

from steepest import descent, plots
from steepest.arguments import array, function, instance, real, several, whole
from steepest.live.controls import LARGEST, Slider, check_names, completed, parameter
from steepest.live.formula import compile_formula
from steepest.live.javascript import compile_function, compile_surface
from steepest.live.lineup import Lineup
from steepest.live.liveplot import LiveMap, LivePlot
from steepest.live.spectrum import Spectrum
from steepest.live.widget import COLORS, Live
from steepest.optimizers import Optimizer
from steepest.surfaces import Landscape

#: The most steps that a run may have: more would make the page wait.
MOST_STEPS = 5000
#: How many optimizers are switched on where nobody says which.
MOST_SHOWN = 5
#: The controls that only a surface over data has.
OF_DATA = ("batch_size", "seed")
#: How the picture draws what theory predicts.
PREDICTED = {"fill": False, "linestyle": ":", "color": plots.THEORY, "zorder": 3}


@dataclass(frozen=True)
class Goal:
    """A task for the reader: some optimizer shown is to reach a loss within a number of steps.

    Args:
        loss: the loss to reach, in the surface's units.
        within: in at most so many steps.
    """

    loss: float
    within: int

    def __post_init__(self):
        real("A goal's loss", self.loss)
        whole("A goal's within", self.within, 1, MOST_STEPS)


class Explorer(Live):
    """Trajectories of optimizers on a surface.

    Every argument but the optimizers and the surface is also a trait: it can be read, set and observed, and follows the
    reader's hand where a kernel is there.

    Args:
        optimizers: the optimizers to run, at least one; the page names a second one of the same name "… 2".
        surface: a `steepest.surfaces.Surface`, or anything else that is a `steepest.surfaces.Landscape`.
        start: the first point (x, y); the surface's own where it is None.
        steps: how many steps to take, 0 to 5,000.
        goal: a `Goal`, or None.
        shown: names of the optimizers that are switched on; the first five where it is None, for more are hard to tell
            apart.
        follows: a `LiveMap`, `LivePlot` or `Spectrum` whose values set the hyperparameters and parameters of the same
            names, of every optimizer, and are set by them, or None.

        batch_size: examples in a minibatch, for a surface over data such as `LineFit`; all of them where it is None.
            The page draws each minibatch anew, without repetition.
        seed: of the minibatches.
        average: whether to show the running mean of each path too, for a surface over data.
        primary: names of what the reader is to move first: hyperparameters, parameters of the surface, "steps",
            "batch_size", "seed", "average". Their controls stand below the picture, all others in the fold. Where it is
            None: the first two hyperparameters of each optimizer, without ε; where none has a second one, the first
            parameter of the surface, too, or the batch size.
        ring: a function of some of ``batch_size`` and the hyperparameters that returns two radii: the distances from
            the minimum, along each axis, that theory predicts. The page draws them for the first optimizer shown.
        box: a function of some of the hyperparameters that returns how far from 0 the coordinates can be in the end, as
            theory predicts: one number for both, or one for each. The page draws it for the first optimizer shown.
        box_name: what the page calls the box.

    Attributes:
        hyperparameters: by optimizer and name, as ``{"Momentum": {"lr": 0.01, "momentum": 0.9}}``. Assigning a part of
            it changes that part.
        parameters: the surface's parameters, in the same way.
        met: whether the goal is met; set by the page.

    Raises:
        ValueError, TypeError: what cannot be run or shown; the message says why.
        CompileError: an optimizer that cannot be compiled.

    >>> from steepest import Momentum, surfaces
    >>> explorer = Explorer([Momentum(lr=0.02)], surfaces.ravine(kappa=20))
    >>> explorer.hyperparameters = {"Momentum": {"lr": 0.05}}
    >>> explorer.optimizers
    [Momentum(lr=0.05, momentum=0.9)]
    """

    # The needed before those that need them and, as gzip looks back 32 kB, what is alike near each other.
    _files: ClassVar = (
        "formula", "descend", "share", "player", "cells", "turns", "plane", "curves", "heat", "rows", "predicted",
        "arrows", "memory", "naming", "map", "solver", "picture", "samples", "explorer",
    )  # fmt: skip
    _function: ClassVar = "explorer"

    start = Tuple(Float(), Float()).tag(sync=True)
    steps = Int().tag(sync=True)
    shown = List(Unicode()).tag(sync=True)
    hyperparameters = Dict().tag(sync=True)
    parameters = Dict().tag(sync=True)
    batch_size = Int().tag(sync=True)
    seed = Int().tag(sync=True)
    average = Bool(False).tag(sync=True)
    met = Bool(False).tag(sync=True)

    def __init__(
        self,
        optimizers: Iterable[Optimizer],
        surface: Landscape,
        start: ArrayLike | None = None,
        steps: int = 100,
        goal: Goal | None = None,
        shown: Iterable[str] | None = None,
        follows: LiveMap | LivePlot | Spectrum | None = None,
        batch_size: int | None = None,
        seed: int = 0,
        average: bool = False,
        ring: Callable | None = None,
        box: Callable | None = None,
        box_name: str = "the box",
        primary: Iterable[str] | None = None,
    ):
        self._optimizers = Lineup("The Explorer", optimizers)
        instance("surface", surface, Landscape)
        if goal is not None:
            instance("goal", goal, Goal)
        if follows is not None:
            instance("follows", follows, LiveMap, LivePlot, Spectrum)
        steps = whole("steps", steps, 0, MOST_STEPS)
        known = [*{name: None for own in self._optimizers.values() for name in own.hyperparameters}]
        if ring is not None:
            function("ring", ring)
            check_names("The ring", "argument", inspect.signature(ring).parameters, ["batch_size", *known])
        if box is not None:
            function("box", box)
            check_names("The box", "argument", inspect.signature(box).parameters, known)
        self._surface, self._goal = surface, goal
        self._parameters = {name: parameter(value, *surface.ranges[name]) for name, value in surface.parameters.items()}
        self._examples = len(surface.samples[0]) if surface.samples else 1
        self._shared = {  # the controls that all optimizers share, by the trait that each sets
            "steps": Slider(0, 0, max(200, 2 * steps), integer=True, most=MOST_STEPS),
            "batch_size": Slider(1, 1, max(self._examples, 2), integer=True, most=self._examples),
            "seed": Slider(0, 0, 99, integer=True, most=2**31 - 2),
        }
        self._ring, self._box = ring, box
        self._box_name = instance("box_name", box_name, str)
        self._follows = follows and follows.name
        self._primary = self._first() if primary is None else several("primary", primary)
        known = {name for sliders in self._optimizers.sliders.values() for name in sliders} | set(self._parameters)
        check_names("The Explorer", "control", self._primary, [*known, *self._shared, "average"])
        super().__init__(
            self._compile(),
            name=f"{', '.join(self._optimizers)} on {surface}",
            start=surface.start if start is None else tuple(array("start", start, last=2).tolist()),
            steps=steps,
            shown=list(self._optimizers)[:MOST_SHOWN] if shown is None else several("shown", shown),
            hyperparameters=self._optimizers.first(),
            parameters={name: slider.value for name, slider in self._parameters.items()},
            batch_size=self._examples if batch_size is None else whole("batch_size", batch_size),
            seed=whole("seed", seed),
            average=instance("average", average, bool),
        )
        if follows is not None:
            follows.observe(lambda _: follows.linked_by_page or self._follow(follows), "values")
            self._follow(follows)

    def _follow(self, other):
        """Take the values of another widget for all controls of the same name."""
        values = other.values
        self.hyperparameters = {
            name: {key: values[key] for key in sliders if key in values}
            for name, sliders in self._optimizers.sliders.items()
        }
        self.parameters = {key: values[key] for key in self._parameters if key in values}

    def _first(self):
        """What the reader is to move first, where nobody says: see `primary`."""
        own = [[name for name in sliders if name != "eps"][:2] for sliders in self._optimizers.sliders.values()]
        alone = all(len(names) < 2 for names in own)
        others = ["batch_size"] if self._surface.samples else list(self._parameters)[:1]
        return [*dict.fromkeys(name for names in own for name in names), *(others if alone else [])]

    def _axes_of_map(self, name):
        """The two primary controls of an optimizer that a map can span, or None."""
        sliders = self._optimizers.sliders[name]
        own = [key for key in self._primary if key in sliders][:2]
        own += [key for key in [*self._primary, *self._parameters] if key in self._parameters]
        return own[:2] if own[:1] and own[0] in sliders and len(own) > 1 else None

    @property
    def optimizers(self) -> list:
        """The optimizers that are switched on, with the hyperparameters as they are now."""
        return [
            dataclasses.replace(optimizer, **self.hyperparameters[name])
            for name, optimizer in self._optimizers.items()
            if name in self.shown
        ]

    @property
    def surface(self) -> Landscape:
        """The surface, with its parameters as they are now."""
        return self._surface.with_parameters(self.parameters) if self.parameters else self._surface

    def runs(self) -> dict:
        """What is on the screen, computed by NumPy.

        Minibatches are of the same kind as those on the screen, but not the same: NumPy draws others.

        Returns:
            a `steepest.descent.Trajectory` for each optimizer that is switched on, by its name.
        """
        names = [name for name in self._optimizers if name in self.shown]
        return {
            name: descent.descend(optimizer, self._noisy(), self.start, self.steps)
            for name, optimizer in zip(names, self.optimizers, strict=True)
        }

    def _noisy(self):
        """The surface, with gradients of minibatches where they are smaller than the data; every run sees the same."""
        # A minibatch of all examples would sum them in another order, and round differently.
        if self.batch_size == self._examples:
            return self.surface
        return self.surface.minibatches(self.batch_size, self.seed)

    def figure(self):
        with plt.style.context("steepest.course"):
            figure, (plane, curves) = plt.subplots(1, 2, dpi=96)
            plots.contours(plane, self.surface)
            for optimizer, (name, run) in zip(self.optimizers, self.runs().items(), strict=True):
                plots.path(plane, run, optimizer, markersize=2)
                plots.losses(curves, run.losses, optimizer, label=name)
            if self._ring and self.shown:
                plane.add_patch(self._ellipse(self._predicted(self._ring)))
            if self._box and self.shown:
                plane.add_patch(self._rectangle(self._predicted(self._box)))
            plane.plot(*self.start, "o", markersize=7, markerfacecolor="none", color=plots.THEORY)
            xlabel, ylabel = (re.sub(r"(\w)$", r"$\1$", name) for name in self._surface.axes)
            plane.set(xlabel=xlabel, ylabel=ylabel)
            if self.shown:
                curves.legend()
        return figure, self._alt()

    def _predicted(self, theory):
        """What a function of hyperparameters says of the first optimizer shown, for the picture."""
        known = self.optimizers[0].hyperparameters | {"batch_size": self.batch_size}
        with np.errstate(divide="ignore"):  # without decay its box has no end
            return np.array(theory(*(np.float64(known[name]) for name in inspect.signature(theory).parameters)))

    def _ellipse(self, radii):
        return Ellipse(self._surface.minima[0], *(2 * radii), **PREDICTED)

    def _rectangle(self, reach):
        right, up = np.broadcast_to(np.minimum(reach, LARGEST), 2)
        return Rectangle((-right, -up), 2 * right, 2 * up, **PREDICTED)

    def _alt(self):
        """The text alternative of the picture."""
        x, y = self.start
        ends = [
            f"{name} diverged at step {run.diverged}" if run.diverged else f"{name} has loss {run.losses[-1]:.3g}"
            for name, run in self.runs().items()
        ]
        ring = " The distances that theory predicts are a dotted ring around the minimum." if self._ring else ""
        box = f" What theory predicts, {self._box_name}, is dotted." if self._box else ""
        return (
            f"Contours of {self.surface} with the paths of the optimizers from ({x:g}, {y:g}), and their losses "
            f"against the step.{ring}{box} After {self.steps} steps: {'; '.join(ends) or 'no optimizer is shown'}."
        )

    def __repr__(self):
        goal = f", goal={self._goal}" if self._goal else ""
        return (
            f"Explorer([{', '.join(map(repr, self.optimizers))}], {self.surface}, start={self.start}, "
            f"steps={self.steps}{goal})"
        )

    @validate("start")
    def _check_start(self, proposal):
        if not np.all(np.isfinite(proposal["value"])):
            raise ValueError(f"The start must be finite, not {proposal['value']}.")
        return proposal["value"]

    @validate("steps", "batch_size", "seed")
    def _check_shared(self, proposal):
        name = proposal["trait"].name
        return self._shared[name].check(name, proposal["value"])

    @validate("shown")
    def _check_shown(self, proposal):
        self._optimizers.check(proposal["value"])
        return [name for name in self._optimizers if name in proposal["value"]]

    @validate("hyperparameters")
    def _check_hyperparameters(self, proposal):
        return self._optimizers.all_settings(proposal["value"], self.hyperparameters)

    @validate("parameters")
    def _check_parameters(self, proposal):
        owner = self._surface.name
        return completed(self._parameters, proposal["value"], self.parameters, owner, "parameter", prefix=f"{owner}: ")

    def _compile(self):
        rules, optimizers = self._optimizers.compile()
        spec = {
            "title": repr(self._surface),
            "axes": self._surface.axes,
            "window": self._surface.window,
            "minima": np.asarray(self._surface.minima).tolist(),
            "start": [
                Slider(0, low, high, least=-LARGEST, most=LARGEST).spec(f"start {axis}")
                for axis, (low, high) in zip(self._surface.axes, self._surface.window, strict=True)
            ],
            "shared": [
                slider.spec(name, name.replace("_", " "))
                for name, slider in self._shared.items()
                if self._surface.samples or name not in OF_DATA
            ],
            "parameters": [slider.spec(name) for name, slider in self._parameters.items()],
            "optimizers": [
                known
                | {
                    "python": type(optimizer).__name__,
                    "primary": [key for key in self._optimizers.sliders[name] if key in self._primary],
                    "map": self._axes_of_map(name),
                    "fixed": {k: repr(v) for k, v in optimizer.hyperparameters.items() if isinstance(v, bool)},
                }
                for known, (name, optimizer) in zip(optimizers, self._optimizers.items(), strict=True)
            ],
            "primary": self._primary,
            "follows": self._follows,
            "goal": self._goal and dataclasses.asdict(self._goal),
            "colors": COLORS,
            "made": self._surface.made_by[1],
            "samples": self._surface.samples or None,
            "box": self._box and self._box_name,
            "imports": self._imports(),
        }
        predicted = {"ring": self._ring, "box": self._box}
        theory = "".join(f", {name}: {compile_function(f)}" for name, f in predicted.items() if f)
        spec = {name: value for name, value in spec.items() if value is not None}
        return (
            f"{{ spec: {json.dumps(spec, ensure_ascii=False)}, rules: {rules}, "
            f"surface: {compile_surface(self._surface.example)}, "
            f"formulas: [{', '.join(map(compile_formula, self._optimizers.rules))}]{theory} }}"
        )

    def _imports(self):
        """The lines that a cell needs to make the same runs; what the notebook defined itself is there already."""
        module, maker = self._surface.made_by
        modules = {module: [maker.partition(".")[0]], "steepest.descent": ["descend"]}
        for optimizer in self._optimizers.values():
            module = type(optimizer).__module__
            if module != "__main__":
                module = "steepest" if module == "steepest.optimizers" else module
                modules.setdefault(module, []).append(type(optimizer).__name__)
        return "\n".join(f"from {module} import {', '.join(sorted(set(names)))}" for module, names in modules.items())
