"""Two-dimensional test functions, each one formula.

A surface is written once, as a SymPy formula with named parameters. Value, gradient, Hessian and LaTeX
come from it, and so does the JavaScript of the widgets. To add one, write a function of x, y and its
parameters under `@surface`, with an example of a value; `SURFACES` lists it.
"""

import functools
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Protocol, runtime_checkable

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from sympy import cos, exp, pi, sin
from sympy.utilities.lambdify import implemented_function

from steepest.arguments import array, function, instance, interval, real, several, whole

X, Y = sp.symbols("x y", real=True)

#: Every surface by name: functions that take the surface's parameters and return a `Surface`.
SURFACES = {}


class Loss(Protocol):
    """What `steepest.descent.descend` runs on."""

    @property
    def start(self) -> tuple:
        """A point from which it shows its difficulty."""
        ...

    def __call__(self, w: ArrayLike) -> np.ndarray:
        """The value at points of shape (..., 2), of shape (...)."""
        ...

    def gradient(self, w: ArrayLike) -> np.ndarray:
        """The gradient at points of shape (..., 2).

        Returns:
            an array of the points' shape.
        """
        ...


class Formula(Protocol):
    """What can be compiled for the page: a function of x, y and parameters, made of NumPy's element-wise functions."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def parameters(self) -> dict:
        """The values of its parameters, by name."""
        ...

    @property
    def function(self) -> Callable:
        """A function of x, y and the parameters that returns the value, ∂/∂x and ∂/∂y first of all."""
        ...


@runtime_checkable
class Landscape(Loss, Protocol):
    """What an `Explorer` can show: a loss of two variables, over data or not."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def made_by(self) -> tuple:
        """A module, and what makes it anew there: ("steepest", "surfaces.bowl"), say."""
        ...

    @property
    def axes(self) -> tuple:
        """The names of the two variables."""
        ...

    @property
    def parameters(self) -> dict:
        """The values of its parameters, by name."""
        ...

    @property
    def ranges(self) -> dict:
        """The lowest and highest value that makes sense, by parameter."""
        ...

    @property
    def window(self) -> tuple:
        """((x low, x high), (y low, y high)), the part of the plane worth drawing."""
        ...

    @property
    def minima(self) -> np.ndarray:
        """The known local minima, of shape (how many, 2)."""
        ...

    @property
    def samples(self) -> list:
        """The data as columns, in the order of the parameters of `example`; empty where there are none."""
        ...

    @property
    def example(self) -> "Formula":
        """The loss on one example, with the example's numbers for parameters; or the surface itself."""
        ...

    def with_parameters(self, values: dict) -> "Landscape":
        """The same with other values of its parameters.

        Args:
            values: one for each of `parameters`, by name.

        Returns:
            another `Landscape`, or this one where it has no parameters.
        """
        ...

    def minibatches(self, batch_size: int, seed: int) -> Loss:
        """The same with the gradient of a minibatch, drawn anew at each call.

        Returns:
            a `Loss` over the same two variables.
        """
        ...


@dataclass(frozen=True, repr=False)
class Surface:
    """A function of two variables and its derivatives, at given values of its parameters.

    Points are arrays of shape (..., 2); the leading axes are a batch of any shape.

    Attributes:
        name: the name under which `SURFACES` has it.
        formula: the SymPy expression in `X`, `Y` and one symbol for each parameter.
        parameters: the parameters' values, by name.
        ranges: the lowest and highest value that makes sense, by parameter.
        window: ((x low, x high), (y low, y high)), the part of the plane worth drawing.
        start: a point from which the surface shows its difficulty.
        axes: the names of the two variables.
    """

    name: str
    formula: sp.Expr
    parameters: dict
    ranges: dict
    window: tuple
    start: tuple
    _near_minima: tuple
    axes: tuple = ("x", "y")

    def __post_init__(self):
        for name, value in self.parameters.items():
            if not isinstance(value, Real):
                raise TypeError(f"{self.name}: {name} must be one number, not {value!r}.")
            low, high = self.ranges[name]
            if not low <= value <= high:
                raise ValueError(f"{self.name}: {name} must lie between {low:g} and {high:g}, not {value!r}.")

    def __repr__(self):
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.parameters.items())})"

    @property
    def samples(self) -> list:
        """No data."""
        return []

    def __call__(self, w: ArrayLike) -> np.ndarray:
        """The value at points of shape (..., 2), of shape (...)."""
        return np.array(self._evaluate(w)[0])[()]

    def gradient(self, w: ArrayLike) -> np.ndarray:
        """The gradient at points of shape (..., 2).

        Returns:
            an array of the points' shape.
        """
        return np.stack(self._evaluate(w)[1:3], axis=-1)

    def hessian(self, w: ArrayLike) -> np.ndarray:
        """The matrix of second derivatives at points of shape (..., 2).

        Returns:
            an array of shape (..., 2, 2).
        """
        xx, xy, yy = self._evaluate(w)[3:]
        return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)

    @functools.cached_property
    def minima(self) -> np.ndarray:
        """The known local minima, of shape (how many, 2), to rounding error."""
        w = np.array(self._near_minima, dtype=float).reshape(-1, 2)
        for _ in range(20):  # Newton's method, from points that are right to a few digits
            w = w - np.linalg.solve(self.hessian(w), self.gradient(w)[..., None])[..., 0]
        return w

    @property
    def made_by(self) -> tuple:
        """A module, and what makes the surface anew there."""
        return "steepest", f"surfaces.{self.name}"

    @property
    def example(self) -> "Surface":
        """The surface itself: there are no examples to choose from."""
        return self

    def with_parameters(self, values: dict) -> "Surface":
        """The same with other values of its parameters.

        Args:
            values: one for each of `parameters`, by name.

        Returns:
            another surface.
        """
        if instance("values", values, Mapping).keys() != self.parameters.keys():
            known = ", ".join(self.parameters) or "none"
            raise ValueError(f"values must have one for each parameter of {self.name}, {known}, not {values!r}.")
        return replace(self, parameters=values)

    def minibatches(self, batch_size: int, seed: int) -> "Surface":
        """The surface itself, whatever the minibatch.

        Returns:
            this surface.
        """
        return self

    @property
    def latex(self) -> str:
        """The formula in LaTeX, with its parameters as symbols, or upright words where they have none."""
        names = {s: str(s) for s in self.formula.free_symbols}
        words = {s: rf"\mathrm{{{name}}}" for s, name in names.items() if len(name) > 1 and sp.latex(s) == name}
        return f"f(x, y) = {sp.latex(self.formula, symbol_names=words)}"

    @property
    def function(self) -> Callable:
        """The NumPy function of x, y and the parameters behind it: f, ∂f/∂x, ∂f/∂y, ∂²f/∂x², ∂²f/∂x∂y, ∂²f/∂y²."""
        return _compiled(self.formula, tuple(self.parameters))

    def _evaluate(self, w):
        """The value, first and second derivatives at points, each of shape (...)."""
        w = array("w", w)
        if w.shape[-1:] != (2,):
            raise ValueError(f"{self.name} takes points of shape (..., 2), not {w.shape}.")
        values = self.function(w[..., 0], w[..., 1], **self.parameters)
        return [np.broadcast_to(value, w.shape[:-1])[()] for value in values]


@functools.cache
def _compiled(formula, parameters):
    """The NumPy function behind `Surface.function`, made once for each formula."""
    f_x, f_y = formula.diff(X), formula.diff(Y)
    outputs = [formula, f_x, f_y, f_x.diff(X), f_x.diff(Y), f_y.diff(Y)]
    # Integer powers as products: faster, and the same to the last bit for a number, an array and in JavaScript.
    power = implemented_function("power", lambda x, n: functools.reduce(operator.mul, [x] * n))
    outputs = [
        e.replace(lambda e: e.is_Pow and e.exp.is_Integer and e.exp > 1, lambda e: power(*e.args)) for e in outputs
    ]
    return sp.lambdify([X, Y, *sp.symbols(parameters, real=True)], outputs, modules="numpy", cse=True)


def surface(*, window: tuple, start: tuple, minima: Sequence, **ranges) -> Callable[[Callable], Callable[..., Surface]]:
    """Make the formula below it a function that returns a `Surface`, and list it in `SURFACES`.

    Args:
        window, start: as in `Surface`.
        minima: points near the local minima, from which Newton's method finds them wherever the parameters lie.
        **ranges: (lowest, highest) for each parameter.

    Returns:
        the decorator.
    """

    if len(several("window", window)) != 2:
        raise ValueError(f"window must be ((x low, x high), (y low, y high)), not {window!r}.")
    across, up = window
    interval("window", across)
    interval("window", up)
    array("start", start, last=2)
    array("minima", several("minima", minima))
    for parameter, ends in ranges.items():
        interval(f"The range of {parameter}", ends)

    def listed(formula):
        name, signature = function("formula", formula).__name__, inspect.signature(formula)
        signature = signature.replace(parameters=list(signature.parameters.values())[2:])  # x and y are no parameters
        if signature.parameters.keys() != ranges.keys():
            raise TypeError(f"{name} has parameters {list(signature.parameters)}, but ranges for {list(ranges)}.")
        expression = sp.sympify(formula(X, Y, **{p: sp.Symbol(p, real=True) for p in ranges}))

        @functools.wraps(formula)
        def make(**parameters):
            if unknown := sorted(parameters.keys() - ranges.keys()):
                raise TypeError(f"{name} has no parameter {', '.join(unknown)}; it has {', '.join(ranges) or 'none'}.")
            bound = signature.bind(**parameters)
            bound.apply_defaults()
            return Surface(name, expression, dict(bound.arguments), ranges, window, start, tuple(minima))

        make.__signature__ = signature  # pyrefly: ignore[missing-attribute]
        SURFACES[name] = make
        return make

    return listed


def _turned(x, y, angle):
    """The coordinates of (x, y) in axes turned by ``angle`` degrees."""
    c, s = cos(angle * pi / 180), sin(angle * pi / 180)
    return c * x + s * y, c * y - s * x


class Noisy:
    """A surface whose gradient carries normal noise, a new one at each call, as the gradient on a minibatch does.

    Args:
        surface: a `Surface`.
        noise: the standard deviation in each coordinate, in units of the gradient, 0 or more.
        seed: of the noise.

    >>> Noisy(bowl(), 0.5).gradient([0.0, 0.0]).round(3)
    array([ 0.063, -0.066])
    """

    def __init__(self, surface: Loss, noise: float, seed: int = 0):
        instance("surface", surface, "gradient")
        self.start, self._surface, self._noise = surface.start, surface, real("noise", noise, 0)
        self._rng = np.random.default_rng(whole("seed", seed))

    def __call__(self, w: ArrayLike) -> np.ndarray:
        """The value at points of shape (..., 2), without noise."""
        return self._surface(w)

    def gradient(self, w: ArrayLike) -> np.ndarray:
        """The gradient at points of shape (..., 2), with noise that is independent at each point.

        Returns:
            an array of the points' shape.
        """
        return self._surface.gradient(w) + self._rng.normal(scale=self._noise, size=np.shape(w))


@surface(window=((-3, 3), (-3, 3)), start=(-2.5, 1.5), minima=[(0, 0)], kappa=(1, 1000), angle=(-90, 90))
def bowl(x, y, *, kappa=10.0, angle=0.0):
    """A quadratic with curvatures 1 and κ along axes turned by an angle in degrees.

    >>> bowl(kappa=10).hessian([0.0, 0.0])
    array([[ 1.,  0.],
           [ 0., 10.]])
    """
    u, v = _turned(x, y, angle)
    return (u**2 + kappa * v**2) / 2


@surface(window=((-8, 8), (-4, 4)), start=(-7, 2), minima=[(0, 0)], kappa=(1, 1000))
def ravine(x, y, *, kappa=20.0):
    """A long valley with walls κ times as curved as its floor; x²/20 + y² in many textbooks.

    >>> float(ravine(kappa=20)([-7.0, 2.0]))
    6.45
    """
    return x**2 / kappa + y**2


@surface(window=((-2, 2), (-1, 3)), start=(-1.5, 2), minima=[(1, 1)], b=(1, 1000))
def rosenbrock(x, y, *, b=100.0):
    """A curved valley, easy to enter and slow to follow (Rosenbrock 1960).

    >>> rosenbrock(b=100)([-1.2, 1.0]).round(6)
    np.float64(24.2)
    """
    return (1 - x) ** 2 + b * (y - x**2) ** 2


@surface(window=((-1, 4), (-2, 2)), start=(0.5, 1.5), minima=[(3, 0.5)])
def beale(x, y):
    """One minimum behind a flat region with steep walls (Beale 1958).

    >>> beale()([0.0, 0.0])
    np.float64(14.203125)
    """
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


@surface(
    window=((-5.5, 5.5), (-5.5, 5.5)),
    start=(-0.5, -1.5),
    minima=[(3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)],
)
def himmelblau(x, y):
    """Four minima of equal depth: where a run ends depends on how it goes (Himmelblau 1972).

    >>> himmelblau()([0.0, 0.0])
    np.float64(170.0)
    """
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


@surface(window=((-2.5, 2.5), (-2, 2)), start=(-2, 0.001), minima=[(0, 1), (0, -1)])
def saddle(x, y):
    """A saddle point at the origin, where the gradient is zero, between two minima at (0, ±1).

    >>> saddle()([0.0, 1.0])
    np.float64(-0.25)
    """
    return x**2 / 2 - y**2 / 2 + y**4 / 4


@surface(window=((-2, 2), (-1.5, 1.5)), start=(1.8, 1), minima=[(1, 0), (-1, 0)], tilt=(-0.5, 0.5))
def double_well(x, y, *, tilt=0.3):
    """Two minima near (±1, 0); with a positive tilt the left one is the deeper.

    >>> double_well(tilt=0.3)([-1.0, 2.0])
    np.float64(1.7)
    """
    return (x**2 - 1) ** 2 + tilt * x + y**2 / 2


@surface(window=((-6, 6), (-3, 3)), start=(-5, 1), minima=[(0, 0)])
def plateau(x, y):
    """A hole in a plain that is almost flat: far from the minimum the gradient nearly vanishes.

    >>> plateau()([0.0, 2.0]).round(6)
    np.float64(0.864665)
    """
    return 1 - exp(-(x**2 + 4 * y**2) / 8)  # pyrefly: ignore[unsupported-operation]
