// What widgets of a formula share: a control for each of its arguments, a goal, a text that says what shows.
//
// What must always hold: the controls, the picture, the text and the model's `values` say the same; a goal is judged by
// its own compiled formula, never by what is drawn.
import {
  announcer,
  changer,
  frame,
  goalLine,
  hear,
  keepDrawn,
  make,
  painter,
  tell,
  text,
} from "./base.js";
import { settings } from "./controls.js";
import { words } from "./words.js";
import { interactiveWords } from "./words_interactive.js";

/**
 * body(…) returns {node, draw, stop, given}: draw(width) returns a text, given() what the goal's formula may see besides the
 * values.
 * @param {View} view
 * @returns {Widget}
 */
export function interactive({ model, el, compiled }, body) {
  const { spec } = compiled, { sliders } = spec, values = () => model.get("values");
  const live = announcer(), paint = painter(show), set = settings(live, paint);
  const changeOne = changer(model);
  const change = (given) => {
    const differs = Object.keys(given).some((name) => values()[name] !== given[name]);
    if (differs) changeOne("values", { ...values(), ...given });
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
  const controls = sliders.map((s) =>
    set.add(s.name, s, () => values()[s.name], (value) => change({ [s.name]: value }))
  );
  const reached = compiled.met && evaluator(compiled.met), goal = goalLine();
  const { node, draw, stop, given } = body({ spec, values, change, evaluator });
  const root = frame(
    interactiveWords.chart(spec.title),
    make("p", { class: "heading", "aria-hidden": true }, spec.title),
    goal.node,
    node,
    make("div", { class: "settings" }, ...controls),
    ...live.nodes,
  );
  el.append(root);
  let width = 0;

  function judge() {
    const met = reached(given?.())[0] !== 0;
    goal.show(met, spec.goal);
    if (model.get("met") !== met) changeOne("met", met);
  }
  function show() {
    if (width < 1) return;
    set.update();
    const shown = ({ name, options }) => options?.[values()[name]] ?? text(values()[name]);
    const settings = sliders.map((s) => words.value(s.label, shown(s))).join(", ");
    live.say(`${settings}. ${draw(width)}`);
    inform();
    if (reached) judge();
  }
  const obey = (given) => {
    change(Object.fromEntries(Object.entries(given).filter(([name]) => name in values())));
    inform();
  };
  const end = keepDrawn({
    root,
    model,
    paint,
    live,
    resized: (now) => (width = now),
    others: [() => stop?.(), hear(`${spec.name} moved`, obey)],
  });
  return { admit: set.admit, control: set.control, stop: end };
}
