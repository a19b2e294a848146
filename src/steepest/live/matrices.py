"""Rules that act on whole matrices: what is recorded of the functions in `steepest.orthogonal` and `steepest.eigen`.

A compiled rule sees one entry of a parameter, or the two of a point; the functions themselves are printed as what they
do to a matrix.
"""

from typing import Any

import numpy as np
import sympy as sp

from steepest.eigen import ROUNDING, eigenvectors, power
from steepest.live.recording import NUMPY, Cells, Traced, expression
from steepest.orthogonal import frobenius, newton_schulz, orthogonalize

#: The matrix that a definition is about.
X = sp.Symbol("X")

#: The shape of a parameter, for rules that act on matrices.
ROWS, COLUMNS = sp.symbols("rows columns")


class Orthogonalize(sp.Function):
    """`orthogonalize` of a matrix, or an entry of that; the argument is the same entry before."""

    nargs = 1
    is_extended_real = True


class NewtonSchulz(sp.Function):
    """`newton_schulz` of a matrix."""

    nargs = 1


class Power(sp.Function):
    """`power` of a symmetric matrix; the second argument is the exponent."""

    nargs = 2


class Eigenvectors(sp.Function):
    """`eigenvectors` of a symmetric matrix; the second argument is the last ones."""

    nargs = 2


class Product(sp.Function):
    """The product of two matrices."""

    nargs = 2


class Transposed(sp.Function):
    """A matrix with rows for columns."""

    nargs = 1


class Reshaped(sp.Function):
    """The same numbers in another shape, which is nothing to print; the other arguments are rows and columns."""

    nargs = 3


class Total(sp.Function):
    """The sum of a matrix's entries."""

    nargs = 1


#: A rule in which one of them stands mixes the entries of a parameter.
MIXING = Orthogonalize, Power, Eigenvectors, Product, Transposed, Reshaped


class Entry(Traced):
    """An entry of a parameter: a rule may also ask for the parameter's shape, and multiply the whole of it."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if ufunc is np.matmul:
            return type(self)(Product(*map(expression, inputs)))
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        if func is np.shape:
            return Traced(ROWS), Traced(COLUMNS)
        if func is np.reshape:
            return type(self)(Reshaped(self.expr, *map(expression, args[1])))
        return self if func is np.atleast_2d else super().__array_function__(func, types, args, kwargs)

    @property
    def mT(self) -> "Entry":
        """The whole of it with rows for columns, as NumPy's arrays have it."""
        return type(self)(Transposed(self.expr))


class Matrix(Entry):
    """A whole matrix, with no more rows than columns: for formulas that are printed and not compiled."""

    shape = 1, 1

    def __array_function__(self, func, types, args, kwargs):
        known = {np.sum: Matrix(Total(self.expr)), np.shape: self.shape}
        return known[func] if func in known else super().__array_function__(func, types, args, kwargs)

    def reshape(self, _: Any) -> "Matrix":
        """The matrix as it is: what `orthogonalize` does to its shape is nothing to print.

        Returns:
            the matrix itself.
        """
        return self


@orthogonalize.register(Entry)
def _(x):
    return type(x)(Orthogonalize(x.expr))


@newton_schulz.register
def _(x: Matrix):
    return Matrix(NewtonSchulz(x.expr))


@frobenius.register(Matrix)
@frobenius.register(Cells)
def _(x):
    return np.sqrt(np.sum(x**2, axis=(-2, -1), keepdims=True))


@power.register
def _(A: Entry, exponent):
    return Entry(Power(A.expr, expression(exponent)))


@eigenvectors.register
def _(A: Entry, last):
    return Entry(Eigenvectors(A.expr, expression(last)))


@power.register
def _(A: Cells, exponent):
    if A.size == 1:
        return _powers(A, A, exponent)
    (high, low), axes = _eigenvalues(A), _axes(A)
    return axes * array_of([[_powers(high, high, exponent), _powers(low, high, exponent)]]) @ axes.mT


def _powers(value, largest, exponent):
    """A power of an eigenvalue, or zero if it is next to zero."""
    return np.where(value > ROUNDING * largest, value**exponent, 0.0)


@eigenvectors.register
def _(A: Cells, last):
    if A.size == 1:
        return np.where(A > 0, 1.0, 0.0)
    first, turned = _axes(A), A @ last
    x, y = (
        np.where(np.sum(np.abs(last)) > 0, turned[i, 0] / np.hypot(turned[0, 0], turned[1, 0]), first[i, 0])
        for i in (0, 1)
    )
    vectors = array_of([[x, -y], [y, x]])
    along = np.sum(vectors * (A @ vectors), axis=0, keepdims=True)
    vectors = np.where(along > ROUNDING * np.sum(along), vectors, 0.0)
    return np.where(np.sum(vectors, axis=0, keepdims=True) < 0, -vectors, vectors)


def _eigenvalues(A):
    """Both eigenvalues of a symmetric 2 × 2 matrix, the larger first; not a number, the smaller, if both are zero."""
    (a, b), (_, c) = A
    high = (a + c) / 2 + np.hypot((a - c) / 2, b)
    return high, a / high * c - b / high * b


def _axes(A):
    """The eigenvectors of a symmetric 2 × 2 matrix in columns, in the order of `_eigenvalues`."""
    (a, b), (_, c) = A
    angle = np.arctan2(2 * b, a - c) / 2
    return array_of([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def array_of(rows: Any) -> Cells:
    """Traced values as a matrix.

    Args:
        rows: a list of lists.

    Returns:
        an array of objects.
    """
    cells = np.empty((len(rows), len(rows[0])), dtype=object)
    for place in np.ndindex(cells.shape):  # one by one: NumPy would look into a list of them
        cells[place] = rows[place[0]][place[1]]
    return cells.view(Cells)


def definitions() -> list[tuple[sp.Expr, sp.Expr]]:
    """What `orthogonalize` and `newton_schulz` do to a matrix `X`, as formulas.

    Returns:
        for each a pair of the call and the expression that it stands for.
    """
    return [(call(Matrix(X)).expr, call.dispatch(object)(Matrix(X)).expr) for call in (orthogonalize, newton_schulz)]


NUMPY |= {
    Orthogonalize: orthogonalize,
    Power: power,
    Eigenvectors: eigenvectors,
    Product: np.matmul,
    Transposed: lambda x: x.mT,
    Reshaped: lambda x, *shape: np.reshape(x, [int(length) for length in shape]),
}
