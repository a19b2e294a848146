// What every widget shares: making elements, numbers as text, painting once a frame, the live text, news between widgets.
//
// What must always hold: a value shown is the value computed; every control is a native input with a label, or a handle
// that the arrow keys move; what is bound outside the widget's own elements is given back; drawing happens once a frame,
// however many events came.
import { words } from "./words.js";

// JupyterLab takes keys as its shortcuts unless the very element that has the focus says that they are its own.
export const QUIET = { "data-lm-suppress-shortcuts": true };
const FOCUSABLE = new Set(["button", "input", "select", "summary", "textarea"]);
const FIELDS = new Set(["input", "select", "textarea"]);
const UNREMEMBERED = { autocomplete: "off" }; // else a browser that goes back fills in what the model does not hold

/**
 * An HTML element. Attributes that are functions listen to the event of that name.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  if (FOCUSABLE.has(tag)) put(node, QUIET);
  if (FIELDS.has(tag)) put(node, UNREMEMBERED);
  put(node, attributes);
  node.append(...children);
  return node;
}

/**
 * An SVG element, in the same way.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  put(node, attributes);
  node.append(...children);
  return node;
}

/** An SVG path of a class. */
export const path = (kind, attributes) => svg("path", { class: kind, ...attributes });

/** Sets attributes; null takes one away. What is there already costs the browser nothing. */
export function put(node, attributes) {
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value == null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

/** Sets the text of a node, in the same way. */
export function write(node, content) {
  if (node.textContent !== content) node.textContent = content;
}

export const button = (name, click) => make("button", { type: "button", click }, name);

/** A list to choose from, with its label: {node, field}; options are pairs of a value and a name. */
export function select(label, options, change) {
  const names = options.map(([value, name]) => make("option", { value }, name));
  const field = make("select", { change }, ...names);
  return { node: make("label", {}, `${label} `, field), field };
}

/** Gives the model a value, for Python and for whoever else looks at it. */
export const changer = (/** @type {Model} */ model) => (name, value) => {
  model.set(name, value);
  model.save_changes();
};

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const rounded = (value, digits) => Number(value.toPrecision(digits));

/** A number as a reader would write it, to so many significant digits. */
export function text(value, digits = 3) {
  if (Number.isNaN(value)) return words.undefinedHere;
  const size = Math.abs(value);
  if (size === Infinity) return value > 0 ? "∞" : "−∞";
  const plain = size && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e")
    : String(rounded(value, digits));
  return plain.replaceAll("-", "−");
}

/**
 * Calls draw once in the next frame, however often it is asked to; `now` calls it at once, so that a widget that starts is
 * never seen without its picture; `stop` ends it.
 */
export function painter(draw) {
  let frame = 0;
  const ask = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };
  ask.stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
  };
  ask.now = () => {
    ask.stop();
    draw();
  };
  return ask;
}

/**
 * A line of text, and its double that screen readers speak when it has settled. What was complained of stands before what
 * is said next, until something else is said.
 */
export function announcer() {
  const shown = make("p", { class: "readout" });
  const spoken = make("p", { class: "spoken", role: "status" });
  let timer = 0, said = "", complaint = "";
  const show = () => {
    const message = [complaint, said].filter(Boolean).join(" ");
    if (shown.textContent === message) return;
    shown.textContent = message;
    clearTimeout(timer);
    timer = setTimeout(() => (spoken.textContent = message), 800);
  };
  return {
    nodes: [shown, spoken],
    say(message) {
      if (said && said !== message) complaint = "";
      said = message;
      show();
    },
    complain(message) {
      [complaint, said] = [message, ""];
      show();
    },
    stop: () => clearTimeout(timer),
  };
}

/** What a compiled function gives for values by name: an array of its outputs. */
export function outputsOf(f, values) {
  const out = new Float64Array(f.outputs.length);
  f.evaluate(Float64Array.from(f.arguments, (name) => values[name]), out);
  return out;
}

/** A goal as a line of text, and its change of state when it is met: show(met, outcome). */
export function goalLine() {
  const node = make("p");
  return {
    node,
    show(met, goal, outcome = met ? words.taskMet : words.goalOpen) {
      write(node, `${goal} ${outcome}`);
      put(node, { class: met ? "goal met" : "goal" });
    },
  };
}

/** Calls call(width) now and whenever the width of a node changes; returns what ends it. */
export function follow(node, call) {
  put(node, { style: "content-visibility:hidden" }); // what is in it is laid out once, when it has been drawn
  let before = Math.floor(node.getBoundingClientRect().width);
  put(node, { style: null });
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width !== before) call(before = width);
  });
  observer.observe(node);
  call(before);
  return () => observer.disconnect();
}

/**
 * Draws a widget now, and again whenever its model changes, or the width of its root where `resized(width)` is given: it is
 * told before. What this returns ends that, and with it the widget: first what else has to end, then the drawing.
 * @param {{root: HTMLElement, model: Model, paint: ReturnType<typeof painter>, live?: {stop(): void},
 *   resized?: (width: number) => void, others?: (() => void)[]}} widget
 */
export function keepDrawn({ root, model, paint, live, resized, others = [] }) {
  model.on("change", paint);
  const ends = [
    ...others,
    paint.stop,
    () => live?.stop(),
    () => model.off("change", paint),
    () => root.remove(),
  ];
  if (resized) {
    ends.push(follow(root, (width) => {
      resized(width);
      paint();
    }));
  }
  paint.now();
  return () => ends.forEach((end) => end());
}

/** Tells the other widgets of the page values, by the name of the one that they follow. */
export const tell = (name, values) =>
  document.dispatchEvent(new CustomEvent("steepest", { detail: { name, values } }));

/** Hears what is told under a name; returns what ends it. */
export function hear(name, call) {
  const listen = ({ detail }) => detail.name === name && call(detail.values);
  document.addEventListener("steepest", listen);
  return () => document.removeEventListener("steepest", listen);
}

/** Copies what a field holds. Pages without encryption have no clipboard, but may know the old command. */
export async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}

/** The element that holds a widget. */
export const frame = (label, ...content) =>
  make(
    "div",
    { class: "steepest", role: "group", "aria-label": label, ...QUIET },
    make("style", {}, css),
    ...content,
  );
