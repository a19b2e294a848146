"""From a rule, with what stands around it, to one that a framework has, changing as little as possible."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from steepest.frameworks.muon import KerasMuon, OptaxMuon, TorchMuon
from steepest.frameworks.relations import APPROXIMATIONS, COINCIDENCES
from steepest.frameworks.rules import EpsInsideAdaGrad
from steepest.frameworks.wrappers import L2, ClippedNorm, ClippedValue, Decoupled, Shrinking, Uphill
from steepest.optimizers import SGD, Adam, AdamW, Lion, Momentum, Nesterov, Optimizer


@dataclass(frozen=True)
class Parts:
    """An optimizer taken apart.

    Attributes:
        rule: the rule inside, without a weight decay of its own.
        around: what changes the gradient before the rule sees it, the outermost first: wrappers around `None`.
        decoupled: λ of a decoupled weight decay.
        shrinking: the fraction that each step takes off w besides.
    """

    rule: Optimizer
    around: tuple = ()
    decoupled: float = 0.0
    shrinking: float = 0.0

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer put together again, in one order for all that compute the same."""
        optimizer = self.rule
        if self.decoupled:
            optimizer = Decoupled(optimizer, self.decoupled)
        if self.shrinking:
            optimizer = Shrinking(optimizer, self.shrinking)
        for wrapper in reversed(self.around):
            optimizer = replace(wrapper, rule=optimizer)
        return optimizer


def parts(optimizer: Optimizer) -> Parts:
    """Take an optimizer apart, its wrappers in one agreed order.

    Args:
        optimizer: a rule, or one in any number of wrappers.

    Returns:
        the `Parts`. The weight decay of AdamW and of Lion is a part of its own, so AdamW's rule is Adam.
    """
    around, decoupled, shrinking = [], 0.0, 0.0
    while isinstance(optimizer, (L2, Decoupled, Shrinking, ClippedNorm, ClippedValue, Uphill)):
        if isinstance(optimizer, Decoupled):  # beside the step: it does not matter what stands around it
            decoupled += optimizer.weight_decay
        elif isinstance(optimizer, Shrinking):
            shrinking += optimizer.weight_decay
        else:
            around.append(replace(optimizer, rule=None))
        optimizer = optimizer.rule
    if type(optimizer) is AdamW or type(optimizer) is Lion:
        decoupled += optimizer.weight_decay
        optimizer = replace(optimizer, weight_decay=0.0)
    if type(optimizer) is AdamW:
        optimizer = Adam(**{name: value for name, value in optimizer.hyperparameters.items() if name != "weight_decay"})
    return Parts(optimizer, _ordered(around), decoupled, shrinking)


def _ordered(around):
    """The wrappers in one agreed order, so that equal optimizers compare equal.

    A decay of 0 is left out, and two decays that follow one another become one. Clipping treats g and −g alike, so an
    `Uphill` moves out of it, and two of them cancel.
    """
    ordered = []
    for wrapper in around:
        if isinstance(wrapper, L2) and wrapper.weight_decay == 0:
            continue
        if isinstance(wrapper, Uphill):
            place = len(ordered)
            while place and isinstance(ordered[place - 1], (ClippedNorm, ClippedValue)):
                place -= 1
            if place and isinstance(ordered[place - 1], Uphill):
                del ordered[place - 1]
            else:
                ordered.insert(place, wrapper)
        elif isinstance(wrapper, L2) and ordered and isinstance(ordered[-1], L2):
            ordered[-1] = L2(None, ordered[-1].weight_decay + wrapper.weight_decay)
        else:
            ordered.append(wrapper)
    return tuple(ordered)


@dataclass(frozen=True)
class Rewriting:
    """One optimizer written as another.

    Attributes:
        parts: what it was written as.
        constant_lr: whether the two part when the learning rate changes during the run.
        why: what changes, in lines; none where the two take the same steps.
        cost: how much that counts.
    """

    parts: Parts
    constant_lr: bool = False
    why: tuple = ()
    cost: int = 0


def _rule_rewritings(rule):
    """All single ways to write a bare rule as another."""
    if type(rule) is EpsInsideAdaGrad and rule.eps:  # √(h₀ + Σg² + ε): ε may as well be a part of h₀
        yield Rewriting(Parts(EpsInsideAdaGrad(rule.lr, 0.0, rule.initial + rule.eps)))
    for coincidence in COINCIDENCES:
        for other in coincidence.rewritten(rule):
            yield Rewriting(Parts(other), coincidence.constant_lr)
    for approximation in APPROXIMATIONS:
        if type(rule) is approximation.rule and approximation.when(rule):
            other = approximation.rewritten(rule)
            yield Rewriting(Parts(other), why=(approximation.why(rule),), cost=approximation.cost)


def _decay_moved(rule):
    """What changes where weight decay moves from the gradient to the step, or back."""
    if isinstance(rule, (Momentum, Nesterov)):
        return (
            "One adds λw to the gradient, so that momentum carries it on; the other takes the fraction ηλ off w beside "
            "the step. To pull as hard in the long run, its λ is 1/(1 − μ) times the first one's."
        )
    return (
        "One adds λw to the gradient, so that the root divides it too, and large gradients make the decay weak; the "
        "other takes the fraction ηλ off w beside the step."
    )


def _rewritings(found):
    """All single ways to write an optimizer, taken apart, as another."""
    rule, around = found.rule, found.around
    for inner in _rule_rewritings(rule):
        if found.decoupled and inner.parts.rule.lr != rule.lr:  # the fraction ηλ stays what it was
            if not inner.parts.rule.lr:
                continue
            kept = found.decoupled * rule.lr / inner.parts.rule.lr
            yield replace(inner, parts=replace(found, rule=inner.parts.rule, decoupled=kept))
        else:
            yield replace(inner, parts=replace(found, rule=inner.parts.rule))
    if isinstance(rule, (TorchMuon, OptaxMuon, KerasMuon)) and rule.rms not in (0, 0.2):
        # The factor rms may as well be in η, if λ makes up for it.
        share = rule.rms / 0.2
        yield Rewriting(
            replace(found, rule=replace(rule, lr=rule.lr * share, rms=0.2), decoupled=found.decoupled / share)
        )
    penalty = around[-1].weight_decay if around and isinstance(around[-1], L2) else 0.0
    if penalty and type(rule) is SGD:
        yield Rewriting(replace(found, around=around[:-1], decoupled=found.decoupled + penalty))
    if found.decoupled and type(rule) is SGD:
        yield Rewriting(replace(found, around=_ordered([*around, L2(None, found.decoupled)]), decoupled=0.0))
    if found.decoupled:
        fraction = found.shrinking + rule.lr * found.decoupled
        yield Rewriting(replace(found, decoupled=0.0, shrinking=fraction), constant_lr=True)
    if found.shrinking and rule.lr:
        amount = found.decoupled + found.shrinking / rule.lr
        yield Rewriting(replace(found, shrinking=0.0, decoupled=amount), constant_lr=True)
    share = 1 - getattr(rule, "momentum", 0.0)
    if penalty:
        moved = replace(found, around=around[:-1], decoupled=found.decoupled + penalty / share)
        yield Rewriting(moved, why=(_decay_moved(rule),))
    if found.decoupled:
        moved = replace(found, around=_ordered([*around, L2(None, found.decoupled * share)]), decoupled=0.0)
        yield Rewriting(moved, why=(_decay_moved(rule),))
    for place, wrapper in enumerate(around):
        before, after = around[:place], around[place + 1 :]
        if isinstance(wrapper, ClippedNorm):
            for changed, why in _clipped_otherwise(wrapper):
                yield Rewriting(replace(found, around=(*before, changed, *after)), why=(why,))
        if isinstance(wrapper, (ClippedNorm, ClippedValue)) and after and isinstance(after[0], L2):
            swapped = _ordered([*before, after[0], wrapper, *after[1:]])
            yield Rewriting(replace(found, around=swapped), why=(_CLIP_FIRST,))
        if isinstance(wrapper, L2) and after and isinstance(after[0], (ClippedNorm, ClippedValue)):
            swapped = _ordered([*before, after[0], wrapper, *after[1:]])
            yield Rewriting(replace(found, around=swapped), why=(_CLIP_FIRST,))


_CLIP_FIRST = "One clips the gradient of the loss alone, the other the gradient with the weight decay added to it."


def _clipped_otherwise(clip):
    """Other ways to clip by norm, each with what it changes."""
    guarded = replace(clip, guard=0.0 if clip.guard else 1e-6)
    yield (
        guarded,
        f"PyTorch adds 1e-6 to the norm before it divides by it, others do not: a clipped gradient differs by the "
        f"fraction 1e-6 / norm, {1e-6 / clip.limit:.2g} at most.",
    )
    yield (
        replace(clip, each=not clip.each),
        "One shortens each parameter's gradient by its own norm, the other all of them by their common one: for a "
        "model of one parameter that is the same.",
    )


def rewrite(optimizer: Optimizer, accept: Callable) -> Any:
    """Write an optimizer as one that is accepted, changing as little as possible.

    Args:
        optimizer: any optimizer.
        accept: a function of the optimizer's `Parts`.

    Returns:
        the `Rewriting` that costs least, in approximations, and, among these, one that allows the learning rate to
        change; None if there is no way.
    """
    count = itertools.count()  # a number that breaks ties, because the heap cannot compare optimizers
    heap, seen = [((0, False, 0), next(count), Rewriting(parts(optimizer)))], set()
    while heap:
        (_, _, steps), _, found = heapq.heappop(heap)
        if repr(found.parts) in seen:
            continue
        seen.add(repr(found.parts))
        if accept(found.parts):
            return found
        for new in _rewritings(found.parts):
            cost = found.cost + max(new.cost, len(new.why))
            new = Rewriting(new.parts, found.constant_lr or new.constant_lr, found.why + new.why, cost)
            if cost <= 8 and len(seen) < 2000:  # any chain of rewritings can be had with fewer
                heapq.heappush(heap, ((cost, new.constant_lr, steps + 1), next(count), new))
    return None
