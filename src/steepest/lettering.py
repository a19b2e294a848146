"""Texts in figures: names at the ends of curves, and places for texts and legends where no curve runs."""

import itertools
import re
import textwrap
from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, QuadMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox, BboxBase, ScaledTranslation
from numpy.typing import ArrayLike

from steepest.arguments import column, instance
from steepest.vector import HALO, HALO_WIDTH

#: How many names at the ends of curves there may be.
MOST_NAMES = 5

#: How long a line of such a name may be, in letters, and how much of its axes' width it may take.
LINE, SHARE = 20, 0.42

#: How many lines a name may stand from the end of its curve.
AWAY = 1.6

#: The mark of such a name.
END = "end"

#: Where a legend may stand in its axes, and the ways a text may be moved, in halves of its size, the nearest first.
CORNERS = ("upper right", "upper left", "lower left", "lower right")
CORNERS += ("center right", "center left", "upper center", "lower center")
AROUND = np.array(sorted(itertools.product(range(-7, 8), repeat=2), key=np.linalg.norm))


def visible_end(ax: Axes, curve: Line2D) -> tuple[float, float] | None:
    """Where a curve ends at the right of what is shown.

    Args:
        ax: the axes, whose limits are set.
        curve: one of their curves.

    Returns:
        x and y in the axes' own coordinates, or None where the curve shows nothing.
    """
    instance("ax", ax, Axes)
    points = np.asarray(instance("curve", curve, Line2D).get_xydata(), float)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    with np.errstate(all="ignore"):
        points = (curve.get_transform() - ax.transAxes).transform(points)
    shown = np.all((points > -0.01) & (points < 1.01), axis=1)
    return tuple(points[shown][points[shown][:, 0].argmax()]) if shown.any() else None


def spread(places: ArrayLike, heights: ArrayLike) -> np.ndarray:
    """Places as near as can be to the given ones, at which things of these heights do not touch.

    Args:
        places: where the middles should be, shape (how many,), in any order.
        heights: how high each is, of the same shape.

    Returns:
        where the middles are, of the same shape and in the same order.
    """
    places = column("places", places)
    heights = column("heights", heights, len(places))
    order = np.argsort(places, kind="stable")
    # Without the heights below each, the places may coincide, but must not fall: groups that would take their mean.
    below = np.cumsum(heights[order]) - heights[order] / 2
    groups: list[list[float]] = []
    for target in places[order] - below:
        groups.append([target, 1])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, n), (b, m) = groups[-2:]
            groups[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    found = np.empty(len(places))
    found[order] = np.repeat([mean for mean, _ in groups], [int(n) for _, n in groups]) + below
    return found


def broken(name: str) -> str:
    """A long name on two lines, broken before its remark if it has one, and formulas left whole.

    Returns:
        the name, with a line break where it had a space.
    """
    if len(instance("name", name, str)) <= LINE or "$" in name:
        return name
    if remark := re.match(r"(.{6,}?[,:]) (.{3,})|(.{6,}?) (\(.+)", name):
        return "\n".join(part for part in remark.groups() if part)
    return textwrap.fill(name, LINE)


def name_ends(ax: Axes) -> bool:
    """Write the names of curves at their ends, in the place of the legend, where there is room for that.

    There is none where a curve ends before the right edge, where ends are too near to one another for their names, or
    where there are more than five curves or a name is long: then the legend stays.

    Args:
        ax: axes with a legend.

    Returns:
        whether the names are at the ends.
    """
    legend = instance("ax", ax, Axes).get_legend()
    curves, labels = ax.get_legend_handles_labels()
    if legend is None:
        return False
    curves = [curve for curve in curves if isinstance(curve, Line2D)]
    if legend.get_title().get_text() or [text.get_text() for text in legend.get_texts()] != labels:
        return False
    figure = cast(Figure, ax.figure)
    figure.draw_without_rendering()  # without it the axes do not know their limits and their size
    ends = [end for curve in curves if (end := visible_end(ax, curve)) and end[0] >= 0.9]
    if not len(labels) == len(curves) == len(ends) <= MOST_NAMES:
        return False
    size = float(legend.get_texts()[0].get_fontsize())
    box, inch = ax.get_window_extent(), figure.dpi
    lines = [broken(label) for label in labels]
    wide = max(len(line) for label in lines for line in label.split("\n")) * 0.56 * size / 72 * inch
    heights = np.array([1 + label.count("\n") for label in lines]) * 1.2 * size / 72 * inch / box.height
    places = spread([end[1] for end in ends], heights)
    moved = np.abs(places - [end[1] for end in ends])
    if wide > SHARE * box.width or np.any(moved > AWAY * heights.min()):
        return False
    for curve, label, place in zip(curves, lines, places, strict=True):
        ax.annotate(
            label,
            (1, place),
            xytext=(3, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            size=size,
            color=curve.get_color(),
            gid=END,
        )
    legend.set_visible(False)
    legend.set_in_layout(False)
    return True


def is_map(ax: Axes) -> bool:
    """Whether axes are covered by a map.

    Returns:
        True where cells with colors fill them.
    """
    return any(isinstance(artist, QuadMesh) for artist in instance("ax", ax, Axes).collections)


def part(ax: Axes) -> None:
    """Nudge apart the texts that stand below one another, and hide those whose place is above or below the axes.

    No text ends outside of its figure, and what is written on a map stays on it.
    """
    inside, columns = instance("ax", ax, Axes).get_window_extent(), {}
    covered = is_map(ax)
    edge = inside.x1 if covered else cast(Figure, ax.figure).bbox.x1
    for text in ax.texts:
        apart = isinstance(text, Annotation) or text.get_transform() != ax.transData
        movable = text.get_gid() != END if covered else not apart
        if movable and (over := text.get_window_extent().x1 + 4 - edge) > 0:
            x, y = ax.transData.transform(text.get_position())
            text.set_x(ax.transData.inverted().transform((x - over, y))[0])
        if apart or text.get_horizontalalignment() != "left":
            continue
        box, (left, y) = text.get_window_extent(), ax.transData.transform(text.get_unitless_position())
        text.set_visible(inside.y0 - box.height < y < inside.y1 + box.height)
        if text.get_visible() and not text.get_rotation():
            columns.setdefault(round(left / 12), []).append((text, (box.y0 + box.y1) / 2, box.height))
    for below in columns.values():
        texts, middles, heights = zip(*below, strict=True)
        for text, up in zip(texts, spread(middles, heights) - middles, strict=True):
            if up:
                _, y = ax.transData.transform(text.get_unitless_position())
                text.set_y(ax.transData.inverted().transform((0, y + up))[1])


def crossings(ax: Axes, box: BboxBase) -> int:
    """How many curves and marks of some axes run through a box.

    Args:
        ax: the axes, whose limits are set. Contours and maps, which fill them, do not count.
        box: in the pixels of the figure.

    Returns:
        their number; each mark counts.
    """
    found, shown = 0, Bbox.intersection(instance("box", box, BboxBase), instance("ax", ax, Axes).get_window_extent())
    if shown is None:
        return 0
    with np.errstate(all="ignore"):  # what lies below a logarithmic axis
        for curve in ax.lines:
            path = curve.get_transform().transform_path(curve.get_path()).cleaned(remove_nans=True)
            found += curve.get_linestyle() != "None" and bool(path.intersects_bbox(shown, filled=False))
            if curve.get_marker() not in {"None", "none", "", None}:
                found += shown.count_contains(path.vertices)
        for lines in ax.collections:
            if isinstance(lines, PathCollection):
                found += shown.count_contains(lines.get_offset_transform().transform(lines.get_offsets()))
            elif isinstance(lines, LineCollection):
                paths = (lines.get_transform().transform_path(path) for path in lines.get_paths())
                found += sum(bool(path.intersects_bbox(shown, filled=False)) for path in paths)
    return found


def _letters(text: Text) -> Bbox:
    """The box of a text's letters, without its arrow."""
    return Text.get_window_extent(text)


def place_legend(ax: Axes) -> float:
    """Put a legend where it covers neither curves nor texts nor bars: in another corner, or else below the axes.

    Args:
        ax: axes of a figure that has been drawn.

    Returns:
        how many inches the figure lacks for a legend below; 0 where there is none.
    """
    legend = instance("ax", ax, Axes).get_legend()
    if legend is None or not legend.get_visible():
        return 0.0
    bars = [bar.get_window_extent() for bar in ax.patches if isinstance(bar, Rectangle)]
    others = bars + [_letters(text) for text in ax.texts if text.get_text() and text.get_visible()]

    def covers():
        box = legend.get_window_extent().padded(-legend.prop.get_size() / 3)
        return crossings(ax, box) + box.count_overlaps(others)

    if any(isinstance(artist, ContourSet) for artist in ax.collections):  # which are everywhere
        legend.set_frame_on(True)
        legend.get_frame().set(alpha=1, linewidth=0)
    for corner in ("best", *CORNERS):
        if not covers():
            return 0.0
        legend.set_loc(corner)
    return _put_below(ax)


def _put_below(ax: Axes) -> float:
    """Put a legend below its axes, in as many columns as fit.

    Returns:
        its height in inches.
    """
    legend, figure = cast(Legend, ax.get_legend()), cast(Figure, ax.figure)
    names = [text.get_text() for text in legend.get_texts()]
    room = ax.get_window_extent()
    drop = (room.y0 - cast(Bbox, ax.xaxis.get_tightbbox()).y0) / figure.dpi + 0.05
    for columns in range(len(names), 0, -1):
        below = ax.legend(
            cast(list[Artist], legend.legend_handles),
            names,
            title=legend.get_title().get_text() or None,
            fontsize=legend.get_texts()[0].get_fontsize(),
            frameon=False,
            ncols=columns,
            columnspacing=1.2,
            handlelength=1.6,
            borderpad=0,
            borderaxespad=0,
            loc="upper left",
            bbox_to_anchor=(0, 0),
            bbox_transform=ax.transAxes + ScaledTranslation(0, -drop, figure.dpi_scale_trans),
        )
        if (box := below.get_window_extent()).width <= room.width:
            break
    return box.height / figure.dpi


def clear(ax: Axes) -> None:
    """Move each text that covers a curve, a mark or another text to the nearest place where it covers none.

    It stays where there is none near, and where it is turned.
    """
    legend, window = instance("ax", ax, Axes).get_legend(), ax.get_window_extent()
    texts = [text for text in ax.texts if text.get_text() and text.get_visible()]
    boxes = {text: _letters(text) for text in texts}
    if legend and legend.get_visible():
        boxes[legend] = legend.get_window_extent()
    for text in texts:
        if text.get_gid() == END or text.get_rotation():
            continue
        others = [box for other, box in boxes.items() if other is not text]
        stays_inside = window.count_contains(boxes[text].get_points()) == 2
        step = float(text.get_fontsize()) / 72 * cast(Figure, ax.figure).dpi / 2
        for way in step * AROUND:
            moved = boxes[text].translated(*way)
            if stays_inside and window.count_contains(moved.get_points()) < 2:
                continue
            if crossings(ax, moved) or moved.padded(-1).count_overlaps(others):
                continue
            if way.any():
                x, y = text.get_transform().transform(text.get_unitless_position()) + way
                x, y = text.get_transform().inverted().transform((x, y))
                text.set_position((x, y))
                boxes[text] = moved
            break


def tidy(figure: Figure) -> None:
    """Give the texts of a figure, whose shape is final, their places.

    Names of curves stand at their ends, where there is room; a legend or a text that covers a curve moves to where it
    covers none. The figure grows by the legends that stand below their axes.
    """
    instance("figure", figure, Figure).draw_without_rendering()
    for ax in figure.axes:
        part(ax)
        if isinstance(ax.get_legend(), Legend):
            name_ends(ax)
    below: dict[int, float] = {}
    for ax in figure.axes:
        row = spec.rowspan.start if (spec := ax.get_subplotspec()) else 0
        below[row] = max(place_legend(ax), below.get(row, 0))
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + sum(below.values()))
    if any(text.get_gid() != END for ax in figure.axes for text in ax.texts):
        figure.draw_without_rendering()
    for ax in figure.axes:
        clear(ax)
        for text in ax.texts:
            if text.get_gid() != END and not is_map(ax):
                text.set_gid(HALO)
                text.set_path_effects([withStroke(linewidth=HALO_WIDTH, foreground="white")])
