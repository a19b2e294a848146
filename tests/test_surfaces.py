"""Surfaces: the formula, its derivatives, its minima, and what it refuses."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from steepest import surfaces
from steepest.surfaces import SURFACES, surface


@st.composite
def any_surface(draw):
    """A surface of the course with parameters anywhere in their ranges."""
    make = SURFACES[draw(st.sampled_from(sorted(SURFACES)))]
    return make(**{name: draw(st.floats(*ends)) for name, ends in make().ranges.items()})


def points_in(window, shape, seed):
    low, high = np.transpose(window)
    return np.random.default_rng(seed).uniform(low, high, (*shape, 2))


shapes = st.sampled_from([(), (1,), (5,), (0,), (2, 3)])
seeds = st.integers(0, 2**32 - 1)


def differences(f, w, h=1e-5):
    """The derivative of ``f`` along both axes by central differences, on a new last axis."""
    return np.stack([(f(w + h * e) - f(w - h * e)) / (2 * h) for e in np.eye(2)], axis=-1)


@given(any_surface(), shapes, seeds)
def test_derivatives_agree_with_central_differences(f, shape, seed):
    w = points_in(f.window, shape, seed)
    value, gradient, hessian = f(w), f.gradient(w), f.hessian(w)
    assert (np.shape(value), gradient.shape, hessian.shape) == (shape, (*shape, 2), (*shape, 2, 2))
    rounding = 1e-9 * (1 + np.abs(value))
    assert np.all(np.abs(gradient - differences(f, w)) <= rounding[..., None] + 1e-6 * np.abs(gradient))
    rounding = 1e-9 * (1 + np.abs(gradient).sum(axis=-1) + np.abs(hessian).sum(axis=(-1, -2)))
    assert np.all(np.abs(hessian - differences(f.gradient, w)) <= rounding[..., None, None])


@given(any_surface(), seeds)
def test_a_batch_is_its_points_one_by_one(f, seed):
    w = points_in(f.window, (2, 3), seed)
    for of in (f, f.gradient, f.hessian):
        singly = np.array([[of(point) for point in row] for row in w])
        np.testing.assert_allclose(of(w), singly, rtol=1e-13, atol=1e-13)


@given(any_surface())
def test_minima_are_minima(f):
    w = f.minima
    curvatures = np.linalg.eigvalsh(f.hessian(w))
    assert np.all(curvatures > 0)
    assert np.all(np.abs(f.gradient(w)) <= 1e-14 * np.maximum(1, np.abs(w)) * curvatures[:, -1:] * 4)
    assert len(np.unique(w.round(6), axis=0)) == len(w) == len(SURFACES[f.name]().minima)
    low, high = np.transpose(f.window)
    assert np.all((low < w) & (w < high))


@given(any_surface())
def test_nothing_in_the_window_lies_lower_than_the_lowest_minimum(f):
    x, y = (np.linspace(*ends, 81) for ends in f.window)
    assert f(np.stack(np.meshgrid(x, y), axis=-1)).min() >= f(f.minima).min() - 1e-12


@pytest.mark.parametrize("name", SURFACES)
def test_start_lies_in_the_window_and_is_no_minimum(name):
    f = SURFACES[name]()
    low, high = np.transpose(f.window)
    assert np.all((low < f.start) & (f.start < high))
    assert np.abs(f.gradient(f.start)).max() > 1e-4
    assert f(f.start) > f(f.minima).max()


@pytest.mark.parametrize(
    ("f", "w", "value"),
    [
        (surfaces.bowl(kappa=10), (1, 2), 20.5),
        (surfaces.bowl(kappa=10, angle=90), (1, 2), 7),
        (surfaces.ravine(kappa=20), (-7, 2), 6.45),
        (surfaces.rosenbrock(b=100), (-1.2, 1), 24.2),
        (surfaces.beale(), (0, 0), 1.5**2 + 2.25**2 + 2.625**2),
        (surfaces.beale(), (3, 0.5), 0),
        (surfaces.himmelblau(), (0, 0), 170),
        (surfaces.himmelblau(), (3, 2), 0),
        (surfaces.saddle(), (0, 1), -0.25),
        (surfaces.double_well(tilt=0.3), (-1, 2), 1.7),
        (surfaces.plateau(), (0, 2), 1 - np.exp(-2)),
    ],
    ids=repr,
)
def test_a_surface_has_the_values_that_its_formula_gives_by_hand(f, w, value):
    assert f(w) == pytest.approx(value, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_has_an_example_of_a_value(name):
    assert ">>> " in SURFACES[name].__doc__


@given(st.floats(1, 1000), st.floats(-90, 90))
def test_bowl_has_curvature_1_along_its_angle_and_kappa_across(kappa, angle):
    along = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    across = np.array([-along[1], along[0]])
    hessian = surfaces.bowl(kappa=kappa, angle=angle).hessian([0.3, -2.0])
    np.testing.assert_allclose(hessian @ along, along, atol=1e-12 * kappa)
    np.testing.assert_allclose(hessian @ across, kappa * across, atol=1e-12 * kappa)


@given(st.floats(1, 1000))
def test_ravine_has_condition_number_kappa(kappa):
    assert np.linalg.cond(surfaces.ravine(kappa=kappa).hessian([1, 1])) == pytest.approx(kappa)


def test_saddle_is_a_saddle_at_the_origin():
    f = surfaces.saddle()
    assert not f.gradient([0, 0]).any()
    assert np.linalg.eigvalsh(f.hessian([0, 0])).tolist() == [-1, 1]


@given(st.floats(0.001, 0.5))
def test_tilt_makes_the_left_well_the_deeper(tilt):
    for sign in (1, -1):
        f = surfaces.double_well(tilt=sign * tilt)
        right, left = f(f.minima)
        assert sign * left < sign * right


def test_himmelblau_has_four_minima_of_equal_depth():
    f = surfaces.himmelblau()
    assert len(f.minima) == 4
    assert np.abs(f(f.minima)).max() < 1e-25


@given(any_surface())
def test_repr_gives_back_the_surface(f):
    assert eval(repr(f), dict(SURFACES)) == f


@pytest.mark.parametrize("name", SURFACES)
def test_latex_is_well_formed_and_has_no_word_set_as_a_product_of_letters(name):
    latex = SURFACES[name]().latex
    MathTextParser("path").parse(f"${latex}$")
    assert not re.search("[A-Za-z]{2}", re.sub(r"\\mathrm{\w+}|\\[a-z]+", " ", latex))
    for parameter in SURFACES[name]().parameters:
        assert re.search(rf"\b{parameter}\b|\\{parameter}\b", latex)


def test_values_are_numbers_and_arrays_of_the_caller_s_own():
    f = surfaces.bowl()
    assert isinstance(f([1, 1]), float)
    values = f(np.ones((3, 2)))
    values[0] = 0


@pytest.mark.filterwarnings("error")
def test_what_is_not_a_number_stays_so():
    for make in SURFACES.values():
        assert np.isnan(make()([np.nan, np.nan]))
        assert np.isnan(make()([[np.nan] * 2, [0.0] * 2])).tolist() == [True, False]


@pytest.mark.parametrize(
    ("make", "parameters", "error", "message"),
    [
        ("bowl", {"kappa": 0.5}, ValueError, "bowl: kappa must lie between 1 and 1000, not 0.5"),
        ("bowl", {"angle": 91}, ValueError, "bowl: angle must lie between -90 and 90, not 91"),
        ("bowl", {"kappa": np.nan}, ValueError, "kappa .* not nan"),
        ("bowl", {"kappa": np.inf}, ValueError, "kappa .* not inf"),
        ("bowl", {"kappa": np.array([1.0, 2.0])}, TypeError, "kappa must be one number"),
        ("bowl", {"kappa": "10"}, TypeError, "kappa must be one number, not '10'"),
        ("bowl", {"kappa": None}, TypeError, "kappa must be one number"),
        ("bowl", {"kapa": 10}, TypeError, "bowl has no parameter kapa; it has kappa, angle"),
        ("beale", {"a": 10}, TypeError, "beale has no parameter a; it has none"),
        ("rosenbrock", {"b": 0}, ValueError, "b must lie between 1 and 1000"),
        ("double_well", {"tilt": -0.51}, ValueError, "tilt must lie between -0.5 and 0.5"),
    ],
)
def test_a_parameter_that_a_surface_cannot_take_is_refused_by_name(make, parameters, error, message):
    with pytest.raises(error, match=message):
        SURFACES[make](**parameters)


@pytest.mark.parametrize("w", [1.0, [1.0], [1.0, 2.0, 3.0], np.zeros((2, 3)), np.zeros((2, 0))])
def test_points_of_the_wrong_shape(w):
    f = surfaces.bowl()
    for of in (f, f.gradient, f.hessian):
        with pytest.raises(ValueError, match=re.escape(f"bowl takes points of shape (..., 2), not {np.shape(w)}")):
            of(w)


def test_a_surface_of_the_reader_s_own(monkeypatch):
    monkeypatch.setattr(surfaces, "SURFACES", {})

    @surface(window=((-1, 1), (-1, 1)), start=(1, 1), minima=[(0.1, 0.1)], depth=(1, 9))
    def dish(x, y, *, depth=2.0):
        """A dish."""
        return depth * (x**2 + y**2)

    assert list(surfaces.SURFACES.items()) == [("dish", dish)]
    assert dish.__doc__ == "A dish."
    assert dish(depth=3)([1, 2]) == 15
    np.testing.assert_allclose(dish().minima, [[0, 0]], atol=1e-16)


def test_a_parameter_needs_a_range():
    with pytest.raises(TypeError, match=r"dish has parameters \['depth'\], but ranges for \['width'\]"):

        @surface(window=((-1, 1), (-1, 1)), start=(1, 1), minima=[], width=(1, 9))
        def dish(x, y, *, depth=2.0):
            return depth * (x**2 + y**2)


def test_noise_is_in_the_gradient_only_and_repeats_with_its_seed():
    bowl, w = surfaces.bowl(), np.broadcast_to([1.0, -2.0], (20_000, 2))
    noisy = surfaces.Noisy(bowl, 0.5, seed=3)
    noise = noisy.gradient(w) - bowl.gradient(w)
    np.testing.assert_array_equal(noisy(w), bowl(w))
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(np.cov(noise.T), 0.25 * np.eye(2), atol=0.01)
    assert not np.array_equal(noisy.gradient(w) - bowl.gradient(w), noise)
    np.testing.assert_array_equal(surfaces.Noisy(bowl, 0.5, seed=3).gradient(w) - bowl.gradient(w), noise)
