"""Averages of the parameters that a run passes."""

import numpy as np
import pytest

from steepest import GradientDescent, Momentum
from steepest.averages import exponential, polynomial, tail, uniform
from steepest.descent import sweep, train
from steepest.problems import TwoLayerNetwork

T = 40
VALUES = np.random.default_rng(0).normal(size=T)
AGES = np.arange(T)[::-1]
PROBLEM = TwoLayerNetwork(np.random.default_rng(3).normal(size=(20, 4)), np.arange(20) % 3, hidden=5)


def averaged(average, values):
    """What an average makes of some numbers."""
    a = 0.0
    for t, value in enumerate(values, start=1):
        a += average(t) * (value - a)
    return a


@pytest.mark.parametrize(
    ("average", "weights"),
    [
        (uniform(), np.ones(T)),
        (exponential(0.0), AGES == 0),
        (exponential(0.9), 0.9**AGES),
        (tail(0), np.ones(T)),
        (tail(30), AGES < 10),
        (tail(100), AGES == 0),
        (polynomial(0), np.ones(T)),
        (polynomial(1), np.arange(1, T + 1)),
        (polynomial(2), np.arange(1, T + 1) * np.arange(2, T + 2)),
    ],
)
def test_an_average_has_the_weights_it_says(average, weights):
    assert averaged(average, VALUES) == pytest.approx(np.average(VALUES, weights=weights))


@pytest.mark.parametrize("batch_size", [None, 6])
def test_a_run_is_measured_at_its_average(batch_size):
    weights, settings = [], {"batch_size": batch_size, "seed": 1}
    for steps in range(1, 6):
        weights.append(train(Momentum(lr=0.1), PROBLEM, steps=steps, **settings).params)
    run = train(Momentum(lr=0.1), PROBLEM, steps=5, average=uniform(), **settings)
    for name in run.params:
        np.testing.assert_allclose(run.params[name], np.mean([w[name] for w in weights], axis=0))
    assert run.losses[-1] == pytest.approx(PROBLEM.loss(run.params))
    assert run.losses[0] == PROBLEM.loss(PROBLEM.init(1))


def test_a_sweep_is_measured_as_its_runs_are():
    lr = np.array([0.05, 0.3])
    losses = sweep(GradientDescent(lr=lr), PROBLEM, steps=8, batch_size=6, average=exponential(0.7), measure_every=4)
    for k in (0, 1):
        one = train(
            GradientDescent(lr=lr[k]), PROBLEM, steps=8, batch_size=6, average=exponential(0.7), measure_every=4
        )
        np.testing.assert_allclose(losses[:, k], one.losses)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: exponential(1), ValueError),
        (lambda: exponential(-0.1), ValueError),
        (lambda: tail(1.5), TypeError),
        (lambda: tail(-1), ValueError),
        (lambda: polynomial(-1), ValueError),
    ],
)
def test_what_is_no_average_is_refused(make, error):
    with pytest.raises(error):
        make()
