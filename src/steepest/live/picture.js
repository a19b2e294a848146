// The picture of an Explorer: the landscape, the paths with their names, the terms of one step, the start to drag.
import { clamp, outputsOf, put, rounded, svg, text } from "./base.js";
import { arrows, tellingStep, termsOf } from "./arrows.js";
import { above, chart, handle, tags, tagWidth } from "./axes.js";
import { landscape, trace } from "./plane.js";
import { predicted } from "./predicted.js";
import { words } from "./words.js";

const STAYS = 4; // points of paths that a name rather covers than jump to another place

/** compute is a solver; moveStart(point) is called when the reader moves the start. */
export function picture(compiled, rules, data, compute, moveStart) {
  const { spec } = compiled, { optimizers, axes, window: [[xLow, xHigh], [yLow, yHigh]] } = spec;
  const plane = chart(words.contours(spec.title), "group"), ground = landscape(plane);
  const paths = optimizers.map(trace), means = data ? optimizers.map(trace) : [];
  const step = arrows(plane), names = tags(plane), wall = svg("rect", { class: "target" });
  const grip = handle(plane, words.startPoint, 1 / 50, (x, y) => {
    const within = (v, { range: [low, high] }) => rounded(clamp(v, low, high), 4);
    moveStart([within(x, plane.x), within(y, plane.y)]);
  });
  for (const mean of means) put(mean.node, { class: "mean" });
  const traces = [...paths, ...means].map((trace) => trace.node);
  const theory = data && predicted(data, plane);
  plane.inside.append(
    theory?.under ?? "",
    ...traces,
    theory?.over ?? "",
    wall,
    step.node,
    names.node,
  );
  plane.node.append(above(plane, grip.node));
  const stood = []; // of the places where a path's name may stand, the one where it stood last
  let drawn = "";

  // What is known of minibatches at the end of the first path shown, and what theory predicts of its distances.
  function drawData(runs, t, { batch, seed, hyper }) {
    const k = runs.findIndex(Boolean);
    if (k < 0) return;
    theory.scatter(runs[k].points[2 * t], runs[k].points[2 * t + 1], batch, seed + 1);
    const { ring } = compiled;
    if (!ring) return;
    const radii = outputsOf(ring, { ...hyper(optimizers[k]), batch_size: batch });
    theory.circle(spec.minima[0], radii);
  }

  // The box around the origin in which theory keeps every run to come; returns its name, where there is room for it.
  function drawBox(known) {
    const reach = clamp(outputsOf(compiled.box, known)[0], 0, 1e6);
    const [x, east] = [-reach, reach].map(plane.px), [y, south] = [reach, -reach].map(plane.py);
    put(wall, { x, y, width: east - x, height: south - y });
    const wide = tagWidth(words.box), left = east - wide - 6;
    const place = { left, x: left, y: Math.max(y, 0) + 16, wide };
    const name = { ...place, text: words.box, hue: "currentColor", anchor: "start" };
    return east < plane.width ? [name] : [];
  }

  // How many points of runs up to step t lie under a name, or within a name of some that have their place.
  function under({ left, y, wide }, runs, t, placed) {
    const meets = (other) =>
      Math.abs(other.y - y) < 15 && other.left < left + wide && left < other.left + other.wide;
    if (placed.some(meets)) return Infinity;
    // In units of the axes: there are thousands of points, and one name.
    const west = plane.atX(left - 3), east = plane.atX(left + wide + 3);
    const north = plane.atY(y - 13), south = plane.atY(y + 5);
    let many = 0;
    for (const { points } of runs.filter(Boolean)) {
      for (let i = 0; i <= 2 * t; i += 2) {
        const u = points[i], v = points[i + 1];
        if (u > west && u < east && v > south && v < north) many++;
      }
    }
    return many;
  }

  // Where the name of a path may stand, whose end is at a place: at its height, then above and below, on both sides.
  const stands = (name, end) => {
    const wide = tagWidth(name), [right, left] = [end.x + 11, end.x - 11 - wide];
    const all = [4, -11, 19, 34, -26].flatMap((down) => [[right, down], [left, down]]);
    return all.map(([left, down]) => ({
      left: clamp(left, 0, plane.width - wide),
      y: clamp(end.y + down, 12, plane.height - 4),
      wide,
    }));
  };

  return {
    node: ground.node,
    /** Fits it into a width; returns its height. Of another shape than the window, it shows more, in equal units. */
    resize(width, least, most) {
      const ratio = (yHigh - yLow) / (xHigh - xLow);
      const height = Math.round((width - 60) * clamp(ratio, least, most)) + 48;
      plane.resize(width, height);
      const shape = ratio / (plane.height / plane.width);
      const grown = (low, high, by) => {
        const more = Math.max(((high - low) * (by - 1)) / 2, 0);
        return /** @type {[number, number]} */ ([low - more, high + more]);
      };
      plane.x = { range: grown(xLow, xHigh, shape), title: axes[0] };
      plane.y = { range: grown(yLow, yHigh, 1 / shape), title: axes[1] };
      plane.axes();
      return height;
    },
    /** Draws the surface at given parameters, where it has changed. */
    drawGround(q) {
      const key = [q, plane.width, plane.height].join(";");
      if (key !== drawn) ground.draw(compute.surfaceAt(q).value, compute.minimaAt(q));
      drawn = key;
    },
    /** Draws runs up to step t, and the runs of their averages where there are some. */
    drawPaths(runs, averages, t, sampled) {
      const first = optimizers[runs.findIndex(Boolean)];
      const ends = compiled.box && first ? drawBox(sampled.hyper(first)) : [];
      paths.forEach((trace, k) => {
        const end = trace.draw(plane, runs[k], t), { name, color } = optimizers[k];
        if (!end || optimizers.length < 2) return;
        const places = stands(name, end);
        const costs = places.map((one, i) =>
          under(one, runs, t, ends) - (i === stood[k] ? STAYS : 0)
        );
        stood[k] = costs.indexOf(Math.min(...costs));
        const place = places[stood[k]];
        ends.push({ ...place, x: place.left, text: name, hue: color, anchor: "start" });
      });
      names.place(ends);
      means.forEach((mean, k) => mean.draw(plane, averages[k], t));
      if (data) drawData(runs, t, sampled);
    },
    /** Draws the terms of step t of one run, or of an early step that shows them well. */
    drawStep(k, run, t, whole) {
      if (!run) return step.draw([], null, []);
      const own = compiled.formulas[optimizers[k].rule], h = compute.hyperOf(k);
      const which = whole ? tellingStep(rules[k], own, run, h, t) : Math.max(t, 1);
      const from = Array.from(run.points.slice(2 * which - 2, 2 * which));
      const [x, y, nextX, nextY] = run.points.slice(2 * which, 2 * which + 4);
      step.draw(termsOf(rules[k], own, run, h, which), from, own.terms, [nextX - x, nextY - y]);
    },
    drawStart([x, y]) {
      const said = words.point(text(x), text(y));
      grip.show(clamp(x, ...plane.x.range), clamp(y, ...plane.y.range), x, said);
    },
  };
}
