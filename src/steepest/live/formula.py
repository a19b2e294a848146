"""The living formula: the equations of a rule as the page typesets them, and the terms of its step as numbers.

Both come from the traced rule, as everything else does. A formula is a tree of lists that JSON can hold, each with its
kind first::

    ["hyper", name, base, subscript]    a hyperparameter, which the reader can take hold of
    ["symbol", base, subscript]
    ["text", text]
    ["row", tree, …]
    ["fraction", tree, tree]
    ["root", tree]
    ["power", tree, tree]
    ["term", k, tree]                   the k-th term of the step, drawn as an arrow in its own color
"""

import re

import sympy as sp

from steepest.live.javascript import block, for_each_coordinate, method, object_of, places_for
from steepest.live.matrices import Power, Product, Transposed
from steepest.live.printing import Text, factors_of, fraction, matrices_of, notation, terms_of
from steepest.live.recording import Where
from steepest.live.trace import W_NEW, W_OLD, G, Rule, T, before, trace
from steepest.optimizers import Optimizer

#: More arrows than this would hide the path.
MOST_TERMS = 3


def compile_formula(rule: Optimizer | type[Optimizer] | Rule) -> str:
    """The JavaScript object of a rule's formula.

    It holds ``equations``, a tree each; ``terms``, the name of each term of the step as plain text; and the method
    ``evaluate(w, g, h, t, s, e, out)``, which fills ``out`` with the terms, those of one coordinate after those of the
    other. ``w``, ``g``, ``h``, ``t`` and ``s`` are as in `compile_rule`, from before the step, and ``e`` is what its
    ``inspect`` fills. A rule that mixes the coordinates has no terms.

    Args:
        rule: an optimizer, its class, or what is traced of it.

    Returns:
        the text of an object literal.

    Raises:
        CompileError: what the rule does cannot be compiled.
    """
    traced = trace(rule)
    where, terms = (None, []) if traced.point else _of_the_step(traced)
    tree = _Tree(traced.hyperparameters)
    equations = []
    for left, right in traced.equations:
        numbered = terms if left == where else []
        equations.append(_row(tree(left), ["text", " = "], *tree.sum(right, numbered)))
    symbols = {symbol for term in terms for symbol in term.free_symbols}
    places = {name: f"h[{k}]" for k, name in enumerate(traced.hyperparameters)}
    names = {symbol: places[symbol.name] for symbol in symbols if symbol.name in places}
    names |= {T: "t", G: "g[c]", W_OLD: "w[c]"}
    names |= dict(zip(map(before, traced.state), places_for(len(traced.state), "c"), strict=True))
    names |= dict(zip([left for left, _ in traced.equations], places_for(len(traced.equations), "c", "e"), strict=True))
    lines, texts = block(terms, names)
    lines += [f"{place} = {text};" for place, text in zip(places_for(len(terms), "c", "out"), texts, strict=True)]
    data = {"equations": equations, "terms": [_plain(term, traced.hyperparameters) for term in terms]}
    return object_of(data, {}).removesuffix("\n}") + (
        f",\n  {method('evaluate(w, g, h, t, s, e, out)', for_each_coordinate(lines))}\n}}"
    )


def _of_the_step(rule):
    """What is added to the parameter: the equation that has its terms, by its left side, and these.

    Where the parameter changes by one quantity alone, as by a velocity, the terms are those of that quantity.
    """
    equations = dict(rule.equations)
    where = W_NEW
    terms = [term for term in terms_of(equations[W_NEW]) if term != W_OLD]
    if len(terms) == 1 and terms[0] in equations:
        where = terms[0]
        terms = terms_of(equations[where])
    return (where, terms) if len(terms) <= MOST_TERMS else (None, [])


def _plain(term, hyperparameters):
    """A term on one line, without the time: "−η·g"."""
    text = Text()(term).replace(" ", "")
    return re.sub(r"\{(.*?)\}", lambda name: "".join(notation(name[1].partition("[")[0])[1:]), text)


class _Tree:
    """Makes the tree of an expression, its operations in the order in which it holds them."""

    def __init__(self, hyperparameters):
        self.hyperparameters = hyperparameters

    def __call__(self, expr):
        match expr:
            case sp.Symbol():
                return self.symbol(expr.name)
            case sp.Add():
                return _row(*self.sum(expr, []))
            case sp.Mul() | Product():
                return self.product(expr)
            case Transposed(args=(a,)):
                return ["power", self.factor(a), ["text", "⊤"]]
            case Power(args=(a, b)):
                return ["power", self.factor(a), ["text", fraction(b).replace("-", "−")]]
            case sp.Pow(args=(a, sp.S.Half)):
                return ["root", self(a)]
            case sp.Pow(args=(a, b)) if b != -1:
                return ["power", self.factor(a), self(b)]
            case sp.Pow(args=(a, _)):
                return ["fraction", ["text", "1"], self(a)]
        return self.inline(expr)

    def symbol(self, name):
        """A symbol, or a hyperparameter, which the reader can take hold of."""
        base, subscript = notation(name)[1:]
        return ["hyper", name, base, subscript] if name in self.hyperparameters else ["symbol", base, subscript]

    def sum(self, expr, numbered):
        """The terms with their signs; those to be drawn get their numbers."""
        parts = []
        for term in terms_of(expr):
            sign, body = _signed(term)
            tree = [self(body)]
            if sign or parts:
                spaced = f" {sign or '+'} " if parts else sign
                tree.insert(0, ["text", spaced])
            parts.append(["term", numbered.index(term), _row(*tree)] if term in numbered else _row(*tree))
        return parts

    def product(self, expr):
        """A product, what is divided by below a bar."""
        sign, expr = _signed(expr)
        over, under = factors_of(expr) if isinstance(expr, sp.Mul) else ([expr], [])
        above = self.factors([matrix for factor in over for matrix in matrices_of(factor)])
        tree = ["fraction", above, self.factors(under)] if under else above
        return _row(["text", sign], tree) if sign else tree

    def factors(self, factors):
        """Factors side by side, with spaces; 1 where there are none."""
        if len(factors) < 2:
            return self(factors[0]) if factors else ["text", "1"]
        trees = [["text", " "]] * (2 * len(factors) - 1)
        trees[::2] = map(self.factor, factors)
        return _row(*trees)

    def factor(self, expr):
        """In parentheses, if it is a sum or a choice."""
        tree = self(expr)
        loose = isinstance(expr, (sp.Add, sp.Mul, Product, Where)) or (expr.is_Number and expr.is_negative)
        return _row(["text", "("], tree, ["text", ")"]) if loose else tree

    def inline(self, expr):
        """Whatever else there is, as it is written on a line."""
        parts = re.split(r"\{(.*?)\}", Text()(expr))
        return _row(*(self.symbol(part) if k % 2 else ["text", part] for k, part in enumerate(parts) if part))


def _row(*trees):
    """Trees side by side, without rows in rows."""
    flat = [part for tree in trees for part in (tree[1:] if tree[0] == "row" else [tree])]
    return ["row", *flat] if len(flat) != 1 else flat[0]


def _signed(expr):
    """A minus sign, if there is one, and what stands behind it."""
    if not isinstance(expr, sp.Mul):
        return "", expr
    over, under = factors_of(expr)
    if over.count(-1) % 2 == 0:
        return "", expr
    rest = [factor for factor in over if factor != -1]
    rest += [sp.Pow(factor, -1, evaluate=False) for factor in under]
    return "−", sp.Mul(*rest, evaluate=False) if len(rest) > 1 else rest[0]
