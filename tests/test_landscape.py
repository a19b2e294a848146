"""An Explorer shows whatever is a `Landscape`: it needs no base class, no dataclass and no formula of SymPy."""

import numpy as np
import pytest

from steepest import Momentum
from steepest.descent import descend
from steepest.live import Explorer
from steepest.surfaces import SURFACES, Landscape


class Trough:
    """½(ax² + y²), in the fewest lines."""

    name, made_by, axes = "trough", ("mine", "Trough"), ("u", "v")
    ranges, window, start = {"a": (1, 50)}, ((-2, 2), (-2, 2)), (1.5, -1.0)
    minima, samples = np.zeros((1, 2)), []

    def __init__(self, a=4.0):
        self.parameters = {"a": a}

    def __repr__(self):
        return f"Trough(a={self.parameters['a']})"

    @property
    def example(self):
        return self

    @staticmethod
    def function(x, y, a):
        return (a * x**2 + y**2) / 2, a * x, y

    def __call__(self, w):
        return self.function(*np.moveaxis(np.asarray(w), -1, 0), **self.parameters)[0]

    def gradient(self, w):
        return np.stack(self.function(*np.moveaxis(np.asarray(w), -1, 0), **self.parameters)[1:], axis=-1)

    def with_parameters(self, values):
        return Trough(**values)

    def minibatches(self, batch_size, seed):
        return self


def trough():
    return Explorer([Momentum(lr=0.05)], Trough(), steps=30)


def test_a_landscape_needs_no_dataclass():
    explorer = trough()
    explorer.parameters = {"a": 9.0}
    assert repr(explorer.surface) == "Trough(a=9.0)"
    run = explorer.runs()["Momentum"]
    assert np.array_equal(run.points, descend(Momentum(lr=0.05), Trough(9.0), steps=30).points)
    assert "Trough(a=9.0)" in explorer.figure()[1]


def test_every_surface_is_a_landscape_with_other_parameters_too():
    for make in SURFACES.values():
        surface = make()
        assert isinstance(surface, Landscape)
        for name, (low, high) in surface.ranges.items():
            values = surface.parameters | {name: (low + high) / 2}
            assert surface.with_parameters(values).parameters == values
            assert surface.parameters == make().parameters


@pytest.mark.parametrize("missing", ["with_parameters", "made_by", "minima"])
def test_what_lacks_a_part_of_a_landscape_is_refused(missing):
    own = {name: value for name, value in vars(Trough).items() if name != missing and not name.startswith("__weak")}
    incomplete = type("Incomplete", (), {name: value for name, value in own.items() if name != "__dict__"})
    with pytest.raises(TypeError, match="surface must be a Landscape"):
        Explorer([Momentum()], incomplete())


def test_the_page_runs_it_and_says_how_to_make_it(show):
    page = show(trough())
    page.set("a", 9.0)
    final = descend(Momentum(lr=0.05), Trough(9.0), steps=30).losses[-1]
    assert float(page.result(0).replace("−", "-")) == pytest.approx(final, rel=6e-3)
    page.unfold()
    code = page.page.get_by_label("The same in Python").input_value()
    assert "from mine import Trough\n" in code
    assert "surface = Trough(a=9)" in code
