"""A reader's own rule: what it is, as far as the course knows it, and a widget of it beside rules of the course."""

import html
import inspect
import re
from dataclasses import fields

import numpy as np

from steepest import bugs, surfaces, variants
from steepest.arguments import instance
from steepest.bugs import step_lengths
from steepest.live.explorer import Explorer
from steepest.optimizers import OPTIMIZERS, Adam, Momentum, Optimizer


def _subclasses(module):
    """The optimizers that a module has defined itself."""
    found = [cls for _, cls in inspect.getmembers(module, inspect.isclass)]
    return [cls for cls in found if cls.__module__ == module.__name__ and not cls.__name__.startswith("_")]


#: The rules that an optimizer is compared with: the course's own first, of two alike the simpler one.
_RULES = [*OPTIMIZERS.values(), *_subclasses(variants)]
_BUGS = _subclasses(bugs)


def _alike(rule, optimizer):
    """A rule with the hyperparameters of an optimizer where they have the same name."""
    given = optimizer.hyperparameters
    return rule(**{field.name: given[field.name] for field in fields(rule) if field.name in given})


def recognized(optimizer: Optimizer) -> str:
    """What the course knows of an optimizer, found by the steps that it takes.

    Args:
        optimizer: any `steepest.optimizers.Optimizer`. A rule is compared at the values of the hyperparameters that
            both have by the same name.

    Returns:
        a sentence or two, that it is a known rule, a famous error with its symptom, or neither.

    >>> from steepest import Adam
    >>> recognized(Adam())
    'This takes the steps of Adam.'
    >>> recognized(bugs.UnusedVelocityMomentum())[:60]
    'This is a famous error, UnusedVelocityMomentum: Momentum tha'
    """
    instance("optimizer", optimizer, Optimizer)
    gradients = np.random.default_rng(0).normal(size=12) * np.repeat([1.0, 10.0, 0.1], 4)
    taken = step_lengths(optimizer.fresh(), gradients)

    def is_it(rule):
        try:  # two steps tell most rules apart, and take a sixth of the time
            return all(
                np.allclose(step_lengths(_alike(rule, optimizer), gradients[:n]), taken[:n], rtol=1e-9, atol=1e-12)
                for n in (2, len(taken))
            )
        except ValueError:  # a rule that needs a matrix takes no step on one number
            return False

    for rule in _RULES + _BUGS:
        if is_it(rule):
            break
    else:
        return "This takes the steps of no rule that the course knows."
    if rule in _BUGS:
        first, _, rest = (inspect.getdoc(rule) or "").partition("\n")
        symptom = " ".join(rest.partition("Symptom: ")[2].partition("Test: ")[0].split())
        said = f"This is a famous error, {rule.__name__}: {first} Symptom: {symptom}"
        return re.sub(r"\*(\w+)\*", r"\1", said)
    return f"This takes the steps of {rule().name}."  # pyrefly: ignore[missing-attribute]


class _NoPicture:
    """In the place of the picture that a widget brings for a page without scripts: a frame always runs them."""

    png, width, alt = b"", 0, ""


class Beside:
    """A reader's rule on a surface beside Momentum and Adam, and what the course knows of it.

    Args:
        names: the names of the session; the last class of optimizers among them is the reader's.
        surface: the name of a surface of the course.

    Raises:
        TypeError: there is no class of optimizers.
    """

    def __init__(self, names: dict, surface: str):
        own = [value for value in names.values() if inspect.isclass(value) and issubclass(value, Optimizer)]
        own = [cls for cls in own if cls.__module__ == "__main__"]
        if not own:
            raise TypeError("There is no optimizer yet: write a subclass of Optimizer under @dataclass.")
        self.optimizer = own[-1]()
        others = [rule for rule in (Momentum(), Adam()) if rule.name != self.optimizer.name]
        self.explorer = Explorer([self.optimizer, *others], surfaces.SURFACES[surface]())  # pyrefly: ignore[bad-argument-type]

    def __repr__(self):
        return recognized(self.optimizer)

    def _repr_html_(self):
        return f'<p class="recognized">{html.escape(repr(self))}</p>{self.explorer._html(_NoPicture())}'
