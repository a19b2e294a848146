// Names for curves, each beside its own, where neither a curve nor another name lies.
import { clamp } from "./base.js";
import { line, tagWidth } from "./axes.js";

const STOPS = 24; // along a curve at which its name is tried, from its end
const ABOVE = 10, BELOW = 3; // pixels that a name reaches above and below its baseline
const ROOF = 7; // pixels that a name may reach out of the chart, below the title of the axis
const NEAR_FLOOR = 6; // pixels above the lowest line: what runs lower does not stand out

/**
 * The names as `tags` draws them, in a group that is not cut at the chart's edge. Points are in pixels of the chart, not a
 * number where a curve has a gap.
 * @param {Space} space
 * @param {{points: number[][], text: string, hue?: string}[]} curves
 */
export function beside({ width, height }, curves) {
  const taken = [];
  return curves.map(({ points, text, hue }) => {
    const clear = (box) =>
      box.left >= 0 && box.right <= width && box.top >= -ROOF && box.bottom <= height &&
      !taken.some((other) => overlap(box, other)) &&
      curves.every((curve) =>
        !passes(curve.points, box, curve.points === points ? [0, 0] : box.apart)
      );
    const seen = points.filter(([x, y]) =>
      x >= 0 && x <= width && y >= 0 && y < height - NEAR_FLOOR
    );
    const boxes = Array.from({ length: STOPS }, (_, i) => {
      const back = i / (STOPS - 1), at = Math.round((1 - back) * (seen.length - 1));
      return boxesAt(seen[at] ?? [0, height], tagWidth(text), back);
    }).flat().sort((a, b) => a.cost - b.cost);
    const box = boxes.find(clear) ?? boxes[1];
    taken.push(box);
    const x = box.anchor === "end" ? box.right : box.left;
    return { x, y: box.bottom - BELOW, text, hue, anchor: box.anchor };
  });
}

// Where a name may stand beside a point: how far its baseline is below; how far other curves are at least, above it and
// below; and what speaks against it, in lengths of the curve: by so much farther back the name may as well stand.
const CHOICES = [
  [-6, 8, 8, 0],
  [-6, 3, 8, 0.4],
  [15, 8, 8, 0.5],
  [15, 8, 3, 0.9],
  [15, -Infinity, -Infinity, 2],
];

/** A line through points, as they are given to `beside`: what a path is drawn along. */
export const through = (points) => line(points.length, (i) => points[i][0], (i) => points[i][1]);

/** The boxes of a name beside a point, to its right and to its left. */
function boxesAt(/** @type {number[]} */ [x, y], wide, back) {
  return CHOICES.flatMap(([down, over, under, against]) => {
    const [top, bottom] = [y + down - ABOVE, y + down + BELOW], cost = back + against;
    const right = {
      left: x + 6,
      right: x + 6 + wide,
      top,
      bottom,
      anchor: "start",
      apart: [over, under],
      cost,
    };
    return [right, { ...right, left: x - 4 - wide, right: x - 4, anchor: "end" }];
  });
}

const overlap = (a, b) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Whether a curve that runs from left to right comes nearer to a box than some pixels, above it and below. */
function passes(points, { left, right, top, bottom }, [over, under]) {
  return points.some(([x, y], i) => {
    const [u, v] = points[i - 1] ?? [x, y];
    if (!(x >= left && u <= right)) return false;
    const at = (place) => v + ((clamp(place, u, x) - u) / (x - u)) * (y - v);
    const [a, b] = x > u ? [at(left), at(right)] : [v, y];
    return Math.max(a, b) >= top - over && Math.min(a, b) <= bottom + under;
  });
}
