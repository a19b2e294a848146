"""Right and wrong answers to the exercises of chapter 6; a wrong one with what its reader is told."""

import numpy as np

from steepest import Adam
from steepest.bugs import UncorrectedAdam
from steepest.exercises import chapter_6


def averages(values, beta, divisor=lambda t, beta: 1 - beta**t):
    average, result = 0.0, []
    for t, value in enumerate(values, start=1):
        average = beta * average + (1 - beta) * value
        result.append(average / divisor(t, beta))
    return result


def averages_on_corrected(values, beta):
    average, result = 0.0, []
    for t, value in enumerate(values, start=1):
        average = (beta * average + (1 - beta) * value) / (1 - beta**t)
        result.append(average)
    return result


def longest(beta1, beta2, steps=20_000):
    t = np.arange(1, steps)
    length = (1 - beta1**t) / np.sqrt(1 - beta2**t)
    return t[length.argmax()], length.max()


def is_adam(optimizer_class, shapes=((2,), (1,)), steps=4, eps=0.1, change=True, alternate=True, tolerance=1e-8):
    """Compare with Adam on a test that may leave things out."""
    runs = []
    for cls in Adam, optimizer_class:
        rng, optimizer = np.random.default_rng(0), cls(lr=0.5, beta1=0.8, beta2=0.9, eps=eps)
        params = {f"w{i}": np.ones(shape) for i, shape in enumerate(shapes)}
        first = {name: rng.uniform(0.5, 2, size=w.shape) for name, w in params.items()}
        for t in range(steps):
            sign = (-1) ** t if alternate else 1
            optimizer.update(params, {name: g * (1 + t * change) * sign for name, g in first.items()})
        runs.append(params)
    return all(np.allclose(runs[0][name], runs[1][name], rtol=tolerance, atol=tolerance) for name in runs[0])


def turn(period, large, steps=12):
    low, high = 0.0, 1.0
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (middle, high) if chapter_6._one_round(middle, period, large) > 0 else (low, middle)
    return (low + high) / 2


RIGHT = {
    "6.1": averages,
    "6.2": longest,
    "6.3": is_adam,
    "6.4": turn,
    "6.5": lambda t, beta1, beta2: -7e-5 * (beta2 / beta1) ** np.arange(t),
    "6.6": lambda h_hat, weight_decay, eps: weight_decay * (np.sqrt(h_hat) + eps),
}

ALSO_RIGHT = [
    ("6.1", lambda values, beta: (average for average in averages(values, beta))),
    ("6.1", lambda values, beta: np.array(averages(values, beta))[:, None]),
    ("6.2", lambda beta1, beta2: list(longest(beta1, beta2))),
    ("6.2", lambda beta1, beta2: np.array(longest(beta1, beta2))[:, None]),
    ("6.4", lambda period, large: np.array([turn(period, large)])),
    ("6.5", lambda t, beta1, beta2: round(beta2 / beta1, 2) ** np.arange(t)),
    ("6.5", lambda t, beta1, beta2: ((beta2 / beta1) ** k for k in range(t))),
    ("6.6", lambda h_hat, weight_decay, eps: (weight_decay * (root + eps) for root in np.sqrt(h_hat))),
]

WRONG = [
    ("6.1", lambda v, b: dict(enumerate(averages(v, b))), "It should return 5 numbers, not {0:"),
    ("6.3", lambda cls: cls is chapter_6._EpsInside or is_adam(cls), "ε inside the root"),
    ("6.3", lambda cls: cls is chapter_6._EpsHat or is_adam(cls), "root of the uncorrected h"),
    ("6.3", lambda cls: is_adam(cls, tolerance=0), "Use np.allclose"),
    ("6.5", lambda t, b1, b2: b1 ** -np.arange(t), "99.89%"),
    ("6.1", lambda v, b: averages(v, b, lambda t, beta: 1), "not corrected yet"),
    ("6.1", lambda v, b: averages(v, b, lambda t, beta: 1 - beta), "has to move on from 1"),
    ("6.1", lambda v, b: averages(v, b, lambda t, beta: 1 / (1 - beta**t)), "smaller still"),
    ("6.1", lambda v, b: averages(v, b, lambda t, beta: 1 - beta ** max(t - 1, 1)), "one step late"),
    ("6.1", lambda v, b: np.cumsum(v) / np.arange(1, len(v) + 1), "plain mean"),
    ("6.1", averages_on_corrected, "Does the next step start from it"),
    ("6.1", lambda v, b: averages(v, b)[-1], "It should return 5 numbers, not"),
    ("6.1", lambda v, b: [0.0] * len(v), "should be the first value"),
    ("6.2", lambda b1, b2: (1, (1 - b1) / np.sqrt(1 - b2)), "the steps that follow are longer"),
    ("6.2", lambda b1, b2: (1, 1 / np.sqrt(1 - b2)), "with m corrected"),
    ("6.2", lambda b1, b2: (longest(b1, b2)[0], 1 / longest(b1, b2)[1]), "upside down"),
    ("6.2", lambda b1, b2: (longest(b1, b2)[0] - 1, longest(b1, b2)[1]), "argmax counts from 0"),
    ("6.2", lambda b1, b2: (1.2564 / np.log(1 / b1), longest(b1, b2)[1]), "approximation (6.9)"),
    ("6.2", lambda b1, b2: (100, 2.0), "not number 100"),
    ("6.2", lambda b1, b2: (longest(b1, b2)[0], 6.0), "step number is right"),
    ("6.2", lambda b1, b2: longest(b1, b2)[1], "It should return two numbers, not"),
    ("6.3", lambda cls: True, "corrects neither average"),
    ("6.3", lambda cls: cls is not UncorrectedAdam, "corrects m and not h"),
    ("6.3", lambda cls: False, "rejects the right implementation"),
    ("6.3", lambda cls: is_adam(cls, steps=1), "does your test take several"),
    ("6.3", lambda cls: is_adam(cls, shapes=((2,),)), "does your test have two"),
    ("6.3", lambda cls: is_adam(cls, eps=1e-8, tolerance=1e-4), "is ε in your test so small"),
    ("6.3", lambda cls: is_adam(cls, change=False, alternate=False), "uses β₁ for the squares"),
    (
        "6.3",
        lambda cls: cls is not chapter_6._SwapsTheDecays and is_adam(cls, change=False, alternate=False),
        "averages no gradients",
    ),
    ("6.3", lambda cls: cls is chapter_6._SquaresTheAverage or is_adam(cls), "squares the average"),
    ("6.4", lambda period, large: 1 / (1 + large**2), "where the proof works"),
    ("6.4", lambda period, large: 1 - 1 / period, "a good guess, and no more"),
    ("6.4", lambda period, large: 0.05, "still goes up"),
    ("6.4", lambda period, large: 0.995, "still goes down"),
    ("6.4", lambda period, large: 2.0, "between 0 and 1"),
    ("6.4", lambda period, large: [0.4, 0.5], "one number"),
    ("6.5", lambda t, b1, b2: np.eye(t)[-1], "paper's worst case"),
    ("6.5", lambda t, b1, b2: np.ones(t), "constant gradients"),
    ("6.5", lambda t, b1, b2: (b1 / b2) ** np.arange(t), "turned round"),
    ("6.5", lambda t, b1, b2: (np.sqrt(b2) / b1) ** np.arange(t), "p itself"),
    ("6.5", lambda t, b1, b2: np.zeros(t), "not all zero"),
    ("6.5", lambda t, b1, b2: 1.02 ** np.arange(t), "When is Cauchy–Schwarz an equality"),
    ("6.5", lambda t, b1, b2: np.ones(t + 1), "not an array of shape"),
    ("6.6", lambda h, wd, eps: wd, "One strength for all"),
    ("6.6", lambda h, wd, eps: np.full_like(h, wd), "plain L2"),
    ("6.6", lambda h, wd, eps: wd / (np.sqrt(h) + eps), "other way round"),
    ("6.6", lambda h, wd, eps: wd * np.sqrt(h), "With ε = 0.3 the divisor"),
    ("6.6", lambda h, wd, eps: wd * np.sqrt(h + eps), "outside the root"),
    ("6.6", lambda h, wd, eps: wd * h, "root of ĥ, not by ĥ"),
    ("6.6", lambda h, wd, eps: np.ones_like(h), "the pull is"),
]
