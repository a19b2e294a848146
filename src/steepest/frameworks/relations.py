"""Where two rules are one, and what differs where they are not.

`COINCIDENCES` lists the settings at which two rules take the same steps. `APPROXIMATIONS` lists how to write a rule as
another that is close to it, and what changes. `rewrite` finds a way from a rule to one that a framework has. So nobody
writes down which call of one framework is which of another: it follows from the rules.
"""

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace

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
from steepest.optimizers import (
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Momentum,
    Muon,
    Nesterov,
    Optimizer,
    RMSProp,
)

#: In a `Coincidence`: the value does not matter.
ANY = ...


@dataclass(frozen=True)
class Coincidence:
    """Two rules that take the same steps when some hyperparameters have these values and the others are the same.

    Attributes:
        one, at: a rule, and the values its hyperparameters must have; `ANY` is any value.
        other, other_at: the same for the other rule.
        names: the names in the other rule of hyperparameters that are called otherwise there.
        constant_lr: whether they part when the learning rate changes during the run.
    """

    one: type
    at: dict
    other: type
    other_at: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)
    constant_lr: bool = False

    def rewritten(self, optimizer):
        """The rules that this makes of an optimizer: of one the other, and the other way round."""
        back = {theirs: ours for ours, theirs in self.names.items()}
        for source, at, target, target_at, names in (
            (self.one, self.at, self.other, self.other_at, self.names),
            (self.other, self.other_at, self.one, self.at, back),
        ):
            if type(optimizer) is source and all(
                value is ANY or getattr(optimizer, name) == value for name, value in at.items()
            ):
                kept = {
                    names.get(name, name): value for name, value in optimizer.hyperparameters.items() if name not in at
                }
                yield target(**kept, **{name: value for name, value in target_at.items() if value is not ANY})


_PLAIN = {"initial": 0.0, "nesterov": False, "bias_correction": False}
_CORRECTED = {"momentum": 0.0, "nesterov": False, "centered": False, "initial": 0.0, "bias_correction": True}

COINCIDENCES = (
    Coincidence(GradientDescent, {}, SGD),
    Coincidence(Momentum, {"momentum": 0.0}, SGD),
    Coincidence(Nesterov, {"momentum": 0.0}, SGD),
    Coincidence(LateMomentum, {"momentum": 0.0}, SGD),
    Coincidence(DampenedMomentum, {"momentum": 0.0, "dampening": ANY}, SGD),
    Coincidence(LateNesterov, {"momentum": 0.0}, SGD),
    Coincidence(DampenedMomentum, {"dampening": 0.0}, LateMomentum),
    Coincidence(LateMomentum, {}, Momentum, constant_lr=True),
    Coincidence(LateNesterov, {}, Nesterov, constant_lr=True),
    Coincidence(TorchAdaGrad, {"initial": 0.0, "lr_decay": 0.0}, AdaGrad),
    Coincidence(TorchAdaGrad, {"eps": 0.0, "lr_decay": 0.0}, EpsInsideAdaGrad, {"eps": 0.0}),
    Coincidence(TorchRMSProp, {"momentum": 0.0, "centered": False}, RMSProp),
    Coincidence(OptaxRMSProp, {"eps_inside": True} | _PLAIN, KerasRMSProp),
    Coincidence(OptaxRMSProp, {"eps_inside": False, "momentum": 0.0} | _PLAIN, TorchRMSProp, {"momentum": 0.0}),
    Coincidence(OptaxRMSProp, {"eps_inside": False} | _PLAIN, TorchRMSProp, constant_lr=True),
    Coincidence(OptaxRMSProp, {"eps": 0.0, "eps_inside": True}, OptaxRMSProp, {"eps": 0.0, "eps_inside": False}),
    Coincidence(OptaxRMSProp, {"momentum": 0.0, "nesterov": ANY}, OptaxRMSProp, {"momentum": 0.0, "nesterov": False}),
    Coincidence(
        OptaxRMSProp,
        {"eps_inside": False} | _CORRECTED,
        OptaxAdam,
        {"beta1": 0.0, "eps_root": 0.0, "nesterov": False},
        names={"decay": "beta2"},
    ),
    Coincidence(
        OptaxRMSProp,
        {"eps_inside": True} | _CORRECTED,
        OptaxAdam,
        {"beta1": 0.0, "eps": 0.0, "nesterov": False},
        names={"decay": "beta2", "eps": "eps_root"},
    ),
    Coincidence(OptaxAdam, {"eps_root": 0.0, "nesterov": False}, Adam),
    Coincidence(OptaxAdam, {"beta1": 0.0, "nesterov": ANY}, OptaxAdam, {"beta1": 0.0, "nesterov": False}),
    Coincidence(KerasAdam, {"eps": 0.0}, Adam, {"eps": 0.0}),
    Coincidence(OptaxAMSGrad, {"eps_root": 0.0}, AMSGrad),
    Coincidence(KerasAMSGrad, {"eps": 0.0}, TorchAMSGrad, {"eps": 0.0}),
)


@dataclass(frozen=True)
class Approximation:
    """A way to write a rule as one that is close to it.

    Attributes:
        rule: the rule that is rewritten.
        when: whether a setting of it needs this, by the optimizer.
        rewritten: the optimizer that is close, by the optimizer.
        why: what changes, in a line, by the optimizer.
    """

    rule: type
    when: Callable
    rewritten: Callable
    why: Callable


def _to(rule, **changed):
    """A function that makes an optimizer another rule: what both have stays, but for what is changed."""

    def rewritten(optimizer):
        names = {field.name for field in fields(rule)}
        kept = {name: value for name, value in optimizer.hyperparameters.items() if name in names}
        return rule(**kept | {name: new(optimizer) if callable(new) else new for name, new in changed.items()})

    return rewritten


def _always(optimizer):
    return True


def _has(name):
    return lambda optimizer: bool(getattr(optimizer, name))


def _swapped(outside, inside):
    return (
        f"To matter at the same gradients, those as small as {outside:.3g}, ε is {outside:.3g} beside the root and "
        f"{inside:.3g} inside it; there, steps differ by a factor of up to √2."
    )


def _root_added(optimizer):
    root = math.sqrt(optimizer.eps_root)
    return (
        f"There is no second ε inside the root: its root, {root:.3g}, is added to the ε beside it; where gradients are "
        f"that small, steps differ by a factor of up to √2."
    )


def _hat(optimizer):
    first = optimizer.eps / math.sqrt(1 - optimizer.beta2)
    return (
        f"One ε is beside the root of the corrected average, the other beside that of the uncorrected one (the paper's "
        f"ε-hat), where it acts as {first:.3g} at the first step and as {optimizer.eps:.3g} in the long run."
    )


_MAXIMUM = "The largest average is taken after the correction in one, before it in the other."


def _beside(optimizer):
    """λ of a decoupled decay that pulls as hard in the long run."""
    return optimizer.weight_decay / (1 - getattr(optimizer.rule, "momentum", 0.0))


def _through(optimizer):
    return optimizer.weight_decay * (1 - getattr(optimizer.rule, "momentum", 0.0))


_BFLOAT16 = (
    "PyTorch computes the five steps in bfloat16, of 8 binary digits, and averages gradients; without bfloat16 nothing "
    "but the 1e-7 beside the norm would differ."
)
_AVERAGE = "The average is corrected for its start in one and not in the other; that changes the first steps."
_WIDTH = (
    "The factor √max(1, rows / columns) becomes √max(1, columns / rows), because Optax takes rows for a layer's "
    f"inputs: for the same layer it is the same. {_AVERAGE}"
)


def _rms(rms):
    return (
        f"The factor of one is {rms:.6g} √max(rows, columns), that of the other √max(1, rows / columns). For steps as "
        f"long, divide lr by what it grows by, and multiply weight_decay: {rms * math.sqrt(512):.3g} for 512 × 512."
    )


def _decay_moved(optimizer):
    if isinstance(optimizer.rule, (Momentum, Nesterov)):
        return (
            "One adds λw to the gradient, so that momentum carries it on; the other takes the fraction ηλ off w beside "
            "the step. To pull as hard in the long run, its λ is 1/(1 − μ) times the first one's."
        )
    return (
        "One adds λw to the gradient, so that the root divides it too, and large gradients make the decay weak; the "
        "other takes the fraction ηλ off w beside the step."
    )


APPROXIMATIONS = (
    Approximation(
        DampenedMomentum,
        _has("dampening"),
        _to(LateMomentum, lr=lambda o: o.lr * (1 - o.dampening)),
        lambda o: (
            f"Dampening is in the learning rate, {o.lr:.6g} × {1 - o.dampening:.6g}; but the first gradient is not "
            f"dampened, so it counts {1 / (1 - o.dampening):.3g} times as much."
        ),
    ),
    Approximation(
        TorchAdaGrad,
        _has("lr_decay"),
        _to(TorchAdaGrad, lr_decay=0.0),
        lambda o: (
            f"The learning rate falls as {o.lr:.6g} / (1 + {o.lr_decay:.6g} (t − 1)). Here that is a schedule to be "
            f"given; what follows is without it."
        ),
    ),
    Approximation(
        TorchAdaGrad,
        lambda o: o.eps and not o.lr_decay,
        _to(EpsInsideAdaGrad, eps=lambda o: 0.0 if o.initial else o.eps**2),
        lambda o: (
            f"There is no ε beside the root. As the sum of g² starts at {o.initial:.3g}, ε = {o.eps:.3g} shortened "
            f"steps by the fraction {o.eps / math.sqrt(o.initial):.2g} at most."
            if o.initial
            else _swapped(o.eps, o.eps**2)
        ),
    ),
    Approximation(
        TorchAdaGrad,
        _has("initial"),
        _to(TorchAdaGrad, initial=0.0, eps=lambda o: o.eps or 1e-8),
        lambda o: (
            f"The sum of g² starts at 0, not at {o.initial:.6g}. A first gradient g makes a step "
            f"√(1 + {o.initial:.6g}/g²) times as long; steps stay longer until the sum has outgrown {o.initial:.6g}."
        ),
    ),
    Approximation(
        OptaxRMSProp,
        lambda o: o.eps and not o.eps_inside,
        _to(OptaxRMSProp, eps=lambda o: o.eps**2, eps_inside=True),
        lambda o: _swapped(o.eps, o.eps**2),
    ),
    Approximation(
        OptaxRMSProp,
        lambda o: o.eps and o.eps_inside,
        _to(OptaxRMSProp, eps=lambda o: math.sqrt(o.eps), eps_inside=False),
        lambda o: _swapped(math.sqrt(o.eps), o.eps),
    ),
    Approximation(
        OptaxRMSProp,
        _has("initial"),
        _to(OptaxRMSProp, initial=0.0),
        lambda o: (
            f"The average of g² starts at 0, not at {o.initial:.6g}, of which less than 1 % is left after "
            f"{5 / (1 - o.decay):.0f} steps."
        ),
    ),
    Approximation(
        OptaxRMSProp,
        _has("bias_correction"),
        _to(OptaxRMSProp, bias_correction=False),
        lambda o: (
            f"The average is not corrected for its start, so the first step is {1 / math.sqrt(1 - o.decay):.3g} times "
            f"as long."
        ),
    ),
    Approximation(
        OptaxRMSProp,
        lambda o: o.nesterov and o.momentum,
        _to(OptaxRMSProp, nesterov=False),
        lambda o: "The momentum is not Nesterov's.",
    ),
    Approximation(
        OptaxRMSProp,
        _has("centered"),
        _to(OptaxRMSProp, centered=False),
        lambda o: "It does not divide by the standard deviation of g but by its root mean square.",
    ),
    Approximation(
        OptaxRMSProp,
        _has("momentum"),
        _to(OptaxRMSProp, momentum=0.0, lr=lambda o: o.lr / (1 - o.momentum)),
        lambda o: (
            f"It has no momentum. In its place the learning rate is {1 / (1 - o.momentum):.3g} times as large, which "
            f"is the same in the long run under a steady gradient."
        ),
    ),
    Approximation(
        OptaxAdam,
        _has("eps_root"),
        _to(OptaxAdam, eps=lambda o: o.eps + math.sqrt(o.eps_root), eps_root=0.0),
        _root_added,
    ),
    Approximation(
        OptaxAdam,
        lambda o: o.nesterov and o.beta1,
        _to(OptaxAdam, nesterov=False),
        lambda o: "It does not look the average of gradients ahead.",
    ),
    Approximation(Adam, _has("eps"), _to(KerasAdam), _hat),
    Approximation(KerasAdam, _has("eps"), _to(Adam), _hat),
    Approximation(
        OptaxAMSGrad,
        _has("eps_root"),
        _to(OptaxAMSGrad, eps=lambda o: o.eps + math.sqrt(o.eps_root), eps_root=0.0),
        _root_added,
    ),
    Approximation(AMSGrad, _always, _to(TorchAMSGrad), lambda o: _MAXIMUM),
    Approximation(TorchAMSGrad, _always, _to(AMSGrad), lambda o: _MAXIMUM),
    Approximation(TorchAMSGrad, _has("eps"), _to(KerasAMSGrad), _hat),
    Approximation(KerasAMSGrad, _has("eps"), _to(TorchAMSGrad), _hat),
    Approximation(Muon, _always, _to(TorchMuon), lambda o: _BFLOAT16),
    Approximation(TorchMuon, _always, _to(Muon), lambda o: _BFLOAT16),
    Approximation(Muon, _always, _to(OptaxMuon, rms=0.0), lambda o: _WIDTH),
    Approximation(OptaxMuon, lambda o: o.rms == 0, _to(Muon), lambda o: _WIDTH),
    Approximation(Muon, _always, _to(KerasMuon, rms=0.2), lambda o: _rms(0.2)),
    Approximation(KerasMuon, _has("rms"), _to(Muon), lambda o: _rms(o.rms)),
    Approximation(KerasMuon, _has("rms"), _to(OptaxMuon), lambda o: _AVERAGE),
    Approximation(OptaxMuon, _has("rms"), _to(KerasMuon), lambda o: _AVERAGE),
    Approximation(L2, _always, lambda o: Decoupled(o.rule, _beside(o)), _decay_moved),
    Approximation(Decoupled, _always, lambda o: L2(o.rule, _through(o)), _decay_moved),
)


@dataclass(frozen=True)
class Rewriting:
    """One rule written as another.

    Attributes:
        optimizer: what it was written as.
        constant_lr: whether the two part when the learning rate changes during the run.
        why: what changes, in lines; none where the two take the same steps.
    """

    optimizer: Optimizer
    constant_lr: bool = False
    why: tuple = ()


def parts(optimizer):
    """An optimizer's rule, the form of its weight decay or None, and the amount of that."""
    if isinstance(optimizer, (L2, Decoupled, Shrinking)):
        return optimizer.rule, type(optimizer), optimizer.weight_decay
    return optimizer, None, 0.0


def _rewritings(optimizer):
    """All single ways to write an optimizer as another."""
    rule, form, amount = parts(optimizer)
    if form:
        for inner in _rewritings(rule):
            yield replace(inner, optimizer=form(inner.optimizer, amount))
        if amount == 0:
            yield Rewriting(rule)
        if type(rule) is SGD and form is not Shrinking:
            yield Rewriting((Decoupled if form is L2 else L2)(rule, amount))
        if form is Decoupled:
            yield Rewriting(Shrinking(rule, rule.lr * amount), constant_lr=True)
            if type(rule) is Adam:
                yield Rewriting(AdamW(**rule.hyperparameters, weight_decay=amount))
        if form is Shrinking and rule.lr:
            yield Rewriting(Decoupled(rule, amount / rule.lr), constant_lr=True)
    if type(optimizer) is AdamW:
        yield Rewriting(Decoupled(_to(Adam)(optimizer), optimizer.weight_decay))
    if type(optimizer) is EpsInsideAdaGrad and optimizer.eps:  # √(h₀ + Σg² + ε): ε may as well be a part of h₀
        yield Rewriting(EpsInsideAdaGrad(optimizer.lr, 0.0, optimizer.initial + optimizer.eps))
    for coincidence in COINCIDENCES:
        for other in coincidence.rewritten(optimizer):
            yield Rewriting(other, coincidence.constant_lr)
    for approximation in APPROXIMATIONS:
        if type(optimizer) is approximation.rule and approximation.when(optimizer):
            yield Rewriting(approximation.rewritten(optimizer), why=(approximation.why(optimizer),))


def rewrite(optimizer, accept):
    """Write an optimizer as one that is accepted, changing as little as possible.

    Args:
        optimizer: any optimizer.
        accept: a function of an optimizer.

    Returns:
        The `Rewriting` with the fewest approximations and, among these, one that allows the learning rate to change;
        None if there is no way.
    """
    count = itertools.count()  # so that the heap need not compare optimizers
    heap, seen = [((0, False, 0), next(count), Rewriting(optimizer))], set()
    while heap:
        (_, _, steps), _, found = heapq.heappop(heap)
        if repr(found.optimizer) in seen:
            continue
        seen.add(repr(found.optimizer))
        if accept(found.optimizer):
            return found
        for new in _rewritings(found.optimizer):
            new = Rewriting(new.optimizer, found.constant_lr or new.constant_lr, found.why + new.why)
            heapq.heappush(heap, ((len(new.why), new.constant_lr, steps + 1), next(count), new))
    return None
