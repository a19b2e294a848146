"""The rules met on the way: what defines them, and that they are the frameworks' where they say so."""

import numpy as np
import pytest

from steepest import Adam
from steepest.frameworks import FRAMEWORKS
from steepest.live import CompileError, show_rule
from steepest.variants import AdamW, AMSGrad, CenteredRMSProp, Rprop


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


def test_amsgrad_is_optax_s(gradients):
    settings = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3}
    expected = run(FRAMEWORKS["Optax", "AMSGrad"].rule(**settings), gradients)
    np.testing.assert_allclose(run(AMSGrad(**settings), gradients), expected, rtol=1e-12)


def test_amsgrad_never_raises_a_learning_rate_and_adam_does(gradients):
    def effective_lr(optimizer):  # with β₁ = 0 a step is this times the gradient
        return -np.diff(run(optimizer, gradients), axis=0, prepend=0) / gradients

    assert np.all(np.diff(effective_lr(AMSGrad(beta1=0.0, beta2=0.9)), axis=0) <= 1e-15)
    assert np.any(np.diff(effective_lr(Adam(beta1=0.0, beta2=0.9)), axis=0) > 1e-5)


def test_amsgrad_is_adam_while_gradients_grow():
    growing = np.cumsum(np.ones((50, 2)), axis=0)
    np.testing.assert_allclose(run(AMSGrad(), growing), run(Adam(), growing), rtol=1e-14)


def test_adamw_shrinks_by_the_same_factor_whatever_the_gradient():
    zero = np.zeros((30, 2))
    w = run(AdamW(lr=0.1, weight_decay=0.2), zero, start=(3.0, -1.0))[-1]
    np.testing.assert_allclose(w, np.array([3.0, -1.0]) * (1 - 0.1 * 0.2) ** 30, rtol=1e-13)


def test_adamw_decays_the_w_from_before_the_step():
    w = run(AdamW(lr=0.1, weight_decay=0.5, eps=0.0), [np.array([1.0, -7.0])], start=(2.0, 4.0))[-1]
    np.testing.assert_allclose(w, [2 - 0.1 - 0.05 * 2, 4 + 0.1 - 0.05 * 4], rtol=1e-15)


def test_adamw_without_decay_is_adam(gradients):
    np.testing.assert_array_equal(run(AdamW(weight_decay=0.0), gradients), run(Adam(), gradients))


def test_adamw_changes_nothing_where_it_raises():
    w = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="not finite"):
        AdamW().update({"w": w}, {"w": np.array([np.nan, 1.0])}, check_finite=True)
    np.testing.assert_array_equal(w, [1, 2])


def test_adamw_is_not_compiled_as_if_it_were_adam():
    with pytest.raises(CompileError, match="AdamW has an update of its own"):
        show_rule(AdamW)


def test_weight_decay_has_a_range():
    with pytest.raises(ValueError, match=r"weight_decay .* must lie in \[0, ∞\)"):
        AdamW(weight_decay=-0.1)


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
