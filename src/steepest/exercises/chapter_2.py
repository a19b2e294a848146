"""Checks of chapter 2's exercises."""

import math
from collections.abc import Callable

import numpy as np

from steepest.exercises.checking import Wrong, as_number, catches, exercise
from steepest.problems import LinearRegression


@exercise("2.1")
def batch_size_for(answer: Callable) -> str:
    """``answer(n, sigma2, target)`` is the smallest batch size whose variance is at most the target.

    Args:
        answer: takes a whole number and two positive floats, the variance σ² of one example and the one aimed at;
            returns a whole number.
    """
    settings = (1500, 2.8, 0.03), (1500, 2.8, 0.0004), (442, 50.0, 1.7), (60_000, 9.0, 0.02), (20, 9.0, 0.7)
    for n, sigma2, target in settings:
        exact = n * sigma2 / ((n - 1) * target + sigma2)
        result = as_number(answer(n, sigma2, target))
        where = f"For n = {n}, σ² = {sigma2:g} and a target of {target:g}"
        if result == math.ceil(exact):
            continue
        if math.isclose(result, exact):
            raise Wrong(f"{where}, {exact:.2f} is right as a formula. Examples come whole: how many does it take?")
        if result == math.ceil(n * sigma2 / (n * target + sigma2)):
            raise Wrong(f"{where}, {result:g} comes from n in place of n − 1: the factor of (2.4) is (n − B)/(n − 1).")
        if result == math.floor(exact):
            raise Wrong(f"{where}, a batch of {result:g} misses the target by a little. Round the other way.")
        if result in (math.ceil(sigma2 / target), math.floor(sigma2 / target)) or math.isclose(result, sigma2 / target):
            raise Wrong(
                f"{where}, {result:g} would be right with replacement. Without, the factor (n − B)/(n − 1) of (2.4) "
                f"lowers the variance{', and no batch has more examples than the data' if result > n else ''}."
            )
        if abs(result - sigma2 / target**2) <= 1 or abs(result - math.sqrt(sigma2) / target) <= 1:
            raise Wrong(f"{where}, {result:g} mixes a variance with its root. The target and σ² are both squares.")
        raise Wrong(f"{where}, the smallest batch has {math.ceil(exact)} examples, not {result:g}. Solve (2.4) for B.")
    return "The closer the batch comes to the whole set, the more the factor saves."


@exercise("2.2")
def learning_rate_for_floor(answer: Callable) -> str:
    """``answer(floor, curvature, sigma2, B)`` is the learning rate with this noise floor.

    Args:
        answer: takes three positive floats and a whole number, with the variance σ² of one example; returns a number.
    """
    rng = np.random.default_rng(2)
    for _ in range(4):
        floor, curvature, sigma2 = map(float, np.exp(rng.uniform(-1.5, 1.5, 3)))
        B = int(rng.integers(2, 100))
        s2 = sigma2 / B
        best = 2 * curvature * floor / (s2 + curvature**2 * floor)
        result = as_number(answer(floor, curvature, sigma2, B))
        if math.isclose(result, best):
            continue
        if math.isclose(result, 2 * curvature * floor / s2):
            raise Wrong("That inverts the approximation ηs²/2λ, for small ηλ. Keep the 2 − ηλ of (2.9).")
        if math.isclose(result, 2 * curvature * floor / (sigma2 + curvature**2 * floor)):
            raise Wrong("σ² is the variance of one example. A batch of B has a smaller one.")
        if math.isclose(result, 2 * curvature * floor / (sigma2 / B**2 + curvature**2 * floor)):
            raise Wrong("The variance of a mean of B is σ²/B, not σ²/B²: there are B squares, each divided by B².")
        if math.isclose(result, best / 2):
            raise Wrong("Half the right learning rate: where has the 2 of 2 − ηλ gone?")
        if math.isclose(result, 2 / curvature):
            raise Wrong("2/λ is the edge: there the floor is infinite.")
        raise Wrong(
            f"For a floor of {floor:.4g}, λ = {curvature:.4g}, σ² = {sigma2:.4g} and B = {B}, a learning rate of "
            f"{result:.4g} does not solve (2.9) for η; its floor is "
            f"{result * s2 / (curvature * (2 - result * curvature)):.4g}."
        )
    return "However high the floor, this learning rate stays below the edge 2/λ."


def _right(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[first : first + batch_size] for first in range(0, n, batch_size)]


def _in_the_rows_order(n, batch_size, rng):
    return [np.arange(n)[first : first + batch_size] for first in range(0, n, batch_size)]


def _shuffles_whole_batches(n, batch_size, rng):
    batches = _in_the_rows_order(n, batch_size, rng)
    full, rest = batches[: n // batch_size], batches[n // batch_size :]
    return [full[i] for i in rng.permutation(len(full))] + rest


def _drops_the_rest(n, batch_size, rng):
    return _right(n, batch_size, rng)[: n // batch_size]


def _draws_with_replacement(n, batch_size, rng):
    return np.split(rng.integers(n, size=n), range(batch_size, n, batch_size))


def _has_one_order_for_all_epochs(n, batch_size, rng):
    return _right(n, batch_size, np.random.default_rng(0))


def _stops_before_the_last_row(n, batch_size, rng):
    order = rng.permutation(n - 1)
    return [order[first : first + batch_size] for first in range(0, n, batch_size)]


def _evens_the_batches_out(n, batch_size, rng):
    return np.array_split(rng.permutation(n), -(-n // batch_size))


#: What a good test of a batcher must catch, and how it shows.
_BUGS = {
    _in_the_rows_order: "never shuffles",
    _shuffles_whole_batches: "shuffles the batches but not the rows, so that neighbors always stay together",
    _drops_the_rest: "drops the rest when the batch size does not divide n (does it in your test?)",
    _draws_with_replacement: "draws with replacement: some rows come twice in an epoch, others not at all",
    _has_one_order_for_all_epochs: "has the same order in every epoch (does your test call it twice?)",
    _stops_before_the_last_row: "never draws the last row",
    _evens_the_batches_out: "makes batches of other sizes than asked for (does your test look at their sizes?)",
}


@exercise("2.3")
def catches_bugs(answer: Callable) -> str:
    """``answer(batches)`` is True for the right batcher and False for every wrong one.

    Args:
        answer: takes ``batches(n, batch_size, rng)``, which returns the batches of one epoch, a list of arrays of row
            numbers.
    """
    hint = "It rejects the right batcher. The last batch has what is left, and the rows come in any order."
    return catches(answer, "a batcher", {_right: hint}, _BUGS)


@exercise("2.4")
def flattery(answer: Callable) -> str:
    """``answer(lr, sigma2, B, n)`` is how much more the loss falls on the batch than on the whole set.

    It is the mean over all batches, to first order in the learning rate.

    Args:
        answer: takes two positive floats and two whole numbers, with the variance σ² of one example; returns a number.
    """
    rng = np.random.default_rng(4)
    for _ in range(4):
        lr, sigma2 = np.exp(rng.uniform(-2, 1, 2))
        n = int(rng.integers(10, 60))
        B = int(rng.integers(2, n))
        factor = (n - B) / (n - 1)
        best = lr * sigma2 / B * factor
        result = as_number(answer(lr, sigma2, B, n))
        if math.isclose(result, best):
            continue
        if math.isclose(result, lr * sigma2 / B):
            raise Wrong("Right for an infinite data set. Here a batch of all n must give zero: see (2.4).")
        if math.isclose(result, -best):
            raise Wrong("The right size and the wrong sign: the excess is how much more the loss falls on the batch.")
        if math.isclose(result, best / 2) or math.isclose(result, lr**2 * sigma2 / B * factor / 2):
            raise Wrong("There is no ½: it belongs to the term with η², and the question is about first order.")
        if math.isclose(result, sigma2 / B * factor):
            raise Wrong("The learning rate is missing: without a step there is nothing to flatter.")
        raise Wrong(
            f"For η = {lr:.3g}, σ² = {sigma2:.3g}, B = {B} and n = {n} it is {best:.4g}, not {result:.4g}. "
            f"On the batch the loss falls by η‖g_B‖², on the whole set by η gᵀg_B: take the mean of both."
        )
    return "Measure the loss on data that the step has not just used."


@exercise("2.5")
def noise_scale(answer: Callable) -> str:
    """``answer(draw)`` is σ²/‖g‖², from minibatch gradients alone.

    Args:
        answer: takes ``draw(B)``, which returns the gradient on a new batch of B examples, shape (d,); returns a
            number, right to a fifth.
    """
    for seed, (sigma2, size) in enumerate([(40.0, 2.0), (90.0, 3.0), (12.0, 4.0)]):
        rng = np.random.default_rng(seed)
        g = rng.normal(size=20)
        g *= math.sqrt(size) / np.linalg.norm(g)

        def draw(B, rng=rng, g=g, sigma2=sigma2):
            if B < 1 or B % 1:
                raise ValueError(f"a batch has 1 example or more, and whole ones, not {B!r}")
            return g + rng.normal(scale=math.sqrt(sigma2 / B / 20), size=20)

        result, best = as_number(answer(draw)), sigma2 / size
        if math.isclose(result, best, rel_tol=0.2):
            continue
        for value, hint in [
            (1 / best, "It is the other way round: the noise stands above, the gradient below."),
            (sigma2, "That is σ². Divide it by ‖g‖²."),
            (size, "That is ‖g‖². It belongs below σ²."),
            (math.sqrt(best), "That is a ratio of lengths. The noise scale is a ratio of squares."),
            (best / 20, "The variance is the sum over all coordinates, not their mean."),
        ]:
            if math.isclose(result, value, rel_tol=0.15):
                raise Wrong(hint)
        raise Wrong(
            f"It finds {result:.3g} where the noise scale is {best:.3g}. E‖g_B‖² = ‖g‖² + σ²/B: measure it for "
            f"a small and a large B, each over thousands of draws, and solve for both unknowns."
        )
    return "So it can be watched during training, from the gradients that are computed anyway."


@exercise("2.6")
def corrected_gradient(answer: Callable) -> str:
    """``answer(problem, params, anchor, anchor_gradient, rows)`` is the corrected minibatch gradient, by name.

    Args:
        answer: takes a `steepest.problems.LinearRegression`, three dictionaries of arrays, and row numbers of shape
            (B,); returns a new dictionary, asks for no gradient on other rows, and changes nothing that it is given.
    """
    rng = np.random.default_rng(6)
    problem = _Watched(rng.normal(size=(12, 3)), rng.normal(size=12))
    for _ in range(3):
        params, anchor = ({"w": rng.normal(size=4)} for _ in range(2))
        exact, rows = problem.gradient(anchor), rng.choice(12, 4, replace=False)
        here, there = (problem.gradient(w, rows)["w"] for w in (params, anchor))
        given = [{"w": array["w"].copy()} for array in (params, anchor, exact)]
        problem.seen = []
        result = answer(problem, *given, rows)
        if not isinstance(result, dict) or result.keys() != {"w"}:
            raise Wrong("It should return a dictionary with the names of the parameters, as problem.gradient does.")
        if not all(np.array_equal(a["w"], b["w"]) for a, b in zip(given, (params, anchor, exact), strict=True)):
            raise Wrong("It changes the arrays that it is given. Make a new one for the result.")
        g = result["w"]
        if any(seen is None or len(seen) > len(rows) for seen in problem.seen):
            raise Wrong("It computes a gradient on more than the rows of the batch, which is what SGD wants to avoid.")
        if np.allclose(g, here):
            raise Wrong("That is the plain minibatch gradient: nothing is corrected.")
        if np.allclose(g, here - there):
            raise Wrong("Its mean is g(w) − g(anchor), so it is biased. What has to be added back is known exactly.")
        if np.allclose(g, here + there - exact["w"]):
            raise Wrong("The correction has the wrong sign: take away the error that the batch makes at the anchor.")
        if np.allclose(g, exact["w"]):
            raise Wrong("That is the gradient at the anchor, wherever you are: use the rows at w and at the anchor.")
        if not np.allclose(g, here - there + exact["w"]):
            raise Wrong("It is not the batch's gradient at w with the batch's error at the anchor taken away.")
    return "Unbiased, and exact at the anchor. Both come closer to the minimum, and the noise goes with them."


class _Watched(LinearRegression):
    """A problem that notes for which rows its gradient was asked, None for all."""

    def __init__(self, X, y):
        super().__init__(X, y)
        self.seen = []

    def gradient(self, params, rows=None):
        self.seen.append(None if rows is None else np.atleast_1d(rows))
        return super().gradient(params) if rows is None else super().gradient(params, rows)
