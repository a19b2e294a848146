"""Checks of chapter 6's exercises."""

import math
from collections.abc import Callable

import numpy as np

from steepest.bugs import HalfCorrectedAdam, StandingCounterAdam, StrayEpsAdam, UncorrectedAdam
from steepest.exercises.checking import Wrong, as_number, as_numbers, catches, exercise
from steepest.optimizers import Adam


@exercise("6.1")
def corrected_average(answer: Callable) -> str:
    """``answer(values, beta)`` is the bias-corrected moving average after each value.

    Args:
        answer: takes a list of floats and a float in (0, 1); returns as many numbers as the list has.
    """
    rng = np.random.default_rng(61)
    for beta, n in (0.9, 5), (0.5, 8), (0.99, 30):
        values = rng.normal(3, 1, n)
        t = np.arange(1, n + 1)
        lags = t[:, None] - t
        average = np.where(lags >= 0, (1 - beta) * beta ** np.maximum(lags, 0), 0) @ values
        result, right = np.array(as_numbers(answer(values.tolist(), beta), n)), average / (1 - beta**t)
        where = f"For {n} values near 3 and β = {beta:g}"
        if np.allclose(result, right):
            continue
        if np.allclose(result, average):
            raise Wrong(f"{where} the first average is {result[0]:.3g}: the start at zero is not corrected yet.")
        if np.allclose(result, average / (1 - beta)):
            raise Wrong(f"{where} the last average is {result[-1]:.3g}: the counter t has to move on from 1.")
        if np.allclose(result, average * (1 - beta**t)):
            raise Wrong(f"{where} the averages became smaller still. Divide by 1 − βᵗ.")
        if np.allclose(result[1:], (average / (1 - beta ** np.maximum(t - 1, 1)))[1:]):
            raise Wrong(
                f"{where} the second average is {result[1]:.3g}: the exponent is one step late. t starts from 1."
            )
        if np.allclose(result, np.cumsum(values) / t):
            raise Wrong("That is the plain mean, which forgets nothing. Old values should weigh βᵏ after k steps.")
        if np.isclose(result[0], right[0]):
            raise Wrong(
                f"{where} the first average is right. Does the next step start from it? Keep the uncorrected one."
            )
        raise Wrong(f"{where} the first average should be the first value, {values[0]:.4g}; it is {result[0]:.4g}.")
    return "At the first step it is the first value itself, whatever β."


@exercise("6.2")
def longest_uncorrected_step(answer: Callable) -> str:
    """``answer(beta1, beta2)`` is the step at which uncorrected Adam's step is longest, and its length over lr.

    Args:
        answer: takes two floats in (0, 1); returns two numbers, the first whole and counted from 1.
    """
    for beta1, beta2 in (0.9, 0.999), (0.8, 0.99), (0.95, 0.9999):
        t = np.arange(1, 20_000)
        length = (1 - beta1**t) / np.sqrt(1 - beta2**t)
        step, longest = as_numbers(answer(beta1, beta2), 2)
        where, best = f"For β₁ = {beta1:g} and β₂ = {beta2:g}", t[length.argmax()]
        if step == 1 and math.isclose(longest, length[0], rel_tol=1e-6):
            raise Wrong(f"{where} that is the first step. It is too long, but the steps that follow are longer.")
        if math.isclose(longest, 1 / math.sqrt(1 - beta2), rel_tol=1e-6):
            raise Wrong(f"{where} that is the first step with m corrected. Here neither average is.")
        if math.isclose(longest, 1 / length.max(), rel_tol=1e-6):
            raise Wrong(f"{where} the length is upside down: steps without corrections are too long, not too short.")
        if step == best - 1 and math.isclose(longest, length.max(), rel_tol=1e-6):
            raise Wrong(f"{where} the length is right, and t is one too small: argmax counts from 0, steps from 1.")
        if step != best and math.isclose(step, 1.2564 / math.log(1 / beta1), rel_tol=0.05):
            raise Wrong(f"{where}, {step:.4g} comes from the approximation (6.9). Find the whole number from (6.8).")
        if step != best:
            raise Wrong(f"{where} the longest step is not number {step:g}. Compute (6.8) for many t and look.")
        if not math.isclose(longest, length.max(), rel_tol=1e-3):
            raise Wrong(f"{where} the step number is right. Its length is not {longest:.4g} learning rates.")
    return "At the defaults: step 12, more than six learning rates long."


class _SwapsTheDecays(Adam):
    def step(self, g, state):
        swapped = Adam(lr=self.lr, beta1=self.beta2, beta2=self.beta1, eps=self.eps)
        return swapped.step(g, state)


class _ForgetsTheAverage(Adam):
    def step(self, g, state):
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        return -self.lr * g / (np.sqrt(state.h / (1 - self.beta2**state.t)) + self.eps)


class _SquaresTheAverage(Adam):
    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        m_hat = state.m / (1 - self.beta1**state.t)
        state.h = self.beta2 * state.h + (1 - self.beta2) * m_hat**2
        return -self.lr * m_hat / (np.sqrt(state.h / (1 - self.beta2**state.t)) + self.eps)


class _EpsInside(Adam):
    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t)
        return -self.lr * m_hat / np.sqrt(state.h / (1 - self.beta2**state.t) + self.eps)


class _EpsHat(Adam):
    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        lr = self.lr * np.sqrt(1 - self.beta2**state.t) / (1 - self.beta1**state.t)
        return -lr * state.m / (np.sqrt(state.h) + self.eps)


class _Rearranged(Adam):
    """Right: the averages move towards what is new, and both corrections are in the learning rate and in ε."""

    def step(self, g, state):
        state.m = state.m + (1 - self.beta1) * (g - state.m)
        state.h = state.h + (1 - self.beta2) * (g**2 - state.h)
        root = np.sqrt(1 - self.beta2**state.t)
        return -self.lr * root / (1 - self.beta1**state.t) * state.m / (np.sqrt(state.h) + self.eps * root)


class _CountsParameters(Adam):
    def update(self, params, grads, **options):
        if not hasattr(self, "m"):
            self.m, self.h, self.count = {}, {}, 0
        for name, g in grads.items():
            self.count += 1
            self.m[name] = self.beta1 * self.m.get(name, 0) + (1 - self.beta1) * g
            self.h[name] = self.beta2 * self.h.get(name, 0) + (1 - self.beta2) * g**2
            m_hat = self.m[name] / (1 - self.beta1**self.count)
            h_hat = self.h[name] / (1 - self.beta2**self.count)
            params[name] -= self.lr * m_hat / (np.sqrt(h_hat) + self.eps)


#: What a good test of Adam must catch, and how it shows.
_BUGS = {
    UncorrectedAdam: "corrects neither average: its first step is (1 − β₁)/√(1 − β₂) learning rates long",
    HalfCorrectedAdam: "corrects m and not h: its first step is 1/√(1 − β₂) learning rates long",
    StandingCounterAdam: "never advances its step counter: the first step is right (does your test take several?)",
    _CountsParameters: "advances its step counter once for each parameter (does your test have two?)",
    StrayEpsAdam: "adds ε to the step instead of to the root (is ε in your test so small that nobody can see it?)",
    _SwapsTheDecays: "uses β₁ for the squares and β₂ for the gradients (do gradients in your test change?)",
    _ForgetsTheAverage: "divides the latest gradient and averages no gradients (do gradients in your test change?)",
    _SquaresTheAverage: "squares the average instead of averaging squares (do your gradients change their sign?)",
    _EpsInside: "has ε inside the root (is your ε of a size that shows?)",
    _EpsHat: "has ε beside the root of the uncorrected h, as in (6.12) (is your ε of a size that shows?)",
}


@exercise("6.3")
def catches_bugs(answer: Callable) -> str:
    """``answer(optimizer_class)`` is True for Adam and False for every wrong one.

    Args:
        answer: takes a class with ``lr``, ``beta1``, ``beta2``, ``eps`` and ``update(params, grads)``.
    """
    hint = "It rejects the right implementation. Compare by np.allclose with (6.7), t from 1; update works in place."
    right = {
        Adam: hint,
        _Rearranged: "It rejects (6.7) written in another way, equal but for rounding. Use np.allclose.",
    }
    with np.errstate(all="ignore"):
        return catches(answer, "an implementation", right, _BUGS)


def _one_round(beta2, period, large):
    """How far Adam without momentum goes in a period, over lr, once its average of squares has settled."""
    age = np.arange(1, period)
    h = ((1 - beta2) * large**2 + beta2 * (1 - beta2 ** (period - 1))) / (1 - beta2**period)
    return np.sum(1 / np.sqrt(beta2**age * h + 1 - beta2**age)) - large / np.sqrt(h)


@exercise("6.4")
def turning_point(answer: Callable) -> str:
    """``answer(period, large)`` is the β₂ at which Adam neither climbs nor falls.

    Args:
        answer: takes a whole number and a float, for rounds of one gradient ``large`` and else −1; returns a number,
            right to 0.01.
    """
    for period, large in (3, 3.0), (5, 5.0), (4, 6.0), (10, 9.5):
        right, high = 0.0, 1.0
        for _ in range(40):  # bisect: Adam goes up below the turning point and down above it
            middle = (right + high) / 2
            right, high = (middle, high) if _one_round(middle, period, large) > 0 else (right, middle)
        result = as_number(answer(period, large))
        where = f"For period {period} and a large gradient of {large:g}"
        if abs(result - right) <= 0.01:
            continue
        if math.isclose(result, 1 / (1 + large**2), abs_tol=1e-6):
            raise Wrong(f"{where}, 1/(1 + C²) is where the proof works. Adam still goes up at larger β₂: up to which?")
        if math.isclose(result, 1 - 1 / period, abs_tol=1e-6):
            raise Wrong(f"{where}, a window of one period is a good guess, and no more: run it at that β₂ and look.")
        if 0 < result < 1:
            way = "up" if _one_round(result, period, large) > 0 else "down"
            raise Wrong(f"{where}, at β₂ = {result:.4g} a round still goes {way}. It has to be right to 0.01.")
        raise Wrong(f"{where}, β₂ lies between 0 and 1, so it cannot be {result!r}.")
    return "The longer the period and the smaller the mean gradient, the longer the memory has to be."


@exercise("6.5")
def worst_gradients(answer: Callable) -> str:
    """``answer(t, beta1, beta2)`` is t gradients whose last step of Adam reaches the bound.

    Args:
        answer: takes a whole number and two floats in (0, 1); returns t numbers, whose last step must be the bound to
            0.01 %.
    """
    for t, beta1, beta2 in (40, 0.9, 0.999), (60, 0.9, 0.99), (25, 0.7, 0.95):
        gradients = np.array(as_numbers(answer(t, beta1, beta2), t))
        if not np.all(np.isfinite(gradients)) or not np.any(gradients):
            raise Wrong("The gradients must be finite, and not all zero.")
        optimizer, w = Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=1e-300), np.zeros(1)
        for g in gradients:
            before = w.copy()
            optimizer.update({"w": w}, {"w": np.array([g])})
        r = beta1**2 / beta2
        bound = (1 - beta1) / (1 - beta1**t) * math.sqrt((1 - beta2**t) / (1 - beta2) * (1 - r**t) / (1 - r))
        reached, where = abs((w - before)[0]) / bound, f"For t = {t}, β₁ = {beta1:g}, β₂ = {beta2:g}"
        if reached > 1 - 1e-4:  # as near as ratios rounded to three digits come
            continue
        if np.count_nonzero(gradients) == 1 and gradients[-1]:
            raise Wrong(
                f"{where}, one gradient after zeros is the paper's worst case; it reaches {reached:.0%} of the bound."
            )
        if np.allclose(gradients, gradients[0]):
            raise Wrong(f"{where}, constant gradients make steps of one learning rate, {reached:.0%} of the bound.")
        if np.allclose(gradients[1:] / gradients[:-1], beta1 / beta2):
            raise Wrong(f"{where}, the order is turned round: k is the age of a gradient. It reaches {reached:.0%}.")
        if np.allclose(gradients[1:] / gradients[:-1], math.sqrt(beta2) / beta1):
            raise Wrong(
                f"{where}, that is p itself. q also holds a factor β₂^(k/2): it reaches {reached:.2%} of the bound."
            )
        raise Wrong(f"{where}, the last step reaches {reached:.2%} of the bound. When is Cauchy–Schwarz an equality?")
    return "Gradients that grow by the factor β₂/β₁ at each step: the shape of a loss that is blowing up."


@exercise("6.6")
def strengths(answer: Callable) -> str:
    """``answer(h_hat, weight_decay, eps)`` is the L2 strength of each coordinate that pulls as weight decay does.

    Args:
        answer: takes positive numbers, an array of shape (d,), and two floats; returns d numbers.
    """
    rng = np.random.default_rng(66)
    for eps in 1e-8, 0.3:
        h_hat, weight_decay = np.exp(rng.normal(0, 3, 6)), rng.uniform(0.01, 0.2)
        result = answer(h_hat, weight_decay, eps)
        if isinstance(result, (int, float, np.number)):
            raise Wrong("One strength for all coordinates cannot do it: they are divided by different numbers.")
        result, root = np.array(as_numbers(result, 6)), np.sqrt(h_hat)
        if np.allclose(result, weight_decay * (root + eps)):
            continue
        if np.allclose(result, weight_decay / (root + eps)):
            raise Wrong("The other way round: what will be divided by √ĥ + ε must be multiplied by it first.")
        if np.allclose(result, weight_decay * root):
            raise Wrong(f"Nearly. With ε = {eps:g} the divisor is √ĥ + ε, not √ĥ.")
        if np.allclose(result, weight_decay * np.sqrt(h_hat + eps)):
            raise Wrong("Nearly. In this course ε stands outside the root.")
        if np.allclose(result, weight_decay * h_hat) or np.allclose(result, weight_decay * (h_hat + eps)):
            raise Wrong("The step divides by the root of ĥ, not by ĥ.")
        if np.allclose(result, weight_decay):
            raise Wrong("That is plain L2: coordinates with large ĥ are pulled less.")
        raise Wrong(
            f"With ĥ = {h_hat[0]:.3g} the pull is {result[0] / (root[0] + eps):.3g} ηw, not {weight_decay:.3g} ηw."
        )
    return "L2 imitates weight decay only with a strength of its own for each coordinate."
