"""Right and wrong answers to the exercises of chapter 1; a wrong one with what its reader is told."""

import math

import numpy as np


def is_gradient_descent(optimizer_class, w=(1.0, 2.0), g=(0.2, -4.0), lr=0.5, second=True, steps=2):
    params, grads = {"w": np.array(w)}, {"w": np.array(g)}
    if second:
        params["b"], grads["b"] = np.array([3.0]), np.array([1.0])
    expected = {name: params[name] - steps * lr * grads[name] for name in params}
    optimizer = optimizer_class(lr=lr)
    for _ in range(steps):
        optimizer.update(params, grads)
    return all(np.allclose(params[name], expected[name]) for name in params)


def power_iteration(gradient, w, rounds=300, h=1e-4):
    v = np.random.default_rng(0).normal(size=w.shape)
    for _ in range(rounds):
        v = v / np.linalg.norm(v)
        v = (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)
    return np.linalg.norm(v)


def hessian(gradient, w):
    return np.array([(gradient(w + e) - gradient(w - e)) / 2 for e in np.eye(len(w))])


def largest_with_its_sign(gradient, w):
    return max(np.linalg.eigvalsh(hessian(gradient, w)), key=abs)


def exact_steps(kappa, fraction):
    return math.log(1 / fraction) / math.log((kappa + 1) / (kappa - 1))


def ends(eigenvalues):
    return min(eigenvalues), max(eigenvalues)


def best_step(eigenvalues):
    low, high = ends(eigenvalues)
    return 2 / (low + high), (high - low) / (high + low)


def by_sections(f, low, high):
    """The minimizer of a function with one valley, to the digits that its values can tell."""
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-9 * high:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if f(left) < f(right) else (left, high)
    return (low + high) / 2


def best_step_by_search(eigenvalues):
    def rate(lr):
        return np.abs(1 - lr * np.asarray(eigenvalues)).max()

    lr = by_sections(rate, 0, 2 / min(eigenvalues))
    return lr, rate(lr)


def nothing_if_wrong(optimizer_class):
    if is_gradient_descent(optimizer_class):
        return True


def nothing_if_right(optimizer_class):
    if not is_gradient_descent(optimizer_class):
        return False


RIGHT = {
    "1.1": best_step,
    "1.2": lambda kappa, fraction: math.ceil(exact_steps(kappa, fraction)),
    "1.3": is_gradient_descent,
    "1.4": power_iteration,
    "1.5": lambda g, H: g @ g / (g @ H @ g),
}

#: Other right answers.
ALSO_RIGHT = [
    ("1.1", best_step_by_search),
    ("1.1", lambda e: np.array(best_step(e))[:, None]),
    ("1.1", lambda e: (value for value in best_step(e))),
    ("1.2", lambda *given: np.array([math.ceil(exact_steps(*given))])),
    ("1.3", nothing_if_wrong),
    ("1.4", lambda gradient, w: abs(largest_with_its_sign(gradient, w))),
    ("1.4", lambda gradient, w: [[power_iteration(gradient, w)]]),
    ("1.5", lambda g, H: by_sections(lambda lr: lr * (lr / 2 * g @ H @ g - g @ g), 0, 100)),
]

WRONG = [
    ("1.1", lambda e: (2 / max(e), 0.5), "is the edge"),
    ("1.1", lambda e: (1 / max(e), 0.5), "balance the two"),
    ("1.1", lambda e: (2 / (e[0] + e[-1]), best_step(e)[1]) if len(e) > 2 else best_step(e), "no particular order"),
    ("1.1", lambda e: (2 / sum(e), 0.5) if len(e) > 2 else best_step(e), "not the learning rate of (1.8)"),
    ("1.1", lambda e: (best_step(e)[0], min(e) / max(e)), "largest |1 − ηλ|"),
    ("1.1", lambda e: best_step(e)[0], "two numbers"),
    ("1.1", lambda e: dict(zip(("lr", "rate"), best_step(e), strict=True)), "two numbers, the learning rate and"),
    ("1.2", exact_steps, "whole steps"),
    ("1.2", lambda kappa, fraction: math.floor(exact_steps(kappa, fraction)), "Round the other way"),
    ("1.2", lambda kappa, fraction: math.ceil(kappa / 2 * math.log(1 / fraction)), "approximation for large κ"),
    ("1.2", lambda kappa, fraction: math.ceil(exact_steps(kappa, fraction) / math.log(10)), "2.30"),
    ("1.2", lambda kappa, fraction: 691, "needs 35 steps, not 691"),
    ("1.2", lambda kappa, fraction: -exact_steps(kappa, fraction), "take ln(1/fraction)"),
    ("1.3", lambda cls: not is_gradient_descent(cls), "rejects the right implementation"),
    ("1.3", lambda cls: True, "walks uphill"),
    ("1.3", lambda cls: is_gradient_descent(cls, lr=1.0), "same step at every learning rate"),
    ("1.3", lambda cls: is_gradient_descent(cls, g=(1.0, -1.0)), "steps of one length"),
    ("1.3", lambda cls: is_gradient_descent(cls, second=False), "first parameter only"),
    ("1.3", lambda cls: is_gradient_descent(cls, w=(1.0,), g=(0.2,)), "sum of all gradients"),
    ("1.3", lambda cls: is_gradient_descent(cls, steps=1), "does your test take two?"),
    ("1.3", nothing_if_right, "Return True where all is well"),
    ("1.4", lambda gradient, w: power_iteration(gradient, w, rounds=6), "enough rounds"),
    ("1.4", largest_with_its_sign, "asks for its size"),
    ("1.4", lambda gradient, w: np.linalg.eigvalsh(hessian(gradient, w))[-1], "larger in size"),
    ("1.4", lambda gradient, w: 20 * w, "one number"),
    ("1.4", lambda gradient, w: 2 / power_iteration(gradient, w), "edge 2/λmax"),
    ("1.4", lambda gradient, w: power_iteration(gradient, w, rounds=2), "enough rounds"),
    ("1.4", lambda gradient, w: sum((gradient(w + e) - gradient(w)) @ e for e in np.eye(len(w))), "trace"),
    ("1.4", lambda gradient, w: np.linalg.norm(gradient(w)), "Normalize the direction"),
    ("1.5", lambda g, H: np.linalg.solve(H, g), "one number"),
    ("1.5", lambda g, H: 1 / np.linalg.eigvalsh(H)[-1], "longer"),
    ("1.5", lambda g, H: g @ H @ g / (g @ g), "one over it"),
    ("1.5", lambda g, H: g @ g / (g @ H @ g) / 2, "Half the right length"),
    ("1.5", lambda g, H: 0.3, "derivative zero"),
]
