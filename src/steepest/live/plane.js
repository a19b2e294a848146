// What is drawn in the plane of a surface: its height as a tint and contours, its minima, and the path of a run.
import { clamp, make, path, put, svg, write } from "./base.js";
import { line, moved, placing, remembering, tenth } from "./axes.js";
import { words } from "./words.js";

const COLUMNS = 90, ROWS = 70, LEVELS = 18;
// The tint of the highest places; the lowest have none, so that what runs there stands out.
const TINT = [64, 104, 168], DEEPEST = 105;

/** A function's values on a grid over a chart, row by row from the top. */
export function heights({ width, height, atX, atY }, f) {
  const columns = COLUMNS, rows = ROWS, values = new Float64Array((columns + 1) * (rows + 1));
  const [dx, dy] = [width / columns, height / rows];
  for (let k = 0; k < values.length; k++) {
    const i = k % (columns + 1);
    values[k] = f(atX(i * dx), atY(((k - i) / (columns + 1)) * dy));
  }
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { values, columns, rows, dx, dy, low, high };
}

/** The lines on which a grid has given heights, by marching squares; each pair of cells shares an end. */
export function isolines({ values, columns, rows, dx, dy }, levels) {
  let d = "";
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const k = j * (columns + 1) + i, below = k + columns + 1;
      const a = values[k], b = values[k + 1], c = values[below + 1], e = values[below];
      const least = Math.min(a, b, c, e), most = Math.max(a, b, c, e);
      for (const level of levels) {
        if (level > least && level <= most) d += crossing([a, b, c, e], level, i, j, dx, dy);
      }
    }
  }
  return d;
}

// The parts of one line within one cell.
function crossing(corners, level, i, j, dx, dy) {
  let d = "", pen = "M";
  for (let side = 0; side < 4; side++) {
    const a = corners[side], b = corners[(side + 1) % 4];
    if ((a < level) === (b < level)) continue;
    const part = (level - a) / (b - a);
    const [u, v] = [[part, 0], [1, part], [1 - part, 1], [0, 1 - part]][side];
    d += `${pen}${tenth((i + u) * dx)} ${tenth((j + v) * dy)}`;
    pen = pen === "M" ? "L" : "M";
  }
  return d;
}

/** Contour lines, closer where the surface is low, at the heights of plots.contours. */
export function contourLines(grid) {
  const { low, high } = grid;
  const level = (_, i) => low + (high - low) * ((i + 1) / LEVELS) ** 2.5;
  return isolines(grid, Array.from({ length: LEVELS - 1 }, level));
}

/** The landscape of a surface below a chart: a canvas with the tint, and the contours and minima in the chart. */
export function landscape(space) {
  const canvas = make("canvas", {
    width: COLUMNS + 1,
    height: ROWS + 1,
    class: "tint",
    "aria-hidden": true,
  });
  const contours = path("contours"), minima = path("minima");
  space.inside.append(contours, minima);
  return {
    minima,
    node: make("div", { class: "layers" }, canvas, space.node),
    /** Draws a function and crosses at its minima. */
    draw(f, lowest) {
      const grid = heights(space, f), { values, low, high } = grid;
      const image = new ImageData(COLUMNS + 1, ROWS + 1), { data } = image;
      for (let k = 0; k < values.length; k++) {
        const share = high > low ? (values[k] - low) / (high - low) : 0;
        [data[4 * k], data[4 * k + 1], data[4 * k + 2]] = TINT;
        data[4 * k + 3] = DEEPEST * share ** 0.4;
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
      put(canvas, {
        style:
          `left:${space.left}px;top:${space.top}px;width:${space.width}px;height:${space.height}px`,
      });
      put(contours, { d: contourLines(grid) });
      put(minima, { d: crosses(space, lowest) });
    },
  };
}

/** One path with a dot at every point, the optimizer's marker at the end, and a word where it leaves the picture. */
export function trace(look) {
  const casing = path("casing"), way = path("path", { "stroke-dasharray": look.dash });
  const dots = path("dots"), end = path("end", { d: look.marker });
  const gone = svg("text", { class: "tag" });
  const node = svg("g", { style: `--hue:${look.color}` }, casing, way, dots, end, gone);
  const renew = remembering();
  return {
    node,
    /** Draws a run up to step t; returns where it ends in the chart, or null. */
    draw(space, run, t) {
      put(node, { display: run ? null : "none" });
      return run ? renew([run, t, ...placing(space)], () => this.drawAnew(space, run, t)) : null;
    },
    drawAnew(space, run, t) {
      const x = (i) => space.px(run.points[2 * i]), y = (i) => space.py(run.points[2 * i + 1]);
      const over = run.diverged >= 0 && run.diverged <= t;
      const last = over ? run.diverged - 1 : t, d = line(last + 1, x, y);
      put(casing, { d });
      put(way, { d });
      put(dots, { d: `${d.replaceAll("L", "h0M")}h0` });
      const place = { x: clamp(x(last), -1e4, 1e4), y: clamp(y(last), -1e4, 1e4) };
      put(end, { transform: `translate(${place.x} ${place.y})scale(6)` });
      const out = over ? exit(space, last, x, y) : null;
      write(gone, out ? words.divergedShort(run.diverged) : "");
      if (out) {
        const right = out.x > space.width / 2;
        put(gone, {
          ...moved(
            clamp(out.x + (right ? -8 : 8), 8, space.width - 8),
            clamp(out.y, 16, space.height - 8),
          ),
          "text-anchor": right ? "end" : "start",
        });
      }
      const inside = place.x >= 0 && place.x <= space.width && place.y >= 0 &&
        place.y <= space.height;
      return inside && !over ? place : null;
    },
  };
}

// Where a path leaves a chart for the last time: on its edge; its end, if it never does.
function exit({ width, height }, last, x, y) {
  const inside = (i) => x(i) >= 0 && x(i) <= width && y(i) >= 0 && y(i) <= height;
  let i = last;
  while (i >= 0 && !inside(i)) i--;
  if (i < 0) return null;
  if (i === last) return { x: x(i), y: y(i) };
  const [dx, dy] = [x(i + 1) - x(i), y(i + 1) - y(i)];
  const reach = [
    dx > 0 ? (width - x(i)) / dx : -x(i) / dx,
    dy > 0 ? (height - y(i)) / dy : -y(i) / dy,
  ];
  const share = Math.min(...reach.filter((part) => part >= 0));
  return { x: x(i) + share * dx, y: y(i) + share * dy };
}

/** A cross at each point. */
export const crosses = (space, points) =>
  points.map(([x, y]) => `M${space.px(x) - 6} ${space.py(y)}h12m-6-6v12`).join("");
