// A loss that is a mean over data, as a surface: the compiled formula is that of one example, and the example's numbers
// are its parameters.
//
// The reader moves the batch size and the seed, and sees the cloud of minibatch gradients at the point where the first
// path stands. What must always hold: values are means over all the data; each epoch uses every example once; every
// optimizer sees the same minibatches.
import { path, put } from "./base.js";

const CLOUD = 120;

export function samples(one, columns) {
  const n = columns[0].length, part = new Float64Array(2);
  const rows = Array.from(columns[0], (_, i) => Float64Array.from(columns, (column) => column[i]));
  const prepared = rows.map((q) => {
    const c = new Float64Array(one.prepared);
    one.prepare(q, c);
    return c;
  });
  let size = n, order = rows.map((_, i) => i), next = 0, random = 0;
  const draw = () => { // a 32-bit generator: a Weyl sequence and a mixing function
    random = (random + 0x9e3779b9) | 0;
    let z = Math.imul(random ^ (random >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  const shuffle = () => {
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(draw() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    next = 0;
  };
  const cloud = path("cloud");
  const surface = {
    n, cloud, parameters: [], prepared: 0, prepare() {},
    // From here on gradients are those of minibatches of this size.
    batches(batch, seed) {
      order = rows.map((_, i) => i);
      [size, random] = [batch, seed];
      shuffle();
    },
    value(x, y) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += one.value(x, y, rows[i], prepared[i]);
      return sum / n;
    },
    gradient(x, y, q, c, out) {
      if (next + size > n) size < n ? shuffle() : (next = 0);
      out[0] = out[1] = 0;
      for (let i = next; i < next + size; i++) {
        one.gradient(x, y, rows[order[i]], prepared[order[i]], part);
        out[0] += part[0] / size;
        out[1] += part[1] / size;
      }
      next += size;
    },
    // Draws where steps against minibatch gradients would lead from a point, scaled to fit.
    scatter(space, x, y, batch, seed) {
      const ends = new Float64Array(2 * CLOUD), g = new Float64Array(2);
      surface.batches(batch, seed);
      for (let i = 0; i < CLOUD; i++) {
        surface.gradient(x, y, null, null, g);
        ends.set(g, 2 * i);
      }
      const scale = [space.x, space.y].map(({ range: [low, high] }) => (high - low) / 5 / Math.max(...ends.map(Math.abs)));
      let d = "";
      for (let i = 0; i < CLOUD; i++) d += `M${space.px(x - ends[2 * i] * scale[0]).toFixed(1)} ${space.py(y - ends[2 * i + 1] * scale[1]).toFixed(1)}h0`;
      put(cloud, { d: d.includes("N") ? "" : d });
    },
  };
  return surface;
}
