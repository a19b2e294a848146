"""Famous wrong rules, kept to be looked at: what each looks like, and the test that catches it.

All of them run, and on a plot most of them look as if they worked. They are no part of `OPTIMIZERS`.
"""

from dataclasses import dataclass

import numpy as np

from steepest.optimizers import Optimizer


@dataclass
class NewVelocityNesterov(Optimizer):
    """Nesterov's shifted form with the velocity *after* the step in the μ² term.

        v ← μv − ηg
        w ← w + μ²v − (1 + μ)ηg

    Symptom: none on a plot. It behaves as Nesterov does with a learning rate that is too large, and diverges from
    ηλ = 2(1 + μ)/(1 + 2μ + 2μ²) on, at μ = 0.9 from 0.860 and not from 1.357.
    Test: the first step from rest is (1 + μ)ηg, 1.9 ηg at μ = 0.9. This one takes 2.71 ηg.

    Args:
        lr, momentum: as in `Nesterov`.

    Source: much teaching code, where the two lines of `Nesterov` are in the wrong order.
    """

    label = "Nesterov with the new velocity"

    lr: float = 0.01
    momentum: float = 0.9

    def step(self, g, state):
        state.v = self.momentum * state.v - self.lr * g
        return self.momentum**2 * state.v - (1 + self.momentum) * self.lr * g


@dataclass
class UnusedVelocityMomentum(Optimizer):
    """Momentum that keeps its velocity and never adds it to the parameter.

        v ← μv − ηg

    Symptom: the loss is the same at every step.
    Test: after one step from rest the parameter has moved by −ηg.

    Args:
        lr, momentum: as in `Momentum`.

    Source: listings that end one line too early.
    """

    label = "Momentum that never moves"

    lr: float = 0.01
    momentum: float = 0.9

    def step(self, g, state):
        state.v = self.momentum * state.v - self.lr * g
        return np.zeros_like(g)
