"""Checks of arguments, in one way for the whole package.

Each returns the value as it is to be used, or says what the argument must be and what it is: a TypeError for another
kind of thing, a ValueError for a value out of range.
"""

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def whole(name: str, value: Any, low: float = 0, high: float = math.inf) -> int:
    """A whole number from ``low`` to ``high``; a float is none, even without a fraction.

    Returns:
        an `int`, also where one of NumPy's was given.

    >>> whole("steps", 2.5)
    Traceback (most recent call last):
    TypeError: steps must be a whole number, 0 or more, not 2.5.
    """
    wanted = f"{name} must be a whole number, {_range(low, high)}, not {value!r}."
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(wanted) from None
    if isinstance(value, (bool, np.bool)):
        raise TypeError(wanted)
    if not low <= number <= high:
        raise ValueError(wanted)
    return number


def real(name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number from ``low`` to ``high``.

    Returns:
        a `float`, also where an int or one of NumPy's was given.

    >>> real("limit", float("nan"))
    Traceback (most recent call last):
    ValueError: limit must be a finite number, not nan.
    """
    bounded = f", {_range(low, high)}" if math.isfinite(low) or math.isfinite(high) else ""
    wanted = f"{name} must be a finite number{bounded}, not {value!r}."
    if type(value) not in (int, float) and (np.ndim(value) or np.asarray(value).dtype.kind not in "iuf"):
        raise TypeError(wanted)
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(wanted)
    return float(value)


def array(name: str, value: Any, last: int | None = None) -> np.ndarray:
    """Real numbers in an array of floats, finite or not: of any shape, or with a last axis of length ``last``.

    Returns:
        the value itself where it is an array of float64, else a new array.

    >>> array("start", "here")
    Traceback (most recent call last):
    TypeError: start must hold real numbers, not 'here'.
    """
    try:
        found = np.asarray(value)
    except ValueError:  # rows of different lengths
        found = np.array(None)
    if found.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, not {value!r}.")
    if last is not None and found.shape[-1:] != (last,):
        raise ValueError(f"{name} must have shape (..., {last}), not {found.shape}.")
    return found.astype(float, copy=False)


def column(name: str, value: Any, length: int | None = None) -> np.ndarray:
    """Real numbers in an array of one axis, of ``length`` where that is given.

    Returns:
        the value itself where it is such an array of float64, else a new array.

    >>> column("heights", [[1.0]], 3)
    Traceback (most recent call last):
    ValueError: heights must have shape (3,), not (1, 1).
    """
    found = array(name, value)
    if found.ndim != 1 or (length is not None and len(found) != length):
        raise ValueError(f"{name} must have shape ({length or 'how many'},), not {found.shape}.")
    return found


def is_traced(value: Any) -> bool:
    """Whether a value stands for numbers that are not known yet, as when a rule is compiled.

    Returns:
        True for what takes NumPy's functions in its own way; False for NumPy's own arrays and numbers, and for
        Python's.
    """
    return hasattr(value, "__array_ufunc__") and type(value) is not np.ndarray and not isinstance(value, np.generic)


def operand(name: str, value: Any) -> np.ndarray:
    """Real numbers that a formula computes with: floats in their own precision, a traced value as it is.

    Returns:
        the value itself where it holds floats of any precision or is traced, else a new array of float64.

    >>> operand("X", np.ones(2, np.float32)).dtype
    dtype('float32')
    """
    if is_traced(value) or getattr(value, "dtype", np.dtype(object)).kind == "f":
        return value
    return array(name, value)


def interval(name: str, value: Any) -> tuple:
    """Two finite numbers, the lower one first.

    Returns:
        (low, high), the numbers as they were given.

    >>> interval("x", (1, 0))
    Traceback (most recent call last):
    ValueError: x must be (low, high), two finite numbers in rising order, not (1, 0).
    """
    ends = array(name, value)
    if ends.shape != (2,) or not -math.inf < ends[0] < ends[1] < math.inf:
        raise ValueError(f"{name} must be (low, high), two finite numbers in rising order, not {value!r}.")
    return tuple(value)


def one_of(name: str, value: Any, options: Iterable[str]) -> str:
    """One of some words.

    Returns:
        the word itself.

    >>> one_of("yscale", "cubic", ("linear", "log"))
    Traceback (most recent call last):
    ValueError: yscale must be "linear" or "log", not 'cubic'.
    """
    if not isinstance(value, str) or value not in options:
        quoted = [f'"{option}"' for option in options]
        raise ValueError(f"{name} must be {' or '.join(quoted)}, not {value!r}.")
    return value


def function(name: str, value: Any) -> Callable:
    """What can be called.

    Returns:
        the function itself.

    >>> function("schedule", 0.1)
    Traceback (most recent call last):
    TypeError: schedule must be a function, not 0.1.
    """
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {value!r}.")
    return value


def of_steps(value: Callable[[int], float]) -> Callable[[int], float]:
    """A function of the step t = 1, 2, … that refuses what is no step.

    Returns:
        the function with a check of its argument.

    >>> of_steps(lambda t: 1 / t)(0)
    Traceback (most recent call last):
    ValueError: t must be a whole number, 1 or more, not 0.
    """
    return lambda t: value(whole("t", t, 1))


def several(name: str, value: Any) -> list:
    """The items of a list, or of what can be made one; a text is none.

    Returns:
        a new list.

    >>> several("options", "yes or no")
    Traceback (most recent call last):
    TypeError: options must be a list, not 'yes or no'.
    """
    if isinstance(value, (str, type)) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list, not {value!r}.")
    return list(value)


def instance(name: str, value: Any, *kinds) -> Any:
    """An object of one of some kinds: a class, or the name of an attribute that it has.

    A class or a function in its place is most often one whose parentheses were left out.

    Returns:
        the object itself.

    >>> from steepest import Momentum, Optimizer
    >>> instance("optimizer", Momentum, Optimizer)
    Traceback (most recent call last):
    TypeError: optimizer must be an Optimizer, not the class Momentum: write Momentum().
    """
    fits = (hasattr(value, kind) if isinstance(kind, str) else isinstance(value, kind) for kind in kinds)
    if not isinstance(value, type) and any(fits):
        return value
    wanted = [f"something with .{kind}" if isinstance(kind, str) else _with_article(kind.__name__) for kind in kinds]
    given = repr(value)
    if callable(value) and hasattr(value, "__name__"):
        given = f"the {'class' if isinstance(value, type) else 'function'} {value.__name__}: write {value.__name__}()"
    raise TypeError(f"{name} must be {' or '.join(wanted)}, not {given}.")


def subclass(name: str, value: Any, base: type, example: str) -> Any:
    """A class that derives from another, and no object of it.

    Args:
        name: what messages call the argument.
        value: what was given.
        base: the class to derive from.
        example: the name of a class that does, for the message.

    Returns:
        the class itself.

    >>> from steepest import Momentum, Optimizer
    >>> subclass("rule", Momentum(), Optimizer, "Momentum")
    Traceback (most recent call last):
    TypeError: rule must be a class of optimizers, such as Momentum, not Momentum(lr=0.01, momentum=0.9).
    """
    if not (isinstance(value, type) and issubclass(value, base)):
        plural = f"{base.__name__.lower()}s"
        raise TypeError(f"{name} must be a class of {plural}, such as {example}, not {value!r}.")
    return value


def _with_article(name):
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def _range(low, high):
    return f"{low:g} or more" if high == math.inf else f"from {low:g} to {high:g}"
