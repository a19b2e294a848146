"""What may import what in the package, and the directive `{layers}`, which draws what does.

`tests/test_imports.py` holds every import to these layers. The drawing has them as its rows, so all its arrows point
down. An arrow is left out where others lead to the same place.
"""

import ast
import collections
import itertools
import statistics
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import steepest

PACKAGE = Path(steepest.__file__).parent

#: What may import what: a module imports modules of earlier lines, and those of its own folder.
LAYERS = [
    {"arguments", "needs", "vector"},
    {"eigen", "lettering", "orthogonal", "problems", "session"},
    {"datasets", "optimizers", "surfaces"},
    {"averages", "bugs", "counterexamples", "descent", "frameworks", "linefit", "modes", "schedules", "variants"},
    {"curvature"},
    {"comparison", "plots", "claims", "exercises"},
    {"live"},
    {"summary"},
]
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}

FILES = {".".join(file.relative_to(PACKAGE).with_suffix("").parts): file for file in sorted(PACKAGE.rglob("*.py"))}

#: The modules of the package, by their names within it.
MODULES = {name.removesuffix(".__init__"): file for name, file in FILES.items() if name != "__init__"}

#: How the drawing is laid out, in its own units: a letter of a name, the room beside it, and the rows.
WIDTH, LETTER, ROOM, HEIGHT, ROW = 800, 7.2, 16, 26, 82


def imported(file):
    """The full names of the modules and attributes that a file imports, anywhere in it.

    Raises:
        ValueError: a relative import, which does not say from where.
    """
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{file.name} has a relative import; name the module in full.")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports() -> dict[str, set[str]]:
    """What each module or folder of the package imports of the others, by name."""
    found = {name.partition(".")[0]: set() for name in MODULES}
    for name, file in MODULES.items():
        top = name.partition(".")[0]
        for path in imported(file):
            package, _, rest = path.partition(".")
            other = rest.partition(".")[0]
            if package == "steepest" and other in found and other != top:
                found[top].add(other)
    return found


def reached(start, graph) -> set[str]:
    """All that one can get to from a module, itself left out."""
    found, ways = set(), [*graph[start]]
    while ways:
        module = ways.pop()
        if module not in found:
            found.add(module)
            ways += graph[module]
    return found


def without_shortcuts(graph) -> dict[str, set[str]]:
    """A graph without the arrows that lead where others lead, too."""
    return {
        name: {other for other in others if not any(other in reached(way, graph) for way in others - {other})}
        for name, others in graph.items()
    }


def ordered(graph) -> tuple[list[list[tuple]], list[list[tuple]]]:
    """The rows of the drawing from the top, each in an order with few crossings, and the places that each arrow passes.

    A place is a module's name alone, or the two ends of an arrow and the row that it crosses: so it finds a gap there.
    """
    rows: list[list[tuple]] = [[(name,) for name in sorted(names)] for names in reversed(LAYERS)]
    row_of = {name: len(LAYERS) - 1 - number for name, number in LAYER.items()}
    arrows = []
    for name, others in sorted(graph.items()):
        for other in sorted(others):
            crossed = range(row_of[name] + 1, row_of[other])
            for row in crossed:
                rows[row].append((name, other, row))
            arrows.append([(name,), *((name, other, row) for row in crossed), (other,)])
    pairs = [pair for arrow in arrows for pair in itertools.pairwise(arrow)]
    found = []
    for sweep in range(24):  # each row in turn goes below, or above, the middle of what it is tied to
        down = sweep % 2 == 0
        tied = collections.defaultdict(list)
        for upper, lower in pairs:
            tied[lower if down else upper].append(upper if down else lower)
        for row in rows if down else reversed(rows):
            place_of = {place: k / len(line) for line in rows for k, place in enumerate(line)}
            middle = {place: statistics.fmean(place_of[end] for end in tied[place] or [place]) for place in row}
            row.sort(key=middle.__getitem__)
        found.append((crossings(rows, pairs), sweep, [list(row) for row in rows]))
    return min(found)[2], arrows


def crossings(rows, pairs) -> int:
    """How many lines between two rows cross one another."""
    place_of = {place: k for row in rows for k, place in enumerate(row)}
    return sum(
        (place_of[a] - place_of[c]) * (place_of[b] - place_of[d]) < 0
        for row in rows
        for (a, b), (c, d) in itertools.combinations([pair for pair in pairs if pair[0] in row], 2)
    )


def drawn(graph) -> str:
    """The drawing of what imports what, as SVG."""
    rows, arrows = ordered(without_shortcuts(graph))
    x, y = {}, {}
    for number, row in enumerate(rows):
        widths = [LETTER * len(place[0]) + ROOM if len(place) == 1 else 0 for place in row]
        gap = (WIDTH - sum(widths)) / (len(row) + 1)
        left = gap
        for place, width in zip(row, widths, strict=True):
            x[place], y[place] = left + width / 2, ROW * number + HEIGHT / 2 + 1
            left += width + gap
    lines = []
    for arrow in arrows:
        points = [(x[place], y[place]) for place in arrow]
        points[0] = points[0][0], points[0][1] + HEIGHT / 2
        points[-1] = points[-1][0], points[-1][1] - HEIGHT / 2 - 4
        path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            path += f"C{x0:.1f} {(y0 + y1) / 2:.1f} {x1:.1f} {(y0 + y1) / 2:.1f} {x1:.1f} {y1:.1f}"
        (start,), (end,) = arrow[0], arrow[-1]
        lines.append(f'<path d="{path}" data-from="{start}" data-to="{end}" marker-end="url(#layers-arrow)"/>')
    boxes = []
    for place in (place for row in rows for place in row if len(place) == 1):
        (name,), width = place, LETTER * len(place[0]) + ROOM
        boxes.append(
            f'<g data-module="{name}"><title>{told(name, graph)}</title><rect x="{x[place] - width / 2:.1f}" '
            f'y="{y[place] - HEIGHT / 2:.1f}" width="{width:.1f}" height="{HEIGHT}" rx="5"/>'
            f'<text x="{x[place]:.1f}" y="{y[place] + 4.5:.1f}" fill="currentColor" stroke="none">{name}</text></g>'
        )
    names = [name for layer in reversed(LAYERS) for name in sorted(layer)]
    label = f"The modules in {len(rows)} rows. {'; '.join(told(name, graph) for name in names)}."
    return (
        f'<svg viewBox="0 0 {WIDTH} {ROW * (len(rows) - 1) + HEIGHT + 2}" role="img" aria-label="{label}" '
        'style="min-width:42rem;width:100%;fill:none;stroke:currentColor;font:13px sans-serif">'
        '<defs><marker id="layers-arrow" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8Z" fill="currentColor" stroke="none"/></marker></defs>'
        f'<g opacity="0.7">{"".join(lines)}</g><g text-anchor="middle">{"".join(boxes)}</g></svg>'
    )


def told(name, graph) -> str:
    """What a module imports, in words."""
    return f"{name} imports {', '.join(sorted(graph[name])) or 'no other'}"


class Layers(SphinxDirective):
    """The drawing of the package's imports, as they are in the code."""

    def run(self):
        for file in MODULES.values():
            self.env.note_dependency(str(file))
        return [nodes.raw("", f'<div class="drawing" style="overflow-x:auto">{drawn(imports())}</div>', format="html")]


def setup(app):
    app.add_directive("layers", Layers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
