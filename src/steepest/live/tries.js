// The tries of a TuningLab: what each gives, how it stands beside random search, and the chart of all of them.
import { path, put, svg } from "./base.js";
import { above, chart, tags } from "./axes.js";
import { beside, through } from "./beside.js";
import { fits } from "./controls.js";
import { descend } from "./descend.js";
import { words } from "./words.js";
import { labWords } from "./words_lab.js";

const FLOOR = 1e-16; // the lowest loss that a logarithmic axis shows

/** Whether two tries have the same settings. */
export const sameTry = (a, b) =>
  a.optimizer === b.optimizer &&
  Object.entries(a.hyperparameters).every(([name, value]) => b.hyperparameters[name] === value);

/** Whether something kept from an earlier visit is a list of tries that could have been made. */
export function soundTries(kept, { optimizers, allowed }) {
  const sound = (attempt) => {
    const o = optimizers.find(({ name }) => name === attempt?.optimizer);
    return o && o.hyper.every((h) => fits(h, attempt.hyperparameters?.[h.name]));
  };
  return Array.isArray(kept) && kept.length <= allowed && kept.every(sound);
}

/** Runs tries, each once: a function of a try that gives its optimizer, its run, and its loss above the minimum. */
export function tryRunner({ spec, rules, surface }) {
  const q = Float64Array.from(surface.parameters, (name) => spec.parameters[name]),
    kept = new Map();
  return (attempt) => {
    const key = JSON.stringify(attempt);
    if (!kept.has(key)) {
      const o = spec.optimizers.find(({ name }) => name === attempt.optimizer);
      const rule = rules[o.rule], values = { ...o.fixed, ...attempt.hyperparameters };
      const h = rule.hyper.map((name) => values[name]);
      const run = descend(rule, h, surface, q, spec.start, spec.steps);
      const loss = run.diverged < 0 ? run.losses[spec.steps] - spec.lowest : Infinity;
      kept.set(key, { o, run, loss });
    }
    return kept.get(key);
  };
}

/** Random search: its settings' losses from low to high are known, without those that diverged. */
export function randomSearch({ reference, settings }) {
  return {
    /** The share of its settings that end higher than a loss. */
    worse(loss) {
      if (loss === Infinity) return 0;
      return 1 - reference.filter((other) => other <= loss).length / settings;
    },
    /** The loss that half of its searches reach with k tries. */
    median: (k) => reference[Math.ceil(settings * (1 - 0.5 ** (1 / k))) - 1] ?? Infinity,
  };
}

/** Each try where its loss is, one that diverged as a cross at the top; the best so far; and random search, dashed. */
export function tryChart({ allowed, lowest }, { median }) {
  const space = chart(labWords.tryChart),
    typical = path("target"),
    best = path("path"),
    marks = svg("g");
  const name = tags(space);
  space.inside.append(typical, best, marks);
  space.node.append(above(space, name.node));
  const height = (loss) => Math.log10(Math.max(loss, FLOOR));
  const stairs = (values) =>
    Array.from(
      { length: 2 * values.length },
      (_, i) => [space.px(0.5 + Math.ceil(i / 2)), space.py(height(values[i >> 1]))],
    );
  const mark = ({ o, loss }, i) => {
    const sound = loss < Infinity, y = sound ? space.py(height(loss)) : 10;
    const shape = sound
      ? path("end", { d: o.marker, transform: "scale(6)" })
      : path("cross", { d: "M-4 -4l8 8m0-8l-8 8" });
    const place = `translate(${space.px(i + 1)} ${y})`;
    return svg("g", { style: `--hue:${o.color}`, transform: place }, shape);
  };
  const typically = Array.from({ length: allowed }, (_, i) => median(i + 1));
  return {
    node: space.node,
    draw(width, tall, made) {
      const least = made.map((_, i) => Math.min(...made.slice(0, i + 1).map(({ loss }) => loss)));
      const seen = [...made.map(({ loss }) => loss), ...typically].filter(Number.isFinite).map(
        height,
      );
      const low = Math.min(...seen, 0),
        high = Math.max(...seen, low + 1),
        room = (high - low) * 0.06;
      space.resize(width, tall);
      space.x = { range: [0.5, allowed + 0.5], title: labWords.try };
      space.y = {
        range: [low - room, high + room],
        scale: "log",
        title: lowest ? words.lossAbove : words.loss,
      };
      space.axes();
      const points = stairs(typically);
      put(typical, { d: through(points) });
      put(best, { d: through(stairs(least)) });
      name.place(beside(space, [{ points, text: labWords.randomSearch }]));
      marks.replaceChildren(...made.map(mark));
    },
  };
}
