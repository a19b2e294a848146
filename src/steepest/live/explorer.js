// Explorer: trajectories of optimizers on a surface.
//
// The reader sees contours, one path for each optimizer and its loss against the step; moves the start point, every
// hyperparameter, the surface's parameters and the number of steps; and learns how the settings, not the optimizer's
// name alone, decide where a run goes. In the folds: what each optimizer remembers, one step number by number, a map of
// two hyperparameters, minibatches, and the way back to Python.
// What must always hold: every number is computed by the compiled NumPy rule; a run that diverged is named as such and
// drawn up to its last finite point; the state lives in the model alone, so Python, the page and a link agree.
import { announcer, button, changer, chart, clamp, follow, frame, handle, hear, line, make, painter, path, put, roomy, rounded, select, settings, svg, tell, text } from "./base.js";
import { descend, sweep } from "./descend.js";
import { heat } from "./heat.js";
import { contourLines, crosses, trace } from "./plane.js";
import { samples } from "./samples.js";
import { words } from "./words.js";

export function explorer({ model, el, compiled, link }) {
  const { spec } = compiled, { optimizers, goal, axes, window: [[xLow, xHigh], [yLow, yHigh]] } = spec;
  const rules = optimizers.map((o) => compiled.rules[o.rule]);
  const data = spec.samples && samples(compiled.surface, spec.samples, spec.python), surface = data ?? compiled.surface;
  const get = (name) => model.get(name);
  const change = changer(model), live = announcer(), set = settings(live.say);
  const each = (f) => optimizers.map(f);

  // What is set: the values of h and q, and the ways to change them.
  const hyperOf = (k) => Float64Array.from(rules[k].hyper, (name) => get("hyperparameters")[optimizers[k].name][name]);
  const parametersOf = () => surface.parameters.map((name) => get("parameters")[name]);
  const changeHyper = (o, values) => {
    const all = get("hyperparameters");
    change("hyperparameters", { ...all, [o.name]: { ...all[o.name], ...values } });
    share(values);
  };
  const changeParameter = (name, value) => {
    change("parameters", { ...get("parameters"), [name]: value });
    share({ [name]: value });
  };
  const share = (values) => spec.follows && tell(`${spec.follows} moved`, values);
  const obey = (values) => {
    const taken = (old) => Object.fromEntries(Object.keys(old).map((name) => [name, values[name] ?? old[name]]));
    const all = { parameters: taken(get("parameters")), hyperparameters: {} };
    for (const [name, old] of Object.entries(get("hyperparameters"))) all.hyperparameters[name] = taken(old);
    for (const name in all) if (JSON.stringify(all[name]) !== JSON.stringify(get(name))) change(name, all[name]);
  };

  // The plane and the losses
  const plane = chart(words.contours(spec.title), clamp((yHigh - yLow) / (xHigh - xLow), 0.5, 1), "group");
  plane.x = { range: [xLow, xHigh], title: axes[0] };
  plane.y = { range: [yLow, yHigh], title: axes[1] };
  const contours = path("contours"), minima = path("minima"), target = path("target");
  const paths = each(trace), means = data ? each(trace) : [], losses = curves(words.lossChart, optimizers);
  const grip = handle(plane, words.startPoint, 1 / 50, (x, y) => change("start", [rounded(clamp(x, xLow, xHigh), 4), rounded(clamp(y, yLow, yHigh), 4)]));
  plane.inside.append(contours, minima, data?.cloud ?? "", ...[...paths, ...means].map((p) => p.node), data?.ring ?? "", grip.node);
  for (const mean of means) put(mean.node, { class: "mean" });
  losses.space.inside.prepend(target);

  // The controls
  const rows = each((o) => {
    const shown = (value) => change("shown", each((p) => p.name).filter((name) => (name === o.name ? value : get("shown").includes(name))));
    const box = make("input", { type: "checkbox", "aria-label": words.show(o.name), change: () => shown(box.checked) });
    set.hold(`${o.name} shown`, () => Number(get("shown").includes(o.name)), shown, (value) => (box.checked = value));
    const [first = "", ...others] = o.hyper.map((h) => set.add(`${o.name} ${h.name}`, h, () => get("hyperparameters")[o.name][h.name], (value) => changeHyper(o, { [h.name]: value }), `${o.name}: ${h.label}`));
    const key = svg("svg", { width: 26, height: 12, "aria-hidden": true }, path("path", { d: "M0 6H26", "stroke-dasharray": o.dash }), path("end", { d: o.marker, transform: "translate(13 6)scale(5)" }));
    const result = make("span", { class: "result" }), node = make("div", { style: `--hue:${o.color}` }, make("label", { class: "who" }, box, key, o.name), first, result);
    if (others.length) node.append(make("details", {}, make("summary", { "aria-label": words.moreOf(o.name) }, words.more), ...others));
    return { node, result };
  });
  const controls = [
    ...spec.parameters.map((p) => set.add(p.name, p, () => get("parameters")[p.name], (value) => changeParameter(p.name, value))),
    ...["steps", ...(data ? ["batch_size", "seed"] : [])].map((name) => set.add(name, spec[name], () => get(name), (value) => change(name, value))),
    ...spec.start.map((s, i) => set.add(s.name, s, () => get("start")[i], (value) => change("start", get("start").map((old, j) => (i === j ? value : old))))),
  ];

  if (data) {
    const box = make("input", { type: "checkbox", change: () => change("average", box.checked) });
    set.hold("average", () => Number(get("average")), (value) => change("average", Boolean(value)), (value) => (box.checked = value));
    controls.push(make("label", {}, box, words.average));
  }

  // Playing. drawn: how many steps are drawn; Infinity for all.
  let drawn = Infinity, playing = 0;
  const at = () => Math.min(drawn, get("steps"));
  const go = (t) => {
    drawn = t < get("steps") ? t : Infinity;
    paint();
  };
  const halt = () => {
    cancelAnimationFrame(playing);
    playing = 0;
  };
  const jump = (where) => () => {
    halt();
    go(where());
  };
  const play = button(words.play, () => {
    if (playing) return jump(at)();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return go(Infinity);
    const from = drawn === Infinity ? 0 : drawn, began = performance.now();
    const pace = Math.max(get("steps") / 6000, 1 / 60); // steps a millisecond: six seconds at most for a whole run
    const next = (time) => {
      go(from + Math.max(Math.floor((time - began) * pace), 0));
      playing = drawn === Infinity ? 0 : requestAnimationFrame(next);
    };
    playing = requestAnimationFrame(next);
  });
  const scrub = make("input", { type: "range", min: 0, "aria-label": words.shownStep, input: jump(() => Number(scrub.value)) });
  const counter = make("output");
  const player = make("div", { class: "player" }, play, button(words.one, jump(() => (drawn === Infinity ? 1 : drawn + 1))), button(words.rewind, jump(() => 0)),
    button(words.reset, jump(() => set.reset() ?? Infinity)), scrub, counter);

  // The folds. Each draws only while it is open.
  const folds = [];
  const redraw = () => paint();
  const fold = (title, draw, ...content) => folds.push({ draw, node: make("details", { class: "fold", toggle: redraw }, make("summary", {}, title), ...content) });
  const choices = (...selects) => make("div", { class: "choices" }, ...selects.map((s) => s.node));
  const pickAxis = () => select(words.coordinate, axes.map((name, i) => [i, name]), redraw);

  const known = [...new Set(rules.flatMap((rule) => rule.state)), "rate", "g"];
  const quantity = select(words.quantity, known.map((name) => [name, words.quantities[name] ?? name]), redraw), ofAxis = pickAxis();
  const memory = curves(words.memory, optimizers), none = make("p");
  fold(words.memory, () => {
    const name = quantity.field.value, c = Number(ofAxis.field.value);
    const lines = runs.map((run, k) => {
      const { state } = rules[k], i = state.indexOf(name);
      if (run && name === "g") return (t) => run.gradients[2 * t + c];
      if (run && name === "rate") return (t) => rateOf(run, 2 * t + c);
      return run && i >= 0 ? (t) => run.states[(2 * t + c) * state.length + i] : null;
    });
    none.textContent = lines.some(Boolean) ? "" : words.nothingRemembered;
    memory.draw(width, width < 520 ? 0.5 : 0.33, lines, get("steps"), at(), words.quantities[name] ?? name, ["h", "h_max", "rate"].includes(name));
  }, choices(quantity, ofAxis), memory.space.node, none);

  const who = select(words.optimizer, each((o, k) => [k, o.name]), redraw), where = pickAxis(), inspected = make("div");
  fold(words.inspector, () => inspected.replaceChildren(...inspect(Number(who.field.value), Number(where.field.value), at())), choices(who, where), inspected);
  function inspect(k, c, t) {
    const rule = rules[k], run = solve(k), at = 2 * t - 2, n = rule.state.length, w = run.points.slice(at, at + 2), g = run.gradients.slice(at, at + 2);
    if (t < 1 || w[c] !== w[c]) return [words.noStep];
    const h = hyperOf(k), p = new Float64Array(rule.shared), s = run.states.slice(at * n, (at + 2) * n), left = new Float64Array(2 * rule.equations.length);
    rule.share(h, t, p);
    rule.inspect(w, g, h, t, p, s, left);
    const numbers = { "g[t]": g[c], t, "w[t-1]": w[c] };
    rule.hyper.forEach((name, i) => (numbers[name] = h[i]));
    rule.state.forEach((name, i) => (numbers[`${name}[t-1]`] = s[n * c + i]));
    rule.equations.forEach((equation, i) => (numbers[equation.left] = left[rule.equations.length * c + i]));
    const symbol = (name) => make("var", {}, rule.symbols[name][0], make("sub", {}, rule.symbols[name][1]));
    const number = (name) => (numbers[name] < 0 ? `(${text(numbers[name], 4)})` : text(numbers[name], 4));
    const fill = (right, slot) => right.split(/[{}]/).map((part, i) => (i % 2 ? slot(part) : part));
    return [make("p", {}, words.inspectStep(t, axes[c])), ...rule.equations.map((equation) => make("p", { class: "equation" },
      symbol(equation.left), " = ", ...fill(equation.right, symbol), make("br"), "= ", ...fill(equation.right, number), make("br"), "= ", make("b", {}, text(numbers[equation.left], 6))))];
  }

  const mappable = each((o, k) => [k, o.name]).filter(([k]) => optimizers[k].hyper.length > 1);
  let map;
  if (mappable.length) {
    const offer = () => sides.forEach((side, i) => {
      const { hyper } = optimizers[mapped.field.value];
      side.fill(hyper.map((h) => [h.name, h.label]));
      side.field.value = hyper[i].name;
    });
    const mapped = select(words.optimizer, mappable, () => redraw(offer()));
    const sides = [words.across, words.up].map((word) => select(word, [], redraw)), names = () => sides.map((side) => side.field.value);
    map = heat(words.map, spec.colors, (...values) => changeHyper(optimizers[mapped.field.value], Object.fromEntries(names().map((name, i) => [name, values[i]]))));
    offer();
    const same = make("p");
    fold(words.map, () => {
      const k = Number(mapped.field.value), o = optimizers[k], rule = rules[k], h = hyperOf(k), q = parametersOf(), steps = get("steps"), start = get("start");
      const [across, up] = names().map((name) => rule.hyper.indexOf(name));
      same.textContent = across === up ? words.sameTwice : "";
      if (across === up) return;
      map.update(Math.min(width, 480), {
        title: words.mapLabel(o.name, steps), specs: names().map((name) => o.hyper.find((one) => one.name === name)), at: [h[across], h[up]], log: true,
        key: [k, across, up, h.filter((_, i) => i !== across && i !== up), q, start, steps].join(";"),
        fill(first, second, out, from, to) {
          data?.batches(data.n, 0);
          sweep(rule, h, surface, q, start, steps, { index: across, values: first }, { index: up, values: second }, out, from, to);
          for (let i = from * first.length; i < to * first.length; i++) out[i] -= lowest;
        },
      });
    }, choices(mapped, ...sides), same, map.node);
  }

  const python = make("textarea", { readonly: true, rows: 9, "aria-label": words.python }), address = make("input", { readonly: true, "aria-label": words.link });
  const copied = make("p", { role: "status" });
  const copying = (name, field) => [field, button(name, async () => (copied.textContent = (await copy(field)) ? words.copied : words.notCopied))];
  fold(words.share, () => {
    const call = (name, values) => `${name}(${Object.entries(values).map((pair) => pair.join("=")).join(", ")})`;
    const list = optimizers.filter((_, k) => runs[k]).map((o) => `    ${call(o.python, { ...get("hyperparameters")[o.name], ...o.fixed })},\n`).join("");
    const made = data ? call(surface.name, { x: "x", y: "y" }) : call(`surfaces.${surface.name}`, get("parameters"));
    const warning = data && get("batch_size") < data.n ? words.noisyPython : "";
    python.value = `${spec.imports}\n\n${warning}surface = ${made}\nfor optimizer in [\n${list}]:\n` +
      `    run = descend(optimizer, surface, start=(${get("start").join(", ")}), steps=${get("steps")})\n    print(optimizer.name, run.losses[-1], run.diverged)\n`;
    address.value = link?.(set.state());
  }, ...copying(words.copyPython, python), ...(link ? copying(words.copyLink, address) : []), copied);

  // The page
  const goalText = make("p");
  const root = frame(words.explorer(spec.title), make("div", { class: "plots" }, plane.node, losses.space.node), goalText, player,
    ...rows.map((row) => row.node), make("div", { class: "settings" }, ...controls), ...live.nodes, ...folds.map((f) => f.node));
  el.append(root);

  // Computing and drawing
  let width = 0, runs = [], lowest = 0, shape = "";
  const solved = each(() => ({}));

  function solve(k) {
    const h = hyperOf(k), q = parametersOf(), batch = data ? [get("batch_size"), get("seed")] : [], key = [h, q, get("start"), get("steps"), batch].join(";");
    if (solved[k].key !== key) {
      data?.batches(...batch);
      solved[k] = { key, run: descend(rules[k], h, surface, q, get("start"), get("steps")) };
    }
    return solved[k].run;
  }

  function drawSurface() {
    const q = parametersOf(), key = [q, plane.width].join(";");
    if (key === shape) return;
    shape = key;
    const c = new Float64Array(surface.prepared);
    surface.prepare(q, c);
    data?.batches(data.n, 0);
    put(contours, { d: contourLines(plane, (x, y) => surface.value(x, y, q, c)) });
    const found = refine(spec.minima, (x, y, out) => surface.gradient(x, y, q, c, out));
    lowest = Math.min(...found.map(([x, y]) => surface.value(x, y, q, c)));
    if (!(Math.abs(lowest) > 1e-12 && lowest < Infinity)) lowest = 0;
    put(minima, { d: crosses(plane, found) });
  }

  // What theory predicts for the settings of one optimizer.
  function drawRing(o) {
    const { ring } = compiled, known = { ...get("hyperparameters")[o.name], batch_size: get("batch_size") }, radii = [0, 0];
    ring.evaluate(Float64Array.from(ring.arguments, (name) => known[name]), radii);
    data.circle(plane, ...spec.minima[0], radii);
  }

  function judge() {
    const steps = runs.map((run) => run?.losses.findIndex((loss) => loss <= goal.loss)), k = steps.findIndex((t) => t >= 0 && t <= goal.within), met = k >= 0;
    goalText.textContent = `${words.goal(text(goal.loss), goal.within)} ${met ? words.goalMet(optimizers[k].name, steps[k]) : words.goalOpen}`;
    put(goalText, { class: met ? "goal met" : "goal" });
    if (get("met") !== met) change("met", met);
    const { px, py, height } = losses.space, y = py(Math.log10(goal.loss - lowest));
    put(target, { d: `M${px(goal.within)} ${height}V${y === y ? y : 0}H${y === y ? 0 : px(goal.within)}` });
  }

  const paint = painter(() => {
    if (width < 1) return;
    const steps = get("steps"), t = at(), half = width < 520 ? width : Math.floor(width / 2);
    plane.resize(half);
    plane.axes();
    drawSurface();
    runs = each((o, k) => (get("shown").includes(o.name) ? solve(k) : null));
    paths.forEach((p, k) => p.draw(plane, runs[k], t));
    losses.draw(width - half || width, width - half ? plane.height / plane.width : 0.5, runs.map((run) => run && ((i) => run.losses[i] - lowest)), steps, t, lowest ? words.lossAbove : words.loss, true, goal && goal.loss - lowest);
    if (goal) judge();
    const averages = runs.map((run) => data && run && get("average") ? data.averaged(run) : null), first = runs.findIndex(Boolean);
    means.forEach((mean, k) => mean.draw(plane, averages[k], t));
    if (data && first >= 0) {
      data.scatter(plane, runs[first].points[2 * t], runs[first].points[2 * t + 1], get("batch_size"), get("seed") + 1);
      if (compiled.ring) drawRing(optimizers[first]);
    }

    const [x, y] = get("start"), place = words.at(text(x), text(y));
    grip.show(clamp(x, xLow, xHigh), clamp(y, yLow, yHigh), x, place);
    put(scrub, { max: steps });
    scrub.value = t;
    counter.textContent = `${t} / ${steps}`;
    play.textContent = playing ? words.pause : words.play;
    set.update();
    const report = runs.map((run, k) => {
      const gone = run?.diverged >= 0 && run.diverged <= t, loss = run && text(run.losses[t]);
      put(rows[k].node, { class: run ? "optimizer" : "optimizer off" });
      rows[k].result.textContent = gone ? words.divergedShort(run.diverged) : (loss ?? "");
      return run && (gone ? words.diverged(optimizers[k].name, run.diverged) : words.ends(optimizers[k].name, loss, t) + (averages[k] ? words.averaged(text(averages[k].losses[t])) : ""));
    }).filter(Boolean);
    live.say(report.length ? `${report.join("; ")}.` : words.nothingShown);
    for (const { node, draw } of folds) if (node.open) draw();
  });

  model.on("change", paint);
  const ends = [halt, paint.stop, live.stop, map?.stop, () => model.off("change", paint), () => root.remove(), follow(root, (now) => paint((width = now)))];
  if (spec.follows) {
    ends.push(hear(spec.follows, obey));
    share({});
  }
  return { admit: set.admit, stop: () => ends.forEach((end) => end?.()) };
}

// Copies what a field holds. Pages without encryption have no clipboard, but may know the old command.
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}

// How far a step went by the gradient there; not a number where rounding has left nothing of the step.
function rateOf({ points, gradients }, i) {
  const step = points[i] - points[i + 2];
  return Math.abs(step) > 1e-9 * Math.abs(points[i]) ? step / gradients[i] : NaN;
}

// Curves of the optimizers against the step; a cross where a curve ends early.
function curves(label, optimizers) {
  const space = chart(label, 0.5), now = path("target");
  const lines = optimizers.map((o) => path("path", { "stroke-dasharray": o.dash, style: `--hue:${o.color}` }));
  const crosses = optimizers.map((o) => path("cross", { style: `--hue:${o.color}` }));
  space.inside.append(now, ...lines, ...crosses);
  return {
    space,
    // values: for each optimizer null or a function of the step.
    draw(width, ratio, values, steps, t, title, log, aim) {
      const place = (v) => (log ? (v > 0 ? Math.max(Math.log10(v), -16) : v === 0 ? -16 : NaN) : v);
      const tables = values.map((value) => (value ? Float64Array.from({ length: steps + 1 }, (_, i) => place(value(i))) : []));
      let low = aim > 0 ? Math.log10(aim) : Infinity, high = -Infinity;
      for (const table of tables) {
        for (const v of table) {
          if (v < low) low = v;
          if (v > high && v < Infinity) high = v;
        }
      }
      space.ratio = ratio;
      space.resize(width);
      space.x = { range: [0, Math.max(steps, 1)], title: words.step };
      space.y = { range: roomy(low, high, log ? 1 : 0), scale: log ? "log" : "linear", title };
      space.axes();
      put(now, { d: t < steps ? `M${space.px(t)} 0V${space.height}` : "" });
      tables.forEach((table, k) => {
        const x = (i) => space.px(i), y = (i) => space.py(table[i]), last = table.findLastIndex(Number.isFinite);
        put(lines[k], { d: line(table.length, x, y) });
        put(crosses[k], { d: last >= 0 && last < steps - 1 ? `M${x(last) - 4} ${y(last) - 4}l8 8m0-8l-8 8` : "" });
      });
    },
  };
}

// Newton's method on the gradient, from points near the minima, with differences for the second derivatives.
function refine(near, gradient) {
  const slope = (x, y) => {
    const g = [0, 0];
    gradient(x, y, g);
    return g;
  };
  return near.map(([x, y]) => {
    for (let i = 0; i < 20; i++) {
      const [gx, gy] = slope(x, y), along = (u, v) => slope(x + u, y + v).map((g, k) => (g - slope(x - u, y - v)[k]) / 2e-5);
      const [xx, xy] = along(1e-5, 0), [yx, yy] = along(0, 1e-5), determinant = xx * yy - xy * yx;
      [x, y] = [x - (yy * gx - yx * gy) / determinant, y - (xx * gy - xy * gx) / determinant];
    }
    return [x, y];
  }).filter(([x, y]) => Number.isFinite(x + y));
}
