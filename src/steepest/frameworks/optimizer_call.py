"""One call of an optimizer: the rule that it computes, its settings, and what stands around it."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from steepest.frameworks import schedules
from steepest.frameworks.calls import CALLS, ENTRIES, FOR_THE_REST, SAME_RULE, refuses_beta1_of_0
from steepest.frameworks.rewriting import parts
from steepest.frameworks.signatures import REQUIRED, SPELLED_OUT
from steepest.frameworks.syntax import (
    UNREAD,
    arguments,
    bound,
    evaluated,
    full_name,
    require_count,
    require_number,
    value_of,
)
from steepest.frameworks.wrappers import ClippedNorm, ClippedValue, Uphill
from steepest.optimizers import Optimizer


@dataclass(frozen=True)
class Read:
    """What was read.

    Attributes:
        framework: the framework it is of.
        optimizer: the optimizer that computes the same, or None where only a schedule was read.
        given: the names of the hyperparameters that were given, in the course.
        left: those that were left at their defaults: the framework's name and the value, by the course's name.
        schedule: the schedule of the learning rate, or None.
        ema: the decay of an average of the weights that is kept beside the run, or None.
        every: how many gradients are averaged for one step.
        groups: parameters with settings of their own: for each group its name and what was read of it.
        same: arguments that were given and do not change the rule.
        changes: what cannot be carried over, in lines.
        beside: what else to know, in lines.
    """

    framework: str
    optimizer: Optimizer | None
    given: frozenset = frozenset()
    left: dict = field(default_factory=dict)
    schedule: schedules.Schedule | None = None
    ema: float | None = None
    every: int = 1
    groups: tuple = ()
    same: tuple = ()
    changes: tuple = ()
    beside: tuple = ()


def changed(found: Read, change: Callable) -> Read:
    """What was read, with its optimizer changed, and those of its groups.

    Args:
        found: what was read.
        change: a function of an optimizer that returns another.

    Returns:
        a new `Read`.
    """
    groups = tuple((name, replace(group, optimizer=change(group.optimizer))) for name, group in found.groups)
    return replace(found, optimizer=found.optimizer and change(found.optimizer), groups=groups)


def wrapped(optimizer: Optimizer, wrappers: Sequence) -> Optimizer:
    """An optimizer in wrappers.

    Args:
        optimizer: what goes inside.
        wrappers: wrappers around `None`, the outermost first.

    Returns:
        the outermost wrapper; the optimizer itself where there is none.
    """
    for wrapper in reversed(wrappers):
        optimizer = replace(wrapper, rule=optimizer)
    return optimizer


def with_parameters(call: str, given: dict, fixed: dict, known: Mapping) -> Read:
    """A call of PyTorch, whose parameters may come in groups with settings of their own.

    Args:
        call, given, fixed, known: as `one_call` takes them; ``given`` with the parameters.

    Returns:
        what was read. Groups whose settings differ are in its ``groups``, and it has no optimizer then.

    Raises:
        TypeError, ValueError: as `one_call` does, and for what is no parameter group.
    """
    params = given.pop("params", None)
    if params is None:
        raise TypeError(f"{call} needs its parameters first, such as model.parameters().")
    if isinstance(params, ast.Constant):
        raise TypeError(f"The first argument of {call} is params, not {ast.unparse(params)}: give the others by name.")
    elements = params.elts if isinstance(params, (ast.List, ast.Tuple)) else []
    if not any(isinstance(element, ast.Dict) for element in elements):
        return one_call(call, given, fixed, known)
    groups = []
    for element in elements:
        own = _group(call, element)
        name = ast.unparse(own.pop("params"))
        groups.append((name, one_call(call, given | own, fixed, known)))
    if all(group.optimizer == groups[0][1].optimizer for _, group in groups):
        return groups[0][1]
    return replace(groups[0][1], optimizer=None, groups=tuple(groups))


def _group(call, element):
    """What a parameter group, an element of the list of parameters, sets: syntax trees by name, "params" among them."""
    pairs = zip(element.keys, element.values, strict=True) if isinstance(element, ast.Dict) else [(None, element)]
    own = {}
    for key, value in pairs:
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            what = f"{ast.unparse(element)} is no parameter group such as {{'params': p, 'lr': 0.1}}."
            raise ValueError(f"{call}: {what}")
        own[key.value] = value
    if "params" not in own:
        raise TypeError(f"{call}: a parameter group has no 'params': {ast.unparse(element)}.")
    for name in own.keys() - CALLS[call][0].keys():
        raise TypeError(f"{call} has no argument {name}, in the parameter group {ast.unparse(element)}.")
    return own


def one_call(call: str, given: dict, fixed: dict, known: Mapping) -> Read:
    """A call of an optimizer, without its parameters.

    Args:
        call: its full name.
        given: the arguments that are given, syntax trees by name.
        fixed: arguments that the name of the call stands for, values by name.
        known: the values of names in the arguments.

    Returns:
        what was read, with the framework that the call is of.

    Raises:
        TypeError, ValueError: what cannot be read or carried over, and why.
    """
    nodes = dict(given)
    changes, beside, same = [], [], []
    masks = [name for name in ("mask", "weight_decay_mask") if name in nodes]
    mask = nodes.pop(masks[0]) if masks else None
    lr_name = "learning_rate" if "learning_rate" in CALLS[call][0] else "lr"
    schedule = schedule_in(nodes[lr_name], known) if lr_name in nodes else None
    if schedule is not None:
        nodes[lr_name] = ast.Constant(schedule.lr)
    if "params" not in CALLS[call][0]:
        nodes = {name: node for name, node in nodes.items() if name != "params"}
    for name in list(nodes):
        if name in SAME_RULE:
            same.append(f"{name}={ast.unparse(nodes.pop(name))}")
        elif name.endswith("_dtype"):
            if not (isinstance(nodes[name], ast.Constant) and nodes[name].value is None):
                changes.append(f"{name}={ast.unparse(nodes[name])} is not carried over: what is kept has other digits.")
            del nodes[name]
        elif name in FOR_THE_REST:
            beside.append(f"{name} is about the parameters that Muon leaves to Adam, and is not carried over.")
            del nodes[name]
    values = {name: value_of(node, f"{call}: {name}", known) for name, node in nodes.items()} | fixed
    around, values, extra = _companions(call, values)
    framework, entry, values = _entry(call, values)
    settings = _settings(call, entry, values)
    optimizer = entry(**settings)
    left = {ours: (entry.arguments[ours], default) for ours, default in entry.defaults.items() if ours not in settings}
    found = Read(
        framework,
        wrapped(optimizer, around),
        frozenset(settings),
        left,
        schedule,
        same=tuple(same),
        changes=(*changes, *extra.pop("changes", ())),
        beside=(*beside, *extra.pop("beside", ())),
        **extra,
    )
    return found if mask is None else _masked(found, mask, known)


def schedule_in(node: ast.expr, known: Mapping) -> schedules.Schedule | None:
    """The schedule in the place of a learning rate.

    Args:
        node: the argument.
        known: the values of names in it, schedules among them.

    Returns:
        the `Schedule`, or None for a number, and for what is no call.

    Raises:
        ValueError: a call that is no schedule of the two frameworks that put it there.
    """
    if isinstance(node, ast.Name) and isinstance(known.get(node.id), schedules.Schedule):
        return known[node.id]
    if not isinstance(node, ast.Call) or evaluated(node, known) is not UNREAD:
        return None
    try:
        call = full_name(node)
    except ValueError:
        call = ""
    if call == "optax.join_schedules":
        return _joined(node, known)
    if call not in schedules.READ or call.startswith("torch."):
        raise ValueError(f"{ast.unparse(node)} cannot be read as a learning rate: nothing is run, write the number.")
    return schedules.schedule_of(call, arguments(node, call, known))


def _joined(node, known):
    """The schedule of an `optax.join_schedules`."""
    given = bound(node, "optax.join_schedules")
    members = getattr(given.get("schedules"), "elts", [])
    if not members or "boundaries" not in given:
        raise ValueError("optax.join_schedules is read with a list of schedules and a list of boundaries, written out.")
    pieces = [schedule_in(member, known) for member in members]
    if None in pieces:
        raise ValueError("optax.join_schedules: each of schedules must be a schedule such as optax.linear_schedule.")
    return schedules.joined(pieces, value_of(given["boundaries"], "optax.join_schedules: boundaries", known))


def _companions(call, values):
    """What arguments besides the hyperparameters say of a call.

    Returns:
        the wrappers around the rule, the outermost first; the arguments that are left, by name; and what goes into
        other fields of `Read`, by field.
    """
    around, extra, left = [], {}, dict(values)
    clips = {
        "clipvalue": lambda limit: ClippedValue(None, limit),
        "clipnorm": lambda limit: ClippedNorm(None, limit, each=True),
        "global_clipnorm": lambda limit: ClippedNorm(None, limit),
    }
    set_clips = [name for name in clips if left.get(name) is not None]
    if len(set_clips) > 1:
        raise ValueError(f"{call} takes one of clipnorm, clipvalue and global_clipnorm, not {' and '.join(set_clips)}.")
    for name, make in clips.items():
        if left.pop(name, None) is not None:
            around.append(make(require_number(values[name], f"{call}: {name}")))
    if left.pop("maximize", False) is True:
        around.append(Uphill(None))
    elif values.get("maximize", False) is not False:
        raise TypeError(f"{call}: maximize must be True or False, not {values['maximize']!r}.")
    momentum, overwrite = left.pop("ema_momentum", 0.99), left.pop("ema_overwrite_frequency", None)
    if left.pop("use_ema", False):
        extra["ema"] = require_number(momentum, f"{call}: ema_momentum")
        if overwrite is not None:
            extra["changes"] = (
                f"Keras puts the average into the weights every {overwrite:g} steps and goes on from there; the others "
                f"keep it beside the run.",
            )
    every = left.pop("gradient_accumulation_steps", None)
    if every is not None:
        extra["every"] = require_count(every, f"{call}: gradient_accumulation_steps")
    if left.pop("loss_scale_factor", None) is not None:
        extra["beside"] = (
            "loss_scale_factor divides out what the loss was multiplied by: without it, do not multiply the loss.",
        )
    return around, left, extra


def _entry(call, values):
    """The entry of the table that a call selects.

    Returns:
        the framework, the entry, and those of the values that are its hyperparameters, by the framework's name.
    """
    framework, entries = next(
        (framework, found) for framework in ENTRIES if (found := [e for e in ENTRIES[framework] if e.call == call])
    )
    declared = CALLS[call][0]
    values = {
        name: value
        for name, value in values.items()
        if not (isinstance(value, str) and (call, name, value) in SPELLED_OUT)
    }
    full = {name: default for name, default in declared.items() if default is not REQUIRED} | values

    def selects(entry):
        return all(_is_default(full[name], value) for name, value in entry.selected_by.items())

    chosen = max((entry for entry in entries if selects(entry)), key=lambda entry: len(entry.selected_by)).selected_by
    entries = [entry for entry in entries if entry.selected_by == chosen]
    values, rest = {name: value for name, value in values.items() if name not in chosen}, {}
    for entry in entries:
        has = {argument.partition("[")[0] for argument in entry.arguments.values()}
        rest = {
            name: value
            for name, value in values.items()
            if name not in has and not _is_default(value, declared.get(name))
        }
        if not rest:
            return framework, entry, {name: value for name, value in values.items() if name in has}
    name, value = next(iter(rest.items()))
    if chosen:
        flags = "".join(f" with {flag}={value}" for flag, value in chosen.items())
        raise ValueError(f"{call}{flags} has no use for {name}={_shown(value)}, and refuses it or ignores it.")
    raise ValueError(
        f"{call}: {name}={_shown(value)} cannot be carried over; only its default {_shown(declared[name])} can."
    )


def _shown(value):
    """A value as messages show it."""
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _is_default(value, default):
    """Whether two values of an argument are the same: None, False and 0 are three things."""
    if isinstance(value, bool) or isinstance(default, bool):
        return value is default
    if value is None or default is None:
        return value is default
    return value == default


def _settings(call, entry, values):
    """The hyperparameters of a call by the course's name, from the values by the framework's."""
    settings: dict[str, Any] = {}
    for ours, theirs in entry.arguments.items():
        name, _, index = theirs.rstrip("]").partition("[")
        if name not in values:
            continue
        value = values[name]
        if index:
            if not isinstance(value, tuple) or len(value) != 2:
                raise TypeError(f"{call}: {name} must be a pair of numbers, not {_shown(value)}.")
            value = value[int(index)]
        if isinstance(entry.defaults.get(ours), bool):
            if value not in (True, False):
                raise TypeError(f"{call}: {name} must be True or False, not {value!r}.")
            settings[ours] = bool(value)
            continue
        if value is None:
            if CALLS[call][0][name] is not None and ours not in ("rms", "weight_decay"):
                raise ValueError(f"{call}: {name}=None cannot be carried over: write a number.")
            if ours == "weight_decay" and call == "keras.optimizers.AdamW":
                raise ValueError("keras.optimizers.AdamW refuses weight_decay=None: write 0.0, or use Adam.")
            value = 0.0
        elif ours == "rms" and value == 0:
            raise ValueError(f"{call}: with {name}=0 every step is 0; without that factor it is {name}=None.")
        settings[ours] = require_number(value, f"{call}: {name}")
    if call == "torch.optim.SGD" and entry.selected_by and not settings.get("momentum"):
        raise ValueError("torch.optim.SGD refuses nesterov=True without a momentum above 0.")
    if refuses_beta1_of_0(entry) and settings.get("beta1") == 0:
        raise ValueError(f"{call} refuses {entry.arguments['beta1']}=0: it must be above 0.")
    return settings


def _masked(found, mask, known):
    """What was read, with weight decay only for the parameters that a mask selects; the mask is a syntax tree."""
    value = evaluated(mask, known)
    if value is None or value is True:
        return found
    inner = parts(found.optimizer)
    without = replace(inner, decoupled=0.0).optimizer
    if value is False:
        return replace(found, optimizer=without)
    if not inner.decoupled:
        return found
    names = f"decayed are the parameters for which {ast.unparse(mask)} is True, others the rest."
    groups = (("decayed", replace(found, beside=(*found.beside, names))), ("others", replace(found, optimizer=without)))
    return replace(found, optimizer=None, groups=groups)
