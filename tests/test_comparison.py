"""The comparison chooses what the runs say, judges on the seeds it is given, and counts what diverged as lost."""

import numpy as np
import pytest

from steepest import Adam, GradientDescent, Momentum
from steepest.comparison import Tuning, Verdict, judge, tune, wins
from steepest.datasets import digits, digits_softmax
from steepest.descent import train
from steepest.problems import SoftmaxRegression
from steepest.schedules import cosine

PROBLEM, OTHERS = digits_softmax(), SoftmaxRegression(*digits()[2:])
RUN = {"steps": 25, "batch_size": 64}


def test_each_loss_of_a_tuning_is_that_of_a_single_run():
    lr, momentum = np.array([0.01, 0.1, 0.5])[:, None], np.array([0.5, 0.9])
    tuned = tune(Momentum(lr=lr, momentum=momentum), PROBLEM, **RUN, seeds=(3, 8), schedule=cosine(25))
    assert tuned.losses.shape == (2, 3, 2)
    for k, seed in enumerate((3, 8)):
        run = train(Momentum(lr=0.5, momentum=0.9), PROBLEM, **RUN, seed=seed, schedule=cosine(25))
        assert tuned.losses[k, 2, 1] == pytest.approx(run.losses[-1], rel=1e-9)


def test_the_lowest_geometric_mean_is_chosen_and_a_run_that_diverged_costs_the_choice():
    optimizer = Adam(lr=np.array([1.0, 2.0])[:, None], beta2=np.array([0.9, 0.99]))
    tuned = Tuning(optimizer, np.array([[[0.1, 0.4], [0.2, 0.01]], [[0.4, 0.1], [0.1, np.inf]]]))
    np.testing.assert_allclose(tuned.scores, [[0.2, 0.2], [np.sqrt(0.02), np.inf]])
    assert tuned.winner == (1, 0)
    assert tuned.chosen == {"lr": 2.0, "beta2": 0.9}
    assert tuned.best == Adam(lr=2.0, beta2=0.9)


def test_divergence_is_infinite_in_tuning_and_verdict():
    reckless = GradientDescent(lr=np.array([0.1, 1e12]))
    tuned = tune(reckless, PROBLEM, **RUN, seeds=(0,))
    assert np.isfinite(tuned.losses[0]).tolist() == [True, False]
    verdict = judge(GradientDescent(lr=1e12), PROBLEM, OTHERS, **RUN, seeds=(0, 1), measure_every=5)
    assert np.isfinite(verdict.losses[:, 0]).all()
    assert np.isinf(verdict.final).all()
    assert np.isinf(verdict.held_out).all()


def test_a_verdict_is_that_of_single_runs_on_its_seeds():
    verdict = judge(Adam(lr=0.1), PROBLEM, OTHERS, **RUN, seeds=(5, 6), measure_every=10)
    assert verdict.steps.tolist() == [0, 10, 20, 25]
    for k, seed in enumerate((5, 6)):
        run = train(Adam(lr=0.1), PROBLEM, **RUN, seed=seed, measure_every=10)
        np.testing.assert_array_equal(verdict.losses[k], run.losses)
        assert verdict.held_out[k] == OTHERS.loss(run.params)
    last = judge(Adam(lr=0.1), PROBLEM, OTHERS, **RUN, seeds=(5,))
    assert last.steps.tolist() == [0, 25]


def test_steps_to_a_target_and_wins():
    steps, ones = np.array([0, 10, 20]), np.ones(2)
    first = Verdict(Adam(), steps, np.array([[2.0, 0.5, 0.1], [2.0, 1.0, 0.6]]), ones)
    second = Verdict(Adam(), steps, np.array([[2.0, 0.4, 0.2], [2.0, 0.3, np.inf]]), ones)
    assert first.steps_to(0.5).tolist() == [10, np.inf]
    assert first.steps_to(0.05).tolist() == [np.inf, np.inf]
    assert second.steps_to(0.4).tolist() == [10, 10]  # what was reached counts, even if it is lost again
    assert wins(first, second) == 2
    assert wins(second, first) == 0


def test_nothing_to_choose_from_and_no_seeds_are_refused():
    with pytest.raises(ValueError, match=r"no hyperparameter of Adam\(.*\) is an array"):
        tune(Adam(), PROBLEM, **RUN)
    with pytest.raises(ValueError, match="at least one seed"):
        tune(Adam(lr=np.array([0.1])), PROBLEM, **RUN, seeds=())
    with pytest.raises(ValueError, match="at least one seed"):
        judge(Adam(), PROBLEM, OTHERS, **RUN, seeds=())
