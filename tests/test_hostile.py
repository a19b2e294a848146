"""What no reader means and some send: thousands of hostile inputs and malformed links, to a widget of every kind.

A widget may refuse them. It may not fail, show what is no number, or hold a value that it would not take from Python.
"""

import random
import re
from urllib.parse import quote

import pytest
from test_edge import at_the_edge
from test_predict import choice, count, curve
from test_spectrum import divided, momentum
from test_stream import break_it
from test_widgets import eigenmodes, line_fit, radius_map, ravine, tuning_lab
from widget_page import html

from steepest import live
from steepest.live import Record, Translator
from steepest.live.widget import Live

KINDS = {
    "Explorer": ravine,
    "Explorer over data": line_fit,
    "LivePlot": eigenmodes,
    "LiveMap": radius_map,
    "Spectrum": momentum,
    "Spectrum, scaled": divided,
    "Stream": break_it,
    "EdgeOfStability": lambda: at_the_edge(steps=20),
    "TuningLab": tuning_lab,
    "Predict, a choice": choice,
    "Predict, a number": count,
    "Predict, a curve": curve,
    "Record": lambda: Record(choice(), count(), curve()),
    "Translator": lambda: Translator("torch.optim.Adam(params, lr=0.01)"),
}
INPUTS, LINKS, AT_ONCE = 300, 200, 10  # for each kind; 4,200 and 2,800 in all, ten between two looks at the page

TEXTS = [
    *(
        "",
        " ",
        "-1",
        "0",
        "-0",
        "1e999",
        "-1e999",
        "1e-320",
        "5e-324",
        "1e5",
        "NaN",
        "Infinity",
        "1,5",
        "٣",
        "0x10",
        "0.1.2",
    ),
    *("9" * 400, "<b>", "${1}", "__proto__", "constructor", "Adam(", "((((((((", "Adam(lr=1e999)", "optax.sgd(-0.0)"),
    *("torch.optim.Adam(params, lr=" * 50, "keras.optimizers.SGD(__proto__=1)", "\\", "\0"),
]
KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Enter", "Escape", "Home", "End", "a", "Dead"]
# Hostile inputs, each chosen by a seed. Returns what they did.
HOSTILE = r"""([seeds, texts, keys]) => seeds.map((seed) => {
    let state = seed;
    const below = (n) => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648 * n | 0;
    const one = (list) => list[below(list.length)];
    const root = document.querySelector(".steepest");
    const all = [...root.querySelectorAll("a, input, select, textarea, button, summary, [tabindex], svg.chart, .dial")];
    const node = one(all), box = node.getBoundingClientRect(), tag = node.tagName.toLowerCase();
    const far = () => one([-1e9, -1, 0, 0.5, 1, 1e9, 1e300]);
    const point = (kind) => node.dispatchEvent(new PointerEvent(kind, {
        bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, buttons: 1,
        pointerType: one(["mouse", "touch", "pen"]),
        clientX: box.left + far() * box.width, clientY: box.top + far() * box.height }));
    const act = below(4);
    if (act === 0 && (tag === "input" || tag === "textarea")) {
        const value = one(texts);
        if (node.type === "checkbox" || node.type === "radio") node.checked = !node.checked;
        else node.value = value;
        node.dispatchEvent(new Event("input", { bubbles: true }));
        node.dispatchEvent(new Event("change", { bubbles: true }));
        return `${node.type || tag} ${node.getAttribute("aria-label")}: ${value.slice(0, 40)}`;
    }
    if (act === 0 && tag === "select") {
        node.selectedIndex = below(node.options.length + 1) - 1;
        node.dispatchEvent(new Event("change", { bubbles: true }));
        return `select ${node.selectedIndex}`;
    }
    if (act <= 1) {
        const key = one(keys), shiftKey = below(2) > 0, many = one([1, 1, 40]);
        for (let k = 0; k < many; k++) {
            node.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
        }
        return `${tag} ${key}`;
    }
    if (act === 2) {
        node.setPointerCapture = () => {};
        node.hasPointerCapture = () => true;
        if (below(4)) point("pointerdown");
        for (let k = 0; k < 3; k++) point("pointermove");
        point(one(["pointerup", "pointercancel"]));
        return `${tag}.${node.getAttribute("class")} dragged`;
    }
    if (tag === "button" || tag === "summary" || node.type === "checkbox" || node.type === "radio") node.click();
    else document.querySelector("main").style.width = one(["", "0px", "1px", "200px", "3000px"]);
    return `${tag} clicked, or another width`;
})"""
# What is wrong with what a widget shows and holds: markup without numbers, or a trait that is not finite.
WRONG = r"""() => {
    const element = document.querySelector("[state]"), root = element.querySelector(".steepest");
    if (!root) return "no widget";
    const markup = [...root.querySelectorAll("svg *, p, span, small, output")].flatMap((node) => [
        ...Array.from(node.attributes, (one) => one.value), ...(node.children.length ? [] : [node.textContent])]);
    const bad = markup.find((text) => /\bNaN\b|undefined|\[object|Infinity/.test(text));
    if (bad !== undefined) return `shows ${bad.slice(0, 200)}`;
    const held = (value) => typeof value === "number" ? Number.isFinite(value)
        : value === null || typeof value !== "object" || Object.values(value).every(held);
    const names = Object.keys(JSON.parse(element.getAttribute("state")));
    const broken = names.find((name) => !held(element.model.get(name)));
    return broken ? `holds ${broken}: ${JSON.stringify(element.model.get(broken))}` : "";
}"""


def test_every_kind_is_swept():
    kinds = {name for name, kind in vars(live).items() if isinstance(kind, type) and issubclass(kind, Live)}
    assert {type(make()).__name__ for make in KINDS.values()} == kinds


def traits(page):
    """All that the page's one widget holds, by name."""
    return page.page.evaluate(
        """() => {
            const element = document.querySelector("[state]");
            return Object.fromEntries(Object.keys(JSON.parse(element.getAttribute("state"))).map(
                (name) => [name, element.model.get(name)]));
        }"""
    )


def taken(widget, held):
    """Have Python take what the page holds: it raises where it would not."""
    for name, value in held.items():
        if name not in ("met", "call"):  # set by the page; text that is read and may be anything
            setattr(widget, name, tuple(value) if name == "start" else value)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_inputs_do_no_harm(show, kind):
    page = show(KINDS[kind]())
    rng = random.Random(0)
    for _ in range(INPUTS // AT_ONCE):
        seeds = [rng.randrange(1, 2**31) for _ in range(AT_ONCE)]
        done = page.page.evaluate(HOSTILE, [seeds, TEXTS, KEYS])
        page.settle()
        assert page.page.evaluate(WRONG) == "", done
        assert page.wrong == [], done
    page.page.evaluate("document.querySelector('main').style.width = ''")
    page.settle()
    assert page.page.evaluate(WRONG) == ""
    taken(KINDS[kind](), traits(page))


NAMES = [
    "start x",
    "bar 1",
    "bar 24",
    "shown",
    "Adam lr",
    "steps",
    "",
    "__proto__",
    "constructor",
    "toString",
    "a" * 300,
    "é ",
    "%",
]
VALUES = [
    *(
        "",
        " ",
        "NaN",
        "Infinity",
        "-1",
        "1e300",
        "1e-320",
        "2.5",
        "0x1F",
        "1_0",
        "٣",
        "[]",
        "null",
        "true",
        "0",
        "-0",
        "1e3",
    ),
    *("%E0%A4%A", "%", "<script>", "9" * 400),
]


def malformed(widget, rng):
    """The part of a link behind the widget's mark: names that it knows and does not, with values of every kind."""
    known = re.findall(r'"name": "([^"]+)"', widget._compiled)
    names = [*known, *NAMES]
    parts = []
    for _ in range(rng.choice([0, 1, 1, 2, 5])):
        name, value = rng.choice(names), rng.choice(VALUES)
        sign = rng.choice(["=", "=", "=", "==", "", "=&=", ";"])
        parts.append((quote(name) if rng.random() < 0.5 else name) + sign + value)
    return "&".join(parts)


@pytest.mark.parametrize("kind", KINDS)
def test_malformed_links_do_no_harm(show, kind):
    widget = KINDS[kind]()
    page = show(widget)
    mark = re.search(r' name="(\w+)"', html(widget))[1]
    rng = random.Random(1)
    for _ in range(LINKS // AT_ONCE):
        sent = [f"#steepest-{mark}?{malformed(widget, rng)}" for _ in range(AT_ONCE)]
        # A browser lets a page change its address only so often: the widget hears of what stands there.
        page.page.evaluate(
            """(sent) => sent.forEach((hash) => {
                history.replaceState(null, "", hash);
                dispatchEvent(new HashChangeEvent("hashchange"));
            })""",
            sent,
        )
        page.settle()
        assert page.page.evaluate(WRONG) == "", sent
        assert page.wrong == [], sent
    taken(KINDS[kind](), traits(page))


FRAGMENTS = [
    *("%", "%E0%A4%A", "__proto__", "steepest-", "steepest-00000000?lr=1", "?", "a" * 5000, "<img>", "=code"),
    *("code", "code=", "code=%", "code=%E0%A4%A", "code=a=b%3Dc"),
]


@pytest.mark.parametrize("name", ["notebooks/01_batch_gradient_descent.html", "book/your-optimizer.html"])
def test_malformed_fragments_do_a_page_no_harm(visit, name):
    """What a page's own scripts do is done whatever follows the #: numbers to move, and the editor of a rule."""
    for fragment in FRAGMENTS if name.startswith("book") else FRAGMENTS[:5]:
        page = visit(f"{name}#{fragment}")
        if name.startswith("notebooks"):
            assert page.locator("input.movable").count() > 0, fragment
        else:
            page.locator("#run-optimizer[data-ready]").wait_for()
            code = page.locator("#run-optimizer pre").inner_text()
            assert (code == "a=b=c") == (fragment == "code=a=b%3Dc"), fragment
            assert code.startswith(("from dataclasses", "a=b")) or fragment == "code=", fragment
        assert page.problems == [], fragment
        page.context.close()
