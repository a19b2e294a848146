"""Rules that the chapters meet on the way and that are not of the course's list."""

from dataclasses import dataclass

import numpy as np

from steepest.optimizers import Adam


@dataclass
class AMSGrad(Adam):
    """Adam that divides by the largest corrected h so far, so that no coordinate's learning rate ever rises.

        m ← β₁m + (1 − β₁)g
        h ← β₂h + (1 − β₂)g²
        h_max ← max(h_max, ĥ)
        w ← w − η m̂ / (√h_max + ε)

    Args:
        lr, beta1, beta2, eps: as in `Adam`.

    >>> import numpy as np
    >>> w, optimizer = np.array([0.0]), AMSGrad(lr=1.0, beta1=0.0, beta2=0.5)
    >>> for g in 2.0, 1.0:
    ...     optimizer.update({"w": w}, {"w": np.array([g])})
    >>> w.round(4)
    array([-1.5])

    Source: Reddi, Kale and Kumar, "On the convergence of Adam and beyond" (2018), Algorithm 2, which corrects neither
    average.
    Differs from: no rule of `optax.amsgrad` with its eps_root of 0; `torch.optim.Adam(amsgrad=True)` and
    `keras.optimizers.Adam(amsgrad=True)` take the largest h before the correction.
    """

    label = "AMSGrad"

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t)
        h_hat = state.h / (1 - self.beta2**state.t)
        state.h_max = np.maximum(state.h_max, h_hat)
        return -self.lr * m_hat / (np.sqrt(state.h_max) + self.eps)


@dataclass
class AdamW(Adam):
    """Adam with weight decay beside the step, where nothing divides it.

        w ← w − η m̂ / (√ĥ + ε) − η λ_wd w

    Both terms are taken at the w before the step.

    Args:
        lr, beta1, beta2, eps: as in `Adam`.
        weight_decay: λ_wd in [0, ∞), in units of 1 / η: each step takes the fraction η λ_wd off w.

    >>> import numpy as np
    >>> w = np.array([10.0, 0.0])
    >>> AdamW(lr=0.1, weight_decay=0.5).update({"w": w}, {"w": np.array([1.0, 1.0])})
    >>> w.round(4)
    array([ 9.4, -0.1])

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), Algorithm 2. The paper multiplies
    λ_wd by a schedule's factor and not by η; here, as in the frameworks, by η.
    """

    label = "AdamW"

    weight_decay: float = 0.01

    def update(self, params, grads, *, check_finite=False):
        before = {name: np.array(w) for name, w in params.items()}
        super().update(params, grads, check_finite=check_finite)
        for name, w in params.items():
            w -= self.lr * self.weight_decay * before[name]
