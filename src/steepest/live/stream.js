// Stream: a round of gradients as bars that the reader sets, repeated, and what rules make of it.
//
// The reader draws the round, changes how long it is and the rules' hyperparameters, and sees where each rule goes and how
// long its steps are, beside a bound that somebody claimed; they try to break the claim, and may send a link to what does.
// What must always hold: positions are those of the compiled rules; goals are judged by their own compiled conditions, from
// what the first rule does.
import {
  announcer,
  changer,
  clamp,
  frame,
  goalLine,
  keepDrawn,
  make,
  outputsOf,
  painter,
  path,
  put,
  QUIET,
  rounded,
  svg,
  text,
} from "./base.js";
import { above, arrow, chart, roomy, tags } from "./axes.js";
import { beside, through } from "./beside.js";
import { settings } from "./controls.js";
import { linked } from "./share.js";
import { turns } from "./turns.js";
import { words } from "./words.js";
import { streamWords } from "./words_stream.js";

/** @param {View} view @returns {Widget} */
export function stream({ model, el, compiled, link }) {
  const { spec, rules, bound, goals } = compiled, change = changer(model);
  const live = announcer(), paint = painter(draw), inTurn = turns(paint);
  const set = settings(live, inTurn.afresh);
  const get = (name) => model.get(name), round = () => get("gradients");
  const hyper = () => get("hyperparameters");
  const evaluate = (f, values) => outputsOf(f, values)[0];

  const setBar = (k, v) => { // beyond the round it sets nothing
    if (round()[k] !== v) change("gradients", round().map((old, i) => i === k ? v : old));
  };
  const editor = barEditor(spec, round, setBar, (to) => change("gradients", to));
  const paths = tracks(streamWords.positionChart, spec.optimizers);
  const lengths = tracks(streamWords.lengthChart, spec.optimizers);
  lengths.space.y.title = streamWords.stepLength;
  const limit = path("target bound"), limitName = tags(lengths.space);
  lengths.space.inside.append(limit, limitName.node);
  const length = (many) =>
    change("gradients", Array.from({ length: many }, (_, i) => round()[i] ?? 0));
  const controls = [
    set.add("bars", spec.bars, () => round().length, length),
    ...spec.sliders.map((s) =>
      set.add(
        s.name,
        s,
        () => hyper()[s.name],
        (v) => change("hyperparameters", { ...hyper(), [s.name]: v }),
      )
    ),
  ];
  const height = { low: -spec.largest, high: spec.largest };
  for (let k = 0; k < spec.bars.high; k++) { // in a link, behind the number of bars
    set.hold(`bar ${k + 1}`, () => round()[k] ?? 0, (v) => setBar(k, v), () => {}, height);
  }
  const address = linked(link), aims = spec.goals.map(goalLine);
  const title = streamWords.stream(spec.optimizers.map(({ name }) => name));
  const root = frame(
    title,
    make("p", { class: "heading", "aria-hidden": true }, title),
    ...aims.map((aim) => aim.node),
    editor.node,
    make("div", { class: "plots" }, paths.space.node, lengths.space.node),
    make("div", { class: "settings" }, ...controls),
    ...live.nodes,
    make("div", { class: "player" }, ...address.nodes),
  );
  el.append(root);
  let width = 0;

  function draw() {
    if (width < 1) return;
    if (inTurn.busy()) return paint();
    const gradients = round(), mean = gradients.reduce((sum, g) => sum + g, 0) / gradients.length;
    const runs = spec.optimizers.map((o) =>
      race(rules[o.rule], { ...o.fixed, ...hyper() }, gradients, spec.steps)
    );
    const steps = runs.map((w) => w.slice(1).map((v, i) => Math.abs(v - w[i])));
    const measured = {
      drift: drift(runs[0], gradients.length),
      mean,
      longest: Math.max(...steps[0]),
      bound: bound && evaluate(bound, hyper()),
    };
    const half = width < 560 ? width : Math.floor(width / 2);
    editor.draw(width, mean);
    paths.space.y.title = streamWords.position(mean);
    paths.draw(half, runs, 0);
    inTurn(() => {
      drawLengths(half, steps, measured.bound);
      set.update();
      address.draw(set.state());
      const met = goals.map((goal) => evaluate(goal, measured) !== 0);
      aims.forEach((aim, i) => aim.show(met[i], spec.goals[i]));
      if (met.some((now, i) => now !== get("met")[i])) change("met", met);
      const { name } = spec.optimizers[0];
      live.say(streamWords.drifts(text(mean), name, text(measured.drift), text(measured.longest)));
    });
  }

  // How long the steps are, and the bound.
  function drawLengths(half, steps, most) {
    const longest = Math.max(
      ...steps.flatMap((table) => [...table]).filter(Number.isFinite),
      most || 0,
    );
    const tables = steps.map((table) => ofRounds(table, round().length));
    lengths.draw(half, tables, 1, [0, longest * 1.12 || 1]);
    const y = lengths.space.py(most ?? NaN);
    put(limit, { d: bound ? `M0 ${y}H${lengths.space.width}` : "" });
    const near = { x: lengths.space.width - 4, y: y - 6, anchor: "end" };
    limitName.draw(bound ? [{ ...near, text: words.value(spec.bound, text(most)) }] : []);
  }

  const resized = (now) => (width = now);
  const stop = keepDrawn({ root, model, paint, live, resized, others: [inTurn.stop] });
  return { admit: set.admit, control: set.control, stop };
}

/** The positions of a rule that meets a round of gradients again and again, from 0. */
function race(rule, values, gradients, steps) {
  const h = Float64Array.from(rule.hyper, (name) => values[name]);
  const p = new Float64Array(rule.shared), s = new Float64Array(2 * rule.state.length);
  const w = new Float64Array(2), g = new Float64Array(2), found = new Float64Array(steps + 1);
  rule.init(h, s);
  for (let t = 1; t <= steps; t++) {
    g[0] = gradients[(t - 1) % gradients.length]; // the other coordinate has none
    rule.share(h, t, p);
    rule.step(w, g, h, t, p, s);
    found[t] = w[0];
  }
  return found;
}

/** The mean move in a step over the whole rounds of the second half of a run. */
function drift(w, period) {
  const rounds = Math.floor((w.length - 1) / period);
  if (!rounds) return 0;
  const late = period * Math.max(rounds - Math.floor(rounds / 2), 1), last = period * rounds;
  return (w[last] - w[last - late]) / late;
}

/** The longest step of each whole round, at every step of it. */
function ofRounds(lengths, period) {
  const found = new Float64Array(lengths.length).fill(NaN);
  for (let t = 0; t + period <= lengths.length; t += period) {
    found.fill(Math.max(...lengths.subarray(t, t + period)), t, t + period);
  }
  return found;
}

/** Bars that a pointer sets where it passes and the arrow keys move; left and right go to the next bar. */
function barEditor({ largest }, round, setBar, change) {
  const space = chart(streamWords.bars, "group"), bars = path("bars"), average = path("target");
  const base = path("axis"), name = tags(space), handles = svg("g");
  space.inside.append(bars, base, average, name.node);
  space.node.append(handles);
  put(space.node, { class: "chart editor" });
  const snapped = (v) => clamp(rounded(v, 2), -largest, largest);
  let saved, last;
  const moved = (event) => {
    const box = space.node.getBoundingClientRect(), many = round().length;
    const u = (event.clientX - box.left - space.left) / space.width;
    const v = space.atY(event.clientY - box.top - space.top);
    const k = clamp(Math.floor(u * many), 0, many - 1);
    const g = Math.abs(v) < largest / 40 ? 0 : snapped(v);
    const between = last ? Math.abs(k - last.k) : 0; // a fast pointer passes more bars than it tells of
    for (let i = 1; i < between; i++) {
      const share = i / between;
      setBar(last.k + Math.sign(k - last.k) * i, snapped(last.g + share * (g - last.g)));
    }
    setBar(k, g);
    last = { k, g };
  };
  put(space.node, {
    pointerdown(event) {
      if (event.button || !event.isPrimary) return; // a second finger draws nothing
      [saved, last] = [round(), undefined];
      space.node.setPointerCapture(event.pointerId);
      moved(event);
    },
    pointermove: (event) =>
      event.isPrimary && space.node.hasPointerCapture(event.pointerId) && moved(event),
    pointerup: () => (saved = undefined),
    pointercancel() { // the finger turned out to scroll the page
      if (saved) change(saved);
      saved = undefined;
    },
  });
  const grip = (k) =>
    svg("circle", {
      r: 6,
      class: "knob still",
      role: "slider",
      tabindex: k ? -1 : 0,
      ...QUIET,
      "aria-label": streamWords.bar(k + 1),
      keydown(event) {
        const now = round()[k],
          far = {
            Home: -largest,
            End: largest,
            PageUp: now + largest / 4,
            PageDown: now - largest / 4,
          }[event.key];
        if (far !== undefined) {
          event.preventDefault();
          return setBar(k, snapped(far));
        }
        const by = arrow(event);
        if (!by) return;
        if (by[1]) return setBar(k, snapped(now + (by[1] * largest) / 20));
        const next = handles.childNodes[clamp(k + Math.sign(by[0]), 0, round().length - 1)];
        for (const other of handles.childNodes) put(other, { tabindex: other === next ? 0 : -1 });
        /** @type {SVGElement} */ (next).focus();
      },
    });
  return {
    node: space.node,
    draw(width, mean) {
      const gradients = round(), many = gradients.length;
      space.resize(width, clamp(Math.round(width * 0.24), 150, 210));
      space.x = { range: [0.5, many + 0.5], title: streamWords.place, least: 1 };
      space.y = { range: [-1.08 * largest, 1.08 * largest], title: streamWords.gradient };
      space.axes();
      const left = (k) => space.px(k + 0.62), wide = 0.76 * (space.px(1) - space.px(0));
      const y = gradients.map((g) => space.py(g));
      put(bars, {
        d: y.map((v, k) => `M${left(k)} ${space.py(0)}V${v}h${wide}V${space.py(0)}z`).join(""),
      });
      put(base, { d: `M0 ${space.py(0)}H${space.width}` });
      put(average, { d: `M0 ${space.py(mean)}H${space.width}` });
      const where = { x: space.width - 4, y: space.py(mean) - 6, anchor: "end" };
      name.draw([{ ...where, text: streamWords.meanOf(text(mean)) }]);
      put(handles, { transform: `translate(${space.left} ${space.top})` });
      while (handles.childNodes.length < many) handles.append(grip(handles.childNodes.length));
      while (handles.childNodes.length > many) handles.lastChild.remove();
      gradients.forEach((g, k) =>
        put(handles.childNodes[k], {
          cx: left(k) + wide / 2,
          cy: y[k],
          "aria-valuenow": g,
          "aria-valuetext": text(g),
        })
      );
      if (
        ![...handles.childNodes].some((knob) =>
          /** @type {Element} */ (knob).getAttribute("tabindex") === "0"
        )
      ) {
        put(handles.firstChild, { tabindex: 0 });
      }
    },
  };
}

/** A chart with one curve for each optimizer, named at its end. */
function tracks(label, optimizers) {
  const space = chart(label), names = tags(space);
  const shapes = optimizers.map((o) =>
    path("path", { style: `--hue:${o.color}`, "stroke-dasharray": o.dash })
  );
  space.inside.append(...shapes);
  space.node.append(above(space, names.node));
  return {
    space,
    draw(width, tables, first, range) {
      const last = tables[0].length - 1,
        all = tables.flatMap((table) => [...table]);
      const finite = all.filter(Number.isFinite);
      space.resize(width, Math.round(clamp(width * 0.6, 190, 280)));
      space.x = { range: [first, last + first], title: words.step };
      space.y.range = range ?? roomy(Math.min(...finite), Math.max(...finite));
      space.axes();
      const curves = tables.map((table, k) => ({
        points: Array.from(table, (v, i) => [space.px(i + first), space.py(v)]),
        text: optimizers[k].name,
        hue: optimizers[k].color,
      }));
      curves.forEach(({ points }, k) => {
        put(shapes[k], { d: through(points) });
      });
      names.place(beside(space, curves));
    },
  };
}
