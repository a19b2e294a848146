"""What the frameworks have and the course does not: what each is, and what is nearest.

Rules, and what can stand around a rule: parts of a chain, wrappers, schedules.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Other:
    """A rule that is not of the course, or what stands around a rule and is not modelled.

    Attributes:
        what: what it is, in a sentence.
        nearest: what is nearest, and what to mind.
        names: what each framework that has one calls it.
        around: whether it stands around a rule, so that the rule can be translated without it.
    """

    what: str
    nearest: str
    names: dict
    around: bool = False

    @property
    def verdict(self) -> str:
        """Why there is no equivalent, and what is nearest."""
        if self.around:
            return f"It is not modelled here: leave it out to have the rest translated. Nearest: {self.nearest}."
        return f"It is not a rule of this course. Nearest: {self.nearest}."


_ADAM = "Adam, with the same learning rate"

#: By the name that most call it.
OTHERS = {
    "NAdam": Other(
        "NAdam is Adam with Nesterov's look-ahead, in PyTorch and Keras with a β₁ that rises during the run.",
        "optax.nadam, which looks ahead with a constant β₁, is known here; else Adam",
        {"PyTorch": "torch.optim.NAdam", "Keras": "keras.optimizers.Nadam"},
    ),
    "RAdam": Other(
        "RAdam is Adam that leaves the division out while too few gradients have been averaged: a warm-up by rule.",
        "Adam with a warm-up of about 2/(1 − β₂) steps",
        {"PyTorch": "torch.optim.RAdam", "Optax": "optax.radam"},
    ),
    "Adamax": Other(
        "Adamax is Adam that divides by the largest recent |g| in place of the root of an average of g².",
        _ADAM,
        {"PyTorch": "torch.optim.Adamax", "Optax": "optax.adamax", "Keras": "keras.optimizers.Adamax"},
    ),
    "Adadelta": Other(
        "Adadelta is RMSProp whose learning rate is the root mean square of its own recent steps.",
        "RMSProp, whose learning rate has to be chosen",
        {"PyTorch": "torch.optim.Adadelta", "Optax": "optax.adadelta", "Keras": "keras.optimizers.Adadelta"},
    ),
    "Adafactor": Other(
        "Adafactor is Adam that keeps, for a matrix, one average of g² a row and one a column, to save memory.",
        "Adam, which takes more memory; Adafactor's learning rate is relative to the size of the weights",
        {"PyTorch": "torch.optim.Adafactor", "Optax": "optax.adafactor", "Keras": "keras.optimizers.Adafactor"},
    ),
    "LAMB": Other(
        "LAMB is AdamW whose step for each array is made as long as the array times the learning rate.",
        "AdamW; LAMB's learning rate means a fraction of the weights, so it does not carry over",
        {"Optax": "optax.lamb", "Keras": "keras.optimizers.Lamb"},
    ),
    "LARS": Other(
        "LARS is momentum whose step for each array is made as long as the array times the learning rate.",
        "Momentum; LARS's learning rate means a fraction of the weights, so it does not carry over",
        {"Optax": "optax.lars"},
    ),
    "AdaBelief": Other(
        "AdaBelief is Adam that averages the square of g − m, how far a gradient is from what was expected, not g².",
        _ADAM,
        {"Optax": "optax.adabelief"},
    ),
    "Ftrl": Other(
        "FTRL is AdaGrad with penalties that make many weights exactly zero.",
        "AdaGrad",
        {"Keras": "keras.optimizers.Ftrl"},
    ),
    "LBFGS": Other(
        "L-BFGS builds an inverse curvature from its last steps and searches along a line: a method for full batches.",
        "nothing; for full batches, Nesterov",
        {"PyTorch": "torch.optim.LBFGS", "Optax": "optax.lbfgs"},
    ),
    "Rprop": Other(
        "Rprop steps by the sign of the gradient with a step size for each coordinate: see chapter 5.",
        "steepest.variants.Rprop, without the limits; for minibatches RMSProp",
        {"PyTorch": "torch.optim.Rprop", "Optax": "optax.rprop"},
    ),
    "ASGD": Other(
        "ASGD is SGD that also averages the points it goes through.",
        "SGD with the average (2.13) of chapter 2",
        {"PyTorch": "torch.optim.ASGD"},
    ),
    "SparseAdam": Other(
        "SparseAdam is Adam that leaves a coordinate's averages as they are while it has no gradient.",
        "Adam, whose averages decay at each step",
        {"PyTorch": "torch.optim.SparseAdam"},
    ),
    "Yogi": Other(
        "Yogi is Adam whose h moves towards g² by (1 − β₂) g², however far away it is.",
        _ADAM,
        {"Optax": "optax.yogi"},
    ),
    "NovoGrad": Other(
        "NovoGrad is Adam that divides by one number for each array, the root of an average of its gradient's square.",
        "AdamW",
        {"Optax": "optax.novograd"},
    ),
    "Prodigy": Other(
        "Prodigy is Adam that estimates its learning rate from how far it has come.",
        "Adam, whose learning rate has to be chosen",
        {"Optax": "optax.contrib.prodigy"},
    ),
    # Parts of a chain, and what stands around an optimizer.
    "SAM": Other(
        "SAM takes each gradient a little uphill of the weights, where the loss is high: two gradients a step.",
        "the rule inside, which takes its gradient where it is",
        {"Optax": "optax.contrib.sam"},
        around=True,
    ),
    "lookahead": Other(
        "Lookahead lets a rule run for some steps, and then moves slow weights a part of the way to where it came.",
        "the rule inside, whose weights are averaged beside the run, as use_ema of Keras does",
        {"Optax": "optax.lookahead"},
        around=True,
    ),
    "block RMS": Other(
        "clip_by_block_rms shortens each parameter's gradient whose root mean square is above the threshold.",
        "for one parameter, clipping by its own norm, clipnorm of Keras, at threshold × √(its number of entries)",
        {"Optax": "optax.clip_by_block_rms"},
        around=True,
    ),
    "adaptive clipping": Other(
        "adaptive_grad_clip shortens the gradient of each unit whose norm exceeds a fraction of its weights' own norm.",
        "clipping at a fixed norm, such as clip_by_global_norm",
        {"Optax": "optax.adaptive_grad_clip"},
        around=True,
    ),
    "centralizing": Other(
        "centralize takes the mean off each row of a gradient.",
        "nothing",
        {"Optax": "optax.centralize"},
        around=True,
    ),
    "noise": Other(
        "add_noise adds normal noise to each gradient, less and less of it.",
        "nothing; minibatches make noise of their own",
        {"Optax": "optax.add_noise"},
        around=True,
    ),
    "unit length": Other(
        "normalize_by_update_norm divides the gradient by its norm, so that every step is as long.",
        "clipping by a small norm, which makes all but the smallest gradients as long as the limit",
        {"Optax": "optax.normalize_by_update_norm"},
        around=True,
    ),
    "trust ratio": Other(
        "scale_by_trust_ratio makes each array's step as long as the array: LAMB and LARS end in it.",
        "the rule without it; its learning rate means a fraction of the weights, so it does not carry over",
        {"Optax": "optax.scale_by_trust_ratio"},
        around=True,
    ),
    "masked": Other(
        "masked applies what is inside to some parameters only; the gradients of the others pass through unchanged.",
        "optax.partition, whose groups are translated one by one; for weight decay, the mask of optax.adamw",
        {"Optax": "optax.masked"},
        around=True,
    ),
    "set to zero": Other(
        "set_to_zero leaves its parameters as they are.",
        "to freeze them, requires_grad_(False) in PyTorch and trainable = False in Keras; translate the others alone",
        {"Optax": "optax.set_to_zero"},
        around=True,
    ),
    "apply every": Other(
        "apply_every takes the sum of several steps at once, and no step between.",
        "optax.MultiSteps, one step for the mean of several gradients",
        {"Optax": "optax.apply_every"},
        around=True,
    ),
    "projection": Other(
        "keep_params_nonnegative shortens steps so that no parameter falls below 0.",
        "a constraint of the model, keras.constraints.NonNeg in Keras",
        {"Optax": "optax.keep_params_nonnegative"},
        around=True,
    ),
    # Schedules.
    "restarts": Other(
        "The cosine begins anew again and again, each time for more steps or from a lower rate if it is told so.",
        "one cosine of the whole length",
        {
            "PyTorch": "torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",
            "Optax": "optax.sgdr_schedule",
            "Keras": "keras.optimizers.schedules.CosineDecayRestarts",
        },
        around=True,
    ),
    "one cycle": Other(
        "The learning rate rises to its peak and falls far below where it began; PyTorch's moves the momentum too.",
        "a warm-up with a cosine, optax.warmup_cosine_decay_schedule",
        {"PyTorch": "torch.optim.lr_scheduler.OneCycleLR", "Optax": "optax.cosine_onecycle_schedule"},
        around=True,
    ),
    "one cycle of lines": Other(
        "The learning rate rises to its peak in a straight line, falls in another, and in a third to almost nothing.",
        "a warm-up with a cosine, optax.warmup_cosine_decay_schedule",
        {"Optax": "optax.linear_onecycle_schedule"},
        around=True,
    ),
    "cycles": Other(
        "The learning rate goes up and down between two values; PyTorch's moves the momentum the other way.",
        "one warm-up with a cosine, optax.warmup_cosine_decay_schedule",
        {"PyTorch": "torch.optim.lr_scheduler.CyclicLR"},
        around=True,
    ),
    "plateau": Other(
        "The learning rate falls whenever a loss has stopped falling: it depends on the run, not on the step.",
        "a schedule of steps, at the steps where it fell",
        {
            "PyTorch": "torch.optim.lr_scheduler.ReduceLROnPlateau",
            "Optax": "optax.contrib.reduce_on_plateau",
            "Keras": "keras.callbacks.ReduceLROnPlateau",
        },
        around=True,
    ),
    "own function": Other(
        "The learning rate is a function of your own, and nothing is run here.",
        "any function of t = 1, 2, … is a schedule of the course; the frameworks count from 0",
        {"PyTorch": "torch.optim.lr_scheduler.LambdaLR", "Keras": "keras.callbacks.LearningRateScheduler"},
        around=True,
    ),
    "own factors": Other(
        "The learning rate is multiplied at each step by a function of your own, and nothing is run here.",
        "ExponentialLR, where the factor is the same at each step",
        {"PyTorch": "torch.optim.lr_scheduler.MultiplicativeLR"},
        around=True,
    ),
    "sequence": Other(
        "Several schedules follow one another.",
        "for a straight warm-up with a cosine after it, optax.warmup_cosine_decay_schedule, which is read",
        {"PyTorch": "torch.optim.lr_scheduler.SequentialLR", "Optax": "optax.join_schedules"},
        around=True,
    ),
    "chained": Other(
        "Several schedules multiply the learning rate at each step.",
        "one of them",
        {"PyTorch": "torch.optim.lr_scheduler.ChainedScheduler"},
        around=True,
    ),
    "inverse time": Other(
        "The learning rate is divided by 1 + decay_rate t / decay_steps, t = 0, 1, …",
        "a function of the step in the course, such as lambda t: 1 / (1 + 0.01 * (t - 1))",
        {"Keras": "keras.optimizers.schedules.InverseTimeDecay"},
        around=True,
    ),
    "exponential with warm-up": Other(
        "The learning rate rises in a straight line, and then falls by a factor for every so many steps.",
        "optax.exponential_decay without the warm-up",
        {"Optax": "optax.warmup_exponential_decay_schedule"},
        around=True,
    ),
    "interpolation": Other(
        "The learning rate goes from one value to the next, in lines or half cosines, at given steps.",
        "optax.piecewise_constant_schedule, which jumps",
        {"Optax": "optax.piecewise_interpolate_schedule"},
        around=True,
    ),
}

#: Parts of a chain of Optax that are a rule above without its learning rate.
DIRECTIONS = {
    "optax.scale_by_radam": "RAdam",
    "optax.scale_by_adamax": "Adamax",
    "optax.scale_by_adadelta": "Adadelta",
    "optax.scale_by_factored_rms": "Adafactor",
    "optax.scale_by_belief": "AdaBelief",
    "optax.scale_by_lbfgs": "LBFGS",
    "optax.scale_by_rprop": "Rprop",
    "optax.scale_by_yogi": "Yogi",
    "optax.scale_by_novograd": "NovoGrad",
}


class NotOfTheCourse(LookupError):
    """What the course does not have; ``other`` says what it is."""

    def __init__(self, name: str, framework: str):
        super().__init__(name)
        self.other, self.framework = OTHERS[name], framework


def refuse(call: str) -> None:
    """Raise `NotOfTheCourse` if a name is that of something in `OTHERS`.

    A name without a dot may be the reader's own: what stands around a rule is not found by a single small word.
    """
    if call in DIRECTIONS:
        raise NotOfTheCourse(DIRECTIONS[call], "Optax")
    for name, other in OTHERS.items():
        for framework, theirs in other.names.items():
            if f".{theirs}".endswith(f".{call}") and not (call.islower() and call.isalpha() and other.around):
                raise NotOfTheCourse(name, framework)
