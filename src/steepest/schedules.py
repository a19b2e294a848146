"""Schedules: by what factor to multiply the learning rate at each step.

A schedule is a function of the step t = 1, 2, …, so the product of two is written as one: ``lambda t: a(t) * b(t)``.
`steepest.descent.train` and `steepest.descent.sweep` take one.
"""

import math
from collections.abc import Callable

from steepest.arguments import function, of_steps, real, whole


def steps_down(*milestones, factor: float = 0.1) -> Callable[[int], float]:
    """Multiply by a factor once for each milestone that has been passed: the step schedule.

    Args:
        milestones: the steps after which the learning rate falls.
        factor: what it is multiplied by.

    Returns:
        the schedule, a function of the step.

    >>> schedule = steps_down(2, 4)
    >>> [round(schedule(t), 3) for t in range(1, 6)]
    [1.0, 1.0, 0.1, 0.1, 0.01]
    """
    ends, factor = [whole("A milestone", step) for step in milestones], real("factor", factor)
    return of_steps(lambda t: factor ** sum(t > end for end in ends))


def cosine(steps: int) -> Callable[[int], float]:
    """Half a wave of a cosine, from 1 at the first step to nearly 0 at the last.

    Args:
        steps: how many steps the run has, 1 or more. The factor stays at 0 after them.

    Returns:
        the schedule, a function of the step.

    >>> schedule = cosine(4)
    >>> [round(schedule(t), 3) for t in range(1, 6)]
    [1.0, 0.854, 0.5, 0.146, 0.0]

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), equation (5), without
    the restarts and down to 0.
    """
    steps = whole("steps", steps, 1)
    return of_steps(lambda t: (1 + math.cos(math.pi * min(t - 1, steps) / steps)) / 2)


def warmup(steps: int, then: Callable[[int], float] = lambda t: 1.0) -> Callable[[int], float]:
    """Rise in a straight line to the full learning rate, times another schedule.

    Args:
        steps: at which step the full learning rate is reached, 1 or later.
        then: the schedule to multiply by.

    Returns:
        the schedule, a function of the step.

    >>> schedule = warmup(4, then=steps_down(5))
    >>> [round(schedule(t), 3) for t in range(1, 7)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.1]

    Source: Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour" (2017), section 2.2.
    """
    steps, then = whole("steps", steps, 1), function("then", then)
    return of_steps(lambda t: min(t / steps, 1.0) * real(f"then({t})", then(t)))
