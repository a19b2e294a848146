"""Checks of chapter 5's exercises."""

import math
from collections.abc import Callable

import numpy as np

from steepest.exercises.checking import Wrong, as_number, as_numbers, catches, exercise
from steepest.optimizers import AdaGrad, RMSProp


@exercise("5.1")
def decay_for(answer: Callable) -> str:
    """``answer(half_life)`` is the decay whose average has that half-life.

    Args:
        answer: takes a positive float; returns a number in [0, 1) that leaves one half in that time, to within 0.001.
    """
    for half_life in 1.0, 6.5, 20.0, 693.0:
        result = as_number(answer(half_life))
        where = f"For a half-life of {half_life:g} steps"
        if 0 <= result < 1 and abs(result**half_life - 0.5) <= 1e-3:  # an answer rounded to six digits counts as right
            continue
        if math.isclose(result, 1 - 1 / half_life, abs_tol=1e-12):
            raise Wrong(f"{where}, {result:.4g} has the window right, 1/(1 − ρ). The half-life is another number.")
        if math.isclose(result, math.exp(-1 / half_life)):
            raise Wrong(f"{where}, {result:.4g} lets the weight fall to 1/e in that time, not to one half.")
        if math.isclose(result, 1 - math.log(2) / half_life):
            raise Wrong(f"{where}, {result:.4g} is the approximation for long half-lives. Solve ρᴴ = ½ exactly.")
        if math.isclose(result, 1 / half_life):
            raise Wrong(f'{where}, {result:.4g} comes from "half-life = 1/ρ". Longer memories need larger decays.')
        if math.isclose(result, 0.5**half_life):
            raise Wrong(f"{where}, {result:.4g} is ½ to the power H. The unknown is the one that is raised to H.")
        if not 0 <= result < 1:
            raise Wrong(f"{where}, a decay of {result:.4g} is outside [0, 1).")
        raise Wrong(f"{where}, a decay of {result:.4g} leaves the weight {result**half_life:.4g} in place of one half.")
    return "For 693 steps it is 0.999: the 0.69 windows of (5.6)."


@exercise("5.2")
def learning_rate_for_loss(answer: Callable) -> str:
    """``answer(loss, curvatures)`` is the learning rate whose limit cycle has this loss.

    Args:
        answer: takes a positive float and positive numbers, an array of shape (d,); returns a number.
    """
    rng = np.random.default_rng(52)
    for size in 1, 2, 5:
        loss, curvatures = float(np.exp(rng.uniform(-4, 1))), np.exp(rng.uniform(-2, 3, size))
        result, total = as_number(answer(loss, curvatures)), float(curvatures.sum())
        best = math.sqrt(8 * loss / total)
        if math.isclose(result, best, rel_tol=1e-5):
            continue
        if math.isclose(result, math.sqrt(2 * loss / total)):
            raise Wrong("That would be right if the amplitude were η. The step leads from a to −a, so 2a = η.")
        if math.isclose(result, best**2):
            raise Wrong("That is η². The loss grows with the square of the learning rate.")
        if size > 1 and math.isclose(result, math.sqrt(8 * loss / curvatures.max())):
            raise Wrong("That counts the steepest coordinate alone. Each coordinate has a cycle and adds its loss.")
        if size > 1 and math.isclose(result, math.sqrt(8 * loss / curvatures.mean())):
            raise Wrong("That takes the mean of the curvatures. The losses of the coordinates add up.")
        if math.isclose(result, 2 * math.sqrt(loss / total)):
            raise Wrong("Too small by √2: has the ½ of ½λa² been left out?")
        raise Wrong(
            f"For a loss of {loss:.4g} and curvatures {curvatures.round(3).tolist()}, a learning rate of {result:.4g} "
            f"ends at {result * (result * total / 8):.4g} by (5.14)."
        )
    return "For a loss a hundred times lower it is ten times smaller."


class _Rearranged(RMSProp):
    """Right: the average moves towards the new square by the fraction 1 − ρ of the difference."""

    def step(self, g, state):
        state.h = state.h + (1 - self.decay) * (g**2 - state.h)
        return -self.lr * g / (np.sqrt(state.h) + self.eps)


class _NeverForgets(RMSProp):
    def step(self, g, state):
        state.h = state.h + (1 - self.decay) * g**2
        return -self.lr * g / (np.sqrt(state.h) + self.eps)


class _AddsTheWholeSquare(RMSProp):
    def step(self, g, state):
        state.h = self.decay * state.h + g**2
        return -self.lr * g / (np.sqrt(state.h) + self.eps)


class _SwapsTheWeights(RMSProp):
    def step(self, g, state):
        state.h = (1 - self.decay) * state.h + self.decay * g**2
        return -self.lr * g / (np.sqrt(state.h) + self.eps)


class _EpsInside(RMSProp):
    def step(self, g, state):
        state.h = self.decay * state.h + (1 - self.decay) * g**2
        return -self.lr * g / np.sqrt(state.h + self.eps)


class _DividesByTheOldAverage(RMSProp):
    def step(self, g, state):
        step = -self.lr * g / (np.sqrt(state.h) + self.eps)
        state.h = self.decay * state.h + (1 - self.decay) * g**2
        return step


class _ForgetsTheRoot(RMSProp):
    def step(self, g, state):
        state.h = self.decay * state.h + (1 - self.decay) * g**2
        return -self.lr * g / (state.h + self.eps)


class _AveragesSizes(RMSProp):
    def step(self, g, state):
        state.h = self.decay * state.h + (1 - self.decay) * np.abs(g)
        return -self.lr * g / (state.h + self.eps)


class _HasOneAverageForAll(RMSProp):
    def step(self, g, state):
        state.h = self.decay * state.h + (1 - self.decay) * np.mean(g**2)
        return -self.lr * g / (np.sqrt(state.h) + self.eps)


class _CorrectsTheStart(RMSProp):
    def step(self, g, state):
        state.h = self.decay * state.h + (1 - self.decay) * g**2
        return -self.lr * g / (np.sqrt(state.h / (1 - self.decay**state.t)) + self.eps)


#: What a good test of RMSProp must catch, and how it shows.
_BUGS = {
    _AddsTheWholeSquare: "adds the whole square, so that its first step is η long and not η/√(1 − ρ)",
    _DividesByTheOldAverage: "divides by the average from before the step: its first step is ηg/ε",
    _ForgetsTheRoot: "divides by h and not by its root (is your gradient ±1 and your decay 0?)",
    _AveragesSizes: "averages sizes of gradients and not squares (does the first step have the length η/√(1 − ρ)?)",
    _SwapsTheWeights: "has ρ and 1 − ρ in each other's place (is your decay ½?)",
    _CorrectsTheStart: "corrects the average for its start, as Adam does: its first step is η long",
    _NeverForgets: "never forgets: its first step is right and its second is not (do you take two?)",
    _HasOneAverageForAll: "has one average for all coordinates (do yours have gradients of different sizes?)",
    _EpsInside: "has ε inside the root (is your ε of a size that shows?)",
}


@exercise("5.3")
def catches_bugs(answer: Callable) -> str:
    """``answer(optimizer_class)`` is True for RMSProp, however it is written, and False for every wrong one.

    Args:
        answer: takes a class with ``lr``, ``decay``, ``eps`` and ``update(params, grads)``.
    """
    right = {
        RMSProp: "It rejects the right implementation. Work out two steps of (5.4) and (5.7) by hand.",
        _Rearranged: "It rejects h + (1 − ρ)(g² − h), which is the same average, but for rounding. Use np.allclose.",
    }
    return catches(answer, "an implementation", right, _BUGS)


def _rise(decay, n, small, large):
    """How far RMSProp moves up, over η, in a round of n gradients +small and one −large, once its average has settled.

    With H the average after the large gradient, k steps later it is ρᵏH + (1 − ρᵏ)small².
    """
    k = np.arange(1, n + 1)
    high = ((1 - decay) * large**2 + decay * (1 - decay**n) * small**2) / (1 - decay ** (n + 1))
    settled = decay**k * high + (1 - decay**k) * small**2
    return large / math.sqrt(high) - np.sum(small / np.sqrt(settled))


@exercise("5.4")
def smallest_decay(answer: Callable) -> str:
    """``answer(n, small, large)`` is the smallest decay with which RMSProp rises in the long run.

    Args:
        answer: takes a whole number and two positive floats, for a round of n gradients ``small`` and one ``-large``;
            returns a number in [0, 1), right to 0.001.
    """
    for n, small, large in (9, 0.1, 1.2), (4, 1.0, 6.0), (19, 0.5, 15.0):
        low, high = 0.0, 1 - 1e-9
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if _rise(middle, n, small, large) > 0 else (middle, high)
        result = as_number(answer(n, small, large))
        where = f"For {n} gradients of {small:g} and one of −{large:g}"
        if not 0 <= result < 1:
            raise Wrong(f"{where}, a decay of {result:.4g} is outside [0, 1).")
        if abs(result - high) <= 0.001:
            continue
        if math.isclose(result, 1 - 1 / (n + 1), abs_tol=1e-4):
            raise Wrong(f"{where}, {result:.4g} makes the window as long as a round. That is no guarantee: measure it.")
        if result < high:
            raise Wrong(
                f"{where}, the weight still falls at a decay of {result:.4g}, by "
                f"{-_rise(result, n, small, large):.3g} learning rates in a round."
            )
        raise Wrong(
            f"{where}, the weight rises at a decay of {result:.4g}, but at {(high + result) / 2:.4g} it does so too. "
            f"(While the average still fills, no decay makes it rise: leave the first rounds out.)"
        )
    return "The less the rare gradient outweighs the others, the longer the memory has to be."


@exercise("5.5")
def schedule(answer: Callable) -> str:
    """``answer(lr, t)`` is the learning rate and the decay of step t that make RMSProp AdaGrad.

    Args:
        answer: takes a float and a whole number, 1 for the first step; returns two numbers.
    """
    rng = np.random.default_rng(55)
    for lr in 0.1, 2.0:
        gradients = rng.normal(size=(40, 3)) * np.exp(rng.normal(size=(40, 3)))
        adagrad, rmsprop = AdaGrad(lr=lr, eps=0.0), RMSProp(eps=0.0)
        w, expected = np.zeros(3), np.zeros(3)
        for t, g in enumerate(gradients, 1):
            result = as_numbers(answer(lr, t), 2, "the learning rate and the decay")
            try:
                rmsprop.lr, rmsprop.decay = result
            except ValueError as error:
                raise Wrong(f"At t = {t}: {error}") from None
            adagrad.update({"w": expected}, {"w": g})
            rmsprop.update({"w": w}, {"w": g})
            if np.allclose(w, expected, rtol=1e-9, atol=1e-12):
                continue
            if t == 1:
                raise Wrong(
                    f"At t = 1 the step should be one learning rate long; it is {np.abs(w).max() / lr:.4g}. "
                    f"What must ρ₁ be, that h₁ = g₁²?"
                )
            if math.isclose(rmsprop.decay, 1 / t) and t > 2:
                raise Wrong("ρ is the weight of the past. In a plain mean of t values the newest has the weight 1/t.")
            if not math.isclose(rmsprop.decay, 1 - 1 / t):
                raise Wrong(
                    f"At t = {t} the paths part: with ρ = {rmsprop.decay:.4g}, h is not in proportion to the sum."
                )
            if math.isclose(rmsprop.lr, lr):
                raise Wrong(
                    "The averages are right: h is the mean of squares. AdaGrad has their sum, which is t times as much."
                )
            if math.isclose(rmsprop.lr, lr / t):
                raise Wrong("The averages are right. The sum is t times the mean, but it stands under a root.")
            raise Wrong(f"The averages are right. At t = {t} a learning rate of {rmsprop.lr:.4g} is not AdaGrad's.")
    return "A growing memory and a falling learning rate: AdaGrad ties the two together."


@exercise("5.6")
def rate_of_approach(answer: Callable) -> str:
    """``answer(decay)`` is the spectral radius of the linearized step at the limit cycle.

    Args:
        answer: takes a float in (0, 1); returns a real number, right to a millionth.
    """
    for decay in 0.9, 0.5, 0.99, 0.2, 0.05, 0.01:
        result = answer(decay)
        if np.iscomplexobj(result):
            raise Wrong(f"At ρ = {decay:g} it returns {result!r}. The size of a complex number is its absolute value.")
        result = as_number(result)
        rate = np.abs(np.linalg.eigvals([[2 * decay - 1, -2 * decay], [1 - decay, decay]])).max()
        where = f"At ρ = {decay:g}"
        if math.isclose(result, rate, rel_tol=1e-6):
            continue
        if decay < 1 / 9 and math.isclose(result, math.sqrt(decay)):
            raise Wrong(f"{where} the eigenvalues are real, and only their product is ρ. The larger one counts.")
        if decay < 1 / 9 and math.isclose(result, decay / rate):
            raise Wrong(f"{where}, {result:.4g} is the smaller of the two sizes. The larger one lasts.")
        if math.isclose(result, decay):
            raise Wrong(f"{where}, {result:.4g} is the determinant, the product of the two eigenvalues.")
        if math.isclose(abs(result), abs(3 * decay - 1)) or math.isclose(abs(result), abs(3 * decay - 1) / 2):
            raise Wrong(f"{where}, {result:.4g} comes from the trace alone. The determinant is ρ.")
        if math.isclose(result, -rate, rel_tol=1e-6):
            raise Wrong(f"{where} the eigenvalue is right. Its size is asked for.")
        raise Wrong(f"{where}, the larger eigenvalue has the size {rate:.4g}, not {result:.4g}.")
    return "Above ρ = 1/9 it is √ρ: a memory that is twice as long takes twice as long to settle."
