// TuningLab: a sheet of a few tries to tune an optimizer on a surface, scored against random search.
//
// The reader picks an optimizer, sets its hyperparameters and spends a try; only then do the path and the loss show.
// The chart holds every try beside what random search reaches with as many; the reader learns what a budget of tries
// buys, and which optimizers forgive a poor guess.
// What must always hold: a loss is the compiled rule's, run again from the settings that the model holds, so a score
// cannot be set from outside; a try that is spent stays spent until the sheet is begun anew.
import { announcer, button, changer, chart, clamp, fits, follow, frame, line, make, painter, path, put, settings, svg, text } from "./base.js";
import { descend } from "./descend.js";
import { contourLines, crosses, trace } from "./plane.js";
import { words } from "./words.js";

export function lab({ model, el, compiled, store }) {
  const { spec, rules, surface } = compiled, { optimizers, allowed, reference, window: [[xLow, xHigh], [yLow, yHigh]] } = spec;
  const get = (name) => model.get(name), tries = () => get("tries"), chosen = () => optimizers.findIndex((o) => o.name === get("optimizer"));
  const change = changer(model), live = announcer(), set = settings(live.say);
  const q = Float64Array.from(surface.parameters, (name) => spec.parameters[name]);

  // A try as the reader made it, run. Its loss is that above the minimum; of a run that diverged, infinite.
  const solved = new Map();
  function solve(one) {
    const key = JSON.stringify(one);
    if (!solved.has(key)) {
      const o = optimizers.find((known) => known.name === one.optimizer), rule = rules[o.rule], all = { ...o.fixed, ...one.hyperparameters };
      const run = descend(rule, rule.hyper.map((name) => all[name]), surface, q, spec.start, spec.steps);
      solved.set(key, { o, run, loss: run.diverged < 0 ? run.losses[spec.steps] - spec.lowest : Infinity });
    }
    return solved.get(key);
  }

  // Random search: what share of its settings end higher than a loss, and the loss that half of its searches reach.
  const worse = (loss) => (loss < Infinity ? 1 - reference.filter((other) => other <= loss).length / spec.settings : 0); // it holds those that did not diverge
  const median = (k) => reference[Math.ceil(spec.settings * (1 - 0.5 ** (1 / k))) - 1] ?? Infinity;

  // The plane and the tries
  const plane = chart(words.contours(spec.title), clamp((yHigh - yLow) / (xHigh - xLow), 0.5, 1)), contours = path("contours"), minima = path("minima"), start = svg("circle", { r: 6, class: "start" });
  plane.x = { range: [xLow, xHigh], title: "x" };
  plane.y = { range: [yLow, yHigh], title: "y" };
  const paths = optimizers.map(trace), sheet = chart(words.tryChart, 0.5), typical = path("target"), best = path("path"), marks = svg("g");
  plane.inside.append(contours, minima, start, ...paths.map((p) => p.node));
  sheet.inside.append(typical, best, marks);

  // The controls: a list of optimizers, the sliders of the one chosen, and what spends a try.
  const which = optimizers.length > 1 ? [set.add("optimizer", spec.choice, chosen, (k) => change("optimizer", optimizers[k].name))] : [];
  const changeHyper = (o, values) => change("hyperparameters", { ...get("hyperparameters"), [o.name]: { ...get("hyperparameters")[o.name], ...values } });
  const sliders = optimizers.map((o) => make("div", { class: "settings", style: `--hue:${o.color}` },
    ...o.hyper.map((h) => set.add(`${o.name} ${h.name}`, h, () => get("hyperparameters")[o.name][h.name], (value) => changeHyper(o, { [h.name]: value }), `${o.name}: ${h.label}`))));
  const left = () => allowed - tries().length;
  const same = (a, b) => a.optimizer === b.optimizer && Object.entries(a.hyperparameters).every(([name, value]) => b.hyperparameters[name] === value);
  const next = () => ({ optimizer: get("optimizer"), hyperparameters: get("hyperparameters")[get("optimizer")] });
  const kept = store?.(); // where no kernel holds the tries, the browser does
  const keep = (all) => {
    change("tries", all);
    kept?.save(all);
  };
  const spend = button("", () => {
    const before = tries().findIndex((one) => same(one, next()));
    if (before >= 0) live.say(words.triedBefore(before + 1));
    else if (left() > 0) keep([...tries(), next()]);
  });
  const again = button(words.beginAnew, () => keep([]));
  const score = make("p", { class: "goal" }), body = make("tbody"), task = words.task(allowed, spec.steps);
  const table = make("details", { class: "fold", toggle: () => paint() }, make("summary", {}, words.triesMade),
    make("table", {}, make("thead", {}, make("tr", {}, ...words.tryColumns.map((name) => make("th", { scope: "col" }, name)))), body));
  const restore = (one) => {
    change("optimizer", one.optimizer);
    changeHyper(optimizers[chosen()], one.hyperparameters);
  };
  const settingsOf = (one) => [one.optimizer, ...Object.entries(one.hyperparameters).map((pair) => words.value(pair[0], text(pair[1], 6)))].join(", ");

  const root = frame(words.lab(spec.title), make("p", { class: "heading" }, task), make("div", { class: "plots" }, plane.node, sheet.node), score,
    make("div", { class: "choices" }, ...which), ...sliders, make("div", { class: "player" }, spend, again), ...live.nodes, table);
  el.append(root);

  let width = 0, shape = 0;
  const floor = 1e-16, height = (loss) => Math.log10(Math.max(loss, floor));
  const paint = painter(() => {
    if (width < 1) return;
    const half = width < 520 ? width : Math.floor(width / 2), made = tries().map(solve), k = chosen();
    plane.resize(half);
    plane.axes();
    if (shape !== plane.width) drawSurface();
    paths.forEach((p, i) => p.draw(plane, made.at(-1)?.o === optimizers[i] ? made.at(-1).run : null, spec.steps));

    // Each try where its loss is, one that diverged as a cross at the top; the best so far; and random search.
    const least = made.map((_, i) => Math.min(...made.slice(0, i + 1).map((one) => one.loss))), typically = Array.from({ length: allowed }, (_, i) => median(i + 1));
    const seen = [...made.map((one) => one.loss), ...typically].filter(Number.isFinite).map(height), low = Math.min(...seen, 0), high = Math.max(...seen, low + 1), room = (high - low) * 0.06;
    sheet.ratio = width - half ? plane.height / plane.width : 0.6;
    sheet.resize(width - half || width);
    sheet.x = { range: [0.5, allowed + 0.5], title: words.try };
    sheet.y = { range: [low - room, high + room], scale: "log", title: spec.lowest ? words.lossAbove : words.loss };
    sheet.axes();
    const stairs = (values) => line(2 * values.length, (i) => sheet.px(0.5 + Math.ceil(i / 2)), (i) => sheet.py(height(values[i >> 1])));
    put(typical, { d: stairs(typically) });
    put(best, { d: stairs(least) });
    marks.replaceChildren(...made.map(({ o, loss }, i) => svg("g", { style: `--hue:${o.color}`, transform: `translate(${sheet.px(i + 1)} ${loss < Infinity ? sheet.py(height(loss)) : 10})` },
      loss < Infinity ? path("end", { d: o.marker, transform: "scale(5.5)" }) : path("cross", { d: "M-4 -4l8 8m0-8l-8 8" }))));

    spend.textContent = words.spend(left());
    put(spend, { "aria-disabled": left() > 0 ? null : true });
    sliders.forEach((node, i) => put(node, { hidden: i === k ? null : "" }));
    set.update();
    const { loss } = made.at(-1) ?? {}, record = Math.min(...least), at = least.indexOf(record) + 1;
    score.textContent = !made.length ? words.reference : record < Infinity ? words.score(text(record), at, made.length, Math.round(100 * worse(record) ** made.length)) : words.allDiverged;
    live.say(!made.length ? words.firstTry(settingsOf(next())) : loss < Infinity ? words.tried(made.length, settingsOf(tries().at(-1)), text(loss)) : words.triedDiverged(made.length, settingsOf(tries().at(-1))));
    if (table.open) body.replaceChildren(...tries().map((one, i) => make("tr", {},
      ...[i + 1, settingsOf(one), made[i].loss < Infinity ? text(made[i].loss) : words.mapDiverged].map((cell) => make("td", {}, cell)),
      make("td", {}, button(words.useAgain, () => restore(one))))));
  });

  function drawSurface() {
    shape = plane.width;
    const c = new Float64Array(surface.prepared);
    surface.prepare(q, c);
    put(contours, { d: contourLines(plane, (x, y) => surface.value(x, y, q, c)) });
    put(minima, { d: crosses(plane, spec.minima) });
    put(start, { cx: plane.px(spec.start[0]), cy: plane.py(spec.start[1]) });
  }

  // The tries of an earlier visit, if they can be.
  const sound = (one) => {
    const o = optimizers.find((known) => known.name === one?.optimizer);
    return o && o.hyper.every((h) => fits(h, one.hyperparameters?.[h.name]));
  };
  const earlier = kept?.value;
  if (Array.isArray(earlier) && earlier.length <= allowed && earlier.every(sound) && !tries().length) change("tries", earlier);

  model.on("change", paint);
  const ends = [paint.stop, live.stop, () => model.off("change", paint), () => root.remove(), follow(root, (now) => paint((width = now)))];
  return { admit: set.admit, stop: () => ends.forEach((end) => end()) };
}
