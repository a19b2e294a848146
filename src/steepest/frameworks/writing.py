"""Writing an optimizer as a call of a framework, with what belongs beside it."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from steepest.frameworks.calls import COURSE, ENTRIES, SCALES, refuses_beta1_of_0
from steepest.frameworks.muon import KerasMuon, OptaxMuon
from steepest.frameworks.rewriting import Parts
from steepest.frameworks.signatures import SIGNATURES
from steepest.frameworks.wrappers import L2, ClippedNorm, ClippedValue, Uphill
from steepest.optimizers import Adam, AdamW, Lion


@dataclass(frozen=True)
class Written:
    """A call that was written.

    Attributes:
        text: the call.
        notes: what goes with it, in lines.
        each_step: lines of code for each step, between the gradients and the optimizer's own step.
        penalty: λ of a weight decay that is not in the call but in the model.
        uphill: whether the loss has to be given with its sign turned.
    """

    text: str
    notes: tuple = ()
    each_step: tuple = ()
    penalty: float = 0.0
    uphill: bool = False


def write(found: Parts, to: str, read: Any, lr: Any = "", helped: Any = True, prefer: Any = "") -> Any:
    """Write an optimizer as a call of a framework.

    Args:
        found: the optimizer, taken apart.
        to: the framework.
        read: the original call, for the arguments that it gave.
        lr: an expression for the learning rate; where it is empty, the optimizer's own number.
        helped: whether weight decay may be in the model instead.
        prefer: the call to prefer where there are several.

    Returns:
        a `Written`, or None where the framework has no such call.
    """
    if to == COURSE:
        return _for_course(found, read)
    if found.shrinking and to != "Optax":
        return None
    forms: dict[str, Callable] = {"PyTorch": _around_torch, "Optax": lambda wrappers: {}, "Keras": _around_keras}
    around = forms[to](found.around)
    if around is None or (around.get("penalty") and not helped):
        return None
    for entry, values in _entries(found, to, prefer):
        written = _call(entry, values, read, lr, around.get("arguments", {}))
        if written is None:
            continue
        text, notes = written
        if to == "Optax":
            chained = _chained(found, entry, values, text, notes)
            if chained is None:
                continue
            return chained
        return Written(
            text,
            (*notes, *around.get("notes", ())),
            around.get("each_step", ()),
            around.get("penalty", 0.0),
            around.get("uphill", False),
        )
    return None


def _entries(found, to, prefer):
    """The entries of a framework that compute an optimizer's rule, and the values of their hyperparameters."""
    penalty = found.around[-1].weight_decay if found.around and isinstance(found.around[-1], L2) else 0.0
    decay = {"decoupled": found.decoupled, "l2": penalty if to == "PyTorch" else 0.0}
    usual = []
    for entry in ENTRIES[to]:
        rule, forms = entry.rule, {}
        if rule in (AdamW, Lion):
            forms = {"decoupled": "weight_decay"}
            rule = Adam if rule is AdamW else Lion
        elif entry.weight_decay is L2:
            forms = {"l2": "weight_decay"}
        elif entry.weight_decay:
            forms = {"decoupled": "weight_decay"}
        if type(found.rule) is not rule or (decay["l2"] and "l2" not in forms):
            continue
        if decay["decoupled"] and "decoupled" not in forms and to != "Optax":
            continue
        values = dict(found.rule.hyperparameters)
        if any(
            values[field.name] != entry.fixed.get(field.name, field.default)
            for field in fields(rule)
            if field.name not in entry.arguments and field.name != "weight_decay"
        ):
            continue
        for form, name in forms.items():
            values[name] = decay[form]
        if entry.call == "torch.optim.SGD" and entry.selected_by and not values["momentum"]:
            continue  # PyTorch refuses it
        if refuses_beta1_of_0(entry) and not values["beta1"]:
            continue
        if _is_another(entry, values, to):
            continue
        held = any(decay[form] for form in forms)
        default = bool(entry.defaults.get("weight_decay"))
        unusual = not held and bool(forms) and default
        usual.append((entry.call != prefer, unusual, held < any(decay.values()), len(usual), entry, values))
    for *_, entry, values in sorted(usual, key=lambda one: one[:4]):
        yield entry, values


def _is_another(entry, values, to):
    """Whether these values select another entry of the same call, a rule of its own."""
    names = {theirs: ours for ours, theirs in entry.arguments.items()}
    return any(
        other.call == entry.call
        and len(other.selected_by) > len(entry.selected_by)
        and all(name in names and values[names[name]] == value for name, value in other.selected_by.items())
        for other in ENTRIES[to]
    )


def _around_torch(wrappers):
    """Clipping by hand in each step, then maximize and weight_decay."""
    each_step, arguments, stage = [], {}, 0
    for wrapper in wrappers:
        kind = _kind(wrapper)
        if kind == "l2":
            stage = 2  # it is an argument of the call, unless something follows
        elif stage == 2:
            return None
        elif kind == "uphill":
            arguments["maximize"] = True
        elif kind == "value":
            each_step.append(
                f"torch.nn.utils.clip_grad_value_(model.parameters(), clip_value={literal(wrapper.limit)})"
            )
        elif wrapper.guard != 1e-6:
            return None
        elif wrapper.each:
            each_step.append(
                f"for p in model.parameters(): torch.nn.utils.clip_grad_norm_(p, max_norm={literal(wrapper.limit)})"
            )
        else:
            each_step.append(f"torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm={literal(wrapper.limit)})")
    return {"arguments": arguments, "each_step": tuple(each_step)}


def _around_keras(wrappers):
    """The loss with its sign turned, a penalty in the model, then one kind of clipping."""
    stage = 0
    found: dict[str, Any] = {"arguments": {}, "notes": ()}
    for wrapper in wrappers:
        kind = _kind(wrapper)
        place = {"uphill": 1, "l2": 2, "value": 3, "norm": 3}[kind]
        if place <= stage:
            return None
        stage = place
        if kind == "uphill":
            found["uphill"] = True
            found["notes"] += ("Keras always goes down: give it the loss with its sign turned.",)
        elif kind == "l2":
            half = literal(wrapper.weight_decay / 2)
            found["penalty"] = wrapper.weight_decay
            found["notes"] += (
                f"The weight decay is a penalty of the model here: keras.regularizers.L2({half}), half of λ, for every "
                f"weight that the original decays: as kernel_regularizer of each layer, and, for all parameters, as "
                f"bias_regularizer, and gamma_ and beta_regularizer of normalizations too.",
            )
        elif kind == "value":
            found["arguments"]["clipvalue"] = wrapper.limit
        elif wrapper.guard:
            return None
        else:
            found["arguments"]["clipnorm" if wrapper.each else "global_clipnorm"] = wrapper.limit
    if found.get("uphill") and found.get("penalty"):
        found["notes"] += ("The penalty keeps its sign.",)
    return found


def _kind(wrapper):
    return {L2: "l2", Uphill: "uphill", ClippedValue: "value", ClippedNorm: "norm"}[type(wrapper)]


def _chained(found, entry, values, text, notes):
    """Optax has one part of a chain for each wrapper."""
    pieces = []
    for wrapper in found.around:
        kind = _kind(wrapper)
        if kind == "norm" and (wrapper.guard or wrapper.each):
            return None
        pieces.append(
            {
                "l2": lambda w: f"optax.add_decayed_weights({literal(w.weight_decay)})",
                "uphill": lambda w: "optax.scale(-1.0)",
                "value": lambda w: f"optax.clip({literal(w.limit)})",
                "norm": lambda w: f"optax.clip_by_global_norm({literal(w.limit)})",
            }[kind](wrapper)
        )
    if found.decoupled and "weight_decay" not in values:
        direction = _direction(entry, values, text)
        if direction is None:
            return None
        rate = next(k.value for k in ast.parse(text, mode="eval").body.keywords if k.arg == "learning_rate")
        decay = f"optax.add_decayed_weights({literal(found.decoupled)})"
        pieces += [direction, decay, f"optax.scale_by_learning_rate({ast.unparse(rate)})"]
    else:
        pieces.append(text)
    if found.shrinking:
        pieces.append(f"optax.add_decayed_weights({literal(-found.shrinking)})")
        notes = (*notes, "The weight decay is −ηλ here, a number of its own: when lr changes, it must change too.")
    return Written(pieces[0] if len(pieces) == 1 else f"optax.chain({', '.join(pieces)})", notes)


def _direction(entry, values, text):
    """The part of a chain that is a rule without its learning rate, or None where Optax has no such part."""
    if (entry.call == "optax.rmsprop" and values["momentum"]) or (
        entry.call == "optax.sgd" and not values.get("momentum")
    ):
        return None
    given = {k.arg: k.value for k in ast.parse(text, mode="eval").body.keywords if k.arg != "learning_rate"}
    centered = given.pop("centered", None)
    for name, (call, fixed) in SCALES.items():
        if call == entry.call and bool(fixed) == (centered is not None and ast.unparse(centered) == "True"):
            names = {"momentum": "decay"} if name == "optax.trace" else {}
            given = {names.get(argument, argument): value for argument, value in given.items()}
            given = {argument: value for argument, value in given.items() if argument in SIGNATURES[name][0]}
            return f"{name}({', '.join(f'{argument}={ast.unparse(value)}' for argument, value in given.items())})"
    return None


def _for_course(found, read):
    """A rule of the course in the classes that stand around it."""
    entries = [entry for entry in ENTRIES[COURSE] if entry.rule is type(found.rule)]
    decoupled, values = found.decoupled, found.rule.hyperparameters
    if type(found.rule) is Adam and decoupled:
        entries = [entry for entry in ENTRIES[COURSE] if entry.rule is AdamW]
        values, decoupled = values | {"weight_decay": decoupled}, 0.0
    elif type(found.rule) is Lion:
        values, decoupled = values | {"weight_decay": decoupled}, 0.0
    if not entries:
        return None
    text, notes = _call(entries[0], values, read, "", {})
    if decoupled:
        text = f"Decoupled({text}, weight_decay={literal(decoupled)})"
    if found.shrinking:
        text = f"Shrinking({text}, weight_decay={literal(found.shrinking)})"
    for wrapper in reversed(found.around):
        more = ", ".join(
            f"{field.name}={literal(getattr(wrapper, field.name))}"
            for field in fields(wrapper)
            if field.name != "rule" and getattr(wrapper, field.name) != field.default
        )
        text = f"{type(wrapper).__name__}({text}{', ' * bool(more)}{more})"
    return Written(text, notes)


def _call(entry, values, read, lr, more):
    """The text of a call with these values, and a note about the defaults that are others here.

    What was given is written out, what is not at its default, and what was left at another default.
    """
    arguments, others = dict(entry.selected_by), []
    for ours, theirs in entry.arguments.items():
        default, (argument, before) = entry.defaults.get(ours), read.left.get(ours, (None, None))
        value = values.get(ours, default)
        if before is not None and default is not None and before != default and value == before:
            others.append(f"{argument}={literal(before)} ({literal(default)})")
        if ours == "lr" or ours in read.given - {"weight_decay"} or value != default or before not in (None, default):
            arguments[theirs] = value
    if entry.rule in (OptaxMuon, KerasMuon) and arguments.get(entry.arguments["rms"]) == 0:
        arguments[entry.arguments["rms"]] = None
        if entry.rule is OptaxMuon:
            del arguments["consistent_rms"]
    notes = (f"Left at defaults that are others in {entry.call}: {', '.join(others)}.",) if others else ()
    for pair in {name.partition("[")[0] for name in arguments if "[" in name}:
        theirs = {f"{pair}[{index}]": ours for index, ours in enumerate(("beta1", "beta2"))}
        arguments[pair] = tuple(values[ours] for ours in theirs.values())
        arguments = {name: value for name, value in arguments.items() if name not in theirs}
    signature = list(SIGNATURES[entry.call][0] if entry.call in SIGNATURES else entry.arguments)
    arguments |= more
    rate = entry.arguments.get("lr")
    written = [
        f"{name}={lr if lr and name == rate else literal(arguments[name])}" for name in signature if name in arguments
    ]
    text = f"{entry.call}({', '.join(['params'] * ('params' in signature) + written)})"
    return text, notes


def literal(value: Any) -> str:
    """A value as it stands in a program.

    Args:
        value: a number, a text, a truth value, None, or a tuple of these.

    Returns:
        Python. A number has 15 digits at most, and a whole one ends in .0.
    """
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))})"
    if isinstance(value, (bool, str, type(None))):
        return repr(value)
    text = f"{value:.15g}"
    return f"{text}.0" if text.lstrip("-").isdigit() else text
