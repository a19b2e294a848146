"""Checks of chapter 8's exercises."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from steepest.curvature import follow
from steepest.datasets import wave
from steepest.exercises.checking import Wrong, as_number, catches, exercise
from steepest.optimizers import GradientDescent


@exercise("8.1")
def largest_eigenvalue(answer: Callable) -> str:
    """``answer(product, d)`` is the largest eigenvalue of a symmetric d × d matrix that can only be multiplied by.

    Args:
        answer: takes ``product(v)``, which returns the matrix times v, both of shape (d,), and a whole number; returns
            a number, right to 0.0001.
    """
    rng = np.random.default_rng(8)
    for values in (5.0, 2.0, 1.0), (1.0, -3.0, 0.5, 0.2), (-1.0, -2.0), (3.0, 2.7, 2.0, -2.9, 0.0, 1.0):
        Q = np.linalg.qr(rng.normal(size=(len(values), len(values))))[0]
        A, products = Q @ np.diag(values) @ Q.T, itertools.count()

        def product(v, A=A, products=products):
            next(products)
            v = np.asarray(v)
            if v.shape != (len(A),):
                raise Wrong(f"It multiplies a vector of shape {v.shape}; the matrix takes shape ({len(A)},).")
            return A @ v

        found, right, where = as_number(answer(product, len(values))), max(values), f"For the eigenvalues {values}"
        if next(products) == 0:
            raise Wrong(f"{where} it never multiplied. The product is all that is known of the matrix.")
        if math.isclose(found, right, rel_tol=1e-4, abs_tol=1e-4):
            continue
        largest = max(values, key=abs)
        if math.isclose(found, abs(largest), rel_tol=1e-3):
            raise Wrong(f"{where} it finds {found:.4g}, the largest size. Take vᵀAv, which has a sign.")
        if math.isclose(found, largest, rel_tol=1e-3):
            raise Wrong(f"{where} it finds {found:.4g}, the largest in size. A shift Av + cv makes {right:g} win.")
        raise Wrong(
            f"{where} it finds {found:.4g}, and the largest is {right:g}. More rounds? A larger shift is slower."
        )
    return "With a shift the largest wins, and not the largest in size."


@exercise("8.2")
def end_in_the_box(answer: Callable) -> str:
    """``answer(minimum, weight_decay)`` is where Lion ends on a quadratic without mixed terms.

    Args:
        answer: takes an array of shape (d,) and a positive float; returns an array of shape (d,).
    """
    rng = np.random.default_rng(2)
    for decay in 0.5, 2.0, 0.1:
        minimum = rng.uniform(-2, 2, size=5) / decay
        found = np.asarray(answer(minimum.copy(), decay))
        if found.dtype.kind not in "iuf" or found.shape != minimum.shape:
            raise Wrong(f"It should return a place in each of {len(minimum)} coordinates, not {found.tolist()!r}.")
        right, where = np.clip(minimum, -1 / decay, 1 / decay), f"For λ = {decay:g} and a minimum at {minimum.round(2)}"
        if np.allclose(found, right, rtol=1e-6, atol=1e-9):
            continue
        if np.allclose(found, minimum):
            raise Wrong(f"{where} it ends at the minimum, outside the box.")
        if np.allclose(found, np.minimum(minimum, 1 / decay)):
            raise Wrong(f"{where} the box has a wall on one side only.")
        if np.allclose(found, np.sign(minimum) / decay):
            raise Wrong(f"{where} every coordinate is on the wall. A minimum inside the box is reached.")
        if np.allclose(found, np.clip(minimum, -decay, decay)):
            raise Wrong(f"{where} the walls are at ±λ. By (8.10) a strong decay makes a small box.")
        if np.allclose(found, minimum / (1 + decay)):
            raise Wrong(
                f"{where} that is ridge regression, where the loss pulls the harder the further. A vote does not."
            )
        raise Wrong(f"{where} it should be {right.round(4)}, not {found.round(4)}.")
    return "A weight goes to its minimum, or to the wall in front of it."


class _ScheduleFree:
    """Schedule-Free for one array, with places for mistakes."""

    z: Any = None
    x: Any = None

    def __init__(self, lr, beta1):
        self.lr, self.beta1, self.t = lr, beta1, 0

    def fraction(self):
        return 1 / self.t

    def place(self):
        return (1 - self.beta1) * self.z + self.beta1 * self.x

    def update(self, params, grads):
        for name, w in params.items():
            if self.z is None:
                self.z, self.x = w.copy(), w.copy()
            self.t += 1
            self.z = self.z - self.lr * grads[name]
            self.average()
            w[...] = self.place()

    def average(self):
        self.x = self.x + self.fraction() * (self.z - self.x)

    def result(self, params):
        return dict.fromkeys(params, self.x if self.x is not None else next(iter(params.values())))


class _InPlace(_ScheduleFree):
    """Another right one: it keeps z alone, and finds x from w."""

    def update(self, params, grads):
        ((name, w),) = params.items()
        if self.z is None:
            self.z = w.copy()
        x = (w - (1 - self.beta1) * self.z) / self.beta1
        self.t += 1
        self.z = self.z - self.lr * grads[name]
        self.x = x + (self.z - x) / self.t
        w[...] = self.place()


def _mistaken(**methods):
    return type("Implementation", (_ScheduleFree,), methods)


def _average_first(self, params, grads):
    ((name, w),) = params.items()
    if self.z is None:
        self.z, self.x = w.copy(), w.copy()
    self.t += 1
    self.average()
    self.z = self.z - self.lr * grads[name]
    w[...] = self.place()


def _average_of_places(self):
    self.x = self.x + self.fraction() * (self.place() - self.x)


@exercise("8.3")
def tells_schedule_free(answer: Callable) -> str:
    """``answer(rule)`` is True for a right implementation of Schedule-Free, False for a wrong one.

    Args:
        answer: takes a class with ``lr``, ``beta1``, ``update(params, grads)`` and ``result(params)``.
    """
    hint = "It rejects a right implementation. Compare with (8.13), up to rounding."
    return catches(
        answer,
        "an implementation",
        {_ScheduleFree: hint, _InPlace: hint},
        {
            _mistaken(place=lambda self: self.beta1 * self.z + (1 - self.beta1) * self.x): "has β and 1 − β exchanged",
            _mistaken(place=lambda self: self.z): "takes the gradient at z",
            _mistaken(place=lambda self: self.x): "takes the gradient at the average",
            _mistaken(fraction=lambda self: 1 / (self.t + 1)): "counts the start as a point of the average",
            _mistaken(fraction=lambda self: 1 - self.beta1): "keeps an exponential average in place of a mean",
            _mistaken(fraction=lambda self: 1.0): "does not average at all",
            _mistaken(update=_average_first): "averages before it steps, so x lags by a step",
            _mistaken(average=_average_of_places): "averages the places of the gradients, not z",
            _mistaken(result=lambda self, params: params): "gives w for the result",
            _mistaken(result=lambda self, params: dict.fromkeys(params, self.z)): "gives z for the result",
        },
    )


@exercise("8.4")
def lands_softly(answer: Callable) -> str:
    """``answer(t)`` is the learning rate of step t = 1 … 600 with which `wave` ends flat and the loss has no peak.

    Args:
        answer: takes a whole number, 1 for the first step; returns a number between 0 and 10.
    """
    rates = np.array([as_number(answer(t)) for t in range(1, 601)])
    if not np.all((rates > 0) & (rates < 10)):
        raise Wrong(
            f"The learning rates should lie between 0 and 10; they run from {rates.min():g} to {rates.max():g}."
        )
    run = follow(GradientDescent(), wave(), rates, seed=4)
    if np.isnan(run.losses[-1]):
        raise Wrong(f"The run diverges at step {int(np.isnan(run.losses).argmax())}.")
    flat, highest = run.sharpness[-50:].mean(), run.losses.max()
    if flat > 3:
        raise Wrong(f"The sharpness of the last 50 steps is {flat:.3g}: a larger learning rate at the end.")
    if highest > 1:
        step = int(run.losses.argmax())
        raise Wrong(f"The loss has a peak of {highest:.3g} at step {step}: let the edge come down more slowly there.")
    return f"A sharpness of {flat:.3g}, and no loss above {highest:.2g}."


@exercise("8.5")
def weights_of_a_growing_mean(answer: Callable) -> str:
    """``answer(i, t, k)`` is the weight of step i in the average after t steps with c = (k + 1) / (t + k).

    Args:
        answer: takes three whole numbers, i from 1 to t; returns a number.
    """
    for t, k in (1, 2), (5, 0), (6, 1), (9, 3), (20, 2):
        fractions = [(k + 1) / (j + k) for j in range(1, t + 1)]
        for i in range(1, t + 1):
            right = fractions[i - 1] * math.prod(1 - c for c in fractions[i:])
            found, where = as_number(answer(i, t, k)), f"The weight of step {i} after {t} steps, k = {k},"
            if math.isclose(found, right, rel_tol=1e-6, abs_tol=1e-12):
                continue
            if math.isclose(found, fractions[i - 1]):
                raise Wrong(f"{where} is c when the step is new. After that, each newer step takes a share of it.")
            if math.isclose(found, i**k / sum(j**k for j in range(1, t + 1))):
                raise Wrong(f"{where} is only about in proportion to i to the power k. Which product takes its place?")
            raise Wrong(f"{where} is {right:.4g}, not {found:.4g}.")
    return "In proportion to i (i + 1) … (i + k − 1): a memory that grows with the run."
