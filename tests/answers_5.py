"""Right and wrong answers to the exercises of chapter 5; a wrong one with what its reader is told."""

import math

import numpy as np


def rise(decay, n, small, large, rounds=None):
    """How far a round of gradients moves a weight up, once the average has settled, or after so many rounds."""
    h = 0.0
    for _ in range(rounds or int(20 / (1 - decay) / (n + 1)) + 2):
        moved = 0.0
        for g in [small] * n + [-large]:
            h = decay * h + (1 - decay) * g**2
            moved -= g / math.sqrt(h)
    return moved


def smallest_decay(n, small, large, rounds=None):
    low, high = 0.0, 0.999
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if rise(middle, n, small, large, rounds) > 0 else (middle, high)
    return high


def is_rmsprop(cls, gradients=((2.0, -0.1), (-0.5, 3.0), (4.0, 0.7)), lr=0.3, decay=0.6, eps=0.5, close=np.allclose):
    gradients = np.array(gradients)
    w, h, params = np.zeros(gradients.shape[1]), 0.0, {"w": np.zeros(gradients.shape[1])}
    optimizer = cls(lr=lr, decay=decay, eps=eps)
    for g in gradients:
        optimizer.update(params, {"w": g})
        h = decay * h + (1 - decay) * g**2
        w = w + -lr * g / (np.sqrt(h) + eps)
    return bool(close(params["w"], w))


def jacobian(decay):
    return np.array([[2 * decay - 1, -2 * decay], [1 - decay, decay]])


def eigenvalues(decay):
    return np.linalg.eigvals(jacobian(decay))


NOISE = np.random.default_rng(0).normal(size=(40, 2))

RIGHT = {
    "5.1": lambda half_life: 2 ** (-1 / half_life),
    "5.2": lambda loss, curvatures: math.sqrt(8 * loss / sum(curvatures)),
    "5.3": is_rmsprop,
    "5.4": smallest_decay,
    "5.5": lambda lr, t: (lr / math.sqrt(t), 1 - 1 / t),
    "5.6": lambda decay: np.abs(eigenvalues(decay)).max(),
}

ALSO_RIGHT = [
    ("5.1", lambda half_life: round(0.5 ** (1 / half_life), 6)),
    ("5.1", lambda half_life: np.exp([-math.log(2) / half_life])),
    ("5.2", lambda loss, curvatures: float(f"{math.sqrt(8 * loss / sum(curvatures)):.6g}")),
    ("5.4", lambda n, small, large: np.array([[smallest_decay(n, small, large)]])),
    ("5.5", lambda lr, t: np.array([[lr / math.sqrt(t)], [1 - 1 / t]])),
    ("5.5", lambda lr, t: (value for value in (lr / math.sqrt(t), 1 - 1 / t))),
    ("5.6", lambda decay: np.abs(eigenvalues(decay)).max(keepdims=True)),
]

WRONG = [
    ("5.1", lambda half_life: round(0.5 ** (1 / half_life), 2), "in place of one half"),
    ("5.1", lambda half_life: {"decay": 0.5 ** (1 / half_life)}, "should return one number"),
    ("5.2", lambda loss, curvatures: 1e200, "ends at inf"),
    ("5.2", lambda loss, curvatures: np.sqrt(8 * loss / curvatures), "an array of shape (2,)"),
    ("5.1", lambda half_life: 1 - 1 / half_life, "window"),
    ("5.1", lambda half_life: math.exp(-1 / half_life), "1/e"),
    ("5.1", lambda half_life: 1 - math.log(2) / half_life, "approximation"),
    ("5.1", lambda half_life: 1 / half_life if half_life > 1 else 0.5, "half-life = 1/ρ"),
    ("5.1", lambda half_life: 0.5**half_life, "raised to H"),
    ("5.1", lambda half_life: 2 ** (1 / half_life), "outside [0, 1)"),
    ("5.1", lambda half_life: 0.9, "leaves the weight 0.9"),
    ("5.2", lambda loss, curvatures: math.sqrt(2 * loss / sum(curvatures)), "2a = η"),
    ("5.2", lambda loss, curvatures: 8 * loss / sum(curvatures), "square of the learning rate"),
    ("5.2", lambda loss, curvatures: math.sqrt(8 * loss / max(curvatures)), "steepest coordinate alone"),
    ("5.2", lambda loss, curvatures: math.sqrt(8 * loss / np.mean(curvatures)), "mean of the curvatures"),
    ("5.2", lambda loss, curvatures: math.sqrt(4 * loss / sum(curvatures)), "Too small by √2"),
    ("5.2", lambda loss, curvatures: 0.1, "by (5.14)"),
    ("5.3", lambda cls: not is_rmsprop(cls), "rejects the right implementation"),
    ("5.3", lambda cls: is_rmsprop(cls, NOISE, decay=0.93, eps=1e-3, close=np.array_equal), "Use np.allclose"),
    ("5.3", lambda cls: True, "adds the whole square"),
    ("5.3", lambda cls: is_rmsprop(cls, decay=0.5), "is your decay ½?"),
    ("5.3", lambda cls: is_rmsprop(cls, gradients=[(2.0, -0.1)]), "never forgets"),
    ("5.3", lambda cls: is_rmsprop(cls, gradients=[(2.0, -2.0), (0.3, 0.3)]), "one average for all coordinates"),
    ("5.3", lambda cls: is_rmsprop(cls, eps=1e-12), "is your ε of a size that shows?"),
    ("5.4", lambda n, small, large: 1 - 1 / (n + 1), "as long as a round"),
    ("5.4", lambda n, small, large: 0.9995, "it does so too"),
    ("5.4", lambda n, small, large: 0.2, "still falls"),
    ("5.4", lambda n, small, large: 1.0, "outside [0, 1)"),
    ("5.4", lambda n, small, large: smallest_decay(n, small, large, rounds=1), "leave the first rounds out"),
    ("5.5", lambda lr, t: (lr, 1 - 1 / t), "t times as much"),
    ("5.5", lambda lr, t: (lr / t, 1 - 1 / t), "under a root"),
    ("5.5", lambda lr, t: (lr / t**2, 1 - 1 / t), "is not AdaGrad's"),
    ("5.5", lambda lr, t: (lr / math.sqrt(t), 0.9), "What must ρ₁ be"),
    ("5.5", lambda lr, t: (lr / math.sqrt(t), 1 / t if t > 1 else 0.0), "newest has the weight 1/t"),
    ("5.5", lambda lr, t: (lr / math.sqrt(t), 0.9 if t > 1 else 0.0), "not in proportion to the sum"),
    ("5.5", lambda lr, t: lr / math.sqrt(t), "two numbers"),
    ("5.5", lambda lr, t: (lr / math.sqrt(t), 1.0), "must lie in [0, 1)"),
    ("5.6", lambda decay: math.sqrt(decay), "only their product is ρ"),
    ("5.6", lambda decay: np.abs(eigenvalues(decay)).min(), "smaller of the two sizes"),
    ("5.6", lambda decay: decay, "determinant"),
    ("5.6", lambda decay: 3 * decay - 1, "trace alone"),
    ("5.6", lambda decay: eigenvalues(decay)[0], "absolute value"),
    ("5.6", lambda decay: -np.abs(eigenvalues(decay)).max(), "Its size is asked for"),
    ("5.6", lambda decay: 0.7, "has the size 0.9487"),
]
