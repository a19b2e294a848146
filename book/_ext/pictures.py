"""The pictures of the pages: their sizes, and those of the widgets as files of their own."""

import re
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from PIL import Image

INLINE = "data:image/png;base64,"
WIDTH = re.compile(r' (?:width="|style="width: )(\d+)(?:px;)?"')


def sized(tag, file) -> str:
    """An `img` tag with both sizes, so that the page keeps its place until the picture is there."""
    with Image.open(file) as picture:
        pixels, rows = picture.size
    given = WIDTH.search(tag)
    width = int(given[1]) if given else pixels
    return WIDTH.sub("", tag).replace("<img", f'<img width="{width}" height="{round(width * rows / pixels)}"')


def place(app, pagename, templatename, context, doctree):
    """Give each picture of a page its sizes, and each picture within the page a file that is fetched after the page."""
    files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
    folder = Path(app.outdir, app.builder.imagedir)

    def placed(found):
        tag = found.group()
        source = re.search(r'\bsrc="([^"]*)"', tag)[1]
        if source.startswith(INLINE):
            png = b64decode(source.removeprefix(INLINE))
            file = folder / f"{sha256(png).hexdigest()}.png"
            folder.mkdir(exist_ok=True)
            file.write_bytes(png)
            tag = tag.replace(source, context["pathto"](f"{app.builder.imagedir}/{file.name}", resource=True))
            return sized(tag, file)
        if file := files.get(source.rpartition("/")[2]):
            return sized(tag, file).replace("<img", '<img loading="lazy"')
        return tag

    if "body" in context:
        context["body"] = re.sub(r"<img\b[^>]*>", placed, context["body"])


def setup(app):
    app.connect("html-page-context", place)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
