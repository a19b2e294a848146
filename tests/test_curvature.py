"""Hessians times directions, their largest eigenvalue, and how it moves in training."""

import numpy as np
import pytest

from steepest import Adam, GradientDescent, Momentum
from steepest.curvature import central_flow, edge_model, follow, named_values, top_eigenvalue
from steepest.datasets import wave
from steepest.descent import descend
from steepest.problems import CurveNetwork, TwoLayerNetwork

SMALL = TwoLayerNetwork(np.random.default_rng(3).normal(size=(20, 4)), np.arange(20) % 3, hidden=5)
PROBLEMS = [wave(), CurveNetwork([-1.0, 0.5], [0.3, -2.0], hidden=3), SMALL]


@pytest.mark.parametrize("problem", PROBLEMS, ids=["wave", "two points", "classes"])
@pytest.mark.parametrize("rows", [slice(None), [0, 1]])
def test_a_hessian_product_is_how_the_gradient_changes(problem, rows):
    rng, h = np.random.default_rng(0), 1e-5
    params = problem.init(seed=1)
    direction = {name: rng.normal(size=w.shape) for name, w in params.items()}
    ahead, behind = (
        problem.gradient({name: w + sign * h * direction[name] for name, w in params.items()}, rows) for sign in (1, -1)
    )
    product = problem.hessian_product(params, direction, rows)
    assert product.keys() == params.keys()
    for name in params:
        np.testing.assert_allclose(product[name], (ahead[name] - behind[name]) / (2 * h), atol=1e-7)


@pytest.mark.parametrize("problem", [wave(), SMALL], ids=["wave", "classes"])
def test_the_hessian_is_symmetric(problem):
    rng, params = np.random.default_rng(0), problem.init(seed=1)
    u, v = ({name: rng.normal(size=w.shape) for name, w in params.items()} for _ in range(2))

    def dot(one, other):
        return sum(np.sum(one[name] * other[name]) for name in params)

    assert dot(u, problem.hessian_product(params, v)) == pytest.approx(dot(v, problem.hessian_product(params, u)))


@pytest.mark.parametrize("seed", range(6))
def test_the_top_eigenvalue_is_the_largest_and_not_the_largest_in_size(seed):
    A = np.random.default_rng(seed).normal(size=(6, 6))
    A = A + A.T - 2 * np.eye(6)
    values, vectors = np.linalg.eigh(A)
    value, v = top_eigenvalue(A.dot, np.ones(6), rounds=3000)
    assert value == pytest.approx(values[-1], abs=1e-6)
    assert abs(v @ vectors[:, -1]) == pytest.approx(1, abs=1e-6)


def test_a_flat_matrix_takes_no_more_rounds_than_a_steep_one():
    """The shift is in units of the matrix: a fixed one would hide small eigenvalues behind it."""
    A, scale = np.diag([1.0, 0.2, -0.5]), 2.0**-20
    value, v = top_eigenvalue(A.dot, np.ones(3), rounds=5)
    flat, same = top_eigenvalue((scale * A).dot, np.ones(3), rounds=5)
    assert flat == scale * value
    np.testing.assert_array_equal(same, v)


def test_of_a_zero_matrix_every_direction_has_eigenvalue_zero():
    assert top_eigenvalue(np.zeros((2, 2)).dot, np.array([3.0, 4.0]), rounds=2)[0] == 0


@pytest.mark.parametrize("optimizer", [GradientDescent(), Momentum(momentum=0.5)])
def test_the_sharpness_followed_is_that_of_the_whole_hessian(optimizer):
    network = wave()
    run = follow(optimizer, network, np.array([0.2] * 250 + [0.1] * 60), seed=4)
    for t in range(0, 311, 31):
        at = {"w": run.weights[t]}
        hessian = np.array([network.hessian_product(at, {"w": e})["w"] for e in np.eye(40)])
        assert run.sharpness[t] == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=0.02)
        assert run.losses[t] == pytest.approx(network.loss(at))


def test_the_sharpness_of_a_scaled_problem_is_that_of_the_scaled_hessian():
    network, adam = wave(), Adam(lr=0.01)

    def divisor(h, t, beta2, eps):
        return np.sqrt(h / (1 - beta2**t)) + eps

    run = follow(adam, network, np.full(30, 0.01), seed=4, scale=divisor)
    assert np.isnan(run.sharpness[0])
    optimizer, params = adam.fresh(), network.init(4)
    for _ in range(30):
        optimizer.update(params, network.gradient(params))
    np.testing.assert_array_equal(params["w"], run.weights[30])
    hessian = np.array([network.hessian_product(params, {"w": e})["w"] for e in np.eye(40)])
    scaled = np.linalg.eigvals(hessian / divisor(optimizer.state["w"]["h"], 30, 0.999, 1e-8)[:, None])
    assert run.sharpness[30] == pytest.approx(scaled.real.max(), rel=0.02)


def test_a_run_that_diverges_is_not_a_number_from_there_on():
    run = follow(GradientDescent(), wave(), np.full(50, 1e9))
    end = int(np.isnan(run.losses).argmax())
    assert 0 < end < 50
    for values in (run.losses, run.sharpness, run.weights):
        assert np.all(np.isfinite(values[:end]))
        assert np.all(np.isnan(values[end:]))


def test_what_is_not_known_is_named():
    with pytest.raises(TypeError, match="f asks for momentum, which is not known here; known are lr, eps"):
        named_values(lambda lr, momentum: lr, {"lr": 1, "eps": 2})


def test_the_central_flow_goes_where_gradient_descent_does_on_average():
    run, flow = follow(GradientDescent(), wave(), np.full(500, 0.2), seed=4), central_flow(wave(), 0.2, 500, seed=4)
    assert flow.losses.shape == flow.sharpness.shape == (501,)
    late = slice(380, 480)
    assert flow.losses[late].mean() == pytest.approx(run.losses[late].mean(), rel=0.02)
    assert np.abs(flow.sharpness[late] - 10).max() < 0.05  # 2/η
    middle = (run.weights[400:451] + run.weights[401:452]) / 2  # without what has another sign at each step
    way = np.linalg.norm(flow.weights[400] - flow.weights[0])
    assert np.linalg.norm(middle - flow.weights[400:451], axis=1).max() < 0.05 * way


def test_before_the_edge_the_central_flow_is_the_gradient_flow():
    flow = central_flow(wave(), 0.02, 40, seed=4)
    run = follow(GradientDescent(), wave(), np.full(80, 0.01), seed=4)  # a step of the flow is two halves
    np.testing.assert_allclose(flow.weights, run.weights[::2])
    assert np.all(flow.variances == 0)


@pytest.mark.parametrize(("lr", "drift"), [(1.0, 0.05), (1.0, 0.02), (0.8, 0.05)])
def test_the_model_of_the_edge_ends_where_it_says(lr, drift):
    run = descend(GradientDescent(lr=lr), edge_model(drift=drift), steps=800)
    x, y = run.points[-100:].T
    assert y == pytest.approx(2 / lr + 2 * drift, rel=0.01)
    assert x**2 / 2 == pytest.approx(drift, rel=0.02)
    assert np.all(x[1:] * x[:-1] < 0)
