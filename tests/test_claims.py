"""Claims: what holds is shown, what does not hold raises."""

import html.parser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steepest.claims import Claim, ClaimError, claim

numbers = st.floats(-1e6, 1e6)
NAN, INF = np.nan, np.inf

HOLDS = [
    # measured, what it is compared with, the words shown
    (691, {"expected": 691}, "measured 691, expected 691"),
    (123456, {"expected": 123456}, "measured 123456, expected 123456"),
    (True, {"expected": True}, "measured True, expected True"),
    ("Adam", {"expected": "Adam"}, "measured Adam, expected Adam"),
    ("Adam", {"expected": np.str_("Adam")}, "measured Adam, expected Adam"),
    (0.98024, {"expected": 0.98, "rtol": 0.01}, "measured 0.9802, expected 0.98 within 1 %"),
    (-0.98024, {"expected": -0.98, "rtol": 0.01}, "measured -0.9802, expected -0.98 within 1 %"),
    (1.02, {"expected": 1.0, "atol": 0.05}, "measured 1.02, expected 1 within 0.05"),
    (1.14, {"expected": 1.0, "rtol": 0.1, "atol": 0.05}, "measured 1.14, expected 1 within 10 % + 0.05"),
    (2.5, {"expected": 2.5, "rtol": 0.0}, "measured 2.5, expected 2.5"),
    (3, {"below": 3}, "measured 3, at most 3"),
    (3, {"above": 3}, "measured 3, at least 3"),
    (0.5, {"above": 0, "below": 1}, "measured 0.5, at least 0, at most 1"),
    (0.5, {"expected": 0.51, "rtol": 0.1, "below": 0.6}, "measured 0.5, expected 0.51 within 10 %, at most 0.6"),
    (np.array([1.0, 2.5]), {"expected": [1, 2.5]}, "measured (1, 2.5), expected (1, 2.5)"),
    ([1.0, 1.001], {"expected": 1, "rtol": 0.01}, "measured (1, 1.001), expected 1 within 1 %"),
    ([[1, 2], [3, 4]], {"below": [3, 4]}, "measured (1, 2, 3, 4), at most (3, 4)"),
    (np.arange(7.0), {"above": 0}, "measured 7 numbers from 0 to 6, at least 0"),
    (["a"] * 7, {"expected": "a"}, "measured (a, a, a, a, a, a, a), expected a"),
    (INF, {"expected": INF}, "measured inf, expected inf"),
    (INF, {"above": 1}, "measured inf, at least 1"),
    (1.283e-10, {"below": 1e-9}, "measured 1.283e-10, at most 1e-09"),  # a small number has digits, too
    # the order of magnitude alone, where digits differ from machine to machine
    (3.1e-10, {"below": 1e-6, "order": True}, "measured less than 1e-9, at most 1e-06"),
    (1e-10, {"below": 1e-6, "order": True}, "measured less than 1e-9, at most 1e-06"),
    (3.1e-15, {"below": 1e-12, "order": True}, "measured less than 1e-12, at most 1e-12"),
    (
        [1e-17, -2e-16],
        {"expected": 0, "atol": 1e-12, "order": True},
        "measured less than 1e-12, expected 0 within 1e-12",
    ),
    (0, {"below": 1e-12, "order": True}, "measured less than 1e-12, at most 1e-12"),
    (36.6, {"above": 5, "order": True}, "measured between 10 and 100, at least 5"),
    (3.6, {"above": 1.5, "order": True}, "measured between 1.5 and 10, at least 1.5"),
    ([4, 2], {"below": [9, 8], "order": True}, "measured between 1 and 9, at most (9, 8)"),
    ([-4, 2], {"below": 9, "order": True}, "measured between 1 and 10, at most 9"),
    (-3.2e-7, {"below": 0, "order": True}, "measured less than 1e-6, at most 0"),
    # and fewer digits, where a run is sensitive
    (
        [0.9615, 521.3],
        {"expected": [1.02, 512], "rtol": 0.1, "digits": 1},
        "measured (1, 5e+02), expected (1, 5e+02) within 10 %",
    ),
]

FAILS = [
    (691, {"expected": 692}),
    (0.1 + 0.2, {"expected": 0.3}),
    (True, {"expected": False}),
    ("Adam", {"expected": "AdaGrad"}),
    (0.98, {"expected": 1.0, "rtol": 0.01}),
    (0.98, {"expected": 1.0, "atol": 0.01}),
    (1.16, {"expected": 1.0, "rtol": 0.1, "atol": 0.05}),
    (1e-9, {"expected": 0, "rtol": 0.5}),
    (3.01, {"below": 3}),
    (2.99, {"above": 3}),
    (2, {"above": 0, "below": 1}),
    (-1, {"above": 0, "below": 1}),
    (0.5, {"expected": 0.51, "rtol": 0.1, "below": 0.4}),
    (0.9, {"expected": 0.51, "rtol": 0.1, "below": 1}),
    ([1, 2, 4], {"expected": [1, 2, 3]}),
    ([1, 2, 4], {"below": 3}),
    ([1, 2, 4], {"above": 2}),
    (5, {"expected": INF, "rtol": 0.1}),
    (-INF, {"expected": INF, "rtol": 0.1}),
    (INF, {"expected": 5, "rtol": 0.1}),
    (2e-12, {"below": 1e-12}),
]


@pytest.mark.parametrize(("measured", "against", "words"), HOLDS)
def test_what_holds_is_shown_in_text_and_html(measured, against, words):
    shown = claim("it holds", measured, **against)
    assert str(shown) == repr(shown) == f"✓ it holds: {words}"
    assert text_of(shown._repr_html_()) == str(shown)


@pytest.mark.parametrize(("measured", "against"), FAILS)
def test_what_does_not_hold_raises_and_gives_both_values(measured, against):
    with pytest.raises(ClaimError, match=r"^This does not hold: it holds: measured .*(expected|at most|at least)"):
        claim("it holds", measured, **against)


def test_a_failing_claim_says_what_failed():
    with pytest.raises(AssertionError) as error:
        claim("the loss falls", 0.3, 0.25, rtol=0.01, below=0.2)
    assert str(error.value) == (
        "This does not hold: the loss falls: measured 0.3, expected 0.25 within 1 %, at most 0.2"
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("measured", [NAN, np.array([1.0, NAN])])
@pytest.mark.parametrize(
    "against",
    [
        {"expected": NAN},
        {"expected": 1.0},
        {"expected": 1.0, "rtol": 1e9},
        {"expected": 1.0, "atol": 1e9},
        {"below": 1.0},
        {"below": 1e300},
        {"above": -1e300},
        {"above": -1e300, "below": 1e300},
    ],
)
def test_not_a_number_never_holds(measured, against):
    with pytest.raises(ClaimError, match="nan"):
        claim("it holds", measured, **against)


@given(st.sampled_from(["expected", "below", "above"]), st.sampled_from([{}, {"rtol": 1.0}, {"atol": 1.0}]), numbers)
def test_nothing_is_near_what_is_not_a_number(how, tolerance, measured):
    with pytest.raises(ClaimError):
        claim("it holds", measured, **{how: NAN}, **(tolerance if how == "expected" else {}))


@given(numbers, numbers, st.floats(0, 2), st.floats(0, 100))
def test_tolerances_add_up(measured, expected, rtol, atol):
    if abs(measured - expected) <= atol + rtol * abs(expected):
        claim("it holds", measured, expected, rtol=rtol, atol=atol)
    else:
        with pytest.raises(ClaimError):
            claim("it holds", measured, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize(
    ("measured", "against", "error", "message"),
    [
        (1, {}, TypeError, "A claim compares"),
        (1, {"rtol": 0.1}, TypeError, "A tolerance needs an expected value"),
        (1, {"atol": 0.1, "below": 2}, TypeError, "A tolerance needs an expected value"),
        *(
            (1, {"expected": 1, name: bad}, ValueError, f"'it holds' needs a tolerance {name} that is finite")
            for name in ["rtol", "atol"]
            for bad in [INF, -INF, NAN, -1e-9, [0.1, NAN]]
        ),
        (1e9, {"below": INF}, ValueError, "a bound below that some number would break, not inf"),
        ([1, 2], {"above": [0, -INF]}, ValueError, "a bound above that some number would break"),
        ([], {"expected": 1}, ValueError, "Nothing was measured for 'it holds'"),
        (np.zeros((0, 2)), {"below": 1}, ValueError, "Nothing was measured"),
        ([1, 2, 3], {"expected": [1, 2]}, ValueError, r"shape \(3,\), but is to compare them with \(2,\)"),
        ([1, 2, 3], {"expected": [1, 2], "rtol": 0.1}, ValueError, r"compare them with \(2,\)"),
        ([1, 2], {"below": [1, 2, 3]}, ValueError, r"compare them with \(3,\)"),
        ([1, 2], {"above": [[0], [0]]}, ValueError, r"compare them with \(2, 1\)"),
        (1.0, {"expected": [1, 1]}, ValueError, r"shape \(\), but is to compare them with \(2,\)"),
    ],
)
def test_claims_that_make_no_sense(measured, against, error, message):
    with pytest.raises(error, match=message):
        claim("it holds", measured, **against)


def text_of(markup):
    """What a reader sees of the markup, with runs of white space as one."""
    seen = []
    parser = html.parser.HTMLParser()
    parser.handle_data = seen.append
    parser.feed(markup)
    parser.close()
    return "".join(seen)


def test_html_escapes_what_it_shows():
    shown = Claim("a < b & <script>alert(1)</script>", 'measured "<b>1</b>"', "at most <i>2</i>")
    markup = shown._repr_html_()
    assert "<script" not in markup
    assert "<b>" not in markup
    assert "<i>" not in markup
    assert text_of(markup) == str(shown)
