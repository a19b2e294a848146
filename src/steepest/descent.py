"""The loops: run an optimizer on a surface, or train a model with it, and return what happened."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from steepest.arguments import array, function, instance, real, whole
from steepest.optimizers import Optimizer, State
from steepest.problems import ALL, Problem, SoftmaxRegression, minibatches

if TYPE_CHECKING:  # the surfaces bring SymPy along, which who trains a model does without
    from steepest.surfaces import Loss

#: A run has diverged at the first step that takes a coordinate beyond this, or makes it not a number.
DIVERGED = 1e8


@dataclass(frozen=True)
class Trajectory:
    """A run of an optimizer on a surface. Axis 0 counts the steps; entry 0 is the start.

    Attributes:
        points: shape (steps + 1, ..., 2). Not a number from the step at which the run diverged.
        losses: shape (steps + 1, ...).
        gradients: shape (steps + 1, ..., 2).
        states: what the optimizer remembered after each step, by quantity, shape (steps + 1, ..., 2); of a matrix with
            two rows, as rules for matrices have them, shape (steps + 1, ..., 2, 2).
        diverged: the step at which the run diverged, or None. For a batch of runs an array of shape (...),
            with -1 where a run did not diverge.
    """

    points: np.ndarray
    losses: np.ndarray
    gradients: np.ndarray
    states: dict
    diverged: int | np.ndarray | None


def descend(optimizer: Optimizer, surface: "Loss", start: ArrayLike | None = None, steps: int = 100) -> Trajectory:
    """Run a fresh copy of an optimizer on a surface.

    Args:
        optimizer: any `steepest.optimizers.Optimizer`. Hyperparameters that are arrays must broadcast against
            shape (..., 2); the run then has that batch shape, one run for each setting.
        surface: any object with value ``surface(w)`` and ``surface.gradient(w)`` for w of shape (..., 2).
        start: the first point, shape (..., 2); the surface's own where it is None.
        steps: how many steps to take.

    Returns:
        the `Trajectory`.

    Raises:
        TypeError: no optimizer or surface, or a number of steps that is not whole.
        ValueError: a start that is not finite or not of shape (..., 2), a hyperparameter that does not broadcast
            against it, or fewer than 0 steps.

    >>> from steepest import GradientDescent, surfaces
    >>> run = descend(GradientDescent(lr=0.1), surfaces.bowl(kappa=2), start=(1, 1), steps=2)
    >>> run.points.round(3)
    array([[1.  , 1.  ],
           [0.9 , 0.8 ],
           [0.81, 0.64]])
    """
    instance("optimizer", optimizer, Optimizer)
    instance("surface", surface, "gradient")
    steps = whole("steps", steps)
    w = array("start", surface.start if start is None else start, last=2)
    if not np.all(np.isfinite(w)):
        raise ValueError(f"The start must be finite, not {w.tolist()}.")
    optimizer = optimizer.fresh()
    shapes = {name: np.shape(value) for name, value in optimizer.hyperparameters.items()}
    try:
        w = np.broadcast_to(w, np.broadcast_shapes(w.shape, *shapes.values())).copy()
    except ValueError:
        raise ValueError(
            f"Hyperparameters of shapes {shapes} do not broadcast against a start of shape {w.shape}: "
            f"a list of settings needs a last axis of length 1, as in lr[:, None]."
        ) from None

    # A rule that acts on matrices must not take a batch of points for one: each point is a matrix of one row.
    w = w[..., None, :]
    for name, value in optimizer.hyperparameters.items():
        if np.ndim(value):
            setattr(optimizer, name, np.asarray(value)[..., None, :])
    state = State(w.shape)
    optimizer.init(state)
    points, gradients, states = [w.copy()], [surface.gradient(w)], [state.quantities]
    diverged = np.full(w.shape[:-1], -1)
    with np.errstate(all="ignore"):  # what overflows has diverged, and is marked so
        for t in range(1, steps + 1):
            optimizer.update({"w": w}, {"w": gradients[-1]})
            gone = ~np.all(np.abs(w) <= DIVERGED, axis=-1)
            diverged[gone & (diverged < 0)] = t
            w[gone] = np.nan
            points.append(w.copy())
            gradients.append(surface.gradient(w))
            states.append(optimizer.state["w"])
        points = np.array(points)[..., 0, :]
        losses = surface(points)
    diverged = diverged[..., 0]
    return Trajectory(
        points=points,
        losses=losses,
        gradients=np.array(gradients)[..., 0, :],
        states={name: _remembered(name, states, w.shape) for name in states[-1]},
        diverged=diverged if diverged.ndim else (int(diverged) if diverged >= 0 else None),
    )


def _remembered(name, states, shape):
    """A quantity after each step, for points that are matrices of one row."""
    shape = np.broadcast_shapes(shape, np.shape(states[-1][name]))
    values = np.array([np.broadcast_to(state.get(name, 0.0), shape) for state in states])
    return values[..., 0, :] if shape[-2] == 1 else values


@dataclass(frozen=True)
class History:
    """A run of an optimizer on a problem, measured now and then. Axis 0 counts the measurements; entry 0 is the start.

    Attributes:
        steps: the number of steps taken, shape (measurements,).
        losses: the loss on the whole data set, shape (measurements,). Not a number once the run has diverged.
        gradient_evaluations: how many examples' gradients were computed, shape (measurements,).
        seconds: time spent on gradients and updates, measuring left out, shape (measurements,).
        params: the result at the end.
        diverged: the step at which the run diverged, or None.
    """

    steps: np.ndarray
    losses: np.ndarray
    gradient_evaluations: np.ndarray
    seconds: np.ndarray
    params: dict
    diverged: int | None


def train(
    optimizer: Optimizer,
    problem: Problem,
    *,
    steps: int,
    batch_size: int | None = None,
    seed: int = 0,
    shuffle: bool = True,
    schedule: Callable[[int], float] | None = None,
    average: Callable[[int], float] | None = None,
    measure_every: int = 1,
) -> History:
    """Train a model with a fresh copy of an optimizer.

    Args:
        optimizer: any `steepest.optimizers.Optimizer`.
        problem: what `steepest.problems` has, or an object with the same ``n``, ``init``, ``loss`` and ``gradient``.
        steps: how many steps to take.
        batch_size: examples in a minibatch; all of them where it is None.
        seed: of the first parameters and of the minibatches.
        shuffle: whether minibatches are drawn from a new random order each epoch, or from the rows' own.
        schedule: a function of the step t = 1, 2, … that returns what to multiply the learning rate by, such as
            `steepest.schedules.cosine`; the learning rate stays as it is where it is None.
        average: what `steepest.averages` has; losses and parameters are those of that average of the run's then. Where
            it is None they are the optimizer's own `result`.
        measure_every: steps between measurements of the loss, 1 or more. The last step is measured too.

    Returns:
        the `History`.

    Raises:
        TypeError: no optimizer, a number of steps or examples that is not whole, or a schedule or an average that does
            not return a number.
        ValueError: fewer than 0 steps, less than 1 between measurements, or a batch size outside 1 to ``problem.n``.

    >>> from steepest import GradientDescent
    >>> from steepest.datasets import diabetes
    >>> history = train(GradientDescent(lr=0.1), diabetes(), steps=100)
    >>> bool(history.losses[-1] < history.losses[0] / 9)
    True
    """
    instance("optimizer", optimizer, Optimizer)
    instance("problem", problem, "loss")
    steps, measure_every, seed = whole("steps", steps), whole("measure_every", measure_every, 1), whole("seed", seed)
    _check_functions(schedule, average)
    optimizer, params = optimizer.fresh(), problem.init(seed)
    batches = repeat(ALL) if batch_size is None else minibatches(problem.n, batch_size, seed, shuffle=shuffle)
    evaluations, seconds, diverged, lr = 0, 0.0, None, optimizer.lr if schedule else 0.0
    mean = copies(params) if average else {}

    def result():
        return mean if average else optimizer.result(params)

    measured = [(0, problem.loss(params), evaluations, seconds)]
    with np.errstate(all="ignore"):  # what overflows has diverged, and is marked so
        for t in range(1, steps + 1):
            rows = next(batches)
            if schedule is not None:
                optimizer.lr = lr * real(f"schedule({t})", schedule(t))
            began = time.perf_counter()
            optimizer.update(params, problem.gradient(params, rows))
            seconds += time.perf_counter() - began
            evaluations += problem.n if isinstance(rows, slice) else len(rows)
            if average:
                move(mean, params, real(f"average({t})", average(t)))
            if not all(np.all(np.abs(w) <= DIVERGED) for w in params.values()):
                diverged = t
                measured.append((t, np.nan, evaluations, seconds))
                break
            if t % measure_every == 0 or t == steps:
                measured.append((t, problem.loss(result()), evaluations, seconds))
    taken, losses, counts, times = map(np.array, zip(*measured, strict=True))
    return History(taken, losses, counts, times, result(), diverged)


def _check_functions(schedule, average):
    """Refuse a schedule or an average that cannot be called; None is neither."""
    for name, given in {"schedule": schedule, "average": average}.items():
        if given is not None:
            function(name, given)


def copies(params: dict) -> dict:
    """The same parameters in arrays of their own.

    Returns:
        a dictionary of arrays.
    """
    return {name: np.array(w) for name, w in instance("params", params, Mapping).items()}


def move(average: dict, params: dict, fraction: float) -> None:
    """Move an average of parameters towards others by a fraction of the way, in place."""
    instance("average", average, Mapping)
    fraction = real("fraction", fraction)
    for name, w in instance("params", params, Mapping).items():
        average[name] += fraction * (w - average[name])


def sweep(
    optimizer: Optimizer,
    problem: SoftmaxRegression,
    *,
    steps: int,
    batch_size: int | None = None,
    seed: int = 0,
    schedule: Callable[[int], float] | None = None,
    average: Callable[[int], float] | None = None,
    measure_every: int | None = None,
) -> np.ndarray:
    """Train one model for each setting of an optimizer's hyperparameters, all at once and on the same minibatches.

    Args:
        optimizer: any `steepest.optimizers.Optimizer` with hyperparameters that are arrays and broadcast against each
            other, as in ``Adam(lr=lr[:, None], beta2=beta2)``. The shape to which they broadcast is that of the sweep.
        problem: a `steepest.problems.SoftmaxRegression` or `steepest.problems.TwoLayerNetwork`.
        steps: how many steps to take, 1 or more.
        batch_size: examples in a minibatch; all of them where it is None.
        seed: of the first parameters, the same for all models, and of the minibatches.
        schedule, average: as in `train`, the same for all models.
        measure_every: steps between measurements of the losses; only before the first and after the last where it is
            None.

    Returns:
        the losses on the whole data set, shape (1 + steps // measure_every, ...), entry 0 those of the start. Not a
        number once a run has diverged.

    Raises:
        TypeError: no optimizer, another kind of problem, a number of steps or examples that is not whole, or a schedule
            or an average that does not return a number.
        ValueError: fewer than 1 step, less than 1 between measurements or more than there are, or a batch size
            outside 1 to ``problem.n``.

    >>> from steepest import GradientDescent
    >>> from steepest.datasets import digits_softmax
    >>> losses = sweep(GradientDescent(lr=np.array([0.01, 0.1])), digits_softmax(), steps=20)
    >>> losses.shape, bool(losses[-1, 1] < losses[-1, 0])
    ((2, 2), True)
    """
    if not isinstance(problem, SoftmaxRegression):
        kind = type(problem).__name__
        raise TypeError(f"sweep trains classifiers: problem must be one, such as digits_network(), not a {kind}.")
    instance("optimizer", optimizer, Optimizer)
    steps, seed = whole("steps", steps, 1), whole("seed", seed)
    _check_functions(schedule, average)
    measure_every = steps if measure_every is None else whole("measure_every", measure_every, 1, steps)
    optimizer, params = optimizer.fresh(), problem.init(seed)
    settings = np.broadcast_shapes(*map(np.shape, optimizer.hyperparameters.values()))
    for name, value in optimizer.hyperparameters.items():
        if np.ndim(value):
            setattr(optimizer, name, value[..., None, None])
    params = {name: np.tile(np.atleast_2d(w), (*settings, 1, 1)) for name, w in params.items()}

    mean = copies(params) if average else {}

    def result():
        return mean if average else optimizer.result(params)

    batches = repeat(ALL) if batch_size is None else minibatches(problem.n, batch_size, seed)
    losses: list = [problem.loss(params)]
    diverged, lr = np.zeros(settings, bool), optimizer.lr if schedule else 0.0
    with np.errstate(all="ignore"):  # what overflows has diverged, and is marked so
        for t in range(1, steps + 1):
            if schedule is not None:
                optimizer.lr = lr * real(f"schedule({t})", schedule(t))
            optimizer.update(params, problem.gradient(params, next(batches)))
            for w in params.values():
                diverged |= ~np.all(np.abs(w) <= DIVERGED, axis=(-2, -1))
            if average:
                move(mean, params, real(f"average({t})", average(t)))
            if t % measure_every == 0:
                losses.append(np.where(diverged, np.nan, problem.loss(result())))
    return np.array(losses)


def good_range(lr: ArrayLike, values: ArrayLike, limit: float) -> tuple[float, float]:
    """The lowest and the highest learning rate between which a loss stays at or below a limit, around its best.

    Between two learning rates of the grid the logarithm of the loss is taken for a straight line over that of the
    learning rate. A range that reaches an end of the grid ends there.

    Args:
        lr: the learning rates in rising order, positive, shape (how many,).
        values: the losses reached, positive, of the same shape; not a number where the run diverged.
        limit: the highest loss that counts as good, positive.

    Returns:
        (lowest, highest), within the grid.

    Raises:
        TypeError: a limit that is no number.
        ValueError: learning rates, losses or a limit that are not as said, or no loss as low as the limit.

    >>> low, high = good_range(np.array([0.01, 0.1, 1.0, 10.0]), np.array([1.0, 0.01, 0.01, np.nan]), 0.1)
    >>> round(low, 4), high
    (0.0316, 1.0)
    """
    lr, values, limit = array("lr", lr), array("values", values), real("limit", limit)
    if lr.ndim != 1 or lr.shape != values.shape:
        raise ValueError(f"lr and values must both have shape (how many,); theirs are {lr.shape} and {values.shape}.")
    if not (np.all(np.isfinite(lr)) and np.all(np.diff(lr, prepend=0) > 0)):
        raise ValueError(f"lr must be finite, positive and in rising order, not {lr}.")
    if limit <= 0 or np.any(values <= 0):
        raise ValueError(
            f"Losses are compared by their logarithms, so limit and values must be positive, not {limit:g} "
            f"and {values}."
        )
    x, y = np.log(lr), np.log(np.where(np.isfinite(values), values, np.inf))
    best, level = np.argmin(y), np.log(limit)
    if y[best] > level:
        raise ValueError(f"The lowest of these losses is {np.exp(y[best]):.4g}, above {limit:g}.")
    ends = []
    for way in (-1, 1):
        k = best
        while 0 <= k + way < len(x) and y[k + way] <= level:
            k += way
        end = x[k]
        if 0 <= k + way < len(x) and np.isfinite(y[k + way]):
            end += (x[k + way] - x[k]) * (level - y[k]) / (y[k + way] - y[k])
        ends.append(float(np.exp(end)))
    return ends[0], ends[1]
