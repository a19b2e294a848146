// What is drawn around paths on a mean over data: where steps against minibatch gradients would lead from a point, and
// the distances from the minimum that theory predicts.
import { path, put, svg } from "./base.js";
import { tenth } from "./axes.js";

const CLOUD = 120; // gradients
export const RING = "#cc8400";

/** data is a surface of samples.js; over lies above the paths, under below them. */
export function predicted(data, space) {
  const cloud = path("cloud"), edge = path("casing");
  // The ring lies over paths that fill it, so it has a color of its own and a light edge.
  const ring = path("target", { style: `stroke:${RING};stroke-width:2.6;opacity:1` });
  return {
    under: cloud,
    over: svg("g", {}, edge, ring),
    /** Draws an ellipse around a point; radii is a pair. Returns its top, or null. */
    circle([x, y], /** @type {any} */ [rx, ry]) {
      const [px, py] = [space.px(x), space.py(y)];
      const a = space.px(rx) - space.px(0), b = space.py(0) - space.py(ry);
      const d = a > 0 && b > 0
        ? `M${px - a} ${py}a${a} ${b} 0 1 0 ${2 * a} 0a${a} ${b} 0 1 0 ${-2 * a} 0`
        : "";
      for (const stroke of [edge, ring]) put(stroke, { d });
      return d && { x: px, y: py - b };
    },
    /** Draws a dot for each of some minibatches, scaled to fit; returns where the first is, or null. */
    scatter(x, y, batch, seed) {
      const g = new Float64Array(2);
      data.batches(batch, seed);
      const all = Array.from({ length: CLOUD }, () => {
        data.gradient(x, y, null, null, g);
        return [...g];
      });
      const most = 5 * Math.max(...all.flat().map(Math.abs));
      const [across, up] = [space.x, space.y].map(({ range: [low, high] }) => (high - low) / most);
      const dots = all.map(([u, v]) => [space.px(x - u * across), space.py(y - v * up)].map(tenth));
      const sound = most > 0 && most < Infinity;
      put(cloud, { d: sound ? dots.map((dot) => `M${dot.join(" ")}h0`).join("") : "" });
      return sound && { x: dots[0][0], y: dots[0][1] };
    },
  };
}
