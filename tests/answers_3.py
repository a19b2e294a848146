"""Right and wrong answers to the exercises of chapter 3; a wrong one with what its reader is told."""

import math

import numpy as np

from steepest.bugs import NewVelocityNesterov
from steepest.modes import spectral_radius


def best(eigenvalues):
    low, high = math.sqrt(min(eigenvalues)), math.sqrt(max(eigenvalues))
    rate = (high - low) / (high + low)
    return 4 / (low + high) ** 2, rate**2, rate


def best_in_order(eigenvalues):
    return best(eigenvalues[[0, -1]])


def kappa_for_its_root(eigenvalues):
    low, high = min(eigenvalues), max(eigenvalues)
    return best(eigenvalues)[0], ((high - low) / (high + low)) ** 2, best(eigenvalues)[2]


def step(g, v, lr, momentum):
    return momentum**2 * v - (1 + momentum) * lr * g, momentum * v - lr * g


def new_velocity(g, v, lr, momentum):
    v = momentum * v - lr * g
    return momentum**2 * v - (1 + momentum) * lr * g, v


def in_place(g, v, lr, momentum):
    result = step(g, v, lr, momentum)
    v *= momentum
    v -= lr * g
    return result[0], v


def is_nesterov(optimizer_class, steps=2, momentum=0.5, close=np.allclose):
    params, lr = {"w": np.array([1.0, 2.0]), "b": np.array([3.0])}, 0.3
    expected = {name: w.copy() for name, w in params.items()}
    velocity = {name: 0 * w for name, w in params.items()}
    optimizer, rng = optimizer_class(lr=lr, momentum=momentum), np.random.default_rng(0)
    for _ in range(steps):
        grads = {name: rng.normal(size=w.shape) for name, w in params.items()}
        optimizer.update(params, grads)
        for name, g in grads.items():
            moved, velocity[name] = step(g, velocity[name], lr, momentum)
            expected[name] += moved
    return all(close(params[name], expected[name]) for name in params)


def fastest(kappa):
    root = math.sqrt(3 * kappa + 1)
    return 4 / (3 * kappa + 1), (root - 2) / (root + 2)


def usual(kappa):
    root = math.sqrt(kappa)
    return 1 / kappa, (root - 1) / (root + 1)


def half_life(momentum):
    return math.log(2) / math.log(1 / momentum)


def bisected(f, low, high):
    """Where f, positive at ``low`` and negative at ``high``, changes its sign."""
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return low


RIGHT = {
    "3.1": half_life,
    "3.2": best,
    "3.3": step,
    "3.4": is_nesterov,
    "3.5": fastest,
    "3.6": lambda mu: 2 * (1 + mu) / (1 + 2 * mu + 2 * mu**2),
}

ALSO_RIGHT = [
    ("3.1", lambda mu: bisected(lambda t: mu**t - 0.5, 0, 1000)),
    ("3.1", lambda mu: np.array([half_life(mu)])),
    ("3.2", lambda e: np.array(best(e))[:, None]),
    ("3.2", lambda e: (value for value in best(e))),
    ("3.4", lambda cls: True if is_nesterov(cls) else None),
    ("3.5", lambda kappa: list(fastest(kappa))),
    ("3.6", lambda mu: bisected(lambda x: 1 - spectral_radius(NewVelocityNesterov, x, lr=1.0, momentum=mu), 0.1, 3)),
]

WRONG = [
    ("3.1", lambda mu: math.log(2) / math.log(mu), "wrong sign"),
    ("3.1", lambda mu: 1 / mu, "1/μ is no half-life"),
    ("3.1", lambda mu: 1 / (1 - mu), "the sum 1 + μ"),
    ("3.1", lambda mu: math.log(2) / (1 - mu), "near 1 only"),
    ("3.1", lambda mu: 1 / math.log(1 / mu), "0.37"),
    ("3.1", lambda mu: math.ceil(half_life(mu)), "is rounded"),
    ("3.1", lambda mu: -1e5, "a positive number of steps, not -1e+05"),
    ("3.1", lambda mu: {"half-life": half_life(mu)}, "should return one number, not {"),
    ("3.1", lambda mu: 6.578813478960585, "a fraction 0.0105 of the velocity is left"),
    ("3.2", lambda e: (2 / (min(e) + max(e)), 0.5, 0.5), "without momentum"),
    ("3.2", lambda e: (4 / (min(e) + max(e)), 0.5, 0.5), "roots are taken first"),
    ("3.2", lambda e: best_in_order(e) if len(e) > 2 else best(e), "no particular order"),
    ("3.2", lambda e: (1 / max(e), 0.5, 0.5), "not the learning rate of (3.8)"),
    ("3.2", kappa_for_its_root, "κ stands where √κ should"),
    ("3.2", lambda e: (best(e)[0], best(e)[2], best(e)[2]), "Your momentum is √μ"),
    ("3.2", lambda e: (best(e)[0], 0.9, 0.5), "not the momentum of (3.8)"),
    ("3.2", lambda e: (best(e)[0], best(e)[1], best(e)[1]), "not by μ"),
    ("3.2", lambda e: (*best(e)[:2], 0.123), "cannot be 0.123"),
    ("3.2", lambda e: best(e)[:2], "three numbers"),
    ("3.3", new_velocity, "Your first step is 2.71·η·g"),
    ("3.3", lambda g, v, lr, mu: (mu * v - lr * g, mu * v - lr * g), "that of the heavy ball"),
    ("3.3", lambda g, v, lr, mu: (-step(g, v, lr, mu)[0], step(g, v, lr, mu)[1]), "uphill"),
    ("3.3", lambda g, v, lr, mu: (mu**2 * v - 2 * lr * g, v), "first step is 2·η·g"),
    ("3.3", lambda g, v, lr, mu: (mu**2 * v - (1 + mu) * lr, v), "changes its direction"),
    ("3.3", in_place, "changes the velocity it was given"),
    ("3.3", lambda g, v, lr, mu: (step(g, v, lr, mu)[0],) * 2, "keeps the whole step"),
    ("3.3", lambda g, v, lr, mu: (step(g, v, lr, mu)[0], mu * v - g), "should be μv − ηg"),
    ("3.3", lambda g, v, lr, mu: (mu * v - (1 + mu) * lr * g, mu * v - lr * g), "enters the step with μ²"),
    ("3.3", lambda g, v, lr, mu: (-(1 + mu) * lr * g, mu * v - lr * g), "term by term"),
    ("3.3", lambda g, v, lr, mu: step(g, v, lr, mu)[0], "two arrays"),
    ("3.3", lambda g, v, lr, mu: (0.1, 0.2), "shapes () and ()"),
    ("3.4", lambda cls: not is_nesterov(cls), "rejects the right implementation"),
    ("3.4", lambda cls: is_nesterov(cls, close=np.array_equal), "Use np.allclose"),
    ("3.4", lambda cls: False if not is_nesterov(cls) else None, "Return True where all is well"),
    ("3.4", lambda cls: True, "is (1 + μ + μ²)ηg"),
    ("3.4", lambda cls: is_nesterov(cls, steps=1), "do you take two?"),
    ("3.4", lambda cls: is_nesterov(cls, momentum=0.9), "has 0.9 built in"),
    ("3.5", usual, "usual settings"),
    ("3.5", lambda kappa: best(np.array([1, kappa]))[:2], "diverges: at your momentum the edge is"),
    ("3.5", lambda kappa: (1 / kappa, 0.5), "times fewer steps"),
    ("3.5", lambda kappa: (-1.0, 0.5), "learning rate is positive"),
    ("3.5", lambda kappa: (math.inf, 0.5), "learning rate is positive"),
    ("3.5", lambda kappa: (1e300, 0.5), "diverges"),
    ("3.5", lambda kappa: fastest(100.0), "At κ = 10"),
    ("3.5", lambda kappa: 0.1, "two numbers"),
    ("3.6", lambda mu: 2 * (1 + mu) / (1 + 2 * mu), "edge of the right rule"),
    ("3.6", lambda mu: 2 * (1 + mu), "edge of the heavy ball"),
    ("3.6", lambda mu: 2.0 if mu == 0 else 1 / mu, "determinant"),
    ("3.6", lambda mu: round(RIGHT["3.6"](mu), 3), "not a search"),
    ("3.6", lambda mu: 2 - mu, "At the edge it is 1"),
    ("3.6", lambda mu: math.inf, "positive and below 4, not inf"),
]
