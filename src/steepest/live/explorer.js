// Explorer: trajectories of optimizers on a surface.
//
// The reader sees contours, one path for each optimizer and its loss against the step; moves the start point, every
// hyperparameter, the surface's parameters and the number of steps; and learns how the settings, not the optimizer's
// name alone, decide where a run goes. In the folds: what each optimizer remembers, one step number by number, a map of
// two hyperparameters, minibatches, and the way back to Python.
// What must always hold: every number is computed by the compiled NumPy rule; a run that diverged is named as such and
// drawn up to its last finite point; the state lives in the model alone, so Python, the page and a link agree.
import { allowed, announcer, arrows, button, chart, clamp, control, drag, hear, line, make, marker, painter, put, rounded, select, tell, text } from "./base.js";
import { descend, sweep } from "./descend.js";
import { heat } from "./heat.js";
import { words } from "./words.js";

export function explorer({ model, el, compiled, link }) {
  const { spec } = compiled, rules = spec.optimizers.map((o) => compiled.rules[o.rule]);
  const { optimizers, goal, window: [[xLow, xHigh], [yLow, yHigh]] } = spec;
  const data = spec.samples && overSamples(compiled.surface, spec.samples);
  const surface = data ?? compiled.surface;
  const initial = Object.fromEntries(spec.traits.map((name) => [name, model.get(name)]));
  const get = (name) => model.get(name);
  const change = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const changeHyper = (o, values) => {
    const all = get("hyperparameters");
    change("hyperparameters", { ...all, [o.name]: { ...all[o.name], ...values } });
    if (spec.follows) tell(`${spec.follows} moved`, values);
  };
  const changeParameters = (values) => {
    change("parameters", { ...get("parameters"), ...values });
    if (spec.follows) tell(`${spec.follows} moved`, values);
  };
  // Takes the values of the widget that this one follows, where it has some of the same names.
  const follow = (values) => {
    const all = get("hyperparameters"), taken = (old) => Object.fromEntries(Object.keys(old).filter((name) => name in values).map((name) => [name, values[name]]));
    const next = Object.fromEntries(Object.entries(all).map(([name, old]) => [name, { ...old, ...taken(old) }])), parameters = { ...get("parameters"), ...taken(get("parameters")) };
    if (JSON.stringify(next) !== JSON.stringify(all)) change("hyperparameters", next);
    if (JSON.stringify(parameters) !== JSON.stringify(get("parameters"))) change("parameters", parameters);
  };
  const live = announcer();
  const coordinates = spec.axes.map((name, i) => [i, name]);

  // The plane
  const plane = chart({
    label: words.contours(spec.title), xTitle: spec.axes[0], yTitle: spec.axes[1], role: "group",
    ratio: clamp((yHigh - yLow) / (xHigh - xLow), 0.5, 1),
  });
  plane.x = [xLow, xHigh];
  plane.y = [yLow, yHigh];
  const contours = make("svg:path", { class: "contours" });
  const minima = make("svg:path", { class: "minima" });
  const cloud = make("svg:path", { class: "cloud" });
  const paths = optimizers.map(trace);
  const grip = make("svg:g", { class: "grip", role: "slider", tabindex: 0, "aria-label": words.startPoint, "aria-valuenow": 0 },
    make("svg:circle", { r: 20, class: "reach" }), make("svg:circle", { r: 7, class: "knob" }));
  plane.inside.append(contours, minima, cloud, ...paths.map((p) => p.node), grip);
  const moveStart = (x, y) => change("start", [rounded(clamp(x, xLow, xHigh), 4), rounded(clamp(y, yLow, yHigh), 4)]);
  drag(grip, plane, moveStart);
  put(grip, {
    keydown: (event) => {
      const by = arrows(event), [x, y] = get("start");
      if (by) moveStart(x + (by[0] * (xHigh - xLow)) / 50, y + (by[1] * (yHigh - yLow)) / 50);
    },
  });
  const losses = curves(words.lossChart, optimizers);
  const target = make("svg:path", { class: "target" });
  losses.space.inside.prepend(target);

  // The controls
  const rows = optimizers.map((o) => {
    const controls = o.hyper.map((h) => [h.name, control(h, (value) => changeHyper(o, { [h.name]: value }), live.say, o.name)]);
    const box = make("input", {
      type: "checkbox", "aria-label": words.show(o.name),
      change: () => change("shown", optimizers.map((p) => p.name).filter((name) => (name === o.name ? box.checked : get("shown").includes(name)))),
    });
    const result = make("span", { class: "result" });
    const [first = "", ...others] = controls.map(([, c]) => c.node);
    const key = make("svg:svg", { width: 26, height: 12, "aria-hidden": "true" },
      make("svg:path", { d: "M0 6H26", "stroke-dasharray": o.dash, class: "path" }), make("svg:path", { d: marker(o.marker, 5), transform: "translate(13 6)", class: "end" }));
    const node = make("div", { class: "optimizer", style: `--hue:${o.color}` }, make("label", { class: "who" }, box, key, o.name), first, result);
    if (others.length) node.append(make("details", { class: "others" }, make("summary", { "aria-label": words.moreOf(o.name) }, words.more), ...others));
    return { node, controls, box, result };
  });
  const startControls = spec.start.map((s, i) => control(s, (value) => change("start", get("start").with(i, value)), live.say));
  const stepsControl = control(spec.steps, (value) => change("steps", value), live.say);
  const parameterControls = spec.parameters.map((p) => [p.name, control(p, (value) => changeParameters({ [p.name]: value }), live.say)]);

  // Playing. drawn: how many steps are drawn; null means all.
  let drawn = null, playing = 0;
  const at = () => Math.min(drawn ?? Infinity, get("steps"));
  const halt = () => {
    cancelAnimationFrame(playing);
    playing = 0;
  };
  const showStep = (t) => {
    drawn = t >= get("steps") ? null : t;
    paint();
  };
  const play = button(words.play, () => {
    if (playing) halt();
    else if (matchMedia("(prefers-reduced-motion: reduce)").matches) showStep(Infinity);
    else {
      const from = drawn ?? 0, began = performance.now();
      const pace = Math.max(get("steps") / 6000, 1 / 60); // steps a millisecond: six seconds at most for a whole run
      const frame = (time) => {
        showStep(from + Math.max(Math.floor((time - began) * pace), 0));
        playing = drawn === null ? 0 : requestAnimationFrame(frame);
      };
      playing = requestAnimationFrame(frame);
    }
    paint();
  });
  const jump = (where) => () => {
    halt();
    showStep(where());
  };
  const scrub = make("input", { type: "range", min: 0, step: 1, "aria-label": words.shownStep, input: jump(() => Number(scrub.value)) });
  const counter = make("output");
  const reset = () => {
    halt();
    drawn = null;
    for (const name of spec.traits) model.set(name, initial[name]);
    model.save_changes();
    paint();
  };
  const player = make("div", { class: "player" }, play, button(words.one, jump(() => (drawn ?? 0) + 1)), button(words.rewind, jump(() => 0)),
    button(words.reset, reset), scrub, counter);

  // The folds. Each draws only while it is open.
  const folds = [];
  const fold = (title, content, draw) => {
    const node = make("details", { class: "fold", toggle: () => paint() }, make("summary", {}, title), ...content);
    folds.push({ node, draw });
  };
  const choices = (...selects) => make("div", { class: "choices" }, ...selects.map((s) => s.node));

  const quantity = select(words.quantity, [...new Set(rules.flatMap((rule) => rule.state)), "rate", "g"].map((name) => [name, words.quantities[name] ?? name]), () => paint());
  const ofAxis = select(words.coordinate, coordinates, () => paint());
  const memory = curves(words.memory, optimizers);
  const none = make("p", { class: "note" });
  fold(words.memory, [choices(quantity, ofAxis), memory.space.node, none], () => {
    const name = quantity.field.value, c = Number(ofAxis.field.value);
    const lines = runs.map((run, k) => {
      const { state } = rules[k], i = state.indexOf(name);
      if (!run) return null;
      if (name === "g") return (t) => run.gradients[2 * t + c];
      if (name === "rate") return (t) => (run.points[2 * t + c] - run.points[2 * t + 2 + c]) / run.gradients[2 * t + c];
      return i < 0 ? null : (t) => run.states[(2 * t + c) * state.length + i];
    });
    none.textContent = lines.some(Boolean) ? "" : words.nothingRemembered;
    memory.space.ratio = width < 640 ? 0.5 : 0.33;
    memory.draw(width, lines, get("steps"), at(), words.quantities[name] ?? name, name === "h" || name === "rate");
  });

  const who = select(words.optimizer, optimizers.map((o, k) => [k, o.name]), () => paint());
  const where = select(words.coordinate, coordinates, () => paint());
  const inspected = make("div", { class: "inspected" });
  fold(words.inspector, [choices(who, where), inspected], () => {
    const k = Number(who.field.value), c = Number(where.field.value), rule = rules[k], run = runs[k] ?? solve(k), t = at(), n = rule.state.length;
    if (t < 1 || !Number.isFinite(run.points[2 * t - 2])) return inspected.replaceChildren(words.noStep);
    const h = hyperOf(k), shared = new Float64Array(rule.shared), values = new Float64Array(rule.equations.length);
    const before = run.states.slice((2 * t - 2 + c) * n, (2 * t - 1 + c) * n);
    const w = run.points[2 * t - 2 + c], g = run.gradients[2 * t - 2 + c];
    rule.share(h, t, shared);
    rule.inspect(w, g, h, t, shared, before, 0, values);
    const numbers = { "g[t]": g, t, "w[t-1]": w };
    rule.hyper.forEach((name, i) => (numbers[name] = h[i]));
    rule.state.forEach((name, i) => (numbers[`${name}[t-1]`] = before[i]));
    rule.equations.forEach((equation, i) => (numbers[equation.left] = values[i]));
    const symbol = (name) => {
      const [base, below] = rule.symbols[name] ?? [name, ""];
      return make("var", {}, base, below ? make("sub", {}, below) : "");
    };
    const number = (name) => (numbers[name] < 0 ? `(${text(numbers[name], 4)})` : text(numbers[name], 4));
    const fill = (right, slot) => right.split(/[{}]/).map((part, i) => (i % 2 ? slot(part) : part));
    inspected.replaceChildren(make("p", {}, words.inspectStep(t, spec.axes[c])), ...rule.equations.map(({ left, right }, i) => make("p", { class: "equation" },
      symbol(left), " = ", ...fill(right, symbol), make("br"), "= ", ...fill(right, number), make("br"), "= ", make("b", {}, text(values[i], 6)))));
  });

  const mappable = optimizers.flatMap((o, k) => (o.hyper.length > 1 ? [[k, o.name]] : []));
  let map;
  if (mappable.length) {
    const mapped = select(words.optimizer, mappable, () => {
      offer();
      paint();
    });
    const sides = [words.across, words.up].map((word) => select(word, [], () => paint()));
    const chosen = () => optimizers[mapped.field.value].hyper.filter((h) => sides.some((side) => side.field.value === h.name));
    const offer = () => {
      const { hyper } = optimizers[mapped.field.value];
      sides.forEach((side, i) => {
        side.fill(hyper.map((h) => [h.name, h.label]));
        side.field.value = hyper[i].name;
      });
    };
    const names = () => sides.map((side) => side.field.value);
    map = heat({
      label: words.map, handle: words.mapHandle, colors: spec.colors,
      pick: (...values) => changeHyper(optimizers[mapped.field.value], Object.fromEntries(names().map((name, i) => [name, values[i]]))),
    });
    const same = make("p", { class: "note" });
    fold(words.map, [choices(mapped, ...sides), same, map.node], () => {
      same.textContent = chosen().length < 2 ? words.sameTwice : "";
      if (chosen().length < 2) return;
      const k = Number(mapped.field.value), o = optimizers[k], rule = rules[k], steps = get("steps"), start = get("start"), q = parametersOf(), h = hyperOf(k);
      const index = names().map((name) => rule.hyper.indexOf(name));
      data?.batches(data.n, 0);
      map.update({
        width: Math.min(width, 480), specs: names().map((name) => o.hyper.find((known) => known.name === name)), at: index.map((i) => h[i]),
        log: true, title: words.mapLabel(o.name, steps), key: [k, index, h.map((v, i) => (index.includes(i) ? 0 : v)), steps, start, q].join(";"),
        fill(first, second, out, from, to) {
          sweep(rule, h, surface, q, start, steps, { index: index[0], values: first }, { index: index[1], values: second }, out, from, to);
          for (let i = from * first.length; i < to * first.length; i++) out[i] -= lowest;
        },
      });
    });
    offer();
  }

  let noise = [];
  if (data) {
    noise = ["batch_size", "seed"].map((name) => [name, control(spec[name], (value) => change(name, value), live.say)]);
    fold(words.noise, [...noise.map(([, c]) => c.node), make("p", { class: "note" }, words.cloud(CLOUD))], () => {});
    folds.at(-1).node.open = true;
  }

  const python = make("textarea", { readonly: true, rows: 8, spellcheck: "false", "aria-label": words.python });
  const copied = make("p", { class: "note", role: "status" });
  const copy = (content) => navigator.clipboard.writeText(content).then(() => (copied.textContent = words.copied), () => (copied.textContent = words.notCopied));
  const address = make("input", { type: "text", readonly: true, "aria-label": words.link });
  const sharing = [python, button(words.copyPython, () => copy(python.value))];
  if (link) sharing.push(address, button(words.copyLink, () => copy(address.value)));
  fold(words.share, [...sharing, copied], () => {
    python.value = asPython();
    if (link) address.value = link(Object.fromEntries(spec.traits.map((name) => [name, get(name)]).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(initial[name]))));
  });
  const asPython = () => {
    const call = (name, values) => `${name}(${Object.entries(values).map(([key, value]) => `${key}=${value}`).join(", ")})`;
    const list = optimizers.filter((o) => get("shown").includes(o.name)).map((o) => `    ${call(o.python, { ...get("hyperparameters")[o.name], ...o.fixed })},\n`);
    const noisy = data && get("batch_size") < data.n ? `# ${words.noisyPython}\n` : "";
    return `${spec.imports}\n\n${noisy}surface = ${call(spec.python, get("parameters"))}\noptimizers = [\n${list.join("")}]\n` +
      `for optimizer in optimizers:\n    run = descend(optimizer, surface, start=(${get("start").join(", ")}), steps=${get("steps")})\n    print(optimizer.name, run.losses[-1], run.diverged)\n`;
  };

  // Everything on the page
  const goalText = make("p", { class: "goal" });
  const root = make("div", { class: "steepest", role: "group", "aria-label": words.explorer(spec.title), "data-lm-suppress-shortcuts": "true" },
    make("style", {}, css), make("div", { class: "plots" }, plane.node, losses.space.node), goalText, player, make("div", { class: "optimizers" }, ...rows.map((row) => row.node)),
    make("div", { class: "settings" }, ...[...parameterControls.map(([, c]) => c), stepsControl, ...startControls].map((c) => c.node)),
    ...live.nodes, ...folds.map((f) => f.node));
  el.append(root);

  // Computing and drawing
  let width = 0, runs = [], lowest = 0, shape = "";
  const known = optimizers.map(() => ({ key: "", run: null }));
  const hyperOf = (k) => Float64Array.from(rules[k].hyper, (name) => get("hyperparameters")[optimizers[k].name][name]);
  const parametersOf = () => Float64Array.from(compiled.surface.parameters.filter((name) => name in get("parameters")), (name) => get("parameters")[name]);

  function solve(k) {
    const h = hyperOf(k), q = parametersOf(), batch = data ? [get("batch_size"), get("seed")] : [];
    const key = [h, q, get("start"), get("steps"), batch].join(";");
    if (known[k].key !== key) {
      data?.batches(...batch);
      known[k] = { key, run: descend(rules[k], h, surface, q, get("start"), get("steps")) };
    }
    return known[k].run;
  }

  function drawSurface() {
    const q = parametersOf(), key = [q, plane.width].join(";");
    if (key === shape) return;
    shape = key;
    const c = new Float64Array(surface.prepared);
    surface.prepare(q, c);
    put(contours, { d: contourLines(plane, (x, y) => surface.value(x, y, q, c)) });
    const found = refine(spec.minima, (x, y, out) => surface.gradient(x, y, q, c, out));
    lowest = found.length ? Math.min(...found.map(([x, y]) => surface.value(x, y, q, c))) : 0;
    if (Math.abs(lowest) < 1e-12) lowest = 0;
    put(minima, { d: found.map(([x, y]) => `M${plane.px(x) - 5} ${plane.py(y)}h10m-5 -5v10`).join("") });
  }

  function drawCloud(run) {
    const t = at(), x = run.points[2 * t], y = run.points[2 * t + 1], parts = new Float64Array(2 * CLOUD), g = new Float64Array(2);
    if (!Number.isFinite(x)) return put(cloud, { d: "" });
    data.batches(get("batch_size"), get("seed") + 1);
    for (let i = 0; i < CLOUD; i++) {
      surface.gradient(x, y, null, null, g);
      parts.set(g, 2 * i);
    }
    const size = Math.max(...parts.map(Math.abs)), scale = [(xHigh - xLow) / 5 / size, (yHigh - yLow) / 5 / size];
    let d = "";
    for (let i = 0; i < CLOUD; i++) d += `M${plane.px(x - parts[2 * i] * scale[0]).toFixed(1)} ${plane.py(y - parts[2 * i + 1] * scale[1]).toFixed(1)}h0`;
    put(cloud, { d: size ? d : "" });
  }

  function drawGoal() {
    if (!goal) return;
    const reached = runs.map((run) => (run ? run.losses.findIndex((loss) => loss <= goal.loss) : -1)).map((t) => (t <= goal.within ? t : -1));
    const k = reached.findIndex((t) => t >= 0);
    goalText.textContent = `${words.goal(text(goal.loss), goal.within)} ${k < 0 ? words.goalOpen : words.goalMet(optimizers[k].name, reached[k])}`;
    put(goalText, { class: k < 0 ? "goal" : "goal met" });
    if (get("met") !== k >= 0) change("met", k >= 0);
    const { space } = losses, x = space.px(goal.within), y = space.py(Math.log10(goal.loss - lowest));
    put(target, { d: Number.isFinite(y) ? `M0 ${y}H${x}V${space.height}` : `M${x} 0V${space.height}` });
  }

  const paint = painter(() => {
    if (width < 1) return;
    const steps = get("steps"), t = at(), shown = get("shown"), wide = width >= 640;
    plane.resize(wide ? Math.floor(width / 2) : width);
    plane.axes();
    drawSurface();
    runs = optimizers.map((o, k) => (shown.includes(o.name) ? solve(k) : null));
    paths.forEach((path, k) => path.draw(plane, runs[k], t));
    losses.space.ratio = wide ? plane.height / plane.width : 0.5;
    losses.draw(wide ? width - Math.floor(width / 2) : width, runs.map((run) => run && ((i) => run.losses[i] - lowest)), steps, t, lowest ? words.lossAbove : words.loss, true, goal);
    if (data && runs.some(Boolean)) drawCloud(runs.find(Boolean));
    drawGoal();

    const [x, y] = get("start");
    put(grip, { transform: `translate(${plane.px(clamp(x, xLow, xHigh))} ${plane.py(clamp(y, yLow, yHigh))})`, "aria-valuenow": x, "aria-valuetext": words.at(text(x), text(y)) });
    put(scrub, { max: steps });
    scrub.value = t;
    counter.textContent = `${t} / ${steps}`;
    play.textContent = playing ? words.pause : words.play;
    rows.forEach((row, k) => {
      const o = optimizers[k], run = runs[k];
      for (const [name, c] of row.controls) c.update(get("hyperparameters")[o.name][name]);
      row.box.checked = Boolean(run);
      put(row.node, { class: run ? "optimizer" : "optimizer off" });
      row.result.textContent = !run ? "" : gone(run, t) ? words.divergedShort(run.diverged) : text(run.losses[t]);
    });
    startControls.forEach((c, i) => c.update(get("start")[i]));
    stepsControl.update(steps);
    for (const [name, c] of parameterControls) c.update(get("parameters")[name]);
    for (const [name, c] of noise) c.update(get(name));
    const report = optimizers.flatMap((o, k) => (runs[k] ? [gone(runs[k], t) ? words.diverged(o.name, runs[k].diverged) : words.ends(o.name, text(runs[k].losses[t]), t)] : []));
    live.say(report.length ? `${report.join("; ")}.` : words.nothingShown);
    for (const { node, draw } of folds) if (node.open) draw();
  });
  const gone = (run, t) => run.diverged >= 0 && run.diverged <= t;

  const resized = new ResizeObserver(([entry]) => {
    width = Math.floor(entry.contentRect.width);
    paint();
  });
  resized.observe(root);
  const names = spec.traits.map((name) => `change:${name}`);
  for (const name of names) model.on(name, paint);
  const deaf = spec.follows ? hear(spec.follows, follow) : () => {};
  if (spec.follows) tell(`${spec.follows} moved`, {});

  return {
    // Takes values from a link: those that are sound.
    admit(values) {
      let bad = false;
      const sound = (specs, given, old) => {
        const result = { ...old };
        for (const s of specs) {
          if (given?.[s.name] === undefined) continue;
          if (allowed(s, given[s.name])) result[s.name] = given[s.name];
          else bad = true;
        }
        return result;
      };
      if (values.hyperparameters) model.set("hyperparameters", Object.fromEntries(optimizers.map((o) => [o.name, sound(o.hyper, values.hyperparameters[o.name], get("hyperparameters")[o.name])])));
      if (values.parameters) model.set("parameters", sound(spec.parameters, values.parameters, get("parameters")));
      if (values.start) model.set("start", Object.values(sound(spec.start, Object.assign({}, values.start), Object.assign({}, get("start")))));
      if (Array.isArray(values.shown)) model.set("shown", optimizers.map((o) => o.name).filter((name) => values.shown.includes(name)));
      const others = [spec.steps, ...(data ? [spec.batch_size, spec.seed] : [])];
      for (const [name, value] of Object.entries(sound(others, values, {}))) model.set(name, value);
      if (bad) live.say(words.badLink);
    },
    stop() {
      halt();
      paint.stop();
      live.stop();
      map?.stop();
      deaf();
      resized.disconnect();
      for (const name of names) model.off(name, paint);
      root.remove();
    },
  };
}

const CLOUD = 120;

// One path with a dot at every point and the optimizer's marker at the end; a cross where the run diverged.
function trace(o) {
  const path = make("svg:path", { class: "path", "stroke-dasharray": o.dash });
  const dots = make("svg:path", { class: "dots" });
  const end = make("svg:path", { class: "end", d: marker(o.marker, 5.5) });
  const node = make("svg:g", { style: `--hue:${o.color}` }, path, dots, end);
  return {
    node,
    draw(space, run, t) {
      put(node, { display: run ? null : "none" });
      if (!run) return;
      const x = (i) => space.px(run.points[2 * i]), y = (i) => space.py(run.points[2 * i + 1]);
      const last = run.diverged >= 0 ? Math.min(t, run.diverged - 1) : t;
      const d = line(last + 1, x, y);
      put(path, { d });
      put(dots, { d: d.replaceAll("L", "h0M") + "h0" });
      put(end, { transform: `translate(${clamp(x(last), -1e4, 1e4)} ${clamp(y(last), -1e4, 1e4)})` });
    },
  };
}

// Curves of the optimizers against the step.
function curves(label, optimizers) {
  const space = chart({ label, xTitle: words.step, ratio: 0.5 });
  const lines = optimizers.map((o) => make("svg:path", { class: "path", "stroke-dasharray": o.dash, style: `--hue:${o.color}` }));
  const ends = optimizers.map((o) => make("svg:path", { class: "cross", style: `--hue:${o.color}` }));
  const now = make("svg:path", { class: "now" });
  space.inside.append(now, ...lines, ...ends);
  return {
    space,
    draw(width, values, steps, t, title, log, goal) {
      let low = Infinity, high = -Infinity;
      const place = (v) => (log ? (v > 0 ? Math.max(Math.log10(v), -16) : v === 0 ? -16 : NaN) : v);
      const tables = values.map((value) => value && Float64Array.from({ length: steps + 1 }, (_, i) => place(value(i))));
      for (const table of tables) {
        for (const v of table ?? []) {
          if (v < low) low = v;
          if (v > high && v < Infinity) high = v;
        }
      }
      if (goal && log && goal.loss > 0) low = Math.min(low, Math.log10(goal.loss));
      if (!(low <= high)) [low, high] = [0, 1];
      if (log) high = Math.min(high, low + 32);
      const pad = Math.max((high - low) * 0.04, log ? 0.05 : 1e-9 * Math.abs(high) || 0.5);
      space.resize(width);
      space.x = [0, Math.max(steps, 1)];
      space.y = [low - pad, high + pad];
      space.yScale = log ? "log" : "linear";
      space.yTitle = title;
      space.axes();
      put(now, { d: t < steps ? `M${space.px(t)} 0V${space.height}` : "" });
      tables.forEach((table, k) => {
        const x = (i) => space.px(i), y = (i) => space.py(table[i]);
        put(lines[k], { d: table ? line(steps + 1, x, y) : "" });
        const last = table ? table.findLastIndex(Number.isFinite) : -1;
        put(ends[k], { d: last >= 0 && last < steps - 1 ? `M${x(last) - 4} ${y(last) - 4}l8 8m0 -8l-8 8` : "" });
      });
    },
  };
}

// Contour lines by marching squares, closer where the surface is low, at the heights of plots.contours.
function contourLines(space, f, nx = 90, ny = 70, levels = 18) {
  const z = new Float64Array((nx + 1) * (ny + 1)), dx = space.width / nx, dy = space.height / ny;
  let low = Infinity, high = -Infinity;
  for (let j = 0, k = 0; j <= ny; j++) {
    for (let i = 0; i <= nx; i++, k++) {
      const v = (z[k] = f(space.atX(i * dx), space.atY(j * dy)));
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  const heights = Array.from({ length: levels - 1 }, (_, i) => low + (high - low) * ((i + 1) / levels) ** 2.5);
  let d = "";
  const cut = (a, b) => (a === b ? 0.5 : -a / (b - a));
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const k = j * (nx + 1) + i, corners = [z[k], z[k + 1], z[k + nx + 2], z[k + nx + 1]];
      const least = Math.min(...corners), most = Math.max(...corners);
      for (const height of heights) {
        if (height <= least || height > most) continue;
        const [a, b, c, e] = corners.map((v) => v - height);
        const points = [];
        if (a < 0 !== b < 0) points.push([i + cut(a, b), j]);
        if (b < 0 !== c < 0) points.push([i + 1, j + cut(b, c)]);
        if (c < 0 !== e < 0) points.push([i + 1 - cut(c, e), j + 1]);
        if (e < 0 !== a < 0) points.push([i, j + 1 - cut(e, a)]);
        for (let p = 0; p + 1 < points.length; p += 2)
          d += `M${(points[p][0] * dx).toFixed(1)} ${(points[p][1] * dy).toFixed(1)}L${(points[p + 1][0] * dx).toFixed(1)} ${(points[p + 1][1] * dy).toFixed(1)}`;
      }
    }
  }
  return d;
}

// Newton's method on the gradient, from points near the minima, with differences for the second derivatives.
function refine(near, gradient) {
  const g = new Float64Array(2), ahead = new Float64Array(2), behind = new Float64Array(2), step = 1e-5;
  return near.map(([x, y]) => {
    for (let i = 0; i < 20; i++) {
      gradient(x, y, g);
      const [[xx, yx], [xy, yy]] = [[step, 0], [0, step]].map(([u, v]) => {
        gradient(x + u, y + v, ahead);
        gradient(x - u, y - v, behind);
        return [(ahead[0] - behind[0]) / (2 * step), (ahead[1] - behind[1]) / (2 * step)];
      });
      const determinant = xx * yy - xy * yx;
      x -= (yy * g[0] - xy * g[1]) / determinant;
      y -= (xx * g[1] - yx * g[0]) / determinant;
    }
    return [x, y];
  }).filter(([x, y]) => Number.isFinite(x + y));
}

// A loss that is a mean over data as a surface: the compiled formula is that of one example, whose numbers are its parameters.
function overSamples(one, columns) {
  const n = columns[0].length, part = new Float64Array(2);
  const rows = Array.from({ length: n }, (_, i) => Float64Array.from(columns, (column) => column[i]));
  const prepared = rows.map((q) => {
    const c = new Float64Array(one.prepared);
    one.prepare(q, c);
    return c;
  });
  let size = n, order = [], next = 0, random = 0;
  const draw = () => { // a 32-bit generator: Weyl sequence and a mixing function
    random = (random + 0x9e3779b9) | 0;
    let z = Math.imul(random ^ (random >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  const shuffle = () => {
    order = rows.map((_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(draw() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    next = 0;
  };
  return {
    n, prepared: 0, prepare() {},
    // From here on gradients are those of minibatches: each epoch goes through the data once, in a new order.
    batches(batch, seed) {
      size = batch;
      random = seed;
      shuffle();
    },
    value(x, y) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += one.value(x, y, rows[i], prepared[i]);
      return sum / n;
    },
    gradient(x, y, q, c, out) {
      if (size < n && next + size > n) shuffle();
      const first = size < n ? next : 0;
      next = first + size;
      let gx = 0, gy = 0;
      for (let i = first; i < next; i++) {
        one.gradient(x, y, rows[order[i]], prepared[order[i]], part);
        gx += part[0];
        gy += part[1];
      }
      out[0] = gx / size;
      out[1] = gy / size;
    },
  };
}
