"""Predictions: the reader commits to an answer, and only then sees what was measured."""

import json
import textwrap
from dataclasses import dataclass
from typing import Any, ClassVar

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from traitlets import Dict, validate

from steepest.arguments import instance, interval, one_of, real, several
from steepest.live.controls import Slider
from steepest.live.widget import Live, digest

#: How many heights a drawn curve has.
COLUMNS = 61

#: What `Predict.guess` is where the reader asked to see without predicting.
SKIPPED = "skipped"


@dataclass(frozen=True)
class Sketch:
    """Empty axes for a curve to be drawn into.

    Attributes:
        x: (first, last) place across.
        y: (lowest, highest) place upwards; what lies beyond is taken for the nearest of these.
        xlabel, ylabel: the names of the axes.
        xscale, yscale: "linear" or "log".

    Raises:
        ValueError: ends out of order or outside what a scale can show, or an unknown scale.
    """

    x: tuple
    y: tuple
    xlabel: str = "step"
    ylabel: str = "loss"
    xscale: str = "linear"
    yscale: str = "linear"

    def __post_init__(self):
        for axis in "x", "y":
            low, high = interval(axis, getattr(self, axis))
            instance(f"{axis}label", getattr(self, f"{axis}label"), str)
            Slider(low, low, high, one_of(f"{axis}scale", getattr(self, f"{axis}scale"), ("linear", "log")))

    @property
    def columns(self) -> np.ndarray:
        """The places across at which a curve has its heights, shape (61,)."""
        low, high = self.x
        return (np.geomspace if self.xscale == "log" else np.linspace)(low, high, COLUMNS)


class Predict(Live):
    """A question that the reader answers before the page shows what was measured.

    On a page the browser keeps the prediction, and a `Record` sums up those of a chapter.

    Args:
        question: the question, in a sentence.
        answer: what was measured in this very cell: one of the options, a number, or a curve. A curve is a pair of
            arrays (x, y) of one shape, or y alone for x = 0, 1, 2, …
        among: what the reader answers with: a list of options; a dictionary from each option to what was measured for
            it, which shows after the prediction; a `Slider` for a number; or a `Sketch` for a curve.
        unit: what numbers are counted in, such as "steps".
        because: a sentence that shows with the answer.
        veil: whether the book hides what the next cell shows until the reader has committed.

    Attributes:
        guess: the prediction, None before it is made: the number of an option, a number, the 61 heights of a curve
            from left to right, or "skipped".

    Raises:
        ValueError, TypeError: an answer that is not among what can be answered; the message says which.

    >>> steps = {"lr = 0.02": 341, "lr = 0.18": 37}
    >>> question = Predict("Which one arrives first?", min(steps, key=steps.get), steps, unit="steps")
    >>> question.guess = 0
    >>> question.off()
    1.0
    """

    _files: ClassVar = ("words_predict", "verdict", "sketch", "predict")
    _function: ClassVar = "predict"

    guess = traitlets.Any(None, allow_none=True).tag(sync=True)

    #: All that were made, by question, in order: what a `Record` sums up.
    all: ClassVar[dict] = {}

    def __init__(
        self, question: str, answer: Any, among: Any, *, unit: str = "", because: str = "", veil: bool = False
    ):
        instance("question", question, str)
        instance("unit", unit, str)
        instance("because", because, str)
        instance("veil", veil, bool)
        self._question, self._among = question, among
        spec: dict[str, Any] = {"question": question, "unit": unit, "because": because, "veil": veil}
        if isinstance(among, Slider):
            answer = among.check(f"The answer to {question!r}", real("answer", answer))
            spec |= {"kind": "number", "answer": answer, "slider": among.spec("guess", "your prediction")}
        elif isinstance(among, Sketch):
            axes = {name: getattr(among, name) for name in ("xlabel", "ylabel", "xscale")}
            spec |= {"kind": "curve", "axes": axes, "answer": _heights(answer, among)}
            spec |= {"columns": [float(f"{x:.6g}") for x in among.columns]}
            low, high = among.y
            spec |= {"slider": Slider(low, low, high, among.yscale).spec("guess", among.ylabel)}
        else:
            options = [str(option) for option in several("among", among)]
            if len(set(options)) < 2 or len(set(options)) < len(options):
                raise ValueError(f"{question!r} needs two options or more, each another one, not {options}.")
            if str(answer) not in options:
                raise ValueError(f"The answer to {question!r} must be one of {options}, not {answer!r}.")
            spec |= {"kind": "choice", "options": options, "answer": options.index(str(answer))}
            if isinstance(among, dict):
                spec["measured"] = [f"{_shown(value)} {unit}".strip() for value in among.values()]
        self.spec = spec | {"name": digest(question)}
        super().__init__(f"{{ spec: {json.dumps(self.spec, ensure_ascii=False)} }}", name=question)
        Predict.all[question] = self

    def off(self) -> Any:
        """How far off the prediction is.

        Returns:
            0.0 or 1.0 for a choice, else the mean distance as a share of the axis; None where there is no prediction.
        """
        if self.guess is None or self.guess == SKIPPED:
            return None
        if self.spec["kind"] == "choice":
            return float(self.guess != self.spec["answer"])
        scale = self.spec["slider"].get("scale", "linear")
        place = {"linear": np.asarray, "log": np.log10, "decay": lambda value: -np.log10(1 - value)}[scale]
        low, high = place(self.spec["slider"]["low"]), place(self.spec["slider"]["high"])
        places = np.clip([place(np.array(value)) for value in (self.guess, self.spec["answer"])], low, high)
        return float(np.mean(np.abs(places[0] - places[1])) / (high - low))

    def figure(self):
        """The question alone: who has no page to answer on finds the answer in the text."""
        if self.spec["kind"] == "curve":
            return self._empty_axes()
        if self.spec["kind"] == "choice":
            lines = [f"○  {option}" for option in self.spec["options"]]
            alt = f"To predict: {self._question} The answers to choose from are {'; '.join(self.spec['options'])}."
        else:
            low, high = self._among.low, self._among.high
            lines = [f"A number from {low:g} to {high:g} {self.spec['unit']}".rstrip()]
            alt = f"To predict: {self._question} The answer is a number from {low:g} to {high:g}."
        question = f"Predict. {self._question}"
        more = max(0, len(textwrap.wrap(question, 60)) - 2)  # lines that the question has beyond the usual two
        with plt.style.context("steepest.course"):
            figure = plt.figure(figsize=(6, 0.5 + 0.25 * len(lines) + 0.2 * more), dpi=96)
            figure.text(0.02, 0.96, question, va="top", weight="bold", wrap=True, parse_math=False)
            figure.text(0.02, 0.04, "\n".join(lines), va="bottom", linespacing=1.6, parse_math=False)
        return figure, alt

    def _empty_axes(self):
        """The picture of a question that is answered by drawing."""
        with plt.style.context("steepest.course"):
            figure, ax = plt.subplots(figsize=(6, 3), dpi=96)
            among = self._among
            ax.set(xlim=among.x, ylim=among.y, xscale=among.xscale, yscale=among.yscale)
            ax.set(xlabel=among.xlabel, ylabel=among.ylabel, title=f"Predict. {self._question}")
        return figure, f"To predict: {self._question} Empty axes for {among.ylabel} against {among.xlabel}."

    @validate("guess")
    def _check_guess(self, proposal):
        guess, kind = proposal["value"], self.spec["kind"]
        if guess is None or (isinstance(guess, str) and guess == SKIPPED):
            return guess
        what = f"The prediction for {self._question!r}"
        if kind == "choice":
            if isinstance(guess, bool) or guess not in range(len(self.spec["options"])):
                raise ValueError(f"{what} must be the number of an option, not {guess!r}.")
            return int(guess)
        if kind == "number":
            return self._among.check(what, real(what, guess))
        heights = np.asarray(guess)
        if heights.shape != (COLUMNS,) or heights.dtype.kind not in "iuf":
            raise ValueError(f"{what} must be {COLUMNS} numbers, not an array of shape {heights.shape}.")
        return [real(what, float(height), *self._among.y) for height in heights]

    def __repr__(self):
        return f"Predict({self._question!r})"


class Record(Live):
    """The predictions of a chapter, summed up.

    Args:
        *predictions: those to sum up; all that were made in this session so far where none are given.

    Attributes:
        guesses: by the questions' keys, the predictions that were made.

    Raises:
        ValueError: there is no prediction to sum up.

    >>> steps = {"lr = 0.02": 341, "lr = 0.18": 37}
    >>> Record(Predict("Which one arrives first?", "lr = 0.18", steps))
    Record(1 prediction)
    """

    _files: ClassVar = ("words_predict", "verdict", "record")
    _function: ClassVar = "record"

    guesses = Dict().tag(sync=True)

    def __init__(self, *predictions):
        self._predictions = [instance("prediction", one, Predict) for one in predictions or Predict.all.values()]
        if not self._predictions:
            raise ValueError("There is no prediction to sum up: make a Predict first.")
        compiled = [{"name": one.spec["name"], "key": digest(one.name), "spec": one.spec} for one in self._predictions]
        super().__init__(
            f"{{ predictions: {json.dumps(compiled, ensure_ascii=False)} }}",
            name="; ".join(one.name for one in self._predictions),
            guesses={one.spec["name"]: one.guess for one in self._predictions},
        )
        for one in self._predictions:
            one.observe(self._take, "guess")

    def _take(self, change):
        self.guesses = self.guesses | {change["owner"].spec["name"]: change["new"]}

    def figure(self):
        questions = [one.name for one in self._predictions]
        lines = [line for question in questions for line in textwrap.wrap(question, 80, subsequent_indent="    ")]
        with plt.style.context("steepest.course"):
            figure = plt.figure(figsize=(6, 0.5 + 0.25 * len(lines)), dpi=96)
            figure.text(0.02, 0.96, "What you predicted in this chapter", va="top", weight="bold")
            figure.text(0.02, 0.04, "\n".join(lines), va="bottom", linespacing=1.6, parse_math=False, fontsize=9)
        return figure, f"A list of the {len(questions)} questions of this chapter to predict: {' '.join(questions)}"

    def __repr__(self):
        return f"Record({len(self._predictions)} prediction{'s' * (len(self._predictions) > 1)})"


def _shown(value) -> str:
    """What was measured for an option, as text."""
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def _heights(answer, among):
    """The measured curve at the columns of a sketch, within its axes."""
    x, y = answer if isinstance(answer, tuple) else (np.arange(len(answer)), answer)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2 or np.any(np.diff(x) <= 0) or not np.all(np.isfinite(x)):
        raise ValueError(f"A curve needs two arrays of one shape, the first rising, not {x.shape} and {y.shape}.")
    if np.any(np.isnan(y)):
        raise ValueError("A curve cannot be measured where it is not a number.")
    if x[0] > among.x[0] or x[-1] < among.x[1]:
        known, axes = f"{x[0]:g} to {x[-1]:g}", f"{among.x[0]:g} to {among.x[1]:g}"
        raise ValueError(f"The curve is known from {known}, but the axes run from {axes}.")
    place, back = (np.log10, lambda p: 10**p) if among.yscale == "log" else (np.asarray, np.asarray)
    return [float(f"{v:.5g}") for v in back(np.interp(among.columns, x, place(np.clip(y, *among.y))))]
