"""The update rules of the course, in the order in which it meets them.

Each optimizer is a dataclass of hyperparameters with one method, ``step``, that *is* its equation:
it takes the gradient and the state of one parameter and returns what is added to that parameter.
All rules but those for matrices (FullAdaGrad, Shampoo, SOAP, Muon) are element-wise, and these take the axes
before the last two for a batch. So a hyperparameter may be an array that broadcasts against the parameter, and
a whole learning-rate × momentum map is one run.

To add an optimizer, add a class here, with what only its author knows (`About`) at its end. `OPTIMIZERS` lists it, and
with it the tests do. Which rules a page shows is for the page to say.
"""

import copy
import inspect
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from steepest.eigen import eigenvectors, power
from steepest.orthogonal import orthogonalize


@dataclass(frozen=True)
class Hyperparameter:
    """What a hyperparameter means, wherever it appears: its symbol and the range in which it makes sense.

    The range holds ``low`` but not ``high``.
    """

    symbol: str
    meaning: str
    low: float = 0.0
    high: float = math.inf

    @property
    def range(self) -> str:
        """The range in interval notation, for messages and tables."""
        return f"[{self.low:g}, {self.high:g})".replace("inf", "∞")


#: One name per quantity: every optimizer that has one of these hyperparameters calls it so.
HYPERPARAMETERS = {
    "lr": Hyperparameter(r"\eta", "learning rate"),
    "momentum": Hyperparameter(r"\mu", "momentum: the fraction of the velocity kept at each step", high=1.0),
    "decay": Hyperparameter(r"\rho", "decay: the fraction of the average kept at each step", high=1.0),
    "beta1": Hyperparameter(r"\beta_1", "decay of the first average", high=1.0),
    "beta2": Hyperparameter(r"\beta_2", "decay of the second average", high=1.0),
    "eps": Hyperparameter(r"\varepsilon", "small constant that keeps a division finite"),
    "eps_root": Hyperparameter(r"\bar\varepsilon", "small constant inside a root"),
    "initial": Hyperparameter("a", "what the sum or average of squared gradients starts from"),
    "dampening": Hyperparameter(r"\tau", "dampening: the fraction of a gradient kept out of the velocity", high=1.0),
    "lr_decay": Hyperparameter(r"\gamma", "how fast the learning rate falls"),
    "weight_decay": Hyperparameter(r"\lambda_{\mathrm{wd}}", "weight decay: the pull of w to zero, in units of 1 / lr"),
}


@dataclass(frozen=True, kw_only=True)
class About:
    """What no code can tell about a rule, and its author knows.

    Attributes:
        textbook: its equations as a textbook prints them, in LaTeX: first what is remembered, then ``w_t``, then the
            definitions of functions that they use.
        fixes: what was wrong before it, in a phrase.
        breaks: where it fails, in a phrase.
        use: when to take it, in a phrase.
        lr: a learning rate that suits the surfaces of the course.
        lr_per_curvature: whether steps are in proportion to the gradient; then ``lr`` is in units of one over the
            largest curvature, and otherwise in units of w.
        reaches: how near to a minimum a thousand steps with that learning rate lead on a surface of the course whose
            condition number there is below 100; None where they lead elsewhere.
    """

    textbook: list[str]
    fixes: str
    breaks: str
    use: str
    lr: float = 0.01
    lr_per_curvature: bool = False
    reaches: float | None = None


class State:
    """What an optimizer remembers about one parameter, and the number ``t`` of the step under way.

    A quantity that has not been set yet reads as zeros of the parameter's shape, so a rule needs no
    initialisation unless it starts somewhere else (see `Optimizer.init`). A step can also read ``w``, the
    parameter itself as it was before the step; few rules need it.
    """

    _shape: tuple
    _dtype: Any
    _assumed: set  # the names of what was read before it was set

    def __init__(self, shape: tuple, dtype: Any = float):
        vars(self).update(_shape=shape, _dtype=dtype, _assumed=set())

    @property
    def w(self) -> np.ndarray:
        """The parameter before the step under way, read-only."""
        return self._w

    def __setattr__(self, name, value):
        # These names are taken: the value would be lost, or mean something else in the printed equations.
        if name in _TAKEN or name.startswith("_"):
            raise AttributeError(f"state.{name} cannot be set: {_another_name(name)}")
        self.__dict__[name] = value

    def __getattr__(self, name):  # called only for what has not been set
        check_readable(name)
        self._assumed.add(name)
        return np.zeros(self._shape, self._dtype)

    @property
    def quantities(self) -> dict:
        """The quantities remembered, by name."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_") and name != "t"}

    def copy(self) -> "State":
        """A copy that shares no array with this state.

        Returns:
            a `State` of the same shape with the quantities remembered. Its ``t`` and ``w`` come with its next step.
        """
        new = State(self._shape, self._dtype)
        vars(new).update({name: np.array(value) for name, value in self.quantities.items()})
        return new


#: What a quantity of a `State` cannot be called.
_TAKEN = {"g", "t", *dir(State)}


def _another_name(name):
    """What to call a quantity instead, in a sentence or two."""
    if not name.startswith("_"):
        return "call what is to be remembered by another name."
    free = name.rpartition("__")[2].strip("_")  # Python makes _Class__v of a __v within a class
    return (
        f"what begins with _ is not remembered from step to step. "
        f"Call it state.{free if free and free not in _TAKEN else 'v'}."
    )


def check_readable(name: str) -> None:
    """Raise AttributeError for what a state has not been given and that does not count as zero.

    Args:
        name: what a rule has read of its `State`.
    """
    if name in ("t", "w"):
        raise AttributeError(f"state.{name} has no value before the first step: init can use hyperparameters only.")
    if name.startswith("__") and name.endswith("__"):  # Python and NumPy look for such names, and go on without them
        raise AttributeError(name)
    if name.startswith("_"):
        raise AttributeError(f"state.{name} cannot be read: {_another_name(name)}")


class Optimizer:
    """Base of all optimizers: makes a rule for one parameter a method for a whole model.

    A subclass is a dataclass of hyperparameters with a method ``step(g, state)`` that returns what is
    added to the parameter, and sets what ``state`` has to remember. If a quantity does not start at zero,
    ``init(state)`` sets it. A rule that needs the parameter itself reads ``state.w``.

    >>> import numpy as np
    >>> @dataclass
    ... class SignDescent(Optimizer):
    ...     lr: float = 0.1
    ...
    ...     def step(self, g, state):
    ...         return -self.lr * np.sign(g)
    >>> w = np.array([1.0, -2.0])
    >>> SignDescent().update({"w": w}, {"w": np.array([30.0, -0.5])})
    >>> w
    array([ 0.9, -1.9])
    """

    label: ClassVar[str] = ""

    #: What the course says of the rule; a subclass of a rule has to say it anew.
    about: ClassVar[About | None] = None

    #: The number of steps taken so far.
    t = 0

    # Said for type checkers: every subclass is a dataclass, and nearly every one has a learning rate.
    __dataclass_fields__: ClassVar[dict]
    lr: Any

    _states: Mapping = MappingProxyType({})

    def __init__(self, *args: Any, **kwargs: Any):
        """What a class without `dataclass` above it has; every other has an ``__init__`` of its own."""
        raise TypeError(_NO_DATACLASS.format(type(self).__name__))

    def __post_init__(self):
        # A class that extends a rule has that one's __init__, which does not know what this class annotates.
        own = {} if "__dataclass_fields__" in vars(type(self)) else inspect.get_annotations(type(self))
        if any("ClassVar" not in str(kind) for kind in own.values()):
            raise TypeError(_NO_DATACLASS.format(type(self).__name__))

    def __setattr__(self, name, value):
        if name in getattr(type(self), "__dataclass_fields__", ()):
            _check_hyperparameter(type(self).__name__, name, value)
        super().__setattr__(name, value)

    def step(self, g: np.ndarray, state: State) -> np.ndarray:
        """What is added to a parameter whose gradient is ``g``.

        Returns:
            an array of the gradient's shape.
        """
        raise NotImplementedError(f"{type(self).__name__} has no step(self, g, state): write its update rule there.")

    def init(self, state: State) -> None:
        """Set what ``state`` starts from, where that is not zero."""

    def update(self, params: dict, grads: dict, *, check_finite: bool = False) -> None:
        """Take one step: change every array in ``params``, in place.

        Args:
            params: the parameters by name, floating-point arrays of any shape that share no memory.
            grads: their gradients, with the same names and shapes. They are brought to the parameters' type before
                anything is computed; a step of float16 parameters is computed in float32, where squares have room. The
                squares of float64 gradients beyond 1e154, of float32 ones beyond 1e19, are infinite: NumPy warns, and a
                rule that divides by their root takes no step.
            check_finite: whether to refuse a gradient that is infinite or not a number.

        Raises:
            KeyError: a parameter without a gradient, or a gradient without a parameter.
            TypeError: a parameter that is not a floating-point array, or a gradient that holds no real numbers.
            ValueError: shapes that differ, parameters that overlap in memory, a gradient too large for the parameter's
                type, parameters other than those of the steps before or, if asked to check, a gradient that is not
                finite.

        Where it raises, parameters and state are as they were before the call.
        """
        self._check(params, grads, check_finite)
        new_params, new_states = {}, {}
        for name, w in params.items():
            dtype = w.dtype if w.dtype.itemsize > 2 else np.dtype(np.float32)
            if self.t:
                state = self._states[name].copy()
            else:
                state = State(w.shape, dtype)
                self.init(state)
            g, old = _as_type(name, grads[name], dtype), w.view() if dtype is w.dtype else w.astype(dtype)
            g.flags.writeable = old.flags.writeable = False  # they are the caller's: no rule may change them
            vars(state).update(t=self.t + 1, _w=old)
            step = self.step(g, state)
            if step is None:
                raise TypeError(f"{type(self).__name__}.step returns nothing: it must return what is added to w.")
            new = w + step
            if new.shape != w.shape:
                raise ValueError(
                    f"Parameter {name!r} has shape {w.shape}, but the hyperparameters make its step {new.shape}: "
                    f"give the parameter that shape, with one copy for each setting."
                )
            quantities = state.quantities
            if never_set := sorted(state._assumed - quantities.keys()):
                raise AttributeError(
                    f"{type(self).__name__}.step reads state.{never_set[0]} but never sets it, so it would stay zero."
                )
            for quantity, value in quantities.items():  # a view of the caller's array would change with it
                if getattr(value, "base", None) is not None:
                    setattr(state, quantity, np.array(value))
            new_params[name], new_states[name] = new, state
        for name, w in params.items():
            w[...] = new_params[name]
        self._states = new_states
        self.t += 1

    def result(self, params: dict) -> dict:
        """The parameters to use, from those that the steps have reached: the same, unless the rule has better ones.

        Args:
            params: the parameters by name, as the steps have left them.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        return params

    def _check(self, params, grads, check_finite):
        """Refuse parameters and gradients of which no step can be taken, before anything has changed."""
        for argument, given in {"params": params, "grads": grads}.items():
            if not isinstance(given, Mapping):
                raise TypeError(f"{argument} must be a dict of arrays by name, not {given!r}.")
        if not params:
            raise ValueError("There are no parameters to update: params is empty.")
        for name in params.keys() - grads.keys():
            raise KeyError(f"Parameter {name!r} has no gradient; grads has {sorted(grads)}.")
        for name in grads.keys() - params.keys():
            raise KeyError(f"The gradient {name!r} has no parameter; params has {sorted(params)}.")
        if self.t and params.keys() != self._states.keys():
            raise ValueError(
                f"The steps before changed {sorted(self._states)}, this one is to change {sorted(params)}: "
                f"call reset(), or use a fresh() optimizer, for another model."
            )
        for name, w in params.items():
            if not isinstance(w, np.ndarray):
                raise TypeError(f"Parameter {name!r} is a {type(w).__name__}; only an array can be changed in place.")
            if w.dtype.kind != "f":
                raise TypeError(
                    f"Parameter {name!r} holds {w.dtype} values, which cannot take a fractional step: "
                    f"use .astype(float)."
                )
            if not w.flags.writeable:
                raise ValueError(f"Parameter {name!r} is read-only, so it cannot be changed in place: pass a copy.")
            if np.shape(grads[name]) != w.shape:
                raise ValueError(
                    f"Parameter {name!r} has shape {w.shape}, but its gradient has {np.shape(grads[name])}."
                )
            if self.t and w.shape != self._states[name]._shape:
                raise ValueError(
                    f"Parameter {name!r} has shape {w.shape}, but had {self._states[name]._shape} in the steps before: "
                    f"call reset(), or use a fresh() optimizer, for another model."
                )
            if check_finite and not np.all(np.isfinite(grads[name])):
                raise ValueError(
                    f"The gradient of parameter {name!r} is not finite at step {self.t + 1}; a smaller lr may help."
                )
        for one, other in itertools.combinations(params, 2):
            if np.may_share_memory(params[one], params[other]) and np.shares_memory(params[one], params[other]):
                raise ValueError(f"Parameters {one!r} and {other!r} share memory, so one step would undo the other.")

    def reset(self) -> Self:
        """Forget everything but the hyperparameters.

        Returns:
            the optimizer itself.
        """
        self.t, self._states = 0, {}
        return self

    def fresh(self) -> Self:
        """A copy with the same hyperparameters that has taken no step yet.

        Returns:
            an optimizer of the same class; this one keeps what it remembers.
        """
        return copy.copy(self).reset()

    @property
    def state(self) -> dict:
        """What is remembered, by parameter and quantity, as ``{"w": {"v": array}}``; empty before the first step."""
        return {name: state.quantities for name, state in self._states.items()}

    @property
    def hyperparameters(self) -> dict:
        """The hyperparameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def name(self) -> str:
        """The name that legends and tables show."""
        return type(self).label or type(self).__name__


#: What to tell who has written a rule and forgotten the decorator.
_NO_DATACLASS = (
    "Put @dataclass above the class {}: it makes what is annotated there, such as lr: float = 0.1, a hyperparameter."
)


def _as_type(name, gradient, dtype):
    """A view of a gradient, or a copy in another type: the squares of integers, say, would overflow in their own."""
    given = np.asarray(gradient)
    if given.dtype == dtype:
        return given.view()
    if given.dtype.kind not in "biuf":
        raise TypeError(f"The gradient of parameter {name!r} must hold real numbers, not {given.dtype} values.")
    with np.errstate(over="ignore"):
        g = given.astype(dtype)
    if np.any(np.isinf(g) & np.isfinite(given)):
        raise ValueError(f"The gradient of parameter {name!r} is too large for {dtype} values.")
    return g


def _check_hyperparameter(optimizer, name, value):
    """Refuse a value that a known hyperparameter cannot have."""
    known = HYPERPARAMETERS.get(name)
    if known is None:  # a hyperparameter that only this optimizer has: it checks the range itself, if at all
        return
    if not isinstance(value, (int, float, np.number, np.ndarray)) or np.asarray(value).dtype.kind not in "iuf":
        raise TypeError(f"{optimizer}: {name} must be a number or an array of numbers, not {value!r}.")
    if not np.all((known.low <= np.asarray(value)) & (np.asarray(value) < known.high)):
        raise ValueError(f"{optimizer}: {name} ({known.meaning}) must lie in {known.range}, not {value!r}.")


@dataclass
class GradientDescent(Optimizer):
    """Step against the gradient.

        w ← w − ηg

    Args:
        lr: η in [0, ∞), in units of w per unit of gradient.

    >>> import numpy as np
    >>> w = np.array([1.0, -2.0])
    >>> GradientDescent(lr=0.1).update({"w": w}, {"w": np.array([1.0, 1.0])})
    >>> w
    array([ 0.9, -2.1])

    Source: Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées" (1847).
    Differs from: no framework; `torch.optim.SGD`, `optax.sgd` and `keras.optimizers.SGD` are this rule
    when their momentum is zero.
    """

    label = "Gradient descent"

    lr: float = 0.01

    def step(self, g, state):
        return -self.lr * g

    about = About(
        textbook=[r"w_t = w_{t-1} - \eta g_t"],
        fixes="guessing a direction; on minibatches (SGD) also the cost of a pass for each step",
        breaks="ravines; one learning rate for all; does not settle on minibatches unless the rate falls",
        use="the baseline; convex problems whose edge 2/L you know; memory is scarce",
        lr=1.0,
        lr_per_curvature=True,
        reaches=1e-9,
    )


@dataclass
class SGD(GradientDescent):
    """`GradientDescent` under its usual name when g is the gradient on a minibatch. The rule is the same.

    >>> SGD(lr=0.1)
    SGD(lr=0.1)

    Source: Robbins and Monro, "A stochastic approximation method" (1951), equation (6).
    """

    label = "SGD"


@dataclass
class Momentum(Optimizer):
    """Add up past steps in a velocity that decays: the heavy ball.

        v ← μv − ηg
        w ← w + v

    Args:
        lr: η in [0, ∞), in units of w per unit of gradient.
        momentum: μ in [0, 1), the fraction of the velocity kept at each step.

    >>> import numpy as np
    >>> w, optimizer = np.array([0.0]), Momentum(lr=0.1, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.update({"w": w}, {"w": np.array([1.0])})
    >>> w
    array([-0.25])

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods" (1964), equation (9);
    in this velocity form, Sutskever et al., "On the importance of initialization and momentum in deep
    learning" (2013), equations (1) and (2).
    Differs from: `torch.optim.SGD` and `optax.sgd`, whose velocity is not yet multiplied by η. The two
    part ways only when η changes during the run.
    """

    lr: float = 0.01
    momentum: float = 0.9

    def step(self, g, state):
        state.v = self.momentum * state.v - self.lr * g
        return state.v

    about = About(
        textbook=[
            r"v_t = \mu v_{t-1} - \eta g_t",
            r"w_t = w_{t-1} + v_t",
        ],
        fixes="zigzag across ravines; slow flat stretches",
        breaks="overshoots and rings; one learning rate for all; does not average noise away",
        use="networks that plain SGD trains, only faster; tune the learning rate over a wide grid",
        lr=1.0,
        lr_per_curvature=True,
        reaches=1e-9,
    )


@dataclass
class Nesterov(Optimizer):
    """Momentum with the gradient taken where the velocity is about to carry the parameter.

        w ← w + μ²v − (1 + μ)ηg
        v ← μv − ηg

    This is the shifted form: w is the look-ahead point itself, so g is the gradient at w. The velocity in
    the first line is the one *before* the step.

    Args:
        lr: η in [0, ∞), in units of w per unit of gradient.
        momentum: μ in [0, 1), the fraction of the velocity kept at each step.

    >>> import numpy as np
    >>> w = np.array([0.0])
    >>> Nesterov(lr=1.0, momentum=0.9).update({"w": w}, {"w": np.array([1.0])})
    >>> w
    array([-1.9])

    Source: Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k²)"
    (1983); in this form, Bengio, Boulanger-Lewandowski and Pascanu, "Advances in optimizing recurrent
    networks" (2013), equation (7).
    Differs from: `torch.optim.SGD(nesterov=True)` and `optax.sgd(nesterov=True)` in the same way as
    `Momentum`; much teaching code uses the velocity *after* the step in the first line, which is a bug.
    """

    lr: float = 0.01
    momentum: float = 0.9

    def step(self, g, state):
        step = self.momentum**2 * state.v - (1 + self.momentum) * self.lr * g
        state.v = self.momentum * state.v - self.lr * g
        return step

    about = About(
        textbook=[
            r"v_t = \mu v_{t-1} - \eta g_t",
            r"w_t = w_{t-1} + \mu^2 v_{t-1} - (1 + \mu) \eta g_t",
        ],
        fixes="some of momentum's ringing; the rate for smooth convex losses",
        breaks="unstable at a lower learning rate than momentum; no gain where noise rules",
        use="in place of momentum, at no cost; tune it on its own grid",
        lr=1.0,
        lr_per_curvature=True,
        reaches=1e-9,
    )


@dataclass
class AdaGrad(Optimizer):
    """Divide each coordinate's step by the root of the sum of its squared gradients.

        h ← h + g²
        w ← w − ηg / (√h + ε)

    Args:
        lr: η in [0, ∞), in units of w: the length of the first step.
        eps: ε in [0, ∞), in units of the gradient.

    >>> import numpy as np
    >>> w = np.array([0.0, 0.0])
    >>> AdaGrad(lr=0.5).update({"w": w}, {"w": np.array([100.0, 1e-3])})
    >>> w.round(4)
    array([-0.5, -0.5])

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization" (2011), figure 1, with a diagonal matrix and no constraint.
    Differs from: `optax.adagrad` and `keras.optimizers.Adagrad`, which start h at 0.1 and put ε inside the root.
    """

    lr: float = 0.01
    eps: float = 1e-8

    def step(self, g, state):
        state.h = state.h + g**2
        return -self.lr * g / (np.sqrt(state.h) + self.eps)

    about = About(
        textbook=[
            r"h_t = h_{t-1} + g_t^2",
            r"w_t = w_{t-1} - \frac{\eta g_t}{\sqrt{h_t} + \varepsilon}",
        ],
        fixes="one learning rate for all: rare features get long steps",
        breaks="its sum only grows, so it slows down for ever; depends on the axes",
        use="sparse features, convex losses, runs of a known length",
        lr=0.5,
        reaches=1e-6,
    )


@dataclass
class RMSProp(Optimizer):
    """Divide each coordinate's step by the root of a moving average of its squared gradients.

        h ← ρh + (1 − ρ)g²
        w ← w − ηg / (√h + ε)

    Args:
        lr: η in [0, ∞), in units of w: the length of a step under a constant gradient, in the long run.
        decay: ρ in [0, 1), the fraction of the average kept at each step.
        eps: ε in [0, ∞), in units of the gradient.

    >>> import numpy as np
    >>> w = np.array([0.0])
    >>> RMSProp(lr=1.0, decay=0.9).update({"w": w}, {"w": np.array([100.0])})
    >>> w.round(4)
    array([-3.1623])

    Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", Neural Networks for Machine Learning (2012).
    Differs from: `optax.rmsprop` and `keras.optimizers.RMSprop`, which put ε inside the root;
    `torch.optim.RMSprop` has another default decay, 0.99.
    """

    lr: float = 0.001
    decay: float = 0.9
    eps: float = 1e-8

    def step(self, g, state):
        state.h = self.decay * state.h + (1 - self.decay) * g**2
        return -self.lr * g / (np.sqrt(state.h) + self.eps)

    about = About(
        textbook=[
            r"h_t = \rho h_{t-1} + (1 - \rho) g_t^2",
            r"w_t = w_{t-1} - \frac{\eta g_t}{\sqrt{h_t} + \varepsilon}",
        ],
        fixes="AdaGrad's memory without end",
        breaks="never comes to rest at a constant rate; long first steps; no inertia; depends on the axes",
        use="gradients whose scale changes during the run; mostly replaced by Adam",
        lr=0.01,
        reaches=0.01,  # it ends in a cycle
    )


@dataclass
class Adam(Optimizer):
    """Momentum and RMSProp together, both averages corrected for their start at zero.

        m ← β₁m + (1 − β₁)g
        h ← β₂h + (1 − β₂)g²
        w ← w − η m̂ / (√ĥ + ε),   m̂ = m / (1 − β₁ᵗ),   ĥ = h / (1 − β₂ᵗ),   t = 1, 2, …

    Args:
        lr: η in [0, ∞), in units of w: the length of the first step.
        beta1: β₁ in [0, 1), the fraction of the average of gradients kept at each step.
        beta2: β₂ in [0, 1), the fraction of the average of squared gradients kept at each step.
        eps: ε in [0, ∞), in units of the gradient.

    >>> import numpy as np
    >>> w = np.array([0.0, 0.0])
    >>> Adam(lr=0.5).update({"w": w}, {"w": np.array([100.0, 1e-3])})
    >>> w.round(4)
    array([-0.5, -0.5])

    Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015), Algorithm 1. The paper
    writes v for h; here v is always a velocity.
    Differs from: `keras.optimizers.Adam`, which is the paper's ε-hat form: it adds ε to the uncorrected √h.
    """

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t)
        h_hat = state.h / (1 - self.beta2**state.t)
        return -self.lr * m_hat / (np.sqrt(h_hat) + self.eps)

    about = About(
        textbook=[
            r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
            r"h_t = \beta_2 h_{t-1} + (1 - \beta_2) g_t^2",
            r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
            r"\hat{h}_t = \frac{h_t}{1 - \beta_2^t}",
            r"w_t = w_{t-1} - \frac{\eta \hat{m}_t}{\sqrt{\hat{h}_t} + \varepsilon}",
        ],
        fixes="RMSProp's first steps, and its lack of inertia",
        breaks="rare large gradients; never comes to rest at a constant rate; depends on the axes",
        use="a first try on a new network, with a falling learning rate",
        lr=0.05,
        reaches=1e-9,
    )


@dataclass
class AMSGrad(Optimizer):
    """Adam that divides by the largest corrected h so far, so that no coordinate's learning rate ever rises.

        m ← β₁m + (1 − β₁)g
        h ← β₂h + (1 − β₂)g²
        h_max ← max(h_max, ĥ)
        w ← w − η m̂ / (√h_max + ε),   m̂ = m / (1 − β₁ᵗ),   ĥ = h / (1 − β₂ᵗ),   t = 1, 2, …

    Args:
        lr: η in [0, ∞), in units of w: the length of the first step.
        beta1: β₁ in [0, 1), the fraction of the average of gradients kept at each step.
        beta2: β₂ in [0, 1), the fraction of the average of squared gradients kept at each step.
        eps: ε in [0, ∞), in units of the gradient.

    >>> import numpy as np
    >>> w, optimizer = np.array([0.0]), AMSGrad(lr=1.0, beta1=0.0, beta2=0.5)
    >>> for g in 2.0, 1.0:
    ...     optimizer.update({"w": w}, {"w": np.array([g])})
    >>> w.round(4)
    array([-1.5])

    Source: Reddi, Kale and Kumar, "On the convergence of Adam and beyond" (2018), Algorithm 2, which corrects neither
    average.
    Differs from: no rule of `optax.amsgrad` with its eps_root of 0; `torch.optim.Adam(amsgrad=True)` and
    `keras.optimizers.Adam(amsgrad=True)` take the largest h before the correction.
    """

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t)
        h_hat = state.h / (1 - self.beta2**state.t)
        state.h_max = np.maximum(state.h_max, h_hat)
        return -self.lr * m_hat / (np.sqrt(state.h_max) + self.eps)

    about = About(
        textbook=[
            r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
            r"h_t = \beta_2 h_{t-1} + (1 - \beta_2) g_t^2",
            r"\hat{h}_t = \frac{h_t}{1 - \beta_2^t}",
            r"h_{\mathrm{max},t} = \max(h_{\mathrm{max},t-1}, \hat{h}_t)",
            r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
            r"w_t = w_{t-1} - \frac{\eta \hat{m}_t}{\sqrt{h_{\mathrm{max},t}} + \varepsilon}",
        ],
        fixes="the gap in Adam's proof: a learning rate of a coordinate never rises",
        breaks="one huge gradient shortens the steps for ever",
        use="large gradients that are rare and matter; elsewhere it does much as Adam does",
        lr=0.2,
        reaches=1e-9,
    )


@dataclass
class AdamW(Optimizer):
    """Adam with weight decay beside the step, where nothing divides it.

        m ← β₁m + (1 − β₁)g
        h ← β₂h + (1 − β₂)g²
        w ← w − η m̂ / (√ĥ + ε) − η λ_wd w,   m̂ = m / (1 − β₁ᵗ),   ĥ = h / (1 − β₂ᵗ),   t = 1, 2, …

    Both terms are taken at the w before the step.

    Args:
        lr: η in [0, ∞), in units of w: the length of the first step from w = 0.
        beta1: β₁ in [0, 1), the fraction of the average of gradients kept at each step.
        beta2: β₂ in [0, 1), the fraction of the average of squared gradients kept at each step.
        eps: ε in [0, ∞), in units of the gradient.
        weight_decay: λ_wd in [0, ∞), in units of 1 / η: each step takes the fraction η λ_wd off w.

    >>> import numpy as np
    >>> w = np.array([10.0, 0.0])
    >>> AdamW(lr=0.1, weight_decay=0.5).update({"w": w}, {"w": np.array([1.0, 1.0])})
    >>> w.round(4)
    array([ 9.4, -0.1])

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), Algorithm 2. The paper multiplies
    λ_wd by a schedule's factor and not by η; here, as in the frameworks, by η.
    Differs from: `optax.adamw` and `keras.optimizers.AdamW`, whose default λ_wd are 1e-4 and 0.004 and not the 0.01
    of `torch.optim.AdamW`; Keras's rest is its Adam, with ε beside the uncorrected √h.
    """

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.01

    def step(self, g, state):
        state.m = self.beta1 * state.m + (1 - self.beta1) * g
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        m_hat = state.m / (1 - self.beta1**state.t)
        h_hat = state.h / (1 - self.beta2**state.t)
        return -self.lr * m_hat / (np.sqrt(h_hat) + self.eps) - self.lr * self.weight_decay * state.w

    about = About(
        textbook=[
            r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
            r"h_t = \beta_2 h_{t-1} + (1 - \beta_2) g_t^2",
            r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
            r"\hat{h}_t = \frac{h_t}{1 - \beta_2^t}",
            r"w_t = w_{t-1} - \frac{\eta \hat{m}_t}{\sqrt{\hat{h}_t} + \varepsilon}"
            r" - \eta \lambda_{\mathrm{wd}} w_{t-1}",
        ],
        fixes="L2 in Adam, which pulls less where gradients are large",
        breaks="where Adam does; the decay has to be tuned with the learning rate",
        use="in place of Adam wherever weights are to be kept small",
        lr=0.05,  # and it ends beside the minimum, where its weight decay balances its steps
    )


@dataclass
class Lion(Optimizer):
    """Step by the sign of an average of gradients that gives the newest one more weight than the average kept.

        c = β₁m + (1 − β₁)g
        m ← β₂m + (1 − β₂)g
        w ← w − η (sign(c) + λ_wd w)

    The m in the first line is the one *before* the step.

    Args:
        lr: η in [0, ∞), in units of w: the length of every step, but for the weight decay.
        beta1: β₁ in [0, 1), the weight of the average, against the new gradient, in the step.
        beta2: β₂ in [0, 1), the fraction of the average of gradients kept at each step.
        weight_decay: λ_wd in [0, ∞), in units of 1 / η: each step takes the fraction η λ_wd off w.

    >>> import numpy as np
    >>> w = np.array([0.0, 0.0])
    >>> Lion(lr=0.5).update({"w": w}, {"w": np.array([100.0, -1e-3])})
    >>> w
    array([-0.5,  0.5])

    Source: Chen et al., "Symbolic discovery of optimization algorithms" (2023), Algorithm 2. The paper suggests a
    learning rate 3 to 10 times smaller than AdamW's, and a weight decay as many times larger. Its authors' code has
    the defaults that are used here.
    Differs from: no rule of a framework; the default λ_wd of `optax.lion` is 0.001, and the default η of
    `keras.optimizers.Lion` is 0.001. PyTorch has no Lion.
    """

    lr: float = 0.0001
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0

    def step(self, g, state):
        c = self.beta1 * state.m + (1 - self.beta1) * g
        state.m = self.beta2 * state.m + (1 - self.beta2) * g
        return -self.lr * (np.sign(c) + self.weight_decay * state.w)

    about = About(
        textbook=[
            r"m_t = \beta_2 m_{t-1} + (1 - \beta_2) g_t",
            r"c_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
            r"w_t = w_{t-1} - \eta (\operatorname{sign}(c_t) + \lambda_{\mathrm{wd}} w_{t-1})",
        ],
        fixes="Adam's second array: half the memory",
        breaks="every step is as long as the first, so the learning rate has to fall; votes, not sizes, decide",
        use="memory is scarce; with a smaller learning rate and a larger decay than AdamW's",
        lr=0.01,
        reaches=0.1,  # it ends in a cycle
    )


@dataclass
class Muon(Optimizer):
    """Nesterov's step with all its singular values made nearly equal: momentum, orthogonalized by Newton–Schulz.

        v ← μv − g
        w ← w + η √max(1, rows / columns) orthogonalize(μv − g)

    It is no element-wise rule: it acts on matrices, the last two axes of a parameter. It is meant for the hidden
    weight matrices of a network; embeddings, biases and the last layer are usually left to AdamW. Here a vector is a
    matrix of one row, whose only singular value is its length: then the step goes along μv − g and is 0.70 η long. The
    velocity adds up bare gradients, because what follows does not depend on its size.

    Args:
        lr: η in [0, ∞), in units of w: about the largest singular value of a step, if there are no more rows than
            columns.
        momentum: μ in [0, 1), the fraction of the velocity kept at each step.

    >>> import numpy as np
    >>> W = np.zeros((2, 2))
    >>> Muon(lr=1.0).update({"W": W}, {"W": np.array([[100.0, 0.0], [0.0, -1.0]])})
    >>> W.round(1)
    array([[-0.7,  0. ],
           [ 0. ,  0.7]])

    Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024),
    https://kellerjordan.github.io/posts/muon/. Its weights have a row for each output; where outputs are columns, as in
    the networks of `steepest.problems`, columns / rows would be the ratio that means the same.
    Differs from: `torch.optim.Muon`, which computes the products in bfloat16, averages gradients instead of adding them
    up (the same but for the 1e-7) and has weight decay; `optax.contrib.muon`, whose average is corrected for its start,
    and whose ratio is columns / rows; `keras.optimizers.Muon`, whose factor is 0.2 √max(rows, columns), so that the
    steps are as long as Adam's, and which has weight decay. What is no matrix, PyTorch refuses, and Optax and Keras
    leave to Adam.
    """

    lr: float = 0.02
    momentum: float = 0.95

    def step(self, g, state):
        state.v = self.momentum * state.v - g
        d = orthogonalize(self.momentum * state.v - g)
        rows, columns = np.shape(np.atleast_2d(g))[-2:]
        return self.lr * np.sqrt(np.maximum(1, rows / columns)) * d

    about = About(
        textbook=[
            r"v_t = \mu v_{t-1} - g_t",
            r"d_t = \operatorname{orthogonalize}(\mu v_t - g_t)",
            r"w_t = w_{t-1} + \eta \sqrt{\max\left(1, \frac{\mathrm{rows}}{\mathrm{columns}}\right)} d_t",
            r"\operatorname{orthogonalize}(X) = "
            r"\operatorname{newton-schulz}^5\left(\frac{X}{\sqrt{\sum X^2} + 10^{-7}}\right)",
            r"\operatorname{newton-schulz}(X) = 3.4445 X + (-4.775 X X^\top + 2.0315 X X^\top X X^\top) X",
        ],
        fixes="steps of a matrix that its few largest directions use up",
        breaks="matrices only; costs products of matrices; other parameters need another optimizer",
        use="hidden weight matrices of large networks, beside AdamW for the rest",
        lr=0.02,
        reaches=0.02,  # it ends in a cycle
    )


@dataclass
class FullAdaGrad(Optimizer):
    """AdaGrad with the whole matrix of products of gradients, not only its diagonal.

        A ← A + g gᵀ
        w ← w − η A^(−1/2) g

    It is no element-wise rule: g is the whole gradient of a matrix, the last two axes of a parameter, as one column of
    d entries, and A has d² of them. Directions that no gradient had yet stay out of the root.

    Args:
        lr: η in [0, ∞), in units of w: the length of the first step.

    >>> import numpy as np
    >>> w = np.array([0.0, 0.0])
    >>> FullAdaGrad(lr=1.0).update({"w": w}, {"w": np.array([3.0, 4.0])})
    >>> w.round(6)
    array([-0.6, -0.8])

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization"
    (2011), figure 1, with a full matrix and no constraint.
    Differs from: no rule of a framework; PyTorch 2.13.0, Optax 0.2.8 and Keras 3.15.1 have none.
    """

    label = "Full AdaGrad"

    lr: float = 0.01

    def init(self, state):
        state.A = 0.0

    def step(self, g, state):
        column = np.reshape(g, (*np.shape(g)[:-2], -1, 1))
        state.A = state.A + column @ column.mT
        return -self.lr * np.reshape(power(state.A, -1 / 2) @ column, np.shape(g))

    about = About(
        textbook=[
            r"A_t = A_{t-1} + g_t g_t^\top",
            r"w_t = w_{t-1} - \eta A_t^{-1/2} g_t",
        ],
        fixes="AdaGrad's dependence on the axes",
        breaks="keeps the square of as many numbers as there are weights; slows down for ever, as AdaGrad does",
        use="a few hundred weights at most; else to see what the others of its family approximate",
        lr=0.5,
        reaches=1e-9,
    )


@dataclass
class Shampoo(Optimizer):
    """AdaGrad for a matrix, with one matrix of products for its rows and one for its columns.

        L ← L + g gᵀ
        R ← R + gᵀ g
        w ← w − η L^(−1/4) g R^(−1/4)

    It is no element-wise rule: g and w are matrices, the last two axes of a parameter, and a vector is a matrix of one
    row. Directions that no gradient had yet stay out of the roots.

    Args:
        lr: η in [0, ∞), in units of w: the largest singular value of the first step.

    >>> import numpy as np
    >>> W = np.zeros((2, 2))
    >>> Shampoo(lr=1.0).update({"W": W}, {"W": np.array([[100.0, 0.0], [0.0, -1.0]])})
    >>> W.round(6)
    array([[-1.,  0.],
           [ 0.,  1.]])

    Source: Gupta, Koren and Singer, "Shampoo: preconditioned stochastic tensor optimization" (2018), Algorithm 1, which
    begins with ε times the identity.
    Differs from: no rule of a framework; PyTorch 2.13.0, Optax 0.2.8 and Keras 3.15.1 have none.
    """

    lr: float = 0.01

    def init(self, state):
        state.L = state.R = 0.0

    def step(self, g, state):
        G = np.atleast_2d(g)
        state.L = state.L + G @ G.mT
        state.R = state.R + G.mT @ G
        return -self.lr * np.reshape(power(state.L, -1 / 4) @ G @ power(state.R, -1 / 4), np.shape(g))

    about = About(
        textbook=[
            r"L_t = L_{t-1} + g_t g_t^\top",
            r"R_t = R_{t-1} + g_t^\top g_t",
            r"w_t = w_{t-1} - \eta L_t^{-1/4} g_t R_t^{-1/4}",
        ],
        fixes="the size of full AdaGrad's matrix, for weights that are a matrix",
        breaks="eigenvalues at every step; its sums only grow, so it slows down for ever",
        use="matrices whose rows and columns are badly scaled, where a step may cost time",
        lr=1.0,
        reaches=1e-9,
    )


@dataclass
class SOAP(Optimizer):
    """Adam in the coordinates in which Shampoo's two matrices are diagonal.

        L ← β₂L + (1 − β₂)g gᵀ,   R ← β₂R + (1 − β₂)gᵀ g
        U ← eigenvectors of L,   V ← those of R
        m ← β₁m + (1 − β₁)g,   h ← β₂h + (1 − β₂)(Uᵀ g V)²
        w ← w − η U [(Uᵀ m̂ V) / (√ĥ + ε)] Vᵀ,   m̂ = m / (1 − β₁ᵗ),   ĥ = h / (1 − β₂ᵗ),   t = 1, 2, …

    It is no element-wise rule: g and w are matrices, the last two axes of a parameter, and a vector is a matrix of one
    row. Only the first U and V are eigenvectors. Each step turns them towards those of L and R (see
    `steepest.eigen.eigenvectors`), which keeps the columns in their order, so that h goes on to mean the same.
    Directions along which L or R is next to zero stay out.

    Args:
        lr: η in [0, ∞), in units of w: the largest singular value of the first step.
        beta1: β₁ in [0, 1), the fraction of the average of gradients kept at each step.
        beta2: β₂ in [0, 1), the fraction of the averages of products and squares kept at each step.
        eps: ε in [0, ∞), in units of the gradient.

    >>> import numpy as np
    >>> W = np.zeros((2, 2))
    >>> SOAP(lr=1.0).update({"W": W}, {"W": np.array([[100.0, 0.0], [0.0, -1.0]])})
    >>> W.round(6)
    array([[-1.,  0.],
           [ 0.,  1.]])

    Source: Vyas et al., "SOAP: improving and stabilizing Shampoo using Adam" (2024), Algorithms 3 and 4, with a turn at
    every step; the authors turn now and then.
    Differs from: no rule of a framework; PyTorch 2.13.0, Optax 0.2.8 and Keras 3.15.1 have none.
    """

    lr: float = 0.003
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-8

    def init(self, state):
        state.L = state.R = state.U = state.V = 0.0

    def step(self, g, state):
        G = np.atleast_2d(g)
        state.L = self.beta2 * state.L + (1 - self.beta2) * (G @ G.mT)
        state.R = self.beta2 * state.R + (1 - self.beta2) * (G.mT @ G)
        state.U = U = eigenvectors(state.L, state.U)
        state.V = V = eigenvectors(state.R, state.V)
        state.m = self.beta1 * state.m + (1 - self.beta1) * G
        state.h = self.beta2 * state.h + (1 - self.beta2) * (U.mT @ G @ V) ** 2
        m_hat = state.m / (1 - self.beta1**state.t)
        h_hat = state.h / (1 - self.beta2**state.t)
        return -self.lr * np.reshape(U @ (U.mT @ m_hat @ V / (np.sqrt(h_hat) + self.eps)) @ V.mT, np.shape(g))

    about = About(
        textbook=[
            r"L_t = \beta_2 L_{t-1} + (1 - \beta_2) g_t g_t^\top",
            r"R_t = \beta_2 R_{t-1} + (1 - \beta_2) g_t^\top g_t",
            r"U_t = \operatorname{eigenvectors}(L_t, U_{t-1})",
            r"V_t = \operatorname{eigenvectors}(R_t, V_{t-1})",
            r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
            r"h_t = \beta_2 h_{t-1} + (1 - \beta_2) (U_t^\top g_t V_t)^2",
            r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
            r"\hat{h}_t = \frac{h_t}{1 - \beta_2^t}",
            r"w_t = w_{t-1} - \eta U_t \frac{U_t^\top \hat{m}_t V_t}{\sqrt{\hat{h}_t} + \varepsilon} V_t^\top",
        ],
        fixes="Adam's dependence on the axes, at less than Shampoo's cost",
        breaks="keeps six numbers for each weight of a square matrix; orthonormal columns at every step",
        use="hidden weight matrices of large networks, where Adam would do and memory is there",
        lr=0.01,
        reaches=0.002,  # it ends in a cycle
    )


@dataclass
class SignSGD(Optimizer):
    """Step by the sign of the gradient: every coordinate moves by the same length.

        w ← w − η sign(g)

    Args:
        lr: η in [0, ∞), in units of w: the length of every step in every coordinate.

    >>> import numpy as np
    >>> w = np.array([0.0, 0.0])
    >>> SignSGD(lr=0.5).update({"w": w}, {"w": np.array([100.0, -1e-3])})
    >>> w
    array([-0.5,  0.5])

    Source: Bernstein et al., "signSGD: compressed optimisation for non-convex problems" (2018), Algorithm 1.
    Differs from: no rule of a framework; it is `optax.sign_sgd`. PyTorch and Keras have none, but Keras's Lion with a
    β₁ of next to nothing is one.
    """

    label = "signSGD"

    lr: float = 0.01

    def step(self, g, state):
        return -self.lr * np.sign(g)

    about = About(
        textbook=[r"w_t = w_{t-1} - \eta \operatorname{sign}(g_t)"],
        fixes="gradients whose sizes tell nothing: outliers, and layers of very different scale",
        breaks="a large gradient that is rare counts as much as a small one; every step is as long as the first",
        use="one bit for each weight is all that can be sent; else Lion, which averages before it takes the sign",
        lr=0.01,
        reaches=0.03,  # it ends in a cycle
    )


@dataclass
class ScheduleFree(Optimizer):
    """Gradient descent whose result is an average of its path, with gradients taken near that average.

        z ← z − ηg
        x ← x + (z − x) / t,   t = 1, 2, …
        w ← (1 − β₁)z + β₁x

    The gradient g is the one at w, and x is the result: `result` gives it. No learning rate has to fall, and no length
    of the run has to be known. All that is remembered is u = z − x:

        d = u − ηg
        u ← (1 − 1/t) d
        w ← w − ηg + β₁(old u − new u)

    Args:
        lr: η in [0, ∞), in units of w per unit of gradient.
        beta1: β₁ in [0, 1), how near to the average gradients are taken.

    >>> import numpy as np
    >>> params, optimizer = {"w": np.array([0.0])}, ScheduleFree(lr=1.0, beta1=0.5)
    >>> for _ in range(2):
    ...     optimizer.update(params, {"w": np.array([1.0])})
    >>> params["w"], optimizer.result(params)["w"]
    (array([-1.75]), array([-1.5]))

    Source: Defazio et al., "The road less scheduled" (2024), equations (1) to (3).
    Differs from: `optax.contrib.schedule_free_sgd`, only where η rises: it weighs each z by the square of the largest
    η so far. PyTorch and Keras have none.
    """

    label = "Schedule-Free"

    lr: float = 0.1
    beta1: float = 0.9

    def step(self, g, state):
        u, d = state.u, state.u - self.lr * g
        state.u = (1 - 1 / state.t) * d
        return -self.lr * g + self.beta1 * (u - state.u)

    def result(self, params: dict) -> dict:
        """The average x of the z so far, which is what to use; the gradients are taken elsewhere, at ``params``.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        return _averages(self, params)

    about = About(
        textbook=[
            r"d_t = u_{t-1} - \eta g_t",
            r"u_t = \left(1 - \frac{1}{t}\right) d_t",
            r"w_t = w_{t-1} - \eta g_t + \beta_1 (u_{t-1} - u_t)",
        ],
        fixes="a schedule has to know when the run will end",
        breaks="forgets its start slowly, as any average does; results and gradients are at two places",
        use="runs of unknown length; to stop anywhere and have a result as good as one that was planned",
        lr=1.0,
        lr_per_curvature=True,
        reaches=0.03,
    )


@dataclass
class ScheduleFreeAdamW(Optimizer):
    """Schedule-Free with AdamW's scaling in place of the gradient, and without its first average.

        h ← β₂h + (1 − β₂)g²
        p = g / (√ĥ + ε) + λ_wd w,   ĥ = h / (1 − β₂ᵗ),   t = 1, 2, …
        z ← z − ηp
        x ← x + (z − x) / t
        w ← (1 − β₁)z + β₁x

    As in `ScheduleFree`, the gradient is the one at w, x is the result, and u = z − x is remembered.

    Args:
        lr: η in [0, ∞), in units of w.
        beta1: β₁ in [0, 1), how near to the average gradients are taken.
        beta2: β₂ in [0, 1), the fraction of the average of squared gradients kept at each step.
        eps: ε in [0, ∞), in units of the gradient.
        weight_decay: λ_wd in [0, ∞), in units of 1 / η.

    >>> import numpy as np
    >>> params, optimizer = {"w": np.array([0.0])}, ScheduleFreeAdamW(lr=1.0, beta1=0.5)
    >>> for _ in range(2):
    ...     optimizer.update(params, {"w": np.array([100.0])})
    >>> params["w"].round(6), optimizer.result(params)["w"].round(6)
    (array([-1.75]), array([-1.5]))

    Source: Defazio et al., "The road less scheduled" (2024), Algorithm 1, whose ε is beside the uncorrected √h, and
    which warms up.
    Differs from: `optax.contrib.schedule_free_adamw`, only where η rises, as `ScheduleFree` does;
    `keras.optimizers.ScheduleFreeAdamW`, whose weight decay moves w, and with it x, and not z. PyTorch has none.
    """

    label = "Schedule-Free AdamW"

    lr: float = 0.0025
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    def step(self, g, state):
        state.h = self.beta2 * state.h + (1 - self.beta2) * g**2
        h_hat = state.h / (1 - self.beta2**state.t)
        p = g / (np.sqrt(h_hat) + self.eps) + self.weight_decay * state.w
        u, d = state.u, state.u - self.lr * p
        state.u = (1 - 1 / state.t) * d
        return -self.lr * p + self.beta1 * (u - state.u)

    def result(self, params: dict) -> dict:
        """The average x of the z so far, which is what to use; the gradients are taken elsewhere, at ``params``.

        Returns:
            a dictionary of arrays with the names and shapes of ``params``.
        """
        return _averages(self, params)

    about = About(
        textbook=[
            r"h_t = \beta_2 h_{t-1} + (1 - \beta_2) g_t^2",
            r"\hat{h}_t = \frac{h_t}{1 - \beta_2^t}",
            r"p_t = \frac{g_t}{\sqrt{\hat{h}_t} + \varepsilon} + \lambda_{\mathrm{wd}} w_{t-1}",
            r"d_t = u_{t-1} - \eta p_t",
            r"u_t = \left(1 - \frac{1}{t}\right) d_t",
            r"w_t = w_{t-1} - \eta p_t + \beta_1 (u_{t-1} - u_t)",
        ],
        fixes="Adam's need of a schedule",
        breaks="where Schedule-Free does, and where a learning rate of each weight is a loss",
        use="in place of AdamW with a cosine, where the length of the run is not known",
        lr=0.2,
        reaches=0.1,  # it ends in a cycle
    )


def _averages(optimizer, params):
    """The averages x of a rule that remembers u = z − x."""
    if not optimizer.t:
        return params
    return {name: w - (1 - optimizer.beta1) * optimizer._states[name].u for name, w in params.items()}


#: Every optimizer of the package by name. (SGD is GradientDescent under its usual name.)
OPTIMIZERS = {cls.__name__: cls for cls in Optimizer.__subclasses__()}
