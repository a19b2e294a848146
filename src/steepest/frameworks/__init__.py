"""What PyTorch, Optax and Keras do differently, and how to carry a call from one to another.

`FRAMEWORKS` has an entry for each framework and rule: the framework's call, its names and defaults, the rule it
computes, and each difference from the course's rule in a line. Where a framework computes the course's rule, the
entry holds the course's own class. Where it does not, it holds one of the short classes of `steepest.frameworks.rules`.
The tests hold all of them to trajectories recorded from the frameworks.

`translate` turns a call of one framework, or a rule of the course, into the equivalent of another, or says why there
is none. `LEARNING_RATE_CUT` is a run in the middle of which the learning rate falls, as the frameworks went through it.
"""

from steepest.frameworks.cut import LEARNING_RATE_CUT
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
    Shrinking,
    TorchAdaGrad,
    TorchAMSGrad,
    TorchMuon,
    TorchRMSProp,
)
from steepest.frameworks.table import FRAMEWORKS, FrameworkRule
from steepest.frameworks.translation import Translation, translate

__all__ = [
    "FRAMEWORKS",
    "L2",
    "LEARNING_RATE_CUT",
    "DampenedMomentum",
    "Decoupled",
    "EpsInsideAdaGrad",
    "FrameworkRule",
    "KerasAMSGrad",
    "KerasAdam",
    "KerasMuon",
    "KerasRMSProp",
    "LateMomentum",
    "LateNesterov",
    "OptaxAMSGrad",
    "OptaxAdam",
    "OptaxMuon",
    "OptaxRMSProp",
    "Shrinking",
    "TorchAMSGrad",
    "TorchAdaGrad",
    "TorchMuon",
    "TorchRMSProp",
    "Translation",
    "translate",
]
