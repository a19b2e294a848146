// Spectrum: the eigenvalues of a quadratic on a line, and above each what is left of its mode after a step.
//
// The reader drags eigenvalues and moves the rule's settings, and sees the factor of each mode, the edge beyond which
// modes grow, how many steps the slowest takes, and what the best settings would do. What must always hold: every factor is
// the compiled formula at the eigenvalue shown; the best settings are the compiled ones for the smallest and the largest.
import { button, changer, clamp, make, path, put, rounded, svg, text, write } from "./base.js";
import { chart, handle, line, tags, tagWidth } from "./axes.js";
import { fits, travel } from "./controls.js";
import { interactive } from "./interactive.js";
import { words } from "./words.js";
import { interactiveWords } from "./words_interactive.js";
import { spectrumWords } from "./words_spectrum.js";

const TOP = 1.4; // the largest factor that the chart shows
const SAMPLES = 300;
const SHELF = -0.42; // the height of the eigenvalues as drawn, where the rule meets others

/** @param {View} view @returns {Widget} */
export function spectrum(view) {
  const { spec } = view.compiled, change = changer(view.model);
  const drawn = () => view.model.get("eigenvalues");
  return interactive(view, ({ change: set, evaluator }) => {
    const modes = modesOf(view.compiled, drawn, evaluator);
    const picture = modesChart(view.compiled, modes, (k, to) => {
      if (to !== drawn()[k]) change("eigenvalues", drawn().map((now, i) => i === k ? to : now));
    });
    const best = bestSettings(spec, modes, set);
    return {
      node: make("div", {}, picture.node, best.node),
      draw(width) {
        const worst = modes.slowest();
        picture.draw(width, worst);
        best.draw();
        const { before, after } = modes.kappas(), whole = stateOf(spec, worst).long;
        if (!modes.scaled) return spectrumWords.spectrum(after, whole);
        const met = modes.met().map((eigenvalue) => text(eigenvalue)).join(", ");
        return `${spectrumWords.spectrum(spectrumWords.partOf(after, before), whole)} ${
          spectrumWords.scaledTo(met)
        }`;
      },
      given() {
        const line = ends(drawn());
        return { ...ends(modes.met()), slowest: modes.slowest(), kappa: line.high / line.low };
      },
    };
  });
}

const ends = (list) => ({ low: Math.min(...list), high: Math.max(...list) });

/** What the compiled formulas say of the modes, with the settings of the moment. */
function modesOf({ spec, f, edge, scaled, best }, drawn, evaluator) {
  const evaluate = evaluator(f),
    edgeAt = edge && evaluator(edge),
    scale = scaled && evaluator(scaled);
  const bestOf = best.map(evaluator);
  const factor = (eigenvalue, settings = {}) =>
    evaluate({ [f.arguments[0]]: eigenvalue, ...settings })[0];
  const self = {
    scaled: Boolean(scaled),
    drawn,
    factor,
    /** The eigenvalues that the rule meets: those drawn, or what dividing makes of them. */
    met: () => scaled ? [...scale(ends(drawn()))] : drawn(),
    /** The factor of the mode that keeps most, not a number where one is none. */
    slowest(settings = {}) {
      const all = self.met().map((eigenvalue) => factor(eigenvalue, settings));
      return all.some(Number.isNaN) ? NaN : Math.max(...all);
    },
    /** The eigenvalue from which on modes grow. */
    edge: () => edge ? edgeAt()[0] : Infinity,
    /** The best settings by name, for the smallest and the largest eigenvalue. */
    best() {
      const about = ends(self.met());
      return Object.fromEntries(spec.best.map((name, k) => [name, bestOf[k](about)[0]]));
    },
    /** κ as text, of the eigenvalues drawn and of those that the rule meets. */
    kappas() {
      const [before, after] = [drawn(), self.met()].map(ends).map(({ low, high }) => high / low);
      return { before: text(before, 3), after: text(after, 3) };
    },
  };
  return self;
}

/** How the slowest mode does, in words: for a wide chart, and for a narrow one. */
function stateOf({ fraction }, factor) {
  if (text(factor, 4) === "1") return { long: spectrumWords.oneStays, brief: spectrumWords.stays };
  if (factor > 1) {
    const grows = spectrumWords.grows(text(factor, 4));
    return { long: grows, brief: grows };
  }
  const long = spectrumWords.slowest(text(factor, 4), stepsWith(factor, fraction));
  return { long, brief: spectrumWords.slowestShort(text(factor, 3)) };
}

/** How many steps a factor takes to leave a fraction, in words. */
function stepsWith(factor, fraction) {
  if (!(factor < 1)) return spectrumWords.never;
  const many = factor > 0 ? Math.ceil(Math.log(fraction) / Math.log(factor)) : 1;
  return spectrumWords.stepsTo(text(many, 5), text(fraction));
}

/** The line with a stem for each mode; move(k, eigenvalue) is called when the reader moves a knob. */
function modesChart({ spec }, modes, move) {
  const { low, high, place, value } = travel(spec.line);
  const space = chart(interactiveWords.chart(spec.title), "group"), names = tags(space);
  const zone = svg("rect", { class: "unstable" }), limit = path("target");
  const curve = path("path faint"), stems = path("path"), dots = path("dots");
  const base = path("axis"), links = path("target");
  const shelf = modes.scaled ? SHELF : 0;
  const knobs = modes.drawn().map((_, k) =>
    handle(space, spectrumWords.eigenvalue(k + 1), 1 / 60, (u) => {
      move(k, clamp(value(u), spec.line.low, spec.line.high));
    })
  );
  put(space.node, { style: `--hue:${spec.curves[0][0]}` });
  space.inside.append(zone, curve, limit, links, base, stems, dots, names.node);
  const row = svg("g", { class: "knobs" }, ...knobs.map((knob) => knob.node));
  space.node.append(row);

  const x = (v) => space.px(clamp(place(v), 2 * low - high, 2 * high - low));
  const y = (v) => space.py(Number.isNaN(v) ? NaN : clamp(v, -1, TOP + 0.3));

  function layOutLine(width) {
    space.resize(width, Math.round(clamp(width * 0.48, 250, 400)));
    space.x = { range: [low, high], scale: spec.line.scale, title: spec.line.label };
    space.y = { range: [shelf - 0.12, TOP], title: spec.ylabel, least: 0 };
    space.axes();
    put(row, { transform: `translate(${space.left} ${space.top})` });
    put(limit, { d: `M0 ${y(1)}H${space.width}` });
    const shelves = modes.scaled ? [0, shelf] : [0];
    put(base, { d: shelves.map((v) => `M0 ${y(v)}H${space.width}`).join("") });
  }

  // Where modes grow; returns where that begins.
  function drawZone() {
    const edge = modes.edge(),
      from = edge < Infinity ? clamp(x(edge), 0, space.width) : space.width;
    const left = Number.isFinite(from) ? from : space.width;
    put(zone, { x: left, y: 0, width: space.width - left, height: y(0) });
    return left;
  }

  function drawModes(met, factors) {
    const placeAt = (i) => low + ((high - low) * i) / SAMPLES;
    const height = (i) => y(modes.factor(10 ** placeAt(i)));
    put(curve, { d: line(SAMPLES + 1, (i) => space.px(placeAt(i)), height) });
    const sound = met.flatMap((eigenvalue, i) =>
      Number.isFinite(factors[i]) ? [[x(eigenvalue), y(factors[i])]] : []
    );
    put(stems, { d: sound.map(([u, v]) => `M${u} ${y(0)}V${v}`).join("") });
    put(dots, { d: sound.map(([u, v]) => `M${u} ${v}h0`).join("") });
    const order = modes.scaled ? modes.drawn().toSorted((a, b) => a - b) : [];
    const link = (eigenvalue, i) => `M${x(eigenvalue)} ${y(shelf)}L${x(met[i])} ${y(0)}`;
    put(links, { d: order.map(link).join("") });
    modes.drawn().forEach((now, k) => knobs[k].show(place(now), shelf, now, text(now)));
  }

  function drawNames(slow, worst, from) {
    const { long, brief } = stateOf(spec, worst), wanted = [];
    const name = (x, y, text, hue, left) =>
      wanted.push({ x, y, text, hue, anchor: left ? "end" : "start" });
    if (slow !== undefined) {
      const late = x(slow) > space.width * 0.6, hue = worst > 1 ? "var(--bad)" : spec.curves[0][0];
      const room = late ? x(slow) : from - x(slow); // beyond the edge the curve rises through it
      const said = tagWidth(long) + 8 > room ? brief : long;
      name(x(slow) + (late ? -8 : 8), y(worst) - 8, said, hue, late);
    }
    if (from < space.width) {
      const said = spectrumWords.edgeOf(text(modes.edge()));
      const left = from > tagWidth(said) + 5; // of the edge the curve is low
      name(from + (left ? -5 : 5), 14, said, "var(--bad)", left);
    }
    if (modes.scaled) {
      // Dividing leads the lines between from the upper left to the lower right.
      const { before, after } = modes.kappas();
      name(4, y(shelf) - 5, spectrumWords.before(before), "currentColor");
      name(space.width - 4, y(0) + 15, spectrumWords.divided(after), "currentColor", true);
    }
    names.draw(wanted);
  }

  return {
    node: space.node,
    draw(width, worst) {
      const met = modes.met(), factors = met.map((eigenvalue) => modes.factor(eigenvalue));
      layOutLine(width);
      drawModes(met, factors);
      drawNames(met[factors.indexOf(worst)], worst, drawZone());
    },
  };
}

/** The best settings in words, with a button that sets them. */
function bestSettings(spec, modes, set) {
  const told = make("p", { class: "best-settings" });
  const take = button(spectrumWords.setBest, () => {
    // Two modes meet at the best settings, and the root of a rounding error is no small one: nine digits.
    const wanted = Object.entries(modes.best()).map(([name, v]) => [name, rounded(v, 9)]);
    set(Object.fromEntries(wanted));
  });
  const sliderOf = (name) => spec.sliders.find((slider) => slider.name === name);
  const describe = (settings) => {
    const label = ([name, v]) => words.value(sliderOf(name).label, text(v, 4));
    const factor = modes.slowest(settings);
    const rest = `${text(factor, 4)}, ${stepsWith(factor, spec.fraction)}`;
    return spectrumWords.bestIs(Object.entries(settings).map(label), rest);
  };
  const row = make("div", { class: "player" }, take, told);
  return {
    node: row,
    draw() {
      const best = Object.entries(modes.best());
      const there = best.length > 0 && best.every(([, v]) => Number.isFinite(v));
      const reachable = there && best.every(([name, v]) => fits(sliderOf(name), v));
      put(row, { hidden: there ? null : "" });
      put(take, { "aria-disabled": reachable ? null : true });
      if (there) write(told, reachable ? describe(modes.best()) : spectrumWords.noBest);
    },
  };
}
