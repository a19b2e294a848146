"""What is compiled from NumPy: its values in JavaScript, its equations in LaTeX, and what is refused."""

import math
import random
import re
from dataclasses import dataclass

import numpy as np
import pytest
import sympy as sp

from steepest import (
    OPTIMIZERS,
    SGD,
    SOAP,
    Adam,
    FullAdaGrad,
    GradientDescent,
    Momentum,
    Muon,
    Optimizer,
    Shampoo,
)
from steepest.descent import descend
from steepest.live.javascript import block, compile_arrays, compile_function, compile_rule, compile_surface
from steepest.live.latex import latex, show_rule
from steepest.live.recording import FUNCTIONS, UFUNCS, CompileError
from steepest.live.trace import trace
from steepest.optimizers import orthogonalize
from steepest.surfaces import SURFACES, bowl
from steepest.variants import Rprop


def test_what_does_not_depend_on_the_place_is_computed_once():
    rule = compile_rule(Adam), "share", "step", "Math.pow"
    surface = compile_surface(bowl()), "prepare", "value", "Math.cos"
    for compiled, once, often, costly in (rule, surface):
        bodies = {name: re.search(rf"^  {name}\(.*", compiled, re.MULTILINE)[0] for name in (once, often)}
        assert costly in bodies[once]
        assert costly not in bodies[often]


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


def evaluate(page, function, *arguments):
    """What the compiled function gives for arrays of arguments, one row for each."""
    script = f"""(rows) => {{
      const f = {compile_function(function)}, out = new Float64Array(f.outputs.length);
      return rows.map((row) => {{ f.evaluate(Float64Array.from(row), out); return [...out]; }});
    }}"""
    return np.array(page.evaluate(script, np.stack(np.broadcast_arrays(*arguments), axis=-1).tolist()))


def call(ufunc):
    """A function of named arguments that does nothing but call the ufunc."""
    return {1: lambda a: ufunc(a), 2: lambda a, b: ufunc(a, b), 3: lambda a, b, c: ufunc(a, b, c)}[ufunc.nin]


class Function:
    """A function of numbers that is no ufunc, called as one."""

    def __init__(self, function):
        self.__name__, self.nin, self.function = function.__name__, {np.where: 3, np.clip: 3}.get(function, 1), function

    def __call__(self, *arguments):
        return self.function(*arguments)


EXACT = {np.add, np.subtract, np.multiply, np.divide, np.negative, np.square, np.sqrt, np.absolute, np.floor, np.ceil}


@pytest.mark.parametrize("ufunc", [*UFUNCS, *map(Function, FUNCTIONS)], ids=lambda ufunc: ufunc.__name__)
def test_functions_have_the_values_that_numpy_gives_them(page, ufunc):
    rng = np.random.default_rng(0)
    arguments = rng.normal(scale=2, size=(ufunc.nin, 300)).round(rng.integers(0, 4, 300)[0])
    arguments[0, :6] = [0, 1, -1, np.inf, -np.inf, np.nan]
    arguments[:, 6:30] = arguments[0, 6:30]  # for comparisons
    with np.errstate(all="ignore"):
        expected = ufunc(*arguments).astype(float)
    values = evaluate(page, call(ufunc), *arguments)[:, 0]
    assert np.isfinite(expected).any()
    if ufunc in EXACT:
        assert np.array_equal(values, expected, equal_nan=True)
    else:
        assert np.allclose(values, expected, rtol=1e-14, atol=0, equal_nan=True)


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a - (b - a) - (a + (b + 0.1)) - (-b),
        lambda a, b: a / b / a * (b / (a / b)) * (a * (b * 0.3)),
        lambda a, b: -(-1 * -a) - -b + -(a - b) - (-a * b) - (-(a / b)),
        lambda a, b: (a + b) ** 2 - a**-1 + b**0.5 + np.reciprocal(b) * a - 1 / -b,
        lambda a, b: np.where(a > b, np.where(a > 0, a, 1), -b) * (a <= b) + (a != b),
        lambda a, b: np.where(np.logical_or(a > 0, np.logical_and(b > 0, np.logical_not(a < -1))), a, b),
        lambda a, b: np.where(np.logical_and(np.logical_or(a > 0, b > 0), np.logical_or(a > 1, b < 1)), a, b),
        lambda a, b: np.where(np.where(a > b, a + 1, 2.0 * b) < 0.5, a, b) * (np.where(a > 0, a, b) == a),
        lambda a, b: (
            np.where(True, a, b) + np.where(a, 1, 2) + np.ones_like(a) - np.zeros_like(b) + np.float64(0.1) * a
        ),
        lambda a, b: np.clip(a, None, b) + np.clip(a, b, None) + np.clip(a, 0, 1) + abs(b) + 1e300 * a + 1e-300,
        lambda a, b: sum(a**2 / math.factorial(k) for k in range(8)) - np.array(2.0) * b,
    ],
)
def test_formulas_keep_the_order_of_operations(page, function):
    a, b = np.random.default_rng(0).normal(size=(2, 200)).round(2) + 0.005
    with np.errstate(invalid="ignore"):
        expected = function(a, b)
    assert np.array_equal(evaluate(page, function, a, b)[:, 0], expected, equal_nan=True)


def test_a_long_formula_compiles(page):
    def ends_low(lr, beta):
        x = v = 1.0
        for _ in range(40):  # what is clipped holds all that came before, several times
            v = beta * v + (1 - beta) * x**2
            x = np.clip(x - lr * np.where(x > 0.1, x, -x) / (np.sqrt(v) + 1e-8), -1, 1)
        return x < 0

    lr, beta = np.random.default_rng(0).uniform(0.01, 0.99, size=(2, 50))
    assert np.array_equal(evaluate(page, ends_low, lr, beta)[:, 0], ends_low(lr, beta))


def test_a_function_may_loop_and_return_several_curves(page):
    def curves(x, lr, steps=True):
        ws = [x]
        for _ in range(30 if steps else 0):
            ws.append(ws[-1] - lr * ws[-1] * (1 + ws[-1] * ws[-1]))  # twice as large at each step, were it not shared
        return {"w": ws[-1], "start": x, "one": 1}

    assert 'arguments: ["x", "lr"]' in compile_function(curves)
    assert 'outputs: ["w", "start", "one"]' in compile_function(curves)
    x = np.linspace(-1, 1, 11)
    assert np.array_equal(
        evaluate(page, curves, x, 0.1), np.stack([*np.broadcast_arrays(*curves(x, 0.1).values())], -1)
    )
    assert np.array_equal(evaluate(page, lambda x: (x, 2 * x), x), np.stack([x, 2 * x], -1))


# The optimizers of a reader


@dataclass
class AMSGrad(Optimizer):
    lr: float = 0.05
    beta1: float = 0.9
    beta2: float = 0.99
    eps: float = 1e-8
    correct: bool = True

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        state.h_max = np.maximum(state.h_max, state.h)
        correction = 1 - self.beta1**state.t if self.correct else 1
        return -self.lr * (state.m / correction) / (np.sqrt(state.h_max) + self.eps)


@dataclass
class Clipped(Adam):
    lr: float = 0.05
    clip: float = 0.5

    def step(self, g, state):
        return super().step(np.clip(g, -self.clip, self.clip), state)


@dataclass
class WarmUp(Optimizer):
    lr: float = 0.1
    warm_up: float = 10.0
    start: float = 0.1

    def init(self, state):
        state.h = self.start * self.start
        state.fixed = 0.5

    def step(self, g, state):
        rate = self.lr * np.minimum(1, (self.t + 1) / self.warm_up)
        state.last, last = g, state.last
        state.h = state.h + np.where(g * last > 0, g * g, state.fixed)
        return -rate * (g + 0.1 * (g - last)) / np.sqrt(state.h)


@dataclass
class Swap(Optimizer):
    lr: float = 0.05

    def step(self, g, state):
        state.a, state.b = state.b + g, state.a
        return -self.lr * (state.a - state.b) / state.t


@dataclass
class MuonWithDecay(Optimizer):
    """Mixes the coordinates, and does all sorts of things to each as well."""

    lr: float = 0.05
    weight_decay: float = 0.1
    clip: float = 2.0

    def init(self, state):
        state.h = self.clip

    def step(self, g, state):
        columns = np.shape(np.atleast_2d(g))[-1]
        state.v, old = np.where(state.t == 1, g, 0.9 * state.v + g), state.v
        state.h = np.maximum(0.9 * state.h, abs(g))
        direction = orthogonalize(np.clip(state.v, -self.clip, self.clip) / np.sqrt(columns))
        return -self.lr * (direction + np.sign(old) * 0.01 / state.h + self.weight_decay * state.w)


READERS = [AMSGrad, AMSGrad(correct=False), Clipped, WarmUp, Swap, MuonWithDecay]


@pytest.mark.parametrize("rule", READERS, ids=lambda rule: repr(rule)[:40])
def test_a_readers_optimizer_runs_as_in_numpy(page, rule):
    optimizer = rule() if isinstance(rule, type) else rule
    surface, steps = bowl(kappa=5, angle=30), 60
    text = compile_rule(rule)
    run = descend(optimizer, surface, steps=steps)
    hyper = [getattr(optimizer, name) for name in re.search(r"hyper: \[(.*?)\]", text)[1].replace('"', "").split(", ")]
    states, losses = page.evaluate(
        f"""([hyper, w, gradients]) => {{
          const rule = {text}, n = rule.state.length;
          const h = Float64Array.from(hyper), p = new Float64Array(rule.shared), s = new Float64Array(2 * n);
          const states = [], points = [];
          rule.init(h, s);
          gradients.forEach((g, k) => {{
            rule.share(h, k + 1, p);
            rule.step(w, g, h, k + 1, p, s);
            states.push(Object.fromEntries(rule.state.map((name, q) => [name, [s[q], s[n + q]]])));
            points.push([...w]);
          }});
          return [states, points];
        }}""",
        [hyper, run.points[0].tolist(), run.gradients[:-1].tolist()],
    )
    assert np.allclose(losses, run.points[1:], rtol=1e-12, atol=0)
    for name, values in run.states.items():
        assert np.allclose([state[name] for state in states], values[1:], rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("rule", [*OPTIMIZERS.values(), *READERS], ids=lambda rule: repr(rule)[:40])
def test_the_inspector_computes_what_the_step_does(page, rule):
    """Its equations hold for their symbols, name only what is known, and end where the step ends."""
    failed = page.evaluate(
        f"""() => {{
          const rule = {compile_rule(rule)}, n = rule.state.length, many = rule.inspected.length, failed = [];
          const h = Float64Array.from(rule.hyper, (_, k) => 0.3 + 0.1 * k), p = new Float64Array(rule.shared);
          const s = new Float64Array(2 * n), out = new Float64Array(2 * many);
          const known = new Set([...rule.hyper, "t", "g[t]", "w[t-1]", ...rule.state.map((name) => name + "[t-1]")]);
          for (const {{ left, right }} of rule.equations) {{
            const names = [...right.matchAll(/{{(.*?)}}/g)].map((match) => match[1]);
            failed.push(...names.filter((name) => !known.has(name)));
            known.add(left);
          }}
          failed.push(...[...known].filter((name) => rule.equations.some((e) => e.left === name)).
            filter((name) => !(name in rule.symbols)));
          rule.init(h, s);
          for (let t = 1; t < 9; t++) {{
            const w = Float64Array.of(Math.sin(t), t), g = Float64Array.of(Math.cos(3 * t), 1 / t);
            rule.share(h, t, p);
            rule.inspect(w, g, h, t, p, s, out);
            rule.step(w, g, h, t, p, s);
            for (const c of [0, 1]) {{
              const seen = (left) => out.slice(many * c, many * (c + 1)).filter((_, k) => rule.inspected[k] === left);
              const held = (name) => s.slice(n * c, n * (c + 1)).filter((_, k) => rule.state[k] === name);
              if (String(seen("w[t]")) !== String(w[c])) failed.push("w at " + t);
              for (const name of rule.state) {{
                if (String(seen(name + "[t]")) !== String(held(name))) failed.push(name + " at " + t);
              }}
            }}
          }}
          return failed;
        }}"""
    )
    assert failed == []


def test_only_a_rule_that_mixes_the_entries_of_a_matrix_is_compiled_for_a_point():
    """Others have a loop over the coordinates, which the two formulas of a point would double."""
    for rule in [*OPTIMIZERS.values(), *READERS]:
        mixes = rule in (FullAdaGrad, Shampoo, SOAP, Muon, MuonWithDecay)
        assert (trace(rule).point is not None) == mixes
        assert ("for (let c = 0; c < 2; c++)" in compile_rule(rule).partition("step(")[2]) != mixes


def test_compiled_text_calls_nothing_but_mathematics():
    texts = [compile_rule(rule) for rule in [*OPTIMIZERS.values(), *READERS]]
    texts += [compile_surface(make()) for make in SURFACES.values()]
    methods = {"share", "init", "step", "inspect", "prepare", "value", "gradient"}
    for text in texts:
        text = re.sub(r"equations: .*", "", text)
        assert {name for name in re.findall(r"([\w.]+)\(", text) if not name.startswith("Math.")} <= methods


# LaTeX


def lines(rule):
    return latex(rule).removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}").split(" \\\\[4pt]\n")


@pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_the_equations_begin_with_the_gradient(rule):
    assert lines(rule)[0] == r"g_t &= \nabla f(w_{t-1})"


def test_a_choice_within_a_choice_is_one_more_case():
    (choice,) = (line for line in lines(Rprop) if "cases" in line)
    assert choice == (
        r"s_t &= s_{t-1} \left(\begin{cases} \mathrm{up} & \text{for}\: \mathrm{agreement}_t > 0 \\"
        r"\mathrm{down} & \text{for}\: \mathrm{agreement}_t < 0 \\1 & \text{otherwise} \end{cases}\right)"
    )


def test_a_readers_rule_prints_with_the_names_it_uses():
    assert lines(WarmUp)[1:] == [
        r"h_0 &= \mathrm{start} \mathrm{start}",
        r"\mathrm{fixed}_0 &= 0.5",
        r"h_t &= h_{t-1} + \begin{cases} g_t g_t & \text{for}\: g_t \mathrm{last}_{t-1} > 0 \\"
        r"\mathrm{fixed}_{t-1} & \text{otherwise} \end{cases}",
        r"\mathrm{fixed}_t &= \mathrm{fixed}_{t-1}",
        r"\mathrm{last}_t &= g_t",
        r"\mathrm{rate}_t &= \eta \min\left(1, \frac{t - 1 + 1}{\mathrm{warm}_{\mathrm{up}}}\right)",
        r"w_t &= w_{t-1} - \frac{\mathrm{rate}_t (g_t + 0.1 (g_t - \mathrm{last}_{t-1}))}{\sqrt{h_t}}",
    ]


def test_a_rule_shows_itself():
    shown = show_rule(Momentum(lr=0.5))
    assert shown._repr_latex_() == f"$$\n{latex(Momentum)}\n$$"
    assert repr(shown) == "v[t] = momentum · v[t-1] − lr · g[t]\nw[t] = w[t-1] + v[t]"


def test_braces_match_in_every_rule():
    for rule in [*OPTIMIZERS.values(), *READERS, SGD]:
        assert latex(rule).count("{") == latex(rule).count("}")


def test_sgd_is_gradient_descent():
    assert trace(SGD).step == trace(GradientDescent).step


# What is refused


def refuse(step, words, init=None):
    members = {"__annotations__": {"lr": float}, "lr": 0.1, "step": step}
    rule = dataclass(type("Mine", (Optimizer,), members | ({"init": init} if init else {})))
    with pytest.raises(CompileError, match=r"^Mine\.(step|init)") as caught:
        trace(rule)
    assert re.search(words, str(caught.value)), str(caught.value)


def in_place(self, g, state):
    state.v += g
    return state.v


def branch(self, g, state):
    if g > 0:
        return -g
    return g


def remember_outside(self, g, state):
    self.last = g
    return -g


def read_only(self, g, state):
    return -state.velocity


def double(self, g, state):
    for _ in range(60):
        g = g - 0.1 * g * g
    return g


def set_item(self, g, state):
    g[0] = 0
    return g


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (branch, r"`if`.*np\.where"),
        (lambda self, g, state: max(g, 0.0), r"np\.maximum"),
        (lambda self, g, state: -g if state.t == 1 else g, r"np\.where"),
        (lambda self, g, state: g > 0 and g, r"np\.logical_and"),
        (lambda self, g, state: math.sqrt(g), r"np\.sqrt, not math\.sqrt"),
        (lambda self, g, state: g * float(self.lr), r"float\(\)"),
        (lambda self, g, state: g * int(state.t), r"int\(\)"),
        (lambda self, g, state: sum(g for _ in range(state.t)), r"fixed number in range"),
        (lambda self, g, state: round(g), r"round"),
        (lambda self, g, state: g[0], r"element by element"),
        (set_item, r"element by element"),
        (lambda self, g, state: sum(x for x in g), r"element by element"),
        (lambda self, g, state: np.array([g, g]), r"np\.array.*element by element"),
        (lambda self, g, state: np.asarray(g), r"element by element"),
        (lambda self, g, state: g * np.arange(3.0), r"array of shape \(3,\)"),
        (lambda self, g, state: g + None, r"None"),
        (lambda self, g, state: None, r"None"),
        (lambda self, g, state: g.sum(), r"\.sum "),
        (lambda self, g, state: -g.clip(-1, 1), r"\.clip "),
        (lambda self, g, state: g / np.linalg.norm(g), r"np\.linalg\.norm.*mixes the coordinates"),
        (lambda self, g, state: g - np.mean(g), r"np\.mean.*mixes the coordinates"),
        (lambda self, g, state: np.add.reduce(g), r"np\.add\.reduce"),
        (lambda self, g, state: g @ g, r"fails when it is called with arrays: ValueError: matmul"),
        (lambda self, g, state: np.add(g, 1, where=g > 0), r"np\.add\(…, where=…\)"),
        (lambda self, g, state: g % 2, r"np\.remainder.*np\.floor"),
        (lambda self, g, state: g * ((g > 0) & (g < 1)), r"np\.bitwise_and.*np\.logical_and"),
        (lambda self, g, state: np.sinc(g), r"np\.sinc cannot be compiled: it can use .*np\.sqrt"),
        (lambda self, g, state: np.nextafter(g, 1), r"np\.nextafter cannot be compiled"),
        (in_place, r"np\.add.*in place.*x = x \+"),
        (lambda self, g, state: g * random.random(), r"not the same twice"),
        (remember_outside, r"changes self.*belongs in state"),
        (read_only, r"state\.velocity but never sets it"),
        (double, r"takes \d+ operations once its loops"),
        (lambda self, g, state: g * self.missing, r"AttributeError.*missing"),
        (lambda self, g, state: sum(g * k for k in range(5000)), r"nested too deeply"),
    ],
)
def test_what_cannot_be_compiled_is_refused_by_name(step, words):
    refuse(step, words)


def test_a_state_may_not_start_from_the_gradient():
    def init(self, state):
        state.v = state.other

    refuse(lambda self, g, state: state.v, "hyperparameters and constants only", init)


def test_a_state_may_not_start_from_the_parameter():
    def init(self, state):
        state.v = state.w

    refuse(lambda self, g, state: state.v, "hyperparameters and constants only", init)


def test_w_is_read_only():
    def step(self, g, state):
        state.w = state.w - g
        return -g

    refuse(step, r"state\.w cannot be set")


def test_what_is_no_optimizer_is_refused():
    class Bare(Optimizer):
        def step(self, g, state):
            return -g

    @dataclass
    class Needs(Optimizer):
        lr: float

        def step(self, g, state):
            return -self.lr * g

    @dataclass
    class Derived(Optimizer):
        lr: float = 0.1

        def __post_init__(self):
            self.half = self.lr / 2

        def step(self, g, state):
            return -self.half * g

    class Twice(Momentum):
        def update(self, params, grads, **settings):
            super().update(params, grads, **settings)
            super().update(params, grads, **settings)

    for rule, words in [
        (Bare, "@dataclass"),
        (Twice, "Twice has an update of its own.*put the whole rule in step"),
        (Needs, "lr"),
        (Derived, "half, no hyperparameter"),
        (dict, "no optimizer"),
        (3, "no optimizer"),
    ]:
        with pytest.raises(CompileError, match=words):
            trace(rule)
    assert compile_rule(Needs(lr=1.0))


def test_a_function_is_refused_by_name():
    def curve(x, lr):
        return x if x > lr else lr

    with pytest.raises(CompileError, match=r"^curve: .*np\.where"):
        compile_function(curve)
    with pytest.raises(CompileError, match=r"nested too deeply"):
        compile_function(lambda x: sum(x * k for k in range(5000)))


def test_a_function_of_arrays_gives_numpys_numbers(page):
    def layer(x, w):
        M = w[:6].reshape(2, 3)
        return np.concatenate([np.tanh(M @ x), np.sum(x * w[6:], keepdims=True)])

    rng = np.random.default_rng(0)
    x, w = rng.normal(size=3), rng.normal(size=9)
    compute = "(f, x, w) => { const out = new Float64Array(f.length); f.evaluate(x, w, out); return [...out]; }"
    found = page.evaluate(f"([x, w]) => ({compute})({compile_arrays(layer, x=3, w=9)}, x, w)", [x.tolist(), w.tolist()])
    np.testing.assert_allclose(found, layer(x, w), rtol=1e-14)


def test_a_function_of_arrays_that_looks_at_their_type_is_refused():
    with pytest.raises(CompileError, match="with arrays it does something else"):
        compile_arrays(lambda x: x if x.dtype == object else 2 * x, x=2)


def test_what_is_used_twice_has_a_name_and_nothing_else_has():
    x, y = sp.symbols("x y")
    product, names = sp.Mul(x, y, evaluate=False), {x: "h[0]", y: "h[1]"}
    assert block([product], names) == ([], ["h[0] * h[1]"])
    twice = sp.Add(product, sp.Add(product, x, evaluate=False), evaluate=False)
    assert block([twice], names) == (["const a0 = h[0] * h[1];"], ["a0 + (a0 + h[0])"])
    # A square is written as a product, so that what is squared is computed once.
    assert block([sp.Pow(product, 2, evaluate=False)], names) == (["const a0 = h[0] * h[1];"], ["a0 * a0"])


def test_a_power_is_written_as_numpy_computes_it():
    @dataclass
    class Powers(Optimizer):
        lr: float = 0.1

        def step(self, g, state):
            a = np.abs(g)
            return self.lr * (a**0.5 + a**1.0 + a**2.0 + a**-1.0 + a**1.5)

    said = "a[t] = abs(g[t])\nw[t] = w[t-1] + lr · (√a[t] + a[t]^1 + a[t]² + 1 / a[t] + a[t]^1.5)"
    assert repr(show_rule(Powers)) == said


def test_a_root_is_written_as_one_and_a_negative_base_in_parentheses():
    @dataclass
    class Alternating(Optimizer):
        lr: float = 0.1

        def step(self, g, state):
            return self.lr * np.sqrt(np.abs(g)) * (-2.0) ** state.t

    assert repr(show_rule(Alternating)) == "w[t] = w[t-1] + lr · √abs(g[t]) · (−2)^t"
    assert r"(-2)^t" in latex(Alternating)
