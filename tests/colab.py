"""Widgets in a kernel with Colab's packages, as its front end meets them. `make test-colab` runs this.

The kernel is one of the environment that has Colab's versions; the front end is a test that speaks Jupyter's protocol.
Colab's own module is not to be had: a stand-in has the three names that anywidget looks for.
"""

import functools

import pytest
from jupyter_client.manager import start_new_kernel

COLAB = """
import sys, types
google, colab, output = (sys.modules.setdefault(name, types.ModuleType(name))
                         for name in ("google", "google.colab", "google.colab.output"))
colab.output, enabled = output, []
output._widgets = types.SimpleNamespace(_installed_url="manager.js")
output.enable_custom_widget_manager = lambda: enabled.append(True)
"""
VIEW = "application/vnd.jupyter.widget-view+json"


class Kernel:
    """A kernel with what it has sent: the states of its widgets by their identity."""

    def __init__(self):
        self.manager, self.client = start_new_kernel(kernel_name="colab", startup_timeout=120)
        self.states, self.opened = {}, []

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def _take(self, shown, message):
        content = message["content"]
        if message["msg_type"] == "comm_open":
            assert content["target_name"] == "jupyter.widget"
            assert message["metadata"]["version"].startswith("2.")  # of the protocol, in ipywidgets 7 and 8
            self.states[content["comm_id"]] = dict(content["data"]["state"])
            self.opened.append(content["comm_id"])
        elif message["msg_type"] == "comm_msg" and content["data"]["method"] == "update":
            self.states[content["comm_id"]] |= content["data"]["state"]
        elif message["msg_type"] in {"display_data", "execute_result"}:
            shown.append(content)
        elif message["msg_type"] == "stream":
            shown.append(content["text"].strip())

    def run(self, code):
        """Run a cell and return what it showed and printed."""
        shown = []
        reply = self.client.execute_interactive(code, timeout=120, output_hook=functools.partial(self._take, shown))
        assert reply["content"]["status"] == "ok", reply["content"]
        return shown

    def send(self, widget, **state):
        """Set traits from the front end."""
        content = {"comm_id": widget, "data": {"method": "update", "state": state, "buffer_paths": []}}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", content))


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    kernel.run(COLAB)
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def widget(kernel):
    """An Explorer that has been shown: its identity and the output of its cell."""
    shown = kernel.run(
        "from steepest import Momentum, surfaces\n"
        "from steepest.live import Explorer, Goal\n"
        "explorer = Explorer([Momentum(lr=0.02)], surfaces.ravine(kappa=20), goal=Goal(loss=1e-6, within=90))\n"
        "explorer"
    )
    assert len(shown) == 1
    return shown[0]["data"][VIEW]["model_id"], shown[0]


def test_the_kernel_has_the_versions_of_colab(kernel):
    assert kernel.run("import ipywidgets, ipykernel; print(ipywidgets.__version__, ipykernel.__version__)") == [
        "7.7.1 6.17.1"
    ]


def test_the_output_has_the_view_and_the_picture(kernel, widget):
    identity, output = widget
    assert output["data"].keys() == {VIEW, "text/html", "image/png", "text/plain"}
    assert output["data"][VIEW] == {"version_major": 2, "version_minor": 1, "model_id": identity}
    assert output["metadata"][VIEW] == {"colab": {"custom_widget_manager": {"url": "manager.js"}}}
    assert len(output["metadata"]["image/png"]["alt"].split()) > 5
    assert kernel.run("print(enabled)") == ["[True]"]


def test_the_front_end_gets_all_that_it_draws_from(kernel, widget):
    state = kernel.states[widget[0]]
    assert (state["_model_module"], state["_model_name"]) == ("anywidget", "AnyModel")
    assert (state["_view_module"], state["_view_name"]) == ("anywidget", "AnyView")
    assert state["_model_module_version"] == "~0.9.*"
    assert "export default { render" in state["_esm"]
    assert state["layout"].removeprefix("IPY_MODEL_") in kernel.states
    assert state["hyperparameters"] == {"Momentum": {"lr": 0.02, "momentum": 0.9}}


def test_what_the_reader_moves_python_knows(kernel, widget):
    kernel.send(widget[0], hyperparameters={"Momentum": {"lr": 0.2, "momentum": 0.8}}, start=[3, -1])
    assert kernel.run("print(explorer.hyperparameters, explorer.start)") == [
        "{'Momentum': {'lr': 0.2, 'momentum': 0.8}} (3.0, -1.0)"
    ]


def test_what_python_sets_the_front_end_gets(kernel, widget):
    kernel.run("explorer.hyperparameters = {'Momentum': {'lr': 0.5, 'momentum': 0.7}}")
    assert kernel.states[widget[0]]["hyperparameters"] == {"Momentum": {"lr": 0.5, "momentum": 0.7}}


def test_every_kind_of_widget_opens(kernel):
    before = len(kernel.opened)
    shown = kernel.run(
        "from steepest.live import LiveMap, LivePlot, Slider\n"
        "display(LivePlot(lambda x, lr: x * lr, title='Line', x=range(5), lr=0.5))\n"
        "display(LiveMap(lambda lr, momentum: lr + momentum, title='A sum', lr=Slider(0.5, 0, 1), momentum=0.5))"
    )
    assert all(output["data"][VIEW]["model_id"] in kernel.opened[before:] for output in shown)
    assert len(shown) == 2


def test_pictures_are_switched_by_widgets_of_the_kernel(kernel):
    shown = kernel.run(
        "import matplotlib.pyplot as plt\n"
        "from steepest import plots\n"
        "from steepest.live import frames\n"
        "def picture(n):\n"
        "    return plots.show(plt.figure(figsize=(1, 1)), f'A small empty picture with the number {n}.')\n"
        "frames(picture, n=[1, 2])"
    )
    assert VIEW in shown[0]["data"]
