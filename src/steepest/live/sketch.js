// Empty axes to draw a curve into: with a pointer in one stroke or several, by keyboard at a few places.
//
// What must always hold: a finger that scrolls the page draws nothing; what was drawn is one height for each column, or
// none yet.
import { clamp, path, put, QUIET, rounded, svg, text } from "./base.js";
import { arrow, chart, line, tags } from "./axes.js";
import { travel } from "./controls.js";
import { words } from "./words.js";

const EVERY = 10; // columns from one place of the keyboard to the next
const ENOUGH = 0.8; // the share of the columns that has to be drawn; the rest is filled up

/** @returns {any} {node, guess(), show(width, guess)}; change() is called when something was drawn. */
export function sketch({ slider, columns, answer, axes }, change) {
  const space = chart(words.drawHere), { place, value, low, high } = travel(slider);
  const across = travel({ scale: axes.xscale, low: columns[0], high: columns.at(-1) });
  const drawn = columns.map(() => NaN); // in places of the vertical axis
  const own = path("path own"), measured = path("path measured", { pathLength: 1 });
  const names = tags(space),
    hint = svg("text", { class: "hint", "text-anchor": "middle" }, words.drawHint);
  let locked = false, before, last;
  Object.assign(space, {
    x: { range: [across.low, across.high], scale: axes.xscale, title: axes.xlabel },
    y: { range: [low, high], scale: slider.scale, title: axes.ylabel },
  });

  const columnAt = (px) =>
    clamp(Math.round((px / space.width) * (columns.length - 1)), 0, columns.length - 1);
  const join = (i, from, k, to) => {
    const steps = Math.abs(k - i) || 1;
    for (let s = 0; s <= steps; s++) {
      drawn[i + Math.sign(k - i) * s] = from + ((to - from) * s) / steps;
    }
  };
  const placeOf = (event) => {
    const box = space.node.getBoundingClientRect();
    const y = clamp(space.atY(event.clientY - box.top - space.top), low, high);
    return { i: columnAt(event.clientX - box.left - space.left), y };
  };
  const stroke = (event) => {
    const now = placeOf(event);
    if (last) join(last.i, last.y, now.i, now.y);
    else drawn[now.i] = now.y;
    last = now;
    change();
  };
  put(space.node, {
    pointerdown(event) {
      if (event.button || locked) return;
      space.node.setPointerCapture(event.pointerId);
      [before, last] = [drawn.slice(), undefined];
      stroke(event);
    },
    pointermove: (event) => space.node.hasPointerCapture(event.pointerId) && stroke(event),
    pointerup: () => (before = undefined),
    pointercancel() { // the finger turned out to scroll the page
      if (!before) return;
      drawn.splice(0, drawn.length, ...before);
      before = undefined;
      change();
    },
  });

  // Places that the arrow keys move. What lies between two that are set is a straight line.
  const places = columns.map((_, i) => i).filter((i) => i % EVERY === 0);
  const knobs = places.map((i, k) => {
    const move = (event) => {
      const by = arrow(event);
      if (!by || locked) return;
      if (by[0]) return knobs[clamp(k + Math.sign(by[0]), 0, knobs.length - 1)].focus();
      const from = Number.isNaN(drawn[i]) ? (low + high) / 2 : drawn[i];
      drawn[i] = clamp(from + (by[1] * (high - low)) / 20, low, high);
      for (const other of [places[k - 1], places[k + 1]]) {
        if (!Number.isNaN(drawn[other] ?? NaN)) join(i, drawn[i], other, drawn[other]);
      }
      change();
    };
    const name = words.heightAt(axes.ylabel, axes.xlabel, text(columns[i]));
    const about = { role: "slider", tabindex: 0, "aria-label": name, "aria-valuenow": 0, ...QUIET };
    return svg(
      "g",
      { class: "grip still", keydown: move, ...about },
      svg("circle", { r: 6, class: "knob" }),
    );
  });
  put(space.node, { class: "chart sketch", role: "group" });
  space.inside.append(hint, measured, own, names.node);
  space.node.append(
    svg("g", { transform: `translate(${space.left} ${space.top})` }, ...knobs), // not clipped
  );

  const height = (i) => clamp(space.py(drawn[i]), -1e3, 1e4);
  const tag = (i, y, name, hue) => ({
    x: space.px(across.place(columns[i])) - 6,
    y: y - 8,
    text: name,
    hue,
    anchor: "end",
  });
  return {
    node: space.node,
    /** The curve as values, its gaps filled; null where too little of it is drawn. */
    guess() {
      const set = places.length && drawn.flatMap((y, i) => (Number.isNaN(y) ? [] : [i]));
      if (set.length < ENOUGH * drawn.length) return null;
      const filled = drawn.map((y, i) => {
        if (!Number.isNaN(y)) return y;
        const left = set.findLast((j) => j < i) ?? set[0],
          right = set.find((j) => j > i) ?? set.at(-1);
        return left === right || right < i || left > i
          ? drawn[right < i ? right : left]
          : drawn[left] + ((drawn[right] - drawn[left]) * (i - left)) / (right - left);
      });
      return filled.map((y) => clamp(rounded(value(y), 4), slider.low, slider.high));
    },
    show(width, guess) {
      const shown = guess != null;
      locked = shown;
      space.resize(width, Math.round(clamp(width * 0.5, 200, 340)));
      space.axes();
      const begun = !drawn.every(Number.isNaN);
      put(space.node, { class: `chart sketch ${shown ? "done" : begun ? "begun" : ""}` });
      put(hint, {
        x: space.width / 2,
        y: space.height / 2,
        display: shown || begun ? "none" : null,
      });
      if (Array.isArray(guess)) guess.forEach((v, i) => (drawn[i] = place(v)));
      const x = (i) => space.px(across.place(columns[i]));
      put(own, { d: line(columns.length, x, height) });
      const found = (i) => space.py(place(answer[i]));
      put(measured, { d: shown ? line(columns.length, x, found) : "" });
      knobs.forEach((knob, k) => {
        const i = places[k], y = Number.isNaN(drawn[i]) ? (low + high) / 2 : drawn[i];
        put(knob, {
          transform: `translate(${x(i)} ${space.py(y)})`,
          "aria-valuetext": Number.isNaN(drawn[i]) ? words.notDrawn : text(value(y)),
          "aria-disabled": shown || null,
        });
      });
      const end = columns.length - 1, late = Math.round(end * 0.97), drew = Array.isArray(guess);
      names.draw(
        shown
          ? [
            tag(late, found(late), words.measuredTag, "var(--good)"),
            ...(drew ? [tag(late, height(late), words.yoursTag, "var(--own)")] : []),
          ]
          : [],
      );
    },
    clear() {
      drawn.fill(NaN);
    },
  };
}
