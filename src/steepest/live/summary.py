"""Tables made from the code: every optimizer with its rule, its memory and advice; and what the frameworks compute."""

from dataclasses import dataclass

import numpy as np

from steepest.frameworks import FRAMEWORKS
from steepest.live.compile import latex
from steepest.live.trace import CompileError
from steepest.optimizers import OPTIMIZERS


@dataclass(frozen=True)
class Advice:
    """What no code can tell about an optimizer, each in a phrase.

    Attributes:
        fixes: what was wrong before it.
        breaks: where it fails.
        use: when to take it.
    """

    fixes: str
    breaks: str
    use: str


#: The advice of the course, by the name of the rule.
ADVICE = {
    "GradientDescent": Advice(
        fixes="guessing a direction; on minibatches (SGD) also the cost of a pass for each step",
        breaks="ravines; one learning rate for all; does not settle on minibatches unless the rate falls",
        use="the baseline; convex problems whose edge 2/L you know; memory is scarce",
    ),
    "Momentum": Advice(
        fixes="zigzag across ravines; slow flat stretches",
        breaks="overshoots and rings; one learning rate for all; does not average noise away",
        use="networks that plain SGD trains, only faster; tune the learning rate over a wide grid",
    ),
    "Nesterov": Advice(
        fixes="some of momentum's ringing; the rate for smooth convex losses",
        breaks="unstable at a lower learning rate than momentum; no gain where noise rules",
        use="in place of momentum, at no cost; tune it on its own grid",
    ),
    "AdaGrad": Advice(
        fixes="one learning rate for all: rare features get long steps",
        breaks="its sum only grows, so it slows down for ever; depends on the axes",
        use="sparse features, convex losses, runs of a known length",
    ),
    "RMSProp": Advice(
        fixes="AdaGrad's memory without end",
        breaks="never comes to rest at a constant rate; long first steps; no inertia; depends on the axes",
        use="gradients whose scale changes during the run; mostly replaced by Adam",
    ),
    "Adam": Advice(
        fixes="RMSProp's first steps, and its lack of inertia",
        breaks="rare large gradients; never comes to rest at a constant rate; depends on the axes",
        use="a first try on a new network, with a falling learning rate",
    ),
    "AMSGrad": Advice(
        fixes="the gap in Adam's proof: a learning rate of a coordinate never rises",
        breaks="one huge gradient shortens the steps for ever",
        use="large gradients that are rare and matter; elsewhere it does much as Adam does",
    ),
    "AdamW": Advice(
        fixes="L2 in Adam, which pulls less where gradients are large",
        breaks="where Adam does; the decay has to be tuned with the learning rate",
        use="in place of Adam wherever weights are to be kept small",
    ),
    "Lion": Advice(
        fixes="Adam's second array: half the memory",
        breaks="every step is as long as the first, so the learning rate has to fall; votes, not sizes, decide",
        use="memory is scarce; with a smaller learning rate and a larger decay than AdamW's",
    ),
    "Muon": Advice(
        fixes="steps of a matrix that its few largest directions use up",
        breaks="matrices only; costs products of matrices; other parameters need another optimizer",
        use="hidden weight matrices of large networks, beside AdamW for the rest",
    ),
}


def equations(rule) -> list:
    r"""The equations of an optimizer as it is implemented, in LaTeX, without that of the gradient.

    >>> from steepest import Momentum
    >>> print(*equations(Momentum), sep="\n")
    v_t = \mu v_{t-1} - \eta g_t
    w_t = w_{t-1} + v_t
    """
    lines = latex(rule).splitlines()[2:-1]
    return [line.replace("&=", "=", 1).removesuffix(r" \\[4pt]") for line in lines]


def remembered(rule) -> dict:
    """How many numbers an optimizer keeps for each parameter, by the name of the quantity; found by taking a step.

    >>> from steepest import Adam
    >>> remembered(Adam)
    {'m': 1.0, 'h': 1.0}
    """
    optimizer, w = rule(), np.ones((2, 2))
    optimizer.update({"w": w}, {"w": np.ones((2, 2))})
    return {name: np.size(value) / w.size for name, value in optimizer.state["w"].items()}


@dataclass(frozen=True, repr=False)
class Summary:
    """All optimizers in two tables: what the code says of each, and what the course advises.

    Attributes:
        rules: classes of optimizers, each with an entry in `ADVICE`.
    """

    rules: list

    def _repr_markdown_(self):
        facts, advice = [], []
        for rule in self.rules:
            name, state, told = rule().name, remembered(rule), ADVICE[rule.__name__]
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
    try:
        return _displayed(rule)
    except CompileError:  # products of matrices, as in the variants of Muon
        return []


def _displayed(rule):
    """The equations of a rule for a table, without the functions that they use."""
    return [rf"$\displaystyle {line}$" for line in equations(rule) if not line.startswith(r"\operatorname")]


def table(heads, rows) -> str:
    """A table in Markdown. A line upright in a formula would end its cell."""
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
        rules: names of rules, as `FRAMEWORKS` has them; all where there are none.

    Raises:
        KeyError: no framework has such a rule.
    """
    known = list(dict.fromkeys(name for _, name in FRAMEWORKS))
    if unknown := [rule for rule in rules if rule not in known]:
        raise KeyError(f"No framework has {unknown[0]!r}; they have {', '.join(known)}.")
    return FrameworkTable(list(rules) or known)


def show_summary(rules=None) -> Summary:
    """Show every optimizer of the course on one table: rule and memory read off from the code, and advice.

    Args:
        rules: classes of optimizers, each with an entry in `ADVICE`; all of the course where it is None.
    """
    return Summary(list(OPTIMIZERS.values()) if rules is None else rules)
