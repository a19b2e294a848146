// The living formula: the rule of one optimizer, typeset, its hyperparameters as handles.
//
// The reader drags a symbol sideways, or moves it by arrow keys; the number below it and the run follow. The terms of the
// step are colored as their arrows in the picture are. formula.py says what the trees hold.
import { make, put, QUIET, text, write } from "./base.js";
import { arrow } from "./axes.js";
import { nudged } from "./controls.js";
import { words } from "./words.js";

const PIXELS = 3; // of a drag, for a hundredth of the travel

/**
 * equations: trees. specs: the hyperparameters' controls. get(name) and set(name, value) read and write the model. owner:
 * the optimizer's name.
 */
export function formula(equations, specs, get, set, owner) {
  const dials = [], met = new Set();

  function dial(name, base, subscript) {
    const spec = specs.find((hyper) => hyper.name === name);
    const symbol = letter(base, subscript);
    if (!spec || name === "eps") return symbol;
    let from = 0, value = 0;
    const node = make("span", {
      class: "dial",
      pointerdown(event) {
        if (event.button) return;
        node.setPointerCapture(event.pointerId);
        [from, value] = [event.clientX, get(name)];
      },
      pointermove(event) {
        if (!node.hasPointerCapture(event.pointerId)) return;
        set(name, nudged(spec, value, (event.clientX - from) / PIXELS));
      },
      pointercancel: () => set(name, value), // the finger turned out to scroll the page
    }, symbol);
    if (met.has(name)) { // one handle for the keyboard is enough
      put(node, { "aria-hidden": true });
      return node;
    }
    met.add(name);
    const shown = make("small");
    node.append(shown);
    put(node, {
      role: "slider",
      tabindex: 0,
      ...QUIET,
      "aria-label": words.inFormula(owner, spec.label),
      "aria-valuemin": spec.low,
      "aria-valuemax": spec.high,
      keydown(event) {
        const by = arrow(event);
        if (by) set(name, nudged(spec, get(name), by[0] + by[1]));
      },
    });
    dials.push(() => {
      const now = get(name);
      write(shown, text(now));
      put(node, { "aria-valuenow": now, "aria-valuetext": text(now) });
    });
    return node;
  }

  const row = (...parts) => make("span", {}, ...parts.map(typeset));
  const kinds = {
    hyper: dial,
    symbol: letter,
    text: (content) => content,
    row,
    fraction: (above, below) => make("span", { class: "fraction" }, row(above), row(below)),
    root: (inner) => make("span", { class: "root" }, "√", row(inner)),
    power: (base, exponent) => make("span", {}, typeset(base), make("sup", {}, typeset(exponent))),
    term: (k, inner) => make("span", { class: `term term-${k}` }, typeset(inner)),
  };
  function typeset([kind, ...parts]) {
    return kinds[kind](...parts);
  }

  const lines = equations.map((tree) => make("span", { class: "line" }, typeset(tree)));
  return {
    node: make(
      "div",
      { class: "law", role: "group", "aria-label": words.formula(owner) },
      ...lines,
    ),
    update: () => dials.forEach((update) => update()),
  };
}

/** A symbol with its subscript. */
export const letter = (base, subscript) =>
  make("var", {}, base, ...(subscript ? [make("sub", {}, subscript)] : []));
