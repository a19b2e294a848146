"""How expressions are written on one line, and how the names of quantities are."""

import html
import re
import unicodedata
from fractions import Fraction
from typing import Any, ClassVar

import sympy as sp
from sympy.logic.boolalg import BooleanAtom

from steepest.live.matrices import NewtonSchulz, Orthogonalize, Power, Product, Total, Transposed
from steepest.live.recording import Where
from steepest.optimizers import HYPERPARAMETERS

# How tightly an operation binds, in JavaScript as in mathematics.
CHOICE, OR, AND, COMPARISON, SUM, PRODUCT, SIGN, ATOM = range(8)
MATRIX: dict[Any, str] = {Orthogonalize: "orthogonalize", NewtonSchulz: "newton_schulz", Total: "sum"}


def iterated(expr: Any) -> tuple[int, Any]:
    """How many times a function is applied, one upon the other, and to what.

    Args:
        expr: a call of the function.

    Returns:
        the number, 1 for a single call, and the argument of the innermost one.
    """
    times, function = 0, expr.func
    while isinstance(expr, function):
        times, (expr,) = times + 1, expr.args
    return times, expr


class Text:
    """Prints an expression on one line, its operations in the order in which it holds them.

    Args:
        names: what stands for an expression, by expression; a symbol that is not in it prints as ``{its name}``.
    """

    times, minus = "·", "−"
    relations: ClassVar = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}
    logic: ClassVar = {sp.And: " and ", sp.Or: " or ", sp.Not: "not "}

    def __init__(self, names: Any = ()):
        self.names = dict(names)

    def __call__(self, expr: sp.Basic, level: int = CHOICE) -> str:
        """The text, in parentheses if it binds less tightly than ``level``."""
        if expr in self.names:
            return self.names[expr]
        text, own = self.form(expr)
        return f"({text})" if own < level else text

    def form(self, expr: sp.Basic) -> tuple[str, int]:
        """An expression as text, and how tightly it binds.

        Returns:
            the text without parentheses around it, and one of the levels from `CHOICE`, which binds least, to `ATOM`.
        """
        match expr:
            case sp.Symbol():
                return f"{{{expr.name}}}", ATOM
            case sp.Number():
                return self.number(expr), SIGN if expr.is_negative else ATOM
            case sp.Add(args=(a, b)):  # a + (b + c) is not (a + b) + c in floating point
                right = self(b, PRODUCT)
                sign = self.minus if right.startswith(self.minus) else "+"  # but a + −b·c is a − b·c
                return f"{self(a, SUM)} {sign} {right.removeprefix(self.minus)}", SUM
            case sp.Mul(args=(-1, a)):
                text = self(a, PRODUCT)
                return self.minus + (f"({text})" if text.startswith(self.minus) else text), PRODUCT
            case sp.Mul(args=(a, sp.Pow(args=(b, -1)))):
                return f"{self(a, PRODUCT)} / {self(b, SIGN)}", PRODUCT
            case sp.Mul(args=(a, b)) | Product(args=(a, b)):
                return f"{self(a, PRODUCT)} {self.times} {self(b, SIGN)}", PRODUCT
            case sp.Pow(args=(a, b)):
                return self.power(a, b)
            case Where(args=(condition, a, b)):
                return self.choice(condition, a, b)
            case sp.And() | sp.Or():
                level = AND if isinstance(expr, sp.And) else OR
                return self.logic[expr.func].join(self(arg, level + 1) for arg in expr.args), level
            case sp.Not(args=(a,)):
                return f"{self.logic[sp.Not]}{self(a, ATOM)}", SIGN
            case sp.core.relational.Relational(args=(a, b)):
                rel_op: str = expr.rel_op  # pyrefly: ignore[missing-attribute]
                relation = self.relations.get(rel_op, rel_op)
                return f"{self(a, SUM)} {relation} {self(b, SUM)}", COMPARISON
            case BooleanAtom():
                return str(expr).lower(), ATOM
            case Transposed(args=(a,)):
                return f"{self(a, ATOM)}ᵀ", ATOM
            case Power(args=(a, b)):
                return f"{self(a, ATOM)}^({fraction(b).replace('-', self.minus)})", ATOM
            case Orthogonalize() | NewtonSchulz() | Total():
                return self.matrix(expr), ATOM
        return f"{self.function(expr.func)}({', '.join(map(self, expr.args))})", ATOM

    def number(self, number: sp.Number) -> str:
        """A number as text.

        Returns:
            six digits at most, without zeros at the end.
        """
        return f"{float(number):g}".replace("-", self.minus)

    def power(self, a: sp.Expr, b: sp.Expr) -> tuple[str, int]:
        """A power as text.

        Returns:
            as `form`.
        """
        if b == sp.S.Half:
            return f"√{self(a, ATOM)}", ATOM
        return f"{self(a, ATOM)}{'²' if b == 2 else '^' + self(b, ATOM)}", ATOM

    def choice(self, condition: sp.Basic, a: sp.Basic, b: sp.Basic) -> tuple[str, int]:
        """A choice as text: a where the condition holds, else b.

        Returns:
            as `form`.
        """
        return f"{self(a, OR)} if {self(condition, OR)} else {self(b, OR)}", CHOICE

    def function(self, function: type) -> str:
        """What the text calls a function of numbers.

        Args:
            function: a class of SymPy's, or of those in `steepest.live.recording`.

        Returns:
            its name alone.
        """
        return function.__name__.lower()

    def matrix(self, expr: sp.Expr) -> str:
        """A function of matrices as text.

        Returns:
            text that needs no parentheses; a function that is applied k times is written once, with the exponent k.
        """
        times, x = iterated(expr)
        return f"{MATRIX[expr.func]}{f'^{times}' if times > 1 else ''}({self(x)})"


_ACCENTS = {"hat": "\N{COMBINING CIRCUMFLEX ACCENT}", "bar": "\N{COMBINING MACRON}", "tilde": "\N{COMBINING TILDE}"}


def notation(name: str) -> tuple[str, str, str]:
    r"""How a quantity is written.

    Args:
        name: as Python has it, with the step in brackets where it has one.

    Returns:
        its LaTeX; and as plain text its base and its subscript, which may be empty.

    >>> print(*notation("m_hat[t]"))
    \hat{m}_t m̂ t
    >>> print(*notation("beta1"))
    \beta_1 β 1
    >>> print(*notation("weight_decay"))
    \lambda_{\mathrm{wd}} λ wd
    >>> print(notation("eps_root")[0])
    \bar{\varepsilon}
    >>> print(*notation("warm_up"))
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
    return latex + (f"_{braced(','.join(words))}" if words else ""), text, ",".join(subscripts).replace("-", "−")


def braced(text: str) -> str:
    """A subscript or an exponent in LaTeX.

    Returns:
        the text in braces, unless it is one letter.
    """
    return text if len(text) == 1 else f"{{{text}}}"


def terms_of(expr: sp.Expr) -> list:
    """The terms of a sum, also of sums within it.

    Returns:
        a list in the order of the sum; the expression alone where it is none.
    """
    return [term for arg in expr.args for term in terms_of(arg)] if isinstance(expr, sp.Add) else [expr]


def fraction(number: Any) -> str:
    """An exponent as a fraction.

    Returns:
        such as "1/4"; a whole number without a bar.
    """
    return str(Fraction(f"{float(number):g}"))


def matrices_of(expr: Any) -> list:
    """The factors of a product of matrices, also of products within it.

    Returns:
        a list in the order of the product; the expression alone where it is none.
    """
    return [factor for arg in expr.args for factor in matrices_of(arg)] if isinstance(expr, Product) else [expr]


def factors_of(expr: sp.Expr) -> tuple[list, list]:
    """The factors of a product, also of products within it.

    Returns:
        those above the bar and those below it, both in the product's order.
    """
    over, under = [], []
    for factor in expr.args:
        if isinstance(factor, sp.Mul):
            above, below = factors_of(factor)
            over += above
            under += below
        elif isinstance(factor, sp.Pow) and factor.exp == -1:
            under.append(factor.base)
        else:
            over.append(factor)
    return over, under
