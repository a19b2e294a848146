"""Powers and eigenvectors of symmetric matrices, and the rules from full AdaGrad to SOAP that are made of them."""

import numpy as np
import pytest

from steepest import SOAP, AdaGrad, Adam, FullAdaGrad, Shampoo
from steepest.eigen import eigenvectors, power


def test_a_power_undoes_its_inverse_and_leaves_out_what_is_zero():
    A = np.random.default_rng(0).normal(size=(5, 3))
    full, flat = A.T @ A, A @ A.T  # the second one has rank 3 of 5
    np.testing.assert_allclose(np.linalg.matrix_power(power(full, -0.25), 4) @ full, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(power(flat, -1.0), np.linalg.pinv(flat), atol=1e-9)
    np.testing.assert_array_equal(power(np.zeros((2, 2)), -0.5), 0)


def test_eigenvectors_begin_at_those_of_a_matrix_and_turn_to_those_of_another():
    rng = np.random.default_rng(0)
    first, second = (X @ X.mT for X in rng.normal(size=(2, 4, 4)))
    V = eigenvectors(first, 0.0)
    np.testing.assert_allclose(V.mT @ first @ V, np.diag(np.linalg.eigvalsh(first)[::-1]), atol=1e-12)
    for _ in range(300):
        V = eigenvectors(second, V)
    np.testing.assert_allclose(V.mT @ second @ V, np.diag(np.linalg.eigvalsh(second)[::-1]), atol=1e-9)
    assert np.all(np.sum(V, axis=-2) >= 0)


def test_eigenvectors_along_which_a_matrix_is_zero_are_left_out_until_it_is_not():
    g = np.array([[3.0, 4.0]])
    V = eigenvectors(g.mT @ g, 0.0)
    np.testing.assert_allclose(V, [[0.6, 0.0], [0.8, 0.0]], atol=1e-15)
    np.testing.assert_allclose(eigenvectors(g.mT @ g + np.diag([1e-3, 0.0]), V)[:, 1], [0.8, -0.6], atol=1e-3)
    both = eigenvectors(np.stack([np.eye(2), g.mT @ g]), np.stack([V, np.zeros((2, 2))]))  # of a batch, each by itself
    np.testing.assert_array_equal(both[0], eigenvectors(np.eye(2), V))
    np.testing.assert_array_equal(both[1], V)


def descend_on(rule, gradient, start, steps=12):
    """The points of a run, shape (steps + 1, …)."""
    points, w, optimizer = [start], start.copy(), rule.fresh()
    for _ in range(steps):
        optimizer.update({"w": w}, {"w": gradient(w)})
        points.append(w.copy())
    return np.array(points)


@pytest.mark.parametrize("rule", [FullAdaGrad(lr=0.3), Shampoo(lr=0.3), SOAP(lr=0.1)])
def test_rotating_rows_and_columns_rotates_the_run(rule):
    rng = np.random.default_rng(1)
    Q, S = (np.linalg.qr(rng.normal(size=(k, k)))[0] for k in (3, 3))
    P, target, start = np.diag([3.0, 1.0, 0.2]), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    straight = descend_on(rule, lambda W: P @ (W - target), start)
    turned = descend_on(rule, lambda W: Q @ P @ (Q.T @ W @ S - target) @ S.T, Q @ start @ S.T)
    np.testing.assert_allclose(turned, Q @ straight @ S.T, atol=1e-6)


def test_full_adagrad_of_one_number_is_adagrad():
    full = descend_on(FullAdaGrad(lr=0.3), lambda w: 2 * w, np.array([3.0]))
    np.testing.assert_allclose(full, descend_on(AdaGrad(lr=0.3, eps=0.0), lambda w: 2 * w, np.array([3.0])))


def test_shampoo_without_memory_is_a_polar_factor():
    G = np.random.default_rng(2).normal(size=(4, 6))
    W = np.zeros((4, 6))
    Shampoo(lr=1.0).update({"W": W}, {"W": G})
    U, _, Vt = np.linalg.svd(G, full_matrices=False)
    np.testing.assert_allclose(W, -U @ Vt, atol=1e-9)


def test_soap_in_coordinates_that_do_not_turn_is_adam():
    gradients = [np.diag(g) for g in np.random.default_rng(3).normal(size=(20, 3))]  # whose directions are the axes
    ends = []
    for rule in (SOAP(lr=0.1, beta2=0.9), Adam(lr=0.1, beta2=0.9)):
        W = np.zeros((3, 3))
        for G in gradients:
            rule.update({"W": W}, {"W": G})
        ends.append(W)
    np.testing.assert_allclose(*ends, atol=1e-8)  # rounding, over ε
