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
  goalLine,
  keepDrawn,
  make,
  outputsOf,
  painter,
  path,
  put,
  svg,
  text,
  write,
} from "./base.js";
import { chart, line, placing, remembering, tags } from "./axes.js";
import { settings } from "./controls.js";
import { training } from "./training.js";
import { words } from "./words.js";
import { edgeWords } from "./words_edge.js";

/** How many steps a drawing advances a run that plays, and how many milliseconds it may take for the steps of any run. */
const STRIDE = 3, WORK = 6;

/** @param {View} view @returns {Widget} */
export function edge({ model, el, compiled }) {
  const { spec } = compiled, get = (name) => model.get(name), change = changer(model);
  const live = announcer(), paint = painter(draw), set = settings(live, paint);
  const run = training(compiled), charts = [sharpnessChart(spec), lossChart(), fitChart(compiled)];
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
  const goal = goalLine(), slider = set.add("lr", spec.lr, lr, setLr);
  const root = frame(
    edgeWords.edge(spec.title),
    make("p", { class: "heading", "aria-hidden": true }, edgeWords.edge(spec.title)),
    goal.node,
    charts[0].node,
    make("div", { class: "settings" }, slider),
    make("div", { class: "player" }, play, anew),
    make("div", { class: "plots" }, charts[1].node, charts[2].node),
    ...live.nodes,
  );
  el.append(root);

  function judge(mean, enough) {
    const [holds] = outputsOf(compiled.met, { sharpness: mean, lr: lr() });
    const met = enough && holds !== 0;
    goal.show(met, spec.goal);
    if (model.get("met") !== met) change("met", met);
  }
  function draw() {
    if (width < 1) return;
    const next = playing ? Math.min(shown + STRIDE, spec.most) : get("steps");
    run.advance(get("changes"), next, performance.now() + WORK);
    const behind = !playing && run.steps < next && run.diverged < 0; // the next frame goes on
    shown = playing ? run.steps : next;
    if (playing && ended()) {
      change("steps", shown);
      playing = false;
    }
    const narrow = width < 520, half = narrow ? width : Math.floor(width / 2);
    const across = doubled(200, shown);
    charts[0].draw(width, Math.round(width * (narrow ? 0.6 : 0.38)), run, across);
    for (const small of charts.slice(1)) small.draw(half, Math.round(half * 0.56), run, across);
    write(play, playing ? words.pause : words.play);
    put(play, { "aria-disabled": ended() ? true : null });
    set.update();
    put(root, { "aria-busy": behind ? true : null });
    if (playing || behind) paint();
    if (behind) return;
    const [sharpness, edge, loss] = [run.sharpness, run.edge, run.losses].map((all) =>
      text(all[shown])
    );
    const mean = run.late(spec.late), enough = run.steps >= spec.late;
    const late = compiled.met && enough ? ` ${edgeWords.late(spec.late, text(mean))}` : "";
    const now = edgeWords.atEdge(shown, sharpness, edge, loss) + late;
    if (run.diverged >= 0) live.say(edgeWords.edgeDiverged(run.diverged));
    else live.say(playing || ended() ? now : `${now} ${edgeWords.goOn}`);
    if (compiled.met) judge(mean, enough);
  }
  const stop = keepDrawn({
    root,
    model,
    paint,
    live,
    resized: (now) => (width = now),
    others: [() => (playing = false)],
  });
  const first = { changes: get("changes"), steps: get("steps") };
  return {
    // A link holds one learning rate, that of a whole run: whoever opens it finds a run that began with it, of as many steps
    // as at first, and nothing of what was tried on the page before.
    admit(values) {
      [playing, shown] = [false, 0];
      change("changes", first.changes);
      set.admit(values);
      change("steps", first.steps);
    },
    stop,
  };
}

/** A length, doubled until something fits in. */
function doubled(length, inside) {
  while (length < inside) length *= 2;
  return length;
}

/** The sharpness and the edge, against the step, with their names beside where they end. */
function sharpnessChart(spec) {
  const space = chart(spec.measured), measured = growing(space, "path", THIN);
  const limit = growing(space, "target"), names = tags(space);
  space.inside.append(measured.node, limit.node);
  space.node.append(names.node);
  put(names.node, { transform: `translate(${space.left} ${space.top})` });
  return {
    node: space.node,
    draw(width, height, { sharpness, edge, steps, begun, late }, across) {
      space.resize(width, height, 96);
      space.x = { range: [0, across], title: words.step };
      const most = sharpness.subarray(0, steps + 1).reduce((a, b) => (b > a ? b : a), edge[steps]);
      const top = Math.min(doubled(spec.highest / 8, 1.2 * most), spec.highest);
      space.y = { range: [0, top], title: spec.measured };
      space.axes();
      const y = (v) => space.py(Math.min(v, 3 * spec.highest)), x = space.px(steps) + 7;
      measured.draw(begun, steps + 1, (t) => y(sharpness[t]));
      limit.draw(begun, steps + 1, (t) => y(edge[t]));
      // The mean says where a curve is that swings at every step, and the names of the edge stay together.
      const mean = y(late(MEAN) || 0) + 4, limitAt = y(edge[steps]) + 4, above = mean < limitAt;
      const first = above ? limitAt : limitAt - 15, beside = above ? limitAt - 1 : limitAt + 1;
      names.draw([
        { x, y: first, text: edgeWords.theEdge },
        { x, y: first + 15, text: edgeWords.edgeNow(spec.formula, text(edge[steps])) },
        {
          x,
          y: (above ? Math.min : Math.max)(mean, beside),
          text: edgeWords.sharpness,
          hue: HUE,
        },
      ]);
    },
  };
}
const MEAN = 50; // steps
const HUE = "#006cc0", SERIES = `--hue:${HUE}`, THIN = `${SERIES};stroke-width:1.3`;

const PIECE = 200; // steps

/** A curve of a run that goes on, in pieces, of which only the last are drawn anew. */
function growing(space, kind, style) {
  const node = svg("g"), pieces = [], anew = remembering();
  let drawn = 0;
  return {
    node,
    /** run: what differs from run to run. many: of its points, y(i) their height in the chart. */
    draw(run, many, y) {
      anew([run, ...placing(space)], () => (drawn = 0));
      for (let first = PIECE * Math.floor(Math.max(drawn - 2, 0) / PIECE); first < many;) {
        const k = first / PIECE, from = first, points = Math.min(PIECE + 1, many - first);
        if (k === pieces.length) pieces.push(node.appendChild(path(kind, { style })));
        put(pieces[k], { d: line(points, (i) => space.px(from + i), (i) => y(from + i)) });
        first += PIECE;
      }
      for (let k = Math.ceil(many / PIECE); k < pieces.length; k++) put(pieces[k], { d: "" });
      drawn = many;
    },
  };
}

/** The loss against the step. */
function lossChart() {
  const space = chart(words.loss), measured = growing(space, "path", THIN);
  space.inside.append(measured.node);
  return {
    node: space.node,
    draw(width, height, { losses, steps, begun }, across) {
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
      measured.draw(begun, steps + 1, (t) => space.py(Math.log10(losses[t])));
    },
  };
}

/** The curve that the network draws, through the examples. */
function fitChart({ spec, output }) {
  const space = chart(edgeWords.fit), curve = path("path", { style: SERIES });
  const dots = spec.x.map(() => svg("circle", { r: 3.5, class: "start" }));
  const reach = Math.max(...spec.y.map(Math.abs)) * 1.5, many = 121;
  const [low, high] = [Math.min(...spec.x), Math.max(...spec.x)];
  const x = Float64Array.of(0), out = Float64Array.of(0);
  space.inside.append(...dots, curve);
  return {
    node: space.node,
    draw(width, height, { w }) {
      space.resize(width, height);
      space.x = { range: [low * 1.05, high * 1.05], title: edgeWords.input };
      space.y = { range: [-reach, reach], title: edgeWords.fit };
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
