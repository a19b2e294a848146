// What is drawn in the plane of a surface: its contours, its minima, and the path of a run.
import { clamp, line, path, put, svg } from "./base.js";

// One path with a dot at every point and the optimizer's marker at the end.
export function trace(o) {
  const way = path("path", { "stroke-dasharray": o.dash }), dots = path("dots"), end = path("end", { d: o.marker });
  const node = svg("g", { style: `--hue:${o.color}` }, way, dots, end);
  return {
    node,
    draw(space, run, t) {
      put(node, { display: run ? null : "none" });
      if (!run) return;
      const x = (i) => space.px(run.points[2 * i]), y = (i) => space.py(run.points[2 * i + 1]), last = run.diverged < 0 ? t : Math.min(t, run.diverged - 1), d = line(last + 1, x, y);
      put(way, { d });
      put(dots, { d: `${d.replaceAll("L", "h0M")}h0` });
      put(end, { transform: `translate(${clamp(x(last), -1e4, 1e4)} ${clamp(y(last), -1e4, 1e4)})scale(5.5)` });
    },
  };
}

// A cross at each point.
export const crosses = (space, points) => points.map(([x, y]) => `M${space.px(x) - 5} ${space.py(y)}h10m-5-5v10`).join("");

// Contour lines by marching squares, closer where the surface is low, at the heights of plots.contours.
export function contourLines({ width, height, atX, atY }, f, nx = 90, ny = 70, levels = 18) {
  const dx = width / nx, dy = height / ny, z = new Float64Array((nx + 1) * (ny + 1));
  z.forEach((_, k) => (z[k] = f(atX((k % (nx + 1)) * dx), atY(Math.floor(k / (nx + 1)) * dy))));
  const low = z.reduce((a, b) => Math.min(a, b)), high = z.reduce((a, b) => Math.max(a, b));
  const heights = Array.from({ length: levels - 1 }, (_, i) => low + (high - low) * ((i + 1) / levels) ** 2.5);
  let d = "";
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const k = j * (nx + 1) + i, corners = [z[k], z[k + 1], z[k + nx + 2], z[k + nx + 1]], least = Math.min(...corners), most = Math.max(...corners);
      for (const level of heights) {
        if (level <= least || level > most) continue;
        let pen = "M";
        corners.forEach((a, side) => {
          const b = corners[(side + 1) % 4];
          if (a < level === b < level) return;
          const part = (level - a) / (b - a), [u, v] = [[part, 0], [1, part], [1 - part, 1], [0, 1 - part]][side];
          d += `${pen}${((i + u) * dx).toFixed(1)} ${((j + v) * dy).toFixed(1)}`;
          pen = pen === "M" ? "L" : "M";
        });
      }
    }
  }
  return d;
}
