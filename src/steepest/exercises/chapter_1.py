"""Checks of chapter 1's exercises."""

import math
from collections.abc import Callable

import numpy as np

from steepest.exercises.checking import Wrong, as_number, as_numbers, catches, exercise
from steepest.optimizers import GradientDescent


def _near(value, expected):
    """Whether a number is what is asked for, also if it was found by a numerical minimization."""
    return math.isclose(value, expected, rel_tol=1e-6)


@exercise("1.1")
def best_learning_rate(answer: Callable) -> str:
    """``answer(eigenvalues)`` is the best learning rate and the rate it gives.

    Args:
        answer: takes positive numbers in no order, an array of shape (n,); returns two numbers, right to a millionth.
    """
    rng = np.random.default_rng(1)
    for size in (2, 3, 6):
        eigenvalues = rng.permutation(np.exp(rng.uniform(-3, 3, size)))
        low, high = eigenvalues.min(), eigenvalues.max()
        lr, rate = as_numbers(answer(eigenvalues), 2, "the learning rate and the linear rate")
        if _near(lr, 2 / high):
            raise Wrong("2/λmax is the edge, where the steepest mode jumps to and fro for ever.")
        if _near(lr, 1 / high):
            raise Wrong(
                "1/λmax stops the steepest mode in one step and keeps the flattest one waiting: balance the two."
            )
        if size > 2 and _near(lr, 2 / (eigenvalues[0] + eigenvalues[-1])):
            raise Wrong("The eigenvalues come in no particular order: take the smallest and the largest.")
        if not _near(lr, 2 / (low + high)):
            raise Wrong(f"For eigenvalues {eigenvalues.round(3).tolist()}, {lr:.4g} is not the learning rate of (1.8).")
        if not _near(rate, (high - low) / (high + low)):
            raise Wrong(f"The learning rate is right. The rate is the largest |1 − ηλ|, so it cannot be {rate:.4g}.")
    return "Only the two ends of the spectrum count."


@exercise("1.2")
def steps_to_shrink(answer: Callable) -> str:
    """``answer(kappa, fraction)`` is the number of steps that a run needs at the best learning rate.

    Args:
        answer: takes two floats, κ > 1 and a fraction below 1; returns a whole number.
    """
    for kappa, fraction in (100, 1e-6), (10, 1e-3), (2.5, 1e-8), (1000, 0.5):
        exact = math.log(1 / fraction) / math.log((kappa + 1) / (kappa - 1))
        result = as_number(answer(kappa, fraction))
        where = f"For κ = {kappa:g} and a fraction {fraction:g}"
        if result == math.ceil(exact):
            continue
        if math.isclose(result, exact):
            raise Wrong(f"{where}, {exact:.2f} is right as a formula. A run takes whole steps: how many does it need?")
        if result <= 0:
            raise Wrong(f"{where}, a number of steps is positive: take ln(1/fraction), not ln(fraction).")
        if result == math.floor(exact):
            raise Wrong(
                f"{where}, the error is not yet below the fraction after {result:g} steps. Round the other way."
            )
        if math.isclose(result, kappa / 2 * math.log(1 / fraction), rel_tol=0.02, abs_tol=1):
            raise Wrong(f"{where}, {result:g} comes from the approximation for large κ. Use the exact form of (1.9).")
        if math.isclose(result, exact / math.log(10), rel_tol=0.02, abs_tol=1):
            raise Wrong(
                f"{where}, your number is too small by a factor of 2.30: a logarithm to base 10 beside a natural one?"
            )
        raise Wrong(f"{where}, a run needs {math.ceil(exact)} steps, not {result:g}.")
    return "At κ = 100 it is 691, what the chapter measured."


class _AddsTheGradient(GradientDescent):
    def step(self, g, state):
        return self.lr * g


class _ForgetsTheLearningRate(GradientDescent):
    def step(self, g, state):
        return -g


class _StepsOfFixedLength(GradientDescent):
    def step(self, g, state):
        return -self.lr * np.sign(g)


class _UpdatesOneParameter(GradientDescent):
    def update(self, params, grads, **options):
        name = next(iter(params))
        params[name] -= self.lr * grads[name]


class _LosesTheUpdate(GradientDescent):
    def update(self, params, grads, **options):
        for name in params:
            w = params[name]
            w = w - self.lr * grads[name]


class _UsesTheSumOfGradients(GradientDescent):
    def step(self, g, state):
        return -self.lr * np.sum(g)


class _KeepsItsSpeed(GradientDescent):
    def init(self, state):
        state.v = 0.0

    def step(self, g, state):
        state.v = 0.9 * state.v - self.lr * g
        return state.v


#: What a good test of gradient descent must catch, and how it shows.
_BUGS = {
    _AddsTheGradient: "walks uphill",
    _ForgetsTheLearningRate: "takes the same step at every learning rate (is your lr in the test 1?)",
    _StepsOfFixedLength: "takes steps of one length however small the gradient (is every gradient in your test ±1?)",
    _UpdatesOneParameter: "changes the first parameter only (does your test have two?)",
    _LosesTheUpdate: "computes the step and never stores it",
    _UsesTheSumOfGradients: "moves every coordinate by the sum of all gradients (do your arrays have one element?)",
    _KeepsItsSpeed: "is right at its first step only: it remembers that step (does your test take two?)",
}


@exercise("1.3")
def catches_bugs(answer: Callable) -> str:
    """``answer(optimizer_class)`` is True for gradient descent and False for every wrong one.

    Args:
        answer: takes a class with ``lr`` and ``update(params, grads)``.
    """
    hint = "It rejects the right implementation. Compare with w − lr·g by np.allclose; update works in place."
    return catches(answer, "an implementation", {GradientDescent: hint}, _BUGS)


@exercise("1.4")
def largest_curvature(answer: Callable) -> str:
    """``answer(gradient, w)`` is the size of the Hessian's eigenvalue that is largest in size, from gradients alone.

    Args:
        answer: takes a function of an array of shape (d,) that returns one of the same shape, and such an array;
            returns a number, right to a thousandth.
    """
    rng = np.random.default_rng(4)
    for d, sign in (2, 1), (5, 1), (20, 1), (6, -1):
        largest = rng.uniform(2, 5)
        # So close below the largest that a few rounds of power iteration cannot tell the two apart.
        eigenvalues = largest * np.append(rng.uniform(0.85, 0.9, d - 1), sign)
        Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
        H = Q * eigenvalues @ Q.T
        w = rng.normal(size=d)
        result = as_number(answer(lambda w, H=H: H @ w + 1, w))
        if math.isclose(result, np.trace(H), rel_tol=1e-4):
            raise Wrong("That is the sum of all eigenvalues, the trace.")
        if math.isclose(result, 2 / largest, rel_tol=1e-4):
            raise Wrong("That is the edge 2/λmax. The exercise asks for λmax itself.")
        if sign < 0 and math.isclose(result, -largest, rel_tol=1e-3):
            raise Wrong("That is the eigenvalue, and it is negative. The exercise asks for its size.")
        if sign < 0 and math.isclose(result, eigenvalues.max(), rel_tol=1e-3):
            raise Wrong("That is the largest eigenvalue. A negative one is larger in size.")
        if not math.isclose(result, largest, rel_tol=1e-3):
            raise Wrong(
                f"In {d} dimensions it finds {result:.4g}; the eigenvalue largest in size has {largest:.4g}. "
                f"Normalize the direction at each round, and give it enough rounds: the next eigenvalue is near."
            )
    return "Now 2/λmax can be known before training, for any loss whose gradient you can compute."


@exercise("1.5")
def exact_line_search(answer: Callable) -> str:
    """``answer(g, H)`` is the step length that minimizes a quadratic along the negative gradient.

    Args:
        answer: takes a gradient of shape (d,) and a positive definite Hessian of shape (d, d); returns a number, right
            to a millionth.
    """
    rng = np.random.default_rng(5)
    for d in (2, 1, 7):
        A = rng.normal(size=(d, d))
        H, g = A @ A.T + np.eye(d), rng.normal(size=d)
        lr, best = as_number(answer(g, H)), g @ g / (g @ H @ g)
        if d > 1 and _near(lr, 1 / np.linalg.eigvalsh(H)[-1]):
            raise Wrong("1/λmax is safe for every gradient. The best step for this one gradient is longer.")
        if _near(lr, 1 / best):
            raise Wrong("That is the curvature along the gradient; the step length is one over it.")
        if _near(lr, best / 2):
            raise Wrong("Half the right length. The derivative of ½η² gᵀHg is η gᵀHg.")
        if not _near(lr, best):
            raise Wrong(f"The loss along −g is f − η gᵀg + ½η² gᵀHg. {lr:.4g} does not make its derivative zero.")
    return "The new gradient is at a right angle to the old one: this is where the zigzag comes from."
