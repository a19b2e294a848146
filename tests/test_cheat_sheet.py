"""The cheat sheet: its rules are the code's, and its numbers are computed anew. (test_site.py prints it.)"""

import re

import generated
import numpy as np
import pytest
from generated import plain
from test_pages import first, page

from steepest import OPTIMIZERS, AdaGrad, Adam, AdamW, GradientDescent, Momentum, Nesterov, RMSProp, surfaces
from steepest.bugs import UncorrectedAdam, step_lengths
from steepest.descent import descend
from steepest.frameworks import FRAMEWORKS
from steepest.modes import mode_matrix, spectral_radius
from steepest.summary import equations, remembered

TEXT = " ".join(page("cheat-sheet").split())

#: The edge of ηλ, and the best settings for curvatures from λ₁ to L with the rate they give, as the sheet has them.
EDGES = {
    GradientDescent: lambda mu: 2,
    Momentum: lambda mu: 2 * (1 + mu),
    Nesterov: lambda mu: 2 * (1 + mu) / (1 + 2 * mu),
}
BEST = {
    GradientDescent: lambda low, L, root: ({"lr": 2 / (low + L)}, (L / low - 1) / (L / low + 1)),
    Momentum: lambda low, L, root: (
        {"lr": 4 / (np.sqrt(low) + np.sqrt(L)) ** 2, "momentum": ((root - 1) / (root + 1)) ** 2},
        (root - 1) / (root + 1),
    ),
    Nesterov: lambda low, L, root: ({"lr": 1 / L, "momentum": (root - 1) / (root + 1)}, 1 - 1 / root),
}


def as_momentum(rule, **settings):
    """A rule that the functions on modes take, with its settings: gradient descent is momentum without any."""
    return (Momentum, {"momentum": 0.0, **settings}) if rule is GradientDescent else (rule, settings)


def factor(rule, curvature, **settings):
    rule, settings = as_momentum(rule, **settings)
    return spectral_radius(rule, curvature, **settings)


@pytest.mark.parametrize("rule", EDGES)
@pytest.mark.parametrize("mu", [0.2, 0.9])
def test_the_edges_are_those_of_the_code(rule, mu):
    settings = {} if rule is GradientDescent else {"momentum": mu}
    below, above = (factor(rule, 1.0, lr=EDGES[rule](mu) * part, **settings) for part in (0.999, 1.001))
    assert below < 1 < above


@pytest.mark.parametrize("rule", BEST)
def test_the_best_settings_have_the_rate_that_the_sheet_gives(rule):
    low, L = 0.04, 3.0
    best, rate = BEST[rule](low, L, np.sqrt(L / low))
    curvatures = np.geomspace(low, L, 50)
    # At the best settings two roots are one, which no computation of eigenvalues finds exactly.
    found = max(factor(rule, curvature, **best) for curvature in curvatures)
    assert found == pytest.approx(rate, abs=1e-6)


def test_nesterov_could_do_better_than_its_usual_settings():
    low, L = 0.04, 3.0
    rate = 1 - 2 / np.sqrt(3 * L / low + 1)
    best = {"lr": 4 / (3 * L + low), "momentum": (1 - (1 - rate)) / (1 + (1 - rate))}
    found = max(factor(Nesterov, curvature, **best) for curvature in np.geomspace(low, L, 50))
    assert found == pytest.approx(rate, abs=1e-6)
    assert found < BEST[Nesterov](low, L, np.sqrt(L / low))[1]
    assert r"its best is $1-2/\sqrt{3\kappa+1}$" in TEXT


def stability():
    bowl = surfaces.bowl(kappa=100)
    low, L = np.sort(np.linalg.eigvalsh(bowl.hessian(np.zeros(2))))
    for rule, label in (GradientDescent, "GD"), (Momentum, "Momentum"), (Nesterov, "Nesterov"):
        best, _ = BEST[rule](low, L, 10.0)
        run = descend(rule(**best), bowl, start=(1, 1), steps=1000)
        points = run.points
        if rule is Nesterov:  # the ball itself, which is not the look-ahead point: θₜ = wₜ₋₁ − ηg
            points = np.concatenate([points[:1], points[:-1] - best["lr"] * bowl.gradient(points[:-1])])
        steps = np.argmax(np.abs(points).max(axis=-1) <= 1e-6)
        yield rf"\| {label} \| [^|]* \| {EDGES[rule](0.9):.4g} \| [^|]* \| [^|]* \| {steps} \|"
    yield r"at \$\\mu\$ = 0\.9"
    yield r"to 1e-6 of the error at \$\\kappa\$ = 100"


def memory():
    for beta in 0.9, 0.99, 0.999:
        half_life, start = np.log(2) / np.log(1 / beta), int(np.ceil(np.log(0.01) / np.log(beta)))
        assert beta**start < 0.01 <= beta ** (start - 1)
        step = first(RMSProp(lr=1.0, decay=beta, eps=0.0))
        yield rf"\| {beta} \| {1 / (1 - beta):,.0f} \| {half_life:.1f} \| {start:,} \| {step:#.3g} \$\\eta\$ \|"
    yield "start below 1 % from step"
    steps = step_lengths(UncorrectedAdam(lr=1.0), [1.0] * 100)
    yield rf"Adam's first step is {first(Adam(lr=1.0)):.0f} \$\\eta\$ long"
    yield rf"without corrections {steps[0]:.2f} \$\\eta\$, and {steps.max():.2f} \$\\eta\$ at step {steps.argmax() + 1}"


def noise():
    yield f"a tenth of the error costs {1 / 0.1**2:.0f} times the batch"


def choice():
    low, high = "1e-4", "1e-2"
    assert np.sqrt(float(low) * float(high)) == pytest.approx(AdamW().lr)
    yield rf"from {low} to {high}, a short warm-up, then a cosine to 0"
    yield "in factors of 3"
    yield "the gradient is not 0"
    yield "the gradient is 0"


def frameworks():
    h = {name: FRAMEWORKS[name, "AdaGrad"].defaults["initial"] for name in ("PyTorch", "Optax", "Keras")}
    assert h["Optax"] == h["Keras"]
    assert first(AdaGrad(lr=1.0)) == pytest.approx(1)
    yield rf"starts at {h['PyTorch']:g} in PyTorch, as here, and at {h['Keras']:g} in Optax and Keras"
    decay = {name: FRAMEWORKS[name, "RMSProp"].defaults["decay"] for name in ("PyTorch", "Optax", "Keras")}
    assert decay["Optax"] == decay["Keras"] == RMSProp().decay
    yield rf"the decay is {decay['PyTorch']} in PyTorch, {RMSProp().decay} here, in Optax and in Keras"
    yield rf"Keras has \$\\varepsilon\$ = {plain(FRAMEWORKS['Keras', 'Adam'].defaults['eps'])}"


STATED = [pattern for numbers in (stability, memory, noise, choice, frameworks) for pattern in numbers()]


@pytest.mark.parametrize("pattern", STATED)
def test_the_sheet_states_what_is_computed(pattern):
    assert re.search(pattern, TEXT)


def test_the_sheet_states_no_other_number():
    text = TEXT
    for pattern in STATED:
        text = re.sub(pattern, "", text)
    for pattern in r"\$\$.*?\$\$", r"\$.*?\$", "A4":
        text = re.sub(pattern, "", text)
    assert re.findall(r".{0,30}\d.{0,30}", text) == []


def floor(rule, curvature, **settings):
    """The mean square of a mode in the long run, under gradient noise of variance 1."""
    rule, settings = as_momentum(rule, **settings)
    M = np.array(mode_matrix(rule, curvature, **settings))
    kick = np.array(mode_matrix(rule, 1.0, **settings)) - mode_matrix(rule, 0.0, **settings)
    variance = kick[:, :1] @ kick[:, :1].T  # of what the noise of one step does to position and velocity
    for _ in range(60):  # the sum over all steps, with twice as many of them each time
        variance, M = variance + M @ variance @ M.T, M @ M
    return variance[0, 0]


def test_the_noise_floors():
    lr, curvature = 0.1, 2.0
    assert floor(GradientDescent, curvature, lr=lr) == pytest.approx(lr / (curvature * (2 - lr * curvature)))
    small = {"lr": 0.001, "momentum": 0.9}
    assert floor(Momentum, 1.0, **small) == pytest.approx(floor(GradientDescent, 1.0, lr=0.01), rel=0.01)
    assert floor(Momentum, 1.0, lr=0.1, momentum=0.9) < 0.6 * floor(GradientDescent, 1.0, lr=1.0)
    assert r"at the same $\alpha = \eta/(1-\mu)$, if $\alpha\lambda \ll 1$" in TEXT

    rng, lr, sigma, curvature = np.random.default_rng(0), 0.01, 0.5, 2.0
    w, adam = {"w": np.zeros(5000)}, Adam(lr=lr)
    for _ in range(1500):
        adam.update(w, {"w": curvature * w["w"] + sigma * rng.normal(size=5000)})
    assert np.mean(w["w"] ** 2) == pytest.approx(lr * sigma / (2 * curvature), rel=0.1)

    w, rmsprop = {"w": np.array([0.3])}, RMSProp(lr=lr)
    for _ in range(3000):
        rmsprop.update(w, {"w": w["w"]})
    assert abs(w["w"][0]) == pytest.approx(lr / 2, rel=1e-3)


def test_the_edges_after_adam():
    """A mode next to its edge: the rules where their divisors, and the average, no longer move."""
    lr, beta = 0.2, 0.8

    def adam(curvature):  # of the point and of the average of its gradients
        return np.array([[1 - lr * (1 - beta) * curvature, -lr * beta], [(1 - beta) * curvature, beta]])

    def schedule_free(curvature):  # of z, where x is 0
        return np.array([[1 - lr * (1 - beta) * curvature]])

    for mode, edge, stated in [
        (adam, (2 + 2 * beta) / ((1 - beta) * lr), r"(2+2\beta_1)/((1-\beta_1)\eta)"),
        (schedule_free, 2 / ((1 - beta) * lr), r"2/((1-\beta_1)\eta)"),
    ]:
        below, above = (np.abs(np.linalg.eigvals(mode(edge * part))).max() for part in (0.999, 1.001))
        assert below < 1 < above
        assert f"${stated}$" in TEXT


def test_each_optimizer_on_the_sheet_has_its_card_printed_from_the_code():
    names = re.search(r"```{generated} rules (.*?) ```", TEXT)[1].split()
    assert len(names) == len(set(names)) >= 10
    cards = generated.rule_cards(*names).split(":::{container} rule")[2:]
    for card, (name, rule) in zip(cards, ((name, OPTIMIZERS[name]) for name in names), strict=True):
        assert rule().name in card.splitlines()[2]
        for equation in equations(rule):
            assert equation.replace("=", "&=", 1) in card, name
        for field, value in rule().hyperparameters.items():
            assert isinstance(value, bool) or f"`{field}` {plain(value)}" in card
        state = remembered(rule)
        assert f"{sum(state.values()):g} per parameter" in card or ("Keeps nothing" in card and not state)
        assert set(re.findall(r"`(\w+)`", card)) == {
            *state,
            *(field for field, value in rule().hyperparameters.items() if not isinstance(value, bool)),
        }


def test_a_rule_is_linked_to_the_chapter_that_prints_it():
    assert generated.link_to_rule("Momentum").startswith("[Momentum](../notebooks/03_")
    assert generated.link_to_rule("Adam").startswith("[Adam](../notebooks/06_")
