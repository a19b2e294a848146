// Empty axes to draw a curve into: with a pointer in one stroke or several, by keyboard at a few places.
//
// What must always hold: a finger that scrolls the page draws nothing, so a stroke of a finger begins sideways; what was
// drawn is one height for each column, or none yet.
import { clamp, path, put, QUIET, rounded, svg, text } from "./base.js";
import { arrow, chart, line, tags } from "./axes.js";
import { travel } from "./controls.js";
import { predictWords } from "./words_predict.js";

const EVERY = 10; // columns from one place of the keyboard to the next
const ENOUGH = 0.8; // the share of the columns that has to be drawn; the rest is filled up

/** @returns {any} {node, guess(), show(width, guess)}; change() is called when something was drawn. */
export function sketch({ slider, columns, answer, axes }, change) {
  const space = chart(predictWords.drawHere), { place, value, low, high } = travel(slider);
  const across = travel({ scale: axes.xscale, low: columns[0], high: columns.at(-1) });
  const curve = curveOf(columns.length);
  const own = path("path own"), measured = path("path measured", { pathLength: 1 });
  const names = tags(space);
  const drawn = matchMedia("(pointer: coarse)").matches
    ? predictWords.drawHintFinger
    : predictWords.drawHint;
  const hint = svg("text", { class: "hint", "text-anchor": "middle" }, drawn);
  let locked = false;
  Object.assign(space, {
    x: { range: [across.low, across.high], scale: axes.xscale, title: axes.xlabel },
    y: { range: [low, high], scale: slider.scale, title: axes.ylabel },
  });
  pen(space, curve, () => locked, change);
  const heightOf = (y) => (Number.isNaN(y) ? predictWords.notDrawn : text(value(y)));
  const nameOf = (i) => predictWords.heightAt(axes.ylabel, axes.xlabel, text(columns[i]));
  const knobs = knobsOf(space, curve, { nameOf, heightOf, locked: () => locked }, change);
  put(space.node, { class: "chart sketch", role: "group" });
  space.inside.append(hint, measured, own, names.node);
  space.node.append(knobs.node);

  const x = (i) => space.px(across.place(columns[i]));
  const height = (i) => clamp(space.py(curve.heights[i]), -1e3, 1e4);
  const found = (i) => space.py(place(answer[i]));
  const tag = (y, name, hue) => {
    const late = Math.round((columns.length - 1) * 0.97);
    return { x: x(late) - 6, y: y(late) - 8, text: name, hue, anchor: "end" };
  };
  return {
    node: space.node,
    /** The curve as values, its gaps filled; null where too little of it is drawn. */
    guess: () =>
      curve.filled()?.map((y) => clamp(rounded(value(y), 4), slider.low, slider.high)) ?? null,
    show(width, guess) {
      const shown = guess != null, drew = Array.isArray(guess);
      locked = shown;
      if (drew) guess.forEach((v, i) => (curve.heights[i] = place(v)));
      space.resize(width, Math.round(clamp(width * 0.5, 200, 340)));
      space.axes();
      const begun = !curve.heights.every(Number.isNaN);
      put(space.node, { class: `chart sketch ${shown ? "done" : begun ? "begun" : ""}` });
      const display = shown || begun ? "none" : null;
      put(hint, { x: space.width / 2, y: space.height / 2, display });
      put(own, { d: line(columns.length, x, height) });
      put(measured, { d: shown ? line(columns.length, x, found) : "" });
      knobs.draw(x);
      names.draw([
        ...(shown ? [tag(found, predictWords.measuredTag, "var(--good)")] : []),
        ...(drew ? [tag(height, predictWords.yoursTag, "var(--own)")] : []),
      ]);
    },
    clear: () => curve.heights.fill(NaN),
  };
}

/** What is drawn: for each column a height, as a place of the vertical axis, or not a number. */
function curveOf(many) {
  const heights = Array.from({ length: many }, () => NaN);
  return {
    heights,
    /** Draws a straight line from one column to another. */
    join(i, from, k, to) {
      const steps = Math.abs(k - i) || 1;
      for (let s = 0; s <= steps; s++) {
        heights[i + Math.sign(k - i) * s] = from + ((to - from) * s) / steps;
      }
    },
    /** All heights, with straight lines where nothing was drawn; null where too little was. */
    filled() {
      const drawn = heights.flatMap((y, i) => (Number.isNaN(y) ? [] : [i]));
      if (drawn.length < ENOUGH * many) return null;
      return heights.map((y, i) => {
        if (!Number.isNaN(y)) return y;
        const left = drawn.findLast((j) => j < i), right = drawn.find((j) => j > i);
        if (left === undefined || right === undefined) return heights[left ?? right];
        return heights[left] + ((heights[right] - heights[left]) * (i - left)) / (right - left);
      });
    },
  };
}

/** Draws into a curve where a pointer passes. */
function pen(space, curve, locked, change) {
  const { heights } = curve, [low, high] = space.y.range, last = heights.length - 1;
  let before, from;
  const stroke = (event) => {
    const box = space.node.getBoundingClientRect();
    const share = (event.clientX - box.left - space.left) / space.width;
    const i = clamp(Math.round(share * last), 0, last);
    const y = clamp(space.atY(event.clientY - box.top - space.top), low, high);
    if (from) curve.join(from.i, from.y, i, y);
    else heights[i] = y;
    from = { i, y };
    change();
  };
  put(space.node, {
    pointerdown(event) {
      if (event.button || !event.isPrimary || locked()) return; // a second finger draws nothing
      space.node.setPointerCapture(event.pointerId);
      [before, from] = [heights.slice(), undefined];
      stroke(event);
    },
    pointermove: (event) =>
      event.isPrimary && space.node.hasPointerCapture(event.pointerId) && stroke(event),
    pointerup: () => (before = undefined),
    pointercancel() { // the finger turned out to scroll the page
      if (!before) return;
      heights.splice(0, heights.length, ...before);
      before = undefined;
      change();
    },
  });
}

/** Places that the arrow keys move. What lies between two that are set is a straight line. */
function knobsOf(space, curve, { nameOf, heightOf, locked }, change) {
  const { heights } = curve, [low, high] = space.y.range, middle = (low + high) / 2;
  const places = heights.map((_, i) => i).filter((i) => i % EVERY === 0);
  const heightAt = (i) => (Number.isNaN(heights[i]) ? middle : heights[i]);
  const knobs = places.map((i, k) => {
    const keydown = (event) => {
      const by = arrow(event);
      if (!by || locked()) return;
      if (by[0]) return knobs[clamp(k + Math.sign(by[0]), 0, knobs.length - 1)].focus();
      heights[i] = clamp(heightAt(i) + (by[1] * (high - low)) / 20, low, high);
      for (const other of [places[k - 1], places[k + 1]]) {
        if (!Number.isNaN(heights[other] ?? NaN)) curve.join(i, heights[i], other, heights[other]);
      }
      change();
    };
    const about = { role: "slider", tabindex: 0, "aria-label": nameOf(i), "aria-valuenow": 0 };
    const knob = svg("circle", { r: 6, class: "knob" });
    return svg("g", { class: "grip still", keydown, ...about, ...QUIET }, knob);
  });
  return {
    node: svg("g", { transform: `translate(${space.left} ${space.top})` }, ...knobs), // not clipped
    draw(x) {
      knobs.forEach((knob, k) => {
        const i = places[k];
        put(knob, {
          transform: `translate(${x(i)} ${space.py(heightAt(i))})`,
          "aria-valuetext": heightOf(heights[i]),
          "aria-disabled": locked() || null,
        });
      });
    },
  };
}
