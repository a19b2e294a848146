"""The gallery, and each widget on a page of its own to embed. `make test` builds the book first."""

import contextlib
import functools
import html
import http.server
import json
import re
import threading

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import DESKTOP, ROOT, SITE, soup
from gallery import embedded, exhibits_of, line, module, named
from playwright.sync_api import expect
from shared_scripts import squeezed

from steepest import Momentum, surfaces
from steepest.live import Explorer, LivePlot, Predict

PAGE = "book/gallery.html"


def outputs(*widgets):
    """A notebook that shows widgets below a heading."""
    cells = [nbformat.v4.new_markdown_cell("## A heading\n\ntext")]
    for widget in widgets:
        data = {"text/html": widget._repr_mimebundle_()[0]["text/html"]}
        output = nbformat.v4.new_output("execute_result", data=data)
        cells.append(nbformat.v4.new_code_cell("…", outputs=[output]))
    return nbformat.v4.new_notebook(cells=cells)


def plot(title="A <line> & more"):
    return LivePlot(lambda x, lr: lr * x, title=title, x=(0, 1), lr=0.1)


def embeds():
    return sorted((SITE / "embed").glob("*.html"))


def test_what_a_notebook_exhibits():
    question = Predict("Which is larger?", "two", ["one", "two"])
    first, second = exhibits_of(outputs(plot(), question, Explorer([Momentum()], surfaces.bowl())))
    assert (first.section, first.about, first.kind) == ("A heading", "A <line> & more", "liveplot")
    assert second.about == "Momentum on a bowl"
    assert first.picture.startswith(b"\x89PNG")
    assert first.alt.startswith("A <line> & more, against x")


@pytest.mark.usefixtures("built_book")
def test_every_widget_of_the_chapters_is_in_the_gallery():
    shown = {a["href"].partition("#steepest-")[2] for a in soup(PAGE).select(".exhibit figcaption > a")}
    pages = sorted((SITE / "notebooks").glob("*.html"))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    wanted = set(re.findall(r'<steepest-(?!predict|record)\w+-\w+ key="\w+" name="(\w+)"', text))
    assert shown == wanted == {path.stem for path in embeds()}
    chapters = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    told_of = re.findall(r"\{gallery\} (.+)", (ROOT / "book" / "gallery.md").read_text(encoding="utf-8"))
    assert set(" ".join(told_of).split()) == chapters


@pytest.mark.usefixtures("built_book")
def test_no_widget_is_named_as_code():
    for link in soup(PAGE).select(".exhibit figcaption > a"):
        assert not re.search(r"_|=|\w\(", link.text), link.text
        assert link.text.count(",") < 6, link.text


def test_the_gallery_is_accessible(visit):
    page = visit(PAGE, viewport=DESKTOP)
    page.evaluate("for (const fold of document.querySelectorAll('.exhibit details')) fold.open = true")
    page.locator(".exhibit img").last.scroll_into_view_if_needed()
    found = Axe().run(page, context=".gallery", options={"preload": False}).response["violations"]
    assert [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found] == []
    assert page.problems == []


@pytest.mark.usefixtures("built_book")
def test_an_embedded_widget_lives_by_itself_and_is_light(visit):
    for path in embeds():
        page = visit(f"embed/{path.name}", viewport={"width": 700, "height": 900})
        page.locator(".steepest").wait_for()
        assert page.problems == [], path.name
        files = {path.relative_to(SITE).as_posix(), "_static/embed.js"}
        assert len(page.files - files) == 1  # the front end
        sent = sum(len((SITE / file).read_bytes()) for file in page.files)
        assert sent < 250_000, (path.name, sent)  # before compression, picture included
        page.context.close()


@contextlib.contextmanager
def served(folder):
    """The address of a folder on a server."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_frame_is_as_tall_as_its_widget(browser, tmp_path):
    """On a teacher's own site, which is another one, with the one line that the gallery gives."""
    site, course = tmp_path / "site", tmp_path / "course"
    for folder in (site / "embed", site / "_static", course):
        folder.mkdir(parents=True)
    (exhibit,) = exhibits_of(outputs(plot()))
    (site / "embed" / f"{exhibit.tag}.js").write_text(squeezed(exhibit.front), encoding="utf-8")
    (site / "_static" / "embed.js").write_bytes((ROOT / "book" / "_static" / "embed.js").read_bytes())
    (site / "embed" / f"{exhibit.name}.html").write_text(embedded(exhibit, "../chapter.html"), encoding="utf-8")
    with served(site) as there, served(course) as here:
        frame = re.sub(r'src="[^"]*embed/', f'src="{there}embed/', line(exhibit))
        (course / "index.html").write_text(f"<!doctype html><title>A course</title>{frame}", encoding="utf-8")
        page, wrong = browser.new_page(viewport={"width": 700, "height": 900}), []
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(f"{here}index.html")
        inside, found = page.frame_locator("iframe"), []
        inside.locator(".steepest").wait_for()
        for width in (700, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(800)
            found.append(inside.locator("html").evaluate("(node) => node.getBoundingClientRect().height"))
            assert abs(page.locator("iframe").bounding_box()["height"] - found[-1]) < 2
        page.close()
    assert len(set(found)) == 2
    assert [text for text in wrong if "favicon" not in text and "404" not in text] == []


MYST = """
class Model { // as MyST's, which has neither `off` nor `save_changes`
  constructor(state) { this.state = state; this.target = new EventTarget(); }
  get(name) { return this.state[name]; }
  set(name, value) {
    this.state[name] = value;
    this.target.dispatchEvent(new CustomEvent(`change:${name}`));
    this.target.dispatchEvent(new CustomEvent("change"));
  }
  on(name, call) { this.target.addEventListener(name, call); }
}
const shadow = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
const el = shadow.appendChild(document.createElement("div"));
globalThis.end = (await import("./widget.mjs")).default.render({ model: new Model(STATE), el });
"""


@pytest.mark.parametrize("face", ["the anywidget itself", "the module of the site"])
def test_a_widget_lives_where_myst_shows_it(browser, tmp_path, face):
    widget = plot()
    if face == "the anywidget itself":
        (tmp_path / "widget.mjs").write_text(widget._esm, encoding="utf-8")
        state = {"values": widget.values, "met": False}
    else:
        (exhibit,) = exhibits_of(outputs(widget))
        (tmp_path / "widget.mjs").write_text(module(exhibit), encoding="utf-8")
        state = {}
    script = MYST.replace("STATE", json.dumps(state))
    (tmp_path / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>MyST</title><body><script type="module">{script}</script>',
        encoding="utf-8",
    )
    with served(tmp_path) as address:
        page = browser.new_page()
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{address}index.html")
        slider = page.get_by_role("slider", name="lr η", exact=True)
        slider.press("End")
        expect(page.locator(".readout")).to_contain_text("lr η 10.")
        page.evaluate("globalThis.end?.()")
        expect(page.locator(".steepest")).to_have_count(0)
        page.close()
    assert wrong == []


def test_the_line_is_one_line_and_its_title_is_text():
    (exhibit,) = exhibits_of(outputs(plot()))
    assert "\n" not in line(exhibit)
    assert f'title="{html.escape("A <line> & more")}"' in line(exhibit)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("Gradient descent on bowl(kappa=10, angle=0.0)", "Gradient descent on a bowl"),
        ("Momentum on double_well(tilt=0.3)", "Momentum on a double well"),
        ("SGD on LineFit(64 examples)", "SGD on the fit of a line"),
        ("Adam on a_new_surface(depth=2)", "Adam on a new surface"),
        ("What an average after t steps has kept", "What an average after t steps has kept"),
    ],
)
def test_the_gallery_names_widgets_in_plain_words(about, said):
    assert named(about) == said
