"""Rules that the chapters meet on the way and that are not of the course's list."""

from dataclasses import dataclass

import numpy as np

from steepest.arguments import array, real
from steepest.optimizers import Optimizer, RMSProp


@dataclass
class Rprop(Optimizer):
    """Step by the sign of the gradient, with a step size for each coordinate that grows while the sign stays.

        s ← 1.2 s where g has the sign it had, 0.5 s where it has the other
        w ← w − s sign(g)

    Args:
        lr: η in [0, ∞), in units of w: the first step size.
        up: what a step size is multiplied by when the sign stays, above 1.
        down: what it is multiplied by when the sign changes, between 0 and 1.

    >>> import numpy as np
    >>> w, optimizer = np.array([0.0]), Rprop(lr=1.0)
    >>> for g in 7.0, 0.1, -5.0:
    ...     optimizer.update({"w": w}, {"w": np.array([g])})
    >>> w.round(4)
    array([-1.6])

    Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm"
    (1993), without its limits on s and without its way back after a change of sign.
    Differs from: `torch.optim.Rprop`, which has the limits and takes no step where the sign changes.
    """

    lr: float = 0.01
    up: float = 1.2
    down: float = 0.5

    def init(self, state):
        state.s = self.lr

    def step(self, g, state):
        agreement = np.sign(g) * state.sign
        state.s = state.s * np.where(agreement > 0, self.up, np.where(agreement < 0, self.down, 1.0))
        state.sign = np.sign(g)
        return -state.s * np.sign(g)


@dataclass
class CenteredRMSProp(RMSProp):
    """RMSProp that divides by the standard deviation of the gradient in place of its root mean square.

        h ← ρh + (1 − ρ)g²
        m ← ρm + (1 − ρ)g
        w ← w − ηg / (√(h − m²) + ε)

    Rounding may make h − m² negative where g hardly changes; it counts as zero then.

    Args:
        lr, decay, eps: as in `RMSProp`.

    >>> import numpy as np
    >>> w = np.array([0.0])
    >>> CenteredRMSProp(lr=1.0, decay=0.5).update({"w": w}, {"w": np.array([100.0])})
    >>> w.round(4)
    array([-2.])

    Source: Graves, "Generating sequences with recurrent neural networks" (2013), equations (38) to (45), whose ε is
    inside the root and which adds momentum.
    Differs from: `torch.optim.RMSprop(centered=True)`, which may take the root of a negative number;
    `optax.rmsprop(centered=True)` and `keras.optimizers.RMSprop(centered=True)`, whose ε is inside the root.
    """

    label = "Centered RMSProp"

    def step(self, g, state):
        state.h = self.decay * state.h + (1 - self.decay) * g**2
        state.m = self.decay * state.m + (1 - self.decay) * g
        return -self.lr * g / (np.sqrt(np.maximum(state.h - state.m**2, 0.0)) + self.eps)


def power(A: np.ndarray, exponent: float, eps: float = 1e-12) -> np.ndarray:
    """A symmetric matrix to a power, through its eigenvalues; those that are next to zero count as zero and stay out.

    Args:
        A: shape (..., d, d), no eigenvalue negative but by rounding.
        exponent: any number; negative for inverse roots.
        eps: how small, as a fraction of the largest eigenvalue, counts as zero.

    Returns:
        an array of the same shape, symmetric too.

    >>> power(np.diag([4.0, 0.25]), -0.5)
    array([[0.5, 0. ],
           [0. , 2. ]])
    """
    A, exponent, eps = array("A", A), real("exponent", exponent), real("eps", eps, 0)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ValueError(f"A must have shape (..., d, d), not {A.shape}.")
    values, vectors = np.linalg.eigh(A)
    there = values > eps * values[..., -1:]
    powers = np.where(there, np.where(there, values, 1.0) ** exponent, 0.0)
    return vectors * powers[..., None, :] @ vectors.mT


@dataclass
class FullAdaGrad(Optimizer):
    """AdaGrad with the whole matrix of products of gradients, not only its diagonal.

        A ← A + g gᵀ
        w ← w − η A^(−1/2) g

    g is the whole gradient of a parameter as one vector, of d entries; A has d² of them.

    Args:
        lr: η in [0, ∞), in units of w: the length of the first step.

    >>> w = np.array([0.0, 0.0])
    >>> FullAdaGrad(lr=1.0).update({"w": w}, {"w": np.array([3.0, 4.0])})
    >>> w.round(6)
    array([-0.6, -0.8])

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization"
    (2011), figure 1, with a full matrix and no constraint.
    """

    lr: float = 0.01

    def init(self, state):
        state.A = np.zeros((1, 1))

    def step(self, g, state):
        flat = np.ravel(g)
        state.A = state.A + np.outer(flat, flat)
        return -self.lr * (power(state.A, -0.5) @ flat).reshape(np.shape(g))


@dataclass
class Shampoo(Optimizer):
    """AdaGrad for a matrix, with one matrix of products for its rows and one for its columns.

        L ← L + G Gᵀ
        R ← R + Gᵀ G
        W ← W − η L^(−1/4) G R^(−1/4)

    Args:
        lr: η in [0, ∞), in units of W: the largest singular value of the first step.

    >>> W = np.zeros((2, 2))
    >>> Shampoo(lr=1.0).update({"W": W}, {"W": np.array([[100.0, 0.0], [0.0, -1.0]])})
    >>> W.round(6)
    array([[-1.,  0.],
           [ 0.,  1.]])

    Source: Gupta, Koren and Singer, "Shampoo: preconditioned stochastic tensor optimization" (2018), Algorithm 1, which
    begins with ε times the identity; here what was never seen stays out.
    """

    lr: float = 0.01

    def init(self, state):
        state.L = state.R = np.zeros((1, 1))

    def step(self, g, state):
        state.L, state.R = state.L + g @ g.mT, state.R + g.mT @ g
        return -self.lr * power(state.L, -0.25) @ g @ power(state.R, -0.25)


@dataclass
class SOAP(Optimizer):
    """Adam in the coordinates in which Shampoo's two matrices are diagonal.

        M ← β₁M + (1 − β₁)G,   L ← β₂L + (1 − β₂)G Gᵀ,   R ← β₂R + (1 − β₂)Gᵀ G
        U ← orthonormal columns of LU,   V ← those of RV
        h ← β₂h + (1 − β₂)(Uᵀ G V)²
        W ← W − η U [(Uᵀ M̂ V) / (√ĥ + ε)] Vᵀ

    U and V begin as eigenvectors. Each step turns them towards those of L and R, which keeps the columns in their
    order, so that h goes on to mean the same.

    Args:
        lr, beta1, beta2, eps: as in `steepest.Adam`.

    >>> W = np.zeros((2, 2))
    >>> SOAP(lr=1.0).update({"W": W}, {"W": np.array([[100.0, 0.0], [0.0, -1.0]])})
    >>> W.round(6)
    array([[-1.,  0.],
           [ 0.,  1.]])

    Source: Vyas et al., "SOAP: improving and stabilizing Shampoo using Adam" (2024), Algorithms 3 and 4, with a turn at
    every step; the authors turn now and then.
    """

    lr: float = 0.003
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-8

    def init(self, state):
        state.L = state.R = state.U = state.V = np.zeros((1, 1))

    def step(self, g, state):
        state.M = self.beta1 * state.M + (1 - self.beta1) * g
        state.L = self.beta2 * state.L + (1 - self.beta2) * g @ g.mT
        state.R = self.beta2 * state.R + (1 - self.beta2) * g.mT @ g
        if state.t == 1:
            U, V = (np.linalg.eigh(A)[1][..., ::-1] for A in (state.L, state.R))  # the largest first
        else:
            U, V = np.linalg.qr(state.L @ state.U)[0], np.linalg.qr(state.R @ state.V)[0]
        state.U, state.V = U, V
        state.h = self.beta2 * state.h + (1 - self.beta2) * (U.mT @ g @ V) ** 2
        M_hat, h_hat = state.M / (1 - self.beta1**state.t), state.h / (1 - self.beta2**state.t)
        return -self.lr * U @ ((U.mT @ M_hat @ V) / (np.sqrt(h_hat) + self.eps)) @ V.mT
