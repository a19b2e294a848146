"""The rules that PyTorch, Optax and Keras compute where they are not the course's own.

Each is a short class, with the difference beside the line that makes it. Muon's are in `muon`, and what stands around
a rule, such as weight decay and clipping, in `wrappers`.
"""

from dataclasses import dataclass

import numpy as np

from steepest.optimizers import AdaGrad, Adam, AMSGrad, Momentum, Nesterov, RMSProp, ScheduleFreeAdamW


@dataclass
class LateMomentum(Momentum):
    """Momentum whose velocity adds up bare gradients; η multiplies it at the end, a new η all of it.

    Args:
        lr, momentum: as in `Momentum`.

    Source: `optax.sgd`.
    """

    def step(self, g, state):
        state.v = self.momentum * state.v + g  # no η here …
        return -self.lr * state.v  # … but here


@dataclass
class DampenedMomentum(LateMomentum):
    """`LateMomentum` that can keep a fraction of each gradient but the first out of the velocity.

    Args:
        lr, momentum: as in `Momentum`.
        dampening: τ in [0, 1), that fraction. Without momentum there is no velocity, and no dampening either.

    Source: `torch.optim.SGD`.
    """

    dampening: float = 0.0

    def step(self, g, state):
        # The first gradient is never dampened, nor is plain SGD.
        share = np.where(np.logical_or(state.t == 1, self.momentum == 0), 1.0, 1 - self.dampening)
        return super().step(share * g, state)


@dataclass
class LateNesterov(Nesterov):
    """Nesterov whose velocity adds up bare gradients; η multiplies it at the end, a new η all of it.

    Args:
        lr, momentum: as in `Nesterov`.

    Source: `torch.optim.SGD`, `optax.sgd`, with nesterov=True.
    """

    def step(self, g, state):
        state.v = self.momentum * state.v + g  # no η here …
        return -self.lr * (g + self.momentum * state.v)  # … but here


@dataclass
class TorchAdaGrad(AdaGrad):
    """AdaGrad with an accumulator that may start elsewhere and a learning rate that falls.

    Args:
        lr, eps: as in `AdaGrad`.
        initial: h₀ in [0, ∞), what h starts from.
        lr_decay: in [0, ∞); step t has the learning rate η / (1 + (t − 1) lr_decay).

    Source: `torch.optim.Adagrad`.
    """

    initial: float = 0.0
    lr_decay: float = 0.0

    def init(self, state):
        state.h = self.initial  # h starts at h₀

    def step(self, g, state):
        state.h = state.h + g**2
        lr = self.lr / (1 + (state.t - 1) * self.lr_decay)  # η falls
        return -lr * g / (np.sqrt(state.h) + self.eps)


@dataclass
class EpsInsideAdaGrad(AdaGrad):
    """AdaGrad with ε inside the root and an accumulator that starts above zero.

    Args:
        lr: as in `AdaGrad`.
        eps: ε in [0, ∞), in units of the gradient squared.
        initial: h₀ in [0, ∞), what h starts from.

    Source: `keras.optimizers.Adagrad`, and `optax.adagrad` unless ε = h₀ = 0: see `StillAdaGrad`.
    """

    initial: float = 0.1

    def init(self, state):
        state.h = self.initial  # h starts at h₀

    def step(self, g, state):
        state.h = state.h + g**2
        return -self.lr * g / np.sqrt(state.h + self.eps)  # ε inside the root


@dataclass
class StillAdaGrad(AdaGrad):
    """AdaGrad without ε that leaves a coordinate where it is until it has a gradient, where others have 0/0.

    Args:
        lr: as in `AdaGrad`.
        eps: 0.

    Source: `optax.adagrad` with initial_accumulator_value=0.0 and eps=0.0.
    """

    eps: float = 0.0

    def step(self, g, state):
        state.h = state.h + g**2
        return -self.lr * g / np.where(state.h == 0, 1.0, np.sqrt(state.h) + self.eps)


@dataclass
class _CenteredRMSProp(RMSProp):
    """What the frameworks' RMSProps share: momentum, and the choice to divide by a standard deviation."""

    momentum: float = 0.0
    centered: bool = False

    def average(self, g, state, correct=lambda average: average):
        """The average of g² or, if centered, the variance of g; ``correct`` is applied to each average."""
        state.h = self.decay * state.h + (1 - self.decay) * g**2
        if not self.centered:
            return correct(state.h)
        state.m = self.decay * state.m + (1 - self.decay) * g
        return correct(state.h) - correct(state.m) ** 2  # centered: the mean's square goes


@dataclass
class TorchRMSProp(_CenteredRMSProp):
    """RMSProp followed by momentum, whose velocity η multiplies at the end.

    Args:
        lr, decay, eps: as in `RMSProp`.
        momentum: μ in [0, 1), the fraction of the velocity kept at each step.
        centered: whether to divide by the standard deviation of g in place of its root mean square.

    Source: `torch.optim.RMSprop`.
    """

    def step(self, g, state):
        h = self.average(g, state)
        state.v = self.momentum * state.v + g / (np.sqrt(h) + self.eps)  # momentum, no η here …
        return -self.lr * state.v  # … but here


@dataclass
class KerasRMSProp(_CenteredRMSProp):
    """RMSProp with ε inside the root, followed by momentum whose velocity holds η.

    Args:
        lr, decay: as in `RMSProp`.
        eps: ε in [0, ∞), in units of the gradient squared.
        momentum: μ in [0, 1), the fraction of the velocity kept at each step.
        centered: whether to divide by the standard deviation of g in place of its root mean square.

    Source: `keras.optimizers.RMSprop`.
    """

    def step(self, g, state):
        h = self.average(g, state)
        state.v = self.momentum * state.v - self.lr * g / np.sqrt(h + self.eps)  # ε inside the root; momentum
        return state.v


@dataclass
class OptaxRMSProp(_CenteredRMSProp):
    """RMSProp with ε inside the root or outside, followed by momentum or Nesterov whose velocity holds η.

    Args:
        lr, decay: as in `RMSProp`.
        eps: ε in [0, ∞), in units of the gradient squared; of the gradient where it is outside.
        momentum: μ in [0, 1), the fraction of the velocity kept at each step.
        centered: whether to divide by the standard deviation of g in place of its root mean square.
        initial: h₀ in [0, ∞), what h starts from.
        eps_inside: whether ε is inside the root.
        nesterov: whether the momentum is Nesterov's.
        bias_correction: whether averages are corrected for their start, as in Adam.

    Source: `optax.rmsprop`.
    """

    initial: float = 0.0
    eps_inside: bool = True
    nesterov: bool = False
    bias_correction: bool = False

    def init(self, state):
        state.h = self.initial  # h starts at h₀

    def step(self, g, state):
        def correct(average):
            return average / (1 - self.decay**state.t) if self.bias_correction else average  # as in Adam

        h = self.average(g, state, correct)
        root = np.sqrt(h + self.eps) if self.eps_inside else np.sqrt(h) + self.eps  # ε inside the root, or outside
        step = -self.lr * g / root
        state.v = self.momentum * state.v + step  # momentum
        return step + self.momentum * state.v if self.nesterov else state.v  # or Nesterov


@dataclass
class OptaxAdam(Adam):
    """Adam with a second ε inside the root, and Nesterov's look-ahead on demand.

    Args:
        lr, beta1, beta2, eps: as in `Adam`.
        eps_root: in [0, ∞), in units of the gradient squared, inside the root.
        nesterov: whether the average of gradients is looked ahead by one step.

    Source: `optax.adam`.
    """

    eps_root: float = 0.0
    nesterov: bool = False

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t)
        if self.nesterov:  # one step ahead: m̂ is corrected as at t + 1, and g comes in once more
            m_hat = self.beta1 * state.m / (1 - self.beta1 ** (state.t + 1)) + (1 - self.beta1) * g / (
                1 - self.beta1**state.t
            )
        h_hat = state.h / (1 - self.beta2**state.t)
        return -self.lr * m_hat / (np.sqrt(h_hat + self.eps_root) + self.eps)  # one ε inside the root, one outside


@dataclass
class KerasAdam(Adam):
    """Adam in the paper's ε-hat form: ε is added to the root of h before h is corrected.

    Args:
        lr, beta1, beta2: as in `Adam`.
        eps: ε-hat in [0, ∞), in units of the gradient. It acts as ε-hat / √(1 − β₂ᵗ) would in `Adam`.

    Source: `keras.optimizers.Adam`; Kingma and Ba (2015), the end of section 2. Keras adds (1 − β)(g − m) to an
    average, which is the same but for rounding: that matters where β₂ is 0 and g² falls by many digits in one step.
    """

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        lr = self.lr * np.sqrt(1 - self.beta2**state.t) / (1 - self.beta1**state.t)  # η carries both corrections
        return -lr * state.m / (np.sqrt(state.h) + self.eps)  # ε beside the uncorrected root


@dataclass
class TorchAMSGrad(AMSGrad):
    """AMSGrad that takes the largest h before the correction.

    Args:
        lr, beta1, beta2, eps: as in `AMSGrad`.

    Source: `torch.optim.Adam` with amsgrad=True; Reddi, Kale and Kumar, "On the convergence of Adam and beyond"
    (2018), Algorithm 2, which corrects neither average.
    """

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        state.h_max = np.maximum(state.h_max, state.h)  # the largest h …
        m_hat = state.m / (1 - self.beta1**state.t)
        h_hat = state.h_max / (1 - self.beta2**state.t)  # … is corrected for today's t
        return -self.lr * m_hat / (np.sqrt(h_hat) + self.eps)


@dataclass
class OptaxAMSGrad(AMSGrad):
    """AMSGrad with a second ε inside the root.

    Args:
        lr, beta1, beta2, eps: as in `AMSGrad`.
        eps_root: in [0, ∞), in units of the gradient squared, inside the root.
        correct_m, correct_h: whether each average is corrected for its start.

    Source: `optax.amsgrad`.
    """

    eps_root: float = 0.0
    correct_m: bool = True
    correct_h: bool = True

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t) if self.correct_m else state.m
        h_hat = state.h / (1 - self.beta2**state.t) if self.correct_h else state.h
        state.h_max = np.maximum(state.h_max, h_hat)
        return -self.lr * m_hat / (np.sqrt(state.h_max + self.eps_root) + self.eps)  # one ε inside, one outside


@dataclass
class KerasAMSGrad(AMSGrad):
    """`TorchAMSGrad` in the paper's ε-hat form.

    Args:
        lr, beta1, beta2, eps: as in `KerasAdam`.

    Source: `keras.optimizers.Adam` with amsgrad=True.
    """

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        state.h_max = np.maximum(state.h_max, state.h)  # the largest h
        lr = self.lr * np.sqrt(1 - self.beta2**state.t) / (1 - self.beta1**state.t)  # η carries both corrections
        return -lr * state.m / (np.sqrt(state.h_max) + self.eps)  # ε beside the uncorrected root


@dataclass
class KerasScheduleFreeAdamW(ScheduleFreeAdamW):
    """`ScheduleFreeAdamW` whose decay moves the point of the gradient, and with it the average, before the step.

    Args:
        lr, beta1, beta2, eps: as in `ScheduleFreeAdamW`; β₁ has to be above 0.
        weight_decay: λ in [0, ∞), in units of 1 / η. Each step takes the fraction ηλ off w, of which z knows nothing.

    Source: `keras.optimizers.ScheduleFreeAdamW`.
    """

    def step(self, g, state):
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        h_hat = state.h / (1 - self.beta2**state.t)
        p = g / (np.sqrt(h_hat) + self.eps)
        # w goes to (1 − ηλ)w while z stays, so x = (w − (1 − β₁)z) / β₁ falls by ηλw / β₁.
        u, d = state.u, state.u + self.lr * self.weight_decay * state.w / self.beta1 - self.lr * p
        state.u = (1 - 1 / state.t) * d
        return -self.lr * p + self.beta1 * (u - state.u)
