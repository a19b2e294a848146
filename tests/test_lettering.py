"""Texts in figures: names at the ends of curves, and what covers a curve moves to where it covers none."""

from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.transforms import Bbox

from steepest import lettering
from steepest.vector import HALO

mpl.use("agg")


class TestNameEnds:
    def curves(self, *ends, steps=11):
        figure, ax = plt.subplots()
        for k, end in enumerate(ends):
            ax.plot(np.linspace(1, end, steps), label=f"curve {k}", color=f"C{k}")
        ax.legend()
        yield ax
        plt.close(figure)

    def names(self, ax):
        return [text for text in ax.texts if text.get_gid() == lettering.END]

    def test_names_stand_at_the_ends_in_the_colors_of_the_curves(self):
        for ax in self.curves(2.0, 0.0, 1.0):
            assert lettering.name_ends(ax)
            ax.figure.draw_without_rendering()
            names = self.names(ax)
            assert [(name.get_text(), name.get_color()) for name in names] == [
                (f"curve {k}", f"C{k}") for k in range(3)
            ]
            for name, line in zip(names, ax.lines, strict=True):
                box, end = name.get_window_extent(), ax.transData.transform(line.get_xydata()[-1])
                assert box.x0 > end[0]
                assert abs((box.y0 + box.y1) / 2 - end[1]) < box.height / 4
            assert not ax.get_legend().get_visible()

    def test_names_of_near_ends_are_nudged_apart(self):
        for ax in self.curves(2.0, 1.98, 1.97, 0.0):
            assert lettering.name_ends(ax)
            ax.figure.draw_without_rendering()
            boxes = sorted((name.get_window_extent() for name in self.names(ax)), key=lambda box: box.y0)
            assert all(lower.y1 <= upper.y0 + 1 for lower, upper in pairwise(boxes))

    @pytest.mark.parametrize("ends", [(2.0,) * 5, tuple(np.linspace(1, 2, 6))], ids=["too near", "too many"])
    def test_a_legend_stays_where_the_ends_have_no_room(self, ends):
        for ax in self.curves(*ends):
            assert not lettering.name_ends(ax)
            assert ax.get_legend().get_visible()
            assert not self.names(ax)

    def test_a_legend_stays_where_a_curve_ends_early(self):
        for ax in self.curves(2.0, 1.0):
            ax.lines[1].set_data([0, 1, 2], [1, 2, 3])
            assert not lettering.name_ends(ax)

    def test_no_text_ends_outside_of_its_figure(self):
        figure, ax = plt.subplots()
        ax.plot([0, 1], [0, 1])
        text = ax.text(0.99, 0.5, "a name that is much too long for its place")
        lettering.tidy(figure)
        assert text.get_window_extent().x1 <= figure.bbox.x1
        plt.close(figure)

    def test_names_that_are_written_by_hand_are_nudged_apart(self):
        for ax in self.curves(2.0, 1.99, 0.0):
            for line in ax.lines:
                ax.text(10.1, line.get_ydata()[-1], line.get_label(), va="center")
            above = ax.text(1, 9, "of no use")
            lettering.tidy(ax.figure)
            ax.figure.draw_without_rendering()
            first, second, third = (text.get_window_extent() for text in ax.texts[:3])
            assert third.y1 < second.y0
            assert second.y1 <= first.y0 + 1
            assert not above.get_visible()

    def test_what_is_written_on_a_map_stays_on_it(self):
        figure, ax = plt.subplots()
        ax.pcolormesh([0, 1, 2], [0, 1, 2], [[1, 2], [3, 4]])
        ax.annotate("the deep well of this loss", (1.9, 1))
        lettering.tidy(figure)
        figure.draw_without_rendering()
        assert ax.texts[0].get_window_extent().x1 <= ax.get_window_extent().x1
        plt.close(figure)

    @pytest.mark.parametrize(
        ("name", "broken"),
        [
            ("Adam", "Adam"),
            ("gradient descent, lr = 0.5", "gradient descent,\nlr = 0.5"),
            ("32 at a time (three seeds)", "32 at a time\n(three seeds)"),
            ("a name of quite a few words", "a name of quite a\nfew words"),
            (r"$f(\theta_t)$, what theory speaks of", r"$f(\theta_t)$, what theory speaks of"),
        ],
    )
    def test_a_long_name_is_broken_before_its_remark(self, name, broken):
        assert lettering.broken(name) == broken

    @given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 2)), min_size=1, max_size=7))
    def test_what_is_spread_does_not_touch_and_keeps_its_order(self, things):
        places, heights = map(np.array, zip(*things, strict=True))
        found = lettering.spread(places, heights)
        order = np.argsort(places, kind="stable")
        below, above = found[order][:-1], found[order][1:]
        room = (heights[order][:-1] + heights[order][1:]) / 2
        assert np.all(above - below >= room - 1e-9)
        apart = np.all(np.diff(places[order]) >= room)
        assert not apart or np.allclose(found, places)


@pytest.fixture
def ax():
    with plt.style.context("steepest.course"):
        figure, ax = plt.subplots(figsize=(4, 3))
        ax.set(xlim=(0, 10), ylim=(0, 10), xlabel="step")
        yield ax
        plt.close(figure)


def box(ax, *corners):
    """A box in pixels, from two corners in the coordinates of the data."""
    return Bbox(ax.transData.transform(corners))


class TestCrossings:
    def test_a_curve_counts_once_and_each_mark_once(self, ax):
        ax.plot([0, 10], [5, 5])
        ax.plot([4, 5, 6, 9], [5, 5, 5, 5], "o", linestyle="none")
        ax.scatter([5], [5.5])
        ax.vlines([5, 8], 0, 10)
        ax.figure.draw_without_rendering()
        assert lettering.crossings(ax, box(ax, (3, 4), (7, 6))) == 1 + 3 + 1 + 1
        assert lettering.crossings(ax, box(ax, (1, 6), (3, 9))) == 0

    def test_what_lies_outside_of_the_axes_is_not_there(self, ax):
        ax.plot([5, 5], [-100, 100])
        ax.figure.draw_without_rendering()
        assert lettering.crossings(ax, box(ax, (4, -5), (6, -1))) == 0

    def test_values_that_an_axis_cannot_show_do_not_count(self, ax):
        ax.set(yscale="log", ylim=(1e-3, 10))
        ax.plot([1, 2, 3], [1.0, np.nan, -1.0])
        ax.figure.draw_without_rendering()
        assert lettering.crossings(ax, box(ax, (1.5, 1e-2), (4, 5))) == 0


class TestLegends:
    def cover(self, ax, *, columns=4):
        """Curves through every corner of some axes, which end early, so that no names can stand at their ends."""
        for k in range(columns):
            ax.plot([0, 8.9], [k, 10 - k], label=f"curve {k}")
            ax.plot([0, 8.9], [10 - k, k])
        ax.legend()

    def test_a_legend_that_covers_a_curve_takes_another_corner(self, ax):
        ax.plot([6, 8], [9, 9], label="short")
        ax.legend(loc="upper right")
        lettering.tidy(ax.figure)
        ax.figure.draw_without_rendering()
        found = ax.get_legend().get_window_extent()
        assert lettering.crossings(ax, found) == 0
        assert ax.get_window_extent().count_contains(found.get_points()) == 2
        assert tuple(ax.figure.get_size_inches()) == (4, 3)

    def test_a_legend_without_a_free_corner_stands_below_and_the_figure_grows(self, ax):
        self.cover(ax)
        ax.figure.draw_without_rendering()
        before = ax.get_window_extent().height
        lettering.tidy(ax.figure)
        ax.figure.draw_without_rendering()
        found = ax.get_legend().get_window_extent()
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [f"curve {k}" for k in range(4)]
        assert found.y1 <= ax.xaxis.label.get_window_extent().y0
        assert found.y0 >= 0
        assert found.width <= ax.get_window_extent().width
        assert ax.get_window_extent().height == pytest.approx(before, rel=0.03)

    def test_a_legend_on_contours_covers_them(self, ax):
        ax.contour(np.arange(11), np.arange(11), np.add.outer(np.arange(11), np.arange(11)))
        ax.plot([1, 2], [1, 2], label="short")
        ax.legend()
        lettering.tidy(ax.figure)
        frame = ax.get_legend().get_frame()
        assert (ax.get_legend().get_frame_on(), frame.get_alpha()) == (True, 1)
        assert frame.get_facecolor() == (1, 1, 1, 1)

    def test_a_legend_stays_off_bars_and_texts(self, ax):
        ax.bar([8.5], [10], width=3)
        ax.text(0.5, 9, "a text", size=14)
        ax.plot([0, 3], [4, 4], label="short")
        ax.legend(loc="upper right")
        lettering.tidy(ax.figure)
        ax.figure.draw_without_rendering()
        found = ax.get_legend().get_window_extent()
        assert not found.overlaps(ax.patches[0].get_window_extent())
        assert not found.overlaps(ax.texts[0].get_window_extent())


class TestTexts:
    def test_a_text_on_a_curve_moves_to_the_nearest_free_place(self, ax):
        ax.plot([0, 10], [5, 5])
        text = ax.text(4, 4.9, "a name")
        arrow = ax.annotate("this one", (2, 5), (6, 5), va="center", arrowprops={"arrowstyle": "->"})
        lettering.tidy(ax.figure)
        ax.figure.draw_without_rendering()
        for moved, y in (text, 4.9), (arrow, 5):
            found = lettering._letters(moved)
            assert lettering.crossings(ax, found) == 0
            assert ax.get_window_extent().count_contains(found.get_points()) == 2
            assert abs(moved.get_position()[1] - y) < 1.5
        assert arrow.xy == (2, 5)

    def test_texts_do_not_move_onto_one_another(self, ax):
        ax.plot([0, 10], [5, 5])
        texts = [ax.text(4, 5, "first"), ax.text(4, 5.2, "second")]
        lettering.tidy(ax.figure)
        ax.figure.draw_without_rendering()
        first, second = map(lettering._letters, texts)
        assert not first.overlaps(second.padded(-1))
        assert lettering.crossings(ax, first) == lettering.crossings(ax, second) == 0

    def test_a_text_stays_where_it_covers_nothing_and_where_no_place_is_free(self, ax):
        for y in np.linspace(0, 10, 60):
            ax.plot([0, 7], [y, y])
        texts = [ax.text(8, 5, "free"), ax.text(2, 5, "lost")]
        lettering.tidy(ax.figure)
        assert [text.get_position() for text in texts] == [(8, 5), (2, 5)]

    def test_a_text_keeps_the_ground_around_it_free_but_on_a_map(self, ax):
        text = ax.text(2, 5, "a name")
        lettering.tidy(ax.figure)
        assert (text.get_gid(), len(text.get_path_effects())) == (HALO, 1)
        ax.pcolormesh([0, 5, 10], [0, 5, 10], [[1, 2], [3, 4]])
        on_map = ax.text(3, 3, "on a map")
        lettering.tidy(ax.figure)
        assert not on_map.get_path_effects()
