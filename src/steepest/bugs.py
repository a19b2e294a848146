"""Famous wrong rules, kept to be looked at: what each looks like, and the test that catches it.

All of them run, and on a plot most of them look as if they worked. They are no part of `OPTIMIZERS`. Most are caught by
`step_lengths` under gradients of 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from steepest.arguments import array, instance, several
from steepest.optimizers import Optimizer


def step_lengths(optimizer: Optimizer, gradients: Iterable[float]) -> np.ndarray:
    """How far each step goes against a gradient, on one parameter that starts at 0.

    Args:
        optimizer: any `steepest.optimizers.Optimizer`; it takes the steps, and remembers them.
        gradients: shape (steps,), whatever the parameter is.

    Returns:
        the steps' lengths, shape (steps,), positive where w falls.

    >>> from steepest import Momentum
    >>> step_lengths(Momentum(lr=1.0, momentum=0.5), [1, 1, 0])
    array([1.  , 1.5 , 0.75])
    """
    instance("optimizer", optimizer, Optimizer)
    w, lengths = np.zeros(1), []
    for g in array("gradients", several("gradients", gradients)):
        before = w[0]
        optimizer.update({"w": w}, {"w": np.array([float(g)])})
        lengths.append(before - w[0])
    return np.array(lengths)


@dataclass
class NewVelocityNesterov(Optimizer):
    """Nesterov's shifted form with the velocity *after* the step in the μ² term: its two lines in the wrong order.

        v ← μv − ηg
        w ← w + μ²v − (1 + μ)ηg

    Symptom: none on a plot. It behaves as Nesterov does with a learning rate that is too large, and diverges from
    ηλ = 2(1 + μ)/(1 + 2μ + 2μ²) on, at μ = 0.9 from 0.860 and not from 1.357.
    Test: the first step from rest is (1 + μ)ηg, 1.9 ηg at μ = 0.9. This one takes 2.71 ηg.

    Args:
        lr, momentum: as in `Nesterov`.
    """

    label = "Wrong Nesterov"

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

    label = "Wrong momentum"

    lr: float = 0.01
    momentum: float = 0.9

    def step(self, g, state):
        state.v = self.momentum * state.v - self.lr * g
        return np.zeros_like(g)


@dataclass
class _WrongAdam(Optimizer):
    """Adam's hyperparameters. No subclass of `Adam`, in whose color a wrong rule would be drawn."""

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8


@dataclass
class UncorrectedAdam(_WrongAdam):
    """Adam without either bias correction.

        m ← β₁m + (1 − β₁)g
        h ← β₂h + (1 − β₂)g²
        w ← w − ηm / (√h + ε)

    Symptom: the first steps are too long, (1 − β₁ᵗ) / √(1 − β₂ᵗ) times η under a constant gradient: 3.16 at the first
    step with the defaults, 6.57 at the twelfth, above 1.01 for 3,924 steps. The best η depends on β₂.
    Test: the first step is η long. This one is (1 − β₁) / √(1 − β₂) times as long.

    Args:
        lr, beta1, beta2, eps: as in `Adam`.

    Source: many first attempts.
    """

    label = "Adam, not corrected"

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        return -self.lr * state.m / (np.sqrt(state.h) + self.eps)


@dataclass
class HalfCorrectedAdam(_WrongAdam):
    """Adam that corrects the average of gradients and not that of their squares.

        m ← β₁m + (1 − β₁)g
        h ← β₂h + (1 − β₂)g²
        w ← w − η m̂ / (√h + ε),   m̂ = m / (1 − β₁ᵗ)

    Symptom: the first steps are far too long, 1 / √(1 − β₂ᵗ) times η under a constant gradient: 31.6 at the first step
    with the defaults.
    Test: the first step is η long.

    Args:
        lr, beta1, beta2, eps: as in `Adam`.

    Source: the belief that a correction makes first steps larger, so that one is enough.
    """

    label = "Adam, only m corrected"

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t)
        return -self.lr * m_hat / (np.sqrt(state.h) + self.eps)


@dataclass
class StandingCounterAdam(_WrongAdam):
    """Adam whose step counter stays at 1, so that it divides by 1 − β₁ and 1 − β₂ for ever.

    Symptom: the first step is right. Under a constant gradient the others tend to √(1 − β₂) / (1 − β₁) times η, 0.316
    with the defaults, so that it looks like Adam with too small a learning rate.
    Test: two equal gradients make two equal steps.

    Args:
        lr, beta1, beta2, eps: as in `Adam`.

    Source: code that makes the optimizer, or its counter, anew at each step.
    """

    label = "Adam, counter at 1"

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat, h_hat = state.m / (1 - self.beta1), state.h / (1 - self.beta2)
        return -self.lr * m_hat / (np.sqrt(h_hat) + self.eps)


@dataclass
class StrayEpsAdam(_WrongAdam):
    """Adam with ε added to the step: brackets are missing around the divisor.

        w ← w − η m̂ / √ĥ + ε

    Symptom: none with ε = 1e-8, until a gradient is zero from the start on, and the step is 0/0.
    Test: with ε = 1 and a gradient of 1 the first step is half as long as with ε = 0.

    Args:
        lr, beta1, beta2, eps: as in `Adam`.

    Source: operator precedence.
    """

    label = "Adam, stray ε"

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat, h_hat = state.m / (1 - self.beta1**state.t), state.h / (1 - self.beta2**state.t)
        return -self.lr * m_hat / np.sqrt(h_hat) + self.eps
