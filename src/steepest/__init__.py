"""The shared package of the course Steepest: optimizers, surfaces, problems and the loops that join them."""

from steepest import surfaces
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
