"""Claims: state it, measure it, check it.

A number in the prose stands beside a cell that computes it. The cell fails, and with it the build of the book,
when the number is no longer true.
"""

import html
from dataclasses import dataclass
from typing import Any

import numpy as np

from steepest.arguments import array, instance, whole


class ClaimError(AssertionError):
    """A claim that does not hold."""


#: The order of magnitude of some thousand roundings in double precision: below it, orders differ between machines as
#: digits do.
ROUNDING = -12


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


def claim(
    statement: str,
    measured: Any,
    expected: Any = None,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    below: Any = None,
    above: Any = None,
    order: bool = False,
    digits: int = 4,
) -> Claim:
    """Check that a measured value is what theory expects, or that it keeps a bound.

    Args:
        statement: what is claimed, a short sentence without its full stop.
        measured: a number or an array; without ``rtol`` and ``atol`` also text or truth values.
        expected: what it should be, of measured's shape or one that broadcasts to it. Without ``rtol`` and
            ``atol`` it must be met exactly.
        rtol: how far off it may be, as a fraction of ``expected``.
        atol: how far off it may be, in the units of ``expected``; with ``rtol`` too, the two add up.
        below, above: bounds, of such a shape too: every number measured is ≤ below, ≥ above.
        order: whether to show the order of magnitude of the largest number measured in place of its digits, because
            these differ from machine to machine, as those of a rounding error do.
        digits: how many digits to show of what is measured and expected: fewer, where a run is so sensitive that the
            others differ from machine to machine.

    Returns:
        what was claimed, measured and expected, in words that a notebook shows.

    Raises:
        ClaimError: the claim does not hold; the message gives both values. Not a number never holds.
        TypeError: nothing to compare with, or a tolerance without an expected value.
        ValueError: nothing measured (an empty array), shapes that cannot be compared, a tolerance that is not one
            finite number from 0, or a bound that allows everything.

    >>> claim("the best step shrinks both modes by 99/101", 0.980198, 99 / 101, rtol=1e-5)
    ✓ the best step shrinks both modes by 99/101: measured 0.9802, expected 0.9802 within 0.001 %
    >>> claim("it takes no more than 700 steps", 691, below=700)
    ✓ it takes no more than 700 steps: measured 691, at most 700
    >>> claim("both forms agree", 3.1e-10, below=1e-6, order=True)
    ✓ both forms agree: measured less than 1e-9, at most 1e-06
    >>> claim("the sharpness is near 2/η", [9.968, 20.03], [10, 20], rtol=0.05, digits=2)
    ✓ the sharpness is near 2/η: measured (10, 20), expected (10, 20) within 5 %
    >>> claim("the loss falls", 0.3, below=0.2)
    Traceback (most recent call last):
    steepest.claims.ClaimError: This does not hold: the loss falls: measured 0.3, at most 0.2
    """
    instance("statement", statement, str)
    whole("digits", digits, 1)
    if all(given is None for given in (rtol, atol, below, above)):  # to be met exactly
        value = np.asarray(measured)
        if value.dtype.kind == "O":
            raise TypeError(f"measured must hold numbers, text or truth values, not {measured!r}.")
    else:
        value = array("measured", measured)
        for name, other in {"expected": expected, "below": below, "above": above}.items():
            if other is not None:
                array(name, other)
    if value.size == 0:
        raise ValueError(f"Nothing was measured for {statement!r}: the array is empty.")
    if expected is None and (rtol is not None or atol is not None):
        raise TypeError("A tolerance needs an expected value to be near to.")
    if expected is None and below is None and above is None:
        raise TypeError("A claim compares: give an expected value, or a bound below or above.")
    for name, tolerance in {"rtol": rtol, "atol": atol}.items():
        if tolerance is not None and np.asarray(tolerance).dtype.kind not in "iuf":
            raise TypeError(f"{name} must be a number, not {tolerance!r}.")
        if tolerance is not None and not (np.ndim(tolerance) == 0 and 0 <= tolerance < np.inf):
            raise ValueError(
                f"{statement!r} needs a tolerance {name} that is finite and not negative, not {tolerance}."
            )
    for other in (expected, below, above):
        try:
            np.broadcast_to(other, value.shape)
        except ValueError:
            raise ValueError(
                f"{statement!r} measures values of shape {value.shape}, but is to compare them with {np.shape(other)}."
            ) from None

    for name, bound, everything in ("below", below, np.inf), ("above", above, -np.inf):
        if bound is not None and np.any(np.equal(bound, everything)):
            raise ValueError(f"{statement!r} needs a bound {name} that some number would break, not {bound}.")

    holds, words = True, []
    if expected is not None:
        exact = rtol is None and atol is None
        near = value == expected if exact else np.isclose(value, expected, rtol=rtol or 0.0, atol=atol or 0.0)
        holds = np.all(near)
        tolerances = [f"{rtol * 100:g} %"] if rtol else []
        tolerances += [f"{atol:g}"] if atol else []
        words.append(
            f"expected {_number(expected, digits)}" + (f" within {' + '.join(tolerances)}" if tolerances else "")
        )
    if above is not None:
        holds = holds and np.all(value >= above)
        words.append(f"at least {_number(above)}")
    if below is not None:
        holds = holds and np.all(value <= below)
        words.append(f"at most {_number(below)}")

    wanted = ", ".join(words)
    if not holds:
        raise ClaimError(f"This does not hold: {statement}: measured {_number(value)}, {wanted}")
    return Claim(statement, f"measured {_order(value, below, above) if order else _number(value, digits)}", wanted)


def _order(value, below, above):
    """Between which powers of ten, or bounds between these, the largest number is; of a small one, below which."""
    largest = np.max(np.abs(value))
    exponent = max(int(np.floor(np.log10(largest))) + 1 if largest > 0 else ROUNDING, ROUNDING)
    if exponent < 0:
        return f"less than 1e{exponent}"
    low, high = 10.0 ** (exponent - 1), 10.0**exponent
    if np.all(value >= 0):  # what holds is within its bounds
        low = low if above is None else max(low, np.min(above))
        high = high if below is None else min(high, np.max(below))
    return f"between {low:g} and {high:g}"


def _number(value, digits=4):
    """A number with the digits that a reader compares, a count with all; a larger array by its range."""
    value = np.asarray(value)
    if value.ndim == 0:
        return f"{value:.{digits}g}" if value.dtype.kind == "f" else str(value)
    if value.size <= 6 or value.dtype.kind == "U":
        return "(" + ", ".join(_number(v, digits) for v in value.ravel()) + ")"
    return f"{value.size} numbers from {_number(value.min(), digits)} to {_number(value.max(), digits)}"
