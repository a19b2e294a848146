// LivePlot and LiveMap: a NumPy formula, compiled, with a control for each of its arguments.
//
// LivePlot: the reader sees curves or bars against the first argument and moves the others. LiveMap: the reader sees the
// formula in color over its first two arguments and moves a cross-hair over them.
// What must always hold: every point drawn is the compiled formula at the values shown; the controls, the cross-hair, the
// text and the model's `values` say the same; a goal is judged by its own compiled formula, never by what is drawn.
import { clamp, make, path, put, svg, text, write } from "./base.js";
import { above, chart, moved, roomy, tags } from "./axes.js";
import { beside, through } from "./beside.js";
import { heat } from "./heat.js";
import { interactive } from "./interactive.js";
import { words } from "./words.js";
import { interactiveWords } from "./words_interactive.js";

const FEW = 12; // bars, up to which each has its number

/** A value's place on an axis of a scale. */
const placer = (scale) => scale === "log" ? (v) => (v > 0 ? Math.log10(v) : NaN) : (v) => v;

/** @param {View} view @returns {Widget} */
export function liveplot(view) {
  return interactive(view, ({ spec, evaluator }) => {
    const { f, marks } = view.compiled,
      evaluate = evaluator(f),
      xs = Float64Array.from(spec.x.values);
    const space = chart(interactiveWords.chart(spec.title)),
      draw = (spec.bars ? bars : lines)(space, spec, f);
    const upright = marks.map((mark, k) => verticalAt(evaluator(mark), spec.marks, k));
    space.inside.append(...draw.nodes, ...upright.flatMap((mark) => mark.nodes));
    return {
      node: make("div", {}, space.node, ...draw.legend),
      draw(width) {
        const tables = f.outputs.map(() => new Float64Array(xs.length));
        xs.forEach((x, i) => {
          evaluate({ [f.arguments[0]]: x }).forEach((v, k) => (tables[k][i] = v));
        });
        layOut(space, spec, width, tables);
        const placeX = placer(spec.x.scale),
          placeY = placer(spec.yscale),
          [low, high] = space.y.range;
        const x = (v) => space.px(placeX(v));
        const y = (v) => space.py(clamp(placeY(v), 2 * low - high, 2 * high - low)); // far off, but drawable
        draw.draw(tables, xs, x, y);
        for (const mark of upright) mark.draw(space, x);
        const told = (name, table) => {
          const [first, last] = [text(table[0]), text(table.at(-1))];
          if (spec.equal) return interactiveWords.high(name, first); // a shape that begins at its side
          if (table.every((value) => text(value) === first)) {
            return interactiveWords.flat(name, first);
          }
          return interactiveWords.curve(name, first, text(xs[0]), last, text(xs.at(-1)));
        };
        const named = (name) => (f.outputs.length > 1 ? name : spec.ylabel);
        return f.outputs.map((name, k) => told(named(name), tables[k])).join(" ");
      },
    };
  });
}

/** Sets the size and the ranges of a plot. */
function layOut(space, spec, width, tables) {
  const placeX = placer(spec.x.scale), placeY = placer(spec.yscale), many = spec.x.values.length;
  const [first, last] = [placeX(spec.x.values[0]), placeX(spec.x.values.at(-1))];
  const room = spec.bars ? (0.7 * (last - first)) / (many - 1) : 0;
  const across = spec.equal ? Math.min(width, 420) : width;
  let ratio = width < 640 ? 0.62 : 0.46;
  if (spec.equal) ratio = (spec.y[1] - spec.y[0]) / (last - first);
  space.resize(across, Math.round((across - 60) * ratio) + 48);
  const places = spec.bars && many <= FEW ? spec.x.values.map(placeX) : undefined;
  space.x = {
    range: [first - room, last + room],
    scale: spec.x.scale,
    title: spec.x.label,
    places,
  };
  const range = spec.y?.map(placeY) ?? extent(tables, placeY);
  space.y = { range, scale: spec.yscale, title: spec.ylabel };
  space.axes();
}

/** The range of all finite values, with some room. */
function extent(tables, place) {
  const all = tables.flatMap((table) => Array.from(table, place)).filter(Number.isFinite);
  return roomy(Math.min(...all), Math.max(...all));
}

/** Curves with their names. */
function lines(space, spec, f) {
  const look = f.outputs.map((_, k) => spec.curves[k % spec.curves.length]);
  const shapes = look.map(([hue, dash]) =>
    path("path", { style: `--hue:${hue}`, "stroke-dasharray": dash })
  );
  const names = tags(space);
  space.node.append(above(space, names.node));
  return {
    nodes: shapes,
    legend: [],
    draw(tables, xs, x, y) {
      const curves = tables.map((table, k) => ({
        points: Array.from(xs, (v, i) => [x(v), y(table[i])]),
        text: f.outputs[k],
        hue: look[k][0],
      }));
      curves.forEach(({ points }, k) => {
        put(shapes[k], { d: through(points) });
      });
      names.place(tables.length > 1 ? beside(space, curves) : []);
    },
  };
}

/** Bars side by side, with a legend where there are several at a place. */
function bars(space, spec, f) {
  const n = f.outputs.length;
  const hue = (k) => ({ style: `--hue:${spec.curves[k % spec.curves.length][0]}` });
  const shapes = f.outputs.map((_, k) => path("bars", hue(k)));
  const keys = f.outputs.map((name, k) => {
    const box = path("bars", { ...hue(k), d: "M0 0H26V10H0z" });
    const sample = svg("svg", { width: 26, height: 10, "aria-hidden": true }, box);
    return make("span", { class: "key" }, sample, name);
  });
  return {
    nodes: shapes,
    legend: n > 1 ? [make("p", { class: "legend" }, ...keys)] : [],
    draw(tables, xs, x, y) {
      const [low, high] = space.y.range, [first, last] = [x(xs[0]), x(xs.at(-1))];
      const thick = (0.8 * (last - first)) / (xs.length - 1) / n;
      const base = space.py(spec.yscale === "log" ? low : clamp(0, low, high));
      tables.forEach((table, k) => {
        const bar = (v, i) =>
          Number.isFinite(v)
            ? `M${x(xs[i]) + (k - n / 2) * thick} ${base}V${y(v)}h${thick}V${base}z`
            : "";
        put(shapes[k], { d: Array.from(table, bar).join("") });
      });
    },
  };
}

/** A vertical line at a value that a formula gives, the k-th of some; it begins below the names of all. */
function verticalAt(evaluate, names, k) {
  const stroke = path("target"), label = svg("text", { class: "tag" });
  return {
    nodes: [stroke, label],
    draw(space, x) {
      const value = evaluate()[0], px = x(value), late = px > space.width * 0.7;
      const sound = Number.isFinite(px);
      put(stroke, { d: sound ? `M${px} ${14 * names.length}V${space.height}` : "" });
      put(label, {
        ...moved(sound ? px + (late ? -4 : 4) : 0, 12 + 14 * k),
        "text-anchor": late ? "end" : "start",
      });
      write(label, sound ? words.value(names[k], text(value)) : "");
    },
  };
}

/** @param {View} view @returns {Widget} */
export function livemap(view) {
  return interactive(view, ({ spec, values, change, evaluator }) => {
    const { f } = view.compiled, names = f.arguments.slice(0, 2), evaluate = evaluator(f);
    const pick = (...picked) =>
      change(Object.fromEntries(names.map((name, i) => [name, picked[i]])));
    const beyond = spec.edge === null
      ? words.mapDiverged
      : interactiveWords.beyond(text(spec.edge));
    const map = heat(interactiveWords.chart(spec.title), spec.colors, pick, beyond);
    // Computes with the other settings of the moment at which the map was asked for.
    const filler = (here) => (first, second, out, from, to) => {
      for (let row = from; row < to; row++) {
        here[names[1]] = second[row];
        first.forEach((value, column) => {
          here[names[0]] = value;
          out[row * first.length + column] = evaluate(here)[0];
        });
      }
    };
    return {
      node: map.node,
      stop: map.stop,
      draw(width) {
        const wide = Math.min(width, 640);
        map.update(wide, Math.round(wide * 0.66), {
          edge: spec.edge ?? undefined,
          title: spec.title,
          specs: spec.sliders.slice(0, 2),
          now: names.map((name) => values()[name]),
          log: spec.log,
          key: JSON.stringify({ ...values(), [names[0]]: 0, [names[1]]: 0 }),
          fillRows: filler({ ...values() }),
        });
        return `${words.value(spec.ylabel, text(evaluate()[0], 4))}.`;
      },
    };
  });
}
