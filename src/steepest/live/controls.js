// Sliders and fields: how their travel is spread, and all that a reader can set in a widget.
//
// To add a control: describe it in Python (`Slider.spec` or `Choice.spec`) and call `settings.add` with that here.
import { make, put, rounded, select, text } from "./base.js";
import { clamp } from "./base.js";
import { words } from "./words.js";

// "decay" spreads 0, .9, .99, .999 evenly; controls.py has the same.
const scales = {
  linear: { to: (v) => v, from: (u) => rounded(u, 4) },
  log: { to: Math.log10, from: (u) => rounded(10 ** u, 3) },
  decay: { to: (v) => -Math.log10(1 - v), from: (u) => rounded(1 - rounded(10 ** -u, 2), 10) },
};

/**
 * How a slider's travel maps to values.
 * @param {ControlSpec} spec
 * @returns {Travel}
 */
export function travel({ scale = "linear", low, high, integer }) {
  const { to, from } = scales[scale], [first, last] = [to(low), to(high)];
  return {
    scale,
    low: first,
    high: last,
    place: (value) => clamp(to(value), first, last),
    value(u) {
      if (!integer) return clamp(from(u), low, high);
      return clamp(Math.round(scale === "linear" ? u : from(u)), low, high);
    },
  };
}

/** The value at a place of a scale, as an axis shows it. */
export function shownAt(place, scale) {
  if (scale === "decay") return text(scales.decay.from(place), 4);
  return text(rounded(scale === "log" ? 10 ** place : place, 6), 6);
}

/** Whether a control may hold a value. Fields may reach further than sliders: from least to most. */
export const fits = (
  /** @type {ControlSpec} */ { low, high, least = low, most = high, integer },
  value,
) => value >= least && value <= most && (!integer || Number.isInteger(value));

/** The stops of a slider: whole numbers have one each where they are evenly spread. */
const stopsOf = ({ integer, scale, low, high }) => (integer && !scale ? high - low : 400);

/** The value some stops up from another, for handles that stand for a slider. */
export function nudged(spec, from, stops, of = 100) {
  const { low, high, place, value } = travel(spec);
  const count = spec.integer && !spec.scale ? stopsOf(spec) : of;
  return value(clamp(place(from) + (stops / count) * (high - low), low, high));
}

/** A swipe that begins on a slider moves it before the browser knows that the page is meant: gives its value back then. */
export function swipeable(slider, get, change) {
  let before;
  put(slider, {
    pointerdown: () => (before = get()),
    pointercancel: () => before !== undefined && get() !== before && change(before),
  });
}

/** A number as a number field takes it: readers write −1 and 1,5, and copy 1,000 or 1.000,5. */
function numeral(written) {
  const plain = written.trim().replaceAll("−", "-");
  if (/^[-+]?[1-9]\d{0,2}(,\d{3})+(\.|$)/.test(plain)) return plain.replaceAll(",", "");
  return plain.replace(/\.(?=.*,)/g, "").replace(",", ".");
}

/** Takes what is typed or pasted as it is meant. The browser would leave out what it does not know, and make 15 of 1,5. */
function typed(/** @type {InputEvent} */ event) {
  const written = numeral(event.data ?? ""),
    { dataset } = /** @type {HTMLElement} */ (event.target);
  if (event.data === ".") delete dataset.comma;
  if (/[^-+\d.,eE−\s]/.test(event.data ?? "")) dataset.odd = "";
  else if (event.inputType.startsWith("delete")) delete dataset.odd;
  if (written === (event.data ?? "") || !event.cancelable) return;
  event.preventDefault();
  document.execCommand("insertText", false, written); // which can be undone
  if (event.data === ",") dataset.comma = "";
}

/**
 * What a field holds, not a number if something was typed that a browser leaves out: it would make 13 of 1/3. Three digits
 * after a comma that was typed are thousands, as they are where one is pasted.
 */
function meant(/** @type {HTMLInputElement} */ field) {
  const odd = field.dataset.odd === "";
  delete field.dataset.odd;
  const thousands = field.dataset.comma === "" && /^-?[1-9]\d{0,2}\.\d{3}$/.test(field.value);
  delete field.dataset.comma;
  if (thousands) field.value = String(1000 * field.valueAsNumber);
  return odd ? NaN : field.valueAsNumber;
}

// A slider and a number field, or a list to choose from.
function control(spec, name, change, complain) {
  if (spec.options) {
    const options = spec.options.map((option, i) => [i, option]);
    const list = select(spec.label, options, () => change(Number(list.field.value)));
    return { node: list.node, update: (now) => (list.field.value = now) };
  }
  const { low, high, place, value } = travel(spec), stops = stopsOf(spec);
  const slider = make("input", {
    type: "range",
    max: stops,
    "aria-label": name,
    input: () => change(value(low + (slider.value / stops) * (high - low))),
  });
  let shown;
  swipeable(slider, () => shown, change);
  const commit = () => {
    const given = meant(field);
    if (fits(spec, given)) {
      field.value = given; // of 010, too, which is the 10 that was there
      return change(given);
    }
    complain(words.between(name, text(spec.least ?? spec.low), text(spec.most ?? spec.high)));
    field.value = shown;
  };
  const field = make("input", {
    type: "number",
    step: spec.integer ? 1 : "any",
    "aria-label": `${name}, ${words.number}`,
    beforeinput: typed,
    change: commit,
    keydown: (event) => {
      if (event.key === "Enter") commit(); // JupyterLab keeps the browser from taking Enter as a change
      const stops = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!stops) return;
      event.preventDefault(); // from steps of 1, which many a range has no room for
      const given = meant(field);
      const from = fits(spec, given) ? given : shown;
      const next = spec.integer ? from + stops : nudged(spec, from, stops);
      if (fits(spec, next)) change(next);
    },
  });
  const [, word, symbol] = spec.label.match(/^(\w+ )?(.*)$/); // "momentum μ": where room is short, μ is enough
  const label = make(
    "span",
    { "aria-hidden": true },
    make("span", { class: "word" }, word ?? ""),
    symbol,
  );
  return {
    node: make("div", { class: "control" }, label, slider, field),
    update(now) {
      if (now === shown) return;
      shown = now;
      slider.value = ((place(now) - low) / (high - low)) * stops;
      put(slider, { "aria-valuetext": text(now) });
      field.value = now;
    },
  };
}

/** All that a reader can set in a widget, by name: as controls, and as what a link holds. */
export function settings(live, paint) {
  const all = [], changed = () => all.filter((entry) => entry.get() !== entry.first);
  const complain = (message) => {
    live.complain(message);
    paint(); // what is said with it
  };
  const reset = () => changed().forEach((entry) => entry.set(entry.first));
  /** @type {ControlSpec} */
  const flag = { low: 0, high: 1, integer: true };
  const hold = (name, get, set, update, spec = flag) =>
    all.push({ name, get, set, update, spec, first: get() });
  return {
    /** For a value that has no control of the kinds above. */
    hold,
    /** get() and set(value) read and write the model; returns the control. */
    add(name, spec, get, set, label = spec.label) {
      const { node, update } = control(spec, label, set, complain);
      hold(name, get, set, update, spec);
      return node;
    },
    /** A control for someone outside the widget, as a number in the text is; null where there is none of the name. */
    control(name) {
      const entry = all.find((entry) => entry.name === name);
      return entry && {
        first: entry.first,
        get: entry.get,
        fits: (value) => fits(entry.spec, value),
        set: entry.set,
        moved: (from, stops) => nudged(entry.spec, from, stops),
        typed,
        meant,
      };
    },
    update: () => all.forEach((entry) => entry.update(entry.get())),
    reset,
    state: () => Object.fromEntries(changed().map((entry) => [entry.name, entry.get()])),
    /** Takes values from a link, those that are sound. What it leaves out is as at first. */
    admit(values) {
      reset();
      let bad = 0;
      for (const [name, value] of Object.entries(values)) {
        const entry = all.find((entry) => entry.name === name);
        if (entry && fits(entry.spec, value)) entry.set(value);
        else bad++;
      }
      if (bad) complain(words.badLink);
    },
  };
}
