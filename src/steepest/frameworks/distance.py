"""How far apart two rules get, in numbers."""

from dataclasses import replace
from typing import Any

import numpy as np

from steepest.frameworks.muon import OptaxMuon, TorchMuon, in_bfloat16
from steepest.frameworks.rewriting import parts
from steepest.optimizers import Optimizer

#: Two rules are compared over so many steps, on a matrix of this shape, with gradients of these sizes.
STEPS, SHAPE, SIZES = 100, (4, 3), (1.0, 1e-3, 1e-6)


def _follow(optimizer, gradients):
    """The way from w = 1 with given gradients, the start included."""
    taken = parts(optimizer)
    if type(taken.rule) is TorchMuon:
        optimizer = replace(taken, rule=in_bfloat16(taken.rule)).optimizer
    optimizer, w = optimizer.fresh(), np.ones_like(gradients[0])
    points = [w.copy()]
    with np.errstate(all="ignore"):
        for g in gradients:
            optimizer.update({"w": w}, {"w": g})
            points.append(w.copy())
    return np.array(points)


def as_stored(optimizer: Optimizer, points: np.ndarray) -> np.ndarray:
    """Points or gradients of a matrix as an optimizer's framework stores them: Optax has a row for each input.

    Args:
        optimizer: any, also one in wrappers.
        points: shape (..., outputs, inputs).

    Returns:
        a view with the last two axes exchanged for Optax's Muon, else the array itself.
    """
    return np.swapaxes(points, -1, -2) if isinstance(parts(optimizer).rule, OptaxMuon) else points


def noise(i: Any, j: Any, t: Any) -> Any:
    """Entry (i, j) of the gradient of step t: noise around a mean that is the same on every machine.

    Args:
        i, j: row and column, numbers or arrays.
        t: the step, from 1 on.

    Returns:
        numbers between −0.7 and 1.3, of the shape to which the arguments broadcast.
    """
    return 0.3 + np.sin((0.7 + 0.2 * i) * t**2 + (1.0 + 0.3 * j) * t)


def distance(before: Optimizer, after: Optimizer) -> str:
    """How far apart two rules get, as a share of the longer way, for gradients of several sizes.

    Returns:
        a sentence for a reader, with a share for each of `SIZES`; or that it is not known.
    """
    i, j = np.indices(SHAPE)
    gradients = [noise(i, j, t) for t in range(1, STEPS + 1)]
    shares = []
    for size in SIZES:
        ours, theirs = (
            as_stored(optimizer, _follow(optimizer, [as_stored(optimizer, size * g) for g in gradients]))
            for optimizer in (before, after)
        )
        with np.errstate(all="ignore"):
            way = max(np.max(np.abs(ours - 1)), np.max(np.abs(theirs - 1)))
            shares.append(100 * np.max(np.abs(ours - theirs)) / way if way else 0.0)
    if not np.all(np.isfinite(shares)):
        return "With these settings a run on noisy gradients is not finite, so how far they come apart is not known."
    shares = [f"{float(f'{share:.2g}'):g} %" if share >= 0.01 else "under 0.01 %" for share in shares]
    return (
        f"Within {STEPS} noisy steps they come apart by {shares[0]} of the longer way if gradients are about 1, by "
        f"{shares[1]} at 1e-3, by {shares[2]} at 1e-6."
    )
