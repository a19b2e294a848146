// A function of two controls in color, with a cross-hair at their values.
//
// The reader moves the cross-hair by pointer or arrow keys, or moves the two sliders; both are the same values.
// What must hold: the color under the cross-hair is the function at the values shown, up to the size of a cell;
// cells without a finite value are hatched, never colored; computing never holds up an input for long.
import { arrows, chart, drag, make, put, text, travel } from "./base.js";
import { words } from "./words.js";

const CELLS = 64;
const SLICE = 6; // milliseconds of work between two chances for an input

// colors: [r, g, b] from low to high. pick(first, second) is called with values when the cross-hair is moved.
export function heat({ label, handle, colors, pick }) {
  const canvas = make("canvas", { width: CELLS, height: CELLS, "aria-hidden": "true" });
  const space = chart({ label, ratio: 0.8, role: "group" });
  const cross = make("svg:path", { class: "cross" });
  const grip = make("svg:g", { class: "grip", role: "slider", tabindex: 0, "aria-label": handle, "aria-valuenow": 0 },
    make("svg:circle", { r: 18, class: "reach" }), make("svg:circle", { r: 6, class: "knob" }));
  const ground = make("svg:rect", { width: "100%", height: "100%", class: "reach" });
  space.inside.append(ground, cross, grip);
  const bar = make("span", { class: "bar", style: `background:linear-gradient(90deg,${colors.map((c) => `rgb(${c})`)})` });
  const low = make("span"), high = make("span");
  const legend = make("p", { class: "legend" }, low, bar, high, make("span", { class: "hatch" }), words.mapDiverged);
  const node = make("div", { class: "heat" }, make("div", { class: "layers" }, canvas, space.node), legend);
  const values = new Float64Array(CELLS * CELLS);
  let axes, timer = 0, done = "";

  const centers = (axis) => Float64Array.from({ length: CELLS }, (_, i) => axis.value(axis.low + ((i + 0.5) / CELLS) * (axis.high - axis.low)));
  const choose = (u, v) => pick(axes[0].value(u), axes[1].value(v));
  drag(space.node, space, choose);
  put(grip, {
    keydown: (event) => {
      const move = arrows(event);
      if (move) choose(...axes.map((axis, i) => axis.at(now[i]) + (move[i] * (axis.high - axis.low)) / CELLS));
    },
  });
  let now = [0, 0];

  function paint(log) {
    let least = Infinity, most = -Infinity;
    for (const v of values) {
      if (v - v !== 0) continue;
      least = Math.min(least, v);
      most = Math.max(most, v);
    }
    const place = log ? (v) => Math.log10(Math.max(v, 1e-16)) : (v) => v;
    const from = place(least), to = Math.max(place(most), from + 1e-12);
    const image = new ImageData(CELLS, CELLS);
    for (let row = 0; row < CELLS; row++) {
      for (let column = 0; column < CELLS; column++) {
        const v = values[(CELLS - 1 - row) * CELLS + column], k = (row * CELLS + column) * 4;
        let color;
        if (v - v !== 0) color = (row + column) % 4 ? [128, 128, 128] : [200, 200, 200];
        else {
          const at = ((place(v) - from) / (to - from)) * (colors.length - 1), i = Math.min(at | 0, colors.length - 2);
          color = colors[i].map((c, j) => c + (colors[i + 1][j] - c) * (at - i));
        }
        image.data.set([...color, 255], k);
      }
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    low.textContent = text(log ? Math.max(least, 1e-16) : least, 2);
    high.textContent = text(most, 2);
  }

  return {
    node,
    stop: () => clearTimeout(timer),
    // specs: of the two controls. at: their values. fill(first, second, values, from, to) computes some rows;
    // key names all that the values depend on.
    update({ width, specs, at, fill, key, log, title }) {
      axes = specs.map(travel);
      now = at;
      put(space.node, { "aria-label": title });
      space.resize(width);
      [space.x, space.y] = axes.map((axis) => [axis.low, axis.high]);
      [space.xTitle, space.yTitle] = specs.map((spec) => spec.label);
      [space.xScale, space.yScale] = specs.map((spec) => spec.scale);
      space.axes();
      put(canvas, { style: `left:${space.left}px;top:${space.top}px;width:${space.width}px;height:${space.height}px` });
      const x = space.px(axes[0].at(at[0])), y = space.py(axes[1].at(at[1]));
      put(cross, { d: `M${x} 0V${space.height}M0 ${y}H${space.width}` });
      put(grip, { transform: `translate(${x} ${y})`, "aria-valuenow": at[0], "aria-valuetext": specs.map((spec, i) => words.value(spec.label, text(at[i]))).join(", ") });
      if (key === done) return;
      done = key;
      clearTimeout(timer);
      const first = centers(axes[0]), second = centers(axes[1]);
      let row = 0;
      const slice = () => {
        for (const until = performance.now() + SLICE; row < CELLS && performance.now() < until; row += 2) fill(first, second, values, row, row + 2);
        if (row < CELLS) timer = setTimeout(slice);
        else paint(log);
      };
      slice();
    },
  };
}
