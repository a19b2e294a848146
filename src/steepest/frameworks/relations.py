"""Where two rules are one, and what differs where they are not.

`COINCIDENCES` lists the settings at which two rules take the same steps. `APPROXIMATIONS` lists how to write a rule as
another that is close to it, and what changes. `rewriting` finds a way from a rule to one that a framework has. So
nobody writes down which call of one framework is which of another: it follows from the rules.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields

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
from steepest.optimizers import (
    SGD,
    AdaGrad,
    Adam,
    AMSGrad,
    GradientDescent,
    Lion,
    Momentum,
    Muon,
    Nesterov,
    Optimizer,
    RMSProp,
    ScheduleFreeAdamW,
    SignSGD,
)

#: In a `Coincidence`: the value does not matter.
ANY = ...


@dataclass(frozen=True)
class Coincidence:
    """Two rules that take the same steps when some hyperparameters have these values and the others are the same.

    Attributes:
        one, values: a rule, and the values its hyperparameters must have; `ANY` is any value.
        other, other_values: the same for the other rule.
        names: the names in the other rule of hyperparameters that are called otherwise there.
        constant_lr: whether they part when the learning rate changes during the run.
        when: what must hold besides, by either optimizer.
    """

    one: type
    values: dict
    other: type
    other_values: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)
    constant_lr: bool = False
    when: Callable = lambda optimizer: True

    def rewritten(self, optimizer: Optimizer) -> Iterator[Optimizer]:
        """The rules that this makes of an optimizer: of one the other, and the other way round.

        Yields:
            the other rule with the optimizer's settings; nothing where they do not fit.
        """
        back = {theirs: ours for ours, theirs in self.names.items()}
        for source, needed, target, fixed, names in (
            (self.one, self.values, self.other, self.other_values, self.names),
            (self.other, self.other_values, self.one, self.values, back),
        ):
            if (
                type(optimizer) is source
                and all(value is ANY or getattr(optimizer, name) == value for name, value in needed.items())
                and self.when(optimizer)
            ):
                kept = {
                    names.get(name, name): value
                    for name, value in optimizer.hyperparameters.items()
                    if name not in needed
                }
                yield target(**kept, **{name: value for name, value in fixed.items() if value is not ANY})


def _remembers(optimizer):
    """Whether the average of squares keeps enough of itself that its rounding errors are those of one number.

    Keras adds (1 − β₂)(g² − h) to h. An error in the last digit of an h that is forgotten at once is large beside a g²
    that is smaller by many digits. So is it in h − m² where h is m².
    """
    if isinstance(optimizer, (TorchRMSProp, KerasRMSProp, OptaxRMSProp)):
        return not optimizer.centered or optimizer.decay >= 1e-3
    return optimizer.beta2 >= 1e-3


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
    Coincidence(OptaxRMSProp, {"eps_inside": True} | _PLAIN, KerasRMSProp, when=_remembers),
    Coincidence(
        OptaxRMSProp, {"eps_inside": False, "momentum": 0.0} | _PLAIN, TorchRMSProp, {"momentum": 0.0}, when=_remembers
    ),
    Coincidence(OptaxRMSProp, {"eps_inside": False} | _PLAIN, TorchRMSProp, constant_lr=True, when=_remembers),
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
    Coincidence(KerasAdam, {"eps": 0.0}, Adam, {"eps": 0.0}, when=_remembers),
    Coincidence(OptaxAMSGrad, {"eps_root": 0.0, "correct_m": True, "correct_h": True}, AMSGrad),
    Coincidence(KerasAMSGrad, {"eps": 0.0}, TorchAMSGrad, {"eps": 0.0}),
    Coincidence(KerasAMSGrad, {"beta2": 0.0}, TorchAMSGrad, {"beta2": 0.0}),
    Coincidence(AMSGrad, {"beta2": 0.0}, TorchAMSGrad, {"beta2": 0.0}),
    Coincidence(OptaxAMSGrad, {"beta1": 0.0, "correct_m": ANY}, OptaxAMSGrad, {"beta1": 0.0, "correct_m": True}),
    Coincidence(OptaxAMSGrad, {"beta2": 0.0, "correct_h": ANY}, OptaxAMSGrad, {"beta2": 0.0, "correct_h": True}),
    Coincidence(Lion, {"beta1": 0.0, "beta2": ANY, "weight_decay": 0.0}, SignSGD),
    Coincidence(KerasScheduleFreeAdamW, {"weight_decay": 0.0}, ScheduleFreeAdamW, {"weight_decay": 0.0}),
    *(
        Coincidence(muon, {"momentum": 0.0, "nesterov": ANY}, muon, {"momentum": 0.0, "nesterov": True})
        for muon in (TorchMuon, OptaxMuon, KerasMuon)
    ),
    Coincidence(
        OptaxRMSProp,
        {"decay": 0.0, "bias_correction": True},
        OptaxRMSProp,
        {"decay": 0.0, "bias_correction": False},
    ),
    Coincidence(OptaxRMSProp, {"decay": 0.0, "initial": ANY}, OptaxRMSProp, {"decay": 0.0, "initial": 0.0}),
)


@dataclass(frozen=True)
class Approximation:
    """A way to write a rule as one that is close to it.

    Attributes:
        rule: the rule that is rewritten.
        when: whether a setting of it needs this, by the optimizer.
        rewritten: the optimizer that is close, by the optimizer.
        why: what changes, in a line, by the optimizer.
        cost: how much it counts against it.
    """

    rule: type
    when: Callable
    rewritten: Callable
    why: Callable
    cost: int = 1


def _to(rule, **changed):
    """A function that turns an optimizer into another rule: it keeps what both have, except what is changed."""

    def rewritten(optimizer):
        names = {field.name for field in fields(rule)}
        kept = {name: value for name, value in optimizer.hyperparameters.items() if name in names}
        return rule(**kept | {name: new(optimizer) if callable(new) else new for name, new in changed.items()})

    return rewritten


def _always(optimizer):
    return True


def _has(name):
    return lambda optimizer: bool(getattr(optimizer, name))


def _root(value):
    return value**0.5


def _swapped(outside, inside):
    """What to know where ε beside a root stands for one inside it: both values, as a line."""
    return (
        f"To matter at the same gradients, those as small as {outside:.3g}, ε is {outside:.3g} beside the root and "
        f"{inside:.3g} inside it; there, steps differ by a factor of up to √2."
    )


def _root_added(optimizer):
    """What to know where ε inside the root is added to the one beside it."""
    root = _root(optimizer.eps_root)
    return (
        f"There is no second ε inside the root: its root, {root:.3g}, is added to the ε beside it; where gradients are "
        f"that small, steps differ by a factor of up to √2."
    )


def _hat(optimizer):
    """What to know where one rule adds ε to the root of a corrected average, and the other to an uncorrected one."""
    if optimizer.beta2 == 0:  # there is nothing to correct
        return FORGETFUL
    first = optimizer.eps / _root(1 - optimizer.beta2)
    return (
        f"One ε is beside the root of the corrected average, the other beside that of the uncorrected one (the paper's "
        f"ε-hat), where it acts as {first:.3g} at the first step and as {optimizer.eps:.3g} in the long run."
    )


_MAXIMUM = "The largest average is taken after the correction in one, before it in the other."


def _uncorrected(name, decay):
    """What to know, by the optimizer, where one rule alone corrects an average for its start."""

    def why(optimizer):
        first = 1 - getattr(optimizer, decay)
        return f"The average {name} is not corrected for its start in one: the first is {first:.3g} times the other's."

    return why


def _forgetful(optimizer):
    """Whether an optimizer divides by a standard deviation of which nothing is remembered."""
    return optimizer.centered and not _remembers(optimizer)


def _plain(optimizer):
    """Whether an optimizer has nothing that Keras and PyTorch do not have."""
    return all(getattr(optimizer, name) == value for name, value in _PLAIN.items())


def _differs_from_keras(optimizer):
    """Whether an Adam of Keras takes other steps with the same hyperparameters."""
    return optimizer.eps or not _remembers(optimizer)


_BFLOAT16 = (
    "PyTorch computes the five steps in bfloat16, of 8 binary digits, and averages gradients; without bfloat16 nothing "
    "but the 1e-7 beside the norm would differ."
)
_AVERAGE = "The average is corrected for its start in one and not in the other; that changes the first steps."
_WIDTH = (
    "Optax has a row for each of a layer's inputs where others have a column, and its factor √max(1, columns / rows) "
    f"is for such weights: for the same layer it is the same. {_AVERAGE}"
)
_STILL = (
    "Without ε, a coordinate that has had no gradient yet is 0/0, not a number, in one; in the other it stays where "
    "it is."
)
_AHEAD = "The momentum is not looked ahead by one step in one, and is in the other."
_FLAT = (
    "The factor of one is 1 whatever the shape, that of the other √max(1, outputs / inputs), which is 1 for a layer "
    "with no more outputs than inputs."
)
_BY_ITS_SIZE = (
    "It has no signs, but RMSProp that forgets at once divides a gradient by its own size. A step is shorter only "
    "where a gradient is hardly larger than ε, 1e-12."
)
_DECAYED = (
    "The weight decay is a part of the step of z in one. In the other it moves the point of the gradient, and with it "
    "the average, and z stays."
)
#: Why rules part whose average forgets at once.
FORGETFUL = (
    "With an average that forgets at once, what one divides by is a rounding error where gradients shrink by many "
    "digits from one step to the next, and it is not the other's."
)


def _rms(rms):
    """What to know of a Muon whose steps are as long as those of Adam."""
    return (
        f"The factor of one is {rms:.6g} √max(rows, columns), that of the other √max(1, rows / columns). For steps as "
        f"long, divide lr by what it grows by, and multiply weight_decay: {rms * _root(512):.3g} for 512 × 512."
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
            f"steps by the fraction {o.eps / _root(o.initial):.2g} at most."
            if o.initial
            else _swapped(o.eps, o.eps**2)
        ),
    ),
    Approximation(
        EpsInsideAdaGrad,
        lambda o: o.eps == o.initial == 0,
        _to(StillAdaGrad),
        lambda o: _STILL,
    ),
    Approximation(StillAdaGrad, _always, _to(EpsInsideAdaGrad, initial=0.0), lambda o: _STILL),
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
        _to(OptaxRMSProp, eps=lambda o: _root(o.eps), eps_inside=False),
        lambda o: _swapped(_root(o.eps), o.eps),
    ),
    Approximation(
        OptaxRMSProp,
        lambda o: o.initial and o.decay,
        _to(OptaxRMSProp, initial=0.0),
        lambda o: (
            f"The average of g² starts at 0, not at {o.initial:.6g}, of which less than 1 % is left after "
            f"{5 / (1 - o.decay):.0f} steps."
        ),
    ),
    Approximation(
        OptaxRMSProp,
        lambda o: o.bias_correction and o.decay,
        _to(OptaxRMSProp, bias_correction=False),
        lambda o: (
            f"The average is not corrected for its start, so the first step is {1 / _root(1 - o.decay):.3g} times "
            f"as long."
        ),
    ),
    Approximation(
        OptaxRMSProp,
        lambda o: o.nesterov and o.momentum,
        _to(OptaxRMSProp, nesterov=False),
        lambda o: "The momentum is not Nesterov's, which takes the newest step once more.",
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
        cost=3,
    ),
    Approximation(
        OptaxAdam,
        _has("eps_root"),
        _to(OptaxAdam, eps=lambda o: o.eps + _root(o.eps_root), eps_root=0.0),
        _root_added,
    ),
    Approximation(
        OptaxAdam,
        lambda o: o.nesterov and o.beta1,
        _to(OptaxAdam, nesterov=False),
        lambda o: "It does not look the average of gradients ahead.",
    ),
    Approximation(Adam, _differs_from_keras, _to(KerasAdam), _hat),
    Approximation(KerasAdam, _differs_from_keras, _to(Adam), _hat),
    Approximation(
        OptaxAMSGrad,
        _has("eps_root"),
        _to(OptaxAMSGrad, eps=lambda o: o.eps + _root(o.eps_root), eps_root=0.0),
        _root_added,
    ),
    Approximation(AMSGrad, _has("beta2"), _to(TorchAMSGrad), lambda o: _MAXIMUM),
    Approximation(TorchAMSGrad, _has("beta2"), _to(AMSGrad), lambda o: _MAXIMUM),
    Approximation(TorchAMSGrad, lambda o: o.eps and o.beta2, _to(KerasAMSGrad), _hat),
    Approximation(KerasAMSGrad, lambda o: o.eps and o.beta2, _to(TorchAMSGrad), _hat),
    Approximation(
        OptaxAMSGrad,
        lambda o: not o.correct_m and o.beta1,
        _to(OptaxAMSGrad, correct_m=True),
        _uncorrected("m", "beta1"),
    ),
    Approximation(
        OptaxAMSGrad,
        lambda o: not o.correct_h and o.beta2,
        _to(OptaxAMSGrad, correct_h=True),
        _uncorrected("h", "beta2"),
    ),
    Approximation(KerasRMSProp, _forgetful, _to(OptaxRMSProp, eps_inside=True), lambda o: FORGETFUL),
    Approximation(TorchRMSProp, _forgetful, _to(OptaxRMSProp, eps_inside=False), lambda o: FORGETFUL),
    Approximation(
        OptaxRMSProp, lambda o: _forgetful(o) and o.eps_inside and _plain(o), _to(KerasRMSProp), lambda o: FORGETFUL
    ),
    Approximation(
        OptaxRMSProp, lambda o: _forgetful(o) and not o.eps_inside and _plain(o), _to(TorchRMSProp), lambda o: FORGETFUL
    ),
    Approximation(
        Lion,
        lambda o: o.beta1 == 0,
        _to(Lion, beta1=1e-9),
        lambda o: (
            "It asks for a beta_1 above 0. With 1e-9 steps differ only where a gradient is that small beside the "
            "average of those before."
        ),
    ),
    Approximation(SignSGD, _always, _to(TorchRMSProp, decay=0.0, eps=1e-12), lambda o: _BY_ITS_SIZE),
    Approximation(ScheduleFreeAdamW, _has("weight_decay"), _to(KerasScheduleFreeAdamW), lambda o: _DECAYED),
    Approximation(KerasScheduleFreeAdamW, _has("weight_decay"), _to(ScheduleFreeAdamW), lambda o: _DECAYED),
    Approximation(Muon, _always, _to(TorchMuon), lambda o: _BFLOAT16),
    Approximation(TorchMuon, lambda o: not o.rms and o.nesterov, _to(Muon), lambda o: _BFLOAT16),
    Approximation(TorchMuon, lambda o: not o.nesterov and o.momentum, _to(TorchMuon, nesterov=True), lambda o: _AHEAD),
    Approximation(OptaxMuon, lambda o: not o.nesterov and o.momentum, _to(OptaxMuon, nesterov=True), lambda o: _AHEAD),
    Approximation(KerasMuon, lambda o: not o.nesterov and o.momentum, _to(KerasMuon, nesterov=True), lambda o: _AHEAD),
    Approximation(TorchMuon, _has("rms"), _to(KerasMuon), lambda o: _BFLOAT16),
    Approximation(KerasMuon, _has("rms"), _to(TorchMuon), lambda o: _BFLOAT16),
    Approximation(TorchMuon, _has("rms"), _to(OptaxMuon), lambda o: f"{_BFLOAT16} {_AVERAGE}"),
    Approximation(OptaxMuon, _has("rms"), _to(TorchMuon), lambda o: f"{_BFLOAT16} {_AVERAGE}"),
    Approximation(TorchMuon, lambda o: not o.rms, _to(OptaxMuon), lambda o: f"{_WIDTH} {_BFLOAT16}"),
    Approximation(OptaxMuon, lambda o: not o.rms, _to(TorchMuon), lambda o: f"{_WIDTH} {_BFLOAT16}"),
    Approximation(Muon, _always, _to(OptaxMuon), lambda o: _WIDTH),
    Approximation(OptaxMuon, lambda o: not o.rms and o.nesterov, _to(Muon), lambda o: _WIDTH),
    Approximation(Muon, _always, _to(KerasMuon, rms=0.0), lambda o: _FLAT),
    Approximation(TorchMuon, lambda o: not o.rms, _to(KerasMuon, rms=0.0), lambda o: f"{_FLAT} {_BFLOAT16}"),
    Approximation(KerasMuon, lambda o: o.rms and o.nesterov, _to(Muon), lambda o: _rms(o.rms)),
    Approximation(KerasMuon, lambda o: not o.rms, _to(TorchMuon), lambda o: f"{_FLAT} {_BFLOAT16}"),
    Approximation(KerasMuon, lambda o: not o.rms, _to(OptaxMuon), lambda o: f"{_FLAT} {_AVERAGE}"),
    Approximation(KerasMuon, lambda o: not o.rms and o.nesterov, _to(Muon), lambda o: _FLAT),
    Approximation(KerasMuon, _has("rms"), _to(OptaxMuon), lambda o: _AVERAGE),
    Approximation(OptaxMuon, _always, _to(KerasMuon), lambda o: _AVERAGE if o.rms else f"{_FLAT} {_AVERAGE}"),
)
