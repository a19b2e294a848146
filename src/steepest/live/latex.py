"""Rules printed in LaTeX, as they are implemented."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp
from sympy.printing.latex import LatexPrinter

from steepest.live.matrices import Orthogonalize, definitions
from steepest.live.printing import MATRIX, Text, braced, factors_of, fraction, iterated, matrices_of, notation, terms_of
from steepest.live.recording import Where
from steepest.live.trace import trace
from steepest.optimizers import Optimizer


class _LaTeX(LatexPrinter):
    """SymPy's printer, with sums, products and powers in the order in which the rule has them."""

    _print: Callable  # SymPy's own has no types

    def _print_Symbol(self, symbol):
        return notation(symbol.name)[0]

    def _print_Float(self, number):
        mantissa, _, exponent = f"{float(number):g}".partition("e")
        if not exponent:
            return mantissa
        power = f"10^{{{int(exponent)}}}"
        return power if mantissa == "1" else rf"{mantissa} \cdot {power}"

    def _print_Add(self, expr):
        text = ""
        for term in terms_of(expr):
            printed = self._print(term)
            if not text:
                text = printed
            else:
                text += f" - {printed[1:].lstrip()}" if printed.startswith("-") else f" + {printed}"
        return text

    def _print_Mul(self, expr):
        over, under = factors_of(expr)
        sign = "-" if (over + under).count(-1) % 2 else ""
        over, under = ([factor for factor in factors if factor != -1] for factors in (over, under))
        if not under:
            return sign + self._product(over, alone=not sign)
        return rf"{sign}\frac{{{self._product(over)}}}{{{self._product(under)}}}"

    def _product(self, factors, alone=True):
        """Factors side by side, those in parentheses that need them; ``alone`` where nothing stands around them."""
        text = ""
        for factor in factors:
            printed = self._print(factor)
            loose = isinstance(factor, (sp.Add, Where)) or (text and printed.startswith("-"))
            if loose and not (alone and len(factors) == 1):
                printed = self._in_parentheses(printed)
            text += (r" \cdot " if text and printed[0].isdigit() else " " if text else "") + printed
        return text or "1"

    def _in_parentheses(self, text):
        """A text in parentheses, as high as what they hold."""
        tall = r"\frac" in text or r"\begin" in text
        return rf"\left({text}\right)" if tall else f"({text})"

    def _print_sign(self, expr):
        return rf"\operatorname{{sign}}{self._in_parentheses(self._print(expr.args[0]))}"

    def _print_Orthogonalize(self, expr):
        times, x = iterated(expr)
        name = MATRIX[expr.func].replace("_", "-")
        power = f"^{times}" if times > 1 else ""
        return rf"\operatorname{{{name}}}{power}{self._in_parentheses(self._print(x))}"

    _print_NewtonSchulz = _print_Orthogonalize

    def _print_Eigenvectors(self, expr):
        return rf"\operatorname{{eigenvectors}}{self._in_parentheses(', '.join(map(self._print, expr.args)))}"

    def _print_Product(self, expr):
        return self._product(matrices_of(expr))

    def _print_Power(self, expr):
        A, exponent = expr.args
        text = self._print(A)
        return f"{text if A.is_Symbol else self._in_parentheses(text)}^{braced(fraction(exponent))}"

    def _print_Transposed(self, expr):
        return rf"{self._print(expr.args[0])}^\top"

    def _print_Total(self, expr):
        return rf"\sum {self._print(expr.args[0])}"

    def _print_Min(self, expr):
        return rf"\min{self._in_parentheses(', '.join(map(self._print, expr.args)))}"

    def _print_Max(self, expr):  # pyrefly: ignore[bad-override-mutable-attribute]
        return rf"\max{self._in_parentheses(', '.join(map(self._print, expr.args)))}"

    def _print_Where(self, expr):
        cases = ""
        while isinstance(expr, Where):  # a choice within a choice is one more case
            condition, a, expr = expr.args
            cases += rf"{self._print(a)} & \text{{for}}\: {self._print(condition)} \\"
        return rf"\begin{{cases}} {cases}{self._print(expr)} & \text{{otherwise}} \end{{cases}}"

    def _print_Pow(self, expr):
        base, exponent = expr.args
        if exponent == sp.S.Half:
            return rf"\sqrt{{{self._print(base)}}}"
        if exponent == -1:
            return rf"\frac{{1}}{{{self._print(base)}}}"
        simple = base.is_Symbol or isinstance(base, sp.Abs) or (base.is_Number and base.is_nonnegative)
        text = self._print(base)
        return f"{text if simple else self._in_parentheses(text)}^{braced(self._print(exponent))}"


def latex(rule: Optimizer | type[Optimizer]) -> str:
    r"""The equations of an optimizer as it is implemented, in LaTeX: what `show_rule` shows.

    The subscript t - 1 marks what a step finds, t what it leaves; gₜ is the gradient that step t uses. What is
    remembered starts at zero unless an equation says otherwise.

    Args:
        rule: an optimizer, or its class.

    Returns:
        an ``aligned`` block, without dollar signs.

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
    traced, printer = trace(rule), _LaTeX()
    start = [(sp.Symbol(f"{name}[0]"), value) for name, value in traced.initial.items() if not value.is_zero]
    lines = [r"g_t &= \nabla f(w_{t-1})"]
    equations = [*start, *traced.equations, *_defined(traced)]
    lines += [f"{printer.doprint(left)} &= {printer.doprint(right)}" for left, right in equations]
    return "\\begin{aligned}\n" + " \\\\[4pt]\n".join(lines) + "\n\\end{aligned}"


def _defined(rule):
    """The definitions of what a rule does to matrices."""
    return definitions() if any(right.has(Orthogonalize) for _, right in rule.equations) else []


@dataclass(frozen=True, repr=False)
class ShownRule:
    """A rule as notebooks show it: in LaTeX, or in a line of text for each equation."""

    rule: Optimizer | type[Optimizer]

    def _repr_latex_(self):
        return f"$$\n{latex(self.rule)}\n$$"

    def __repr__(self):
        traced, text = trace(self.rule), Text()
        lines = (f"{text(left)} = {text(right)}" for left, right in [*traced.equations, *_defined(traced)])
        return "\n".join(lines).replace("{", "").replace("}", "")


def show_rule(rule: Optimizer | type[Optimizer]) -> ShownRule:
    """Show the equations of an optimizer as it is implemented; see `latex`.

    Args:
        rule: an optimizer, or its class.

    Returns:
        a `ShownRule`, which a notebook shows as formulas.

    Raises:
        CompileError: what the rule does cannot be compiled.
    """
    latex(rule)  # refuse here, not when it is displayed
    return ShownRule(rule)
