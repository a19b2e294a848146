"""The shared package of the course Steepest: optimizers, surfaces, problems, data sets and the loops that join them."""

from importlib import import_module

from steepest.optimizers import (
    OPTIMIZERS,
    SGD,
    SOAP,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    FullAdaGrad,
    GradientDescent,
    Lion,
    Momentum,
    Muon,
    Nesterov,
    Optimizer,
    RMSProp,
    ScheduleFree,
    ScheduleFreeAdamW,
    Shampoo,
    SignSGD,
)

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "SOAP",
    "AMSGrad",
    "AdaGrad",
    "Adam",
    "AdamW",
    "FullAdaGrad",
    "GradientDescent",
    "Lion",
    "Momentum",
    "Muon",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "ScheduleFree",
    "ScheduleFreeAdamW",
    "Shampoo",
    "SignSGD",
    "surfaces",
]


def __getattr__(name):
    """The surfaces bring SymPy along, which who trains a model, or checks an exercise in the page, does without."""
    if name == "surfaces":
        return import_module("steepest.surfaces")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
