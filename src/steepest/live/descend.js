// Runs compiled rules on compiled surfaces, as descent.py runs the originals. javascript.py says what both objects hold.
// A reader never sees this file; what must always hold: the same points as NumPy, and the same step called diverged.

// A run has diverged at the first step that takes a coordinate beyond this, or makes it not a number.
export const DIVERGED = 1e8;

/**
 * One run: `hyper` and `parameters` in the order of rule.hyper and surface.parameters, `start` a pair.
 * Returns points, losses and gradients for steps 0 … steps, and the states as [step][coordinate][quantity]; all are
 * not a number from the diverged step on (a state: after it). `diverged` is that step, or -1.
 * @returns {Run}
 */
export function descend(rule, hyper, surface, parameters, start, steps) {
  const h = Float64Array.from(hyper), q = Float64Array.from(parameters);
  const p = new Float64Array(rule.shared), c = new Float64Array(surface.prepared);
  const n = rule.state.length, s = new Float64Array(2 * n);
  const points = new Float64Array(2 * steps + 2).fill(NaN), gradients = points.slice();
  const losses = new Float64Array(steps + 1).fill(NaN),
    states = new Float64Array(2 * n * (steps + 1)).fill(NaN);
  const w = Float64Array.from(start), g = new Float64Array(2);
  let diverged = -1;
  surface.prepare(q, c);
  rule.init(h, s);
  for (let t = 0;; t++) {
    states.set(s, 2 * n * t);
    if (t > 0 && !(Math.abs(w[0]) <= DIVERGED && Math.abs(w[1]) <= DIVERGED)) {
      diverged = t;
      break;
    }
    surface.gradient(w[0], w[1], q, c, g);
    points.set(w, 2 * t);
    gradients.set(g, 2 * t);
    losses[t] = surface.value(w[0], w[1], q, c);
    if (t === steps) break;
    rule.share(h, t + 1, p);
    rule.step(w, g, h, t + 1, p, s);
  }
  return { points, losses, gradients, states, diverged };
}

/**
 * A map: the loss after `steps` steps, over two quantities. Each of across and down is {index, values}: of the rule's
 * hyperparameters, or, with `of: "surface"`, of the surface's parameters. Fills
 * losses[row * across.values.length + column] for from <= row < to, so that a long map can be computed a few rows at a
 * time; not a number where the run diverged.
 */
export function sweep(
  rule,
  hyper,
  surface,
  parameters,
  start,
  steps,
  across,
  down,
  losses,
  from,
  to,
) {
  const h = Float64Array.from(hyper), q = Float64Array.from(parameters);
  const c = new Float64Array(surface.prepared), w = new Float64Array(2), g = new Float64Array(2);
  const s = new Float64Array(2 * rule.state.length), columns = across.values.length;
  // What a row's runs share at each step is computed once for the row: powers of t are what costs most.
  const together = across.of === "surface" || !rule.sharedBy.includes(across.index);
  const each = new Float64Array(rule.shared), p = Array(steps + 1).fill(each);
  if (together && rule.shared) p.forEach((_, t) => (p[t] = each.slice()));
  const set = ({ of, index }, value) => {
    if (of === "surface") {
      q[index] = value;
      surface.prepare(q, c);
    } else h[index] = value;
  };
  surface.prepare(q, c);
  for (let row = from; row < to; row++) {
    set(down, down.values[row]);
    for (let t = 1; together && t <= steps; t++) rule.share(h, t, p[t]);
    for (let column = 0; column < columns; column++) {
      set(across, across.values[column]);
      rule.init(h, s);
      w.set(start);
      let diverged = false;
      for (let t = 1; t <= steps && !diverged; t++) {
        surface.gradient(w[0], w[1], q, c, g);
        if (!together) rule.share(h, t, p[t]);
        rule.step(w, g, h, t, p[t], s);
        diverged = !(Math.abs(w[0]) <= DIVERGED && Math.abs(w[1]) <= DIVERGED);
      }
      losses[row * columns + column] = diverged ? NaN : surface.value(w[0], w[1], q, c);
    }
  }
}
