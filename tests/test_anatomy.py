"""What `benchmarks/anatomy.py` adds up is what it says, and the chapters keep to its goals."""

import sys

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "benchmarks"))

from anatomy import DESKTOP, GOALS, MARGIN, PHONE, anatomy, measure

CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_heights_and_distances_add_up():
    blocks = [("prose", 0, 100), ("code", 100, 200), ("widget", 200, 500), ("prose", 500, 900), ("picture", 900, 1000)]
    assert anatomy(blocks, 100) == (10, 0.5, 0.4, 0.1, 2, 4)


def test_what_is_left_out_leaves_no_gap_in_the_main_line():
    found = anatomy([("prose", 0, 100), ("prose", 5000, 5100), ("widget", 5100, 5200)], 100)
    assert found.screens == pytest.approx((300 + MARGIN) / 100)
    assert found.first == pytest.approx((200 + MARGIN) / 100)


def test_blocks_beside_one_another_count_once():
    assert anatomy([("picture", 0, 100), ("prose", 0, 100), ("prose", 100, 200)], 100).screens == 2


def test_the_way_after_the_last_picture_counts():
    found = anatomy([("widget", 0, 100), ("prose", 100, 800)], 100)
    assert (found.first, found.longest) == (0, 7)


def test_a_page_without_blocks_cannot_be_measured():
    with pytest.raises(ValueError, match="no blocks"):
        anatomy([], 100)


@pytest.mark.usefixtures("built_book")
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_keeps_to_the_goals(name, browser, root):
    """To a tenth of a screen."""
    desk, phone = (measure(browser, f"{root}notebooks/{name}.html", window) for window in (DESKTOP, PHONE))
    assert round(desk.screens, 1) <= GOALS["screens"]
    assert round(phone.screens, 1) <= GOALS["phone"]
    assert desk.pictures >= GOALS["pictures"]
    assert desk.code <= GOALS["code"]
    assert desk.first <= GOALS["first"]
    assert desk.longest <= GOALS["longest"]
