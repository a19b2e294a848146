"""What all exercises share: the verdicts, and that no stub and no constant passes a check."""

import numpy as np
import pytest

from steepest.exercises import CHECKS, check

each_exercise = pytest.mark.parametrize("number", sorted(CHECKS))


@each_exercise
def test_an_untouched_stub_is_not_answered_yet(number):
    assert check(number, lambda *args, **kwargs: ...).status == "not answered yet"
    assert check(number, lambda *args, **kwargs: None).status == "not answered yet"


@each_exercise
@pytest.mark.parametrize("constant", [0, 1.0, True, False, "x", (0.1, 0.2), np.ones(2), {}], ids=repr)
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


def test_a_verdict_is_shown_as_text_and_as_escaped_html():
    verdict = check("1.1", lambda eigenvalues: "<b>")
    assert str(verdict).startswith("✗ Exercise 1.1: wrong.")
    assert "&lt;b&gt;" in verdict._repr_html_()
