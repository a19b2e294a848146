"""Under each entry of the bibliography, the pages that cite it; and the course as an entry that others can cite.

A chapter cites a work when the work's title stands in its section "References": notebooks must read well outside the
book, so they have no roles. A prose page cites with the role `{cite}`.
"""

from typing import cast

import yaml
from docutils import nodes
from pybtex.database import BibliographyData, Entry, Person
from pybtex.richtext import Text
from repository import PLACEHOLDER, ROOT, address
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinxcontrib.bibtex.domain import BibtexDomain


def title_of(entry):
    """The title of an entry as it is read, without the braces that protect its capitals."""
    return str(Text.from_latex(entry.fields["title"]))


class CitedIn(SphinxPostTransform):
    """Adds to each entry of a bibliography links to where it is cited, in the order of the book."""

    default_priority = 6  # the bibliography gets its entries at 5

    def run(self, **kwargs):
        entries = {entry["ids"][0]: entry for entry in self.document.findall(nodes.citation)}
        if not entries:
            return
        domain = cast(BibtexDomain, self.env.get_domain("cite"))
        places = {citation.key: [] for citation in domain.citations}
        for page in self.env.toctree_includes[self.config.root_doc]:
            for key, anchor in self.cited(page, domain):
                places[key].append((page, anchor))
        for citation in domain.citations:
            entries[citation.citation_id] += nodes.paragraph(
                "", "Cited in ", *self.links(places[citation.key]), classes=["cited-in"]
            )

    def cited(self, page, domain):
        """The key of each entry that a page cites, and the anchor where it does."""
        for section in self.env.get_doctree(page).findall(nodes.section):
            if section["ids"][0] == "references":
                text = section.astext().replace("’", "'")  # as it was written, before Sphinx set it
                yield from ((c.key, "references") for c in domain.citations if title_of(c.entry) in text)
        first = {}
        for reference in domain.citation_refs:
            if reference.docname == page:
                for target in reference.targets:
                    first.setdefault(target.key, reference.citation_ref_id)
        yield from first.items()

    def links(self, places):
        for number, (page, anchor) in enumerate(places):
            chapter = self.env.toc_secnumbers.get(page, {}).get("")
            title = " ".join([*map(str, chapter or ()), self.env.titles[page].astext()])
            target = f"{self.app.builder.get_relative_uri(self.env.docname, page)}#{anchor}"
            yield nodes.Text(", " if number else "")
            yield nodes.reference("", title, internal=True, refuri=target)


class CourseEntry(SphinxDirective):
    """The directive `{course-entry}`: the course in BibTeX, from CITATION.cff."""

    def run(self):
        path = ROOT / "CITATION.cff"
        self.env.note_dependency(str(path))
        course = yaml.safe_load(path.read_text(encoding="utf-8"))
        fields = {"title": course["title"], "year": self.config.copyright, "note": f"Version {course['version']}"}
        if address() != PLACEHOLDER:
            fields["url"] = address()
        authors = [Person(f"{{{author['name']}}}") for author in course["authors"]]
        entry = Entry("misc", fields=fields, persons={"author": authors})
        text = BibliographyData({"steepest": entry}).to_string("bibtex").strip()
        return [nodes.literal_block(text, text, language="bibtex")]


def bibliographies(app, env):
    """The pages to be written again when any page has changed: it may cite something else now."""
    return {key.docname for key in env.get_domain("cite").bibliographies}


def setup(app):
    app.add_post_transform(CitedIn)
    app.add_directive("course-entry", CourseEntry)
    app.connect("env-updated", bibliographies)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
