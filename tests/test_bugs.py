"""Every famous error shows its symptom, and the test named for it tells wrong from right.

The page of famous errors in the book shows most of these functions.
"""

import numpy as np

from steepest import OPTIMIZERS, SGD, AdaGrad, Adam, GradientDescent, Momentum, Nesterov, bugs, surfaces
from steepest.bugs import (
    HalfCorrectedAdam,
    NewVelocityNesterov,
    StandingCounterAdam,
    StrayEpsAdam,
    UncorrectedAdam,
    UnusedVelocityMomentum,
    step_lengths,
)
from steepest.datasets import digits_softmax
from steepest.descent import descend, minibatches
from steepest.modes import mode_matrix
from steepest.problems import central_difference


def test_they_are_not_on_the_list():
    rules = {name for name, rule in vars(bugs).items() if getattr(rule, "__module__", "") == bugs.__name__}
    assert {"NewVelocityNesterov", "UncorrectedAdam"} <= rules
    assert not rules & OPTIMIZERS.keys()


def test_nesterov_with_the_new_velocity():
    assert np.isclose(step_lengths(Nesterov(lr=1.0), [1])[0], 1.9)
    assert np.isclose(step_lengths(NewVelocityNesterov(lr=1.0), [1])[0], 2.71)


def test_where_nesterov_with_the_new_velocity_diverges():
    bowl = surfaces.bowl(kappa=1)
    for lr, diverges in [(0.85, False), (0.87, True)]:
        assert (descend(NewVelocityNesterov(lr=lr), bowl, steps=2000).diverged is not None) == diverges
        assert descend(Nesterov(lr=lr), bowl, steps=2000).diverged is None


def test_momentum_whose_velocity_is_never_used():
    assert step_lengths(Momentum(lr=1.0), [1])[0] == 1
    assert step_lengths(UnusedVelocityMomentum(lr=1.0), [1])[0] == 0


def test_what_momentum_does_whose_velocity_is_never_used():
    run = descend(UnusedVelocityMomentum(lr=0.1), surfaces.bowl(), steps=20)
    assert np.all(run.losses == run.losses[0])
    assert np.all(run.states["v"][1:] != 0)


def test_the_first_step_of_adam_without_corrections_is_too_long():
    constant = np.ones(100)
    np.testing.assert_allclose(step_lengths(Adam(lr=1.0), constant), 1)
    wrong = step_lengths(UncorrectedAdam(lr=1.0), constant)
    assert np.isclose(wrong[0], np.sqrt(10))


def test_how_long_the_steps_of_adam_without_corrections_are():
    uncorrected = step_lengths(UncorrectedAdam(lr=1.0), np.ones(4000))
    assert uncorrected.argmax() + 1 == 12
    assert np.isclose(uncorrected.max(), 6.57, atol=0.005)
    assert np.flatnonzero(uncorrected > 1.01)[-1] + 1 == 3924


def test_adam_with_only_m_corrected():
    assert np.isclose(step_lengths(Adam(lr=1.0), [1])[0], 1)
    assert np.isclose(step_lengths(HalfCorrectedAdam(lr=1.0), [1])[0], np.sqrt(1000))


def test_adam_with_a_standing_counter():
    first, second = step_lengths(Adam(lr=1.0), [1, 1])
    assert np.isclose(first, second)
    first, second = step_lengths(StandingCounterAdam(lr=1.0), [1, 1])
    assert np.isclose(first, 1)
    assert second > 1.3


def test_where_adam_with_a_standing_counter_ends():
    standing = step_lengths(StandingCounterAdam(lr=1.0), np.ones(20_000))
    assert np.isclose(standing[-1], np.sqrt(0.001) / 0.1)


def test_adam_with_a_stray_eps():
    assert np.isclose(step_lengths(Adam(lr=1.0, eps=1.0), [1])[0], 0.5)
    assert np.isclose(step_lengths(StrayEpsAdam(lr=1.0, eps=1.0), [1])[0], 0)


def test_when_a_stray_eps_shows():
    np.testing.assert_allclose(step_lengths(StrayEpsAdam(), [1, -2, 3]), step_lengths(Adam(), [1, -2, 3]), rtol=1e-4)
    with np.errstate(invalid="ignore"):
        assert np.isnan(step_lengths(StrayEpsAdam(), [0])[0])


def test_half_is_left_after_a_half_life_and_not_after_one_over_the_decay():
    decay = 0.9
    right, wrong = np.log(2) / np.log(1 / decay), 1 / decay
    assert np.isclose(decay**right, 0.5)
    assert decay**wrong > 0.88


def test_size_of_a_complex_eigenvalue():
    beta = 0.9
    matrix = np.array(mode_matrix(Momentum, 1.0, lr=1.0, momentum=beta))
    pair = np.linalg.eigvals(matrix)
    assert np.all(np.iscomplex(pair))
    np.testing.assert_allclose(np.abs(pair), np.sqrt(beta))
    assert np.isclose(np.prod(pair).real, beta)  # the determinant: |σ|² = β


def test_a_flat_loss_that_rises():
    for lr, converges in [(0.999, True), (1.001, False)]:
        run = descend(GradientDescent(lr=lr), surfaces.ravine(), (-7, 1), steps=500)
        assert (run.losses[-1] < run.losses[100]) == converges


def test_one_learning_rate_for_all():
    rules, lr = [SGD, Momentum, AdaGrad, Adam], np.geomspace(1e-3, 100, 51)

    def loss(rule, lr):
        return descend(rule(lr=lr), surfaces.ravine(), steps=30).losses[-1]

    shared = [loss(rule, 0.1) for rule in rules]
    tuned = [np.nanmin(loss(rule, lr[:, None])) for rule in rules]
    assert rules[np.argmax(shared)] is AdaGrad  # the last of four
    assert rules[np.argmin(tuned)] is AdaGrad  # the first of four


def test_the_loss_on_the_batch_just_used():
    problem, optimizer = digits_softmax(), SGD(lr=1.0)
    w, batches = problem.init(0), minibatches(problem.n, 32, 0)
    whole, used, fresh, rows = [], [], [], next(batches)
    for _ in range(100):
        optimizer.update(w, problem.gradient(w, rows))
        used.append(problem.loss(w, rows))
        rows = next(batches)
        fresh.append(problem.loss(w, rows))
        whole.append(problem.loss(w))
    assert np.isclose(np.mean(fresh), np.mean(whole), rtol=0.05)
    assert np.mean(used) < 0.9 * np.mean(whole)


def test_the_bound_of_the_heavy_ball():
    kappa, rate, t = 100, 9 / 11, np.arange(200)
    best = Momentum(lr=4 / 11**2, momentum=rate**2)
    run = descend(best, surfaces.bowl(kappa=kappa), (1, 1), steps=199)
    error = np.abs(run.points).max(axis=1)
    assert np.all(error <= (1 + (1 + rate) * t) * rate**t * (1 + 1e-6))
    assert np.all(error[1:] > rate ** t[1:])  # the bound without its factor


def test_the_mean_of_the_average():
    rng, bias, loss = np.random.default_rng(0), [], []
    for T in 100, 1000:
        x = total = np.zeros(2000)  # 2,000 runs on f(x) = x²/2, from its minimum
        for _ in range(T):
            total = total + x
            x = x - 0.1 * (x + rng.normal(size=2000))
        mean = total / T
        bias.append(abs(np.mean(mean)))
        loss.append(np.mean(mean**2 / 2))
    assert np.all(np.array(bias) < 0.005)  # zero, whatever T
    assert np.allclose(loss, [1 / 200, 1 / 2000], rtol=0.2)


def test_the_distance_of_a_central_difference():
    f, w = surfaces.rosenbrock(), np.array([-1.2, 0.7])
    right = f.gradient(w)
    error = [np.abs(central_difference(f, w, h) - right).max() for h in (1e-5, 1e-12)]
    assert error[0] < 1e-9 * np.abs(right).max()
    assert error[1] > 1e-6 * np.abs(right).max()
