"""Tracing: what a function of NumPy does, recorded as SymPy expressions.

The function itself is called, with values that record what is done to them. Operations are kept in the order in which
NumPy performs them, so that what is printed from them, in JavaScript say, gives the same bits. What cannot be recorded
is refused with a `CompileError` that names it and says what to write instead.
"""

import contextlib
import copy
import functools
import numbers
import sys
from dataclasses import dataclass

import numpy as np
import sympy as sp
from sympy.codegen import cfunctions
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from steepest.optimizers import Optimizer, State, frobenius, newton_schulz, orthogonalize

#: The names of the symbols carry the time: ``v[t-1]`` is the velocity before step t, ``v[t]`` the one after it.
T, X = sp.symbols("t X")
G, W_OLD, W_NEW = sp.symbols("g[t] w[t-1] w[t]")
#: The shape of a parameter, for rules that act on matrices.
ROWS, COLUMNS = sp.symbols("rows columns")


class CompileError(TypeError):
    """What was written cannot be compiled; the message says what to write instead."""


class _Refused(BaseException):
    """What a traced value cannot do. No Exception, so that no rule can catch it and go on; see `explained`."""


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A number that is not known yet: it records what NumPy does to it.

    Attributes:
        expr: the SymPy expression recorded so far, its operations in the order in which NumPy performs them.
    """

    def __init__(self, expr):
        self.expr = expr

    def __repr__(self):
        return f"Traced({self.expr})"

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if "out" in kwargs:
            raise _Refused(f"np.{ufunc.__name__} is to change a value in place: write x = x + …, not x += ….")
        if method != "__call__" or kwargs:
            how = f".{method}" if method != "__call__" else f"(…, {next(iter(kwargs))}=…)"
            raise _Refused(f"np.{ufunc.__name__}{how} cannot be compiled: write it element by element.")
        if any(isinstance(value, Cells) for value in inputs):
            return NotImplemented
        return type(self)(_recorder(f"np.{ufunc.__name__}", _UFUNCS.get(ufunc))(*inputs))

    def __array_function__(self, func, types, args, kwargs):
        if Cells in types:
            return NotImplemented
        name = f"{func.__module__}.{func.__name__}".replace("numpy", "np", 1)
        return type(self)(_recorder(name, _FUNCTIONS.get(func))(*args, **kwargs))

    def __bool__(self):
        raise _Refused(
            "an `if`, `while`, `and`, `or`, `not`, `min` or `max` has to know a value that is not known yet: "
            "write np.where(condition, a, b), np.logical_and, np.logical_or, np.logical_not, np.minimum or np.maximum."
        )

    def _needs_number(self, *_):
        raise _Refused(
            "float(), int(), round(), range() or a function of the math module has to know a value that is not known "
            "yet: write the NumPy function (np.sqrt, not math.sqrt), and a fixed number in range()."
        )

    __float__ = __int__ = __index__ = __complex__ = __round__ = __floor__ = __ceil__ = __trunc__ = _needs_number

    def _needs_array(self, *_args, **_kwargs):
        raise _Refused(
            "a value is used as an array (indexed, iterated over, or put into np.array): "
            "a compiled formula sees one number at a time, so write it element by element."
        )

    __getitem__ = __setitem__ = __iter__ = __len__ = __contains__ = __array__ = _needs_array

    def __getattr__(self, name):
        if name.startswith("__"):  # what NumPy and Python look for, and may not find
            raise AttributeError(name)
        raise _Refused(f"the array attribute .{name} cannot be compiled: use the NumPy function of that name.")


class Entry(Traced):
    """An entry of a parameter: a rule may also ask for the parameter's shape, and orthogonalize the whole of it."""

    def __array_function__(self, func, types, args, kwargs):
        if func is np.shape:
            return Traced(ROWS), Traced(COLUMNS)
        return self if func is np.atleast_2d else super().__array_function__(func, types, args, kwargs)


class Matrix(Traced):
    """A whole matrix, with no more rows than columns: for formulas that are printed and not compiled."""

    shape = 1, 1

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if ufunc is np.matmul:
            return Matrix(_multiply(*map(_expr, inputs)))
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        known = {np.sum: Matrix(Total(self.expr)), np.atleast_2d: self, np.shape: self.shape}
        return known[func] if func in known else super().__array_function__(func, types, args, kwargs)

    @property
    def mT(self):
        return Matrix(Transposed(self.expr))

    def reshape(self, _):
        return self


@orthogonalize.register(Entry)
@orthogonalize.register(Matrix)
def _(x):
    return type(x)(Orthogonalize(x.expr))


@newton_schulz.register
def _(x: Matrix):
    return Matrix(NewtonSchulz(x.expr))


def definitions():
    """What `orthogonalize` and `newton_schulz` are: pairs of a call and what it gives."""
    return [(call(Matrix(X)).expr, call.dispatch(object)(Matrix(X)).expr) for call in (orthogonalize, newton_schulz)]


class Cells(np.ndarray):
    """Traced values in an array, on which NumPy does what it does to numbers, axes and all."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs = [_cells(value) for value in inputs]
        if method == "__call__" and ufunc is not np.matmul:
            ufunc, kwargs = np.frompyfunc(ufunc, ufunc.nin, 1), {}
        result = getattr(ufunc, method)(*inputs, **kwargs)
        return result.view(Cells) if isinstance(result, np.ndarray) else result  # a sum of all is one number

    def __array_function__(self, func, types, args, kwargs):
        if func in _FUNCTIONS:
            return np.frompyfunc(func, len(args), 1)(*map(_cells, args)).view(Cells)
        return super().__array_function__(func, types, args, kwargs)


@frobenius.register(Matrix)
@frobenius.register(Cells)
def _(x):
    return np.sqrt(np.sum(x**2, axis=(-2, -1), keepdims=True))


def _cells(values):
    """A plain array of objects, which has no way to change what NumPy does to it."""
    if isinstance(values, np.ndarray):
        return values.view(np.ndarray)
    array = np.empty((), dtype=object)
    array[()] = values
    return array


def _recorder(name, recorder):
    if recorder is None:
        raise _Refused(f"{name} cannot be compiled: {_INSTEAD.get(name) or f'it can use {_known()}.'}")
    return recorder


def _known():
    return ", ".join(f"np.{f.__name__}" for f in [*_UFUNCS, *_FUNCTIONS])


def _expr(value):
    """The SymPy expression of a traced value or of a constant."""
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
    raise _Refused(f"{what} cannot be compiled: a compiled formula sees one number at a time.")


def number(value):
    """The SymPy expression of a number; a truth value counts as 1 or 0, as in NumPy."""
    expr = _expr(value)
    return _where(expr, sp.S.One, sp.S.Zero) if is_truth(expr) else expr


def _boolean(value):
    expr = _expr(value)
    return expr if is_truth(expr) else sp.Ne(expr, 0, evaluate=False)


def is_truth(expr):
    """Whether an expression is true or false, not a number."""
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


class Orthogonalize(sp.Function):
    """`orthogonalize` of a matrix, or an entry of that; the argument is the same entry before."""

    nargs = 1
    is_extended_real = True


class NewtonSchulz(sp.Function):
    """`newton_schulz` of a matrix."""

    nargs = 1


class Transposed(sp.Function):
    """A matrix with rows for columns."""

    nargs = 1


class Total(sp.Function):
    """The sum of a matrix's entries."""

    nargs = 1


def _where(condition, a, b):
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
    x = x if low is None else np.maximum(x, low)
    return number(x if high is None else np.minimum(x, high))


def _of_numbers(function):
    return lambda *args: function(*map(number, args))


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

_UFUNCS = {
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

_FUNCTIONS = {
    np.where: lambda condition, a, b: _where(_boolean(condition), number(a), number(b)),
    np.clip: _clip,
    np.zeros_like: lambda _: sp.Float(0.0),
    np.ones_like: lambda _: sp.Float(1.0),
}

#: NumPy's functions for what an expression is made of; `_compute` knows the others.
_NUMPY = {function: ufunc for ufunc, function in _CALLS.items()} | {
    sp.Add: np.add,
    sp.And: np.logical_and,
    sp.Or: np.logical_or,
    sp.Not: np.logical_not,
    Where: np.where,
    Orthogonalize: orthogonalize,
}


def evaluate(expr, values):
    """The value of a traced expression, by the functions of NumPy that were recorded.

    Args:
        expr: the expression.
        values: what stands for its symbols, numbers or arrays, by symbol. What is computed is added.
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
    return _NUMPY[expr.func](*args)


def agree(values, expected) -> bool:
    """Whether an expression has the values that the function behind it has, but for rounding."""
    return np.allclose(values, expected, rtol=1e-6, atol=1e-9, equal_nan=True)


#: What is wrong with a function that asks for the type of its argument, say.
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


#: A rule is printed, and the page carries it: beyond this, neither makes sense.
_MOST_OPERATIONS = 1000


@dataclass(frozen=True)
class Rule:
    """What one step of an optimizer does to one entry of a parameter, as SymPy expressions.

    They are in the symbols ``g[t]``, ``w[t-1]``, ``t``, one for each hyperparameter and, for each quantity that is
    remembered, one for its value before the step, such as ``v[t-1]``.

    Attributes:
        name, label: the optimizer's class and the name that legends show.
        hyperparameters: their names.
        initial: what is remembered before the first step, by quantity.
        state: what is remembered after a step, by quantity, in the order in which the rule sets it.
        step: what is added to the parameter.
        equations: pairs of a symbol and what it is set to, in an order in which they can be computed. They end with
            ``w[t]`` and name what the rule's own variables name.
        point: if the rule mixes the entries of a matrix, what it does to the two coordinates of a point, which is a
            matrix of one row: for each coordinate what `state`, `step` and the left sides of `equations` become, in the
            symbols ``g[t][0]``, ``g[t][1]`` and so on (see `coordinate`). Otherwise None.
    """

    name: str
    label: str
    hyperparameters: list
    initial: dict
    state: dict
    step: sp.Expr
    equations: list
    point: list | None


def trace(rule) -> Rule:
    """What one step of an optimizer does, found by calling its `step` with symbols.

    Args:
        rule: an optimizer, or its class. Hyperparameters that are booleans, strings or None keep their value; all
            others become symbols, so what is traced holds for every value of them.

    Raises:
        CompileError: something in the rule cannot be recorded.

    >>> from steepest import Momentum
    >>> trace(Momentum).state
    {'v': -g[t]*lr + momentum*v[t-1]}
    """
    if isinstance(rule, type):
        with explained(rule.__name__):
            rule = rule()
    name = type(rule).__name__
    if not isinstance(rule, Optimizer) or not hasattr(rule, "__dataclass_fields__"):
        raise CompileError(f"{name} is no optimizer: write a subclass of Optimizer under @dataclass.")
    if type(rule).update is not Optimizer.update:
        raise CompileError(f"{name} has an update of its own, which cannot be compiled: put the whole rule in step.")
    if unknown := sorted(vars(rule).keys() - rule.hyperparameters.keys() - {"t", "_states"}):
        raise CompileError(f"{name} keeps {unknown[0]}, no hyperparameter: make it one, or compute it in step.")
    symbols = {
        field: sp.Symbol(field)
        for field, value in rule.hyperparameters.items()
        if not isinstance(value, (bool, str, type(None)))
    }
    traced = copy.copy(rule)
    vars(traced).update({field: Traced(symbol) for field, symbol in symbols.items()})  # no range to check
    traced.t = Traced(T) - 1

    with explained(f"{name}.init"):
        initial = _TracedState()
        traced.init(initial)
        start = {quantity: number(value) for quantity, value in initial.quantities.items()}
        if any(expr.free_symbols - set(symbols.values()) for expr in start.values()):
            raise CompileError("it may use hyperparameters and constants only.")

    with explained(f"{name}.step"):
        state, step, variables = _take_step(traced, start, Entry)
        if (state, step) != _take_step(traced, start, Entry)[:2]:
            raise CompileError("it is not the same twice: it may depend on g, state and hyperparameters only.")
        if (size := max(map(_size, [step, *state.values()]))) > _MOST_OPERATIONS:
            raise CompileError(f"it takes {size} operations once its loops are written out; shorten them.")
        read = set().union(*(expr.free_symbols for expr in [step, *state.values()]))
        if never_set := sorted(read - {G, T, W_OLD, ROWS, COLUMNS, *symbols.values(), *map(before, state)}, key=str):
            quantity = never_set[0].name.removesuffix("[t-1]")
            raise CompileError(f"it reads state.{quantity} but never sets it, so it would stay zero.")
        equations = _equations(state, step, variables, reserved={"g", "w", "t", *symbols, *state})
        mixes = {ROWS, COLUMNS} & read or any(expr.has(Orthogonalize) for expr in [step, *state.values()])
        point = _on_a_point(traced, start, equations) if mixes else None
    with explained(f"{name}.step", "arrays"):
        _check_against_numpy(rule, symbols, start, state, step)
    return Rule(
        name=name,
        label=rule.name,
        hyperparameters=list(symbols),
        initial={quantity: start.get(quantity, sp.Float(0)) for quantity in state},
        state=state,
        step=step,
        equations=equations,
        point=point,
    )


def _check_against_numpy(rule, symbols, start, state, step):
    """Refuse a rule whose own steps, with random gradients, are not those that were traced."""
    optimizer, rng = rule.fresh(), np.random.default_rng(0)
    for field in symbols:
        setattr(optimizer, field, np.ravel(getattr(optimizer, field))[0])
    known = {symbol: getattr(optimizer, field) for field, symbol in symbols.items()}
    w = rng.normal(size=(2, 3))
    known |= {ROWS: w.shape[0], COLUMNS: w.shape[1]}
    remembered = {quantity: evaluate(start.get(quantity, sp.Float(0)), dict(known)) for quantity in state}
    with np.errstate(all="ignore"):
        for t in range(1, 6):
            g = rng.normal(size=w.shape) * 10.0 ** rng.integers(-3, 4, w.shape)
            values = {**known, T: t, G: g, W_OLD: w.copy()}
            values |= {before(quantity): value * np.ones(w.shape) for quantity, value in remembered.items()}
            optimizer.update({"w": w}, {"w": g})
            remembered = {quantity: evaluate(expr, values) for quantity, expr in state.items()}
            pairs = [(remembered[quantity], value) for quantity, value in optimizer.state["w"].items()]
            if not all(agree(*pair) for pair in [(values[W_OLD] + evaluate(step, values), w), *pairs]):
                raise CompileError(NOT_THE_SAME)


def _take_step(rule, start, entry):
    """The state after a step, what is added to the parameter, and the variables of the rule's own code."""
    state, step, variables = _call(rule, start, entry)
    variables = {name: value.expr for name, value in variables.items() if isinstance(value, Traced)}
    return {name: number(value) for name, value in state.items()}, number(step), variables


def _on_a_point(rule, start, equations):
    """`Rule.point`."""

    def cells(symbol):
        row = np.empty((1, 2), dtype=object)
        for c in (0, 1):
            row[0, c] = Traced(coordinate(symbol, c))
        return row.view(Cells)

    state, step, variables = _call(rule, start, cells)

    def of(value, c):
        return number(np.broadcast_to(value, (1, 2))[0, c] if isinstance(value, np.ndarray) else value)

    point = []
    for c in (0, 1):
        known = {name: of(value, c) for name, value in state.items()}
        lefts = [left.name.removesuffix("[t]") for left, _ in equations[:-1]]
        rights = [known[name] if name in known else of(variables[name], c) for name in lefts]
        w = sp.Add(coordinate(W_OLD, c), of(step, c), evaluate=False)
        point.append((known, of(step, c), [*rights, w]))
    return point


def _call(rule, start, entry):
    """Call a rule's step; ``entry`` makes what stands for the value of a symbol."""
    attributes, state = _identities(rule), _TracedState(entry)
    vars(state)["t"] = Traced(T)
    for quantity in start:
        setattr(state, quantity, entry(before(quantity)))
    step, variables = _with_variables(rule, entry(G), state)
    if _identities(rule) != attributes:
        raise CompileError("it changes self: what it has to remember belongs in state.")
    return state.quantities, step, variables


@functools.cache
def _size(expr):
    """How many operations and symbols an expression has when it is written out."""
    return 1 + sum(map(_size, expr.args))


def before(quantity):
    """The symbol of what a step finds remembered."""
    return sp.Symbol(f"{quantity}[t-1]")


def coordinate(symbol, c):
    """The symbol of coordinate 0 or 1 of a point."""
    return sp.Symbol(f"{symbol.name}[{c}]")


def after(quantity):
    """The symbol of what a step leaves."""
    return sp.Symbol(f"{quantity}[t]")


class _TracedState(State):
    """An optimizer's State in which what has not been set yet is its value from before the step."""

    def __init__(self, entry=Traced):
        super().__init__(())
        vars(self)["_entry"] = entry

    def __getattr__(self, name):
        if name.startswith("_") or name == "t":
            raise AttributeError(name)
        return self._entry(before(name))

    @property
    def w(self):
        return self._entry(W_OLD)


def _identities(rule):
    return {name: id(value) for name, value in vars(rule).items()}


@contextlib.contextmanager
def explained(where, given="symbols"):
    """Make whatever goes wrong in a reader's function a `CompileError` that says where, and what it was given."""
    try:
        yield
    except (CompileError, _Refused) as error:
        raise CompileError(f"{where}: {error}") from None
    except RecursionError:
        raise CompileError(f"{where}: the formula is nested too deeply; shorten its loop.") from None
    except Exception as error:
        raise CompileError(f"{where} fails when it is called with {given}: {type(error).__name__}: {error}") from error


def _with_variables(rule, g, state):
    """The result of a step, and the values that its code has given names.

    The equations are printed with the names that the rule's author chose. A profile function is the one place where
    Python shows the variables of a call that is over.
    """
    codes = {base.step.__code__ for base in type(rule).__mro__ if "step" in vars(base)}
    variables = {}

    def look(frame, event, _):
        if event == "return" and frame.f_code in codes:
            variables.update(frame.f_locals)

    profile = sys.getprofile()
    sys.setprofile(look)
    try:
        step = rule.step(g, state)
    finally:
        sys.setprofile(profile)
    return step, variables


def _equations(state, step, variables, reserved):
    """The state, the variables it is made with and the new parameter, each in terms of those before it."""
    names = {}  # expression → the symbol that stands for it in the other equations
    for name, expr in variables.items():
        if expr.args and expr != step and name not in reserved:
            varies = any("[" in symbol.name or symbol == T for symbol in expr.free_symbols)
            names[expr] = after(name) if varies else sp.Symbol(name)
    names |= {expr: after(quantity) for quantity, expr in reversed(state.items()) if expr.args}
    equations = {}

    @functools.cache
    def fold(expr):
        if expr in names:
            define(names[expr], expr)
            return names[expr]
        return _rebuild(expr, [fold(arg) for arg in expr.args])

    def define(symbol, expr):
        if symbol not in equations:
            equations[symbol] = _rebuild(expr, [fold(arg) for arg in expr.args])  # the arguments come first

    for quantity, expr in state.items():
        define(after(quantity), expr)
    equations[W_NEW] = sp.Add(W_OLD, fold(step), evaluate=False)
    return list(equations.items())


def _rebuild(expr, args):
    return expr.func(*args, evaluate=False) if args else expr
