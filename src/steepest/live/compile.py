"""Rules, surfaces and formulas written in NumPy, compiled to JavaScript and LaTeX.

Tracing is the only way in: the NumPy function itself is called with values that record, as a SymPy expression, what
is done to them. Operations are kept in the order in which NumPy performs them, so that + − × ÷ and √ give the same
bits in JavaScript. What cannot be compiled is refused with a `CompileError` that names it and says what to write.

`compile_rule`, `compile_surface` and `compile_function` each return the text of one JavaScript object. It uses no
name from outside but ``Math``, allocates nothing when it runs, and throws nothing. All arrays are Float64Arrays.

A rule, for `descend.js`::

    { name, label,                      // "GradientDescent", "Gradient descent"
      hyper: ["lr", …],                 // what h holds, in order; booleans are compiled in
      state: ["v", …],                  // what s holds: all of one coordinate, then all of the other
      shared,                           // the length of p
      sharedBy: [1, …],                 // which entries of h p depends on
      share(h, t, p) {…},               // once a step, t = 1, 2, …: fills p with what all coordinates share
      init(h, s) {…},                   // fills s, the first state
      step(w, g, h, t, p, s) {…},       // changes w and s; w and g hold two coordinates
      equations: [{left: "v[t]", right: "{momentum} · {v[t-1]} − {lr} · {g[t]}"}, …, {left: "w[t]", right: …}],
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
"""

import functools
import html
import inspect
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import sympy as sp
from sympy.logic.boolalg import BooleanAtom
from sympy.printing.latex import LatexPrinter

from steepest.live.trace import (
    COLUMNS,
    NOT_THE_SAME,
    ROWS,
    W_OLD,
    Cells,
    CompileError,
    G,
    NewtonSchulz,
    Orthogonalize,
    T,
    Total,
    Traced,
    Transposed,
    Where,
    agree,
    before,
    coordinate,
    definitions,
    evaluate,
    explained,
    is_truth,
    number,
    trace,
)
from steepest.optimizers import HYPERPARAMETERS
from steepest.surfaces import X, Y

# ---------------------------------------------------------------------------------------------------------------------
# SymPy → text and JavaScript
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
    return expr.args


_MATRIX = {Orthogonalize: "orthogonalize", NewtonSchulz: "newton_schulz", Total: "sum", Transposed: "ᵀ"}


def _iterated(expr):
    """How many times a function is applied, one upon the other, and to what."""
    times, function = 0, expr.func
    while isinstance(expr, function):
        times, (expr,) = times + 1, expr.args
    return times, expr


class _Text:
    """Prints an expression on one line, its operations in the order in which it holds them.

    Args:
        names: what stands for an expression, by expression; a symbol that is not in it prints as ``{its name}``.
    """

    times, minus = "·", "−"
    relations: ClassVar = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}
    logic: ClassVar = {sp.And: " and ", sp.Or: " or ", sp.Not: "not "}

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
            case sp.Pow(args=(a, b)):
                return self.power(a, b)
            case Where(args=(condition, a, b)):
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
            case Orthogonalize() | NewtonSchulz() | Total() | Transposed():
                return self.matrix(expr), _ATOM
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

    def matrix(self, expr):
        (x,), name = expr.args, _MATRIX[expr.func]
        if isinstance(expr, Transposed):
            return f"{self(x, _ATOM)}{name}"
        times, x = _iterated(expr)
        return f"{name}{f'^{times}' if times > 1 else ''}({self(x)})"


class _JavaScript(_Text):
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
        if b == 2:  # what is squared has a name by then, see `_block`
            return f"{self(a, _PRODUCT)} * {self(a, _SIGN)}", _PRODUCT
        return (f"Math.sqrt({self(a)})" if b == sp.S.Half else f"Math.pow({self(a)}, {self(b)})"), _ATOM

    def choice(self, condition, a, b):
        return f"{self(condition, _OR)} ? {self(a, _OR)} : {self(b, _OR)}", _CHOICE

    def function(self, function):
        return f"Math.{self.functions.get(function, function.__name__.lower())}"


def _block(outputs, names):
    """JavaScript that computes expressions: its lines, and the text of each output.

    What occurs more than once becomes a constant. ``names`` holds what is known already, by expression.
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
    return isinstance(expr, sp.Mul) and expr.args[0] == -1 and not expr.args[1].args  # −η, say


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
    hyper = {sp.Symbol(name): f"h[{k}]" for k, name in enumerate(rule.hyperparameters)}
    known, body = {**hyper, T: "t"}, _of_a_point if rule.point else _of_each_coordinate
    outputs = [
        output for state, step, _ in rule.point or [(rule.state, rule.step, ())] for output in (*state.values(), step)
    ]
    shared = _shared(outputs, {T, *hyper}, "p")
    step, inspect_ = body(rule, {**known, **shared})

    place = _places(len(rule.state), "c")
    first, texts = _block(rule.initial.values(), hyper)
    first += [f"{where} = {text};" for where, text in zip(place, texts, strict=True)]
    used = {symbol for left, right in rule.equations for symbol in {left} | right.free_symbols} - {ROWS, COLUMNS}
    write = _Text({ROWS: "1", COLUMNS: "2"})
    data = {
        "name": rule.name,
        "label": rule.label,
        "hyper": rule.hyperparameters,
        "state": list(rule.state),
        "shared": len(shared),
        "sharedBy": [k for k, symbol in enumerate(hyper) if any(symbol in expr.free_symbols for expr in shared)],
        "equations": [{"left": left.name, "right": write(right)} for left, right in rule.equations],
        "symbols": {name: _symbol(name)[1:] for name in sorted(symbol.name for symbol in used)},
    }
    methods = {
        "share(h, t, p)": _store(shared, known, "p"),
        "init(h, s)": _for_each_coordinate(first),
        "step(w, g, h, t, p, s)": step,
        "inspect(w, g, h, t, p, s, out)": inspect_,
    }
    return _object(data, methods)


def _of_each_coordinate(rule, known):
    """The lines of step and inspect, for a rule that does the same to each coordinate."""
    place = _places(len(rule.state), "c")
    names = {**known, G: "g[c]", W_OLD: "w[c]", **dict(zip(map(before, rule.state), place, strict=True))}
    step, texts = _block([*rule.state.values(), rule.step], names)
    step += _assign([*place, "w[c]"], texts)
    inspect_, out = [], _places(len(rule.equations), "c", "out")
    for where, (left, right) in zip(out, rule.equations, strict=True):
        lines, (text,) = _block([right], names)
        inspect_ += ["{", *lines, f"{where} = {text};", "}"] if lines else [f"{where} = {text};"]
        names[left] = where
    return _for_each_coordinate(step), _for_each_coordinate(inspect_)


def _of_a_point(rule, known):
    """The lines of step and inspect, for a rule that mixes the two coordinates."""
    places, outs, names = [], [], dict(known)
    for c in (0, 1):
        place = _places(len(rule.state), c)
        names |= {coordinate(G, c): f"g[{c}]", coordinate(W_OLD, c): f"w[{c}]"}
        names |= {coordinate(before(quantity), c): where for quantity, where in zip(rule.state, place, strict=True)}
        places += [*place, f"w[{c}]"]
        outs += _places(len(rule.equations), c, "out")
    step, texts = _block([output for state, step, _ in rule.point for output in (*state.values(), step)], names)
    inspect_, seen = _block([right for *_, rights in rule.point for right in rights], names)
    return step + _assign(places, texts), inspect_ + [f"{out} = {text};" for out, text in zip(outs, seen, strict=True)]


def _places(n, c, array="s"):
    """Where n numbers for coordinate c are kept."""
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


def _for_each_coordinate(lines):
    return ["for (let c = 0; c < 2; c++) {", *lines, "}"] if lines else []


def compile_surface(surface) -> str:
    """The JavaScript object of a surface: the top of this module says what it holds.

    Args:
        surface: any object with a ``name``, ``parameters`` by name, and a NumPy ``function`` of x, y and the parameters
            that returns the value, ∂/∂x and ∂/∂y first of all, such as a `steepest.surfaces.Surface`.

    Raises:
        CompileError: the function cannot be compiled.
    """
    parameters = {name: sp.Symbol(name) for name in surface.parameters}
    arguments = {name: Traced(symbol) for name, symbol in parameters.items()}
    with explained(surface.name):
        outputs = [number(value) for value in surface.function(Traced(X), Traced(Y), **arguments)[:3]]
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


def curves(result, name="value") -> dict:
    """What a function returns as curves by name; ``name`` is that of a single one."""
    if isinstance(result, (tuple, list)):
        return {str(k): curve for k, curve in enumerate(result)}
    return result if isinstance(result, dict) else {name: result}


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
    symbols = {name: sp.Symbol(name) for name in names}
    with explained(function.__name__):
        result, again = (curves(function(**{k: Traced(v) for k, v in symbols.items()})) for _ in range(2))
        outputs = [number(value) for value in result.values()]
        if outputs != [number(value) for value in again.values()]:
            raise CompileError("it is not the same twice: it may depend on its arguments only.")
    with explained(function.__name__, "arrays"), np.errstate(all="ignore"):
        places = np.random.default_rng(0).uniform(0.1, 0.9, (len(names), 9))
        expected = curves(function(**dict(zip(names, places, strict=True))))
        values = dict(zip(symbols.values(), places, strict=True))
        if [*expected] != [*result] or not all(map(agree, [evaluate(o, values) for o in outputs], expected.values())):
            raise CompileError(NOT_THE_SAME)
    arguments = {symbol: f"a[{k}]" for k, symbol in enumerate(symbols.values())}
    data = {"arguments": names, "outputs": list(result)}
    return _object(data, {"evaluate(a, out)": _store(outputs, arguments, "out")})


def compile_arrays(function, **lengths) -> str:
    """The JavaScript object of a function of arrays of one axis that returns an array of one axis.

    Args:
        function: a function made of NumPy ufuncs, sums, matrix products, reshapes and the like.
        **lengths: the length of each of its arguments, by name, in their order.

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
        outputs = [number(value) for value in function(**{name: cells(all_) for name, all_ in symbols.items()})]
    with explained(function.__name__, "arrays"):
        places = {name: np.random.default_rng(0).uniform(0.1, 0.9, length) for name, length in lengths.items()}
        values = {symbol: place for name in lengths for symbol, place in zip(symbols[name], places[name], strict=True)}
        if not agree([evaluate(output, values) for output in outputs], function(**places)):
            raise CompileError(NOT_THE_SAME)
    known = {symbol: symbol.name for every in symbols.values() for symbol in every}
    data = {"arguments": list(lengths), "length": len(outputs)}
    return _object(data, {f"evaluate({', '.join(lengths)}, out)": _store(outputs, known, "out")})


# ---------------------------------------------------------------------------------------------------------------------
# SymPy → LaTeX
# ---------------------------------------------------------------------------------------------------------------------

_ACCENTS = {"hat": "\N{COMBINING CIRCUMFLEX ACCENT}", "bar": "\N{COMBINING MACRON}", "tilde": "\N{COMBINING TILDE}"}


def _symbol(name):
    r"""How a quantity is written: in LaTeX; and as plain text, its base and its subscript.

    >>> print(*_symbol("m_hat[t]"))
    \hat{m}_t m̂ t
    >>> print(*_symbol("beta1"))
    \beta_1 β 1
    >>> print(*_symbol("weight_decay"))
    \lambda_{\mathrm{wd}} λ wd
    >>> print(_symbol("eps_root")[0])
    \bar{\varepsilon}
    >>> print(*_symbol("warm_up"))
    \mathrm{warm}_{\mathrm{up}} warm up
    """
    quantity, _, time = name.rstrip("]").partition("[")
    if quantity in HYPERPARAMETERS:  # its LaTeX, with accent and subscript after the letter
        quantity = re.sub(r"\\(\w+)\\(\w+)", r"\2_\1", HYPERPARAMETERS[quantity].symbol)
        quantity = re.sub(r"\\(mathrm)?|[{}]", "", quantity)
    base, *subscripts = [word for word in re.split(r"_|(?<=[^\W\d])(?=\d)", quantity) if word] or [quantity]
    letter = html.unescape(f"&{base.removeprefix('var')};")
    if len(letter) == 1 and unicodedata.name(letter, "").startswith("GREEK SMALL LETTER"):
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
        sign = "-" if (over + under).count(-1) % 2 else ""
        over, under = ([factor for factor in factors if factor != -1] for factors in (over, under))
        if not under:
            return sign + self._product(over, alone=not sign)
        return rf"{sign}\frac{{{self._product(over)}}}{{{self._product(under)}}}"

    def _product(self, factors, alone=True):
        text = ""
        for factor in factors:
            printed = self._print(factor)
            loose = isinstance(factor, (sp.Add, Where)) or (text and printed.startswith("-"))
            if loose and not (alone and len(factors) == 1):
                printed = self._in_parentheses(printed)
            text += (r" \cdot " if text and printed[0].isdigit() else " " if text else "") + printed
        return text or "1"

    def _in_parentheses(self, text):
        tall = r"\frac" in text or r"\begin" in text
        return rf"\left({text}\right)" if tall else f"({text})"

    def _print_sign(self, expr):
        return rf"\operatorname{{sign}}{self._in_parentheses(self._print(expr.args[0]))}"

    def _print_Orthogonalize(self, expr):
        times, x = _iterated(expr)
        name = _MATRIX[expr.func].replace("_", "-")
        power = f"^{times}" if times > 1 else ""
        return rf"\operatorname{{{name}}}{power}{self._in_parentheses(self._print(x))}"

    _print_NewtonSchulz = _print_Orthogonalize

    def _print_Transposed(self, expr):
        return rf"{self._print(expr.args[0])}^\top"

    def _print_Total(self, expr):
        return rf"\sum {self._print(expr.args[0])}"

    def _print_Min(self, expr):
        return rf"\min{self._in_parentheses(', '.join(map(self._print, expr.args)))}"

    def _print_Max(self, expr):
        return rf"\max{self._in_parentheses(', '.join(map(self._print, expr.args)))}"

    def _print_Where(self, expr):
        condition, a, b = map(self._print, expr.args)
        return rf"\begin{{cases}} {a} & \text{{for}}\: {condition} \\{b} & \text{{otherwise}} \end{{cases}}"

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
    g_t &= \nabla f(w_{t-1}) \\[4pt]
    v_t &= \mu v_{t-1} - \eta g_t \\[4pt]
    w_t &= w_{t-1} + v_t
    \end{aligned}
    """
    rule, printer = trace(rule), _LaTeX()
    start = [(sp.Symbol(f"{name}[0]"), value) for name, value in rule.initial.items() if not value.is_zero]
    lines = [r"g_t &= \nabla f(w_{t-1})"]
    equations = [*start, *rule.equations, *_defined(rule)]
    lines += [f"{printer.doprint(left)} &= {printer.doprint(right)}" for left, right in equations]
    return "\\begin{aligned}\n" + " \\\\[4pt]\n".join(lines) + "\n\\end{aligned}"


def _defined(rule):
    """The definitions of what a rule does to matrices."""
    return definitions() if any(right.has(Orthogonalize) for _, right in rule.equations) else []


@dataclass(frozen=True, repr=False)
class ShownRule:
    """A rule as notebooks show it: in LaTeX, or in a line of text for each equation."""

    rule: object

    def _repr_latex_(self):
        return f"$$\n{latex(self.rule)}\n$$"

    def __repr__(self):
        rule, text = trace(self.rule), _Text()
        lines = (f"{text(left)} = {text(right)}" for left, right in [*rule.equations, *_defined(rule)])
        return "\n".join(lines).replace("{", "").replace("}", "")


def show_rule(rule) -> ShownRule:
    """Show the equations of an optimizer as it is implemented; see `latex`.

    Args:
        rule: an optimizer, or its class.

    Raises:
        CompileError: what the rule does cannot be compiled.
    """
    latex(rule)  # refuse here, not when it is displayed
    return ShownRule(rule)
