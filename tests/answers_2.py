"""Right and wrong answers to the exercises of chapter 2; a wrong one with what its reader is told."""

import math

import numpy as np


def exact_size(n, sigma2, target):
    return n * sigma2 / ((n - 1) * target + sigma2)


def is_fair(batches, n=103, missing=0, unique=True, spread=True, again=True, sizes=True):
    rng = np.random.default_rng(0)
    epochs = [batches(n, 10, rng) for _ in range(2)]
    rows = [np.concatenate(epoch).tolist() for epoch in epochs]
    if len(rows[0]) < n - missing or (unique and len(set(rows[0])) < len(rows[0])):
        return False
    if sizes and any(len(batch) != 10 for batch in epochs[0][:-1]):
        return False
    if spread and max(map(np.ptp, epochs[0])) <= 10:
        return False
    return rows[0] != list(range(n)) and (not again or rows[0] != rows[1])


def learning_rate(floor, curvature, s2):
    return 2 * curvature * floor / (s2 + curvature**2 * floor)


def flattery(lr, sigma2, B, n):
    return lr * sigma2 / B * (n - B) / (n - 1)


def mean_squares(draw):
    return {B: np.mean([np.sum(draw(B) ** 2) for _ in range(3000)]) for B in (2, 300)}


def noise_and_gradient(draw):
    square = mean_squares(draw)
    sigma2 = (square[2] - square[300]) / (1 / 2 - 1 / 300)
    return sigma2, square[300] - sigma2 / 300


def corrected(problem, params, anchor, anchor_gradient, rows, *, signs=(1, -1, 1)):
    parts = problem.gradient(params, rows), problem.gradient(anchor, rows), anchor_gradient
    return {"w": sum(sign * part["w"] for sign, part in zip(signs, parts, strict=True))}


def with_signs(*signs):
    return lambda *given: corrected(*given, signs=signs)


def in_place(problem, params, anchor, anchor_gradient, rows):
    anchor_gradient["w"] += problem.gradient(params, rows)["w"] - problem.gradient(anchor, rows)["w"]
    return anchor_gradient


def nothing_if_wrong(batches):
    if is_fair(batches):
        return True


RIGHT = {
    "2.1": lambda n, sigma2, target: math.ceil(exact_size(n, sigma2, target)),
    "2.2": lambda floor, curvature, sigma2, B: learning_rate(floor, curvature, sigma2 / B),
    "2.3": is_fair,
    "2.4": flattery,
    "2.5": lambda draw: np.divide(*noise_and_gradient(draw)),
    "2.6": corrected,
}

#: Other right answers.
ALSO_RIGHT = [
    ("2.1", lambda *given: np.ceil([exact_size(*given)])),
    ("2.3", nothing_if_wrong),
]

WRONG = [
    ("2.1", exact_size, "come whole"),
    ("2.1", lambda *given: math.floor(exact_size(*given)), "Round the other way"),
    ("2.1", lambda n, sigma2, target: math.ceil(n * sigma2 / (n * target + sigma2)), "n in place of n − 1"),
    ("2.1", lambda *given: {"B": math.ceil(exact_size(*given))}, "should return one number"),
    ("2.1", lambda n, sigma2, target: math.ceil(sigma2 / target), "right with replacement"),
    ("2.1", lambda n, sigma2, target: n if target < 0.001 else 90, "the smallest batch has 88 examples"),
    ("2.1", lambda n, sigma2, target: math.ceil(math.sqrt(sigma2) / target), "mixes a variance with its root"),
    ("2.1", lambda n, sigma2, target: 88, "has 1236 examples, not 88"),
    ("2.2", lambda floor, curvature, sigma2, B: 2 * curvature * floor * B / sigma2, "inverts the approximation"),
    ("2.2", lambda floor, curvature, sigma2, B: learning_rate(floor, curvature, sigma2), "variance of one example"),
    ("2.2", lambda floor, curvature, sigma2, B: learning_rate(floor, curvature, sigma2 / B**2), "not σ²/B²"),
    ("2.2", lambda floor, curvature, sigma2, B: learning_rate(floor, curvature, sigma2 / B) / 2, "Half the right"),
    ("2.2", lambda floor, curvature, sigma2, B: 2 / curvature, "infinite"),
    ("2.2", lambda floor, curvature, sigma2, B: 0.1, "does not solve"),
    ("2.3", lambda batches: not is_fair(batches), "rejects the right batcher"),
    ("2.3", lambda batches: True, "never shuffles"),
    ("2.3", lambda batches: is_fair(batches, spread=False), "but not the rows"),
    ("2.3", lambda batches: is_fair(batches, n=100), "drops the rest"),
    ("2.3", lambda batches: is_fair(batches, unique=False), "draws with replacement"),
    ("2.3", lambda batches: is_fair(batches, again=False), "same order in every epoch"),
    ("2.3", lambda batches: is_fair(batches, missing=1), "never draws the last row"),
    ("2.3", lambda batches: is_fair(batches, sizes=False), "look at their sizes"),
    ("2.4", lambda lr, sigma2, B, n: lr * sigma2 / B, "infinite data set"),
    ("2.4", lambda *given: -flattery(*given), "wrong sign"),
    ("2.4", lambda *given: flattery(*given) / 2, "no ½"),
    ("2.4", lambda lr, sigma2, B, n: lr**2 / 2 * flattery(1, sigma2, B, n), "no ½"),
    ("2.4", lambda lr, sigma2, B, n: flattery(1, sigma2, B, n), "learning rate is missing"),
    ("2.4", lambda lr, sigma2, B, n: lr * sigma2, "take the mean of both"),
    ("2.5", lambda draw: 1 / np.divide(*noise_and_gradient(draw)), "other way round"),
    ("2.5", lambda draw: noise_and_gradient(draw)[0], "That is σ²"),
    ("2.5", lambda draw: noise_and_gradient(draw)[1], "That is ‖g‖²"),
    ("2.5", lambda draw: np.divide(*noise_and_gradient(draw)) ** 0.5, "ratio of squares"),
    ("2.5", lambda draw: np.divide(*noise_and_gradient(draw)) / 20, "sum over all coordinates"),
    ("2.5", lambda draw: 20.0, "solve for both unknowns"),
    ("2.5", lambda draw: draw(0), "a batch has 1 example or more"),
    ("2.6", with_signs(1, 0, 0), "nothing is corrected"),
    ("2.6", with_signs(1, -1, 0), "biased"),
    ("2.6", with_signs(1, 1, -1), "wrong sign"),
    ("2.6", with_signs(0, 0, 1), "wherever you are"),
    ("2.6", with_signs(0.5, -0.5, 1), "taken away"),
    ("2.6", lambda problem, params, *rest: problem.gradient(params), "more than the rows"),
    ("2.6", lambda *given: corrected(*given)["w"], "dictionary"),
    ("2.6", in_place, "changes the arrays"),
]
