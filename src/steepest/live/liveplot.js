// LivePlot and LiveMap: a NumPy formula, compiled, with a control for each of its arguments.
//
// LivePlot: the reader sees curves or bars against the first argument and moves the others. LiveMap: the reader sees the
// formula in color over its first two arguments and moves a cross-hair over them.
// What must always hold: every point drawn is the compiled formula at the values shown; the controls, the cross-hair, the
// text and the model's `values` say the same; a goal is judged by its own compiled formula, never by what is drawn.
import { allowed, announcer, chart, control, hear, line, make, painter, put, rounded, tell, text } from "./base.js";
import { heat } from "./heat.js";
import { words } from "./words.js";

// What both share: the controls, the goal, the text, the life of the widget. body(api) makes {node, draw, stop}.
function formula({ model, el, compiled }, body) {
  const { spec } = compiled;
  const initial = model.get("values");
  const values = () => model.get("values");
  const change = (given) => {
    if (Object.entries(given).every(([name, value]) => values()[name] === value)) return;
    model.set("values", { ...values(), ...given });
    model.save_changes();
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
  const live = announcer();
  const controls = spec.sliders.map((s) => [s.name, control(s, (value) => change({ [s.name]: value }), live.say)]);
  const met = compiled.met && evaluator(compiled.met);
  const goal = make("p", { class: "goal" });
  const marks = compiled.marks.map(evaluator);
  let width = 0;
  const { node, draw, stop } = body({ spec, values, change, evaluator, marks });
  const root = make("div", { class: "steepest", role: "group", "aria-label": words.chart(spec.title), "data-lm-suppress-shortcuts": "true" },
    make("style", {}, css), make("p", { class: "heading", "aria-hidden": "true" }, spec.title), node, goal,
    make("div", { class: "settings" }, ...controls.map(([, c]) => c.node)), ...live.nodes);
  el.append(root);
  const paint = painter(() => {
    if (width < 1) return;
    for (const [name, c] of controls) c.update(values()[name]);
    live.say(`${spec.sliders.map((s) => words.value(s.label, s.options?.[values()[s.name]] ?? text(values()[s.name]))).join(", ")}. ${draw(width)}`);
    if (met) {
      const reached = met()[0] !== 0;
      goal.textContent = `${spec.goal} ${reached ? words.taskMet : words.goalOpen}`;
      put(goal, { class: reached ? "goal met" : "goal" });
      if (model.get("met") !== reached) {
        model.set("met", reached);
        model.save_changes();
      }
    }
    tell(spec.name, values());
  });
  const resized = new ResizeObserver(([entry]) => {
    width = Math.floor(entry.contentRect.width);
    paint();
  });
  resized.observe(root);
  const deaf = hear(`${spec.name} moved`, (given) => {
    change(Object.fromEntries(Object.entries(given).filter(([name]) => name in initial)));
    tell(spec.name, values());
  });
  model.on("change:values", paint);
  return {
    admit(given) {
      const sound = spec.sliders.filter((s) => allowed(s, given.values?.[s.name]));
      change(Object.fromEntries(sound.map((s) => [s.name, given.values[s.name]])));
      if (sound.length < Object.keys(given.values ?? {}).length) live.say(words.badLink);
    },
    stop() {
      paint.stop();
      live.stop();
      stop?.();
      deaf();
      resized.disconnect();
      model.off("change:values", paint);
      root.remove();
    },
  };
}

export function liveplot(view) {
  return formula(view, ({ spec, evaluator, marks }) => {
    const { compiled: { f } } = view, { x: across } = spec, evaluate = evaluator(f);
    const space = chart({ label: words.chart(spec.title), xTitle: across.label, yTitle: spec.ylabel, ratio: 0.45 });
    space.xScale = across.scale;
    space.yScale = spec.yscale;
    const place = { linear: (v) => v, log: (v) => (v > 0 ? Math.log10(v) : NaN) };
    const [placeX, placeY] = [place[across.scale], place[spec.yscale]];
    const xs = Float64Array.from(across.values);
    const look = f.outputs.map((_, k) => spec.curves[k % spec.curves.length]);
    const drawn = (k) => ({ class: spec.bars ? "bars" : "path", style: `--hue:${look[k][0]}`, "stroke-dasharray": spec.bars ? null : look[k][1] });
    const paths = f.outputs.map((_, k) => make("svg:path", drawn(k)));
    const marked = marks.map(() => make("svg:g", { class: "mark" }, make("svg:path"), make("svg:text", { y: 12, "text-anchor": "start" })));
    space.inside.append(...paths, ...marked);
    const key = make("p", { class: "legend" }, ...(f.outputs.length > 1 ? f.outputs.flatMap((name, k) => [
      make("svg:svg", { width: 26, height: 10, "aria-hidden": "true" }, make("svg:path", { ...drawn(k), d: spec.bars ? "M0 0H26V10H0z" : "M0 5H26" })), name]) : []));
    return {
      node: make("div", {}, space.node, key),
      draw(width) {
        const tables = f.outputs.map(() => new Float64Array(xs.length));
        xs.forEach((x, i) => evaluate({ [f.arguments[0]]: x }).forEach((v, k) => (tables[k][i] = v)));
        space.ratio = width < 640 ? 0.6 : 0.42;
        space.resize(width);
        const [first, last] = [placeX(xs[0]), placeX(xs.at(-1))], half = spec.bars ? (last - first || 1) / (2 * xs.length) : 0;
        space.x = [first - 1.6 * half, last + 1.6 * half];
        space.y = (spec.y ?? range(tables, placeY)).map((v, i) => (spec.y ? placeY(v) : v));
        space.axes();
        const x = (i) => space.px(placeX(xs[i])), n = tables.length;
        tables.forEach((table, k) => {
          const y = (i) => space.py(clamp1(placeY(table[i]), space.y));
          if (!spec.bars) return put(paths[k], { d: line(xs.length, x, y) });
          const size = (space.px(2 * half) - space.px(0)) * 0.8 / n, base = space.py(Math.max(space.y[0], spec.yscale === "linear" ? 0 : space.y[0]));
          let d = "";
          for (let i = 0; i < xs.length; i++) if (Number.isFinite(table[i])) d += `M${x(i) + (k - n / 2) * size} ${base}V${y(i)}h${size}V${base}z`;
          put(paths[k], { d });
        });
        marks.forEach((mark, k) => {
          const at = mark()[0], px = space.px(placeX(at));
          put(marked[k], { display: Number.isFinite(px) ? null : "none" });
          if (!Number.isFinite(px)) return;
          const end = px > space.width * 0.7, [stroke, name] = marked[k].children;
          put(stroke, { d: `M${px} 0V${space.height}` });
          put(name, { x: px + (end ? -4 : 4), "text-anchor": end ? "end" : "start" });
          name.textContent = `${spec.marks[k]} ${text(at)}`;
        });
        return f.outputs.map((name, k) => words.curve(f.outputs.length > 1 ? name : spec.ylabel, text(tables[k][0]), text(xs[0]), text(tables[k].at(-1)), text(xs.at(-1)))).join(" ");
      },
    };
  });
}

const clamp1 = (v, [low, high]) => Math.min(Math.max(v, low - (high - low)), high + (high - low)); // far off, but drawable

function range(tables, place) {
  let low = Infinity, high = -Infinity;
  for (const table of tables) {
    for (const value of table) {
      const v = place(value);
      if (v - v !== 0) continue;
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
  }
  if (!(low <= high)) return [0, 1];
  const pad = (high - low) * 0.05 || 0.5;
  return [low - pad, high + pad];
}

export function livemap(view) {
  return formula(view, ({ spec, values, change, evaluator }) => {
    const { f } = view.compiled, names = f.arguments.slice(0, 2), evaluate = evaluator(f);
    const specs = names.map((name) => spec.sliders.find((s) => s.name === name));
    const map = heat({
      label: words.chart(spec.title), handle: words.mapHandle, colors: spec.colors,
      pick: (...at) => change(Object.fromEntries(names.map((name, i) => [name, specs[i].scale === "linear" ? rounded(at[i], 4) : at[i]]))),
    });
    return {
      node: map.node,
      stop: map.stop,
      draw(width) {
        const others = Object.entries(values()).filter(([name]) => !names.includes(name));
        map.update({
          width: Math.min(width, 560), specs, at: names.map((name) => values()[name]), log: spec.log, title: spec.title, key: JSON.stringify(others),
          fill(first, second, out, from, to) {
            for (let row = from; row < to; row++)
              for (let column = 0; column < first.length; column++)
                out[row * first.length + column] = evaluate({ [names[0]]: first[column], [names[1]]: second[row] })[0];
          },
        });
        return words.value(spec.ylabel, text(evaluate()[0], 4)) + ".";
      },
    };
  });
}
