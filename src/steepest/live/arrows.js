// One step of a run as arrows in the plane: its terms, one at the tip of the other, in the colors of the formula.
import { make, path, put, svg, text, write } from "./base.js";
import { moved, tagWidth } from "./axes.js";
import { letter } from "./formula.js";
import { words } from "./words.js";

const SHORTEST = 5, READABLE = 24, LONGEST = 60; // pixels
const TIMES = [100, 50, 20, 10, 5, 2]; // how much longer arrows are drawn that would be too short to see
const EARLY = 12; // the steps among which to look for one that shows its terms well

/** All that the rule computed in step t of a run, from what was there before it; null where there is no such step. */
export function stepOf(rule, run, h, t) {
  const before = 2 * t - 2, n = rule.state.length;
  const w = run.points.slice(before, before + 2), g = run.gradients.slice(before, before + 2);
  if (t < 1 || Number.isNaN(w[0]) || Number.isNaN(w[1])) return null;
  const p = new Float64Array(rule.shared), s = run.states.slice(before * n, (before + 2) * n);
  const left = new Float64Array(2 * rule.inspected.length);
  rule.share(h, t, p);
  rule.inspect(w, g, h, t, p, s, left);
  return { w, g, s, left };
}

/** The terms of step t of a run as pairs [x, y]; none where there is no such step. */
export function termsOf(rule, compiled, run, h, t) {
  const step = stepOf(rule, run, h, t), many = compiled.terms.length;
  if (!step || !many) return [];
  const out = new Float64Array(2 * many);
  compiled.evaluate(step.w, step.g, h, t, step.s, step.left, out);
  return compiled.terms.map((_, k) => [out[k], out[many + k]]);
}

/** The early step whose shortest term is longest: the one to look at while the reader has chosen none. */
export function tellingStep(rule, compiled, run, h, steps) {
  let best = 1, longest = -1;
  for (let t = 1; t <= Math.min(EARLY, steps); t++) {
    const shortest = Math.min(
      ...termsOf(rule, compiled, run, h, t).map(([x, y]) => Math.hypot(x, y)),
    );
    if (shortest > longest && shortest < Infinity) [best, longest] = [t, shortest];
  }
  return best;
}

/**
 * The arrows in a chart; draw(terms, from, names, onward) shows terms from a point on, or nothing, and returns where their
 * names stand: on the outer side of the turn from the first one to the second, or to the next step; that of one alone beyond
 * its tip, where the next step goes back.
 */
export function arrows(space, most = 3) {
  const parts = Array.from({ length: most }, (_, k) => {
    const shaft = path("shaft"), head = path("head"), name = svg("text", { class: "tag" });
    return { node: svg("g", { class: `arrow term-${k}` }, shaft, head, name), shaft, head, name };
  });
  return {
    node: svg("g", { "aria-hidden": true }, ...parts.map((part) => part.node)),
    draw(terms, from, names, onward = [0, 0]) {
      let [x, y] = from ? [space.px(from[0]), space.py(from[1])] : [0, 0];
      const ways = [...terms, onward].map(([u, v]) => [
        space.px(u) - space.px(0),
        space.py(v) - space.py(0),
      ]);
      const lengths = terms.map((_, k) => Math.hypot(...ways[k]));
      const most = Math.max(...lengths);
      const times = most < READABLE ? TIMES.find((times) => times * most <= LONGEST) ?? 1 : 1;
      const last = lengths.findLastIndex((length) => length * times >= SHORTEST);
      const [[u, v], [nextU, nextV] = [0, 0]] = ways;
      const side = u * nextV < v * nextU ? -1 : 1, beyond = !terms[1] && u * nextU + v * nextV < 0;
      return parts.flatMap(({ node, shaft, head, name }, k) => {
        const [dx, dy] = terms[k] ? ways[k].map((v) => times * v) : [0, 0];
        const length = Math.hypot(dx, dy), drawn = length >= SHORTEST && length < 1e4;
        put(node, { display: drawn ? null : "none" });
        if (!drawn) return [];
        const [ux, uy] = [dx / length, dy / length], [tx, ty] = [x + dx, y + dy];
        put(shaft, { d: `M${x} ${y}L${tx - 5 * ux} ${ty - 5 * uy}` });
        const [bx, by] = [tx - 9 * ux, ty - 9 * uy];
        put(head, {
          d: `M${tx} ${ty}L${bx - 4.5 * uy} ${by + 4.5 * ux}L${bx + 4.5 * uy} ${by - 4.5 * ux}z`,
        });
        const longer = times > 1 && k === last ? ` ×${times}` : "";
        const called = ((length > 30 || longer) && names[k].length < 8 ? names[k] : "") + longer;
        let [nx, ny] = beyond ? [ux, uy] : [side * uy, -side * ux];
        const wide = tagWidth(called), far = tx + 9 * nx + Math.sign(nx) * wide;
        if (far < 0 || far > space.width) [nx, ny] = [-nx, -ny];
        const back = Math.abs(nx) < 0.5 ? 0.5 : +(nx < 0); // how much of it is left of its place
        [x, y] = [tx, ty];
        const place = { x: x + 9 * nx - back * wide, y: y + 13 * ny + 4, wide };
        put(name, moved(place.x, place.y));
        write(name, called);
        return place;
      });
    },
  };
}

/**
 * The equations of a step with its numbers in place of the symbols: those of one coordinate or, for a rule that mixes both,
 * whole matrices.
 */
export function equationsOf(rule, run, h, t, c, axis) {
  const step = stepOf(rule, run, h, t);
  if (!step) return [words.noStep];
  const { w, g, s, left } = step, alone = { t }, columns = {};
  rule.hyper.forEach((name, i) => (alone[name] = h[i]));
  const take = (names, values) =>
    names.forEach((name, i) => {
      columns[name] ??= [[], []];
      columns[name].forEach((column, k) => column.push(values[names.length * k + i]));
    });
  take(["g[t]"], g);
  take(["w[t-1]"], w);
  take(rule.state.map((name) => `${name}[t-1]`), s);
  take(rule.inspected, left);
  const symbol = (name) => letter(...rule.symbols[name]);
  const value = (name, digits) => {
    if (!columns[name]) return text(alone[name], digits);
    if (!rule.shapes) return text(columns[name][c][0], digits);
    const [rows, many] = rule.shapes[name] ?? [1, 2];
    const lines = Array.from({ length: rows }, (_, r) =>
      // a column begins with the entry on the diagonal
      columns[name].slice(0, many).map((column, k) => text(column[(r + rows - k) % rows], digits))
        .join(", "));
    return rows * many > 1 ? `(${lines.join("; ")})` : lines[0];
  };
  const number = (name) => value(name, 4).replace(/^[−-].*$/, "($&)");
  const filled = (right, slot) => right.split(/[{}]/).map((part, i) => (i % 2 ? slot(part) : part));
  const written = ({ left: name, right }) =>
    make(
      "p",
      { class: "equation" },
      symbol(name),
      " = ",
      ...filled(right, symbol),
      make("br"),
      "= ",
      ...filled(right, number),
      make("br"),
      "= ",
      make("b", {}, value(name, 6)),
    );
  const heading = rule.shapes ? words.inspectWhole(t) : words.inspectStep(t, axis);
  return [make("p", {}, heading), ...rule.equations.map(written)];
}
