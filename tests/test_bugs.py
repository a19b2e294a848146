"""Every famous wrong rule shows its symptom, and the test named for it tells it from the right one."""

import numpy as np

from steepest import OPTIMIZERS, Adam, Momentum, Nesterov, bugs, surfaces
from steepest.bugs import (
    HalfCorrectedAdam,
    NewVelocityNesterov,
    StandingCounterAdam,
    StrayEpsAdam,
    UncorrectedAdam,
    UnusedVelocityMomentum,
)
from steepest.descent import descend


def first_step(optimizer):
    w = np.zeros(1)
    optimizer.update({"w": w}, {"w": np.ones(1)})
    return w[0]


def test_they_are_not_on_the_list():
    rules = {name for name, rule in vars(bugs).items() if getattr(rule, "__module__", "") == bugs.__name__}
    assert {"NewVelocityNesterov", "UncorrectedAdam"} <= rules
    assert not rules & OPTIMIZERS.keys()


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


def steps(optimizer, gradients):
    w, taken = np.zeros(1), []
    for g in gradients:
        before = w.copy()
        optimizer.update({"w": w}, {"w": np.array([float(g)])})
        taken.append((w - before)[0])
    return -np.array(taken)


def test_adam_without_corrections():
    ones = np.ones(4000)
    np.testing.assert_allclose(steps(Adam(lr=1.0), ones), 1)
    uncorrected = steps(UncorrectedAdam(lr=1.0), ones)
    assert np.isclose(uncorrected[0], np.sqrt(10))
    assert uncorrected.argmax() + 1 == 12
    assert np.isclose(uncorrected.max(), 6.57, atol=0.005)
    assert np.flatnonzero(uncorrected > 1.01)[-1] + 1 == 3924
    assert np.isclose(steps(HalfCorrectedAdam(lr=1.0), ones)[0], np.sqrt(1000))


def test_adam_with_a_standing_counter():
    standing = steps(StandingCounterAdam(lr=1.0), np.ones(20_000))
    assert np.isclose(standing[0], 1)
    assert standing[1] != standing[0]
    assert np.isclose(standing[-1], np.sqrt(0.001) / 0.1)


def test_adam_with_a_stray_eps():
    assert np.isclose(steps(Adam(lr=1.0, eps=1.0), [1])[0], 0.5)
    assert np.isclose(steps(StrayEpsAdam(lr=1.0, eps=1.0), [1])[0], 0)
    np.testing.assert_allclose(steps(StrayEpsAdam(), [1, -2, 3]), steps(Adam(), [1, -2, 3]), rtol=1e-4)
    with np.errstate(invalid="ignore"):
        assert np.isnan(steps(StrayEpsAdam(), [0])[0])
