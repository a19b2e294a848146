"""Schedules give the factors that their formulas give, and the loops multiply the learning rate by them."""

import numpy as np
import pytest

from steepest import SGD, Adam, Momentum
from steepest.datasets import digits_softmax
from steepest.descent import sweep, train
from steepest.schedules import cosine, steps_down, warmup


def test_the_cosine_falls_from_one_to_nearly_zero_and_stays():
    factors = np.array([cosine(100)(t) for t in range(1, 131)])
    assert factors[0] == 1
    assert np.all(np.diff(factors[:101]) < 0)
    assert factors[50] == pytest.approx(0.5)
    assert factors[99] == pytest.approx(np.pi**2 / 4 / 100**2, rel=1e-3)
    assert np.all(factors[100:] == 0)
    assert factors[:100].mean() == pytest.approx(0.5, abs=0.01)  # half the way of a constant learning rate


def test_a_milestone_is_the_last_step_at_the_old_rate():
    factors = [steps_down(3, 5, factor=0.5)(t) for t in range(1, 8)]
    assert factors == [1, 1, 1, 0.5, 0.5, 0.25, 0.25]


def test_a_warm_up_ends_at_the_full_rate_and_multiplies_what_follows():
    assert [warmup(4)(t) for t in range(1, 7)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert warmup(4, cosine(10))(2) == 0.5 * cosine(10)(2)
    assert warmup(1)(1) == 1


def by_hand(optimizer, problem, schedule, steps):
    params, lr = problem.init(), optimizer.lr
    for t in range(1, steps + 1):
        optimizer.lr = lr * schedule(t)
        optimizer.update(params, problem.gradient(params))
    return problem.loss(params)


@pytest.mark.parametrize("optimizer", [SGD(lr=0.5), Momentum(lr=0.1), Adam(lr=0.01)], ids=lambda o: o.name)
def test_the_loops_multiply_the_learning_rate_before_each_step(optimizer):
    problem, schedule = digits_softmax(), warmup(3, cosine(8))
    expected = by_hand(optimizer.fresh(), problem, schedule, 8)
    lr = optimizer.lr
    assert train(optimizer, problem, steps=8, schedule=schedule).losses[-1] == pytest.approx(expected, rel=1e-12)
    grid = type(optimizer)(lr=lr * np.array([1.0, 2.0]))
    losses = sweep(grid, problem, steps=8, schedule=schedule)[-1]
    twice = by_hand(type(optimizer)(lr=2 * lr), problem, schedule, 8)
    np.testing.assert_allclose(losses, [expected, twice], rtol=1e-12)
    assert optimizer.lr == lr  # the caller's own is left alone
    np.testing.assert_array_equal(grid.lr, lr * np.array([1.0, 2.0]))


def test_a_constant_schedule_changes_nothing():
    runs = [train(SGD(lr=0.5), digits_softmax(), steps=5, schedule=s).losses for s in (None, lambda t: 1.0)]
    np.testing.assert_array_equal(*runs)
