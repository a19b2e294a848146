"""Figures as vector graphics for a page: text in the page's font, its light or its dark colors, a shape for phones.

The book asks for them when it runs the notebooks (`VECTOR` in the environment). A notebook keeps pictures of pixels,
which every place that shows notebooks can show.
"""

import base64
import html
import io
import os
import pickle
import re
import textwrap
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.colors import rgb2hex, to_rgb
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, ttfFontProperty
from matplotlib.gridspec import GridSpec
from matplotlib.image import AxesImage
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

#: The name of the variable of the environment that asks for vector graphics.
VECTOR = "STEEPEST_VECTOR_FIGURES"

#: Up to which width of the window, in pixels, a page shows the shape for phones.
PHONE = 720

#: How wide that shape is and how wide any other can be, in inches; and the smallest size of letters, in points. They
#: are 11 pixels high on a phone 390 wide, and in the column of a wider page.
NARROW, WIDE, SMALLEST = 3.6, 7.2, 8.9

#: How the page writes text, and how it writes formulas.
FONT = 'system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif'
MATHS = '"STIX Two Text","STIX Two Math",STIXGeneral,"Times New Roman",Times,"Liberation Serif",serif'

#: The colors of the page, light and dark: what stands for nothing but itself takes their place.
PAGE, DARK_PAGE = "#ffffff", "#121212"

#: The contrast that letters need with their page (WCAG 2, level AA), and the least of what is meant to be seen on it.
LETTERS, MEANT = 4.5, 2

#: From this chroma on a color is no tint.
STRONG = 0.12

#: Letters that a page has elsewhere: spaces that stay, and the E of expectations, which STIX has in a place of its own.
ELSEWHERE = {0x20: 0xA0, 0xE156: 0x1D53C}

#: More points than this are drawn as pixels.
HEAVY = 2000

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
KEPT = "kept"

#: Marks a text that keeps the ground around its letters free, and how wide, in points.
HALO, HALO_WIDTH = "halo", 3


def wanted() -> bool:
    """Whether the environment asks for vector graphics.

    Returns:
        True where its variable `VECTOR` has a value.
    """
    return bool(os.environ.get(VECTOR))


class Writer(RendererSVG):
    """Matplotlib's writer of SVG, which leaves the width of text to the browser."""

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: bool = False,
        mtext: Text | None = None,
    ) -> None:
        """Write a line of text, anchored where it is aligned, so that it keeps its place in any font."""
        style = {"fill": rgb2hex(gc.get_rgb())}
        alpha = gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3]
        if alpha != 1:
            style["opacity"] = f"{alpha:.2g}"
        if mtext and (angle == 0 or mtext.get_rotation_mode() == "anchor"):
            anchor, up = mtext.get_transform().transform(mtext.get_unitless_position()), np.deg2rad(angle)
            across = np.array([np.sin(up), np.cos(up)])
            anchor = np.array([anchor[0], self.height - anchor[1]])
            x, y = anchor + across @ (np.array([x, y]) - anchor) * across
            style["text-anchor"] = {"left": "start", "right": "end", "center": "middle"}[
                mtext.get_horizontalalignment()
            ]
        if mtext and mtext.get_gid() == HALO:
            style |= {"stroke": PAGE, "stroke-width": f"{HALO_WIDTH}", "paint-order": "stroke"}
        where = f"translate({x:.2f} {y:.2f})" + (f" rotate({-angle:.4g})" if angle else "")
        attributes = {"style": "; ".join(f"{name}: {value}" for name, value in style.items()), "transform": where}
        if ismath:
            self.draw_formula(s, prop, attributes)
        else:
            self.writer.element("text", s, attrib=attributes | {"font-size": f"{prop.get_size():g}"} | weight(prop))

    def draw_formula(self, s: str, prop: FontProperties, attributes: dict) -> None:
        """Write a line with formulas: one run for each kind of letter, each after the other."""
        _, _, _, glyphs, rects = MathTextParser("path").parse(s, 72, prop)
        self.writer.start("g", attrib={name: attributes[name] for name in ("style", "transform")})
        self.writer.start("text")
        end, level, runs = 0.0, 0.0, []
        for font, size, code, *_, left, up in sorted(glyphs, key=lambda glyph: glyph[-2]):
            entry = ttfFontProperty(font)
            look = {"font-size": f"{size:.3g}"}
            kinds = ["m"] * ("DejaVu" not in entry.name) + ["i"] * (entry.style != "normal")
            if kinds:
                look["class"] = " ".join(kinds)
            gap = left - end
            place = {"x": f"{left:.2f}", "y": f"{-up:.2f}"} if rects else {}
            if not rects and abs(gap) > 0.04 * size and runs:
                place["dx"] = f"{gap:.2f}"
            if not rects and abs(up - level) > 0.01:
                place["dy"] = f"{level - up:.2f}"
            letter = chr(ELSEWHERE.get(code, code))
            if "\ue000" <= letter <= "\uf8ff":
                raise ValueError(f"A letter of {s!r} is in a font of Matplotlib alone: write it in another way.")
            if runs and not place and runs[-1][0] == look:
                runs[-1][2] += letter
            else:
                runs.append([look, place, letter])
            font.set_size(size, 72)
            end, level = left + font.load_char(code).linearHoriAdvance / 65536, up
        for look, place, letters in runs:
            self.writer.element("tspan", letters, attrib=look | place)
        self.writer.end("text")
        for left, up, width, height in rects:
            sizes = {"x": left, "y": -up - height, "width": width, "height": height}
            self.writer.element("rect", attrib={name: f"{size:.2f}" for name, size in sizes.items()})
        self.writer.end("g")


def weight(prop: FontProperties) -> dict:
    """What makes text bold, for the few that are.

    Returns:
        SVG's attribute by its name; empty for text that is not bold.
    """
    return {"font-weight": "600"} if prop.get_weight() in ("bold", "semibold", 600, 700) else {}


def oklab(color: str) -> np.ndarray:
    """The place of a color in OKLab, where equal distances look alike.

    Args:
        color: in any of Matplotlib's spellings.

    Returns:
        an array of shape (3,), with the lightness, 0 for black and 1 for white, then how red, and not green, and how
        yellow, and not blue.

    Source: Ottosson, "A perceptual color space for image processing" (2020).
    """
    c = np.array(to_rgb(color))
    rgb = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return INTO @ np.cbrt(LMS @ rgb)


def from_oklab(lab: np.ndarray) -> str:
    """The color at a place in OKLab; what a screen cannot show is cut off.

    Args:
        lab: a place as `oklab` gives it, shape (3,).

    Returns:
        the color as #rrggbb.
    """
    rgb = np.clip(np.linalg.inv(LMS) @ (np.linalg.inv(INTO) @ lab) ** 3, 0, 1)
    shown = np.clip(np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055), 0, 1)
    red, green, blue = map(float, shown)
    return rgb2hex((red, green, blue))


LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
INTO = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def contrast(a: str, b: str) -> float:
    """The contrast of two colors, in either order.

    Returns:
        a number from 1, for two of equal luminance, to 21, for black and white.

    Source: the contrast ratio of WCAG 2.
    """
    lights = []
    for color in a, b:
        c = np.array(to_rgb(color))
        lights.append(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])
    return float((max(lights) + 0.05) / (min(lights) + 0.05))


def on_dark(color: str) -> str:
    """The color that a color of a white page has on a dark one.

    What stands out from both pages stays, and so does a strong color that is light; the rest changes its lightness as
    the page does: black becomes light, and a tint that hardly shows on white hardly shows on dark.

    Returns:
        the color as #rrggbb.
    """
    if to_rgb(color) == (1, 1, 1):
        return DARK_PAGE
    light, *hue = oklab(color)
    if contrast(color, DARK_PAGE) >= 3 and (contrast(color, PAGE) >= 3 or np.hypot(*hue) >= STRONG):
        return rgb2hex(to_rgb(color))
    return from_oklab(np.array([min(oklab(DARK_PAGE)[0] + 0.9 * (1 - light), 0.95), *hue]))


def legible(color: str, page: str) -> str:
    """The color itself if letters in it can be read on a page, and else the nearest darker or lighter one.

    What is not meant for the page, as white on a map, stays as it is.

    Args:
        color: as #rrggbb.
        page: the color of the page, `PAGE` or `DARK_PAGE`.

    Returns:
        a color that has a contrast of at least `LETTERS` with the page.
    """
    light, *hue = oklab(color)
    while MEANT <= contrast(color, page) < LETTERS:
        light += 0.01 if page == DARK_PAGE else -0.01
        color = from_oklab(np.array([light, *hue]))
    return color


def widen(figure: Figure) -> None:
    """Give a figure the shape for wide windows: no wider than the column, no letter too small."""
    if (wider := figure.get_figwidth() / WIDE) > 1:
        figure.set_size_inches(WIDE, figure.get_figheight() / wider**0.5)
    enlarge(figure)


def fold(figure: Figure) -> None:
    """Give a figure the shape for phones: narrow, its panels below one another, no letter too small."""
    grids = {}
    for ax in figure.axes:
        if (spec := ax.get_subplotspec()) is not None:
            grids.setdefault(spec.get_gridspec(), []).append((spec.num1, ax))
    height = NARROW * np.clip(figure.get_figheight() / figure.get_figwidth(), 0.58, 0.85)
    for grid, placed in grids.items():
        axes = [ax for _, ax in sorted(placed, key=lambda pair: pair[0])]
        width, tall = figure.get_figwidth() / grid.ncols, figure.get_figheight() / grid.nrows
        if grid.ncols == 1:
            if grid.nrows > 1:
                height = max(3.4, 0.85 * tall * grid.nrows)
            continue
        square = all(ax.get_aspect() == 1 for ax in axes)
        columns = 1 if grid.ncols == 2 or (len(axes) == 3 and not square) else 2
        rows = -(-len(axes) // columns)
        most = 1.05 if columns > 1 else 0.8 if square else 0.58  # equal axes want the width of the phone
        height = rows * NARROW / columns * np.clip(tall / width, 0.5, most)
        below = GridSpec(rows, columns, figure)
        for place, ax in enumerate(axes):
            ax.set_subplotspec(below[place])
            if columns == 1 and ax.get_shared_y_axes().joined(ax, axes[0]):
                ax.tick_params(which="both", labelleft=True)
                ax.set_ylabel(ax.get_ylabel() or axes[0].get_ylabel())
    for ax in figure.axes:
        if isinstance(ax.yaxis.get_major_locator(), FixedLocator):  # names, one below the other
            height = max(height, 0.28 * len(ax.get_yticks()))
        for text in ax.texts:
            if "$" not in text.get_text():
                text.set_text("\n".join(textwrap.fill(line, 24) for line in text.get_text().split("\n")))
    figure.set_size_inches(NARROW, height)
    enlarge(figure)
    figure.draw_without_rendering()
    for ax in figure.axes:
        box = ax.get_window_extent()
        beside = 2 * min(figure.bbox.x1 - (box.x0 + box.x1) / 2, (box.x0 + box.x1) / 2)
        for axis, pixels in (ax.xaxis, beside), (ax.yaxis, box.height):
            room = pixels / figure.dpi * 72 / (0.56 * float(axis.label.get_fontsize()))
            if len(label := axis.label.get_text()) > room and "$" not in label:
                axis.label.set_text(textwrap.fill(label, max(int(room), 12)))
        ticks = [tick.get_window_extent() for tick in ax.get_xticklabels() if tick.get_text()]
        if any(left.x0 < right.x0 < left.x1 + 4 for left, right in pairwise(ticks)):
            ax.tick_params(axis="x", rotation=35)


def enlarge(figure: Figure) -> None:
    """Let no letter of a figure be too small to read."""
    for text in figure.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), SMALLEST))


def is_data(artist: Artist) -> bool:
    """Whether the colors of an artist stand for numbers.

    Returns:
        True for maps and for points with numbers for colors; False for contours, which may change with the page.
    """
    return isinstance(artist, ScalarMappable) and artist.get_array() is not None and not isinstance(artist, ContourSet)


def mark(figure: Figure) -> None:
    """Mark what keeps its colors on a dark page, and what is drawn as pixels because it has too many parts."""
    for text in figure.findobj(Text):
        text.set_path_effects([])  # Matplotlib would draw the outlines of letters; `Writer` asks the browser for a halo
    for ax in figure.axes:
        inside: list[Artist] = [*ax.lines, *ax.collections, *ax.images, *ax.patches, *ax.texts]
        if legend := ax.get_legend():
            inside.append(legend)
        covered = any(isinstance(artist, QuadMesh | AxesImage) for artist in inside)  # by a picture of numbers
        for k, artist in enumerate(inside):
            if covered or is_data(artist):
                artist.set_gid(f"{KEPT}-{k}")
            many = isinstance(artist, PathCollection) and len(np.asarray(artist.get_offsets())) > HEAVY
            if isinstance(artist, QuadMesh) or many:
                artist.set_rasterized(True)


def drawn(figure: Figure) -> str:
    """A figure as SVG. It follows the color scheme of the page that shows it.

    Returns:
        the text of a file of its own. The same figure gives the same text.
    """
    mark(figure)
    FigureCanvasSVG(figure)
    figure.dpi = 72
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "steepest", "path.simplify_threshold": 0.2}):
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        writer = Writer(72 * width, 72 * height, file, image_dpi=200, metadata=metadata)
        renderer = MixedModeRenderer(figure, width, height, 200, writer)
        figure.draw(renderer)  # pyrefly: ignore[bad-argument-type]
        renderer.finalize()
    return themed(file.getvalue())


COLOR = re.compile(r"(fill|stroke): (#[0-9a-f]{6})")
NUMBER = re.compile(r"-?\d+\.\d{3,}")


def gather(group: ElementTree.Element) -> None:
    """Let one path carry the marks of a curve: a run of a thousand steps is one element, not a thousand."""
    marks = [child for child in group if child.tag == f"{SVG}use"]
    if len({(mark.attrib["href"], mark.attrib["style"]) for mark in marks}) != 1 or len(marks) == 1:
        return
    points = " ".join(f"{mark.attrib.pop('x')} {mark.attrib.pop('y')}" for mark in marks)
    name = f"marks-{sha256(f'{points} {marks[0].attrib}'.encode()).hexdigest()[:8]}"
    for mark in marks:
        group.remove(mark)
    size = {"id": name, "markerUnits": "userSpaceOnUse", "overflow": "visible"}
    ElementTree.SubElement(group, f"{SVG}marker", size).append(marks[0])
    ElementTree.SubElement(group, f"{SVG}path", {"d": f"M{points}", "style": f"fill:none;marker:url(#{name})"})


def themed(svg: str) -> str:
    """An SVG of Matplotlib with the page's fonts and colors, without what a page has no use for.

    Args:
        svg: a figure as `Writer` writes it.

    Returns:
        the text of an SVG whose own style sheet has the page's dark colors.
    """
    ElementTree.register_namespace("", SVG.strip("{}"))
    root = ElementTree.fromstring(svg)
    dark = {}

    def painted(found, letters):
        light, shown = pair = found[2], on_dark(found[2])
        if letters:
            light, shown = legible(light, PAGE), legible(shown, DARK_PAGE)
        if light == shown:
            return f"{found[1]}: {light}"
        name = f"--{found[2].removeprefix('#')}" + ("-letters" if (light, shown) != pair else "")
        dark[name] = shown
        return f"{found[1]}: var({name},{light})"

    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))

    def visit(node, kept):
        name = node.attrib.get("id", "")
        if name.startswith(KEPT):
            kept = True
            node.attrib["fill"] = "#000"
        if name and name not in used:
            del node.attrib["id"]
        if (target := node.attrib.pop(f"{XLINK}href", None)) is not None:
            node.attrib["href"] = target
        if "style" in node.attrib:
            style = node.attrib["style"]
            letters = f"{SVG}text" in {node.tag, *(child.tag for child in node)}
            if not kept:
                style = COLOR.sub(lambda found: painted(found, letters), style)
            node.attrib["style"] = style.replace(": ", ":").replace("; ", ";")
        if "d" in node.attrib:
            node.attrib["d"] = " ".join(NUMBER.sub(lambda n: f"{float(n[0]):.2f}", node.attrib["d"]).split())
        node.tail = None
        if len(node) or node.tag not in {f"{SVG}text", f"{SVG}tspan", f"{SVG}style"}:
            node.text = None
        for child in list(node):
            if child.tag == f"{SVG}metadata":
                node.remove(child)
            else:
                visit(child, kept)
        gather(node)

    visit(root, False)
    variables = ";".join(f"{name}:{color}" for name, color in sorted(dark.items()))
    style = next(root.iter(f"{SVG}style"))
    style.text = (
        f"*{{stroke-linejoin:round;stroke-linecap:butt}}text{{font-family:{FONT}}}.m{{font-family:{MATHS}}}.i{{font-style:italic}}"
        f"@media(prefers-color-scheme:dark){{:root{{fill:{on_dark('#000000')};{variables}}}}}"
    )
    return ElementTree.tostring(root, encoding="unicode")


def inline(svg: str) -> str:
    """An SVG as an address that holds it.

    Returns:
        a ``data:`` address, which needs no file and no request.
    """
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def element(figure: bytes, alt: str, caption: str, inch: float, refit: Callable[[Figure], None]) -> str:
    """The HTML of a figure: one picture for wide windows and one for phones, and a caption.

    Args:
        figure: what to draw, pickled: each shape is made from a copy of its own.
        alt: its text alternative.
        caption: one sentence below it, or nothing.
        inch: how many pixels of a wide page an inch takes.
        refit: what is done when a copy has its shape.

    Returns:
        a ``figure`` element that needs no other file. It shows one shape at a time, by the width of the window; on
        paper the wide one, for which it has room.
    """
    shapes = []
    for shape in widen, fold:
        copy = pickle.loads(figure)
        shape(copy)
        refit(copy)
        shapes.append((inline(drawn(copy)), *(round(side * inch) for side in copy.get_size_inches())))
    (wide, *sizes), (narrow, *small) = shapes
    says = f"<figcaption>{html.escape(caption, quote=False)}</figcaption>" if caption else ""
    return (
        f'<figure class="drawn"><picture><source media="screen and (max-width: {PHONE}px)" '
        f'width="{small[0]}" height="{small[1]}" srcset="{narrow}"><img class="dark-light" loading="lazy" '
        f'width="{sizes[0]}" height="{sizes[1]}" src="{wide}" alt="{html.escape(alt)}"></picture>{says}</figure>'
    )
