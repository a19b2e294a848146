"""The syntax tree of a call: its full name, its arguments and their values. Nothing is run."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from steepest.frameworks import others
from steepest.frameworks.calls import ALIASES, CALLS, TOGETHER, optimizer_calls
from steepest.frameworks.signatures import REQUIRED

_OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

#: What `evaluated` gives for an expression without a known value.
UNREAD = object()


def value_of(node: ast.expr, where: str, known: Mapping) -> Any:
    """The value of an expression of numbers, strings, tuples and names that are known.

    Args:
        node: the expression.
        where: what messages call it.
        known: the values of names.

    Returns:
        a float also for whole numbers; a tuple also for a list.

    Raises:
        ValueError: it has none, or needs something to be run.
    """
    try:
        value = evaluated(node, known)
    except (ArithmeticError, TypeError) as error:
        raise ValueError(f"{where}: {ast.unparse(node)} has no value: {error}.") from None
    if value is UNREAD:
        raise ValueError(f"{where}={ast.unparse(node)} cannot be read, because nothing is run: write the number.")
    return value


def evaluated(node: ast.AST | None, known: Mapping) -> Any:
    """The value of an expression as in `value_of`, or `UNREAD` where that cannot be known.

    Returns:
        as `value_of`. `UNREAD` is an object of its own, so that None is a value.

    Raises:
        ArithmeticError: it divides by 0, or its value is too large for a float.
        TypeError: a key of a dictionary that cannot be one.
    """
    match node:
        case ast.Constant(value) if isinstance(value, (bool, str, type(None))):
            return value
        case ast.Constant(value) if isinstance(value, (int, float)):
            return float(value)
        case ast.Tuple(elements) | ast.List(elements):
            values = tuple(evaluated(element, known) for element in elements)
            return UNREAD if UNREAD in values else values
        case ast.Dict(keys, values) if None not in keys:
            pairs = [(evaluated(key, known), evaluated(value, known)) for key, value in zip(keys, values, strict=True)]
            return UNREAD if any(UNREAD in pair for pair in pairs) else dict(pairs)
        case ast.Name(name) if name in known:
            return known[name]
        case ast.UnaryOp(ast.USub() | ast.UAdd() as sign, operand):
            value = evaluated(operand, known)
            if not isinstance(value, float):
                return UNREAD
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(left, sign, right) if type(sign) in _OPERATORS:
            values = evaluated(left, known), evaluated(right, known)
            if not all(isinstance(value, float) for value in values):
                return UNREAD
            value = _OPERATORS[type(sign)](*values)
            return value if isinstance(value, float) else UNREAD
        case ast.Call(ast.Attribute(ast.Name("math" | "np" | "numpy"), "sqrt"), [operand], []):
            value = evaluated(operand, known)
            return math.sqrt(value) if isinstance(value, float) and value >= 0 else UNREAD
    return UNREAD


def require_number(value: Any, where: str) -> float:
    """Refuse a value that is no number.

    Args:
        value: what was read.
        where: what messages call it.

    Returns:
        the value itself.

    Raises:
        TypeError: another value.
    """
    if isinstance(value, bool) or not isinstance(value, float):
        raise TypeError(f"{where} must be a number, not {value!r}.")
    return value


def require_count(value: Any, where: str) -> int:
    """Refuse a value that is no whole number of 2 or more.

    Args:
        value: what was read, a float for a number.
        where: what messages call it.

    Returns:
        the value as an int.

    Raises:
        ValueError: another value.
    """
    if not isinstance(value, float) or value != int(value) or value < 2:
        raise ValueError(f"{where} must be a whole number from 2 on, not {value!r}.")
    return int(value)


def full_name(node: ast.Call) -> str:
    """What a call calls, by its full name.

    A call of `optax.inject_hyperparams(optax.adam)`, which makes a function, has the name of the maker.

    Returns:
        a key of `CALLS` or of `ALIASES`, or one of `TOGETHER`, such as "optax.chain".

    Raises:
        NotOfTheCourse: a name that is known, and not modelled.
        ValueError: a name that is not known.
    """
    if isinstance(node.func, ast.Call):
        maker = full_name(node.func)
        if maker != "optax.inject_hyperparams":
            raise ValueError(f"{ast.unparse(node)} calls what {maker} gives: that cannot be read.")
        return maker
    name = ast.unparse(node.func).removeprefix("tf.")
    name = _MOVED.sub("optax.", name)
    package, _, last = name.partition(".")
    if package in ("steepest", "frameworks"):
        name = last.rpartition(".")[2]
    known = (*CALLS, *ALIASES, *TOGETHER)
    if "." in name:
        # What is in a package of a framework is no rule of the course, whose names have no dot.
        longer = [call for call in known if f".{call}".endswith(f".{name}")]
        shorter = [call for call in known if name.endswith(f".{call}") and ("." in call or package not in _PACKAGES)]
        if longer or shorter:
            return (longer or shorter)[0]
    elif candidates := [call for call in known if call.rpartition(".")[2] == name]:
        return next((call for call in _by_likelihood(candidates, node) if _fits(call, node)), candidates[0])
    others.refuse(name)
    near = [call for call in optimizer_calls() if call.partition(".")[0] == name.partition(".")[0]]
    raise ValueError(f"{name} is not known here; there are {', '.join(near or optimizer_calls())}.")


#: What a framework's own names begin with.
_PACKAGES = ("torch", "optim", "optax", "keras", "optimizers")

#: Modules of Optax in which its functions are, too.
_MOVED = re.compile(r"optax\.(schedules|transforms)\.")


def _by_likelihood(candidates, node):
    """A bare name is the course's, unless its first argument is no number: those of PyTorch begin with parameters."""
    first = node.args[0] if node.args else None
    of_torch = first is not None and evaluated(first, {}) is UNREAD
    return sorted(candidates, key=lambda call: (call.startswith("torch.") != of_torch, "." in call))


def _fits(call, node):
    """Whether a call has these arguments, as far as their names and their number tell."""
    if call in TOGETHER:
        return True
    defaults, positional = CALLS[ALIASES.get(call, (call,))[0]]
    names = {keyword.arg for keyword in node.keywords}
    return len(node.args) <= len(positional) and names <= defaults.keys()


def bound(node: ast.Call, call: str) -> dict[str, ast.expr]:
    """The arguments of a call that are given.

    Args:
        node: the call.
        call: its full name.

    Returns:
        their syntax trees by name, also of those that are given by place.

    Raises:
        TypeError: an argument that the call does not have, or one given twice.
        ValueError: starred arguments.
    """
    defaults, positional = CALLS[call]
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


def arguments(node: ast.Call, call: str, known: Mapping) -> dict[str, Any]:
    """The values of all arguments of a call, with the defaults of those that are not given.

    What holds the parameters or the optimizer is left out: it has no value here.

    Args:
        node: the call.
        call: its full name.
        known: the values of names in it.

    Returns:
        values by name in the order of the call's signature, numbers as floats.

    Raises:
        TypeError, ValueError: as `bound` and `value_of` do, and for one that is missing.
    """
    given = bound(node, call)
    values = {}
    for name, default in CALLS[call][0].items():
        if name in ("parameters", "optimizer"):
            continue
        if name in given:
            values[name] = value_of(given[name], f"{call}: {name}", known)
        elif default is REQUIRED:
            raise TypeError(f"{call} has no default {name}: give one.")
        else:
            values[name] = float(default) if type(default) is int else default
    return values
