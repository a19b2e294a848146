"""The calls that are known: what each framework calls its rules, and what else may stand in a call or around it."""

from steepest.frameworks.signatures import REQUIRED, SIGNATURES
from steepest.frameworks.table import FRAMEWORKS, VARIANTS, FrameworkRule
from steepest.frameworks.wrappers import L2, ClippedNorm, ClippedValue, Decoupled, Shrinking, Uphill
from steepest.optimizers import OPTIMIZERS, SGD

COURSE = "Steepest"


def _course_rule(rule):
    """A rule of the course as an entry of the table: its call is its own name."""
    defaults = rule().hyperparameters
    return FrameworkRule(
        call=rule.__name__, rule=rule, course=rule, arguments={name: name for name in defaults}, defaults=defaults
    )


#: The entries of each framework. The course's own rules count as one.
ENTRIES = {
    name: [*(entry for (framework, _), entry in FRAMEWORKS.items() if framework == name), *VARIANTS[name]]
    for name in dict.fromkeys(framework for framework, _ in FRAMEWORKS)
} | {COURSE: [_course_rule(rule) for rule in (*OPTIMIZERS.values(), SGD)]}

#: The classes that stand around a rule, by name.
WRAPPERS = {wrapper.__name__: wrapper for wrapper in (L2, Decoupled, Shrinking, ClippedNorm, ClippedValue, Uphill)}

#: The arguments of each call, as in `SIGNATURES`, those of the course among them.
CALLS = (
    SIGNATURES
    | {
        entry.call: ({name: entry.defaults[name] for name in entry.arguments}, tuple(entry.arguments))
        for entry in ENTRIES[COURSE]
    }
    | {name: (dict.fromkeys(("rule", "weight_decay"), REQUIRED), ("rule", "weight_decay")) for name in WRAPPERS}
    | {
        "ClippedNorm": (
            {"rule": REQUIRED, "limit": REQUIRED, "guard": 0.0, "each": False},
            ("rule", "limit", "guard", "each"),
        ),
        "ClippedValue": ({"rule": REQUIRED, "limit": REQUIRED}, ("rule", "limit")),
        "Uphill": ({"rule": REQUIRED}, ("rule",)),
    }
)

#: Other names of a call, and the arguments that they give it.
ALIASES = {
    "optax.nadam": ("optax.adam", {"nesterov": True}),
    "optax.nadamw": ("optax.adamw", {"nesterov": True}),
    "keras.mixed_precision.LossScaleOptimizer": ("keras.optimizers.LossScaleOptimizer", {}),
}

#: Calls that put several together, and have no arguments of their own.
TOGETHER = ("optax.chain", "optax.partition", "optax.multi_transform", "optax.inject_hyperparams")

#: Calls around an optimizer that do not change its rule: the argument that holds it, and what to know of them.
AROUND = {
    "optax.apply_if_finite": (
        "inner",
        "apply_if_finite leaves a step out where a gradient is not finite. As long as all are, it changes nothing.",
    ),
    "optax.with_extra_args_support": ("tx", "with_extra_args_support does not change the rule, and is left out."),
    "keras.optimizers.LossScaleOptimizer": (
        "inner_optimizer",
        "LossScaleOptimizer multiplies the loss and divides the gradients again, for half precision; it leaves a step "
        "out where a gradient is not finite. As long as all are, it changes nothing.",
    ),
}

#: Parts of a chain of Optax that do nothing to gradients that are numbers, and what to know of them.
IDLE = {
    "optax.identity": None,
    "optax.zero_nans": "zero_nans puts 0 for what is not a number. As long as all are numbers, it changes nothing.",
}

#: What a part of a chain is the rule of, with a learning rate of 1, and the arguments that this has besides.
SCALES = {
    "optax.scale_by_adam": ("optax.adam", {}),
    "optax.scale_by_amsgrad": ("optax.amsgrad", {}),
    "optax.scale_by_sign": ("optax.sign_sgd", {}),
    "optax.scale_by_lion": ("optax.lion", {"weight_decay": 0.0}),
    "optax.scale_by_rms": ("optax.rmsprop", {}),
    "optax.scale_by_stddev": ("optax.rmsprop", {"centered": True}),
    "optax.scale_by_rss": ("optax.adagrad", {}),
    "optax.trace": ("optax.sgd", {}),
}

#: What cannot stand alone, but in a chain.
PARTS = {call for call in SIGNATURES if call.startswith(("optax.scale", "optax.clip", "optax.add_", "optax.trace"))}
PARTS |= set(IDLE)

#: Arguments that do not change the rule, only how it is computed or what it is called.
SAME_RULE = {"foreach", "fused", "capturable", "differentiable", "name", "error_if_nonfinite"}

#: Arguments of Muon that are about other parameters, which Adam steps.
FOR_THE_REST = {
    *("adam_b1", "adam_b2", "adam_eps_root", "adam_weight_decay", "adam_learning_rate"),
    *("adam_beta_1", "adam_beta_2", "adam_lr_ratio", "exclude_layers", "exclude_embeddings"),
}


def optimizer_calls() -> list[str]:
    """The calls that are optimizers, those of the course among them.

    Returns:
        their full names, each once, such as "torch.optim.SGD"; those of the course are names of classes.
    """
    return list(dict.fromkeys(entry.call for entries in ENTRIES.values() for entry in entries))


def refuses_beta1_of_0(entry: FrameworkRule) -> bool:
    """Whether a framework's call has no answer, or refuses, if β₁ is 0.

    Those of Schedule-Free divide by β₁; Keras's Lion raises.

    Args:
        entry: the call.

    Returns:
        True for these, False for all others.
    """
    return entry.call == "keras.optimizers.Lion" or "schedule" in entry.call.casefold()
