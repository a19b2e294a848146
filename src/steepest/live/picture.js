// The picture of an Explorer: the landscape, the paths with their names, the terms of one step, the start to drag.
import { clamp, outputsOf, put, rounded, svg, text } from "./base.js";
import { arrows, tellingStep, termsOf } from "./arrows.js";
import { above, chart, handle, tagWidth } from "./axes.js";
import { naming } from "./naming.js";
import { landscape, trace } from "./plane.js";
import { predicted, RING } from "./predicted.js";
import { words } from "./words.js";

/** compute is a solver; moveStart(point) is called when the reader moves the start. */
export function picture(compiled, rules, data, compute, moveStart) {
  const { spec } = compiled, { optimizers, axes, window: [[xLow, xHigh], [yLow, yHigh]] } = spec;
  const plane = chart(words.contours(spec.title), "group"), ground = landscape(plane);
  const paths = optimizers.map(trace), means = data ? optimizers.map(trace) : [];
  const step = arrows(plane),
    names = naming(plane),
    wall = svg("rect", { class: "target", style: "fill:#8883" });
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
    ground.minima, // over the ends of runs that arrived
    theory?.over ?? "",
    wall,
    step.node,
    names.node,
  );
  plane.node.append(above(plane, grip.node));
  let drawn = "", minima = [], lowest = []; // the minima, and where they are lowest

  // What is known of minibatches at the end of a path, and what theory predicts of its distances.
  function drawData({ points }, t, { batch, seed }, known, name) {
    const lead = theory.scatter(points[2 * t], points[2 * t + 1], batch, seed + 1);
    name(words.cloud, "var(--term-0)", lead);
    const { ring } = compiled;
    if (!ring) return;
    const radii = outputsOf(ring, { ...known, batch_size: batch });
    name(words.ring, RING, theory.circle(spec.minima[0], radii));
  }

  // The box around the origin in which theory keeps every run to come; returns its name, where there is room for it.
  function drawBox(known) {
    const [right, up = right] = outputsOf(compiled.box, known), text = spec.box;
    const edges = (scale, reach) => [-1, 1].map((side) => scale(side * Math.min(reach, 1e6)));
    const [x, east] = edges(plane.px, right), [south, y] = edges(plane.py, up);
    put(wall, { x, y, width: east - x, height: south - y });
    if (east > plane.width && y < 0) return [];
    const wide = tagWidth(text);
    return [{ x: Math.min(east, plane.width) - wide - 6, y: Math.max(y, 0) + 16, wide, text }];
  }

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
      if (key === drawn) return;
      const { value } = compute.surfaceAt(q), least = compute.lowestAt(q) + 1e-9;
      [drawn, minima] = [key, compute.minimaAt(q)];
      lowest = minima.filter(([x, y]) => value(x, y) <= least);
      ground.draw(value, minima);
    },
    /** Draws runs up to step t, and the runs of their averages where there are some; taken is where other names stand. */
    drawPaths(runs, averages, t, sampled, taken) {
      const first = runs.findIndex(Boolean); // whose theory is drawn
      const known = first < 0 ? null : sampled.hyper(optimizers[first]);
      const crosses = minima.map(([x, y]) => ({
        x: plane.px(x) - 7,
        y: plane.py(y) + 5,
        wide: 14,
      }));
      const box = compiled.box && known ? drawBox(known) : [];
      const name = names.begin(runs, t, [...taken, ...crosses, ...box]);
      paths.forEach((trace, k) => {
        const end = trace.draw(plane, runs[k], t), { name: own, color } = optimizers[k];
        if (optimizers.length > 1) name(own, color, end);
      });
      means.forEach((mean, k) =>
        name(words.mean, "var(--term-1)", mean.draw(plane, averages[k], t))
      );
      if (data && known) drawData(runs[first], t, sampled, known, name);
      if (lowest.length === 1) {
        const x = plane.px(lowest[0][0]), y = plane.py(lowest[0][1]);
        const inside = x > 0 && x < plane.width && y > 0 && y < plane.height;
        name(words.lowest, "currentColor", inside && { x, y }, true);
      }
      names.end();
    },
    /** Draws the terms of step t of one run, or of an early step that shows them well; returns where their names stand. */
    drawStep(k, run, t, whole) {
      if (!run) return step.draw([], null, []);
      const own = compiled.formulas[optimizers[k].rule], h = compute.hyperOf(k);
      const which = whole ? tellingStep(rules[k], own, run, h, t) : Math.max(t, 1);
      const from = Array.from(run.points.slice(2 * which - 2, 2 * which));
      const [x, y, nextX, nextY] = run.points.slice(2 * which, 2 * which + 4);
      const terms = termsOf(rules[k], own, run, h, which);
      return step.draw(terms, from, own.terms, [nextX - x, nextY - y]);
    },
    drawStart([x, y]) {
      const said = words.point(text(x), text(y));
      grip.show(clamp(x, ...plane.x.range), clamp(y, ...plane.y.range), x, said);
    },
  };
}
