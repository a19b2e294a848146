"""The pictures of the pages: their sizes, and those that outputs bring along as files of their own."""

import re
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from PIL import Image

INLINE = re.compile(r"data:image/(png|svg\+xml);base64,([^\"]*)")
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

    def filed(found):
        """The address of a file with what stands in the page."""
        data = b64decode(found[2])
        file = folder / f"{sha256(data).hexdigest()[:32]}.{found[1].removesuffix('+xml')}"
        folder.mkdir(exist_ok=True)
        file.write_bytes(data)
        files[file.name] = file
        return context["pathto"](f"{app.builder.imagedir}/{file.name}", resource=True)

    def placed(found):
        tag = INLINE.sub(filed, found.group())
        source = re.findall(r'\bsrc(?:set)?="([^"]*)"', tag)[0]
        file = files.get(source.rpartition("/")[2])
        if not file or (file.suffix == ".svg" and " height=" in tag):
            return tag
        lazy = "" if " loading=" in tag else ' loading="lazy"'
        return sized(tag, file).replace("<img", f"<img{lazy}")

    if "body" in context:
        context["body"] = re.sub(r"<(?:img|source)\b[^>]*>", placed, context["body"])


def setup(app):
    app.connect("html-page-context", place)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
