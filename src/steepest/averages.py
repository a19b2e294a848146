"""Averages of the parameters that a run passes: with what weight the newest ones enter.

At each step the average a moves towards the parameters w by a fraction of the way, a ← a + c (w − a). An average is the
function of the step t = 1, 2, … that returns the fraction c. At the first step it is 1: the average begins with w.
`steepest.descent.train` and `steepest.descent.sweep` take one, and then measure the loss at the average.
"""

import math
from collections.abc import Callable

from steepest.arguments import of_steps, real, whole


def uniform() -> Callable[[int], float]:
    """The mean of all parameters so far: c = 1 / t.

    Returns:
        the average, a function of the step.

    >>> average = uniform()
    >>> [round(average(t), 3) for t in range(1, 5)]
    [1.0, 0.5, 0.333, 0.25]
    """
    return of_steps(lambda t: 1 / t)


def exponential(decay: float) -> Callable[[int], float]:
    """An exponential moving average, corrected for its start as Adam's are: c = (1 − β) / (1 − βᵗ).

    Args:
        decay: β in [0, 1), the fraction of the average kept at each step in the long run.

    Returns:
        the average, a function of the step.

    >>> average = exponential(0.5)
    >>> [round(average(t), 3) for t in range(1, 5)]
    [1.0, 0.667, 0.571, 0.533]
    """
    decay = real("decay", decay, 0, math.nextafter(1, 0))
    return of_steps(lambda t: (1 - decay) / (1 - decay**t))


def tail(start: int) -> Callable[[int], float]:
    """The mean of the parameters after a step, and the newest ones until then: c = 1 / (t − start).

    Args:
        start: the last step that is left out, 0 or later.

    Returns:
        the average, a function of the step.

    >>> average = tail(2)
    >>> [round(average(t), 3) for t in range(1, 6)]
    [1.0, 1.0, 1.0, 0.5, 0.333]
    """
    start = whole("start", start)
    return of_steps(lambda t: 1 / (t - start) if t > start else 1.0)


def polynomial(order: float) -> Callable[[int], float]:
    """A mean in which the parameters of step i weigh about as much as i to a power: c = (k + 1) / (t + k).

    Its memory is always about the last 1 / (k + 1) of the run, however long the run is.

    Args:
        order: k in [0, ∞), the power; with 0 all weigh the same.

    Returns:
        the average, a function of the step.

    >>> average = polynomial(1)
    >>> [round(average(t), 3) for t in range(1, 5)]
    [1.0, 0.667, 0.5, 0.4]

    Source: Shamir and Zhang, "Stochastic gradient descent for non-smooth optimization" (2013), section 4.
    """
    order = real("order", order, 0)
    return of_steps(lambda t: (order + 1) / (t + order))
