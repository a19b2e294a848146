"""A small network in training, whose learning rate the reader changes while its sharpness follows."""

import inspect
import json
from collections.abc import Callable, Sequence
from typing import ClassVar

import matplotlib.pyplot as plt
import numpy as np
from traitlets import Bool, Int, List, validate

from steepest import plots
from steepest.arguments import function, instance, real, several, whole
from steepest.curvature import FIRST, SEED, THEN, Edge, follow, named_values
from steepest.live.controls import Slider, check_names
from steepest.live.javascript import compile_arrays, compile_function, compile_rule
from steepest.live.liveplot import Task
from steepest.live.widget import Live
from steepest.optimizers import Optimizer
from steepest.problems import CurveNetwork

#: The most steps that a run may have.
MOST_STEPS = 6000

#: How many of the last steps a goal looks at.
LATE = 200


class EdgeOfStability(Live):
    """A network that is trained on all its data, live: its sharpness against the edge that the learning rate sets.

    A link to it, on a page, may set ``lr``: the run then begins with that learning rate, and goes as far as at first.

    Args:
        optimizer: any `steepest.optimizers.Optimizer` with a learning rate.
        network: a `steepest.problems.CurveNetwork`.
        edge: the sharpness at which the rule becomes unstable, as a function of its hyperparameters by name.
        scale: as in `steepest.curvature.follow`.
        formula: that function as the page writes it, short, such as ``"2/η"``.
        lr: a `Slider` for the learning rate.
        changes: pairs of a step and the learning rate from then on, the first at step 0; the slider's first value all
            the way where it is None.
        steps: how many steps have been taken when the reader comes, at most 6,000.
        highest: the top of the axis of sharpness.
        seed: of the first parameters.
        goal: a `Task` whose condition is a function of ``sharpness``, its mean over the last 200 steps, and of
            ``lr``, the learning rate now; or None.

    Attributes:
        changes: the learning rates so far; the slider adds to them.
        steps: how many steps have been taken.
        met: whether the goal is met; set by the page.

    Raises:
        ValueError, TypeError: what cannot be run or shown; the message says why.
        CompileError: an optimizer that cannot be compiled.

    >>> from steepest import GradientDescent
    >>> from steepest.datasets import wave
    >>> EdgeOfStability(GradientDescent(), wave(), lambda lr: 2 / lr, formula="2/η", lr=Slider(0.2, 0.1, 0.5), steps=10)
    EdgeOfStability(GradientDescent, changes=[[0, 0.2]], steps=10)
    """

    _files: ClassVar = ("words_edge", "descend", "training", "edge")
    _function: ClassVar = "edge"

    changes = List().tag(sync=True)
    steps = Int().tag(sync=True)
    met = Bool(False).tag(sync=True)

    def __init__(
        self,
        optimizer: Optimizer,
        network: CurveNetwork,
        edge: Callable,
        *,
        formula: str,
        lr: Slider,
        changes: Sequence | None = None,
        steps: int = 600,
        highest: float = 40.0,
        seed: int = 0,
        scale: Callable | None = None,
        goal: Task | None = None,
    ):
        instance("optimizer", optimizer, Optimizer)
        instance("network", network, CurveNetwork)
        instance("lr", lr, Slider)
        self._formula = instance("formula", formula, str)
        if goal is not None:
            instance("goal", goal, Task)
            check_names("The goal", "quantity", inspect.signature(goal.met).parameters, ("sharpness", "lr"))
        self._optimizer, self._network, self._edge, self._scale = optimizer, network, edge, scale
        self._lr = lr
        self._highest, self._seed = real("highest", highest), whole("seed", seed)
        function("edge", edge)
        if scale is not None:
            function("scale", scale)
        self._measured = "preconditioned sharpness" if scale else "sharpness"
        named_values(edge, optimizer.hyperparameters)
        super().__init__(
            self._compile(goal),
            name=f"{optimizer.name} at the edge",
            changes=[[0, lr.value]] if changes is None else several("changes", changes),
            steps=whole("steps", steps, 0, MOST_STEPS),
        )

    def _compile(self, goal):
        network = self._network
        w, d = network.init(self._seed)["w"], len(network.init()["w"])
        start = np.random.default_rng(SEED).normal(size=w.shape)
        spec = {
            "title": self._optimizer.name,
            "lr": self._lr.spec("lr"),
            "hyper": self._optimizer.hyperparameters,
            "x": network.x.tolist(),
            "y": network.y.tolist(),
            "w": w.tolist(),
            "direction": start.tolist(),
            "rounds": [FIRST, THEN],
            "most": MOST_STEPS,
            "measured": self._measured,
            "formula": self._formula,
            "highest": self._highest,
            "late": LATE,
            "goal": goal and goal.text,
        }

        def output(x, w):
            return network.outputs({"w": w}, x)

        parts = {
            "spec": json.dumps(spec, ensure_ascii=False),
            "rule": compile_rule(self._optimizer),
            "output": compile_arrays(output, x=1, w=d),
            "gradient": compile_arrays(network.gradient_at, x=1, y=1, w=d),
            "product": compile_arrays(network.hessian_product_at, x=1, y=1, w=d, v=d),
            "edge": compile_function(self._edge),
            "scale": compile_function(self._scale) if self._scale else "null",
            "met": compile_function(goal.met) if goal else "null",
        }
        return f"{{ {', '.join(f'{name}: {part}' for name, part in parts.items())} }}"

    @validate("changes")
    def _check_changes(self, proposal):
        changes = [[whole("The step of a change", step), self._lr.check("lr", lr)] for step, lr in proposal["value"]]
        if not changes or changes[0][0] != 0 or np.any(np.diff([step for step, _ in changes]) <= 0):
            raise ValueError(f"The changes are pairs of a step and a learning rate, from step 0 on, not {changes}.")
        return changes

    @validate("steps")
    def _check_steps(self, proposal):
        return whole("steps", proposal["value"], 0, MOST_STEPS)

    def __repr__(self):
        return f"EdgeOfStability({type(self._optimizer).__name__}, changes={self.changes}, steps={self.steps})"

    def learning_rates(self) -> np.ndarray:
        """The learning rate of each step taken.

        Returns:
            an array of shape (steps,).
        """
        began, lr = zip(*self.changes, strict=True)
        return np.array(lr)[np.searchsorted(began, np.arange(self.steps), side="right") - 1]

    def run(self) -> Edge:
        """The run so far, computed by NumPy.

        Returns:
            the `steepest.curvature.Edge`.
        """
        return follow(self._optimizer, self._network, self.learning_rates(), seed=self._seed, scale=self._scale)

    def figure(self):
        run, lr = self.run(), self.learning_rates()
        known = {**self._optimizer.hyperparameters, "lr": np.append(lr, self.changes[-1][1])}
        edge = self._edge(**named_values(self._edge, known))
        with plt.style.context("steepest.course"):
            figure, (above, below) = plt.subplots(2, 1, sharex=True, dpi=96, figsize=(6.6, 4.4))
            above.plot(run.sharpness, color=plots.style(self._optimizer).color, linewidth=0.8, label=self._measured)
            above.plot(
                np.broadcast_to(edge, run.sharpness.shape),
                linestyle="--",
                color=plots.THEORY,
                label=f"the edge {self._formula}",
            )
            above.set(ylabel=self._measured, ylim=(0, self._highest))
            above.legend()
            plots.losses(below, run.losses, self._optimizer, linewidth=0.8)
        return figure, (
            f"Above, the {self._measured} of a small network over {self.steps} steps of {self._optimizer.name}: it "
            f"starts at {run.sharpness[min(1, self.steps)]:.3g} and ends at {run.sharpness[-1]:.3g}, where the edge is "
            f"at {np.ravel(edge)[-1]:.3g}. Below, the loss, which goes from {run.losses[0]:.3g} to "
            f"{run.losses[-1]:.3g}."
        )
