"""The rules in `steepest.frameworks` against trajectories recorded from PyTorch, Optax and Keras."""

import functools
import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from reference import calls
from reference.runs import PROBLEMS, RUNS, START, STEPS, follow, gradients

from steepest import AdamW
from steepest.frameworks import FRAMEWORKS, L2, LEARNING_RATE_CUT, ClippedNorm, Decoupled, TorchMuon
from steepest.frameworks.distance import as_stored
from steepest.frameworks.muon import in_bfloat16
from steepest.frameworks.reading import read
from steepest.frameworks.rewriting import parts
from steepest.frameworks.signatures import REQUIRED, SIGNATURES

REFERENCE = Path(__file__).parent / "reference"
NAMES = sorted({framework for framework, _ in FRAMEWORKS})


def limit(run):
    """The largest relative difference that is allowed: rounding, in the precision that the framework computes in."""
    return 1e-6 if run.rule == "Muon" and run.framework == "Keras" else 1e-10  # Keras's norm is in single precision


every_run = pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.framework} {run.rule}: {run}")
every_entry = pytest.mark.parametrize("key", FRAMEWORKS, ids=" ".join)


@functools.cache
def recorded(framework):
    with np.load(REFERENCE / f"{framework.lower()}.npz") as data:
        return dict(data)


def run_here(run, optimizer, start=START):
    """The points of a run with one of our optimizers."""
    lr = optimizer.lr

    def step(factor, w, g):
        optimizer.lr = lr * factor
        optimizer.update({"w": w}, {"w": g})
        return w

    return follow(run, step, start)


@functools.cache
def reproduced(run):
    return run_here(run, as_computed(run))


def as_computed(run):
    """The optimizer of a run, with PyTorch's Muon in the precision that it was recorded in."""
    optimizer = run.optimizer()
    if run.rule != "Muon" or run.framework != "PyTorch" or run.double:
        return optimizer
    taken = parts(optimizer)
    return replace(taken, rule=in_bfloat16(taken.rule)).optimizer


def difference(ours, theirs):
    """The largest relative difference of two runs.

    It is relative to the largest size that the coordinate has had up to that step: rounding errors of a sum are in
    proportion to its largest part, and near a zero crossing no program has more digits than that.
    """
    return np.max(np.abs(ours - theirs) / np.maximum.accumulate(np.abs(theirs), axis=0))


@pytest.mark.parametrize("framework", NAMES)
def test_record_is_complete_and_small(framework, record_property):
    versions = json.loads(str(recorded(framework)["versions"]))
    record_property("Recorded from", f"{framework}: " + ", ".join(" ".join(item) for item in versions.items()))
    runs = {f"{run.rule}: {run}" for run in RUNS if run.framework == framework}
    assert recorded(framework).keys() == runs | {"versions", "defaults", "signatures"}, "run record.py again"
    assert (REFERENCE / f"{framework.lower()}.npz").stat().st_size < 1.5e6


def test_gradients_span_nine_decades():
    sizes = np.abs([gradients(t, START)[PROBLEMS.index("decades")] for t in range(1, STEPS + 1)])
    np.testing.assert_allclose([sizes.min(axis=0), sizes.max(axis=0)], [[1e-6, 1e-6], [1e3, 1e3]])


@every_run
def test_same_trajectory_as_the_framework(run, record_property):
    theirs = recorded(run.framework)[f"{run.rule}: {run}"]
    assert theirs.shape == (STEPS, len(PROBLEMS), 2)
    largest = difference(reproduced(run), theirs)
    record_property(
        "Parity with the frameworks: rule, settings, problems × steps, largest relative difference",
        f"{run.framework:<8} {run.rule:<9} {run!s:<92} {len(PROBLEMS)} × {STEPS}  {largest:.1e}",
    )
    assert largest <= limit(run)


@every_run
def test_run_does_not_amplify_rounding(run):
    """A relative difference of 1e-10 means little where a rounding error of 1e-16 grows by more than 1e4."""
    moved = 1e-9
    near = run_here(run, as_computed(run), START + moved)
    assert np.max(np.abs(near - reproduced(run))) < 1e4 * moved


@every_entry
def test_differences_are_real(key):
    """Where the table has differences, the course's rule with the same settings is not what the framework computes."""
    entry = FRAMEWORKS[key]
    assert (entry.rule is entry.course) == (not entry.differences)
    assert issubclass(entry.rule, entry.course) or (entry.course is AdamW and entry.weight_decay is Decoupled)
    runs = [run for run in RUNS if (run.framework, run.rule) == key]
    assert runs
    if entry.differences:
        found = [
            difference(run_here(run, plain(run, entry)), recorded(run.framework)[f"{run.rule}: {run}"]) for run in runs
        ]
        assert max(found) > 1e-3


def plain(run, entry):
    """The course's rule with the settings of a run, as far as it has them."""
    settings = entry.defaults | run.settings
    rule = entry.course(**{field.name: settings[field.name] for field in fields(entry.course)})
    form = run.beside or entry.weight_decay
    return form(rule, settings["weight_decay"]) if form and "weight_decay" not in rule.hyperparameters else rule


@every_entry
def test_names_and_defaults_are_the_framework_s(key):
    """The signatures were recorded with the runs."""
    entry = FRAMEWORKS[key]
    theirs = json.loads(str(recorded(key[0])["defaults"]))[entry.call]
    assert set(entry.defaults) <= set(entry.arguments) <= names(entry)
    for name, argument in entry.arguments.items():
        argument, _, index = argument.rstrip("]").partition("[")
        if name in entry.defaults:
            default = theirs[argument][int(index)] if index else theirs[argument]
            assert entry.defaults[name] == (0.0 if default is None else default)
    assert ("lr" in entry.defaults) == (entry.arguments["lr"] in theirs)
    assert theirs.keys() >= entry.selected_by.keys()
    ours, positional = SIGNATURES[entry.call]
    declared = json.loads(str(recorded(key[0])["signatures"]))[entry.call]
    assert [*positional, *["*"] * (len(positional) < len(ours)), *list(ours)[len(positional) :]] == declared
    for name, default in theirs.items():
        assert ours[name] is not REQUIRED
        assert ours[name] == (tuple(default) if isinstance(default, list) else default), name


def test_frameworks_have_the_same_rules():
    rules = {name: [rule for framework, rule in FRAMEWORKS if framework == name] for name in NAMES}
    assert rules["Keras"] == [rule for rule in rules["Optax"] if rule not in ("SignSGD", "ScheduleFree")]
    assert rules["PyTorch"] == [rule for rule in rules["Keras"] if rule not in ("Lion", "ScheduleFreeAdamW")]


def names(entry):
    own = {field.name for field in fields(entry.rule)}
    return own | {"weight_decay"} if entry.weight_decay else own


def test_unknown_and_missing_arguments_are_refused():
    with pytest.raises(TypeError, match=r"torch\.optim\.SGD has no eps; it has lr, momentum"):
        FRAMEWORKS["PyTorch", "Nesterov"](lr=0.1, momentum=0.9, eps=1.0)
    with pytest.raises(TypeError, match=r"optax\.adam has no default lr: give one"):
        FRAMEWORKS["Optax", "Adam"]()
    with pytest.raises(ValueError, match="initial"):
        FRAMEWORKS["Keras", "AdaGrad"](initial=-0.1)


# --- Random calls, as a reader would write them


@functools.cache
def recorded_calls(name):
    """The calls of a recording, and their points, which Muon's has for the first array alone."""
    with np.load(REFERENCE / f"{name}.npz") as data:
        return json.loads(str(data["calls"])), data["points"]


_seen = functools.cache(calls.gradients)


def points_of(optimizer, muon, steps):
    """The points of a call's run that were kept, by one of our optimizers, of shape (steps kept, 15).

    The two arrays of the model are one vector here, so that a common norm is that of the vector.
    """
    found, taken = [], parts(optimizer)
    if muon:
        grads = [as_stored(optimizer, _seen(True, steps)["w"])]
    elif any(isinstance(wrapper, ClippedNorm) and wrapper.each for wrapper in taken.around):
        grads = [g.reshape(steps, -1) for g in _seen(False, steps).values()]
    else:
        grads = [np.concatenate([g.reshape(steps, -1) for g in _seen(False, steps).values()], axis=1)]
    if isinstance(taken.rule, TorchMuon):
        optimizer = replace(taken, rule=in_bfloat16(taken.rule)).optimizer
    for given in grads:
        one, w, lr = optimizer.fresh(), np.ones(given.shape[1:]), optimizer.lr
        kept = []
        with np.errstate(all="ignore"):
            for t, g in enumerate(given, 1):
                one.lr = lr * calls.factor(t, steps)
                one.update({"w": w}, {"w": g})
                if t in calls.kept(steps):
                    kept.append((as_stored(optimizer, w) if muon else w).ravel().copy())
        found.append(kept)
    points = np.concatenate(found, axis=1)
    return np.pad(points, ((0, 0), (0, 15 - points.shape[1])))


def largest_difference(ours, theirs):
    """The largest difference of two recordings relative to how far from 0 a coordinate has been; NaN must match."""
    if np.any(np.isnan(ours) != np.isnan(theirs)):
        return np.inf
    size = np.maximum.accumulate(np.abs(np.nan_to_num(theirs)), axis=0)
    return np.max(np.abs(np.nan_to_num(ours - theirs)) / np.maximum(size, 1e-3))


@pytest.mark.parametrize("framework", NAMES)
def test_random_calls_are_read_and_reproduced(framework, record_property):
    texts, points = recorded_calls(f"calls_{framework.lower()}")
    assert texts == [lines for source, lines, _ in calls.random_calls() if source == framework], "record again"
    assert (REFERENCE / f"calls_{framework.lower()}.npz").stat().st_size < 1e6
    found = {}
    for lines, theirs in zip(texts, points, strict=True):
        optimizer = read("\n".join(lines)).optimizer
        steps = calls.steps_of(lines[0])
        apart = largest_difference(points_of(optimizer, "uon" in lines[0], steps), theirs)
        # Keras's norm is in single precision; in bfloat16 a last binary digit of 53 may decide on the last of 8.
        allowed = {"keras.optimizers.Muon": 1e-6, "torch.optim.Muon": 1e-3}.get(lines[0].partition("(")[0], 1e-9)
        assert apart <= allowed, lines
        rule = type(parts(optimizer).rule).__name__
        count, largest = found.get((rule, steps), (0, 0.0))
        found[rule, steps] = count + 1, max(largest, apart)
    for (rule, steps), (count, largest) in found.items():
        record_property(
            "Parity with random calls of the frameworks: rule, settings, steps, largest relative difference",
            f"{framework:<8} {rule:<16} {count:>3} × {steps}  {largest:.1e}",
        )


# --- The learning rate that is cut, and weight decay


@pytest.mark.parametrize("framework", NAMES)
@pytest.mark.parametrize("rule", ["Momentum", "Nesterov"])
def test_learning_rate_cut_is_the_framework_s(framework, rule):
    cut = LEARNING_RATE_CUT
    theirs = cut.recorded(framework, rule)
    assert theirs.shape == (cut.steps + 1, 2)
    ours = cut.run(FRAMEWORKS[framework, rule](lr=cut.lr, momentum=cut.momentum))
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rule", ["Momentum", "Nesterov"])
def test_forms_of_momentum_part_at_the_cut_and_not_before(rule):
    cut = LEARNING_RATE_CUT
    torch, optax, keras = (cut.recorded(framework, rule) for framework in ("PyTorch", "Optax", "Keras"))
    np.testing.assert_allclose(torch, optax, rtol=0, atol=1e-12)
    np.testing.assert_allclose(torch[: cut.after + 1], keras[: cut.after + 1], rtol=0, atol=1e-12)
    assert np.linalg.norm(torch - keras, axis=1)[-1] > 2


def test_learning_rate_belongs_to_the_rule_under_weight_decay():
    for form in L2, Decoupled:
        optimizer = form(AdamW(lr=0.1), weight_decay=0.5)
        other = optimizer.fresh()
        other.lr = 0.2
        assert (optimizer.lr, optimizer.rule.lr, other.lr, other.rule.lr) == (0.1, 0.1, 0.2, 0.2)
        with pytest.raises(ValueError, match=r"weight_decay .* must lie in \[0, ∞\)"):
            form(AdamW(), weight_decay=-0.1)


def test_adamw_is_adam_with_decoupled_weight_decay():
    """So the two ways to write it, as a rule of its own and around a rule, are one."""
    run = next(run for run in RUNS if (run.framework, run.rule) == ("PyTorch", "AdamW") and run.settings)
    settings = dict(run.settings)
    around = Decoupled(FRAMEWORKS["PyTorch", "Adam"](**settings | {"weight_decay": 0.0}), settings["weight_decay"])
    assert difference(run_here(run, around), reproduced(run)) < 1e-12
