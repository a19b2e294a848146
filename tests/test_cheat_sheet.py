"""The cheat sheet: its rules are the code's. (Its numbers are claims of the page; test_site.py prints it.)"""

import re

import generated
from generated import plain
from test_pages import page

from steepest import OPTIMIZERS
from steepest.summary import equations, remembered

TEXT = " ".join(page("cheat-sheet").split())


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
