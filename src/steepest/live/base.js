// What every widget shares: making elements, numbers as text, controls, axes and curves, the live text.
//
// What must always hold: a value shown is the value computed; every control is a native input with a label;
// nothing is bound outside the widget's own root; drawing happens once a frame, however many events came.
import { words } from "./words.js";

// An element with attributes and children; attributes that are functions listen to the event of that name.
export function make(tag, attributes = {}, ...children) {
  const svg = tag.startsWith("svg:");
  const node = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  put(node, attributes);
  node.append(...children);
  return node;
}

export function put(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === false || value == null) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : value);
  }
}

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const rounded = (value, digits) => Number(value.toPrecision(digits));

// A number as a reader would write it, to so many significant digits.
export function text(value, digits = 3) {
  if (Number.isNaN(value)) return words.undefinedHere;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const plain =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e")
      : String(rounded(value, digits));
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

// A status line that screen readers speak, at most once in a while and only when the text has settled.
export function announcer() {
  const node = make("p", { class: "readout" });
  const spoken = make("p", { class: "spoken", role: "status", "aria-live": "polite" });
  let timer = 0;
  const say = (message) => {
    if (node.textContent === message) return;
    node.textContent = message;
    clearTimeout(timer);
    timer = setTimeout(() => (spoken.textContent = message), 800);
  };
  return { nodes: [node, spoken], say, stop: () => clearTimeout(timer) };
}

// How a slider's travel maps to values. "decay" spreads 0, .9, .99, .999 evenly.
const scales = {
  linear: { to: (v) => v, from: (u) => u },
  log: { to: (v) => Math.log10(v), from: (u) => rounded(10 ** u, 3) },
  decay: { to: (v) => -Math.log10(1 - v), from: (u) => rounded(1 - rounded(10 ** -u, 2), 10) },
};
export const travel = (spec) => {
  const { to, from } = scales[spec.scale];
  const low = to(spec.low), high = to(spec.high);
  return {
    low, high,
    at: (value) => clamp(to(value), low, high), // a logarithm of 0 is the lowest place
    value: (u) => clamp(spec.integer ? Math.round(from(u)) : from(u), spec.low, spec.high),
  };
};

// Whether a control may hold a value. What a slider reaches is narrower: its ends are low and high.
export const allowed = (spec, value) =>
  typeof value === "number" && Number.isFinite(value) && value >= spec.least && value <= spec.most &&
  (!spec.integer || Number.isInteger(value));

// A slider and a number field for one value, or a list of options. The spec: {label, scale, low, high, least, most,
// integer, options}. Calls change(value) and, when the field holds nothing sound, complain(message).
export function control(spec, change, complain, owner = "") {
  if (spec.options) {
    const { node, field } = select(spec.label, spec.options.map((name, i) => [i, name]), () => change(Number(field.value)));
    return { node, update: (now) => (field.value = now) };
  }
  const { low, high, at, value } = travel(spec);
  const name = owner ? `${owner}: ${spec.label}` : spec.label;
  const step = spec.scale === "linear" ? (spec.integer ? 1 : (high - low) / 400) : (high - low) / 400;
  const slider = make("input", {
    type: "range", min: low, max: high, step, "aria-label": name,
    input: () => change(spec.scale === "linear" && !spec.integer ? rounded(value(Number(slider.value)), 4) : value(Number(slider.value))),
  });
  const field = make("input", {
    type: "number", step: spec.integer ? 1 : "any", "aria-label": `${name}, ${words.number}`,
    change: () => {
      const given = field.valueAsNumber;
      if (allowed(spec, given)) return change(given);
      complain(words.between(name, text(spec.least), text(spec.most)));
      field.value = shown;
    },
    keydown: (event) => event.stopPropagation(),
  });
  let shown;
  return {
    node: make("div", { class: "control" }, make("span", { class: "name", "aria-hidden": "true" }, spec.label), slider, field),
    update(now) {
      if (now === shown) return;
      shown = now;
      slider.value = at(now);
      put(slider, { "aria-valuetext": text(now) });
      if (document.activeElement !== field || field.valueAsNumber !== now) field.value = now;
    },
  };
}

export function select(label, options, change) {
  const node = make("select", { change: () => change(node.value) });
  const fill = (list) => node.replaceChildren(...list.map(([value, name]) => make("option", { value }, name)));
  fill(options);
  return { node: make("label", { class: "select" }, label, " ", node), fill, field: node };
}

export const button = (name, click, attributes = {}) => make("button", { type: "button", click, ...attributes }, name);

// Round numbers between low and high, about as many as asked; on the other scales whole places of the travel.
function ticks(low, high, scale, many) {
  const found = [];
  if (scale !== "linear") {
    const stride = Math.max(1, Math.ceil((high - low) / many));
    for (let k = Math.ceil(low - 1e-9); k <= high + 1e-9; k += stride) found.push(k);
    if (found.length > 1) return found;
  }
  const rough = (high - low) / many, power = 10 ** Math.floor(Math.log10(rough));
  const stride = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  for (let k = Math.ceil(low / stride - 1e-9); k * stride <= high + stride * 1e-9; k++) found.push(k * stride);
  return found;
}
const tick = (place, scale) => (scale === "linear" ? text(rounded(place, 6), 6) : text(scales[scale].from(place), 4));

// Curves as a path: a gap where a value is not finite; far off values stay near enough to draw.
export function line(n, x, y) {
  let d = "", pen = "M";
  for (let i = 0; i < n; i++) {
    const u = x(i), v = y(i);
    if (u - u !== 0 || v - v !== 0) {
      pen = "M";
      continue;
    }
    d += pen + (((clamp(u, -1e4, 1e4) * 10) | 0) / 10) + " " + (((clamp(v, -1e4, 1e4) * 10) | 0) / 10);
    pen = "L";
  }
  return d;
}

// Axes with curves, as SVG. A scale other than "linear" is one of sliders: ranges and places are those of its travel.
export function chart({ label, xTitle = "", yTitle = "", ratio, role = "img" }) {
  const grid = make("svg:g", { class: "grid" });
  const inside = make("svg:svg", { class: "inside" }); // a nested svg clips what lies outside
  const frame = make("svg:path", { class: "frame" });
  const titles = [make("svg:text", { class: "title", "text-anchor": "end" }), make("svg:text", { class: "title" })];
  const node = make("svg:svg", { class: "chart", role, "aria-label": label }, grid, inside, frame, ...titles);
  const left = 46, right = 8, top = 18, bottom = 30;
  let width = 0, height = 0, drawn = "";
  const self = {
    node, inside, left, top, x: [0, 1], y: [0, 1], xScale: "linear", yScale: "linear", xTitle, yTitle, ratio,
    px: (x) => ((x - self.x[0]) / (self.x[1] - self.x[0])) * self.width,
    py: (y) => ((self.y[1] - y) / (self.y[1] - self.y[0])) * self.height,
    atX: (px) => self.x[0] + (px / self.width) * (self.x[1] - self.x[0]),
    atY: (py) => self.y[1] - (py / self.height) * (self.y[1] - self.y[0]),
    resize(given) {
      const inner = Math.max(given - left - right, 40), tall = Math.round(inner * self.ratio);
      if (given === width && tall === self.height) return;
      [width, height, self.width, self.height] = [given, tall + top + bottom, inner, tall];
      put(node, { width, height });
      put(inside, { x: left, y: top, width: inner, height: tall });
    },
    // Axes and their numbers; cheap when nothing changed.
    axes() {
      const key = [width, height, ...self.x, ...self.y, self.xScale, self.yScale, self.xTitle, self.yTitle].join();
      if (key === drawn) return;
      drawn = key;
      const marks = [];
      let d = "";
      for (const v of ticks(self.x[0], self.x[1], self.xScale, Math.max(2, self.width / 60))) {
        const x = left + self.px(v);
        d += `M${x} ${top}v${self.height}`;
        marks.push(make("svg:text", { x, y: height - 15, "text-anchor": "middle" }, tick(v, self.xScale)));
      }
      for (const v of ticks(self.y[0], self.y[1], self.yScale, Math.max(2, self.height / 34))) {
        const y = top + self.py(v);
        d += `M${left} ${y}h${self.width}`;
        marks.push(make("svg:text", { x: left - 5, y: y + 4, "text-anchor": "end" }, tick(v, self.yScale)));
      }
      grid.replaceChildren(make("svg:path", { d }), ...marks);
      put(frame, { d: `M${left} ${top}v${self.height}h${self.width}` });
      put(titles[0], { x: width - right, y: height - 2 });
      put(titles[1], { x: left - 40, y: 11 });
      titles[0].textContent = self.xTitle;
      titles[1].textContent = self.yTitle;
    },
  };
  return self;
}

// The shape of a Matplotlib marker of radius r around the origin, as a path.
export function marker(code, r) {
  const k = r * 0.85, q = r / 2.6;
  return {
    o: `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
    s: `M${-k} ${-k}h${2 * k}v${2 * k}h${-2 * k}z`,
    D: `M0 ${-r}L${r} 0L0 ${r}L${-r} 0z`,
    "^": `M0 ${-r}L${r} ${k}H${-r}z`,
    v: `M0 ${r}L${r} ${-k}H${-r}z`,
    X: `M${-r} ${-k}L${-k} ${-r}L0 ${-q}L${k} ${-r}L${r} ${-k}L${q} 0L${r} ${k}L${k} ${r}L0 ${q}L${-k} ${r}L${-r} ${k}L${-q} 0z`,
    P: `M${-q} ${-r}H${q}V${-q}H${r}V${q}H${q}V${r}H${-q}V${q}H${-r}V${-q}H${-q}z`,
  }[code];
}

// The arrow keys as moves; null for other keys. Shift makes them fine.
export function arrows(event) {
  const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
  if (!move || event.altKey || event.ctrlKey || event.metaKey) return null;
  event.preventDefault();
  event.stopPropagation();
  return move.map((m) => (event.shiftKey ? m / 10 : m));
}

// Calls move(x, y) with places in the chart while the pointer is down on a node, and once where it went down.
export function drag(node, space, move) {
  const at = (event) => {
    const box = space.node.getBoundingClientRect();
    move(space.atX(event.clientX - box.left - space.left), space.atY(event.clientY - box.top - space.top));
  };
  put(node, {
    pointerdown: (event) => {
      if (event.button) return;
      node.setPointerCapture(event.pointerId);
      event.preventDefault();
      node.focus?.({ preventScroll: true });
      at(event);
    },
    pointermove: (event) => node.hasPointerCapture(event.pointerId) && at(event),
  });
}

// Widgets of one page that share values: each tells the others, by the name of the one they follow.
export const tell = (name, values) => document.dispatchEvent(new CustomEvent("steepest", { detail: { name, values } }));
export function hear(name, call) {
  const listen = ({ detail }) => detail.name === name && call(detail.values);
  document.addEventListener("steepest", listen);
  return () => document.removeEventListener("steepest", listen);
}
