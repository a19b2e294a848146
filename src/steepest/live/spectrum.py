"""The eigenvalues of a quadratic on a line, dragged by the reader: what each mode keeps, and which one is last."""

import inspect
import math
from collections.abc import Callable
from typing import Any, ClassVar

import matplotlib.pyplot as plt
import numpy as np
from traitlets import Float, List, validate

from steepest import plots
from steepest.arguments import function, instance, interval, real, several
from steepest.live.controls import Slider, check_names
from steepest.live.javascript import compile_function
from steepest.live.liveplot import CURVES, _Formula

#: How many eigenvalues a line has room for.
MOST = 12


class Spectrum(_Formula):
    """What is left of each mode of a quadratic after a step, over its eigenvalue, and how many steps the slowest takes.

    Args:
        factor: a function of NumPy's element-wise functions: of an eigenvalue first, and of the settings of a rule. It
            returns the factor by which the mode's error changes in a step, its size, at least in the long run.
        eigenvalues: those to begin with, from 1 to 12.
        axis: (lowest, highest) eigenvalue on the line, which is logarithmic.
        title: what the picture shows, in a few words.
        edge: a function of some of the settings: the eigenvalue above which modes grow; None where there is none.
        best: by the name of a setting, functions of the smallest eigenvalue ``low``, the largest ``high`` and settings
            that return its best value, or NaN where none is known; None for none.
        scaled: a function of two eigenvalues ``low`` and ``high`` and of settings that returns two others, in a
            dictionary or a tuple: what the rule makes of them before it steps. The modes are those of these then.
        fraction: what is to be left of the error.
        goal: a `Task`, or None. Its condition may ask for the settings, and for ``low`` and ``high`` of the modes, for
            ``slowest``, the largest factor, and for ``kappa``, the condition number of the line.
        **arguments: a `Slider`, a `Choice` or, for hyperparameters, a first value for each setting of the factor and of
            ``scaled``.

    Attributes:
        eigenvalues: where they are; those of the line.
        values: the settings, by name; assigning a part of it changes that part.
        met: whether the goal is met; set by the page.

    Raises:
        ValueError, TypeError: arguments that do not fit; the message says which.
        CompileError: a function that cannot be compiled.

    >>> spectrum = Spectrum(lambda eigenvalue, lr: abs(1 - lr * eigenvalue), [0.01, 0.1, 1], lr=1.0)
    >>> round(spectrum.slowest(), 3), spectrum.steps()
    (0.99, 1375)
    """

    _files: ClassVar = ("words_interactive", "words_spectrum", "interactive", "spectrum")
    _function: ClassVar = "spectrum"
    _axes: ClassVar = 1
    _given: ClassVar = ("low", "high", "slowest", "kappa")

    eigenvalues = List(Float()).tag(sync=True)

    def __init__(
        self,
        factor: Callable,
        eigenvalues: Any,
        *,
        axis: Any = None,
        title: str = "What each mode keeps in a step",
        edge: Any = None,
        best: Any = None,
        scaled: Any = None,
        fraction: Any = 1e-6,
        goal: Any = None,
        **arguments,
    ):
        first = [real("Each of eigenvalues", value) for value in several("eigenvalues", eigenvalues)]
        if not 1 <= len(first) <= MOST or min(first) <= 0:
            raise ValueError(f"A Spectrum has from 1 to {MOST} eigenvalues, all positive, not {first}.")
        low, high = (min(first) / 10, max(first) * 10) if axis is None else interval("axis", axis)
        self._line = Slider(first[0], low, high, "log")
        self._edge, self._best, self._scaled = edge, instance("best", {} if best is None else best, dict), scaled
        self._fraction = real("fraction", fraction, 0, 1)
        settings = [*inspect.signature(function("factor", factor)).parameters][1:]
        more = []
        if scaled is not None:
            if len(first) != 2:
                raise ValueError(f"What is scaled are two eigenvalues, not {len(first)}.")
            asked = inspect.signature(function("scaled", scaled)).parameters
            more = [name for name in asked if name not in ("low", "high")]
        for what, asked, known in [
            ("edge", edge, settings),
            *((f"best {name}", asked, ("low", "high", *settings)) for name, asked in self._best.items()),
        ]:
            if asked is not None:
                check_names(f"The {what}", "argument", inspect.signature(function(what, asked)).parameters, known)
        check_names("The best", "setting", self._best, settings)
        super().__init__(
            factor,
            arguments,
            title=title,
            ylabel="factor in a step",
            goal=goal,
            marks=None,
            others=more,
            line=self._line.spec("eigenvalue", "eigenvalue λ"),
            best=list(self._best),
            fraction=self._fraction,
            compiled={
                "edge": compile_function(edge) if edge else "null",
                "scaled": compile_function(scaled) if scaled else "null",
                "best": f"[{', '.join(map(compile_function, self._best.values()))}]",
            },
        )
        self.eigenvalues = first

    def modes(self) -> np.ndarray:
        """The eigenvalues that the rule meets: those of the line, or what ``scaled`` makes of them.

        Returns:
            an array of shape (modes,), in the order of ``eigenvalues``.
        """
        if self._scaled is None:
            return np.array(self.eigenvalues)
        given = {"low": min(self.eigenvalues), "high": max(self.eigenvalues)} | self.values
        result = self._scaled(**{name: given[name] for name in inspect.signature(self._scaled).parameters})
        return np.array([*(result.values() if isinstance(result, dict) else result)], dtype=float)

    def factors(self) -> np.ndarray:
        """By what each mode's error is multiplied in a step.

        Returns:
            an array of shape (modes,), in the order of `modes`.
        """
        return self._factor(self.modes())

    def slowest(self) -> float:
        """The largest of the factors, that of the slowest mode.

        Returns:
            a float; the error does not shrink where it is 1 or more.
        """
        return float(np.max(self.factors()))

    def steps(self) -> float:
        """How many steps the slowest mode takes to the fraction asked for.

        Returns:
            a whole number, or infinity where the error does not shrink.
        """
        return _steps(self.slowest(), self._fraction)

    def _factor(self, eigenvalues):
        names = inspect.signature(self._formula).parameters
        settings = {name: self.values[name] for name in names if name in self.values}
        with np.errstate(all="ignore"):
            return np.broadcast_to(self._formula(eigenvalues, **settings), np.shape(eigenvalues))

    def figure(self):
        with plt.style.context("steepest.course"):
            figure, ax = plt.subplots(figsize=(6.4, 3.4), dpi=96)
            across = np.geomspace(self._line.low, self._line.high, 400)
            ax.plot(across, self._factor(across), color=CURVES[0][0], alpha=0.5)
            modes, factors, shelf = self.modes(), self.factors(), 0.0
            if self._scaled is not None:  # the line's eigenvalues lie below, and lead to those that the rule meets
                shelf, drawn = -0.42, np.sort(self.eigenvalues)
                ax.plot([drawn, np.sort(modes)], [[shelf], [0]], ":", color=plots.THEORY)
                ax.plot(drawn, [shelf, shelf], "o", color=CURVES[1][0])
                ax.axhline(0, color="black", linewidth=0.8)
            ax.vlines(modes, 0, np.minimum(factors, 1.4), color=CURVES[0][0])
            ax.plot(modes, np.minimum(factors, 1.4), "o", color=CURVES[0][0])
            ax.axhline(1, linestyle=":", color=plots.THEORY)
            if self._edge:
                edge = self._edge(**{name: self.values[name] for name in inspect.signature(self._edge).parameters})
                ax.axvspan(edge, max(edge, self._line.high), color="#d6002f", alpha=0.12)
            ax.set(xscale="log", xlim=(self._line.low, self._line.high), ylim=(shelf and shelf - 0.12, 1.4))
            ax.set_yticks(np.arange(0, 1.5, 0.2))
            ax.set(xlabel="eigenvalue λ", ylabel=self._ylabel)
        told = ", ".join(f"{mode:.3g} keeps {factor:.3g}" for mode, factor in zip(modes, factors, strict=True))
        become = ""
        if self._scaled is not None:
            line, met = (" and ".join(f"{one:.3g}" for one in sorted(two)) for two in (self.eigenvalues, modes))
            become = f"The eigenvalues {line} become {met}. "
        steps = self.steps()
        end = f"{steps:g} steps" if math.isfinite(steps) else "no number of steps"
        return figure, (
            f"{self._title}, at {self._settings() or 'no setting'}. {become}"
            f"Of the eigenvalues, {told} of its error in a step. "
            f"The slowest takes {end} to a fraction of {self._fraction:g}."
        )

    @validate("eigenvalues")
    def _check_eigenvalues(self, proposal):
        given = proposal["value"]
        if self.eigenvalues and len(given) != len(self.eigenvalues):
            raise ValueError(f"This Spectrum has {len(self.eigenvalues)} eigenvalues, not {len(given)}.")
        return [self._line.check("An eigenvalue", real("An eigenvalue", value)) for value in given]

    def __repr__(self):
        return f"Spectrum({self._title!r}, {[float(f'{value:.4g}') for value in self.eigenvalues]}, {self._settings()})"


def _steps(factor, fraction):
    """How many steps a factor takes to a fraction; infinite where it does not shrink."""
    if factor == 0:
        return 1
    return math.ceil(math.log(fraction) / math.log(factor)) if factor < 1 else math.inf
