"""The internals that the book changes are where `patches.py` looks for them."""

import inspect
from types import SimpleNamespace

import pytest
from myst_nb.core.render import MimeData, NbElementRenderer
from patches import leave_out_thebe
from sphinx.errors import ExtensionError
from sphinx.events import EventListener, EventManager


def test_mystnb_renders_pictures_with_the_method_that_is_wrapped():
    method = inspect.unwrap(NbElementRenderer.render_image)
    assert list(inspect.signature(method).parameters) == ["self", "data"]
    assert {"mime_type", "output_metadata"} <= {*MimeData.__dataclass_fields__, *vars(MimeData)}


def application(*modules):
    handlers = []
    for module in modules:
        handler = lambda app: None  # noqa: E731
        handler.__module__ = module
        handlers.append(EventListener(0, handler, 500))
    return SimpleNamespace(
        extensions={"sphinx_thebe"},
        events=SimpleNamespace(listeners={"builder-inited": handlers}),
        registry=SimpleNamespace(css_files=[("sphinx-thebe.css", {}), ("book.css", {})]),
    )


def test_thebe_is_left_out_and_nothing_else():
    app = application("sphinx_thebe", "another")
    leave_out_thebe(app)
    assert [listener.handler.__module__ for listener in app.events.listeners["builder-inited"]] == ["another"]
    assert app.registry.css_files == [("book.css", {})]


def test_thebe_that_listens_elsewhere_is_an_error():
    with pytest.raises(ExtensionError, match=r"patches\.py"):
        leave_out_thebe(application("another"))


def test_sphinx_keeps_its_listeners_where_they_are_looked_for():
    events = EventManager(SimpleNamespace(pdb=False))
    events.connect("builder-inited", print, 500)
    ((listener,),) = events.listeners.values()
    assert listener.handler is print


def test_a_page_has_the_text_alternatives_and_no_thebe(built_book):
    page = (built_book / "notebooks" / "01_batch_gradient_descent.html").read_text(encoding="utf-8")
    assert "thebe" not in page.replace("initThebe", "").lower()
