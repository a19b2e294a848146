"""Rules, surfaces and formulas written in NumPy, compiled to JavaScript.

Tracing is the only way in: the NumPy function itself is called with values that record, as a SymPy expression, what
is done to them. Operations are kept in the order in which NumPy performs them, so that + − × ÷ and √ give the same
bits in JavaScript. What cannot be compiled is refused with a `CompileError` that names it and says what to write.

`compile_rule`, `compile_surface`, `compile_function` and `compile_arrays` each return the text of one JavaScript
object. It uses no name from outside but ``Math``, allocates nothing when it runs, and throws nothing. All arrays are
Float64Arrays.

A rule, for `descend.js`::

    { hyper: ["lr", …],                 // what h holds, in order; booleans are compiled in
      state: ["v", …],                  // what s holds: all of one coordinate, then all of the other (see `column`)
      shared,                           // the length of p
      sharedBy: [1, …],                 // which entries of h p depends on
      share(h, t, p) {…},               // once a step, t = 1, 2, …: fills p with what all coordinates share
      init(h, s) {…},                   // fills s, the first state
      step(w, g, h, t, p, s) {…},       // changes w and s; w and g hold two coordinates
      equations: [{left: "v[t]", right: "{momentum} · {v[t-1]} − {lr} · {g[t]}"}, …, {left: "w[t]", right: …}],
      inspected: ["v[t]", …, "w[t]"],   // what inspect fills in, as state is for s
      shapes: {"A[t]": [2, 2], …},      // if the rule mixes the coordinates, the rows and columns of what is no row
                                        // of a number for each of them; else null
      symbols: {"v[t-1]": ["v", "t−1"], "beta1": ["β", "1"], …},      // base and subscript
      inspect(w, g, h, t, p, s, out) {…} }  // all from before the step: fills out with the left sides of all equations
                                        // for one coordinate, then with those for the other

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

A function of arrays::

    { arguments: ["x", "w"],            // the names of its arrays
      length,                           // that of out
      evaluate(x, w, out) {…} }
"""

import functools
import inspect
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
import sympy as sp

from steepest.live.matrices import COLUMNS, ROWS
from steepest.live.printing import ATOM, CHOICE, OR, PRODUCT, SIGN, Text, notation
from steepest.live.recording import (
    NOT_THE_SAME,
    Cells,
    CompileError,
    Traced,
    agree,
    evaluate,
    explained,
    is_truth,
    numeric,
)
from steepest.live.trace import W_OLD, G, Rule, T, after, before, entries, trace
from steepest.optimizers import Optimizer
from steepest.surfaces import Formula, X, Y


def _operands(expr):
    """What has to be known before an expression can be computed. It is listed twice if the code names it twice."""
    match expr:
        case sp.Mul(args=(a, sp.Pow(args=(b, -1)))):
            return a, b
        case sp.Pow(args=(a, 2)):
            return a, a
    return expr.args


class _JavaScript(Text):
    times, minus = "*", "-"
    relations: ClassVar = {"==": "===", "!=": "!=="}
    logic: ClassVar = {sp.And: " && ", sp.Or: " || ", sp.Not: "!"}
    functions: ClassVar = {sp.ceiling: "ceil"}

    def number(self, number):
        value = float(number)
        if not np.isfinite(value):
            return {np.inf: "Infinity", -np.inf: "-Infinity"}.get(value, "NaN")
        return repr(int(value) if value == int(value) and abs(value) < 1e15 else value)

    def power(self, a, b):
        if b == 2:  # what is squared has a name by then, see `block`
            return f"{self(a, PRODUCT)} * {self(a, SIGN)}", PRODUCT
        return (f"Math.sqrt({self(a)})" if b == sp.S.Half else f"Math.pow({self(a)}, {self(b)})"), ATOM

    def choice(self, condition, a, b):
        return f"{self(condition, OR)} ? {self(a, OR)} : {self(b, OR)}", CHOICE

    def function(self, function):
        return f"Math.{self.functions.get(function, function.__name__.lower())}"


def block(outputs: Iterable[sp.Basic], names: dict) -> tuple[list[str], list[str]]:
    """JavaScript that computes expressions. What occurs more than once becomes a constant.

    Args:
        outputs: the expressions.
        names: the text of what is known already, by expression.

    Returns:
        the lines that define the constants, and the text of each output, in which these may occur.

    Raises:
        CompileError: the expressions are nested too deeply.
    """
    uses, inside_out = Counter(), []

    def visit(expr):
        uses[expr] += 1
        if uses[expr] == 1 and expr not in names:
            for operand in _operands(expr):
                visit(operand)
            inside_out.append(expr)

    javascript, lines = _JavaScript(names), []
    try:
        for output in outputs:
            visit(output)
        for expr in inside_out:
            if uses[expr] > 1 and expr.args:
                lines.append(f"const a{len(lines)} = {javascript(expr)};")
                javascript.names[expr] = f"a{len(lines) - 1}"
        return lines, [javascript(output) for output in outputs]
    except RecursionError:
        raise CompileError("The formula is nested too deeply; shorten its loop.") from None


def _shared(outputs, symbols, array):
    """What depends on nothing but ``symbols``, as large as possible: its place in an array, by expression."""
    found, visited = {}, set()

    @functools.cache
    def depends_on_nothing_else(expr):
        return all(map(depends_on_nothing_else, _operands(expr))) if expr.args else expr.is_number or expr in symbols

    def find(expr):
        if expr in visited or not expr.args:
            return
        visited.add(expr)
        if depends_on_nothing_else(expr) and not is_truth(expr) and not _is_cheap(expr):
            found[expr] = f"{array}[{len(found)}]"
        else:
            for operand in _operands(expr):
                find(operand)

    for output in outputs:
        find(output)
    return found


def _is_cheap(expr):
    return isinstance(expr, sp.Mul) and expr.args[0] == -1 and not expr.args[1].args  # such as −η


def _store(exprs, names, array):
    """Lines that put the values of expressions into an array, one after another."""
    lines, texts = block(exprs, names)
    return [*lines, *(f"{array}[{k}] = {text};" for k, text in enumerate(texts))]


def method(head: str, lines: list[str]) -> str:
    """The text of a method of an object literal.

    Args:
        head: its name and its arguments, such as "init(h, s)".
        lines: the statements of its body.

    Returns:
        one line.
    """
    return f"{head} {{ {' '.join(lines)} }}" if lines else f"{head} {{}}"


def object_of(data: dict, methods: dict) -> str:
    """The text of an object literal.

    Args:
        data: what it holds, by name; as JSON can hold it.
        methods: the statements of each method, by its head.

    Returns:
        a line for each member, the data first.
    """
    members = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in data.items()]
    members += [method(head, lines) for head, lines in methods.items()]
    return "{\n  " + ",\n  ".join(members) + "\n}"


def compile_rule(rule: Optimizer | type[Optimizer] | Rule) -> str:
    """The JavaScript object of an optimizer: the top of this module says what it holds.

    Args:
        rule: an optimizer, its class, or what is traced of it; see `trace` for what becomes of its hyperparameters.

    Returns:
        the text of an object literal.

    Raises:
        CompileError: what the rule does cannot be compiled.
    """
    traced = trace(rule)
    hyper = {sp.Symbol(name): f"h[{k}]" for k, name in enumerate(traced.hyperparameters)}
    known, body = {**hyper, T: "t"}, _of_a_point if traced.point else _of_each_coordinate
    outputs = [*traced.state.values(), traced.step]
    if traced.point:
        outputs = [expr for each in (*traced.point.state.values(), traced.point.step) for expr in each.flat]
    shared = _shared(outputs, {T, *hyper}, "p")
    step, inspect_ = body(traced, {**known, **shared})

    shapes = _shapes(traced)

    def rows(symbol):
        return (shapes or {}).get(symbol.name, (1, 2))[0]

    remembered = [name for name in traced.state for _ in range(rows(after(name)))]
    first, texts = block([traced.initial[name] for name in remembered], hyper)
    first += [f"{where} = {text};" for where, text in zip(places_for(len(remembered), "c"), texts, strict=True)]
    used = {symbol for left, right in traced.equations for symbol in {left} | right.free_symbols} - {ROWS, COLUMNS}
    write = Text({ROWS: "1", COLUMNS: "2"})
    data = {
        "hyper": traced.hyperparameters,
        "state": remembered,
        "shared": len(shared),
        "sharedBy": [k for k, symbol in enumerate(hyper) if any(symbol in expr.free_symbols for expr in shared)],
        "equations": [{"left": left.name, "right": write(right)} for left, right in traced.equations],
        "inspected": [left.name for left, _ in traced.equations for _ in range(rows(left))],
        "shapes": shapes,
        "symbols": {name: notation(name)[1:] for name in sorted(symbol.name for symbol in used)},
    }
    methods = {
        "share(h, t, p)": _store(shared, known, "p"),
        "init(h, s)": for_each_coordinate(first),
        "step(w, g, h, t, p, s)": step,
        "inspect(w, g, h, t, p, s, out)": inspect_,
    }
    return object_of(data, methods)


def _of_each_coordinate(rule, known):
    """The lines of step and inspect, for a rule that does the same to each coordinate."""
    place = places_for(len(rule.state), "c")
    names = {**known, G: "g[c]", W_OLD: "w[c]", **dict(zip(map(before, rule.state), place, strict=True))}
    step, texts = block([*rule.state.values(), rule.step], names)
    step += _assign([*place, "w[c]"], texts)
    inspect_, out = [], places_for(len(rule.equations), "c", "out")
    for where, (left, right) in zip(out, rule.equations, strict=True):
        lines, (text,) = block([right], names)
        inspect_ += ["{", *lines, f"{where} = {text};", "}"] if lines else [f"{where} = {text};"]
        names[left] = where
    return for_each_coordinate(step), for_each_coordinate(inspect_)


def _of_a_point(rule, known):
    """The lines of step and inspect, for a rule that mixes the two coordinates."""
    point = rule.point
    held = _placed([entries(before(name), each.shape) for name, each in point.state.items()], "s")
    held += _placed([entries(G)], "g") + _placed([entries(W_OLD)], "w")
    names = known | {symbol: place for place, symbol in held}
    new, seen = _placed(point.state.values(), "s") + _placed([point.step], "w"), _placed(point.rights, "out")
    step, texts = block([expr for _, expr in new], names)
    inspect_, shown = block([expr for _, expr in seen], names)
    step += _assign([place for place, _ in new], texts)
    return step, inspect_ + [f"{place} = {text};" for (place, _), text in zip(seen, shown, strict=True)]


def _placed(matrices, array):
    """The entries of matrices of a point, each after the place where it is kept in an array."""
    columns = [[entry for matrix in matrices for entry in column(matrix, c)] for c in (0, 1)]
    return [pair for c in (0, 1) for pair in zip(places_for(len(columns[c]), c, array), columns[c], strict=True)]


def _shapes(rule):
    """What the compiled rule has by that name."""
    if not rule.point:
        return None
    shapes = {left.name: right.shape for (left, _), right in zip(rule.equations, rule.point.rights, strict=True)}
    shapes |= {f"{name}{time}": each.shape for name, each in rule.point.state.items() for time in ("[t-1]", "[t]")}
    return {name: shape for name, shape in shapes.items() if shape != (1, 2)}


def column(matrix: np.ndarray, c: int) -> list:
    """What belongs to a coordinate of what is remembered of a point: a column of it.

    Args:
        matrix: its last axes are one row or two, and a column for each coordinate or one for both.
        c: the coordinate, 0 or 1.

    Returns:
        the entries of the column, where there are two that on the diagonal first.
    """
    rows = matrix.shape[-2]
    whole = np.broadcast_to(matrix, (*matrix.shape[:-1], 2))
    return [whole[..., (c + k) % rows, c][()] for k in range(rows)]  # [()]: a number, not an array of one


def places_for(n: int, c: int | str, array: str = "s") -> list[str]:
    """Where the numbers of a coordinate are kept in an array.

    Args:
        n: how many numbers a coordinate has.
        c: the coordinate, 0 or 1, or the name of the variable that holds it.
        array: the name of the array.

    Returns:
        n places in JavaScript.

    >>> places_for(2, 1), places_for(2, "c")
    (['s[2]', 's[3]'], ['s[2 * c]', 's[2 * c + 1]'])
    """
    if isinstance(c, int):
        return [f"{array}[{n * c + k}]" for k in range(n)]
    first = c if n == 1 else f"{n} * {c}"
    return [f"{array}[{first} + {k}]" if k else f"{array}[{first}]" for k in range(n)]


def _assign(places, texts):
    """Lines that set the state and add to the parameter, once all is computed."""
    names = [text if re.fullmatch(r"a\d+", text) else f"n{k}" for k, text in enumerate(texts)]
    lines = [f"const {name} = {text};" for name, text in zip(names, texts, strict=True) if name != text]
    return lines + [
        f"{place} {'+=' if place[0] == 'w' else '='} {name};" for place, name in zip(places, names, strict=True)
    ]


def for_each_coordinate(lines: list[str]) -> list[str]:
    """Lines that do for both coordinates what others do for coordinate c.

    Args:
        lines: statements about coordinate ``c``.

    Returns:
        a loop around them; nothing around nothing.
    """
    return ["for (let c = 0; c < 2; c++) {", *lines, "}"] if lines else []


def compile_surface(surface: Formula) -> str:
    """The JavaScript object of a surface: the top of this module says what it holds.

    Args:
        surface: a `steepest.surfaces.Surface`, or any other `steepest.surfaces.Formula`.

    Returns:
        the text of an object literal.

    Raises:
        CompileError: the function cannot be compiled.
    """
    parameters = {name: sp.Symbol(name) for name in surface.parameters}
    arguments = {name: Traced(symbol) for name, symbol in parameters.items()}
    with explained(surface.name):
        outputs = [numeric(value) for value in surface.function(Traced(X), Traced(Y), **arguments)[:3]]
    known = {symbol: f"q[{k}]" for k, symbol in enumerate(parameters.values())}
    prepared = _shared(outputs, set(known), "c")
    names = {X: "x", Y: "y", **known, **prepared}
    value, (text,) = block(outputs[:1], names)
    data = {"name": surface.name, "parameters": list(parameters), "prepared": len(prepared)}
    methods = {
        "prepare(q, c)": _store(prepared, known, "c"),
        "value(x, y, q, c)": [*value, f"return {text};"],
        "gradient(x, y, q, c, out)": _store(outputs[1:], names, "out"),
    }
    return object_of(data, methods)


def curves(result: Any, name: str = "value") -> dict:
    """What a function returns as curves by name.

    Args:
        result: one curve, or several in a tuple, a list or a dictionary.
        name: what a single one is called.

    Returns:
        a dictionary, in the order of the curves; those without a name are called "0", "1" and so on.
    """
    if isinstance(result, (tuple, list)):
        return {str(k): curve for k, curve in enumerate(result)}
    return result if isinstance(result, dict) else {name: result}


def compile_function(function: Callable) -> str:
    """The JavaScript object of a function: the top of this module says what it holds.

    Args:
        function: a function of numbers, made of NumPy ufuncs, that returns one curve, or several as a tuple or a
            dictionary. A parameter whose default is a boolean, a string or None keeps that default. A loop over a
            fixed range is unrolled.

    Returns:
        the text of an object literal.

    Raises:
        CompileError: what the function does cannot be compiled.
    """
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters if not isinstance(p.default, (bool, str, type(None)))]
    symbols = {name: sp.Symbol(name) for name in names}
    with explained(function.__name__):
        result, again = (curves(function(**{k: Traced(v) for k, v in symbols.items()})) for _ in range(2))
        outputs = [numeric(value) for value in result.values()]
        if outputs != [numeric(value) for value in again.values()]:
            raise CompileError("it is not the same twice: it may depend on its arguments only.")
    with explained(function.__name__, "arrays"), np.errstate(all="ignore"):
        places = np.random.default_rng(0).uniform(0.1, 0.9, (len(names), 9))
        expected = curves(function(**dict(zip(names, places, strict=True))))
        values = dict(zip(symbols.values(), places, strict=True))
        if [*expected] != [*result] or not all(map(agree, [evaluate(o, values) for o in outputs], expected.values())):
            raise CompileError(NOT_THE_SAME)
    arguments = {symbol: f"a[{k}]" for k, symbol in enumerate(symbols.values())}
    data = {"arguments": names, "outputs": list(result)}
    return object_of(data, {"evaluate(a, out)": _store(outputs, arguments, "out")})


def compile_arrays(function: Callable, **lengths) -> str:
    """The JavaScript object of a function of arrays of one axis that returns an array of one axis.

    Args:
        function: a function made of NumPy ufuncs, sums, matrix products, reshapes and the like.
        **lengths: the length of each of its arguments, by name, in their order.

    Returns:
        the text of an object literal.

    Raises:
        CompileError: what the function does cannot be compiled.
    """
    symbols = {name: [sp.Symbol(f"{name}[{k}]") for k in range(length)] for name, length in lengths.items()}

    def cells(entries):
        array = np.empty(len(entries), dtype=object)
        for k, symbol in enumerate(entries):  # one by one: NumPy would look into a list of them
            array[k] = Traced(symbol)
        return array.view(Cells)

    with explained(function.__name__):
        outputs = [numeric(value) for value in function(**{name: cells(all_) for name, all_ in symbols.items()})]
    with explained(function.__name__, "arrays"):
        places = {name: np.random.default_rng(0).uniform(0.1, 0.9, length) for name, length in lengths.items()}
        values = {symbol: place for name in lengths for symbol, place in zip(symbols[name], places[name], strict=True)}
        if not agree([evaluate(output, values) for output in outputs], function(**places)):
            raise CompileError(NOT_THE_SAME)
    known = {symbol: symbol.name for every in symbols.values() for symbol in every}
    data = {"arguments": list(lengths), "length": len(outputs)}
    return object_of(data, {f"evaluate({', '.join(lengths)}, out)": _store(outputs, known, "out")})
