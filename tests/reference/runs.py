"""The runs that were recorded from the frameworks: what was minimized, with which rules and settings.

Both the recorder and the tests read this file, so neither can run something else than the other. Gradients
are computed here, in NumPy, at the point where the framework (or the course) has got to.
"""

import math
from dataclasses import dataclass

import numpy as np

from steepest.frameworks import FRAMEWORKS, L2, LEARNING_RATE_CUT, Shrinking

STEPS = 1000

#: The problems, one in each row of the parameter array of shape (3, 2). Every rule but Muon is element-wise, so one run
#: solves them side by side and none knows of the others. To Muon the array is one matrix.
PROBLEMS = ("stream", "decades", "pull")

#: Where each problem starts. Where the gradients are given, w is 0, so that the first small steps can be told from 0.
START = np.array([[0.0, 0.0], [0.0, 0.0], [2.0, -1.5]])

_MEAN = np.array([0.3, -0.5])
_CURVATURE = np.array([[3.0, 1.0], [1.0, 2.0]])


def _noise(t):
    """Two numbers in [-1, 1] that look random and need no random number generator."""
    return np.sin([0.7 * t * t + t, 0.9 * t * t + 2.0 * t])


def gradients(t, w):
    """The gradients of all problems at step t = 1, 2, …, STEPS and w of shape (3, 2), of the same shape.

    The gradients either do not depend on w at all or pull w to where it should be, so that rounding is not amplified
    and two correct programs agree in all but the last digits for the whole run. (Where weight decay meets gradients
    near 0, they lose two or three more.)

    - ``stream``: given gradients of size about 1, noise around a mean of (0.3, -0.5).
    - ``decades``: given gradients with random signs whose size runs from 1e-6 to 1e3 in the first coordinate and from
      1e3 to 1e-6 in the second, a decade about every 111 steps.
    - ``pull``: the gradient A (w - c) of a quadratic with curvatures 3.6 and 1.4 whose minimum c goes round a circle of
      radius 1, with noise.
    """
    noise = _noise(t)
    up = -6.0 + 9.0 * (t - 1) / (STEPS - 1)
    minimum = np.array([math.cos(t / 100), math.sin(t / 100)])
    return np.array(
        [
            noise + _MEAN,
            np.sign(noise) * [10.0**up, 10.0 ** (-3.0 - up)],
            _CURVATURE @ (w[2] - minimum) + noise,
        ]
    )


#: Learning rates that change, as factors of `lr` by step t = 1, 2, …, STEPS.
SCHEDULES = {
    "piecewise": lambda t: (1.0, 3.0, 0.1, 0.5)[4 * (t - 1) // STEPS],
    "cosine": lambda t: (1.0 + math.cos(math.pi * (t - 1) / STEPS)) / 2,
    "cut": LEARNING_RATE_CUT.factor,
}


@dataclass(frozen=True, eq=False)
class Run:
    """A framework's rule with its settings, under the course's names.

    Attributes:
        framework, rule: a key of `steepest.frameworks.FRAMEWORKS`.
        settings: the hyperparameters that are not the framework's defaults.
        schedule: a key of `SCHEDULES`, or "" for a constant learning rate.
        beside: the form of a weight decay that is not an argument of the framework's optimizer, `L2` or `Shrinking`.
        transposed: whether the parameter was the array's transpose, for a rule that acts on matrices.
        double: whether PyTorch's Muon was made to compute in float64 where it takes bfloat16.
    """

    framework: str
    rule: str
    settings: dict
    schedule: str = ""
    beside: type | None = None
    transposed: bool = False
    double: bool = False

    def __str__(self):
        words = [
            f"{name}={value if isinstance(value, bool) else format(value, 'g')}"
            for name, value in self.settings.items()
        ]
        words += [self.schedule] if self.schedule else []
        words += [f"{self.beside.__name__} beside"] if self.beside else []
        words += ["transposed"] if self.transposed else []
        words += ["in float64"] if self.double else []
        return ", ".join(words) or "defaults"

    def optimizer(self):
        """The optimizer of this package that computes the same."""
        entry, settings = FRAMEWORKS[self.framework, self.rule], dict(self.settings)
        if self.beside is None:
            return entry(**settings)
        weight_decay = settings.pop("weight_decay")
        return self.beside(entry(**settings), weight_decay)


RUNS = (
    Run("PyTorch", "SGD", {}),
    Run("PyTorch", "SGD", {"lr": 0.05, "weight_decay": 0.1}, "cosine"),
    Run("PyTorch", "Momentum", {"lr": 0.01, "momentum": 0.9}),
    Run("PyTorch", "Momentum", {"lr": 0.01, "momentum": 0.9, "dampening": 0.5, "weight_decay": 0.1}),
    Run("PyTorch", "Momentum", {"lr": 0.02, "momentum": 0.8}, "piecewise"),
    Run("PyTorch", "Nesterov", {"lr": 0.01, "momentum": 0.9}),
    Run("PyTorch", "Nesterov", {"lr": 0.02, "momentum": 0.95}, "cosine"),
    Run("PyTorch", "AdaGrad", {}),
    Run("PyTorch", "AdaGrad", {"lr": 0.5, "eps": 0.1, "initial": 0.1, "lr_decay": 0.01}),
    Run("PyTorch", "AdaGrad", {"lr": 0.1, "weight_decay": 0.1}, "piecewise"),
    Run("PyTorch", "RMSProp", {}),
    Run("PyTorch", "RMSProp", {"decay": 0.9, "eps": 0.01, "centered": True}),
    Run("PyTorch", "RMSProp", {"lr": 0.001, "decay": 0.9, "momentum": 0.9}, "piecewise"),
    Run("PyTorch", "RMSProp", {"lr": 0.001, "momentum": 0.5, "centered": True, "weight_decay": 0.1}, "cosine"),
    Run("PyTorch", "Adam", {}),
    Run("PyTorch", "Adam", {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.01}),
    Run("PyTorch", "Adam", {"lr": 0.01}, "piecewise"),
    Run("PyTorch", "Adam", {"lr": 0.01, "beta1": 0.5, "beta2": 0.99, "weight_decay": 0.1}, "cosine"),
    Run("PyTorch", "AMSGrad", {}),
    Run("PyTorch", "AMSGrad", {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 1e-4}, "piecewise"),
    Run("PyTorch", "AdamW", {}),
    Run("PyTorch", "AdamW", {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.01, "weight_decay": 0.1}, "piecewise"),
    Run("PyTorch", "Muon", {}),
    Run("PyTorch", "Muon", {"lr": 0.01, "momentum": 0.9}, double=True),
    Run("PyTorch", "Muon", {"lr": 0.02, "weight_decay": 0.0}, "cosine", transposed=True, double=True),
    Run("Optax", "SGD", {"lr": 0.01}),
    Run("Optax", "SGD", {"lr": 0.05}, "cosine"),
    Run("Optax", "Momentum", {"lr": 0.01, "momentum": 0.9}),
    Run("Optax", "Momentum", {"lr": 0.02, "momentum": 0.8}, "piecewise"),
    Run("Optax", "Momentum", {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1}, "piecewise", beside=L2),
    Run("Optax", "Nesterov", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.001}, "cosine", beside=Shrinking),
    Run("Optax", "Nesterov", {"lr": 0.01, "momentum": 0.9}),
    Run("Optax", "Nesterov", {"lr": 0.02, "momentum": 0.95}, "cosine"),
    Run("Optax", "AdaGrad", {"lr": 0.01}),
    Run("Optax", "AdaGrad", {"lr": 0.5, "eps": 0.01, "initial": 0.0}),
    Run("Optax", "AdaGrad", {"lr": 0.1}, "piecewise"),
    Run("Optax", "RMSProp", {"lr": 0.01}),
    Run("Optax", "RMSProp", {"lr": 0.01, "eps": 0.01, "eps_inside": False, "initial": 1.0}),
    Run("Optax", "RMSProp", {"lr": 0.001, "momentum": 0.9}, "piecewise"),
    # In the first of these steps the corrected variance is 0 but for rounding; a large ε keeps that out of the run.
    Run("Optax", "RMSProp", {"lr": 0.1, "decay": 0.99, "centered": True, "bias_correction": True, "eps": 10.0}),
    Run(
        "Optax",
        "RMSProp",
        {"lr": 0.001, "momentum": 0.9, "nesterov": True, "centered": True, "eps_inside": False, "eps": 0.001},
        "cosine",
    ),
    Run("Optax", "RMSProp", {"lr": 0.001, "decay": 0.99, "momentum": 0.5, "nesterov": True, "bias_correction": True}),
    Run("Optax", "Adam", {"lr": 0.001}),
    Run("Optax", "Adam", {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.01, "eps_root": 0.001}, "piecewise"),
    Run("Optax", "Adam", {"lr": 0.01, "nesterov": True}, "cosine"),
    Run("Optax", "AMSGrad", {"lr": 0.001}),
    Run("Optax", "AMSGrad", {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 1e-4, "eps_root": 1e-6}, "piecewise"),
    Run("Optax", "AdamW", {"lr": 0.001}),
    Run("Optax", "AdamW", {"lr": 0.01, "eps_root": 0.001, "nesterov": True, "weight_decay": 0.1}, "cosine"),
    Run("Optax", "Lion", {"lr": 0.001}),
    Run("Optax", "Lion", {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "weight_decay": 0.1}, "piecewise"),
    Run("Optax", "SignSGD", {"lr": 0.01}, "cosine"),
    Run("Optax", "ScheduleFree", {"lr": 0.01}),
    Run("Optax", "ScheduleFree", {"lr": 0.05, "beta1": 0.7, "weight_decay": 0.1}, "cosine"),
    Run("Optax", "ScheduleFreeAdamW", {"lr": 0.001}),
    Run(
        "Optax",
        "ScheduleFreeAdamW",
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.01, "weight_decay": 0.1},
        "cosine",
    ),
    Run("Optax", "Muon", {"lr": 0.01}),
    Run("Optax", "Muon", {"lr": 0.02, "momentum": 0.8, "rms": 0.2, "weight_decay": 0.1}, "cosine", transposed=True),
    Run("Keras", "SGD", {}),
    Run("Keras", "SGD", {"lr": 0.05}, "cosine"),
    Run("Keras", "Momentum", {"momentum": 0.9}),
    Run("Keras", "Momentum", {"lr": 0.02, "momentum": 0.8}, "piecewise"),
    Run("Keras", "Momentum", {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1}, "cosine"),
    Run("Keras", "Momentum", {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.1}, "piecewise", beside=L2),
    Run("Keras", "Nesterov", {"momentum": 0.9}),
    Run("Keras", "Nesterov", {"lr": 0.02, "momentum": 0.95}, "cosine"),
    Run("Keras", "AdaGrad", {}),
    Run("Keras", "AdaGrad", {"lr": 0.5, "eps": 0.01, "initial": 0.0}),
    Run("Keras", "AdaGrad", {"lr": 0.1}, "piecewise"),
    Run("Keras", "RMSProp", {}),
    Run("Keras", "RMSProp", {"lr": 0.01, "decay": 0.99, "eps": 0.001, "centered": True}),
    Run("Keras", "RMSProp", {"lr": 0.001, "momentum": 0.9}, "piecewise"),
    Run("Keras", "RMSProp", {"lr": 0.001, "momentum": 0.5, "centered": True, "eps": 0.001}, "cosine"),
    Run("Keras", "Adam", {}),
    Run("Keras", "Adam", {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.01}),
    Run("Keras", "Adam", {"lr": 0.01}, "piecewise"),
    Run("Keras", "Adam", {"lr": 0.01, "beta1": 0.5, "beta2": 0.9}, "cosine"),
    Run("Keras", "AMSGrad", {}),
    Run("Keras", "AMSGrad", {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "eps": 1e-4}, "piecewise"),
    Run("Keras", "AdamW", {}),
    Run("Keras", "AdamW", {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.01, "weight_decay": 0.1}, "piecewise"),
    Run("Keras", "Lion", {}),
    Run("Keras", "Lion", {"lr": 0.01, "beta1": 0.8, "beta2": 0.9, "weight_decay": 0.1}, "cosine"),
    Run("Keras", "ScheduleFreeAdamW", {}),
    Run(
        "Keras",
        "ScheduleFreeAdamW",
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.99, "eps": 0.01, "weight_decay": 0.1},
        "piecewise",
    ),
    Run("Keras", "Muon", {}),
    Run("Keras", "Muon", {"lr": 0.01, "momentum": 0.8, "rms": 0.5, "weight_decay": 0.1}, "piecewise", transposed=True),
)


def follow(run, step, start=START):
    """The points of a run after each step, of shape (STEPS, 3, 2).

    Args:
        run: the `Run`.
        step: a function that takes the factor by which the schedule multiplies `lr`, w and the gradient, and returns
            the next w.
        start: w before the first step.
    """
    factor = SCHEDULES.get(run.schedule, lambda t: 1.0)
    w, points = start.copy(), []
    for t in range(1, STEPS + 1):
        g = gradients(t, w)
        w = step(factor(t), w.T, g.T).T if run.transposed else step(factor(t), w, g)
        points.append(np.array(w))
    return np.array(points)
