"""Rules that act on whole matrices: what is recorded of the functions in `steepest.orthogonal`.

A compiled rule sees one entry of a parameter, or the two of a point; the functions themselves are printed as what they
do to a matrix.
"""

from typing import Any

import numpy as np
import sympy as sp

from steepest.live.recording import NUMPY, Cells, Traced, expression, multiply
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


class Transposed(sp.Function):
    """A matrix with rows for columns."""

    nargs = 1


class Total(sp.Function):
    """The sum of a matrix's entries."""

    nargs = 1


class Entry(Traced):
    """An entry of a parameter: a rule may also ask for the parameter's shape, and orthogonalize the whole of it."""

    def __array_function__(self, func, types, args, kwargs):
        if func is np.shape:
            return Traced(ROWS), Traced(COLUMNS)
        return self if func is np.atleast_2d else super().__array_function__(func, types, args, kwargs)


class Matrix(Traced):
    """A whole matrix, with no more rows than columns: for formulas that are printed and not compiled."""

    shape = 1, 1

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if ufunc is np.matmul:
            return Matrix(multiply(*map(expression, inputs)))
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        known = {np.sum: Matrix(Total(self.expr)), np.atleast_2d: self, np.shape: self.shape}
        return known[func] if func in known else super().__array_function__(func, types, args, kwargs)

    @property
    def mT(self) -> "Matrix":
        return Matrix(Transposed(self.expr))

    def reshape(self, _: Any) -> "Matrix":
        """The matrix as it is: what `orthogonalize` does to its shape is nothing to print.

        Returns:
            the matrix itself.
        """
        return self


@orthogonalize.register(Entry)
@orthogonalize.register(Matrix)
def _(x):
    return type(x)(Orthogonalize(x.expr))


@newton_schulz.register
def _(x: Matrix):
    return Matrix(NewtonSchulz(x.expr))


@frobenius.register(Matrix)
@frobenius.register(Cells)
def _(x):
    return np.sqrt(np.sum(x**2, axis=(-2, -1), keepdims=True))


def definitions() -> list[tuple[sp.Expr, sp.Expr]]:
    """What `orthogonalize` and `newton_schulz` do to a matrix `X`, as formulas.

    Returns:
        for each a pair of the call and the expression that it stands for.
    """
    return [(call(Matrix(X)).expr, call.dispatch(object)(Matrix(X)).expr) for call in (orthogonalize, newton_schulz)]


NUMPY[Orthogonalize] = orthogonalize
