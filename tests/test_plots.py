"""Figures: colors everyone can tell apart, and functions that draw what they say."""

import io
import re
from dataclasses import dataclass
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from steepest import OPTIMIZERS, SGD, Adam, GradientDescent, Nesterov, Optimizer, plots
from steepest.descent import descend
from steepest.surfaces import bowl, himmelblau
from steepest.vector import VECTOR

mpl.use("agg")

WHITE, DARK = "#ffffff", "#14181e"

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009),
# severity 1: matrices for linear RGB.
VISIONS = {
    "normal vision": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    """Linear RGB of a color, from sRGB."""
    c = np.array(to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """The contrast of two colors, 1 to 21, as WCAG 2 defines it."""
    dark, light = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (a, b))
    return (light + 0.05) / (dark + 0.05)


def oklab(rgb):
    """OKLab (Ottosson 2020) of linear RGB."""
    lms = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ rgb
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ lms
    )


def test_the_yardsticks_measure_what_they_should():
    assert contrast("white", "black") == pytest.approx(21)
    np.testing.assert_allclose(oklab(linear("white")), [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(oklab(linear("red")), [0.62796, 0.22486, 0.12585], atol=1e-4)
    for matrix in VISIONS.values():
        np.testing.assert_allclose(matrix @ np.ones(3), 1, atol=1e-5)  # white stays white


SIX = list(plots.STYLE)[:6]  # those with a color of their own


def test_no_two_optimizers_are_drawn_alike():
    assert not plots.STYLE.keys() - OPTIMIZERS.keys()
    styles = [*plots.STYLE.values(), plots.OTHER]
    assert len({s.marker for s in styles}) == len(styles)
    assert len({plots.STYLE[name].color for name in SIX} | {plots.OTHER.color}) == 7
    assert len({(s.color, s.linestyle) for s in styles}) == len(styles)


@pytest.mark.parametrize("name", plots.STYLE)
@pytest.mark.parametrize("page", [WHITE, DARK])
def test_colors_stand_out_from_the_page(name, page):
    assert contrast(plots.STYLE[name].color, page) >= 3


@pytest.mark.parametrize("color", [plots.THEORY, plots.OTHER.color])
def test_black_stands_out_from_the_white_of_a_figure(color):
    assert contrast(color, WHITE) >= 3


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize(("a", "b"), list(combinations(SIX, 2)))
def test_colors_can_be_told_apart(a, b, vision):
    seen = [oklab(np.clip(VISIONS[vision] @ linear(plots.STYLE[name].color), 0, 1)) for name in (a, b)]
    assert np.linalg.norm(seen[0] - seen[1]) >= 0.1


def test_a_style_belongs_to_an_optimizer_and_those_derived_from_it():
    @dataclass
    class Corrected(Nesterov):
        pass

    @dataclass
    class Own(Optimizer):
        pass

    for name in plots.STYLE:
        assert plots.style(OPTIMIZERS[name]()) is plots.STYLE[name]
    assert plots.style(SGD()) is plots.STYLE["GradientDescent"]
    assert plots.style(Corrected()) is plots.STYLE["Nesterov"]
    assert plots.style(Own()) is plots.OTHER


@pytest.fixture
def ax():
    return Figure().subplots()


def data(line):
    return np.array(line.get_xydata())


def legend(ax):
    return ax.get_legend_handles_labels()[1]


class TestContours:
    def test_lines_lie_on_the_surface_within_its_window(self, ax):
        f = bowl(kappa=4)
        assert plots.contours(ax, f, levels=7) is ax
        (lines,) = (c for c in ax.collections if hasattr(c, "levels"))
        assert len(lines.levels) == 7
        gaps = np.diff([f([0, 0]), *lines.levels])
        assert np.all(np.diff(gaps) > 0)  # closer where the surface is low
        drawn = 0
        for level, line in zip(lines.levels, lines.get_paths(), strict=True):
            np.testing.assert_allclose(f(line.vertices), level, rtol=0.02, atol=0.01)
            drawn += len(line.vertices)
        assert drawn > 100
        assert (ax.get_xlim(), ax.get_ylim()) == f.window
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x$", "$y$")

    def test_minima_are_marked(self, ax):
        plots.contours(ax, himmelblau())
        (crosses,) = ax.lines
        np.testing.assert_array_equal(data(crosses), himmelblau().minima)
        assert (crosses.get_marker(), crosses.get_linestyle()) == ("+", "None")

    def test_a_window_of_one_s_own(self, ax):
        plots.contours(ax, bowl(), window=((0, 1), (-1, 2)))
        assert (ax.get_xlim(), ax.get_ylim()) == ((0, 1), (-1, 2))


class TestPath:
    def test_draws_the_points_in_the_style_of_the_optimizer(self, ax):
        run = descend(Adam(lr=0.1), bowl(), steps=9)
        assert plots.path(ax, run, Adam(lr=0.1)) is ax
        (line,) = ax.lines
        np.testing.assert_array_equal(data(line), run.points)
        style = plots.STYLE["Adam"]
        assert (line.get_color(), line.get_marker(), line.get_linestyle()) == (style.color, style.marker, "-")
        assert legend(ax) == ["Adam"]

    def test_what_is_given_overrides_the_style(self, ax):
        plots.path(ax, descend(Adam(), bowl(), steps=2), Adam(), label="lr = 0.1", color="k", marker="x", markersize=9)
        (line,) = ax.lines
        assert (line.get_color(), line.get_marker(), line.get_markersize()) == ("k", "x", 9)
        assert legend(ax) == ["lr = 0.1"]

    def test_a_run_ends_where_it_diverges(self, ax):
        run = descend(GradientDescent(lr=3), bowl(kappa=1), steps=40)
        plots.path(ax, run, GradientDescent())
        assert np.isfinite(data(ax.lines[0])[: run.diverged]).all()
        assert np.isnan(data(ax.lines[0])[run.diverged :]).all()


class TestLosses:
    def test_draws_losses_against_steps_on_a_logarithmic_axis(self, ax):
        values = [4.0, 2.0, 1.0]
        assert plots.losses(ax, values, Nesterov()) is ax
        (line,) = ax.lines
        assert data(line).tolist() == [[0, 4], [1, 2], [2, 1]]
        assert (line.get_color(), line.get_linestyle()) == (plots.STYLE["Nesterov"].color, "--")
        assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss")
        assert legend(ax) == ["Nesterov"]

    def test_losses_can_be_drawn_against_other_than_steps_under_another_name(self, ax):
        ax.set_xlabel("gradient evaluations")
        plots.losses(ax, [4.0, 1.0], Adam(), x=[0, 64], label="B = 64", color="k")
        assert data(ax.lines[0]).tolist() == [[0, 4], [64, 1]]
        assert ax.get_xlabel() == "gradient evaluations"
        assert (legend(ax), ax.lines[0].get_color()) == (["B = 64"], "k")

    @pytest.mark.parametrize("end", [np.nan, np.inf])
    def test_a_cross_marks_the_last_loss_of_a_run_that_diverged(self, ax, end):
        plots.losses(ax, [1.0, 10.0, 100.0, end, np.nan], Adam(), x=[0, 2, 4, 6, 8], color="k")
        _, cross = ax.lines
        assert data(cross).tolist() == [[4, 100]]
        assert (cross.get_marker(), cross.get_color()) == ("x", "k")
        assert legend(ax) == ["Adam"]

    def test_a_run_without_a_finite_loss_has_no_cross(self, ax):
        plots.losses(ax, [np.nan, np.nan], Adam())
        assert len(ax.lines) == 1


class TestSweep:
    def test_draws_final_losses_and_marks_what_diverged_along_the_upper_edge(self, ax):
        final = [3.0, 2.0, np.nan, np.inf]
        assert plots.sweep(ax, [0.01, 0.1, 1, 10], final, Adam(), name=r"learning rate $\eta$") is ax
        line, crosses = ax.lines
        np.testing.assert_array_equal(data(line), [[0.01, 3], [0.1, 2], [1, np.nan], [10, np.nan]])
        assert line.get_marker() == plots.STYLE["Adam"].marker
        assert crosses.get_xdata().tolist() == [1, 10]
        assert crosses.get_marker() == "x"
        edge = ax.transAxes.inverted().transform(crosses.get_transform().transform(data(crosses)))
        assert np.all((edge[:, 1] > 0.95) & (edge[:, 1] <= 1))
        assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
        assert (ax.get_xlabel(), ax.get_ylabel()) == (r"learning rate $\eta$", "loss at the end")
        assert legend(ax) == ["Adam"]

    def test_what_is_given_overrides_the_style(self, ax):
        plots.sweep(ax, [0.1, 1], [1.0, np.nan], Adam(), name="lr", color="k", marker="s", label="B = 1")
        assert [line.get_color() for line in ax.lines] == ["k", "k"]
        assert ax.lines[0].get_marker() == "s"
        assert legend(ax) == ["B = 1"]


class TestShow:
    ALT = "A line that falls from the upper left."

    def figure(self):
        figure, ax = plt.subplots(figsize=(4, 3))
        plots.losses(ax, [4, 2, 1], Adam()).legend()
        return figure

    def test_gives_a_picture_with_its_text_and_closes_the_figure(self):
        figure = self.figure()
        picture = plots.show(figure, self.ALT)
        assert not plt.fignum_exists(figure.number)
        bundle, metadata = picture._repr_mimebundle_()
        assert bundle == {"image/png": picture.png, "text/plain": self.ALT}
        assert metadata == {"image/png": {"alt": self.ALT, "width": 4 * plots.INCH}}
        pixels = plt.imread(io.BytesIO(picture.png))
        assert pixels.shape[1] / pixels.shape[0] == pytest.approx(4 / 3, rel=0.01)
        assert pixels[..., :3].std() > 0.01  # not blank

    def test_the_same_figure_gives_the_same_bytes(self):
        first, second = (plots.show(self.figure(), self.ALT).png for _ in range(2))
        assert first == second
        assert b"matplotlib" not in first.lower()

    def test_the_book_gets_vector_graphics_and_a_notebook_does_not(self, monkeypatch):
        assert plots.show(self.figure(), self.ALT)._repr_html_() is None
        monkeypatch.setenv(VECTOR, "yes")
        picture = plots.show(self.figure(), self.ALT, "It falls & falls.")
        shown = picture._repr_html_()
        assert shown == picture._repr_html_()
        assert shown.count("data:image/svg+xml") == 2
        assert f'alt="{self.ALT}"' in shown
        assert "<figcaption>It falls &amp; falls.</figcaption>" in shown
        assert "text/html" not in picture._repr_mimebundle_()[0]

    @pytest.mark.parametrize("caption", ["no full stop", "One. Two.", " It falls."])
    def test_a_caption_is_one_sentence(self, caption):
        figure = self.figure()
        with pytest.raises(ValueError, match="is not one sentence"):
            plots.show(figure, self.ALT, caption)
        plt.close(figure)

    @pytest.mark.parametrize("alt", ["", "   ", "loss curve", "The loss of each run"])
    def test_a_text_that_says_too_little_is_refused(self, alt):
        figure = self.figure()
        with pytest.raises(ValueError, match=re.escape(f"The text alternative {alt!r} is too short")):
            plots.show(figure, alt)
        plt.close(figure)


def test_the_style_file_is_one_that_matplotlib_reads():
    with plt.style.context("steepest.course"):
        assert plt.rcParams["figure.constrained_layout.use"]
        assert not plt.rcParams["axes.spines.top"]


def test_seeds_show_each_run_and_mark_those_that_diverged(ax):
    plots.seeds(ax, [(Adam(), [0.1, 0.3, 0.2]), (GradientDescent(), [1.0, np.nan, 2.0])])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Adam", "Gradient descent"]
    first, second = (
        [line for line in ax.lines if line.get_color() == plots.STYLE[name].color]
        for name in ("Adam", "GradientDescent")
    )
    assert [line.get_xdata().tolist() for line in first] == [[0.1, 0.3], [0.1, 0.3, 0.2], [0.2]]
    assert [np.asarray(line.get_xdata()).tolist() for line in second] == [[1.0, 2.0], [1.0, 2.0], [2.0], [0.99]]
    assert second[-1].get_marker() == "x"
    assert ax.yaxis_inverted()
