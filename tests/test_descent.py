"""The loops: what a run records, where it diverges, and what it refuses."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.datasets import diabetes, digits_network, digits_softmax
from steepest.descent import DIVERGED, descend, good_range, sweep, train
from steepest.optimizers import OPTIMIZERS, SGD, Adam, GradientDescent, Momentum, Optimizer
from steepest.problems import LinearRegression, TwoLayerNetwork, minibatches
from steepest.surfaces import SURFACES, beale, bowl, rosenbrock, saddle

every_optimizer = pytest.mark.parametrize("optimizer", [cls() for cls in OPTIMIZERS.values()], ids=lambda o: o.name)

#: No loop may warn: what overflows has diverged, and is marked so.
pytestmark = pytest.mark.filterwarnings("error")


def assert_same(a, b):
    """Two runs are the same bit for bit, but for the time they took."""
    for name in vars(a).keys() - {"seconds"}:
        np.testing.assert_equal(getattr(a, name), getattr(b, name))


@dataclass
class Doubling(Optimizer):
    """Doubles a parameter at each step, whatever its gradient."""

    def init(self, state):
        state.last = 1.0

    def step(self, g, state):
        state.last = 2.0 * state.last
        return state.last / 2


class TestDescend:
    @given(st.floats(1, 50), st.floats(0.001, 1), st.floats(-3, 3), st.floats(-3, 3))
    def test_gradient_descent_on_a_quadratic_has_a_closed_form(self, kappa, fraction, x, y):
        lr, t = fraction * 2 / kappa, np.arange(41)[:, None]
        run = descend(GradientDescent(lr=lr), bowl(kappa=kappa), start=(x, y), steps=40)
        expected = (1 - lr * np.array([1, kappa])) ** t * (x, y)
        np.testing.assert_allclose(run.points, expected, rtol=1e-10, atol=1e-12)
        assert run.diverged is None

    @every_optimizer
    def test_every_entry_is_what_it_says(self, optimizer):
        f, steps = bowl(kappa=10, angle=30), 25
        run = descend(optimizer, f, steps=steps)
        assert run.points[0].tolist() == list(f.start)
        np.testing.assert_array_equal(run.losses, f(run.points))
        np.testing.assert_array_equal(run.gradients, f.gradient(run.points))
        own, w = optimizer.fresh(), np.array(f.start, dtype=float)
        for t in range(1, steps + 1):
            own.update({"w": w}, {"w": f.gradient(w)})
            np.testing.assert_array_equal(run.points[t], w)
            for name, value in own.state["w"].items():
                each = value if np.shape(value) == (2, 2) else np.broadcast_to(value, (1, 2))[0]
                np.testing.assert_array_equal(run.states[name][t], each, strict=True)
        assert run.states.keys() == own.state["w"].keys()
        assert all(len(values) == steps + 1 for values in run.states.values())

    def test_states_start_at_zero_or_where_init_puts_them(self):
        assert not descend(Adam(), beale(), steps=3).states["m"][0].any()
        run = descend(Doubling(), beale(), start=(0, 0), steps=3)
        assert run.states["last"].tolist() == [[1, 1], [2, 2], [4, 4], [8, 8]]
        assert run.points[:, 0].tolist() == [0, 1, 3, 7]

    @every_optimizer
    def test_the_optimizer_given_stays_as_it_was_and_runs_repeat(self, optimizer):
        used = optimizer.fresh()
        used.update({"a": np.ones(3)}, {"a": np.ones(3)})
        before = {name: value.copy() for name, value in used.state["a"].items()}
        first = descend(used, beale(), steps=30)
        assert used.t == 1
        assert used.state.keys() == {"a"}
        for name, value in used.state["a"].items():
            np.testing.assert_array_equal(value, before[name])
        assert_same(first, descend(used, beale(), steps=30))
        assert_same(first, descend(optimizer, beale(), steps=30))

    def test_start_is_copied(self):
        start = np.array([1.0, 1.0])
        run = descend(GradientDescent(lr=0.1), bowl(), start, steps=2)
        assert start.tolist() == [1, 1]
        start[:] = 9
        assert run.points[0].tolist() == [1, 1]

    @every_optimizer
    @pytest.mark.parametrize("name", SURFACES)
    def test_a_batch_of_starts_is_its_runs_one_by_one(self, optimizer, name):
        f = SURFACES[name]()
        starts = np.array(f.start) * np.array([1.0, 0.5, -0.25])[:, None]
        batch = descend(optimizer, f, starts, steps=20)
        for i, start in enumerate(starts):
            run = descend(optimizer, f, start, steps=20)
            np.testing.assert_allclose(batch.points[:, i], run.points, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(batch.losses[:, i], run.losses, rtol=1e-9, atol=1e-12)

    def test_a_map_of_hyperparameters_is_its_runs_one_by_one(self):
        lr, momentum = np.array([0.001, 0.02, 0.1, 0.9]), np.array([0.0, 0.5, 0.9])
        maps = descend(Momentum(lr=lr[:, None, None], momentum=momentum[:, None]), bowl(), start=(-2.5, 1.5), steps=50)
        assert maps.points.shape == (51, 4, 3, 2)
        assert maps.diverged.shape == (4, 3)
        assert (maps.diverged[3] > 0).all()
        assert (maps.diverged[0] == -1).all()
        for i, j in np.ndindex(4, 3):
            run = descend(Momentum(lr=lr[i], momentum=momentum[j]), bowl(), start=(-2.5, 1.5), steps=50)
            np.testing.assert_array_equal(maps.points[:, i, j], run.points)
            np.testing.assert_array_equal(maps.losses[:, i, j], run.losses)
            np.testing.assert_array_equal(maps.states["v"][:, i, j], run.states["v"])
            assert maps.diverged[i, j] == (-1 if run.diverged is None else run.diverged)

    def test_a_hyperparameter_per_coordinate_makes_one_run(self):
        run = descend(GradientDescent(lr=np.array([0.5, 0.1])), bowl(kappa=10), start=(2, 2), steps=1)
        assert run.points.tolist() == [[2, 2], [1, 0]]
        assert run.diverged is None

    def test_divergence_is_marked_at_its_step(self):
        # With ηλ = 3 each coordinate is multiplied by −2: after t steps from 1 it is ±2ᵗ.
        first = int(np.floor(np.log2(DIVERGED))) + 1
        run = descend(GradientDescent(lr=3.0), bowl(kappa=1), start=(1, 0), steps=first + 5)
        assert run.diverged == first
        assert isinstance(run.diverged, int)
        np.testing.assert_array_equal(run.points[:first, 0], (-2.0) ** np.arange(first))
        assert np.isfinite(run.losses[:first]).all()
        for record in (run.points, run.losses, run.gradients):
            assert np.isnan(record[first:]).all()

    def test_what_stays_at_the_limit_has_not_diverged(self):
        at, beyond = DIVERGED, np.nextafter(DIVERGED, np.inf)
        run = descend(GradientDescent(lr=2.0), bowl(kappa=1), start=[(at, 0), (beyond, 0), (0, -beyond)], steps=1)
        assert run.diverged.tolist() == [-1, 1, 1]

    def test_one_run_of_a_batch_may_diverge_alone(self):
        lr = np.array([0.1, 3.0, 0.1, 5.0])
        run = descend(GradientDescent(lr=lr[:, None]), bowl(kappa=1), start=(1, 0), steps=40)
        # multiplied by −2 and −4 at each step
        assert run.diverged.tolist() == [-1, 27, -1, 14]
        assert np.isfinite(run.points[:, [0, 2]]).all()
        assert np.isnan(run.points[27:, 1]).all()
        assert np.isnan(run.points[14:, 3]).all()
        assert np.isfinite(run.points[:14, 3]).all()

    @every_optimizer
    def test_steps_that_overflow_diverge_without_a_warning(self, optimizer):
        run = descend(type(optimizer)(lr=1e300), rosenbrock(), steps=5)
        assert run.diverged == 1
        assert np.isnan(run.losses[1:]).all()

    def test_a_run_of_no_steps_is_its_start(self):
        run = descend(GradientDescent(), saddle(), start=(1, 2), steps=0)
        assert run.points.tolist() == [[1, 2]]
        assert (run.losses.shape, run.gradients.shape, run.diverged) == ((1,), (1, 2), None)
        batch = descend(Doubling(), saddle(), start=np.ones((3, 2)), steps=0)
        assert (batch.points.shape, batch.states["last"].shape) == ((1, 3, 2), (1, 3, 2))
        assert batch.diverged.tolist() == [-1, -1, -1]

    def test_any_object_with_value_and_gradient_is_a_surface(self):
        class Slope:
            start = (0.0, 0.0)

            def __call__(self, w):
                return w[..., 0]

            def gradient(self, w):
                return np.ones_like(w) * (1, 0)

        run = descend(GradientDescent(lr=0.5), Slope(), steps=2)
        assert run.points.tolist() == [[0, 0], [-0.5, 0], [-1, 0]]
        assert run.losses.tolist() == [0, -0.5, -1]

    @pytest.mark.parametrize(
        ("optimizer", "arguments", "message"),
        [
            (GradientDescent(), {"start": (1, 2, 3)}, r"must have shape \(\.\.\., 2\), not \(3,\)"),
            (GradientDescent(), {"start": 1.0}, r"must have shape \(\.\.\., 2\), not \(\)"),
            (GradientDescent(), {"start": (np.nan, 1)}, r"must be finite, not \[nan, 1.0\]"),
            (GradientDescent(), {"start": [(0, 0), (np.inf, 1)]}, "must be finite"),
            (GradientDescent(), {"steps": -1}, "steps must be a whole number, 0 or more, not -1"),
            (GradientDescent(lr=np.ones(3)), {}, r"\{'lr': \(3,\)\} do not broadcast .* \(2,\).*lr\[:, None\]"),
            (GradientDescent(lr=np.ones((3, 1))), {"start": np.ones((4, 2))}, r"\(3, 1\).* \(4, 2\)"),
            (Momentum(lr=np.ones((3, 1)), momentum=np.zeros((4, 1))), {}, r"'momentum': \(4, 1\)"),
        ],
    )
    def test_arguments_that_make_no_run_are_refused_by_name(self, optimizer, arguments, message):
        with pytest.raises(ValueError, match=message):
            descend(optimizer, bowl(), **arguments)


@dataclass
class Counted:
    """A problem with loss w²/2 that notes which rows its gradient was asked for, and when its loss was."""

    n: int = 10
    rows: list = field(default_factory=list)
    losses: int = 0
    seeds: list = field(default_factory=list)

    def init(self, seed):
        self.seeds.append(seed)
        return {"w": np.array([1.0])}

    def loss(self, params):
        self.losses += 1
        return float(params["w"][0] ** 2 / 2)

    def gradient(self, params, rows):
        self.rows.append(np.arange(self.n)[rows].tolist())
        return {"w": params["w"].copy()}


class TestTrain:
    @given(st.integers(0, 30), st.integers(1, 12))
    def test_measures_the_start_every_so_often_and_the_last_step(self, steps, measure_every):
        problem = Counted()
        history = train(GradientDescent(lr=0.1), problem, steps=steps, measure_every=measure_every)
        assert history.steps.tolist() == sorted({0, steps} | set(range(0, steps + 1, measure_every)))
        assert problem.losses == len(history.steps)
        np.testing.assert_allclose(history.losses, 0.9 ** (2 * history.steps) / 2)
        np.testing.assert_array_equal(history.gradient_evaluations, 10 * history.steps)
        assert history.params["w"][0] == pytest.approx(0.9**steps)
        assert history.diverged is None

    @given(st.integers(1, 10), st.integers(1, 40), st.booleans())
    def test_steps_on_the_minibatches_of_its_seed(self, batch_size, steps, shuffle):
        problem = Counted()
        history = train(SGD(lr=0.1), problem, steps=steps, batch_size=batch_size, seed=5, shuffle=shuffle)
        batches = minibatches(10, batch_size, 5, shuffle=shuffle)
        assert problem.rows == [next(batches).tolist() for _ in range(steps)]
        assert problem.seeds == [5]
        counts = np.cumsum([0] + [len(rows) for rows in problem.rows])
        np.testing.assert_array_equal(history.gradient_evaluations, counts)

    def test_seconds_are_those_of_gradients_and_updates(self, monkeypatch):
        clock = iter(np.arange(0.0, 1000.0))
        monkeypatch.setattr("steepest.descent.time.perf_counter", lambda: next(clock))
        history = train(GradientDescent(), Counted(), steps=6, measure_every=2)
        assert history.seconds.tolist() == [0, 2, 4, 6]  # one tick of the clock for each step

    def test_loss_is_that_of_the_whole_data_set(self):
        rng = np.random.default_rng(0)
        problem = LinearRegression(rng.normal(size=(20, 3)), rng.normal(size=20))
        history = train(SGD(lr=0.05), problem, steps=15, batch_size=2, measure_every=5)
        assert history.losses[-1] == problem.loss(history.params)
        assert history.losses[0] == problem.loss(problem.init())

    @every_optimizer
    def test_the_optimizer_given_stays_as_it_was_and_runs_repeat(self, optimizer):
        rng = np.random.default_rng(0)
        network = TwoLayerNetwork(rng.normal(size=(30, 4)), np.arange(30) % 3, hidden=5)
        settings = {"steps": 12, "batch_size": 7, "measure_every": 3}
        first = train(optimizer, network, seed=1, **settings)
        assert (optimizer.t, optimizer.state) == (0, {})
        assert_same(first, train(optimizer, network, seed=1, **settings))
        assert first.losses[0] != train(optimizer, network, seed=2, **settings).losses[0]

    def test_divergence_ends_the_run(self):
        # Multiplied by −2 at each step: beyond 1e8 after 27.
        history = train(GradientDescent(lr=3.0), Counted(), steps=100, measure_every=10)
        assert history.diverged == 27
        assert history.steps.tolist() == [0, 10, 20, 27]
        assert np.isfinite(history.losses[:3]).all()
        assert np.isnan(history.losses[3])
        assert history.gradient_evaluations.tolist() == [0, 100, 200, 270]
        assert history.params["w"].tolist() == [-(2.0**27)]

    def test_what_overflows_diverges_without_a_warning(self):
        history = train(GradientDescent(lr=1e300), LinearRegression([[1e3], [2e3]], [1e3, -1e3]), steps=9)
        assert history.diverged == 1

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"steps": -1}, "steps must be a whole number, 0 or more, not -1"),
            ({"steps": 5, "measure_every": 0}, "measure_every must be a whole number, 1 or more, not 0"),
            ({"steps": 0, "batch_size": 11}, "batch_size must be a whole number, from 1 to 10"),
            ({"steps": 5, "batch_size": 0}, "batch_size must be a whole number, from 1 to 10"),
        ],
    )
    def test_arguments_that_make_no_training_are_refused_before_a_gradient_is_taken(self, arguments, message):
        problem = Counted()
        with pytest.raises(ValueError, match=message):
            train(SGD(), problem, **arguments)
        assert not problem.rows


def test_the_default_seed_is_zero():
    problem = digits_network(hidden=4)

    def losses(**seed):
        return sweep(SGD(lr=np.array([0.1])), problem, steps=3, batch_size=50, measure_every=1, **seed)

    assert np.array_equal(losses(), losses(seed=0))
    assert not np.array_equal(losses(), losses(seed=1))
    alone = train(SGD(lr=0.1), problem, steps=3, batch_size=50)
    np.testing.assert_allclose(losses()[:, 0], alone.losses, rtol=1e-12)


def test_a_sweep_takes_as_many_steps_as_it_is_told():
    problem, rows = digits_network(hidden=4), []
    problem.gradient = lambda params, batch: rows.append(batch) or type(problem).gradient(problem, params, batch)
    sweep(SGD(lr=np.array([0.1])), problem, steps=5, batch_size=50, measure_every=3)
    assert len(rows) == 5


def test_a_sweep_is_one_run_for_each_setting():
    problem, lr, beta2 = digits_network(hidden=4), np.array([0.01, 0.1, 0.3]), np.array([0.9, 0.99])
    losses = sweep(Adam(lr=lr[:, None], beta2=beta2), problem, steps=30, batch_size=50, seed=3, measure_every=10)
    assert losses.shape == (4, 3, 2)
    for i, j in np.ndindex(3, 2):
        alone = train(Adam(lr=lr[i], beta2=beta2[j]), problem, steps=30, batch_size=50, seed=3, measure_every=10)
        np.testing.assert_allclose(losses[:, i, j], alone.losses, rtol=1e-9)


def test_a_sweep_of_softmax_regression_on_the_whole_data():
    lr = np.array([0.1, 1.0])
    losses = sweep(GradientDescent(lr=lr), digits_softmax(), steps=5)
    alone = [train(GradientDescent(lr=lr_), digits_softmax(), steps=5).losses[-1] for lr_ in lr]
    assert losses.shape == (2, 2)
    np.testing.assert_allclose(losses[-1], alone, rtol=1e-12)


def test_a_sweep_marks_what_diverged_and_goes_on_with_the_rest():
    losses = sweep(GradientDescent(lr=np.array([0.1, 1e12])), digits_network(hidden=4), steps=3, measure_every=1)
    assert np.all(np.isfinite(losses[:, 0]))
    assert np.isfinite(losses[0, 1])
    assert np.all(np.isnan(losses[1:, 1]))


def test_a_sweep_refuses_what_it_cannot_do():
    with pytest.raises(TypeError, match="classifiers"):
        sweep(GradientDescent(), diabetes(), steps=3)
    for settings in {"steps": 0}, {"steps": 3, "measure_every": 4}, {"steps": 3, "measure_every": 0}:
        with pytest.raises(ValueError, match=r"(steps|measure_every) must be a whole number, "):
            sweep(GradientDescent(), digits_network(), **settings)


def test_the_good_range_is_interpolated_and_lies_around_the_best():
    lr, losses = 10.0 ** np.arange(-3, 3), np.array([0.01, 1.0, 0.1, 0.001, 1.0, np.nan])
    low, high = good_range(lr, losses, 0.1)  # the good value at the left end is cut off by a bad one
    assert low == pytest.approx(0.1)
    assert high == pytest.approx(10 ** (2 / 3))
    assert good_range(lr, np.full(6, 0.05), 0.1) == pytest.approx((1e-3, 100))
    assert good_range(lr, np.array([1, 1, 0.1, np.nan, 1, 1]), 0.1) == pytest.approx((0.1, 0.1))
    with pytest.raises(ValueError, match=r"lowest of these losses is 0\.001"):
        good_range(lr, losses, 1e-4)
