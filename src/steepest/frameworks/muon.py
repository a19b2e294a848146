"""The Muons of PyTorch, Optax and Keras: they average, divide and scale in ways of their own."""

from dataclasses import dataclass

import numpy as np

from steepest.optimizers import Muon, Optimizer
from steepest.orthogonal import newton_schulz


def _sides(rule, g):
    """The numbers of rows and columns of a matrix; ValueError if the gradient is not a matrix."""
    if np.ndim(g) < 2:
        raise ValueError(f"{type(rule).__name__} steps matrices, and this gradient has shape {np.shape(g)}.")
    return g.shape[-2:]


def _norm(X):
    return np.sqrt(np.sum(X**2, axis=(-2, -1), keepdims=True))


def _five_steps(X):
    """Five steps of Newton–Schulz, with products as a function computes them."""
    for _ in range(5):
        X = newton_schulz(X)
    return X


@dataclass
class TorchMuon(Muon):
    """Muon that averages gradients, and keeps the norm from zero in another way.

    PyTorch computes the five steps in bfloat16; this class does not, see `in_bfloat16`.

    Args:
        lr, momentum: as in `Muon`.
        nesterov: whether the average is looked ahead by one step.
        rms: in [0, ∞); the factor is rms √max(rows, columns), or √max(1, rows / columns) where it is 0.

    Source: `torch.optim.Muon`. Its adjust_lr_fn="match_rms_adamw" is an rms of 0.2.
    """

    nesterov: bool = True
    rms: float = 0.0

    def step(self, g, state):
        rows, columns = _sides(self, g)
        state.m = self.momentum * state.m + (1 - self.momentum) * g  # an average of gradients
        d = self.momentum * state.m + (1 - self.momentum) * g if self.nesterov else state.m
        d = self._orthogonalized(d)
        return -self.lr * (self.rms * np.sqrt(max(rows, columns)) or np.sqrt(max(1, rows / columns))) * d

    def _orthogonalized(self, d):
        return _five_steps(d / np.maximum(_norm(d), 1e-7))  # the norm is raised to 1e-7, not by 1e-7


class _BFloat16Muon(TorchMuon):
    """`TorchMuon` whose five steps are computed as PyTorch does: each product is rounded to 8 binary digits."""

    def _orthogonalized(self, d):
        X = _rounded(d)
        X = X.mT if X.shape[-2] > X.shape[-1] else X
        X = _rounded(X / np.maximum(_rounded(_norm(X)), 1e-7))
        for _ in range(5):
            A = _rounded(X @ X.mT)
            X = _rounded(3.4445 * X + _rounded(-4.775 * A + 2.0315 * A @ A) @ X)
        return X.mT if d.shape[-2] > d.shape[-1] else X


def in_bfloat16(rule: Optimizer) -> Optimizer:
    """A `TorchMuon` that computes in bfloat16, as PyTorch does.

    Returns:
        a fresh rule with the same hyperparameters, of a class derived from `TorchMuon`.
    """
    return _BFloat16Muon(**rule.hyperparameters)


def _rounded(X):
    """Numbers rounded to bfloat16, the upper half of a single, half to even."""
    bits = np.asarray(X, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32).astype(float)


@dataclass
class OptaxMuon(Muon):
    """Muon whose average is corrected for its start, with a choice of factors for the shape.

    Args:
        lr, momentum: as in `Muon`.
        nesterov: whether the average is looked ahead by one step.
        rms: in [0, ∞); the factor is rms √max(rows, columns), or √max(1, columns / rows) where it is 0.

    Source: `optax.contrib.muon`, which takes the rows of a matrix for the layer's inputs.
    """

    nesterov: bool = True
    rms: float = 0.0

    def step(self, g, state):
        rows, columns = _sides(self, g)
        state.m = self.momentum * state.m + (1 - self.momentum) * g  # an average of gradients
        d = state.m / (1 - self.momentum**state.t)
        if self.nesterov:  # one step ahead, each part is corrected for its start, as in Adam
            d = self.momentum * state.m / (1 - self.momentum ** (state.t + 1)) + (1 - self.momentum) * g / (
                1 - self.momentum**state.t
            )
        factor = self.rms * np.sqrt(max(rows, columns)) or np.sqrt(max(1, columns / rows))  # inputs are rows
        return -self.lr * factor * _five_steps(d / (_norm(d) + 1e-8))


@dataclass
class KerasMuon(Muon):
    """Muon whose steps are about as long as Adam's.

    Keras computes the norm in single precision; this class does not.

    Args:
        lr, momentum: as in `Muon`.
        nesterov: whether the velocity is looked ahead by one step.
        rms: in [0, ∞): about the root mean square of the entries of a step of lr = 1; the factor is rms
            √max(rows, columns), or 1 where it is 0.

    Source: `keras.optimizers.Muon`; Liu et al., "Muon is scalable for LLM training" (2025).
    """

    nesterov: bool = True
    rms: float = 0.2

    def step(self, g, state):
        sides = _sides(self, g)
        state.v = self.momentum * state.v + g  # no η here
        d = self.momentum * state.v + g if self.nesterov else state.v
        factor = self.rms * np.sqrt(max(sides)) or 1.0  # for the root mean square, not for the largest entry
        return -self.lr * factor * _five_steps(d / (_norm(d) + 1e-7))
