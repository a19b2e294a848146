"""Rules with a velocity on one mode of a quadratic, where a step is a 2 × 2 matrix.

The matrix is read off from the rule's own `step`, not typed again, so it describes the code that runs. Everything is
element-wise: hyperparameters may be arrays, or the traced values of a widget.
"""

import copy
import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steepest.arguments import array, is_traced, subclass
from steepest.optimizers import Optimizer


def mode_matrix(
    rule: type[Optimizer], curvature: ArrayLike = 1.0, **hyperparameters
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """What one step does to the error x and the velocity v along an eigenvector: (x, v) ← M (x, v).

    Args:
        rule: a class of optimizers that are linear in the gradient and remember a velocity ``v`` alone, such as
            `Momentum` and `Nesterov`.
        curvature: λ, a number, or an array that broadcasts against the hyperparameters.
        **hyperparameters: values of the rule's hyperparameters, numbers or arrays; no range is checked.

    Returns:
        the rows of M, (M_xx, M_xv) and (M_vx, M_vv), with entries that broadcast against each other.

    Raises:
        TypeError: another kind of rule, a hyperparameter that it does not have, or a value that is no number.

    >>> from steepest import Momentum
    >>> mode_matrix(Momentum, 10.0, lr=0.125, momentum=0.75)
    ((-0.25, 0.75), (-1.25, 0.75))
    """
    subclass("rule", rule, Optimizer, "Momentum")
    _check_linear(rule)
    optimizer = copy.copy(rule())
    if unknown := sorted(hyperparameters.keys() - optimizer.hyperparameters.keys()):
        known = ", ".join(optimizer.hyperparameters)
        raise TypeError(f"{rule.__name__} has no hyperparameter {unknown[0]}; it has {known}.")
    curvature = _number_or_array("curvature", curvature)
    hyperparameters = {name: _number_or_array(name, value) for name, value in hyperparameters.items()}
    vars(optimizer).update(hyperparameters)  # set without the check of ranges, which a traced value cannot pass
    x, v = SimpleNamespace(t=1, v=0.0), SimpleNamespace(t=1, v=1.0)
    step: Callable = optimizer.step  # here it is called with numbers in place of arrays
    from_x, from_v = step(curvature, x), step(0.0, v)  # from (1, 0) and from (0, 1)
    return (1 + from_x, from_v), (x.v, v.v)


def _number_or_array(name, value):
    """A number, or an array of numbers; a traced value and a truth value as they are."""
    if isinstance(value, bool) or is_traced(value):
        return value
    numbers = array(name, value)
    return numbers if numbers.ndim else float(numbers)


@functools.cache
def _check_linear(rule):
    """Refuse a rule that a 2 × 2 matrix does not describe."""
    optimizer, first = rule(), np.random.default_rng(0).normal(size=4)
    optimizer.update({"x": np.ones(4)}, {"x": first})
    if optimizer.state["x"].keys() != {"v"}:
        raise TypeError(f"{rule.__name__} does not remember a velocity v alone, so no 2 × 2 matrix describes it.")

    def step(g, v):
        state = SimpleNamespace(t=1, v=v, w=first)
        return np.array([optimizer.step(g, state), state.v])

    one, other = first[:2], first[2:]
    if not np.allclose(step(*one) + 2 * step(*other), step(*(one + 2 * other))):
        raise TypeError(f"{rule.__name__} is not linear in the gradient and the velocity, so no matrix describes it.")


def spectral_radius(rule: type[Optimizer], curvature: ArrayLike = 1.0, **hyperparameters) -> np.ndarray:
    """The larger of the two |r| for the eigenvalues r of `mode_matrix`: the factor per step, in the long run.

    Args:
        rule, curvature: as in `mode_matrix`.
        **hyperparameters: as in `mode_matrix`, too.

    Returns:
        a number, or an array of the shape to which curvature and hyperparameters broadcast.

    >>> from steepest import Momentum
    >>> float(spectral_radius(Momentum, 1.0, lr=1.0, momentum=0.25))
    0.5
    """
    (xx, xv), (vx, vv) = mode_matrix(rule, curvature, **hyperparameters)
    middle, determinant = (xx + vv) / 2, xx * vv - xv * vx
    discriminant = middle**2 - determinant  # positive: two real roots; negative: a conjugate pair
    real = np.abs(middle) + np.sqrt(np.maximum(discriminant, 0.0))
    return np.hypot(real, np.sqrt(np.maximum(-discriminant, 0.0)))
