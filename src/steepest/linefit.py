"""The loss of a line over data, as a surface."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from steepest.arguments import array
from steepest.problems import ALL, LinearRegression
from steepest.surfaces import Loss, Surface, X, Y

_INPUT, _TARGET = sp.symbols("input target")


@dataclass(frozen=True, eq=False)
class LineFit:
    """Half the mean squared error of a line y = wx + b, as a surface over (w, b).

    Args:
        x: inputs, shape (n,).
        y: targets, shape (n,).
        window: ((w low, w high), (b low, b high)); the part of the plane within two standard deviations of the targets
            from the minimum where it is None.
        start: the first point (w, b); the lower left of the window where it is None.

    >>> fit = LineFit([-1.0, 0.0, 1.0], [-1.0, 1.0, 3.0])
    >>> fit.minima.round(12)
    array([[2., 1.]])
    >>> float(fit([2.0, 0.0]))
    0.5
    """

    x: np.ndarray
    y: np.ndarray
    window: Any = None
    start: Any = None

    name = "line"
    made_by = ("steepest.linefit", "LineFit")
    axes = ("w", "b")

    @property
    def parameters(self) -> dict:
        """It has none."""
        return {}

    @property
    def ranges(self) -> dict:
        """It has none."""
        return {}

    def __post_init__(self):
        x, y = array("x", self.x), array("y", self.y)
        if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
            raise ValueError(
                f"x and y must both have shape (n,), with n at least 2; theirs are {x.shape} and {y.shape}."
            )
        if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
            raise ValueError("x and y must be finite.")
        set_ = object.__setattr__  # the class is frozen, so this is how its fields are set
        set_(self, "x", x)
        set_(self, "y", y)
        if self.window is None:
            reach = 2 * y.std() or 1.0
            set_(self, "window", tuple((float(m - reach), float(m + reach)) for m in self.minima[0]))
        if self.start is None:
            set_(self, "start", tuple(low + (high - low) / 8 for low, high in self.window))  # pyrefly: ignore[not-iterable]

    def __repr__(self):
        return f"LineFit({len(self.x)} examples)"

    def __call__(self, w: ArrayLike) -> np.ndarray:
        """The loss at points of shape (..., 2), of shape (...)."""
        return np.mean(self._residuals(w) ** 2, axis=-1) / 2

    def gradient(self, w: ArrayLike, rows: Any = ALL) -> np.ndarray:
        """The gradient of the loss on the examples ``rows`` at points of shape (..., 2).

        Returns:
            an array of the points' shape.
        """
        residuals = self._residuals(w)[..., rows]
        return np.stack([np.mean(residuals * self.x[rows], axis=-1), np.mean(residuals, axis=-1)], axis=-1)

    def with_parameters(self, values: dict) -> "LineFit":
        """The same loss: it has no parameters.

        Returns:
            this one.
        """
        return self

    def minibatches(self, batch_size: int, seed: int) -> Loss:
        """The same loss with the gradient of a minibatch, drawn anew at each call and without repetition.

        Returns:
            a `Loss` over (w, b).
        """
        return _Minibatches(self, batch_size, np.random.default_rng(seed))

    @cached_property
    def minima(self) -> np.ndarray:
        """The minimum, of shape (1, 2)."""
        return LinearRegression(self.x[:, None], self.y).solution["w"][None]

    @property
    def samples(self) -> list:
        """The data as columns, in the order of the parameters of `example`."""
        return [self.x.tolist(), self.y.tolist()]

    @property
    def example(self) -> Surface:
        """The loss on one example as a surface, the example's numbers its parameters."""
        everything = (-math.inf, math.inf)
        return Surface(
            name=self.name,
            formula=(X * _INPUT + Y - _TARGET) ** 2 / 2,
            parameters={"input": 0.0, "target": 0.0},
            ranges={"input": everything, "target": everything},
            window=self.window,
            start=self.start,
            _near_minima=(),
        )

    def _residuals(self, w):
        """How far the line lies above each target, shape (..., n)."""
        w = array("w", w, last=2)
        return w[..., 0, None] * self.x + w[..., 1, None] - self.y


@dataclass(frozen=True, eq=False)
class _Minibatches:
    fit: LineFit
    batch_size: int
    rng: np.random.Generator

    @property
    def start(self) -> Any:
        return self.fit.start

    def __call__(self, w: ArrayLike) -> np.ndarray:
        return self.fit(w)

    def gradient(self, w: ArrayLike) -> np.ndarray:
        return self.fit.gradient(w, self.rng.choice(len(self.fit.x), self.batch_size, replace=False))
