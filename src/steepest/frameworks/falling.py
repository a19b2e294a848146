"""What a fall of the learning rate does to a velocity: two forms of momentum part there."""

from steepest.frameworks.rewriting import parts
from steepest.frameworks.rules import KerasRMSProp, OptaxRMSProp
from steepest.optimizers import Momentum, Nesterov, Optimizer


def next_step(optimizer: Optimizer) -> float:
    """The step after a fall of the learning rate to a tenth, as a share of the one before it, on a steady slope.

    A velocity that holds η keeps the fraction μ of its old steps; in Nesterov's form the step keeps μ².

    Returns:
        a share from 0.1, where no old step is kept, to 1.
    """
    rule = parts(optimizer).rule
    if (isinstance(rule, OptaxRMSProp) and rule.nesterov) or type(rule) is Nesterov:
        kept = rule.momentum**2
    elif isinstance(rule, (KerasRMSProp, OptaxRMSProp)) or type(rule) is Momentum:
        kept = rule.momentum
    else:
        kept = 0.0
    return 0.1 + 0.9 * kept


def cut_difference(before: Optimizer, after: Optimizer, source: str, to: str) -> list:
    """What two forms of momentum make of a learning rate that is divided by 10.

    Args:
        before, after: the two optimizers.
        source, to: the names of their frameworks.

    Returns:
        a list of one sentence; an empty one where both make the same of it, or the learning rate is 0.
    """
    shares = [f"{next_step(optimizer):.2g}" for optimizer in (before, after)]
    if shares[0] == shares[1] or not before.lr:
        return []
    decayed = " (their weight decay aside)" if parts(before).decoupled or parts(before).around else ""
    return [
        f"Divided by 10 on a steady slope, it makes the next step{decayed} {shares[0]} of the one before in {source}, "
        f"{shares[1]} in {to}."
    ]
