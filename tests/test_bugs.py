"""Every famous wrong rule shows its symptom, and the test named for it tells it from the right one."""

import numpy as np

from steepest import OPTIMIZERS, Momentum, Nesterov, surfaces
from steepest.bugs import NewVelocityNesterov, UnusedVelocityMomentum
from steepest.descent import descend


def first_step(optimizer):
    w = np.zeros(1)
    optimizer.update({"w": w}, {"w": np.ones(1)})
    return w[0]


def test_they_are_not_on_the_list():
    assert not {"NewVelocityNesterov", "UnusedVelocityMomentum"} & OPTIMIZERS.keys()


def test_nesterov_with_the_new_velocity():
    assert np.isclose(first_step(Nesterov(lr=1.0)), -1.9)
    assert np.isclose(first_step(NewVelocityNesterov(lr=1.0)), -2.71)
    bowl = surfaces.bowl(kappa=1)
    for lr, diverges in [(0.85, False), (0.87, True)]:
        assert (descend(NewVelocityNesterov(lr=lr), bowl, steps=2000).diverged is not None) == diverges
        assert descend(Nesterov(lr=lr), bowl, steps=2000).diverged is None


def test_momentum_whose_velocity_is_never_used():
    assert first_step(Momentum(lr=1.0)) == -1
    assert first_step(UnusedVelocityMomentum(lr=1.0)) == 0
    run = descend(UnusedVelocityMomentum(lr=0.1), surfaces.bowl(), steps=20)
    assert np.all(run.losses == run.losses[0])
    assert np.all(run.states["v"][1:] != 0)
