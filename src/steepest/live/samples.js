// A loss that is a mean over data, as a surface: the compiled formula is that of one example, and the example's numbers
// are its parameters.
//
// The reader moves the batch size and the seed. What must always hold: values are means over all the data; a minibatch is a
// random choice without repetition, independent of the others; every optimizer sees the same minibatches.

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
  const surface = {
    n,
    name,
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
  };
  return surface;
}
