"""Small problems, made by hand, on which adaptive optimizers end in the wrong place."""

import numpy as np
from numpy.typing import ArrayLike

from steepest.arguments import array, instance, real, several, whole
from steepest.optimizers import Optimizer
from steepest.problems import LinearRegression


def rare_gradient(steps: int, *, period: int = 3, large: float = 3.0, small: float = 1.0) -> np.ndarray:
    """A stream of gradients on a line: one large, then some small ones the other way, and again.

    The losses are fₜ(x) = large · x at t = 1, 1 + period, 1 + 2 period, …, and −small · x at all other t. On [−1, 1]
    the sum of them is smallest at −1 as soon as large > (period − 1) small.

    Args:
        steps: how many gradients.
        period: steps from one large gradient to the next, 1 or more.
        large, small: the sizes of the gradients.

    Returns:
        the gradients, shape (steps,).

    Source: Reddi, Kale and Kumar, "On the convergence of Adam and beyond" (2018), theorem 1 (period 3) and section 5
    (period 101, large 1010, small 10).

    >>> rare_gradient(7)
    array([ 3., -1., -1.,  3., -1., -1.,  3.])
    """
    steps, period = whole("steps", steps), whole("period", period, 1)
    return np.where(np.arange(steps) % period == 0, real("large", large), -real("small", small))


def race(optimizer: Optimizer, gradients: ArrayLike, *, start: float = 0.0) -> np.ndarray:
    """Run an optimizer on a stream of gradients, with the learning rate η/√t of the regret bounds.

    After each step the position is put back into [−1, 1]: without this projection the bounds do not hold, and the
    wrong end is infinitely far away.

    Args:
        optimizer: any `steepest.optimizers.Optimizer`; its ``lr`` is η, the learning rate of the first step.
        gradients: shape (steps, ...), one for each step and each of many runs. They do not depend on the position.
            Hyperparameters must broadcast against shape (...).
        start: where all runs start.

    Returns:
        the positions, shape (steps + 1, ...), entry 0 the start.

    >>> from steepest import GradientDescent
    >>> race(GradientDescent(lr=0.1), rare_gradient(4))
    array([ 0.        , -0.3       , -0.22928932, -0.17155429, -0.32155429])
    """
    instance("optimizer", optimizer, Optimizer)
    optimizer, gradients = optimizer.fresh(), array("gradients", several("gradients", gradients))
    lr, x = optimizer.lr, np.full(gradients.shape[1:], real("start", start))
    positions = [x.copy()]
    for t, g in enumerate(gradients, start=1):
        optimizer.lr = lr / np.sqrt(t)
        optimizer.update({"x": x}, {"x": g})
        np.clip(x, -1, 1, out=x)
        positions.append(x.copy())
    return np.array(positions)


def one_telling_feature(n: int = 60, n_test: int = 60, seed: int = 0) -> tuple[LinearRegression, LinearRegression]:
    """Two classes, −1 and 1, told apart by one feature, among many that single examples have for themselves.

    Example i of class yᵢ has the features yᵢ and 1 (and the intercept, another 1), and then one feature of value 1
    if yᵢ = 1, or five if yᵢ = −1, which no other example has. Two thirds of the examples are of class 1.

    Args:
        n, n_test: how many examples to train and to test on, multiples of 3.
        seed: of the order of the classes.

    Returns:
        two problems with the same parameters, the `LinearRegression` of the training examples and of the others.

    Source: Wilson et al., "The marginal value of adaptive gradient methods in machine learning" (2017), section 3.3.

    >>> train, test = one_telling_feature(n=3, n_test=3)
    >>> train.y, train.X.shape
    (array([-1.,  1.,  1.]), (3, 33))
    """
    n, n_test = whole("n", n, 3), whole("n_test", n_test, 3)
    rng, examples = np.random.default_rng(whole("seed", seed)), n + n_test
    if n % 3 or n_test % 3:
        raise ValueError(f"Two thirds are of class 1, so n and n_test must be multiples of 3, not {n} and {n_test}.")
    y = np.concatenate([rng.permutation(np.repeat([1.0, 1.0, -1.0], count // 3)) for count in (n, n_test)])
    own = np.zeros((examples, examples, 5))
    for i in range(examples):
        own[i, i, : 1 if y[i] == 1 else 5] = 1
    X = np.column_stack([y, np.ones(examples), own.reshape(examples, -1)])
    return LinearRegression(X[:n], y[:n]), LinearRegression(X[n:], y[n:])
