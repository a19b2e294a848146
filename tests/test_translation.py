"""The translator of `steepest.frameworks`: what it calls exact is run, and so is what it calls different."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from reference import calls as random_calls
from reference.runs import RUNS
from test_frameworks import REFERENCE, difference, largest_difference, recorded, recorded_calls, run_here

from steepest import OPTIMIZERS, SGD, Adam, GradientDescent, Momentum, Nesterov, Optimizer
from steepest.frameworks import (
    FRAMEWORKS,
    L2,
    Decoupled,
    EpsInsideAdaGrad,
    KerasAdam,
    KerasMuon,
    KerasRMSProp,
    LateMomentum,
    OptaxMuon,
    OptaxRMSProp,
    TorchMuon,
    TorchRMSProp,
    schedules,
    translate,
)
from steepest.frameworks.calls import refuses_beta1_of_0
from steepest.frameworks.distance import as_stored
from steepest.frameworks.falling import next_step
from steepest.frameworks.reading import read
from steepest.frameworks.relations import ANY, APPROXIMATIONS, COINCIDENCES, FORGETFUL
from steepest.frameworks.rewriting import parts

PLACES = ["PyTorch", "Optax", "Keras", "Steepest"]

#: Rules that the others do not have, nor anything near them.
NOWHERE_ELSE = {
    "PyTorch": {"Lion", "ScheduleFree", "ScheduleFreeAdamW", "KerasScheduleFreeAdamW"},
    "Keras": {"ScheduleFree"},
}

#: Values to try for each hyperparameter, those at which rules coincide among them.
VALUES = {
    "lr": [0.1, 0.03],
    "momentum": [0.0, 0.5, 0.9],
    "dampening": [0.0, 0.5],
    "decay": [0.0, 0.9, 0.99],
    "beta1": [0.0, 0.9],
    "beta2": [0.0, 0.9, 0.99],
    "eps": [0.0, 1e-8, 1e-3],
    "eps_root": [0.0, 1e-6],
    "initial": [0.0, 0.1],
    "lr_decay": [0.0, 0.1],
    "weight_decay": [0.0, 0.1],
    "centered": [False, True],
    "nesterov": [False, True],
    "bias_correction": [False, True],
    "eps_inside": [False, True],
    "correct_m": [False, True],
    "correct_h": [False, True],
    "rms": [0.0, 0.2, 0.5],
}


def hyperparameters(names, fixed):
    free = {name: st.sampled_from(VALUES[name]) for name in names if name not in fixed}
    any_value = {name: st.sampled_from(VALUES[name]) for name, value in fixed.items() if value is ANY}
    return st.fixed_dictionaries(
        free | any_value | {name: st.just(value) for name, value in fixed.items() if value is not ANY}
    )


#: Gradients of all sizes that matter for ε, with noise around a mean; those of the last row come and go.
_T = np.arange(1, 41)[:, None]
_NOISE = np.stack([np.sin([0.7, 0.9, 1.1, 1.3] * _T**2 + c * _T) for c in (1.0, 2.0)], axis=-1)
GRADIENTS = np.array([1.0, 1e-2, 1e-4, 1e-8])[:, None] * (0.3 + _NOISE)
GRADIENTS = np.concatenate([GRADIENTS, GRADIENTS[:, :1] * (_T % 20 > 9)[:, :, None]], axis=1)


def points(optimizer, factor=1.0):
    """The points of a run from 1 whose learning rate is multiplied by a factor in the middle."""
    optimizer, found = optimizer.fresh(), []
    w, lr = np.ones_like(as_stored(optimizer, GRADIENTS)[0]), optimizer.lr
    with np.errstate(all="ignore"):
        for t, g in enumerate(as_stored(optimizer, GRADIENTS), 1):
            optimizer.lr = lr * (1.0 if t <= len(GRADIENTS) / 2 else factor)
            optimizer.update({"w": w}, {"w": g})
            found.append(w - 1)
    return as_stored(optimizer, np.array(found))


def apart(one, other, factor=1.0):
    """The largest difference of two runs as a share of the way, in the coordinate where it is largest."""
    ours, theirs = points(one, factor), points(other, factor)
    if not (np.all(np.isfinite(ours[:, :-1])) and np.all(np.isfinite(theirs[:, :-1]))):
        reject()  # centered, with ε = 0: the root of a rounding error
    if np.any(np.isnan(ours) != np.isnan(theirs)):
        return np.inf
    ours, theirs = np.nan_to_num(ours), np.nan_to_num(theirs)  # without ε, 0/0 where there is no gradient
    return np.max(np.abs(ours - theirs) / np.maximum(np.max(np.abs(ours), axis=0), 1e-3))


def check(one, other, exact):
    """Two rules are as close as a translation says."""
    if exact == "no":
        assert apart(one, other) > 1e-10
    else:  # where an average forgets at once, weight decay makes more of a rounding error
        assert apart(one, other) < 1e-10
        changed = apart(one, other, factor=0.3)
        assert changed < 1e-10 if exact == "always" else changed > 1e-6


# --- The relations between rules


@pytest.mark.parametrize("coincidence", COINCIDENCES, ids=lambda c: f"{c.one.__name__}-{c.other.__name__}")
@settings(max_examples=8)
@given(data=st.data())
def test_rules_coincide_where_they_are_said_to(coincidence, data):
    for rule, fixed in (coincidence.one, coincidence.values), (coincidence.other, coincidence.other_values):
        optimizer = rule(**data.draw(hyperparameters(rule().hyperparameters, fixed)))
        assume(coincidence.when(optimizer))
        others = list(coincidence.rewritten(optimizer))
        assert others
        for other in others:
            assert apart(optimizer, other) < 1e-12
            if not coincidence.constant_lr:
                assert apart(optimizer, other, factor=0.3) < 1e-12


def test_momentum_forms_part_when_the_learning_rate_changes():
    parting = [coincidence for coincidence in COINCIDENCES if coincidence.constant_lr]
    assert parting
    for coincidence in parting:
        values = {name: VALUES[name][-1] for name in coincidence.one().hyperparameters}
        optimizer = coincidence.one(**values | coincidence.values)
        (other,) = coincidence.rewritten(optimizer)
        check(optimizer, other, "while lr is constant")


@pytest.mark.parametrize("number", range(len(APPROXIMATIONS)))
@settings(max_examples=8, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_approximations_are_not_exact(number, data):
    approximation = APPROXIMATIONS[number]
    optimizer = approximation.rule(**data.draw(hyperparameters(approximation.rule().hyperparameters, {})))
    assume(approximation.when(optimizer) and getattr(optimizer, "momentum", 0.5))  # without momentum no dampening
    why = approximation.why(optimizer)
    assert why.endswith(".")
    if why != FORGETFUL:  # that is a matter of the frameworks' rounding
        assume(getattr(optimizer, "decay", 1) or not getattr(optimizer, "centered", False))
        assert apart(optimizer, approximation.rewritten(optimizer)) > 1e-10


# --- Calls


def calls():
    """Calls of all frameworks, as text, with the optimizer that each is."""

    @st.composite
    def one(draw):
        framework, name = draw(st.sampled_from(list(FRAMEWORKS)))
        entry = FRAMEWORKS[framework, name]
        fixed = {"lr": draw(st.sampled_from(VALUES["lr"]))}
        if name == "Nesterov":
            fixed["momentum"] = draw(st.sampled_from([0.5, 0.9]))  # PyTorch refuses 0
        if refuses_beta1_of_0(entry):
            fixed["beta1"] = 0.9
        if name == "Muon" and framework == "Keras":
            fixed["rms"] = 0.5  # at 0 its steps are 0
        optimizer = entry(**draw(hyperparameters(entry.arguments, fixed)))
        assume(
            framework != "Optax" or optimizer != EpsInsideAdaGrad(optimizer.lr, eps=0.0, initial=0.0)
        )  # StillAdaGrad
        return framework, optimizer

    return one()


@settings(max_examples=60)
@given(calls(), st.sampled_from(PLACES))
def test_translation_is_as_exact_as_it_says(call, to):
    """Exact means the same points, always or while the learning rate stays; not exact means others."""
    framework, optimizer = call
    text = translate(optimizer, framework)
    assert text.exact == "always"
    assert apart(optimizer, text.after) < 1e-10
    found = translate(text.equivalent, to)
    assert found.source == framework
    assert apart(found.before, optimizer) < 1e-10
    if found.equivalent is None:
        assert type(parts(optimizer).rule).__name__ in NOWHERE_ELSE[to]
        return
    if FORGETFUL in found.notes:  # that is a matter of the frameworks' rounding, which the rules do not have
        assert found.exact == "no"
        return
    if never_still(found):
        assert found.exact == "no"
        return
    check(optimizer, found.after, found.exact)
    back = translate(found.after if "kernel_regularizer" in repr(found) else found.equivalent, framework)
    if found.exact != "no":  # round trip
        assert back.exact != "no"
        assert apart(optimizer, back.after) < 1e-10


def test_translations_hold_for_what_was_recorded():
    """Where both sides of a translation were recorded, the recordings agree or differ as it says."""
    agree, differ = 0, 0
    for one in RUNS:
        for to in PLACES[:3]:
            found = translate(one.optimizer(), to)
            exact = found.exact == "always" or (found.exact == "while lr is constant" and not one.schedule)
            for other in RUNS:
                same = (other.framework, other.schedule) == (to, one.schedule) and other is not one
                if same and repr(other.optimizer()) == repr(found.after):
                    ours, theirs = (recorded(run.framework)[f"{run.rule}: {run}"] for run in (one, other))
                    apart = difference(ours, theirs)
                    assert apart < 1e-10 if exact else apart > 1e-3, (str(one), str(other))
                    agree, differ = agree + exact, differ + (not exact)
    assert agree >= 20
    assert differ >= 10


@pytest.mark.parametrize("to", PLACES)
def test_exact_translations_reproduce_recorded_runs(to):
    tried = 0
    for run in RUNS[::4]:
        found = translate(run.optimizer(), to)
        if found.exact == "always" or (found.exact == "while lr is constant" and not run.schedule):
            theirs = recorded(run.framework)[f"{run.rule}: {run}"]
            assert difference(run_here(run, found.after), theirs) < 1e-10, str(run)
            tried += 1
    assert tried >= 6


def never_clips(optimizer):
    """Whether no gradient of the runs is as long as an optimizer's limit, so that a way to clip is no difference."""
    seen = random_calls.gradients(False, random_calls.STEPS).values()
    squares = [np.sum(g.reshape(len(g), -1) ** 2, axis=1) for g in seen]
    longest = np.sqrt(np.max(squares if getattr(optimizer, "each", False) else sum(squares)))
    return getattr(optimizer, "limit", 0.0) > longest


def never_still(translation):
    """Whether 0/0 cannot occur, because a decay of w at 1 is a gradient always."""
    return isinstance(translation.before, L2) and "0/0" in " ".join(translation.notes)


def test_random_calls_are_translated_as_exactly_as_it_says():
    """Both sides ran in the real frameworks: exact means the same points, and not exact means others."""
    found, points = recorded_calls("translations")
    sources = {}
    for framework in PLACES[:3]:
        texts, runs = recorded_calls(f"calls_{framework.lower()}")
        sources |= {"\n".join(lines): run for lines, run in zip(texts, runs, strict=True)}
    counted = {"always": 0, "while lr is constant": 0, "no": 0}
    for one, theirs in zip(found, points, strict=True):
        call = "\n".join(one["source"])
        translation = translate(call, one["to"])
        assert [translation.equivalent, *translation.each_step] == one["target"], "record again"
        assert translation.exact == one["exact"], "record again"
        ours, counted[one["exact"]] = sources[call], counted[one["exact"]] + 1
        before = random_calls.BEFORE
        if one["exact"] == "always":
            assert largest_difference(ours, theirs) < 1e-9, call
        elif one["exact"] == "while lr is constant":
            assert largest_difference(ours[:before], theirs[:before]) < 1e-9, call
            assert largest_difference(ours, theirs) > 1e-6, call
        elif not (never_clips(translation.before) or never_still(translation)):
            assert largest_difference(ours, theirs) > 1e-12, call
    assert min(counted.values()) >= 10


def test_the_page_says_what_was_recorded():
    page = (REFERENCE.parents[1] / "book" / "frameworks.md").read_text(encoding="utf-8")
    with np.load(REFERENCE / "calls_keras.npz") as data:
        versions = json.loads(str(data["versions"]))
    for name, package in ("PyTorch", "torch"), ("Optax", "optax"), ("Keras", "keras"):
        assert f"{name} {versions[package].partition('+')[0]}" in page
    assert "more than a thousand random settings" in page
    assert sum(len(recorded_calls(f"calls_{name.lower()}")[0]) for name in PLACES[:3]) > 1000
    step = equivalent("optax.piecewise_constant_schedule(0.1, {30: 0.1})", "Keras")
    assert "boundaries=[29]" in step
    assert "boundaries=[29]" in page


def test_random_schedules_are_those_of_the_frameworks():
    """The shapes, and what they are written as in the other frameworks, against recorded learning rates."""
    with np.load(REFERENCE / "schedules.npz") as data:
        found, rates = json.loads(str(data["schedules"])), data["rates"]
    texts = [one["source"] for one in found if not one["to"]]
    assert texts == list(random_calls.random_schedules()), "record again"
    for one, theirs in zip(found, rates, strict=True):
        schedule = read(random_calls.with_optimizer(one["source"])).schedule
        ours = [schedule(t) for t in range(1, random_calls.SCHEDULE_STEPS + 1)]
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12, err_msg=one["target"])
        if one["to"]:
            text = schedules.write(schedule, one["to"])[0].replace("* lr", f"* {schedule.lr!r}")
            assert text == one["target"], "record again"


def equivalent(call, to):
    return translate(call, to).equivalent


def test_calls_are_read_as_they_stand_in_programs():
    sgd = "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)"
    for call in (
        "torch.optim.SGD(model.parameters(), lr=1e-1, momentum=0.9)",
        " optim.SGD(params=net.parameters(), lr=0.1, momentum=.9, foreach=None, maximize=False)",
        "torch.optim.SGD([{'params': a}, {'params': b}], 0.1, 0.9, 0, 0)",
        "optax.sgd(0.1, 0.9)",
        "tf.keras.optimizers.SGD(0.1, momentum=0.9, nesterov=False, name=None)",
        "steepest.Momentum(0.1)",
    ):
        assert equivalent(call, "keras") == sgd
    nesterov = "torch.optim.SGD(w, lr=0.1, momentum=0.9, dampening=0, nesterov=True)"
    assert equivalent(nesterov, "Optax") == "optax.sgd(learning_rate=0.1, momentum=0.9, nesterov=True)"
    assert equivalent("optax.sgd(1, momentum=None)", "Keras") == "keras.optimizers.SGD(learning_rate=1.0)"
    betas = "torch.optim.Adam(w, betas=(0.8, 0.99))"
    assert equivalent(betas, "Optax") == "optax.adam(learning_rate=0.001, b1=0.8, b2=0.99)"


@pytest.mark.parametrize(
    ("call", "to", "exact", "text"),
    [
        ("optax.sgd(0.1, nesterov=True)", "PyTorch", "always", "torch.optim.SGD(params, lr=0.1)"),
        ("optax.lion(1e-4, b1=0.0)", "Keras", "no", "beta_1=1e-09"),
        ("optax.sign_sgd(0.1)", "PyTorch", "no", "torch.optim.RMSprop(params, lr=0.1, alpha=0.0, eps=1e-12)"),
        ("optax.lion(0.1, b1=0.0, weight_decay=0.0)", "Optax", "always", "optax.lion(learning_rate=0.1, b1=0.0"),
        ("SignSGD(lr=0.1)", "Optax", "always", "optax.sign_sgd(learning_rate=0.1)"),
        ("optax.contrib.schedule_free_adamw(0.1)", "Keras", "always", "ScheduleFreeAdamW(learning_rate=0.1)"),
        ("keras.optimizers.ScheduleFreeAdamW(weight_decay=0.1)", "Optax", "no", "weight_decay=0.1"),
        (
            "optax.contrib.schedule_free_sgd(0.1, weight_decay=0.1)",
            "Steepest",
            "always",
            "L2(ScheduleFree(lr=0.1), weight_decay=0.1)",
        ),
        (
            "keras.optimizers.ScheduleFreeAdamW(keras.optimizers.schedules.CosineDecay(0.1, 9))",
            "Optax",
            "no",
            "schedule_free_adamw(learning_rate=optax.cosine_decay_schedule(0.1, decay_steps=9))",
        ),
        ("torch.optim.Muon(w, nesterov=False)", "Optax", "no", "nesterov=False"),
        ("optax.amsgrad(0.1, bias_correction_mu=False)", "Steepest", "no", "AMSGrad(lr=0.1)"),
        ("optax.adamw(0.1, mask=False)", "PyTorch", "always", "torch.optim.Adam(params, lr=0.1, weight_decay=0.0)"),
        ("optax.rmsprop(0.1, momentum=0.9, nesterov=True)", "PyTorch", "no", "momentum=0.9"),
        ("optax.adagrad(0.1, 0.0, 0.0)", "PyTorch", "no", "torch.optim.Adagrad(params, lr=0.1, eps=0.0)"),
        ("keras.optimizers.Adam(0.1, beta_2=0.0, epsilon=0.0)", "PyTorch", "no", "betas=(0.9, 0.0), eps=0.0"),
        ("keras.optimizers.Adagrad(0.1, 0.0, 0.0)", "Optax", "no", "initial_accumulator_value=0.0, eps=0.0"),
        ("optax.nadam(0.1)", "Optax", "always", "optax.adam(learning_rate=0.1, nesterov=True)"),
        ("Adam(model.parameters(), lr=1e-3)", "Optax", "always", "optax.adam(learning_rate=0.001)"),
        (
            "torch.optim.Adam(w, weight_decay=0.1, decoupled_weight_decay=True)",
            "Optax",
            "always",
            "optax.adamw(learning_rate=0.001, weight_decay=0.1)",
        ),
        ("opt = torch.optim.Adam(w, lr=3e-4*8, fused=True)", "Optax", "always", "optax.adam(learning_rate=0.0024)"),
        ("lr = 0.1\nopt = optim.SGD(net.parameters(), lr=lr / 2)", "Keras", "always", "learning_rate=0.05"),
        (
            "optax.chain(optax.add_decayed_weights(0.01), optax.adamw(0.001))",
            "Optax",
            "always",
            "optax.chain(optax.add_decayed_weights(0.01), optax.adamw(learning_rate=0.001))",
        ),
        ("optax.chain(optax.trace(0.9), optax.scale(-0.1))", "PyTorch", "always", "lr=0.1, momentum=0.9)"),
        (
            "optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(0.1), optax.scale_by_learning_rate(0.01))",
            "PyTorch",
            "always",
            "torch.optim.AdamW(params, lr=0.01, weight_decay=0.1)",
        ),
        ("keras.optimizers.Adagrad(weight_decay=0.1)", "Optax", "always", "optax.scale_by_rss(), optax.add_decayed"),
        ("keras.optimizers.SGD(clipvalue=1.0)", "Optax", "always", "optax.chain(optax.clip(1.0), optax.sgd("),
        ("keras.optimizers.SGD(global_clipnorm=1.0)", "Optax", "always", "optax.clip_by_global_norm(1.0)"),
        ("keras.optimizers.SGD(clipnorm=1.0)", "Optax", "no", "optax.clip_by_global_norm(1.0)"),
        ("optax.chain(optax.clip(1.0), optax.sgd(0.1))", "Keras", "always", "clipvalue=1.0"),
        ("torch.optim.SGD(w, lr=0.1, maximize=True)", "Optax", "always", "optax.chain(optax.scale(-1.0), optax.sgd("),
        ("keras.optimizers.SGD(gradient_accumulation_steps=4)", "Optax", "always", "every_k_schedule=4"),
        ("optax.sgd(optax.cosine_decay_schedule(0.1, 9))", "Keras", "always", "CosineDecay(0.1, decay_steps=9)"),
        ("optax.sgd(optax.cosine_decay_schedule(0.1, 9), 0.9)", "Keras", "no", "CosineDecay(0.1, decay_steps=9)"),
    ],
)
def test_everyday_calls_have_an_answer(call, to, exact, text):
    found = translate(call, to)
    assert found.exact == exact
    assert text in found.equivalent
    assert "\n" not in found.equivalent


def test_what_belongs_beside_a_call_is_code_to_copy():
    clipped = translate("keras.optimizers.SGD(0.1, clipvalue=1.0, use_ema=True)", "PyTorch")
    assert clipped.code.splitlines() == [
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)",
        "# in each step:",
        "torch.nn.utils.clip_grad_value_(model.parameters(), clip_value=1.0)",
        "average.update_parameters(model)",
    ]
    assert "AveragedModel" in " ".join(clipped.notes)
    scheduled = translate("optax.sgd(optax.exponential_decay(0.1, 10, 0.5, staircase=True))", "PyTorch")
    assert scheduled.scheduler == "torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)"
    uphill = translate("torch.optim.SGD(w, lr=0.1, maximize=True)", "Keras")
    assert "give it the loss with its sign turned" in uphill.notes[0]
    assert translate("torch.optim.Adam(w, weight_decay=0.1)", "PyTorch").notes == ()


def test_parameter_groups_are_translated_group_by_group():
    groups = "torch.optim.SGD([{'params': a, 'lr': 0.01}, {'params': b}], lr=0.001, momentum=0.9)"
    to_optax = translate(groups, "Optax")
    assert to_optax.exact == "always"
    assert "'a': optax.sgd(learning_rate=0.01, momentum=0.9)" in to_optax.equivalent
    assert [one.lr for one in to_optax.before] == [0.01, 0.001]
    assert translate(to_optax.equivalent, "PyTorch").equivalent.count("'lr'") == 2
    assert translate(groups, "Keras").equivalent.startswith("keras.optimizers.MultiOptimizer(")
    alike = "torch.optim.SGD([{'params': a}, {'params': b}], lr=0.1)"
    assert equivalent(alike, "Optax") == "optax.sgd(learning_rate=0.1)"
    masked = translate("optax.adamw(0.1, mask=no_biases)", "PyTorch")
    assert masked.equivalent.startswith("torch.optim.AdamW([{'params': decayed, 'lr': 0.1, 'weight_decay': 0.0001}")
    assert "no_biases is True" in masked.notes[-1]
    assert "exclude_from_weight_decay" in translate("optax.adamw(0.1, mask=no_biases)", "Keras").notes[-1]


@pytest.mark.parametrize(
    "call",
    [
        "torch.optim.NAdam(w)",
        "optax.radam(0.1)",
        "keras.optimizers.Adamax()",
        "optax.chain(optax.scale_by_radam(), optax.scale(-0.1))",
    ],
)
def test_rules_that_are_not_of_the_course_are_named(call):
    found = translate(call, "Keras")
    assert found.equivalent is None
    assert "It is not a rule of this course. Nearest: " in found.notes[-1]


@pytest.mark.parametrize(
    ("call", "what", "elsewhere"),
    [
        ("optax.chain(optax.clip_by_block_rms(1.0), optax.adam(0.1))", "root mean square is above", "Keras has none."),
        ("optax.chain(optax.adaptive_grad_clip(0.01), optax.sgd(0.1))", "its weights' own norm", "Keras has none."),
        ("optax.chain(adaptive_grad_clip(0.01), optax.sgd(0.1))", "its weights' own norm", "Keras has none."),
        ("optax.chain(optax.masked(optax.add_decayed_weights(0.1), mine), optax.sgd(0.1))", "to some", "has none."),
        ("optax.partition({'a': optax.sgd(0.1), 'b': optax.set_to_zero()}, labels)", "as they are", "has none."),
        ("optax.lookahead(optax.sgd(0.1), 5, 0.5)", "slow weights", "has none."),
        ("opt = optax.adam(0.1)\nopt = optax.lookahead(opt, 5, 0.5)", "slow weights", "has none."),
        ("optax.sgd(optax.cosine_onecycle_schedule(100, 0.1))", "rises to its peak", "has none."),
        ("optax.sgd(optax.sgdr_schedule(mine))", "begins anew", "keras.optimizers.schedules.CosineDecayRestarts"),
        (
            "opt = torch.optim.SGD(w, lr=0.1)\ns = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(opt, T_0=5)",
            "begins anew",
            "keras.optimizers.schedules.CosineDecayRestarts",
        ),
        (
            "opt = torch.optim.SGD(w, lr=0.1)\nscheduler = ReduceLROnPlateau(opt)",
            "depends on the run",
            "keras.callbacks.ReduceLROnPlateau",
        ),
        (
            "opt = torch.optim.SGD(w, lr=0.1)\ns = torch.optim.lr_scheduler.LambdaLR(opt, lambda t: 1 / t)",
            "a function of your own",
            "keras.callbacks.LearningRateScheduler",
        ),
    ],
)
def test_what_is_not_modelled_is_named_and_what_is_near(call, what, elsewhere):
    found = translate(call, "Keras")
    assert (found.equivalent, found.exact) == (None, "no")
    assert what in found.notes[0]
    assert found.notes[1].startswith("Keras has")
    assert elsewhere in found.notes[1]
    assert found.notes[2].startswith("It is not modelled here: leave it out to have the rest translated. Nearest: ")


def test_a_schedule_of_keras_that_begins_anew_is_named_elsewhere():
    found = translate("keras.optimizers.SGD(keras.optimizers.schedules.CosineDecayRestarts(0.1, 100))", "PyTorch")
    assert "torch.optim.lr_scheduler.CosineAnnealingWarmRestarts" in found.notes[1]
    assert translate("keras.optimizers.SGD(CosineDecayRestarts(0.1, 100))", "Keras").notes[1].startswith("It is not")


@pytest.mark.parametrize("name", ["masked", "centralize", "sam", "lookahead"])
def test_a_reader_s_own_function_of_a_small_word_is_not_taken_for_one_of_optax(name):
    assert (
        equivalent(f"model = {name}(net)\nopt = torch.optim.SGD(w, lr=0.1)", "Optax") == "optax.sgd(learning_rate=0.1)"
    )


@pytest.mark.parametrize(
    ("call", "as_if", "note"),
    [
        ("optax.inject_hyperparams(optax.adam)(learning_rate=0.1)", "optax.adam(0.1)", "does not change the rule"),
        ("tx = inject_hyperparams(optax.sgd)(0.1, momentum=0.9)", "optax.sgd(0.1, 0.9)", "param_groups"),
        (
            "optax.inject_hyperparams(optax.sgd)(optax.cosine_decay_schedule(0.1, 9))",
            "optax.sgd(optax.cosine_decay_schedule(0.1, 9))",
            "does not change the rule",
        ),
        ("optax.apply_if_finite(optax.adam(0.1), 5)", "optax.adam(0.1)", "As long as all are, it changes nothing"),
        ("optax.with_extra_args_support(optax.lion(0.1))", "optax.lion(0.1)", "does not change the rule"),
        (
            "optax.chain(optax.zero_nans(), optax.clip(1.0), optax.identity(), optax.adam(0.1))",
            "optax.chain(optax.clip(1.0), optax.adam(0.1))",
            "As long as all are numbers",
        ),
        (
            "keras.mixed_precision.LossScaleOptimizer(keras.optimizers.Adam(0.1))",
            "keras.optimizers.Adam(0.1)",
            "As long as all are, it changes nothing",
        ),
        (
            "optax.chain(optax.scale_by_adam(), optax.scale_by_schedule(optax.linear_schedule(0.1, 0.0, 9)), "
            "optax.scale(-1.0))",
            "optax.adam(optax.linear_schedule(0.1, 0.0, 9))",
            None,
        ),
        ("optax.chain(optax.scale_by_sign(), optax.scale(-0.1))", "optax.sign_sgd(0.1)", None),
        (
            "optax.sgd(optax.join_schedules([optax.linear_schedule(0.0, 0.1, 5), "
            "optax.cosine_decay_schedule(0.1, 9)], [5]))",
            "optax.sgd(optax.warmup_cosine_decay_schedule(0.0, 0.1, 5, 14))",
            None,
        ),
        (
            "optax.sgd(optax.join_schedules([optax.linear_schedule(0.0, 0.1, 5), optax.constant_schedule(0.1)], [5]))",
            "optax.sgd(optax.schedules.warmup_constant_schedule(0.0, 0.1, 5))",
            None,
        ),
        (
            "s = optax.join_schedules([optax.constant_schedule(0.1), optax.constant_schedule(0.01)], boundaries=[30])\n"
            "opt = optax.sgd(s)",
            "optax.sgd(optax.piecewise_constant_schedule(0.1, {30: 0.1}))",
            None,
        ),
    ],
)
def test_what_does_not_change_the_rule_is_read_through(call, as_if, note):
    for to in PLACES:
        found, expected = translate(call, to), translate(as_if, to)
        assert (found.equivalent, found.exact, found.before) == (expected.equivalent, expected.exact, expected.before)
        assert (found.scheduler, found.each_step) == (expected.scheduler, expected.each_step)
        assert set(found.notes) >= set(expected.notes)
        assert note is None or not found.equivalent or any(note in line for line in found.notes)


def test_a_constant_stretch_of_pytorch_is_read_and_written():
    lines = "opt = torch.optim.SGD(w, lr=0.1)\ns = torch.optim.lr_scheduler.ConstantLR(opt, factor=0.5, total_iters=4)"
    schedule = read(lines).schedule
    assert [schedule.shape(t) for t in (1, 4, 5)] == [0.5, 0.5, 1.0]
    assert translate(lines, "Optax").equivalent.endswith("piecewise_constant_schedule(0.05, {4: 2.0}))")
    one = translate("optax.sgd(optax.constant_schedule(0.1))", "PyTorch").scheduler
    assert read(f"optimizer = torch.optim.SGD(w, lr=0.1)\ns = {one}").schedule.shape == schedules.Constant()


def test_a_long_memory_is_no_long_wait():
    """The form of the momentum says what a cut of the learning rate does: no run is needed."""
    found = translate("torch.optim.SGD(w, lr=0.1, momentum=0.9999999)", "Keras")
    assert "0.1 of the one before in PyTorch, 1 in Keras" in found.notes[0]


@pytest.mark.parametrize("rule", [Momentum, Nesterov, KerasRMSProp, OptaxRMSProp, TorchRMSProp, LateMomentum])
def test_a_cut_of_the_learning_rate_does_what_it_says(rule):
    more = {"nesterov": True} if rule is OptaxRMSProp else {}
    optimizer, w, points = rule(lr=0.1, momentum=0.8, **more), np.zeros(1), []
    for t in range(400):
        optimizer.lr = 0.1 if t < 399 else 0.01
        optimizer.update({"w": w}, {"w": np.ones(1)})
        points.append(w.item())
    share = (points[-1] - points[-2]) / (points[-2] - points[-3])
    assert share == pytest.approx(next_step(rule(lr=0.1, momentum=0.8, **more)), rel=1e-6)


def test_wrappers_around_wrappers_keep_their_learning_rate():
    optimizer = L2(Decoupled(Adam(lr=0.1), 0.1), 0.1)
    optimizer.lr = 0.2
    assert (optimizer.lr, optimizer.rule.lr, optimizer.rule.rule.lr) == (0.2, 0.2, 0.2)


def test_muon_steps_matrices():
    for muon in TorchMuon, OptaxMuon, KerasMuon:
        with pytest.raises(ValueError, match=r"steps matrices, and this gradient has shape \(2,\)"):
            muon().update({"w": np.zeros(2)}, {"w": np.ones(2)})


def test_an_optimizer_class_is_no_optimizer():
    with pytest.raises(TypeError, match=r"give Adam\(\)"):
        translate(Adam, "Keras")
    with pytest.raises(TypeError, match="to must be the name of a framework"):
        translate("optax.adam(0.1)", None)


def test_weight_decay_is_carried_to_where_the_framework_has_it():
    resnet = "torch.optim.SGD(w, lr=0.1, momentum=0.9, weight_decay=1e-4)"
    chain = "optax.chain(optax.add_decayed_weights(0.0001), optax.sgd(learning_rate=0.1, momentum=0.9))"
    assert equivalent(resnet, "Optax") == chain
    assert equivalent(chain, "PyTorch") == resnet.replace("(w,", "(params,").replace("1e-4", "0.0001")
    assert equivalent(resnet, "Steepest") == "L2(Momentum(lr=0.1, momentum=0.9), weight_decay=0.0001)"
    keras = translate(resnet, "Keras")
    assert "keras.regularizers.L2(5e-05)" in keras.notes[0]
    assert "bias_regularizer" in keras.notes[0]  # PyTorch decays biases, too
    assert isinstance(keras.after, L2)
    adamw = "optax.adamw(learning_rate=0.001, weight_decay=0.01)"
    assert equivalent("torch.optim.AdamW(w)", "Optax") == adamw  # whose own default is 1e-4
    assert equivalent("keras.optimizers.Adam(epsilon=0.0, weight_decay=0.01)", "PyTorch").startswith(
        "torch.optim.AdamW"
    )


def test_adam_with_decoupled_weight_decay_is_adamw_in_the_course():
    assert equivalent("optax.adamw(0.01)", "Steepest").startswith("AdamW(lr=0.01, ")
    assert equivalent("optax.chain(optax.add_decayed_weights(0.1), optax.adam(0.01))", "Steepest").startswith(
        "L2(Adam("
    )
    assert equivalent("Decoupled(Adam(lr=0.01), weight_decay=0.1)", "Steepest") == "AdamW(lr=0.01, weight_decay=0.1)"


def test_learning_rate_decides_between_two_exact_ways():
    """Without momentum the two forms of weight decay are one, and that way is exact for any schedule."""
    found = translate("keras.optimizers.SGD(0.1, weight_decay=0.01)", "Optax")
    assert (found.exact, found.after) == ("always", L2(SGD(lr=0.1), 0.01))
    assert translate("keras.optimizers.SGD(0.1, 0.9, weight_decay=0.01)", "Optax").exact == "while lr is constant"


def test_defaults_that_differ_are_written_out_and_named():
    found = translate("torch.optim.RMSprop(w)", "Keras")
    assert found.equivalent == "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-16)"
    assert "lr=0.01 (0.001), alpha=0.99 (0.9)" in found.notes[1]
    assert "weight_decay=0.001 (0.0)" in translate("optax.lion(1e-4)", "Keras").notes[0]


def test_optimizers_of_the_course_are_translated_both_ways():
    for cls in (*OPTIMIZERS.values(), SGD):
        for to in PLACES:
            found = translate(cls(), to)
            assert found.source == "Steepest"
            if found.exact == "always":
                assert translate(found.equivalent, "Steepest").exact == "always"
    assert equivalent(GradientDescent(lr=0.1), "PyTorch") == "torch.optim.SGD(params, lr=0.1)"


def test_where_one_way_is_not_exact_it_says_how_far_apart():
    found = translate(Adam(), "Keras")
    assert isinstance(found.after, KerasAdam)
    assert repr(found).splitlines()[2] == "No equivalent. This is the nearest."
    assert "acts as 3.16e-07 at the first step" in found.notes[0]
    assert found.notes[-1].startswith("Within 100 noisy steps they come apart by under 0.01 % of the longer way")
    whole = translate("optax.rmsprop(0.1, eps_in_sqrt=False, initial_scale=0.5)", "PyTorch")
    assert whole.notes[-1].endswith("by 100 % at 1e-6.")


def test_muon_s_length_is_carried_over_where_it_can_be():
    found = translate("keras.optimizers.Muon(0.01)", "Optax")
    assert found.equivalent == ("optax.contrib.muon(learning_rate=0.01, weight_decay=0.004, consistent_rms=0.2)")
    assert translate("optax.contrib.muon(0.01)", "Steepest").after.hyperparameters == {"lr": 0.01, "momentum": 0.95}
    assert equivalent("torch.optim.Muon(w)", "Keras").endswith("rms_rate=None)")
    spelled_out = equivalent("torch.optim.Muon(w, adjust_lr_fn='original')", "Keras")
    assert spelled_out == equivalent("torch.optim.Muon(w)", "Keras")
    matched = "torch.optim.Muon(params, lr=0.025, weight_decay=0.0016, adjust_lr_fn='match_rms_adamw')"
    assert equivalent("keras.optimizers.Muon(0.01, rms_rate=0.5)", "PyTorch") == matched


def test_a_reader_s_own_rule_has_no_equivalent():
    @dataclass
    class Still(Optimizer):
        lr: float = 0.0

    assert translate(Still(), "Keras").notes == ("Keras has no Still.",)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        ("torch.optim.SGD(w, lr=0.1, moment=0.9)", TypeError, "has no argument moment; it has params, lr, momentum"),
        ("torch.optim.SGD(w, 0.1, 0.9, 0.5, 0.0, True)", ValueError, "with nesterov=True has no use for dampening=0.5"),
        ("torch.optim.SGD(w, 0.1, nesterov=True)", ValueError, "refuses nesterov=True without a momentum above 0"),
        ("torch.optim.Muon(w, ns_steps=7)", ValueError, "ns_steps=7 cannot be carried over; only its default 5 can"),
        ("torch.optim.Muon(w, adjust_lr_fn='mine')", ValueError, "adjust_lr_fn='mine' cannot be carried over"),
        ("torch.optim.RMSprop(w, centered='yes')", TypeError, "centered must be True or False, not 'yes'"),
        ("torch.optim.SGD(w, maximize='yes')", TypeError, "maximize must be True or False, not 'yes'"),
        ("opt = torch.optim.SGD(w, lr=0.1)\ns = mine(opt)", ValueError, "takes the optimizer, and cannot be read"),
        ("opt = optax.adam(0.1)\nopt = optax.chained(opt, 5, 0.5)", ValueError, "takes the optimizer"),
        ("optax.inject_hyperparams(optax.adam)", ValueError, "makes a function: give its call too"),
        ("optax.inject_hyperparams()(0.1)", TypeError, "needs the function of an optimizer, such as optax.adam"),
        ("optax.inject_hyperparams(optax.adam)(0.1, b1=my_schedule)", ValueError, "b1=my_schedule cannot be read"),
        ("optax.apply_if_finite()", TypeError, "optax.apply_if_finite needs an optimizer"),
        ("optax.apply_if_finite(0.1, 5)", ValueError, "'0.1' is not a call such as"),
        ("optax.zero_nans()", ValueError, "is a part of an optimizer: give the whole optax.chain"),
        ("optax.chain(optax.scale_by_adam(), optax.scale_by_schedule(mine), optax.scale(-1))", ValueError, "mine"),
        ("optax.sgd(optax.join_schedules(mine, [5]))", ValueError, "a list of schedules and a list of boundaries"),
        ("optax.sgd(optax.join_schedules([0.1, 0.2], [5]))", ValueError, "each of schedules must be a schedule"),
        (
            "optax.sgd(optax.join_schedules([optax.constant_schedule(0.1), optax.constant_schedule(1.0)], [5, 9]))",
            ValueError,
            "one schedule more than there are boundaries",
        ),
        (
            "optax.sgd(optax.join_schedules([optax.cosine_decay_schedule(1, 9), optax.constant_schedule(0.1)], [5]))",
            ValueError,
            "is read for constants, and for a straight line",
        ),
        (
            "optax.sgd(optax.join_schedules([optax.linear_schedule(0, 1, 9), optax.cosine_decay_schedule(2, 9)], [9]))",
            ValueError,
            "at the same height",
        ),
        (
            "opt = torch.optim.SGD(w, lr=0.1)\ns = torch.optim.lr_scheduler.ConstantLR(opt, factor=0.0)",
            ValueError,
            "the factor must be above 0",
        ),
        ("SGD(*args)", ValueError, r"torch.optim.SGD\(\*args\) cannot be read: write the arguments out"),
        ("torch.optim.SGD()", TypeError, "needs its parameters first"),
        ("torch.optim.SGD([{'lr': 0.1}])", TypeError, "a parameter group has no 'params'"),
        ("torch.optim.SGD([{'params': a, 'rate': 0.1}])", TypeError, "has no argument rate, in the parameter group"),
        ("torch.optim.SGD([{'params': a}, b])", ValueError, "b is no parameter group such as"),
        ("keras.optimizers.Lion(beta_1=0.0)", ValueError, "refuses beta_1=0: it must be above 0"),
        ("optax.contrib.schedule_free_sgd(0.1, b1=0.0)", ValueError, "refuses b1=0: it must be above 0"),
        ("optax.contrib.schedule_free_sgd(0.1, warmup_steps=9)", ValueError, "warmup_steps=9 cannot be carried over"),
        ("keras.optimizers.AdamW(weight_decay=None)", ValueError, "refuses weight_decay=None"),
        ("keras.optimizers.SGD(clipnorm=1.0, clipvalue=1.0)", ValueError, "takes one of clipnorm, clipvalue and"),
        ("keras.optimizers.SGD(clipnorm=0.0)", ValueError, "limit must be above 0, not 0.0"),
        ("keras.optimizers.SGD(clipnorm='1')", TypeError, "clipnorm must be a number, not '1'"),
        ("keras.optimizers.SGD(gradient_accumulation_steps=1)", ValueError, "must be a whole number from 2 on"),
        ("keras.optimizers.Muon(rms_rate=0.0)", ValueError, "with rms_rate=0 every step is 0"),
        ("optax.contrib.muon(0.1, consistent_rms=0.0)", ValueError, "with consistent_rms=0 every step is 0"),
        ("optax.contrib.muon(0.1, preconditioning='aol')", ValueError, "preconditioning='aol' cannot be carried over"),
        ("optax.adam(my_schedule(0.1))", ValueError, "cannot be read as a learning rate: nothing is run"),
        ("optax.adam(0.1)\noptax.sgd(0.1)", ValueError, "There are two optimizers: translate one at a time"),
        ("import optax", ValueError, "There is no optimizer in 'import optax'"),
        ("optax.clip(1.0)", ValueError, "optax.clip is a part of an optimizer: give the whole optax.chain"),
        ("optax.chain(optax.clip(1.0))", ValueError, "has no optimizer among its parts"),
        ("optax.chain(optax.adam(0.1), optax.adam(0.1))", ValueError, "has two rules, one after the other"),
        ("optax.chain(optax.adam(0.1), optax.clip(0.1))", ValueError, "stands after the rule, where it clips steps"),
        ("optax.chain(optax.scale_by_adam(), optax.scale(0.1))", ValueError, "goes uphill, or nowhere"),
        ("torch.optim.Adam(w, lr=1/0)", ValueError, "lr: 1 / 0 has no value: float division by zero"),
        ("torch.optim.Adam(w, lr=9**9**9)", ValueError, "has no value"),
        ("torch.optim.Adam(1e-3)", TypeError, "The first argument of torch.optim.Adam is params, not 0.001"),
        ("torch.optim.Adam(w, lr=base / 10)", ValueError, "lr=base / 10 cannot be read, because nothing is run"),
        ("torch.optim.Adam(w, lr='0.1')", TypeError, "lr must be a number"),
        ("torch.optim.Adam(w, lr=None)", ValueError, "lr=None cannot be carried over: write a number"),
        ("torch.optim.Adam(w, betas=0.9)", TypeError, "betas must be a pair"),
        ("torch.optim.Adam(w, lr=0.1, **more)", ValueError, "write the arguments out"),
        ("torch.optim.Mine(w)", ValueError, "torch.optim.Mine is not known here; there are torch.optim.SGD, torch"),
        ("optax.sgd()", TypeError, "optax.sgd has no default lr: give one"),
        ("optax.sgd(0.1, learning_rate=0.1)", TypeError, "has learning_rate twice"),
        ("optax.sgd(0.1, 0.9, True, None, 1)", TypeError, "takes 4 arguments without their names, not 5"),
        ("keras.optimizers.SGD(0.1, momentum=1.5)", ValueError, r"momentum .* must lie in \[0, 1\)"),
        ("lr = 0.1", ValueError, "There is no optimizer in 'lr = 0.1'"),
        ("0.1", ValueError, "is not a call such as"),
        ("for lr in", ValueError, "is not Python: "),
        ("def f(): pass", ValueError, "is not a call such as"),
        ("__import__('os').remove('x')", ValueError, "not known here"),
        ("optax.sgd(__import__('os').remove('x'))", ValueError, "nothing is run"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(call, error, message):
    with pytest.raises(error, match=message):
        translate(call, "Keras")


def test_settings_for_which_nothing_can_be_measured():
    diverging = translate("keras.optimizers.SGD(1e6, momentum=0.9, weight_decay=1e3)", "PyTorch")
    assert diverging.notes[-1].startswith("With these settings a run on noisy gradients is not finite")
    assert translate("optax.sgd(0.0, 0.9)", "Keras").notes == ()
    with pytest.raises(ValueError, match="translate one setting at a time"):
        translate(Adam(lr=np.array([0.1, 0.2])), "Keras")


def test_unknown_framework_is_refused():
    with pytest.raises(ValueError, match="no framework 'JAX' here; there are PyTorch, Optax, Keras, Steepest"):
        translate("optax.sgd(0.1)", "JAX")
