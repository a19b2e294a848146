// A function of two controls in color, with a cross-hair at their values, its best place, and an edge.
//
// The reader moves the cross-hair by pointer or arrow keys, or moves the two sliders; both are the same values.
// What must hold: the color under the cross-hair is the function at the values shown, up to the size of a cell;
// cells without a finite value, or beyond the edge, are hatched, never colored; computing never holds up an input for
// long.
import { make, path, put, svg, text, write } from "./base.js";
import { above, chart, drag, handle } from "./axes.js";
import { CELLS, colored, rowByRow } from "./cells.js";
import { travel } from "./controls.js";
import { isolines } from "./plane.js";
import { words } from "./words.js";

const STAR = "M0-7 2-2 7-2 3 1.5 4.5 7 0 3.5-4.5 7-3 1.5-7-2-2-2z";

/**
 * colors: [r, g, b] from low to high. pick(first, second) is called with values when the cross-hair is moved. The words
 * are what the legend says of hatched cells.
 */
export function heat(label, colors, pick, hatchedWord = words.mapDiverged) {
  const canvas = make("canvas", { width: CELLS, height: CELLS, "aria-hidden": true });
  const space = chart(label, "group"), cross = path("cross");
  const marks = marksOn(space), legend = legendOf(colors, hatchedWord), maps = rowByRow(space.node);
  let axes = [], asked = "";
  const choose = (u, v) => pick(axes[0].value(u), axes[1].value(v));
  const grip = handle(space, words.mapHandle, 1 / CELLS, choose);
  space.inside.append(svg("rect", { width: "100%", height: "100%" }), ...marks.nodes, cross);
  space.node.append(above(space, grip.node));
  drag(space.inside, space, choose, true);

  function show(values, { log, edge, starred }) {
    const map = colored(values, colors, log, edge);
    const star = starred && map.high > map.low ? map.least : null;
    canvas.getContext("2d").putImageData(map.image, 0, 0);
    const digits = ({ scale }) => (scale === "decay" ? 4 : 2);
    legend.show(map, log, star?.map((i, k) => text(valueAt(axes[k], i), digits(axes[k]))));
    marks.set(values, edge, star);
    marks.draw(axes);
  }

  return {
    node: make(
      "div",
      { class: "heat" },
      make("div", { class: "layers" }, canvas, space.node),
      legend.node,
    ),
    stop: maps.stop,
    /**
     * specs: of the two controls. now: their values. fillRows(first, second, values, from, to) computes some rows; key
     * names all that the values depend on. edge: cells with at least this value are hatched. star: whether to mark the
     * best.
     */
    update(width, height, { title, specs, now, log, key, fillRows, edge, star: starred = true }) {
      axes = specs.map(travel);
      put(space.node, { "aria-label": title });
      [space.x, space.y] = axes.map(({ low, high, scale }, i) => ({
        range: /** @type {[number, number]} */ ([low, high]),
        scale,
        title: specs[i].label,
      }));
      space.resize(width, height);
      space.axes();
      const { left, top, width: w, height: h } = space;
      put(canvas, { style: `left:${left}px;top:${top}px;width:${w}px;height:${h}px` });
      const [x, y] = axes.map((axis, i) => axis.place(now[i]));
      put(cross, { d: `M${space.px(x)} 0V${space.height}M0 ${space.py(y)}H${space.width}` });
      const said = specs.map((spec, i) => words.value(spec.label, text(now[i]))).join(", ");
      grip.show(x, y, now[0], said);
      marks.draw(axes);
      if (key === asked) return;
      asked = key;
      const [first, second] = axes.map((axis) =>
        Float64Array.from({ length: CELLS }, (_, i) => valueAt(axis, i))
      );
      const values = new Float64Array(CELLS * CELLS);
      maps.ask(
        (row) => fillRows(first, second, values, row, row + 1),
        () => show(values, { log, edge, starred }),
      );
    },
  };
}

const centerOf = ({ low, high }, i) => low + ((i + 0.5) / CELLS) * (high - low);
const valueAt = (axis, i) => axis.value(centerOf(axis, i));

/** The edge and the best place, for the values and the chart's size of the moment. */
function marksOn(space) {
  const border = path("edge"), star = path("best", { d: STAR, display: "none" });
  let found = null, drawn = "";
  // 0 below the edge and 1 beyond, row by row from the top.
  function sides(values, edge) {
    return Float64Array.from(values, (_, k) => {
      const column = k % CELLS, row = CELLS - 1 - Math.floor(k / CELLS);
      return values[row * CELLS + column] < edge ? 0 : 1;
    });
  }
  return {
    nodes: [border, star],
    set(values, edge, best) {
      found = { sides: edge === undefined ? null : sides(values, edge), best };
      drawn = "";
    },
    draw(axes) {
      const size = `${space.width} ${space.height}`;
      if (!found || drawn === size) return;
      drawn = size;
      put(star, { display: found.best ? null : "none" });
      if (found.best) {
        const [x, y] = found.best.map((i, k) => centerOf(axes[k], i));
        put(star, { transform: `translate(${space.px(x)} ${space.py(y)})` });
      }
      if (!found.sides) return;
      const dx = space.width / CELLS, dy = space.height / CELLS, n = CELLS - 1;
      put(border, {
        d: isolines({ values: found.sides, columns: n, rows: n, dx, dy }, [0.5]),
        transform: `translate(${dx / 2} ${dy / 2})`,
      });
    },
  };
}

/** What the colors mean, and which place is best. */
function legendOf(colors, hatchedWord) {
  const ends = [make("span"), make("span")], best = make("span", { class: "bestly" });
  const gradient = `background:linear-gradient(90deg,rgb(${colors.join("),rgb(")}))`;
  const bar = make("span", { class: "bar", style: gradient });
  const hatched = make("span", { class: "hatched" }, make("span", { class: "hatch" }), hatchedWord);
  return {
    node: make("p", { class: "legend" }, ends[0], bar, ends[1], hatched, best),
    show({ low, high, hatched: some }, log, values) {
      hatched.hidden = !some;
      const end = (place) => low <= high ? text(log ? 10 ** place : place, 2) : "";
      write(ends[0], end(low));
      write(ends[1], end(high));
      write(best, values ? words.mapBest(values) : "");
    },
  };
}
