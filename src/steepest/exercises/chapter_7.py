"""Checks of chapter 7's exercises."""

import math
import sys
from collections.abc import Callable

import numpy as np

from steepest.descent import descend, train
from steepest.exercises.checking import Wrong, as_number, as_numbers, catches, exercise
from steepest.frameworks import FRAMEWORKS
from steepest.optimizers import AdaGrad, Adam, GradientDescent, Momentum, RMSProp
from steepest.problems import ALL, minibatches


def _finite(result):
    """The answer as one finite number, or a hint. An array of one number is one, too."""
    found = as_number(result)
    if not math.isfinite(found):
        raise Wrong(f"It should return a finite number, not {found}.")
    return found


@exercise("7.1")
def warm_up_and_cosine(answer: Callable) -> str:
    """``answer(t, lr, steps, warmup)`` is the learning rate of step t of a warm-up and half a cosine.

    Args:
        answer: takes a whole number from 1 to ``steps``, a float, and two whole numbers; returns a number.
    """
    for lr, steps, warmup in (0.3, 100, 10), (2.0, 50, 20), (0.01, 37, 5):
        t = np.arange(1, steps + 1)
        found = np.array([_finite(answer(int(k), lr, steps, warmup)) for k in t]) / lr
        rise = np.minimum(t / warmup, 1)
        fall = (1 + np.cos(np.pi * np.clip((t - warmup) / (steps - warmup), 0, 1))) / 2
        from_start = (1 + np.cos(np.pi * (t - 1) / steps)) / 2
        where = f"For lr = {lr:g}, {steps} steps and a warm-up of {warmup}"
        if np.allclose(found, rise * fall, atol=1e-9):
            continue
        if np.allclose(found * lr, rise * fall, atol=1e-9):
            raise Wrong(f"{where} that is the factor. Multiply it by lr.")
        if np.allclose(found, fall):
            raise Wrong(f"{where} the first step has the full learning rate: the warm-up is missing.")
        if np.allclose(found, rise):
            raise Wrong(f"{where} the learning rate rises and stays: the cosine is missing.")
        if np.allclose(found, rise * from_start, atol=0.01):
            raise Wrong(f"{where} the cosine counts from the start. Let it count from the end of the warm-up.")
        if np.isclose(found[0], 0):
            raise Wrong(f"{where} the first step has learning rate 0, a step wasted. Step t of the warm-up has t/W.")
        if np.allclose(found[:warmup], rise[:warmup]) and not np.isclose(found[-1], 0, atol=1e-6):
            raise Wrong(f"{where} the warm-up is right, but the last step has {found[-1]:.3g} of lr, not 0.")
        if np.allclose(found, rise * np.clip((steps - t) / (steps - warmup), 0, 1)):
            raise Wrong(f"{where} it falls in a straight line. Let it fall along half a cosine.")
        if np.allclose(found[:warmup], rise[:warmup]):
            off = np.abs(found - fall)[warmup:].argmax() + warmup
            raise Wrong(
                f"{where} the two ends are right, but at step {off + 1} it is {found[off]:.3g} of lr and should be "
                f"{fall[off]:.3g}: half a cosine, with its argument in radians."
            )
        raise Wrong(f"{where} step 1 has {found[0]:.3g} of lr and step {warmup} has {found[warmup - 1]:.3g}.")
    return "It rises to lr at the end of the warm-up and falls to 0 at the last step."


@exercise("7.2")
def seeds_needed(answer: Callable) -> str:
    """``answer(confidence)`` is the smallest number of seeds whose range holds the median that surely.

    Args:
        answer: takes a float in (0, 1); returns a whole number.
    """
    for confidence in 0.5, 0.75, 0.9, 0.95, 0.99, 0.999:
        right = next(n for n in range(1, 99) if 1 - 2.0 ** (1 - n) >= confidence)
        found, where = _finite(answer(confidence)), f"For {confidence:.1%}"
        if found == right:
            continue
        if found == next(n for n in range(1, 99) if 1 - 2.0**-n >= confidence):
            raise Wrong(f"{where} {found:g} seeds are too few: all may lie above the median, or all below. Count both.")
        if found != round(found):
            raise Wrong(f"{where} it is {found:.4g}. The number of seeds is a whole number, rounded up.")
        if found < right:
            raise Wrong(f"{where} {found:g} seeds reach only {1 - 2 ** (1 - found):.2%}.")
        raise Wrong(f"{where} {found:g} seeds do, but fewer do, too.")
    return "Six seeds for 95 %, eight for 99 %: cheap, for a statement that needs no bell curve."


def _training(
    before=lambda optimizer: optimizer.fresh(),
    rate=lambda now, lr, schedule, t, epoch: lr * schedule(t),
    on_minibatch=False,
    batch_seed=None,
    early=False,
):
    """A training loop for exercise 7.3, right but for what is given."""

    def run(optimizer, problem, schedule, steps, batch_size, seed):
        optimizer = before(optimizer)
        params, lr, losses = problem.init(seed), optimizer.lr, []
        batches = minibatches(problem.n, batch_size, seed if batch_seed is None else batch_seed)
        epoch = math.ceil(problem.n / batch_size)
        for t in range(1, steps + 1):
            rows = next(batches)
            optimizer.lr = rate(optimizer.lr, lr, schedule, t, epoch)
            if early:
                losses.append(float(problem.loss(params)))
            optimizer.update(params, problem.gradient(params, rows))
            if not early:
                losses.append(float(problem.loss(params, rows if on_minibatch else ALL)))
        return losses

    return run


def _by_train(optimizer, problem, schedule, steps, batch_size, seed):
    """The same as `_training`, by the package's own loop."""
    run = train(optimizer, problem, steps=steps, batch_size=batch_size, seed=seed, schedule=schedule)
    return run.losses[1:].tolist()


_RIGHT_LOOPS = [_training(), _by_train]
_WRONG_LOOPS = {
    "measures the loss on the minibatch it has just stepped on": _training(on_minibatch=True),
    "measures the loss before the step": _training(early=True),
    "has no schedule": _training(rate=lambda now, lr, schedule, t, epoch: lr),
    "moves the schedule on after the step, so that the first two steps share a factor": _training(
        rate=lambda now, lr, schedule, t, epoch: lr * schedule(max(t - 1, 1))
    ),
    "multiplies the learning rate it has left by the factor, so that factors pile up": _training(
        rate=lambda now, lr, schedule, t, epoch: now * schedule(t)
    ),
    "moves the schedule on once per epoch (does the factor change within an epoch of your test?)": _training(
        rate=lambda now, lr, schedule, t, epoch: lr * schedule(1 + (t - 1) // epoch)
    ),
    "goes on with the optimizer's old state when it is called again (does your test call it twice?)": _training(
        before=lambda optimizer: optimizer
    ),
    "leaves the last learning rate in the optimizer for the next run (does your test call it twice?)": _training(
        before=lambda optimizer: optimizer.reset()
    ),
    "has the same minibatches whatever the seed (does your test try two seeds?)": _training(batch_seed=0),
}


@exercise("7.3")
def catches_loops(answer: Callable) -> str:
    """``answer(training)`` is True for the right training loops and False for the wrong ones.

    Args:
        answer: takes ``training(optimizer, problem, schedule, steps, batch_size, seed)``, which returns the loss after
            each step.
    """
    hint = (
        "It rejects a right training loop. Compare by np.allclose with the losses after each step, on all data, from "
        "problem.init(seed) and with minibatches(problem.n, batch_size, seed)."
    )
    wrong = {loop: symptom for symptom, loop in _WRONG_LOOPS.items()}
    with np.errstate(all="ignore"):
        return catches(answer, "a training loop", dict.fromkeys(_RIGHT_LOOPS, hint), wrong)


class _Ravine:
    """The course's surface of this name for κ = 20, without the formulas of `steepest.surfaces` and their SymPy."""

    start = (-7.0, 2.0)

    def __call__(self, w):
        return w[..., 0] ** 2 / 20 + w[..., 1] ** 2

    def gradient(self, w):
        return w * (0.1, 2.0)


@exercise("7.4")
def rigged(answer: Callable) -> str:
    """``answer(first, second, surface)`` is a shared learning rate at which the first optimizer beats the second.

    Args:
        answer: takes two classes of optimizers and a surface; returns a positive number. The loss after 30 steps
            decides.
    """
    surface = _Ravine()
    for pair in (GradientDescent, Momentum), (AdaGrad, RMSProp), (Adam, GradientDescent), (Momentum, Adam):
        for first, second in (pair, pair[::-1]):
            lr = _finite(answer(first, second, surface))
            where = f"At lr = {lr:.4g}"
            if not 0 < lr < math.inf:
                raise Wrong(f"A learning rate is a positive number, not {lr!r}.")
            losses = [descend(rule(lr=lr), surface, steps=30).losses[-1] for rule in (first, second)]
            if not np.isfinite(losses[0]):
                raise Wrong(f"{where} {first.__name__} diverges: it cannot win that way.")
            if losses[0] >= losses[1]:
                raise Wrong(
                    f"{where} {first.__name__} ends at {losses[0]:.3g} and {second.__name__} at {losses[1]:.3g}. "
                    f"{first.__name__} should end lower. Try many learning rates."
                )
    return "All four pairs can be ranked either way. Mistrust a comparison at one shared learning rate."


@exercise("7.5")
def momentum_of_the_late_form(answer: Callable) -> str:
    """``answer(lr, momentum)`` is the momentum of each step with which ours is PyTorch's form under that schedule.

    Args:
        answer: takes the learning rate of each step, an array of shape (steps,), and a float; returns as many finite
            numbers.
    """
    rng = np.random.default_rng(75)
    for momentum, steps in (0.9, 12), (0.5, 30):
        lr, gradients = np.exp(rng.normal(size=steps)), rng.normal(size=steps)
        found = np.array(as_numbers(answer(lr.copy(), momentum), steps, "one for each step"))
        if not np.all(np.isfinite(found)):
            t = np.argmin(np.isfinite(found))
            raise Wrong(
                f"The momentum of step {t + 1} is {found[t]}. "
                + ("Before the first step v is 0: any finite number does." if t == 0 else "It should be finite.")
            )
        late, w, v, ours = FRAMEWORKS["PyTorch", "Momentum"].rule(momentum=momentum), np.zeros(1), 0.0, 0.0
        ratio, where = lr[1:] / lr[:-1], f"For μ = {momentum:g} and random learning rates"
        right = True
        for t, g in enumerate(gradients):
            late.lr = lr[t]
            late.update({"w": w}, {"w": np.array([g])})
            v = found[t] * v - lr[t] * g
            ours += v
            right &= math.isclose(ours, w[0], rel_tol=1e-9, abs_tol=1e-9)
        if right:
            continue
        if np.allclose(found, momentum):
            raise Wrong(f"{where} a constant momentum does not do it: the old velocity has to be rescaled with η.")
        if np.allclose(found[1:], momentum / ratio):
            raise Wrong(f"{where} the ratio is upside down: PyTorch's old steps are multiplied by the new η.")
        if np.allclose(found[:-1], momentum * ratio):
            raise Wrong(f"{where} it is one step early: step t needs η of step t and of the one before.")
        if np.allclose(found[1:], ratio):
            raise Wrong(f"{where} the ratios are right. Multiply them by μ.")
        t = np.abs(found[1:] / (momentum * ratio) - 1).argmax() + 1
        raise Wrong(
            f"{where} the momentum of step {t + 1} should be {momentum * ratio[t - 1]:.4g}; it is {found[t]:.4g}."
        )
    return "What falls fast stops the ball; what rises fast throws it."


def _singular(result, like):
    """How the answer's singular values follow from those before, or a hint where it changes more than those."""
    result = np.array(result, dtype=float)
    if result.shape != like.shape:
        raise Wrong(f"A matrix of shape {like.shape} should stay one, and not become one of shape {result.shape}.")
    U, _, Vt = np.linalg.svd(like, full_matrices=False)
    core = U.T @ result @ Vt.T
    if not np.allclose(core, np.diag(np.diag(core)), atol=1e-6) or not np.allclose(U @ core @ Vt, result, atol=1e-6):
        raise Wrong("It changes the singular directions. Use X, X Xᵀ X and (X Xᵀ)² X with matrix products, @.")
    return np.diag(core)


#: What products of matrices may take from the modules of linear algebra.
_PRODUCTS = {"matmul", "matrix_norm", "matrix_power", "matrix_transpose", "multi_dot", "norm", "vector_norm"}
_LINEAR_ALGEBRA = ("numpy.linalg", "scipy.linalg", "scipy.sparse.linalg")


def _by_products(answer, *arguments):
    """What an answer returns that multiplies matrices, or a hint where it decomposes one, under whatever name.

    Every function that Python enters on the way is seen, so it does not matter how the answer has come by it, and
    with what kind of array it calls it.
    """
    called = []

    def watch(frame, event, _):
        if event == "call" and within(frame) and not within(frame.f_back):  # what NumPy calls by itself does not count
            called.append(frame.f_code.co_name)

    def within(frame):
        return frame is not None and frame.f_globals.get("__name__", "").startswith(_LINEAR_ALGEBRA)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        result = answer(*arguments)
    finally:
        sys.setprofile(before)
    for name in called:
        if name[0] not in "_<" and name not in _PRODUCTS:  # what is dispatched or imported on the way has such names
            raise Wrong(f"Take products of matrices alone, please, and no {name}.")
    return result


def _iterated(x, a, b, c, steps):
    for _ in range(steps):
        x = a * x + b * x**3 + c * x**5
    return x


@exercise("7.6")
def quintic(answer: Callable) -> str:
    """``answer(G, steps)`` divides G by its Frobenius norm and applies the quintic so many times.

    Args:
        answer: takes a matrix of any shape and a whole number; returns a matrix of that shape, by products of matrices
            alone.
    """
    rng = np.random.default_rng(76)
    for shape, steps in ((3, 5), 1), ((4, 4), 2), ((6, 3), 3):
        G = rng.normal(size=shape)
        with np.errstate(all="ignore"):
            found = _singular(_by_products(answer, G.copy(), steps), G)
        sigma = np.linalg.svd(G, compute_uv=False)
        x, where = sigma / np.linalg.norm(sigma), f"For a matrix of shape {shape} and steps = {steps}"
        right = _iterated(x, 15 / 8, -10 / 8, 3 / 8, steps)
        if np.allclose(found, right, atol=1e-8):
            continue
        if np.allclose(found, _iterated(x, 1.5, -0.5, 0, steps)):
            raise Wrong(f"{where} that is (3x − x³)/2. It squares what is missing; a term in x⁵ can do better.")
        if np.allclose(found, _iterated(x, 3.4445, -4.7750, 2.0315, steps), atol=1e-6):
            raise Wrong(f"{where} that is Muon's polynomial, which does not converge to 1. p(1) should be 1.")
        if np.allclose(found, _iterated(sigma, 15 / 8, -10 / 8, 3 / 8, steps)):
            raise Wrong(f"{where} the polynomial is right. Divide by the Frobenius norm first.")
        if steps > 1 and np.allclose(found, _iterated(x, 15 / 8, -10 / 8, 3 / 8, 1)):
            raise Wrong(f"{where} it is applied once only.")
        raise Wrong(f"{where} the singular value {x[0]:.4g} should become {right[0]:.4g}; it becomes {found[0]:.4g}.")
    return "What is missing to 1 is cubed at each step, in place of squared."
