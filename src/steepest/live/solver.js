// What an Explorer computes: runs, kept until what they depend on changes, and the minima of its surface.
import { descend } from "./descend.js";

/** get(name) reads the model; data is the surface again if it is a mean over data, else null. */
export function solver(spec, rules, surface, data, get) {
  const { optimizers } = spec, kept = optimizers.map(() => ({ key: "", run: null }));

  let lowest = { key: null, value: 0 };

  const hyperOf = (k) => {
    const values = get("hyperparameters")[optimizers[k].name];
    return Float64Array.from(rules[k].hyper, (name) => values[name]);
  };
  const parametersOf = () =>
    Float64Array.from(surface.parameters, (name) => get("parameters")[name]);

  // The surface at given parameters, with the gradients of all the data.
  function surfaceAt(q) {
    const c = new Float64Array(surface.prepared);
    surface.prepare(q, c);
    data?.batches(data.n, 0);
    return {
      value: (x, y) => surface.value(x, y, q, c),
      gradient: (x, y, out) => surface.gradient(x, y, q, c, out),
    };
  }
  const minimaAt = (q) => refine(spec.minima, surfaceAt(q).gradient);

  return {
    hyperOf,
    parametersOf,
    surfaceAt,
    minimaAt,
    /** The lowest loss, where it is not 0 but for rounding. */
    lowestAt(q) {
      if (q.join() === lowest.key) return lowest.value;
      const { value } = surfaceAt(q), low = Math.min(...minimaAt(q).map(([x, y]) => value(x, y)));
      lowest = { key: q.join(), value: Math.abs(low) > 1e-12 && low < Infinity ? low : 0 };
      return lowest.value;
    },
    /** The run of an optimizer with what is set. */
    run(k) {
      const h = hyperOf(k), q = parametersOf(), [start, steps] = [get("start"), get("steps")];
      const batch = data ? [get("batch_size"), get("seed")] : [];
      const key = [h, q, start, steps, batch].join(";");
      if (kept[k].key !== key) {
        data?.batches(batch[0], batch[1]);
        kept[k] = { key, run: descend(rules[k], h, surface, q, start, steps) };
      }
      return kept[k].run;
    },
  };
}

/** Newton's method on the gradient, from points near the minima, with differences for the second derivatives. */
function refine(near, gradient) {
  const slope = (x, y) => {
    const g = new Float64Array(2);
    gradient(x, y, g);
    return g;
  };
  return near.map(([x, y]) => {
    for (let i = 0; i < 20; i++) {
      const along = (u, v) => {
        const [ahead, behind] = [slope(x + u, y + v), slope(x - u, y - v)];
        return [(ahead[0] - behind[0]) / 2e-5, (ahead[1] - behind[1]) / 2e-5];
      };
      const [gx, gy] = slope(x, y), [xx, xy] = along(1e-5, 0), [yx, yy] = along(0, 1e-5);
      const determinant = xx * yy - xy * yx;
      [x, y] = [x - (yy * gx - yx * gy) / determinant, y - (xx * gy - xy * gx) / determinant];
    }
    return [x, y];
  }).filter(([x, y]) => Number.isFinite(x + y));
}
