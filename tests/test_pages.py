"""The prose pages of the book: what they state is read off from the chapters, or computed anew with the package."""

import ast
import functools
import re
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import test_bugs
from conftest import ROOT
from generated import chapters, exercises, plain

from steepest import (
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Lion,
    Momentum,
    Muon,
    Nesterov,
    RMSProp,
    bugs,
    surfaces,
)
from steepest.bugs import HalfCorrectedAdam, NewVelocityNesterov, StandingCounterAdam, UncorrectedAdam, step_lengths
from steepest.claims import claim
from steepest.descent import DIVERGED, descend, train
from steepest.frameworks import FRAMEWORKS
from steepest.modes import spectral_radius
from steepest.optimizers import HYPERPARAMETERS
from steepest.orthogonal import newton_schulz
from steepest.problems import LinearRegression, diabetes
from steepest.schedules import cosine, steps_down, warmup

BOOK = ROOT / "book"
CHAPTERS = {
    number: nbformat.read(next((ROOT / "notebooks").glob(f"{number:02d}_*.ipynb")), as_version=4).cells
    for number in range(1, 9)
}
TEXT = {
    number: "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for number, cells in CHAPTERS.items()
}


def page(name):
    return (BOOK / f"{name}.md").read_text(encoding="utf-8")


def rows(text):
    """The cells of each row of the tables in a text, without their headings."""
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    for table in tables:
        for line in table.splitlines()[2:]:
            yield [cell.strip() for cell in line.strip()[1:-1].split("|")]


PAGES = ["index", "how-to-use", "conventions", "notation", "glossary", "bugs"]


@pytest.mark.parametrize("name", PAGES[1:])
def test_the_chapters_have_the_equations_that_a_page_names(name):
    prose = re.sub(r"^```\{code-cell\}.*?^```", "", page(name), flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"\d\.\d+", " ".join(re.findall(r"\([\d., ]+\)", prose)))
    assert named
    for equation in named:
        assert f"\\tag{{{equation}}}" in TEXT[int(equation[0])], equation


def figure(code):
    """What the last statement of a page's code shows."""
    *body, call = ast.parse(code).body
    names = {"__name__": "__main__"}
    exec(compile(ast.Module(body, []), "page", "exec"), names)
    return eval(ast.unparse(call), names)


def test_the_map_of_the_course_leads_to_every_chapter_in_order():
    stops = re.search(r":::\{container\} course-map\n(.*?):::", page("index"), re.DOTALL)[1]
    linked = re.findall(r"^(\d)\. \*\*\[.*?\]\(\.\./notebooks/(.*?)\)\*\*", stops, flags=re.MULTILINE)
    assert linked == [(path.name[1], path.name) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]


def test_the_goal_of_the_welcome_is_not_met_at_once_and_can_be_met():
    explorer = figure(re.search(r"```\{code-cell\} ipython3\n:tags:.*?\n(.*?)```", page("index"), re.DOTALL)[1])
    loss, within = map(float, re.search(r"Goal\(loss=(.*?), within=(\d+)\)", repr(explorer)).groups())

    def best():
        return min(run.losses[: int(within) + 1].min() for run in explorer.runs().values())

    assert best() > 2 * loss
    explorer.hyperparameters = {"Momentum": {"lr": 0.3, "momentum": 0.7}}
    assert best() < loss / 2


def test_the_optimizer_in_how_to_use_gets_its_figure():
    explorer = figure(re.search(r"```python\n(.*?)```", page("how-to-use"), re.DOTALL)[1])
    assert explorer.hyperparameters == {"SignDescent": {"lr": 0.1}}


def first(optimizer, g=1.0):
    return step_lengths(optimizer, [g])[0]


def momentum_numbers():
    for framework, rule in ("course", Momentum), ("PyTorch", None), ("Optax", None), ("Keras", None):
        g, lr, momentum = 1.0, 1.0, 0.9
        optimizer = (rule or FRAMEWORKS[framework, "Momentum"])(lr=lr, momentum=momentum)
        before = step_lengths(optimizer, [g] * 500)[-1]
        optimizer.lr /= 10
        after = step_lengths(optimizer, [g])[0]
        yield f"a step is {before:.0f} long in both forms"
        late = framework in ("PyTorch", "Optax")
        yield f"{after:.0f} in PyTorch and Optax" if late else f"The next step is {after:.1f} long here and in Keras"
    yield f"Take a gradient of {g:g}, $\\eta$ = {lr:g} and $\\mu$ = {momentum}"
    yield f"for $\\eta$ at $\\mu$ = 0.9 makes steps that are {1 / (1 - 0.9):.0f} times too long"
    yield f"Its default is {plain(FRAMEWORKS['PyTorch', 'Momentum'].defaults['dampening'])}"


def nesterov_numbers():
    rules = [Nesterov, *(FRAMEWORKS[framework, "Nesterov"] for framework in ("PyTorch", "Optax", "Keras"))]
    (w,) = {f"{first(rule(lr=1.0, momentum=0.9)):.1f}" for rule in rules}
    yield f"with $\\eta$ = 1, $\\mu$ = 0.9 and a gradient of 1, the first step is {w} long"
    yield f"Their first step is {w} long"
    # θ = w − μv, and both start at 0 from rest.
    nesterov = Nesterov(lr=1.0, momentum=0.9)
    w = -first(nesterov)
    yield f"its first step is {-(w - 0.9 * nesterov.state['w']['v'][0]):.0f} long"
    yield f"Its first step is {first(NewVelocityNesterov(lr=1.0, momentum=0.9)):.2f} long"
    lr = np.arange(1, 400_000) / 100_000
    edge = {}
    for rule in NewVelocityNesterov, Nesterov, Momentum:
        edge[rule] = lr[spectral_radius(rule, 1.0, lr=lr, momentum=0.9) < 1].max()
    yield f"diverges from $\\eta\\lambda$ = {edge[NewVelocityNesterov]:.3f} on"
    yield f"stable up to {edge[Nesterov]:.3f} and the heavy ball up to {edge[Momentum]:.1f}, all at $\\mu$ = 0.9"


def eps_numbers():
    eps = AdaGrad().eps
    assert eps == RMSProp().eps == Adam().eps
    yield f"with $\\varepsilon$ = {plain(eps)}"
    yield "as small as its root, 1e-4"
    assert eps**0.5 == pytest.approx(1e-4)
    yield f"at $\\rho$ = {RMSProp().decay} and $\\varepsilon$ = {plain(eps)}"
    inside = FRAMEWORKS["Optax", "RMSProp"]
    for g in "1", "1e-3", "1e-4", "1e-6":
        rules = RMSProp(lr=1.0), inside(lr=1.0), inside(lr=1.0, eps=eps**2)
        yield f"| {g} | " + " | ".join(f"{first(rule, float(g)):.3f}" for rule in rules) + " |"


def accumulator_numbers():
    started = [FRAMEWORKS[framework, "AdaGrad"].defaults["initial"] for framework in ("PyTorch", "Optax", "Keras")]
    yield f"starts at {started[0]:g} here and in PyTorch, and at {started[1]:g} in Optax and Keras"
    assert started[1] == started[2]
    for g in 1.0, 1e-3:
        yield f"The first step is {first(AdaGrad(lr=1.0), g):.0f} learning rate long when $h$ starts at 0"
        assert first(FRAMEWORKS["PyTorch", "AdaGrad"](lr=1.0), g) == pytest.approx(1)
    one, small = (first(FRAMEWORKS["Keras", "AdaGrad"](lr=1.0), g) for g in (1.0, 1e-3))
    yield f"When it starts at 0.1, a gradient of 1 makes a first step of {one:.3f} learning rates"
    yield f"a gradient of 1e-3 one of {small:.5f}"
    late, ours = FRAMEWORKS["PyTorch", "AdaGrad"](lr=1.0, initial=0.1), AdaGrad(lr=1.0)
    share = step_lengths(late, [1e-3] * 100_000)[-1] / step_lengths(ours, [1e-3] * 100_000)[-1]
    yield f"has come up to {share:.3f} of what it would be after 100,000 steps"


def decay_numbers():
    rates = {
        framework: FRAMEWORKS[framework, "RMSProp"].defaults["decay"] for framework in ("PyTorch", "Optax", "Keras")
    }
    assert RMSProp().decay == rates["Optax"] == rates["Keras"]
    yield f"RMSProp: a decay of {RMSProp().decay}"
    yield f"$\\rho$ is {RMSProp().decay} here, in Optax and in Keras"
    yield f"calls it `alpha`, has {rates['PyTorch']}"
    for decay in 0.9, 0.99, 0.999:
        half_life, step = np.log(2) / np.log(1 / decay), first(RMSProp(lr=1.0, decay=decay, eps=0.0))
        yield f"| {decay} | {1 / (1 - decay):,.0f} | {half_life:.1f} | {step:#.3g} |"
    theirs, ours = first(FRAMEWORKS["PyTorch", "RMSProp"]()), first(RMSProp())
    yield f"PyTorch's first step is {theirs:.1f} long and ours {ours:.5f}"


def adam_numbers():
    eps = Adam().eps
    hat = FRAMEWORKS["Keras", "Adam"]
    yield f"With the same {plain(eps)} in both places and a gradient of {plain(eps)}"
    here, there = (step_lengths(rule, [eps] * 20_000) for rule in (Adam(lr=1.0), hat(lr=1.0, eps=eps)))
    yield f"the first step is {here[0]:.1f} learning rates long in Algorithm 1 and {there[0]:.3f} in the ε-hat form"
    assert f"{here[-1]:.1f}" == f"{there[-1]:.1f}"
    yield f"in the long run both are {here[-1]:.1f}"
    yield "For gradients of 1 no difference can be seen"
    assert first(Adam(lr=1.0)) == pytest.approx(first(hat(lr=1.0, eps=eps)), rel=1e-6)
    yield f"Keras's own default is {plain(hat.defaults['eps'])}"
    steps = step_lengths(UncorrectedAdam(lr=1.0), [1.0] * 5000)
    yield f"{steps[0]:.2f} learning rates at the first, {steps.max():.2f} at step {steps.argmax() + 1}"
    yield f"more than 1.01 for {np.sum(steps > 1.01):,} steps"
    yield f"the first step is {first(HalfCorrectedAdam(lr=1.0)):.1f} learning rates long"
    settings, gradients = {"lr": 1.0, "beta1": 0.0, "beta2": 0.999}, [10.0] + 99 * [1.0]
    after, before = (
        {f"{step_lengths(rule(**settings), gradients)[-1]:.3f}" for rule in rules}
        for rules in (
            (AMSGrad, FRAMEWORKS["Optax", "AMSGrad"]),
            (FRAMEWORKS["PyTorch", "AMSGrad"], FRAMEWORKS["Keras", "AMSGrad"]),
        )
    )
    yield (
        f"one gradient of {gradients[0]:g} and then ninety-nine of {gradients[-1]:g}, "
        f"with $\\beta_1$ = {settings['beta1']:g} and $\\beta_2$ = {settings['beta2']}"
    )
    yield f"a step is {after.pop()} learning rates long in the first form and {before.pop()} in the second"
    assert not before | after
    w, rule = np.ones(1), AdamW()
    rule.update({"w": w}, {"w": np.zeros(1)})
    yield f"a learning rate of {rule.lr} and a weight decay of {rule.weight_decay}"
    yield f"takes the fraction {plain(round(1 - w[0], 12))} off $w$"


def later_numbers():
    assert Lion().weight_decay == FRAMEWORKS["Keras", "Lion"].defaults["weight_decay"] == 0
    yield "**Lion** has no weight decay unless it is given one, as in Keras"
    yield f"Optax's default is {FRAMEWORKS['Optax', 'Lion'].defaults['weight_decay']}"

    def largest(rule, shape):
        """The length of a first step, its gradient a matrix of one singular value."""
        W = np.zeros(shape)
        rule.update({"W": W}, {"W": np.ones(shape)})
        return np.linalg.norm(W, 2)

    rows, columns = 64, 16
    along, across = (largest(Muon(lr=1.0), shape) for shape in ((rows, columns), (columns, rows)))
    keras = 0.2 * max(rows, columns) ** 0.5
    yield f"For a matrix of {rows} rows and {columns} columns these are {along / across:.0f}, 1 and {plain(keras)}"
    yield f"A vector is a matrix of one row, and its step is {largest(Muon(lr=1.0), (1, 9)):.2f} learning rates long"
    values = np.geomspace(0.01, 1, 10_000)[:, None, None]  # matrices of one entry, which is their singular value
    for _ in range(5):
        values = newton_schulz(values)
    yield f"a singular value anywhere from 0.01 to 1 to one from {values.min():.3f} to {values.max():.3f}"
    yield "PyTorch's documentation says roughly 0.5 to 1.5"
    assert not hasattr(Muon(), "weight_decay")
    torch, optax, keras = (FRAMEWORKS[name, "Muon"].defaults["weight_decay"] for name in ("PyTorch", "Optax", "Keras"))
    yield f"{plain(torch)} in PyTorch, {plain(optax)} in Optax and {plain(keras)} in Keras if nothing else is said"


def counter_numbers():
    optimizer = Momentum()
    assert optimizer.t == 0
    first(optimizer)
    yield f"The first step is step $t$ = {optimizer.t}"
    yield "and the start is $w_0$. A trajectory has one entry more than the run has steps: entry 0 is the start"
    assert len(descend(Momentum(), surfaces.ravine(), steps=7).points) == 7 + 1
    yield "Steps are counted from 1"
    with pytest.raises(ZeroDivisionError):
        Adam().step(1.0, SimpleNamespace(m=0.0, h=0.0, t=0))
    yield "counted from 0, the first step divides by zero"
    steps = step_lengths(StandingCounterAdam(lr=1.0), [1.0] * 20_000)
    assert steps[0] == pytest.approx(1)
    yield "held at 1 by mistake, the first step is right"
    yield f"Under a constant gradient the next ones grow to {steps.max():.2f} learning rates"
    yield f"in the end they shrink to {steps[-1]:.3f}"


def schedule_numbers():
    steps = []
    train(SGD(), diabetes(), steps=3, schedule=lambda t: steps.append(t) or 1.0)
    assert steps == [1, 2, 3]
    ours = [warmup(4)(t) for t in range(1, 5)]
    yield "A {term}`learning rate schedule` gives the factor that the learning rate has at step $t$, from $t$ = 1 on"
    yield f"with $W$ = 4 these are {ours[0]:g}, {ours[1]:g}, {ours[2]:g} and {ours[3]:g}"
    late = [warmup(4)(t) for t in range(4)]
    yield "Optax and Keras count from 0"
    yield f"the first step of their warm-up is {late[0]:g} long and the fourth has the factor {late[3]:g}"
    third = [1 / 3 + 2 / 3 * t / 4 for t in range(5)]
    yield ", ".join(f"{factor:.3g}" for factor in third[:4]) + f" and then {third[4]:g}"
    first, *middle, last = [cosine(4)(t) for t in range(1, 5)]
    yield f"With $T$ = 4 the factors are {first:g}, {', '.join(f'{factor:.3g}' for factor in middle)} and {last:.3f}"
    yield f"begins with {cosine(7)(1):g} and would be {cosine(7)(8):g} at step $T$ + 1"
    assert [steps_down(2)(t) for t in (2, 3)] == [1, 0.1]
    yield "a milestone of 2 changes step 3"


def loss_numbers():
    problem = diabetes()
    edge = 2 / np.linalg.eigvalsh(problem.hessian)[-1]
    w = {"w": np.ones(len(problem.solution["w"]))}
    assert problem.loss(w) == pytest.approx(np.sum((problem.X @ w["w"] - problem.y) ** 2) / (2 * problem.n))
    repeated = LinearRegression(np.tile(problem.X[:, :-1], (3, 1)), np.tile(problem.y, 3))
    assert repeated.gradient(w)["w"] == pytest.approx(problem.gradient(w)["w"])
    yield "for 100 examples and for a million"
    yield f"| half the mean square, as here | {edge:.3f} |"
    yield f"| the mean square | {edge / 2:.3f} |"
    yield f"| half the sum of squares | {edge / problem.n:.5f} |"


def divergence_numbers():
    yield f"takes a coordinate beyond {plain(DIVERGED)}"
    bowl = surfaces.bowl(kappa=1)
    run = descend(GradientDescent(lr=3.0), bowl, start=(1, 1), steps=40)
    x, overflow = 1.0, 0
    while np.isfinite(x):
        x, overflow = 2 * x, overflow + 1
    yield f"from 1, a run is called diverged at step {run.diverged}, and overflows at step {overflow:,}"
    slow = descend(GradientDescent(lr=2.002), bowl, start=(1, 1), steps=9300)
    yield f"At 1.002 times the error per step it takes {slow.diverged:,} steps to be called diverged"


def claim_numbers():
    shown = claim("", 1.357142857, 1.357142857).measured.removeprefix("measured ")
    yield f"1.357142857 is shown as {shown}"
    order = claim("", 3.1e-15, below=1e-12, order=True).measured.removeprefix("measured ")
    yield f'3.1e-15 is then shown as "{order}"'
    assert claim("", np.arange(6.0), below=5).measured.count(",") == 5
    assert "7 numbers from" in claim("", np.arange(7.0), below=6).measured
    assert claim("", 123_456, 123_456).measured.endswith("123456")


def word_numbers():
    yield f"Momentum's is {1 / (1 - 0.9):.0f} times $\\eta$ at $\\mu$ = 0.9"
    yield f"which at 0.9 would be {1 / 0.9:.1f} steps in the place of {np.log(2) / np.log(1 / 0.9):.1f}"


def defaults():
    for rule in SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW, Lion, Muon:
        theirs = [FRAMEWORKS.get((framework, rule.__name__)) for framework in ("PyTorch", "Optax", "Keras")]
        for name, value in rule().hyperparameters.items():
            cells = [plain(value)]
            for found in theirs:
                cells.append("–" if found is None else plain(found.defaults[name]) if name in found.defaults else "")
            yield re.sub(" +", " ", f"| {rule.__name__} | `{name}` | {' | '.join(cells)} |")
    assert AMSGrad().hyperparameters == Adam().hyperparameters


NUMBERS = [
    momentum_numbers,
    nesterov_numbers,
    eps_numbers,
    accumulator_numbers,
    decay_numbers,
    adam_numbers,
    later_numbers,
    counter_numbers,
    schedule_numbers,
    loss_numbers,
    divergence_numbers,
    claim_numbers,
    word_numbers,
    defaults,
]


@functools.cache
def stated(numbers):
    return list(numbers())


def conventions():
    return " ".join(page("conventions").split())


@pytest.mark.parametrize("numbers", NUMBERS, ids=lambda numbers: numbers.__name__)
def test_conventions_states_what_is_computed(numbers):
    for statement in stated(numbers):
        assert statement in conventions()


def test_conventions_states_no_other_number():
    """What is left without the computed statements, formulas, code, links and references holds no digit."""
    text = conventions()
    for statement in sorted({statement for numbers in NUMBERS for statement in stated(numbers)}, key=len, reverse=True):
        text = text.replace(statement, "")
    for pattern in r"\$\$.*?\$\$", r"\$.*?\$", r"`.*?`", r"\]\(.*?\)", r"\(\d\.\d+\)", r"\[?chapter \d", r"Algorithm 1":
        text = re.sub(pattern, "", text)
    assert not re.search(r".{0,40}\d.{0,40}", text), re.findall(r".{0,40}\d.{0,40}", text)


def test_notation_says_where_a_symbol_is_introduced():
    """Near the equation that a row names, the chapter uses the row's symbols."""
    for symbols, *_, where in (row for row in rows(page("notation")) if len(row) == 4):
        chapter, equation = re.fullmatch(r"\((\d)\.(\d+)\)", where).groups()
        text = TEXT[int(chapter)]
        at = text.index(f"\\tag{{{chapter}.{equation}}}")
        near = text[max(at - 1500, 0) : at + 1000]
        for symbol in re.findall(r"\$(.*?)\$", symbols):
            assert re.search(re.escape(symbol) + r"(?![a-zA-Z])", near), (symbol, where)


def test_notation_has_every_hyperparameter_under_its_symbol():
    tables = (row for row in rows(page("notation")) if len(row) > 2)
    named = {code: symbol for symbol, _, code, *_ in tables if code}
    for name, hyperparameter in HYPERPARAMETERS.items():
        assert named[f"`{name}`"] == f"${hyperparameter.symbol}$", name


def test_what_notation_calls_a_quantity_of_the_state_is_one():
    named = set(re.findall(r"`state\.(\w+)`", page("notation"))) - {"t"}
    kept = set()
    for rule in Momentum, AdaGrad, Adam, AMSGrad:
        optimizer = rule()
        first(optimizer)
        kept |= optimizer.state["w"].keys()
    assert named == kept


def entries():
    """The glossary's terms and their explanations, in the page's order."""
    body = re.search(r"```\{glossary\}\n(.*?)```", page("glossary"), re.DOTALL)[1]
    found = [entry.split("\n", 1) for entry in body.strip().split("\n\n")]
    return {term: " ".join(text.split()) for term, text in found}


def test_each_term_of_the_glossary_has_its_korean_term_and_one_sentence():
    for term, text in entries().items():
        korean, sentence = re.fullmatch(r'<span lang="ko">(.+?)</span>\. (.+)', text).groups()
        assert re.search(r"[\uac00-\ud7a3]", korean), term
        assert re.fullmatch(r"[^.]+((\d\.\d|\w\.\w)[^.]*)*\.", sentence), sentence


def test_the_glossary_is_in_order():
    assert list(entries()) == sorted(entries(), key=str.casefold)


def test_the_other_pages_link_to_terms_that_the_glossary_has():
    for name in set(PAGES) - {"glossary"}:
        linked = re.findall(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`", page(name))
        assert linked
        assert set(linked) <= entries().keys()


def test_the_chapters_link_each_term_of_the_glossary_where_they_explain_it():
    linked = set()
    for text in TEXT.values():
        links = re.findall(r"\]\(\.\./book/glossary\.md#term-([^)]*)\)", text)
        assert links
        assert len(set(links)) == len(links)  # once in a chapter
        linked |= set(links)
    assert linked == {re.sub(r"[ ']", "-", term) for term in entries()}


def errors():
    """The entries of the page of famous errors, by heading."""
    _, *entries = re.split(r"^### (.+)\n", page("bugs").replace("\n## Wrong reasoning", ""), flags=re.MULTILINE)
    return dict(zip(entries[::2], entries[1::2], strict=True))


@pytest.mark.parametrize("entry", errors().values(), ids=errors())
def test_a_famous_error_has_a_measured_symptom_and_a_test_that_runs(entry):
    symptom, test = re.search(r"\*\*Symptom\.\*\*(.*)\*\*Test\.\*\*(.*)", entry, re.DOTALL).groups()
    assert "\nclaim(" in symptom
    (name,) = re.findall(r"```\{literalinclude\} \.\./tests/test_bugs\.py\n:pyobject: (test_\w+)\n", test)
    assert callable(getattr(test_bugs, name))


def test_every_wrong_rule_is_shown_and_stands_beside_the_right_one():
    for rule in {rule for rule in vars(bugs).values() if isinstance(rule, type) and rule.__module__ == bugs.__name__}:
        if not rule.__name__.startswith("_"):
            assert f"show_rule({rule.__name__})" in page("bugs")
            assert re.search(rf"Explorer\(\s*\[\w+\(lr=[\d.]+\), {rule.__name__}\(", page("bugs")), rule


def test_the_page_of_famous_errors_leaves_numbers_to_its_claims():
    text = re.sub(r"^---.*?^---|^```.*?^```|^#.*?$", "", page("bugs"), flags=re.MULTILINE | re.DOTALL)
    third, sixth = (
        exercise.number
        for chapter in chapters()
        for exercise in exercises(chapter)
        if chapter.number in (3, 6) and exercise.kind == "spot the bug"
    )
    assert f"catch a wrong Nesterov and a wrong Adam, {third} and {sixth}, at the end of chapters" in text.replace(
        "\n", " "
    )
    named = rf"{third} and\s{sixth}".replace(".", r"\.")
    for pattern in r"\[\d\]\(.*?\)", r"equation \(\d\.\d+\)", named, r"`.*?`", r"1/γ", "2√β", "close to 1":
        text = re.sub(pattern, "", text)
    assert not re.findall(r".{0,40}\d.{0,40}", text)
