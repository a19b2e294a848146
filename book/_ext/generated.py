"""The directive `{generated}`: parts of the prose pages that are read off from the code and the chapters."""

import functools
import re
from typing import NamedTuple

from repository import ROOT
from sphinx.util.docutils import SphinxDirective

from notebooks import read
from steepest.exercises import CHECKS
from steepest.optimizers import OPTIMIZERS
from steepest.summary import equations, remembered, table, told_of

NOTEBOOKS = ROOT / "notebooks"

#: The kinds of exercises as their titles name them: what each asks for, and how many points it is worth.
KINDS = {
    "warm-up": ("a formula of the chapter, as a function", 1),
    "problem": ("a formula that has to be derived first, or a rule to be written down", 2),
    "spot the bug": ("a test that passes the right optimizer and fails every wrong one", 3),
    "experiment": ("a measurement, or a search, on a problem that is given", 3),
    "proof": ("a proof, and its result as a function", 4),
    "challenge": ("an idea that the chapter does not give", 5),
    "proof and challenge": ("both", 6),
}

#: How long the chapters take, in hours, in the words in which they say it.
HOURS = {"an hour": 1, "another one": 1, "another hour": 1, "an hour and a half": 1.5, "two hours": 2}


class Chapter(NamedTuple):
    """A chapter's number, its title, the name of its file, its text, its code, and what it says that it takes.

    The last is the paragraph that ends the cell tagged `goals`.
    """

    number: int
    title: str
    name: str
    text: str
    code: str
    takes: str

    def link(self, text, section=""):
        return f"[{text}](../notebooks/{self.name}{section})"


class Exercise(NamedTuple):
    """An exercise: its number such as "1.2", its title, its kind and how it is graded."""

    number: str
    title: str
    kind: str
    graded: str


@functools.cache
def chapters():
    """The chapters in their order."""
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = read(path).cells
        text, code = (
            "\n\n".join(cell.source for cell in cells if cell.cell_type == kind) for kind in ("markdown", "code")
        )
        (goals,) = (cell.source for cell in cells if "goals" in cell.metadata.get("tags", []))
        takes = goals.rstrip().rpartition("\n\n")[2]
        found.append(Chapter(int(path.name[:2]), re.findall(r"\A# (.*)", text)[0], path.name, text, code, takes))
    return found


def hours(chapter):
    """How many hours a chapter says it takes: to read, and for the exercises."""
    (words,) = re.findall(r"Reading takes (?:about )?(.*?), the exercises (.*?)\.", chapter.takes)
    return tuple(HOURS[word] for word in words)


def needs(chapter):
    """What a reader of a chapter should know, as the chapter says it, its formulas as plain text."""
    (said,) = re.findall(r"\AYou need (.*?)\.\s", chapter.takes, re.DOTALL)
    return " ".join(re.sub(r"\$(.*?)\$", lambda formula: formula[1].replace(r"\times", " × "), said).split())


def exercises(chapter):
    """The exercises of a chapter. The kind is what a title begins with; without one it is a problem."""
    for number, title in re.findall(rf"^\*\*({chapter.number}\.\d+) (.+?)\*\*", chapter.text, flags=re.MULTILINE):
        first, _, rest = title.rstrip(".").partition(": ")
        kind = first.lower() if first.lower() in KINDS else "problem"
        title = rest if rest and kind != "problem" else title.rstrip(".")
        by_hand = "proof" in kind or number not in CHECKS
        graded = ["`check`"] * (number in CHECKS) + ["reading"] * by_hand
        yield Exercise(number, sentence(title)[:-1], kind, " and ".join(graded))


def rule_cards(*names):
    """A card for each of some optimizers: its equations, what it keeps for each parameter, its defaults."""
    cards = []
    for name in names:
        rule = OPTIMIZERS[name]
        lines = [equation.replace("=", "&=", 1) for equation in equations(rule)]
        steps = 1 + next(place for place, line in enumerate(lines) if line.startswith("w_t "))
        state = remembered(rule)
        defaults = [(field, value) for field, value in rule().hyperparameters.items() if not isinstance(value, bool)]
        kept = f"{', '.join(f'`{quantity}`' for quantity in state)}: {sum(state.values()):g} per parameter"
        cards.append(
            [
                f":::{{container}} rule{' wide' if lines[steps:] else ''}",
                f"**{link_to_rule(name)}** " + ", ".join(f"`{field}` {plain(value)}" for field, value in defaults),
                aligned(lines[:steps]),
                *([aligned(lines[steps:])] if lines[steps:] else []),  # functions that the steps use
                f"Keeps {kept if state else 'nothing'}. *{sentence(told_of(rule).use)}*",
                ":::",
            ]
        )
    return "\n\n".join(["::::{container} rules", *("\n\n".join(card) for card in cards), "::::"])


def sentence(phrase):
    return f"{phrase[0].upper()}{phrase[1:]}."


def aligned(lines):
    return "$$\n\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n$$"


def link_to_rule(name):
    """The name of an optimizer, linked to the chapter that prints its rule, by itself or else with all others."""
    label = OPTIMIZERS[name]().name
    for printed in rf"show_rule\({name}\b", r"show_summary\(":
        for chapter in chapters():
            if re.search(printed, chapter.code):
                return chapter.link(label, "#the-rule")
    return label


def plain(number):
    """A number as the pages write it: 1e-8 and not 1e-08."""
    return re.sub(r"e([+-])0", r"e\1", f"{number:g}").replace("e+", "e")


def times_table():
    rows, sums = [], [0, 0]
    for chapter in chapters():
        taken = hours(chapter)
        sums = [total + more for total, more in zip(sums, taken, strict=True)]
        rows.append([chapter.link(f"{chapter.number} {chapter.title}"), *map(spoken, taken)])
    return table(["chapter", "reading", "exercises"], [*rows, ["all", *map(spoken, sums)]])


def spoken(hours):
    whole, half = divmod(hours, 1)
    return f"{whole:g}{'½' if half else ''} hour{'s' if hours != 1 else ''}"


def kinds_table():
    return table(["kind", "what it asks for", "points"], [[kind, *told] for kind, told in KINDS.items()])


def exercises_table():
    rows, total = [], 0
    for chapter in chapters():
        found = list(exercises(chapter))
        points = sum(KINDS[exercise.kind][1] for exercise in found)
        total += points
        rows.append([f"**{chapter.number}**", f"**{chapter.title}**", "", f"**{points}**", ""])
        for number, title, kind, graded in found:
            rows.append([chapter.link(number, "#exercises"), title, kind, KINDS[kind][1], graded])
    rows.append(["", "**All chapters**", "", f"**{total}**", ""])
    return table(["exercise", "title", "kind", "points", "graded by"], rows)


def progress_table():
    """The exercises with a check, each with an empty cell for how its reader did."""
    rows = [
        [chapter.link(exercise.number, "#exercises"), exercise.title, ""]
        for chapter in chapters()
        for exercise in exercises(chapter)
        if exercise.number in CHECKS
    ]
    return table(["exercise", "title", "yours"], rows)


class Generated(SphinxDirective):
    """The Markdown that the function of that name returns, called with the words below it, if there are any."""

    required_arguments = 1
    has_content = True

    def run(self):
        for path in NOTEBOOKS.glob("*.ipynb"):
            self.env.note_dependency(str(path))
        return self.parse_text_to_nodes(GENERATED[self.arguments[0]](*" ".join(self.content).split()))


GENERATED = {
    "rules": rule_cards,
    "times": times_table,
    "kinds": kinds_table,
    "exercises": exercises_table,
    "progress": progress_table,
}


def add_print_style(app, pagename, templatename, context, doctree):
    """Give the cheat sheet, and no other page, what makes it one sheet of paper."""
    if pagename == "book/cheat-sheet":
        app.add_css_file("cheat-sheet.css")


def setup(app):
    app.add_directive("generated", Generated)
    app.connect("html-page-context", add_print_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
