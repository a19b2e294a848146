"""A fair comparison of optimizers: tune each on some seeds, and judge what was chosen on others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from steepest.arguments import instance, several, whole
from steepest.descent import sweep, train
from steepest.optimizers import Optimizer
from steepest.problems import Problem, SoftmaxRegression


@dataclass(frozen=True)
class Tuning:
    """What an optimizer reached with each of its settings on the seeds it was tuned on.

    Attributes:
        optimizer: the optimizer that was tuned, its hyperparameters arrays that broadcast against each other.
        losses: the loss at the end on the whole data set, shape (seeds, ...) with the shape of the settings behind;
            infinite where the run diverged.
    """

    optimizer: Optimizer
    losses: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """What decides: the geometric mean of the losses over the seeds, of the settings' shape."""
        with np.errstate(divide="ignore"):
            return np.exp(np.mean(np.log(self.losses), axis=0))

    @property
    def winner(self) -> tuple:
        """The index of the setting with the lowest score."""
        return np.unravel_index(self.scores.argmin(), self.scores.shape)

    @property
    def chosen(self) -> dict:
        """That setting: the value of each hyperparameter that was tuned, by name."""
        return {
            name: np.broadcast_to(value, self.scores.shape)[self.winner].item()
            for name, value in self.optimizer.hyperparameters.items()
            if np.ndim(value)
        }

    @property
    def best(self) -> Optimizer:
        """The optimizer with that setting."""
        return replace(self.optimizer, **self.chosen)


def tune(
    optimizer: Optimizer,
    problem: SoftmaxRegression,
    *,
    steps: int,
    batch_size: int | None = None,
    seeds: Sequence[int] = (0, 1),
    schedule: Callable[[int], float] | None = None,
) -> Tuning:
    """Train with each setting of an optimizer, from several seeds.

    Args:
        optimizer, problem, steps, batch_size, schedule: as `steepest.descent.sweep` takes them.
        seeds: of the first parameters and of the minibatches, one run of all settings for each.

    Returns:
        the `Tuning`.

    Raises:
        ValueError: no seed, or no setting to choose from; and what `sweep` refuses.

    >>> from steepest import GradientDescent
    >>> from steepest.datasets import digits_softmax
    >>> tuned = tune(GradientDescent(lr=np.array([0.01, 0.3, 1000.0])), digits_softmax(), steps=30, batch_size=64)
    >>> tuned.losses.shape, tuned.best
    ((2, 3), GradientDescent(lr=0.3))
    """
    instance("optimizer", optimizer, Optimizer)
    seeds = several("seeds", seeds)
    if len(seeds) == 0:
        raise ValueError("Tuning needs at least one seed.")
    if not any(np.ndim(value) for value in optimizer.hyperparameters.values()):
        raise ValueError(f"There is nothing to choose from: no hyperparameter of {optimizer!r} is an array.")
    ends = [
        sweep(optimizer, problem, steps=steps, batch_size=batch_size, seed=seed, schedule=schedule)[-1]
        for seed in seeds
    ]
    return Tuning(optimizer, np.where(np.isfinite(ends), ends, np.inf))


@dataclass(frozen=True)
class Verdict:
    """What an optimizer with one setting did on fresh seeds.

    Attributes:
        optimizer: the optimizer, its hyperparameters numbers.
        steps: when the loss was measured, shape (measurements,).
        losses: the loss on the training data at those steps, shape (seeds, measurements); infinite from the step at
            which a run diverged.
        held_out: the loss at the end on other data, shape (seeds,); infinite where the run diverged.
    """

    optimizer: Optimizer
    steps: np.ndarray
    losses: np.ndarray
    held_out: np.ndarray

    @property
    def final(self) -> np.ndarray:
        """The loss on the training data at the end, shape (seeds,)."""
        return self.losses[:, -1]

    def steps_to(self, target: float) -> np.ndarray:
        """The first step measured with a loss of at most ``target``.

        Returns:
            an array of shape (seeds,), infinite where there is none.
        """
        reached = self.losses <= target
        return np.where(reached.any(axis=1), self.steps[reached.argmax(axis=1)], np.inf)


def judge(
    optimizer: Optimizer,
    problem: Problem,
    held_out: Problem,
    *,
    steps: int,
    batch_size: int | None = None,
    seeds: Sequence[int],
    schedule: Callable[[int], float] | None = None,
    measure_every: int | None = None,
) -> Verdict:
    """Train with one setting from seeds that it was not tuned on.

    Args:
        optimizer, problem, steps, batch_size, schedule: as `steepest.descent.train` takes them.
        held_out: a problem with the same parameters and other data.
        seeds: of the first parameters and of the minibatches, one run for each.
        measure_every: steps between measurements; the end alone where it is None.

    Returns:
        the `Verdict`.

    Raises:
        ValueError: no seed; and what `train` refuses.

    >>> from steepest import Adam
    >>> from steepest.datasets import digits, digits_softmax
    >>> from steepest.problems import SoftmaxRegression
    >>> others = SoftmaxRegression(*digits()[2:])
    >>> verdict = judge(Adam(lr=0.1), digits_softmax(), others, steps=40, seeds=range(3), measure_every=20)
    >>> verdict.steps, verdict.losses.shape, verdict.held_out.shape
    (array([ 0, 20, 40]), (3, 3), (3,))
    """
    instance("held_out", held_out, "loss")
    steps, seeds = whole("steps", steps), several("seeds", seeds)
    if len(seeds) == 0:
        raise ValueError("A verdict needs at least one seed.")
    measure_every = steps if measure_every is None else whole("measure_every", measure_every, 1)
    # The last step is measured too, whether or not it is a multiple.
    measured = np.append(np.arange(0, steps, measure_every), steps)
    losses, others = np.full((len(seeds), len(measured)), np.inf), np.full(len(seeds), np.inf)
    for k, seed in enumerate(seeds):
        run = train(
            optimizer,
            problem,
            steps=steps,
            batch_size=batch_size,
            seed=seed,
            schedule=schedule,
            measure_every=measure_every,
        )
        finite = np.isfinite(run.losses)
        losses[k, : finite.sum()] = run.losses[finite]
        if run.diverged is None:
            others[k] = held_out.loss(run.params)
    return Verdict(optimizer, measured, losses, others)


def wins(first: Verdict, second: Verdict) -> int:
    """On how many seeds the first of two verdicts on the same seeds ends with the lower training loss.

    Returns:
        a whole number, at most the number of seeds.
    """
    instance("first", first, Verdict)
    instance("second", second, Verdict)
    return int(np.sum(first.final < second.final))
