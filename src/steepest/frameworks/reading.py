"""Reading a call, or a few lines, of PyTorch, Optax, Keras or the course. Nothing is run."""

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from steepest.frameworks import others, schedules
from steepest.frameworks.rewriting import parts
from steepest.frameworks.signatures import REQUIRED, SIGNATURES
from steepest.frameworks.table import FRAMEWORKS, VARIANTS, FrameworkRule, framework_of
from steepest.frameworks.wrappers import L2, ClippedNorm, ClippedValue, Decoupled, Shrinking, Uphill
from steepest.optimizers import OPTIMIZERS, SGD, Optimizer

COURSE = "Steepest"


def _course_rule(rule):
    defaults = rule().hyperparameters
    return FrameworkRule(
        call=rule.__name__, rule=rule, course=rule, arguments={name: name for name in defaults}, defaults=defaults
    )


#: The entries of each framework. The course's own rules count as one.
ENTRIES = {
    name: [*(entry for (framework, _), entry in FRAMEWORKS.items() if framework == name), *VARIANTS[name]]
    for name in dict.fromkeys(framework for framework, _ in FRAMEWORKS)
} | {COURSE: [_course_rule(rule) for rule in (*OPTIMIZERS.values(), SGD)]}

_WRAPPERS = {wrapper.__name__: wrapper for wrapper in (L2, Decoupled, Shrinking, ClippedNorm, ClippedValue, Uphill)}

_CALLS = (
    SIGNATURES
    | {
        entry.call: ({name: entry.defaults[name] for name in entry.arguments}, tuple(entry.arguments))
        for entry in ENTRIES[COURSE]
    }
    | {name: (dict.fromkeys(("rule", "weight_decay"), REQUIRED), ("rule", "weight_decay")) for name in _WRAPPERS}
    | {
        "ClippedNorm": (
            {"rule": REQUIRED, "limit": REQUIRED, "guard": 0.0, "each": False},
            ("rule", "limit", "guard", "each"),
        ),
        "ClippedValue": ({"rule": REQUIRED, "limit": REQUIRED}, ("rule", "limit")),
        "Uphill": ({"rule": REQUIRED}, ("rule",)),
    }
)

#: Other names of a call, and the arguments that they give it.
_ALIASES = {"optax.nadam": ("optax.adam", {"nesterov": True}), "optax.nadamw": ("optax.adamw", {"nesterov": True})}

#: What a part of a chain is the rule of, with a learning rate of 1, and the arguments that this has besides.
SCALES = {
    "optax.scale_by_adam": ("optax.adam", {}),
    "optax.scale_by_amsgrad": ("optax.amsgrad", {}),
    "optax.scale_by_lion": ("optax.lion", {"weight_decay": 0.0}),
    "optax.scale_by_rms": ("optax.rmsprop", {}),
    "optax.scale_by_stddev": ("optax.rmsprop", {"centered": True}),
    "optax.scale_by_rss": ("optax.adagrad", {}),
    "optax.trace": ("optax.sgd", {}),
}

#: Arguments that do not change the rule, only how it is computed or what it is called.
SAME_RULE = {"foreach", "fused", "capturable", "differentiable", "name", "error_if_nonfinite"}

#: Arguments of Muon that are about other parameters, which Adam steps.
_FOR_THE_REST = {
    *("adam_b1", "adam_b2", "adam_eps_root", "adam_weight_decay", "adam_learning_rate"),
    *("adam_beta_1", "adam_beta_2", "adam_lr_ratio", "exclude_layers", "exclude_embeddings"),
}


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


def read(text: Any, known: Any = ()) -> Read:
    """Read a call, an assignment of one, or a few lines around it.

    Args:
        text: the lines.
        known: what names in them stand for, by name.

    Raises:
        ValueError, TypeError: what cannot be read, and why.
        LookupError: a rule that the course does not have; its text says what it is.
    """
    try:
        lines = ast.parse(text.strip()).body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not Python: {error.msg}.") from None
    except (RecursionError, MemoryError):
        raise ValueError("The call is nested too deeply to be read.") from None
    known, found, clips, unread, names = dict(known), None, [], None, set()
    for line in lines:
        node = line.value if isinstance(line, (ast.Expr, ast.Assign, ast.AnnAssign)) else None
        target = _target(line)
        if isinstance(line, (ast.Import, ast.ImportFrom)) or _is_a_step(node):
            continue
        if node is None or not (isinstance(node, ast.Call) or target):
            raise ValueError(f"{ast.unparse(line)!r} is not a call such as torch.optim.SGD(params, lr=0.1).")
        try:
            call = _resolved(node, known) if isinstance(node, ast.Call) else None
        except ValueError as error:
            if target is None:
                raise
            if _takes(node, names):
                raise ValueError(
                    f"{ast.unparse(line)!r} takes the optimizer, and cannot be read: "
                    "leave it out if it changes no step."
                ) from None
            unread = unread or error  # model = Net(): what is assigned may not matter
            continue
        if call is None:
            if (value := _evaluated(node, known)) is not _UNREAD:
                known[target] = value  # a number that a later line may use
        elif call in schedules.READ:
            schedule = _scheduled(found, call, node, known)
            if call.startswith("torch.") or len(lines) == 1:
                found = schedule
            known[target] = schedule.schedule
        elif call in ("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.clip_grad_value_"):
            clips.append(_clip(call, _arguments(node, call, known)))
        elif found is not None and found.optimizer is not None:
            raise ValueError("There are two optimizers: translate one at a time.")
        else:
            found = _optimizer(node, known)
            names.add(target)
    if found is None:
        raise unread or ValueError(
            f"There is no optimizer in {text.strip()!r}, such as torch.optim.SGD(params, lr=0.1)."
        )
    if clips and found.framework != "PyTorch":
        raise ValueError(f"{found.framework} does not clip with torch.nn.utils.")
    return _around(found, lambda optimizer: _wrapped(optimizer, clips))


def _target(line):
    if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
        return line.targets[0].id
    return line.target.id if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) else None


def _takes(call, names):
    """Whether an argument of a call is one of these names."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(node, ast.Name) and node.id in names for argument in given for node in ast.walk(argument))


def _is_a_step(node):
    """Whether a line is one of those that surround an optimizer in PyTorch: zero_grad(), backward() and step()."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("zero_grad", "backward", "step")
    )


def _around(found, change):
    """What was read, with the optimizer, and those of its groups, changed."""
    groups = tuple((name, replace(group, optimizer=change(group.optimizer))) for name, group in found.groups)
    return replace(found, optimizer=found.optimizer and change(found.optimizer), groups=groups)


def _wrapped(optimizer, wrappers):
    for wrapper in reversed(wrappers):
        optimizer = replace(wrapper, rule=optimizer)
    return optimizer


# --- Values and names

_OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNREAD = object()


def _value(node, where, known):
    """The value of an expression of numbers, strings, tuples and names that are known. Whole numbers become floats."""
    try:
        value = _evaluated(node, known)
    except (ArithmeticError, TypeError) as error:
        raise ValueError(f"{where}: {ast.unparse(node)} has no value: {error}.") from None
    if value is _UNREAD:
        raise ValueError(f"{where}={ast.unparse(node)} cannot be read, because nothing is run: write the number.")
    return value


def _evaluated(node, known):
    match node:
        case ast.Constant(value) if isinstance(value, (bool, str, type(None))):
            return value
        case ast.Constant(value) if isinstance(value, (int, float)):
            return float(value)
        case ast.Tuple(elements) | ast.List(elements):
            values = tuple(_evaluated(element, known) for element in elements)
            return _UNREAD if _UNREAD in values else values
        case ast.Dict(keys, values) if None not in keys:
            pairs = [
                (_evaluated(key, known), _evaluated(value, known)) for key, value in zip(keys, values, strict=True)
            ]
            return _UNREAD if any(_UNREAD in pair for pair in pairs) else dict(pairs)
        case ast.Name(name) if name in known:
            return known[name]
        case ast.UnaryOp(ast.USub() | ast.UAdd() as sign, operand):
            value = _evaluated(operand, known)
            if not isinstance(value, float):
                return _UNREAD
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(left, sign, right) if type(sign) in _OPERATORS:
            values = _evaluated(left, known), _evaluated(right, known)
            if not all(isinstance(value, float) for value in values):
                return _UNREAD
            value = _OPERATORS[type(sign)](*values)
            return value if isinstance(value, float) else _UNREAD
        case ast.Call(ast.Attribute(ast.Name("math" | "np" | "numpy"), "sqrt"), [operand], []):
            value = _evaluated(operand, known)
            return math.sqrt(value) if isinstance(value, float) and value >= 0 else _UNREAD
    return _UNREAD


def _number(value, where):
    if isinstance(value, bool) or not isinstance(value, float):
        raise TypeError(f"{where} must be a number, not {value!r}.")
    return value


def _resolved(node, known):
    """The full name of what a call calls."""
    name = ast.unparse(node.func).removeprefix("steepest.").removeprefix("frameworks.").removeprefix("tf.")
    if name in _ALIASES or name in _CALLS:
        dotted = name
    else:
        tail = f".{name}"
        fitting = [call for call in (*_CALLS, *_ALIASES) if call.endswith(tail) or name.endswith(f".{call}")]
        dotted = fitting[0] if fitting else None
    if "." in name:
        if dotted:
            return dotted
    elif any(call.rpartition(".")[2] == name for call in (*_CALLS, *_ALIASES)):
        candidates = [call for call in (*_CALLS, *_ALIASES) if call.rpartition(".")[2] == name]
        return next((call for call in _by_likelihood(candidates, node) if _fits(call, node)), candidates[0])
    if name in ("optax.chain", "chain", "optax.partition", "optax.multi_transform"):
        return f"optax.{name.rpartition('.')[2]}"
    others.refuse(name)
    near = [call for call in _optimizer_calls() if call.partition(".")[0] == name.partition(".")[0]]
    raise ValueError(f"{name} is not known here; there are {', '.join(near or _optimizer_calls())}.")


def _optimizer_calls():
    return list(dict.fromkeys(entry.call for entries in ENTRIES.values() for entry in entries))


def _by_likelihood(candidates, node):
    """A bare name is the course's, unless its first argument is no number: those of PyTorch begin with parameters."""
    first = node.args[0] if node.args else None
    torch = first is not None and _evaluated(first, {}) is _UNREAD
    return sorted(candidates, key=lambda call: (call.startswith("torch.") != torch, "." in call))


def _fits(call, node):
    defaults, positional = _CALLS[_ALIASES.get(call, (call,))[0]]
    names = {keyword.arg for keyword in node.keywords}
    return len(node.args) <= len(positional) and names <= defaults.keys()


def _bound(node, call):
    """The arguments of a call by name, as syntax trees."""
    defaults, positional = _CALLS[call]
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            raise ValueError(f"{call}({ast.unparse(argument)}) cannot be read: write the arguments out.")
    if len(node.args) > len(positional):
        raise TypeError(f"{call} takes {len(positional)} arguments without their names, not {len(node.args)}.")
    given = dict(zip(positional, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg is None:
            raise ValueError(f"{call}(**{ast.unparse(keyword.value)}) cannot be read: write the arguments out.")
        if keyword.arg not in defaults:
            raise TypeError(f"{call} has no argument {keyword.arg}; it has {', '.join(defaults)}.")
        if keyword.arg in given:
            raise TypeError(f"{call} has {keyword.arg} twice.")
        given[keyword.arg] = keyword.value
    return given


def _arguments(node, call, known):
    """The values of all arguments of a call, by name, with the defaults of those that are not given.

    Of what holds the parameters or the optimizer, only that it is there.
    """
    given = _bound(node, call)
    values = {}
    for name, default in _CALLS[call][0].items():
        if name in ("parameters", "optimizer"):
            continue
        if name in given:
            values[name] = _value(given[name], f"{call}: {name}", known)
        elif default is REQUIRED:
            raise TypeError(f"{call} has no default {name}: give one.")
        else:
            values[name] = float(default) if type(default) is int else default
    return values


# --- What stands around an optimizer


def _clip(call, given):
    if "value" in call:
        return ClippedValue(None, _number(given["clip_value"], f"{call}: clip_value"))
    if given["norm_type"] != 2:
        raise ValueError(f"{call} is read with norm_type=2.0 alone; the other frameworks clip by that norm.")
    return ClippedNorm(None, _number(given["max_norm"], f"{call}: max_norm"), guard=1e-6)


def _scheduled(found, call, node, known):
    """What was read, with the schedule of a call; the optimizer of one of PyTorch comes before it."""
    if found is not None and found.schedule is not None:
        raise ValueError("There are two schedules: translate one at a time.")
    lr = found.optimizer.lr if found is not None and found.optimizer is not None else None
    schedule = schedules.schedule_of(call, _arguments(node, call, known), lr)
    return replace(found or Read(framework_of(call), None), schedule=schedule)


# --- Optimizers


def _optimizer(node, known):
    if not isinstance(node, ast.Call):
        raise ValueError(f"{ast.unparse(node)!r} is not a call such as torch.optim.SGD(params, lr=0.1).")
    call = _resolved(node, known)
    if call == "optax.chain":
        return _chain(node, known)
    if call == "optax.MultiSteps":
        return _several(node, known)
    if call in ("optax.partition", "optax.multi_transform"):
        return _partition(node, call, known)
    if call in _WRAPPERS:
        given = _bound(node, call)
        if "rule" not in given:
            raise TypeError(f"{call} needs a rule.")
        inner = _optimizer(given.pop("rule"), known)
        more = {name: _value(value, f"{call}: {name}", known) for name, value in given.items()}
        if call in ("L2", "Decoupled", "Shrinking") and not more:
            raise TypeError(f"{call} needs a rule and its weight_decay.")
        return _around(inner, lambda optimizer: _WRAPPERS[call](optimizer, **more))
    if call in SCALES or call in ("optax.scale", "optax.clip", "optax.clip_by_global_norm"):
        raise ValueError(f"{call} is a part of an optimizer: give the whole optax.chain.")
    call, fixed = _ALIASES.get(call, (call, {}))
    if call not in _optimizer_calls():
        raise ValueError(f"{call} is no optimizer.")
    given = _bound(node, call)
    if "params" in _CALLS[call][0]:
        return _with_parameters(call, given, fixed, known)
    return _one(call, given, fixed, known)


def _with_parameters(call, given, fixed, known):
    """A call of PyTorch, whose parameters may come in groups with settings of their own."""
    params = given.pop("params", None)
    if params is None:
        raise TypeError(f"{call} needs its parameters first, such as model.parameters().")
    if isinstance(params, ast.Constant):
        raise TypeError(f"The first argument of {call} is params, not {ast.unparse(params)}: give the others by name.")
    elements = params.elts if isinstance(params, (ast.List, ast.Tuple)) else []
    if not any(isinstance(element, ast.Dict) for element in elements):
        return _one(call, given, fixed, known)
    groups = []
    for element in elements:
        own = _group(call, element)
        name = ast.unparse(own.pop("params"))
        groups.append((name, _one(call, given | own, fixed, known)))
    if all(group.optimizer == groups[0][1].optimizer for _, group in groups):
        return groups[0][1]
    return replace(groups[0][1], optimizer=None, groups=tuple(groups))


def _group(call, element):
    pairs = zip(element.keys, element.values, strict=True) if isinstance(element, ast.Dict) else [(None, element)]
    own = {}
    for key, value in pairs:
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            what = f"{ast.unparse(element)} is no parameter group such as {{'params': p, 'lr': 0.1}}."
            raise ValueError(f"{call}: {what}")
        own[key.value] = value
    if "params" not in own:
        raise TypeError(f"{call}: a parameter group has no 'params': {ast.unparse(element)}.")
    for name in own.keys() - _CALLS[call][0].keys():
        raise TypeError(f"{call} has no argument {name}, in the parameter group {ast.unparse(element)}.")
    return own


def _one(call, nodes, fixed, known):
    """A call of an optimizer with the arguments that are given, as syntax trees."""
    nodes = dict(nodes)
    changes, beside, same = [], [], []
    masks = [name for name in ("mask", "weight_decay_mask") if name in nodes]
    mask = nodes.pop(masks[0]) if masks else None
    lr_name = "learning_rate" if "learning_rate" in _CALLS[call][0] else "lr"
    schedule = _schedule_in(nodes[lr_name], known) if lr_name in nodes else None
    if schedule is not None:
        nodes[lr_name] = ast.Constant(schedule.lr)
    if "params" not in _CALLS[call][0]:
        nodes = {name: node for name, node in nodes.items() if name != "params"}
    for name in list(nodes):
        if name in SAME_RULE:
            same.append(f"{name}={ast.unparse(nodes.pop(name))}")
        elif name.endswith("_dtype"):
            if not (isinstance(nodes[name], ast.Constant) and nodes[name].value is None):
                changes.append(f"{name}={ast.unparse(nodes[name])} is not carried over: what is kept has other digits.")
            del nodes[name]
        elif name in _FOR_THE_REST:
            beside.append(f"{name} is about the parameters that Muon leaves to Adam, and is not carried over.")
            del nodes[name]
    values = {name: _value(node, f"{call}: {name}", known) for name, node in nodes.items()} | fixed
    around, values, extra = _companions(call, values)
    framework, entry, values = _entry(call, values)
    settings = _settings(call, entry, values)
    optimizer = entry(**settings)
    left = {ours: (entry.arguments[ours], default) for ours, default in entry.defaults.items() if ours not in settings}
    found = Read(
        framework,
        _wrapped(optimizer, around),
        frozenset(settings),
        left,
        schedule,
        same=tuple(same),
        changes=(*changes, *extra.pop("changes", ())),
        beside=(*beside, *extra.pop("beside", ())),
        **extra,
    )
    return found if mask is None else _masked(found, mask, known)


def _schedule_in(node, known):
    if isinstance(node, ast.Name) and isinstance(known.get(node.id), schedules.Schedule):
        return known[node.id]
    if not isinstance(node, ast.Call) or _evaluated(node, known) is not _UNREAD:
        return None
    try:
        call = _resolved(node, known)
    except ValueError:
        call = None
    if call not in schedules.READ or call.startswith("torch."):
        raise ValueError(f"{ast.unparse(node)} cannot be read as a learning rate: nothing is run, write the number.")
    return schedules.schedule_of(call, _arguments(node, call, known))


def _companions(call, values):
    """What stands around the rule, the other arguments, and what else was read of a call."""
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
            around.append(make(_number(values[name], f"{call}: {name}")))
    if left.pop("maximize", False) is True:
        around.append(Uphill(None))
    elif values.get("maximize", False) is not False:
        raise TypeError(f"{call}: maximize must be True or False, not {values['maximize']!r}.")
    momentum, overwrite = left.pop("ema_momentum", 0.99), left.pop("ema_overwrite_frequency", None)
    if left.pop("use_ema", False):
        extra["ema"] = _number(momentum, f"{call}: ema_momentum")
        if overwrite is not None:
            extra["changes"] = (
                f"Keras puts the average into the weights every {overwrite:g} steps and goes on from there; the others "
                f"keep it beside the run.",
            )
    every = left.pop("gradient_accumulation_steps", None)
    if every is not None:
        extra["every"] = _count(every, f"{call}: gradient_accumulation_steps")
    if left.pop("loss_scale_factor", None) is not None:
        extra["beside"] = (
            "loss_scale_factor divides out what the loss was multiplied by: without it, do not multiply the loss.",
        )
    return around, left, extra


def _count(value, where):
    if not isinstance(value, float) or value != int(value) or value < 2:
        raise ValueError(f"{where} must be a whole number from 2 on, not {value!r}.")
    return int(value)


def _entry(call, values):
    """The framework and the entry that a call with these arguments selects, and the arguments that it has."""
    framework, entries = next(
        (framework, found) for framework in ENTRIES if (found := [e for e in ENTRIES[framework] if e.call == call])
    )
    declared = _CALLS[call][0]
    full = {name: default for name, default in declared.items() if default is not REQUIRED} | values

    def selects(entry):
        return all(_same(full[name], value) for name, value in entry.selected_by.items())

    chosen = max((entry for entry in entries if selects(entry)), key=lambda entry: len(entry.selected_by)).selected_by
    entries = [entry for entry in entries if entry.selected_by == chosen]
    values, rest = {name: value for name, value in values.items() if name not in chosen}, {}
    for entry in entries:
        has = {argument.partition("[")[0] for argument in entry.arguments.values()}
        rest = {
            name: value for name, value in values.items() if name not in has and not _same(value, declared.get(name))
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
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _same(value, default):
    """Whether two values of an argument are one: None, False and 0 are three unless the default is None."""
    if isinstance(value, bool) or isinstance(default, bool):
        return value is default
    if value is None or default is None:
        return value is default
    return value == default


#: What a framework's own words for a hyperparameter stand for.
_WORDS = {"adjust_lr_fn": {None: 0.0, "original": 0.0}}


def _settings(call, entry, values):
    """The hyperparameters under the course's names."""
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
            if _CALLS[call][0][name] is not None and ours not in ("rms", "weight_decay"):
                raise ValueError(f"{call}: {name}=None cannot be carried over: write a number.")
            if ours == "weight_decay" and call == "keras.optimizers.AdamW":
                raise ValueError("keras.optimizers.AdamW refuses weight_decay=None: write 0.0, or use Adam.")
            value = 0.0
        elif ours == "rms" and value == 0:
            raise ValueError(f"{call}: with {name}=0 every step is 0; without that factor it is {name}=None.")
        settings[ours] = _number(value, f"{call}: {name}")
    if call == "torch.optim.SGD" and entry.selected_by and not settings.get("momentum"):
        raise ValueError("torch.optim.SGD refuses nesterov=True without a momentum above 0.")
    if refuses_beta1_of_0(entry) and settings.get("beta1") == 0:
        raise ValueError(f"{call} refuses {entry.arguments['beta1']}=0: it must be above 0.")
    return settings


def refuses_beta1_of_0(entry: FrameworkRule) -> bool:
    """Whether a framework's call has no answer, or refuses, if β₁ is 0.

    Args:
        entry: the call. Those of Schedule-Free divide by β₁; Keras's Lion raises.
    """
    return entry.call == "keras.optimizers.Lion" or "schedule" in entry.call.casefold()


def _masked(found, mask, known):
    """Weight decay for some parameters only."""
    value = _evaluated(mask, known)
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


# --- Chains of Optax


def _chain(node, known):
    """`optax.chain` of one optimizer, or the parts of one, with clipping, weight decay and signs around it."""
    if node.keywords or not node.args:
        raise ValueError("optax.chain is read with the parts of one optimizer in their order, without names.")
    before, after, found, factor, schedule = [], [], None, 1.0, None
    for part in node.args:
        if not isinstance(part, ast.Call):
            raise ValueError(f"optax.chain: {ast.unparse(part)} cannot be read: write the call.")
        call = _resolved(part, known)
        if call in ("optax.add_decayed_weights", "optax.clip", "optax.clip_by_global_norm"):
            given = _arguments(part, call, known)
            if found is None:
                before.append((call, given))
            else:
                after.append((call, factor, given))
        elif call in ("optax.scale", "optax.scale_by_learning_rate"):
            by, schedule = _scaled(part, call, known, schedule)
            if found is None and (call, by) == ("optax.scale", -1.0) and part is not node.args[-1]:
                before.append((call, {}))
                continue
            if found is None:  # what is left is gradient descent
                found = _one("optax.sgd", {"learning_rate": ast.Constant(1.0)}, {}, known)
            factor *= by
        elif found is not None:
            raise ValueError("optax.chain has two rules, one after the other: that is no rule of the course.")
        elif call in SCALES:
            found = _direction(part, call, known)
        else:
            found, factor = _optimizer(part, known), -1.0
    if found is None:
        raise ValueError("optax.chain has no optimizer among its parts.")
    if found.groups:
        raise ValueError("optax.chain is read around an optimizer without groups of parameters.")
    return _assembled(found, factor, before, after, schedule)


def _direction(node, call, known):
    """A rule of Optax without its learning rate, such as `optax.scale_by_adam`."""
    inner, fixed = SCALES[call]
    given = {name: ast.Constant(value) for name, value in fixed.items()} | _bound(node, call)
    if call == "optax.trace":
        if "decay" not in given:
            raise TypeError("optax.trace has no default decay: give one.")
        given["momentum"] = given.pop("decay")
    return _one(inner, given | {"learning_rate": ast.Constant(1.0)}, {}, known)


def _scaled(node, call, known, schedule):
    """The number by which a part of a chain multiplies, and the schedule of the learning rate as far as it is known."""
    given, name = _bound(node, call), "step_size" if call == "optax.scale" else "learning_rate"
    if name not in given:
        raise TypeError(f"{call} has no default {name}: give one.")
    found = _schedule_in(given[name], known) if call != "optax.scale" else None
    by: Any = found.lr if found else _number(_value(given[name], f"{call}: {name}", known), f"{call}: {name}")
    flipped = call != "optax.scale" and _value(given.get("flip_sign", ast.Constant(True)), "flip_sign", known) is True
    return (-by if flipped else by), found or schedule


def _assembled(found, factor, before, after, schedule):
    """A chain's rule with what stands before it and after it."""
    if factor >= 0:
        raise ValueError("optax.chain goes uphill, or nowhere: it has to end in a negative scale, such as scale(-0.1).")
    inner = parts(found.optimizer)
    lr = -factor * inner.rule.lr
    optimizer = replace(inner, rule=replace(inner.rule, lr=lr)).optimizer
    for call, so_far, given in after:
        if call != "optax.add_decayed_weights":
            raise ValueError(f"optax.chain: {call} stands after the rule, where it clips steps, not gradients.")
        fraction = -_decayed(call, given) * factor / so_far
        late = so_far == factor  # no learning rate comes after it
        optimizer = Shrinking(optimizer, fraction) if late else Decoupled(optimizer, fraction / lr)
    around: list[Optimizer] = []
    for call, given in before:
        if call == "optax.clip":
            around.append(ClippedValue(None, _number(given["max_delta"], "max_delta")))
        elif call == "optax.clip_by_global_norm":
            around.append(ClippedNorm(None, _number(given["max_norm"], "max_norm")))
        elif call == "optax.scale":
            around.append(Uphill(None))
        else:
            around.append(L2(None, _decayed(call, given)))
    return replace(
        found,
        optimizer=_wrapped(optimizer, around),
        given=found.given | {"lr"},
        schedule=schedule or found.schedule,
    )


def _decayed(call, given):
    if given["mask"] not in (None, True, False):
        raise ValueError(f"{call}: mask cannot be carried over from a chain: translate what it holds for by itself.")
    return 0.0 if given["mask"] is False else _number(given["weight_decay"], f"{call}: weight_decay")


def _several(node, known):
    given = _bound(node, "optax.MultiSteps")
    if "opt" not in given or "every_k_schedule" not in given:
        raise TypeError("optax.MultiSteps needs an optimizer and every_k_schedule.")
    if "use_grad_mean" in given and _value(given["use_grad_mean"], "use_grad_mean", known) is not True:
        raise ValueError("optax.MultiSteps is read with use_grad_mean=True alone: the mean of the gradients.")
    every = _value(given["every_k_schedule"], "every_k_schedule", known)
    return replace(_optimizer(given["opt"], known), every=_count(every, "optax.MultiSteps: every_k_schedule"))


def _partition(node, call, known):
    transforms = node.args[0] if node.args else None
    for keyword in node.keywords:
        if keyword.arg == "transforms":
            transforms = keyword.value
    pairs = zip(transforms.keys, transforms.values, strict=True) if isinstance(transforms, ast.Dict) else [(None, None)]
    groups = []
    for key, value in pairs:
        if not isinstance(key, ast.Constant):
            raise ValueError(f"{call} is read with a dictionary of optimizers, written out.")
        groups.append((str(key.value), _optimizer(value, known)))
    return replace(groups[0][1], optimizer=None, groups=tuple(groups))
