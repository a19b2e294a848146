// Explorer: trajectories of optimizers on a surface.
//
// The reader sees the surface with one path for each optimizer, its loss against the step, and a map of the two settings
// that matter; moves these two, by slider, in the map or in the formula above; and learns how the settings, not the
// optimizer's name alone, decide where a run goes. The rest is in one fold.
// What must always hold: every number is computed by the compiled NumPy rule; a run that diverged is named as such and
// drawn up to its last finite point; the state lives in the model alone, so Python, the page and a link agree.
import {
  announcer,
  button,
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
  write,
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
import { turns } from "./turns.js";
import { words } from "./words.js";

const PART = 0.62; // of the width, for the picture where the losses and the map stand beside it
const WIDE = 600; // pixels, from which on the losses and the map stand beside the surface
const MANY = 3; // optimizers, beyond which only the chosen one shows its controls, below all rows
const MOST_IN_ROWS = 5; // optimizers, beyond which the picture leaves them some of its height
const AROUND = 62; // pixels above and below the map, for its caption and legend

/** @param {View} view @returns {Widget} */
export function explorer({ model, el, compiled, link }) {
  const { spec } = compiled, { optimizers } = spec, get = (name) => model.get(name);
  const rules = optimizers.map((o) => compiled.rules[o.rule]);
  const data = spec.samples && samples(compiled.surface, spec.samples, spec.made);
  const surface = data ?? compiled.surface;
  const change = changer(model), state = changes(model, spec, change);
  const live = announcer(), paint = painter(draw), inTurn = turns(paint);
  const set = settings(live, inTurn.afresh);
  const compute = solver(spec, rules, surface, data, get);
  // Whose formula, map and step are shown.
  let chosen = Math.max(optimizers.findIndex((o) => get("shown").includes(o.name)), 0);
  const choose = (k) => {
    if (k === chosen) return;
    chosen = k;
    paint();
  };

  const view = picture(compiled, rules, data, compute, (start) => change("start", start));
  const runOf = () => ({ start: get("start"), steps: get("steps") });
  const to = (k, values) => state.setAny(optimizers[k], values);
  const bounded = spec.minima.length > 0; // else no loss is a share of another
  const mapped = bounded && !spec.follows && optimizers.some((o) => o.map);
  const map = mapped ? lossMap(spec, rules, surface, data, compute, to, runOf) : null;
  const side = sideOf(optimizers, map, bounded, paint), aim = goalLine();
  const time = player(() => get("steps"), paint, set.reset);
  const heading = make("p", { class: "heading", "aria-hidden": true });
  const laws = lawsOf(compiled, state), means = { get, set, change, state };
  const rows = optimizers.map((o, k) => row(o, means, () => choose(k))), list = listOf(rows);
  const common = shared(spec, data, means);
  const folded = foldOf(compiled, rules, data, { rows, common, get, set, link, paint });
  const root = frame(
    words.explorer(spec.title),
    make(
      "div",
      { class: "body" },
      make("div", { class: "top" }, heading, laws.node),
      aim.node,
      make("div", { class: "board" }, make("div", { class: "stage" }, view.node), side.node),
      make("div", { class: "panel" }, time.node, ...list.nodes, ...common.primary),
      ...live.nodes,
      folded.node,
    ),
  );
  el.append(root);
  let width = 0;

  function draw() {
    if (width < 1) return;
    if (inTurn.busy()) return paint();
    const t = time.shown(), q = compute.parametersOf(), wide = width >= WIDE;
    const across = wide ? Math.round(width * PART) : width;
    const tall = view.resize(across, ...shapeOf(wide, optimizers.length));
    const lowest = compute.lowestAt(q);
    const runs = optimizers.map((o, k) => (get("shown").includes(o.name) ? compute.run(k) : null));
    if (!runs[chosen] && runs.some(Boolean)) chosen = runs.findIndex(Boolean);
    const averaged = data && get("average");
    const averages = runs.map((run) => (averaged && run ? data.averaged(run) : null));
    view.drawGround(q);
    const taken = view.drawStep(chosen, runs[chosen], t, time.whole());
    const sampled = { batch: get("batch_size"), seed: get("seed"), hyper: state.hyper };
    view.drawPaths(runs, averages, t, sampled, taken);
    view.drawStart(get("start"));
    const goal = spec.goal && judge(spec.goal, runs, lowest);
    inTurn(() => {
      side.draw(wide ? width - across : width, wide ? tall : 0, {
        runs,
        t,
        steps: get("steps"),
        lowest,
        goal,
        chosen,
      });
      write(
        heading,
        words.stepsFrom(t, data ? words.data(data.n) : words.surface(nameOf(spec.title))),
      );
      time.update();
      set.update();
      laws.show(chosen);
      list.show(runs, t, chosen);
      live.say(told(optimizers, runs, averages, t));
    });
    if (folded.node.open) folded.draw(width, runs, chosen, runs[chosen] ?? compute.run(chosen), t);
  }

  // Whether some run meets the goal, and which; returns the goal as the losses show it.
  function judge({ loss, within }, runs, lowest) {
    const steps = runs.map((run) => run?.losses.findIndex((value) => value <= loss) ?? -1);
    const k = steps.findIndex((t) => t >= 0 && t <= within), met = k >= 0;
    const outcome = met ? words.goalMet(optimizers[k].name, steps[k]) : words.goalOpen;
    aim.show(met, words.goal(text(loss), within), outcome);
    if (get("met") !== met) change("met", met);
    return { loss: loss - lowest, within, met };
  }

  const ends = [time.stop, () => map?.stop()];
  if (spec.follows) ends.push(hear(spec.follows, state.obey));
  const resized = (now) => (width = now);
  const stop = keepDrawn({ root, model, paint, live, resized, others: [inTurn.stop, ...ends] });
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

/** The name in the code that makes a surface, as words. */
const nameOf = (code) => code.split("(")[0].replaceAll("_", " ");

/** The least and the greatest height of the picture, as shares of its width. */
function shapeOf(wide, many) {
  if (many > MOST_IN_ROWS) return wide ? [0.7, 0.8] : [0.6, 0.64];
  return wide ? [0.8, 0.95] : [0.6, 0.76];
}

/** What screen readers hear of the runs up to step t. */
function told(optimizers, runs, averages, t) {
  const said = runs.flatMap((run, k) => {
    if (!run) return [];
    const { name } = optimizers[k], average = averages[k];
    if (run.diverged >= 0 && run.diverged <= t) return [words.diverged(name, run.diverged)];
    const end = words.ends(name, text(run.losses[t]), t);
    return [end + (average ? words.averaged(text(average.losses[t])) : "")];
  });
  return said.length ? `${said.join("; ")}.` : words.nothingShown;
}

/** The formulas of the rules, one of which is shown. */
function lawsOf(compiled, state) {
  const laws = compiled.spec.optimizers.map((o) => {
    const { equations } = compiled.formulas[o.rule];
    const to = (name, value) => state.setHyper(o, { [name]: value });
    return formula(equations, o.hyper, (name) => state.hyper(o)[name], to, o.name);
  });
  return {
    node: make("div", { class: "formulas" }, ...laws.map((law) => law.node)),
    show(chosen) {
      laws.forEach((law, k) => (law.node.hidden = k !== chosen));
      laws[chosen].update();
    },
  };
}

/** The rows of the optimizers; where many are shown, the chosen one has its controls below all of them. */
function listOf(rows) {
  const list = make("div", {}, ...rows.map((row) => row.node)),
    dock = make("div", { class: "dock" });
  return {
    nodes: [list, dock],
    show(runs, t, chosen) {
      const many = runs.filter(Boolean).length > MANY;
      runs.forEach((run, k) => {
        const gone = run?.diverged >= 0 && run.diverged <= t;
        const result = run ? gone ? words.divergedShort(run.diverged) : text(run.losses[t]) : "";
        rows[k].show(Boolean(run), result, k === chosen);
        if (!many || k !== chosen) rows[k].dock(null);
      });
      put(list, { class: many ? "rules many" : "rules" });
      if (many) rows[chosen].dock(dock);
      dock.hidden = !many;
    },
  };
}

/** The losses, and below them the map of the optimizer that is chosen; on a phone one of the two, as the reader picks. */
function sideOf(optimizers, map, bounded, paint) {
  const losses = curves(words.lossChart, optimizers), node = make("div", { class: "side" });
  let picked = 0, placed = [];
  const tabs = [words.lossChart, words.map].map((name, k) =>
    button(name, () => {
      picked = k;
      paint();
    })
  );
  const picker = make("div", { class: "player" }, ...tabs);
  const place = (...parts) => {
    if (parts.some((part, i) => part !== placed[i])) node.replaceChildren(...parts);
    placed = parts;
  };
  return {
    node,
    /** tall: the height of both, or 0 where each has its own. */
    draw(width, tall, { runs, t, steps, lowest, goal, chosen }) {
      const mapped = map && optimizers[chosen].map, either = mapped && !tall;
      const both = [losses.space.node, mapped ? map.node : ""];
      if (either) place(picker, both[picked], "");
      else place(...both, "");
      tabs.forEach((tab, k) => put(tab, { "aria-pressed": k === picked }));
      const mapTall = tall ? Math.round(tall * 0.58) - AROUND : 250;
      const above = runs.map((run) => run && ((i) => run.losses[i] - lowest));
      const title = lowest ? words.lossAbove : words.loss;
      const height = tall ? tall - (mapped ? mapTall + AROUND : 0) : 190;
      losses.draw(width, height, above, { steps, t, title, log: bounded, goal });
      if (mapped && !(either && picked === 0)) map.draw(width, mapTall, chosen);
    },
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
