"""Record the random calls of `calls.py`, and what `translate` makes of them, from the real frameworks, in float64.

README.md says how to run it.
"""

import json
import math
import os
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

os.environ["JAX_ENABLE_X64"] = "1"
os.environ["KERAS_BACKEND"] = "numpy"  # runs the update as Keras wrote it, many times as fast as eager JAX

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import optax.contrib
import torch
from calls import (
    FACTOR,
    SCHEDULE_STEPS,
    factor,
    gradients,
    kept,
    random_calls,
    random_schedules,
    steps_of,
    with_optimizer,
)
from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE

from steepest.frameworks import L2, Uphill, schedules, translate
from steepest.frameworks.reading import read
from steepest.frameworks.rewriting import parts


def chosen(points):
    """The points that are kept, one row a step: all coordinates of all arrays."""
    return np.array([np.concatenate([w.ravel() for w in points[t - 1]]) for t in kept(len(points))])


def run_torch(lines, grads):
    """The points of a run with PyTorch: the first line makes the optimizer, the others run in each step."""
    params = [torch.ones(g.shape[1:], dtype=torch.float64) for g in grads]
    names = {"torch": torch, "params": params, "model": SimpleNamespace(parameters=lambda: params)}
    optimizer = eval(lines[0], names)
    lr, points = optimizer.param_groups[0]["lr"], []
    for t in range(1, len(grads[0]) + 1):
        optimizer.param_groups[0]["lr"] = lr * factor(t, len(grads[0]))
        for w, g in zip(params, grads, strict=True):
            w.grad = torch.tensor(g[t - 1])
        for line in lines[1:]:
            exec(line, names)
        optimizer.step()
        points.append([w.numpy().copy() for w in params])
    return points


def run_optax(lines, grads):
    """The points of a run with Optax, whose learning rate becomes a schedule."""
    (text,) = lines
    scheduled = r"\1(lambda count, lr=\2: jnp.where(count < CUT, lr, FACTOR * lr))"
    text, found = re.subn(r"(learning_rate=|scale_by_learning_rate\()([-+.e0-9]+)", scheduled, text)
    if found != 1:
        raise RuntimeError(f"{text} has {found} learning rates.")
    optimizer = eval(text, {"optax": optax, "jnp": jnp, "CUT": len(grads[0]) // 2, "FACTOR": FACTOR})

    # Where the run is short, compiling takes longer than the rest.
    update = jax.jit(optimizer.update) if len(grads[0]) > 200 else optimizer.update
    w, points = [jnp.ones(g.shape[1:]) for g in grads], []
    state = optimizer.init(w)
    for t in range(len(grads[0])):
        change, state = update([g[t] for g in grads], state, w)
        w = optax.apply_updates(w, change)
        points.append([np.asarray(array) for array in w])
    return points


def run_keras(lines, grads, penalty=0.0, uphill=False):
    """The points of a run with Keras: a penalty's gradient is that of its model, and uphill its loss is negative."""
    (text,) = lines
    params = [keras.Variable(np.ones(g.shape[1:]), dtype="float64") for g in grads]
    optimizer = eval(text, {"keras": keras})
    lr, points = float(optimizer.learning_rate), []
    for t in range(1, len(grads[0]) + 1):
        optimizer.learning_rate = lr * factor(t, len(grads[0]))
        seen = [-g[t - 1] if uphill else g[t - 1] for g in grads]
        if penalty:
            seen = [g + penalty * w.value for g, w in zip(seen, params, strict=True)]
        optimizer.apply(seen, params)
        points.append([np.asarray(w.value) for w in params])
    return points


def run(framework, lines, steps, after=None, transposed=False):
    """The points of a run that are kept, in the layout of the first array as in PyTorch and Keras."""
    muon = "uon" in lines[0]
    seen = gradients(muon, steps)
    grads = [seen[name] for name in (["w"] if muon else ["w", "b"])]
    if transposed:
        grads = [np.swapaxes(g, 1, 2) if g.ndim == 3 else g for g in grads]
    if framework == "PyTorch":
        points = run_torch(lines, grads)
    elif framework == "Optax":
        points = run_optax(lines, grads)
    else:
        around = parts(after).around if after else ()
        penalty = sum(wrapper.weight_decay for wrapper in around if isinstance(wrapper, L2))
        points = run_keras(lines, grads, penalty, any(isinstance(wrapper, Uphill) for wrapper in around))
    return chosen([[np.swapaxes(w, 0, 1) if transposed and w.ndim == 2 else w for w in step] for step in points])


def record(framework):
    """Record all random calls of a framework."""
    calls, points = [], []
    for source, lines, _ in random_calls():
        if source == framework:
            calls.append(lines)
            points.append(run(source, lines, steps_of(lines[0]), transposed="optax.contrib.muon" in lines[0]))
    save(f"calls_{framework.lower()}", calls, points)


def record_translations():
    """Record what `translate` makes of the calls that are to be translated."""
    found, points = [], []
    for source, lines, translated in random_calls():
        for to in ("PyTorch", "Optax", "Keras") if translated else ():
            translation = translate("\n".join(lines), to)
            if to == source or translation.equivalent is None:
                continue
            target = [translation.equivalent, *translation.each_step]
            found.append({"source": lines, "to": to, "target": target, "exact": translation.exact})
            steps = steps_of(lines[0])
            points.append(run(to, target, steps, translation.after, transposed="optax.contrib.muon" in target[0]))
    save("translations", found, points)


def learning_rates(text, lr):
    """The learning rates of the steps of a schedule; one of PyTorch multiplies that of its optimizer."""
    if text.startswith("torch"):
        optimizer = torch.optim.SGD([torch.ones(1)], lr=lr)
        scheduler, found = eval(text, {"torch": torch, "math": math, "optimizer": optimizer}), []
        for _ in range(SCHEDULE_STEPS):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return found
    schedule = eval(text, {"optax": optax, "keras": keras})
    return [float(schedule(count)) for count in range(SCHEDULE_STEPS)]


def record_schedules():
    """Record random schedules, and what they are in the other frameworks."""
    found, rates = [], []
    for text in random_schedules():
        schedule = read(with_optimizer(text)).schedule
        for to in "", "PyTorch", "Optax", "Keras":
            target = schedules.write(schedule, to)[0].replace("* lr", f"* {schedule.lr!r}") if to else text
            found.append({"source": text, "to": to, "target": target})
            rates.append(learning_rates(target, schedule.lr))
    path = Path(__file__).with_name("schedules.npz")
    np.savez_compressed(path, schedules=json.dumps(found), rates=np.array(rates))
    print(f"{path.name}: {len(found)} schedules, {path.stat().st_size / 1e3:.0f} kB")


def save(name, calls, points):
    """Write what was recorded: the points have 15 columns, of which Muon uses 12."""
    points = np.array([np.pad(p, ((0, 0), (0, 15 - p.shape[1]))) for p in points])
    packages = ["numpy", "torch", "optax", "keras", "jax", "jaxlib"]
    versions = {"python": platform.python_version(), **{package: version(package) for package in packages}}
    path = Path(__file__).with_name(f"{name}.npz")
    np.savez_compressed(path, calls=json.dumps(calls), versions=json.dumps(versions), points=points)
    print(f"{path.name}: {len(calls)} runs, {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # on this backend Keras would compute in float32
    torch.set_num_threads(1)
    for name in sys.argv[1:] or ("PyTorch", "Optax", "Keras", "translations", "schedules"):
        if name == "translations":
            record_translations()
        elif name == "schedules":
            record_schedules()
        else:
            record(name)
