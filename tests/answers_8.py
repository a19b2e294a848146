"""Right and wrong answers to the exercises of chapter 8; a wrong one with what its reader is told."""

import math

import numpy as np


def power(product, d, rounds=4000, shift=4.0, size=False, multiply=True):
    v = np.random.default_rng(0).normal(size=d)
    for _ in range(rounds):
        v = product(v) + shift * v
        v = v / np.linalg.norm(v)
    value = v @ product(v)
    return abs(value) if size else value


def is_schedule_free(rule, beta=0.7, steps=6, result=True, tolerance=1e-9):
    rng, start = np.random.default_rng(0), np.array([1.0, -2.0])
    optimizer, params = rule(lr=0.3, beta1=beta), {"w": start.copy()}
    z = x = start
    for t in range(1, steps + 1):
        g = rng.normal(size=2)
        optimizer.update(params, {"w": g})
        z = z - 0.3 * g
        x = x + (z - x) / t
        if not np.allclose(params["w"], (1 - beta) * z + beta * x, rtol=tolerance, atol=tolerance):
            return False
        if result and not np.allclose(optimizer.result(params)["w"], x, rtol=tolerance, atol=tolerance):
            return False
    return True


def growing(i, t, k):
    return (k + 1) * math.prod(range(i, i + k)) / math.prod(range(t, t + k + 1))


RIGHT = {
    "8.1": power,
    "8.2": lambda minimum, weight_decay: np.clip(minimum, -1 / weight_decay, 1 / weight_decay),
    "8.3": is_schedule_free,
    "8.4": lambda t: 0.2 + 0.6 * min(1, t / 400),
    "8.5": growing,
}

WRONG = [
    ("8.1", lambda product, d: power(product, d, shift=0.0), "the largest in size. A shift"),
    ("8.1", lambda product, d: power(product, d, shift=0.0, size=True), "the largest size"),
    ("8.1", lambda product, d: power(product, d, rounds=3), "More rounds"),
    ("8.1", lambda product, d: 5.0, "never multiplied"),
    ("8.1", lambda product, d: product(np.eye(d))[0, 0], "takes shape"),
    ("8.2", lambda minimum, weight_decay: minimum, "outside the box"),
    ("8.2", lambda minimum, weight_decay: np.minimum(minimum, 1 / weight_decay), "one side only"),
    ("8.2", lambda minimum, weight_decay: np.sign(minimum) / weight_decay, "A minimum inside"),
    ("8.2", lambda minimum, weight_decay: np.clip(minimum, -weight_decay, weight_decay), "a small box"),
    ("8.2", lambda minimum, weight_decay: minimum / (1 + weight_decay), "ridge regression"),
    ("8.2", lambda minimum, weight_decay: minimum + 1, "it should be"),
    ("8.3", lambda rule: True, "β and 1 − β exchanged"),
    ("8.3", lambda rule: False, "rejects a right"),
    ("8.3", lambda rule: is_schedule_free(rule, beta=0.5), "β and 1 − β exchanged"),
    ("8.3", lambda rule: is_schedule_free(rule, result=False), "gives w for the result"),
    ("8.3", lambda rule: is_schedule_free(rule, steps=1, result=False), "β and 1 − β exchanged"),
    ("8.3", lambda rule: is_schedule_free(rule, tolerance=0.0), "rejects a right"),
    ("8.4", lambda t: 0.2, "a larger learning rate at the end"),
    ("8.4", lambda t: 0.8, "a peak"),
    ("8.4", lambda t: 5.0, "diverges at step"),
    ("8.4", lambda t: -0.1, "between 0 and 10"),
    ("8.5", lambda i, t, k: (k + 1) / (i + k), "takes a share of it"),
    ("8.5", lambda i, t, k: i**k / sum(j**k for j in range(1, t + 1)), "only about in proportion"),
    ("8.5", lambda i, t, k: growing(i, t, k) / 2, "not"),
]
