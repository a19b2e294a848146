"""What stands around a rule: weight decay in three forms, clipping by norm and by value, and going uphill.

Each wraps any optimizer, another wrapper too: the outermost sees the gradient first.
"""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from steepest.arguments import instance
from steepest.optimizers import Optimizer


@dataclass
class _Wrapper(Optimizer):
    """What all wrappers share: the rule, whose learning rate and state are theirs."""

    rule: Any  # an optimizer; None in a wrapper that stands for itself, see `rewriting.Parts`

    def __post_init__(self):
        if self.rule is not None:
            instance("rule", self.rule, Optimizer)

    @property
    def lr(self):
        return self.rule.lr

    @lr.setter
    def lr(self, value):
        self.rule = copy.copy(self.rule)  # `fresh` shares the rule
        self.rule.lr = value

    def init(self, state):
        self.rule.init(state)


@dataclass
class L2(_Wrapper):
    """Weight decay through the gradient: the rule sees the gradient of the loss plus λ/2 times the sum of squares.

    Args:
        rule: any optimizer.
        weight_decay: λ in [0, ∞), in units of gradient per unit of w.

    >>> import numpy as np
    >>> from steepest import Adam
    >>> w = np.array([10.0, 10.0])
    >>> L2(Adam(lr=0.1), weight_decay=0.5).update({"w": w}, {"w": np.array([1.0, 0.0])})
    >>> w.round(4)
    array([9.9, 9.9])

    Source: weight_decay of `torch.optim.SGD`, `Adagrad`, `RMSprop` and `Adam`; `optax.add_decayed_weights` before a
    rule; `keras.regularizers.L2` with half of λ.
    """

    weight_decay: float

    def step(self, g, state):
        return self.rule.step(g + self.weight_decay * state.w, state)


@dataclass
class Decoupled(_Wrapper):
    """Weight decay beside the step: each step takes the fraction ηλ off w, whatever the gradient.

    Args:
        rule: any optimizer.
        weight_decay: λ in [0, ∞), in units of 1 / η.

    >>> import numpy as np
    >>> from steepest import Adam
    >>> w = np.array([10.0, 10.0])
    >>> Decoupled(Adam(lr=0.1), weight_decay=0.5).update({"w": w}, {"w": np.array([1.0, 0.0])})
    >>> w.round(4)
    array([9.4, 9.5])

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), with η where the paper has a
    schedule's factor; weight_decay of `keras.optimizers`, `torch.optim.AdamW` and `optax.adamw`.
    """

    weight_decay: float

    def step(self, g, state):
        return self.rule.step(g, state) - self.lr * self.weight_decay * state.w


@dataclass
class Shrinking(_Wrapper):
    """Weight decay by a fixed fraction: each step takes it off w, whatever the gradient and whatever η.

    Args:
        rule: any optimizer.
        weight_decay: the fraction, in [0, ∞).

    Source: `optax.add_decayed_weights` with the fraction's negative, after a rule.
    """

    weight_decay: float

    def step(self, g, state):
        return self.rule.step(g, state) - self.weight_decay * state.w


@dataclass
class ClippedValue(_Wrapper):
    """Clipping by value: each entry of the gradient is kept within [−limit, limit].

    Args:
        rule: any optimizer.
        limit: in (0, ∞), in units of the gradient.

    Source: `torch.nn.utils.clip_grad_value_`, `optax.clip`, and clipvalue of `keras.optimizers`.
    """

    limit: float

    def __post_init__(self):
        super().__post_init__()
        _check_limit(self)

    def step(self, g, state):
        return self.rule.step(np.clip(g, -self.limit, self.limit), state)


@dataclass
class ClippedNorm(_Wrapper):
    """Clipping by norm: a gradient that is longer than the limit is shortened to it.

    Here the norm is that of one parameter's gradient. The frameworks take that of all parameters together, but for
    clipnorm of Keras.

    Args:
        rule: any optimizer.
        limit: in (0, ∞), in units of the gradient.
        guard: in [0, ∞), added to the norm before the limit is divided by it.
        each: whether each parameter's gradient has a norm of its own in a model of several.

    >>> import numpy as np
    >>> from steepest import SGD
    >>> w = np.zeros(2)
    >>> ClippedNorm(SGD(lr=1.0), limit=1.0).update({"w": w}, {"w": np.array([3.0, -4.0])})
    >>> w.round(4)
    array([-0.6,  0.8])

    Source: `torch.nn.utils.clip_grad_norm_`, whose guard is 1e-6; `optax.clip_by_global_norm`; global_clipnorm and
    clipnorm of `keras.optimizers`.
    """

    limit: float
    guard: float = 0.0
    each: bool = False

    def __post_init__(self):
        super().__post_init__()
        _check_limit(self)

    def step(self, g, state):
        norm = np.sqrt(np.sum(g**2)) + self.guard
        return self.rule.step(g if norm <= self.limit else g * (self.limit / norm), state)


@dataclass
class Uphill(_Wrapper):
    """Going up: the rule sees the gradient with its sign turned.

    Args:
        rule: any optimizer.

    Source: maximize=True of `torch.optim`; `optax.scale` with −1 before a rule.
    """

    def step(self, g, state):
        return self.rule.step(-g, state)


def _check_limit(wrapper):
    """Refuse a limit that is no number above 0."""
    limit = wrapper.limit
    if isinstance(limit, bool) or not isinstance(limit, (int, float)):
        raise TypeError(f"{type(wrapper).__name__}: limit must be a number, not {limit!r}.")
    if not limit > 0:
        raise ValueError(f"{type(wrapper).__name__}: limit must be above 0, not {limit!r}.")
