"""The data sets: what they hold, and that they are what the chapters say."""

import numpy as np
import pytest

from steepest.datasets import bag_of_words, diabetes, digits, digits_network, digits_softmax


class TestDiabetes:
    def test_the_numbers_are_those_of_scikit_learn(self):
        from sklearn.datasets import load_diabetes

        X, y = load_diabetes(scaled=False, return_X_y=True)
        problem = diabetes(standardize=False)
        np.testing.assert_array_equal(problem.X[:, :-1], X)
        np.testing.assert_array_equal(problem.y, y)

    def test_standardizing_diabetes_changes_its_scales_and_not_its_best_loss(self):
        raw, standardized = diabetes(standardize=False), diabetes()
        assert (raw.n, raw.X.shape) == (442, (442, 11))
        np.testing.assert_allclose(standardized.X[:, :-1].mean(axis=0), 0, atol=1e-13)
        np.testing.assert_allclose(standardized.X[:, :-1].std(axis=0), 1)
        assert raw.X[:, :-1].std(axis=0).min() == pytest.approx(0.5, abs=0.05)
        assert raw.X[:, :-1].std(axis=0).max() == pytest.approx(35, abs=0.5)
        assert raw.loss(raw.solution) == pytest.approx(standardized.loss(standardized.solution), rel=1e-10)
        assert standardized.solution["w"][-1] == pytest.approx(raw.y.mean())


class TestDigits:
    def test_digits_are_split_and_scaled_as_the_chapters_say(self):
        X, y, X_test, y_test = digits()
        assert [a.shape for a in (X, y, X_test, y_test)] == [(1500, 64), (1500,), (297, 64), (297,)]
        assert (X.min(), X.max()) == (0, 1)
        assert set(y) == set(y_test) == set(range(10))
        assert digits_softmax().n == digits_network().n == 1500

    def test_every_digit_is_there_once(self):
        from sklearn.datasets import load_digits

        X, y, X_test, y_test = digits()
        ours = np.column_stack([np.concatenate([X, X_test]) * 16, np.concatenate([y, y_test])])
        theirs = np.column_stack(load_digits(return_X_y=True))
        np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])

    def test_shared_arrays_are_read_only(self):
        for array in digits():
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


class TestBagOfWords:
    def test_documents_are_sets_of_words_and_most_words_are_rare(self):
        train, test, weights = bag_of_words(4000, 50, words=200)
        assert (train.n, test.n, weights.shape) == (4000, 50, (201,))
        X = train.X[:, :-1]
        assert set(np.unique(X)) == {0, 1}
        assert X.sum(axis=1).max() <= 20
        p = 1 / np.arange(1, 201) / np.sum(1 / np.arange(1, 201))
        occurs = 1 - (1 - p) ** 20
        np.testing.assert_allclose(X.mean(axis=0), occurs, atol=5 * np.sqrt(occurs.max() / 4 / 4000))
        assert X[:, 100:].mean() == pytest.approx(occurs[100:].mean(), rel=0.05)

    def test_the_weights_tell_the_classes_and_the_seed_repeats(self):
        train, test, weights = bag_of_words(3000, 3000, seed=4)
        for problem in (train, test):
            z = problem.X @ weights
            p = 1 / (1 + np.exp(-z))
            assert np.mean(problem.y) == pytest.approx(p.mean(), abs=0.03)
            assert problem.loss({"w": weights}) == pytest.approx(np.mean(np.logaddexp(0, z) - p * z), abs=0.03)
        np.testing.assert_array_equal(bag_of_words(3000, 3000, seed=4)[0].X, train.X)
        assert not np.array_equal(bag_of_words(3000, 3000, seed=5)[2], weights)
