// Axes with curves, as SVG: ticks, lines, names at the ends of curves, and handles to drag.
import { clamp, make, path, put, QUIET, svg, write } from "./base.js";
import { shownAt } from "./controls.js";

/**
 * Round numbers between low and high, about as many as asked; on the other scales whole places of the travel. Of a range
 * that is narrower than the digits of its ends can tell, one number.
 */
export function ticks(low, high, scale, many) {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (!(high / 2 - low / 2 > size * 1e-13)) return [clamp(low + (high / 2 - low / 2), low, high)];
  const list = (stride, from = 0) => {
    if (!(stride > 0)) return [];
    const first = Math.ceil((low - from) / stride - 1e-9);
    const many = Math.floor((high - from) / stride + 1e-9) - first + 1;
    const place = (_, i) => clamp(from + (first + i) * stride, low, high);
    return Array.from({ length: clamp(many, 0, 60) }, place);
  };
  const rough = high / many - low / many; // of very large numbers the difference is infinite
  const whole = scale === "linear" ? [] : list(Math.max(1, Math.ceil(rough)));
  if (whole.length > 1) return whole;
  if (scale === "log") {
    if (rough * many > 0.7 || size > 300) {
      return [1, 2, 5].flatMap((digit) => list(1, Math.log10(digit))).sort((a, b) => a - b);
    }
    const plain = ticks(10 ** low, 10 ** high, "linear", many);
    return plain.map((v) => clamp(Math.log10(v), low, high));
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const stride = [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= rough * 0.999);
  const found = list(stride);
  const rising = found.every((place, i) => i < 1 || place > found[i - 1]);
  return found.length && rising ? found : [low, high]; // powers of ten end before the smallest numbers do
}

/**
 * The range of an axis for values from low to high, with some room. Differences in the last digits are rounding, and
 * stay as small as they are; unit: what is small beside it is rounding too, as on a logarithmic axis beside 1.
 */
export function roomy(low, high, unit = 0) {
  if (!(low <= high)) return [0, 1];
  const noise = Math.max(Math.abs(low), Math.abs(high), unit) * 1e-9, span = high - low;
  const room = span > noise ? span * 0.05 : noise * 1e7 || 0.5;
  return [low - room, high + room];
}

/** A place in a chart to a tenth of a pixel, and near enough to draw. */
export const tenth = (v) => Math.round(clamp(v, -1e4, 1e4) * 10) / 10;

/**
 * A curve as a path: a gap where a value is not finite; far off values stay near enough to draw; places that cannot be told
 * apart are one.
 */
export function line(n, x, y) {
  let d = "", pen = "M", before = "";
  for (let i = 0; i < n; i++) {
    const u = x(i), v = y(i);
    if (!Number.isFinite(u) || !Number.isFinite(v)) {
      pen = "M";
      continue;
    }
    const place = `${tenth(u)} ${tenth(v)}`;
    if (pen === "M" || place !== before) d += pen + place;
    [pen, before] = ["L", place];
  }
  return d;
}

/**
 * Draws again only what has changed: calls draw() if some of the values that it depends on are others than before, and
 * returns what it returned last.
 */
export function remembering() {
  let before = [], result;
  return (values, draw) => {
    if (
      before.length !== values.length || !values.every((value, i) => Object.is(value, before[i]))
    ) {
      [before, result] = [values, draw()];
    }
    return result;
  };
}

/** What the places of a chart depend on, for `remembering`. */
export const placing = ({ width, height, x, y }) => [width, height, ...x.range, ...y.range];

const NUMBER = 6.4; // pixels, the width of a digit
const MARGIN = { left: 46, right: 14, top: 18, bottom: 30 };

/**
 * Axes around a clipped inside. x and y are {range, scale, title}; on a scale other than "linear" ranges and places are
 * those of its travel.
 * @returns {Space}
 */
export function chart(label, role = "img") {
  const lines = path(""), border = path("frame");
  const grid = svg("g", { class: "grid" }, lines, border), words = labels(grid);
  const inside = svg("svg"); // a nested svg clips what lies outside
  const node = svg("svg", { class: "chart", role, "aria-label": label }, grid, inside);
  const { left, right, top, bottom } = MARGIN;
  let outer = 0, tall = 0, room = right, drawn = "";
  /** @type {Space} */
  const self = {
    node,
    inside,
    left,
    top,
    width: 0,
    height: 0,
    x: { range: [0, 1] },
    y: { range: [0, 1] },
    px: (x) => ((x - self.x.range[0]) / (self.x.range[1] - self.x.range[0])) * self.width,
    py: (y) => ((self.y.range[1] - y) / (self.y.range[1] - self.y.range[0])) * self.height,
    atX: (px) => self.x.range[0] + (px / self.width) * (self.x.range[1] - self.x.range[0]),
    atY: (py) => self.y.range[1] - (py / self.height) * (self.y.range[1] - self.y.range[0]),
    /** Sets the size of the whole, axes included; beside: the room to the right of the axes. */
    resize(width, height, beside = right) {
      if (width === outer && height === tall && beside === room) return;
      [outer, tall, room] = [width, height, beside];
      self.width = Math.max(width - left - beside, 40);
      self.height = Math.max(height - top - bottom, 40);
      put(node, { width: Math.max(width, 0), height: Math.max(height, 0) });
      put(inside, { x: left, y: top, width: self.width, height: self.height });
    },
    /** Draws the axes and their numbers; cheap when nothing changed. */
    axes() {
      const key = JSON.stringify([outer, tall, room, self.x, self.y]);
      if (key === drawn) return;
      drawn = key;
      let d = "";
      const marks = (/** @type {Axis} */ axis, many, mark) => {
        const { range: [low, high], scale = "linear", least = low, places } = axis;
        return (places ?? ticks(low, high, scale, Math.max(2, many)))
          .filter((v) => v >= least)
          .map((v) => mark(v, shownAt(v, scale)));
      };
      const across = marks(self.x, self.width / 60, (v, text) => {
        const x = left + self.px(v), cut = x + (NUMBER * text.length) / 2 > outer; // the last one of a long axis
        d += `M${x} ${top}v${self.height}`;
        return { x: cut ? outer : x, y: tall - 15, anchor: cut ? "end" : "middle", text };
      });
      const up = marks(self.y, self.height / 26, (v, text) => {
        const y = top + self.py(v);
        d += `M${left} ${y}h${self.width}`;
        return { x: left - 5, y: y + 4, anchor: "end", text };
      });
      put(lines, { d });
      put(border, { d: `M${left} ${top}v${self.height}h${self.width}` });
      words([
        ...across,
        ...up,
        { x: outer - room, y: tall - 2, anchor: "end", text: self.x.title ?? "" },
        { x: left - 40, y: 8, anchor: "start", text: self.y.title ?? "" },
      ]);
    },
  };
  return self;
}

/** A place for a text of a chart. As an attribute of its own, its text would be laid out anew at every move. */
export const moved = (x, y) => ({ transform: `translate(${tenth(x)} ${tenth(y)})` });

/** Texts in a chart: a function that shows a list of them, and makes anew only those that are. */
function labels(parent) {
  let shown = new Map();
  return (/** @type {{x: number, y: number, anchor: string, text: string}[]} */ wanted) => {
    const before = shown;
    shown = new Map();
    for (const { x, y, anchor, text } of wanted) {
      let key = `${anchor} ${text}`;
      while (shown.has(key)) key += " ";
      const node = before.get(key) ??
        parent.appendChild(svg("text", { "text-anchor": anchor }, text));
      before.delete(key);
      shown.set(key, node);
      put(node, moved(x, y));
    }
    for (const node of before.values()) node.remove();
  };
}

/** A group over a chart's inside that is not cut at its edge, for handles. */
export const above = ({ left, top }, ...children) =>
  svg("g", { transform: `translate(${left} ${top})` }, ...children);

let ruler;
/** How wide a name in a chart is, in pixels. */
export function tagWidth(name) {
  if (!ruler) {
    ruler = make("canvas").getContext("2d");
    ruler.font = "650 12px system-ui, sans-serif"; // as live.css has .tag
  }
  return ruler.measureText(name).width;
}

/**
 * Names beside places in a chart, moved up or down until none lies on another; draw(tags) shows them, and place(tags) shows
 * them where they are.
 * @typedef {{x: number, y: number, text?: string, hue?: string, anchor?: string}} Tag
 */
export function tags(space) {
  const node = svg("g"), pool = [];
  const self = {
    node,
    draw: (/** @type {Tag[]} */ wanted) => self.place(spread(wanted, 12, space.height - 4)),
    place(/** @type {Tag[]} */ placed) {
      while (pool.length < placed.length) {
        pool.push(svg("text", { class: "tag" }));
        node.append(pool.at(-1));
      }
      pool.forEach((label, i) => {
        const { x = 0, y = 0, text = "", hue = "currentColor", anchor = "start" } = placed[i] ?? {};
        put(label, {
          ...moved(Math.round(x), Math.round(y)),
          "text-anchor": anchor,
          style: `--hue:${hue}`,
        });
        write(label, text);
      });
    },
  };
  return self;
}

/** Tags from top to bottom, none nearer to another than a line of text as long as there is room. */
export function spread(/** @type {Tag[]} */ wanted, top, bottom) {
  const apart = 15;
  const placed = wanted.map((tag) => ({ ...tag, y: clamp(tag.y, top, bottom) }))
    .sort((a, b) => a.y - b.y);
  placed.forEach((tag, i) => i && (tag.y = Math.max(tag.y, placed[i - 1].y + apart)));
  for (let i = placed.length - 1, limit = bottom; i >= 0; i--, limit = placed[i + 1].y - apart) {
    placed[i].y = Math.min(placed[i].y, limit);
  }
  return placed;
}

/**
 * Calls move(x, y) with places in a chart while the pointer is down on a node. With `tap`, a finger only taps: to draw it
 * over the node scrolls the page.
 */
export function drag(node, space, move, tap = false) {
  const follow = (event) => {
    const box = space.node.getBoundingClientRect();
    move(
      space.atX(event.clientX - box.left - space.left),
      space.atY(event.clientY - box.top - space.top),
    );
  };
  put(node, {
    pointerdown(event) {
      if (event.button || (tap && event.pointerType === "touch")) return;
      node.setPointerCapture(event.pointerId);
      follow(event);
    },
    pointermove: (event) => node.hasPointerCapture(event.pointerId) && follow(event),
    click: (event) => tap && event.pointerType === "touch" && follow(event),
    touchstart: (event) => tap || event.preventDefault(), // `touch-action` has no hold on shapes within SVG
  });
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

/** The direction of an arrow key as [right, up], times a tenth with shift; null for any other key. */
export function arrow(event) {
  const direction = ARROWS[event.key];
  if (!direction || event.altKey || event.ctrlKey || event.metaKey) return null;
  event.preventDefault();
  event.stopPropagation();
  return direction.map((steps) => steps * (event.shiftKey ? 0.1 : 1));
}

/** A handle in a chart, moved by pointer and by arrow keys, which add a fraction of the range. */
export function handle(space, label, fraction, move) {
  let now = [0, 0];
  const node = svg(
    "g",
    {
      class: "grip",
      role: "slider",
      tabindex: 0,
      ...QUIET,
      "aria-label": label,
      "aria-valuenow": 0,
      keydown(event) {
        const by = arrow(event);
        if (!by) return;
        // Until the next drawing shows what came of it, the next key goes on from here.
        now = [space.x, space.y].map(({ range: [low, high] }, i) =>
          now[i] + by[i] * (high - low) * fraction
        );
        move(now[0], now[1]);
      },
    },
    svg("circle", { r: 22 }),
    svg("circle", { r: 8, class: "knob" }),
  );
  drag(node, space, move);
  return {
    node,
    /** Moves it to a place; value and say are what screen readers hear. */
    show(x, y, value, say) {
      now = [x, y];
      put(node, {
        transform: `translate(${space.px(x)} ${space.py(y)})`,
        "aria-valuenow": value,
        "aria-valuetext": say,
      });
    },
  };
}
