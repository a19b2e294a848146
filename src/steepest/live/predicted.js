// What is drawn around paths on a mean over data: where steps against minibatch gradients would lead from a point, and
// the distances from the minimum that theory predicts.
import { path, put, svg } from "./base.js";
import { tenth } from "./axes.js";

const CLOUD = 120; // gradients

/** data is a surface of samples.js; over lies above the paths, under below them. */
export function predicted(data, space) {
  const cloud = path("cloud"), edge = path("casing");
  // The ring lies over paths that fill it, so it has a color of its own and a light edge.
  const ring = path("target", { style: "stroke: #cc8400; stroke-width: 2.6; opacity: 1" });
  return {
    under: cloud,
    over: svg("g", {}, edge, ring),
    /** Draws an ellipse around a point; radii is a pair. */
    circle([x, y], radii) {
      const [rx, ry] = radii;
      const [px, py] = [space.px(x), space.py(y)];
      const a = space.px(rx) - space.px(0), b = space.py(0) - space.py(ry);
      const d = a > 0 && b > 0
        ? `M${px - a} ${py}a${a} ${b} 0 1 0 ${2 * a} 0a${a} ${b} 0 1 0 ${-2 * a} 0`
        : "";
      for (const stroke of [edge, ring]) put(stroke, { d });
    },
    /** Draws a dot for each of some minibatches, scaled to fit. */
    scatter(x, y, batch, seed) {
      const ends = new Float64Array(2 * CLOUD), g = new Float64Array(2);
      data.batches(batch, seed);
      for (let i = 0; i < CLOUD; i++) {
        data.gradient(x, y, null, null, g);
        ends.set(g, 2 * i);
      }
      const scale = [space.x, space.y].map(({ range: [low, high] }) =>
        (high - low) / 5 / Math.max(...ends.map(Math.abs))
      );
      let d = "";
      for (let i = 0; i < CLOUD; i++) {
        const [u, v] = [x - ends[2 * i] * scale[0], y - ends[2 * i + 1] * scale[1]];
        d += `M${tenth(space.px(u))} ${tenth(space.py(v))}h0`;
      }
      put(cloud, { d: d.includes("N") ? "" : d });
    },
  };
}
