"""The widgets in a real JupyterLab: what the reader moves, Python knows, and the other way round."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

CELLS = [
    "from steepest import Momentum, Nesterov, surfaces\n"
    "from steepest.live import Explorer, Goal, LiveMap, Predict, Record, Slider, TuningLab\n"
    "explorer = Explorer([Momentum(lr=0.02)], surfaces.ravine(kappa=20), goal=Goal(loss=1e-6, within=90))\n"
    "explorer",
    "print(explorer.hyperparameters, explorer.met)",
    "explorer.hyperparameters = {'Momentum': {'lr': 0.2, 'momentum': 0.8}}\nexplorer.start = (3, -1)",
    "explorer",
    "field = LiveMap(lambda lr, momentum: lr + momentum, title='A sum', lr=Slider(0.5, 0, 1), momentum=0.5)\n"
    "follower = Explorer([Nesterov(lr=0.1)], surfaces.bowl(), follows=field)\n"
    "display(field, follower)",
    "print(field.values, follower.hyperparameters['Nesterov']['lr'])",
    "field.values = {'lr': 0.75}\nprint(follower.hyperparameters['Nesterov']['lr'])",
    "sheet = TuningLab([Momentum(lr=0.02)], surfaces.ravine(), steps=20, tries=3)\nsheet",
    "print(sheet.tries, sheet.losses().shape)",
    "question = Predict('Which is larger?', 'two', ['one', 'two'])\n"
    "record = Record(question)\ndisplay(question, record)",
    "print(question.guess, question.off(), list(record.guesses.values()))",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that serves one notebook."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "widgets.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    options = [
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder}",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=os.environ | own, stdout=log, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, server, folder / "log")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address, server, log):
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.5)
    pytest.fail(f"JupyterLab does not answer: {log.read_text()}")


@pytest.fixture(scope="module")
def notebook(lab, browser):
    """The notebook open in the browser, with its kernel."""
    page = browser.new_page(viewport={"width": 1300, "height": 1400})
    page.set_default_timeout(30_000)
    page.goto(f"{lab}/lab/tree/widgets.ipynb")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel")
    yield page
    page.close()


def run(page, index):
    """Run one cell and return its output area."""
    page.evaluate(
        """async (index) => {
            const panel = window.jupyterapp.shell.currentWidget;
            await panel.sessionContext.ready;
            panel.content.activeCellIndex = index;
            await window.jupyterapp.commands.execute("notebook:run-cell");
        }""",
        index,
    )
    return page.locator(".jp-Notebook .jp-CodeCell").nth(index).locator(".jp-OutputArea")


def expect_printed(page, index, text):
    """Run a cell until it prints a text: ipywidgets holds messages back while the kernel is busy."""
    for _ in range(40):
        output = run(page, index)
        page.wait_for_timeout(250)
        if text in output.inner_text():
            return
    pytest.fail(f"{text!r} is not in {output.inner_text()!r}")


def test_a_slider_moved_in_the_page_changes_the_trait(notebook):
    shown = run(notebook, 0)
    slider = shown.get_by_role("slider", name="Momentum: lr η", exact=True)
    slider.wait_for()
    assert shown.locator("[state]").count() == 0, "the kernel's view is the one that shows"
    slider.focus()
    selected = notebook.locator(".jp-Cell.jp-mod-selected").bounding_box()
    before = slider.input_value()
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp"):
        slider.press(key)
    assert int(slider.input_value()) == int(before) + 2
    assert notebook.locator(".jp-Cell.jp-mod-selected").bounding_box() == selected, "the arrows are the slider's"
    slider.press("End")
    expect_printed(notebook, 1, "'lr': 2.0")
    assert notebook.locator(".jp-Cell.jp-mod-selected").count() == 1


def test_a_trait_set_in_python_moves_the_widget(notebook):
    run(notebook, 2)
    shown = notebook.locator(".jp-OutputArea .steepest").first
    shown.get_by_role("status").get_by_text("loss").wait_for(state="attached")
    notebook.wait_for_function(
        """() => {
            const fields = document.querySelectorAll(".steepest .optimizer input[type=number]");
            return fields[0].value === "0.2" && fields[1].value === "0.8";
        }"""
    )
    assert shown.get_by_role("slider", name="Start point", exact=False).get_attribute("aria-valuetext") == "x 3, y −1"


def test_the_goal_that_the_page_judges_is_known_in_python(notebook):
    notebook.locator(".steepest .goal.met").first.wait_for()
    expect_printed(notebook, 1, "True")


def test_two_views_of_one_widget_move_together(notebook):
    second = run(notebook, 3).locator(".steepest")
    second.wait_for()
    field = second.get_by_label("Momentum: lr η, number")
    field.fill("0.05")
    field.press("Enter")
    first = notebook.locator(".jp-OutputArea .steepest").first
    first.scroll_into_view_if_needed()  # JupyterLab does not lay out what is far off
    notebook.wait_for_function("document.querySelector('.steepest .optimizer input[type=number]').value === '0.05'")
    assert first.get_by_label("Momentum: lr η, number").input_value() == "0.05"


def test_an_explorer_follows_a_map_and_leads_it(notebook):
    shown = run(notebook, 4)
    explorer = shown.locator(".steepest", has=notebook.locator(".optimizer"))
    explorer.wait_for()
    handle = shown.get_by_role("slider", name="Cross-hair", exact=False)
    before = explorer.get_by_label("Nesterov: lr η, number").input_value()
    handle.focus()
    handle.press("ArrowRight")
    notebook.wait_for_function(
        "(before) => [...document.querySelectorAll('.optimizer input[type=number]')].at(-2).value !== before",
        arg=before,
    )
    field = explorer.get_by_label("Nesterov: lr η, number")
    field.fill("0.25")
    field.press("Enter")
    expect_printed(notebook, 5, "{'lr': 0.25, 'momentum': 0.5} 0.25")


def test_a_map_moved_in_python_leads_the_explorer(notebook):
    expect_printed(notebook, 6, "0.75")
    notebook.wait_for_function(
        "[...document.querySelectorAll('.optimizer input[type=number]')].at(-2).value === '0.75'",
    )


def test_a_try_spent_in_the_page_is_known_in_python(notebook):
    sheet = run(notebook, 7)
    field = sheet.get_by_label("Momentum: lr η, number")
    field.fill("0.3")
    field.press("Enter")
    sheet.get_by_role("button", name="Try (3 left)").press("Enter")
    sheet.get_by_role("button", name="Try (2 left)").wait_for()
    expect_printed(notebook, 8, "[{'optimizer': 'Momentum', 'hyperparameters': {'lr': 0.3, 'momentum': 0.9}}] (1,)")


def test_the_notebook_as_saved_holds_all_three_faces(notebook, lab):
    notebook.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    with urllib.request.urlopen(f"{lab}/api/contents/widgets.ipynb") as answer:
        saved = json.load(answer)["content"]
    data = saved["cells"][0]["outputs"][0]["data"]
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "image/png", "text/plain"} == data.keys()


def test_a_prediction_is_known_in_python_and_in_the_record(notebook):
    shown = run(notebook, 9)
    shown.get_by_label("one").check()
    shown.get_by_role("button", name="This is my prediction").click()
    shown.get_by_role("listitem").get_by_text("Not so. Measured: two.").wait_for()
    expect_printed(notebook, 10, "0 1.0 [0]")
