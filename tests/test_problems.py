"""Problems: gradients derived by hand, means over rows, and minibatches."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steepest.datasets import diabetes, digits_network, digits_softmax
from steepest.problems import (
    ALL,
    LinearRegression,
    LogisticRegression,
    SoftmaxRegression,
    TwoLayerNetwork,
    central_difference,
    example_gradients,
    minibatches,
)

N = 11


def _problems():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 3)), rng.integers(4, size=N)
    y[:4] = range(4)
    return {
        "linear": LinearRegression(X, rng.normal(size=N)),
        "logistic": LogisticRegression(X, y % 2),
        "softmax": SoftmaxRegression(X, y),
        "network": TwoLayerNetwork(X, y, hidden=5),
    }


PROBLEMS = _problems()
every_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)


def somewhere(problem, seed=1):
    """Parameters that are not special in any way."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=np.shape(value)) for name, value in problem.init().items()}


@every_problem
@pytest.mark.parametrize(
    "rows",
    [ALL, [4], [7, 0, 3], np.array([2, 2, 5]), np.arange(N) % 2 == 0],
    ids=["all", "one", "some", "repeated", "mask"],
)
def test_gradients_agree_with_central_differences(problem, rows):
    params = somewhere(problem)
    gradient = problem.gradient(params, rows)
    assert gradient.keys() == params.keys()
    for name, g in gradient.items():
        expected = central_difference(lambda w, name=name: problem.loss(params | {name: w}, rows), params[name])
        assert g.shape == params[name].shape
        np.testing.assert_allclose(g, expected, rtol=1e-7, atol=1e-9)
        assert np.abs(g).max() > 1e-3


@every_problem
@given(batch_size=st.integers(1, N), seed=st.integers(0, 99), shuffle=st.booleans())
def test_loss_and_gradient_are_the_means_of_an_epoch_of_minibatches(problem, batch_size, seed, shuffle):
    params = somewhere(problem)
    batches = list(islice(minibatches(N, batch_size, seed, shuffle=shuffle), -(-N // batch_size)))
    weights = [len(rows) / N for rows in batches]
    mean = np.average([problem.loss(params, rows) for rows in batches], weights=weights)
    assert mean == pytest.approx(problem.loss(params), rel=1e-12)
    for name, g in problem.gradient(params).items():
        mean = np.average([problem.gradient(params, rows)[name] for rows in batches], axis=0, weights=weights)
        np.testing.assert_allclose(mean, g, rtol=1e-12, atol=1e-14)


@every_problem
def test_loss_and_gradient_change_neither_parameters_nor_data(problem):
    params = somewhere(problem)
    for array in [*params.values(), problem.X, problem.y]:
        array.flags.writeable = False  # writing to it would raise
    problem.loss(params)
    problem.gradient(params)
    problem.gradient(params, [1, 2])


@every_problem
def test_init_repeats_and_belongs_to_the_caller(problem):
    first, second = problem.init(3), problem.init(3)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        first[name] += 1
    for name, value in problem.init(3).items():
        np.testing.assert_array_equal(value, second[name])


def test_convex_problems_start_from_zeros_and_networks_from_their_seed():
    assert not any(np.any(w) for name in ("linear", "logistic", "softmax") for w in PROBLEMS[name].init(5).values())
    network = TwoLayerNetwork(np.zeros((1, 400)), [0], classes=3, hidden=100)
    params = network.init(0)
    assert {name: w.shape for name, w in params.items()} == {"V": (400, 100), "c": (100,), "W": (100, 3), "b": (3,)}
    assert not params["b"].any()
    assert not params["c"].any()
    assert params["V"].std() == pytest.approx(400**-0.5, rel=0.02)
    assert params["W"].std() == pytest.approx(100**-0.5, rel=0.2)
    assert not np.array_equal(network.init(1)["V"], params["V"])


class TestLinearRegression:
    def test_solution_has_no_gradient(self):
        for problem in (PROBLEMS["linear"], diabetes(), diabetes(standardize=False)):
            rounding = 1e-12 * np.abs(problem.X).max() * np.abs(problem.y).max()
            assert np.abs(problem.gradient(problem.solution)["w"]).max() < rounding

    def test_hessian_makes_the_second_order_expansion_exact(self):
        problem, d = PROBLEMS["linear"], np.array([0.5, -1.0, 2.0, 0.25])
        w = somewhere(problem)["w"]
        expansion = problem.loss({"w": w}) + problem.gradient({"w": w})["w"] @ d + d @ problem.hessian @ d / 2
        assert problem.loss({"w": w + d}) == pytest.approx(expansion, rel=1e-13)

    def test_intercept_comes_last(self):
        line = LinearRegression([[0.0], [1.0], [2.0]], [5.0, 7.0, 9.0])
        np.testing.assert_allclose(line.solution["w"], [2, 5])
        assert line.loss({"w": np.array([2.0, 4.0])}) == 0.5


class TestClassification:
    @pytest.mark.parametrize("problem", [digits_softmax(), digits_network(hidden=3)])
    def test_a_model_that_knows_nothing_has_the_entropy_of_a_guess(self, problem):
        params = {name: np.zeros_like(w) for name, w in problem.init().items()}
        assert problem.loss(params) == pytest.approx(np.log(10))

    def test_large_scores_stay_finite(self):
        X, y = np.array([[1.0], [-1.0]]), [0, 1]
        problem = SoftmaxRegression(X, y)
        params = {"W": np.array([[1e4, -1e4]]), "b": np.zeros(2)}
        assert problem.loss(params) == 0
        assert problem.loss({**params, "W": -params["W"]}) == 2e4
        np.testing.assert_allclose(problem.gradient({**params, "W": -params["W"]})["W"], [[-1, 1]])

    def test_accuracy_of_the_data_and_of_others(self):
        problem = SoftmaxRegression([[1.0], [2.0], [-1.0]], [0, 0, 1])
        params = {"W": np.array([[1.0, -1.0]]), "b": np.zeros(2)}
        assert problem.accuracy(params) == 1
        assert problem.accuracy(params, np.array([[1.0], [1.0], [1.0], [-1.0]]), np.array([0, 1, 1, 1])) == 0.5

    def test_accuracy_needs_both_inputs_and_classes(self):
        for given_one in ({"X": np.ones((1, 3))}, {"y": [0]}):
            with pytest.raises(TypeError, match="both X and y, or neither"):
                PROBLEMS["softmax"].accuracy(PROBLEMS["softmax"].init(), **given_one)

    def test_classes_that_do_not_occur_may_be_announced(self):
        assert SoftmaxRegression([[1.0]], [0], classes=3).init()["W"].shape == (1, 3)

    def test_the_network_learns_what_no_line_separates(self):
        X, y = np.array([[0.0, 0], [1, 1], [0, 1], [1, 0]]), np.array([0, 0, 1, 1])
        network = TwoLayerNetwork(X, y, hidden=8)
        params = network.init(0)
        for _ in range(500):
            for name, g in network.gradient(params).items():
                params[name] -= 1.0 * g
        assert network.accuracy(params) == 1


class TestLogisticRegression:
    def test_it_is_softmax_regression_with_two_classes(self):
        rng = np.random.default_rng(3)
        X, y, w = rng.normal(size=(20, 3)), rng.integers(2, size=20), rng.normal(size=4)
        both = {"W": np.outer(w[:3], [0, 1]), "b": w[3] * np.array([0, 1])}
        logistic, softmax = LogisticRegression(X, y), SoftmaxRegression(X, y, classes=2)
        assert logistic.loss({"w": w}) == pytest.approx(softmax.loss(both), rel=1e-13)
        np.testing.assert_allclose(logistic.gradient({"w": w})["w"][:3], softmax.gradient(both)["W"][:, 1], rtol=1e-12)

    def test_large_scores_stay_finite(self):
        problem = LogisticRegression([[1.0], [-1.0]], [1, 0])
        assert problem.loss({"w": np.array([1e4, 0.0])}) == 0
        assert problem.loss({"w": np.array([-1e4, 0.0])}) == 1e4
        np.testing.assert_array_equal(problem.gradient({"w": np.array([-1e4, 0.0])})["w"], [-1, 0])

    def test_other_classes_are_refused(self):
        with pytest.raises(ValueError, match="classes are 0 and 1, but y holds 1 to 2"):
            LogisticRegression(np.zeros((2, 1)), [1, 2])


class TestMinibatches:
    @settings(max_examples=50)
    @given(st.data(), st.integers(1, 40), st.integers(0, 99), st.booleans())
    def test_each_epoch_meets_every_row_once(self, data, n, seed, shuffle):
        batch_size = data.draw(st.integers(1, n))
        batches, full = minibatches(n, batch_size, seed, shuffle=shuffle), n // batch_size
        for _ in range(3):
            epoch = list(islice(batches, -(-n // batch_size)))
            assert [len(rows) for rows in epoch] == [batch_size] * full + [n % batch_size] * (n % batch_size > 0)
            order = np.concatenate(epoch).tolist()
            assert sorted(order) == list(range(n))
            assert shuffle or order == list(range(n))

    def test_epochs_differ_and_seeds_repeat(self):
        first, second = islice(minibatches(50, 50, seed=1), 2)
        assert first.tolist() != second.tolist()
        for epoch, again in zip((first, second), minibatches(50, 50, seed=1), strict=False):
            np.testing.assert_array_equal(epoch, again)
        assert first.tolist() != next(minibatches(50, 50, seed=2)).tolist()

    @pytest.mark.parametrize("batch_size", [0, -1, 11, np.nan])
    def test_bad_batch_sizes_are_refused_before_the_first_is_drawn(self, batch_size):
        with pytest.raises(
            (TypeError, ValueError), match=f"batch_size must be a whole number, from 1 to 10, not {batch_size}"
        ):
            minibatches(10, batch_size)


@pytest.mark.parametrize("problem", [diabetes(), digits_network(hidden=3)])
def test_example_gradients_are_those_of_single_rows_and_average_to_the_gradient(problem):
    params = {name: w + 0.1 for name, w in problem.init(1).items()}
    each = example_gradients(problem, params)
    for rows, expected in ([7], each[7]), (slice(None), each.mean(axis=0)):
        flat = np.concatenate([g.ravel() for g in problem.gradient(params, rows).values()])
        np.testing.assert_allclose(expected, flat, rtol=1e-9, atol=1e-12 * np.abs(each).max())


class TestCentralDifference:
    def test_exact_for_quadratics_of_any_shape_and_leaves_its_point_alone(self):
        w = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
        w.flags.writeable = False
        np.testing.assert_allclose(central_difference(lambda w: (w**2).sum(), w), 2 * w, atol=1e-9)

    def test_error_is_of_second_order(self):
        for h in (1e-1, 1e-2):
            assert central_difference(lambda w: w[0] ** 3, [2.0], h=h)[0] - 12 == pytest.approx(h**2)


@pytest.mark.parametrize("model", [LinearRegression, LogisticRegression, SoftmaxRegression, TwoLayerNetwork])
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros(3), np.zeros(3, int), r"shapes are \(3,\) and \(3,\)"),
        (np.zeros((3, 2)), np.zeros(2, int), r"shapes are \(3, 2\) and \(2,\)"),
        (np.zeros((3, 2)), np.zeros((3, 1), int), r"shapes are \(3, 2\) and \(3, 1\)"),
        (np.zeros((0, 2)), np.zeros(0, int), "n at least 1"),
    ],
)
def test_data_of_the_wrong_shape(model, X, y, message):
    with pytest.raises(ValueError, match=message):
        model(X, y)


@pytest.mark.parametrize(
    ("y", "classes", "error", "message"),
    [
        ([0, 1, -1], None, ValueError, "numbered 0 to 1, but y holds -1 to 1"),
        ([0, 1, 2], 2, ValueError, "numbered 0 to 1, but y holds 0 to 2"),
        ([0.0, 1.0, 2.0], None, TypeError, "y must hold whole numbers, the classes"),
    ],
)
def test_classes_that_are_not_numbered_from_zero_are_refused(y, classes, error, message):
    with pytest.raises(error, match=message):
        SoftmaxRegression(np.zeros((3, 2)), y, classes)
