// A function of two controls in color, with a cross-hair at their values.
//
// The reader moves the cross-hair by pointer or arrow keys, or moves the two sliders; both are the same values.
// What must hold: the color under the cross-hair is the function at the values shown, up to the size of a cell;
// cells without a finite value are hatched, never colored; computing never holds up an input for long.
import { chart, drag, handle, make, path, put, svg, text, travel } from "./base.js";
import { words } from "./words.js";

const CELLS = 64;
const SLICE = 8; // milliseconds of work between two chances for an input

// colors: [r, g, b] from low to high. pick(first, second) is called with values when the cross-hair is moved.
export function heat(label, colors, pick) {
  const canvas = make("canvas", { width: CELLS, height: CELLS, "aria-hidden": true });
  const space = chart(label, 0.8, "group"), cross = path("cross"), values = new Float64Array(CELLS * CELLS);
  let axes, timer = 0, done = "";
  const choose = (u, v) => pick(axes[0].value(u), axes[1].value(v));
  const grip = handle(space, words.mapHandle, 1 / CELLS, choose);
  space.inside.append(svg("rect", { width: "100%", height: "100%" }), cross, grip.node);
  drag(space.inside, space, choose);
  const ends = [make("span"), make("span")];
  const bar = make("span", { class: "bar", style: `background:linear-gradient(90deg,rgb(${colors.join("),rgb(")}))` });
  const hatched = make("span", { class: "hatched" }, make("span", { class: "hatch" }), words.mapDiverged);
  const legend = make("p", { class: "legend" }, ends[0], bar, ends[1], hatched);

  function paint(log) {
    const place = (v) => (log ? Math.log10(Math.max(v, 1e-16)) : v), sound = values.filter(Number.isFinite).map(place);
    const low = sound.reduce((a, b) => Math.min(a, b), Infinity), high = sound.reduce((a, b) => Math.max(a, b), low + 1e-12);
    const image = new ImageData(CELLS, CELLS);
    values.forEach((v, k) => {
      const column = k % CELLS, row = CELLS - 1 - (k - column) / CELLS, grey = (row + column) % 4 ? 128 : 200;
      const at = ((place(v) - low) / (high - low)) * (colors.length - 1), i = Math.min(at | 0, colors.length - 2);
      const color = Number.isFinite(v) ? colors[i].map((c, j) => c + (colors[i + 1][j] - c) * (at - i)) : [grey, grey, grey];
      image.data.set([...color, 255], (row * CELLS + column) * 4);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    hatched.hidden = sound.length === values.length;
    [low, high].forEach((v, i) => (ends[i].textContent = sound.length ? text(log ? 10 ** v : v, 2) : ""));
  }

  return {
    node: make("div", { class: "heat" }, make("div", { class: "layers" }, canvas, space.node), legend),
    stop: () => clearTimeout(timer),
    // specs: of the two controls. at: their values. fill(first, second, values, from, to) computes some rows; key names
    // all that the values depend on.
    update(width, { title, specs, at, log, key, fill }) {
      axes = specs.map(travel);
      put(space.node, { "aria-label": title });
      [space.x, space.y] = axes.map(({ low, high, scale }, i) => ({ range: [low, high], scale, title: specs[i].label }));
      space.resize(width);
      space.axes();
      put(canvas, { style: `left:${space.left}px;top:${space.top}px;width:${space.width}px;height:${space.height}px` });
      const [x, y] = axes.map((axis, i) => axis.at(at[i]));
      put(cross, { d: `M${space.px(x)} 0V${space.height}M0 ${space.py(y)}H${space.width}` });
      grip.show(x, y, at[0], specs.map((spec, i) => words.value(spec.label, text(at[i]))).join(", "));
      if (key === done) return;
      done = key;
      clearTimeout(timer);
      const [first, second] = axes.map(({ low, high, value }) => Float64Array.from(values.subarray(0, CELLS), (_, i) => value(low + ((i + 0.5) / CELLS) * (high - low))));
      let row = 0;
      const slice = () => {
        for (const until = performance.now() + SLICE; row < CELLS && performance.now() < until; row++) fill(first, second, values, row, row + 1);
        if (row < CELLS) timer = setTimeout(slice);
        else paint(log);
      };
      slice();
    },
  };
}
