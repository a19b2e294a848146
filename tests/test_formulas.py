"""Formulas: what becomes of TeX, and the font that draws them on the pages. `make test` builds the book first."""

import html
import re
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from conftest import PAGES, ROOT, SITE, soup
from fontTools.ttLib import TTFont
from formulas import FONT, SOURCE, characters, displayed, mathml, write_font
from math_core import LatexError

PAGE = "notebooks/03_momentum_and_nesterov.html"  # it has the most formulas


def drawn(tex, display=False):
    return BeautifulSoup(mathml(tex, display), "html.parser").math


@pytest.mark.parametrize("tex", [r"$\eta g$", r"\(\eta g\)", r"\eta g", r" \eta  g "])
def test_a_formula_keeps_its_tex_and_shows_none(tex):
    formula = drawn(tex)
    assert formula["data-tex"] == r"\eta g"
    assert formula.text == "ηg"


def test_tex_that_cannot_be_drawn_is_refused():
    with pytest.raises(LatexError):
        mathml(r"\nosuchthing{x}")


def build(folder, text, *extensions):
    """Build a book whose first page holds this text. Returns that page, or what Sphinx complains of."""
    (folder / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'book' / '_ext')!r})\n"
        f"extensions = {['formulas', 'weight', *extensions]}\n"
        'html_math_renderer = "mathml"\nhtml_theme = "sphinx_book_theme"\n'
        'html_theme_options = {"path_to_docs": ""}\n'
    )
    (folder / "index.rst").write_text(f"Page\n====\n\n{text}\n")
    command = [sys.executable, "-m", "sphinx", "-qW", folder, folder / "pages"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr or BeautifulSoup((folder / "pages" / "index.html").read_text(encoding="utf-8"), "html.parser")


def test_a_page_has_its_formulas_in_mathml(tmp_path):
    page = build(
        tmp_path,
        "An inline :math:`w^2`. Up to 1e-12, *below*.\n\n.. math::\n   :nowrap:\n\n   x = \\sqrt{y}. \\tag{1.2}\n",
    )
    inline = page.select_one("p > .together > math")
    assert inline["data-tex"] == "w^2"
    assert inline.parent.text == "w2."  # no line ends before the full stop
    assert page.select("p > .together")[1].get_text() == "1e-12,"  # nor after a hyphen
    assert page.select_one("div.math .formula math").text == "x=y."
    assert page.select_one("div.math .tag").text == "(1.2)"
    assert (tmp_path / "pages" / "_static" / FONT).stat().st_size > 1000


def test_no_line_ends_between_a_formula_and_what_stands_beside_it(tmp_path):
    long = r"f_t(u) \ge f_t(w_t) + g_t^\top(u - w_t)"
    page = build(tmp_path, f"So (:math:`w`), :math:`{long}`, and it won 8 : 0, by 99.2 % at least: :math:`w`-th.\n")
    short, _, other = page.select("p math")
    assert short.parent.get_text() == "(w),"
    assert other.parent.get_text() == "w-th."
    assert page.select_one("math.breaks > mrow:last-child > mtext:last-child").text == ","  # in its last row
    assert "won 8\N{NO-BREAK SPACE}:\N{NO-BREAK SPACE}0, by 99.2\N{NO-BREAK SPACE}% at" in page.text


def test_a_formula_that_cannot_be_drawn_stops_the_build(tmp_path):
    said = build(tmp_path, r"A bad one: :math:`\nosuchthing`.")
    assert "this formula cannot be drawn" in said
    assert "index.rst" in said


def test_a_number_stands_beside_its_formula():
    both = BeautifulSoup(displayed("\nw = 1. \\tag{3.2}\n"), "html.parser")
    assert both.select_one(".formula").text == "w=1."
    assert both.select_one(".tag").text == "(3.2)"


def test_a_display_breaks_before_relations_and_words_and_after_quads_but_not_within_fences():
    def rows(formula):
        return [row.text for row in formula.find_all("mrow", recursive=False)]

    assert rows(drawn(r"a = \left(b = c\right) \le d", display=True)) == ["a", "=(b=c)", "≤d"]
    both = drawn(r"a = \left(b = c\right) \le d, \qquad e", display=True)
    assert rows(both) == ["a=(b=c)≤d,", "e"]
    assert rows(both.mrow) == ["a", "=(b=c)", "≤d,"]
    assert rows(drawn(r"a = b \quad\text{where}\; c \le d", display=True)) == ["a=b", "wherec≤d"]
    assert rows(drawn(r"a = b\;\text{where}\; c \le d", display=True)) == ["a", "=b", "wherec≤d"]
    assert "breaks" not in drawn("w", display=True).get("class", [])


def test_in_a_narrow_column_equations_go_below_one_another_before_one_of_them_breaks(visit):
    page = visit("book/notation.html")
    tops = page.evaluate(
        """formula => {
            document.querySelector("main").innerHTML = `<div style="width: 340px">${formula}</div>`;
            const rows = document.querySelectorAll("main mrow.equation > mrow");
            return [...rows].map(row => row.getBoundingClientRect().top);
        }""",
        displayed(r"w = w + \mu^2 v - (1 + \mu)\,\eta g + \mu^3 v, \qquad v = \mu v - \eta g"),
    )
    assert tops[0] == pytest.approx(tops[1], abs=10)  # the parts of a line are not equally high
    assert tops[2] == pytest.approx(tops[3], abs=10)
    assert tops[2] > tops[1] + 20


def test_a_formula_within_a_line_breaks_only_where_it_is_long():
    assert "breaks" not in drawn("a = b + c").get("class", [])
    formula = drawn(r"m^2 = (p_1 g_1 + p_2 g_2)^2 \le p_1 g_1^2 + p_2 g_2^2")
    assert [row.text[0] for row in formula.find_all("mrow", recursive=False)] == ["m", "=", "≤"]


def test_lines_of_an_alignment_stand_below_one_another_whatever_their_distance():
    plain, spaced = (drawn(rf"\begin{{aligned}} a &= b \\{gap} c &= d \end{{aligned}}") for gap in ("", "[4pt]"))
    assert len(plain.find_all("mtr")) == 2
    assert str(plain.mtable) == str(spaced.mtable)


def test_a_frame_is_drawn_by_the_style_sheet():
    assert drawn(r"\boxed{a}").select_one("mrow.boxed").text == "a"


def test_a_fence_with_an_exponent_stands_in_a_row(visit):
    """Elsewhere Chromium draws it small: this one has to be as high as its partner."""
    formula = drawn(r"\Bigl(\frac{a}{b}\Bigr)^2")
    assert formula.msup.mrow.mo.text == ")"
    page = visit("book/notation.html")
    heights = page.evaluate(
        """formula => {
            document.querySelector("main").innerHTML = formula;
            return [...document.querySelectorAll("main mo")].map(fence => fence.getBoundingClientRect().height);
        }""",
        str(formula),
    )
    assert heights[0] == pytest.approx(heights[1], abs=1)
    assert heights[0] > 20


def test_the_hyphen_of_a_name_is_no_minus():
    assert drawn(r"\operatorname{newton-schulz}(a - b)").text.replace("\u2061", "") == "newton-schulz(a−b)"


def test_a_formula_of_each_kind_is_on_some_page(built_book):
    found = BeautifulSoup("".join(str(page.main) for page in map(soup, PAGES)), "html.parser")
    for kind in "p > math", "td math", "div.math math", "math.breaks", ".text_latex math", "mtable", "msqrt", ".tag":
        assert found.select_one(kind), kind


@pytest.mark.parametrize("name", PAGES)
def test_no_tex_is_left_on_a_page(built_book, name):
    page = BeautifulSoup(str(soup(name)), "html.parser")
    for code in page.select("pre, code, script, style"):
        code.decompose()
    assert not re.findall(r"\\[a-zA-Z]+|\$\$|\\[\[(]", page.text)
    assert not page.select("merror")


def parts(font, character):
    """The glyphs that draw a character: itself, its larger sizes, and the parts of the largest ones."""
    glyph = font.getBestCmap()[ord(character)]
    variants = font["MATH"].table.MathVariants
    found = {glyph}
    for coverage, constructions in (
        (variants.VertGlyphCoverage, variants.VertGlyphConstruction),
        (variants.HorizGlyphCoverage, variants.HorizGlyphConstruction),
    ):
        if coverage and glyph in coverage.glyphs:
            construction = constructions[coverage.glyphs.index(glyph)]
            found |= {record.VariantGlyph for record in construction.MathGlyphVariantRecord}
            if construction.GlyphAssembly:
                found |= {part.glyph for part in construction.GlyphAssembly.PartRecords}
    return found


INVISIBLE = set(" \u2061\u2063\u00a0")


def test_the_font_has_the_glyphs_of_every_formula_in_all_sizes(built_book):
    font = TTFont(SITE / "_static" / FONT)
    known = font.getBestCmap()
    shown = {c for name in PAGES for formula in soup(name).select("math") for c in formula.text if not c.isspace()}
    assert "λ" in shown
    assert {c for c in shown - INVISIBLE if ord(c) not in known} == set()
    whole = TTFont(SOURCE)
    for character in sorted(shown - INVISIBLE | {"√"}):
        assert len(parts(whole, character)) <= len(parts(font, character)), character
        for glyph in parts(font, character):
            assert font["glyf"][glyph].numberOfContours != 0, (character, glyph)
    for character in "√(){":  # the font itself has no larger bar
        assert len(parts(font, character)) > 3, character


def test_a_browser_takes_every_letter_of_a_formula_from_that_font(visit):
    """Chromium tells from which fonts it drew: a letter that the font lacks would come from another one."""
    for name in (PAGE, "book/notation.html"):
        page = visit(name)
        page.evaluate("() => { for (const fold of document.querySelectorAll('details')) fold.open = true; }")
        page.add_style_tag(content="section { content-visibility: visible !important }")
        page.evaluate("() => document.fonts.ready")
        session = page.context.new_cdp_session(page)
        session.send("DOM.enable")
        session.send("CSS.enable")
        document = session.send("DOM.getDocument")["root"]["nodeId"]
        nodes = session.send("DOM.querySelectorAll", {"nodeId": document, "selector": "math"})["nodeIds"]
        fonts = set()
        for node in nodes:
            used = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
            fonts |= {(font["familyName"], font["isCustomFont"]) for font in used}
        assert fonts == {("STIX Two Math", True)}


def test_the_sign_of_a_root_is_as_wide_in_all_sizes(tmp_path):
    """Chromium leaves the room that the widest needs behind each."""
    write_font(characters([mathml(r"\sqrt{w}")]), tmp_path / FONT)
    font = TTFont(tmp_path / FONT)
    assert len({font["hmtx"][glyph][0] for glyph in parts(font, "√")}) == 1
    tall = [
        record.AdvanceMeasurement
        for record in font["MATH"].table.MathVariants.VertGlyphConstruction[0].MathGlyphVariantRecord
    ]
    assert tall == sorted(tall)
    assert tall[0] < 900


def test_a_fraction_within_a_line_stays_within_it(visit):
    """With the font's own distances it would be half as high again, and its lower part hang below."""
    page = visit("book/notation.html")
    page.evaluate("text => document.querySelector('main').innerHTML = text", mathml(r"x = \tfrac12 y"))
    page.evaluate("() => document.fonts.ready")
    high, below, size = page.evaluate(
        """() => {
            const part = (name) => document.querySelector(`main ${name}`).getBoundingClientRect();
            return [part("mfrac").height, part("mn:last-child").bottom - part("mi:last-child").bottom,
                parseFloat(getComputedStyle(document.querySelector("main math")).fontSize)];
        }"""
    )
    assert high < 1.5 * size
    assert below < 0.3 * size


def test_a_prime_has_the_shape_that_the_font_has_for_exponents(tmp_path):
    """It is made small as they are, and its own shape is small already."""
    write_font(characters([mathml("f'")]), tmp_path / FONT)
    font, whole = TTFont(tmp_path / FONT), TTFont(SOURCE)
    prime, own = (one["glyf"][one.getBestCmap()[0x2032]] for one in (font, whole))
    larger = whole["glyf"][whole.getBestCmap()[0x2032] + ".ssty"]
    assert prime.yMax - prime.yMin == larger.yMax - larger.yMin
    assert prime.yMax - prime.yMin > 1.2 * (own.yMax - own.yMin)


def test_the_license_of_the_font_is_in_the_site(built_book):
    font = TTFont(SITE / "_static" / FONT)
    text = (SITE / "_static" / "formulas-license.txt").read_text()
    assert font["name"].getDebugName(0) in text
    assert "SIL OPEN FONT LICENSE" in text
    assert "Open Font License" in font["name"].getDebugName(13)


def test_no_page_loads_mathjax(built_book):
    assert not list(SITE.glob("_static/**/*athjax*"))
    for name in PAGES:
        assert not [script for script in soup(name).select("script") if "mathjax" in str(script).lower()]


@pytest.mark.parametrize("within", [False, True], ids=["around it", "from its middle"])
def test_what_is_copied_has_the_tex_of_formulas(visit, within):
    page = visit(PAGE)
    copied, tex = page.evaluate(
        """within => {
            const paragraph = [...document.querySelectorAll("main p")].find(p => p.querySelector(":scope > math"));
            const formula = paragraph.querySelector("math");
            if (within) getSelection().setBaseAndExtent(formula.firstElementChild, 0, formula.lastElementChild, 0);
            else getSelection().selectAllChildren(paragraph);
            const clipboardData = new DataTransfer();
            const event = new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true });
            paragraph.dispatchEvent(event);
            return [event.clipboardData.getData("text/plain"), formula.dataset.tex];
        }""",
        within,
    )
    assert f"${html.unescape(tex)}$" in copied
