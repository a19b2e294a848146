"""Tables made from the code: every optimizer with its rule, its memory and advice; and what the frameworks compute."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from steepest.arguments import several, subclass
from steepest.frameworks import FRAMEWORKS
from steepest.live.latex import latex
from steepest.live.recording import CompileError
from steepest.optimizers import About, Optimizer


def equations(rule: type[Optimizer]) -> list:
    r"""The equations of an optimizer as it is implemented, in LaTeX, without that of the gradient.

    Returns:
        a line of LaTeX for each equation, in the rule's order.

    >>> from steepest import Momentum
    >>> print(*equations(Momentum), sep="\n")
    v_t = \mu v_{t-1} - \eta g_t
    w_t = w_{t-1} + v_t
    """
    lines = latex(subclass("rule", rule, Optimizer, "Momentum")).splitlines()[2:-1]
    return [line.replace("&=", "=", 1).removesuffix(r" \\[4pt]") for line in lines]


def remembered(rule: type[Optimizer]) -> dict:
    """How many numbers an optimizer keeps for each parameter, by the name of the quantity; found by taking a step.

    Returns:
        a dictionary of floats; empty for a rule that remembers nothing.

    >>> from steepest import Adam
    >>> remembered(Adam)
    {'m': 1.0, 'h': 1.0}
    """
    optimizer, w = subclass("rule", rule, Optimizer, "Momentum")(), np.ones((2, 2))
    optimizer.update({"w": w}, {"w": np.ones((2, 2))})
    return {name: np.size(value) / w.size for name, value in optimizer.state["w"].items()}


def told_of(rule: type[Optimizer]) -> About:
    """What the author of a rule says of it; what is said of another rule from which it derives does not count.

    Returns:
        the `About`.
    """
    about = vars(subclass("rule", rule, Optimizer, "Momentum")).get("about")
    if about is None:
        raise ValueError(f"{rule.__name__} does not say what it is good for: give the class an about = About(…).")
    return about


@dataclass(frozen=True, repr=False)
class Summary:
    """All optimizers in two tables: what the code says of each, and what the course advises.

    Attributes:
        rules: classes of optimizers, each with its `About`.
    """

    rules: list

    def _repr_markdown_(self):
        facts, advice = [], []
        for rule in self.rules:
            name, state, told = rule().name, remembered(rule), told_of(rule)
            defaults = rule().hyperparameters.items()
            facts.append(
                [
                    f"**{name}**",
                    "<br>".join(_displayed(rule)),
                    ", ".join(f"`{quantity}`" for quantity in state)
                    + f"{': ' if state else ''}{sum(state.values()):g}",
                    "<br>".join(f"`{field}` {value:g}" for field, value in defaults if not isinstance(value, bool)),
                ]
            )
            advice.append([f"**{name}**", told.fixes, told.breaks, told.use])
        return "\n\n".join(
            [
                table(["optimizer", "rule", "memory", "defaults"], facts),
                table(["optimizer", "what it fixes", "where it breaks", "when to use it"], advice),
            ]
        )

    def __repr__(self):
        return "\n".join(f"{rule().name}: {', '.join(remembered(rule)) or 'nothing'} remembered" for rule in self.rules)


def _computed(rule):
    """The equations of a rule for a table; none where it has no formula for one entry."""
    try:
        return _displayed(rule)
    except CompileError:  # a product of matrices, as in the frameworks' forms of Muon, has no formula for one entry
        return []


def _displayed(rule):
    """The equations of a rule for a table, without the functions that they use."""
    return [rf"$\displaystyle {line}$" for line in equations(rule) if not line.startswith(r"\operatorname")]


def table(heads: Sequence, rows: Iterable[Iterable]) -> str:
    """A table in Markdown. A line upright in a formula would end its cell.

    Returns:
        the lines of the table, as one text.

    Raises:
        ValueError: a row that has not as many cells as there are heads.
    """
    heads, rows = several("heads", heads), [several("Each of rows", row) for row in several("rows", rows)]
    for row in rows:
        if len(row) != len(heads):
            raise ValueError(
                f"Each of rows must have a cell for each of the {len(heads)} heads, not {len(row)}: {row!r}."
            )
    rows = [[str(cell).replace("|", r"\vert ") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])


@dataclass(frozen=True, repr=False)
class FrameworkTable:
    """What the frameworks compute for some rules of the course: call, defaults, exact rule and differences.

    Attributes:
        rules: names of rules, as `FRAMEWORKS` has them.
    """

    rules: list

    def _entries(self):
        return [(key, entry) for rule in self.rules for key, entry in FRAMEWORKS.items() if key[1] == rule]

    def _repr_markdown_(self):
        rows = []
        for (framework, name), entry in self._entries():
            chosen = "".join(f", {argument}={value}" for argument, value in entry.selected_by.items()).lstrip(", ")
            defaults = [
                f"`{argument}`" + (f" {entry.defaults[field]:g}" if field in entry.defaults else " to be given")
                for field, argument in entry.arguments.items()
                if not isinstance(entry.defaults.get(field), bool)
            ]
            ours = entry.rule is entry.course
            rows.append(
                [
                    f"**{name}**, {framework}<br>`{entry.call}({chosen})`<br>" + "<br>".join(defaults),
                    "the course's rule" if ours else "<br>".join([*_computed(entry.rule), *entry.differences]),
                ]
            )
        return table(["call and defaults", "what it computes, and what is different"], rows)

    def __repr__(self):
        return "\n".join(f"{name}: {entry.call}, {entry.rule.__name__}" for (_, name), entry in self._entries())


def show_frameworks(*rules) -> FrameworkTable:
    """Show what PyTorch, Optax and Keras compute for some rules of the course, with their names and defaults.

    Args:
        rules: names of rules, as `FRAMEWORKS` has them.

    Returns:
        the `FrameworkTable`, which a notebook shows as a table.

    Raises:
        KeyError: no framework has such a rule.
    """
    known = list(dict.fromkeys(name for _, name in FRAMEWORKS))
    if unknown := [rule for rule in rules if rule not in known]:
        raise KeyError(f"No framework has {unknown[0]!r}; they have {', '.join(known)}.")
    return FrameworkTable(list(rules))


def show_summary(rules: Iterable[type[Optimizer]]) -> Summary:
    """Show optimizers on two tables: rule, memory and defaults, read off from the code; and the course's advice.

    Args:
        rules: classes of optimizers.

    Returns:
        the `Summary`, which a notebook shows as two tables.

    Raises:
        TypeError: what is no list of classes of optimizers.
        ValueError: a class that does not say what it is good for, as `About` does.
    """
    rules = several("rules", rules)
    for rule in rules:
        told_of(rule)
    return Summary(rules)
