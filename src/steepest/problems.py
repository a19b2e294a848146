"""Problems: small models on data, with gradients derived by hand. The data sets are in `steepest.datasets`.

A problem knows its data and its model. ``loss(params)`` and ``gradient(params)`` are means over the whole data set;
given ``rows``, the numbers of some examples, they are means over those. Parameters are dictionaries of
arrays, as `Optimizer.update` takes them.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from steepest.arguments import array, function, instance, operand, real, whole

ALL = slice(None)
#: What rows of the data can be chosen by.
Rows = slice | Sequence[int] | np.ndarray


def _examples(X, y, dtype):
    """X and y as arrays, checked to be a table of examples and one target of the given type for each."""
    X, y = array("X", X), np.asarray(y)
    if X.ndim != 2 or len(X) == 0 or y.shape != X.shape[:1]:
        raise ValueError(
            f"X must have shape (n, d), with n at least 1, and y shape (n,); their shapes are {X.shape} and {y.shape}."
        )
    if not np.can_cast(y.dtype, dtype, "same_kind"):
        what = "whole numbers, the classes" if np.issubdtype(dtype, np.integer) else "real numbers"
        raise TypeError(f"y must hold {what}, not {y.dtype} values.")
    return X, y.astype(dtype, copy=False)


def _taken(name, params, shapes, many=False):
    """The arrays of parameters, or of a direction in their space, in the order of their shapes.

    Args:
        name: what the dictionary is called, for messages.
        params: arrays by name.
        shapes: the shape that each must have, by name.
        many: whether they may have leading axes, those of many models at once.
    """
    instance(name, params, Mapping)
    if missing := [key for key in shapes if key not in params]:
        raise ValueError(f"{name} must have arrays {', '.join(shapes)}, and {missing[0]} is missing.")
    arrays = [operand(f"{name}[{key!r}]", params[key]) for key in shapes]
    for (key, shape), w in zip(shapes.items(), arrays, strict=True):
        if (w.shape[-len(shape) :] if many else w.shape) != shape:
            wanted = f"(..., {', '.join(map(str, shape))})" if many else shape
            raise ValueError(f"{name}[{key!r}] must have shape {wanted}, not {w.shape}.")
    return arrays


def _chosen(rows, *data):
    """The rows of each array of data that a slice chooses, or a list of their numbers, or a truth value for each."""
    n = len(data[0])
    if isinstance(rows, slice):
        how_many = len(range(n)[rows])
    else:
        try:
            index = np.asarray(rows)
        except ValueError:  # rows of different lengths
            index = np.array(None)
        how_many = index.size
        if index.ndim != 1 or (how_many and index.dtype.kind not in "iub"):
            raise TypeError(f"rows must be a slice or a list of the numbers of examples, not {rows!r}.")
        if index.dtype.kind == "b":
            if how_many != n:
                raise ValueError(f"rows must have {n} truth values, one for each example, not {how_many}.")
            how_many = np.count_nonzero(index)
        elif how_many and not -n <= index.min() <= index.max() < n:
            raise ValueError(f"rows must hold numbers below {n}, those of examples, not {rows!r}.")
    if how_many == 0:
        raise ValueError(f"rows must choose at least one example, not {rows!r}.")
    return [array[rows] for array in data]


def _vector(params, X):
    """The parameters as the vector w of a linear model of inputs X."""
    return _taken("params", params, {"w": X.shape[1:]})[0]


class Problem(Protocol):
    """What `steepest.descent.train` trains: a model with its data."""

    @property
    def n(self) -> int:
        """The number of examples."""
        ...

    def init(self, seed: int = 0) -> dict:
        """The first parameters, by name.

        Returns:
            a dictionary of arrays.
        """
        ...

    def loss(self, params: dict, rows: Rows = ALL) -> float:
        """The mean loss over the rows.

        Returns:
            a number.
        """
        ...

    def gradient(self, params: dict, rows: Rows = ALL) -> dict:
        """The gradient of the mean loss over the rows, by parameter.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        ...


class LinearRegression:
    """Half the mean squared error of a linear model with intercept.

        loss(w) = 1/(2n) ‖Xw − y‖²,   gradient = 1/n Xᵀ(Xw − y)

    Args:
        X: inputs, shape (n, d).
        y: targets, shape (n,).

    Parameters: ``w``, shape (d + 1,), the intercept last.
    """

    def __init__(self, X: ArrayLike, y: ArrayLike):
        X, self.y = _examples(X, y, float)
        self.X = np.column_stack([X, np.ones(len(X))])

    @property
    def n(self) -> int:
        """The number of examples."""
        return len(self.y)

    def init(self, seed: int = 0) -> dict:
        """The parameters to start from: zeros, whatever the seed, since the loss is convex.

        Returns:
            ``w``, shape (d + 1,), in a dictionary.
        """
        return {"w": np.zeros(self.X.shape[1])}

    def loss(self, params: dict, rows: Rows = ALL) -> float:
        """The loss on some rows of the data, or on all.

        Returns:
            a number.
        """
        X, y = _chosen(rows, self.X, self.y)
        return np.mean((X @ _vector(params, self.X) - y) ** 2) / 2  # pyrefly: ignore[bad-return]

    def gradient(self, params: dict, rows: Rows = ALL) -> dict:
        """The gradient of the loss on the same rows, by parameter.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        X, y = _chosen(rows, self.X, self.y)
        return {"w": X.T @ (X @ _vector(params, self.X) - y) / len(X)}

    @functools.cached_property
    def hessian(self) -> np.ndarray:
        """The constant matrix of second derivatives XᵀX / n, of shape (d + 1, d + 1)."""
        return self.X.T @ self.X / self.n

    @functools.cached_property
    def solution(self) -> dict:
        """The minimizer, from the normal equations solved by least squares."""
        return {"w": np.linalg.lstsq(self.X, self.y, rcond=None)[0]}


class LogisticRegression:
    """Mean logistic loss of a linear model with intercept, for two classes.

        loss(w) = 1/n Σᵢ log(1 + exp(zᵢ)) − yᵢzᵢ,   z = Xw,   gradient = 1/n Xᵀ(sigmoid(z) − y)

    Args:
        X: inputs, shape (n, d).
        y: classes 0 and 1, shape (n,).

    Parameters: ``w``, shape (d + 1,), the intercept last.
    """

    def __init__(self, X: ArrayLike, y: ArrayLike):
        X, self.y = _examples(X, y, np.intp)
        if not np.all((self.y == 0) | (self.y == 1)):
            raise ValueError(f"The classes are 0 and 1, but y holds {self.y.min()} to {self.y.max()}.")
        self.X = np.column_stack([X, np.ones(len(X))])

    @property
    def n(self) -> int:
        """The number of examples."""
        return len(self.y)

    def init(self, seed: int = 0) -> dict:
        """The parameters to start from: zeros, whatever the seed, since the loss is convex.

        Returns:
            ``w``, shape (d + 1,), in a dictionary.
        """
        return {"w": np.zeros(self.X.shape[1])}

    def loss(self, params: dict, rows: Rows = ALL) -> float:
        """The loss on some rows of the data, or on all.

        Returns:
            a number.
        """
        X, y = _chosen(rows, self.X, self.y)
        z = X @ _vector(params, self.X)
        return np.mean(np.logaddexp(0, z) - y * z)  # pyrefly: ignore[bad-return]

    def gradient(self, params: dict, rows: Rows = ALL) -> dict:
        """The gradient of the loss on the same rows, by parameter.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        X, y = _chosen(rows, self.X, self.y)
        probability = np.exp(-np.logaddexp(0, -(X @ _vector(params, self.X))))  # the sigmoid, without overflow
        return {"w": X.T @ (probability - y) / len(X)}


class SoftmaxRegression:
    """Mean cross-entropy of a linear classifier.

        loss(W, b) = −1/n Σᵢ log pᵢ[yᵢ],   pᵢ = softmax(xᵢW + b)
        ∂loss/∂logitsᵢ = (pᵢ − onehot(yᵢ)) / n

    Args:
        X: inputs, shape (n, d).
        y: classes 0, 1, …, shape (n,).
        classes: how many there are; as many as occur in ``y`` where it is None.

    Parameters: ``W``, shape (d, classes), and ``b``, shape (classes,). Many models at once have leading axes in front
    of both, and ``b`` a row axis of length 1: shapes (..., d, classes) and (..., 1, classes).
    """

    def __init__(self, X: ArrayLike, y: ArrayLike, classes: int | None = None):
        self.X, self.y = _examples(X, y, np.intp)
        self.classes = int(self.y.max()) + 1 if classes is None else whole("classes", classes, 1)
        if not 0 <= self.y.min() <= self.y.max() < self.classes:
            raise ValueError(
                f"The classes are numbered 0 to {self.classes - 1}, but y holds {self.y.min()} to {self.y.max()}."
            )

    @property
    def n(self) -> int:
        """The number of examples."""
        return len(self.y)

    def init(self, seed: int = 0) -> dict:
        """The parameters to start from: zeros, whatever the seed, since the loss is convex.

        Returns:
            ``W`` and ``b``, of one model, in a dictionary.
        """
        return {"W": np.zeros((self.X.shape[1], self.classes)), "b": np.zeros(self.classes)}

    def logits(self, params: dict, X: np.ndarray) -> np.ndarray:
        """The scores of each class.

        Args:
            params: those of one model, or of many.
            X: inputs, shape (rows of X, d).

        Returns:
            an array of shape (..., rows of X, classes).
        """
        W, b = self._taken(params)
        return array("X", X, last=self.X.shape[1]) @ W + b

    def loss(self, params: dict, rows: Rows = ALL) -> float:
        """The loss on some rows of the data, or on all; for many models an array of shape (...).

        Returns:
            a number; for many models an array of shape (...).
        """
        X, y = _chosen(rows, self.X, self.y)
        return _cross_entropy(self.logits(params, X), y)

    def gradient(self, params: dict, rows: Rows = ALL) -> dict:
        """The gradient of the loss on the same rows, by parameter.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        X, y = _chosen(rows, self.X, self.y)
        d_logits = _d_cross_entropy(self.logits(params, X), y)
        return {"W": X.T @ d_logits, "b": _sum_of_rows(d_logits, np.shape(params["b"]))}

    def accuracy(self, params: dict, X: ArrayLike | None = None, y: ArrayLike | None = None) -> float:
        """The fraction of examples classified right, of the data or of others, given both X and y.

        Returns:
            a number in [0, 1]; for many models an array of shape (...).
        """
        if (X is None) != (y is None):
            raise TypeError("Give both X and y, or neither.")
        X, y = (self.X, self.y) if X is None or y is None else (array("X", X, last=self.X.shape[1]), array("y", y))
        if X.ndim != 2 or y.shape != X.shape[:1]:
            raise ValueError(f"X must have shape (n, d) and y shape (n,); their shapes are {X.shape} and {y.shape}.")
        return np.mean(self.logits(params, X).argmax(axis=-1) == y, axis=-1)

    @property
    def _shapes(self):
        """The shapes of the parameters of one model, by name."""
        return {"W": (self.X.shape[1], self.classes), "b": (self.classes,)}

    def _taken(self, params, name="params"):
        """The arrays of parameters, or of a direction, in the order of `_shapes`."""
        return _taken(name, params, self._shapes, many=True)


class TwoLayerNetwork(SoftmaxRegression):
    """Mean cross-entropy of a network with one hidden layer of tanh units.

        a = tanh(XV + c),   logits = aW + b
        ∂loss/∂(XV + c) = (∂loss/∂logits Wᵀ) ⊙ (1 − a²)

    Args:
        X: inputs, shape (n, d).
        y: classes 0, 1, …, shape (n,).
        classes: how many there are; as many as occur in ``y`` where it is None.
        hidden: the number of hidden units.

    Parameters: ``V``, shape (d, hidden); ``c``, shape (hidden,); ``W``, shape (hidden, classes); ``b``,
    shape (classes,). Many networks at once have leading axes, as in `SoftmaxRegression`.
    """

    def __init__(self, X: ArrayLike, y: ArrayLike, classes: int | None = None, *, hidden: int = 32):
        super().__init__(X, y, classes)
        self.hidden = whole("hidden", hidden, 1)

    def init(self, seed: int = 0) -> dict:
        """Weights of variance 1 / inputs of their layer (LeCun et al. 1998), biases zero.

        Returns:
            ``V``, ``c``, ``W`` and ``b``, of one network, in a dictionary.
        """
        rng, d = np.random.default_rng(whole("seed", seed)), self.X.shape[1]
        return {
            "V": rng.normal(size=(d, self.hidden)) / np.sqrt(d),
            "c": np.zeros(self.hidden),
            "W": rng.normal(size=(self.hidden, self.classes)) / np.sqrt(self.hidden),
            "b": np.zeros(self.classes),
        }

    def logits(self, params: dict, X: np.ndarray) -> np.ndarray:
        """The scores of each class.

        Args:
            params: those of one network, or of many.
            X: inputs, shape (rows of X, d).

        Returns:
            an array of shape (..., rows of X, classes).
        """
        V, c, W, b = self._taken(params)
        return np.tanh(array("X", X, last=self.X.shape[1]) @ V + c) @ W + b

    def gradient(self, params: dict, rows: Rows = ALL) -> dict:
        """The gradient of the loss on the same rows, by parameter.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        (X, y), (V, c, W, b) = _chosen(rows, self.X, self.y), self._taken(params)
        a = np.tanh(X @ V + c)
        d_logits = _d_cross_entropy(a @ W + b, y)
        d_hidden = d_logits @ W.mT * (1 - a**2)
        return {
            "V": X.T @ d_hidden,
            "c": _sum_of_rows(d_hidden, c.shape),
            "W": a.mT @ d_logits,
            "b": _sum_of_rows(d_logits, b.shape),
        }

    def hessian_product(self, params: dict, direction: dict, rows: Rows = ALL) -> dict:
        """The Hessian of the loss on the same rows times a direction, by parameter, of one network.

        Each line of the gradient is differentiated in that direction; a prime, here an underscore, marks the result.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        X, y = _chosen(rows, self.X, self.y)
        (V, c, W, b), (V_, c_, W_, b_) = self._taken(params), self._taken(direction, "direction")
        a = np.tanh(X @ V + c)
        a_ = (1 - a**2) * (X @ V_ + c_)
        logits, logits_ = a @ W + b, a_ @ W + a @ W_ + b_
        d_logits = _d_cross_entropy(logits, y)
        p = _softmax(logits)
        d_logits_ = p * (logits_ - np.sum(p * logits_, axis=-1, keepdims=True)) / len(X)
        d_a, d_a_ = d_logits @ W.T, d_logits_ @ W.T + d_logits @ W_.T
        d_hidden_ = (1 - a**2) * d_a_ - 2 * a * a_ * d_a
        return {
            "V": X.T @ d_hidden_,
            "c": d_hidden_.sum(axis=0),
            "W": a_.T @ d_logits + a.T @ d_logits_,
            "b": d_logits_.sum(axis=0),
        }

    @property
    def _shapes(self):
        d, h = self.X.shape[1], self.hidden
        return {"V": (d, h), "c": (h,), "W": (h, self.classes), "b": (self.classes,)}


class CurveNetwork:
    """Half the mean squared error of a small network that fits a curve: two hidden layers of tanh units.

        p = tanh(x b + c),   q = tanh(p M),   loss(w) = 1/2n Σᵢ rᵢ²,   r = q a − y

    It is small enough to be trained in a page, and to compute its whole Hessian.

    Args:
        x: inputs, shape (n,).
        y: targets, shape (n,).
        hidden: h, the number of units in each hidden layer.

    Parameters: ``w``, shape (h² + 3h,): a, M row by row, b and c, one after another.

    >>> network = CurveNetwork([-1.0, 0.0, 1.0], [1.0, -1.0, 1.0], hidden=2)
    >>> params = network.init(seed=0)
    >>> params["w"].shape, network.gradient(params)["w"].shape
    ((10,), (10,))
    """

    def __init__(self, x: ArrayLike, y: ArrayLike, *, hidden: int = 5):
        X, self.y = _examples(array("x", x).reshape(-1, 1), y, float)
        self.x, self.hidden = X[:, 0], whole("hidden", hidden, 1)

    @property
    def n(self) -> int:
        """The number of examples."""
        return len(self.y)

    def init(self, seed: int = 0) -> dict:
        """Weights of variance 9/4 over inputs of their layer; the biases c, too, so that the units differ.

        Returns:
            ``w``, shape (h² + 3h,), in a dictionary.
        """
        h, rng = self.hidden, np.random.default_rng(whole("seed", seed))
        scale = 1.5 * np.concatenate([np.full(h + h * h, 1 / np.sqrt(h)), np.ones(2 * h)])
        return {"w": scale * rng.normal(size=scale.shape)}

    def outputs(self, params: dict, x: np.ndarray) -> np.ndarray:
        """What the network makes of inputs.

        Args:
            params: those of one network.
            x: inputs, shape (how many,).

        Returns:
            an array of shape (how many,).
        """
        a, M, b, c = self._layers(self._w(params))
        x = operand("x", x)
        return np.tanh(np.tanh(x[:, None] * b + c) @ M) @ a

    def loss(self, params: dict, rows: Rows = ALL) -> float:
        """The loss on some rows of the data, or on all.

        Returns:
            a number.
        """
        x, y = _chosen(rows, self.x, self.y)
        return np.mean((self.outputs(params, x) - y) ** 2) / 2  # pyrefly: ignore[bad-return]

    def gradient(self, params: dict, rows: Rows = ALL) -> dict:
        """The gradient of the loss on the same rows, by parameter.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        x, y = _chosen(rows, self.x, self.y)
        return {"w": self.gradient_at(x, y, self._w(params))}

    def gradient_at(self, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
        """The gradient of the loss on the examples (x, y), both of shape (how many,).

        Returns:
            an array of w's shape.
        """
        a, M, b, c = self._layers(w)
        p = np.tanh(x[:, None] * b + c)
        q = np.tanh(p @ M)
        r = q @ a - y
        d_u = (1 - q**2) * (r[:, None] * a)
        d_z = (1 - p**2) * (d_u @ M.T)
        return np.concatenate([r @ q, (p.T @ d_u).reshape(-1), x @ d_z, np.sum(d_z, axis=0)]) / len(x)

    def hessian_product(self, params: dict, direction: dict, rows: Rows = ALL) -> dict:
        """The Hessian of the loss on the same rows times a direction, by parameter, at the cost of a few gradients.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        (x, y), w, v = _chosen(rows, self.x, self.y), self._w(params), self._w(direction, "direction")
        return {"w": self.hessian_product_at(x, y, w, v)}

    def hessian_product_at(self, x: np.ndarray, y: np.ndarray, w: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The Hessian of the loss on the examples (x, y), times v: how the gradient changes as w moves along v.

        Each line of `gradient_at` is differentiated in that direction; a prime marks the result.

        Returns:
            an array of w's shape.
        """
        a, M, b, c = self._layers(w)
        a_, M_, b_, c_ = self._layers(v)
        p = np.tanh(x[:, None] * b + c)
        q = np.tanh(p @ M)
        r = q @ a - y
        p_ = (1 - p**2) * (x[:, None] * b_ + c_)
        q_ = (1 - q**2) * (p_ @ M + p @ M_)
        r_ = q_ @ a + q @ a_
        d_q, d_q_ = r[:, None] * a, r_[:, None] * a + r[:, None] * a_
        d_u, d_u_ = (1 - q**2) * d_q, (1 - q**2) * d_q_ - 2 * q * q_ * d_q
        d_p, d_p_ = d_u @ M.T, d_u_ @ M.T + d_u @ M_.T
        d_z_ = (1 - p**2) * d_p_ - 2 * p * p_ * d_p
        d_M_ = p_.T @ d_u + p.T @ d_u_
        return np.concatenate([r_ @ q + r @ q_, d_M_.reshape(-1), x @ d_z_, np.sum(d_z_, axis=0)]) / len(x)

    def _w(self, params, name="params"):
        """The parameters, or a direction, as one vector."""
        return _taken(name, params, {"w": (self.hidden**2 + 3 * self.hidden,)})[0]

    def _layers(self, w):
        """The parameters by layer: a, M, b and c."""
        h = self.hidden
        return w[:h], w[h : h + h * h].reshape(h, h), w[-2 * h : -h], w[-h:]


def _cross_entropy(logits, y):
    """The mean of −log p of the right classes, shape (...); logits have shape (..., n, classes)."""
    logits = logits - logits.max(axis=-1, keepdims=True)  # leaves the softmax as it is and keeps exp finite
    return np.mean(np.log(np.exp(logits).sum(axis=-1)) - logits[..., np.arange(len(y)), y], axis=-1)


def _d_cross_entropy(logits, y):
    """The gradient of `_cross_entropy` with respect to the logits, of their shape."""
    p = _softmax(logits)
    p[..., np.arange(len(y)), y] -= 1
    return p / len(y)


def _softmax(logits):
    """The probabilities of the classes, of the logits' shape."""
    p = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def _sum_of_rows(d, shape):
    """The gradient of a bias of some shape, with a row axis or without; every row of a batch shares the bias."""
    return d.sum(axis=-2).reshape(shape)


def minibatches(n: int, batch_size: int, seed: int = 0, *, shuffle: bool = True) -> Iterator[np.ndarray]:
    """Row numbers of one minibatch after another, without end; each epoch meets every row once.

    Args:
        n: the number of rows.
        batch_size: rows in a minibatch, 1 to n; the last one of an epoch has what is left.
        seed: of the shuffles.
        shuffle: whether each epoch has a new random order, or all have the rows' own.

    Returns:
        an iterator over arrays of row numbers, shape (batch_size,) or shorter.

    Raises:
        TypeError, ValueError: a batch size that is not a whole number in its range.

    >>> from itertools import islice
    >>> [rows.tolist() for rows in islice(minibatches(5, 2, shuffle=False), 4)]
    [[0, 1], [2, 3], [4], [0, 1]]
    """
    n = whole("n", n, 1)
    batch_size = whole("batch_size", batch_size, 1, n)
    rng = np.random.default_rng(whole("seed", seed))

    def draw():
        while True:
            rows = rng.permutation(n) if shuffle else np.arange(n)
            for first in range(0, n, batch_size):
                yield rows[first : first + batch_size]

    return draw()


def example_gradients(problem: Problem, params: dict) -> np.ndarray:
    """The gradient of every single example at the same parameters.

    Args:
        problem: what this module has, or an object with the same ``n`` and ``gradient``.
        params: the parameters, by name.

    Returns:
        an array of shape (n, number of parameters), in each row the gradient's arrays one after another, flattened.

    >>> from steepest.datasets import diabetes
    >>> problem = diabetes()
    >>> example_gradients(problem, problem.solution).shape
    (442, 11)
    """
    instance("problem", problem, "gradient")
    instance("params", params, Mapping)
    each = (problem.gradient(params, [i]) for i in range(problem.n))
    return np.stack([np.concatenate([g.ravel() for g in grads.values()]) for grads in each])


def central_difference(f: Callable[[np.ndarray], float], w: ArrayLike, h: float = 1e-5) -> np.ndarray:
    """The gradient of ``f`` at ``w`` by central differences: (f(w + heᵢ) − f(w − heᵢ)) / 2h for each coordinate.

    Args:
        f: a function of an array of w's shape that returns a number.
        w: the point, an array of any shape.
        h: half the distance between the two points, in units of w. The error is about h²|f‴|/6 from the
            formula and 1e-16 |f| / h from rounding, so that h near 1e-5 is best where f and f‴ are near 1.

    Returns:
        an array of w's shape.

    Raises:
        TypeError: no function, or one that returns no number.
        ValueError: a function that returns several numbers.

    >>> central_difference(lambda w: w[0] ** 2 + 3 * w[1], np.array([2.0, 1.0])).round(6)
    array([4., 3.])
    """
    function("f", f)
    w, h = array("w", w), real("h", h)

    def value(w):
        found = array("f(w)", f(w))
        if found.ndim:
            raise ValueError(f"f(w) must be one number, not an array of shape {found.shape}.")
        return found

    gradient = np.empty_like(w)
    for i in np.ndindex(w.shape):
        e = np.zeros_like(w)
        e[i] = h
        gradient[i] = (value(w + e) - value(w - e)) / (2 * h)
    return gradient
