"""The problems on which adaptive optimizers end in the wrong place are what they are said to be."""

import numpy as np
import pytest

from steepest import Adam, AMSGrad, GradientDescent
from steepest.counterexamples import one_telling_feature, race, rare_gradient


def test_the_stream_repeats_and_its_mean_points_left():
    gradients = rare_gradient(3 * 101, period=101, large=1010, small=10)
    assert np.flatnonzero(gradients > 0).tolist() == [0, 101, 202]
    np.testing.assert_array_equal(np.unique(gradients), [-10, 1010])
    assert gradients.sum() == 3 * 10


def test_the_race_falls_as_one_over_root_t_and_stays_inside():
    positions = race(GradientDescent(lr=0.25), [-1.0] * 10)
    np.testing.assert_allclose(positions, np.minimum(1, np.append(0, np.cumsum(0.25 / np.sqrt(np.arange(1, 11))))))
    assert positions[-1] == 1
    assert np.all(np.abs(race(GradientDescent(lr=9.0), rare_gradient(50))) <= 1)


def test_the_race_runs_many_at_once_and_leaves_the_optimizer_alone():
    optimizer = Adam(lr=0.1, beta2=np.array([0.1, 0.9]))
    streams = np.stack([rare_gradient(30), rare_gradient(30, period=5)], axis=1)
    positions = race(optimizer, streams, start=0.5)
    assert positions.shape == (31, 2)
    assert (optimizer.lr, optimizer.t) == (0.1, 0)
    for k, beta2 in enumerate(optimizer.beta2):
        alone = race(Adam(lr=0.1, beta2=beta2), streams[:, k], start=0.5)
        np.testing.assert_allclose(positions[:, k], alone, rtol=1e-13)


def test_theorem_1_holds():
    gradients, settings = rare_gradient(2000), {"lr": 0.1, "beta1": 0.0, "beta2": 1 / 10}
    assert race(Adam(**settings), gradients)[-10:].min() > 0.99
    assert race(AMSGrad(**settings), gradients)[-10:].max() < -0.95


def test_only_the_first_feature_tells_the_classes_apart_on_unseen_examples():
    train, test = one_telling_feature(n=30, n_test=12, seed=5)
    assert (train.n, test.n) == (30, 12)
    assert train.X.shape[1] == test.X.shape[1]
    for problem in train, test:
        np.testing.assert_array_equal(problem.X[:, 0], problem.y)
        np.testing.assert_array_equal(problem.X[:, [1, -1]], 1)
        assert np.sum(problem.y == 1) == 2 * np.sum(problem.y == -1)
        own = problem.X[:, 2:-1]
        np.testing.assert_array_equal(own.sum(axis=1), np.where(problem.y == 1, 1, 5))
        assert own.sum(axis=0).max() == 1
    assert np.all((train.X.sum(axis=0) == 0) | (test.X.sum(axis=0) == 0) | (np.abs(train.X).min(axis=0) == 1))


def test_one_telling_feature_depends_on_its_seed_alone():
    np.testing.assert_array_equal(one_telling_feature(seed=1)[0].X, one_telling_feature(seed=1)[0].X)
    assert np.any(one_telling_feature(seed=1)[0].y != one_telling_feature(seed=2)[0].y)


def test_thirds_must_be_whole():
    with pytest.raises(ValueError, match="multiples of 3"):
        one_telling_feature(n=31)
