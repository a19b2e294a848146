"""Checks of chapter 4's exercises."""

import math
from collections.abc import Callable

import numpy as np

from steepest.exercises.checking import Wrong, as_number, catches, exercise
from steepest.optimizers import AdaGrad


def _array(result, shape):
    """The answer as an array of that shape, also where it is a generator, a row or a column; or a hint."""
    if hasattr(result, "__next__"):
        result = list(result)
    try:
        result = np.asarray(result, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise Wrong(f"It should return numbers in an array of shape {shape}, not {result!r}.") from None
    if np.squeeze(result).shape == shape:
        return np.squeeze(result)
    if result.shape != shape:
        raise Wrong(f"It should return an array of shape {shape}, not of shape {result.shape}.")
    return result


@exercise("4.1")
def effective_rates(answer: Callable) -> str:
    """``answer(gradients, lr)`` is each coordinate's learning rate after these gradients.

    Args:
        answer: takes an array of shape (t, d) and a float; returns an array of shape (d,).
    """
    rng = np.random.default_rng(41)
    for t, d in (1, 2), (5, 3), (50, 4):
        gradients, lr = rng.normal(size=(t, d)) * 10.0 ** rng.integers(-2, 3, d), rng.uniform(0.1, 2)
        h = np.sum(gradients**2, axis=0)
        if isinstance(result := answer(gradients, lr), (int, float, np.number)):
            raise Wrong("It returns one number. Each coordinate has a learning rate of its own.")
        result = _array(result, (d,))
        if np.allclose(result, lr / np.sqrt(h), rtol=1e-6):
            continue
        if np.allclose(result, lr / h):
            raise Wrong("It divides by the sum of squares. AdaGrad divides by its root.")
        if np.allclose(result, 1 / np.sqrt(h)):
            raise Wrong("The roots are right, but the learning rate lr is missing.")
        if np.allclose(result, np.sqrt(h)):
            raise Wrong("Those are the roots √h. The learning rate is lr divided by them.")
        if np.allclose(result, lr / np.sqrt(np.mean(gradients**2, axis=0))):
            raise Wrong("It divides by the root of the mean. A mean does not grow; AdaGrad's h is a sum.")
        if np.allclose(result, lr / np.sum(np.abs(gradients), axis=0)):
            raise Wrong("It adds up sizes |g|. AdaGrad adds up squares and takes the root at the end.")
        if np.allclose(result, lr / np.abs(np.sum(gradients, axis=0))):
            raise Wrong("It adds up the gradients before squaring, so that they cancel. Square first.")
        if np.allclose(result, lr / np.sqrt(h.sum())):
            raise Wrong("It adds up all coordinates. Sum over the steps alone, along axis 0.")
        if np.allclose(result, lr / np.abs(gradients[-1])):
            raise Wrong("It looks at the last gradient alone. h is the sum over all steps.")
        raise Wrong(f"For {t} gradients the first rate should be {lr / math.sqrt(h[0]):.4g}; it is {result[0]:.4g}.")
    return "One rate for each coordinate, and they only fall."


@exercise("4.2")
def steps_to_cover(answer: Callable) -> str:
    """``answer(distance, lr)`` is the number of steps in which a constant gradient moves a parameter that far.

    Args:
        answer: takes two positive floats; returns a whole number, the first with which the parameter is there or
            beyond.
    """
    ways = np.cumsum(1 / np.sqrt(np.arange(1, 100_001)))
    for distance, lr in (3.0, 0.1), (1.0, 0.7), (50.0, 0.33), (0.2, 0.5):
        right = int(np.searchsorted(ways * lr, distance)) + 1
        result, where = as_number(answer(distance, lr)), f"For distance {distance:g} and lr = {lr:g}"
        if result == right:
            continue
        if result in (math.ceil(distance / lr), distance / lr):
            raise Wrong(f"{where}, {result:g} steps would do if all were lr long. They shrink like 1/√t.")
        if result in ((distance / (2 * lr)) ** 2, math.ceil((distance / (2 * lr)) ** 2)):
            raise Wrong(f"{where}, {result:g} comes from 2η√T, which is a bound. The exact number is a little larger.")
        if result in (right - 1, right + 1):
            raise Wrong(f"{where}, {result:g} is one off: it takes {right} steps to get there or beyond.")
        if not 1 <= result <= len(ways):
            raise Wrong(
                f"{where}, {result:g} steps cannot be right: it takes one at least, and fewer than {len(ways)}."
            )
        way = lr * ways[int(result) - 1]
        raise Wrong(f"{where}, {result:g} steps get {way:.4g} far. Add up lr/√t until you are there.")
    return "Four times as far takes about sixteen times the steps."


class _WrittenDifferently(AdaGrad):
    """Right: the learning rate of each coordinate first, then the step."""

    def step(self, g, state):
        state.h = state.h + g * g
        return -(self.lr / (np.sqrt(state.h) + self.eps)) * g


class _NoDivision(AdaGrad):
    def step(self, g, state):
        return -self.lr * g


class _NoRoot(AdaGrad):
    def step(self, g, state):
        state.h = state.h + g**2
        return -self.lr * g / (state.h + self.eps)


class _NoSquare(AdaGrad):
    def step(self, g, state):
        state.h = state.h + np.abs(g)
        return -self.lr * g / (state.h + self.eps)


class _Forgetful(AdaGrad):
    def step(self, g, state):
        state.h = g**2
        return -self.lr * g / (np.sqrt(state.h) + self.eps)


class _Mean(AdaGrad):
    def step(self, g, state):
        state.h = state.h + g**2
        return -self.lr * g / (np.sqrt(state.h / state.t) + self.eps)


class _OneForAll(AdaGrad):
    def step(self, g, state):
        state.h = state.h + np.sum(g**2)
        return -self.lr * g / (np.sqrt(state.h) + self.eps)


class _Decaying(AdaGrad):
    def step(self, g, state):
        state.h = 0.9 * state.h + 0.1 * g**2
        return -self.lr * g / (np.sqrt(state.h) + self.eps)


class _LateRoot(AdaGrad):
    """The square is added after the division, so that the first step divides by ε alone."""

    def step(self, g, state):
        step = -self.lr * g / (np.sqrt(state.h) + self.eps)
        state.h = state.h + g**2
        return step


class _FirstOnly(AdaGrad):
    """The loop over the parameters ends after the first."""

    def update(self, params, grads, *, check_finite=False):
        name = next(iter(params))
        super().update({name: params[name]}, {name: grads[name]}, check_finite=check_finite)


#: What a good test of AdaGrad must catch, and how it shows.
_BUGS = {
    _NoDivision: "is gradient descent: its first step depends on the size of the gradient",
    _LateRoot: "divides before it adds the square: its first step is lr·g/ε",
    _NoRoot: "forgets the root: its first step is lr/g",
    _Decaying: "is RMSProp: its first step is too long",
    _Forgetful: "keeps only the last square: its first step is right, the second is not (do you take two?)",
    _Mean: "takes the mean of the squares: its first step is right, the second is not (do you take two?)",
    _NoSquare: "adds up |g| without squares: only gradients of different size show it from the second step on",
    _OneForAll: "has one h for all coordinates (does your test have an array of two numbers?)",
    _FirstOnly: "changes the first parameter of a model alone (does your test have two parameters?)",
}


@exercise("4.3")
def catches_bugs(answer: Callable) -> str:
    """``answer(optimizer_class)`` is True for AdaGrad, however it is written, and False for every wrong one.

    Args:
        answer: takes a class with ``lr``, ``eps`` and ``update(params, grads)``.
    """
    right = {
        AdaGrad: "It rejects the right implementation. Work out two steps from (4.2) by hand; use np.allclose.",
        _WrittenDifferently: (
            "It rejects lr/(√h + ε) times g, which is right: the same step, but for rounding. Use np.allclose."
        ),
    }
    return catches(answer, "an implementation", right, _BUGS)


@exercise("4.4")
def best_scaling(answer: Callable) -> str:
    """``answer(h, budget)`` is the s > 0 with sum ``budget`` that makes the sum of h / s smallest.

    Args:
        answer: takes positive numbers, an array of shape (d,), and a positive float; returns an array of shape (d,).
    """
    rng = np.random.default_rng(44)
    for d in (2, 5, 20):
        h, budget = np.exp(rng.uniform(-3, 3, d)), rng.uniform(0.5, 10)
        result, best = _array(answer(h, budget), (d,)), budget * np.sqrt(h) / np.sqrt(h).sum()
        if not np.all(result > 0):
            raise Wrong("Every s must be positive.")
        if np.allclose(result / result.sum(), best / budget) and not np.isclose(result.sum(), budget):
            raise Wrong(f"The proportions are right, but the sum is {result.sum():.4g} and should be {budget:.4g}.")
        if not np.isclose(result.sum(), budget):
            raise Wrong(f"The sum of the s should be {budget:.4g}; it is {result.sum():.4g}.")
        if np.allclose(result, best):
            continue
        if np.allclose(result, budget * h / h.sum()):
            raise Wrong(
                "s proportional to h makes all h/s equal, which is not the smallest sum. Set derivatives equal."
            )
        if np.allclose(result, budget / d):
            raise Wrong("All s equal is best only if all h are equal.")
        if np.allclose(result, budget / np.sqrt(h) / np.sum(1 / np.sqrt(h))):
            raise Wrong("That is upside down: a coordinate with a large h needs a large s.")
        raise Wrong(f"The sum of h/s is {np.sum(h / result):.5g}; it can be {np.sum(h / best):.5g}.")
    return "s is proportional to √h: the root of the sum of squares once more."


def _fraction_left(x0, lr, steps):
    """What AdaGrad leaves of a distance on a bowl; its curvature cancels."""
    x, h = x0, 0.0
    for _ in range(steps):
        h += x * x
        x -= lr * x / math.sqrt(h)
    return x / x0


@exercise("4.5")
def rate_to_arrive(answer: Callable) -> str:
    """``answer(x0, fraction, steps)`` is the learning rate that shrinks x to a fraction of x0 in so many steps.

    Args:
        answer: takes two positive floats and a whole number; returns a number. A run with it must leave the fraction,
            to a tenth of that.
    """
    for x0, fraction, steps in (10.0, 0.2, 2000), (0.5, 0.5, 1000), (100.0, 0.1, 5000):
        lr, where = as_number(answer(x0, fraction, steps)), f"From {x0:g} to {fraction:g} of it in {steps} steps"
        if not 0 < lr < math.inf:
            raise Wrong(f"A learning rate is positive, not {lr:.4g}.")
        left, constant = _fraction_left(x0, lr, steps), x0 * (1 - fraction) / (2 * math.sqrt(steps))
        right = x0 * math.sqrt((math.log(1 / fraction**2) - 1 + fraction**2) / (8 * steps))
        if math.isclose(left, fraction, rel_tol=0.1):
            continue
        if math.isclose(lr, constant, rel_tol=1e-3):
            raise Wrong(f"{where}: {lr:.4g} comes from 2η√T, but the gradient fades on the way. It leaves {left:.3g}.")
        if math.isclose(lr * x0, right, rel_tol=1e-3) or math.isclose(lr * x0**2, right * x0, rel_tol=1e-3):
            raise Wrong(f"{where}: {lr:.4g} would be right from 1. The learning rate is proportional to x0.")
        if math.isclose(lr, right**2, rel_tol=1e-3):
            raise Wrong(f"{where}: {lr:.4g} is η². Take the root.")
        raise Wrong(f"{where}: with {lr:.4g}, AdaGrad leaves a fraction {left:.3g}.")
    return "Each was run, and arrived within 10 % of where it should."


@exercise("4.6")
def full_matrix_step(answer: Callable) -> str:
    """``answer(G, g, lr)`` is the step −lr G^(−1/2) g for a matrix G of sums of g gᵀ.

    Args:
        answer: takes a symmetric matrix of shape (d, d), which may be singular, a gradient of shape (d,) and a float;
            returns an array of shape (d,).
    """
    rng = np.random.default_rng(46)
    for d, count in (2, 10), (3, 20), (5, 9), (4, 1), (3, 2):
        gradients, lr = rng.normal(size=(count, d)) * rng.uniform(0.2, 3, d), rng.uniform(0.1, 2)
        G, g = gradients.T @ gradients, gradients[-1]
        values, vectors = np.linalg.eigh(G)
        used = values > 1e-10 * values[-1]
        right = -lr * (vectors[:, used] / np.sqrt(values[used])) @ (vectors[:, used].T @ g)
        result = _array(answer(G.copy(), g.copy(), lr), (d,))
        if np.allclose(result, right, rtol=1e-5, atol=1e-7):
            continue
        if np.allclose(result, -right, rtol=1e-5, atol=1e-7):
            raise Wrong("The sign is wrong: the step goes uphill.")
        if np.allclose(result, -lr * g / np.sqrt(np.diag(G))):
            raise Wrong("It uses the diagonal of G alone: that is AdaGrad as before.")
        if count < d:
            raise Wrong(
                f"After {count} gradients in {d} dimensions G has eigenvalues that are 0 but for rounding. Leave those "
                f"directions out: g has no part in them."
            )
        if np.allclose(result, -lr * np.linalg.solve(G, g)):
            raise Wrong("It multiplies by the inverse of G. It should be the inverse of the root of G.")
        if np.allclose(result, -lr * vectors @ (np.sqrt(values) * (vectors.T @ g))):
            raise Wrong("It multiplies by the root of G. It should divide.")
        if np.allclose(result, right / lr):
            raise Wrong("The direction is right, but the learning rate lr is missing.")
        raise Wrong(
            "Not the right matrix. The root of a matrix takes the roots of its eigenvalues, not of its entries."
        )
    return "It turns with the problem: a rotation of all gradients rotates the step."
