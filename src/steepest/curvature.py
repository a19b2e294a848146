"""The sharpness of a loss: the largest eigenvalue of its Hessian, without the Hessian.

A Hessian times a direction costs a few gradients: `hessian_product` of the networks in `steepest.problems`.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from steepest.arguments import array, function, instance, real, several, whole
from steepest.descent import DIVERGED
from steepest.optimizers import Optimizer
from steepest.problems import CurveNetwork

if TYPE_CHECKING:
    from steepest.surfaces import Surface

#: The seed of the first direction, and how often it is multiplied before the first step and after each measured one.
SEED, FIRST, THEN = 0, 100, 10

#: Into how many pieces a central flow divides a step.
SUBSTEPS = 2


def top_eigenvalue(product: Callable[[np.ndarray], np.ndarray], v: np.ndarray, rounds: int) -> tuple[float, np.ndarray]:
    """The largest eigenvalue of a symmetric matrix, and its eigenvector, by power iteration.

    Multiplied again and again, a vector turns to the eigenvalue that is largest in size. A shift by the longest product
    seen makes that the largest one, where a negative one is larger in size.

    Args:
        product: a function that multiplies the matrix by a vector.
        v: the vector to begin with, shape (d,), not zero. One from a matrix nearby saves rounds.
        rounds: how often to multiply, 1 or more.

    Returns:
        vᵀAv, and v of length 1. The error of the value is about that of the direction, squared.

    Raises:
        TypeError: a product that is no function, or values that are no numbers.
        ValueError: a vector that is zero or of another shape, or fewer than 1 round.

    >>> value, v = top_eigenvalue(np.diag([1.0, -3.0]).dot, np.array([1.0, 1.0]), rounds=40)
    >>> round(value, 9), v.round(9)
    (1.0, array([1., 0.]))
    """
    function("product", product)
    v, shift = array("v", v), 0.0
    if v.ndim != 1 or not v.any():
        raise ValueError(f"v must have shape (d,) and not be zero, not {v!r}.")
    v = v / np.sqrt(v @ v)
    for _ in range(whole("rounds", rounds, 1)):
        turned = array("product(v)", product(v))
        if turned.shape != v.shape:
            raise ValueError(f"product(v) must have the shape of v, {v.shape}, not {turned.shape}.")
        shift = max(shift, np.sqrt(turned @ turned))
        turned = turned + shift * v
        length = np.sqrt(turned @ turned)
        v = turned / length if length > 0 else v
    return float(v @ product(v)), v


@dataclass(frozen=True)
class Edge:
    """A run on all the data at every step, and the sharpness on its way. Axis 0 counts the steps; entry 0 is the start.

    Attributes:
        losses: the loss, shape (steps + 1,).
        sharpness: the largest eigenvalue of the Hessian that the rule meets, shape (steps + 1,).
        weights: the parameters, shape (steps + 1, d).
    """

    losses: np.ndarray
    sharpness: np.ndarray
    weights: np.ndarray


def named_values(f: Callable, known: Mapping) -> dict:
    """The arguments that a function asks for, by name.

    Returns:
        a dictionary with a value for each of them, in the function's order.

    Raises:
        TypeError: no function, or it asks for something that is not known.
    """
    names = inspect.signature(function("f", f)).parameters
    instance("known", known, Mapping)
    if missing := [name for name in names if name not in known]:
        raise TypeError(f"f asks for {missing[0]}, which is not known here; known are {', '.join(known) or 'none'}.")
    return {name: known[name] for name in names}


def joined(params: dict) -> np.ndarray:
    """Parameters as one vector: their arrays one after another, flattened.

    Returns:
        an array of shape (number of parameters,).
    """
    instance("params", params, Mapping)
    return np.concatenate([array(f"params[{name!r}]", w).ravel() for name, w in params.items()])


def parted(vector: np.ndarray, like: dict) -> dict:
    """A vector as parameters with the names and shapes of others: what `joined` makes of them, undone.

    Returns:
        a dictionary of arrays with the names and shapes of ``like``.

    Raises:
        TypeError: a vector that holds no numbers, or no dictionary to be like.
        ValueError: a vector of another length than theirs together.
    """
    shapes = {name: np.shape(w) for name, w in instance("like", like, Mapping).items()}
    vector, (*ends, length) = array("vector", vector), np.cumsum([0, *map(math.prod, shapes.values())])
    if vector.shape != (length,):
        raise ValueError(f"vector must have shape ({length},) to be parted like {shapes}, not {vector.shape}.")
    parts = np.split(vector, ends[1:])
    return {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def follow(
    optimizer: Optimizer, network: CurveNetwork, lr: np.ndarray, *, seed: int = 0, scale: Callable | None = None
) -> Edge:
    """Train a network on all its data with a learning rate for each step, and measure the sharpness at every step.

    Args:
        optimizer: any `steepest.optimizers.Optimizer`.
        network: a `steepest.problems.CurveNetwork` or `steepest.problems.TwoLayerNetwork`.
        lr: the learning rate of each step, shape (steps,).
        seed: of the first parameters.
        scale: D, what the optimizer's next step divides each coordinate by, as a function of what it remembers, of its
            hyperparameters and of the number t of steps taken, by name: for RMSProp ``lambda h, eps: np.sqrt(h) +
            eps``. The sharpness is then that of D^(−1/2) H D^(−1/2), the Hessian in the coordinates in which the step
            is a plain one; before the first step it is not a number. None for a rule that divides by nothing.

    Returns:
        the run; not a number from the step at which it diverged.

    >>> from steepest import GradientDescent
    >>> from steepest.datasets import wave
    >>> run = follow(GradientDescent(), wave(), np.full(600, 0.2), seed=4)
    >>> bool(9 < run.sharpness[400:].mean() < 11)  # 2/η is 10
    True
    """
    instance("optimizer", optimizer, Optimizer)
    instance("network", network, "hessian_product")
    optimizer, params, lr = optimizer.fresh(), network.init(seed), array("lr", several("lr", lr))
    w = joined(params)
    v = np.random.default_rng(SEED).normal(size=w.shape)
    losses, sharpness = np.full((2, len(lr) + 1), np.nan)
    weights = np.full((len(lr) + 1, *w.shape), np.nan)
    root, rounds = (np.nan if scale else 1.0), FIRST
    for t in range(len(lr) + 1):
        losses[t], weights[t] = network.loss(params), w
        if t and scale:
            known = [{**optimizer.state[name], **optimizer.hyperparameters, "t": t} for name in params]
            root = np.sqrt(np.concatenate([np.ravel(scale(**named_values(scale, one))) for one in known]))
        if np.all(np.isfinite(root)):

            def product(v, root=root):
                return joined(network.hessian_product(params, parted(v / root, params))) / root

            (sharpness[t], v), rounds = top_eigenvalue(product, v, rounds), THEN
        if t == len(lr):
            break
        optimizer.lr = float(lr[t])
        optimizer.update(params, network.gradient(params))
        w = joined(params)
        if not np.all(np.abs(w) <= DIVERGED):
            break
    return Edge(losses, sharpness, weights)


def edge_model(drift: float = 0.05) -> "Surface":
    """The smallest loss on which gradient descent goes to the edge of stability and stays there.

        f(x, y) = ½ y x² − ¼ x⁴ − drift · y

    x is the place along the direction of largest curvature, y the curvature there, so the step of gradient descent is

        x ← (1 − η (y − x²)) x
        y ← y + η (drift − ½ x²)

    The curvature rises by itself. Where it exceeds 2/η, x oscillates, and grows until ½ x² is the drift; there it ends,
    at y = 2/η + 2 drift. The term x⁴ stands for a loss that grows more slowly than a parabola; without it the
    oscillation would come and go, each time stronger. The loss has no minimum: what is of interest is how it goes down.

    Args:
        drift: how fast the curvature rises by itself.

    Returns:
        the `Surface`.

    Source: Damian, Nichani and Lee, "Self-stabilization: the implicit bias of gradient descent at the edge of
    stability" (2023), section 4, without the fourth power.
    """
    import sympy as sp  # here, because checks of exercises use this module, and a page would have to fetch SymPy

    from steepest.surfaces import Surface, X, Y

    drift_ = sp.Symbol("drift", real=True)
    return Surface(
        name="edge_model",
        formula=Y * X**2 / 2 - X**4 / 4 - drift_ * Y,
        parameters={"drift": drift},
        ranges={"drift": (0.0, 0.2)},
        window=((-1.0, 1.0), (1.0, 3.5)),
        start=(0.1, 1.6),
        axes=("x", "curvature y"),
        _near_minima=(),
    )


@dataclass(frozen=True)
class Flow:
    """A central flow: what gradient descent does at the edge, without the oscillation. Axis 0 counts the steps.

    Attributes:
        losses: the loss that the oscillating run has on average, f + σ²S/2, shape (steps + 1,).
        sharpness: S, the largest eigenvalue of the Hessian on the flow, shape (steps + 1,).
        variances: σ², the variance of the oscillation along its eigenvector, shape (steps + 1,).
        weights: the parameters, shape (steps + 1, d).
    """

    losses: np.ndarray
    sharpness: np.ndarray
    variances: np.ndarray
    weights: np.ndarray


def central_flow(network: CurveNetwork, lr: float, steps: int, *, seed: int = 0) -> Flow:
    """The mean path of gradient descent that oscillates at the edge of stability along one direction.

        dw/dt = −η (∇f + σ²/2 ∇S),   σ² = 0 while S < 2/η, else what keeps S at 2/η

    The gradient of the sharpness is the change of curvature along its eigenvector v: two more gradients give it,
    ∇S ≈ (∇f(w + hv) − 2∇f(w) + ∇f(w − hv)) / h².

    Args:
        network: a `steepest.problems.CurveNetwork`.
        lr: η, constant.
        steps: how many steps of gradient descent to stand for.
        seed: of the first parameters.

    Returns:
        the `Flow`.

    Source: Cohen et al., "Understanding optimization in deep learning with central flows" (2025), section 3, for one
    unstable eigenvalue.
    """
    h, back = 1e-3, 5.0  # back: within how many steps a distance to the edge is closed
    instance("network", network, CurveNetwork)
    lr, steps = real("lr", lr, 1e-300), whole("steps", steps)
    w = network.init(seed)["w"]
    v, rounds = np.random.default_rng(SEED).normal(size=w.shape), FIRST

    def gradient(w):
        return network.gradient({"w": w})["w"]

    rows = []
    for k in range(steps * SUBSTEPS + 1):
        sharpness, v = top_eigenvalue(lambda u, w=w: network.hessian_product({"w": w}, {"w": u})["w"], v, rounds)
        g, rounds, variance = gradient(w), 2, 0.0
        slope = (gradient(w + h * v) - 2 * g + gradient(w - h * v)) / h**2
        beyond = sharpness - 2 / lr
        if beyond >= 0:
            variance = max(0.0, 2 * (beyond / (lr * back) - g @ slope) / (slope @ slope))
        if k % SUBSTEPS == 0:
            rows.append((network.loss({"w": w}) + sharpness * variance / 2, sharpness, variance, w))
        w = w - lr / SUBSTEPS * (g + variance / 2 * slope)
    return Flow(*map(np.array, zip(*rows, strict=True)))
