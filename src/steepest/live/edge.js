// EdgeOfStability: a small network in training, all its data at every step, with a learning rate that the reader changes.
//
// The reader starts and stops the training and moves the learning rate; three charts show the sharpness with the edge that
// the learning rate sets, the loss, and the curve that the network draws. The reader learns that the sharpness climbs to
// the edge, stays there, and follows it.
// What must always hold: a step is the compiled rule's on the compiled gradient, and the sharpness is measured as
// curvature.py measures it, so the same learning rates give the same run as NumPy; what is shown of a run is what its
// learning rates gave, whoever set them.
import {
  announcer,
  button,
  changer,
  frame,
  keepDrawn,
  make,
  painter,
  path,
  put,
  svg,
  text,
  write,
} from "./base.js";
import { chart, line, tags } from "./axes.js";
import { settings } from "./controls.js";
import { DIVERGED } from "./descend.js";
import { words } from "./words.js";

/** How many steps a drawing advances a run that plays, and how many milliseconds it may take for them. */
const STRIDE = 3, WORK = 6;

/** @param {View} view @returns {Widget} */
export function edge({ model, el, compiled }) {
  const { spec } = compiled, get = (name) => model.get(name), change = changer(model);
  const live = announcer(), set = settings(live.say), run = training(compiled);
  const paint = painter(draw), charts = [sharpnessChart(spec), lossChart(), fitChart(compiled)];
  let playing = false, shown = get("steps"), width = 0;

  const lr = () => get("changes").at(-1)[1];
  const setLr = (value) => {
    if (value === lr()) return;
    const before = get("changes").filter(([step], k) => step < shown || (k === 0 && shown > 0));
    change("changes", [...before, [shown, value]]);
  };
  const halt = () => {
    if (playing) change("steps", shown);
    playing = false;
    paint();
  };
  const ended = () => shown >= spec.most || run.diverged >= 0;
  const play = button(words.play, () => {
    if (playing || ended()) return halt();
    playing = true;
    paint();
  });
  const anew = button(words.beginAnew, () => {
    const now = lr();
    shown = 0;
    change("changes", [[0, now]]);
    change("steps", 0);
    playing = true;
    paint();
  });
  put(play, { class: "play" });
  const goal = make("p"), slider = set.add("lr", spec.lr, lr, setLr);
  const root = frame(
    words.edge(spec.title),
    make("p", { class: "heading", "aria-hidden": true }, words.edge(spec.title)),
    goal,
    charts[0].node,
    make("div", { class: "settings" }, slider),
    make("div", { class: "player" }, play, anew),
    make("div", { class: "plots" }, charts[1].node, charts[2].node),
    ...live.nodes,
  );
  el.append(root);

  function judge() {
    const measured = { sharpness: run.late(spec.late), lr: lr() }, out = new Float64Array(1);
    compiled.met.evaluate(
      Float64Array.from(compiled.met.arguments, (name) => measured[name]),
      out,
    );
    const met = run.steps >= spec.late && out[0] !== 0;
    goal.textContent = `${spec.goal} ${met ? words.taskMet : words.goalOpen}`;
    put(goal, { class: met ? "goal met" : "goal" });
    if (model.get("met") !== met) change("met", met);
  }
  function draw() {
    if (width < 1) return;
    if (!playing) shown = get("steps");
    run.advance(get("changes"), shown);
    if (playing) {
      const next = Math.min(shown + STRIDE, spec.most);
      run.advance(get("changes"), next, performance.now() + WORK);
      shown = run.steps;
    }
    if (playing && ended()) {
      shown = run.steps;
      change("steps", shown);
      playing = false;
    }
    const narrow = width < 520, half = narrow ? width : Math.floor(width / 2);
    const across = Math.max(Math.ceil(shown / 400), 2) * 400;
    charts[0].draw(width, Math.round(width * (narrow ? 0.6 : 0.38)), run, across);
    for (const small of charts.slice(1)) small.draw(half, Math.round(half * 0.56), run, across);
    write(play, playing ? words.pause : words.play);
    put(play, { "aria-disabled": ended() ? true : null });
    set.update();
    live.say(
      run.diverged >= 0 ? words.edgeDiverged(run.diverged) : words.atEdge(
        shown,
        text(run.sharpness[shown]),
        text(run.edge[shown]),
        text(run.losses[shown]),
      ),
    );
    if (compiled.met) judge();
    if (playing) paint();
  }
  const stop = keepDrawn({
    root,
    model,
    paint,
    live,
    resized: (now) => (width = now),
    others: [() => (playing = false)],
  });
  return {
    admit: set.admit,
    stop,
  };
}

/**
 * A run that can go on: losses, sharpness and edge after each step, and the parameters. advance(changes, steps) brings it
 * to a number of steps; it begins anew where the learning rates so far were other ones.
 */
function training({ spec, rule, output, gradient, product, edge, scale }) {
  const { most } = spec, d = spec.w.length, n = rule.state.length, half = Math.ceil(d / 2);
  const examples = spec.x.map((x, i) => [Float64Array.of(x), Float64Array.of(spec.y[i])]);
  const w = new Float64Array(2 * half), g = w.slice(), s = new Float64Array(2 * half * n);
  // A compiled rule takes the two coordinates of a point, so the parameters go through it two by two.
  const pairs = Array.from({ length: half }, (_, k) => ({
    w: w.subarray(2 * k, 2 * k + 2),
    g: g.subarray(2 * k, 2 * k + 2),
    s: s.subarray(2 * k * n, 2 * (k + 1) * n),
  }));
  const h = Float64Array.from(rule.hyper, (name) => spec.hyper[name]);
  const p = new Float64Array(rule.shared), part = new Float64Array(d), scalar = new Float64Array(1);
  const v = new Float64Array(d), turned = v.slice(), scaled = v.slice(), root = v.slice();
  let taken = null; // the changes that the run so far obeyed
  const [first, then] = spec.rounds, lrs = new Float64Array(most), atLr = rule.hyper.indexOf("lr");
  const self = {
    losses: new Float64Array(most + 1),
    sharpness: new Float64Array(most + 1),
    edge: new Float64Array(most + 1),
    steps: -1,
    diverged: -1,
    w,
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

  // The mean over the examples of a compiled function.
  function mean(f, out, ...rest) {
    out.fill(0);
    for (const [x, y] of examples) {
      f.evaluate(x, y, ...rest, part);
      for (let i = 0; i < d; i++) out[i] += part[i] / examples.length;
    }
  }
  function loss() {
    let sum = 0;
    for (const [x, y] of examples) {
      output.evaluate(x, w, scalar);
      sum += (scalar[0] - y[0]) ** 2;
    }
    return sum / examples.length / 2;
  }
  // The product of v with the Hessian, in the coordinates in which the step is a plain one.
  function turn() {
    for (let i = 0; i < d; i++) scaled[i] = v[i] / root[i];
    mean(product, turned, w, scaled);
    for (let i = 0; i < d; i++) turned[i] /= root[i];
  }
  // curvature.py's top_eigenvalue.
  function topEigenvalue(rounds) {
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
  }
  function measureScale(t) {
    if (!scale) return root.fill(1);
    const others = { t, ...Object.fromEntries(rule.hyper.map((name, k) => [name, h[k]])) };
    for (let i = 0; i < d; i++) {
      const given = scale.arguments.map((name) => {
        const k = rule.state.indexOf(name);
        return k < 0 ? others[name] : s[i * n + k];
      });
      scale.evaluate(Float64Array.from(given), scalar);
      root[i] = t ? Math.sqrt(scalar[0]) : NaN;
    }
  }
  function measureEdge(t, lr) {
    const hyper = { ...spec.hyper, lr };
    edge.evaluate(Float64Array.from(edge.arguments, (name) => hyper[name]), scalar);
    self.edge[t] = scalar[0];
  }
  function measure(t, lr) {
    self.losses[t] = loss();
    measureEdge(t, lr);
    measureScale(t);
    self.sharpness[t] = Number.isFinite(root[0])
      ? topEigenvalue(Number.isFinite(self.sharpness[t - 1]) ? then : first)
      : NaN;
  }
  function begin(lr) {
    w.set(spec.w);
    v.set(spec.direction);
    for (const pair of pairs) rule.init(h, pair.s);
    [self.steps, self.diverged] = [0, -1];
    self.sharpness.fill(NaN);
    measure(0, lr);
  }
  function step(lr) {
    const t = self.steps + 1;
    measureEdge(t - 1, lr);
    lrs[t - 1] = h[atLr] = lr;
    mean(gradient, g.subarray(0, d), w);
    rule.share(h, t, p);
    for (const pair of pairs) rule.step(pair.w, pair.g, h, t, p, pair.s);
    if (!w.every((value) => Math.abs(value) <= DIVERGED)) {
      self.diverged = t;
      return;
    }
    self.steps = t;
    measure(t, lr);
  }
  return self;
}

/** The sharpness and the edge, against the step, with their names beside where they end. */
function sharpnessChart(spec) {
  const space = chart(words.sharpness), measured = path("path", { style: THIN });
  const limit = path("target"), names = tags(space);
  space.inside.append(measured, limit);
  space.node.append(names.node);
  put(names.node, { transform: `translate(${space.left} ${space.top})` });
  return {
    node: space.node,
    draw(width, height, { sharpness, edge, steps }, across) {
      space.resize(width, height, 84);
      space.x = { range: [0, across], title: words.step };
      space.y = { range: [0, spec.highest], title: words.sharpness };
      space.axes();
      const y = (v) => space.py(Math.min(v, 3 * spec.highest)), x = space.px(steps) + 7;
      put(measured, { d: line(steps + 1, space.px, (t) => y(sharpness[t])) });
      put(limit, { d: line(steps + 1, space.px, (t) => y(edge[t])) });
      const tag = (text, value, hue) => ({ x, y: y(value) + 4, text, hue, anchor: "start" });
      names.draw([
        tag(words.sharpness, sharpness[steps] || 0, HUE),
        tag(words.edgeNow, edge[steps], "currentColor"),
      ]);
    },
  };
}
const HUE = "#006cc0", SERIES = `--hue:${HUE}`, THIN = `${SERIES};stroke-width:1.3`;

/** The loss against the step. */
function lossChart() {
  const space = chart(words.loss), measured = path("path", { style: THIN });
  space.inside.append(measured);
  return {
    node: space.node,
    draw(width, height, { losses, steps }, across) {
      const shown = losses.subarray(0, steps + 1);
      const low = shown.reduce((a, b) => Math.min(a, b)),
        high = shown.reduce((a, b) => Math.max(a, b));
      space.resize(width, height);
      space.x = { range: [0, across], title: words.step };
      space.y = {
        range: [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))],
        scale: "log",
        title: words.loss,
      };
      space.axes();
      put(measured, { d: line(steps + 1, space.px, (t) => space.py(Math.log10(losses[t]))) });
    },
  };
}

/** The curve that the network draws, through the examples. */
function fitChart({ spec, output }) {
  const space = chart(words.fit), curve = path("path", { style: SERIES });
  const dots = spec.x.map(() => svg("circle", { r: 3.5, class: "start" }));
  const reach = Math.max(...spec.y.map(Math.abs)) * 1.5, many = 121;
  const [low, high] = [Math.min(...spec.x), Math.max(...spec.x)];
  const x = Float64Array.of(0), out = Float64Array.of(0);
  space.inside.append(...dots, curve);
  return {
    node: space.node,
    draw(width, height, { w }) {
      space.resize(width, height);
      space.x = { range: [low * 1.05, high * 1.05], title: words.input };
      space.y = { range: [-reach, reach], title: words.fit };
      space.axes();
      dots.forEach((dot, i) => put(dot, { cx: space.px(spec.x[i]), cy: space.py(spec.y[i]) }));
      const inputAt = (i) => low + (i / (many - 1)) * (high - low);
      const value = (i) => {
        x[0] = inputAt(i);
        output.evaluate(x, w, out);
        return space.py(out[0]);
      };
      put(curve, { d: line(many, (i) => space.px(inputAt(i)), value) });
    },
  };
}
