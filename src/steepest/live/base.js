// What every widget shares: making elements, numbers as text, controls, axes and curves, the live text.
//
// What must always hold: a value shown is the value computed; every control is a native input with a label, or a handle
// that the arrow keys move; what is bound outside the widget's own elements is given back; drawing happens once a frame,
// however many events came.
import { words } from "./words.js";

// JupyterLab takes keys as its shortcuts unless the very element that has the focus says that they are its own.
const QUIET = { "data-lm-suppress-shortcuts": true };
const FOCUSABLE = new Set(["button", "input", "select", "summary", "textarea"]);

// An element with attributes and children. Attributes that are functions listen to the event of that name.
const fill = (node, attributes, children) => {
  put(node, attributes);
  node.append(...children);
  return node;
};
export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  if (FOCUSABLE.has(tag)) put(node, QUIET);
  return fill(node, attributes, children);
}
export const svg = (tag, attributes, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
export const path = (kind, attributes) => svg("path", { class: kind, ...attributes });

export function put(node, attributes) {
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value == null) node.removeAttribute(name);
    else node.setAttribute(name, value);
  }
}

// Gives the model a value, for Python and for whoever else looks at it.
export const changer = (model) => (name, value) => {
  model.set(name, value);
  model.save_changes();
};

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const rounded = (value, digits) => Number(value.toPrecision(digits));

// A number as a reader would write it, to so many significant digits.
export function text(value, digits = 3) {
  if (value !== value) return words.undefinedHere;
  const size = Math.abs(value);
  if (size === Infinity) return value > 0 ? "∞" : "−∞";
  const plain = size && (size < 1e-3 || size >= 1e5) ? value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e") : String(rounded(value, digits));
  return plain.replaceAll("-", "−");
}

// Calls draw once in the next frame, however often it is asked to.
export function painter(draw) {
  let frame = 0;
  const ask = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };
  ask.stop = () => cancelAnimationFrame(frame);
  return ask;
}

// A line of text, and its double that screen readers speak when it has settled.
export function announcer() {
  const shown = make("p", { class: "readout" }), spoken = make("p", { class: "spoken", role: "status" });
  let timer = 0;
  return {
    nodes: [shown, spoken],
    say(message) {
      if (shown.textContent === message) return;
      shown.textContent = message;
      clearTimeout(timer);
      timer = setTimeout(() => (spoken.textContent = message), 800);
    },
    stop: () => clearTimeout(timer),
  };
}

// How a slider's travel maps to values. "decay" spreads 0, .9, .99, .999 evenly.
const scales = {
  linear: { to: (v) => v, from: (u) => rounded(u, 4) },
  log: { to: Math.log10, from: (u) => rounded(10 ** u, 3) },
  decay: { to: (v) => -Math.log10(1 - v), from: (u) => rounded(1 - rounded(10 ** -u, 2), 10) },
};
export function travel({ scale = "linear", low, high, integer }) {
  const { to, from } = scales[scale], [first, last] = [to(low), to(high)];
  return {
    scale, low: first, high: last,
    at: (value) => clamp(to(value), first, last),
    value: (u) => clamp(integer ? Math.round(u) : from(u), low, high),
  };
}

// A slider and a number field, or a list to choose from. Fields may reach further than sliders: from least to most.
function control(spec, name, change, complain) {
  if (spec.options) {
    const list = select(spec.label, spec.options.map((option, i) => [i, option]), () => change(Number(list.field.value)));
    return { node: list.node, update: (now) => (list.field.value = now) };
  }
  const { low, high, at, value } = travel(spec), stops = spec.integer ? high - low : 400;
  const slider = make("input", { type: "range", max: stops, "aria-label": name, input: () => change(value(low + (slider.value / stops) * (high - low))) });
  swipeable(slider, () => shown, change);
  const commit = () => {
    const given = field.valueAsNumber;
    if (fits(spec, given)) return change(given);
    complain(words.between(name, text(spec.least ?? spec.low), text(spec.most ?? spec.high)));
    field.value = shown;
  };
  const field = make("input", {
    type: "number", step: spec.integer ? 1 : "any", "aria-label": `${name}, ${words.number}`, change: commit,
    keydown: (event) => event.key === "Enter" && commit(), // JupyterLab keeps the browser from taking Enter as a change
  });
  let shown;
  return {
    node: make("div", { class: "control" }, make("span", { class: "name", "aria-hidden": true }, spec.label), slider, field),
    update(now) {
      if (now === shown) return;
      shown = now;
      slider.value = ((at(now) - low) / (high - low)) * stops;
      put(slider, { "aria-valuetext": text(now) });
      field.value = now;
    },
  };
}

// A swipe that begins on a slider moves it before the browser knows that the page is meant: gives its value back then.
export function swipeable(slider, get, change) {
  let before;
  put(slider, { pointerdown: () => (before = get()), pointercancel: () => change(before) });
}

// Whether a control may hold a value.
export const fits = ({ low, high, least = low, most = high, integer }, value) => value >= least && value <= most && (!integer || Number.isInteger(value));

// All that a reader can set in a widget, by name: as controls, and as what a link holds.
export function settings(complain) {
  const all = [], changed = () => all.filter((one) => one.get() !== one.first);
  const hold = (name, get, set, update, spec = { low: 0, high: 1, integer: true }) => all.push({ name, get, set, update, spec, first: get() });
  return {
    hold, // for a value that has no control of the kinds above
    // get() and set(value) read and write the model; returns the control.
    add(name, spec, get, set, label = spec.label) {
      const { node, update } = control(spec, label, set, complain);
      hold(name, get, set, update, spec);
      return node;
    },
    update: () => all.forEach((one) => one.update(one.get())),
    reset: () => changed().forEach((one) => one.set(one.first)),
    state: () => Object.fromEntries(changed().map((one) => [one.name, one.get()])),
    // Takes values from a link: those that are sound.
    admit(values) {
      let bad = 0;
      for (const [name, value] of Object.entries(values)) {
        const one = all.find((known) => known.name === name);
        one && fits(one.spec, value) ? one.set(value) : bad++;
      }
      if (bad) complain(words.badLink);
    },
  };
}

export function select(label, options, change) {
  const field = make("select", { change });
  const fill = (list) => field.replaceChildren(...list.map(([value, name]) => make("option", { value }, name)));
  fill(options);
  return { node: make("label", {}, `${label} `, field), fill, field };
}

export const button = (name, click) => make("button", { type: "button", click }, name);

// Round numbers between low and high, about as many as asked; on the other scales whole places of the travel. Of a range
// that is narrower than the digits of its ends can tell, the middle.
export function ticks(low, high, scale, many) {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(high / 2 - low / 2 > size * 1e-13)) return [clamp(low + (high / 2 - low / 2), low, high)];
  const list = (stride, from = 0) => {
    if (!(stride > 0)) return [];
    const first = Math.ceil((low - from) / stride - 1e-9), last = Math.floor((high - from) / stride + 1e-9);
    return Array.from({ length: clamp(last - first + 1, 0, 60) }, (_, i) => clamp(from + (first + i) * stride, low, high));
  };
  const rough = high / many - low / many; // of very large numbers the difference is infinite
  const whole = scale === "linear" ? [] : list(Math.max(1, Math.ceil(rough)));
  if (whole.length > 1) return whole;
  if (scale === "log") return rough * many > 0.7 || size > 300 ? [1, 2, 5].flatMap((m) => list(1, Math.log10(m))).sort((a, b) => a - b) : ticks(10 ** low, 10 ** high, "linear", many).map((v) => clamp(Math.log10(v), low, high));
  const power = 10 ** Math.floor(Math.log10(rough)), found = list([1, 2, 5, 10].map((m) => m * power).find((stride) => stride >= rough * 0.999));
  return found.length && found.every((place, i) => i < 1 || place > found[i - 1]) ? found : [low, high]; // powers of ten end before the smallest numbers do
}
const tick = (place, scale) => (scale === "decay" ? text(scales.decay.from(place), 4) : text(rounded(scale === "log" ? 10 ** place : place, 6), 6));

// Curves as a path: a gap where a value is not finite; far off values stay near enough to draw.
export function line(n, x, y) {
  const tenth = (v) => ((clamp(v, -1e4, 1e4) * 10) | 0) / 10;
  let d = "", pen = "M";
  for (let i = 0; i < n; i++) {
    const u = x(i), v = y(i);
    if (!Number.isFinite(u) || !Number.isFinite(v)) pen = "M";
    else {
      d += `${pen}${tenth(u)} ${tenth(v)}`;
      pen = "L";
    }
  }
  return d;
}

// The range of an axis for values from low to high, with some room. Differences in the last digits are rounding, and
// stay as small as they are; unit: what is small beside it is rounding too, as on a logarithmic axis beside 1.
export function roomy(low, high, unit = 0) {
  if (!(low <= high)) return [0, 1];
  const noise = Math.max(Math.abs(low), Math.abs(high), unit) * 1e-9, span = high - low;
  const room = span > noise ? span * 0.05 : noise * 1e7 || 0.5;
  return [low - room, high + room];
}

// Axes with curves, as SVG. x and y are {range, scale, title}; on a scale other than "linear" ranges and places are those
// of its travel.
export function chart(label, ratio, role = "img") {
  const grid = svg("g", { class: "grid" }), inside = svg("svg"); // a nested svg clips what lies outside
  const node = svg("svg", { class: "chart", role, "aria-label": label }, grid, inside);
  const left = 46, right = 14, top = 18, bottom = 30;
  let width = 0, height = 0, drawn = "";
  const self = {
    node, inside, left, top, ratio, x: { range: [0, 1] }, y: { range: [0, 1] },
    px: (x) => ((x - self.x.range[0]) / (self.x.range[1] - self.x.range[0])) * self.width,
    py: (y) => ((self.y.range[1] - y) / (self.y.range[1] - self.y.range[0])) * self.height,
    atX: (px) => self.x.range[0] + (px / self.width) * (self.x.range[1] - self.x.range[0]),
    atY: (py) => self.y.range[1] - (py / self.height) * (self.y.range[1] - self.y.range[0]),
    resize(given) {
      const inner = Math.max(given - left - right, 40), tall = Math.round(inner * self.ratio);
      if (given === width && tall === self.height) return;
      [width, height, self.width, self.height] = [given, tall + top + bottom, inner, tall];
      put(node, { width, height });
      put(inside, { x: left, y: top, width: inner, height: tall });
    },
    // Axes and their numbers; cheap when nothing changed.
    axes() {
      const key = JSON.stringify([width, height, self.x, self.y]);
      if (key === drawn) return;
      drawn = key;
      let d = "";
      const word = (x, y, anchor, content) => svg("text", { x, y, "text-anchor": anchor }, content);
      const marks = (axis, many, mark) => ticks(...axis.range, axis.scale ?? "linear", Math.max(2, many)).map((v) => mark(v, tick(v, axis.scale ?? "linear")));
      const across = marks(self.x, self.width / 60, (v, name) => {
        const x = left + self.px(v);
        d += `M${x} ${top}v${self.height}`;
        return word(x, height - 15, "middle", name);
      });
      const up = marks(self.y, self.height / 26, (v, name) => {
        const y = top + self.py(v);
        d += `M${left} ${y}h${self.width}`;
        return word(left - 5, y + 4, "end", name);
      });
      grid.replaceChildren(path("", { d }), path("frame", { d: `M${left} ${top}v${self.height}h${self.width}` }), ...across, ...up,
        word(width - right, height - 2, "end", self.x.title), word(left - 40, 11, "start", self.y.title));
    },
  };
  return self;
}

// Calls move(x, y) with places in a chart while the pointer is down on a node.
export function drag(node, space, move) {
  const at = (event) => {
    const box = space.node.getBoundingClientRect();
    move(space.atX(event.clientX - box.left - space.left), space.atY(event.clientY - box.top - space.top));
  };
  put(node, {
    pointerdown(event) {
      if (event.button) return;
      node.setPointerCapture(event.pointerId);
      at(event);
    },
    pointermove: (event) => node.hasPointerCapture(event.pointerId) && at(event),
    touchstart: (event) => event.preventDefault(), // for `touch-action` has no hold on shapes within SVG
  });
}

// A handle in a chart, moved by pointer and by arrow keys, which add a fraction of the range; with shift a tenth of it.
export function handle(space, label, fraction, move) {
  let now = [0, 0];
  const node = svg("g", {
    class: "grip", role: "slider", tabindex: 0, ...QUIET, "aria-label": label, "aria-valuenow": 0,
    keydown(event) {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      move(...[space.x, space.y].map(({ range: [low, high] }, i) => now[i] + by[i] * (high - low) * fraction * (event.shiftKey ? 0.1 : 1)));
    },
  }, svg("circle", { r: 20 }), svg("circle", { r: 7, class: "knob" }));
  drag(node, space, move);
  return {
    node,
    // Moves it to a place; value and say are what screen readers hear.
    show(x, y, value, say) {
      now = [x, y];
      put(node, { transform: `translate(${space.px(x)} ${space.py(y)})`, "aria-valuenow": value, "aria-valuetext": say });
    },
  };
}

// Calls call(width) now and whenever the width of a node changes; returns what ends it.
export function follow(node, call) {
  const observer = new ResizeObserver(([entry]) => call(Math.floor(entry.contentRect.width)));
  observer.observe(node);
  return () => observer.disconnect();
}

// Widgets of one page that share values: each tells the others, by the name of the one they follow.
export const tell = (name, values) => document.dispatchEvent(new CustomEvent("steepest", { detail: { name, values } }));
export function hear(name, call) {
  const listen = ({ detail }) => detail.name === name && call(detail.values);
  document.addEventListener("steepest", listen);
  return () => document.removeEventListener("steepest", listen);
}

// The element that holds a widget.
export const frame = (label, ...content) => make("div", { class: "steepest", role: "group", "aria-label": label, "data-lm-suppress-shortcuts": true }, make("style", {}, css), ...content);
