"""The rules met on the way: what defines them, and that they are the frameworks' where they say so."""

import numpy as np
import pytest

from steepest.frameworks import FRAMEWORKS
from steepest.variants import CenteredRMSProp, Rprop


def run(optimizer, gradients, start=(0.0, 0.0)):
    """The positions of a run under given gradients."""
    w, positions = np.array(start), []
    for g in gradients:
        optimizer.update({"w": w}, {"w": g})
        positions.append(w.copy())
    return np.array(positions)


@pytest.fixture
def gradients():
    rng = np.random.default_rng(0)
    return rng.normal(size=(200, 2)) * np.exp(rng.normal(size=(200, 2)))


def test_rprop_steps_by_the_sign_alone():
    rng = np.random.default_rng(1)
    signs, sizes = rng.choice([-1.0, 1.0], size=(60, 2)), np.exp(5 * rng.normal(size=(60, 2)))
    np.testing.assert_array_equal(run(Rprop(), signs), run(Rprop(), signs * sizes))


def test_rprop_raises_and_lowers_its_step():
    w = run(Rprop(lr=0.1, up=1.5, down=0.25), np.array([[1.0, 2.0], [3.0, -1.0], [1.0, 0.0], [-1.0, 4.0]]))
    np.testing.assert_allclose(np.diff(w[:, 0], prepend=0), [-0.1, -0.15, -0.225, 0.05625], rtol=1e-12)
    # A zero gradient takes no step, and what comes after it neither agrees nor disagrees.
    np.testing.assert_allclose(np.diff(w[:, 1], prepend=0), [-0.1, 0.025, 0, -0.025], rtol=1e-12, atol=1e-16)


def test_centered_rmsprop_is_pytorch_s(gradients):
    settings = {"lr": 0.1, "decay": 0.8, "eps": 1e-3}
    expected = run(FRAMEWORKS["PyTorch", "RMSProp"].rule(**settings, centered=True), gradients)
    np.testing.assert_allclose(run(CenteredRMSProp(**settings), gradients), expected, rtol=1e-12)


def test_centered_rmsprop_stays_finite_under_a_constant_gradient():
    # h − m² comes out below zero here now and then.
    assert np.all(np.isfinite(run(CenteredRMSProp(decay=0.5), np.full((500, 2), [0.1, 0.7]))))
