"""Every check passes a right answer, tells from each wrong one what is wrong with it, and is passed by nothing less."""

import importlib
import math
from pathlib import Path

import numpy as np
import pytest
from answers_5 import is_rmsprop
from answers_6 import is_adam, turn
from answers_7 import is_right

from steepest import Adam, Optimizer
from steepest.bugs import HalfCorrectedAdam
from steepest.exercises import CHECKS, chapter_5, chapter_6, chapter_7, check

#: Right and wrong answers, from a module for each chapter.
ANSWERS = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("answers_*.py"))]
RIGHT = {number: answer for chapter in ANSWERS for number, answer in chapter.RIGHT.items()}
WRONG = [pytest.param(*given, id=f"{given[0]}: {given[2]}") for chapter in ANSWERS for given in chapter.WRONG]

ALSO_RIGHT = [given for chapter in ANSWERS for given in getattr(chapter, "ALSO_RIGHT", [])]

#: What no exercise asks for, of every kind and size: none passes, and none stops a notebook.
CONSTANTS = [0, 1.0, -1e5, 1e300, math.inf, -math.inf, math.nan, 10**400, 1j, True, False, "x", b"x", (0.1, 0.2)]
CONSTANTS += [np.ones(2), np.full(2, np.nan), np.ones((2, 1)), [], {}, {1}, object(), float]

each_exercise = pytest.mark.parametrize("number", sorted(CHECKS))


def test_every_exercise_has_right_and_wrong_answers():
    assert RIGHT.keys() == CHECKS.keys() == {wrong.values[0] for wrong in WRONG}


@each_exercise
def test_a_right_answer_passes(number):
    verdict = check(number, RIGHT[number])
    assert verdict.status == "right", verdict


@pytest.mark.parametrize(("number", "answer"), ALSO_RIGHT)
def test_another_right_answer_passes_too(number, answer):
    verdict = check(number, answer)
    assert verdict.status == "right", verdict


@pytest.mark.parametrize(("number", "answer", "hint"), WRONG)
def test_a_wrong_answer_is_told_what_is_wrong(number, answer, hint):
    verdict = check(number, answer)
    assert verdict.status == "wrong"
    assert hint in verdict.message


@each_exercise
def test_an_untouched_stub_is_not_answered_yet(number):
    assert check(number, lambda *args, **kwargs: ...).status == "not answered yet"
    assert check(number, lambda *args, **kwargs: None).status == "not answered yet"


@each_exercise
@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: repr(constant)[:20])
def test_no_constant_passes(number, constant):
    assert check(number, lambda *args, **kwargs: constant).status == "wrong"


@each_exercise
def test_an_error_in_the_answer_is_reported_not_raised(number):
    def answer(*args, **kwargs):
        raise ZeroDivisionError("oops")

    verdict = check(number, answer)
    assert verdict.status == "wrong"
    assert "ZeroDivisionError: oops" in verdict.message


def test_an_unknown_exercise_is_refused():
    with pytest.raises(KeyError, match=r"no exercise '0\.0'; there are 1\.1"):
        check("0.0", lambda: None)


def test_the_number_of_an_exercise_is_text():
    with pytest.raises(TypeError, match=r'is text: check\("1\.1", …\)'):
        check(1.1, lambda eigenvalues: None)


def test_a_verdict_is_shown_as_text_and_as_escaped_html():
    verdict = check("1.1", lambda eigenvalues: "<b>")
    assert str(verdict).startswith("✗ Exercise 1.1: wrong.")
    assert "&lt;b&gt;" in verdict._repr_html_()


@pytest.mark.parametrize("bug", chapter_5._BUGS)
def test_a_test_that_is_blind_to_one_bug_is_told_which(bug):
    verdict = check("5.3", lambda cls: cls is bug or is_rmsprop(cls))
    assert verdict.status == "wrong"
    assert chapter_5._BUGS[bug] in verdict.message


def test_another_start_of_the_same_schedule_is_right_too():
    # h₁ may be any multiple of g₁²; the later decays and learning rates follow from it.
    def weight(t):
        return 1 / (1 / 0.3 + t - 1)

    assert check("5.5", lambda lr, t: (lr * math.sqrt(weight(t)), 1 - weight(t))).status == "right"


def test_the_two_ways_to_the_turning_point_agree():
    beta2 = turn(3, 3.0, steps=40)
    for offset, sign in (-0.02, 1), (0.02, -1):
        optimizer, w = Adam(lr=1.0, beta1=0.0, beta2=beta2 + offset), np.zeros(1)
        ends = []
        for _ in range(40):
            for g in 3.0, -1.0, -1.0:
                optimizer.update({"w": w}, {"w": np.array([g])})
            ends.append(w[0])
        assert np.sign(ends[-1] - ends[-2]) == sign


def test_the_bugs_are_not_adam():
    assert all(issubclass(bug, Optimizer) and not is_adam(bug) for bug in chapter_6._BUGS)
    assert HalfCorrectedAdam in chapter_6._BUGS


@pytest.mark.parametrize("symptom", chapter_7._WRONG_LOOPS)
def test_each_wrong_training_loop_is_wrong(symptom):
    assert not is_right(chapter_7._WRONG_LOOPS[symptom])


def test_a_decomposition_of_scipy_is_caught_too():
    """In the page there is none, so it is not among the answers that are tried there."""
    linalg = pytest.importorskip("scipy.linalg")

    def by_scipy(G, steps):
        U, _, Vt = linalg.svd(np.array(G), full_matrices=False)
        return U @ Vt

    assert "no svd" in str(check("7.6", by_scipy))
