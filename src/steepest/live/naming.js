// Names in a plane, each beside a place, where it covers least of some runs and no other name.
import { clamp } from "./base.js";
import { tags, tagWidth } from "./axes.js";

const STAYS = 4; // points of runs that a name rather covers than jump to another place

export function naming(plane) {
  const { node, place } = tags(plane), stood = {}; // by name, of where it may stand, the place where it stood last
  let named = [];

  // How many points of runs up to step t lie under a name: too many for any place where another name stands.
  function under({ x, y, wide }, runs, t) {
    const meets = (other) =>
      Math.abs(other.y - y) < 15 && other.x < x + wide && x < other.x + other.wide;
    if (named.some(meets)) return Infinity;
    // In units of the axes: there are thousands of points, and one name.
    const west = plane.atX(x - 3), east = plane.atX(x + wide + 3);
    const north = plane.atY(y - 13), south = plane.atY(y + 5);
    let many = 0;
    for (const { points } of runs.filter(Boolean)) {
      for (let i = 0; i <= 2 * t; i += 2) {
        const u = points[i], v = points[i + 1];
        if (u > west && u < east && v > south && v < north) many++;
      }
    }
    return many;
  }

  // Where a name may stand: at the height of its place, then above and below, on both sides.
  function stands(name, end) {
    const wide = tagWidth(name), [right, left] = [end.x + 11, end.x - 11 - wide];
    const all = [4, -11, 19, 34, -26].flatMap((down) => [[right, down], [left, down]]);
    return all.map(([x, down]) => ({
      x: clamp(x, 3, plane.width - wide - 3),
      y: clamp(end.y + down, 12, plane.height - 4),
      wide,
    }));
  }

  return {
    node,
    /**
     * Begins with names that have their place; returns a function that finds one for another name, beside {x, y}. A modest
     * name stands at the very height of its place, or not at all where something lies on both sides.
     */
    begin(runs, t, placed) {
      named = placed;
      return (text, hue, end, modest = false) => {
        if (!end) return;
        const places = stands(text, end).slice(0, modest ? 2 : undefined);
        const costs = places.map((one, i) => under(one, runs, t) - (i === stood[text] ? STAYS : 0));
        const least = Math.min(...costs);
        if (modest && least > 0) return;
        stood[text] = costs.indexOf(least);
        named.push({ ...places[stood[text]], text, hue });
      };
    },
    end: () => place(named),
  };
}
