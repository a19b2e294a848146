"""Record the runs of `runs.py` from the real PyTorch, Optax and Keras, in float64. README.md says how to run it."""

import inspect
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["JAX_ENABLE_X64"] = "1"
os.environ["KERAS_BACKEND"] = "jax"  # runs the update as Keras wrote it; the PyTorch backend has versions of its own

import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch
from jax import jit
from runs import RUNS, SCHEDULES, START, STEPS, follow

from steepest.frameworks import FRAMEWORKS

MODULES = {"PyTorch": torch.optim, "Optax": optax, "Keras": keras.optimizers}
PACKAGES = {"PyTorch": ["torch"], "Optax": ["optax", "jax", "jaxlib"], "Keras": ["keras", "jax", "jaxlib"]}


def find(entry, framework):
    """The framework's own class or function, from an entry of `FRAMEWORKS`."""
    return getattr(MODULES[framework], entry.call.rpartition(".")[2])


def arguments(run):
    """The framework's arguments for the settings of a run, e.g. {"lr": 0.01, "betas": (0.8, 0.99)}."""
    entry = FRAMEWORKS[run.framework, run.rule]
    named = {entry.arguments[name]: value for name, value in run.settings.items()} | entry.selected_by
    if "betas[0]" in named:
        named["betas"] = (named.pop("betas[0]"), named.pop("betas[1]"))
    return named


def pytorch(run, make):
    """The step of a run with PyTorch, for `follow`."""
    w = torch.tensor(START, dtype=torch.float64)
    optimizer = make([w], **arguments(run), weight_decay=run.weight_decay)
    (group,) = optimizer.param_groups
    lr = group["lr"]

    def step(factor, _, g):
        group["lr"] = lr * factor
        w.grad = torch.tensor(g)
        optimizer.step()
        return w.numpy()

    return step


def with_optax(run, make):
    """The step of a run with Optax, for `follow`."""
    named = arguments(run)
    if run.schedule:
        lrs = jnp.array([named["learning_rate"] * SCHEDULES[run.schedule](t) for t in range(1, STEPS + 1)])
        named["learning_rate"] = lambda count: lrs[count]
    optimizer = make(**named)
    state, update = optimizer.init(START), jit(optimizer.update)

    def step(_, w, g):
        nonlocal state
        change, state = update(g, state)
        return np.asarray(optax.apply_updates(w, change))

    return step


def with_keras(run, make):
    """The step of a run with Keras, for `follow`."""
    w = keras.Variable(START, dtype="float64")
    optimizer = make(**arguments(run))
    lr = float(optimizer.learning_rate)

    def step(factor, _, g):
        optimizer.learning_rate = lr * factor
        optimizer.apply([jnp.asarray(g)], [w])
        return np.asarray(w.value)

    return step


def record(framework, make_step):
    """Record all runs of a framework, its versions and the defaults of what it calls."""
    entries = {rule: entry for (name, rule), entry in FRAMEWORKS.items() if name == framework}
    recorded = {}
    for run in RUNS:
        if run.framework == framework:
            points = follow(run, make_step(run, find(entries[run.rule], framework)))
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
            for name, parameter in inspect.signature(find(entry, framework)).parameters.items()
            if isinstance(parameter.default, (int, float, tuple, type(None)))
        }
        for entry in entries.values()
    }
    path = Path(__file__).with_name(f"{framework.lower()}.npz")
    np.savez_compressed(path, versions=json.dumps(versions), defaults=json.dumps(defaults), **recorded)
    print(f"{path.name}: {len(recorded)} runs, {path.stat().st_size / 1e3:.0f} kB, {versions}")


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    steps = {"PyTorch": pytorch, "Optax": with_optax, "Keras": with_keras}
    for name in sys.argv[1:] or steps:
        record(name, steps[name])
