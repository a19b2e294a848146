// A small network in training, all its data at every step: the run that EdgeOfStability shows.
//
// A reader never sees this file; what must always hold: a step is the compiled rule's on the compiled gradient, and the
// sharpness is measured as curvature.py measures it, so the same learning rates give the same run as NumPy.
import { outputsOf } from "./base.js";
import { DIVERGED } from "./descend.js";

/**
 * A run that can go on: losses, sharpness and edge after each step, and the parameters. advance(changes, steps) brings it
 * to a number of steps; it begins anew where the learning rates so far were other ones.
 */
export function training(compiled) {
  const { spec, rule, edge } = compiled, { most, rounds: [first, then] } = spec;
  const network = networkOf(compiled), steps = stepper(compiled, network.w);
  const curvature = sharpnessOf(compiled, network, steps);
  const lrs = new Float64Array(most);
  let taken = null; // the changes that the run so far obeyed
  const self = {
    losses: new Float64Array(most + 1),
    sharpness: new Float64Array(most + 1),
    edge: new Float64Array(most + 1),
    steps: -1,
    diverged: -1,
    begun: 0, // how often
    w: network.w,
    /** The mean sharpness over the last steps. */
    late(many) {
      const last = self.sharpness.subarray(Math.max(self.steps + 1 - many, 0), self.steps + 1);
      return last.reduce((sum, value) => sum + value, 0) / last.length;
    },
    /** Goes on to a step, or from the beginning if the run so far was another; to `until` alone, by at least one step. */
    advance(changes, steps, until = Infinity) {
      let k = 0;
      const lrAt = (t) => { // for rising t
        while (k + 1 < changes.length && changes[k + 1][0] <= t) k++;
        return changes[k][1];
      };
      const other = self.steps < 0 || self.steps > steps ||
        (changes !== taken && lrs.subarray(0, self.steps).some((lr, t) => lr !== lrAt(t)));
      taken = changes;
      if (other) {
        k = 0;
        begin(lrAt(0));
      }
      while (self.steps < steps && self.diverged < 0) {
        step(lrAt(self.steps));
        if (performance.now() > until) break;
      }
      if (self.diverged < 0) measureEdge(self.steps, changes.at(-1)[1]);
    },
  };

  function measureEdge(t, lr) {
    self.edge[t] = outputsOf(edge, { ...spec.hyper, lr })[0];
  }
  function measure(t, lr) {
    self.losses[t] = network.loss();
    measureEdge(t, lr);
    self.sharpness[t] = curvature(t, Number.isFinite(self.sharpness[t - 1]) ? then : first);
  }
  function begin(lr) {
    steps.begin();
    [self.steps, self.diverged] = [0, -1];
    self.begun++;
    self.sharpness.fill(NaN);
    measure(0, lr);
  }
  function step(lr) {
    const t = self.steps + 1;
    measureEdge(t - 1, lr);
    lrs[t - 1] = steps.h[rule.hyper.indexOf("lr")] = lr;
    network.gradient(steps.g);
    steps.take(t);
    if (!network.w.every((value) => Math.abs(value) <= DIVERGED)) {
      self.diverged = t;
      return;
    }
    self.steps = t;
    measure(t, lr);
  }
  return self;
}

/** The network: its parameters w, one more if they are odd, and means over the examples. */
function networkOf({ spec, output, gradient, product }) {
  const d = spec.w.length, w = new Float64Array(d + (d % 2));
  const examples = spec.x.map((x, i) => [Float64Array.of(x), Float64Array.of(spec.y[i])]);
  const part = new Float64Array(d), out = new Float64Array(1);
  function mean(f, into, ...rest) {
    into.fill(0);
    for (const [x, y] of examples) {
      f.evaluate(x, y, w, ...rest, part);
      for (let i = 0; i < d; i++) into[i] += part[i] / examples.length;
    }
  }
  return {
    w,
    gradient: (into) => mean(gradient, into.subarray(0, d)),
    /** The product of the Hessian with a vector. */
    product: (v, into) => mean(product, into, v),
    loss() {
      let sum = 0;
      for (const [x, y] of examples) {
        output.evaluate(x, w, out);
        sum += (out[0] - y[0]) ** 2;
      }
      return sum / examples.length / 2;
    },
  };
}

/** The rule's steps on all parameters: its hyperparameters h, the gradient g, its state s. */
function stepper({ spec, rule }, w) {
  const n = rule.state.length, g = new Float64Array(w.length), s = new Float64Array(w.length * n);
  const h = Float64Array.from(rule.hyper, (name) => spec.hyper[name]);
  const p = new Float64Array(rule.shared);
  // A compiled rule takes the two coordinates of a point, so the parameters go through it two by two.
  const pairs = Array.from({ length: w.length / 2 }, (_, k) => ({
    w: w.subarray(2 * k, 2 * k + 2),
    g: g.subarray(2 * k, 2 * k + 2),
    s: s.subarray(2 * k * n, 2 * (k + 1) * n),
  }));
  return {
    h,
    g,
    s,
    begin() {
      w.set(spec.w);
      for (const pair of pairs) rule.init(h, pair.s);
    },
    take(t) {
      rule.share(h, t, p);
      for (const pair of pairs) rule.step(pair.w, pair.g, h, t, p, pair.s);
    },
  };
}

/** A function of t and a number of rounds that measures the sharpness, as curvature.py's top_eigenvalue does. */
function sharpnessOf({ spec, rule, scale }, network, { h, s }) {
  const d = spec.w.length, v = new Float64Array(d), turned = v.slice(), scaled = v.slice();
  const root = v.slice(), out = new Float64Array(1);

  // The roots of what the rule divides by: in coordinates stretched by them the step is a plain one.
  function measureRoots(t) {
    if (!scale) return root.fill(1);
    const n = rule.state.length, others = { t };
    rule.hyper.forEach((name, k) => (others[name] = h[k]));
    for (let i = 0; i < d; i++) {
      const given = scale.arguments.map((name) => {
        const k = rule.state.indexOf(name);
        return k < 0 ? others[name] : s[i * n + k];
      });
      scale.evaluate(Float64Array.from(given), out);
      root[i] = t ? Math.sqrt(out[0]) : NaN;
    }
  }
  function turn() {
    for (let i = 0; i < d; i++) scaled[i] = v[i] / root[i];
    network.product(scaled, turned);
    for (let i = 0; i < d; i++) turned[i] /= root[i];
  }
  return (t, rounds) => {
    if (t === 0) v.set(spec.direction);
    measureRoots(t);
    if (!Number.isFinite(root[0])) return NaN;
    let length = Math.hypot(...v), shift = 0;
    for (let i = 0; i < d; i++) v[i] /= length;
    for (let k = 0; k < rounds; k++) {
      turn();
      shift = Math.max(shift, Math.hypot(...turned));
      for (let i = 0; i < d; i++) turned[i] += shift * v[i];
      length = Math.hypot(...turned);
      for (let i = 0; length > 0 && i < d; i++) v[i] = turned[i] / length;
    }
    turn();
    return v.reduce((sum, vi, i) => sum + vi * turned[i], 0);
  };
}
