"""Record Muon, which acts on matrices, from the real PyTorch, Optax and Keras; README.md says how to run it.

The gradients are given, so rounding is not amplified. The test reads this file for them, so it imports no framework
until it records.
"""

import json
import os
from importlib.metadata import version
from pathlib import Path

import numpy as np

SHAPES = (6, 4), (4, 6), (5, 5)
STEPS = 60
LR, MOMENTUM = 2.0**-5, 0.95  # a learning rate that is exact in Keras's float32


def gradients(shape):
    """Gradients that look random and need no random number generator, shape (STEPS, rows, columns)."""
    k = np.arange(STEPS * shape[0] * shape[1])
    return np.sin(0.7 * k * k + k).reshape(STEPS, *shape)


def pytorch(shape):
    import torch

    w = torch.zeros(shape, dtype=torch.float64)
    optimizer = torch.optim.Muon([w], lr=LR, momentum=MOMENTUM, weight_decay=0.0)
    for g in gradients(shape):
        w.grad = torch.tensor(g)
        optimizer.step()
        yield w.numpy().copy()


def with_optax(shape):
    import jax.numpy as jnp
    import optax.contrib

    w = jnp.zeros(shape)
    optimizer = optax.contrib.muon(LR, beta=MOMENTUM, eps=1e-7)
    state = optimizer.init(w)
    for g in gradients(shape):
        change, state = optimizer.update(jnp.array(g), state, w)
        w = optax.apply_updates(w, change)
        yield np.asarray(w)


def with_keras(shape):
    import keras

    keras.config.set_floatx("float64")
    w = keras.Variable(np.zeros(shape), dtype="float64")
    optimizer = keras.optimizers.Muon(LR, momentum=MOMENTUM, weight_decay=None)
    for g in gradients(shape):
        optimizer.apply([keras.ops.convert_to_tensor(g)], [w])
        yield np.asarray(w.value)


def main():
    os.environ["JAX_ENABLE_X64"] = "1"
    os.environ["KERAS_BACKEND"] = "jax"
    path = Path(__file__).with_suffix(".npz")
    recorded = {
        f"{framework} {rows} x {columns}": np.array(list(points((rows, columns))))
        for framework, points in (("PyTorch", pytorch), ("Optax", with_optax), ("Keras", with_keras))
        for rows, columns in SHAPES
    }
    assert all(points.dtype == np.float64 for points in recorded.values())
    versions = {name: version(name) for name in ("numpy", "torch", "jax", "optax", "keras")}
    np.savez_compressed(path, versions=json.dumps(versions), **recorded)
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB, {versions}")


if __name__ == "__main__":
    main()
