"""Right and wrong answers to the exercises of chapter 4; a wrong one with what its reader is told."""

import functools
import math

import numpy as np


def rates(gradients, lr):
    return lr / np.sqrt(np.sum(gradients**2, axis=0))


def steps_to_cover(distance, lr):
    steps, way = 0, 0.0
    while way < distance:
        steps += 1
        way += lr / math.sqrt(steps)
    return steps


def is_adagrad(optimizer_class, steps=2, shapes=((2,), (1,)), close=np.allclose, factor=-0.25, eps=0.0):
    params = {f"w{i}": np.ones(shape) for i, shape in enumerate(shapes)}
    expected = {name: w.copy() for name, w in params.items()}
    h, optimizer = dict.fromkeys(params, 0.0), optimizer_class(lr=0.5)
    for t in range(steps):
        grads = {name: (i + 2.0 + np.arange(w.size)) * factor**t for i, (name, w) in enumerate(params.items())}
        optimizer.update(params, grads)
        for name, g in grads.items():
            h[name] = h[name] + g**2
            expected[name] -= 0.5 * g / (np.sqrt(h[name]) + eps)
    return all(close(params[name], expected[name]) for name in params)


def scaling(h, budget):
    return budget * np.sqrt(h) / np.sqrt(h).sum()


def rate_to_arrive(x0, fraction, steps):
    return x0 * math.sqrt((math.log(1 / fraction**2) - 1 + fraction**2) / (8 * steps))


def matrix_step(G, g, lr, power=-0.5, cut=1e-10):
    values, vectors = np.linalg.eigh(G)
    used = values > cut * values.max()
    return -lr * (vectors[:, used] * values[used] ** power) @ (vectors[:, used].T @ g)


def noisy_where_empty(G, g, lr):
    """Right for a matrix of full rank; otherwise divides what rounding left of g by what it left of G."""
    if np.linalg.matrix_rank(G) == len(G):
        return matrix_step(G, g, lr)
    values, vectors = np.linalg.eigh(G)
    return -lr * (vectors / np.sqrt(np.abs(values) + 1e-16)) @ (vectors.T @ (g + 1e-6))


RIGHT = {
    "4.1": rates,
    "4.2": steps_to_cover,
    "4.3": is_adagrad,
    "4.4": scaling,
    "4.5": rate_to_arrive,
    "4.6": matrix_step,
}

ALSO_RIGHT = [
    ("4.1", lambda g, lr: lr / np.sqrt(np.sum(g**2, axis=0, keepdims=True))),
    ("4.1", lambda g, lr: (rate for rate in rates(g, lr))),
    ("4.2", lambda distance, lr: np.array([steps_to_cover(distance, lr)])),
    ("4.3", lambda cls: True if is_adagrad(cls) else None),
    ("4.3", lambda cls: is_adagrad(functools.partial(cls, eps=1e-8))),
    ("4.4", lambda h, budget: scaling(h, budget)[:, None]),
    ("4.5", lambda x0, f, steps: np.array([rate_to_arrive(x0, f, steps)])),
]

WRONG = [
    ("4.1", lambda g, lr: lr / np.sum(g**2, axis=0), "AdaGrad divides by its root"),
    ("4.1", lambda g, lr: rates(g, 1), "lr is missing"),
    ("4.1", lambda g, lr: 1 / rates(g, 1), "Those are the roots"),
    ("4.1", lambda g, lr: rates(g, lr) if len(g) == 1 else rates(g, lr) * np.sqrt(len(g)), "root of the mean"),
    ("4.1", lambda g, lr: lr / np.sum(np.abs(g), axis=0), "adds up sizes |g|"),
    ("4.1", lambda g, lr: lr / np.abs(np.sum(g, axis=0)), "Square first"),
    ("4.1", lambda g, lr: np.full(g.shape[1], lr / np.linalg.norm(g)), "along axis 0"),
    ("4.1", lambda g, lr: lr / np.linalg.norm(g), "rate of its own"),
    ("4.1", lambda g, lr: dict(enumerate(rates(g, lr))), "It should return numbers in an array of shape (2,), not {"),
    ("4.1", lambda g, lr: lr / np.abs(g[-1]), "last gradient alone"),
    ("4.1", lambda g, lr: lr / np.sqrt(np.sum(g**2, axis=1)), "shape (2,)"),
    ("4.1", lambda g, lr: rates(g, lr) + 1, "first rate should be"),
    ("4.2", lambda distance, lr: math.ceil(distance / lr), "if all were lr long"),
    ("4.2", lambda distance, lr: math.ceil((distance / (2 * lr)) ** 2), "which is a bound"),
    ("4.2", lambda distance, lr: (distance / (2 * lr)) ** 2, "which is a bound"),
    ("4.2", lambda distance, lr: steps_to_cover(distance, lr) - 1, "one off"),
    ("4.2", lambda distance, lr: steps_to_cover(distance, lr) + 7, "steps get"),
    ("4.2", lambda distance, lr: math.inf, "inf steps cannot be right"),
    ("4.3", lambda cls: not is_adagrad(cls), "rejects the right implementation"),
    ("4.3", lambda cls: is_adagrad(cls, close=np.array_equal), "use np.allclose"),
    ("4.3", lambda cls: is_adagrad(cls, close=np.array_equal, eps=1e-8), "the same step, but for rounding"),
    ("4.3", lambda cls: False if not is_adagrad(cls) else None, "Return True where all is well"),
    ("4.3", lambda cls: True, "is gradient descent"),
    ("4.3", lambda cls: is_adagrad(cls, steps=1), "do you take two?"),
    ("4.3", lambda cls: is_adagrad(cls, shapes=((1,), (1,))), "an array of two numbers"),
    ("4.3", lambda cls: is_adagrad(cls, shapes=((2,),)), "two parameters"),
    ("4.4", lambda h, budget: np.sqrt(h), "proportions are right"),
    ("4.4", lambda h, budget: h, "The sum of the s should be"),
    ("4.4", lambda h, budget: budget * h / h.sum(), "makes all h/s equal"),
    ("4.4", lambda h, budget: np.full(len(h), budget / len(h)), "All s equal"),
    ("4.4", lambda h, budget: scaling(1 / h, budget), "upside down"),
    ("4.4", lambda h, budget: scaling(h**3, budget), "The sum of h/s is"),
    ("4.4", lambda h, budget: -scaling(h, budget), "must be positive"),
    ("4.5", lambda x0, f, steps: x0 * (1 - f) / (2 * math.sqrt(steps)), "the gradient fades"),
    ("4.5", lambda x0, f, steps: rate_to_arrive(1, f, steps), "proportional to x0"),
    ("4.5", lambda x0, f, steps: rate_to_arrive(x0, f, steps) ** 2, "Take the root"),
    ("4.5", lambda x0, f, steps: 0.01, "AdaGrad leaves a fraction"),
    ("4.5", lambda x0, f, steps: -1.0, "learning rate is positive"),
    ("4.6", lambda G, g, lr: -matrix_step(G, g, lr), "uphill"),
    ("4.6", lambda G, g, lr: -lr * g / np.sqrt(np.diag(G)), "AdaGrad as before"),
    ("4.6", lambda G, g, lr: matrix_step(G, g, lr, power=-1), "inverse of the root of G"),
    ("4.6", lambda G, g, lr: matrix_step(G, g, lr, power=0.5), "It should divide"),
    ("4.6", lambda G, g, lr: matrix_step(G, g, 1), "lr is missing"),
    ("4.6", lambda G, g, lr: -lr * np.sqrt(np.abs(G)) @ g, "not of its entries"),
    ("4.6", noisy_where_empty, "Leave those directions out"),
]
