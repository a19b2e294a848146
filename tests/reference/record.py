"""Record the runs of `runs.py` from the real PyTorch, Optax and Keras, in float64. README.md says how to run it."""

import functools
import inspect
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

os.environ["JAX_ENABLE_X64"] = "1"
os.environ["KERAS_BACKEND"] = "jax"  # runs the update as Keras wrote it; the PyTorch backend has versions of its own

import jax.numpy as jnp
import keras
import numpy as np
import optax
import optax.contrib
import torch
from jax import grad, jit
from runs import RUNS, SCHEDULES, START, STEPS, Run, follow

import steepest.frameworks
from steepest.frameworks import FRAMEWORKS, L2, LEARNING_RATE_CUT

MODULES = {"torch": torch, "optax": optax, "keras": keras}
PACKAGES = {"PyTorch": ["torch"], "Optax": ["optax", "jax", "jaxlib"], "Keras": ["keras", "jax", "jaxlib"]}


def find(entry):
    """The framework's own class or function, from an entry of `FRAMEWORKS`."""
    module, *names = entry.call.split(".")
    return functools.reduce(getattr, names, MODULES[module])


def arguments(run):
    """The framework's arguments for the settings of a run, e.g. {"lr": 0.01, "betas": (0.8, 0.99)}."""
    entry = FRAMEWORKS[run.framework, run.rule]
    settings = {name: value for name, value in run.settings.items() if not (run.beside and name == "weight_decay")}
    named = {entry.arguments[name]: value for name, value in settings.items()} | entry.selected_by
    if "betas[0]" in named:
        named["betas"] = (named.pop("betas[0]"), named.pop("betas[1]"))
    return named


def pytorch(run, make, start=START):
    """The step of a run with PyTorch, for `follow`."""
    w = torch.tensor(start.copy(), dtype=torch.float64)
    optimizer = make([w], **arguments(run))
    (group,) = optimizer.param_groups
    lr = group["lr"]

    def step(factor, _, g):
        group["lr"] = lr * factor
        w.grad = torch.tensor(g)
        with patch.object(torch.Tensor, "bfloat16", torch.Tensor.double if run.double else torch.Tensor.bfloat16):
            optimizer.step()
        return w.numpy()

    return step


def with_optax(run, make, start=START):
    """The step of a run with Optax, for `follow`."""
    named = arguments(run)
    lr = named["learning_rate"]
    if run.schedule:
        lrs = jnp.array([lr * SCHEDULES[run.schedule](t) for t in range(1, STEPS + 1)])
        named["learning_rate"] = lambda count: lrs[count]
    optimizer = make(**named)
    if run.beside is L2:
        optimizer = optax.chain(optax.add_decayed_weights(run.settings["weight_decay"]), optimizer)
    elif run.beside:
        optimizer = optax.chain(optimizer, optax.add_decayed_weights(-run.settings["weight_decay"]))
    state, update = optimizer.init(start), jit(optimizer.update)

    def step(_, w, g):
        nonlocal state
        change, state = update(g, state, w)
        return np.asarray(optax.apply_updates(w, change))

    return step


def with_keras(run, make, start=START):
    """The step of a run with Keras, for `follow`."""
    w = keras.Variable(start, dtype="float64")
    optimizer = make(**arguments(run))
    lr = float(optimizer.learning_rate)
    penalty = grad(keras.regularizers.L2(run.settings["weight_decay"] / 2)) if run.beside else jnp.zeros_like

    def step(factor, _, g):
        optimizer.learning_rate = lr * factor
        optimizer.apply([jnp.asarray(g) + penalty(w.value)], [w])
        return np.asarray(w.value)

    return step


def signature(call):
    """The names of a call's arguments in their order, with * before those that are given by name alone."""
    parameters = inspect.signature(call).parameters.values()
    named = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    only = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    return [*named, "*", *only] if only else named


def record(framework, make_step):
    """Record all runs of a framework, its versions and the defaults of what it calls."""
    entries = {rule: entry for (name, rule), entry in FRAMEWORKS.items() if name == framework}
    recorded = {}
    for run in RUNS:
        if run.framework == framework:
            start = START.T if run.transposed else START
            points = follow(run, make_step(run, find(entries[run.rule]), start))
            if points.dtype != np.float64 or not np.all(np.isfinite(points)):
                raise RuntimeError(
                    f"{framework} {run.rule}, {run}: {points.dtype} values, or some that are not finite."
                )
            recorded[f"{run.rule}: {run}"] = points
    packages = ["numpy", *PACKAGES[framework]]
    versions = {"python": platform.python_version(), **{name: version(name) for name in packages}}
    defaults = {
        entry.call: {
            name: parameter.default
            for name, parameter in inspect.signature(find(entry)).parameters.items()
            if isinstance(parameter.default, (int, float, tuple, type(None)))
        }
        for entry in entries.values()
    }
    signatures = {entry.call: signature(find(entry)) for entry in entries.values()}
    facts = {"versions": versions, "defaults": defaults, "signatures": signatures}
    path = Path(__file__).with_name(f"{framework.lower()}.npz")
    np.savez_compressed(path, **{name: json.dumps(value) for name, value in facts.items()}, **recorded)
    print(f"{path.name}: {len(recorded)} runs, {path.stat().st_size / 1e3:.0f} kB, {versions}")


def record_cut(steps):
    """Record the run whose learning rate is cut, for the chapters, which have no access to the tests."""
    cut, points = LEARNING_RATE_CUT, {}
    for framework, make_step in steps.items():
        for rule in "Momentum", "Nesterov":
            run = Run(framework, rule, {"lr": cut.lr, "momentum": cut.momentum}, "cut")
            w = np.array(cut.surface.start, dtype=float)
            step = make_step(run, find(FRAMEWORKS[framework, rule]), w)
            points[f"{framework} {rule}"] = [w.tolist()]
            for t in range(1, cut.steps + 1):
                w = np.array(step(cut.factor(t), w, cut.surface.gradient(w)))
                points[f"{framework} {rule}"].append(w.tolist())
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(found)}" for name, found in points.items())
    path = Path(steepest.frameworks.__file__).with_name("cut.json")
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    steps = {"PyTorch": pytorch, "Optax": with_optax, "Keras": with_keras}
    for name in sys.argv[1:] or steps:
        record(name, steps[name])
    record_cut(steps)
