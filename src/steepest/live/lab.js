// TuningLab: a sheet of a few tries to tune an optimizer on a surface, scored against random search.
//
// The reader picks an optimizer, sets its hyperparameters and spends a try; only then do the path and the loss show.
// The chart holds every try beside what random search reaches with as many; the reader learns what a budget of tries
// buys, and which optimizers forgive a poor guess.
// What must always hold: a loss is the compiled rule's, run again from the settings that the model holds, so a score
// cannot be set from outside; a try that is spent stays spent until the sheet is begun anew.
import {
  announcer,
  button,
  changer,
  clamp,
  frame,
  keepDrawn,
  make,
  painter,
  put,
  svg,
  text,
} from "./base.js";
import { chart } from "./axes.js";
import { settings } from "./controls.js";
import { landscape, trace } from "./plane.js";
import { randomSearch, sameTry, soundTries, tryChart, tryRunner } from "./tries.js";
import { words } from "./words.js";
import { labWords } from "./words_lab.js";

/** @param {View} view @returns {Widget} */
export function lab({ model, el, compiled, store }) {
  const { spec } = compiled, { optimizers, allowed } = spec;
  const get = (name) => model.get(name), tries = () => get("tries");
  const chosen = () => optimizers.findIndex((o) => o.name === get("optimizer"));
  const live = announcer(), paint = painter(draw), set = settings(live, paint);
  const change = changer(model), solve = tryRunner(compiled), search = randomSearch(spec);
  const field = ground(compiled), sheet = tryChart(spec, search);

  // The controls: a list of optimizers, the sliders of the one chosen, and what spends a try.
  const changeHyper = (o, values) => {
    const all = get("hyperparameters");
    change("hyperparameters", { ...all, [o.name]: { ...all[o.name], ...values } });
  };
  const pick = (k) => change("optimizer", optimizers[k].name);
  const which = optimizers.length > 1 ? [set.add("optimizer", spec.choice, chosen, pick)] : [];
  const slider = (o) => (h) => {
    const value = () => get("hyperparameters")[o.name][h.name];
    const to = (now) => changeHyper(o, { [h.name]: now });
    return set.add(`${o.name} ${h.name}`, h, value, to, `${o.name}: ${h.label}`);
  };
  const sliders = optimizers.map((o) =>
    make("div", { class: "settings", style: `--hue:${o.color}` }, ...o.hyper.map(slider(o)))
  );
  const kept = store?.(); // where no kernel holds the tries, the browser does
  const keep = (all) => {
    change("tries", all);
    kept?.save(all);
  };
  const left = () => allowed - tries().length;
  const next = () => {
    const optimizer = get("optimizer");
    return { optimizer, hyperparameters: get("hyperparameters")[optimizer] };
  };
  const spend = button("", () => {
    const before = tries().findIndex((made) => sameTry(made, next()));
    if (before >= 0) live.say(labWords.triedBefore(before + 1));
    else if (left() > 0) keep([...tries(), next()]);
  });
  const again = button(words.beginAnew, () => keep([]));
  const score = make("p", { class: "goal" });
  const table = tableOf(paint, (made) => {
    change("optimizer", made.optimizer);
    changeHyper(optimizers[chosen()], made.hyperparameters);
  });
  const root = frame(
    labWords.lab(spec.title),
    make("p", { class: "heading" }, labWords.task(allowed, spec.steps)),
    make("div", { class: "plots" }, field.node, sheet.node),
    score,
    make("div", { class: "choices" }, ...which),
    ...sliders,
    make("div", { class: "player" }, spend, again),
    ...live.nodes,
    table.node,
  );
  el.append(root);
  let width = 0;

  function draw() {
    if (width < 1) return;
    const half = width < 520 ? width : Math.floor(width / 2), made = tries().map(solve);
    const tall = field.draw(half, made.at(-1));
    sheet.draw(width - half || width, width - half ? tall : Math.round(width * 0.6), made);
    spend.textContent = labWords.spend(left());
    put(spend, { "aria-disabled": left() > 0 ? null : true });
    sliders.forEach((node, i) => put(node, { hidden: i === chosen() ? null : "" }));
    set.update();
    score.textContent = scoreOf(made, search);
    live.say(lastOf(made, tries(), next()));
    table.draw(tries(), made);
  }

  if (soundTries(kept?.value, spec) && !tries().length) change("tries", kept.value);
  kept?.follow((all) => soundTries(all, spec) && change("tries", all));
  const stop = keepDrawn({ root, model, paint, live, resized: (now) => (width = now) });
  return { admit: set.admit, control: set.control, stop };
}

/** The surface with the path of one try; draw(width, made) returns its height. */
function ground({ spec, surface }) {
  const { optimizers, window: [[xLow, xHigh], [yLow, yHigh]] } = spec;
  const plane = chart(words.contours(spec.title)), lie = landscape(plane);
  const shape = clamp((yHigh - yLow) / (xHigh - xLow), 0.5, 0.9);
  const start = svg("circle", { r: 6, class: "start" }), paths = optimizers.map(trace);
  const q = Float64Array.from(surface.parameters, (name) => spec.parameters[name]);
  plane.x = { range: [xLow, xHigh], title: "x" };
  plane.y = { range: [yLow, yHigh], title: "y" };
  plane.inside.append(start, ...paths.map((trace) => trace.node));
  let drawn = 0;
  return {
    node: lie.node,
    draw(width, made) {
      const tall = Math.round((width - 60) * shape) + 48;
      plane.resize(width, tall);
      plane.axes();
      if (drawn !== width) {
        drawn = width;
        const c = new Float64Array(surface.prepared);
        surface.prepare(q, c);
        lie.draw((x, y) => surface.value(x, y, q, c), spec.minima);
        put(start, { cx: plane.px(spec.start[0]), cy: plane.py(spec.start[1]) });
      }
      paths.forEach((trace, i) => {
        trace.draw(plane, made?.o === optimizers[i] ? made.run : null, spec.steps);
      });
      return tall;
    },
  };
}

const settingsOf = (attempt) =>
  [
    attempt.optimizer,
    ...Object.entries(attempt.hyperparameters).map(([name, value]) =>
      words.value(name, text(value, 6))
    ),
  ].join(", ");

/** What the best try so far is worth. */
function scoreOf(made, { worse }) {
  if (!made.length) return labWords.reference;
  const losses = made.map(({ loss }) => loss), record = Math.min(...losses);
  if (record === Infinity) return labWords.allDiverged;
  const percent = Math.round(100 * worse(record) ** made.length);
  return labWords.score(text(record), losses.indexOf(record) + 1, made.length, percent);
}

/** What the last try gave. */
function lastOf(made, tries, next) {
  if (!made.length) return labWords.firstTry(settingsOf(next));
  const { loss } = made.at(-1), told = settingsOf(tries.at(-1));
  return loss < Infinity
    ? labWords.tried(made.length, told, text(loss))
    : labWords.triedDiverged(made.length, told);
}

/** The table of all tries, drawn while it is open. */
function tableOf(paint, restore) {
  const body = make("tbody");
  const heads = labWords.tryColumns.map((name) => make("th", { scope: "col" }, name));
  const node = make(
    "details",
    { class: "fold", toggle: () => paint() },
    make("summary", {}, labWords.triesMade),
    make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body),
  );
  const rowOf = (attempt, i, { loss }) => {
    const result = loss < Infinity ? text(loss) : words.mapDiverged;
    const cells = [
      i + 1,
      settingsOf(attempt),
      result,
      button(labWords.useAgain, () => restore(attempt)),
    ];
    return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));
  };
  return {
    node,
    draw(tries, made) {
      if (node.open) body.replaceChildren(...tries.map((attempt, i) => rowOf(attempt, i, made[i])));
    },
  };
}
