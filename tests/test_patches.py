"""The internals that the book changes are where `patches.py` looks for them, and nothing else changes any."""

import ast
import inspect
from types import SimpleNamespace

import pytest
from conftest import ROOT, soup
from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from myst_parser.sphinx_ext.myst_refs import MystReferenceResolver
from patches import let_links_reach_terms, measure_nothing
from sphinx.addnodes import pending_xref
from sphinx.errors import ExtensionError
from weight import THEBE, THEME, leave_out_thebe

EXTENSIONS = sorted((ROOT / "book" / "_ext").glob("*.py"))


def test_mystnb_renders_pictures_with_the_method_that_is_wrapped():
    method = inspect.unwrap(NbElementRenderer.render_image)
    assert list(inspect.signature(method).parameters) == ["self", "data"]
    assert {"mime_type", "output_metadata"} <= {*MimeData.__dataclass_fields__, *vars(MimeData)}


def test_mysts_own_links_reach_the_terms():
    term = nodes.term("", "minibatch", ids=["term-minibatch"])
    env = SimpleNamespace(docname="glossary", metadata={"glossary": {}}, all_docs={"glossary": 0})
    let_links_reach_terms(SimpleNamespace(env=env), nodes.section("", term))
    about = {"refdoc": "page", "reftarget": "glossary", "reftargetid": "term-minibatch", "refexplicit": True}
    text = nodes.paragraph("", "", pending_xref("", nodes.inline("", "a batch"), **about))
    builder = SimpleNamespace(get_relative_uri=lambda page, target: f"{target}.html")
    resolver = SimpleNamespace(env=env, app=SimpleNamespace(builder=builder), log_warning=pytest.fail)
    MystReferenceResolver.resolve_myst_ref_doc(resolver, text[0])
    assert text[0]["refuri"] == "glossary.html#term-minibatch"


def test_the_themes_script_measures_where_it_is_looked_for():
    script = (THEME / "scripts" / "pydata-sphinx-theme.js").read_text(encoding="utf-8")
    assert len(measure_nothing(script)) < len(script)
    with pytest.raises(ExtensionError, match=r"patches\.py"):
        measure_nothing("another script")


def test_what_thebe_writes_is_taken_out_and_nothing_else():
    written = '<script type="text/x-thebe-config">', "<script>kernelName = 'python3'</script>", "<p>a claim</p>"
    page = nodes.section("", *(nodes.raw("", text, format="html") for text in written))
    leave_out_thebe(None, page, "")
    assert page.astext() == "<p>a claim</p>"


@pytest.mark.usefixtures("built_book")
def test_a_page_has_the_text_alternatives_its_links_to_terms_and_no_thebe():
    page = soup("notebooks/01_batch_gradient_descent.html")
    assert THEBE not in str(page).replace("initThebe", "").lower()
    assert not [picture for picture in page.select(".cell_output img") if not picture.get("alt")]
    assert page.select('a[href*="glossary.html#term-"]')


def changes_of_others(tree):
    """What a file changes that belongs to another package: names it imports whose attributes it sets."""
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imported |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            owner = target
            while isinstance(owner, (ast.Attribute, ast.Subscript)):
                owner = owner.value
            if isinstance(target, ast.Attribute) and isinstance(owner, ast.Name) and owner.id in imported:
                yield ast.unparse(target)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr":
            yield ast.unparse(node)


def private_imports(tree):
    """The private names and modules that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            yield from (name for name in names if any(part.startswith("_") for part in name.split(".")))


@pytest.mark.parametrize("path", EXTENSIONS, ids=lambda path: path.stem)
def test_no_other_file_changes_what_belongs_to_another_package(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert list(private_imports(tree)) == []
    assert list(changes_of_others(tree)) == (["NbElementRenderer.render_image"] if path.stem == "patches" else [])


@pytest.mark.parametrize(
    "code",
    ["import a\na.b = 1", "from a import B\nB.c.d = 1", "import a.b\na.b.c += 1", "setattr(a, 'b', 1)"],
)
def test_a_change_of_another_package_is_found(code):
    assert list(changes_of_others(ast.parse(code)))
    assert list(private_imports(ast.parse("from a._b import c\nfrom d import _e"))) == ["a._b", "_e"]
