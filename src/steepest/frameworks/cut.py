"""What PyTorch, Optax and Keras did when the learning rate was divided by 10 in the middle of a run."""

import json
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from steepest.arguments import instance, whole
from steepest.optimizers import Optimizer

if TYPE_CHECKING:
    from steepest.surfaces import Surface


@dataclass(frozen=True)
class LearningRateCut:
    """A run down a ravine with a learning rate that is divided by 10, as recorded from the frameworks.

    Attributes:
        lr: the learning rate of the first steps.
        momentum: μ.
        after: the number of steps before the cut.
        steps: the number of steps in all.

    >>> LEARNING_RATE_CUT.recorded("Keras", "Momentum")[-1].round(2)
    array([3.21, 0.7 ])
    >>> from steepest import Momentum
    >>> LEARNING_RATE_CUT.run(Momentum(lr=0.2, momentum=0.9))[-1].round(2)
    array([3.21, 0.7 ])
    """

    lr: float
    momentum: float
    after: int
    steps: int

    @cached_property
    def surface(self) -> "Surface":
        """What was minimized, from its own start: the ravine."""
        from steepest import surfaces  # which brings SymPy along: the other frameworks' rules do without it

        return surfaces.ravine()

    def factor(self, t: int) -> float:
        """What the learning rate is multiplied by at step t = 1, 2, …

        Returns:
            1.0 before the cut, 0.1 after it.
        """
        return 1.0 if whole("t", t, 1) <= self.after else 0.1

    def recorded(self, framework: str, rule: str) -> np.ndarray:
        """The points that a framework went through.

        Args:
            framework: "PyTorch", "Optax" or "Keras".
            rule: "Momentum" or "Nesterov".

        Returns:
            an array of shape (steps + 1, 2), the start included.
        """
        text = files("steepest.frameworks").joinpath("cut.json").read_text(encoding="utf-8")
        runs = json.loads(text)
        if f"{framework} {rule}" not in runs:
            raise ValueError(f"framework and rule must be one of {', '.join(runs)}, not {framework} {rule}.")
        return np.array(runs[f"{framework} {rule}"])

    def run(self, optimizer: Optimizer) -> np.ndarray:
        """The points of a fresh copy of an optimizer, whose own learning rate is that of the first steps.

        Returns:
            an array of shape (steps + 1, 2), the start included.
        """
        optimizer, w = instance("optimizer", optimizer, Optimizer).fresh(), np.array(self.surface.start, dtype=float)
        lr, points = optimizer.lr, [w.copy()]
        for t in range(1, self.steps + 1):
            optimizer.lr = lr * self.factor(t)
            optimizer.update({"w": w}, {"w": self.surface.gradient(w)})
            points.append(w.copy())
        return np.array(points)


#: The run that was recorded.
LEARNING_RATE_CUT = LearningRateCut(lr=0.2, momentum=0.9, after=12, steps=30)
