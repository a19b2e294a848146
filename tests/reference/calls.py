"""Random calls of the frameworks, and what a run of one sees: the recorder and the tests share both.

A call is text, as a reader would write it. The recorder evaluates it in its framework and runs it; the tests let
`steepest.frameworks` read it. So is what `translate` makes of it.
"""

import numpy as np

from steepest.frameworks.calls import ENTRIES, refuses_beta1_of_0
from steepest.frameworks.signatures import REQUIRED, SIGNATURES
from steepest.frameworks.table import VARIANTS

#: Calls of each rule of the table, of each other spelling, and how many of them are translated too.
EACH, OTHERS, TRANSLATED = 40, 8, 6

#: The length of a run, that of a rule which a framework got of late, and to what share the learning rate falls in the
#: middle.
STEPS, LONG, FACTOR = 120, 300, 0.3
_LATE = ("lion", "muon", "sign_sgd", "schedule_free", "schedulefree")

#: The steps whose points are kept, of a run of `STEPS`; in a longer one they are as much later. `BEFORE` of them are
#: before the fall.
KEPT = (1, 2, 5, 20, 40, 60, 61, 65, 80, 120)
BEFORE = 6

#: The shapes of a model's two arrays. Muon has the first alone.
SHAPES = {"w": (4, 3), "b": (3,)}


def steps_of(call):
    """How many steps a call's run has."""
    return LONG if any(name in call.casefold() for name in _LATE) else STEPS


def kept(steps):
    """The steps of a run whose points are kept."""
    return tuple(step * steps // STEPS for step in KEPT)


def gradients(muon, steps):
    """The gradients of a run by array, of shape (steps, …): noise around a mean, in rows of four sizes.

    The last row's come and go. All of them are given, so that nothing amplifies a rounding error. To Muon, a matrix is
    of one size.
    """
    rng = np.random.default_rng(1234)
    found = {name: 2 * rng.random((steps, *shape)) - 0.7 for name, shape in SHAPES.items()}
    if muon:
        return {"w": 0.01 * found["w"]}
    found["w"] *= np.array([1.0, 1e-2, 1e-4, 1e-3])[:, None]
    found["w"][(np.arange(steps) // 10) % 2 == 0, -1] = 0.0
    return found


def factor(t, steps):
    """What the learning rate is multiplied by at step t = 1, 2, … of a run."""
    return 1.0 if t <= steps // 2 else FACTOR


def _power(rng, low, high):
    return float(f"{10 ** rng.uniform(low, high):.4g}")


def _near_one(rng, low, high):
    return float(f"{1 - 10 ** rng.uniform(low, high):.6g}")


def _maybe(rng, share, value, other=0.0):
    return value if rng.random() < share else other


#: How to draw a value, by the course's name of the hyperparameter.
_DRAWN = {
    "lr": lambda rng: _power(rng, -3, -1),
    "momentum": lambda rng: _maybe(rng, 0.8, _near_one(rng, -2, -0.2)),
    "dampening": lambda rng: _maybe(rng, 0.4, round(rng.uniform(0.1, 0.9), 3)),
    "decay": lambda rng: _near_one(rng, -3, -0.5),
    "beta1": lambda rng: _maybe(rng, 0.85, _near_one(rng, -2, -0.3)),
    "beta2": lambda rng: _near_one(rng, -4, -0.5),
    "eps": lambda rng: _maybe(rng, 0.85, _power(rng, -8, -2)),
    "eps_root": lambda rng: _maybe(rng, 0.5, _power(rng, -10, -3)),
    "initial": lambda rng: _maybe(rng, 0.6, _power(rng, -3, 0)),
    "lr_decay": lambda rng: _maybe(rng, 0.5, _power(rng, -3, -1)),
    "weight_decay": lambda rng: _maybe(rng, 0.7, _power(rng, -3, -1)),
    "rms": lambda rng: _maybe(rng, 0.7, _power(rng, -1, 0), 0.2),
}


def _settings(rng, entry):
    """Random settings of an entry, by the course's names, which its framework accepts."""
    values = {}
    for name in entry.arguments:
        default = entry.defaults.get(name)
        scheduled = name == "lr" and entry.call.startswith("optax")  # the recorder puts a schedule there
        if default is None or rng.random() < 0.7 or scheduled:
            values[name] = bool(rng.random() < 0.5) if isinstance(default, bool) else _DRAWN[name](rng)
    if entry.selected_by.get("nesterov") and entry.call.startswith("torch"):
        values["momentum"] = values.get("momentum") or 0.9
    if refuses_beta1_of_0(entry) and values.get("beta1") == 0:
        values["beta1"] = 0.5
    if values.get("centered"):  # a variance of next to nothing is a rounding error
        values["eps"] = 0.1 if values.get("bias_correction") else max(values.get("eps", 0.0), 1e-4)
    return values


def _text(rng, framework, entry):
    """A random call of an entry, with what may stand around it, in lines: the call first, then those of each step."""
    arguments = dict(entry.selected_by)
    pairs = {}
    for name, value in _settings(rng, entry).items():
        argument, _, index = entry.arguments[name].rstrip("]").partition("[")
        if index:
            pairs[index] = value
        else:
            arguments[argument] = value
    if pairs:
        arguments["betas"] = (pairs.get("0", 0.9), pairs.get("1", 0.999))
    signature, lines = SIGNATURES[entry.call][0], []
    limit = _power(rng, -2, 0.5)
    if framework == "PyTorch":
        if "maximize" in signature and rng.random() < 0.15:
            arguments["maximize"] = True
        if rng.random() < 0.25:
            lines.append(
                f"torch.nn.utils.clip_grad_norm_(params, {limit})"
                if rng.random() < 0.5
                else f"torch.nn.utils.clip_grad_value_(params, {limit})"
            )
    if framework == "Keras" and rng.random() < 0.3:
        arguments[str(rng.choice(["clipnorm", "clipvalue", "global_clipnorm"]))] = limit
    written = ", ".join(f"{name}={arguments[name]!r}" for name in signature if name in arguments)
    first = "params, " if signature.get("params") is REQUIRED else ""
    text = f"{entry.call}({first}{written})"
    if framework == "Optax" and rng.random() < 0.3:
        before = [
            f"optax.clip({limit})",
            f"optax.clip_by_global_norm({limit})",
            f"optax.add_decayed_weights({limit / 10:.3g})",
        ]
        text = f"optax.chain({rng.choice(before)}, {text})"
    return [text, *lines]


def random_calls():
    """All random calls: the framework, the lines, and whether they are translated too."""
    for framework in ("PyTorch", "Optax", "Keras"):
        for number, entry in enumerate(ENTRIES[framework]):
            for k in range(OTHERS if entry in VARIANTS[framework] else EACH):
                rng = np.random.default_rng([number, k, len(framework)])
                yield framework, _text(rng, framework, entry), k < TRANSLATED


# --- Schedules

#: Schedules of each name, and the steps whose learning rate is kept.
SCHEDULES_EACH, SCHEDULE_STEPS = 12, 50

#: The learning rate of the optimizer that a schedule of PyTorch belongs to.
LR = 0.1


def _steps(rng, most=30):
    return int(rng.integers(2, most))


def _boundaries(rng):
    return sorted(rng.choice(np.arange(2, 40), size=3, replace=False).tolist())


def _values(rng, count):
    return [_power(rng, -3, 0) for _ in range(count)]


#: How to write the arguments of a random schedule, by its full name.
_SCHEDULES = {
    "torch.optim.lr_scheduler.StepLR": lambda rng: (
        f"optimizer, step_size={_steps(rng, 12)}, gamma={_power(rng, -1, 0)}"
    ),
    "torch.optim.lr_scheduler.MultiStepLR": lambda rng: (
        f"optimizer, milestones={_boundaries(rng)}, gamma={_power(rng, -1, 0)}"
    ),
    "torch.optim.lr_scheduler.ExponentialLR": lambda rng: f"optimizer, gamma={_near_one(rng, -2, -0.5)}",
    "torch.optim.lr_scheduler.CosineAnnealingLR": lambda rng: (
        f"optimizer, T_max={SCHEDULE_STEPS}, eta_min={_maybe(rng, 0.5, _power(rng, -4, -2))}"
    ),
    "torch.optim.lr_scheduler.LinearLR": lambda rng: (
        f"optimizer, start_factor={_power(rng, -1, 0)}, end_factor={_power(rng, -1, 0)}, total_iters={_steps(rng)}"
    ),
    "torch.optim.lr_scheduler.PolynomialLR": lambda rng: (
        f"optimizer, total_iters={_steps(rng)}, power={round(rng.uniform(0.5, 3), 3)}"
    ),
    "optax.constant_schedule": lambda rng: f"{_power(rng, -3, 0)}",
    "optax.piecewise_constant_schedule": lambda rng: (
        f"{_power(rng, -3, 0)}, {dict(zip(_boundaries(rng), _values(rng, 3), strict=True))}"
    ),
    "optax.exponential_decay": lambda rng: (
        f"{_power(rng, -3, 0)}, transition_steps={_steps(rng, 12)}, decay_rate={_power(rng, -1, 0)}, "
        f"staircase={bool(rng.random() < 0.5)}"
    ),
    "optax.cosine_decay_schedule": lambda rng: (
        f"{_power(rng, -3, 0)}, decay_steps={SCHEDULE_STEPS}, alpha={_maybe(rng, 0.5, _power(rng, -2, 0))}"
    ),
    "optax.linear_schedule": lambda rng: f"{_power(rng, -3, 0)}, {_power(rng, -3, 0)}, {_steps(rng)}",
    "optax.polynomial_schedule": lambda rng: (
        f"{_power(rng, -3, 0)}, {_power(rng, -3, 0)}, {round(rng.uniform(0.5, 3), 3)}, {_steps(rng)}"
    ),
    "optax.warmup_cosine_decay_schedule": lambda rng: (
        f"{_maybe(rng, 0.5, _power(rng, -4, -3))}, {_power(rng, -2, 0)}, {_steps(rng, 12)}, {SCHEDULE_STEPS}, "
        f"{_maybe(rng, 0.5, _power(rng, -4, -2))}"
    ),
    "keras.optimizers.schedules.PiecewiseConstantDecay": lambda rng: f"{_boundaries(rng)}, {_values(rng, 4)}",
    "keras.optimizers.schedules.ExponentialDecay": lambda rng: (
        f"{_power(rng, -3, 0)}, {_steps(rng, 12)}, {_power(rng, -1, 0)}, {bool(rng.random() < 0.5)}"
    ),
    "keras.optimizers.schedules.PolynomialDecay": lambda rng: (
        f"{_power(rng, -2, 0)}, {_steps(rng)}, {_power(rng, -4, -2)}, power={_maybe(rng, 0.5, 2.0, 1.0)}"
    ),
    "keras.optimizers.schedules.CosineDecay": lambda rng: (
        f"{_power(rng, -3, -2)}, {SCHEDULE_STEPS}, alpha={_maybe(rng, 0.5, _power(rng, -2, 0))}"
        + _maybe(rng, 0.5, f", warmup_target={_power(rng, -1, 0)}, warmup_steps={_steps(rng, 12)}", "")
    ),
}


def random_schedules():
    """All random schedules, as text."""
    for number, (name, write) in enumerate(_SCHEDULES.items()):
        for k in range(SCHEDULES_EACH):
            yield f"{name}({write(np.random.default_rng([number, k]))})"


def with_optimizer(text):
    """A schedule of PyTorch below its optimizer; others as they are."""
    return f"optimizer = torch.optim.SGD(params, lr={LR})\n{text}" if text.startswith("torch") else text
