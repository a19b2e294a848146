"""Powers and eigenvectors of symmetric matrices, and the rules from full AdaGrad to SOAP that are made of them."""

import numpy as np
import pytest

from steepest import SOAP, AdaGrad, Adam, FullAdaGrad, Shampoo
from steepest.eigen import power


def test_a_power_undoes_its_inverse_and_leaves_out_what_is_zero():
    A = np.random.default_rng(0).normal(size=(5, 3))
    full, flat = A.T @ A, A @ A.T  # the second one has rank 3 of 5
    np.testing.assert_allclose(np.linalg.matrix_power(power(full, -0.25), 4) @ full, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(power(flat, -1.0), np.linalg.pinv(flat), atol=1e-9)
    np.testing.assert_array_equal(power(np.zeros((2, 2)), -0.5), 0)


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
