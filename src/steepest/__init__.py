"""The shared package of the course Steepest: optimizers, surfaces, problems and the loops that join them."""

from steepest import surfaces
from steepest.optimizers import OPTIMIZERS, SGD, AdaGrad, Adam, GradientDescent, Momentum, Nesterov, Optimizer, RMSProp

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "AdaGrad",
    "Adam",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "surfaces",
]
