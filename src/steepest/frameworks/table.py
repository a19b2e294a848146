"""How each framework calls each rule, its names and defaults, and every difference from the course's rule in a line."""

from dataclasses import dataclass, field, fields

import numpy as np

from steepest.frameworks.muon import KerasMuon, OptaxMuon, TorchMuon
from steepest.frameworks.rules import (
    DampenedMomentum,
    EpsInsideAdaGrad,
    KerasAdam,
    KerasAMSGrad,
    KerasRMSProp,
    KerasScheduleFreeAdamW,
    LateMomentum,
    LateNesterov,
    OptaxAdam,
    OptaxAMSGrad,
    OptaxRMSProp,
    StillAdaGrad,
    TorchAdaGrad,
    TorchAMSGrad,
    TorchRMSProp,
)
from steepest.frameworks.signatures import REQUIRED, SIGNATURES
from steepest.frameworks.wrappers import L2, Decoupled
from steepest.optimizers import (
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    Muon,
    Nesterov,
    Optimizer,
    RMSProp,
    ScheduleFree,
    ScheduleFreeAdamW,
    SignSGD,
)


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
        fixed: hyperparameters of the rule that are no argument here, by the course's name.
        weight_decay: how the framework's weight_decay acts, `L2` or `Decoupled`, where the rule itself has none.
        differences: each difference from the course's rule, in a line.

    Called with hyperparameters, an entry makes the optimizer, with the framework's defaults for the rest:

    >>> FRAMEWORKS["PyTorch", "AdaGrad"](lr=0.1)
    TorchAdaGrad(lr=0.1, eps=1e-10, initial=0.0, lr_decay=0.0)
    >>> FRAMEWORKS["Keras", "AdaGrad"](lr=0.1, lr_decay=0.5)
    Traceback (most recent call last):
    ...
    TypeError: keras.optimizers.Adagrad has no lr_decay; it has lr, eps, initial, weight_decay.
    >>> FRAMEWORKS["Keras", "SGD"](weight_decay=0.1)
    Decoupled(rule=SGD(lr=0.01), weight_decay=0.1)
    """

    call: str
    rule: type
    course: type
    arguments: dict
    defaults: dict
    selected_by: dict = field(default_factory=dict)
    fixed: dict = field(default_factory=dict)
    weight_decay: type | None = None
    differences: tuple = ()

    def __call__(self, **hyperparameters) -> Optimizer:
        for name in hyperparameters:
            if name not in self.arguments:
                raise TypeError(f"{self.call} has no {name}; it has {', '.join(self.arguments)}.")
        for name in self.arguments:
            if name not in hyperparameters and name not in self.defaults:
                raise TypeError(f"{self.call} has no default {name}: give one.")
        values = {**self.fixed, **self.defaults, **hyperparameters}
        if self.weight_decay is None:
            return self.rule(**values)
        amount = values.pop("weight_decay")
        rule = self.rule(**values)
        return self.weight_decay(rule, amount) if np.any(amount) else rule


#: What each framework calls a hyperparameter, where it is not as the course calls it. Of two names, a call has one.
_NAMES = {
    "PyTorch": {
        "decay": "alpha",
        "beta1": "betas[0]",
        "beta2": "betas[1]",
        "initial": "initial_accumulator_value",
    },
    "Optax": {
        "lr": "learning_rate",
        "momentum": "momentum beta",
        "beta1": "b1",
        "beta2": "b2",
        "initial": "initial_accumulator_value initial_scale",
        "eps_inside": "eps_in_sqrt",
        "correct_m": "bias_correction_mu",
        "correct_h": "bias_correction_nu",
        "rms": "consistent_rms",
    },
    "Keras": {
        "lr": "learning_rate",
        "decay": "rho",
        "beta1": "beta_1",
        "beta2": "beta_2",
        "eps": "epsilon",
        "initial": "initial_accumulator_value",
        "rms": "rms_rate",
    },
}

_FRAMEWORKS = {"torch": "PyTorch", "optax": "Optax", "keras": "Keras"}

#: The argument that makes a call one of these rules, where it has that argument.
_SWITCHES = {Nesterov: "nesterov", AMSGrad: "amsgrad"}

#: What a weight_decay is in each framework, and the calls in which it is the other.
_FORM = {"PyTorch": L2, "Optax": Decoupled, "Keras": Decoupled}
_OTHER_FORM = {"torch.optim.AdamW": Decoupled, "torch.optim.Muon": Decoupled, "optax.contrib.schedule_free_sgd": L2}

_LATE = "the velocity adds up bare gradients; η multiplies it at the end, so a new η rescales past steps too"
_INSIDE = "ε is inside the root, in units of the gradient squared"
_EPS_HAT = "ε is added to the root of the uncorrected h (the paper's ε-hat)"
_EPS_ROOT = "a second ε, eps_root, is inside the root"
_NESTEROV = "nesterov looks ahead along the average of gradients"
_DAMPENING = "dampening keeps a fraction of each gradient but the first out of the velocity"
_CENTERED = "centered divides by a standard deviation: h less the square of the averaged gradient"
_LARGEST = "the largest h so far is taken before the correction"
_START = "h may start above 0"
_START_ABOVE = "h starts at 0.1"
_FALLING = "lr_decay divides η by 1 + (t − 1) lr_decay"
_FOLLOWS_LATE = "momentum follows; its velocity is multiplied by η at the end"
_FOLLOWS = "momentum follows; its velocity holds η"
_EITHER_FOLLOWS = "momentum, or Nesterov, follows; its velocity holds η"
_UNLESS = f"{_INSIDE}, unless eps_in_sqrt=False"
_CORRECTED = "h may start above 0, and may be corrected for its start as in Adam"
_BFLOAT16 = "the products of the five steps are computed in bfloat16, with 8 binary digits"
_RAISED = "gradients are averaged, and the norm is raised to 1e-7 where it is smaller"
_AVERAGED = "gradients are averaged, and the average is corrected for its start"
_WIDE = "the factor is √max(1, columns / rows), or consistent_rms √max(rows, columns)"
_RATE = "the factor is rms_rate √max(rows, columns)"
_MOVED = "the weight decay moves the point of the gradient and the average, and not z"
_SINGLE = "the norm is computed in single precision"


def _default(call, argument):
    """The framework's default of an argument, such as "lr" or "betas[0]", as a hyperparameter."""
    name, _, index = argument.rstrip("]").partition("[")
    value = SIGNATURES[call][0][name]
    value = value[int(index)] if index else value
    if value is None:  # as good as 0
        return 0.0
    return float(value) if type(value) is int else value


def _entry(call, rule, course, *differences, selected_by=(), fixed=()):
    """An entry whose arguments are the rule's hyperparameters, as far as the call has them, by the framework's names.

    Args:
        call, rule, course, differences: as in `FrameworkRule`.
        selected_by: arguments that select the rule, besides those of `_SWITCHES`.
        fixed: as in `FrameworkRule`.
    """
    framework, signature = framework_of(call), SIGNATURES[call][0]
    selected_by, fixed = dict(selected_by), dict(fixed)
    if _SWITCHES.get(course) in signature:
        selected_by = {_SWITCHES[course]: True} | selected_by
    wanted, form = [hyperparameter.name for hyperparameter in fields(rule)], None
    if "weight_decay" in signature and "weight_decay" not in wanted:
        wanted.append("weight_decay")
        form = Decoupled if selected_by.get("decoupled_weight_decay") else _OTHER_FORM.get(call, _FORM[framework])
    arguments = {}
    for name in wanted:
        for argument in _NAMES[framework].get(name, name).split():
            if argument.partition("[")[0] in signature and argument not in selected_by and name not in fixed:
                arguments[name] = argument
    defaults = {
        name: _default(call, argument)
        for name, argument in arguments.items()
        if signature[argument.partition("[")[0]] is not REQUIRED
    }
    if call == "torch.optim.SGD" and selected_by:
        del defaults["momentum"]  # PyTorch refuses its own default, 0
    return FrameworkRule(call, rule, course, arguments, defaults, selected_by, fixed, form, differences)


def framework_of(call: str) -> str:
    """The framework that a call is of.

    Returns:
        "PyTorch", "Optax" or "Keras".
    """
    return _FRAMEWORKS[call.partition(".")[0]]


#: The rule each framework computes, by framework and by the course's name of the rule. A line has the call, the rule
#: that it computes, the course's rule, and the differences between the two.
FRAMEWORKS = {
    (framework_of(call), course.__name__): _entry(call, rule, course, *differences)
    for call, rule, course, *differences in (
        ("torch.optim.SGD", SGD, SGD),
        ("torch.optim.SGD", DampenedMomentum, Momentum, _LATE, _DAMPENING),
        ("torch.optim.SGD", LateNesterov, Nesterov, _LATE),
        ("torch.optim.Adagrad", TorchAdaGrad, AdaGrad, _START, _FALLING),
        ("torch.optim.RMSprop", TorchRMSProp, RMSProp, _FOLLOWS_LATE, _CENTERED),
        ("torch.optim.Adam", Adam, Adam),
        ("torch.optim.Adam", TorchAMSGrad, AMSGrad, _LARGEST),
        ("torch.optim.AdamW", AdamW, AdamW),
        ("torch.optim.Muon", TorchMuon, Muon, _BFLOAT16, _RAISED),
        ("optax.sgd", SGD, SGD),
        ("optax.sgd", LateMomentum, Momentum, _LATE),
        ("optax.sgd", LateNesterov, Nesterov, _LATE),
        ("optax.adagrad", EpsInsideAdaGrad, AdaGrad, _START_ABOVE, _INSIDE),
        ("optax.rmsprop", OptaxRMSProp, RMSProp, _UNLESS, _EITHER_FOLLOWS, _CENTERED, _CORRECTED),
        ("optax.adam", OptaxAdam, Adam, _EPS_ROOT, _NESTEROV),
        ("optax.amsgrad", OptaxAMSGrad, AMSGrad, _EPS_ROOT),
        ("optax.adamw", OptaxAdam, AdamW, _EPS_ROOT, _NESTEROV),
        ("optax.lion", Lion, Lion),
        ("optax.contrib.muon", OptaxMuon, Muon, _AVERAGED, _WIDE),
        ("optax.sign_sgd", SignSGD, SignSGD),
        ("optax.contrib.schedule_free_sgd", ScheduleFree, ScheduleFree),
        ("optax.contrib.schedule_free_adamw", ScheduleFreeAdamW, ScheduleFreeAdamW),
        ("keras.optimizers.SGD", SGD, SGD),
        ("keras.optimizers.SGD", Momentum, Momentum),
        ("keras.optimizers.SGD", Nesterov, Nesterov),
        ("keras.optimizers.Adagrad", EpsInsideAdaGrad, AdaGrad, _START_ABOVE, _INSIDE),
        ("keras.optimizers.RMSprop", KerasRMSProp, RMSProp, _INSIDE, _FOLLOWS, _CENTERED),
        ("keras.optimizers.Adam", KerasAdam, Adam, _EPS_HAT),
        ("keras.optimizers.Adam", KerasAMSGrad, AMSGrad, _LARGEST, _EPS_HAT),
        ("keras.optimizers.AdamW", KerasAdam, AdamW, _EPS_HAT),
        ("keras.optimizers.Lion", Lion, Lion),
        ("keras.optimizers.Muon", KerasMuon, Muon, _RATE, _SINGLE),
        ("keras.optimizers.ScheduleFreeAdamW", KerasScheduleFreeAdamW, ScheduleFreeAdamW, _MOVED),
    )
}

_APART = {"decoupled_weight_decay": True}
_MATCHED = {"adjust_lr_fn": "match_rms_adamw"}  # the factor of Optax and Keras, which PyTorch has for one value alone
_FROM_NOTHING = {"initial_accumulator_value": 0.0, "eps": 0.0}

#: More calls of each framework that `translate` knows: other spellings of the same rules, and settings that make a
#: framework's class a rule of its own.
VARIANTS = {
    "PyTorch": (
        _entry("torch.optim.AdamW", TorchAMSGrad, AMSGrad),
        _entry("torch.optim.Adam", Adam, AdamW, selected_by=_APART),
        _entry("torch.optim.Adam", TorchAMSGrad, AMSGrad, selected_by=_APART),
        _entry("torch.optim.Muon", TorchMuon, Muon, selected_by=_MATCHED, fixed={"rms": 0.2}),
    ),
    "Optax": (_entry("optax.adagrad", StillAdaGrad, AdaGrad, selected_by=_FROM_NOTHING),),
    "Keras": (_entry("keras.optimizers.AdamW", KerasAMSGrad, AMSGrad),),
}
