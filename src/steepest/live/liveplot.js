// LivePlot and LiveMap: a NumPy formula, compiled, with a control for each of its arguments.
//
// LivePlot: the reader sees curves or bars against the first argument and moves the others. LiveMap: the reader sees the
// formula in color over its first two arguments and moves a cross-hair over them.
// What must always hold: every point drawn is the compiled formula at the values shown; the controls, the cross-hair, the
// text and the model's `values` say the same; a goal is judged by its own compiled formula, never by what is drawn.
import { announcer, changer, chart, clamp, follow, frame, hear, line, make, painter, path, put, roomy, settings, svg, tell, text } from "./base.js";
import { heat } from "./heat.js";
import { words } from "./words.js";

// What both share: the controls, the goal, the text. body(…) returns {node, draw, stop}; draw(width) returns a text.
function formula({ model, el, compiled, link }, body) {
  const { spec } = compiled, values = () => model.get("values"), live = announcer(), set = settings(live.say), changeOne = changer(model);
  const change = (given) => {
    if (Object.keys(given).some((name) => values()[name] !== given[name])) changeOne("values", { ...values(), ...given });
  };
  // A compiled function of some of the values, and of others given.
  const evaluator = (f) => {
    const a = new Float64Array(f.arguments.length), out = new Float64Array(f.outputs.length);
    return (others = {}) => {
      f.arguments.forEach((name, i) => (a[i] = others[name] ?? values()[name]));
      f.evaluate(a, out);
      return out;
    };
  };
  const inform = () => tell(spec.name, values());
  const controls = spec.sliders.map((s) => set.add(s.name, s, () => values()[s.name], (value) => change({ [s.name]: value })));
  const reached = compiled.met && evaluator(compiled.met), goal = make("p"), { node, draw, stop } = body({ spec, values, change, evaluator });
  const root = frame(words.chart(spec.title), make("p", { class: "heading", "aria-hidden": true }, spec.title), node, goal, make("div", { class: "settings" }, ...controls), ...live.nodes);
  el.append(root);
  let width = 0;
  const paint = painter(() => {
    if (width < 1) return;
    set.update();
    live.say(`${spec.sliders.map((s) => words.value(s.label, s.options?.[values()[s.name]] ?? text(values()[s.name]))).join(", ")}. ${draw(width)}`);
    inform();
    if (!reached) return;
    const met = reached()[0] !== 0;
    goal.textContent = `${spec.goal} ${met ? words.taskMet : words.goalOpen}`;
    put(goal, { class: met ? "goal met" : "goal" });
    if (model.get("met") !== met) changeOne("met", met);
  });
  model.on("change", paint);
  const ends = [paint.stop, live.stop, stop, () => model.off("change", paint), () => root.remove(), follow(root, (now) => paint((width = now))),
    hear(`${spec.name} moved`, (given) => {
      change(Object.fromEntries(Object.entries(given).filter(([name]) => name in values())));
      inform();
    })];
  return { admit: set.admit, stop: () => ends.forEach((end) => end?.()) };
}

export function liveplot(view) {
  return formula(view, ({ spec, evaluator }) => {
    const { f, marks } = view.compiled, evaluate = evaluator(f), n = f.outputs.length, xs = Float64Array.from(spec.x.values);
    const space = chart(words.chart(spec.title), 0.45);
    const places = (scale) => (scale === "log" ? (v) => (v > 0 ? Math.log10(v) : NaN) : (v) => v), placeX = places(spec.x.scale), placeY = places(spec.yscale);
    const look = f.outputs.map((_, k) => spec.curves[k % spec.curves.length]);
    const drawn = (k) => ({ style: `--hue:${look[k][0]}`, class: spec.bars ? "bars" : "path", "stroke-dasharray": spec.bars ? null : look[k][1] });
    const shapes = look.map((_, k) => path("", drawn(k)));
    const lines = marks.map((mark, k) => ({ at: evaluator(mark), stroke: path("target"), name: svg("text", { y: 12 + 14 * k }) }));
    space.inside.append(...shapes, ...lines.flatMap(({ stroke, name }) => [stroke, name]));
    const keys = n < 2 ? [] : f.outputs.flatMap((name, k) => [svg("svg", { width: 26, height: 10, "aria-hidden": true }, path("", { ...drawn(k), d: spec.bars ? "M0 0H26V10H0z" : "M0 5H26" })), name]);
    return {
      node: make("div", {}, space.node, make("p", { class: "legend" }, ...keys)),
      draw(width) {
        const tables = look.map(() => new Float64Array(xs.length));
        xs.forEach((x, i) => evaluate({ [f.arguments[0]]: x }).forEach((v, k) => (tables[k][i] = v)));
        const [first, last] = [placeX(xs[0]), placeX(xs.at(-1))], room = spec.bars ? (last - first) / (xs.length - 1) : 0;
        space.ratio = spec.equal ? (spec.y[1] - spec.y[0]) / (last - first) : width < 640 ? 0.6 : 0.42;
        space.resize(spec.equal ? Math.min(width, 420) : width);
        space.x = { range: [first - room * 0.7, last + room * 0.7], scale: spec.x.scale, title: spec.x.label };
        space.y = { range: spec.y?.map(placeY) ?? extent(tables, placeY), scale: spec.yscale, title: spec.ylabel };
        space.axes();
        const [low, high] = space.y.range, x = (v) => space.px(placeX(v)), y = (v) => space.py(clamp(placeY(v), 2 * low - high, 2 * high - low)); // far off, but drawable
        const thick = (space.px(first + room) * 0.8) / n - (space.px(first) * 0.8) / n, base = space.py(spec.yscale === "log" ? low : clamp(0, low, high));
        tables.forEach((table, k) => {
          const bar = (v, i) => (Number.isFinite(v) ? `M${x(xs[i]) + (k - n / 2) * thick} ${base}V${y(v)}h${thick}V${base}z` : "");
          put(shapes[k], { d: spec.bars ? Array.from(table, bar).join("") : line(xs.length, (i) => x(xs[i]), (i) => y(table[i])) });
        });
        lines.forEach(({ at, stroke, name }, k) => {
          const value = at()[0], px = x(value), late = px > space.width * 0.7;
          put(stroke, { d: Number.isFinite(px) ? `M${px} 0V${space.height}` : "" });
          put(name, { x: px + (late ? -4 : 4), "text-anchor": late ? "end" : "start" });
          name.textContent = Number.isFinite(px) ? `${spec.marks[k]} ${text(value)}` : "";
        });
        return f.outputs.map((name, k) => words.curve(n > 1 ? name : spec.ylabel, text(tables[k][0]), text(xs[0]), text(tables[k].at(-1)), text(xs.at(-1)))).join(" ");
      },
    };
  });
}

// The range of all finite values, with some room.
function extent(tables, place) {
  const all = tables.flatMap((table) => Array.from(table, place)).filter(Number.isFinite);
  if (!all.length) return [0, 1];
  return roomy(Math.min(...all), Math.max(...all));
}

export function livemap(view) {
  return formula(view, ({ spec, values, change, evaluator }) => {
    const { f } = view.compiled, names = f.arguments.slice(0, 2), specs = spec.sliders.slice(0, 2), evaluate = evaluator(f);
    const map = heat(words.chart(spec.title), spec.colors, (...at) => change(Object.fromEntries(names.map((name, i) => [name, at[i]]))));
    return {
      ...map,
      draw(width) {
        map.update(Math.min(width, 560), {
          title: spec.title, specs, at: names.map((name) => values()[name]), log: spec.log, key: JSON.stringify({ ...values(), [names[0]]: 0, [names[1]]: 0 }),
          fill(first, second, out, from, to) {
            for (let row = from; row < to; row++) first.forEach((value, column) => (out[row * first.length + column] = evaluate({ [names[0]]: value, [names[1]]: second[row] })[0]));
          },
        });
        return `${words.value(spec.ylabel, text(evaluate()[0], 4))}.`;
      },
    };
  });
}
