"""What PyTorch, Optax and Keras do differently, and how to carry a call from one to another.

`translate` turns a call of one framework, or a rule of the course, into the equivalent of another, or says why there
is none. It is all that most need.

`FRAMEWORKS` has an entry for each framework and rule: the framework's call, its names and defaults, the rule it
computes, and each difference from the course's rule in a line. Where a framework computes the course's rule, the
entry holds the course's own class. Where it does not, it holds one of the short classes of `steepest.frameworks.rules`
or `steepest.frameworks.muon`; what stands around a rule is in `steepest.frameworks.wrappers`. The tests hold all of
them to trajectories recorded from the frameworks. `LEARNING_RATE_CUT` is a run in the middle of which the learning
rate falls, as the frameworks went through it.
"""

from steepest.frameworks.cut import LEARNING_RATE_CUT
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
from steepest.frameworks.table import FRAMEWORKS, FrameworkRule
from steepest.frameworks.translation import Translation, translate
from steepest.frameworks.wrappers import L2, ClippedNorm, ClippedValue, Decoupled, Shrinking, Uphill

__all__ = [
    "FRAMEWORKS",
    "L2",
    "LEARNING_RATE_CUT",
    "ClippedNorm",
    "ClippedValue",
    "DampenedMomentum",
    "Decoupled",
    "EpsInsideAdaGrad",
    "FrameworkRule",
    "KerasAMSGrad",
    "KerasAdam",
    "KerasMuon",
    "KerasRMSProp",
    "KerasScheduleFreeAdamW",
    "LateMomentum",
    "LateNesterov",
    "OptaxAMSGrad",
    "OptaxAdam",
    "OptaxMuon",
    "OptaxRMSProp",
    "Shrinking",
    "StillAdaGrad",
    "TorchAMSGrad",
    "TorchAdaGrad",
    "TorchMuon",
    "TorchRMSProp",
    "Translation",
    "Uphill",
    "translate",
]
