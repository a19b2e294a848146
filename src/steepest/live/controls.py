"""Sliders and number fields as both sides know them: what each may hold, and how its travel is spread."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steepest.arguments import real, several
from steepest.optimizers import HYPERPARAMETERS

#: What a number field takes where nothing else bounds it: more would only overflow.
LARGEST = 10**6

_GLYPHS = {
    "lr": "η",
    "momentum": "μ",
    "decay": "ρ",
    "beta1": "β₁",
    "beta2": "β₂",
    "eps": "ε",
    "weight_decay": "λ",
    "kappa": "κ",
}

# How values are spread over a slider's travel, and back; base.js has the same.
_SCALES = {
    "linear": (lambda value: value, lambda place: place),
    "log": (np.log10, lambda place: 10**place),
    "decay": (lambda value: -np.log10(1 - value), lambda place: 1 - 10**-place),
}


@dataclass(frozen=True)
class Slider:
    """A slider with a number field.

    Attributes:
        value: the first value.
        low, high: where the slider ends.
        scale: how values are spread over the travel: "linear", "log", or "decay", on which 0, 0.9, 0.99 and
            0.999 are evenly spaced.
        integer: whether only whole numbers make sense.
        least, most: the range of the number field, which may be wider; that of the slider where they are None.

    Raises:
        ValueError: an unknown scale, ends out of order or outside what the scale can show, or a first value that
            is not finite or out of range.
    """

    value: float
    low: float
    high: float
    scale: str = "linear"
    integer: bool = False
    least: Any = None
    most: Any = None

    def __post_init__(self):
        if self.scale not in _SCALES:
            raise ValueError(f'A slider\'s scale is "linear", "log" or "decay", not {self.scale!r}.')
        for name in "value", "low", "high":
            if not isinstance(getattr(self, name), Real):
                raise TypeError(f"A slider's {name} must be a number, not {getattr(self, name)!r}.")
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(f"A slider runs from a number to a larger one, not from {self.low!r} to {self.high!r}.")
        if (self.scale == "log" and self.low <= 0) or (self.scale == "decay" and self.high >= 1):
            raise ValueError(f"A {self.scale} scale cannot run from {self.low!r} to {self.high!r}.")
        for end, default in [("least", self.low), ("most", self.high)]:
            if getattr(self, end) is None:
                object.__setattr__(self, end, default)
        self.check("A slider's value", self.value)

    def check(self, what: str, value: float) -> float:
        """Refuse what the slider cannot hold.

        Args:
            what: what messages call the value.
            value: what is to be set.

        Returns:
            an int where only whole numbers make sense, else a float.

        Raises:
            TypeError: no number.
            ValueError: a number that the number field does not take.
        """
        if not isinstance(value, Real) or isinstance(value, bool):
            raise TypeError(f"{what} must be a number, not {value!r}.")
        if not math.isfinite(value) or not self.least <= value <= self.most:
            raise ValueError(f"{what} must lie between {self.least:g} and {self.most:g}, not {value!r}.")
        if self.integer and value != int(value):
            raise ValueError(f"{what} must be a whole number, not {value!r}.")
        return int(value) if self.integer else float(value)

    def at(self, shares: ArrayLike) -> np.ndarray:
        """The values at shares of the travel, 0 at its low end and 1 at its high one.

        Returns:
            an array of the shares' shape.
        """
        to, back = _SCALES[self.scale]
        return back(to(self.low) + np.asarray(shares) * (to(self.high) - to(self.low)))

    def spec(self, name: str, label: str | None = None) -> dict:
        """What the front end has to know, without what it assumes.

        Returns:
            a dictionary that JSON can hold.
        """
        spec: dict[str, Any] = {"name": name, "label": label or named(name), "low": self.low, "high": self.high}
        if self.scale != "linear":
            spec["scale"] = self.scale
        if self.integer:
            spec["integer"] = True
        if self.least != self.low:
            spec["least"] = self.least
        if self.most != self.high:
            spec["most"] = self.most
        return spec


@dataclass(frozen=True)
class Choice:
    """A list to choose from. Formulas see the number of the option chosen, 0, 1, …

    Attributes:
        options: what the list shows.
        value: the number of the option chosen first.
    """

    options: tuple
    value: int = 0

    def __post_init__(self):
        object.__setattr__(self, "options", tuple(several("options", self.options)))
        if not self.options:
            raise ValueError("A Choice's options must be one or more, not none.")
        self.check("A Choice's value", self.value)

    def check(self, what: str, value: float) -> int:
        """Refuse what is not the number of an option.

        Args:
            what: what messages call the number.
            value: what is to be set.

        Returns:
            an int from 0 on.

        Raises:
            ValueError: there is no such option.
        """
        if value not in range(len(self.options)):
            raise ValueError(f"{what} must be a whole number from 0 to {len(self.options) - 1}, not {value!r}.")
        return int(value)

    def spec(self, name: str, label: str | None = None) -> dict:
        """What the front end has to know.

        Returns:
            a dictionary that JSON can hold.
        """
        return {
            "name": name,
            "label": label or named(name),
            "options": self.options,
            "integer": True,
            "least": 0,
            "most": len(self.options) - 1,
        }


def named(name: str) -> str:
    """A quantity's name with its symbol.

    Returns:
        such as "lr η"; the name alone where it has no symbol.
    """
    return f"{name} {_GLYPHS[name]}" if name in _GLYPHS else name


def hyperparameter(name: str, value: float) -> Slider:
    """The slider of a hyperparameter around a value: two powers of ten to either side, or the whole of [0, 1).

    Returns:
        a `Slider` on the scale "decay" for what must lie in [0, 1), "log" for ε and for other positive values, else
        "linear".

    Raises:
        TypeError: a value that is no number.
        ValueError: a value that its number field cannot hold.
    """
    known = HYPERPARAMETERS.get(name)
    least, most = 0 if known else -LARGEST, 0.999999 if known and known.high == 1 else LARGEST
    value = real(name, value)
    if not least <= value <= most:  # the slider would refuse it too, but its message could not name the hyperparameter
        raise ValueError(f"{name} must lie between {least:g} and {most:g} in a widget, not {value!r}.")
    if most < 1:
        return Slider(value, 0, 0.9999, "decay", most=most)
    if name == "eps":
        return Slider(value, 1e-12, 1, "log", least=least, most=most)
    if value > 0:
        return Slider(value, value / 100, value * 100, "log", least=least, most=most)
    return Slider(value, *((0, 1) if known else (-1, 1)), least=least, most=most)


def parameter(value: float, low: float, high: float) -> Slider:
    """The slider of a surface's parameter over its whole range.

    Returns:
        a `Slider` on the scale "log" where the range is positive and spans a factor of 100 or more, else "linear".
    """
    return Slider(value, low, high, "log" if low > 0 and high / low >= 100 else "linear")


def slider(name: str, value: Any) -> Slider | Choice:
    """A control as given, or that of a hyperparameter around a number.

    Returns:
        the value itself, or a `Slider` as `hyperparameter` makes it.

    Raises:
        TypeError: a number for what is no hyperparameter of the course: no range is known for it.
        ValueError: as `hyperparameter` does.
    """
    if isinstance(value, (Slider, Choice)):
        return value
    if name not in HYPERPARAMETERS:
        raise TypeError(f"{name} needs a Slider(value, low, high) or a Choice(options), not {value!r}.")
    return hyperparameter(name, value)


def completed(controls: Mapping, given: Mapping, now: Mapping, owner: str, what: str, prefix: str = "") -> dict:
    """The values of all controls: those given by name, else as they are now, else the first ones.

    Args:
        controls: `Slider` and `Choice` by name.
        given, now: values by name.
        owner, what: whose the controls are and what they set, for messages.
        prefix: what messages put before a control's name.

    Returns:
        a new dictionary of values by name, each as its control holds it.

    Raises:
        TypeError: a value that is no number.
        ValueError: a name that no control has, or a value out of its range.
    """
    check_names(owner, what, given, controls)
    values = {**{name: control.value for name, control in controls.items()}, **now, **given}
    return {name: controls[name].check(f"{prefix}{name}", value) for name, value in values.items()}


def check_names(owner: str, what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ValueError if something given has a name that is not known."""
    for name in given:
        if name not in known:
            raise ValueError(f"{owner} has no {what} {name!r}; it has {', '.join(map(repr, known)) or 'none'}.")
