// What each optimizer remembers, and how far a step went by its gradient, against the step.
import { make, select } from "./base.js";
import { curves } from "./curves.js";
import { words } from "./words.js";

// How far a step went by the gradient there; not a number where rounding has left nothing of the step.
function rateOf({ points, gradients }, i) {
  const step = points[i] - points[i + 2];
  return Math.abs(step) > 1e-9 * Math.abs(points[i]) ? step / gradients[i] : NaN;
}

/** A quantity of a run as a function of the step, or null. */
function quantityOf(name, rule, run, c) {
  if (!run) return null;
  if (name === "g") return (t) => run.gradients[2 * t + c];
  if (name === "rate") return (t) => rateOf(run, 2 * t + c);
  const i = rule.state.indexOf(name), n = rule.state.length;
  return i < 0 ? null : (t) => run.states[(2 * t + c) * n + i];
}

export function memory(optimizers, rules, axes, redraw) {
  const kinds = [...new Set(rules.flatMap((rule) => rule.state)), "rate", "g"];
  const named = kinds.map((name) => [name, words.quantities[name] ?? name]);
  const quantity = select(words.quantity, named, redraw);
  const coordinate = select(words.coordinate, axes.map((name, i) => [i, name]), redraw);
  const chart = curves(words.memory, optimizers), none = make("p");
  return {
    nodes: [
      make("div", { class: "choices" }, quantity.node, coordinate.node),
      chart.space.node,
      none,
    ],
    draw(width, runs, steps, t) {
      const name = quantity.field.value, c = Number(coordinate.field.value);
      const values = runs.map((run, k) => quantityOf(name, rules[k], run, c));
      none.textContent = values.some(Boolean) ? "" : words.nothingRemembered;
      const height = Math.round(Math.min(width * 0.5, 260));
      const log = ["h", "h_max", "rate"].includes(name);
      chart.draw(width, height, values, { steps, t, title: words.quantities[name] ?? name, log });
    },
  };
}
