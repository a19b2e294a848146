"""What `steepest.optimizers.FullAdaGrad`, `Shampoo` and `SOAP` do to a symmetric matrix, through its eigenvalues.

Each function is dispatched by the type of its first argument, so that `steepest.live` can record it. A matrix that is
not finite counts as zero: what was so large that it has no root takes no step.
"""

import functools
from typing import Any

import numpy as np

from steepest.arguments import operand, real

#: Which fraction of the largest eigenvalue is rounding, and counts as zero.
ROUNDING = 1e-12


@functools.singledispatch
def power(A: Any, exponent: float) -> Any:
    """A symmetric matrix to a power, through its eigenvalues; those that are next to zero count as zero and stay out.

    Args:
        A: shape (..., d, d), no eigenvalue negative but by rounding.
        exponent: any number; negative for inverse roots.

    Returns:
        an array of the same shape, symmetric too.

    >>> power(np.diag([4.0, 0.25]), -0.5)
    array([[0.5, 0. ],
           [0. , 2. ]])
    """
    values, vectors = np.linalg.eigh(_finite(A))
    values = values[..., None, :]
    there = values > ROUNDING * values[..., -1:]
    powers = np.where(there, np.where(there, values, 1.0) ** real("exponent", exponent), 0.0)
    return vectors * powers @ vectors.mT


@functools.singledispatch
def eigenvectors(A: Any, last: Any) -> Any:
    """Orthonormal eigenvectors of a symmetric matrix, or those of before, turned towards them.

    One turn is a step of orthogonal iteration: orthonormal columns of A times the last ones, which keeps the columns in
    their order.

    Args:
        A: shape (..., d, d), no eigenvalue negative but by rounding.
        last: what a call for a similar matrix has returned; 0 where there was none.

    Returns:
        an array of the shape of ``A``, a vector in each column, the first time that of the largest eigenvalue first. A
        vector along which A is next to zero is left out, with zeros in its place. The sum of none is negative.

    >>> A = np.array([[1.0, 2.0], [2.0, 4.0]])
    >>> eigenvectors(A, 0.0).round(3)
    array([[0.447, 0.   ],
           [0.894, 0.   ]])
    >>> eigenvectors(np.diag([1.0, 4.0]), np.array([[0.6, 0.8], [0.8, -0.6]])).round(3)
    array([[ 0.184,  0.983],
           [ 0.983, -0.184]])
    """
    A = _finite(A)
    last = np.broadcast_to(operand("last", last), A.shape).astype(A.dtype)
    vectors, first = np.linalg.qr(A @ last)[0], ~np.any(last, axis=(-2, -1), keepdims=True)
    if np.any(first):
        vectors = np.where(first, np.linalg.eigh(-A)[1], vectors)
    along = np.sum(vectors * (A @ vectors), axis=-2, keepdims=True)
    vectors = np.where(along > ROUNDING * np.sum(along, axis=-1, keepdims=True), vectors, np.zeros((), A.dtype))
    return np.where(np.sum(vectors, axis=-2, keepdims=True) < 0, -vectors, vectors)


def _finite(A):
    """Symmetric matrices, with zeros in the place of one that is not finite."""
    A = operand("A", A)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ValueError(f"A must have shape (..., d, d), not {A.shape}.")
    return np.where(np.all(np.isfinite(A), axis=(-2, -1), keepdims=True), A, np.zeros((), A.dtype))
