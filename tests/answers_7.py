"""Right and wrong answers to the exercises of chapter 7; a wrong one with what its reader is told."""

import math

import numpy as np

from steepest import Momentum
from steepest.datasets import digits_softmax
from steepest.descent import descend, train
from steepest.schedules import cosine


def warm_cosine(t, lr, steps, warmup, first=1, end=1.0):
    if t <= warmup:
        return lr * (t + first - 1) / warmup
    return lr * (1 + math.cos(math.pi * end * (t - warmup) / (steps - warmup))) / 2


def from_the_start(t, lr, steps, warmup):
    return lr * min(t / warmup, 1) * (1 + math.cos(math.pi * (t - 1) / steps)) / 2


def linear_fall(t, lr, steps, warmup):
    return lr * (t / warmup if t <= warmup else ((steps - t) / (steps - warmup)) ** 2)


def is_right(training, steps=60, batch_size=64, seeds=(3, 4), schedule=None, tolerance=1e-9):
    """Compare with the package's loop on a test that may leave things out."""
    problem, optimizer, schedule = digits_softmax(), Momentum(lr=0.1), schedule or cosine(steps)
    return all(
        np.allclose(
            training(optimizer, problem, schedule, steps, batch_size, seed),
            train(Momentum(lr=0.1), problem, steps=steps, batch_size=batch_size, seed=seed, schedule=schedule).losses[
                1:
            ],
            rtol=tolerance,
        )
        for seed in seeds
    )


def rig(first, second, surface):
    for lr in np.geomspace(1e-3, 10, 61):
        losses = [descend(rule(lr=lr), surface, steps=30).losses[-1] for rule in (first, second)]
        if np.isfinite(losses[0]) and losses[0] < losses[1]:
            return lr
    raise ValueError("there is none")


def ratios(lr, momentum):
    return momentum * np.append(1.0, lr[1:] / lr[:-1])


def iterate(G, steps, a=15 / 8, b=-10 / 8, c=3 / 8, normalize=True):
    X = G / np.linalg.norm(G) if normalize else G
    for _ in range(steps):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return X


def polar(G, steps):
    U, _, Vt = np.linalg.svd(G, full_matrices=False)
    return U @ Vt


def by_decomposition(G, steps):
    """The right values by the forbidden way."""
    U, sigma, Vt = np.linalg.svd(G, full_matrices=False)
    x = sigma / np.linalg.norm(sigma)
    for _ in range(steps):
        x = (15 * x - 10 * x**3 + 3 * x**5) / 8
    return U * x @ Vt


def of_another_array(G, steps):
    """The forbidden way, with an array that the check has not seen, by a name that it has not seen."""
    from numpy.linalg import svd as taken_apart

    U, sigma, Vt = taken_apart(np.asarray(G.tolist()), full_matrices=False)
    return U * iterate(np.diag(sigma), steps).diagonal() @ Vt


def by_eigenvectors(G, steps):
    """The values of G and its directions from those of G Gᵀ."""
    values, U = np.linalg.eigh(G @ G.T)
    sigma = np.sqrt(np.maximum(values, 1e-300))
    x = sigma / np.linalg.norm(sigma)
    for _ in range(steps):
        x = (15 * x - 10 * x**3 + 3 * x**5) / 8
    return U * (x / sigma) @ U.T @ G


def with_functions_of_linalg(G, steps):
    """Norm, transposition and powers from NumPy's linear algebra, and a copy of the matrix."""
    X = np.asarray(G, dtype=float) / np.linalg.norm(G, "fro")
    for _ in range(steps):
        A = X @ np.linalg.matrix_transpose(X)
        X = 15 / 8 * X - 10 / 8 * np.linalg.multi_dot([A, X]) + 3 / 8 * np.linalg.matrix_power(A, 2) @ X
    return X


RIGHT = {
    "7.1": warm_cosine,
    "7.2": lambda confidence: np.array([math.ceil(1 - math.log2(1 - confidence) - 1e-12)]),
    "7.3": is_right,
    "7.4": rig,
    "7.5": ratios,
    "7.6": iterate,
}

#: Other right answers.
ALSO_RIGHT = [
    ("7.2", lambda confidence: (math.ceil(n) for n in [1 - math.log2(1 - confidence) - 1e-12])),
    ("7.5", lambda lr, momentum: ratios(lr, momentum)[:, None]),
    ("7.5", lambda lr, momentum: (float(value) for value in ratios(lr, momentum))),
    ("7.5", lambda lr, momentum: ratios(lr, momentum).tolist()),
    ("7.6", lambda G, steps: iterate(G.T, steps).T),
    ("7.6", lambda G, steps: iterate(np.asarray(G), steps).tolist()),
    ("7.6", with_functions_of_linalg),
]

WRONG = [
    ("7.1", lambda t, lr, steps, warmup: warm_cosine(t, 1.0, steps, warmup), "Multiply it by lr"),
    ("7.1", lambda t, lr, steps, warmup: warm_cosine(max(t, warmup), lr, steps, warmup), "warm-up is missing"),
    ("7.1", lambda t, lr, steps, warmup: warm_cosine(min(t, warmup), lr, steps, warmup), "cosine is missing"),
    ("7.1", from_the_start, "counts from the start"),
    ("7.1", lambda *args: warm_cosine(*args, first=0), "a step wasted"),
    ("7.1", lambda *args: warm_cosine(*args, end=0.5), "last step has 0.5"),
    ("7.1", linear_fall, "half a cosine, with its argument in radians"),
    (
        "7.1",
        lambda *args: math.sqrt(args[1] * linear_fall(*args)) if args[0] > args[3] else linear_fall(*args),
        "straight",
    ),
    ("7.1", lambda t, lr, steps, warmup: math.inf, "a finite number"),
    ("7.1", lambda t, lr, steps, warmup: lr * (0.5 + t), "step 1 has 1.5"),
    ("7.1", lambda t, lr, steps, warmup: [lr, lr], "one number"),
    ("7.2", lambda confidence: math.ceil(-math.log2(1 - confidence) - 1e-12), "Count both"),
    ("7.2", lambda confidence: 1 - math.log2(1 - confidence), "whole number"),
    ("7.2", lambda confidence: min(RIGHT["7.2"](confidence), 3), "seeds reach only"),
    ("7.2", lambda confidence: 50, "fewer do"),
    ("7.2", lambda confidence: math.inf, "a finite number"),
    ("7.4", lambda first, second, surface: math.nan, "a finite number"),
    ("7.3", lambda loop: True, "just stepped on"),
    ("7.3", lambda loop: False, "rejects a right"),
    ("7.3", lambda loop: is_right(loop, tolerance=0.0, seeds=(3,), schedule=lambda t: 1.0), "has no schedule"),
    ("7.3", lambda loop: is_right(loop, seeds=(3,)), "call it twice"),
    ("7.3", lambda loop: is_right(loop, seeds=(0, 0)), "try two seeds"),
    ("7.4", lambda first, second, surface: 0.01, "should end lower"),
    ("7.4", lambda first, second, surface: 100.0, "diverges"),
    ("7.4", lambda first, second, surface: -1.0, "positive number"),
    ("7.4", lambda first, second, surface: first(lr=0.1), "should return one number"),
    ("7.5", lambda lr, momentum: np.full(len(lr), momentum), "constant momentum"),
    ("7.5", lambda lr, momentum: momentum * np.append(1.0, lr[:-1] / lr[1:]), "upside down"),
    ("7.5", lambda lr, momentum: momentum * np.append(lr[1:] / lr[:-1], 1.0), "one step early"),
    ("7.5", lambda lr, momentum: ratios(lr, 1.0), "Multiply them by μ"),
    ("7.5", lambda lr, momentum: momentum * lr[1:] / lr[:-1], "one for each step"),
    ("7.5", lambda lr, momentum: dict(enumerate(ratios(lr, momentum))), "12 numbers, one for each step, not {0:"),
    ("7.5", lambda lr, momentum: ratios(lr, momentum).reshape(2, -1), "not an array of shape (2, 6)"),
    ("7.5", lambda lr, momentum: ratios(lr, momentum) + 0.1, "should be"),
    ("7.5", lambda lr, momentum: np.append(np.nan, ratios(lr, momentum)[1:]), "any finite number does"),
    ("7.5", lambda lr, momentum: np.where(np.arange(len(lr)) == 6, 0, ratios(lr, momentum)), "of step 7 should be"),
    ("7.5", lambda lr, momentum: np.where(np.arange(len(lr)) == 6, np.inf, ratios(lr, momentum)), "step 7 is inf"),
    ("7.6", lambda G, steps: iterate(G, steps, 1.5, -0.5, 0), "a term in x⁵"),
    ("7.6", lambda G, steps: iterate(G, steps, 3.4445, -4.7750, 2.0315), "does not converge"),
    ("7.6", lambda G, steps: iterate(G, steps, normalize=False), "Frobenius norm first"),
    ("7.6", polar, "no svd"),
    ("7.6", by_decomposition, "no svd"),
    ("7.6", of_another_array, "no svd"),
    ("7.6", by_eigenvectors, "no eigh"),
    ("7.6", lambda G, steps: iterate(G, 1), "applied once"),
    ("7.6", lambda G, steps: 15 / 8 * G - 10 / 8 * G**3 + 3 / 8 * G**5, "changes the singular directions"),
    ("7.6", lambda G, steps: iterate(G, steps).T, "should stay one"),
    ("7.6", lambda G, steps: 0.5 * iterate(G, steps), "should become"),
]
