"""The pages of the package: docstrings as they are written in it, read by Sphinx.

An indented block in a docstring is an equation; it keeps its lines. Bars are absolute values.
"""

import re

from numpy.typing import ArrayLike
from sphinx.util.typing import stringify_annotation

#: What begins an indented block that is no equation: the sections that Sphinx reads by itself.
SECTIONS = {"Args:", "Attributes:", "Raises:", "Returns:", "Yields:"}

#: All that NumPy makes an array of, as Sphinx would spell it out.
ANY_ARRAY = stringify_annotation(ArrayLike, "smart")


def keep_equations(app, what, name, obj, options, lines):
    """Put `::` before each indented block that stands by itself, and take bars for bars elsewhere."""
    section, found = False, []
    for k, line in enumerate(lines):
        if re.match(r"\S", line):
            section = line in SECTIONS
        if line.startswith("    ") and not section:
            if k and not lines[k - 1].strip():
                found.append(k)
        elif not line.lstrip().startswith(">>>"):
            lines[k] = line.replace("|", r"\|")
    for k in reversed(found):
        lines[k:k] = ["::", ""]
    if what in ("attribute", "data", "property") and lines:
        lines[0] = f": {lines[0]}"  # what stands before the first colon would be taken for a type


def shorten(app, what, name, obj, options, signature, returns):
    """Call what may become an array by its name."""
    return signature and signature.replace(ANY_ARRAY, "ArrayLike"), returns


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("autodoc-process-docstring", keep_equations, priority=400)  # before the sections are read
    app.connect("autodoc-process-signature", shorten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
