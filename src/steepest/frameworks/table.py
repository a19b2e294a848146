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
from steepest.optimizers import SGD, AdaGrad, Adam, AdamW, AMSGrad, Lion, Momentum, Muon, Nesterov, Optimizer, RMSProp


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


#: What each framework calls the course's hyperparameters. Where it has two names, a call has one of them.
_NAMES = {
    "PyTorch": {
        "lr": "lr",
        "momentum": "momentum",
        "dampening": "dampening",
        "decay": "alpha",
        "beta1": "betas[0]",
        "beta2": "betas[1]",
        "eps": "eps",
        "initial": "initial_accumulator_value",
        "lr_decay": "lr_decay",
        "centered": "centered",
        "nesterov": "nesterov",
        "weight_decay": "weight_decay",
    },
    "Optax": {
        "lr": "learning_rate",
        "momentum": "momentum beta",
        "decay": "decay",
        "beta1": "b1",
        "beta2": "b2",
        "eps": "eps",
        "eps_root": "eps_root",
        "initial": "initial_accumulator_value initial_scale",
        "eps_inside": "eps_in_sqrt",
        "centered": "centered",
        "nesterov": "nesterov",
        "bias_correction": "bias_correction",
        "correct_m": "bias_correction_mu",
        "correct_h": "bias_correction_nu",
        "rms": "consistent_rms",
        "weight_decay": "weight_decay",
    },
    "Keras": {
        "lr": "learning_rate",
        "momentum": "momentum",
        "decay": "rho",
        "beta1": "beta_1",
        "beta2": "beta_2",
        "eps": "epsilon",
        "initial": "initial_accumulator_value",
        "centered": "centered",
        "nesterov": "nesterov",
        "rms": "rms_rate",
        "weight_decay": "weight_decay",
    },
}

_LATE = "the velocity adds up bare gradients; η multiplies it at the end, so a new η rescales past steps too"
_INSIDE = "ε is inside the root, in units of the gradient squared"
_EPS_HAT = "ε is added to the root of the uncorrected h (the paper's ε-hat)"
_EPS_ROOT = "a second ε, eps_root, is inside the root"
_NESTEROV = "nesterov looks the average of gradients ahead"
_DAMPENING = "dampening keeps a fraction of each gradient but the first out of the velocity"
_CENTERED = "centered divides by a standard deviation: h less the square of the averaged gradient"
_LARGEST = "the largest h so far is taken before the correction"


def _default(call, argument):
    name, _, index = argument.rstrip("]").partition("[")
    value = SIGNATURES[call][0][name]
    value = value[int(index)] if index else value
    if value is None:  # as good as 0
        return 0.0
    return float(value) if type(value) is int else value


def _entry(framework, call, rule, course, *differences, decay=None, selected_by=(), required=()):
    """An entry whose arguments are the rule's hyperparameters, as far as the call has them, by the framework's names.

    Args:
        framework, call, rule, course, differences: as in `FrameworkRule`.
        decay: how weight_decay acts; None where the call has none, or the rule has its own.
        selected_by: the arguments that select the rule.
        required: hyperparameters whose default does not make this rule.
    """
    selected_by, signature = dict(selected_by), SIGNATURES[call][0]
    own = [hyperparameter.name for hyperparameter in fields(rule)]
    arguments = {}
    for name in [*own, "weight_decay"] if decay else own:
        for argument in _NAMES[framework].get(name, "").split():
            if argument.partition("[")[0] in signature and argument not in selected_by:
                arguments[name] = argument
    defaults = {
        name: _default(call, argument)
        for name, argument in arguments.items()
        if name not in required and signature[argument.partition("[")[0]] is not REQUIRED
    }
    return FrameworkRule(call, rule, course, arguments, defaults, selected_by, {}, decay, differences)


_NESTEROV_ON = {"nesterov": True}
_AMSGRAD_ON = {"amsgrad": True}

#: The rule each framework computes, by framework and by the course's name of the rule.
FRAMEWORKS = {
    (framework, course.__name__): _entry(framework, call, rule, course, *differences, **more)
    for framework, call, rule, course, differences, more in (
        ("PyTorch", "torch.optim.SGD", SGD, SGD, (), {"decay": L2}),
        ("PyTorch", "torch.optim.SGD", DampenedMomentum, Momentum, (_LATE, _DAMPENING), {"decay": L2}),
        (
            "PyTorch",
            "torch.optim.SGD",
            LateNesterov,
            Nesterov,
            (_LATE,),
            {"decay": L2, "selected_by": _NESTEROV_ON, "required": ("momentum",)},  # PyTorch refuses 0
        ),
        (
            "PyTorch",
            "torch.optim.Adagrad",
            TorchAdaGrad,
            AdaGrad,
            ("h may start above 0", "lr_decay divides η by 1 + (t − 1) lr_decay"),
            {"decay": L2},
        ),
        (
            "PyTorch",
            "torch.optim.RMSprop",
            TorchRMSProp,
            RMSProp,
            ("momentum follows; its velocity is multiplied by η at the end", _CENTERED),
            {"decay": L2},
        ),
        ("PyTorch", "torch.optim.Adam", Adam, Adam, (), {"decay": L2}),
        (
            "PyTorch",
            "torch.optim.Adam",
            TorchAMSGrad,
            AMSGrad,
            (_LARGEST,),
            {"decay": L2, "selected_by": _AMSGRAD_ON},
        ),
        ("PyTorch", "torch.optim.AdamW", AdamW, AdamW, (), {}),
        (
            "PyTorch",
            "torch.optim.Muon",
            TorchMuon,
            Muon,
            (
                "the products of the five steps are computed in bfloat16, with 8 binary digits",
                "gradients are averaged, and the norm is raised to 1e-7 where it is smaller",
            ),
            {"decay": Decoupled},
        ),
        ("Optax", "optax.sgd", SGD, SGD, (), {}),
        ("Optax", "optax.sgd", LateMomentum, Momentum, (_LATE,), {}),
        ("Optax", "optax.sgd", LateNesterov, Nesterov, (_LATE,), {"selected_by": _NESTEROV_ON}),
        ("Optax", "optax.adagrad", EpsInsideAdaGrad, AdaGrad, ("h starts at 0.1", _INSIDE), {}),
        (
            "Optax",
            "optax.rmsprop",
            OptaxRMSProp,
            RMSProp,
            (
                f"{_INSIDE}, unless eps_in_sqrt=False",
                "momentum, or Nesterov, follows; its velocity holds η",
                _CENTERED,
                "h may start above 0, and may be corrected for its start as in Adam",
            ),
            {},
        ),
        ("Optax", "optax.adam", OptaxAdam, Adam, (_EPS_ROOT, _NESTEROV), {}),
        ("Optax", "optax.amsgrad", OptaxAMSGrad, AMSGrad, (_EPS_ROOT,), {}),
        ("Optax", "optax.adamw", OptaxAdam, AdamW, (_EPS_ROOT, _NESTEROV), {"decay": Decoupled}),
        ("Optax", "optax.lion", Lion, Lion, (), {}),
        (
            "Optax",
            "optax.contrib.muon",
            OptaxMuon,
            Muon,
            (
                "gradients are averaged, and the average is corrected for its start",
                "the factor is √max(1, columns / rows), or consistent_rms √max(rows, columns)",
            ),
            {"decay": Decoupled},
        ),
        ("Keras", "keras.optimizers.SGD", SGD, SGD, (), {"decay": Decoupled}),
        ("Keras", "keras.optimizers.SGD", Momentum, Momentum, (), {"decay": Decoupled}),
        (
            "Keras",
            "keras.optimizers.SGD",
            Nesterov,
            Nesterov,
            (),
            {"decay": Decoupled, "selected_by": _NESTEROV_ON},
        ),
        (
            "Keras",
            "keras.optimizers.Adagrad",
            EpsInsideAdaGrad,
            AdaGrad,
            ("h starts at 0.1", _INSIDE),
            {"decay": Decoupled},
        ),
        (
            "Keras",
            "keras.optimizers.RMSprop",
            KerasRMSProp,
            RMSProp,
            (_INSIDE, "momentum follows; its velocity holds η", _CENTERED),
            {"decay": Decoupled},
        ),
        ("Keras", "keras.optimizers.Adam", KerasAdam, Adam, (_EPS_HAT,), {"decay": Decoupled}),
        (
            "Keras",
            "keras.optimizers.Adam",
            KerasAMSGrad,
            AMSGrad,
            (_LARGEST, _EPS_HAT),
            {"decay": Decoupled, "selected_by": _AMSGRAD_ON},
        ),
        ("Keras", "keras.optimizers.AdamW", KerasAdam, AdamW, (_EPS_HAT,), {"decay": Decoupled}),
        ("Keras", "keras.optimizers.Lion", Lion, Lion, (), {}),
        (
            "Keras",
            "keras.optimizers.Muon",
            KerasMuon,
            Muon,
            ("the factor is rms_rate √max(rows, columns)", "the norm is computed in single precision"),
            {"decay": Decoupled},
        ),
    )
}


def _matched():
    """PyTorch's Muon with the factor of the other two, which it has for one value alone."""
    plain = FRAMEWORKS["PyTorch", "Muon"]
    return FrameworkRule(
        plain.call,
        TorchMuon,
        Muon,
        plain.arguments,
        plain.defaults,
        selected_by={"adjust_lr_fn": "match_rms_adamw"},
        fixed={"rms": 0.2},
        weight_decay=Decoupled,
    )


#: More calls of each framework that `translate` knows: other spellings of the same rules, and settings that make a
#: framework's class a rule of its own.
VARIANTS = {
    "PyTorch": (
        _entry("PyTorch", "torch.optim.AdamW", TorchAMSGrad, AMSGrad, decay=Decoupled, selected_by=_AMSGRAD_ON),
        _entry(
            "PyTorch", "torch.optim.Adam", Adam, AdamW, decay=Decoupled, selected_by={"decoupled_weight_decay": True}
        ),
        _entry(
            "PyTorch",
            "torch.optim.Adam",
            TorchAMSGrad,
            AMSGrad,
            decay=Decoupled,
            selected_by=_AMSGRAD_ON | {"decoupled_weight_decay": True},
        ),
        _matched(),
    ),
    "Optax": (
        _entry(
            "Optax",
            "optax.adagrad",
            StillAdaGrad,
            AdaGrad,
            selected_by={"initial_accumulator_value": 0.0, "eps": 0.0},
        ),
    ),
    "Keras": (
        _entry("Keras", "keras.optimizers.AdamW", KerasAMSGrad, AMSGrad, decay=Decoupled, selected_by=_AMSGRAD_ON),
    ),
}
