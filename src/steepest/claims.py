"""Claims: state it, measure it, check it.

A number in the prose stands beside a cell that computes it. The cell fails, and with it the build of the book,
when the number is no longer true.
"""

import html
from dataclasses import dataclass

import numpy as np


class ClaimError(AssertionError):
    """A claim that does not hold."""


#: A bound at or below this is there for rounding errors, whose digits differ from machine to machine.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Claim:
    """A statement that was checked and holds, with what was measured and what was expected, in words."""

    statement: str
    measured: str
    expected: str

    def __str__(self):
        return f"✓ {self.statement}: {self.measured}, {self.expected}"

    __repr__ = __str__

    def _repr_html_(self):
        statement, measured, expected = map(html.escape, (self.statement, self.measured, self.expected))
        return (
            f'<p class="claim"><strong aria-label="holds">✓</strong> {statement}: '
            f'<strong class="claim-measured">{measured}</strong>, <span class="claim-expected">{expected}</span></p>'
        )


def claim(statement, measured, expected=None, *, rtol=None, atol=None, below=None, above=None) -> Claim:
    """Check that a measured value is what theory expects, or that it keeps a bound.

    Args:
        statement: what is claimed, a short sentence without its full stop.
        measured: a number or an array.
        expected: what it should be, a number or an array that broadcasts. Without ``rtol`` and ``atol``
            it must be met exactly.
        rtol: how far off it may be, as a fraction of ``expected``.
        atol: how far off it may be, in the units of ``expected``.
        below, above: bounds, in place of ``expected``: every number measured is ≤ below, ≥ above.

    Raises:
        ClaimError: the claim does not hold; the message gives both values.
        TypeError: nothing to compare with, or a tolerance without an expected value.

    >>> claim("the best step shrinks both modes by 99/101", 0.980198, 99 / 101, rtol=1e-5)
    ✓ the best step shrinks both modes by 99/101: measured 0.9802, expected 0.9802 within 0.001 %
    >>> claim("it takes no more than 700 steps", 691, below=700)
    ✓ it takes no more than 700 steps: measured 691, at most 700
    >>> claim("both forms agree", 3.1e-15, below=1e-12)
    ✓ both forms agree: measured a rounding error, at most 1e-12
    >>> claim("the loss falls", 0.3, below=0.2)
    Traceback (most recent call last):
    steepest.claims.ClaimError: This does not hold: the loss falls: measured 0.3, at most 0.2
    """
    value = np.asarray(measured)
    checks, words = [], []
    if expected is not None:
        slack = (atol or 0.0) + (rtol or 0.0) * np.abs(expected)
        checks.append(value == expected if rtol is None and atol is None else np.abs(value - expected) <= slack)
        within = [f"{rtol * 100:g} %" if rtol else "", f"{atol:g}" if atol else ""]
        words.append(
            f"expected {_number(expected)}" + (" within " if any(within) else "") + " + ".join(filter(None, within))
        )
    elif rtol is not None or atol is not None:
        raise TypeError("A tolerance needs an expected value to be near to.")
    if above is not None:
        checks.append(value >= above)
        words.append(f"at least {_number(above)}")
    if below is not None:
        checks.append(value <= below)
        words.append(f"at most {_number(below)}")
    if not checks:
        raise TypeError("A claim compares: give an expected value, or a bound below or above.")
    holds = all(np.all(check) for check in checks)
    rounding = holds and (
        (below is not None and below <= ROUNDING)
        or (expected is not None and not np.any(expected) and atol and atol <= ROUNDING)
    )
    checked = Claim(statement, "measured " + ("a rounding error" if rounding else _number(value)), ", ".join(words))
    if not holds:
        raise ClaimError(f"This does not hold: {str(checked)[2:]}")
    return checked


def _number(value):
    """A number with the four digits that a reader compares; a larger array by its range."""
    value = np.asarray(value)
    if value.ndim == 0:
        return str(value) if value.dtype.kind in "bU" else f"{value:.4g}"
    if value.size <= 6:
        return "(" + ", ".join(_number(v) for v in value.ravel()) + ")"
    return f"{value.size} numbers from {_number(value.min())} to {_number(value.max())}"
