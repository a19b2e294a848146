"""Rules that the chapters meet on the way and that are not of the course's list."""

from dataclasses import dataclass

import numpy as np

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
