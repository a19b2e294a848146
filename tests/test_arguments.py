"""What is no argument is refused, by every public function in the same way, and the message says what would be."""

import inspect
import math
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from test_api import DOCUMENTED, names

import steepest
from steepest import (
    AdaGrad,
    Adam,
    GradientDescent,
    Momentum,
    Muon,
    Optimizer,
    RMSProp,
    bugs,
    lettering,
    live,
    plots,
    summary,
    surfaces,
)
from steepest.arguments import instance, real, whole
from steepest.averages import exponential, polynomial, tail, uniform
from steepest.claims import claim
from steepest.comparison import judge, tune, wins
from steepest.counterexamples import one_telling_feature, race, rare_gradient
from steepest.curvature import (
    central_flow,
    edge_model,
    follow,
    joined,
    named_values,
    parted,
    top_eigenvalue,
)
from steepest.datasets import bag_of_words, diabetes, digits_network, digits_softmax, wave
from steepest.descent import copies, descend, good_range, move, sweep, train
from steepest.eigen import eigenvectors, power
from steepest.exercises import check
from steepest.frameworks import L2, ClippedNorm, ClippedValue, Decoupled, Shrinking, Uphill
from steepest.live import (
    Choice,
    EdgeOfStability,
    Explorer,
    Goal,
    LiveMap,
    LivePlot,
    Predict,
    Sketch,
    Slider,
    Spectrum,
    Stream,
    Task,
    TuningLab,
    frames,
)
from steepest.live.javascript import compile_function
from steepest.live.latex import latex
from steepest.live.recording import CompileError
from steepest.live.trace import trace
from steepest.modes import mode_matrix, spectral_radius
from steepest.orthogonal import frobenius, newton_schulz, orthogonalize
from steepest.plots import plt, seeds
from steepest.problems import LogisticRegression, central_difference, example_gradients, minibatches
from steepest.schedules import cosine, steps_down, warmup
from steepest.surfaces import SURFACES

PACKAGE = Path(steepest.__file__).parent

NAN = math.nan


@pytest.mark.parametrize("value", [2.5, 3.0, NAN, "5", None, True, [1], 1j])
def test_a_whole_number_is_no_other_number(value):
    with pytest.raises(TypeError, match=r"steps must be a whole number, 0 or more, not "):
        whole("steps", value)


def test_a_whole_number_lies_in_its_range():
    assert whole("n", np.int8(3), 1, 3) == 3
    for value in 0, 4:
        with pytest.raises(ValueError, match=f"n must be a whole number, from 1 to 3, not {value}"):
            whole("n", value, 1, 3)


@pytest.mark.parametrize(
    ("value", "error"), [(NAN, ValueError), (math.inf, ValueError), (-1, ValueError), ("1", TypeError), (1j, TypeError)]
)
def test_a_real_number_is_finite_and_in_its_range(value, error):
    assert real("x", np.float32(0.5), 0) == 0.5
    with pytest.raises(error, match="x must be a finite number, 0 or more, not "):
        real("x", value, 0)


def test_what_is_made_needs_its_parentheses():
    assert instance("optimizer", Adam(), Optimizer) == Adam()
    for value, words in [
        (Adam, r"an Optimizer, not the class Adam: write Adam\(\)"),
        (surfaces.bowl, r"not the function bowl: write bowl\(\)"),
        (3, "not 3"),
    ]:
        with pytest.raises(TypeError, match=words):
            instance("optimizer", value, Optimizer)


@dataclass
class Cubed(Optimizer):
    def step(self, g, state):
        state.v = state.v - g**3
        return state.v


GRID, LOSSES = np.array([0.01, 0.1, 1.0]), np.array([1.0, 0.01, 1.0])
UPDATE = Momentum().update


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        *(
            (lambda steps=steps: descend(Momentum(), surfaces.bowl(), steps=steps), TypeError, "steps must be a whole")
            for steps in (2.5, NAN, "5", None)
        ),
        (lambda: descend(Momentum(), surfaces.bowl(), steps=-1), ValueError, "steps must be a whole number, 0 or more"),
        (lambda: descend(Momentum, surfaces.bowl()), TypeError, r"not the class Momentum: write Momentum\(\)"),
        (lambda: descend(Momentum(), surfaces.bowl), TypeError, r"surface .* not the function bowl: write bowl\(\)"),
        (lambda: train(Momentum, diabetes(), steps=1), TypeError, r"write Momentum\(\)"),
        (lambda: train(Momentum(), diabetes(), steps=1.5), TypeError, "steps must be a whole"),
        (lambda: train(Momentum(), diabetes(), steps=9, measure_every=2.5), TypeError, "measure_every must be a whole"),
        (lambda: train(Momentum(), diabetes(), steps=9, measure_every=NAN), TypeError, "measure_every must be a whole"),
        (lambda: train(Momentum(), diabetes(), steps=9, batch_size=2.5), TypeError, "batch_size must be a whole"),
        (lambda: sweep(Momentum, digits_softmax(), steps=9), TypeError, r"write Momentum\(\)"),
        (lambda: sweep(Momentum(), digits_softmax(), steps=9, measure_every=1.5), TypeError, "measure_every must be"),
        (lambda: sweep(Momentum(), digits_softmax(), steps=9.0), TypeError, "steps must be a whole number, 1 or more"),
        (lambda: good_range(GRID[::-1], LOSSES, 0.1), ValueError, "lr must be finite, positive and in rising order"),
        (lambda: good_range(GRID - 0.01, LOSSES, 0.1), ValueError, "lr must be finite, positive"),
        (lambda: good_range(GRID, LOSSES[1:], 0.1), ValueError, "the same|both have shape"),
        (lambda: good_range(GRID, LOSSES, 0.0), ValueError, "must be positive, not 0"),
        (lambda: good_range(GRID, LOSSES, NAN), ValueError, "limit must be a finite number"),
        (lambda: good_range(GRID, LOSSES - 0.01, 0.1), ValueError, "must be positive"),
        (lambda: minibatches(9, 2.5), TypeError, "batch_size must be a whole number, from 1 to 9"),
        (lambda: LogisticRegression(np.ones((2, 1)), [0.0, 1.0]), TypeError, "whole numbers, the classes, not float64"),
        (lambda: cosine(0), ValueError, "steps must be a whole number, 1 or more, not 0"),
        (lambda: warmup(0), ValueError, "steps must be a whole number, 1 or more, not 0"),
        (lambda: steps_down(1.5), TypeError, "A milestone must be a whole number"),
        (lambda: spectral_radius(Adam), TypeError, "Adam does not remember a velocity v alone"),
        (lambda: spectral_radius(GradientDescent), TypeError, "does not remember a velocity v alone"),
        (lambda: spectral_radius(Cubed), TypeError, "Cubed is not linear in the gradient"),
        (lambda: spectral_radius(Momentum()), TypeError, "rule must be a class of optimizers, such as Momentum"),
        (lambda: spectral_radius(Momentum, learning_rate=3.0), TypeError, "no hyperparameter learning_rate; it has lr"),
        (lambda: mode_matrix(Momentum, beta=1.0), TypeError, "no hyperparameter beta; it has lr, momentum"),
        (lambda: race(Momentum, [1.0]), TypeError, r"write Momentum\(\)"),
        (lambda: rare_gradient(7, period=0), ValueError, "period must be a whole number, 1 or more"),
        (lambda: one_telling_feature(n=0), ValueError, "n must be a whole number, 3 or more"),
        (lambda: bugs.step_lengths(Momentum, [1]), TypeError, r"write Momentum\(\)"),
        (lambda: UPDATE([np.ones(1)], [np.ones(1)]), TypeError, "params must be a dict of arrays by name, not "),
        (lambda: UPDATE({"w": np.ones(1)}, np.ones(1)), TypeError, "grads must be a dict of arrays by name, not "),
        (lambda: Momentum(lr=np.array([0.1 + 1j])), TypeError, "lr must be a number or an array of numbers"),
        (lambda: Momentum(lr=np.complex128(0.1)), TypeError, "lr must be a number or an array of numbers"),
        (lambda: Momentum(lr=np.array([True])), TypeError, "lr must be a number or an array of numbers"),
        # widgets
        (lambda: Explorer(Momentum(), surfaces.bowl()), TypeError, "optimizers must be a list of optimizers"),
        (lambda: Explorer([Momentum], surfaces.bowl()), TypeError, r"write Momentum\(\)"),
        (lambda: Explorer([Momentum()], surfaces.bowl), TypeError, r"write bowl\(\)"),
        (lambda: Explorer([Momentum()], surfaces.bowl(), goal=3), TypeError, "goal must be a Goal, not 3"),
        (
            lambda: Explorer([Momentum()], surfaces.bowl(), follows=3),
            TypeError,
            "a LiveMap or a LivePlot or a Spectrum, not 3",
        ),
        (lambda: Explorer([Momentum()], surfaces.bowl(), steps=2.5), TypeError, "steps must be a whole"),
        (lambda: Explorer([Momentum()], surfaces.bowl(), ring=lambda b: (b, b)), ValueError, "no argument 'b'; it has"),
        (lambda: Explorer([Momentum()], surfaces.bowl(), box=lambda b: 1 / b), ValueError, "no argument 'b'; it has"),
        (lambda: Explorer([Momentum(lr=1e7)], surfaces.bowl()), ValueError, r"^Momentum: lr must lie between 0 and"),
        (lambda: Goal(1, 2.5), TypeError, "A goal's within must be a whole number"),
        (lambda: Goal("1", 2), TypeError, "A goal's loss must be a finite number"),
        (lambda: TuningLab([Adam()], surfaces.bowl(), tries=2.5), TypeError, "tries must be a whole number, 1 or more"),
        (lambda: TuningLab(Adam(), surfaces.bowl()), TypeError, "optimizers must be a list"),
        (lambda: LivePlot(lambda: 1, title="t"), TypeError, "against its first argument, but <lambda> has none"),
        (lambda: LivePlot(lambda x: x, title="t", x=(0, 1), goal="up"), TypeError, "goal must be a Task, not .up"),
        (lambda: LivePlot(lambda x, lr: x, title="t", x=(0, 1), lr=1e7), ValueError, "lr must lie between 0 and 1e"),
        (
            lambda: LiveMap(lambda a, b: (a, b), title="t", a=Slider(1, 0, 2), b=Slider(1, 0, 2)),
            TypeError,
            "LiveMap colors one value, but 't' has 2: 0, 1",
        ),
        (
            lambda: LiveMap(lambda a, b: -a - b, title="t", log=True, a=Slider(1, 0, 2), b=Slider(1, 0, 2)),
            ValueError,
            "'t' has no positive value here",
        ),
        (
            lambda: LivePlot(lambda x: x * random.random(), title="t", x=(0, 1)),
            CompileError,
            "not the same twice",
        ),
    ],
)
def test_bad_input_gets_a_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


NETWORK, LIKE = digits_network(2), {"w": np.zeros(2)}
VERDICT = judge(Momentum(), NETWORK, NETWORK, steps=2, seeds=[0], measure_every=2)

FIGURE, AX = plt.subplots()

#: What each public function takes, by the function.
ACCEPTED = {
    **{
        function: {"ax": AX, "optimizer": Momentum()} | more
        for function, more in {
            plots.losses: {"values": [1.0, 0.5], "x": [0, 1]},
            plots.path: {"run": descend(Momentum(), surfaces.bowl(), steps=1)},
            plots.sweep: {"x": GRID, "final": LOSSES, "name": "lr"},
        }.items()
    },
    lettering.broken: {"name": "a name"},
    lettering.clear: {"ax": AX},
    lettering.crossings: {"ax": AX, "box": AX.bbox},
    lettering.is_map: {"ax": AX},
    lettering.place_legend: {"ax": AX},
    plots.contours: {"ax": AX, "surface": surfaces.bowl(), "window": ((-1, 1), (-1, 1)), "levels": 3},
    lettering.name_ends: {"ax": AX},
    lettering.part: {"ax": AX},
    plots.seeds: {"ax": AX, "results": [(Momentum(), [1.0, 2.0])]},
    plots.show: {"figure": FIGURE, "alt": "A figure with nothing in it but its axes.", "caption": "Nothing."},
    lettering.spread: {"places": [0.0, 0.1], "heights": [1.0, 1.0]},
    plots.style: {"optimizer": Momentum()},
    lettering.tidy: {"figure": FIGURE},
    lettering.visible_end: {"ax": AX, "curve": AX.plot([0, 1])[0]},
    summary.equations: {"rule": Momentum},
    summary.remembered: {"rule": Momentum},
    summary.show_summary: {"rules": [Momentum]},
    summary.table: {"heads": ["a"], "rows": [["b"]]},
    summary.told_of: {"rule": Momentum},
    surfaces.surface: {"window": ((-1, 1), (-1, 1)), "start": (0.5, 0.5), "minima": [(0, 0)], "depth": (1, 2)},
    bugs.step_lengths: {"optimizer": Momentum(), "gradients": [1.0]},
    central_difference: {"f": np.sum, "w": np.ones(2), "h": 1e-5},
    central_flow: {"network": wave(), "lr": 0.1, "steps": 1, "seed": 0},
    cosine: {"steps": 4},
    descend: {"optimizer": Momentum(), "surface": surfaces.bowl(), "start": (1.0, 1.0), "steps": 1},
    digits_network: {"hidden": 2},
    edge_model: {"drift": 0.1},
    example_gradients: {"problem": diabetes(), "params": diabetes().init()},
    exponential: {"decay": 0.5},
    bag_of_words: {"n": 9, "n_test": 9, "words": 5, "seed": 0},
    follow: {"optimizer": GradientDescent(), "network": wave(), "lr": [0.1], "seed": 0},
    good_range: {"lr": GRID, "values": LOSSES, "limit": 0.1},
    joined: {"params": LIKE},
    judge: {
        **{"optimizer": Momentum(), "problem": NETWORK, "held_out": NETWORK, "steps": 2, "batch_size": 9},
        **{"seeds": [0], "schedule": cosine(2), "measure_every": 1},
    },
    minibatches: {"n": 9, "batch_size": 3, "seed": 0},
    one_telling_feature: {"n": 3, "n_test": 3, "seed": 0},
    polynomial: {"order": 1},
    race: {"optimizer": Momentum(), "gradients": [1.0], "start": 0.0},
    rare_gradient: {"steps": 3, "period": 3, "large": 3.0, "small": 1.0},
    steps_down: {"factor": 0.1},
    sweep: {
        **{"optimizer": Momentum(), "problem": NETWORK, "steps": 1, "batch_size": 9, "seed": 0},
        **{"schedule": cosine(1), "average": uniform(), "measure_every": 1},
    },
    tail: {"start": 1},
    train: {
        **{"optimizer": Momentum(), "problem": diabetes(), "steps": 1, "batch_size": 9, "seed": 0},
        **{"schedule": cosine(1), "average": uniform(), "measure_every": 1},
    },
    tune: {
        **{"optimizer": Momentum(lr=GRID), "problem": NETWORK, "steps": 1, "batch_size": 9, "seeds": [0]},
        "schedule": cosine(1),
    },
    warmup: {"steps": 3, "then": cosine(2)},
    claim: {
        **{"statement": "one is one", "measured": 1.0, "expected": 1.0, "rtol": 0.1, "atol": 0.1},
        **{"below": 2.0, "above": 0.0, "digits": 4},
    },
    copies: {"params": LIKE},
    mode_matrix: {"rule": Momentum, "curvature": 1.0, "lr": 0.1, "momentum": 0.9},
    move: {"average": {"w": np.zeros(2)}, "params": LIKE, "fraction": 0.5},
    named_values: {"f": lambda lr: lr, "known": {"lr": 1.0}},
    parted: {"vector": np.zeros(2), "like": LIKE},
    spectral_radius: {"rule": Momentum, "curvature": 1.0, "lr": 0.1, "momentum": 0.9},
    top_eigenvalue: {"product": np.eye(2).dot, "v": np.ones(2), "rounds": 3},
    wins: {"first": VERDICT, "second": VERDICT},
}

#: What each kind of widget, and what it is made of, takes. A title may be any text.
ACCEPTED_BY_CLASSES = {
    Choice: {"options": ("a", "b"), "value": 1},
    EdgeOfStability: {
        **{"optimizer": GradientDescent(), "network": wave(), "edge": lambda lr: 2 / lr},
        **{"formula": "2/η", "lr": Slider(0.2, 0.1, 0.5)},
        **{"changes": [[0, 0.2]], "steps": 2, "highest": 40.0, "seed": 0},
        **{"scale": lambda t: t, "goal": Task("Do it.", lambda lr: lr > 0.3)},
    },
    Explorer: {
        **{"optimizers": [Momentum()], "surface": surfaces.bowl(), "start": (1.0, 1.0), "steps": 5, "goal": Goal(1, 2)},
        **{"shown": ["Momentum"], "batch_size": 1, "seed": 0, "average": False, "primary": ["lr"]},
        **{"ring": lambda lr: (lr, lr), "box": lambda lr: 1 / lr},
        **{"follows": LivePlot(lambda x, lr: x * lr, title="t", x=(0, 1), lr=0.1)},
    },
    Goal: {"loss": 1.0, "within": 3},
    LiveMap: {
        **{"f": lambda a, b: a + b, "title": "t", "ylabel": "y", "log": False, "edge": 1.0},
        **{"goal": Task("Do it.", lambda a: a > 1), "a": Slider(1, 0, 2), "b": Slider(1, 0, 2)},
    },
    LivePlot: {
        **{"f": lambda x, lr: x * lr, "title": "t", "ylabel": "y", "y": (0, 1), "xscale": "linear", "yscale": "linear"},
        **{"bars": False, "equal": False, "goal": Task("Do it.", lambda lr: lr > 1), "marks": {"m": lambda lr: lr}},
        **{"x": (0, 1), "lr": 0.1},
    },
    Predict: {"question": "?", "answer": "a", "among": ["a", "b"], "unit": "u", "because": "b", "veil": False},
    Sketch: {"x": (0, 1), "y": (0, 1), "xlabel": "x", "ylabel": "y", "xscale": "linear", "yscale": "linear"},
    Slider: {"value": 1.0, "low": 0.0, "high": 2.0, "scale": "linear"},
    Spectrum: {
        **{"factor": lambda eigenvalue, lr: abs(1 - lr * eigenvalue), "eigenvalues": [0.1, 1.0], "axis": (0.01, 10.0)},
        **{"title": "t", "edge": lambda lr: 2 / lr, "best": {"lr": lambda low, high: 2 / (low + high)}, "lr": 1.0},
        **{"scaled": lambda low, high: (low, high), "fraction": 1e-6, "goal": Task("Do it.", lambda lr: lr > 1)},
    },
    Stream: {
        **{"optimizers": [Momentum()], "gradients": [1.0, 2.0], "steps": 4, "bound": lambda lr: lr, "bound_name": "b"},
        "goals": [Task("Do it.", lambda drift: drift > 1)],
    },
    Task: {"text": "Do it.", "met": lambda lr: lr > 1},
    TuningLab: {
        **{"optimizers": [Momentum()], "surface": surfaces.bowl(), "steps": 3, "tries": 2},
    },
    L2: {"rule": Adam(), "weight_decay": 0.1},
    Decoupled: {"rule": Adam(), "weight_decay": 0.1},
    Shrinking: {"rule": Adam(), "weight_decay": 0.1},
    ClippedNorm: {"rule": Adam(), "limit": 0.1},
    ClippedValue: {"rule": Adam(), "limit": 0.1},
    Uphill: {"rule": Adam()},
    surfaces.Noisy: {"surface": surfaces.bowl(), "noise": 0.1, "seed": 0},
}

#: Modules whose functions take what is checked elsewhere: formulas, rules.
ELSEWHERE = {"exercises", "frameworks", "live", "optimizers"}
#: Functions without an argument to check, or that tests of their own check.
UNCHECKED = {
    "frobenius",
    "newton_schulz",
    "orthogonalize",
    "power",
    "eigenvectors",
}  # dispatched by an argument that cannot be given by name
UNCHECKED |= {"diabetes", "digits", "digits_softmax", "show_frameworks", "uniform", "wave", *SURFACES}


def test_every_public_function_is_among_those_whose_arguments_are_checked():
    found = set()
    for module in DOCUMENTED:
        if module.removeprefix("steepest.") not in ELSEWHERE:
            found |= {name for name, value in names(module).items() if inspect.isfunction(value)}
    assert found == {function.__name__ for function in ACCEPTED} | UNCHECKED


@pytest.mark.parametrize("function", [*ACCEPTED, *ACCEPTED_BY_CLASSES], ids=lambda function: function.__name__)
def test_another_kind_of_thing_is_refused_by_the_argument_s_name(function):
    accepted = (ACCEPTED | ACCEPTED_BY_CLASSES)[function]
    function(**accepted)
    for name, right in accepted.items():
        wrong = [object()] if isinstance(right, str) else [object(), "x"]
        wrong += [2.5] if isinstance(right, int) and name not in ("order", "factor") else []
        wrong += [type(right)] if isinstance(right, Optimizer) else []
        for value in wrong:
            with pytest.raises((TypeError, ValueError), match=name) as refused:
                function(**accepted | {name: value})
            assert refused.traceback[-1].path.is_relative_to(PACKAGE), (name, value)


@pytest.mark.parametrize("value", ["x", None, object(), [1j]])
@pytest.mark.parametrize("function", [frobenius, newton_schulz, orthogonalize])
def test_a_matrix_holds_real_numbers(function, value):
    with pytest.raises(TypeError, match=r"^X must hold real numbers, not "):
        function(value)


@pytest.mark.parametrize("function", [power, eigenvectors])
def test_a_symmetric_matrix_holds_real_numbers_and_is_square(function):
    for value in ("x", None, object(), [[1j]]):
        with pytest.raises(TypeError, match=r"^A must hold real numbers, not "):
            function(value, 1.0)
    with pytest.raises(ValueError, match=r"^A must have shape \(\.\.\., d, d\), not \(2, 3\)\."):
        function(np.ones((2, 3)), 1.0)
    name = {power: "exponent", eigenvectors: "last"}[function]
    with pytest.raises(TypeError, match=f"^{name} must"):
        function(np.eye(2), "x")


@pytest.mark.parametrize("value", ["x", None, object(), 2.5, 0, -3])
@pytest.mark.parametrize(
    "schedule", [cosine(10), warmup(10), steps_down(3), uniform(), exponential(0.5), tail(2), polynomial(1)]
)
def test_a_step_is_a_whole_number_from_1(schedule, value):
    assert 0 < schedule(1) <= 1
    with pytest.raises((TypeError, ValueError), match=r"^t must be a whole number, 1 or more, not "):
        schedule(value)


@pytest.mark.parametrize("value", [None, "x", NAN, [1.0]])
@pytest.mark.parametrize("name", ["schedule", "average"])
@pytest.mark.parametrize("run", [train, sweep], ids=["train", "sweep"])
def test_a_schedule_and_an_average_return_a_number(run, name, value):
    with pytest.raises((TypeError, ValueError), match=rf"^{name}\(1\) must be a finite number, not "):
        run(Momentum(), NETWORK, steps=1, **{name: lambda t: value})


each_problem = pytest.mark.parametrize(
    "problem", [diabetes(), bag_of_words(9, 9, words=5)[0], digits_softmax(), NETWORK, wave()]
)


@each_problem
@pytest.mark.parametrize("method", ["loss", "gradient", "hessian_product"])
@pytest.mark.parametrize(
    ("rows", "error"),
    [(rows, TypeError) for rows in ("x", None, True, 3, 2.5, [1.5], ["1"], [[1, 2], [3]], np.ones((1, 2), int))]
    + [(rows, ValueError) for rows in ([], slice(2, 1), [10**6], [-(10**6)], [True])],
    ids=str,
)
def test_every_method_of_a_problem_refuses_what_are_no_rows(problem, method, rows, error):
    if not hasattr(problem, method):
        return
    params = problem.init(0)
    directions = [params] if method == "hessian_product" else []
    with pytest.raises(error, match=r"^rows must "):
        getattr(problem, method)(params, *directions, rows=rows)


@each_problem
def test_rows_are_chosen_by_a_slice_by_their_numbers_or_by_truth_values(problem):
    params, chosen = problem.init(0), np.arange(problem.n) < 2
    losses = {float(problem.loss(params, rows)) for rows in (slice(2), [0, 1], np.array([0, 1], np.uint8), chosen)}
    assert len(losses) == 1
    with pytest.raises(ValueError, match=r"^rows must choose at least one example"):
        problem.loss(params, np.zeros(problem.n, bool))


@each_problem
@pytest.mark.parametrize("method", ["loss", "gradient", "accuracy", "hessian_product"])
def test_every_method_of_a_problem_refuses_what_are_no_parameters(problem, method):
    if not hasattr(problem, method):
        return
    right = problem.init(0)
    places = ["params", "direction"] if method == "hessian_product" else ["params"]
    getattr(problem, method)(**dict.fromkeys(places, right))
    first = next(iter(right))
    wrong = [3, None, [1.0], {}, right | {first: "x"}, right | {first: None}, right | {first: np.ones(3)}]
    for place in places:
        for value in wrong:
            with pytest.raises((TypeError, ValueError), match=rf"^{place}(\['{first}'\])? must "):
                getattr(problem, method)(**dict.fromkeys(places, right) | {place: value})


def test_every_kind_of_widget_is_among_them():
    kinds = {value for name, value in vars(live).items() if name in live.__all__ and inspect.isclass(value)}
    beside = {live.CompileError, live.LineFit, live.Record, live.Translator}  # see tests of their own
    assert kinds - beside <= ACCEPTED_BY_CLASSES.keys()


@pytest.mark.parametrize("w", ["x", object(), [1j, 0], ["1", "2"], None])
@pytest.mark.parametrize("f", [surfaces.bowl(), live.LineFit([0.0, 1.0], [0.0, 1.0])], ids=str)
def test_points_are_numbers(f, w):
    for of in (f, f.gradient, *([f.hessian] if hasattr(f, "hessian") else [])):
        with pytest.raises(TypeError, match=r"^w must hold real numbers, not "):
            of(w)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: plots.style(Momentum), TypeError, r"optimizer must be an Optimizer, .* write Momentum\(\)"),
        (lambda: plots.contours(AX, surfaces.bowl), TypeError, r"surface .* write bowl\(\)"),
        (lambda: plots.contours(AX, surfaces.bowl(), window=((1, 0), (0, 1))), ValueError, "window must be .low, high"),
        (lambda: plots.contours(AX, surfaces.bowl(), window=(0, 1)), ValueError, "window must be .low, high.|shape"),
        (lambda: plots.contours(surfaces.bowl(), AX), TypeError, "ax must be an Axes, not bowl"),
        (lambda: plots.losses(AX, [[1.0, 2.0]], Momentum()), ValueError, r"values must have shape \(how many,\)"),
        (lambda: plots.losses(AX, [1.0], Momentum(), x=[1, 2]), ValueError, r"x must have shape \(1,\), not \(2,\)"),
        (lambda: plots.sweep(AX, GRID, LOSSES[1:], Momentum(), name="lr"), ValueError, r"final must have shape \(3,\)"),
        (lambda: plots.seeds(AX, [Momentum()]), TypeError, "Each of results must be a pair"),
        (lambda: plots.show(plt.subplots(), "A pair, as plt.subplots makes it for us."), TypeError, "figure must be a"),
        (lambda: summary.show_summary(Momentum), TypeError, "rules must be a list"),
        (lambda: summary.show_summary([Momentum()]), TypeError, "rule must be a class of optimizers, such as Momentum"),
        (lambda: summary.show_frameworks(Momentum), KeyError, "No framework has"),
        (lambda: surfaces.bowl().with_parameters({"kapa": 2}), ValueError, "one for each parameter of bowl, kappa"),
        (lambda: Explorer([Momentum()], surfaces.bowl(), primary="lr"), TypeError, "primary must be a list, not 'lr'"),
        (lambda: warmup(3, lambda t: None)(1), TypeError, r"^then\(1\) must be a finite number"),
        (lambda: central_difference(lambda x: None, [1.0]), TypeError, r"^f\(w\) must hold real numbers, not None"),
        (lambda: central_difference(lambda x: x, [1.0]), ValueError, r"^f\(w\) must be one number, not an array of"),
        (lambda: claim("t", object(), 1.0), TypeError, "^measured must hold numbers, text or truth values"),
        (lambda: claim("t", {1}, 1.0), TypeError, "^measured must hold numbers"),
        (lambda: top_eigenvalue(lambda v: None, [1.0], 3), TypeError, r"^product\(v\) must hold real numbers"),
        (lambda: top_eigenvalue(lambda v: 1.0, [1.0], 3), ValueError, r"^product\(v\) must have the shape of v"),
        (lambda: top_eigenvalue(np.eye(2).dot, [0.0, 0.0], 3), ValueError, "^v must have shape .* and not be zero"),
        (lambda: parted([1.0], LIKE), ValueError, r"^vector must have shape \(2,\)"),
        (lambda: named_values(lambda q: q, {}), TypeError, "^f asks for q, which is not known here; known are none"),
        (lambda: newton_schulz(np.ones(3)), ValueError, r"^X must have shape \(..., rows, columns\), not \(3,\)"),
        (lambda: digits_softmax().accuracy(LIKE, np.ones(3), [1]), ValueError, r"^X must have shape \(..., 64\)"),
        (lambda: frames(lambda x: x), TypeError, "^choices must have values for the arguments of f: .*'x'"),
        (lambda: frames(lambda x: x, y=[1]), TypeError, "^choices must have values for the arguments of f: "),
        (lambda: Choice(()), ValueError, "^A Choice's options must be one or more"),
        (lambda: Slider("x", 0, 1), TypeError, "^A slider's value must be a number"),
        (lambda: Slider(3, 0, 1), ValueError, "^A slider's value must lie between 0 and 1"),
        (lambda: check("1.2", 5), TypeError, "^answer must be a function, not 5"),
        (
            lambda: summary.table(["a"], [["b", "c"]]),
            ValueError,
            "^Each of rows must have a cell for each",
        ),
        (lambda: L2(3, 0.1), TypeError, "rule must be an Optimizer, not 3"),
        (lambda: L2(Adam, 0.1), TypeError, r"rule must be an Optimizer, .* write Adam\(\)"),
    ],
)
def test_everyday_mistakes_get_a_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_seeds_that_all_diverged_are_drawn():
    figure, ax = plt.subplots()
    seeds(ax, [(Momentum(), [NAN, math.inf]), (Adam(), [1.0, 2.0])])
    assert [line.get_marker() for line in ax.lines].count("x") == 1
    plt.close(figure)


def test_a_choice_and_a_map_still_take_what_is_right():
    LiveMap(lambda a, b, c: a + b + c, title="t", a=Slider(1, 0, 2), b=Slider(1, 0, 2), c=Choice(("x", "y")))


# Gradients -----------------------------------------------------------------------------------------------------------


def after(optimizer, gradient, dtype=float, steps=1):
    w = np.zeros(np.shape(gradient), dtype)
    for _ in range(steps):
        optimizer.update({"w": w}, {"w": gradient})
    return w


@pytest.mark.parametrize(
    ("rule", "dtype", "value"),
    [
        (AdaGrad, np.uint8, 16),
        (RMSProp, np.int16, 300),
        (Adam, np.uint8, 200),
        (Adam, np.int64, 2**40),
        (Muon, np.int8, 100),
        (Momentum, np.uint8, 1),  # which has no negative
        (GradientDescent, np.float16, 300),
        (Adam, bool, True),
    ],
)
def test_a_gradient_is_brought_to_the_parameters_type(rule, dtype, value):
    given = after(rule(), np.array([[value, value]], dtype), steps=3)
    assert np.array_equal(given, after(rule(), np.array([[value, value]], float), steps=3))


def test_a_gradient_that_cannot_be_brought_there_is_refused():
    for gradient, error, words in [
        (np.array([1j]), TypeError, "must hold real numbers, not complex128"),
        (np.array(["1"]), TypeError, "must hold real numbers, not <U1"),
        (np.array([None]), TypeError, "must hold real numbers, not object"),
        (np.array([1e39]), ValueError, "too large for float32"),
    ]:
        optimizer, w = Adam(), np.zeros(1, np.float32)
        with pytest.raises(error, match=words):
            optimizer.update({"w": w}, {"w": gradient})
        assert optimizer.t == 0
        assert w == 0
    with np.errstate(invalid="ignore"):  # a run that diverges is no mistake
        assert np.isnan(after(Adam(), np.array([np.inf]), np.float32))


@pytest.mark.parametrize("gradient", [0.0, 1e-6, 300.0])
@pytest.mark.parametrize("rule", [AdaGrad, RMSProp, Adam, Muon])
def test_half_precision_is_computed_where_squares_have_room(rule, gradient):
    half = after(rule(lr=0.5), np.full((1, 2), gradient, np.float16), np.float16, steps=2)
    single = after(rule(lr=0.5), np.full((1, 2), np.float16(gradient), np.float32), np.float32, steps=2)
    assert half.dtype == np.float16
    assert np.allclose(half, single, rtol=2e-3, atol=0)
    assert np.all((half != 0) == (gradient != 0))


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e150, 1e300])
def test_muon_steps_as_far_whatever_the_size_of_a_gradient(size):
    g = np.random.default_rng(0).normal(size=(3, 4))
    expected = after(Muon(), g) if size > 1e-7 else 0
    assert np.allclose(after(Muon(), size * g), expected, rtol=1e-6, atol=1e-12)
    assert np.allclose(after(Muon(), (1e30 * g).astype(np.float32), np.float32), after(Muon(), g), rtol=1e-4)


def test_parameters_that_share_memory_are_refused():
    whole_array = np.zeros(6)
    for one, other in [(whole_array, whole_array), (whole_array[:4], whole_array[3:]), (whole_array, whole_array[::2])]:
        optimizer = Momentum()
        with pytest.raises(ValueError, match="'a' and 'b' share memory"):
            optimizer.update({"a": one, "b": other}, {"a": np.ones(one.shape), "b": np.ones(other.shape)})
        assert not whole_array.any()
    Momentum(lr=1.0).update({"a": whole_array[::2], "b": whole_array[1::2]}, {"a": np.ones(3), "b": np.ones(3)})
    assert np.array_equal(whole_array, -np.ones(6))  # they lie between one another, but share nothing


@dataclass
class Secant(Optimizer):
    """Remembers the last gradient and the last point themselves, not copies."""

    lr: float = 0.5

    def step(self, g, state):
        moved, turned = state.w - state.place, g - state.slope
        state.place, state.slope = state.w, g
        return -self.lr * g + 0 * (moved + turned)


def test_what_a_rule_remembers_does_not_change_with_the_callers_arrays():
    w, g, optimizer = np.array([1.0, 2.0]), np.array([1.0, 1.0]), Secant()
    optimizer.update({"w": w}, {"w": g})
    g[:] = 7
    assert np.array_equal(optimizer.state["w"]["place"], [1, 2])
    assert np.array_equal(optimizer.state["w"]["slope"], [1, 1])


@pytest.mark.parametrize("name", ["_v", "g", "t", "w", "copy", "quantities"])
def test_a_quantity_cannot_have_a_name_that_would_be_lost(name):
    def step(self, g, state):
        setattr(state, name, g)
        return -g

    rule = dataclass(type("Mine", (Optimizer,), {"step": step}))
    w, optimizer = np.zeros(1), rule()
    with pytest.raises(AttributeError, match=f"state.{name} cannot be set"):
        optimizer.update({"w": w}, {"w": np.ones(1)})
    assert optimizer.t == 0
    with pytest.raises(CompileError, match=f"Mine.step .*state.{name} cannot be set"):
        latex(rule)


def reads_first(self, g, state):
    state._v = 0.5 * state._v + g
    return -state._v


def adds_to_it(self, g, state):
    state._v += g
    return -g


class Within(Optimizer):
    def step(self, g, state):
        return -g - state.__v  # which Python calls _Within__v


def is_told_what_is_taken(self, g, state):
    return -g - state._t


@pytest.mark.parametrize(
    ("step", "read", "instead"),
    [
        (reads_first, "_v", "v"),
        (adds_to_it, "_v", "v"),
        (Within.step, "_Within__v", "v"),
        (is_told_what_is_taken, "_t", "v"),
    ],
)
def test_a_quantity_that_begins_with_an_underscore_is_refused_when_it_is_read(step, read, instead):
    """It is read before it is set, so this is what the author of such a rule meets, wherever it runs."""
    rule = dataclass(type("Mine", (Optimizer,), {"step": step}))
    words = rf"state\.{read} cannot be read: what begins with _ is not remembered .* Call it state\.{instead}\."
    w, optimizer = np.zeros(1), rule()
    with pytest.raises(AttributeError, match=words):
        optimizer.update({"w": w}, {"w": np.ones(1)})
    assert optimizer.t == 0
    with pytest.raises(AttributeError, match=words):
        descend(rule(), surfaces.bowl())
    for use in trace, latex, lambda rule: Explorer([rule()], surfaces.bowl()):
        with pytest.raises(CompileError, match=rf"^Mine\.step .*{words}"):
            use(rule)


@pytest.mark.parametrize("name", ["t", "w"])
def test_what_is_known_only_in_a_step_is_refused_before_it(name):
    def init(self, state):
        state.v = getattr(state, name)

    def step(self, g, state):
        state.v = state.v + g
        return -g

    rule = dataclass(type("Mine", (Optimizer,), {"init": init, "step": step}))
    with pytest.raises(AttributeError, match=f"state.{name} has no value before the first step"):
        rule().update({"w": np.zeros(1)}, {"w": np.ones(1)})
    with pytest.raises(CompileError, match=r"^Mine\.init.* may use hyperparameters|^Mine\.init.*no value before"):
        trace(rule)


# Rules and formulas that ask what they are given ---------------------------------------------------------------------


def asks_for_the_type(self, g, state):
    return -g if isinstance(g, np.ndarray) else g


def catches(self, g, state):
    try:
        size = float(np.sum(g))
    except Exception:
        size = 1.0
    return -g / size


def catches_what_is_rare(self, g, state):
    try:
        huge = float(g.max()) > 1e30  # never in a random try
    except Exception:
        huge = False
    return g if huge else -g


def catches_everything(self, g, state):
    try:
        return -g if g.any() else g
    except:  # noqa: E722
        return g


def changes_its_state(self, g, state):
    state.v = g if hasattr(g, "__array_ufunc__") and type(g) is np.ndarray else 2 * g
    return -g


@pytest.mark.parametrize(
    "step", [asks_for_the_type, catches, catches_what_is_rare, catches_everything, changes_its_state]
)
def test_a_rule_that_would_compile_to_another_is_refused(step):
    rule = dataclass(type("Mine", (Optimizer,), {"step": step}))
    with pytest.raises(CompileError, match=r"^Mine.step: .*(than with symbols|np\.sum|\.any |\.max )"):
        trace(rule)


def test_a_rule_that_fails_with_arrays_is_refused():
    def step(self, g, state):
        return -g if not isinstance(g, np.ndarray) else g + "1"

    with pytest.raises(CompileError, match=r"^Mine.step fails when it is called with arrays"):
        trace(dataclass(type("Mine", (Optimizer,), {"step": step})))


def test_a_formula_that_would_compile_to_another_is_refused():
    with pytest.raises(CompileError, match="than with symbols"):
        compile_function(lambda x: x if isinstance(x, np.ndarray) else -x)
    with pytest.raises(CompileError, match="than with symbols"):
        compile_function(lambda x: {"a": x} if isinstance(x, np.ndarray) else {"b": x})
