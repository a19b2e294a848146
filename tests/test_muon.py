"""Muon against trajectories recorded from PyTorch, Optax and Keras, with the differences that its docstring names."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from reference.muon import LR, MOMENTUM, SHAPES, gradients

from steepest import Muon
from steepest.optimizers import orthogonalize

every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def theirs(framework, shape):
    with np.load(Path(__file__).parent / "reference" / "muon.npz") as recorded:
        return recorded["{} {} x {}".format(framework, *shape)]


def ours(rule, shape):
    optimizer, w, points = rule(lr=LR, momentum=MOMENTUM), np.zeros(shape), []
    for g in gradients(shape):
        optimizer.update({"w": w}, {"w": g})
        points.append(w.copy())
    return np.array(points)


@dataclass
class OptaxMuon(Muon):
    """The average is corrected for its start, the one looked ahead to by a step more; columns over rows."""

    def step(self, g, state):
        state.m = self.momentum * state.m + (1 - self.momentum) * g
        m_hat = state.m / (1 - self.momentum ** (state.t + 1))
        g_hat = g / (1 - self.momentum**state.t)
        rows, columns = g.shape
        d = orthogonalize(self.momentum * m_hat + (1 - self.momentum) * g_hat)
        return -self.lr * np.sqrt(max(1, columns / rows)) * d


@dataclass
class KerasMuon(Muon):
    """Another factor."""

    def step(self, g, state):
        rows, columns = g.shape
        return super().step(g, state) * 0.2 * np.sqrt(max(rows, columns)) / np.sqrt(max(1, rows / columns))


@every_shape
def test_optax_differs_in_the_average_and_the_ratio_alone(shape):
    np.testing.assert_allclose(ours(OptaxMuon, shape), theirs("Optax", shape), rtol=0, atol=1e-12)
    assert np.abs(ours(Muon, shape) - theirs("Optax", shape)).max() > 0.5 * LR


@every_shape
def test_keras_differs_in_the_factor_alone(shape):
    """It takes the root of the factor in float32."""
    np.testing.assert_allclose(ours(KerasMuon, shape), theirs("Keras", shape), rtol=0, atol=1e-7)
    assert np.abs(ours(Muon, shape) - theirs("Keras", shape)).max() > LR


@every_shape
def test_pytorch_is_muon_in_short_numbers(shape):
    """bfloat16 has eight significant bits: a step is right to some parts in a hundred at worst, to one on average."""
    steps, expected = (np.diff(points, axis=0, prepend=0) for points in (ours(Muon, shape), theirs("PyTorch", shape)))
    np.testing.assert_allclose(steps, expected, rtol=0, atol=0.1 * LR)
    assert np.abs(steps - expected).mean() < 0.01 * LR
