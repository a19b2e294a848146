"""A sheet to tune an optimizer on, in a few tries."""

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

import matplotlib.pyplot as plt
import numpy as np
from traitlets import Dict, List, Unicode, validate

from steepest import descent, plots
from steepest.arguments import instance, whole
from steepest.live.controls import Choice
from steepest.live.explorer import MOST_STEPS
from steepest.live.javascript import compile_surface
from steepest.live.lineup import Lineup
from steepest.live.widget import Live
from steepest.optimizers import Optimizer
from steepest.surfaces import Surface

#: How many random settings stand for random search, and the seed that draws them.
SETTINGS, SEED = 1000, 0


class TuningLab(Live):
    """A sheet of a few tries to bring the loss on a surface down, scored against random search.

    Random search draws one of the optimizers and a place on each of its sliders, all equally likely. Where a share p of
    such settings ends higher than a loss, a share pᵏ of the searches with k tries does.

    Args:
        optimizers: the optimizers to choose from, at least one, with the hyperparameters that the sliders start from.
            ε and what is on or off stay as they are.
        surface: a `steepest.surfaces.Surface`. Every try begins at its start.
        steps: how many steps a try runs, 1 to 5,000.
        tries: how many tries there are, 1 or more.

    Attributes:
        tries: those made, in order, each as ``{"optimizer": "Adam", "hyperparameters": {"lr": 0.1, …}}``.
        optimizer: the name of the optimizer chosen.
        hyperparameters: by optimizer and name, where the sliders are.

    Raises:
        ValueError, TypeError: what cannot be run or shown; the message says why.
        CompileError: an optimizer that cannot be compiled.

    >>> from steepest import GradientDescent, surfaces
    >>> lab = TuningLab([GradientDescent(lr=0.01)], surfaces.ravine(), steps=20, tries=5)
    >>> lab.tries = [{"optimizer": "Gradient descent", "hyperparameters": {"lr": 0.5}}]
    >>> lab.losses().round(3), lab.score().round(2)
    (array([0.315]), np.float64(0.93))
    """

    _files: ClassVar = ("words_lab", "descend", "plane", "beside", "tries", "lab")
    _function: ClassVar = "lab"

    tries = List(Dict()).tag(sync=True)
    optimizer = Unicode().tag(sync=True)
    hyperparameters = Dict().tag(sync=True)

    def __init__(
        self,
        optimizers: Iterable[Optimizer],
        surface: Surface,
        steps: int = 100,
        tries: int = 20,
    ):
        instance("surface", surface, Surface)
        steps, tries = whole("steps", steps, 1, MOST_STEPS), whole("tries", tries, 1)
        self._optimizers, self._surface = Lineup("The TuningLab", optimizers, still=("eps",)), surface
        self._start = tuple(map(float, surface.start))
        self._steps, self._allowed = steps, tries
        self._lowest = float(np.min(surface(surface.minima)))
        self._reference = self._random_search()
        super().__init__(
            self._compile(),
            name=f"Tuning {', '.join(self._optimizers)} on {surface}",
            tries=[],
            optimizer=next(iter(self._optimizers)),
            hyperparameters=self._optimizers.first(),
        )

    def losses(self) -> np.ndarray:
        """How far above the minimum each try ends, computed by NumPy.

        Returns:
            an array of shape (tries,), infinite where a try diverged.
        """
        return np.array([self._loss(made["optimizer"], made["hyperparameters"])[0] for made in self.tries])

    def score(self) -> float:
        """The share of random searches with as many tries that end higher than the best of these.

        Returns:
            a float in [0, 1]; 0 without a try.
        """
        if not self.tries:
            return 0.0
        return np.mean(self._reference > self.losses().min()) ** len(self.tries)

    def _loss(self, name, values):
        """The losses above the minimum with some hyperparameters, each a number or an array, shape (how many,)."""
        settings = {key: np.reshape(value, (-1, 1)) for key, value in values.items()}
        run = descent.descend(replace(self._optimizers[name], **settings), self._surface, self._start, self._steps)
        return np.nan_to_num(run.losses[-1] - self._lowest, nan=np.inf)

    def _random_search(self):
        """The losses above the minimum of random settings, from low to high, to the four digits that the page knows."""
        rng = np.random.default_rng(SEED)
        share = -(-SETTINGS // len(self._optimizers))  # for each optimizer
        found = [
            self._loss(name, {key: slider.at(rng.random(share)) for key, slider in sliders.items()})
            for name, sliders in self._optimizers.sliders.items()
        ]
        return np.sort([float(f"{loss:.3e}") for loss in np.concatenate(found)])

    def figure(self):
        with plt.style.context("steepest.course"):
            figure, (plane, sheet) = plt.subplots(1, 2, dpi=96)
            plots.contours(plane, self._surface)  # pyrefly: ignore[bad-argument-type]
            plane.plot(*self._start, "o", markersize=7, markerfacecolor="none", color=plots.THEORY)
            tries = np.arange(1, self._allowed + 1)
            reached = {share: [self._reached(share, k) for k in tries] for share in (0.9, 0.5, 0.1)}
            sheet.fill_between(
                tries,
                reached[0.1],
                reached[0.9],
                step="mid",
                alpha=0.2,
                color=plots.THEORY,
                linewidth=0,
                label="a tenth to nine tenths of all",
            )
            sheet.step(
                tries,
                reached[0.5],
                where="mid",
                linestyle="--",
                color=plots.THEORY,
                label="half of all random searches",
            )
            if self.tries:
                made = np.arange(1, len(self.tries) + 1)
                sheet.step(made, np.minimum.accumulate(self.losses()), where="mid", label="these tries")
            sheet.set(yscale="log", xlabel="try", ylabel="loss above the minimum")
            sheet.legend()
        best = f" Their best loss is {self.losses().min():.3g}." if self.tries else ""
        one, all_ = (f"{self._reached(0.5, k):.2g}" for k in (1, self._allowed))
        return figure, (
            f"A sheet to tune {', '.join(self._optimizers)} on {self._surface}, {self._steps} steps a try. Half of all "
            f"random searches reach {one} with one try and {all_} with {self._allowed}. Tries made: "
            f"{len(self.tries)}.{best}"
        )

    def _reached(self, share, k):
        """The loss above the minimum that a share of random searches reach with k tries."""
        return self._reference[math.ceil(len(self._reference) * (1 - (1 - share) ** (1 / k))) - 1]

    def __repr__(self):
        return (
            f"TuningLab([{', '.join(map(repr, self._optimizers.values()))}], {self._surface}, start={self._start}, "
            f"steps={self._steps}, tries={self._allowed})"
        )

    @validate("optimizer")
    def _check_optimizer(self, proposal):
        self._optimizers.check([proposal["value"]])
        return proposal["value"]

    @validate("hyperparameters")
    def _check_hyperparameters(self, proposal):
        return self._optimizers.all_settings(proposal["value"], self.hyperparameters)

    @validate("tries")
    def _check_tries(self, proposal):
        if len(proposal["value"]) > self._allowed:
            raise ValueError(f"There are {self._allowed} tries, not {len(proposal['value'])}.")
        for attempt in proposal["value"]:
            if attempt.keys() != {"optimizer", "hyperparameters"}:
                raise ValueError(f'A try is a dict with "optimizer" and "hyperparameters", not {attempt!r}.')
            self._optimizers.check([attempt["optimizer"]])
        return [
            attempt | {"hyperparameters": self._optimizers.settings(**attempt, now=self.hyperparameters)}
            for attempt in proposal["value"]
        ]

    def _compile(self):
        rules, optimizers = self._optimizers.compile()
        spec = {
            "title": repr(self._surface),
            "window": self._surface.window,
            "minima": self._surface.minima.tolist(),
            "lowest": self._lowest,
            "parameters": self._surface.parameters,
            "start": self._start,
            "steps": self._steps,
            "allowed": self._allowed,
            "choice": Choice(tuple(self._optimizers)).spec("optimizer"),
            "optimizers": [
                known | {"fixed": {k: v for k, v in optimizer.hyperparameters.items() if k not in sliders}}
                for known, optimizer, sliders in zip(
                    optimizers, self._optimizers.values(), self._optimizers.sliders.values(), strict=True
                )
            ],
            "settings": len(self._reference),
            "reference": self._reference[np.isfinite(self._reference)].tolist(),
        }
        return (
            f"{{ spec: {json.dumps(spec, ensure_ascii=False)}, rules: {rules}, "
            f"surface: {compile_surface(self._surface)} }}"
        )
