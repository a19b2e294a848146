"""From a call of one framework to the equivalent of another."""

import ast
import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from steepest.frameworks import schedules
from steepest.frameworks.calls import COURSE, ENTRIES
from steepest.frameworks.distance import distance
from steepest.frameworks.falling import cut_difference
from steepest.frameworks.optimizer_call import Read
from steepest.frameworks.others import NotOfTheCourse
from steepest.frameworks.reading import read
from steepest.frameworks.rewriting import parts, rewrite
from steepest.frameworks.wrappers import L2, Uphill
from steepest.frameworks.writing import literal, write
from steepest.optimizers import Optimizer, ScheduleFree, ScheduleFreeAdamW


@dataclass(frozen=True, repr=False)
class Translation:
    """What `translate` found. Printed, it says all of it.

    Attributes:
        call: the call that was given.
        source, to: the framework it is of, and the one it was translated to.
        equivalent: the equivalent call, or the nearest where there is none; None where there is nothing near.
        exact: "always", "while lr is constant", or "no".
        notes: what changes, in lines.
        before, after: the optimizers that compute what the two calls compute; ``after`` is None with ``equivalent``.
            Where parameters have settings of their own, tuples with one optimizer a group; where only a schedule was
            given, functions of the step.
        each_step: what else each step needs in the framework that it was translated to, in lines of code.
        scheduler: the schedule of the learning rate, where it is a line of its own.
    """

    call: str
    source: str
    to: str
    equivalent: str | None
    exact: str
    notes: tuple
    before: object
    after: object
    each_step: tuple = ()
    scheduler: str | None = None

    @property
    def code(self) -> str:
        """Lines to copy; empty where there is no equivalent."""
        if self.equivalent is None:
            return ""
        call = self.equivalent.replace("(params", "(model.parameters()", 1)
        lines = [call if callable(self.after) else f"optimizer = {call}"]
        if self.scheduler:
            lines.append(f"scheduler = {self.scheduler}")
        if self.each_step:
            lines += ["# in each step:", *self.each_step]
        return "\n".join(lines)

    def __repr__(self):
        shown = {self.source: self.call.splitlines()}
        if self.equivalent is not None:
            more = [f"scheduler = {self.scheduler}"] if self.scheduler else []
            each = [f"in each step: {line}" for line in self.each_step]
            own = shown.pop(self.source) if self.source == self.to else None
            shown = ({self.source: own} if own else shown) | {self.to: [self.equivalent, *more, *each]}
            if own:  # two lines of one framework
                shown = {self.source: own, f"{self.to} ": [self.equivalent, *more, *each]}
        verdict = {
            "always": "Exact.",
            "while lr is constant": "Exact while the learning rate is constant.",
            "no": "No equivalent. This is the nearest." if self.equivalent else "No equivalent.",
        }
        width = max(len(name.strip()) for name in shown)
        lines = []
        for framework, calls in shown.items():
            lines += [f"{framework.strip():<{width}}  {calls[0]}", *(f"{'':<{width}}  {call}" for call in calls[1:])]
        notes = (
            textwrap.fill(note, 88, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
            for note in self.notes
        )
        return "\n".join([*lines, verdict[self.exact], *notes])


def translate(call: str | Optimizer, to: str) -> Translation:
    """Turn a call of PyTorch, Optax or Keras, or a rule of the course, into the equivalent of another framework.

    Whether there is one follows from the rules that the calls compute. Where there is none, the result has the nearest
    call, what is different about it, and how far apart the two get.

    The call is read and never run. It may be an assignment, with numbers to calculate (``lr=3e-4 * 8``), and it may
    come with the lines around it: numbers that it uses, ``clip_grad_norm_``, a scheduler. Arguments such as ``fused``
    that do not change the rule are left out. Parameter groups and masks are translated group by group.

    Args:
        call: the call as it stands in a program, or an optimizer of this package.
        to: "PyTorch", "Optax", "Keras" or "Steepest", the course itself.

    Returns:
        a `Translation`, to be printed or read by its attributes. Its `code` is to be copied.

    Raises:
        ValueError: a framework or call that is not known, or an argument that cannot be carried over.
        TypeError: an argument that the call does not have, or one that is missing.

    >>> translate("torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)", to="Keras")
    PyTorch  torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    Keras    keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
    Exact while the learning rate is constant.
    - Divided by 10 on a steady slope, it makes the next step 0.1 of the one before in
      PyTorch, 0.91 in Keras.
    >>> translate("optax.adagrad(0.5)", to="PyTorch")
    Optax    optax.adagrad(0.5)
    PyTorch  torch.optim.Adagrad(params, lr=0.5, initial_accumulator_value=0.1000001, eps=0.0)
    Exact.
    >>> translate("optax.lion(1e-4)", to="PyTorch")
    Optax  optax.lion(1e-4)
    No equivalent.
    - PyTorch has no Lion.
    >>> print(translate("keras.optimizers.SGD(0.1, global_clipnorm=1.0)", to="Optax").code)
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(learning_rate=0.1))
    """
    to = _framework(to)
    if isinstance(call, Optimizer):
        shown, found = repr(call), Read(COURSE, call, frozenset(parts(call).rule.hyperparameters))
    elif isinstance(call, str):
        shown = call.strip()
        try:
            found = read(call)
        except NotOfTheCourse as refused:
            return _not_of_the_course(shown, to, refused)
    else:
        hint = f": give {call.__name__}()" if isinstance(call, type) and issubclass(call, Optimizer) else ""
        raise TypeError(f"translate takes a call as text, or an optimizer, not {call!r}{hint}.")
    if found.groups:
        return _groups(shown, found, to)
    if found.optimizer is None:
        return _schedule(shown, found, to)
    return translated(shown, found, to)


def _framework(to):
    """The name of a framework as it is spelled here, from what a caller wrote."""
    if not isinstance(to, str):
        raise TypeError(f"to must be the name of a framework, not {to!r}.")
    frameworks = {name.casefold(): name for name in ENTRIES}
    if to.casefold() not in frameworks:
        raise ValueError(f"There is no framework {to!r} here; there are {', '.join(ENTRIES)}.")
    return frameworks[to.casefold()]


def _not_of_the_course(shown, to, refused):
    """The `Translation` of what the course does not have: it says what that is, and what is nearest."""
    other, source = refused.other, refused.framework
    theirs = other.names.get(to)
    if to == source:
        notes = ()
    elif theirs:
        notes = (f"{to} has {theirs}. The course has not compared the two.",)
    else:
        notes = (f"{to} has none.",) if to != COURSE else ()
    return Translation(shown, source, to, None, "no", (other.what, *notes, other.verdict), None, None)


def translated(
    shown: Any, found: Any, to: str, prefer: Any = "", known: Any = (), measure: Any = distance
) -> Translation:
    """Translate one optimizer that was read.

    Args:
        shown: the call as it is shown.
        found: what was read of it, a `Read`.
        to: the name of a framework.
        prefer: a call to prefer where there are several.
        known: what names in the call stand for, by name.
        measure: a function of two optimizers that says how far they come apart.

    Returns:
        a `Translation` to the nearest call that the framework has; its ``equivalent`` is None where there is none.

    Raises:
        ValueError: a hyperparameter that is an array.
    """
    before = found.optimizer
    if any(np.ndim(value) for value in parts(before).rule.hyperparameters.values()):
        raise ValueError(f"{shown} has an array of settings: translate one setting at a time.")
    rate, scheduler, schedule_notes = _rate(found, to)
    best, written = _nearest(found, to, rate, prefer)
    if best is None or written is None:
        rule = type(parts(before).rule).__name__.removeprefix("Keras")
        notes = [f"{to} has no {rule}.", *_ELSEWHERE.get((to, rule), ()), *found.changes]
        return Translation(shown, found.framework, to, None, "no", tuple(notes), before, None)
    each_step, text, more = _beside(found, written, to)
    after = _after(written, to, known)
    notes = [*best.why, *found.changes, *written.notes]
    varies = found.schedule is not None and not isinstance(found.schedule.shape, schedules.Constant)
    if best.why:
        exact = "no"
        notes.append(measure(before, after))
    elif best.constant_lr:
        exact = "while lr is constant"
        notes += cut_difference(before, after, found.framework, to)
        if varies:
            exact = "no"
            notes.append("With this schedule the learning rate changes, so the two come apart.")
    else:
        exact = "always"
    averages = isinstance(parts(before).rule, (ScheduleFree, ScheduleFreeAdamW))
    if varies and averages and "Optax" in (found.framework, to) and found.framework != to:
        exact = "no"
        notes.append(
            "Optax weighs each z by the square of the largest learning rate so far, the other all alike: that is one "
            "only as long as the rate does not rise."
        )
    if found.changes:
        exact = "no"
    notes += [*schedule_notes, *more, *found.beside, *_same(found)]
    return Translation(shown, found.framework, to, text, exact, tuple(notes), before, after, each_step, scheduler)


#: Where to find a rule that a framework does not have, by framework and rule.
_ELSEWHERE = {
    ("PyTorch", rule): (f"The authors' package schedulefree has it for PyTorch, as {name}.",)
    for rule, name in (("ScheduleFree", "SGDScheduleFree"), ("ScheduleFreeAdamW", "AdamWScheduleFree"))
}


def _nearest(found, to, rate, prefer):
    """The `Rewriting` that changes least and what was written, with weight decay in the model only if that helps."""
    best = written = None
    for helped in False, True:
        rewritten = rewrite(found.optimizer, lambda one, helped=helped: write(one, to, found, rate, helped, prefer))
        if rewritten and (best is None or rewritten.cost < best.cost):
            best, written = rewritten, write(rewritten.parts, to, found, rate, helped, prefer)
    return best, written


def _after(written, to, known):
    """The optimizer that computes what was written, as it is read again."""
    lines = "\n".join([written.text, *_clips(written)]) if to == "PyTorch" else written.text
    after = read(lines, known).optimizer
    if written.penalty:
        after = L2(after, written.penalty)
    return Uphill(after) if written.uphill else after


def _clips(written):
    return [line.partition(": ")[2] or line for line in written.each_step]


def _rate(found, to):
    """The learning rate as an expression, a scheduler's line, and what to know of them."""
    if found.schedule is None:
        return "", None, ()
    text, notes = schedules.write(found.schedule, to)
    if to in ("PyTorch", COURSE):
        return "", text.replace("* lr", f"* {literal(found.optimizer.lr)}"), notes
    return text, None, notes


def _same(found):
    """A note about arguments that do not change the rule, in a list; an empty one where there are none."""
    if not found.same:
        return []
    changed = "does not change the rule, and is" if len(found.same) == 1 else "do not change the rule, and are"
    return [f"{', '.join(found.same)} {changed} left out."]


_EMA = {
    "PyTorch": (
        "average.update_parameters(model)",
        "Before the first step: average = torch.optim.swa_utils.AveragedModel(model, "
        "multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn({decay})).",
    ),
    "Optax": (
        "average = optax.incremental_update(params, average, {rest})",
        "Before the first step: average = params. Keras and PyTorch begin with the weights after the first step.",
    ),
    "Steepest": ("average = {decay} * average + {rest} * w", "Before the first step: average = w."),
}


def _beside(found, written, to):
    """Lines for each step, the call, and notes for what goes on beside the rule: clipping, EMA, several gradients."""
    each_step, text, notes = list(written.each_step), written.text, []
    if found.every > 1:
        if to == "Optax":
            text = f"optax.MultiSteps({text}, every_k_schedule={found.every})"
        elif to == "Keras":
            text = f"{text[:-1]}, gradient_accumulation_steps={found.every})"
        else:
            notes.append(
                f"One step for {found.every} gradients: divide each loss by {found.every}, and let the optimizer step, "
                f"and the gradients go back to zero, after every {found.every}."
            )
    if found.ema is not None:
        decay, rest = literal(found.ema), literal(1 - found.ema)
        if to == "Keras":
            text = f"{text[:-1]}, use_ema=True, ema_momentum={decay})"
        else:
            line, note = _EMA[to]
            each_step.append(line.format(decay=decay, rest=rest))
            notes.append(note.format(decay=decay, rest=rest))
        notes.append("The average of the weights is kept beside the run, and does not change its steps.")
    return tuple(each_step), text, notes


# --- Schedules by themselves


def _schedule(shown, found, to):
    """The `Translation` of a schedule that was given without an optimizer."""
    schedule = found.schedule
    text, notes = schedules.write(schedule, to)
    if schedule.lr is None and to in ("Optax", "Keras"):
        notes = ("lr stands for the learning rate of the optimizer.", *notes)
    if schedule.lr is not None and to in ("PyTorch", COURSE):
        text = text.replace("* lr", f"* {literal(schedule.lr)}")
        notes = (f"The learning rate of the optimizer is {literal(schedule.lr)}.", *notes)
    return Translation(shown, found.framework, to, text, "always", notes, schedule, schedule)


# --- Groups of parameters


def _groups(shown, found, to):
    """One translation for each group, put together as far as the framework can."""
    if any(group.schedule for _, group in found.groups):
        raise ValueError("Groups of parameters with a schedule: translate the schedule by itself.")
    ones = [translated(name, group, to) for name, group in found.groups]
    calls = [one.equivalent.partition("(")[0] for one in ones if one.equivalent]
    if len(set(calls)) > 1:  # one call for all, if there is one
        again = [translated(name, group, to, calls[0]) for name, group in found.groups]
        if [one.exact for one in again] == [one.exact for one in ones]:
            ones = again
    exact = max((one.exact for one in ones), key=["always", "while lr is constant", "no"].index)
    notes = list(dict.fromkeys(note for one in ones for note in one.notes))
    before = tuple(one.before for one in ones)
    if any(one.equivalent is None for one in ones):
        return Translation(shown, found.framework, to, None, "no", tuple(notes), before, None)
    names = [name for name, _ in found.groups]
    text, more = _together(names, [one.equivalent for one in ones], to)
    each_step = tuple(dict.fromkeys(line for one in ones for line in one.each_step))
    after = tuple(one.after for one in ones)
    return Translation(shown, found.framework, to, text, exact, (*notes, *more), before, after, each_step)


def _as_params(name):
    """The name of a group as an expression for its parameters."""
    try:
        ast.parse(name, mode="eval")
    except SyntaxError:
        return "[...]"
    return name


def _together(names, calls, to):
    """The calls of several groups as one."""
    if to == "Optax":
        written = ", ".join(f"{name!r}: {call}" for name, call in zip(names, calls, strict=True))
        return f"optax.partition({{{written}}}, labels)", (
            "labels is a tree like that of the parameters, with the name of the group of each.",
        )
    if to == "PyTorch":
        trees = [ast.parse(call, mode="eval").body for call in calls]
        if len({ast.unparse(tree.func) for tree in trees}) == 1:
            written = []
            for name, tree in zip(names, trees, strict=True):
                own = {keyword.arg: ast.unparse(keyword.value) for keyword in tree.keywords}
                settings = [f"'params': {_as_params(name)}", *(f"{key!r}: {value}" for key, value in own.items())]
                written.append(f"{{{', '.join(settings)}}}")
            return f"{ast.unparse(trees[0].func)}([{', '.join(written)}])", ()
    if to == "Keras" and len(calls) == 2:
        (one, first), (other, second) = sorted(
            zip(calls, names, strict=True), key=lambda pair: "weight_decay" not in pair[0]
        )
        trees = [ast.parse(call, mode="eval").body for call in (one, other)]
        own = [{k.arg: ast.unparse(k.value) for k in tree.keywords} for tree in trees]
        if own[0].pop("weight_decay", None) and float(own[1].pop("weight_decay", "0.0")) == 0 and own[0] == own[1]:
            del first
            return one, (
                f"Keras leaves parameters out by name: before the first step, "
                f"optimizer.exclude_from_weight_decay(var_names=[...]) with the names of {second}.",
            )
    if to == "Keras":
        *pairs, (rest, default) = zip(names, calls, strict=True)
        mapped = ", ".join(f"{name!r}: {call}" for name, call in pairs)
        return f"keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap({default}, {{{mapped}}}))", (
            f"OptimizerMap finds a parameter's optimizer by its path, a pattern such as 'encoder/.*': write that for "
            f"{' and '.join(name for name, _ in pairs)}. The first optimizer is for all others, {rest}.",
        )
    written = ", ".join(calls)
    return f"[{written}]", (f"{to} has one optimizer for each group here: give each its own parameters in each step.",)
