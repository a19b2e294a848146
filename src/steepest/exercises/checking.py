"""What every exercise shares: the verdict, and the function that gives it."""

import html
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from steepest.arguments import function

#: The checks by the exercise's number, such as "1.2".
CHECKS = {}


class Wrong(Exception):
    """An answer that is not right; the message is a hint."""


class _Unanswered(Exception):
    """The answer is still the stub of the exercise."""


@dataclass(frozen=True)
class Verdict:
    """What a check says of an answer.

    Attributes:
        number: the exercise's number.
        status: "right", "wrong" or "not answered yet".
        message: what was found, or a hint.
    """

    number: str
    status: str
    message: str

    def __repr__(self):
        mark = {"right": "✓", "wrong": "✗"}.get(self.status, "·")
        return f"{mark} Exercise {self.number}: {self.status}. {self.message}".rstrip()

    def _repr_html_(self):
        return f'<p class="verdict verdict-{self.status.split()[0]}">{html.escape(repr(self))}</p>'


def check(number: str, answer: Any) -> Verdict:
    """Check the answer to an exercise.

    An answer that is not right gives a verdict, not an error, whatever it returns, so that a notebook with open
    exercises runs to its end.

    Args:
        number: the exercise's number, such as "1.2".
        answer: what the exercise asks for, a function or a class.

    Returns:
        the `Verdict`, to be printed or shown as a cell's result.

    Raises:
        KeyError: there is no such exercise.
        TypeError: the number is not text (1.1 and "1.1" look alike), or the answer is not something to call.
    """
    if not isinstance(number, str):
        raise TypeError(f'The number of an exercise is text: check("{number}", …).')
    if number not in CHECKS:
        raise KeyError(f"There is no exercise {number!r}; there are {', '.join(sorted(CHECKS))}.")
    function("answer", answer)
    try:
        return Verdict(number, "right", CHECKS[number](_guarded(answer)))
    except _Unanswered:
        return Verdict(number, "not answered yet", "Replace the ... in the cell above.")
    except Wrong as wrong:
        return Verdict(number, "wrong", str(wrong))
    except Exception as error:  # whatever an answer does, the notebook must run on
        return Verdict(number, "wrong", f"What it returned is not of the kind asked for ({error}).")


#: What every check returns and raises: `exercise` puts it below the check's own docstring.
RETURNS_AND_RAISES = """

Returns:
    what to tell the reader besides that the answer is right, in a sentence.

Raises:
    Wrong: the answer is not right; the message is a hint.
"""


def exercise(number: str) -> Callable[[Callable], Callable]:
    """List the function below as the check of an exercise.

    Args:
        number: the exercise's number, such as "1.2".

    Returns:
        the decorator. It leaves the check as it is, and adds to its docstring what all checks return and raise.
    """

    def listed(checked):
        CHECKS[number] = checked
        checked.__doc__ = f"{inspect.getdoc(checked)}{RETURNS_AND_RAISES}"
        return checked

    return listed


def catches(answer: Any, what: str, right: Mapping, wrong: Mapping) -> str:
    """What to say of an answer that is a test and tells right from wrong.

    Args:
        answer: the test, a function that is True for what it passes.
        what: what it tests, such as "an implementation".
        right: what it must pass, each with the hint for an answer that rejects it.
        wrong: what it must catch, each with its symptom.

    Returns:
        a sentence with how many of each there were.

    Raises:
        Wrong: it rejects what is right, or passes what is wrong; the message is the hint or the symptom.
    """

    def says(implementation):
        try:
            return answer(implementation)
        except _Unanswered:
            return None

    for implementation, hint in right.items():
        verdict = says(implementation)
        if verdict is None:  # of a stub, or of a test that only ends in `if fault: return False`
            if all(says(bug) is None for bug in wrong):
                raise _Unanswered
            raise Wrong("It returns nothing for a right implementation. Return True where all is well.")
        if not verdict:
            raise Wrong(hint)
    for bug, symptom in wrong.items():
        if says(bug):
            raise Wrong(f"It passes {what} that {symptom}.")
    passed = ("the right one", "two right ones")[len(right) - 1]
    return f"It passes {passed} and catches {len(wrong)} wrong ones."


#: So many numbers in words.
_COUNTED = {1: "one number", 2: "two numbers", 3: "three numbers"}


def as_number(result: Any) -> float:
    """An answer as one number, also where it stands alone in an array.

    Args:
        result: what an answer returned.

    Returns:
        a float, which need not be finite.

    Raises:
        Wrong: it is something else; the message says what.
    """
    return as_numbers(result, 1)[0]


def as_numbers(result: Any, count: int, names: str = "") -> list[float]:
    """An answer as so many numbers, in a tuple, a list, a generator, a row or a column.

    Args:
        result: what an answer returned.
        count: how many numbers it should be.
        names: what they are, such as "the learning rate and the rate" or "one for each step"; part of the hint.

    Returns:
        a list of ``count`` floats, in the answer's order.

    Raises:
        Wrong: it is something else, or has no order, as a set has none; the message says what.
    """
    wanted = f"{_COUNTED.get(count, f'{count} numbers')}{names and f', {names}'}"
    if hasattr(result, "__next__"):
        result = list(result)
    kept_in_order = not isinstance(result, (dict, set, frozenset))
    values = np.asarray(result) if kept_in_order else np.array(None)
    if values.dtype.kind not in "iuf":
        raise Wrong(f"It should return {wanted}, not {result!r}.")
    if values.size != count or max(values.shape, default=1) != count:
        raise Wrong(f"It should return {wanted}, not {f'an array of shape {values.shape}' if values.ndim else result}.")
    return [float(value) for value in values.ravel()]


def _guarded(answer):
    """The answer, such that a stub and an error in it are told apart from a wrong result."""

    def call(*args, **kwargs):
        try:
            result = answer(*args, **kwargs)
        except Exception as error:
            raise Wrong(f"It stopped with {type(error).__name__}: {error}") from error
        if result is None or result is ...:
            raise _Unanswered
        return result

    return call
