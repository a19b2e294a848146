// A function of two controls in color, with a cross-hair at their values, its best place, and an edge.
//
// The reader moves the cross-hair by pointer or arrow keys, or moves the two sliders; both are the same values.
// What must hold: the color under the cross-hair is the function at the values shown, up to the size of a cell;
// cells without a finite value, or beyond the edge, are hatched, never colored; computing never holds up an input for
// long.
import { make, path, put, svg, text } from "./base.js";
import { above, chart, drag, handle } from "./axes.js";
import { travel } from "./controls.js";
import { isolines } from "./plane.js";
import { words } from "./words.js";

const CELLS = 64;
const SLICE = 8; // milliseconds of work between two chances for an input
const STAR = "M0-7 2-2 7-2 3 1.5 4.5 7 0 3.5-4.5 7-3 1.5-7-2-2-2z";

/**
 * colors: [r, g, b] from low to high. pick(first, second) is called with values when the cross-hair is moved. The words
 * are what the legend says of hatched cells.
 */
export function heat(label, colors, pick, hatchedWord = words.mapDiverged) {
  const canvas = make("canvas", { width: CELLS, height: CELLS, "aria-hidden": true });
  const space = chart(label, "group");
  const border = path("edge"), star = path("best", { d: STAR }), cross = path("cross");
  const values = new Float64Array(CELLS * CELLS);
  let axes = [], timer = 0, done = "", now = null, work = null, marked = "";
  const choose = (u, v) => pick(axes[0].value(u), axes[1].value(v));
  const grip = handle(space, words.mapHandle, 1 / CELLS, choose);
  space.inside.append(
    svg("rect", { width: "100%", height: "100%" }),
    border,
    star,
    cross,
  );
  space.node.append(above(space, grip.node));
  drag(space.inside, space, choose, true);
  const ends = [make("span"), make("span")], best = make("span", { class: "bestly" });
  const gradient = `background:linear-gradient(90deg,rgb(${colors.join("),rgb(")}))`;
  const bar = make("span", { class: "bar", style: gradient });
  const hatched = make("span", { class: "hatched" }, make("span", { class: "hatch" }), hatchedWord);
  const legend = make("p", { class: "legend" }, ends[0], bar, ends[1], hatched, best);

  // A map out of sight can wait.
  let inSight = false;
  const resume = () => {
    clearTimeout(timer);
    if (inSight && work) timer = setTimeout(work);
  };
  const sight = new IntersectionObserver(([entry]) => {
    inSight = entry.isIntersecting;
    resume();
  }, { rootMargin: "300px" });
  sight.observe(space.node);

  // The color at a share of the way from the lowest value to the highest.
  function colorAt(share) {
    const place = share * (colors.length - 1), i = Math.min(place | 0, colors.length - 2);
    return colors[i].map((c, j) => c + (colors[i + 1][j] - c) * (place - i));
  }

  function paint({ log, edge, starred }) {
    const place = (v) => (log ? Math.log10(Math.max(v, 1e-16)) : v);
    const sound = (v) => Number.isFinite(v) && !(v >= edge);
    const image = new ImageData(CELLS, CELLS);
    let low = Infinity, high = -Infinity, least = 0;
    values.forEach((v, k) => {
      if (!sound(v)) return;
      low = Math.min(low, place(v));
      if (!(v >= values[least]) || !sound(values[least])) least = k;
      high = Math.max(high, place(v));
    });
    values.forEach((v, k) => {
      const column = k % CELLS, row = CELLS - 1 - (k - column) / CELLS;
      const grey = (row + column) % 4 ? 150 : 205;
      const share = high > low ? (place(v) - low) / (high - low) : 0;
      const color = sound(v) ? colorAt(share) : [grey, grey, grey];
      image.data.set([...color, 255], (row * CELLS + column) * 4);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    const any = low <= high;
    hatched.hidden = values.every(sound);
    [low, high].forEach((v, i) => (ends[i].textContent = any ? text(log ? 10 ** v : v, 2) : ""));
    const cell = [least % CELLS, Math.floor(least / CELLS)];
    now = { any: starred && high > low, cell };
    marked = "";
    mark(edge);
  }

  // The edge and the best place, for the chart's size of the moment.
  function mark(edge) {
    const size = `${space.width} ${space.height}`;
    if (!now || marked === size) return;
    marked = size;
    const center = (i, { low, high }) => low + ((i + 0.5) / CELLS) * (high - low);
    const [x, y] = now.cell.map((i, k) => center(i, axes[k]));
    put(star, {
      display: now.any ? null : "none",
      transform: `translate(${space.px(x)} ${space.py(y)})`,
    });
    best.textContent = now.any
      ? words.mapBest(
        axes.map((axis, k) => text(axis.value([x, y][k]), axis.scale === "decay" ? 4 : 2)),
      )
      : "";
    if (edge === undefined) return;
    const dx = space.width / CELLS, dy = space.height / CELLS, n = CELLS - 1;
    const flipped = Float64Array.from(values, (_, k) => {
      const column = k % CELLS, v = values[(CELLS - 1 - Math.floor(k / CELLS)) * CELLS + column];
      return v < edge ? 0 : 1;
    });
    put(border, {
      d: isolines({ values: flipped, columns: n, rows: n, dx, dy }, [0.5]),
      transform: `translate(${dx / 2} ${dy / 2})`,
    });
  }

  return {
    node: make(
      "div",
      { class: "heat" },
      make("div", { class: "layers" }, canvas, space.node),
      legend,
    ),
    stop() {
      clearTimeout(timer);
      sight.disconnect();
    },
    /**
     * specs: of the two controls. now: their values. fillRows(first, second, values, from, to) computes some rows; key names
     * all that the values depend on. edge: cells with at least this value are hatched. star: whether to mark the best.
     */
    update(
      width,
      height,
      { title, specs, now: set, log, key, fillRows, edge, star: starred = true },
    ) {
      axes = specs.map(travel);
      put(space.node, { "aria-label": title });
      [space.x, space.y] = axes.map(({ low, high, scale }, i) => ({
        range: /** @type {[number, number]} */ ([low, high]),
        scale,
        title: specs[i].label,
      }));
      space.resize(width, height);
      space.axes();
      put(canvas, {
        style:
          `left:${space.left}px;top:${space.top}px;width:${space.width}px;height:${space.height}px`,
      });
      const [x, y] = axes.map((axis, i) => axis.place(set[i]));
      put(cross, { d: `M${space.px(x)} 0V${space.height}M0 ${space.py(y)}H${space.width}` });
      const said = specs.map((spec, i) => words.value(spec.label, text(set[i]))).join(", ");
      grip.show(x, y, set[0], said);
      mark(edge);
      if (key === done) return;
      done = key;
      clearTimeout(timer);
      const cells = Array.from({ length: CELLS }, (_, i) => (i + 0.5) / CELLS);
      const [first, second] = axes.map(({ low, high, value }) =>
        Float64Array.from(cells, (share) => value(low + share * (high - low)))
      );
      let row = 0;
      work = () => {
        const until = performance.now() + SLICE;
        for (; row < CELLS && performance.now() < until; row++) {
          fillRows(first, second, values, row, row + 1);
        }
        if (row < CELLS) return resume();
        work = null;
        paint({ log, edge, starred });
      };
      resume(); // after the frame that this is drawn in
    },
  };
}
