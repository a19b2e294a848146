"""What Optax puts together: chains of parts, several gradients for one step, and groups of parameters."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from steepest.frameworks.calls import IDLE, SCALES
from steepest.frameworks.optimizer_call import Read, one_call, schedule_in, wrapped
from steepest.frameworks.rewriting import parts
from steepest.frameworks.syntax import arguments, bound, full_name, require_count, require_number, value_of
from steepest.frameworks.wrappers import L2, ClippedNorm, ClippedValue, Decoupled, Shrinking, Uphill
from steepest.optimizers import Optimizer


def chain(node: ast.Call, known: Mapping, read_optimizer: Callable) -> Read:
    """`optax.chain` of one optimizer, or the parts of one, with clipping, weight decay and signs around it.

    Args:
        node: the call.
        known: the values of names in it.
        read_optimizer: reads a part that is an optimizer; a function of the call and of ``known``.

    Returns:
        a `Read` of one optimizer, with the wrappers that the parts around it stand for.

    Raises:
        TypeError, ValueError: what is no chain that can be read, and why.
    """
    if node.keywords or not node.args:
        raise ValueError("optax.chain is read with the parts of one optimizer in their order, without names.")
    before, after, found, factor, schedule, beside = [], [], None, 1.0, None, []
    for part in node.args:
        if not isinstance(part, ast.Call):
            raise ValueError(f"optax.chain: {ast.unparse(part)} cannot be read: write the call.")
        call = full_name(part)
        if call in IDLE:
            beside += [IDLE[call]] if IDLE[call] else []
        elif call in ("optax.add_decayed_weights", "optax.clip", "optax.clip_by_global_norm"):
            given = arguments(part, call, known)
            if found is None:
                before.append((call, given))
            else:
                after.append((call, factor, given))
        elif call in _FACTORS:
            by, schedule = _scaled(part, call, known, schedule)
            if found is None and (call, by) == ("optax.scale", -1.0) and part is not node.args[-1]:
                before.append((call, {}))
                continue
            if found is None:  # what is left is gradient descent
                found = one_call("optax.sgd", {"learning_rate": ast.Constant(1.0)}, {}, known)
            factor *= by
        elif found is not None:
            raise ValueError("optax.chain has two rules, one after the other: that is no rule of the course.")
        elif call in SCALES:
            found = _direction(part, call, known)
        else:
            found, factor = read_optimizer(part, known), -1.0
    if found is None:
        raise ValueError("optax.chain has no optimizer among its parts.")
    if found.groups:
        raise ValueError("optax.chain is read around an optimizer without groups of parameters.")
    return _assembled(replace(found, beside=(*found.beside, *beside)), factor, before, after, schedule)


def _direction(node, call, known):
    """A rule of Optax without its learning rate, such as `optax.scale_by_adam`."""
    inner, fixed = SCALES[call]
    given = {name: ast.Constant(value) for name, value in fixed.items()} | bound(node, call)
    if call == "optax.trace":
        if "decay" not in given:
            raise TypeError("optax.trace has no default decay: give one.")
        given["momentum"] = given.pop("decay")
    return one_call(inner, given | {"learning_rate": ast.Constant(1.0)}, {}, known)


#: Parts of a chain that multiply, and the argument that says by what.
_FACTORS = {
    "optax.scale": "step_size",
    "optax.scale_by_learning_rate": "learning_rate",
    "optax.scale_by_schedule": "step_size_fn",
}


def _scaled(node, call, known, schedule):
    """The number by which a part of a chain multiplies, and the schedule of the learning rate as far as it is known."""
    given, name = bound(node, call), _FACTORS[call]
    if name not in given:
        raise TypeError(f"{call} has no default {name}: give one.")
    found = schedule_in(given[name], known) if call != "optax.scale" else None
    by: Any = found.lr if found else require_number(value_of(given[name], f"{call}: {name}", known), f"{call}: {name}")
    if call == "optax.scale_by_schedule" and not found:
        raise ValueError(f"{call}: {ast.unparse(given[name])} is no schedule that is known here: nothing is run.")
    flips = call == "optax.scale_by_learning_rate"
    flipped = flips and value_of(given.get("flip_sign", ast.Constant(True)), "flip_sign", known) is True
    return (-by if flipped else by), found or schedule


def _assembled(found, factor, before, after, schedule):
    """A chain's rule with what stands before it and after it.

    Args:
        found: what was read of the rule.
        factor: what the chain multiplies the rule's direction by, in all.
        before: pairs of a call and its arguments.
        after: for each part behind the rule its call, what the chain had multiplied by there, and its arguments.
        schedule: that of the learning rate, or None.
    """
    if factor >= 0:
        raise ValueError("optax.chain goes uphill, or nowhere: it has to end in a negative scale, such as scale(-0.1).")
    inner = parts(found.optimizer)
    lr = -factor * inner.rule.lr
    optimizer = replace(inner, rule=replace(inner.rule, lr=lr)).optimizer
    for call, so_far, given in after:
        if call != "optax.add_decayed_weights":
            raise ValueError(f"optax.chain: {call} stands after the rule, where it clips steps, not gradients.")
        fraction = -_decayed(call, given) * factor / so_far
        late = so_far == factor  # no learning rate comes after it
        optimizer = Shrinking(optimizer, fraction) if late else Decoupled(optimizer, fraction / lr)
    around: list[Optimizer] = []
    for call, given in before:
        if call == "optax.clip":
            around.append(ClippedValue(None, require_number(given["max_delta"], "max_delta")))
        elif call == "optax.clip_by_global_norm":
            around.append(ClippedNorm(None, require_number(given["max_norm"], "max_norm")))
        elif call == "optax.scale":
            around.append(Uphill(None))
        else:
            around.append(L2(None, _decayed(call, given)))
    return replace(
        found,
        optimizer=wrapped(optimizer, around),
        given=found.given | {"lr"},
        schedule=schedule or found.schedule,
    )


def _decayed(call, given):
    """λ of an `optax.add_decayed_weights`, whose arguments are given."""
    if given["mask"] not in (None, True, False):
        raise ValueError(f"{call}: mask cannot be carried over from a chain: translate what it holds for by itself.")
    return 0.0 if given["mask"] is False else require_number(given["weight_decay"], f"{call}: weight_decay")


def several_steps(node: ast.Call, known: Mapping, read_optimizer: Callable) -> Read:
    """`optax.MultiSteps`: one step for several gradients. The arguments and errors are those of `chain`.

    Returns:
        what was read of the optimizer inside, with the number of gradients for a step.
    """
    given = bound(node, "optax.MultiSteps")
    if "opt" not in given or "every_k_schedule" not in given:
        raise TypeError("optax.MultiSteps needs an optimizer and every_k_schedule.")
    if "use_grad_mean" in given and value_of(given["use_grad_mean"], "use_grad_mean", known) is not True:
        raise ValueError("optax.MultiSteps is read with use_grad_mean=True alone: the mean of the gradients.")
    every = require_count(
        value_of(given["every_k_schedule"], "every_k_schedule", known), "optax.MultiSteps: every_k_schedule"
    )
    return replace(read_optimizer(given["opt"], known), every=every)


def partition(node: ast.Call, call: str, known: Mapping, read_optimizer: Callable) -> Read:
    """`optax.partition`, under this name or its older one: a group for each of its optimizers.

    The other arguments and errors are those of `chain`.

    Returns:
        a `Read` without an optimizer, but with groups; the rest is that of the first group.
    """
    transforms = node.args[0] if node.args else None
    for keyword in node.keywords:
        if keyword.arg == "transforms":
            transforms = keyword.value
    pairs = zip(transforms.keys, transforms.values, strict=True) if isinstance(transforms, ast.Dict) else [(None, None)]
    groups = []
    for key, value in pairs:
        if not isinstance(key, ast.Constant):
            raise ValueError(f"{call} is read with a dictionary of optimizers, written out.")
        groups.append((str(key.value), read_optimizer(value, known)))
    return replace(groups[0][1], optimizer=None, groups=tuple(groups))
