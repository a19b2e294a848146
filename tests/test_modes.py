"""The matrix of a mode is what the rule does, and its spectral radius what the rule does in the long run."""

import numpy as np
import pytest

from steepest import Momentum, Nesterov, surfaces
from steepest.bugs import NewVelocityNesterov
from steepest.descent import descend
from steepest.modes import mode_matrix, spectral_radius


@pytest.mark.parametrize("rule", [Momentum, Nesterov, NewVelocityNesterov])
def test_powers_of_the_matrix_are_the_run(rule):
    hyper = {"lr": 0.07, "momentum": 0.8}
    run = descend(rule(**hyper), surfaces.bowl(kappa=9), start=(1, -2), steps=30)
    for axis, curvature in enumerate([1.0, 9.0]):
        M = np.array(mode_matrix(rule, curvature, **hyper))
        for t in (1, 2, 30):
            x, v = np.linalg.matrix_power(M, t) @ (run.points[0, axis], 0.0)
            assert np.isclose(run.points[t, axis], x, rtol=1e-10, atol=1e-14)
            assert np.isclose(run.states["v"][t, axis], v, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("rule", [Momentum, Nesterov, NewVelocityNesterov])
def test_the_radius_is_that_of_the_matrix(rule):
    rng = np.random.default_rng(0)
    for lr, momentum, curvature in rng.uniform([0, 0, 0], [3, 1, 3], size=(300, 3)):
        eigenvalues = np.linalg.eigvals(mode_matrix(rule, curvature, lr=lr, momentum=momentum))
        radius = spectral_radius(rule, curvature, lr=lr, momentum=momentum)
        assert np.isclose(radius, np.abs(eigenvalues).max(), rtol=1e-6)


def test_arrays_broadcast():
    lr, momentum = np.linspace(0.1, 3, 5), np.linspace(0, 0.9, 4)[:, None]
    radius = spectral_radius(Nesterov, 1.0, lr=lr, momentum=momentum)
    assert radius.shape == (4, 5)
    assert radius[3, 2] == spectral_radius(Nesterov, 1.0, lr=lr[2], momentum=momentum[3, 0])


@pytest.mark.parametrize(
    ("rule", "edge"),
    [
        (Momentum, lambda mu: 2 * (1 + mu)),
        (Nesterov, lambda mu: 2 * (1 + mu) / (1 + 2 * mu)),
        (NewVelocityNesterov, lambda mu: 2 * (1 + mu) / (1 + 2 * mu + 2 * mu**2)),
    ],
)
def test_a_mode_shrinks_below_the_edge_that_the_text_derives_and_grows_above_it(rule, edge):
    for momentum in (0.0, 0.5, 0.9, 0.99):
        assert spectral_radius(rule, 1.0, lr=0.9999 * edge(momentum), momentum=momentum) < 1
        assert spectral_radius(rule, 1.0, lr=1.0001 * edge(momentum), momentum=momentum) > 1
