// Spectrum: the eigenvalues of a quadratic on a line, and above each what is left of its mode after a step.
//
// The reader drags eigenvalues and moves the rule's settings, and sees the factor of each mode, the edge beyond which
// modes grow, how many steps the slowest takes, and what the best settings would do. What must always hold: every factor is
// the compiled formula at the eigenvalue shown; the best settings are the compiled ones for the smallest and the largest.
import { button, changer, clamp, make, path, put, rounded, svg, text } from "./base.js";
import { chart, handle, line, tags } from "./axes.js";
import { fits, travel } from "./controls.js";
import { interactive } from "./interactive.js";
import { words } from "./words.js";

const TOP = 1.4; // the largest factor that the chart shows
const SAMPLES = 300;

/** @param {View} view @returns {Widget} */
export function spectrum(view) {
  const { spec, f, edge, scaled, best } = view.compiled, change = changer(view.model);
  const drawn = () => view.model.get("eigenvalues");
  const { low, high, place, value } = travel(spec.line);
  return interactive(view, ({ change: set, evaluator }) => {
    const evaluate = evaluator(f), edgeAt = edge && evaluator(edge), bestOf = best.map(evaluator);
    const scale = scaled && evaluator(scaled);
    const ends = (list) => ({ low: Math.min(...list), high: Math.max(...list) });
    const modes = () => scaled ? [...scale(ends(drawn()))] : drawn();
    const factor = (eigenvalue, settings = {}) =>
      evaluate({ [f.arguments[0]]: eigenvalue, ...settings })[0];
    const slowest = (settings) => {
      const all = modes().map((one) => factor(one, settings));
      return all.some(Number.isNaN) ? NaN : Math.max(...all);
    };
    const bestNow = () => {
      const about = ends(modes());
      return Object.fromEntries(spec.best.map((name, k) => [name, bestOf[k](about)[0]]));
    };
    const known = () => best.length > 0 && Object.values(bestNow()).every(Number.isFinite);

    const space = chart(words.chart(spec.title), "group"), names = tags(space);
    put(space.node, { style: `--hue:${spec.curves[0][0]}` });
    const zone = svg("rect", { class: "unstable" }),
      limit = path("target"),
      curve = path("path faint");
    const stems = path("path"), dots = path("dots"), base = path("axis"), links = path("target");
    const move = (k) => (u) => {
      const moved = drawn().map((one, i) =>
        i === k ? clamp(value(u), spec.line.low, spec.line.high) : one
      );
      if (moved[k] !== drawn()[k]) change("eigenvalues", moved);
    };
    const knobs = drawn().map((_, k) => handle(space, words.eigenvalue(k + 1), 1 / 60, move(k)));
    space.inside.append(zone, curve, limit, links, base, stems, dots, names.node);
    space.node.append(svg("g", { class: "knobs" }, ...knobs.map((knob) => knob.node)));
    const told = make("p", { class: "best-settings" });
    const take = button(words.setBest, () => {
      // Two modes meet at the best settings, and the root of a rounding error is no small one: nine digits.
      const wanted = Object.entries(bestNow()).map(([name, v]) => [name, rounded(v, 9)]);
      set(Object.fromEntries(wanted));
    });
    const reachable = () =>
      Object.entries(bestNow()).every(([name, v]) =>
        fits(spec.sliders.find((s) => s.name === name), v)
      );
    const row = make("div", { class: "player" }, take, told);

    function draw(width) {
      const all = modes(), factors = all.map((one) => factor(one)), worst = slowest();
      const shelf = scaled ? -0.42 : 0; // where the eigenvalues lie that the rule does not meet
      space.resize(width, Math.round(clamp(width * 0.48, 250, 400)));
      space.x = { range: [low, high], scale: spec.line.scale, title: spec.line.label };
      space.y = { range: [shelf - 0.12, TOP], title: spec.ylabel, least: 0 };
      space.axes();
      put(space.node.querySelector(".knobs"), {
        transform: `translate(${space.left} ${space.top})`,
      });
      const x = (v) => space.px(clamp(place(v), 2 * low - high, 2 * high - low));
      const y = (v) => space.py(Number.isNaN(v) ? NaN : clamp(v, -1, TOP + 0.3));
      const from = edge ? clamp(x(edgeAt()[0]), 0, space.width) : space.width;
      const shown = (v) => Number.isFinite(v) ? v : space.width;
      put(zone, { x: shown(from), y: 0, width: space.width - shown(from), height: y(0) });
      put(limit, { d: `M0 ${y(1)}H${space.width}` });
      const at = (i) => low + ((high - low) * i) / SAMPLES;
      put(curve, { d: line(SAMPLES + 1, (i) => space.px(at(i)), (i) => y(factor(10 ** at(i)))) });
      const shelves = scaled ? [0, shelf] : [0];
      put(base, { d: shelves.map((v) => `M0 ${y(v)}H${space.width}`).join("") });
      const sound = all.flatMap((one, i) =>
        Number.isFinite(factors[i]) ? [[x(one), y(factors[i])]] : []
      );
      put(stems, { d: sound.map(([u, v]) => `M${u} ${y(0)}V${v}`).join("") });
      put(dots, { d: sound.map(([u, v]) => `M${u} ${v}h0`).join("") });
      const order = drawn().toSorted((a, b) => a - b);
      put(links, {
        d: scaled
          ? order.map((one, i) => `M${x(one)} ${y(shelf)}L${x(all[i])} ${y(0)}`).join("")
          : "",
      });
      drawn().forEach((one, k) => knobs[k].show(place(one), shelf, one, text(one)));
      const i = factors.indexOf(worst);
      const state = worst > 1
        ? words.grows(text(worst, 4))
        : words.slowest(text(worst, 4), steps(worst));
      const brief = worst > 1 ? state : words.slowestShort(text(worst, 3));
      const before = ends(drawn()), reach = ends(all);
      const first = text(before.high / before.low, 3), kappa = text(reach.high / reach.low, 3);
      const beside = (y, text) => ({
        x: space.width - 4,
        y,
        text,
        hue: "currentColor",
        anchor: "end",
      });
      const late = x(all[i]) > space.width * 0.6, nearly = edge && from > space.width * 0.8;
      names.draw([
        ...(i < 0 ? [] : [{
          x: x(all[i]) + (late ? -8 : 8),
          y: y(worst) - 8,
          text: width < 520 ? brief : state,
          hue: worst > 1 ? "var(--bad)" : spec.curves[0][0],
          anchor: late ? "end" : "start",
        }]),
        ...(edge && from < space.width
          ? [{
            x: from + (nearly ? -5 : 5),
            y: 14,
            text: words.edgeOf(text(edgeAt()[0])),
            hue: "var(--bad)",
            anchor: nearly ? "end" : "start",
          }]
          : []),
        ...(scaled
          ? [beside(y(shelf) - 5, words.kappa(first)), beside(y(0) + 15, words.divided(kappa))]
          : []),
      ]);
      const some = known(), possible = some && reachable();
      put(row, { hidden: some ? null : "" });
      put(take, { "aria-disabled": possible ? null : true });
      if (some) told.textContent = possible ? describe(bestNow()) : words.noBest;
      const met = scaled ? ` ${words.scaledTo(all.map((one) => text(one)).join(", "))}` : "";
      return words.spectrum(scaled ? words.partOf(kappa, first) : kappa, state) + met;
    }
    const steps = (rate) => {
      if (!(rate < 1)) return words.never;
      const many = rate > 0 ? Math.ceil(Math.log(spec.fraction) / Math.log(rate)) : 1;
      return words.stepsTo(text(many, 5), text(spec.fraction));
    };
    const describe = (settings) => {
      const labels = Object.entries(settings).map(([name, v]) => {
        const { label } = spec.sliders.find((s) => s.name === name);
        return words.value(label, text(v, 4));
      });
      const rate = slowest(settings);
      return words.bestIs(labels, `${text(rate, 4)}, ${steps(rate)}`);
    };
    return {
      node: make("div", {}, space.node, row),
      draw,
      given: () => {
        const line = ends(drawn());
        return { ...ends(modes()), slowest: slowest(), kappa: line.high / line.low };
      },
    };
  });
}
