"""Tracing: what one step of an optimizer does, found by calling it with values that record."""

import copy
import functools
import sys
from dataclasses import dataclass

import numpy as np
import sympy as sp

from steepest.live.matrices import COLUMNS, MIXING, ROWS, Entry, Reshaped, array_of
from steepest.live.recording import (
    NOT_THE_SAME,
    CompileError,
    Traced,
    agree,
    evaluate,
    explained,
    numeric,
)
from steepest.optimizers import Optimizer, State, check_readable

#: The names of the symbols carry the time: ``v[t-1]`` is the velocity before step t, ``v[t]`` the one after it.
T, X = sp.symbols("t X")
G, W_OLD, W_NEW = sp.symbols("g[t] w[t-1] w[t]")


#: A rule is printed, and the page carries it: beyond this, neither makes sense.
_MOST_OPERATIONS = 1000


@dataclass(frozen=True)
class Point:
    """What a rule that mixes the entries of a matrix does to a point, as matrices of expressions.

    They are in the symbols of `entries`. Each is a row of two, but for what is remembered of the rows of a matrix,
    which is one number, and of its columns, which is 2 × 2.

    Attributes:
        state, step: what those of the `Rule` become.
        rights: what the right sides of its equations become.
    """

    state: dict
    step: np.ndarray
    rights: list


@dataclass(frozen=True)
class Rule:
    """What one step of an optimizer does to one entry of a parameter, as SymPy expressions.

    They are in the symbols ``g[t]``, ``w[t-1]``, ``t``, one for each hyperparameter and, for each quantity that is
    remembered, one for its value before the step, such as ``v[t-1]``.

    Attributes:
        hyperparameters: their names.
        initial: what is remembered before the first step, by quantity.
        state: what is remembered after a step, by quantity, in the order in which the rule sets it.
        step: what is added to the parameter.
        equations: pairs of a symbol and what it is set to, in an order in which they can be computed. They end with
            ``w[t]`` and name what the rule's own variables name.
        point: if the rule mixes the entries of a matrix, what it does to a point, which is a matrix of one row.
            Otherwise None.
    """

    hyperparameters: list
    initial: dict
    state: dict
    step: sp.Expr
    equations: list
    point: Point | None


def trace(rule: Optimizer | type[Optimizer] | Rule) -> Rule:
    """What one step of an optimizer does, found by calling its `step` with symbols.

    Args:
        rule: an optimizer, or its class. Hyperparameters that are booleans, strings or None keep their value; all
            others become symbols, so what is traced holds for every value of them. What is traced already stays.

    Returns:
        the `Rule`.

    Raises:
        CompileError: something in the rule cannot be recorded.

    >>> from steepest import Momentum
    >>> trace(Momentum).state
    {'v': -g[t]*lr + momentum*v[t-1]}
    """
    if isinstance(rule, Rule):
        return rule
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
    # Set without the check of ranges: symbols have no value yet.
    vars(traced).update({field: Traced(symbol) for field, symbol in symbols.items()})
    traced.t = Traced(T) - 1

    with explained(f"{name}.init"):
        initial = _TracedState()
        traced.init(initial)
        start = {quantity: numeric(value) for quantity, value in initial.quantities.items()}
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
        mixes = {ROWS, COLUMNS} & read or any(expr.has(*MIXING) for expr in [step, *state.values()])
    with explained(f"{name}.step", "arrays"):
        plain = rule.fresh()
        for field in symbols:
            setattr(plain, field, np.ravel(getattr(plain, field))[0])
        _check_against_numpy(plain, symbols, start, state, step)
        shapes = _shapes(plain) if mixes else {}
    with explained(f"{name}.step"):
        point = _on_a_point(traced, start, equations, shapes) if mixes else None
    return Rule(
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
    known = {symbol: getattr(optimizer, field) for field, symbol in symbols.items()}
    w = rng.normal(size=(2, 3))
    known |= {ROWS: w.shape[0], COLUMNS: w.shape[1]}
    remembered = {
        quantity: evaluate(start[quantity], dict(known)) if quantity in start else np.zeros(w.shape)
        for quantity in state
    }
    with np.errstate(all="ignore"):
        for t in range(1, 6):
            g = rng.normal(size=w.shape) * 10.0 ** rng.integers(-3, 4, w.shape)
            values = {**known, T: t, G: g, W_OLD: w.copy()}
            values |= {before(quantity): value for quantity, value in remembered.items()}
            optimizer.update({"w": w}, {"w": g})
            remembered = {quantity: evaluate(expr, values) for quantity, expr in state.items()}
            pairs = [(remembered[quantity], value) for quantity, value in optimizer.state["w"].items()]
            if not all(agree(*pair) for pair in [(values[W_OLD] + evaluate(step, values), w), *pairs]):
                raise CompileError(NOT_THE_SAME)


def _take_step(rule, start, entry):
    """The state after a step, what is added to the parameter, and the variables of the rule's own code."""
    state, step, variables = _call(rule, start, entry)
    variables = {name: value.expr for name, value in variables.items() if isinstance(value, Traced)}
    return {name: numeric(value) for name, value in state.items()}, numeric(step), variables


def _shapes(rule):
    """The shapes of what a rule remembers of a point, by quantity, found by a step."""
    w, optimizer = np.ones((1, 2)), rule.fresh()
    optimizer.update({"w": w}, {"w": np.ones((1, 2))})
    return {quantity: np.shape(value) or w.shape for quantity, value in optimizer.state["w"].items()}


def _on_a_point(rule, start, equations, shapes):
    """`Rule.point`; ``shapes`` are those of what is remembered, by quantity."""

    def cells(symbol):
        symbols = entries(symbol, shapes.get(symbol.name.removesuffix("[t-1]"), (1, 2)))
        return array_of([[Traced(entry) for entry in row] for row in symbols])

    def expressions(value, shape=None):
        value = value if isinstance(value, np.ndarray) and value.ndim else array_of([[value]])
        value = np.broadcast_to(value, shape or value.shape)
        return np.reshape([numeric(entry) for entry in value.ravel()], value.shape)

    state, step, variables = _call(rule, start, cells)
    state = {quantity: expressions(value, shapes[quantity]) for quantity, value in state.items()}
    lefts = [left.name.removesuffix("[t]") for left, _ in equations[:-1]]
    rights = [state[name] if name in state else expressions(variables[name]) for name in lefts]
    step = expressions(step, (1, 2))
    new = [sp.Add(w, added, evaluate=False) for w, added in zip(entries(W_OLD)[0], step[0], strict=True)]
    return Point(state, step, [*rights, np.array([new])])


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


def before(quantity: str) -> sp.Symbol:
    """The symbol of what a step finds remembered.

    Args:
        quantity: its name, such as "v".

    Returns:
        such as ``v[t-1]``.
    """
    return sp.Symbol(f"{quantity}[t-1]")


def entries(symbol: sp.Symbol, shape: tuple = (1, 2)) -> np.ndarray:
    """The symbols of the entries of what stands for a whole quantity on a point.

    Args:
        symbol: that of the quantity, such as ``g[t]``.
        shape: its rows and columns.

    Returns:
        an array of the shape with such as ``g[t][0]`` and ``g[t][1]``, counted row by row.
    """
    rows, columns = shape
    return np.array([[sp.Symbol(f"{symbol.name}[{columns * r + c}]") for c in range(columns)] for r in range(rows)])


def after(quantity: str) -> sp.Symbol:
    """The symbol of what a step leaves.

    Args:
        quantity: its name, such as "v".

    Returns:
        such as ``v[t]``.
    """
    return sp.Symbol(f"{quantity}[t]")


class _TracedState(State):
    """An optimizer's State in which what has not been set yet is its value from before the step."""

    def __init__(self, entry=Traced):
        super().__init__(())
        vars(self)["_entry"] = entry

    def __getattr__(self, name):
        check_readable(name)
        return self._entry(before(name))

    @property
    def w(self):
        return self._entry(W_OLD)


def _identities(rule):
    return {name: id(value) for name, value in vars(rule).items()}


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
    state = {quantity: _unshaped(expr) for quantity, expr in state.items()}
    variables, step = {name: _unshaped(expr) for name, expr in variables.items()}, _unshaped(step)
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
            equations[symbol] = _rebuild(expr, [fold(arg) for arg in expr.args])  # its parts are defined first

    for quantity, expr in state.items():
        define(after(quantity), expr)
    equations[W_NEW] = sp.Add(W_OLD, fold(step), evaluate=False)
    return list(equations.items())


@functools.cache
def _unshaped(expr):
    """An expression without what changes no number but their shape."""
    if isinstance(expr, Reshaped):
        return _unshaped(expr.args[0])
    return _rebuild(expr, [_unshaped(arg) for arg in expr.args])


def _rebuild(expr, args):
    return expr.func(*args, evaluate=False) if args else expr
