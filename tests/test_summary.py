"""The summary table: each optimizer has its rule, its memory and the course's advice."""

import re

import pytest

from steepest import OPTIMIZERS, Adam, Momentum
from steepest.frameworks import FRAMEWORKS
from steepest.live import show_rule
from steepest.summary import equations, remembered, show_frameworks, show_summary, told_of

every_rule = pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=OPTIMIZERS)


@every_rule
def test_every_optimizer_has_advice_in_short_phrases(rule):
    advice = told_of(rule)
    for phrase in (advice.fixes, advice.breaks, advice.use):
        assert 3 <= len(phrase.split()) <= 25
        assert phrase[-1] not in ".;"


@every_rule
def test_a_rule_prints_as_a_textbook_would(rule):
    assert equations(rule) == rule.about.textbook


@every_rule
def test_the_equations_are_those_that_the_chapter_shows(rule):
    shown = show_rule(rule)._repr_latex_()
    lines = equations(rule)
    assert len(lines) == shown.count("&=") - 1  # all but that of the gradient
    for line in lines:
        assert line.replace(" = ", " &= ", 1) in shown
        assert "\\\\" not in line
        assert "&" not in line


def test_memory_is_counted_on_a_step():
    assert remembered(OPTIMIZERS["GradientDescent"]) == {}
    assert remembered(Momentum) == {"v": 1}
    assert remembered(Adam) == {"m": 1, "h": 1}


def test_the_tables_have_a_row_for_each_optimizer_and_as_many_cells_as_heads():
    rules = list(OPTIMIZERS.values())
    first, second = show_summary(rules)._repr_markdown_().split("\n\n")
    for table, heads in (first, 4), (second, 4):
        rows = table.splitlines()
        assert len(rows) == 2 + len(rules)
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {heads + 1}
        for row, rule in zip(rows[2:], rules, strict=True):
            assert row.startswith(f"| **{rule().name}** |")
    assert "`beta2` 0.999" in first
    assert repr(show_summary([Momentum])) == "Momentum: v remembered"


def test_a_rule_without_advice_is_refused():
    class Nameless(Momentum):
        pass

    with pytest.raises(ValueError, match="Nameless does not say what it is good for"):
        show_summary([Nameless])


def test_every_entry_of_the_frameworks_has_its_row_with_the_rule_it_computes():
    rows = show_frameworks(*dict.fromkeys(name for _, name in FRAMEWORKS))._repr_markdown_().splitlines()[2:]
    assert len(rows) == len(FRAMEWORKS)
    for (framework, name), entry in FRAMEWORKS.items():
        (row,) = (row for row in rows if f"**{name}**, {framework}<br>`{entry.call}(" in row)
        assert len(re.findall(r"(?<!\\)\|", row)) == 3
        assert ("the course's rule" in row) == (entry.rule is entry.course)
        assert ("displaystyle" in row) == (entry.rule is not entry.course and name != "Muon")  # a product of matrices
        assert all(difference in row for difference in entry.differences)
        assert all(f"`{argument}`" in row for field, argument in entry.arguments.items() if field in ("lr", "eps"))
    assert [repr(row) for row in repr(show_frameworks("SGD")).splitlines()][1] == "'SGD: optax.sgd, SGD'"


def test_an_unknown_rule_of_the_frameworks_is_refused():
    with pytest.raises(KeyError, match="No framework has 'Adagrad'; they have SGD"):
        show_frameworks("Adagrad")
