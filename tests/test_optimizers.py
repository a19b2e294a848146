"""The rules of the course: what each does, what all of them keep to, and what they refuse."""

import copy
import re
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import steepest
from steepest import (
    OPTIMIZERS,
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Lion,
    Momentum,
    Muon,
    Nesterov,
    Optimizer,
    RMSProp,
    ScheduleFree,
    ScheduleFreeAdamW,
)
from steepest.descent import descend
from steepest.frameworks import FRAMEWORKS
from steepest.live import trace
from steepest.optimizers import HYPERPARAMETERS, orthogonalize
from steepest.surfaces import SURFACES

every_optimizer = pytest.mark.parametrize("cls", OPTIMIZERS.values(), ids=OPTIMIZERS)
any_optimizer = st.sampled_from(list(OPTIMIZERS.values()))
elementwise = [cls for cls in OPTIMIZERS.values() if trace(cls).point is None]
any_elementwise = st.sampled_from(elementwise)

#: Numbers of a size at which nothing underflows, of both signs, and 0 among them.
numbers = st.floats(1e-3, 1e3).flatmap(lambda x: st.sampled_from([x, -x])) | st.just(0.0)


def gradients_of(columns):
    """Gradients given in advance, one step's in each row."""
    return st.integers(1, 8).flatmap(lambda steps: arrays(float, (steps, columns), elements=numbers))


def run(optimizer, gradients, w=0.0):
    """The points of a run on gradients given in advance, one in each row."""
    w = np.broadcast_to(w, np.shape(gradients[0])).astype(float)
    points = []
    for g in gradients:
        optimizer.update({"w": w}, {"w": g})
        points.append(w.copy())
    return np.array(points)


def first_step(optimizer, g):
    return run(optimizer, [np.asarray(g, float)])[0]


def same(a, b):
    """Whether two arrays hold the same bits. (0 and −0 count as the same.)"""
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def snapshot(optimizer, params):
    """Everything that a failed call must leave as it was."""
    return copy.deepcopy((optimizer.t, optimizer.state, optimizer.hyperparameters, params))


# --- The registry and what each entry says of itself


@every_optimizer
def test_every_optimizer_can_be_imported_from_the_package(cls):
    assert getattr(steepest, cls.__name__) is cls
    assert cls.__name__ in steepest.__all__


def test_sgd_is_gradient_descent_by_another_name():
    assert issubclass(SGD, GradientDescent)
    assert SGD().name == "SGD"


@every_optimizer
def test_docstring_says_what_the_course_needs(cls):
    lines = cls.__doc__.splitlines()
    assert lines[0].endswith(".")
    for heading in ("Args:", ">>>", "Source:", "Differs from:"):
        assert heading in cls.__doc__, heading
    for field in fields(cls):
        assert re.search(rf"^ +{field.name}: .*[\[(].*, .*\)", cls.__doc__, re.M), f"{field.name} and its range"


@every_optimizer
def test_one_name_per_hyperparameter(cls):
    assert cls().hyperparameters.keys() <= HYPERPARAMETERS.keys()


# --- What the rules do, against closed forms that are not computed step by step


@given(st.floats(0.01, 1.9), st.floats(-10, 10))
def test_gradient_descent_on_a_quadratic_is_a_power(lr, start):
    w, optimizer = np.array([start]), GradientDescent(lr)
    for _ in range(50):
        optimizer.update({"w": w}, {"w": w.copy()})
    np.testing.assert_allclose(w, (1 - lr) ** 50 * start, rtol=0, atol=1e-14 * abs(start))


@given(st.floats(0.01, 2), st.floats(0, 0.99), st.floats(-100, 100))
def test_momentum_under_a_constant_gradient_reaches_terminal_velocity(lr, momentum, g):
    optimizer = Momentum(lr, momentum)
    run(optimizer, np.full((30, 1), g))
    np.testing.assert_allclose(optimizer.state["w"]["v"], -lr * g * (1 - momentum**30) / (1 - momentum), rtol=1e-12)


SIZES = [1e-6, 1e-3, 1.0, 1e3]


@pytest.mark.parametrize("g", SIZES)
def test_adagrad_under_a_constant_gradient_takes_steps_of_lr_over_root_t(g):
    points = run(AdaGrad(lr=0.5, eps=0.0), np.full((100, 1), g))
    np.testing.assert_allclose(-np.diff(points, axis=0)[:, 0], 0.5 / np.sqrt(np.arange(2, 101)), rtol=1e-12)


@pytest.mark.parametrize("g", SIZES)
@pytest.mark.parametrize("decay", [0.9, 0.99, 0.999])
def test_rmsprop_under_a_constant_gradient_starts_long_and_ends_at_lr(g, decay):
    steps = -np.diff(run(RMSProp(lr=0.5, decay=decay, eps=0.0), np.full((20, 1), g))[:, 0], prepend=0.0)
    np.testing.assert_allclose(steps, 0.5 / np.sqrt(1 - decay ** np.arange(1, 21)), rtol=1e-11)


@pytest.mark.parametrize("g", SIZES)
def test_adam_under_a_constant_gradient_takes_steps_of_lr(g):
    steps = -np.diff(run(Adam(lr=0.5, eps=0.0), np.full((100, 1), g))[:, 0], prepend=0.0)
    np.testing.assert_allclose(steps, 0.5, rtol=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "length"),
    [
        (AdaGrad(lr=0.1), 0.1),
        (Adam(lr=0.1), 0.1),
        (RMSProp(lr=0.1, decay=0.9), 0.31623),
        (RMSProp(lr=0.1, decay=0.99), 1.0),
        (RMSProp(lr=0.1, decay=0.999), 3.1623),
    ],
    ids=repr,
)
def test_first_step_has_one_length_whatever_the_gradient(optimizer, length):
    g = np.array([1e3, -1.0, 1e-2])
    np.testing.assert_allclose(first_step(optimizer.fresh(), g), -length * np.sign(g), rtol=1e-4)


@pytest.mark.parametrize("cls", [AdaGrad, Adam])
def test_eps_decides_where_gradients_stop_to_count(cls):
    """At g = ε the first step is half of lr: ε is outside the root and in units of g."""
    np.testing.assert_allclose(first_step(cls(lr=1.0, eps=1e-4), [1e-4, -1e-4]), [-0.5, 0.5], rtol=1e-9)


# --- Nesterov, and bugs that are taught


@dataclass
class NewVelocityNesterov(Optimizer):
    """The bug: the velocity after the step where the one before it belongs."""

    lr: float
    momentum: float

    def step(self, g, state):
        state.v = self.momentum * state.v - self.lr * g
        return self.momentum**2 * state.v - (1 + self.momentum) * self.lr * g


def test_the_first_step_tells_nesterov_from_the_one_with_the_new_velocity():
    assert first_step(Nesterov(lr=1.0, momentum=0.9), [1.0]) == pytest.approx(-1.9, rel=1e-15)
    assert first_step(NewVelocityNesterov(lr=1.0, momentum=0.9), [1.0]) == pytest.approx(-2.71, rel=1e-15)


@pytest.mark.parametrize(
    ("cls", "edge"), [(Momentum, 3.8), (Nesterov, 3.8 / 2.8), (NewVelocityNesterov, 0.859)], ids=lambda x: str(x)
)
def test_stability_edge_at_momentum_nine_tenths(cls, edge):
    """On w²/2 the run shrinks just below the edge and grows just above it."""
    lr = np.array([0.995, 1.005]) * edge
    w, optimizer = np.ones(2), cls(lr, 0.9)
    for _ in range(3000):
        optimizer.update({"w": w}, {"w": w.copy()})
    assert abs(w[0]) < 1e-3
    assert abs(w[1]) > 1e3


@given(st.floats(0.001, 0.3), st.floats(0, 0.95), arrays(float, 2, elements=st.floats(-5, 5)))
def test_shifted_nesterov_is_the_look_ahead_form(lr, momentum, start):
    """The look-ahead form takes the gradient at w + μv; that point is the w of the shifted form."""
    curvature = np.array([[2.0, 0.5], [0.5, 1.0]])
    w, v, shifted, optimizer = start.copy(), np.zeros(2), start.copy(), Nesterov(lr, momentum)
    for _ in range(100):
        v = momentum * v - lr * curvature @ (w + momentum * v)
        w = w + v
        optimizer.update({"w": shifted}, {"w": curvature @ shifted})
        np.testing.assert_allclose(shifted, w + momentum * v, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SURFACES)
def test_shifted_nesterov_is_the_look_ahead_form_on_every_surface(name):
    surface, lr, momentum = SURFACES[name](), 1e-4, 0.9
    w, v = np.array(surface.start, dtype=float), np.zeros(2)
    shifted = descend(Nesterov(lr, momentum), surface, steps=200)
    for t in range(200):
        v = momentum * v - lr * surface.gradient(w + momentum * v)
        w = w + v
        np.testing.assert_allclose(shifted.points[t + 1], w + momentum * v, rtol=1e-12, atol=1e-12)


def test_adam_without_its_corrections_starts_too_far():
    """Uncorrected, the first step is (1 − β₁) / √(1 − β₂) = 3.16 times lr; with m alone corrected, 31.6 times."""

    @dataclass
    class Uncorrected(Adam):
        correct_m: bool = False

        def step(self, g, state):
            state.m = self.beta1 * state.m + (1 - self.beta1) * g
            state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
            m = state.m / (1 - self.beta1**state.t) if self.correct_m else state.m
            return -self.lr * m / (np.sqrt(state.h) + self.eps)

    steps = [first_step(cls, [7.0])[0] for cls in (Adam(1.0), Uncorrected(1.0), Uncorrected(1.0, correct_m=True))]
    np.testing.assert_allclose(steps, [-1.0, -np.sqrt(10), -np.sqrt(1000)], rtol=1e-6)


# --- What came after Adam


def uneven_gradients():
    """Two hundred gradients of sizes that differ much."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(200, 2)) * np.exp(rng.normal(size=(200, 2)))


def test_amsgrad_is_optax_s():
    settings = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3}
    expected = run(FRAMEWORKS["Optax", "AMSGrad"].rule(**settings), uneven_gradients())
    np.testing.assert_allclose(run(AMSGrad(**settings), uneven_gradients()), expected, rtol=1e-12)


def test_amsgrad_never_raises_a_learning_rate_and_adam_does():
    gradients = uneven_gradients()

    def effective_lr(optimizer):  # with β₁ = 0 a step is this times the gradient
        return -np.diff(run(optimizer, gradients), axis=0, prepend=0) / gradients

    assert np.all(np.diff(effective_lr(AMSGrad(beta1=0.0, beta2=0.9)), axis=0) <= 1e-15)
    assert np.any(np.diff(effective_lr(Adam(beta1=0.0, beta2=0.9)), axis=0) > 1e-5)


def test_amsgrad_is_adam_while_gradients_grow():
    growing = np.cumsum(np.ones((50, 2)), axis=0)
    np.testing.assert_allclose(run(AMSGrad(), growing), run(Adam(), growing), rtol=1e-14)


@pytest.mark.parametrize("cls", [AdamW, Lion])
def test_weight_decay_shrinks_by_the_same_factor_whatever_the_gradient(cls):
    w = run(cls(lr=0.1, weight_decay=0.2), np.zeros((30, 2)), w=[3.0, -1.0])[-1]
    np.testing.assert_allclose(w, np.array([3.0, -1.0]) * (1 - 0.1 * 0.2) ** 30, rtol=1e-13)


@pytest.mark.parametrize("rule", [AdamW(lr=0.1, weight_decay=0.5, eps=0.0), Lion(lr=0.1, weight_decay=0.5)], ids=repr)
def test_weight_decay_takes_the_w_from_before_the_step(rule):
    w = run(rule, [np.array([1.0, -7.0])], w=[2.0, 4.0])[-1]
    np.testing.assert_allclose(w, [2 - 0.1 - 0.05 * 2, 4 + 0.1 - 0.05 * 4], rtol=1e-15)


def test_adamw_without_decay_is_adam():
    assert same(run(AdamW(weight_decay=0.0), uneven_gradients()), run(Adam(), uneven_gradients()))


def test_what_is_decayed_is_not_remembered():
    optimizer = AdamW()
    run(optimizer, np.ones((3, 2)), w=[1.0, 2.0])
    assert optimizer.state["w"].keys() == {"m", "h"}


def test_lion_steps_by_signs_alone():
    """Every step is lr long in every coordinate, and −lr, 0 or lr if there is no weight decay."""
    steps = np.diff(run(Lion(lr=0.5), uneven_gradients()), axis=0, prepend=0)
    np.testing.assert_allclose(np.abs(steps), 0.5, rtol=1e-12)


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_lion_turns_back_when_the_new_gradient_outweighs_the_average(beta1, beta2):
    """After n gradients of 1 the average is 1 − β₂ⁿ; a gradient of −x turns the step where (1 − β₁)x > β₁(1 − β₂ⁿ)."""
    edge = beta1 * (1 - beta2**5) / (1 - beta1)
    for x, sign in ((0.99 * edge, -1), (1.01 * edge, 1)):
        points = run(Lion(lr=1.0, beta1=beta1, beta2=beta2), [*np.ones((5, 1)), np.array([-x])])
        assert points[-1] - points[-2] == sign


@given(st.integers(0, 1000), st.sampled_from([(4, 4), (3, 6), (6, 3), (2, 5, 4)]))
def test_orthogonalize_brings_singular_values_near_1_and_keeps_the_vectors(seed, shape):
    X = np.random.default_rng(seed).normal(size=shape)
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    rotated = U.mT @ orthogonalize(X) @ Vt.mT
    values = np.diagonal(rotated, axis1=-2, axis2=-1)
    np.testing.assert_allclose(rotated, np.eye(s.shape[-1]) * values[..., None, :], rtol=0, atol=1e-10)
    counted = s > 0.002 * np.linalg.norm(s, axis=-1, keepdims=True)
    assert np.all((values[counted] > 0.68) & (values[counted] < 1.21))
    polynomial = s / np.linalg.norm(s, axis=-1, keepdims=True)
    for _ in range(5):
        polynomial = 3.4445 * polynomial - 4.775 * polynomial**3 + 2.0315 * polynomial**5
    np.testing.assert_allclose(values, polynomial, rtol=1e-4)


@pytest.mark.parametrize(("shape", "factor"), [((6, 4), np.sqrt(1.5)), ((4, 6), 1.0), ((4, 4), 1.0)])
def test_muon_steps_by_an_orthogonalized_nesterov_step(shape, factor):
    """Against the formula of the singular value decomposition, with the gradients weighted as Nesterov's rule does."""
    optimizer, mu, lr = Muon(lr=0.1, momentum=0.8), 0.8, 0.1
    gradients = np.random.default_rng(0).normal(size=(3, *shape))
    points = run(optimizer, gradients)
    first, second, third = gradients
    for step, combined in [
        (points[0], (1 + mu) * first),
        (points[1] - points[0], (1 + mu) * second + mu**2 * first),
        (points[2] - points[1], (1 + mu) * third + mu**2 * second + mu**3 * first),
    ]:
        U, _, Vt = np.linalg.svd(combined, full_matrices=False)
        stretched = U.T @ step @ Vt.T / (-lr * factor)
        np.testing.assert_allclose(stretched, np.diag(np.diag(stretched)), rtol=0, atol=1e-12)
        assert np.all((np.diag(stretched) > 0.68) & (np.diag(stretched) < 1.21))


def test_a_vector_takes_muon_steps_of_one_length_along_the_momentum():
    steps = np.diff(run(Muon(lr=0.1, momentum=0.0), uneven_gradients()), axis=0, prepend=0)
    directions = uneven_gradients() / np.linalg.norm(uneven_gradients(), axis=1, keepdims=True)
    np.testing.assert_allclose(steps, -0.0696436 * directions, rtol=1e-5)


@given(gradients_of(6), st.integers(-10, 10))
def test_muon_does_not_see_the_scale_of_large_gradients(gradients, exponent):
    gradients = gradients.reshape(-1, 2, 3) * 1e12
    np.testing.assert_allclose(run(Muon(), gradients * 2.0**exponent), run(Muon(), gradients), rtol=0, atol=1e-9)


@given(gradients_of(12))
def test_muon_takes_leading_axes_for_a_batch(gradients):
    gradients = gradients.reshape(-1, 2, 2, 3)
    together = run(Muon(), gradients)
    for i in range(2):
        assert same(together[:, i], run(Muon(), gradients[:, i]))


def test_muon_turns_with_its_matrix():
    """Singular vectors turn with the gradient from both sides, so the run does."""
    rng = np.random.default_rng(0)
    gradients, (left, right) = rng.normal(size=(5, 3, 3)), np.linalg.qr(rng.normal(size=(2, 3, 3)))[0]
    np.testing.assert_allclose(run(Muon(), left @ gradients @ right), left @ run(Muon(), gradients) @ right, atol=1e-12)


# --- Every optimizer on every surface


def largest_curvature(surface):
    """Of the Hessian's eigenvalues where the surface, in its window, is no higher than at its start."""
    x, y = (np.linspace(low, high, 401) for low, high in surface.window)
    w = np.stack(np.meshgrid(x, y), axis=-1)
    return np.abs(np.linalg.eigvalsh(surface.hessian(w))[surface(w) <= surface(np.array(surface.start))]).max()


@pytest.fixture(scope="module", params=SURFACES)
def surface_and_curvature(request):
    surface = SURFACES[request.param]()
    return surface, largest_curvature(surface)


@every_optimizer
def test_every_rule_goes_down_on_every_surface(cls, surface_and_curvature):
    surface, curvature = surface_and_curvature
    lr = cls.about.lr / curvature if cls.about.lr_per_curvature else cls.about.lr
    result = descend(cls(lr=lr), surface, steps=1000)
    assert result.diverged is None
    assert result.losses[-1] < result.losses[0]
    if cls is GradientDescent:  # the descent lemma: with lr ≤ 1/L no step goes up
        (left, right), (bottom, top) = surface.window
        assert np.all((result.points >= [left, bottom]) & (result.points <= [right, top]))
        assert np.all(np.diff(result.losses) <= 1e-13 * np.abs(result.losses).max())  # but for rounding
    curvatures = np.linalg.eigvalsh(surface.hessian(surface.minima))
    if cls.about.reaches and np.all(curvatures[:, 1] < 100 * curvatures[:, 0]):  # else a thousand steps are too few
        distance = np.linalg.norm(surface.minima - result.points[-1], axis=-1).min()
        assert distance <= cls.about.reaches


def test_adam_follows_the_curved_valleys_that_gradient_descent_does_not():
    for name in ("rosenbrock", "beale"):
        surface = SURFACES[name]()
        slow = descend(GradientDescent(1 / largest_curvature(surface)), surface, steps=1000)
        fast = descend(Adam(0.05), surface, steps=1000)
        assert fast.losses[-1] < 1e-3 < slow.losses[-1]


# --- Symmetries


@given(any_elementwise, gradients_of(3), st.integers(-20, 20))
def test_scale_of_the_gradient_in_powers_of_two(cls, gradients, exponent):
    """Bit for bit: a rule whose lr is in units of w does not see the gradient's scale when ε = 0; lr undoes it else."""
    factor = 2.0**exponent
    if cls.about.lr_per_curvature:
        plain, scaled = cls(lr=0.01), cls(lr=0.01 / factor)
    else:
        gradients[gradients == 0] = 1.0  # with ε = 0, a first gradient of 0 is 0/0
        plain, scaled = (cls(**{name: 0.0 for name in ("eps",) if hasattr(cls, name)}) for _ in range(2))
    assert same(run(plain, gradients), run(scaled, gradients * factor))


@given(st.sampled_from([GradientDescent, SGD, Momentum, Nesterov]), gradients_of(2), st.floats(-np.pi, np.pi))
def test_rotating_the_gradients_rotates_the_run(cls, gradients, angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = run(cls(), gradients @ turn.T)
    np.testing.assert_allclose(turned, run(cls(), gradients) @ turn.T, rtol=0, atol=1e-12 * np.abs(gradients).max())


@pytest.mark.parametrize("cls", [cls for cls in elementwise if not cls.about.lr_per_curvature])
def test_rotating_the_gradients_does_not_rotate_an_adaptive_run(cls):
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    g = np.array([1.0, 0.1])
    assert np.max(np.abs(first_step(cls(lr=1.0), turn @ g) - turn @ first_step(cls(lr=1.0), g))) > 0.1


@given(any_optimizer, gradients_of(3))
def test_reflected_gradients_reflect_the_run(cls, gradients):
    assert same(run(cls(), -gradients), -run(cls(), gradients))


# --- Models of several parameters


@given(any_elementwise, gradients_of(6))
def test_one_array_is_its_parts(cls, gradients):
    """Neither how numbers are split over parameters nor the parameters' order or shape matters, bit for bit."""
    whole = run(cls(), gradients)
    parts = {"b": np.zeros(2), "W": np.zeros((2, 2))}
    optimizer = cls()
    for i, g in enumerate(gradients):
        by_name = {"W": g[:4].reshape(2, 2), "b": g[4:]}
        optimizer.update(parts, by_name if i % 2 else dict(reversed(by_name.items())))
        parts = dict(reversed(parts.items()))
    assert same(np.concatenate([parts["W"].ravel(), parts["b"]]), whole[-1])


@every_optimizer
def test_update_changes_the_parameter_in_place_and_nothing_else(cls):
    w, g = np.zeros(3), np.array([1.0, -2.0, 3.0])
    params, grads = {"w": w}, {"w": g}
    optimizer = cls()
    for _ in range(3):
        optimizer.update(params, grads)
    assert params["w"] is w
    assert grads["w"] is g
    assert np.all(w != 0)
    assert g.tolist() == [1.0, -2.0, 3.0]
    assert optimizer.t == 3


@every_optimizer
def test_views_scalars_and_empty_arrays_are_parameters(cls):
    matrix = np.zeros((4, 4))
    cls().update({"column": matrix[:, 1]}, {"column": np.ones(4)})
    assert np.all((matrix != 0) == [False, True, False, False])
    scalar = np.array(1.0)
    cls().update({"w": scalar}, {"w": 2.0})
    assert scalar < 1.0
    cls().update({"w": np.zeros((0, 3))}, {"w": np.zeros((0, 3))})


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_of_the_parameter_is_kept(cls, dtype):
    w, optimizer = np.zeros(3, dtype), cls()
    for _ in range(2):
        optimizer.update({"w": w}, {"w": np.ones(3, dtype)})
    assert w.dtype == dtype
    assert {q.dtype for q in optimizer.state["w"].values()} <= {np.dtype(dtype)}


# --- A run can be repeated


@given(any_optimizer, gradients_of(3), gradients_of(3))
def test_reset_and_fresh_repeat_a_run_exactly(cls, gradients, others):
    optimizer = cls()
    first = run(optimizer, gradients)
    fresh = optimizer.fresh()
    assert (fresh.t, fresh.state, optimizer.t) == (0, {}, len(gradients))
    assert same(run(fresh, gradients), first)
    assert optimizer.reset() is optimizer
    assert (optimizer.t, optimizer.state) == (0, {})
    run(optimizer, others)
    assert same(run(optimizer.reset(), gradients), first)


def test_two_optimizers_share_nothing():
    one, two = Momentum(), Momentum()
    run(one, np.ones((5, 2)))
    assert (two.t, two.state) == (0, {})
    copied = copy.deepcopy(one)
    run(copied, np.ones((5, 2)))
    assert one.t == 5


# --- Hyperparameters that are arrays


def in_a_power(cls, name):
    """Whether a rule raises a hyperparameter to a power.

    Python does so with the C library, and NumPy, for an array, with loops of its own: the last bit may differ.
    """
    powers = set().union(*(right.atoms(sp.Pow) for _, right in trace(cls).equations))
    return any(power.base == sp.Symbol(name) for power in powers)


VALUES = {
    "lr": [0.001, 0.01, 0.1],
    "momentum": [0.0, 0.5, 0.93],
    "decay": [0.0, 0.9, 0.997],
    "beta1": [0.0, 0.9, 0.97],
    "beta2": [0.5, 0.99, 0.999],
    "eps": [0.0, 1e-8, 0.1],
    "weight_decay": [0.0, 0.01, 1.0],
}
GRADIENTS = np.random.default_rng(1).normal(size=(60, 2))


@pytest.mark.parametrize(
    ("cls", "name"),
    [(cls, field.name) for cls in OPTIMIZERS.values() for field in fields(cls)],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_broadcast_is_its_single_runs(cls, name):
    values = VALUES.get(name, [0.1, 0.5, 0.9])
    gradients = np.repeat(GRADIENTS[:, None, None], len(values), axis=1)  # a batch of matrices of one row
    together = run(cls(**{name: np.array(values)[:, None, None]}), gradients)
    for i, value in enumerate(values):
        alone = run(cls(**{name: value}), GRADIENTS)
        if in_a_power(cls, name):
            np.testing.assert_allclose(together[:, i, 0], alone, rtol=1e-12)
        else:
            assert same(together[:, i, 0], alone)


def test_map_of_two_hyperparameters_is_one_run():
    lr, momentum = np.array(VALUES["lr"])[:, None, None], np.array(VALUES["momentum"])[:, None]
    together = run(Momentum(lr, momentum), np.broadcast_to(GRADIENTS[:, None, None], (60, 3, 3, 2)))
    for i, j in np.ndindex(3, 3):
        assert same(together[:, i, j], run(Momentum(VALUES["lr"][i], VALUES["momentum"][j]), GRADIENTS))


@pytest.mark.parametrize("cls", [GradientDescent, AdaGrad, RMSProp, Adam, AMSGrad])
def test_lr_may_change_during_a_run(cls):
    """These rules keep no lr in their state, so a step after a change is the step that was due, rescaled."""
    changed, constant = cls(lr=0.1), cls(lr=0.1)
    before = run(changed, GRADIENTS[:5])[-1], run(constant, GRADIENTS[:5])[-1]
    changed.lr = 0.05
    short, long = (first_or_next(opt, GRADIENTS[5]) for opt in (changed, constant))
    assert same(*before)
    np.testing.assert_allclose(2 * short, long, rtol=1e-12)


def first_or_next(optimizer, g):
    w = np.zeros(2)
    optimizer.update({"w": w}, {"w": g})
    return w


# --- What is refused: nothing may be half-updated

ONES = np.ones(2)
READ_ONLY = np.ones(2)
READ_ONLY.flags.writeable = False
NAN = np.array([1.0, np.nan])

BAD_CALLS = {
    "no gradient": ({"a": ONES, "b": ONES}, {"a": ONES}, KeyError, "'b' has no gradient"),
    "no parameter": ({"a": ONES}, {"a": ONES, "b": ONES}, KeyError, "gradient 'b' has no parameter"),
    "shapes differ": ({"a": ONES, "b": ONES}, {"a": ONES, "b": np.ones(3)}, ValueError, r"'b' has shape \(2,\)"),
    "shapes broadcast": ({"a": ONES, "b": ONES}, {"a": ONES, "b": np.ones(1)}, ValueError, r"gradient has \(1,\)"),
    "integers": ({"a": ONES, "b": np.ones(2, int)}, {"a": ONES, "b": ONES}, TypeError, "'b' holds int64 values"),
    "booleans": ({"a": ONES, "b": np.ones(2, bool)}, {"a": ONES, "b": ONES}, TypeError, "'b' holds bool values"),
    "a list": ({"a": ONES, "b": [1.0, 1.0]}, {"a": ONES, "b": ONES}, TypeError, "'b' is a list"),
    "a number": ({"a": ONES, "b": 1.0}, {"a": ONES, "b": 1.0}, TypeError, "'b' is a float"),
    "read-only": ({"a": ONES, "b": READ_ONLY}, {"a": ONES, "b": ONES}, ValueError, "'b' is read-only"),
    "nothing": ({}, {}, ValueError, "no parameters"),
}


@every_optimizer
@pytest.mark.parametrize("steps_before", [0, 2])
@pytest.mark.parametrize("case", BAD_CALLS)
def test_bad_call_changes_nothing(cls, steps_before, case):
    params, grads, error, message = copy.deepcopy(BAD_CALLS[case])
    if case == "read-only":
        params["b"].flags.writeable = False
    good = {"a": np.ones(2), "b": np.ones(2)}
    optimizer = cls()
    for _ in range(steps_before):
        optimizer.update(good, {"a": ONES, "b": 2 * ONES})
    expected = snapshot(optimizer, params)
    with pytest.raises(error, match=message):
        optimizer.update(params, grads)
    np.testing.assert_equal(snapshot(optimizer, params), expected)


@every_optimizer
def test_gradient_that_is_not_finite_is_refused_if_asked(cls):
    params, optimizer = {"a": np.ones(2), "b": np.ones(2)}, cls()
    optimizer.update(params, {"a": ONES, "b": ONES})
    expected = snapshot(optimizer, params)
    for bad in (NAN, np.array([-np.inf, 0.0])):
        with pytest.raises(ValueError, match=r"gradient of parameter 'b' is not finite at step 2"):
            optimizer.update(params, {"a": ONES, "b": bad}, check_finite=True)
        np.testing.assert_equal(snapshot(optimizer, params), expected)
    optimizer.update(params, {"a": ONES, "b": NAN})
    assert np.isnan(params["b"][1])


@every_optimizer
def test_another_model_is_refused_until_reset(cls):
    optimizer = cls()
    optimizer.update({"w": np.ones(2)}, {"w": ONES})
    for params in ({"u": np.ones(2)}, {"w": np.ones(2), "u": np.ones(2)}, {"w": np.ones(3)}):
        expected = snapshot(optimizer, params)
        with pytest.raises(ValueError, match=r"reset\(\)"):
            optimizer.update(params, {name: np.ones_like(w) for name, w in params.items()})
        np.testing.assert_equal(snapshot(optimizer, params), expected)
        optimizer.fresh().update(params, {name: np.ones_like(w) for name, w in params.items()})


@every_optimizer
def test_hyperparameter_that_would_change_the_shape_is_refused_on_the_second_parameter_too(cls):
    params = {"a": np.ones((3, 2)), "b": np.ones(2)}
    optimizer = cls(lr=np.array([[0.1], [0.2], [0.3]]))
    expected = snapshot(optimizer, params)
    with pytest.raises(ValueError, match=r"'b' has shape \(2,\), but the hyperparameters make its step \(3, 2\)"):
        optimizer.update(params, {"a": np.ones((3, 2)), "b": ONES})
    np.testing.assert_equal(snapshot(optimizer, params), expected)


@dataclass
class Broken(Optimizer):
    """A rule that goes wrong in the way it is told, for a parameter of three numbers."""

    how: str = ""

    def step(self, g, state):
        state.v = state.v + g
        if len(g) == 3:
            if self.how == "raises":
                raise ZeroDivisionError("on purpose")
            if self.how == "reads only":
                return -state.u
            if self.how == "writes the gradient":
                g *= 2
            if self.how == "writes w":
                state.w[0] = 0.0
            if self.how == "replaces w":
                state.w = state.w - g
            if self.how == "returns nothing":
                return None
        return -state.v


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("raises", ZeroDivisionError, "on purpose"),
        ("reads only", AttributeError, r"Broken\.step reads state\.u but never sets it"),
        ("writes the gradient", ValueError, "read-only"),
        ("writes w", ValueError, "read-only"),
        ("replaces w", AttributeError, "state.w cannot be set"),
        ("returns nothing", TypeError, r"Broken\.step returns nothing"),
    ],
)
def test_rule_that_goes_wrong_on_the_second_parameter_changes_nothing(how, error, message):
    params, grads = {"a": np.ones(2), "b": np.ones(3)}, {"a": np.ones(2), "b": np.ones(3)}
    optimizer = Broken()
    optimizer.update(params, grads)
    optimizer.how = how
    expected = snapshot(optimizer, (params, grads))
    with pytest.raises(error, match=message):
        optimizer.update(params, grads)
    np.testing.assert_equal(snapshot(optimizer, (params, grads)), expected)
    optimizer.how = ""
    optimizer.update(params, grads)
    np.testing.assert_array_equal(params["b"], 1.0 - 1.0 - 2.0)


def test_optimizer_without_a_rule_says_what_is_missing():
    @dataclass
    class Empty(Optimizer):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty has no step\(self, g, state\)"):
        Empty().update({"w": np.ones(1)}, {"w": np.ones(1)})


#: What one gets who names a rule alone. Chapters, claims and links of readers rest on these numbers.
DEFAULTS = {
    "GradientDescent": {"lr": 0.01},
    "SGD": {"lr": 0.01},
    "Momentum": {"lr": 0.01, "momentum": 0.9},
    "Nesterov": {"lr": 0.01, "momentum": 0.9},
    "AdaGrad": {"lr": 0.01, "eps": 1e-8},
    "RMSProp": {"lr": 0.001, "decay": 0.9, "eps": 1e-8},
    "Adam": {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "AMSGrad": {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "AdamW": {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
    "Lion": {"lr": 0.0001, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0},
    "Muon": {"lr": 0.02, "momentum": 0.95},
    "SignSGD": {"lr": 0.01},
    "ScheduleFree": {"lr": 0.1, "beta1": 0.9},
    "ScheduleFreeAdamW": {"lr": 0.0025, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_defaults_stay_as_they_are(name):
    assert getattr(steepest, name)().hyperparameters == DEFAULTS[name]


class Undecorated(Optimizer):
    """A rule as one writes it who has forgotten the decorator."""

    lr: float = 0.1

    def step(self, g, state):
        return -self.lr * g


class UndecoratedMomentum(Momentum):
    """A rule that extends another by a hyperparameter."""

    share: float = 0.5


@pytest.mark.parametrize(
    "use",
    [
        Undecorated,
        lambda: Undecorated(lr=0.1),
        lambda: Undecorated(0.1),
        UndecoratedMomentum,
        lambda: UndecoratedMomentum(lr=0.1, momentum=0.5),
    ],
)
def test_a_rule_without_its_decorator_says_what_is_missing(use):
    with pytest.raises(TypeError, match=r"^Put @dataclass above the class Undecorated(Momentum)?: "):
        use()


def test_a_rule_that_extends_another_by_no_hyperparameter_needs_no_decorator():
    class Named(Momentum):
        kind: ClassVar[str] = "a"

    assert Named(momentum=0.5).hyperparameters == {"lr": 0.01, "momentum": 0.5}


OUT_OF_RANGE = [-0.1, np.nan, np.inf, np.array([0.1, -0.1]), np.array([0.1, np.nan])]
NOT_NUMBERS = ["0.1", None, [0.1], True]


@pytest.mark.parametrize(
    ("cls", "name"),
    [(cls, field.name) for cls in OPTIMIZERS.values() for field in fields(cls)],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_hyperparameter_out_of_range_is_refused(cls, name):
    known = HYPERPARAMETERS[name]
    above = [known.high] if np.isfinite(known.high) else []
    for value, error in [(v, ValueError) for v in OUT_OF_RANGE + above] + [(v, TypeError) for v in NOT_NUMBERS]:
        with pytest.raises(error, match=rf"^{cls.__name__}: {name}"):
            cls(**{name: value})
        optimizer = cls()
        with pytest.raises(error, match=rf"^{cls.__name__}: {name}"):
            setattr(optimizer, name, value)
        assert optimizer == cls()
    for value in (known.low, 0, np.float32(0.5), np.array(0.5)):
        assert cls(**{name: value}).hyperparameters[name] == value


def test_a_refused_hyperparameter_is_told_its_range():
    with pytest.raises(ValueError, match=re.escape("Adam: beta2 (decay of the second average) must lie in [0, 1)")):
        Adam(beta2=1.0)
    with pytest.raises(ValueError, match=re.escape("must lie in [0, ∞), not -1")):
        GradientDescent(lr=-1)


@pytest.mark.parametrize("rule", [ScheduleFree, ScheduleFreeAdamW])
def test_schedule_free_is_its_three_lines(rule):
    """As the paper has it, with z and x in place of their difference."""
    rng, beta, lr = np.random.default_rng(0), 0.7, 0.3
    settings = {"weight_decay": 0.2, "beta2": 0.8} if rule is ScheduleFreeAdamW else {}
    optimizer, params = rule(lr=lr, beta1=beta, **settings), {"w": rng.normal(size=3)}
    z = x = w = params["w"].copy()
    h = 0.0
    for t in range(1, 30):
        g = rng.normal(size=3)
        optimizer.update(params, {"w": g})
        if settings:
            h = 0.8 * h + 0.2 * g**2
            g = g / (np.sqrt(h / (1 - 0.8**t)) + 1e-8) + 0.2 * w
        z = z - lr * g
        x = (1 - 1 / t) * x + z / t
        w = (1 - beta) * z + beta * x
        np.testing.assert_allclose(params["w"], w)
        np.testing.assert_allclose(optimizer.result(params)["w"], x)


def test_the_result_of_a_rule_is_where_it_is_unless_it_says_otherwise():
    params = {"w": np.ones(2)}
    assert Momentum().result(params) is params
    assert ScheduleFree().result(params) is params
