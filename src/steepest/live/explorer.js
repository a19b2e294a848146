// Explorer: trajectories of optimizers on a surface.
//
// The reader sees the surface with one path for each optimizer, its loss against the step, and a map of the two settings
// that matter; moves these two, by slider, in the map or in the formula above; and learns how the settings, not the
// optimizer's name alone, decide where a run goes. The rest is in one fold.
// What must always hold: every number is computed by the compiled NumPy rule; a run that diverged is named as such and
// drawn up to its last finite point; the state lives in the model alone, so Python, the page and a link agree.
import {
  announcer,
  changer,
  frame,
  goalLine,
  hear,
  keepDrawn,
  make,
  painter,
  put,
  select,
  text,
} from "./base.js";
import { equationsOf } from "./arrows.js";
import { settings } from "./controls.js";
import { curves } from "./curves.js";
import { formula } from "./formula.js";
import { lossMap } from "./map.js";
import { memory } from "./memory.js";
import { picture } from "./picture.js";
import { player } from "./player.js";
import { changes, row, shared } from "./rows.js";
import { samples } from "./samples.js";
import { share } from "./share.js";
import { solver } from "./solver.js";
import { words } from "./words.js";

const WIDE = 600; // pixels, from which on the losses and the map stand beside the surface
const MANY = 3; // optimizers, beyond which only the chosen one shows its controls, below all rows
const MOST_IN_ROWS = 5; // optimizers, beyond which the picture leaves them some of its height
const AROUND = 62; // pixels above and below the map, for its caption and legend

/** @param {View} view @returns {Widget} */
export function explorer({ model, el, compiled, link }) {
  const { spec } = compiled, { optimizers, goal } = spec;
  const rules = optimizers.map((o) => compiled.rules[o.rule]);
  const data = spec.samples && samples(compiled.surface, spec.samples, spec.made);
  const surface = data ?? compiled.surface;
  const get = (name) => model.get(name);
  const change = changer(model), live = announcer(), set = settings(live.say);
  const paint = painter(draw), state = changes(model, spec, change);
  const compute = solver(spec, rules, surface, data, get);
  // Whose formula, map and step are shown.
  let chosen = Math.max(optimizers.findIndex((o) => get("shown").includes(o.name)), 0);
  const choose = (k) => {
    if (k === chosen) return;
    chosen = k;
    paint();
  };

  const view = picture(compiled, rules, data, compute, (start) => change("start", start));
  const losses = curves(words.lossChart, optimizers), map = mapOf();
  const time = player(() => get("steps"), paint, set.reset);
  const formulas = optimizers.map((o) => {
    const { equations } = compiled.formulas[o.rule];
    const to = (name, value) => state.setHyper(o, { [name]: value });
    return formula(equations, o.hyper, (name) => state.hyper(o)[name], to, o.name);
  });
  const means = { get, set, change, state };
  const rows = optimizers.map((o, k) => row(o, means, () => choose(k)));
  const common = shared(spec, data, means), aim = goalLine();
  const folded = foldOf(compiled, rules, data, { rows, common, get, set, link, paint });
  const list = make("div", { class: "rules" }, ...rows.map((row) => row.node));
  const dock = make("div", { class: "dock" });
  const root = frame(
    words.explorer(spec.title),
    make(
      "div",
      { class: "body" },
      make("div", { class: "formulas" }, ...formulas.map((law) => law.node)),
      aim.node,
      make(
        "div",
        { class: "board" },
        make("div", { class: "stage" }, view.node),
        make("div", { class: "side" }, losses.space.node, map ? map.node : ""),
      ),
      make("div", { class: "panel" }, time.node, list, dock, ...common.primary),
      ...live.nodes,
      folded.node,
    ),
  );
  el.append(root);

  function mapOf() {
    if (spec.follows || !optimizers.some((o) => o.map)) return null;
    const to = (k, values) => state.setAny(optimizers[k], values);
    const runOf = () => ({ start: get("start"), steps: get("steps") });
    return lossMap(spec, rules, surface, data, compute, to, runOf);
  }

  let width = 0, runs = [], lowest = 0;

  // Whether some run meets the goal, and which.
  function judge() {
    const steps = runs.map((run) => run?.losses.findIndex((loss) => loss <= goal.loss) ?? -1);
    const k = steps.findIndex((t) => t >= 0 && t <= goal.within), met = k >= 0;
    const outcome = met ? words.goalMet(optimizers[k].name, steps[k]) : words.goalOpen;
    aim.show(met, words.goal(text(goal.loss), goal.within), outcome);
    if (get("met") !== met) change("met", met);
    return { loss: goal.loss - lowest, within: goal.within, met };
  }

  // Fills the rows, and tells screen readers.
  function report(t, averages) {
    const told = runs.map((run, k) => {
      const gone = run?.diverged >= 0 && run.diverged <= t, loss = run && text(run.losses[t]);
      const said = gone ? words.divergedShort(run.diverged) : (loss ?? "");
      rows[k].show(Boolean(run), said, k === chosen);
      if (!run) return "";
      const { name } = optimizers[k], average = averages[k];
      if (gone) return words.diverged(name, run.diverged);
      return words.ends(name, loss, t) + (average ? words.averaged(text(average.losses[t])) : "");
    }).filter(Boolean);
    const many = told.length > MANY;
    put(list, { class: many ? "rules many" : "rules" });
    rows.forEach((row, k) => many && k === chosen || row.dock(null));
    if (many) rows[chosen].dock(dock);
    dock.hidden = !many;
    live.say(told.length ? `${told.join("; ")}.` : words.nothingShown);
  }

  // The losses, and below them the map, beside the picture or below it.
  function drawSide(t, tall) {
    const mapped = map && optimizers[chosen].map, wide = width >= WIDE;
    const side = wide ? width - Math.round(width * 0.62) : width;
    const mapTall = wide ? Math.round(tall * 0.58) - AROUND : 250;
    const above = runs.map((run) => run && ((i) => run.losses[i] - lowest));
    losses.draw(side, wide ? tall - (mapped ? mapTall + AROUND : 0) : 190, above, {
      steps: get("steps"),
      t,
      title: lowest ? words.lossAbove : words.loss,
      log: true,
      goal: goal && judge(),
    });
    if (!map) return;
    map.node.hidden = !mapped;
    if (mapped) map.draw(side, mapTall, chosen);
  }

  function draw() {
    if (width < 1) return;
    const t = time.shown(), q = compute.parametersOf();
    const tall = width >= WIDE
      ? view.resize(
        Math.round(width * 0.62),
        ...(optimizers.length > MOST_IN_ROWS ? [0.7, 0.8] : [0.8, 0.95]),
      )
      : view.resize(width, 0.6, 0.76);
    lowest = compute.lowestAt(q);
    runs = optimizers.map((o, k) => (get("shown").includes(o.name) ? compute.run(k) : null));
    if (!runs[chosen] && runs.some(Boolean)) chosen = runs.findIndex(Boolean);
    const averaged = data && get("average");
    const averages = runs.map((run) => (averaged && run ? data.averaged(run) : null));
    view.drawGround(q);
    view.drawPaths(runs, averages, t, {
      batch: get("batch_size"),
      seed: get("seed"),
      hyper: state.hyper,
    });
    view.drawStep(chosen, runs[chosen], t, time.whole());
    view.drawStart(get("start"));
    drawSide(t, tall);
    time.update();
    set.update();
    formulas.forEach((law, k) => {
      law.node.hidden = k !== chosen;
      if (k === chosen) law.update();
    });
    report(t, averages);
    if (folded.node.open) folded.draw(width, runs, chosen, runs[chosen] ?? compute.run(chosen), t);
  }

  const stop = keepDrawn({
    root,
    model,
    paint,
    live,
    resized: (now) => (width = now),
    others: [
      time.stop,
      () => map?.stop(),
      ...(spec.follows ? [hear(spec.follows, state.obey)] : []),
    ],
  });
  if (spec.follows) state.share({});
  return {
    control: set.control,
    admit(values) {
      set.admit(values);
      folded.node.open ||= Object.keys(values).some((name) => hasFolded(spec, name));
    },
    stop,
  };
}

/** The fold: the other controls, what is remembered, one step in numbers, Python and link. It draws while it is open. */
function foldOf(compiled, rules, data, { rows, common, get, set, link, paint }) {
  const { spec } = compiled, { axes } = spec;
  const remembered = memory(spec.optimizers, rules, axes, paint);
  const where = select(words.coordinate, axes.map((name, i) => [i, name]), paint);
  const inspected = make("div"), handed = share(spec, data, get, link);
  const node = make(
    "details",
    { class: "fold", toggle: () => paint() },
    make("summary", {}, words.fold),
    make("div", { class: "settings" }, ...rows.map((row) => row.rest), ...common.rest),
    make("p", { class: "heading part" }, words.memory),
    ...remembered.nodes,
    make("p", { class: "heading part" }, words.inspector),
    make("div", { class: "choices" }, where.node),
    inspected,
    make("p", { class: "heading part" }, words.share),
    ...handed.nodes,
  );
  return {
    node,
    draw(width, runs, k, run, t) {
      const { name } = spec.optimizers[k], c = Number(where.field.value);
      const h = Float64Array.from(rules[k].hyper, (h) => get("hyperparameters")[name][h]);
      remembered.draw(width, runs, get("steps"), t);
      inspected.replaceChildren(...equationsOf(rules[k], run, h, t, c, axes[c]));
      handed.draw(runs, set.state());
    },
  };
}

/** Whether what a name of a link sets has its control in the fold. */
function hasFolded(spec, name) {
  const inRow = ({ name: owner, primary }) => primary.some((own) => `${owner} ${own}` === name);
  if (/^start | shown$/.test(name)) return false;
  return !spec.optimizers.some(inRow) && !spec.primary.includes(name);
}
