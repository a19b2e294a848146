"""From a call of one framework to the equivalent of another."""

import ast
import math
import textwrap
from dataclasses import dataclass, fields, replace

import numpy as np

from steepest.frameworks.relations import parts, rewrite
from steepest.frameworks.rules import L2, Decoupled, Shrinking
from steepest.frameworks.table import FRAMEWORKS, SIGNATURES, FrameworkRule
from steepest.optimizers import OPTIMIZERS, SGD, Adam, Optimizer

COURSE = "Steepest"


def _course_rule(rule):
    defaults = rule().hyperparameters
    return FrameworkRule(
        call=rule.__name__, rule=rule, course=rule, arguments={name: name for name in defaults}, defaults=defaults
    )


#: The entries of each framework. The course's own rules count as one.
_ENTRIES = {
    name: [entry for (framework, _), entry in FRAMEWORKS.items() if framework == name]
    for name in dict.fromkeys(framework for framework, _ in FRAMEWORKS)
} | {COURSE: [_course_rule(rule) for rule in (*OPTIMIZERS.values(), SGD)]}
_SIGNATURES = SIGNATURES | {entry.call: tuple(entry.arguments) for entry in _ENTRIES[COURSE]}


@dataclass(frozen=True, repr=False)
class Translation:
    """What `translate` found. Printed, it says all of it.

    Attributes:
        call: the call that was given.
        source, to: the framework it is of, and the one it was translated to.
        equivalent: the equivalent call, or the nearest where there is none; None where there is nothing near.
        exact: "always", "while lr is constant" or "no".
        notes: what changes, in lines.
        before, after: the optimizers that compute what the two calls compute; ``after`` is None with ``equivalent``.
    """

    call: str
    source: str
    to: str
    equivalent: str | None
    exact: str
    notes: tuple
    before: Optimizer
    after: Optimizer | None

    def __repr__(self):
        calls = (
            {self.source: self.call} if self.equivalent is None else {self.source: self.call, self.to: self.equivalent}
        )
        verdict = {
            "always": "Exact.",
            "while lr is constant": "Exact while the learning rate is constant.",
            "no": "No equivalent. This is the nearest." if self.equivalent else "No equivalent.",
        }
        width = max(map(len, calls))
        lines = [f"{framework:<{width}}  {call}" for framework, call in calls.items()]
        notes = (
            textwrap.fill(note, 88, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
            for note in self.notes
        )
        return "\n".join([*lines, verdict[self.exact], *notes])


def translate(call, to) -> Translation:
    """Turn a call of PyTorch, Optax or Keras, or a rule of the course, into the equivalent of another framework.

    Whether there is one follows from the rules that the calls compute. Where there is none, the result has the nearest
    call, what is different about it, and how far apart the two get.

    Args:
        call: the call as it stands in a program, with numbers for its arguments (it is read, never run), or an
            optimizer of this package.
        to: "PyTorch", "Optax", "Keras" or "Steepest", the course itself.

    Raises:
        ValueError: a framework or call that is not known, or an argument that cannot be carried over.
        TypeError: an argument that the call does not have, or one that is missing.

    >>> translate("torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)", to="Keras")
    PyTorch  torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    Keras    keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
    Exact while the learning rate is constant.
    - Divided by 10 on a steady slope, it makes the next step 0.1 of the one before in
      PyTorch, 0.91 in Keras.
    >>> translate("optax.adagrad(0.5)", to="PyTorch")
    Optax    optax.adagrad(0.5)
    PyTorch  torch.optim.Adagrad(params, lr=0.5, initial_accumulator_value=0.1000001, eps=0.0)
    Exact.
    >>> translate("optax.lion(1e-4)", to="PyTorch")
    Optax  optax.lion(1e-4)
    No equivalent.
    - PyTorch has no Lion.
    """
    frameworks = {name.casefold(): name for name in _ENTRIES}
    if to.casefold() not in frameworks:
        raise ValueError(f"There is no framework {to!r} here; there are {', '.join(_ENTRIES)}.")
    to = frameworks[to.casefold()]
    if isinstance(call, Optimizer):
        shown, read = repr(call), _Read(COURSE, call, frozenset(parts(call)[0].hyperparameters), {})
    else:
        shown, read = call.strip(), _read(call)
    before = read.optimizer
    if any(np.ndim(value) for value in parts(before)[0].hyperparameters.values()):
        raise ValueError(f"{shown} has an array of settings: translate one setting at a time.")

    best = None
    for helped in False, True:
        found = rewrite(before, lambda optimizer, helped=helped: _written(optimizer, to, read, helped))
        if found and (best is None or len(found.why) < len(best.why)):
            best, written = found, _written(found.optimizer, to, read, helped)
    if best is None:
        note = f"{to} has no {type(parts(before)[0]).__name__}."
        return Translation(shown, read.framework, to, None, "no", (note,), before, None)

    after = _read(written.text).optimizer
    if written.regularizer:
        after = L2(after, written.regularizer)
    notes = [*best.why, *written.notes]
    if best.why:
        exact = "no"
        notes.append(_distance(before, after))
    elif best.constant_lr:
        exact = "while lr is constant"
        notes += _cut(before, after, read.framework, to)
    else:
        exact = "always"
    return Translation(shown, read.framework, to, written.text, exact, tuple(notes), before, after)


# --- Reading a call


@dataclass(frozen=True)
class _Read:
    """A call that was read.

    Attributes:
        framework: the framework it is of.
        optimizer: the optimizer that computes the same.
        given: the names of the hyperparameters that were given, in the course.
        left: those that were left at their defaults: the framework's name and the value, by the course's name.
    """

    framework: str
    optimizer: Optimizer
    given: frozenset
    left: dict


def _read(text):
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not a Python expression: {error.msg}.") from None
    return _read_call(node)


def _read_call(node):
    if not isinstance(node, ast.Call):
        raise ValueError(f"{ast.unparse(node)!r} is not a call such as torch.optim.SGD(params, lr=0.1).")
    name = ast.unparse(node.func).removeprefix("steepest.").removeprefix("frameworks.")
    if name in (forms := {form.__name__: form for form in (L2, Decoupled, Shrinking)}):
        given = _bind(node, name, ("rule", "weight_decay"))
        if len(given) < 2:
            raise TypeError(f"{name} needs a rule and its weight_decay.")
        read = _read_call(given["rule"])
        return replace(read, optimizer=forms[name](read.optimizer, _value(given["weight_decay"], name, "weight_decay")))
    if name in ("optax.chain", "chain"):
        return _read_chain(node)
    call = _known(name)
    given = _bind(node, call, _SIGNATURES[call])
    if (params := given.pop("params", None)) and isinstance(params, ast.Constant):
        raise TypeError(f"The first argument of {call} is params, not {ast.unparse(params)}: give the others by name.")
    given = {argument: _value(value, call, argument) for argument, value in given.items()}
    framework, entry, given = _entry(call, given)
    values = {}
    for ours, theirs in entry.arguments.items():
        name, _, index = theirs.rstrip("]").partition("[")
        if name in given and index:
            if not isinstance(given[name], tuple) or len(given[name]) != 2:
                raise TypeError(f"{call}: {name} must be a pair of numbers, not {given[name]}.")
            values[ours] = given[name][int(index)]
        elif name in given:
            values[ours] = given[name]
    optimizer = entry(**values)
    left = {ours: (entry.arguments[ours], default) for ours, default in entry.defaults.items() if ours not in values}
    return _Read(framework, optimizer, frozenset(values), left)


def _read_chain(node):
    """`optax.chain` of one optimizer with `optax.add_decayed_weights` before it or after."""
    names = [ast.unparse(part.func).rpartition(".")[2] if isinstance(part, ast.Call) else "" for part in node.args]
    if len(names) != 2 or node.keywords or names.count("add_decayed_weights") != 1:
        raise ValueError("optax.chain is read where it has optax.add_decayed_weights and one optimizer, nothing else.")
    first = names.index("add_decayed_weights") == 0
    decay, inner = node.args if first else reversed(node.args)
    given = _bind(decay, "optax.add_decayed_weights", ("weight_decay",))
    if not given:
        raise TypeError("optax.add_decayed_weights is read with its weight_decay.")
    amount, read = _value(given["weight_decay"], "optax.add_decayed_weights", "weight_decay"), _read_call(inner)
    # Before the optimizer it adds to the gradient; after it, to the step.
    return replace(read, optimizer=L2(read.optimizer, amount) if first else Shrinking(read.optimizer, -amount))


def _known(name):
    """The call that a name means, with or without all of the modules it is in."""
    dotted = [call for call in _SIGNATURES if "." in call]
    for call in _SIGNATURES:
        if name == call or (
            call in dotted and "." in name and (f".{call}".endswith(f".{name}") or name.endswith(call))
        ):
            return call
    near = [call for call in dotted if call.partition(".")[0] == name.partition(".")[0]]
    raise ValueError(f"{name} is not known here; there are {', '.join(near or _SIGNATURES)}.")


def _bind(node, call, signature):
    """The arguments of a call by name, as syntax trees."""
    positional = signature[: signature.index("*")] if "*" in signature else signature
    names = [name for name in signature if name != "*"]
    if len(node.args) > len(positional):
        raise TypeError(f"{call} takes {len(positional)} arguments without their names, not {len(node.args)}.")
    given = dict(zip(positional, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg is None:
            raise ValueError(f"{call}(**{ast.unparse(keyword.value)}) cannot be read: write the arguments out.")
        if keyword.arg not in names:
            raise TypeError(f"{call} has no argument {keyword.arg}; it has {', '.join(names)}.")
        if keyword.arg in given:
            raise TypeError(f"{call} has {keyword.arg} twice.")
        given[keyword.arg] = keyword.value
    return given


def _value(node, call, argument):
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        raise ValueError(
            f"{call}: {argument}={ast.unparse(node)} cannot be read, because nothing is run: write the number."
        ) from None
    return float(value) if type(value) is int else value


def _entry(call, given):
    """The framework and entry that a call with these arguments selects, and the arguments that it has."""
    framework, entries = next(
        (framework, found) for framework in _ENTRIES if (found := [e for e in _ENTRIES[framework] if e.call == call])
    )
    flags = {name for entry in entries for name in entry.selected_by}
    chosen = {name: True for name in flags if given.get(name)}
    given = {name: value for name, value in given.items() if name not in flags}
    defaults = {argument: e.defaults.get(ours) for e in entries for ours, argument in e.arguments.items()}
    if nones := [name for name, value in given.items() if value is None and defaults.get(name)]:
        raise ValueError(f"{call}: {nones[0]}=None cannot be carried over: write a number.")
    given = {name: value for name, value in given.items() if value is not None}  # None is as good as 0
    for entry in (entry for entry in entries if entry.selected_by == chosen):
        has = {argument.partition("[")[0] for argument in entry.arguments.values()}
        # What is False, or at its default, changes nothing.
        others = [n for n, value in given.items() if n not in has and value is not False and value != defaults.get(n)]
        if not others:
            return framework, entry, given
    with_flags = "".join(f" with {name}=True" for name in chosen)
    raise ValueError(
        f"{call}{with_flags} has {', '.join(others)}, which cannot be carried over: leave it out where it is at its "
        f"default. What can be: {', '.join(sorted(has | flags))}."
    )


# --- Writing a call


@dataclass(frozen=True)
class _Written:
    """A call that was written.

    Attributes:
        text: the call.
        notes: what goes with it, in lines.
        regularizer: λ of a weight decay that is not in the call but in the model.
    """

    text: str
    notes: tuple = ()
    regularizer: float = 0.0


def _written(optimizer, to, read, helped):
    """An optimizer as a call of a framework, or None.

    Args:
        optimizer: the optimizer.
        to: the framework.
        read: the original call.
        helped: whether the weight decay may be in the model.
    """
    rule, form, amount = parts(optimizer)
    entries = [entry for entry in _ENTRIES[to] if entry.rule is type(rule)]

    def fits(entry):  # AdamW for its own form of weight decay, Adam for none
        return bool(entry.defaults.get("weight_decay")) != (form is entry.weight_decay)

    for entry in sorted(entries, key=fits):
        values = rule.hyperparameters
        if any(values[field.name] != field.default for field in fields(rule) if field.name not in entry.arguments):
            continue
        if form is not None and form is entry.weight_decay:
            return _Written(*_call(entry, values | {"weight_decay": amount}, read))
        text, notes = _call(entry, {"weight_decay": 0.0} | values, read)
        if form is None:
            return _Written(text, notes)
        if to == COURSE and (form, type(rule)) != (Decoupled, Adam):  # that one is AdamW
            return _Written(f"{form.__name__}({text}, weight_decay={_literal(amount)})", notes)
        if to == "Optax" and form is L2:
            return _Written(f"optax.chain(optax.add_decayed_weights({_literal(amount)}), {text})", notes)
        if to == "Optax" and form is Shrinking:
            note = "The weight decay is −ηλ here, a number of its own: when lr changes, it must change too."
            chain = f"optax.chain({text}, optax.add_decayed_weights({_literal(-amount)}))"
            return _Written(chain, (*notes, note))
        if helped and to == "Keras" and form is L2:
            beside = (
                f"The weight decay is a penalty of the model here: give each layer "
                f"kernel_regularizer=keras.regularizers.L2({_literal(amount / 2)}), half of λ."
            )
            return _Written(text, (*notes, beside), regularizer=amount)
    return None


def _call(entry, values, read):
    """The text of a call with these values, and a note about the defaults that are others here.

    What was given is written out, what is not at its default, and what was left at another default.
    """
    arguments, others = dict(entry.selected_by), []
    for ours, theirs in entry.arguments.items():
        default, (argument, before) = entry.defaults.get(ours), read.left.get(ours, (None, None))
        if before is not None and default is not None and before != default and values[ours] == before:
            others.append(f"{argument}={_literal(before)} ({_literal(default)})")
        if (
            ours == "lr"
            or ours in read.given - {"weight_decay"}
            or values[ours] != default
            or before not in (None, default)
        ):
            arguments[theirs] = values[ours]
    notes = (f"Left at defaults that are others in {entry.call}: {', '.join(others)}.",) if others else ()
    for pair in {name.partition("[")[0] for name in arguments if "[" in name}:
        theirs = {f"{pair}[{index}]": ours for index, ours in enumerate(("beta1", "beta2"))}
        arguments[pair] = tuple(values[ours] for ours in theirs.values())
        arguments = {name: value for name, value in arguments.items() if name not in theirs}
    signature = _SIGNATURES[entry.call]
    written = [f"{name}={_literal(arguments[name])}" for name in signature if name in arguments]
    return f"{entry.call}({', '.join(['params'] * ('params' in signature) + written)})", notes


def _literal(value):
    """A value as it stands in a program, with 15 digits."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))})"
    return repr(value if isinstance(value, bool) else float(f"{value:.15g}"))


# --- How far apart two rules get

_SHAPE = 4, 3


def _follow(optimizer, gradients):
    """The way from w = 1 with given gradients, the start included."""
    optimizer, w = optimizer.fresh(), np.ones_like(gradients[0])
    points = [w.copy()]
    with np.errstate(all="ignore"):
        for g in gradients:
            optimizer.update({"w": w}, {"w": g})
            points.append(w.copy())
    return np.array(points)


def _distance(before, after, steps=100):
    """How far apart two rules get within 100 steps, as a share of the longer way, for gradients of several sizes."""
    sizes = np.array([1.0, 1e-3, 1e-6])[:, None, None]
    i, j = np.indices(_SHAPE)
    # Noise around a mean that looks random and is the same on every machine.
    noise = [0.3 + np.sin((0.7 + 0.2 * i) * t**2 + (1.0 + 0.3 * j) * t) for t in range(1, steps + 1)]
    ours, theirs = (_follow(optimizer, [sizes * g for g in noise]) for optimizer in (before, after))

    def largest(ways):
        return np.max(np.abs(ways), axis=(0, 2, 3))

    with np.errstate(all="ignore"):
        shares = 100 * largest(ours - theirs) / np.maximum(largest(ours - 1), largest(theirs - 1))
    if not np.all(np.isfinite(shares)):
        return "With these settings a run on noisy gradients is not finite, so how far they come apart is not known."
    shares = [f"{share:.2g} %" if share >= 0.01 else "under 0.01 %" for share in shares]
    return (
        f"Within {steps} noisy steps they come apart by {shares[0]} of the longer way if gradients are about 1, by "
        f"{shares[1]} at 1e-3, by {shares[2]} at 1e-6."
    )


def _cut(before, after, source, to):
    """What the two forms of momentum make of a learning rate that is divided by 10, in a line; none for one form."""
    shares = []
    for optimizer in parts(before)[0].fresh(), parts(after)[0].fresh():
        steady = math.ceil(20 / (1 - optimizer.momentum)) if hasattr(optimizer, "momentum") else 1
        lr, w, points = optimizer.lr, np.zeros(_SHAPE), []
        for t in range(steady + 2):
            points.append(w.copy())
            optimizer.lr = lr if t <= steady else lr / 10
            optimizer.update({"w": w}, {"w": np.ones(_SHAPE)})
        with np.errstate(all="ignore"):
            shares.append(f"{np.mean((w - points[-1]) / (points[-1] - points[-2])):.2g}")
    if shares[0] == shares[1]:
        return []
    return [
        f"Divided by 10 on a steady slope, it makes the next step {shares[0]} of the one before in {source}, "
        f"{shares[1]} in {to}."
    ]
