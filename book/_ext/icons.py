"""The theme's icons, no more of them than the pages show: a small font in the place of a script of 1.5 MB.

The theme's style sheet can draw every icon of Font Awesome from a font as well. This extension keeps the rules and the
glyphs of the icons that some page names, and takes the rest out of the built book.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
STYLES = "styles/pydata-sphinx-theme.css"
FONTS = "vendor/fontawesome/webfonts"

NAME = r"\bfa-[a-z0-9-]+"
RULE = re.compile(r'(?:\.fa-[a-z0-9-]+:(?:before|after),?)+\{content:"[^"]*"\}')
SOURCE = re.compile(rf"src:url\(\.\./{FONTS}/([a-z0-9-]+)\.woff2\)[^;}}]*")


def shown_on(pages) -> set[str]:
    """The names of all icons on these pages."""
    return {name for page in pages for name in re.findall(NAME, page.read_text(encoding="utf-8"))}


def keep(styles, names) -> str:
    """The style sheet with the rules of these icons alone, and with the fonts that `draw` writes."""
    styles = RULE.sub(lambda rule: rule.group() if names & set(re.findall(NAME, rule.group())) else "", styles)
    return SOURCE.sub(rf'src:url(../{FONTS}/\1.woff) format("woff")', styles)


def draw(styles, target):
    """Write the fonts to the folder `target`, with the glyphs that the style sheet names and no other."""
    glyphs = {int(code, 16) for code in re.findall(r'"\\(f[0-9a-f]{3}|e[0-9a-f]{3})"', styles)}
    options = subset.Options(flavor="woff")
    for source in (THEME / FONTS).glob("*.ttf"):
        font = subset.load_font(source, options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=glyphs)
        subsetter.subset(font)
        subset.save_font(font, target / f"{source.stem}.woff", options)


def reduce(app, exception):
    """Put the reduced style sheet and fonts into the built book, and take out what no page asks for."""
    if exception or app.builder.name != "html":
        return
    outdir = Path(app.outdir)
    static = outdir / "_static"
    styles = keep((THEME / STYLES).read_text(encoding="utf-8"), shown_on(outdir.rglob("*.html")))
    (static / STYLES).write_text(styles, encoding="utf-8")
    for pattern in ("scripts/fontawesome.*", f"{FONTS}/*", "**/*.map", "**/*.LICENSE.txt"):
        for file in static.glob(pattern):
            file.unlink()
    draw(styles, static / FONTS)


def setup(app):
    app.connect("build-finished", reduce)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
