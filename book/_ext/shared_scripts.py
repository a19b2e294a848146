"""One script of the widgets for the whole site. In a notebook every output brings its own."""

import functools
import json
import re
from pathlib import Path

import tinycss2
from rjsmin import jsmin

from steepest import live
from steepest.live.widget import BASE, Live, script

#: What stands on one page, which brings its script itself: no chapter has to send it.
ALONE = {live.Translator}


def one_space(tokens):
    """CSS as tinycss2 reads it, with one space wherever there are some."""
    for token in tokens:
        if token.type == "whitespace":
            token.value = " "
        one_space(getattr(token, "content", None) or getattr(token, "arguments", None) or [])
    return tokens


def squeezed(text) -> str:
    """The script of a widget without the comments and the spaces that a browser has no need of, in its styles too."""

    def shorter(found):
        rules = tinycss2.parse_component_value_list(json.loads(found[1]), skip_comments=True)
        return f"const css = {json.dumps(tinycss2.serialize(one_space(rules)), ensure_ascii=False)};"

    return jsmin(re.sub(r'const css = ("(?:[^"\\]|\\.)*");', shorter, text))


@functools.cache
def widgets():
    """The script of widgets of several kinds, which share what they have in common; and the names of their elements."""
    kinds = [kind for kind in vars(live).values() if isinstance(kind, type) and issubclass(kind, Live)]
    kinds = [kind for kind in kinds if kind not in ALONE]
    kinds.sort(key=lambda kind: kind._function)
    files = dict.fromkeys(file for kind in kinds for file in kind._files)
    hosts = "".join(f'host("{kind._tag()}", {kind._function});' for kind in kinds)
    text = f'(() => {{"use strict";{script(*BASE, *files, "host")}{hosts}}})()'
    return squeezed(text), {kind._tag() for kind in kinds}


def share_scripts(app, pagename, templatename, context, doctree):
    """Put the one script in the place of those that the outputs of a page brought."""
    shared, tags = widgets()
    there = set()

    def move(found):
        tag, own = found.groups()
        name, text = ("widgets", shared) if tag in tags else (tag, squeezed(own))  # a cached output may be older
        if name in there:
            return ""
        there.add(name)
        Path(app.outdir, "_static", f"{name}.js").write_text(text, encoding="utf-8")
        return f'<script src="{context["pathto"](f"_static/{name}.js", resource=True)}"></script>'

    if "body" in context:
        body = re.sub(r'<script data-steepest="([\w-]+)">(.*?)</script>', move, context["body"], flags=re.DOTALL)
        own = r"<script>(customElements\.whenDefined\(.*?)</script>"  # what one widget alone was compiled to
        context["body"] = re.sub(own, lambda found: f"<script>{squeezed(found[1])}</script>", body, flags=re.DOTALL)


def setup(app):
    app.connect("html-page-context", share_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
