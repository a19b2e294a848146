"""Rules, surfaces and formulas written in NumPy, compiled to JavaScript and LaTeX.

Tracing is the only way in: the NumPy function itself is called with values that record, as a SymPy expression, what
is done to them. Operations are kept in the order in which NumPy performs them, so that + − × ÷ and √ give the same
bits in JavaScript. What cannot be compiled is refused with a `CompileError` that names it and says what to write.

`compile_rule`, `compile_surface` and `compile_function` each return the text of one JavaScript object. It uses no
name from outside but ``Math``, allocates nothing when it runs, and throws nothing. All arrays are Float64Arrays.

A rule, for `descend.js`::

    { name, label,                      // "GradientDescent", "Gradient descent"
      hyper: ["lr", …],                 // what h holds, in order; booleans are compiled in
      state: ["v", …],                  // what s holds for each coordinate, in order; n = state.length
      shared,                           // the length of p
      share(h, t, p) {…},               // once a step, t = 1, 2, …: fills p with what all coordinates share
      init(h, s, i) {…},                // fills s[i] … s[i + n - 1], the first state of one coordinate
      step(g, h, t, p, s, i) {…},       // changes s[i] … s[i + n - 1] and returns what is added to w
      equations: [{left: "v[t]", right: "{momentum} · {v[t-1]} − {lr} · {g}"}, …, {left: "w[t]", right: …}],
      symbols: {"v[t-1]": ["v", "t−1"], "beta1": ["β", "1"], …},      // base and subscript
      inspect(w, g, h, t, p, s, i, out) {…} }  // s from before the step: out[k] becomes the left side of equation k

A surface::

    { name, parameters: ["kappa"],      // what q holds, in order
      prepared,                         // the length of c
      prepare(q, c) {…},                // once for each q: fills c
      value(x, y, q, c) {…},            // returns f(x, y)
      gradient(x, y, q, c, out) {…} }   // fills out[0], out[1]

A function::

    { arguments: ["x", "lr"],           // what a holds, in order
      outputs: ["value"],               // the names of the curves
      evaluate(a, out) {…} }            // fills out, one entry for each curve
"""

import copy
import functools
import html
import inspect
import json
import numbers
import re
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass

import numpy as np
import sympy as sp
from sympy.codegen import cfunctions
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanAtom, BooleanFunction
from sympy.printing.latex import LatexPrinter

from steepest.optimizers import HYPERPARAMETERS, Optimizer
from steepest.surfaces import X, Y


class CompileError(TypeError):
    """What was written cannot be compiled; the message says what to write instead."""


# ---------------------------------------------------------------------------------------------------------------------
# Tracing: NumPy → SymPy
# ---------------------------------------------------------------------------------------------------------------------


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
            raise CompileError(
                f"np.{ufunc.__name__} is to change a value in place: write x = x + …, not x += … or out=…."
            )
        if method != "__call__" or kwargs:
            how = f".{method}" if method != "__call__" else f"(…, {next(iter(kwargs))}=…)"
            raise CompileError(f"np.{ufunc.__name__}{how} cannot be compiled: write it element by element.")
        return _record(f"np.{ufunc.__name__}", _UFUNCS.get(ufunc), inputs)

    def __array_function__(self, func, types, args, kwargs):
        name = f"{func.__module__}.{func.__name__}".replace("numpy", "np", 1)
        return _record(name, _FUNCTIONS.get(func), args, kwargs)

    def __bool__(self):
        raise CompileError(
            "an `if`, `while`, `and`, `or`, `not`, `min` or `max` has to know a value that is not known yet: "
            "write np.where(condition, a, b), np.logical_and, np.logical_or, np.logical_not, np.minimum or np.maximum."
        )

    def _needs_number(self, *_):
        raise CompileError(
            "float(), int(), range() or a function of the math module has to know a value that is not known yet: "
            "write the NumPy function (np.sqrt, not math.sqrt), and a fixed number in range()."
        )

    __float__ = __int__ = __index__ = __complex__ = __round__ = __floor__ = __ceil__ = __trunc__ = _needs_number

    def _needs_array(self, *_args, **_kwargs):
        raise CompileError(
            "a value is used as an array (indexed, iterated over, or put into np.array): "
            "a compiled formula sees one number at a time, so write it element by element."
        )

    __getitem__ = __setitem__ = __iter__ = __len__ = __contains__ = __array__ = _needs_array

    def __getattr__(self, name):
        if name.startswith("__"):  # what NumPy and Python look for, and may not find
            raise AttributeError(name)
        raise CompileError(
            f"the array attribute .{name} cannot be compiled: write the NumPy function of a single number."
        )


def _record(name, recorder, args, kwargs=None):
    if recorder is None:
        raise CompileError(f"{name} cannot be compiled: {_INSTEAD.get(name) or 'it can use ' + _known() + '.'}")
    return Traced(recorder(*args, **(kwargs or {})))


def _known():
    return "+ − * / ** < <= > >= == !=, " + ", ".join(f"np.{f.__name__}" for f in [*_UFUNCS, *_FUNCTIONS])


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
    raise CompileError(f"{what} cannot be compiled: a compiled formula sees one number at a time.")


def _number(value):
    """The same; a truth value counts as 1 or 0, as in NumPy."""
    expr = _expr(value)
    return _where(expr, sp.S.One, sp.S.Zero) if _is_boolean(expr) else expr


def _boolean(value):
    expr = _expr(value)
    return expr if _is_boolean(expr) else sp.Ne(expr, 0, evaluate=False)


def _is_boolean(expr):
    return isinstance(expr, (sp.core.relational.Relational, BooleanFunction, BooleanAtom))


def _where(condition, a, b):
    if isinstance(condition, BooleanAtom):
        return a if condition else b
    return sp.Piecewise((a, condition), (b, True), evaluate=False)


def _multiply(a, b):
    return sp.Mul(a, b, evaluate=False)


def _negative(a):
    return -a if a.is_Number else _multiply(sp.S.NegativeOne, a)


def _divide(a, b):
    return sp.Mul(a, sp.Pow(b, -1, evaluate=False), evaluate=False)


def _power(a, b):  # NumPy, too, turns these exponents into a multiplication, a root, a division
    simple = {
        2: lambda: sp.Pow(a, 2, evaluate=False),
        0.5: lambda: _root(a),
        -1: lambda: _divide(sp.S.One, a),
        1: lambda: a,
    }
    return simple.get(float(b) if b.is_number else None, lambda: sp.Pow(a, b, evaluate=False))()


def _root(a):
    return sp.Pow(a, sp.S.Half, evaluate=False)


def _clip(x, low=None, high=None):
    x = x if low is None else np.maximum(x, low)
    return _number(x if high is None else np.minimum(x, high))


def _of_numbers(function):
    return lambda *args: function(*map(_number, args))


def _of_booleans(function):
    return lambda *args: function(*map(_boolean, args), evaluate=False)


def _unevaluated(function):
    return _of_numbers(lambda *args: function(*args, evaluate=False))


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
    np.cbrt: _unevaluated(cfunctions.Cbrt),
    np.absolute: _unevaluated(sp.Abs),
    np.fabs: _unevaluated(sp.Abs),
    np.sign: _unevaluated(sp.sign),
    np.exp: _unevaluated(sp.exp),
    np.expm1: _unevaluated(cfunctions.expm1),
    np.log: _unevaluated(sp.log),
    np.log1p: _unevaluated(cfunctions.log1p),
    np.log2: _unevaluated(cfunctions.log2),
    np.log10: _unevaluated(cfunctions.log10),
    np.sin: _unevaluated(sp.sin),
    np.cos: _unevaluated(sp.cos),
    np.tan: _unevaluated(sp.tan),
    np.arcsin: _unevaluated(sp.asin),
    np.arccos: _unevaluated(sp.acos),
    np.arctan: _unevaluated(sp.atan),
    np.arctan2: _unevaluated(sp.atan2),
    np.sinh: _unevaluated(sp.sinh),
    np.cosh: _unevaluated(sp.cosh),
    np.tanh: _unevaluated(sp.tanh),
    np.hypot: _unevaluated(cfunctions.hypot),
    np.floor: _unevaluated(sp.floor),
    np.ceil: _unevaluated(sp.ceiling),
    np.minimum: _unevaluated(sp.Min),
    np.maximum: _unevaluated(sp.Max),
    np.less: _unevaluated(sp.Lt),
    np.less_equal: _unevaluated(sp.Le),
    np.greater: _unevaluated(sp.Gt),
    np.greater_equal: _unevaluated(sp.Ge),
    np.equal: _unevaluated(sp.Eq),
    np.not_equal: _unevaluated(sp.Ne),
    np.logical_and: _of_booleans(sp.And),
    np.logical_or: _of_booleans(sp.Or),
    np.logical_not: _of_booleans(sp.Not),
}

_FUNCTIONS = {
    np.where: lambda condition, a, b: _where(_boolean(condition), _number(a), _number(b)),
    np.clip: _clip,
    np.zeros_like: lambda _: sp.Float(0.0),
    np.ones_like: lambda _: sp.Float(1.0),
}

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


# ---------------------------------------------------------------------------------------------------------------------
# Rules: what one step does, in symbols
# ---------------------------------------------------------------------------------------------------------------------

#: The names of the symbols carry the time: ``v[t-1]`` is the velocity before step t, ``v[t]`` the one after it.
T = sp.Symbol("t", integer=True, positive=True)
G, W_OLD, W_NEW = sp.symbols("g[t] w[t-1] w[t]", real=True)


@dataclass(frozen=True)
class Rule:
    """What one step of an optimizer does to one coordinate, as SymPy expressions.

    They are in the symbols ``g[t]``, ``t``, one for each hyperparameter and, for each quantity that is remembered, one
    for its value before the step, such as ``v[t-1]``.

    Attributes:
        name, label: the optimizer's class and the name that legends show.
        hyperparameters: their names.
        initial: what is remembered before the first step, by quantity.
        state: what is remembered after a step, by quantity, in the order in which the rule sets it.
        step: what is added to the parameter.
        equations: pairs of a symbol and what it is set to, in an order in which they can be computed. They end with
            ``w[t]`` and name what the rule's own variables name.
    """

    name: str
    label: str
    hyperparameters: list
    initial: dict
    state: dict
    step: sp.Expr
    equations: list


def trace(rule) -> Rule:
    """What one step of an optimizer does, found by calling its `step` with symbols.

    Args:
        rule: an optimizer, or its class. Hyperparameters that are booleans, strings or None keep their value; all
            others become symbols, so what is compiled holds for every value of them.

    Raises:
        CompileError: what the rule does cannot be compiled.

    >>> from steepest import Momentum
    >>> trace(Momentum).state
    {'v': -g[t]*lr + momentum*v[t-1]}
    """
    if isinstance(rule, type):
        rule = _call(rule.__name__, rule)
    name = type(rule).__name__
    if not isinstance(rule, Optimizer) or not hasattr(rule, "__dataclass_fields__"):
        raise CompileError(f"{name} is no optimizer: write a subclass of Optimizer under @dataclass.")
    if unknown := vars(rule).keys() - rule.hyperparameters.keys() - {"t", "_states"}:
        raise CompileError(
            f"{name} keeps {sorted(unknown)[0]!r} outside its hyperparameters: make it one, or compute it in step."
        )
    symbols = {
        field: sp.Symbol(field, real=True)
        for field, value in rule.hyperparameters.items()
        if not isinstance(value, (bool, str, type(None)))
    }
    traced = copy.copy(rule)
    vars(traced).update({field: Traced(symbol) for field, symbol in symbols.items()})  # no range to check

    initial = _TracedState()
    _call(f"{name}.init", traced.init, initial)
    start = {quantity: _number(value) for quantity, value in vars(initial).items()}
    if any(expr.free_symbols - set(symbols.values()) for expr in start.values()):
        raise CompileError(f"{name}.init may use hyperparameters and constants only.")

    runs = []
    for _ in range(2):
        before, state = dict(vars(traced)), _TracedState()
        state.t = Traced(T)
        for quantity in start:
            setattr(state, quantity, Traced(_before(quantity)))
        step, variables = _call(f"{name}.step", _with_variables, type(rule), traced.step, Traced(G), state)
        if vars(traced) != before:
            raise CompileError(f"{name}.step changes self: what it has to remember belongs in state.")
        quantities = {quantity: _number(value) for quantity, value in vars(state).items() if quantity != "t"}
        runs.append((_call(f"{name}.step", _number, step), quantities))
    (step, state), again = runs
    if again != (step, state):
        raise CompileError(
            f"{name}.step does not do the same twice: a rule depends on g, state and hyperparameters only."
        )
    remembered = {_before(quantity): quantity for quantity in state}
    read = set().union(*(expr.free_symbols for expr in [step, *state.values()])) - {G, T, *symbols.values()}
    if never_set := sorted(symbol.name for symbol in read - remembered.keys()):
        quantity = never_set[0].partition("[")[0]
        raise CompileError(f"{name}.step reads state.{quantity} but never sets it, so it would stay zero.")
    return Rule(
        name=name,
        label=rule.name,
        hyperparameters=list(symbols),
        initial={quantity: start.get(quantity, sp.Float(0.0)) for quantity in state},
        state=state,
        step=step,
        equations=_equations(state, step, variables, reserved={"g", "w", "t", *symbols, *state}),
    )


def _before(quantity):
    return sp.Symbol(f"{quantity}[t-1]", real=True)


def _after(quantity):
    return sp.Symbol(f"{quantity}[t]", real=True)


class _TracedState:
    """Stands in for an optimizer's State: what has not been set yet is its value from before the step."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return Traced(_before(name))


def _call(where, function, *args):
    """Call what a reader wrote; whatever goes wrong becomes a `CompileError` that says where."""
    try:
        return function(*args)
    except CompileError as error:
        raise CompileError(f"{where}: {error}") from None
    except RecursionError:
        raise CompileError(f"{where}: the formula is nested too deeply; shorten its loop.") from None
    except Exception as error:
        raise CompileError(f"{where} fails when it is called with symbols: {type(error).__name__}: {error}") from error


def _with_variables(cls, step, g, state):
    """The result of a step, and the variables its code ends with.

    Their names are how the rule's author reads them, and the equations are printed with the same names. A profile
    function is the one place where Python shows a finished call's variables.
    """
    codes = {base.step.__code__ for base in cls.__mro__ if "step" in vars(base)}
    variables = {}

    def look(frame, event, _):
        if event == "return" and frame.f_code in codes:
            variables.update(frame.f_locals)

    profile = sys.getprofile()
    sys.setprofile(look)
    try:
        result = step(g, state)
    finally:
        sys.setprofile(profile)
    return result, {name: value.expr for name, value in variables.items() if isinstance(value, Traced)}


def _equations(state, step, variables, reserved):
    names = {}  # expression → the symbol that stands for it on the right of other equations
    for name, expr in variables.items():
        if expr.args and expr != step and name not in reserved:
            varies = any("[" in symbol.name or symbol == T for symbol in expr.free_symbols)
            names[expr] = _after(name) if varies else sp.Symbol(name, real=True)
    names |= {expr: _after(quantity) for quantity, expr in reversed(state.items()) if expr.args}
    equations = {}

    @functools.cache
    def fold(expr):
        if expr in names:
            define(names[expr], expr)
            return names[expr]
        return _rebuild(expr, [fold(arg) for arg in expr.args])

    def define(symbol, expr):
        if symbol not in equations:
            right = _rebuild(expr, [fold(arg) for arg in expr.args])  # defines first what it is made of
            equations[symbol] = right

    for quantity, expr in state.items():
        define(_after(quantity), expr)
    equations[W_NEW] = sp.Add(W_OLD, fold(step), evaluate=False)
    return list(equations.items())


def _rebuild(expr, args):
    if not args:
        return expr
    return expr.func(*args) if isinstance(expr, ExprCondPair) else expr.func(*args, evaluate=False)


# ---------------------------------------------------------------------------------------------------------------------
# Printing: SymPy → text, JavaScript, LaTeX
# ---------------------------------------------------------------------------------------------------------------------

# How tightly an operation binds, in JavaScript as in mathematics.
_CHOICE, _OR, _AND, _COMPARISON, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)


def _operands(expr):
    """What has to be known before an expression can be computed; twice, if it is written twice."""
    match expr:
        case sp.Mul(args=(a, sp.Pow(args=(b, -1)))):
            return a, b
        case sp.Pow(args=(a, 2)):
            return a, a
        case sp.Piecewise(args=(ExprCondPair(args=(a, condition)), ExprCondPair(args=(b, _)))):
            return condition, a, b
    return expr.args


class _Text:
    """Prints an expression on one line, its operations in the order in which it holds them.

    Args:
        names: what stands for an expression, by expression; a symbol that is not in it prints as ``{its name}``.
    """

    times, minus = "·", "−"
    relations = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}
    logic = {sp.And: " and ", sp.Or: " or ", sp.Not: "not "}

    def __init__(self, names=()):
        self.names = dict(names)

    def __call__(self, expr, level=_CHOICE):
        """The text, in parentheses if it binds less tightly than ``level``."""
        if expr in self.names:
            return self.names[expr]
        text, own = self.form(expr)
        return f"({text})" if own < level else text

    def form(self, expr):
        """The text, and how tightly it binds."""
        match expr:
            case sp.Symbol():
                return f"{{{expr.name}}}", _ATOM
            case sp.Number():
                return self.number(expr), _SIGN if expr.is_negative else _ATOM
            case sp.Add(args=(a, b)):  # a + (b + c) is not (a + b) + c in floating point
                right = self(b, _PRODUCT)
                sign = self.minus if right.startswith(self.minus) else "+"  # but a + −b·c is a − b·c
                return f"{self(a, _SUM)} {sign} {right.removeprefix(self.minus)}", _SUM
            case sp.Mul(args=(-1, a)):
                text = self(a, _PRODUCT)
                return self.minus + (f"({text})" if text.startswith(self.minus) else text), _PRODUCT
            case sp.Mul(args=(a, sp.Pow(args=(b, -1)))):
                return f"{self(a, _PRODUCT)} / {self(b, _SIGN)}", _PRODUCT
            case sp.Mul(args=(a, b)):
                return f"{self(a, _PRODUCT)} {self.times} {self(b, _SIGN)}", _PRODUCT
            case sp.Pow(args=(a, -1)):
                return f"1 / {self(a, _SIGN)}", _PRODUCT
            case sp.Pow(args=(a, b)):
                return self.power(a, b)
            case sp.Piecewise(args=(ExprCondPair(args=(a, condition)), ExprCondPair(args=(b, _)))):
                return self.choice(condition, a, b)
            case sp.And() | sp.Or():
                level = _AND if isinstance(expr, sp.And) else _OR
                return self.logic[expr.func].join(self(arg, level + 1) for arg in expr.args), level
            case sp.Not(args=(a,)):
                return f"{self.logic[sp.Not]}{self(a, _ATOM)}", _SIGN
            case sp.core.relational.Relational(args=(a, b)):
                relation = self.relations.get(expr.rel_op, expr.rel_op)
                return f"{self(a, _SUM)} {relation} {self(b, _SUM)}", _COMPARISON
            case BooleanAtom():
                return str(expr).lower(), _ATOM
        return f"{self.function(expr.func)}({', '.join(map(self, expr.args))})", _ATOM

    def number(self, number):
        return f"{float(number):g}".replace("-", self.minus)

    def power(self, a, b):
        if b == sp.S.Half:
            return f"√{self(a, _ATOM)}", _ATOM
        return f"{self(a, _ATOM)}{'²' if b == 2 else '^' + self(b, _ATOM)}", _ATOM

    def choice(self, condition, a, b):
        return f"{self(a, _OR)} if {self(condition, _OR)} else {self(b, _OR)}", _CHOICE

    def function(self, function):
        return function.__name__.lower()


class _JavaScript(_Text):
    times, minus = "*", "-"
    relations = {"==": "===", "!=": "!=="}
    logic = {sp.And: " && ", sp.Or: " || ", sp.Not: "!"}
    other_names = {sp.ceiling: "ceil"}

    def number(self, number):
        value = float(number)
        if not np.isfinite(value):
            return {np.inf: "Infinity", -np.inf: "-Infinity"}.get(value, "NaN")
        return repr(int(value) if value == int(value) and abs(value) < 1e15 else value)

    def power(self, a, b):
        if b == 2:  # what is squared has a name by then, see `_block`
            return f"{self(a, _PRODUCT)} * {self(a, _SIGN)}", _PRODUCT
        return (f"Math.sqrt({self(a)})" if b == sp.S.Half else f"Math.pow({self(a)}, {self(b)})"), _ATOM

    def choice(self, condition, a, b):
        return f"{self(condition, _OR)} ? {self(a, _OR)} : {self(b, _OR)}", _CHOICE

    def function(self, function):
        return f"Math.{self.other_names.get(function, function.__name__.lower())}"


def _block(outputs, names):
    """JavaScript that computes expressions: its lines, and the text of each output.

    What occurs more than once becomes a constant. ``names`` holds what is known already, by expression.
    """
    javascript, uses, lines = _JavaScript(names), Counter(), []

    def count(expr):
        uses[expr] += 1
        if uses[expr] == 1 and expr not in javascript.names:
            for operand in _operands(expr):
                count(operand)

    def name(expr, visited):
        if expr in visited or expr in javascript.names or not expr.args:
            return
        visited.add(expr)
        for operand in _operands(expr):
            name(operand, visited)
        if uses[expr] > 1:
            constant = f"a{len(lines)}"
            lines.append(f"const {constant} = {javascript(expr)};")
            javascript.names[expr] = constant

    for output in outputs:
        count(output)
    visited = set()
    for output in outputs:
        name(output, visited)
    return lines, [javascript(output) for output in outputs]


def _shared(outputs, symbols, array):
    """What depends on nothing but ``symbols``, as large as possible: its names in an array, by expression."""
    found, depends = {}, {}

    def only(expr):
        if expr not in depends:
            depends[expr] = all(map(only, _operands(expr))) if expr.args else expr.is_number or expr in symbols
        return depends[expr]

    def find(expr, visited):
        if expr in visited or not expr.args:
            return
        visited.add(expr)
        if only(expr) and not _is_boolean(expr):
            found.setdefault(expr, f"{array}[{len(found)}]")
        else:
            for operand in _operands(expr):
                find(operand, visited)

    visited = set()
    for output in outputs:
        find(output, visited)
    return found


def _store(exprs, names, array):
    """Lines that fill an array with expressions."""
    lines, texts = _block(exprs, names)
    return [*lines, *(f"{array}[{k}] = {text};" for k, text in enumerate(texts))]


def _method(head, lines):
    return f"{head} {{ {' '.join(lines)} }}" if lines else f"{head} {{}}"


def _object(data, methods):
    members = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in data.items()]
    members += [_method(head, lines) for head, lines in methods.items()]
    return "{\n  " + ",\n  ".join(members) + "\n}"


def compile_rule(rule) -> str:
    """The JavaScript object of an optimizer: the top of this module says what it holds.

    Args:
        rule: an optimizer, or its class; see `trace` for what becomes of its hyperparameters.

    Raises:
        CompileError: what the rule does cannot be compiled.
    """
    rule = trace(rule)
    hyper = {sp.Symbol(name, real=True): f"h[{k}]" for k, name in enumerate(rule.hyperparameters)}
    place = [f"s[i + {k}]" if k else "s[i]" for k in range(len(rule.state))]
    names = {**hyper, T: "t", G: "g", W_OLD: "w", **dict(zip(map(_before, rule.state), place, strict=True))}
    outputs = [*rule.state.values(), rule.step]
    shared = _shared(outputs, {T, *hyper}, "p")

    step, texts = _block(outputs, {**names, **shared})
    step += [f"const n{k} = {text};" for k, text in enumerate(texts)]  # all of them, before the state is changed
    step += [f"{where} = n{k};" for k, where in enumerate(place)]
    step += [f"return n{len(place)};"]

    inspect_, known = [], {**names, **shared}
    for k, (left, right) in enumerate(rule.equations):
        lines, (text,) = _block([right], known)
        inspect_ += ["{", *lines, f"out[{k}] = {text};", "}"] if lines else [f"out[{k}] = {text};"]
        known[left] = f"out[{k}]"

    first, texts = _block(rule.initial.values(), hyper)
    used = {symbol for left, right in rule.equations for symbol in {left} | right.free_symbols}
    data = {
        "name": rule.name,
        "label": rule.label,
        "hyper": rule.hyperparameters,
        "state": list(rule.state),
        "shared": len(shared),
        "equations": [{"left": left.name, "right": _Text()(right)} for left, right in rule.equations],
        "symbols": {name: _symbol(name)[1:] for name in sorted(symbol.name for symbol in used)},
    }
    methods = {
        "share(h, t, p)": _store(shared, names, "p"),
        "init(h, s, i)": first + [f"{where} = {text};" for where, text in zip(place, texts, strict=True)],
        "step(g, h, t, p, s, i)": step,
        "inspect(w, g, h, t, p, s, i, out)": inspect_,
    }
    return _object(data, methods)


def compile_surface(surface) -> str:
    """The JavaScript object of a surface: the top of this module says what it holds.

    Args:
        surface: any object with a ``name``, ``parameters`` by name, and a NumPy ``function`` of x, y and the parameters
            that returns the value, ∂/∂x and ∂/∂y first of all, such as a `steepest.surfaces.Surface`.

    Raises:
        CompileError: the function cannot be compiled.
    """
    parameters = {name: sp.Symbol(name, real=True) for name in surface.parameters}
    arguments = {name: Traced(symbol) for name, symbol in parameters.items()}
    outputs = _call(surface.name, lambda: [*map(_number, surface.function(Traced(X), Traced(Y), **arguments)[:3])])
    known = {symbol: f"q[{k}]" for k, symbol in enumerate(parameters.values())}
    prepared = _shared(outputs, set(known), "c")
    names = {X: "x", Y: "y", **known, **prepared}
    value, (text,) = _block(outputs[:1], names)
    data = {"name": surface.name, "parameters": list(parameters), "prepared": len(prepared)}
    methods = {
        "prepare(q, c)": _store(prepared, known, "c"),
        "value(x, y, q, c)": [*value, f"return {text};"],
        "gradient(x, y, q, c, out)": _store(outputs[1:], names, "out"),
    }
    return _object(data, methods)


def compile_function(function) -> str:
    """The JavaScript object of a function: the top of this module says what it holds.

    Args:
        function: a function of numbers, made of NumPy ufuncs, that returns one curve, or several as a tuple or a
            dictionary. A parameter whose default is a boolean, a string or None keeps that default. A loop over a
            fixed range is unrolled.

    Raises:
        CompileError: what the function does cannot be compiled.
    """
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters if not isinstance(p.default, (bool, str, type(None)))]
    symbols = {name: sp.Symbol(name, real=True) for name in names}
    result = _call(function.__name__, lambda: function(**{name: Traced(symbol) for name, symbol in symbols.items()}))
    if isinstance(result, (tuple, list)):
        result = {str(k): value for k, value in enumerate(result)}
    elif not isinstance(result, dict):
        result = {"value": result}
    outputs = [_call(function.__name__, _number, value) for value in result.values()]
    arguments = {symbol: f"a[{k}]" for k, symbol in enumerate(symbols.values())}
    data = {"arguments": names, "outputs": list(result)}
    return _object(data, {"evaluate(a, out)": _store(outputs, arguments, "out")})


# ---------------------------------------------------------------------------------------------------------------------
# LaTeX
# ---------------------------------------------------------------------------------------------------------------------

_ACCENTS = {"hat": "\N{COMBINING CIRCUMFLEX ACCENT}", "bar": "\N{COMBINING MACRON}", "tilde": "\N{COMBINING TILDE}"}


def _symbol(name):
    r"""How a quantity is written: in LaTeX; and as plain text, its base and its subscript.

    >>> print(*_symbol("m_hat[t]"))
    \hat{m}_t m̂ t
    >>> print(*_symbol("beta1"))
    \beta_1 β 1
    >>> print(*_symbol("warm_up"))
    \mathrm{warm}_{\mathrm{up}} warm up
    """
    quantity, _, time = name.rstrip("]").partition("[")
    if quantity in HYPERPARAMETERS:
        quantity = HYPERPARAMETERS[quantity].symbol.lstrip("\\")
    base, *subscripts = [word for word in re.split(r"_|(?<=[^\W\d])(?=\d)", quantity) if word] or [quantity]
    letter = html.unescape(f"&{base.removeprefix('var')};")
    if len(letter) == 1 and unicodedata.name(letter).startswith("GREEK"):
        latex, text = f"\\{base}", letter
    else:
        latex, text = base if len(base) == 1 else rf"\mathrm{{{base}}}", base
    if subscripts and subscripts[-1] in _ACCENTS:
        accent = subscripts.pop()
        latex, text = rf"\{accent}{{{latex}}}", text + _ACCENTS[accent]
    if time:
        subscripts.append(time)
    words = [rf"\mathrm{{{word}}}" if word.isalpha() and len(word) > 1 else word for word in subscripts]
    return latex + (f"_{_braced(','.join(words))}" if words else ""), text, ",".join(subscripts).replace("-", "−")


def _braced(text):
    return text if len(text) == 1 else f"{{{text}}}"


class _LaTeX(LatexPrinter):
    """SymPy's printer, with sums, products and powers in the order in which the rule has them."""

    def _print_Symbol(self, symbol):
        return _symbol(symbol.name)[0]

    def _print_Float(self, number):
        mantissa, _, exponent = f"{float(number):g}".partition("e")
        if not exponent:
            return mantissa
        power = f"10^{{{int(exponent)}}}"
        return power if mantissa == "1" else rf"{mantissa} \cdot {power}"

    def _print_Add(self, expr):
        text = ""
        for term in _terms(expr):
            printed = self._print(term)
            if not text:
                text = printed
            else:
                text += f" - {printed[1:].lstrip()}" if printed.startswith("-") else f" + {printed}"
        return text

    def _print_Mul(self, expr):
        over, under = _factors(expr)
        sign = "-" if sum(factor == -1 for factor in [*over, *under]) % 2 else ""
        over, under = ([factor for factor in factors if factor != -1] for factors in (over, under))
        if under:
            return rf"{sign}\frac{{{self._product(over)}}}{{{self._product(under)}}}"
        return sign + self._product(over)

    def _product(self, factors):
        if len(factors) == 1:
            return self._print(factors[0])
        text = ""
        for factor in factors:
            printed = self._print(factor)
            if isinstance(factor, (sp.Add, sp.Piecewise)) or printed.startswith("-"):
                printed = self._in_parentheses(printed)
            text += (r" \cdot " if text and printed[0].isdigit() else " " if text else "") + printed
        return text or "1"

    def _in_parentheses(self, text):
        tall = r"\frac" in text or r"\begin" in text
        return rf"\left({text}\right)" if tall else f"({text})"

    def _print_Pow(self, expr):
        base, exponent = expr.args
        if exponent == sp.S.Half:
            return rf"\sqrt{{{self._print(base)}}}"
        if exponent == -1:
            return rf"\frac{{1}}{{{self._print(base)}}}"
        simple = base.is_Symbol or isinstance(base, sp.Abs) or (base.is_Number and base.is_nonnegative)
        text = self._print(base)
        return f"{text if simple else self._in_parentheses(text)}^{_braced(self._print(exponent))}"


def _terms(expr):
    return [term for arg in expr.args for term in _terms(arg)] if isinstance(expr, sp.Add) else [expr]


def _factors(expr):
    """The factors above and below the bar."""
    over, under = [], []
    for factor in expr.args:
        if isinstance(factor, sp.Mul):
            above, below = _factors(factor)
            over += above
            under += below
        elif isinstance(factor, sp.Pow) and factor.exp == -1:
            under.append(factor.base)
        else:
            over.append(factor)
    return over, under


def latex(rule) -> str:
    r"""The equations of an optimizer as it is implemented, in LaTeX: what `show_rule` shows.

    The subscript t - 1 marks what a step finds, t what it leaves; gₜ is the gradient that step t uses. What is
    remembered starts at zero unless an equation says otherwise.

    Args:
        rule: an optimizer, or its class.

    Raises:
        CompileError: what the rule does cannot be compiled.

    >>> from steepest import Momentum
    >>> print(latex(Momentum))
    \begin{aligned}
    g_t &= \nabla f(w_{t-1}) \\
    v_t &= \mu v_{t-1} - \eta g_t \\
    w_t &= w_{t-1} + v_t
    \end{aligned}
    """
    rule, printer = trace(rule), _LaTeX()
    start = [(sp.Symbol(f"{name}[0]"), value) for name, value in rule.initial.items() if not value.is_zero]
    lines = [r"g_t &= \nabla f(w_{t-1})"]
    lines += [f"{printer.doprint(left)} &= {printer.doprint(right)}" for left, right in [*start, *rule.equations]]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


@dataclass(frozen=True, repr=False)
class ShownRule:
    """A rule as notebooks show it: in LaTeX, or in a line of text for each equation."""

    rule: object

    def _repr_latex_(self):
        return f"$$\n{latex(self.rule)}\n$$"

    def __repr__(self):
        return "\n".join(
            f"{left.name} = {_Text()(right)}".replace("{", "").replace("}", "")
            for left, right in trace(self.rule).equations
        )


def show_rule(rule) -> ShownRule:
    """Show the equations of an optimizer as it is implemented; see `latex`.

    Args:
        rule: an optimizer, or its class.

    Raises:
        CompileError: what the rule does cannot be compiled.
    """
    latex(rule)  # refuse here, not when it is displayed
    return ShownRule(rule)
