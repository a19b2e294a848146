r"""Formulas, drawn when the book is built: MathML, which browsers lay out without a script, and the font for it.

The package math-core turns TeX into MathML Core. What that language lacks is done here and in `formulas.css`: the
number of a formula stands at the margin, and a display that is wider than its column, or a long formula within a line,
breaks before a relation or words, or after a ``\quad``. Each formula keeps its TeX in ``data-tex``, which "Copy"
gives. No line ends between an inline formula and what follows it without a space.
"""

import html
import re
from importlib.metadata import distribution
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables.otTables import MathGlyphVariantRecord  # pyrefly: ignore[missing-module-attribute]
from math_core import LatexError, LatexToMathML
from sphinx.util import logging

logger = logging.getLogger(__name__)

#: The font and, in its table `name`, its license: the SIL Open Font License, whose text is beside the font in the site.
SOURCE = Path(str(distribution("ziamath").locate_file("ziamath/fonts/STIXTwoMath-Regular.ttf")))
FONT = "formulas.woff2"

#: A formula of a page, as `mathml` writes it.
FORMULA = re.compile(r"<math[ >].*?</math>", re.DOTALL)

#: What MathML draws besides the characters that stand in it: the sign of a root.
DRAWN = "√"

#: The smaller sizes of that sign, as parts of the smallest that the font has.
SMALLER = (0.68, 0.82)

#: How far the parts of a fraction within a line stand from it, in em, as in TeX. The font has them so far from the bar
#: that the lower part falls out of the line.
FRACTION = {"FractionNumeratorShiftUp": 0.394, "FractionDenominatorShiftDown": 0.345}

#: What stands for a derivative: f′, f″, f‴.
PRIMES = 0x2032, 0x2033, 0x2034

#: What `bar` puts over a letter.
BAR = "¯"

TAG = re.compile(r"\s*\\tag\{([^{}]*)\}")
DELIMITERS = re.compile(r"\A\s*(?:\$\$?|\\\[|\\\()|(?:\$\$?|\\\]|\\\))\s*\Z")
RELATIONS = set("=≠<>≤≥≪≫≈∝∈←→⟹⟺≡∼≔")

#: How far a space has to reach for a line to break after it, in em: a `\quad`.
WIDE = 1.0

#: A number with a negative power of ten, as programs write it.
POWER = re.compile(r"(\S*\de-\d\S*)")

#: Spaces at which no line should end: before a percent sign, and around the colon of a score.
SPACED = re.compile(r"(?<=\d) %|(?<=\d) : (?=\d)")

#: How many characters of a formula within a line stay together: about as many as a narrow phone has room for.
LONG = 20

converter = LatexToMathML(fancy_error=False, macros={"cr": r"\\"})


def mathml(tex, display=False, tail="") -> str:
    r"""A formula in MathML.

    Args:
        tex: the formula in TeX, with or without its delimiters; without a ``\tag``.
        display: whether it stands on lines of its own.
        tail: a full stop or what else stays on the last line of a formula that can break.

    Raises:
        LatexError: TeX that cannot be drawn.

    >>> mathml("$w^2$")
    '<math data-tex="w^2"><msup><mi>w</mi><mn>2</mn></msup></math>'
    """
    tex = DELIMITERS.sub("", tex).strip()
    plain = re.sub(r"\\\\\[[^\]]*\]", r"\\\\", tex)  # the style sheet sets the space between lines
    written = html.unescape(
        re.sub("&(amp|lt|gt);", r"&amp;\1;", converter.convert_with_local_state(plain, displaystyle=display))
    )
    formula = ElementTree.fromstring(written)
    for name in formula.iter():  # a hyphen in the name of an operator is no minus
        if name.text and len(name.text) > 1:
            name.text = name.text.replace("−", "-")
    for box in formula.iter("menclose"):  # MathML Core has no frames
        box.tag, box.attrib = "mrow", {"class": "boxed"}
    for accented in formula.iter("mover"):  # the font has its bar so near to the letter that it touches a g
        if accented[1].text == BAR:
            accented.set("class", "bar")
    for inner in formula.iter("mrow"):
        if (
            inner.attrib == {"displaystyle": "true", "scriptlevel": "0"} and len(formula) == 1
        ):  # all of an inline formula
            formula[:] = list(inner)
            formula.set("displaystyle", "true")
            break
    for scripts in list(formula.iter()):
        if scripts.tag in {"msub", "msup", "msubsup"} and scripts[0].tag == "mo":  # only in a row do fences grow
            row = ElementTree.Element("mrow")
            row.append(scripts[0])
            scripts[0] = row
    if display or len("".join(formula.itertext())) > LONG:
        break_lines(formula)
    if tail:
        last = formula[-1][-1] if formula[-1].get("class") == "equation" else formula[-1]
        ElementTree.SubElement(last, "mtext").text = tail
    formula.set("data-tex", " ".join(tex.split()))
    return ElementTree.tostring(formula, encoding="unicode", short_empty_elements=False)


def break_lines(formula):
    r"""Put what has to stay on one line into rows of their own, between which the line can break.

    First equations that a ``\quad`` parts go below one another; only one that is too wide by itself breaks before its
    relations and its words. What words say of it, as "where S = 2", breaks before them alone.
    """
    equations = [[[]]]  # each as its rows, each row as its parts
    for part in formula:
        rows = equations[-1]
        said = any(earlier.tag == "mtext" for row in rows for earlier in row)
        relates = part.tag == "mo" and part.text in RELATIONS
        if rows[-1] and (part.tag == "mtext" or (relates and not said)):
            rows.append([])
        rows[-1].append(part)
        if part.tag == "mspace" and float(part.get("width", "0").removesuffix("em")) >= WIDE:
            equations.append([[]])
    equations = [rows for rows in equations if rows[0]]
    if len(equations) > 1:
        formula[:] = [row_of(map(row_of, rows), "equation") if rows[1:] else row_of(rows[0]) for rows in equations]
    elif len(equations[0]) > 1:
        formula[:] = map(row_of, equations[0])
    else:
        return
    formula.set("class", "breaks")


def row_of(parts, name=None):
    """A row of a formula, with a class where it has a name."""
    row = ElementTree.Element("mrow", {"class": name} if name else {})
    row.extend(parts)
    return row


def displayed(tex) -> str:
    r"""A formula on lines of its own, with the number of its ``\tag`` at the margin."""
    tag = TAG.search(tex)
    formula = f'<div class="formula">{mathml(TAG.sub("", tex), display=True)}</div>'
    number = f'<span class="tag">({html.escape(tag[1])})</span>' if tag else ""
    return formula + number


def draw(function, node):
    """What a function makes of the TeX of a node. What cannot be drawn is a warning, and stands on the page as TeX."""
    try:
        return function(node.astext())
    except LatexError as error:
        logger.warning("this formula cannot be drawn: %s: %s", error, node.astext().strip(), location=node)
        return f"<code>{html.escape(node.astext())}</code>"


def visit_inline(translator, node):
    translator.body.append(draw(lambda tex: mathml(tex, tail=node.get("tail", "")), node))
    raise nodes.SkipNode


def visit_display(translator, node):
    classes = " ".join(["math", *(name for name in node["classes"] if name != "math")])
    translator.body.append(translator.starttag(node, "div", CLASS=classes) + draw(displayed, node) + "</div>\n")
    raise nodes.SkipNode


def keep_together(app, doctree):
    """Keep on one line an inline formula with what stands beside it without a space: a bracket, a full stop, "-th".

    And so a number such as 1e-12, after whose hyphen a line could end, and the parts of "5 %" and "8 : 0".
    """
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, (nodes.paragraph, nodes.emphasis, nodes.strong)):
            parts: list[nodes.Node] = []
            for word in POWER.split(SPACED.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)):
                is_number = POWER.fullmatch(word)
                parts.append(nodes.inline("", word, classes=["together"]) if is_number else nodes.Text(word))
            text.parent.replace(text, parts)
    for formula in list(doctree.findall(nodes.math)):
        line, place = formula.parent, formula.parent.index(formula)
        before, after = (line[i] if 0 <= i < len(line) else None for i in (place - 1, place + 1))
        head = tail = ""
        if isinstance(before, nodes.Text):
            rest, head = re.findall(r"\A(.*?)([(\[“]*)\Z", before, re.DOTALL)[0]
            line[place - 1] = nodes.Text(rest)
        if isinstance(after, nodes.Text):
            tail, rest = re.findall(r"\A(\S*)(.*)\Z", after, re.DOTALL)[0]
            line[place + 1] = nodes.Text(rest)
        if tail and can_break(formula):  # between its rows, so that it cannot be kept on one line with anything
            formula["tail"], tail = tail, ""
        if head or tail:
            line[place] = nodes.inline("", "", nodes.Text(head), formula, nodes.Text(tail), classes=["together"])


def can_break(formula):
    """Whether an inline formula has rows between which a line can end."""
    try:
        return 'class="breaks"' in mathml(formula.astext())
    except LatexError:  # which its drawing reports
        return False


def characters(pages) -> set[str]:
    """Every character that the formulas of these pages draw, with the slanted form of a letter that stands alone."""
    found: set[str] = set(DRAWN)
    for page in pages:
        for formula in FORMULA.findall(page):
            found |= set(html.unescape(re.sub(r"<[^>]*>", "", formula)))
            found |= {slanted(letter) for letter in re.findall(r"<mi>(.)</mi>", formula)}
    return found


def slanted(letter) -> str:
    """The character that a browser draws for a letter that is alone in its `mi`."""
    for first, last, place in ("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("Α", "Ω", 0x1D6E2), ("α", "ω", 0x1D6FC):
        if first <= letter <= last:
            return "ℎ" if letter == "h" else chr(place + ord(letter) - ord(first))
    return {"ϵ": "𝜖", "ϑ": "𝜗", "ϰ": "𝜘", "ϕ": "𝜙", "ϱ": "𝜚", "ϖ": "𝜛", "∂": "𝜕", "∇": "𝛻"}.get(letter, letter)


def write_font(characters, file):
    """Write the font with what draws these characters in all sizes: its table MATH names the parts of large ones."""
    options = subset.Options(flavor="woff2", hinting=False, name_IDs=[0, 1, 2, 5, 13, 14])
    options.layout_features = ["dtls", "flac"]  # for letters under an accent, for flat accents
    font = subset.load_font(SOURCE, options)
    enlarge_primes(font)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, characters))
    subsetter.subset(font)
    mend_roots(font)
    draw_fractions_together(font)
    subset.save_font(font, file, options)


def enlarge_primes(font):
    """Give the primes the shapes that the font has for exponents, which is where they stand.

    Their own are as small as an exponent, and would be made small a second time. Firefox takes the other shapes of all
    letters by itself; Chromium has no way to, and the font would be twice as large.
    """
    own = font.getBestCmap()
    larger = {prime: f"{own[prime]}.ssty" for prime in PRIMES}
    for table in font["cmap"].tables:
        table.cmap |= larger


def mend_roots(font):
    """Give the sign of a root smaller sizes, and one width in all of them.

    The smallest is made for more than a letter: over a letter it would hang far below the line. Chromium leaves as much
    room for a root as its widest sign needs, so that a gap would stand behind all others.
    """
    variants = font["MATH"].table.MathVariants
    name = font.getBestCmap()[ord(DRAWN)]
    signs = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(name)]
    records = signs.MathGlyphVariantRecord
    width, height = font["hmtx"][name][0], records[0].AdvanceMeasurement
    parts = [part.glyph for part in signs.GlyphAssembly.PartRecords]
    for glyph in [*(record.VariantGlyph for record in records), *parts]:
        draw_scaled(font, glyph, glyph, wide=width / font["hmtx"][glyph][0])
    records[0].VariantGlyph = full = f"{name}.full"
    draw_scaled(font, name, full)
    smaller = []
    for tall in SMALLER:  # the first of them stands for the character
        record = MathGlyphVariantRecord()
        record.VariantGlyph = f"{name}.{tall}" if smaller else name
        record.AdvanceMeasurement = round(tall * height)
        draw_scaled(font, full, record.VariantGlyph, tall=tall)
        smaller.append(record)
    records[:0] = smaller
    signs.VariantCount = len(records)


def draw_fractions_together(font):
    """Let the parts of a fraction within a line stand closer to its bar."""
    constants = font["MATH"].table.MathConstants
    for name, shift in FRACTION.items():
        getattr(constants, name).Value = round(shift * font["head"].unitsPerEm)


def draw_scaled(font, source, target, wide=1.0, tall=1.0):
    """Draw the glyph `target` of a font, so many times as wide and as tall as `source`."""
    pen = TTGlyphPen(None)
    font.getGlyphSet()[source].draw(TransformPen(pen, (wide, 0, 0, tall, 0, 0)))
    font["glyf"][target] = glyph = pen.glyph()
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][target] = round(wide * font["hmtx"][source][0]), glyph.xMin


def add_font(app, exception):
    """Put the font of the formulas into the built book, no larger than its pages need it."""
    if not exception and app.builder.name == "html":
        pages = (file.read_text(encoding="utf-8") for file in sorted(Path(app.outdir).rglob("*.html")))
        write_font(characters(pages), Path(app.outdir, "_static", FONT))


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.connect("doctree-read", keep_together)
    app.connect("build-finished", add_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
