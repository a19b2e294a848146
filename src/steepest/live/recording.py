"""Recording: what a function of NumPy does to its arguments, as SymPy expressions.

The function itself is called, with values that record what is done to them. Operations are kept in the order in which
NumPy performs them, so that what is printed from them, in JavaScript say, gives the same bits. What cannot be recorded
is refused with a `CompileError` that names it and says what to write instead.
"""

import contextlib
import numbers
from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp
from sympy.codegen import cfunctions
from sympy.logic.boolalg import BooleanAtom, BooleanFunction


class CompileError(TypeError):
    """What was written cannot be compiled; the message says what to write instead."""


class Refused(BaseException):
    """What a traced value cannot do. No Exception, so that no rule can catch it and go on; see `explained`."""


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A number that is not known yet: it records what NumPy does to it.

    Attributes:
        expr: the SymPy expression recorded so far, its operations in the order in which NumPy performs them.
    """

    def __init__(self, expr: Any):
        self.expr = expr

    def __repr__(self):
        return f"Traced({self.expr})"

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if "out" in kwargs:
            raise Refused(f"np.{ufunc.__name__} is to change a value in place: write x = x + …, not x += ….")
        if method != "__call__" or kwargs:
            how = f".{method}" if method != "__call__" else f"(…, {next(iter(kwargs))}=…)"
            raise Refused(f"np.{ufunc.__name__}{how} cannot be compiled: write it element by element.")
        if any(isinstance(value, Cells) for value in inputs):
            return NotImplemented
        return type(self)(_recorder(f"np.{ufunc.__name__}", UFUNCS.get(ufunc))(*inputs))

    def __array_function__(self, func, types, args, kwargs):
        if Cells in types:
            return NotImplemented
        name = f"{func.__module__}.{func.__name__}".replace("numpy", "np", 1)
        return type(self)(_recorder(name, FUNCTIONS.get(func))(*args, **kwargs))

    def __bool__(self):
        raise Refused(
            "an `if`, `while`, `and`, `or`, `not`, `min` or `max` has to know a value that is not known yet: "
            "write np.where(condition, a, b), np.logical_and, np.logical_or, np.logical_not, np.minimum or np.maximum."
        )

    def _needs_number(self, *_):
        raise Refused(
            "float(), int(), round(), range() or a function of the math module has to know a value that is not known "
            "yet: write the NumPy function (np.sqrt, not math.sqrt), and a fixed number in range()."
        )

    __float__ = __int__ = __index__ = __complex__ = __round__ = __floor__ = __ceil__ = __trunc__ = _needs_number

    def _needs_array(self, *_args, **_kwargs):
        raise Refused(
            "a value is used as an array (indexed, iterated over, or put into np.array): "
            "a compiled formula sees one number at a time, so write it element by element."
        )

    __getitem__ = __setitem__ = __iter__ = __len__ = __contains__ = __array__ = _needs_array

    def __getattr__(self, name):
        if name.startswith("__"):  # NumPy and Python look for many such names, and must be told that they are missing
            raise AttributeError(name)
        raise Refused(f"the array attribute .{name} cannot be compiled: use the NumPy function of that name.")


class Cells(np.ndarray):
    """Traced values in an array, on which NumPy does what it does to numbers, axes and all."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs = [_cells(value) for value in inputs]
        if method == "__call__" and ufunc is not np.matmul:
            ufunc, kwargs = np.frompyfunc(ufunc, ufunc.nin, 1), {}
        result = getattr(ufunc, method)(*inputs, **kwargs)
        return result.view(Cells) if isinstance(result, np.ndarray) else result  # the sum over all axes is no array

    def __array_function__(self, func, types, args, kwargs):
        if func in FUNCTIONS:
            return np.frompyfunc(func, len(args), 1)(*map(_cells, args)).view(Cells)
        return super().__array_function__(func, types, args, kwargs)


def _cells(values):
    """A plain array of objects, which has no way to change what NumPy does to it."""
    if isinstance(values, np.ndarray):
        return values.view(np.ndarray)
    array = np.empty((), dtype=object)
    array[()] = values
    return array


def _recorder(name, recorder):
    """What records a function of NumPy; refuse one that nothing records."""
    if recorder is None:
        raise Refused(f"{name} cannot be compiled: {_INSTEAD.get(name) or f'it can use {_known()}.'}")
    return recorder


def _known():
    return ", ".join(f"np.{f.__name__}" for f in [*UFUNCS, *FUNCTIONS])


def expression(value: Any) -> Any:
    """The SymPy expression of a traced value or of a constant.

    Returns:
        an expression of SymPy; for a constant a truth value, an `Integer` or a `Float`.

    Raises:
        Refused: an array, or what is no number.
    """
    if isinstance(value, Traced):
        return value.expr
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, (bool, np.bool)):
        return sp.true if value else sp.false
    if isinstance(value, numbers.Integral):
        return sp.Integer(int(value))
    if isinstance(value, numbers.Real):
        return sp.Float(float(value))
    what = f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"{value!r}"
    raise Refused(f"{what} cannot be compiled: a compiled formula sees one number at a time.")


def numeric(value: Any) -> Any:
    """A value as the expression of a number; a truth value counts as 1 or 0, as in NumPy.

    Returns:
        an expression of SymPy that is not a condition.

    Raises:
        Refused: as `expression` does.
    """
    expr = expression(value)
    return _where(expr, sp.S.One, sp.S.Zero) if is_truth(expr) else expr


def _boolean(value):
    """The condition that a value is: a number counts as true where it is not 0."""
    expr = expression(value)
    return expr if is_truth(expr) else sp.Ne(expr, 0, evaluate=False)


def is_truth(expr: sp.Basic) -> bool:
    """Whether an expression is true or false, not a number.

    Returns:
        True for comparisons, for what joins them, and for True and False.
    """
    return isinstance(expr, (sp.core.relational.Relational, BooleanFunction, BooleanAtom))


class Where(sp.Function):
    """``a`` where a condition holds, ``b`` elsewhere. (SymPy's Piecewise moves what compares it into its branches.)"""

    nargs = 3
    is_extended_real = True


class Min(sp.Function):
    """The smaller of two numbers. (SymPy's Min sorts its arguments, which takes for ever when they are long.)"""

    nargs = 2
    is_extended_real = True


class Max(sp.Function):
    """The larger of two numbers."""

    nargs = 2
    is_extended_real = True


def _where(condition, a, b):
    """A choice, or the branch itself where the condition is known."""
    if isinstance(condition, BooleanAtom):
        return a if condition else b
    return Where(condition, a, b, evaluate=False)


def _multiply(a, b):
    return sp.Mul(a, b, evaluate=False)


def _negative(a):
    return -a if a.is_Number else _multiply(sp.S.NegativeOne, a)


def _divide(a, b):
    return sp.Mul(a, sp.Pow(b, -1, evaluate=False), evaluate=False)


def _power(a, b):
    """A power as NumPy computes it: some exponents are a product, a root or a division."""
    exponent = float(b) if b.is_Number else None
    if exponent == 2:  # NumPy, too, multiplies, takes a root or divides for these exponents
        return sp.Pow(a, 2, evaluate=False)
    if exponent == 0.5:
        return _root(a)
    if exponent == -1:
        return _divide(sp.S.One, a)
    return sp.Pow(a, b, evaluate=False)


def _root(a):
    return sp.Pow(a, sp.S.Half, evaluate=False)


def _clip(x, low=None, high=None):
    """What `np.clip` does, as a minimum of a maximum."""
    x = x if low is None else np.maximum(x, low)
    return numeric(x if high is None else np.minimum(x, high))


def _of_numbers(function):
    return lambda *args: function(*map(numeric, args))


def _of_booleans(function):
    return lambda *args: function(*map(_boolean, args), evaluate=False)


def _unevaluated(function):
    return _of_numbers(lambda *args: function(*args, evaluate=False))


#: What SymPy, or this module, has as a function of numbers, too.
_CALLS = {
    np.cbrt: cfunctions.Cbrt,
    np.absolute: sp.Abs,
    np.sign: sp.sign,
    np.exp: sp.exp,
    np.expm1: cfunctions.expm1,
    np.log: sp.log,
    np.log1p: cfunctions.log1p,
    np.log2: cfunctions.log2,
    np.log10: cfunctions.log10,
    np.sin: sp.sin,
    np.cos: sp.cos,
    np.tan: sp.tan,
    np.arcsin: sp.asin,
    np.arccos: sp.acos,
    np.arctan: sp.atan,
    np.arctan2: sp.atan2,
    np.sinh: sp.sinh,
    np.cosh: sp.cosh,
    np.tanh: sp.tanh,
    np.hypot: cfunctions.hypot,
    np.floor: sp.floor,
    np.ceil: sp.ceiling,
    np.minimum: Min,
    np.maximum: Max,
    np.less: sp.Lt,
    np.less_equal: sp.Le,
    np.greater: sp.Gt,
    np.greater_equal: sp.Ge,
    np.equal: sp.Eq,
    np.not_equal: sp.Ne,
}


UFUNCS = {
    np.add: _unevaluated(sp.Add),
    np.subtract: _of_numbers(lambda a, b: sp.Add(a, _negative(b), evaluate=False)),
    np.multiply: _of_numbers(_multiply),
    np.divide: _of_numbers(_divide),
    np.power: _of_numbers(_power),
    np.negative: _of_numbers(_negative),
    np.positive: _of_numbers(lambda a: a),
    np.square: _of_numbers(lambda a: _power(a, sp.Integer(2))),
    np.reciprocal: _of_numbers(lambda a: _divide(sp.S.One, a)),
    np.sqrt: _of_numbers(_root),
    np.fabs: _unevaluated(sp.Abs),
    np.logical_and: _of_booleans(sp.And),
    np.logical_or: _of_booleans(sp.Or),
    np.logical_not: _of_booleans(sp.Not),
    **{ufunc: _unevaluated(function) for ufunc, function in _CALLS.items()},
}


FUNCTIONS = {
    np.where: lambda condition, a, b: _where(_boolean(condition), numeric(a), numeric(b)),
    np.clip: _clip,
    np.zeros_like: lambda _: sp.Float(0.0),
    np.ones_like: lambda _: sp.Float(1.0),
}


#: NumPy's functions for what an expression is made of; `_compute` knows the others, and matrices.py adds its own.
NUMPY: dict[Any, Any] = {function: ufunc for ufunc, function in _CALLS.items()} | {
    sp.Add: np.add,
    sp.And: np.logical_and,
    sp.Or: np.logical_or,
    sp.Not: np.logical_not,
    Where: np.where,
}


def evaluate(expr: sp.Basic, values: dict) -> Any:
    """The value of a traced expression, by the functions of NumPy that were recorded.

    Args:
        expr: the expression.
        values: what stands for its symbols, numbers or arrays, by symbol. What is computed is added.

    Returns:
        a number or an array, of the shape to which the symbols' values broadcast.
    """
    todo = [expr]
    while todo:
        if todo[-1] in values:
            todo.pop()
        elif missing := [arg for arg in todo[-1].args if arg not in values]:
            todo += missing
        else:
            expr = todo.pop()
            values[expr] = _compute(expr, values)
    return values[expr]


def _compute(expr, values):
    """The value of an expression whose parts are in ``values``."""
    args = [values[arg] for arg in expr.args]
    match expr:
        case BooleanAtom():
            return bool(expr)
        case sp.Number():
            return float(expr)
        case sp.Mul(args=(-1, _)):
            return -args[1]
        case sp.Mul(args=(_, sp.Pow(args=(b, -1)))):
            return args[0] / values[b]
        case sp.Mul():
            return args[0] * args[1]
        case sp.Pow(args=(_, 2)):
            return np.square(args[0])
        case sp.Pow(args=(_, sp.S.Half)):
            return np.sqrt(args[0])
        case sp.Pow():
            return np.power(*args)
    return NUMPY[expr.func](*args)


def agree(values: Any, expected: Any) -> bool:
    """Whether an expression has the values that the function behind it has, but for rounding.

    Args:
        values: what the expression gives, numbers or arrays.
        expected: what the function gives.

    Returns:
        True where all agree, to a millionth or to 1e-9; not-a-number agrees with itself.
    """
    return np.allclose(values, expected, rtol=1e-6, atol=1e-9, equal_nan=True)


#: The message for a function that computes something else with arrays, such as one that asks for its argument's type.
NOT_THE_SAME = "with arrays it does something else than with symbols: it may not ask what its arguments are."
_MIXES = "it mixes the coordinates of a parameter, and a compiled rule works element by element; leave it out."


_INSTEAD = {
    "np.bitwise_and": "write np.logical_and(a, b), not a & b.",
    "np.bitwise_or": "write np.logical_or(a, b), not a | b.",
    "np.invert": "write np.logical_not(a), not ~a.",
    "np.remainder": "write a - b * np.floor(a / b), not a % b.",
    "np.floor_divide": "write np.floor(a / b), not a // b.",
    "np.matmul": _MIXES,
    **dict.fromkeys(["np.sum", "np.mean", "np.max", "np.min", "np.dot", "np.linalg.norm", "np.std", "np.var"], _MIXES),
}


@contextlib.contextmanager
def explained(where: str, given: str = "symbols") -> Iterator[None]:
    """Make whatever goes wrong in a reader's function, run within this context, a `CompileError`.

    Args:
        where: what messages call the function.
        given: what it is called with, for messages.

    Raises:
        CompileError: in the place of the error; it says where that was, and what to write instead if that is known.
    """
    try:
        yield
    except (CompileError, Refused) as error:
        raise CompileError(f"{where}: {error}") from None
    except RecursionError:
        raise CompileError(f"{where}: the formula is nested too deeply; shorten its loop.") from None
    except Exception as error:
        raise CompileError(f"{where} fails when it is called with {given}: {type(error).__name__}: {error}") from error
