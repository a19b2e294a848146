"""Reading a call, or a few lines, of PyTorch, Optax, Keras or the course. Nothing is run."""

import ast
from dataclasses import replace
from typing import Any

from steepest.frameworks import chains, schedules
from steepest.frameworks.calls import ALIASES, AROUND, CALLS, PARTS, WRAPPERS, optimizer_calls
from steepest.frameworks.optimizer_call import Read, changed, one_call, schedule_in, with_parameters, wrapped
from steepest.frameworks.syntax import UNREAD, arguments, bound, evaluated, full_name, require_number, value_of
from steepest.frameworks.table import framework_of
from steepest.frameworks.wrappers import ClippedNorm, ClippedValue


def read(text: Any, known: Any = ()) -> Read:
    """Read a call, an assignment of one, or a few lines around it.

    Args:
        text: the lines.
        known: what names in them stand for, by name.

    Returns:
        what all lines say together.

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
        node: Any = line.value if isinstance(line, (ast.Expr, ast.Assign, ast.AnnAssign)) else None
        target = _target(line)
        if isinstance(line, (ast.Import, ast.ImportFrom)) or _is_a_step(node):
            continue
        if node is None or not (isinstance(node, ast.Call) or target):
            raise ValueError(f"{ast.unparse(line)!r} is not a call such as torch.optim.SGD(params, lr=0.1).")
        try:
            call = full_name(node) if isinstance(node, ast.Call) else None
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
            if (value := evaluated(node, known)) is not UNREAD:
                known[target] = value  # a number that a later line may use
        elif call in schedules.READ:
            schedule = _scheduled(found, call, node, known)
            if call.startswith("torch.") or len(lines) == 1:
                found = schedule
            known[target] = schedule.schedule
        elif call in ("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.clip_grad_value_"):
            clips.append(_clip(call, arguments(node, call, known)))
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
    return changed(found, lambda optimizer: wrapped(optimizer, clips))


def _target(line):
    """The name that a line assigns to, or None."""
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


def _clip(call, given):
    """The wrapper, around `None`, that a call of torch.nn.utils with these arguments is."""
    if "value" in call:
        return ClippedValue(None, require_number(given["clip_value"], f"{call}: clip_value"))
    if given["norm_type"] != 2:
        raise ValueError(f"{call} is read with norm_type=2.0 alone; the other frameworks clip by that norm.")
    return ClippedNorm(None, require_number(given["max_norm"], f"{call}: max_norm"), guard=1e-6)


def _scheduled(found, call, node, known):
    """What was read, with the schedule of a call; the optimizer of one of PyTorch comes before it."""
    if found is not None and found.schedule is not None:
        raise ValueError("There are two schedules: translate one at a time.")
    if call.startswith("torch."):
        lr = found.optimizer.lr if found is not None and found.optimizer is not None else None
        schedule = schedules.schedule_of(call, arguments(node, call, known), lr)
    else:
        schedule = schedule_in(node, known)
    return replace(found or Read(framework_of(call), None), schedule=schedule)


def _optimizer(node, known):
    """What is read of a call of an optimizer, or of one with another inside."""
    if not isinstance(node, ast.Call):
        raise ValueError(f"{ast.unparse(node)!r} is not a call such as torch.optim.SGD(params, lr=0.1).")
    call = full_name(node)
    if call == "optax.chain":
        return chains.chain(node, known, _optimizer)
    if call == "optax.MultiSteps":
        return chains.several_steps(node, known, _optimizer)
    if call in ("optax.partition", "optax.multi_transform"):
        return chains.partition(node, call, known, _optimizer)
    if call == "optax.inject_hyperparams":
        return _injected(node, known)
    if call in WRAPPERS:
        given = bound(node, call)
        if "rule" not in given:
            raise TypeError(f"{call} needs a rule.")
        inner = _optimizer(given.pop("rule"), known)
        more = {name: value_of(value, f"{call}: {name}", known) for name, value in given.items()}
        if call in ("L2", "Decoupled", "Shrinking") and not more:
            raise TypeError(f"{call} needs a rule and its weight_decay.")
        return changed(inner, lambda optimizer: WRAPPERS[call](optimizer, **more))
    if call in PARTS:
        raise ValueError(f"{call} is a part of an optimizer: give the whole optax.chain.")
    call, fixed = ALIASES.get(call, (call, {}))
    if call in AROUND:
        argument, note = AROUND[call]
        given = bound(node, call)
        if argument not in given:
            raise TypeError(f"{call} needs an optimizer.")
        inner = _optimizer(given[argument], known)
        return replace(inner, beside=(*inner.beside, note))
    if call not in optimizer_calls():
        raise ValueError(f"{call} is no optimizer.")
    given = bound(node, call)
    if "params" in CALLS[call][0]:
        return with_parameters(call, given, fixed, known)
    return one_call(call, given, fixed, known)


def _injected(node, known):
    """`optax.inject_hyperparams` of an optimizer's function, called with the arguments of that."""
    if not isinstance(node.func, ast.Call):
        raise ValueError(f"{ast.unparse(node)} makes a function: give its call too, with (learning_rate=0.1), say.")
    made = node.func.args or [keyword.value for keyword in node.func.keywords if keyword.arg == "inner_factory"]
    if not made:
        raise TypeError("optax.inject_hyperparams needs the function of an optimizer, such as optax.adam.")
    inner = _optimizer(ast.Call(made[0], node.args, node.keywords), known)
    note = (
        "inject_hyperparams keeps the hyperparameters where a loop can change them, and does not change the rule. In "
        "PyTorch that is optimizer.param_groups, in Keras and in the course an attribute."
    )
    return replace(inner, beside=(*inner.beside, note))
