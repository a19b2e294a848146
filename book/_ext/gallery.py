"""The directive `{gallery}`: the widgets of a chapter as pictures, each with a page of its own to embed elsewhere.

All of it is read from the notebooks as they ran, as the ledger is. For each widget the book has a page of its own,
in the folder `embed` and under its own policy, and the same as a module for MyST's directive `{anywidget}`.
"""

import html
import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import repository
from docutils import nodes
from PIL import Image
from shared_scripts import squeezed
from sphinx.util.docutils import SphinxDirective

from notebooks import executed

#: What `Live._html` writes: the element with its picture, the front end, and what was compiled for the widget.
WIDGET = re.compile(
    r'(?P<element><(?P<tag>steepest-(?P<kind>\w+)-\w+) key="\w+" name="(?P<name>\w+)" state="[^"]*" '
    r'about="(?P<about>[^"]*)".*?</(?P=tag)>)\s*'
    r'<script data-steepest="(?P=tag)">(?P<front>.*?)</script>\s*<script>(?P<compiled>.*?)</script>',
    re.DOTALL,
)

#: Questions belong to the text around them.
LEFT_OUT = {"predict", "record"}

#: What optimizers run on in the widgets, in plain words.
PLACES = {
    "LineFit": "the fit of a line",
    "beale": "Beale's function",
    "bowl": "a bowl",
    "double_well": "a double well",
    "edge_model": "a model of the edge",
    "ravine": "a ravine",
    "rosenbrock": "Rosenbrock's valley",
    "saddle": "a saddle",
}

#: How tall a widget is in a frame 700 pixels wide, where nobody hears what it says of its height.
HEIGHTS = {"explorer": 900, "edge": 900, "lab": 820, "stream": 900}
HEIGHT = 640

#: What makes a frame as tall as its page says: part of the one line that a teacher copies.
FITS = (
    "window.addEventListener('message',e=>{if(e.source==this.contentWindow&amp;&amp;e.data.height)"
    "this.style.height=e.data.height+'px'});this.contentWindow.postMessage('','*')"
)

STYLE = (
    ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}"
    "body{margin:8px;display:flow-root}footer{font-size:13px}"
)


class Exhibit(NamedTuple):
    """A widget of a chapter: its section, what it is about, and all that its page needs."""

    section: str
    about: str
    kind: str
    name: str
    tag: str
    element: str
    front: str
    compiled: str

    @property
    def picture(self):
        """The picture that stands in the element, its file's content."""
        return b64decode(re.findall(r'src="data:image/png;base64,([^"]*)"', self.element)[0])

    @property
    def size(self):
        """Its width and its height, in pixels."""
        with Image.open(BytesIO(self.picture)) as picture:
            return picture.size

    @property
    def alt(self):
        return html.unescape(re.findall(r' alt="([^"]*)"', self.element)[0])

    @property
    def height(self):
        return HEIGHTS.get(self.kind, HEIGHT)


def exhibits_of(notebook):
    """The widgets among the outputs of a notebook, in their order."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = [section, *re.findall(r"^#+ +(.+)", cell.source, flags=re.MULTILINE)][-1].strip()
        for output in cell.get("outputs", []):
            for found in WIDGET.finditer(output.get("data", {}).get("text/html", "")):
                if found["kind"] not in LEFT_OUT:
                    yield Exhibit(section, **found.groupdict() | {"about": named(html.unescape(found["about"]))})


def embedded(exhibit, chapter) -> str:
    """The page of a widget alone; chapter is the address of the one that it is from."""
    marked = b64encode(sha256(exhibit.compiled.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'self' 'sha256-{marked}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8" />\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}" />\n'
        f'<meta name="viewport" content="width=device-width" />\n<title>{html.escape(exhibit.about)}</title>\n'
        f"<style>{STYLE}</style>\n<main>\n{exhibit.element}\n</main>\n"
        f'<footer>From <a href="{chapter}" target="_blank" rel="noopener">{html.escape(exhibit.section)}</a></footer>\n'
        f'<script src="{exhibit.tag}.js"></script>\n<script>{exhibit.compiled}</script>\n'
        f'<script src="../_static/embed.js"></script>\n</html>\n'
    )


def module(exhibit) -> str:
    """The widget as an anywidget that needs nothing else: what its model holds is its own."""
    attributes = re.findall(r' (key|name|state)="([^"]*)"', exhibit.element)
    sets = "".join(
        f"node.setAttribute({json.dumps(name)}, {json.dumps(html.unescape(text))}); " for name, text in attributes
    )
    return (
        f"{squeezed(exhibit.front)};\n{squeezed(exhibit.compiled)};\n"
        f'export default {{ render({{ el }}) {{ const node = document.createElement("{exhibit.tag}"); {sets} '
        f'node.style.display = "block"; el.append(node); return () => node.remove(); }} }};\n'
    )


def line(exhibit) -> str:
    """The line that shows a widget on another page."""
    site = repository.site(repository.address())
    return (
        f'<iframe src="{site}embed/{exhibit.name}.html" title="{html.escape(exhibit.about)}" loading="lazy" '
        f'style="width:100%;height:{exhibit.height}px;border:0" onload="{FITS}"></iframe>'
    )


class Gallery(SphinxDirective):
    """The widgets of the chapters named: a picture, one line, and the line to embed each."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        cards = []
        for name in self.arguments[0].split():
            page = f"notebooks/{name}"
            self.env.note_dependency(self.env.doc2path(page))
            address = self.env.app.builder.get_relative_uri(self.env.docname, page)
            cards += [card(exhibit, address) for exhibit in exhibits_of(executed(self.env, page))]
        return [nodes.raw("", f'<div class="gallery">{"".join(cards)}</div>', format="html")]


def named(about) -> str:
    """What a widget is about in plain words: not as the code calls what it runs on, and without settings."""
    who, on, where = about.rpartition(" on ")
    place = re.match(r"\w+(?=\(.*\)$)", where)
    if not place:
        return about
    optimizers = who.split(", ")
    who = who if len(optimizers) < 6 else f"{len(optimizers)} optimizers"
    return f"{who}{on}{PLACES.get(place[0], place[0].replace('_', ' '))}"


def card(exhibit, address) -> str:
    """A widget in the gallery; address is that of its chapter."""
    about, frame = html.escape(exhibit.about), html.escape(line(exhibit))
    width, height = exhibit.size
    return (
        f'<figure class="exhibit"><a href="../embed/{exhibit.name}.html">'
        f'<img src="../embed/{exhibit.name}.png" width="{width}" height="{height}" loading="lazy"'
        f' alt="{html.escape(exhibit.alt)}"></a>'
        f'<figcaption><a href="{address}#steepest-{exhibit.name}">{about}</a> {html.escape(exhibit.section)}.'
        f"<details><summary>Embed it</summary>"
        f'<textarea readonly rows="4" aria-label="The line that embeds: {about}">{frame}</textarea>'
        f"</details></figcaption></figure>"
    )


def write(app, exception):
    """Write the page, the module and the picture of every widget of the chapters."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir, "embed")
    folder.mkdir(exist_ok=True)
    for page in sorted(app.env.found_docs):
        if not app.env.doc2path(page).endswith(".ipynb"):
            continue
        for exhibit in exhibits_of(executed(app.env, page)):
            chapter = f"../{app.builder.get_target_uri(page)}#steepest-{exhibit.name}"
            (folder / f"{exhibit.name}.html").write_text(embedded(exhibit, chapter), encoding="utf-8")
            (folder / f"{exhibit.tag}.js").write_text(squeezed(exhibit.front), encoding="utf-8")
            (folder / f"{exhibit.name}.mjs").write_text(module(exhibit), encoding="utf-8")
            (folder / f"{exhibit.name}.png").write_bytes(exhibit.picture)


def setup(app):
    app.add_directive("gallery", Gallery)
    app.connect("build-finished", write, priority=400)  # before styles that no page needs are taken out
    return {"parallel_read_safe": True, "parallel_write_safe": True}
