"""Checks of chapter 3's exercises."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from steepest.bugs import NewVelocityNesterov, UnusedVelocityMomentum
from steepest.exercises.checking import Wrong, as_number, as_numbers, catches, exercise
from steepest.modes import spectral_radius
from steepest.optimizers import Momentum, Nesterov

#: An answer may be found by a search in place of a formula.
near = functools.partial(math.isclose, rel_tol=1e-6)


@exercise("3.1")
def half_life(answer: Callable) -> str:
    """``answer(momentum)`` is the number of steps after which half the velocity is left.

    Args:
        answer: takes a float in (0, 1); returns a number, which need not be whole.
    """
    for momentum in (0.9, 0.5, 0.95, 0.99, 0.999):
        exact = math.log(2) / math.log(1 / momentum)
        result, where = as_number(answer(momentum)), f"At μ = {momentum}"
        if near(result, exact):
            continue
        if near(result, -exact):
            raise Wrong(f"{where}, {result:.4g} has the wrong sign: ln μ is negative.")
        if not 0 < result < math.inf:
            raise Wrong(f"{where}, a half-life is a positive number of steps, not {result:.4g}.")
        if near(result, 1 / momentum):
            raise Wrong(f"{where}, a velocity would lose half of itself in {result:.4g} steps: 1/μ is no half-life.")
        if near(result, 1 / (1 - momentum)):
            raise Wrong(f"{where}, {result:.4g} is the sum 1 + μ + μ² + …. Ask instead when μᵗ is a half.")
        if near(result, math.log(2) / (1 - momentum)):
            raise Wrong(f"{where}, {result:.4g} comes from ln μ ≈ μ − 1, which holds near 1 only. Use ln μ itself.")
        if near(result, 1 / math.log(1 / momentum)):
            raise Wrong(f"{where}, a fraction 1/e = 0.37 is left after {result:.4g} steps, not a half.")
        if result in (math.ceil(exact), round(exact), math.floor(exact)):
            raise Wrong(f"{where}, {result:g} is rounded. The half-life need not be a whole number.")
        raise Wrong(f"{where}, a fraction {momentum**result:.3g} of the velocity is left after {result:.4g} steps.")
    return "6.6 steps at 0.9, 69 at 0.99: each further 9 makes the memory about ten times longer."


@exercise("3.2")
def best_heavy_ball(answer: Callable) -> str:
    """``answer(eigenvalues)`` is the best learning rate, the best momentum and the rate they give.

    Args:
        answer: takes positive numbers in no order, an array of shape (n,); returns three numbers, right to a millionth.
    """
    rng = np.random.default_rng(2)
    for size in (2, 3, 6):
        eigenvalues = rng.permutation(np.exp(rng.uniform(-3, 3, size)))
        low, high = eigenvalues.min(), eigenvalues.max()
        best_lr = 4 / (math.sqrt(low) + math.sqrt(high)) ** 2
        best_rate = (math.sqrt(high) - math.sqrt(low)) / (math.sqrt(high) + math.sqrt(low))
        lr, momentum, rate = as_numbers(answer(eigenvalues), 3, "the learning rate, the momentum and the rate")
        if near(lr, 2 / (low + high)):
            raise Wrong("2/(λmin + λmax) is the best learning rate without momentum.")
        if near(lr, 4 / (low + high)):
            raise Wrong("Your learning rate is 4/(λmin + λmax). The roots are taken first: (√λmin + √λmax)².")
        first, last = np.sqrt(eigenvalues[[0, -1]])
        if not near(lr, best_lr) and near(lr, 4 / (first + last) ** 2):
            raise Wrong("The eigenvalues come in no particular order: take the smallest and the largest.")
        if not near(lr, best_lr):
            raise Wrong(f"For eigenvalues {eigenvalues.round(3).tolist()}, {lr:.4g} is not the learning rate of (3.8).")
        if near(momentum, (high - low) / (high + low)) or near(momentum, ((high - low) / (high + low)) ** 2):
            raise Wrong("The learning rate is right. In the momentum, κ stands where √κ should.")
        if near(momentum, best_rate):
            raise Wrong("The learning rate is right. Your momentum is √μ: it is the rate, and μ is its square.")
        if not near(momentum, best_rate**2):
            raise Wrong(f"The learning rate is right, but {momentum:.4g} is not the momentum of (3.8).")
        if near(rate, momentum):
            raise Wrong("Settings right. The error shrinks by √μ per step, not by μ: see (3.7).")
        if not near(rate, best_rate):
            raise Wrong(f"Settings right. The rate is √μ, so it cannot be {rate:.4g}.")
    return "Again only the two ends count, this time by their roots."


@exercise("3.3")
def nesterov_step(answer: Callable) -> str:
    """``answer(g, v, lr, momentum)`` is what Nesterov's shifted form adds to w, and the new velocity.

    Args:
        answer: takes two arrays of one shape, which it leaves as they are, and two floats; returns two arrays of that
            shape.
    """
    rng = np.random.default_rng(3)
    g, lr, momentum = np.array([1.0, -2.0, 0.5]), 0.1, 0.9
    step, velocity = _step_and_velocity(answer(g.copy(), np.zeros(3), lr, momentum), g)
    in_units = step / (-lr * g)  # of −ηg, from rest
    if not np.allclose(in_units, in_units[0]):
        raise Wrong("From rest the step should be a multiple of g. Yours changes its direction.")
    if np.isclose(in_units[0], 1 + momentum + momentum**2):
        raise Wrong(
            "Your first step is 2.71·η·g; the look-ahead form gives 1.9·η·g: which velocity is in your μ² term?"
        )
    if np.isclose(in_units[0], 1):
        raise Wrong("Your first step is η·g, that of the heavy ball; the look-ahead form gives (1 + μ)·η·g = 1.9·η·g.")
    if np.isclose(in_units[0], -1 - momentum):
        raise Wrong("Your first step goes uphill.")
    if not np.isclose(in_units[0], 1 + momentum):
        raise Wrong(f"Your first step is {in_units[0]:.3g}·η·g; the look-ahead form gives 1.9·η·g.")
    for _ in range(5):
        g, v = rng.normal(size=(2, 4))
        lr, momentum = rng.uniform(0.01, 1), rng.uniform(0.5, 0.95)
        kept = v.copy()
        step, velocity = _step_and_velocity(answer(g.copy(), v, lr, momentum), g)
        if not np.array_equal(v, kept):
            raise Wrong("It changes the velocity it was given. Compute a new array: v = …, not v -= ….")
        if np.allclose(velocity, step):
            raise Wrong("It keeps the whole step as the velocity. The velocity is μv − ηg, the step is not.")
        if not np.allclose(velocity, momentum * v - lr * g):
            raise Wrong("The first step is right. The new velocity should be μv − ηg.")
        if np.allclose(step, momentum * v - (1 + momentum) * lr * g):
            raise Wrong("The old velocity enters the step with μ². It is decayed once by the step, once by the shift.")
        if not np.allclose(step, momentum**2 * v - (1 + momentum) * lr * g):
            raise Wrong("From rest it is right. With a velocity it is not: compare with (3.12), term by term.")
    return "The first step is 1.9·η·g, and the velocity in the μ² term is the old one."


def _step_and_velocity(result, g):
    try:
        step, velocity = (np.asarray(value, dtype=float) for value in result)
    except (TypeError, ValueError):
        raise Wrong(f"It should return two arrays, the step and the new velocity, not {result!r}.") from None
    if step.shape != g.shape or velocity.shape != g.shape:
        raise Wrong(f"For a gradient of shape {g.shape} it returns shapes {step.shape} and {velocity.shape}.")
    return step, velocity


@dataclass
class _WrittenWithTheNewVelocity(Nesterov):
    """Right: μ times the new velocity, less ηg, is the same step."""

    def step(self, g, state):
        state.v = self.momentum * state.v - self.lr * g
        return self.momentum * state.v - self.lr * g


class _ForgetsTheVelocity(Nesterov):
    def step(self, g, state):
        return -(1 + self.momentum) * self.lr * g


class _KeepsTheStep(Nesterov):
    def step(self, g, state):
        state.v = self.momentum**2 * state.v - (1 + self.momentum) * self.lr * g
        return state.v


class _AlwaysAtNineTenths(Nesterov):
    def step(self, g, state):
        step = 0.81 * state.v - 1.9 * self.lr * g
        state.v = 0.9 * state.v - self.lr * g
        return step


#: What a good test of Nesterov must catch, and how it shows.
_BUGS = {
    NewVelocityNesterov: "has the new velocity in the μ² term: its first step from rest is (1 + μ + μ²)ηg",
    Momentum: "is the heavy ball: its first step from rest is ηg",
    UnusedVelocityMomentum: "never moves",
    _ForgetsTheVelocity: "has no velocity: its first step is right and its second is not (do you take two?)",
    _KeepsTheStep: "keeps its whole step as the velocity: its first step is right, its second is not",
    _AlwaysAtNineTenths: "has 0.9 built in, whatever the momentum (does your test use another value?)",
}


@exercise("3.4")
def catches_bugs(answer: Callable) -> str:
    """``answer(optimizer_class)`` is True for Nesterov, however it is written, and False for every wrong one.

    Args:
        answer: takes a class with ``lr``, ``momentum`` and ``update(params, grads)``.
    """
    right = {
        Nesterov: "It rejects the right implementation. Work out two steps from (3.12) by hand.",
        _WrittenWithTheNewVelocity: (
            "It rejects w + μv − ηg with the new v, which is right: the same step, but for rounding. Use np.allclose."
        ),
    }
    return catches(answer, "an implementation", right, _BUGS)


@exercise("3.5")
def fastest_nesterov(answer: Callable) -> str:
    """``answer(kappa)`` is the learning rate and momentum that make Nesterov fastest for curvatures 1 to κ.

    Args:
        answer: takes a float above 1; returns two numbers, with which a run needs at most 2 % more than the fewest
            steps.
    """
    for kappa in (10.0, 100.0, 731.0):
        lr, momentum = as_numbers(answer(kappa), 2, "the learning rate and the momentum")
        if not (0 < lr < math.inf and 0 <= momentum < 1):
            raise Wrong(f"A learning rate is positive and a momentum in [0, 1): not {lr:.4g} and {momentum:.4g}.")
        with np.errstate(over="ignore", invalid="ignore"):  # of a huge learning rate
            radius = spectral_radius(Nesterov, np.linspace(1, kappa, 1001), lr=lr, momentum=momentum).max()
        best = 1 - 2 / math.sqrt(3 * kappa + 1)
        where = f"At κ = {kappa:g}"
        if not radius < 1:
            edge = 2 * (1 + momentum) / (1 + 2 * momentum) / kappa
            raise Wrong(f"{where}, lr = {lr:.4g} diverges: at your momentum the edge is {edge:.4g}.")
        slower = math.log(best) / math.log(radius)  # how many times the steps
        root = math.sqrt(kappa)
        if near(lr, 1 / kappa) and near(momentum, (root - 1) / (root + 1)):
            raise Wrong(f"{where}, these are the usual settings. They need {slower:.3g} times the fewest steps.")
        if slower > 1.02:
            raise Wrong(f"{where}, the rate is {radius:.5f}. Other settings need {slower:.3g} times fewer steps.")
    return "The fewest steps within 2 %. In closed form: η = 4/(3λmax + λmin), and the rate is 1 − 2/√(3κ + 1)."


@exercise("3.6")
def edge_of_the_bug(answer: Callable) -> str:
    """``answer(momentum)`` is the ηλ at which `NewVelocityNesterov` starts to diverge.

    Args:
        answer: takes a float in [0, 1); returns a number, right to a millionth.
    """
    for momentum in (0.0, 0.3, 0.9, 0.99):
        edge = 2 * (1 + momentum) / (1 + 2 * momentum + 2 * momentum**2)
        result, where = as_number(answer(momentum)), f"At μ = {momentum:g}"
        if near(result, edge):
            continue
        if near(result, 2 * (1 + momentum) / (1 + 2 * momentum)):
            raise Wrong(f"{where}, {result:.4g} is the edge of the right rule.")
        if near(result, 2 * (1 + momentum)):
            raise Wrong(f"{where}, {result:.4g} is the edge of the heavy ball.")
        if momentum and near(result, 1 / momentum):
            raise Wrong(f"{where}, {result:.4g} makes the determinant −1. The run diverges before: look at p(−1).")
        if math.isclose(result, edge, rel_tol=0.01):
            raise Wrong(f"{where}, {result:.6g} is near the edge. The exercise asks for a formula, not a search.")
        if not 0 < result < 4:
            raise Wrong(f"{where}, an edge of ηλ is positive and below 4, not {result:.4g}.")
        radius = spectral_radius(NewVelocityNesterov, result, lr=1.0, momentum=momentum)
        raise Wrong(f"{where}, an error changes by {radius:.4g} per step at your {result:.4g}. At the edge it is 1.")
    return "At μ = 0.9 it is 0.8597, against 1.3571 for the right rule."
