// A loss that is a mean over data, as a surface: the compiled formula is that of one example, and the example's numbers
// are its parameters.
//
// The reader moves the batch size and the seed, and sees the cloud of minibatch gradients at the point where the first
// path stands; they may see the running mean of each path, and the distance from the minimum that theory predicts. What
// must always hold: values are means over all the data; a minibatch is a random choice without repetition, independent of
// the others; every optimizer sees the same minibatches.
import { path, put, svg } from "./base.js";

const CLOUD = 120;

export function samples(example, columns, name) {
  const n = columns[0].length, part = new Float64Array(2);
  const rows = Array.from(columns[0], (_, i) => Float64Array.from(columns, (column) => column[i]));
  const prepared = rows.map((q) => {
    const c = new Float64Array(example.prepared);
    example.prepare(q, c);
    return c;
  });
  let size = n, order = rows.map((_, i) => i), random = 0;
  const draw = () => { // a 32-bit generator: a Weyl sequence and a mixing function
    random = (random + 0x9e3779b9) | 0;
    let z = Math.imul(random ^ (random >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  // The ring lies over paths that fill it, so it has a color of its own and a light edge.
  const cloud = path("cloud"), edge = path("casing");
  const ring = path("target", { style: "stroke: #cc8400; stroke-width: 2.6; opacity: 1" });
  const surface = {
    n,
    name,
    cloud,
    ring: svg("g", {}, edge, ring),
    parameters: [],
    prepared: 0,
    prepare() {},
    // From here on gradients are those of minibatches of this size, each drawn anew.
    batches(batch, seed) {
      order = rows.map((_, i) => i);
      [size, random] = [batch, seed];
    },
    value(x, y) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += example.value(x, y, rows[i], prepared[i]);
      return sum / n;
    },
    gradient(x, y, _q, _c, out) {
      out[0] = out[1] = 0;
      for (let i = 0; i < size; i++) {
        const j = size < n ? i + Math.floor(draw() * (n - i)) : i;
        [order[i], order[j]] = [order[j], order[i]];
        example.gradient(x, y, rows[order[i]], prepared[order[i]], part);
        out[0] += part[0] / size;
        out[1] += part[1] / size;
      }
    },
    // The run of the means of all points so far.
    averaged({ points, losses, diverged }) {
      const sum = [0, 0], means = points.map((v, i) => (sum[i % 2] += v) / (Math.floor(i / 2) + 1));
      return {
        points: means,
        losses: losses.map((_, t) => surface.value(means[2 * t], means[2 * t + 1])),
        diverged,
      };
    },
    // Draws an ellipse of the distances that theory predicts around a point.
    circle(space, x, y, [rx, ry]) {
      const [px, py, a, b] = [
        space.px(x),
        space.py(y),
        space.px(rx) - space.px(0),
        space.py(0) - space.py(ry),
      ];
      const d = a > 0 && b > 0
        ? `M${px - a} ${py}a${a} ${b} 0 1 0 ${2 * a} 0a${a} ${b} 0 1 0 ${-2 * a} 0`
        : "";
      for (const stroke of [edge, ring]) put(stroke, { d });
    },
    // Draws where steps against minibatch gradients would lead from a point, scaled to fit.
    scatter(space, x, y, batch, seed) {
      const ends = new Float64Array(2 * CLOUD), g = new Float64Array(2);
      surface.batches(batch, seed);
      for (let i = 0; i < CLOUD; i++) {
        surface.gradient(x, y, null, null, g);
        ends.set(g, 2 * i);
      }
      const scale = [space.x, space.y].map(({ range: [low, high] }) =>
        (high - low) / 5 / Math.max(...ends.map(Math.abs))
      );
      let d = "";
      for (let i = 0; i < CLOUD; i++) {
        d += `M${space.px(x - ends[2 * i] * scale[0]).toFixed(1)} ${
          space.py(y - ends[2 * i + 1] * scale[1]).toFixed(1)
        }h0`;
      }
      put(cloud, { d: d.includes("N") ? "" : d });
    },
  };
  return surface;
}
