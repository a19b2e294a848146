"""JavaScript against NumPy: every optimizer on every surface, from random starts with random hyperparameters.

`make test` tries one seed, `make parity SEEDS=20` as many as it is told.
"""

import base64
import os
import zlib
from pathlib import Path

import numpy as np
import pytest

import steepest.live
from steepest import OPTIMIZERS, eigen, optimizers, orthogonal
from steepest.descent import descend
from steepest.eigen import ROUNDING, eigenvectors, power
from steepest.live.javascript import column, compile_rule, compile_surface
from steepest.live.trace import trace
from steepest.optimizers import HYPERPARAMETERS
from steepest.orthogonal import newton_schulz
from steepest.surfaces import SURFACES

SETTINGS, STARTS, STEPS = 4, 11, 200  # for each optimizer on each surface
NUDGES = 2  # runs that are off by last places: one alone can be near the true one by luck
TOLERANCE = 1e-9
#: What counts as rounding in each of these: an eigenvalue so near to it that it may count or not makes them part, too.
ROUNDINGS = ROUNDING * np.linspace(1, 1.1, 1 + NUDGES)[:, None, None, None]
#: The share of the points that must be compared, where it is not 0.8. Full AdaGrad has few digits of the smaller
#: eigenvalue of A while all gradients point nearly the same way. SOAP goes equally far along two directions that its
#: own path turns: at a long learning rate it is chaotic nearly everywhere.
LEAST = {"FullAdaGrad": 0.7, "SOAP": 0.4}
SEEDS = range(int(os.environ.get("SEEDS", "1")))

#: Where some hyperparameters are drawn from. Others may be anywhere in [0, 1), or of any size of a learning rate.
DRAW = {
    "beta2": lambda rng: 1 - 10 ** rng.uniform(-4, 0),
    "eps": lambda rng: 10 ** rng.uniform(-10, -4),
    "weight_decay": lambda rng: 10 ** rng.uniform(-4, 0),
}


def draw(name, rng):
    """A value of a hyperparameter."""
    if name in DRAW:
        return DRAW[name](rng)
    return rng.uniform(0, 0.99) if HYPERPARAMETERS[name].high == 1 else 10 ** rng.uniform(-4, 0.3)


PAGE = """<!doctype html><script type="module">
{descend}
const rules = {rules}, surfaces = {surfaces};
const text = (array) => {{
  let text = "";
  for (const byte of new Uint8Array(array.buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}};
window.run = ([rule, hyper, surface, parameters, starts, steps]) => starts.map((start) => {{
  const run = descend(rules[rule], hyper, surfaces[surface], parameters, start, steps);
  for (const name of ["points", "losses", "gradients", "states"]) run[name] = text(run[name]);
  return run;
}});
window.compare = ([rule, hyper, surface, parameters, start, steps, across, down]) => {{
  const losses = new Float64Array(across.values.length * down.values.length);
  const map = (from, to) =>
    sweep(rules[rule], hyper, surfaces[surface], parameters, start, steps, across, down, losses, from, to);
  map(0, 2);
  map(2, down.values.length);
  const alone = down.values.flatMap((low) => across.values.map((high) => {{
    const setting = hyper.slice();
    setting[across.index] = high;
    setting[down.index] = low;
    return descend(rules[rule], setting, surfaces[surface], parameters, start, steps).losses[steps];
  }}));
  return [[...losses], alone];
}};
</script>"""


@pytest.fixture(scope="module")
def page(browser):
    def named(objects):
        return "{" + ",\n".join(f"{name}: {text}" for name, text in objects.items()) + "}"

    source = PAGE.format(
        descend=(Path(steepest.live.__file__).parent / "descend.js").read_text(encoding="utf-8"),
        rules=named({name: compile_rule(rule) for name, rule in OPTIMIZERS.items()}),
        surfaces=named({name: compile_surface(make()) for name, make in SURFACES.items()}),
    )
    page = browser.new_page()
    page.set_content(source)
    yield page
    page.close()


def descend_in_javascript(page, optimizer, surface, starts):
    """Points, losses, gradients and states as `descend` gives them for a batch of starts, and the diverged steps."""
    setting = [
        type(optimizer).__name__,
        list(optimizer.hyperparameters.values()),
        surface.name,
        list(surface.parameters.values()),
        starts.tolist(),
        STEPS,
    ]
    runs = page.evaluate("(setting) => run(setting)", setting)

    def array(name, *shape):
        return np.stack([np.frombuffer(base64.b64decode(run[name])).reshape(STEPS + 1, *shape) for run in runs], axis=1)

    arrays = array("points", 2), array("losses"), array("gradients", 2), array("states", 2, -1)
    return *arrays, np.array([run["diverged"] for run in runs])


def stream(seed, *names):
    """Random numbers of their own for each rule on each surface: a new one of either changes none of the others."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def nudged(function, rng):
    """A function whose values are off by one unit in the last place, but for the first batch of runs."""

    def nudge(x):
        y = function(x)
        y[1:] = np.nextafter(y[1:], rng.choice([-np.inf, np.inf], y[1:].shape))
        return y

    return nudge


def of_nudged(function, rng):
    """A function of a matrix and something else, whose matrix is off so before it is called."""
    off = nudged(np.array, rng)
    return lambda matrix, other: function(off(matrix), other)


class Nudged:
    """A surface with such gradients; if asked for, those of points that are off so themselves."""

    def __init__(self, surface, rng, points=False):
        self._surface, self._gradient = surface, nudged(surface.gradient, rng)
        self._point = nudged(np.array, rng) if points else np.asarray

    def gradient(self, w):
        return self._gradient(self._point(w))

    def __call__(self, w):
        return self._surface(w)


def test_a_new_rule_or_surface_changes_no_other():
    first = stream(0, "Adam", "bowl").random()
    assert first == stream(0, "Adam", "bowl").random()
    others = [stream(*names).random() for names in [(1, "Adam", "bowl"), (0, "Adam", "beale"), (0, "Lion", "bowl")]]
    assert first not in others


def test_a_nudge_is_one_unit_in_the_last_place_at_every_step():
    surface, rng = SURFACES["beale"](), np.random.default_rng(0)
    w = rng.normal(size=(3, 100, 2))
    off, true = Nudged(surface, rng).gradient(w), surface.gradient(w)
    assert np.array_equal(off[0], true[0])
    assert np.all(np.abs(off - true)[1:] <= np.spacing(np.abs(true[1:])))
    assert np.all(off[1:] != true[1:])


def apart(ours, theirs):
    """How far two runs are apart at each step, relative to the size of theirs; the last axis is a vector."""
    with np.errstate(all="ignore"):
        distance = np.linalg.norm(ours - theirs, axis=-1) / np.linalg.norm(theirs, axis=-1)
    return np.where(np.all(ours == theirs, axis=-1), 0.0, distance)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_javascript_agrees_with_numpy(page, name, seed, record_property, monkeypatch):
    """They must agree wherever NumPy agrees with itself.

    Two programs may differ by a unit in the last place at every step, in every product of matrices, which each
    processor sums in an order of its own, and in a matrix whose eigenvalues they take, each in its own way; with such a
    rule, in the point itself too. Where that moves one of NumPy's own runs by a hundredth of the tolerance or more, no
    two programs can agree: such a run counts as chaotic, and is compared up to the step at which it parts from itself.
    """
    compared = identical = diverging = chaotic = points = compared_points = 0
    largest, mixes = 0.0, trace(OPTIMIZERS[name]).point is not None
    for make in SURFACES.values():
        rng = stream(seed, name, make().name)
        for _ in range(SETTINGS):
            optimizer = OPTIMIZERS[name](**{field: draw(field, rng) for field in OPTIMIZERS[name]().hyperparameters})
            surface = make(
                **{
                    parameter: low * (high / low) ** rng.uniform() if low > 0 else rng.uniform(low, high)
                    for parameter, (low, high) in make().ranges.items()
                }
            )
            starts = rng.uniform(*np.transpose(surface.window), (STARTS, 2))
            with monkeypatch.context() as products:
                products.setattr(orthogonal, "newton_schulz", nudged(newton_schulz, rng))
                for function in (power, eigenvectors):
                    products.setattr(optimizers, function.__name__, of_nudged(function, rng))
                products.setattr(eigen, "ROUNDING", ROUNDINGS)
                off = Nudged(surface, rng, points=mixes)
                both = descend(optimizer, off, np.stack([starts] * (1 + NUDGES)), STEPS)
            theirs, (step, *step_moved) = both.points[:, 0], both.diverged
            ours, losses, gradients, states, ours_step = descend_in_javascript(page, optimizer, surface, starts)

            bounded = ~np.isnan(theirs[..., 0])
            # What each coordinate remembers, number by number: of a matrix with two rows, a column.
            states_of_both = [
                np.stack(numbers, axis=-1)
                for values in both.states.values()
                for matrix in [values if values.ndim > both.points.ndim else values[..., None, :]]
                for numbers in zip(column(matrix, 0), column(matrix, 1), strict=True)
            ]
            quantities = [both.points, *states_of_both]
            near = np.all([apart(each[:, 1:], each[:, :1]) <= TOLERANCE / 100 for each in quantities], axis=(0, 2))
            parted = np.logical_or.accumulate(bounded & ~near, axis=0)
            unsure = parted[-1] | np.any(step != step_moved, axis=0)
            assert np.array_equal(ours_step[~unsure], step[~unsure]), (optimizer, surface)
            checked = bounded & ~parted
            pairs = [(ours, theirs), *((states[..., k], s[:, 0]) for k, s in enumerate(states_of_both))]
            difference = np.max([apart(a, b)[checked] for a, b in pairs])  # not a number, if any is
            assert difference <= TOLERANCE, (optimizer, surface)
            assert np.allclose(losses[checked], surface(ours)[checked], rtol=TOLERANCE, atol=1e-14)
            same = checked & np.all(ours == theirs, axis=-1)  # elsewhere a gradient may be tiny, and so its digits few
            assert np.all(apart(gradients, both.gradients[:, 0])[same] <= TOLERANCE)

            compared += STARTS
            points += np.sum(bounded)
            compared_points += np.sum(checked)
            identical += np.sum(np.all((ours == theirs) | np.isnan(ours) & np.isnan(theirs), axis=(0, 2)))
            diverging += np.sum((step >= 0) & ~unsure)
            chaotic += np.sum(unsure)
            largest = max(largest, difference)
    assert compared_points > LEAST.get(name, 0.8) * points
    line = (
        f"{name}, seed {seed}: {compared} runs of {STEPS} steps, largest relative difference {largest:.1e}, "
        f"{identical} identical to the last bit; {diverging} diverged at the same step; "
        f"{chaotic} chaotic, compared until they part from themselves; {compared_points / points:.1%} of all points"
    )
    record_property("JavaScript against NumPy", line)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("surface", ["rosenbrock", "bowl"])
@pytest.mark.parametrize("name", ["Momentum", "Adam"])
def test_a_map_holds_the_losses_of_single_runs(page, name, surface, turned):
    hyper = OPTIMIZERS[name]().hyperparameters
    axes = [{"index": 0, "values": [1e-3, 0.1, 0.5, 3.0]}, {"index": 1, "values": [0.0, 0.5, 0.99]}]  # lr, a decay
    parameters = list(SURFACES[surface]().parameters.values())
    arguments = [name, list(hyper.values()), surface, parameters, [-1.5, 2.0], 50, *(axes[::-1] if turned else axes)]
    losses, alone = page.evaluate("(setting) => compare(setting)", arguments)
    assert np.array_equal(losses, alone, equal_nan=True)
    assert np.isfinite(losses).any()
    assert np.isnan(losses).any() == (name == "Momentum")
