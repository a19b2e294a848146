"""A translator of calls between frameworks: what `steepest.frameworks.translate` answers, tabulated for the page.

`translate` itself is called, with numbers that record what is done to them. So the page's settings and notes are
formulas of the reader's numbers, and nothing of what `translate` knows is written in JavaScript. What depends on
whether a setting is zero, or on or off, has an answer for each case.
"""

import itertools
import json
from dataclasses import fields, make_dataclass
from typing import ClassVar

import matplotlib.pyplot as plt
from traitlets import Unicode

from steepest.arguments import instance
from steepest.frameworks import FRAMEWORKS, translate
from steepest.frameworks.calls import COURSE, ENTRIES, SAME_RULE
from steepest.frameworks.distance import SHAPE, SIZES, STEPS, noise
from steepest.frameworks.reading import read
from steepest.frameworks.signatures import REQUIRED, SIGNATURES
from steepest.frameworks.translation import translated
from steepest.live.javascript import compile_function, compile_rule
from steepest.live.recording import CompileError
from steepest.live.widget import Live
from steepest.optimizers import HYPERPARAMETERS, Optimizer

PLACES = tuple(dict.fromkeys(framework for framework, _ in FRAMEWORKS))

#: Calls to pick.
EXAMPLES = (
    "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)",
    "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)",
    "torch.optim.RMSprop(model.parameters())",
    "torch.optim.Adam(model.parameters(), lr=3e-4)",
    "torch.optim.AdamW(model.parameters())",
    "torch.optim.Adam(model.parameters(), amsgrad=True)",
    "torch.optim.Muon(params)",
    "optax.sgd(0.1, momentum=0.9, nesterov=True)",
    "optax.adagrad(0.5)",
    "optax.rmsprop(0.001, momentum=0.9, nesterov=True)",
    "optax.adamw(0.001, weight_decay=0.01)",
    "optax.lion(1e-4)",
    "optax.sign_sgd(0.001)",
    "optax.contrib.schedule_free_adamw(0.0025, weight_decay=0.01)",
    "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, weight_decay=0.01)",
    "keras.optimizers.Adagrad()",
    "keras.optimizers.Adam(learning_rate=0.001)",
    "keras.optimizers.ScheduleFreeAdamW(learning_rate=0.0025)",
    "keras.optimizers.Muon(learning_rate=0.01)",
)

#: Hyperparameters whose being zero makes another case: a term of the rule is gone.
_MAY_VANISH = {"momentum", "dampening", "eps", "eps_root", "initial", "lr_decay", "weight_decay", "rms"}


class _Number(float):
    """A number that records, as JavaScript, how it was computed from a reader's settings.

    Written into a text, it leaves a mark in its place, which is a name in Python too.
    """

    script: str
    table: dict

    def __new__(cls, value, script, table):
        self = super().__new__(cls, value)
        self.script, self.table = script, table
        return self

    def _with(self, operation, left, right):
        """The result of an operation, with how it was computed."""
        if operation == "__add__" and 0.0 in (float(left), float(right)):
            return left if float(right) == 0 else right
        scripts = [one.script if isinstance(one, _Number) else repr(float(one)) for one in (left, right)]
        value = getattr(float(left), operation)(float(right))
        return _Number(value, f"({scripts[0]}{_SIGNS[operation]}{scripts[1]})", self.table)

    def __format__(self, spec):
        name = f"n{self.table.setdefault(self.script, (len(self.table), self))[0]}_"
        return name if spec == ".15g" else f"{name}|{spec}|"

    def __neg__(self):
        return _Number(-float(self), f"(-{self.script})", self.table)


_SIGNS = {"__add__": "+", "__sub__": "-", "__mul__": "*", "__truediv__": "/", "__pow__": "**"}


def _recording(operation):
    """Make numbers record an operation, from the left and from the right."""
    reflected = f"__r{operation.lstrip('_')}"
    setattr(_Number, operation, lambda self, other: self._with(operation, self, other))
    setattr(_Number, reflected, lambda self, other: self._with(operation, other, self))


for _operation in _SIGNS:
    _recording(_operation)


class Translator(Live):
    """A field for a call of PyTorch, Optax or Keras, and what it is in the other two and in the course.

    The page reads calls with numbers for their settings. What else `steepest.frameworks.translate` reads, it names.

    Args:
        call: the call that the field holds at first.

    Attributes:
        call: the call in the field.

    Raises:
        ValueError, TypeError: a first call that cannot be read; the message says why.

    >>> Translator("optax.sgd(0.1)")
    Translator('optax.sgd(0.1)')
    """

    _files: ClassVar = ("words_translator", "calls", "answers", "apart", "translator")
    _function: ClassVar = "translator"

    call = Unicode().tag(sync=True)

    def __init__(self, call: str):
        read(instance("call", call, str))
        rules = _Rules()
        calls = [_tabulated(framework, entry, rules) for framework in PLACES for entry in ENTRIES[framework]]
        spec = {
            "places": [*PLACES, COURSE],
            "examples": EXAMPLES,
            "same": sorted(SAME_RULE),
            "compared": {"steps": STEPS, "shape": SHAPE, "sizes": SIZES},
            "fractions": [name for name, known in HYPERPARAMETERS.items() if known.high == 1],
            "signatures": {
                name: {
                    "names": list(defaults),
                    "params": defaults.get("params") is REQUIRED,
                    "positional": positional,
                    "off": [argument for argument, default in defaults.items() if default in (None, False, 0)],
                }
                for name, (defaults, positional) in SIGNATURES.items()
                if any(entry.call == name for framework in PLACES for entry in ENTRIES[framework])
            },
        }
        super().__init__(
            f"{{ spec: {json.dumps(spec, ensure_ascii=False)}, calls: [{', '.join(calls)}], "
            f"rules: [{', '.join(rules.compiled)}], noise: {compile_function(noise)} }}",
            name="Translator",
            call=call,
        )

    def __repr__(self):
        return f"Translator({self.call!r})"

    def figure(self):
        found = read(self.call)
        lines = [self.call]
        for to in PLACES:
            if to != found.framework:
                lines.append(f"{to}: {translate(self.call, to).equivalent or 'no equivalent'}")
        with plt.style.context("steepest.course"):
            figure, ax = plt.subplots(figsize=(7, 0.4 + 0.3 * len(lines)), dpi=96)
            ax.axis("off")
            for k, line in enumerate(lines):
                ax.text(0, 1 - (k + 0.5) / len(lines), line, family="monospace", fontsize=8, va="center")
        return figure, f"{lines[0]} is, in other frameworks, {'; '.join(lines[1:])}."


class _Rules:
    """The compiled rules that the page needs, each once."""

    def __init__(self):
        self.compiled, self._known = [], {}

    def __call__(self, optimizer):
        """Where an optimizer's rule is, and the numbers that its hyperparameters are; None for rules of matrices."""
        flat, values = _flat(optimizer)
        wrappers = _wrappers(optimizer)
        switches = [value for value in values.values() if isinstance(value, bool)]
        key = repr([type(wrappers[-1].rule if wrappers else optimizer), switches, *map(type, wrappers)])
        if key not in self._known:
            try:
                self.compiled.append(compile_rule(flat))
                self._known[key] = len(self.compiled) - 1
            except CompileError:
                self._known[key] = None
        if self._known[key] is None:
            return None
        numbers = [value for value in values.values() if not isinstance(value, bool)]
        return [
            self._known[key],
            [f"{value:.15g}" if isinstance(value, _Number) else float(value) for value in numbers],
        ]


def _wrappers(optimizer):
    """What stands around a rule, the outermost first."""
    found = []
    while hasattr(optimizer, "rule"):
        found.append(optimizer)
        optimizer = optimizer.rule
    return found


def _flat(optimizer):
    """A rule and what stands around it as one rule with plain hyperparameters, and the values of these."""
    wrappers = _wrappers(optimizer)
    inner = optimizer if not wrappers else wrappers[-1].rule
    values = dict(inner.hyperparameters)
    if not wrappers:
        return inner, values
    for k, wrapper in enumerate(wrappers):
        values |= {
            f"{field.name}{k or ''}": getattr(wrapper, field.name) for field in fields(wrapper) if field.name != "rule"
        }

    def built(self):
        """The rule with what stands around it, of this object's hyperparameters, whatever they are."""
        made = _unchecked(type(inner), {name: getattr(self, name) for name in inner.hyperparameters})
        for k, wrapper in reversed(list(enumerate(wrappers))):
            own = {f.name: getattr(self, f"{f.name}{k or ''}") for f in fields(wrapper) if f.name != "rule"}
            made = _unchecked(type(wrapper), {"rule": made, **own})
        return made

    def init(self, state):
        built(self).init(state)

    def step(self, g, state):
        return built(self).step(g, state)

    made = make_dataclass(
        type(inner).__name__,
        [(name, type(value), value) for name, value in values.items()],
        bases=(Optimizer,),
        namespace={"init": init, "step": step},
    )
    return made(), values


def _unchecked(cls, values):
    """An optimizer with these attributes, whatever they are: no range is checked."""
    made = object.__new__(cls)
    vars(made).update(values)
    return made


def _tabulated(framework, entry, rules):
    """All that the page has to know of one call: a JavaScript object."""
    numbers, names = {}, {}
    for ours, default in _probes(entry).items():
        names[ours] = _Number(default, f"v.{ours}", numbers)
    switches = [ours for ours, default in entry.defaults.items() if isinstance(default, bool)]
    vanishing = [ours for ours in names if ours in _MAY_VANISH]
    cases = {}
    for on in itertools.product((False, True), repeat=len(switches)):
        for zero in itertools.product((False, True), repeat=len(vanishing)):
            settings = dict(zip(switches, on, strict=True)) | {
                name: 0.0 if gone else names[name] for name, gone in zip(vanishing, zero, strict=True)
            }
            key = "".join("01"[one] for one in (*on, *zero))
            found = _answers(framework, entry, names | settings, rules)
            if found is not None:
                cases[key] = found
    spec = {
        "framework": framework,
        "call": entry.call,
        "selected": entry.selected_by,
        "arguments": entry.arguments,
        "defaults": entry.defaults,
        "switches": switches,
        "vanishing": vanishing,
        "differences": entry.differences,
        "cases": cases,
    }
    scripts = ", ".join(numbers)
    return f"{{ ...{json.dumps(spec, ensure_ascii=False)}, numbers: (v) => [{scripts}] }}"


def _probes(entry):
    """Numbers that no rule singles out, one for each hyperparameter."""
    usual = {"beta1": 0.8317, "beta2": 0.9871, "decay": 0.9173, "momentum": 0.8731, "dampening": 0.3719, "rms": 0.3271}
    numbers = [ours for ours in entry.arguments if not isinstance(entry.defaults.get(ours), bool)]
    return {ours: usual.get(ours, 0.0371 + 0.00137 * k) for k, ours in enumerate(numbers)}


def _answers(framework, entry, settings, rules):
    """What a call with these settings is elsewhere, by place; None for what the framework refuses."""
    given = {f"s_{ours}": value for ours, value in settings.items()}
    arguments, pairs = {name: repr(value) for name, value in entry.selected_by.items()}, {}
    for ours, theirs in entry.arguments.items():
        name, _, index = theirs.rstrip("]").partition("[")
        if index:
            pairs.setdefault(name, {})[index] = f"s_{ours}"
        elif ours == "rms" and settings[ours] == 0:
            arguments[name] = "None"
        else:
            arguments[name] = f"s_{ours}"
    arguments |= {name: f"({pair['0']}, {pair['1']})" for name, pair in pairs.items()}
    first = "params, " if SIGNATURES[entry.call][0].get("params") is REQUIRED else ""
    text = f"{entry.call}({first}{', '.join(f'{name}={value}' for name, value in arguments.items())})"
    try:
        found = read(text, given)
    except ValueError:
        return None
    answers = {}
    for to in (*PLACES, COURSE):
        if to == framework:
            continue
        table = next(value.table for value in settings.values() if isinstance(value, _Number))
        one = translated(text, found, to, known=_Marked(table), measure=lambda *_: "")
        answers[to] = {"text": one.equivalent, "exact": one.exact, "notes": [note for note in one.notes if note]}
        if one.exact == "no" and one.after is not None:
            answers[to]["runs"] = [rules(one.before), rules(one.after)]
    return {"rule": rules(found.optimizer), "answers": answers}


class _Marked:
    """The numbers that the marks in a text stand for, those made later too."""

    def __init__(self, table):
        self._table = table

    def keys(self):
        return [f"n{k}_" for k, _ in self._table.values()]

    def __getitem__(self, name):
        return dict(zip(self.keys(), (number for _, number in self._table.values()), strict=True))[name]
