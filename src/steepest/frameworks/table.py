"""How each framework calls each rule, its names and defaults, and every difference from the course's rule in a line."""

from dataclasses import dataclass, field

import numpy as np

from steepest.frameworks.rules import (
    L2,
    DampenedMomentum,
    Decoupled,
    EpsInsideAdaGrad,
    KerasAdam,
    KerasAMSGrad,
    KerasMuon,
    KerasRMSProp,
    LateMomentum,
    LateNesterov,
    OptaxAdam,
    OptaxAMSGrad,
    OptaxMuon,
    OptaxRMSProp,
    TorchAdaGrad,
    TorchAMSGrad,
    TorchMuon,
    TorchRMSProp,
)
from steepest.optimizers import SGD, AdaGrad, Adam, AdamW, AMSGrad, Lion, Momentum, Muon, Nesterov, RMSProp


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
    weight_decay: type | None = None
    differences: tuple = ()

    def __call__(self, **hyperparameters):
        for name in hyperparameters:
            if name not in self.arguments:
                raise TypeError(f"{self.call} has no {name}; it has {', '.join(self.arguments)}.")
        for name in self.arguments:
            if name not in hyperparameters and name not in self.defaults:
                raise TypeError(f"{self.call} has no default {name}: give one.")
        values = {**self.defaults, **hyperparameters}
        if self.weight_decay is None:
            return self.rule(**values)
        amount = values.pop("weight_decay")
        rule = self.rule(**values)
        return self.weight_decay(rule, amount) if np.any(amount) else rule


_LATE = "the velocity adds up bare gradients; η multiplies it at the end, so a new η rescales past steps too"
_INSIDE = "ε is inside the root, in units of the gradient squared"
_EPS_HAT = "ε is added to the root of the uncorrected h (the paper's ε-hat)"
_EPS_ROOT = "a second ε, eps_root, is inside the root"
_NESTEROV = "nesterov looks the average of gradients ahead"
_DAMPENING = "dampening keeps a fraction of each gradient but the first out of the velocity"
_CENTERED = "centered divides by a standard deviation: h less the square of the averaged gradient"

#: The rule each framework computes, by framework and by the course's name of the rule.
FRAMEWORKS = {
    ("PyTorch", "SGD"): FrameworkRule(
        call="torch.optim.SGD",
        rule=SGD,
        course=SGD,
        arguments={"lr": "lr", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-3, "weight_decay": 0.0},
        weight_decay=L2,
    ),
    ("PyTorch", "Momentum"): FrameworkRule(
        call="torch.optim.SGD",
        rule=DampenedMomentum,
        course=Momentum,
        arguments={"lr": "lr", "momentum": "momentum", "dampening": "dampening", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-3, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0},
        weight_decay=L2,
        differences=(_LATE, _DAMPENING),
    ),
    ("PyTorch", "Nesterov"): FrameworkRule(
        call="torch.optim.SGD",
        rule=LateNesterov,
        course=Nesterov,
        arguments={"lr": "lr", "momentum": "momentum", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-3, "weight_decay": 0.0},
        selected_by={"nesterov": True},
        weight_decay=L2,
        differences=(_LATE,),
    ),
    ("PyTorch", "AdaGrad"): FrameworkRule(
        call="torch.optim.Adagrad",
        rule=TorchAdaGrad,
        course=AdaGrad,
        arguments={
            "lr": "lr",
            "eps": "eps",
            "initial": "initial_accumulator_value",
            "lr_decay": "lr_decay",
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-2, "eps": 1e-10, "initial": 0.0, "lr_decay": 0.0, "weight_decay": 0.0},
        weight_decay=L2,
        differences=("h may start above 0", "lr_decay divides η by 1 + (t − 1) lr_decay"),
    ),
    ("PyTorch", "RMSProp"): FrameworkRule(
        call="torch.optim.RMSprop",
        rule=TorchRMSProp,
        course=RMSProp,
        arguments={
            "lr": "lr",
            "decay": "alpha",
            "eps": "eps",
            "momentum": "momentum",
            "centered": "centered",
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-2, "decay": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": False, "weight_decay": 0.0},
        weight_decay=L2,
        differences=("momentum follows; its velocity is multiplied by η at the end", _CENTERED),
    ),
    ("PyTorch", "Adam"): FrameworkRule(
        call="torch.optim.Adam",
        rule=Adam,
        course=Adam,
        arguments={"lr": "lr", "beta1": "betas[0]", "beta2": "betas[1]", "eps": "eps", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0},
        weight_decay=L2,
    ),
    ("PyTorch", "AMSGrad"): FrameworkRule(
        call="torch.optim.Adam",
        rule=TorchAMSGrad,
        course=AMSGrad,
        arguments={"lr": "lr", "beta1": "betas[0]", "beta2": "betas[1]", "eps": "eps", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0},
        selected_by={"amsgrad": True},
        weight_decay=L2,
        differences=("the largest h so far is taken before the correction",),
    ),
    ("PyTorch", "AdamW"): FrameworkRule(
        call="torch.optim.AdamW",
        rule=AdamW,
        course=AdamW,
        arguments={
            "lr": "lr",
            "beta1": "betas[0]",
            "beta2": "betas[1]",
            "eps": "eps",
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-2},
    ),
    ("PyTorch", "Muon"): FrameworkRule(
        call="torch.optim.Muon",
        rule=TorchMuon,
        course=Muon,
        arguments={"lr": "lr", "momentum": "momentum", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-3, "momentum": 0.95, "weight_decay": 0.1},
        weight_decay=Decoupled,
        differences=(
            "the products of the five steps are computed in bfloat16, with 8 binary digits",
            "gradients are averaged, and the norm is raised to 1e-7 where it is smaller",
        ),
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
        differences=(_EPS_ROOT, _NESTEROV),
    ),
    ("Optax", "AMSGrad"): FrameworkRule(
        call="optax.amsgrad",
        rule=OptaxAMSGrad,
        course=AMSGrad,
        arguments={"lr": "learning_rate", "beta1": "b1", "beta2": "b2", "eps": "eps", "eps_root": "eps_root"},
        defaults={"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "eps_root": 0.0},
        differences=(_EPS_ROOT,),
    ),
    ("Optax", "AdamW"): FrameworkRule(
        call="optax.adamw",
        rule=OptaxAdam,
        course=AdamW,
        arguments={
            "lr": "learning_rate",
            "beta1": "b1",
            "beta2": "b2",
            "eps": "eps",
            "eps_root": "eps_root",
            "nesterov": "nesterov",
            "weight_decay": "weight_decay",
        },
        defaults={
            "beta1": 0.9,
            "beta2": 0.999,
            "eps": 1e-8,
            "eps_root": 0.0,
            "nesterov": False,
            "weight_decay": 1e-4,
        },
        weight_decay=Decoupled,
        differences=(_EPS_ROOT, _NESTEROV),
    ),
    ("Optax", "Lion"): FrameworkRule(
        call="optax.lion",
        rule=Lion,
        course=Lion,
        arguments={"lr": "learning_rate", "beta1": "b1", "beta2": "b2", "weight_decay": "weight_decay"},
        defaults={"beta1": 0.9, "beta2": 0.99, "weight_decay": 1e-3},
    ),
    ("Optax", "Muon"): FrameworkRule(
        call="optax.contrib.muon",
        rule=OptaxMuon,
        course=Muon,
        arguments={
            "lr": "learning_rate",
            "momentum": "beta",
            "rms": "consistent_rms",
            "weight_decay": "weight_decay",
        },
        defaults={"momentum": 0.95, "rms": 0.0, "weight_decay": 0.0},
        weight_decay=Decoupled,
        differences=(
            "gradients are averaged, and the average is corrected for its start",
            "the factor is √max(1, columns / rows), or consistent_rms √max(rows, columns)",
        ),
    ),
    ("Keras", "SGD"): FrameworkRule(
        call="keras.optimizers.SGD",
        rule=SGD,
        course=SGD,
        arguments={"lr": "learning_rate", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-2, "weight_decay": 0.0},
        weight_decay=Decoupled,
    ),
    ("Keras", "Momentum"): FrameworkRule(
        call="keras.optimizers.SGD",
        rule=Momentum,
        course=Momentum,
        arguments={"lr": "learning_rate", "momentum": "momentum", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-2, "momentum": 0.0, "weight_decay": 0.0},
        weight_decay=Decoupled,
    ),
    ("Keras", "Nesterov"): FrameworkRule(
        call="keras.optimizers.SGD",
        rule=Nesterov,
        course=Nesterov,
        arguments={"lr": "learning_rate", "momentum": "momentum", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-2, "momentum": 0.0, "weight_decay": 0.0},
        selected_by={"nesterov": True},
        weight_decay=Decoupled,
    ),
    ("Keras", "AdaGrad"): FrameworkRule(
        call="keras.optimizers.Adagrad",
        rule=EpsInsideAdaGrad,
        course=AdaGrad,
        arguments={
            "lr": "learning_rate",
            "eps": "epsilon",
            "initial": "initial_accumulator_value",
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-3, "eps": 1e-7, "initial": 0.1, "weight_decay": 0.0},
        weight_decay=Decoupled,
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
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-3, "decay": 0.9, "eps": 1e-7, "momentum": 0.0, "centered": False, "weight_decay": 0.0},
        weight_decay=Decoupled,
        differences=(_INSIDE, "momentum follows; its velocity holds η", _CENTERED),
    ),
    ("Keras", "Adam"): FrameworkRule(
        call="keras.optimizers.Adam",
        rule=KerasAdam,
        course=Adam,
        arguments={
            "lr": "learning_rate",
            "beta1": "beta_1",
            "beta2": "beta_2",
            "eps": "epsilon",
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7, "weight_decay": 0.0},
        weight_decay=Decoupled,
        differences=(_EPS_HAT,),
    ),
    ("Keras", "AMSGrad"): FrameworkRule(
        call="keras.optimizers.Adam",
        rule=KerasAMSGrad,
        course=AMSGrad,
        arguments={
            "lr": "learning_rate",
            "beta1": "beta_1",
            "beta2": "beta_2",
            "eps": "epsilon",
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7, "weight_decay": 0.0},
        selected_by={"amsgrad": True},
        weight_decay=Decoupled,
        differences=("the largest h so far is taken before the correction", _EPS_HAT),
    ),
    ("Keras", "AdamW"): FrameworkRule(
        call="keras.optimizers.AdamW",
        rule=KerasAdam,
        course=AdamW,
        arguments={
            "lr": "learning_rate",
            "beta1": "beta_1",
            "beta2": "beta_2",
            "eps": "epsilon",
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7, "weight_decay": 4e-3},
        weight_decay=Decoupled,
        differences=(_EPS_HAT,),
    ),
    ("Keras", "Lion"): FrameworkRule(
        call="keras.optimizers.Lion",
        rule=Lion,
        course=Lion,
        arguments={"lr": "learning_rate", "beta1": "beta_1", "beta2": "beta_2", "weight_decay": "weight_decay"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0},
    ),
    ("Keras", "Muon"): FrameworkRule(
        call="keras.optimizers.Muon",
        rule=KerasMuon,
        course=Muon,
        arguments={
            "lr": "learning_rate",
            "momentum": "momentum",
            "rms": "rms_rate",
            "weight_decay": "weight_decay",
        },
        defaults={"lr": 1e-3, "momentum": 0.95, "rms": 0.2, "weight_decay": 4e-3},
        weight_decay=Decoupled,
        differences=(
            "the factor is rms_rate √max(rows, columns)",
            "the norm is computed in single precision",
        ),
    ),
}

_KERAS = (
    "clipnorm clipvalue global_clipnorm use_ema ema_momentum ema_overwrite_frequency loss_scale_factor "
    "gradient_accumulation_steps name"
)

#: The arguments of each call in their order; those after * are given by name alone.
SIGNATURES = {
    call: tuple(names.split())
    for call, names in {
        "torch.optim.SGD": "params lr momentum dampening weight_decay nesterov * maximize foreach differentiable fused",
        "torch.optim.Adagrad": "params lr lr_decay weight_decay initial_accumulator_value eps foreach * maximize "
        "differentiable fused",
        "torch.optim.RMSprop": "params lr alpha eps weight_decay momentum centered capturable foreach maximize "
        "differentiable",
        "torch.optim.Adam": "params lr betas eps weight_decay amsgrad * foreach maximize capturable differentiable "
        "fused decoupled_weight_decay",
        "torch.optim.AdamW": "params lr betas eps weight_decay amsgrad * maximize foreach capturable differentiable "
        "fused",
        "torch.optim.Muon": "params lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn",
        "optax.sgd": "learning_rate momentum nesterov accumulator_dtype",
        "optax.adagrad": "learning_rate initial_accumulator_value eps",
        "optax.rmsprop": "learning_rate decay eps initial_scale eps_in_sqrt centered momentum nesterov bias_correction",
        "optax.adam": "learning_rate b1 b2 eps eps_root mu_dtype * nesterov",
        "optax.amsgrad": "learning_rate b1 b2 eps eps_root mu_dtype bias_correction_mu bias_correction_nu",
        "optax.adamw": "learning_rate b1 b2 eps eps_root mu_dtype weight_decay mask * nesterov",
        "optax.lion": "learning_rate b1 b2 mu_dtype weight_decay mask",
        "optax.contrib.muon": "learning_rate ns_coeffs ns_steps beta eps weight_decay weight_decay_mask mu_dtype * "
        "nesterov adaptive preconditioning adam_b1 adam_b2 adam_eps_root adam_weight_decay adam_learning_rate "
        "muon_weight_dimension_numbers consistent_rms",
        "keras.optimizers.SGD": f"learning_rate momentum nesterov weight_decay {_KERAS}",
        "keras.optimizers.Adagrad": f"learning_rate initial_accumulator_value epsilon weight_decay {_KERAS}",
        "keras.optimizers.RMSprop": f"learning_rate rho momentum epsilon centered weight_decay {_KERAS}",
        "keras.optimizers.Adam": f"learning_rate beta_1 beta_2 epsilon amsgrad weight_decay {_KERAS}",
        "keras.optimizers.AdamW": f"learning_rate weight_decay beta_1 beta_2 epsilon amsgrad {_KERAS}",
        "keras.optimizers.Lion": f"learning_rate beta_1 beta_2 weight_decay {_KERAS}",
        "keras.optimizers.Muon": "learning_rate adam_beta_1 adam_beta_2 adam_weight_decay epsilon weight_decay "
        f"{_KERAS} exclude_layers exclude_embeddings muon_a muon_b muon_c adam_lr_ratio momentum ns_steps nesterov "
        "rms_rate",
    }.items()
}
