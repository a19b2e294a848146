"""The shared package of the course Steepest: optimizers, surfaces, problems, data sets and the loops that join them."""

from importlib import import_module

from steepest.optimizers import (
    OPTIMIZERS,
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
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

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "AMSGrad",
    "AdaGrad",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Lion",
    "Momentum",
    "Muon",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "ScheduleFree",
    "ScheduleFreeAdamW",
    "SignSGD",
    "surfaces",
]


def __getattr__(name):
    """The surfaces bring SymPy along, which who trains a model, or checks an exercise in the page, does without."""
    if name == "surfaces":
        return import_module("steepest.surfaces")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
