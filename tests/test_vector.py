"""Figures as vector graphics: text that is text, colors for both themes, a shape for phones."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import rgb2hex
from matplotlib.text import Text

from steepest import lettering, plots, vector

mpl.use("agg")

SVG = {"svg": "http://www.w3.org/2000/svg"}


@pytest.fixture
def figure():
    with plt.style.context("steepest.course"):
        figure, axes = plt.subplots(1, 2, sharey=True)
        for ax in axes:
            ax.plot([1, 3, 2], color=plots.STYLE["Adam"].color)
            ax.set(xlabel=r"learning rate $\eta$", title="a run & its end")
        axes[0].set_ylabel("loss")
        axes[1].text(0, 1, "tiny", size=5, color=plots.THEORY)
        yield figure
        plt.close(figure)


def texts(svg):
    return [
        "".join(node.itertext()).replace("\xa0", " ")
        for node in ElementTree.fromstring(svg).iterfind(".//svg:text", SVG)
    ]


def sizes(svg):
    return [
        float(node.attrib["font-size"]) for node in ElementTree.fromstring(svg).iter() if "font-size" in node.attrib
    ]


def test_text_stays_text_and_formulas_read_from_left_to_right(figure):
    svg = vector.drawn(figure)
    assert texts(svg).count("learning rate η") == 2
    assert "a run & its end" in texts(svg)
    assert "font-family" in re.search("<style.*?</style>", svg, re.DOTALL)[0]
    assert "DejaVu" not in svg


def test_a_text_within_axes_keeps_the_ground_around_it_free_in_the_page_s_color(figure):
    lettering.tidy(figure)
    root = ElementTree.fromstring(vector.drawn(figure))
    haloed = [node for node in root.iterfind(".//svg:text", SVG) if "paint-order" in node.attrib.get("style", "")]
    assert ["".join(node.itertext()) for node in haloed] == ["tiny"]
    assert f"stroke:var(--ffffff,{vector.PAGE})" in haloed[0].attrib["style"]


def test_the_marks_of_a_curve_are_one_element(figure):
    ax = figure.axes[0]
    steps = np.linspace(1, 3, 500)
    (curve,) = ax.plot(steps, "o-", color=plots.STYLE["Adam"].color)
    root = ElementTree.fromstring(vector.drawn(figure))
    paths = [path for path in root.iterfind(".//svg:path", SVG) if "marker" in path.attrib.get("style", "")]
    (path,) = (path for path in paths if len(path.attrib["d"].split()) == 2 * len(steps))
    points = np.array(path.attrib["d"].removeprefix("M").split(), float).reshape(-1, 2)
    expected = curve.get_transform().transform(np.stack([np.arange(len(steps)), steps], axis=-1))
    np.testing.assert_allclose(points[:, 0], expected[:, 0], atol=1e-3)
    np.testing.assert_allclose(points[:, 1], 72 * figure.get_figheight() - expected[:, 1], atol=1e-3)
    (name,) = re.findall(r"url\(#([^)]+)", path.attrib["style"])
    assert root.find(f".//svg:marker[@id='{name}']/svg:use", SVG) is not None


def test_a_formula_with_a_line_above_keeps_its_places(figure):
    figure.axes[0].set_title(r"$\frac{1}{2}x^2$")
    svg = vector.drawn(figure)
    (formula,) = (text for text in texts(svg) if "x" in text)
    assert sorted(formula) == ["1", "2", "2", "x"]
    assert "<rect" in svg.partition("</clipPath>")[0]


def test_an_expectation_has_a_letter_that_a_page_knows(figure):
    figure.axes[0].set_title(r"$\mathbb{E}[x]$")
    assert "𝔼[x]" in texts(vector.drawn(figure))
    figure.axes[0].set_title(r"$\mathbb{K}$")
    with pytest.raises(ValueError, match="write it in another way"):
        vector.drawn(figure)


def test_the_same_figure_gives_the_same_text_without_a_date(figure):
    first = vector.drawn(figure)
    assert vector.drawn(figure) == first
    assert not re.search(r"20\d\d-|metadata|Matplotlib", first)


def test_a_place_in_the_middle_of_text_does_not_hang_on_its_font(figure):
    assert vector.drawn(figure).count("text-anchor:middle") >= 4


@pytest.mark.parametrize("color", ["#000000", "#222832", "#1a1a1a", "#0b3f6b", plots.THEORY])
def test_what_is_dark_on_a_light_page_is_light_on_a_dark_one(color):
    assert vector.contrast(vector.on_dark(color), vector.DARK_PAGE) > 0.5 * vector.contrast(color, vector.PAGE)


@pytest.mark.parametrize("color", ["#e6e6e6", "#b8d4ec"])
def test_what_hardly_shows_on_a_light_page_hardly_shows_on_a_dark_one(color):
    assert vector.contrast(vector.on_dark(color), vector.DARK_PAGE) < 3


@pytest.mark.parametrize("place", [0.7, 0.85, 1.0])
def test_the_light_end_of_a_scale_stays_as_light_on_a_dark_page(place):
    color = rgb2hex(colormaps["viridis"](place))
    assert vector.on_dark(color) == color
    assert vector.contrast(color, vector.DARK_PAGE) >= 7


def test_shades_keep_their_order_on_a_dark_page():
    shades = ["#b8d4ec", "#7fb0dc", "#0b3f6b"]
    seen = [vector.contrast(vector.on_dark(shade), vector.DARK_PAGE) for shade in shades]
    assert all(paler < stronger for paler, stronger in pairwise(seen))


@pytest.mark.parametrize("name", plots.STYLE)
def test_an_optimizer_has_one_color_in_both_themes(name):
    color = plots.STYLE[name].color
    assert vector.on_dark(color) == color


@pytest.mark.parametrize("color", ["#9a9a9a", "#666666", *sorted({style.color for style in plots.STYLE.values()})])
def test_letters_in_any_color_can_be_read_on_both_pages(figure, color):
    figure.axes[0].text(0.5, 0.5, "name", color=color)
    figure.axes[0].text(0.5, 0.6, "$x^2$", color=color)
    svg = vector.drawn(figure)
    dark = dict(re.findall(r"(--[\w-]+):(#\w+)", svg))
    written = [svg[: svg.index(end)].rpartition(f"<{start}")[2] for start, end in (("text", ">name<"), ("g ", ">2<"))]
    for style in written:
        name, light = re.search(r"fill:(?:var\((--[\w-]+),)?(#\w+)", style).groups()
        assert vector.contrast(light, vector.PAGE) >= vector.LETTERS
        assert vector.contrast(dark[name] if name else light, vector.DARK_PAGE) >= vector.LETTERS


def test_letters_on_a_map_keep_the_color_that_is_meant_for_it():
    assert vector.legible("#ffffff", vector.PAGE) == "#ffffff"
    assert vector.legible("#e6e6e6", vector.PAGE) == "#e6e6e6"


def test_colors_change_with_the_theme_of_the_page(figure):
    svg = vector.drawn(figure)
    dark = re.search(r"@media\(prefers-color-scheme:dark\){:root{(.*?)}}", svg)[1]
    variables = dict(pair.split(":") for pair in dark.split(";") if pair.startswith("--"))
    assert variables["--ffffff"] == vector.DARK_PAGE
    assert {"--222832", "--e6e6e6", "--1a1a1a"} <= variables.keys()
    for name, light in re.findall(r"var\((--[\w-]+),(#\w+)\)", svg):
        assert name == f"--{light.removeprefix('#')}" or name.endswith("-letters")
        assert name in variables
    assert f"stroke:{plots.STYLE['Adam'].color}" in svg


def test_colors_that_stand_for_numbers_stay_and_many_cells_are_pixels(figure):
    left, right = figure.axes
    left.pcolormesh(np.arange(90_000).reshape(300, 300))
    left.text(1, 1, "on it", color="white")
    right.scatter([0, 1, 2], [1, 2, 3], c=[0, 1, 2], cmap="coolwarm")
    svg = vector.drawn(figure)
    assert svg.count("<image") == 1
    assert len(svg) < 300_000
    written = svg[: svg.index(">on it<")].rpartition("<text")[2]
    assert "fill:#ffffff" in written
    assert "fill:#3b4cc0" in svg, "the lowest color of the map"


def test_the_shape_for_phones_has_panels_below_one_another_and_no_small_letters(figure):
    vector.fold(figure)
    figure.draw_without_rendering()
    above, below = (ax.get_position() for ax in figure.axes)
    assert below.y1 < above.y0
    assert figure.get_figwidth() == vector.NARROW
    assert min(text.get_fontsize() for text in figure.findobj(Text)) == vector.SMALLEST
    assert figure.axes[1].get_ylabel() == "loss"
    assert min(sizes(vector.drawn(figure))) >= vector.SMALLEST


def test_panels_with_equal_axes_have_the_width_of_a_phone():
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.6))
    for ax in axes:
        ax.set(aspect="equal", xlim=(0, 1), ylim=(0, 1))
    vector.fold(figure)
    figure.draw_without_rendering()
    assert all(ax.get_window_extent().width > 0.5 * figure.bbox.width for ax in axes)
    plt.close(figure)


def test_many_panels_become_two_columns():
    figure, axes = plt.subplots(2, 3)
    vector.fold(figure)
    assert {ax.get_subplotspec().get_gridspec().get_geometry() for ax in axes.flat} == {(3, 2)}
    plt.close(figure)


def test_long_texts_wrap_on_phones_and_rows_of_names_keep_their_room():
    figure, ax = plt.subplots()
    text = ax.text(0, 0, "no schedule that forgets the start ends below this")
    ax.set_yticks(range(12), [f"rule {k}" for k in range(12)])
    ax.set_ylabel("a name that is longer than the axes are high, by far and away")
    vector.fold(figure)
    assert ax.get_ylabel().count("\n") == 1
    assert text.get_text().count("\n") == 2
    assert figure.get_figheight() > 3
    plt.close(figure)


def test_on_phones_a_long_name_of_an_axis_wraps_and_crowded_numbers_are_turned(figure):
    left, right = figure.axes
    left.set(xlabel="a name of an axis that is longer than a phone is wide, by some words")
    left.set(xticks=[0, 1, 2], xticklabels=[f"a name of a tick that is long {k}" for k in range(3)])
    vector.fold(figure)
    figure.draw_without_rendering()
    box = left.xaxis.label.get_window_extent()
    assert "\n" in left.get_xlabel()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert {tick.get_rotation() for tick in left.get_xticklabels()} == {35}
    assert {tick.get_rotation() for tick in right.get_xticklabels()} == {0}
