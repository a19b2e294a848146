"""The data sets of the course, from files or made up, and most with the model that the chapters fit to them."""

import functools
import gzip
from importlib.resources import files

import numpy as np

from steepest.arguments import whole
from steepest.problems import CurveNetwork, LinearRegression, LogisticRegression, SoftmaxRegression, TwoLayerNetwork


@functools.cache
def _table(name):
    """The numbers of a file in the folder `data`, whose README has the sources: inputs, and the targets."""
    with gzip.open(files("steepest") / "data" / f"{name}.csv.gz") as file:  # pyrefly: ignore[bad-argument-type]
        rows = np.loadtxt(file, delimiter=",", skiprows=1)
    rows.flags.writeable = False  # every caller gets the same arrays, so none may change them
    return rows[:, :-1], rows[:, -1]


def diabetes(*, standardize: bool = True) -> LinearRegression:
    """Linear regression on the diabetes data of Efron et al. (2004): 442 patients, 10 measurements.

    Args:
        standardize: whether each measurement is brought to mean 0 and standard deviation 1. The raw ones have
            their units, and scales from 0.5 to 35.

    Returns:
        the `LinearRegression`, with n = 442 and d = 10.
    """
    X, y = _table("diabetes")
    if standardize:
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    return LinearRegression(X, y)


def bag_of_words(n: int = 5000, n_test: int = 2000, *, words: int = 1000, seed: int = 0) -> tuple:
    """Made-up documents in two classes: which words occur tells the class, and most words are rare.

    A document is the set of 20 words drawn at random, word j with a probability proportional to 1/j (Zipf's
    law). The words' weights are drawn from a normal distribution of standard deviation 1, whatever their frequency; the
    class is 1 with probability sigmoid(sum of the weights of its words).

    Args:
        n, n_test: how many documents to train and to test on.
        words: how many words there are, the most frequent first.
        seed: of weights, documents and classes.

    Returns:
        the `LogisticRegression` of the training documents, that of the others, and the weights, of shape (words + 1,),
        the last one the intercept, 0.

    >>> train, test, weights = bag_of_words()
    >>> train.X.shape, weights.shape
    ((5000, 1001), (1001,))
    """
    n, n_test, words = whole("n", n, 1), whole("n_test", n_test, 1), whole("words", words, 1)
    rng = np.random.default_rng(whole("seed", seed))
    weights = np.append(rng.normal(size=words), 0.0)
    frequency = 1 / np.arange(1, words + 1)
    drawn = rng.choice(words, size=(n + n_test, 20), p=frequency / frequency.sum())
    X = np.zeros((n + n_test, words))
    np.put_along_axis(X, drawn, 1.0, axis=1)
    y = rng.random(n + n_test) < 1 / (1 + np.exp(-X @ weights[:-1]))
    return LogisticRegression(X[:n], y[:n].astype(int)), LogisticRegression(X[n:], y[n:].astype(int)), weights


@functools.cache
def _digits():
    """All inputs, scaled to [0, 1], and classes, in the fixed random order: X and y, which nobody may change."""
    X, y = _table("digits")
    order = np.random.default_rng(0).permutation(len(y))
    X, y = X[order] / 16, y[order].astype(int)
    X.flags.writeable = y.flags.writeable = False  # every caller gets the same arrays, so none may change them
    return X, y


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The handwritten digits of Alpaydin and Kaynak (1998), 8 × 8 pixels scaled to [0, 1], in a fixed random order.

    Returns:
        X and y, 1,500 examples to train on, shapes (1500, 64) and (1500,); then X_test and y_test, the 297 others.
    """
    X, y = _digits()
    return X[:1500], y[:1500], X[1500:], y[1500:]


def digits_softmax() -> SoftmaxRegression:
    """Softmax regression on the 1,500 training digits.

    Returns:
        the `SoftmaxRegression`, with n = 1500, d = 64 and 10 classes.
    """
    return SoftmaxRegression(*digits()[:2])


def digits_network(hidden: int = 32) -> TwoLayerNetwork:
    """The two-layer network on the 1,500 training digits.

    Returns:
        the `TwoLayerNetwork`, with n = 1500, d = 64 and 10 classes.
    """
    return TwoLayerNetwork(*digits()[:2], hidden=hidden)


def wave() -> CurveNetwork:
    """A network with 40 parameters that fits Chebyshev's polynomial T₅ at 16 places from −1 to 1.

    Cohen et al. (2021) fit such polynomials to show the edge of stability.

    Returns:
        the `CurveNetwork`.
    """
    x = np.linspace(-1, 1, 16)
    return CurveNetwork(x, np.cos(5 * np.arccos(x)))
