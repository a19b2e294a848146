"""Learning-rate schedules by the names that PyTorch, Optax and Keras have for them.

A schedule is one of a few shapes, each a function of the step t = 1, 2, …. The frameworks count from 0, and name the
same step differently: the shapes hold the course's count.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Constant:
    """The same learning rate at each step."""

    def __call__(self, t: int) -> float:
        return 1.0


@dataclass(frozen=True)
class Steps:
    """A factor for each stretch of steps.

    Attributes:
        ends: the last step of each stretch but the last.
        factors: one more than there are in ``ends``.
    """

    ends: tuple
    factors: tuple

    def __call__(self, t: int) -> float:
        return self.factors[sum(t > end for end in self.ends)]


@dataclass(frozen=True)
class Exponential:
    """A factor of ``rate`` for every so many steps, all at once or a little at each step."""

    rate: float
    every: float
    staircase: bool = False

    def __call__(self, t: int) -> float:
        passed = (t - 1) / self.every
        return self.rate ** (math.floor(passed) if self.staircase else passed)


@dataclass(frozen=True)
class Polynomial:
    """From one factor to another in so many steps: a straight line where the power is 1."""

    start: float
    end: float
    steps: int
    power: float = 1.0

    def __call__(self, t: int) -> float:
        left = 1 - min(t - 1, self.steps) / self.steps
        return (self.start - self.end) * left**self.power + self.end


@dataclass(frozen=True)
class Cosine:
    """Half a wave from 1 down to ``end``, after a straight line from ``start`` up to 1 in ``warmup`` steps.

    Attributes:
        steps: of the half wave.
        end: the factor at the end.
        warmup: the steps before it; 0 for none.
        start: the factor at the first of them.
    """

    steps: int
    end: float = 0.0
    warmup: int = 0
    start: float = 0.0

    def __call__(self, t: int) -> float:
        if t <= self.warmup:
            return self.start + (1 - self.start) * (t - 1) / self.warmup
        passed = min(t - 1 - self.warmup, self.steps) / self.steps
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * passed)) / 2


@dataclass(frozen=True)
class Schedule:
    """A shape and the learning rate that it multiplies, or None where the optimizer has that."""

    shape: Callable[[int], float]
    lr: float | None = None

    def __call__(self, t: int) -> float:
        """The learning rate at step t = 1, 2, …; the factor where the optimizer has the rate."""
        return (1.0 if self.lr is None else self.lr) * self.shape(t)


# --- Reading


def _whole(call, name, value):
    """A number of steps, read as a float; ValueError with the argument's name if it is not a whole number from 1 on."""
    if not isinstance(value, float) or value != int(value) or value < 1:
        raise ValueError(f"{call}: {name} must be a whole number of steps from 1 on, not {value!r}.")
    return int(value)


def _share(value, lr):
    """A learning rate as a factor of another one."""
    if lr == 0:
        raise ValueError("A schedule whose learning rate is 0 is 0 at each step.")
    return value / lr


def schedule_of(call: str, given: dict, lr: float | None = None) -> Schedule:
    """The schedule that a call makes.

    Args:
        call: the full name of the call, a key of `SIGNATURES`.
        given: all its arguments by name, numbers as floats.
        lr: the learning rate of the optimizer that a PyTorch schedule belongs to, if that is known.

    Returns:
        the `Schedule`. It has the learning rate that is in the call, and for one of PyTorch the optimizer's.

    Raises:
        ValueError: arguments of a schedule that is none of the shapes here; the message names the argument.
    """
    name = call.rpartition(".")[2]

    def whole(argument):
        return _whole(call, argument, given[argument])

    def refuse(argument, default):
        if given[argument] != default:
            raise ValueError(f"{call} is read with its default {argument}={default} alone, not {given[argument]!r}.")

    match name:
        case "ConstantLR":
            if given["factor"] in (0, 1):
                if given["factor"] == 1:
                    return Schedule(Constant(), lr)
                raise ValueError(f"{call}: the factor must be above 0: PyTorch divides by it at the end.")
            return Schedule(Steps((whole("total_iters"),), (given["factor"], 1.0)), lr)
        case "StepLR":
            return Schedule(Exponential(given["gamma"], whole("step_size"), staircase=True), lr)
        case "ExponentialLR":
            return Schedule(Exponential(given["gamma"], 1), lr)
        case "MultiStepLR":
            ends = tuple(sorted(_whole(call, "milestones", milestone) for milestone in given["milestones"]))
            return Schedule(Steps(ends, tuple(given["gamma"] ** k for k in range(len(ends) + 1))), lr)
        case "CosineAnnealingLR":
            if given["eta_min"] and lr is None:
                raise ValueError(f"{call}: eta_min is a learning rate, so the optimizer's is needed: give both lines.")
            return Schedule(Cosine(whole("T_max"), given["eta_min"] and _share(given["eta_min"], lr)), lr)
        case "LinearLR":
            return Schedule(Polynomial(given["start_factor"], given["end_factor"], whole("total_iters")), lr)
        case "PolynomialLR":
            return Schedule(Polynomial(1.0, 0.0, whole("total_iters"), given["power"]), lr)
        case "constant_schedule":
            return Schedule(Constant(), given["value"])
        case "piecewise_constant_schedule":
            scales = sorted((given["boundaries_and_scales"] or {}).items())
            ends = tuple(_whole(call, "a boundary", boundary) for boundary, _ in scales)
            factors = [1.0]
            for _, scale in scales:
                factors.append(factors[-1] * scale)
            return Schedule(Steps(ends, tuple(factors)), given["init_value"])
        case "exponential_decay":
            refuse("transition_begin", 0.0)
            refuse("end_value", None)
            shape = Exponential(given["decay_rate"], whole("transition_steps"), given["staircase"])
            return Schedule(shape, given["init_value"])
        case "cosine_decay_schedule":
            refuse("exponent", 1.0)
            return Schedule(Cosine(whole("decay_steps"), given["alpha"]), given["init_value"])
        case "linear_schedule" | "polynomial_schedule":
            refuse("transition_begin", 0.0)
            start, end = given["init_value"], given["end_value"]
            peak = max(start, end)
            shape = Polynomial(
                _share(start, peak), _share(end, peak), whole("transition_steps"), given.get("power", 1.0)
            )
            return Schedule(shape, peak)
        case "warmup_constant_schedule":
            start, peak = given["init_value"], given["peak_value"]
            return Schedule(Polynomial(_share(start, peak), 1.0, whole("warmup_steps")), peak)
        case "warmup_cosine_decay_schedule":
            refuse("exponent", 1.0)
            warmup, peak = whole("warmup_steps"), given["peak_value"]
            if whole("decay_steps") <= warmup:
                raise ValueError(f"{call}: decay_steps counts the warm-up too, and must be above warmup_steps.")
            start, end = _share(given["init_value"], peak), _share(given["end_value"], peak)
            return Schedule(Cosine(whole("decay_steps") - warmup, end, warmup, start), peak)
        case "PiecewiseConstantDecay":
            values, boundaries = given["values"], given["boundaries"]
            if len(values) != len(boundaries) + 1:
                raise ValueError(f"{call}: there must be one value more than there are boundaries.")
            ends = tuple(_whole(call, "a boundary", boundary) + 1 for boundary in boundaries)
            return Schedule(Steps(ends, tuple(_share(value, values[0]) for value in values)), values[0])
        case "ExponentialDecay":
            shape = Exponential(given["decay_rate"], whole("decay_steps"), given["staircase"])
            return Schedule(shape, given["initial_learning_rate"])
        case "PolynomialDecay":
            refuse("cycle", False)
            start, end = given["initial_learning_rate"], given["end_learning_rate"]
            peak = max(start, end)
            return Schedule(
                Polynomial(_share(start, peak), _share(end, peak), whole("decay_steps"), given["power"]), peak
            )
        case "CosineDecay":
            start, peak, steps = given["initial_learning_rate"], given["warmup_target"], whole("decay_steps")
            if peak is None or not given["warmup_steps"]:
                return Schedule(Cosine(steps, given["alpha"]), start)
            return Schedule(Cosine(steps, given["alpha"], whole("warmup_steps"), _share(start, peak)), peak)
    raise ValueError(f"{call} is no schedule that is read here.")


def joined(pieces: Sequence[Any], boundaries: Sequence[float]) -> Schedule:
    """One schedule of several that follow one another, each counting from where it begins: `optax.join_schedules`.

    Args:
        pieces: the schedules, each with its learning rate.
        boundaries: how many steps have passed where each but the first begins.

    Returns:
        one `Schedule`, with the learning rate that its shape multiplies.

    Raises:
        ValueError: what is none of the shapes here.
    """
    ends = tuple(_whole("optax.join_schedules", "a boundary", boundary) for boundary in boundaries)
    if len(pieces) != len(ends) + 1 or list(ends) != sorted(set(ends)):
        raise ValueError("optax.join_schedules: there must be one schedule more than there are boundaries, which rise.")
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return first
    if all(isinstance(piece.shape, Constant) for piece in pieces):
        return Schedule(Steps(ends, tuple(_share(piece.lr, first.lr) for piece in pieces)), first.lr)
    if len(pieces) == 2 and isinstance(first.shape, Polynomial) and first.shape.power == 1:
        line, then, (end,) = first.shape, last.shape, ends
        goes_on = math.isclose(last.lr, first.lr * line.end, rel_tol=1e-12)
        if goes_on and isinstance(then, Constant) and line.steps <= end:
            return first
        if goes_on and isinstance(then, Cosine) and not then.warmup and line.steps == end:
            return Schedule(Cosine(then.steps, then.end, end, line.start / line.end), last.lr)
    raise ValueError(
        "optax.join_schedules is read for constants, and for a straight line that ends at the boundary, where a "
        "constant or a cosine goes on at the same height. Translate others one by one."
    )


#: The calls that are read as schedules.
READ = (
    "torch.optim.lr_scheduler.ConstantLR",
    "torch.optim.lr_scheduler.StepLR",
    "torch.optim.lr_scheduler.MultiStepLR",
    "torch.optim.lr_scheduler.ExponentialLR",
    "torch.optim.lr_scheduler.CosineAnnealingLR",
    "torch.optim.lr_scheduler.LinearLR",
    "torch.optim.lr_scheduler.PolynomialLR",
    "optax.constant_schedule",
    "optax.warmup_constant_schedule",
    "optax.join_schedules",
    "optax.piecewise_constant_schedule",
    "optax.exponential_decay",
    "optax.cosine_decay_schedule",
    "optax.linear_schedule",
    "optax.polynomial_schedule",
    "optax.warmup_cosine_decay_schedule",
    "keras.optimizers.schedules.PiecewiseConstantDecay",
    "keras.optimizers.schedules.ExponentialDecay",
    "keras.optimizers.schedules.PolynomialDecay",
    "keras.optimizers.schedules.CosineDecay",
)


# --- Writing


def write(schedule: Schedule, to: str) -> tuple[str, tuple]:
    """A schedule as it is written in a framework.

    In PyTorch and in the course the learning rate itself stays with the optimizer.

    Returns:
        an expression, and what a reader should know of it, in lines.
    """
    shape, base = schedule.shape, schedule.lr
    notes = ()

    def value(factor):
        if base is None:
            return "lr" if factor == 1 else f"{factor:.15g} * lr" if factor else "0.0"
        return repr(float(f"{factor * base:.15g}"))

    if to == "PyTorch":
        text = f"torch.optim.lr_scheduler.{_for_torch(shape)}"
        notes = (
            "A scheduler of PyTorch counts calls of scheduler.step(): here one after each step, not one an epoch.",
        )
        if isinstance(shape, Cosine) and not shape.warmup:
            notes = (
                *notes,
                f"After step {shape.steps + 1} CosineAnnealingLR goes up again; the others stay where they are.",
            )
    elif to == "Optax":
        text = f"optax.{_for_optax(shape, value)}"
    elif to == "Keras":
        text = f"keras.optimizers.schedules.{_for_keras(shape, value)}"
        if isinstance(shape, Steps):
            notes = ("A boundary is the last count from 0 with the old rate: one less than in PyTorch and Optax.",)
    else:
        text, more = _for_course(shape)
        notes = more
    return text, notes


def _literal(value):
    """A number as it stands in a program, with 15 digits."""
    return repr(float(f"{value:.15g}"))


def _for_torch(shape):
    """The call, without its package, of a scheduler of PyTorch, whose base rate is the optimizer's own."""
    match shape:
        case Constant():
            return "ConstantLR(optimizer, factor=1.0)"
        case Exponential(rate, every, staircase):
            if staircase:
                return f"StepLR(optimizer, step_size={every}, gamma={_literal(rate)})"
            return f"ExponentialLR(optimizer, gamma={rate ** (1 / every)!r})"
        case Polynomial(start, end, steps, power):
            if power == 1 and 0 < start <= 1 and 0 <= end <= 1:
                numbers = f"start_factor={_literal(start)}, end_factor={_literal(end)}, total_iters={steps}"
                return f"LinearLR(optimizer, {numbers})"
            if (start, end) == (1, 0):
                return f"PolynomialLR(optimizer, total_iters={steps}, power={_literal(power)})"
            left = f"(1 - min(i, {steps}) / {steps}) ** {_literal(power)}"
            return f"LambdaLR(optimizer, lambda i: {_literal(start - end)} * {left} + {_literal(end)})"
        case Steps(ends, factors):
            gamma = factors[1] / factors[0] if ends and factors[0] else 1.0
            if factors[0] == 1 and all(math.isclose(f, gamma**k, rel_tol=1e-14) for k, f in enumerate(factors)):
                return f"MultiStepLR(optimizer, milestones={list(ends)}, gamma={_literal(gamma)})"
            chosen = f"[{', '.join(map(_literal, factors))}][sum(i >= at for at in {list(ends)})]"
            return f"LambdaLR(optimizer, lambda i: {chosen})"
        case Cosine(steps, end, warmup, start):
            if not warmup:
                return (
                    f"CosineAnnealingLR(optimizer, T_max={steps}, eta_min={_literal(end)} * lr)"
                    if end
                    else (f"CosineAnnealingLR(optimizer, T_max={steps})")
                )
            up = f"{_literal(start)} + {_literal(1 - start)} * i / {warmup}" if start else f"i / {warmup}"
            wave = f"(1 + math.cos(math.pi * min(i - {warmup}, {steps}) / {steps})) / 2"
            down = f"{_literal(end)} + {_literal(1 - end)} * {wave}" if end else wave
            return f"LambdaLR(optimizer, lambda i: {up} if i < {warmup} else {down})"
    raise TypeError(f"{shape!r} is no shape of a schedule.")


def _for_optax(shape, value):
    """The call, without its package, of a schedule of Optax; ``value`` writes a factor as a learning rate."""
    match shape:
        case Constant():
            return f"constant_schedule({value(1)})"
        case Exponential(rate, every, staircase):
            more = ", staircase=True" if staircase else ""
            return f"exponential_decay({value(1)}, transition_steps={every}, decay_rate={_literal(rate)}{more})"
        case Polynomial(start, end, steps, power):
            if power == 1:
                return f"linear_schedule({value(start)}, {value(end)}, transition_steps={steps})"
            return f"polynomial_schedule({value(start)}, {value(end)}, {_literal(power)}, transition_steps={steps})"
        case Steps(ends, factors):
            scales = {boundary: factors[k + 1] / factors[k] for k, boundary in enumerate(ends) if factors[k]}
            written = ", ".join(f"{boundary}: {_literal(scale)}" for boundary, scale in scales.items())
            return f"piecewise_constant_schedule({value(factors[0])}, {{{written}}})"
        case Cosine(steps, end, warmup, start):
            if not warmup:
                alpha = f", alpha={_literal(end)}" if end else ""
                return f"cosine_decay_schedule({value(1)}, decay_steps={steps}{alpha})"
            ends = f", end_value={value(end)}" if end else ""
            return (
                f"warmup_cosine_decay_schedule({value(start)}, {value(1)}, warmup_steps={warmup}, "
                f"decay_steps={warmup + steps}{ends})"
            )
    raise TypeError(f"{shape!r} is no shape of a schedule.")


def _for_keras(shape, value):
    """The call, without its package, of a schedule of Keras; ``value`` writes a factor as a learning rate."""
    match shape:
        case Constant():
            return f"ExponentialDecay({value(1)}, decay_steps=1, decay_rate=1.0)"
        case Exponential(rate, every, staircase):
            more = ", staircase=True" if staircase else ""
            return f"ExponentialDecay({value(1)}, decay_steps={every}, decay_rate={_literal(rate)}{more})"
        case Polynomial(start, end, steps, power):
            powered = "" if power == 1 else f", power={_literal(power)}"
            return f"PolynomialDecay({value(start)}, decay_steps={steps}, end_learning_rate={value(end)}{powered})"
        case Steps(ends, factors):
            values = ", ".join(value(factor) for factor in factors)
            return f"PiecewiseConstantDecay(boundaries={[end - 1 for end in ends]}, values=[{values}])"
        case Cosine(steps, end, warmup, start):
            alpha = f", alpha={_literal(end)}" if end else ""
            if not warmup:
                return f"CosineDecay({value(1)}, decay_steps={steps}{alpha})"
            return (
                f"CosineDecay({value(start)}, decay_steps={steps}{alpha}, warmup_target={value(1)}, "
                f"warmup_steps={warmup})"
            )
    raise TypeError(f"{shape!r} is no shape of a schedule.")


def _for_course(shape):
    """A schedule as an expression in Python with the course's functions, and notes on it, each a line."""
    match shape:
        case Constant():
            return "lambda t: 1.0", ()
        case Steps(ends, factors):
            gamma = factors[1] if ends else 1.0
            if all(math.isclose(f, gamma**k, rel_tol=1e-14) for k, f in enumerate(factors)):
                return f"steps_down({', '.join(map(str, ends))}, factor={_literal(gamma)})", ()
            return f"lambda t: [{', '.join(map(_literal, factors))}][sum(t > last for last in {list(ends)})]", ()
        case Exponential(rate, every, staircase):
            return f"lambda t: {_literal(rate)} ** ((t - 1) {'//' if staircase else '/'} {every})", ()
        case Polynomial(start, end, steps, power):
            left = f"(1 - min(t - 1, {steps}) / {steps})" + ("" if power == 1 else f" ** {_literal(power)}")
            return f"lambda t: {_literal(start - end)} * {left} + {_literal(end)}", ()
        case Cosine(steps, end, warmup, start):
            half = f"cosine({steps})" if not warmup else f"cosine({steps})(t - {warmup})"
            if not warmup and not end:
                return half, ()
            down = f"{_literal(end)} + {_literal(1 - end)} * {half}" if end else half
            if not warmup:
                return f"lambda t: {_literal(end)} + {_literal(1 - end)} * cosine({steps})(t)", ()
            up = f"{_literal(start)} + {_literal(1 - start)} * (t - 1) / {warmup}" if start else f"(t - 1) / {warmup}"
            note = (
                f"The course's warmup({warmup}, then=cosine({warmup + steps})) is another schedule: it multiplies the "
                f"two, so its rate has fallen already when the warm-up ends."
            )
            return f"lambda t: {up} if t <= {warmup} else {down}", (note,)
    raise TypeError(f"{shape!r} is no shape of a schedule.")
