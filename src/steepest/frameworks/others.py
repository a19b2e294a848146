"""Rules of the frameworks that the course does not have: what each is, and what is nearest in the course."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Other:
    """A rule that is not of the course.

    Attributes:
        what: what it is, in a sentence.
        nearest: the rule of the course that is nearest, and what to mind.
        names: what each framework that has one calls it.
    """

    what: str
    nearest: str
    names: dict


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
}


class NotOfTheCourse(LookupError):
    """A rule that the course does not have; ``other`` says what it is."""

    def __init__(self, name: str, framework: str):
        super().__init__(name)
        self.other, self.framework = OTHERS[name], framework


def refuse(call: str) -> None:
    """Raise `NotOfTheCourse` if a name is that of a rule in `OTHERS`."""
    last = call.rpartition(".")[2]
    for name, other in OTHERS.items():
        for framework, theirs in other.names.items():
            if theirs.endswith(f".{call}") or theirs == call or (theirs.rpartition(".")[2] == last and "." not in call):
                raise NotOfTheCourse(name, framework)
