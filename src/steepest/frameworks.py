"""What PyTorch, Optax and Keras do differently.

`FRAMEWORKS` has an entry for each framework and rule: the framework's call, its names and defaults, the rule it
computes, and each difference from the course's rule in a line. Where a framework computes the course's rule, the
entry holds the course's own class. Where it does not, the rule is one of the short classes below, with the
difference beside the line that makes it. The tests hold all of them to trajectories recorded from the frameworks.

Weight decay is not part of these rules, because it needs w and not g alone. The `weight_decay` λ of the four
optimizers of `torch.optim` adds λw to the gradient; that of `keras.optimizers` shrinks w by the factor 1 − ηλ
before the step; Optax keeps it in transformations of its own.
"""

from dataclasses import dataclass, field

import numpy as np

from steepest.optimizers import SGD, AdaGrad, Adam, Momentum, Nesterov, RMSProp


@dataclass
class LateMomentum(Momentum):
    """Momentum whose velocity adds up bare gradients; η multiplies it at the end, a new η all of it.

    Args:
        lr, momentum: as in `Momentum`.
        dampening: τ in [0, 1), the fraction of a new gradient that stays out of the velocity.

    Source: `torch.optim.SGD`, `optax.sgd`.
    """

    dampening: float = 0.0

    def step(self, g, state):
        share = np.where(state.t == 1, 1.0, 1 - self.dampening)  # the first gradient is never dampened
        state.v = self.momentum * state.v + share * g  # no η here …
        return -self.lr * state.v  # … but here


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

    Source: `optax.adagrad`, `keras.optimizers.Adagrad`. With ε = h₀ = 0, a coordinate without a gradient so far stays
    where it is in Optax; here and in Keras it is 0/0.
    """

    initial: float = 0.1

    def init(self, state):
        state.h = self.initial  # h starts at h₀

    def step(self, g, state):
        state.h = state.h + g**2
        return -self.lr * g / np.sqrt(state.h + self.eps)  # ε inside the root


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

    Source: `keras.optimizers.Adam`; Kingma and Ba (2015), the end of section 2.
    """

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        lr = self.lr * np.sqrt(1 - self.beta2**state.t) / (1 - self.beta1**state.t)  # η carries both corrections
        return -lr * state.m / (np.sqrt(state.h) + self.eps)  # ε beside the uncorrected root


@dataclass
class TorchAMSGrad(Adam):
    """Adam that divides by the largest h so far; the largest is taken before the correction.

    Args:
        lr, beta1, beta2, eps: as in `Adam`.

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
class OptaxAMSGrad(Adam):
    """Adam that divides by the largest corrected h so far.

    Args:
        lr, beta1, beta2, eps: as in `Adam`.
        eps_root: in [0, ∞), in units of the gradient squared, inside the root.

    Source: `optax.amsgrad`.
    """

    eps_root: float = 0.0

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t)
        h_hat = state.h / (1 - self.beta2**state.t)
        state.h_max = np.maximum(state.h_max, h_hat)  # the largest of the corrected ones
        return -self.lr * m_hat / (np.sqrt(state.h_max + self.eps_root) + self.eps)


@dataclass
class KerasAMSGrad(Adam):
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


@dataclass(frozen=True)
class FrameworkRule:
    """How a framework calls a rule of the course, and what its rule does otherwise.

    Attributes:
        call: the framework's class or function.
        rule: the optimizer that computes what the framework computes.
        course: the course's rule of which it is a variant.
        arguments: the framework's name of each hyperparameter, by the course's name.
        defaults: the framework's default of each hyperparameter, by the course's name. The framework asks for
            one that is missing.
        selected_by: the arguments that make the framework's class this rule.
        differences: each difference from the course's rule, in a line.

    Called with hyperparameters, an entry makes the optimizer, with the framework's defaults for the rest:

    >>> FRAMEWORKS["PyTorch", "AdaGrad"](lr=0.1)
    TorchAdaGrad(lr=0.1, eps=1e-10, initial=0.0, lr_decay=0.0)
    >>> FRAMEWORKS["Keras", "AdaGrad"](lr=0.1, lr_decay=0.5)
    Traceback (most recent call last):
    ...
    TypeError: keras.optimizers.Adagrad has no lr_decay; it has lr, eps, initial.
    """

    call: str
    rule: type
    course: type
    arguments: dict
    defaults: dict
    selected_by: dict = field(default_factory=dict)
    differences: tuple = ()

    def __call__(self, **hyperparameters):
        for name in hyperparameters:
            if name not in self.arguments:
                raise TypeError(f"{self.call} has no {name}; it has {', '.join(self.arguments)}.")
        for name in self.arguments:
            if name not in hyperparameters and name not in self.defaults:
                raise TypeError(f"{self.call} has no default {name}: give one.")
        return self.rule(**{**self.defaults, **hyperparameters})


_LATE = "the velocity adds up bare gradients; η multiplies it at the end, so a new η rescales past steps too"
_INSIDE = "ε is inside the root, in units of the gradient squared"
_EPS_HAT = "ε is added to the root of the uncorrected h (the paper's ε-hat)"
_DAMPENING = "dampening keeps a fraction of each gradient but the first out of the velocity"
_CENTERED = "centered divides by a standard deviation: h less the square of the averaged gradient"

#: The rule each framework computes, by framework and by the course's name of the rule.
FRAMEWORKS = {
    ("PyTorch", "SGD"): FrameworkRule(
        call="torch.optim.SGD",
        rule=SGD,
        course=SGD,
        arguments={"lr": "lr"},
        defaults={"lr": 1e-3},
    ),
    ("PyTorch", "Momentum"): FrameworkRule(
        call="torch.optim.SGD",
        rule=LateMomentum,
        course=Momentum,
        arguments={"lr": "lr", "momentum": "momentum", "dampening": "dampening"},
        defaults={"lr": 1e-3, "momentum": 0.0, "dampening": 0.0},
        differences=(_LATE, _DAMPENING),
    ),
    ("PyTorch", "Nesterov"): FrameworkRule(
        call="torch.optim.SGD",
        rule=LateNesterov,
        course=Nesterov,
        arguments={"lr": "lr", "momentum": "momentum"},
        defaults={"lr": 1e-3},
        selected_by={"nesterov": True},
        differences=(_LATE,),
    ),
    ("PyTorch", "AdaGrad"): FrameworkRule(
        call="torch.optim.Adagrad",
        rule=TorchAdaGrad,
        course=AdaGrad,
        arguments={"lr": "lr", "eps": "eps", "initial": "initial_accumulator_value", "lr_decay": "lr_decay"},
        defaults={"lr": 1e-2, "eps": 1e-10, "initial": 0.0, "lr_decay": 0.0},
        differences=("h may start above 0", "lr_decay divides η by 1 + (t − 1) lr_decay"),
    ),
    ("PyTorch", "RMSProp"): FrameworkRule(
        call="torch.optim.RMSprop",
        rule=TorchRMSProp,
        course=RMSProp,
        arguments={"lr": "lr", "decay": "alpha", "eps": "eps", "momentum": "momentum", "centered": "centered"},
        defaults={"lr": 1e-2, "decay": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": False},
        differences=("momentum follows; its velocity is multiplied by η at the end", _CENTERED),
    ),
    ("PyTorch", "Adam"): FrameworkRule(
        call="torch.optim.Adam",
        rule=Adam,
        course=Adam,
        arguments={"lr": "lr", "beta1": "betas[0]", "beta2": "betas[1]", "eps": "eps"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    ),
    ("PyTorch", "AMSGrad"): FrameworkRule(
        call="torch.optim.Adam",
        rule=TorchAMSGrad,
        course=Adam,
        arguments={"lr": "lr", "beta1": "betas[0]", "beta2": "betas[1]", "eps": "eps"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
        selected_by={"amsgrad": True},
        differences=("h is the largest so far, taken before the correction",),
    ),
    ("Optax", "SGD"): FrameworkRule(
        call="optax.sgd",
        rule=SGD,
        course=SGD,
        arguments={"lr": "learning_rate"},
        defaults={},
    ),
    ("Optax", "Momentum"): FrameworkRule(
        call="optax.sgd",
        rule=LateMomentum,
        course=Momentum,
        arguments={"lr": "learning_rate", "momentum": "momentum"},
        defaults={"momentum": 0.0},
        differences=(_LATE,),
    ),
    ("Optax", "Nesterov"): FrameworkRule(
        call="optax.sgd",
        rule=LateNesterov,
        course=Nesterov,
        arguments={"lr": "learning_rate", "momentum": "momentum"},
        defaults={"momentum": 0.0},
        selected_by={"nesterov": True},
        differences=(_LATE,),
    ),
    ("Optax", "AdaGrad"): FrameworkRule(
        call="optax.adagrad",
        rule=EpsInsideAdaGrad,
        course=AdaGrad,
        arguments={"lr": "learning_rate", "eps": "eps", "initial": "initial_accumulator_value"},
        defaults={"eps": 1e-7, "initial": 0.1},
        differences=("h starts at 0.1", _INSIDE),
    ),
    ("Optax", "RMSProp"): FrameworkRule(
        call="optax.rmsprop",
        rule=OptaxRMSProp,
        course=RMSProp,
        arguments={
            "lr": "learning_rate",
            "decay": "decay",
            "eps": "eps",
            "momentum": "momentum",
            "centered": "centered",
            "initial": "initial_scale",
            "eps_inside": "eps_in_sqrt",
            "nesterov": "nesterov",
            "bias_correction": "bias_correction",
        },
        defaults={
            "decay": 0.9,
            "eps": 1e-8,
            "momentum": 0.0,
            "centered": False,
            "initial": 0.0,
            "eps_inside": True,
            "nesterov": False,
            "bias_correction": False,
        },
        differences=(
            f"{_INSIDE}, unless eps_in_sqrt=False",
            "momentum, or Nesterov, follows; its velocity holds η",
            _CENTERED,
            "h may start above 0, and may be corrected for its start as in Adam",
        ),
    ),
    ("Optax", "Adam"): FrameworkRule(
        call="optax.adam",
        rule=OptaxAdam,
        course=Adam,
        arguments={
            "lr": "learning_rate",
            "beta1": "b1",
            "beta2": "b2",
            "eps": "eps",
            "eps_root": "eps_root",
            "nesterov": "nesterov",
        },
        defaults={"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "eps_root": 0.0, "nesterov": False},
        differences=("a second ε, eps_root, is inside the root", "nesterov looks the average of gradients ahead"),
    ),
    ("Optax", "AMSGrad"): FrameworkRule(
        call="optax.amsgrad",
        rule=OptaxAMSGrad,
        course=Adam,
        arguments={"lr": "learning_rate", "beta1": "b1", "beta2": "b2", "eps": "eps", "eps_root": "eps_root"},
        defaults={"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "eps_root": 0.0},
        differences=("h is the largest so far, taken after the correction", "a second ε, eps_root, is inside the root"),
    ),
    ("Keras", "SGD"): FrameworkRule(
        call="keras.optimizers.SGD",
        rule=SGD,
        course=SGD,
        arguments={"lr": "learning_rate"},
        defaults={"lr": 1e-2},
    ),
    ("Keras", "Momentum"): FrameworkRule(
        call="keras.optimizers.SGD",
        rule=Momentum,
        course=Momentum,
        arguments={"lr": "learning_rate", "momentum": "momentum"},
        defaults={"lr": 1e-2, "momentum": 0.0},
    ),
    ("Keras", "Nesterov"): FrameworkRule(
        call="keras.optimizers.SGD",
        rule=Nesterov,
        course=Nesterov,
        arguments={"lr": "learning_rate", "momentum": "momentum"},
        defaults={"lr": 1e-2, "momentum": 0.0},
        selected_by={"nesterov": True},
    ),
    ("Keras", "AdaGrad"): FrameworkRule(
        call="keras.optimizers.Adagrad",
        rule=EpsInsideAdaGrad,
        course=AdaGrad,
        arguments={"lr": "learning_rate", "eps": "epsilon", "initial": "initial_accumulator_value"},
        defaults={"lr": 1e-3, "eps": 1e-7, "initial": 0.1},
        differences=("h starts at 0.1", _INSIDE),
    ),
    ("Keras", "RMSProp"): FrameworkRule(
        call="keras.optimizers.RMSprop",
        rule=KerasRMSProp,
        course=RMSProp,
        arguments={
            "lr": "learning_rate",
            "decay": "rho",
            "eps": "epsilon",
            "momentum": "momentum",
            "centered": "centered",
        },
        defaults={"lr": 1e-3, "decay": 0.9, "eps": 1e-7, "momentum": 0.0, "centered": False},
        differences=(_INSIDE, "momentum follows; its velocity holds η", _CENTERED),
    ),
    ("Keras", "Adam"): FrameworkRule(
        call="keras.optimizers.Adam",
        rule=KerasAdam,
        course=Adam,
        arguments={"lr": "learning_rate", "beta1": "beta_1", "beta2": "beta_2", "eps": "epsilon"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7},
        differences=(_EPS_HAT,),
    ),
    ("Keras", "AMSGrad"): FrameworkRule(
        call="keras.optimizers.Adam",
        rule=KerasAMSGrad,
        course=Adam,
        arguments={"lr": "learning_rate", "beta1": "beta_1", "beta2": "beta_2", "eps": "epsilon"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7},
        selected_by={"amsgrad": True},
        differences=("h is the largest so far, taken before the correction", _EPS_HAT),
    ),
}
