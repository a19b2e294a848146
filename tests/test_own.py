"""A reader's own rule is told from the rules and the famous errors that the course knows."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from repository import ROOT

from steepest import OPTIMIZERS, Adam, Momentum, Optimizer
from steepest.live.own import _BUGS, Beside, recognized
from steepest.surfaces import SURFACES


@pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_rule_is_recognized_or_an_equal_one_before_it(rule):
    # SGD takes the steps of GradientDescent, and some rules are others on a parameter that is one number.
    known = list(OPTIMIZERS.values())
    said = recognized(rule())
    assert said in {f"This takes the steps of {other().name}." for other in known[: known.index(rule) + 1]}


@pytest.mark.parametrize("rule", _BUGS)
def test_a_famous_error_is_named_with_its_symptom(rule):
    said = recognized(rule())
    assert said.startswith(f"This is a famous error, {rule.__name__}: ")
    assert len(said.partition("Symptom: ")[2]) > 20
    assert "*" not in said


@dataclass
class ByAnotherName(Optimizer):
    lr: float = 0.3
    beta1: float = 0.8
    beta2: float = 0.95
    eps: float = 1e-6

    def step(self, g, state):
        state.first = self.beta1 * state.first + (1 - self.beta1) * g
        state.second = self.beta2 * state.second + (1 - self.beta2) * g * g
        scale = np.sqrt(state.second / (1 - self.beta2**state.t)) + self.eps
        return -self.lr * state.first / (1 - self.beta1**state.t) / scale


@dataclass
class Halving(Optimizer):
    lr: float = 0.1

    def step(self, g, state):
        return -self.lr * g / (1 + state.t)


def test_a_rule_is_known_by_what_it_does_at_its_own_settings():
    assert recognized(ByAnotherName()) == "This takes the steps of Adam."
    assert recognized(Halving()) == "This takes the steps of no rule that the course knows."


def test_the_last_optimizer_of_a_session_is_shown_beside_others():
    names = {"a": Momentum, "np": np, "First": type("First", (Halving,), {"__module__": "__main__"})}
    names["Own"] = dataclass(type("Own", (Halving,), {"__module__": "__main__"}))
    shown = Beside(names, "bowl")
    assert [type(rule).__name__ for rule in shown.explorer.optimizers] == ["Own", "Momentum", "Adam"]
    assert shown._repr_html_().startswith('<p class="recognized">This takes the steps of no rule')
    with pytest.raises(TypeError, match="There is no optimizer yet"):
        Beside({"Adam": Adam}, "bowl")


def test_the_page_offers_surfaces_of_the_course():
    text = (ROOT / "book" / "your-optimizer.md").read_text(encoding="utf-8")
    offered = re.search(r'data-surfaces="([^"]*)"', text)[1].split()
    assert len(offered) > 5
    assert set(offered) <= {*SURFACES}
