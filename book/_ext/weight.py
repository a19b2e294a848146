"""What the theme and the extensions load, no more of it than the pages use.

- Their style sheets keep the rules that can apply to something: whose classes, ids and elements stand in a page or in a
  script, and of the variables those that some rule reads.
- A small font of the icons that the pages show is in the place of a script of 1.5 MB.
- The theme's script does not lay out the whole page to find what scrolls.
- Scripts are sent without their comments, but for those that a license asks to keep.
- Jupyter Book always loads sphinx-thebe, whose scripts would run a page's cells on another host. No page has it.
- Scripts and styles for parts that a page does not have are left out of it; so are the elements of its code that nobody
  sees. Signs such as `=` have no color of their own: a quarter of a chapter's elements would be around them.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
import tinycss2
from docutils import nodes
from fontTools import subset
from patches import measure_nothing
from rjsmin import jsmin

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
STYLES = "styles/pydata-sphinx-theme.css"
FONTS = "vendor/fontawesome/webfonts"

#: What stands in all that sphinx-thebe brings: the names of its files, and the settings among a page's scripts.
THEBE = "thebe"

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
    glyphs = {ord(icon) for icon in re.findall('"([\ue000-\uf8ff])"', styles)}
    options = subset.Options(flavor="woff")
    for source in (THEME / FONTS).glob("*.ttf"):
        font = subset.load_font(source, options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=glyphs)
        subsetter.subset(font)
        subset.save_font(font, target / f"{source.stem}.woff", options)


def words(pages, scripts) -> set[str]:
    """Every word that can name an element, a class or an id: those of the pages, and all words of the scripts."""
    found = {"html", "body", "root"}
    for page in pages:
        found |= set(re.findall(r"<([a-zA-Z][\w-]*)", page))
        for value in re.findall(r'\s(?:class|id)="([^"]*)"', page):
            found |= set(value.split())
    for script in scripts:
        found |= set(re.findall(r"[a-zA-Z][\w-]*", script))
    return found


def applies(selector, known) -> bool:
    """Whether what a selector names is known. What stands in parentheses or brackets is not looked into."""
    before = None
    for token in selector:
        name = getattr(token, "value", None)
        if token.type == "hash" and name not in known:
            return False
        if token.type == "ident" and before != ":" and name not in known:  # a class, or an element
            return False
        before = name
    return True


def trim(rules, known):
    """The rules of a style sheet that can apply to something, without comments."""
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [[]]
            for token in rule.prelude:
                if token == ",":
                    selectors.append([])
                else:
                    selectors[-1].append(token)
            kept = [tinycss2.serialize(selector).strip() for selector in selectors if applies(selector, known)]
            if kept:
                yield f"{','.join(kept)}{{{tinycss2.serialize(rule.content).strip()}}}"
        elif rule.type == "at-rule" and rule.content and rule.lower_at_keyword in {"media", "supports", "layer"}:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if kept := "".join(trim(inner, known)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}"
        elif rule.type != "error":
            yield rule.serialize()


def trimmed(styles, known) -> str:
    rules = tinycss2.parse_stylesheet(styles, skip_comments=True, skip_whitespace=True)
    return re.sub(r"/\*.*?\*/", "", "".join(trim(rules, known)), flags=re.DOTALL)


VARIABLE = re.compile(r"""(?<=[{;])\s*(--[\w-]+)\s*:(?:"[^"]*"|'[^']*'|url\([^)]*\)|[^;{}"'])*(?:;|(?=}))""")


def without(styles, read) -> str:
    """A style sheet without the variables that are not among those that are read."""
    return VARIABLE.sub(lambda found: found.group() if found[1] in read else "", styles)


def drop_variables(sheets, others):
    """Take the variables that nobody reads out of style sheets, and then those that only these had read."""
    while True:
        read = set(re.findall(r"--[\w-]+(?!\s*:)\b(?!\s*:)", "".join(others)))
        read |= set(re.findall(r"var\(\s*(--[\w-]+)", "".join(sheets.values())))
        fewer = {file: without(styles, read) for file, styles in sheets.items()}
        if fewer == sheets:
            return sheets
        sheets = fewer


#: Files that no page asks for.
UNUSED = (
    "scripts/fontawesome.*",
    "scripts/bootstrap.*",
    f"{FONTS}/*",
    "sphinx-thebe.*",
    "**/*.map",
    "**/*.LICENSE.txt",
)


def reduce(app, exception):
    """Put the reduced style sheets and fonts into the built book, and take out what no page asks for."""
    if exception or app.builder.name != "html":
        return
    outdir = Path(app.outdir)
    static = outdir / "_static"
    for pattern in UNUSED:
        for file in static.glob(pattern):
            file.unlink()
    script = static / "scripts" / "pydata-sphinx-theme.js"
    script.write_text(measure_nothing((THEME / "scripts" / script.name).read_text(encoding="utf-8")), encoding="utf-8")
    paths = sorted(outdir.rglob("*.html"))
    pages = [path.read_text(encoding="utf-8") for path in paths]
    scripts = []
    for file in sorted(static.rglob("*.js")):
        scripts.append(jsmin(file.read_text(encoding="utf-8"), keep_bang_comments=True))
        file.write_text(scripts[-1], encoding="utf-8")
    (static / STYLES).write_text(keep((THEME / STYLES).read_text(encoding="utf-8"), shown_on(paths)), encoding="utf-8")
    known = words(pages, scripts)
    sheets = {file: trimmed(file.read_text(encoding="utf-8"), known) for file in sorted(static.rglob("*.css"))}
    for file, styles in drop_variables(sheets, [*pages, *scripts]).items():
        file.write_text(styles, encoding="utf-8")
    draw((static / STYLES).read_text(encoding="utf-8"), static / FONTS)


#: What a file of an extension is for, as it looks in the article of a page. A page without it goes without the file.
FOR = {
    THEBE: r"(?!)",  # nothing looks like this
    "sphinx-design.min.css": r'class="(?:[^"]* )?sd-',
    "design-tabs.js": r'class="(?:[^"]* )?sd-tab',
    "togglebutton": r'class="(?:[^"]* )?(?:toggle|dropdown)[ "]',
    "clipboard": r'<div class="highlight',
    "copybutton": r'<div class="highlight',
}

#: Elements of which a chapter has thousands and hardly one is seen: around the names, signs and numbers of code; at the
#: beginning of each block of code; around what stands in a line of text as code.
PLAIN = re.compile(r'(?:(?<=<pre>)<span>|<span class="(?:mf|mi|n|nn|o|p|pre|w)">)([^<]*)</span>')

#: A paragraph that is all of a table's cell.
ALONE = re.compile(r"(<t[dh]\b[^>]*>)<p>((?:(?!</?p\b).)*)</p>(?=\s*</t[dh]>)", re.DOTALL)


def leave_out_thebe(app, doctree, docname):
    """Take out of a page what sphinx-thebe has written into it: how it would reach another host."""
    for raw in list(doctree.findall(nodes.raw)):
        if THEBE in raw.astext() or raw.astext().startswith("<script>kernelName"):
            raw.parent.remove(raw)


def lighten(app, pagename, templatename, context, doctree):
    """Take out of a page what it does not need."""
    body = context.get("body", "")

    def needed(file):
        named = f"{file.filename} {file.attributes.get('body', '')}"
        return all(re.search(pattern, body) for name, pattern in FOR.items() if name in named)

    for files in "script_files", "css_files":
        context[files] = [file for file in context[files] if needed(file)]
    if body:
        context["body"] = ALONE.sub(r"\1\2", PLAIN.sub(r"\1", body))


def setup(app):
    app.connect("doctree-resolved", leave_out_thebe, priority=900)  # when sphinx-thebe has written
    app.connect("html-page-context", lighten, priority=900)  # when all others have said what they load
    app.connect("build-finished", reduce)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
