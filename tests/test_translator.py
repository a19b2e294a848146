"""The translator on a page without a kernel: it answers as `translate` does, and says what it cannot read."""

import functools
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from widget_page import DARK, LIGHT

from steepest.frameworks import translate
from steepest.frameworks.reading import read
from steepest.live import Translator
from steepest.live.translator import EXAMPLES

PLACES = ["PyTorch", "Optax", "Keras", "Steepest"]

#: Calls of each kind, as a reader would type them.
CALLS = [
    *EXAMPLES,
    "opt = torch.optim.Adam(model.parameters(), lr=3e-4*8, fused=True)",
    "optim.SGD(net.parameters(), 0.1, 0.9, 0.5)",
    "torch.optim.Adam(params, betas=(0.8, 0.99), eps=0.0)",
    "torch.optim.Adam(params, betas=[0.8, 0.99])",
    "import torch\nopt = torch.optim.Adam(  # the usual\n    model.parameters(),\n    lr=1_000,  # too large\n)",
    "torch.optim.AdamW(model.parameters(), amsgrad=True, weight_decay=0.1)",
    "torch.optim.RMSprop(w, momentum=0.5, centered=True, weight_decay=0.01)",
    "torch.optim.Adagrad(w, lr_decay=0.1)",
    "optax.adam(2 ** -10, nesterov=True, eps_root=1e-6)",
    "optax.amsgrad(0.01, bias_correction_mu=False)",
    "optax.adagrad(0.1, initial_accumulator_value=0.0, eps=0.0)",
    "keras.optimizers.RMSprop(rho=0.95, momentum=0.9, weight_decay=0.01)",
    "keras.optimizers.Adam(0.01, amsgrad=True)",
    "keras.optimizers.ScheduleFreeAdamW(0.01, weight_decay=0.1)",
    "optax.contrib.schedule_free_sgd(0.5, b1=0.8, weight_decay=0.01)",
    "tf.keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)",
]


@functools.cache
def translator():
    return Translator(EXAMPLES[0])


def answers(opened, call):
    """The verdicts, codes and notes that the page shows for a call, by place."""
    asked, shown = opened.page.locator("textarea").first, opened.page.get_by_text("The rule that")
    asked.fill("")
    expect(shown).to_be_hidden()  # what is there afterwards is the answer to this call
    asked.fill(call)
    expect(shown).to_be_visible()
    found = {}
    for section in opened.page.locator(".answers section").all():
        place, _, verdict = section.locator(".heading").inner_text().partition(": ")
        if place in PLACES:
            code = section.locator("textarea")
            found[place] = (
                verdict,
                code.input_value() if code.count() else None,
                section.locator("li").all_inner_texts(),
            )
    return found


def test_the_page_answers_as_python_does(show):
    opened = show(translator())
    for call in CALLS:
        source = read(call).framework
        found = answers(opened, call)
        assert list(found) == [place for place in PLACES if place != source], call
        for place, (verdict, code, notes) in found.items():
            python = translate(call, place)
            assert (
                verdict
                == {
                    "always": "exact.",
                    "while lr is constant": "exact while the learning rate is constant.",
                    "no": "no equivalent. This is the nearest." if python.equivalent else "no equivalent.",
                }[python.exact]
            ), (call, place)
            if python.equivalent is None:
                assert code is None
                continue
            theirs = read(code.replace("model.parameters()", "params")).optimizer
            ours = python.after if "kernel_regularizer" not in repr(python) else read(python.equivalent).optimizer
            assert same(theirs, ours), (call, place, code, ours)
            measured = [note for note in python.notes if note.startswith("Within 100") or "0 % of the way" in note]
            if measured and "Muon" not in repr(ours):
                assert measured[0] in notes, (call, place)
            for note in python.notes:
                if not note.startswith(("Within 100", "Left at defaults")) and "left out" not in note:
                    assert note in notes, (call, place, note)


def same(one, other):
    """Whether two optimizers are one, but for the last of 15 digits."""

    def rounded(text):
        return re.sub(r"\d[\d.]*(e-?\d+)?", lambda number: f"{float(number.group()):.12g}", text)

    return rounded(repr(one)) == rounded(repr(other))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("torch.optim.Adam(params, lr=base)", "does not know what base is: write the number"),
        ("torch.optim.Adam(params, lr='a' * 2)", "Only numbers can be calculated with"),
        ("torch.optim.Adam(lr=0.1)", "needs its parameters first"),
        ("torch.optim.Adam([{'params': a}], lr=0.1)", "Parameter groups are translated in Python"),
        ("torch.optim.Adam(params, rate=0.1)", "has no argument rate; it has params, lr, betas"),
        ("torch.optim.Mine(params)", "torch.optim.Mine is not among the calls that this page knows"),
        ("keras.optimizers.SGD(clipnorm=1.0)", "clipnorm is carried over by translate in Python"),
        ("torch.optim.SGD(params, lr=True)", "lr must be a number"),
        ("torch.optim.SGD(params, lr=-1)", "lr must not be negative"),
        ("torch.optim.SGD(params, momentum=1.5)", "momentum must be below 1"),
        ("torch.optim.SGD(params, momentum=0.0, nesterov=True)", "PyTorch refuses these settings together"),
        ("optax.sgd()", "optax.sgd has no default learning_rate: give one"),
        ("optax.sgd(0.1", "This is not read as a call"),
        ("", "This is not read as a call"),
        ("torch.optim.Adam(params, betas=0.9)", "betas must be a pair of numbers"),
        ("torch.optim.Adam(params, betas=(0.9,))", "betas must be a pair of numbers"),
        ("torch.optim.Adam(params, betas=(0.9, 0.9, 0.9))", "betas must be a pair of numbers"),
        ("torch.optim.Adam(params, lr=1e400)", "lr has no value"),
        ("torch.optim.Adam(params, lr=(-8)**0.5)", "lr has no value"),
        ("torch.optim.Adam(params, lr=0.1, lr=0.2)", "torch.optim.Adam has lr twice"),
        ("torch.optim.Adam(params, 0.1, lr=0.2)", "torch.optim.Adam has lr twice"),
        ("torch.optim.Adam(params, lr=0.1, (0.9, 0.99))", "This is not read as a call"),
        (f"torch.optim.Adam(params, lr={'(' * 200_000}1{')' * 200_000})", "This is too long"),
        (f"torch.optim.Adam(params, lr={'-' * 200_000}1)", "This is too long"),
        (f"torch.optim.Adam(params, lr={'(' * 1500}1{')' * 400})", "This is too long"),
        ("torch.optim.Adam(params, lr=constructor)", "does not know what constructor is"),
        ("torch.optim.Adam(params, lr=1 toString 2)", "This is not read as a call"),
        ("optax.chain(optax.clip(1.0), optax.adam(1e-3))", "optax.chain is not among the calls"),
        ("paddle.optimizer.Adam(0.1, parameters=m.parameters())", "paddle.optimizer.Adam is not among the calls"),
        ("constructor(1)", "constructor is not among the calls"),
    ],
)
def test_what_the_page_cannot_read_it_says(show, call, message):
    opened = show(translator())
    opened.page.locator("textarea").first.fill(call)
    expect(opened.page.locator(".problem")).to_contain_text(message)


def test_a_call_is_picked_by_keyboard_and_copied(show):
    opened = show(translator())
    opened.page.get_by_label("Or pick one").focus()
    opened.page.get_by_label("Or pick one").select_option(index=9)
    expect(opened.page.locator("textarea").first).to_have_value(EXAMPLES[8])
    opened.page.get_by_role("button", name="Copy for PyTorch").press("Enter")
    expect(opened.page.get_by_text(re.compile("Copied|Copying is not allowed"))).to_be_visible()


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("width", [320, 390, 1100])
def test_the_translator_is_accessible_and_fits(show, background, width):
    opened = show(translator(), background=background, viewport={"width": width, "height": 900})
    found = Axe().run(opened.page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_first_call_that_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match="There is no optimizer"):
        Translator("import torch")


def test_the_picture_names_the_answers():
    figure, alt = translator().figure()
    assert "Keras: keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)" in alt
    assert figure.axes
