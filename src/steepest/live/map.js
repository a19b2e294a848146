// The map of an Explorer: the loss that one optimizer ends with, as a share of that at the start, over two of what the
// reader can set.
//
// The cross-hair is where the two are now. Hatched is what ends above where it began, or diverged; the line around it is
// the edge; the star is the best setting of the map. The second axis may be a parameter of the surface.
import { make, write } from "./base.js";
import { sweep } from "./descend.js";
import { heat } from "./heat.js";
import { words } from "./words.js";

/**
 * compute is a solver; set(k, values) changes what is set; runOf() gives the start and the number of steps. Each
 * optimizer's `map` names the two axes, or is null.
 */
export function lossMap(spec, rules, surface, data, compute, set, runOf) {
  const { optimizers } = spec;
  let k = 0;
  const pick = (...values) =>
    set(k, Object.fromEntries(optimizers[k].map.map((name, i) => [name, values[i]])));
  const map = heat(words.map, spec.colors, pick, words.mapWorse);
  const heading = make("p", { class: "caption" });
  const specOf = (name) =>
    [...optimizers[k].hyper, ...spec.parameters].find((control) => control.name === name);

  // Which of the numbers of a run a name is.
  function place(name) {
    const index = rules[k].hyper.indexOf(name);
    return index >= 0 ? { index } : { of: "surface", index: surface.parameters.indexOf(name) };
  }

  return {
    node: make("div", { class: "map" }, heading, map.node),
    stop: map.stop,
    draw(width, height, chosen) {
      k = chosen;
      const { name, map: names } = optimizers[k], { start, steps } = runOf();
      const h = compute.hyperOf(k), q = compute.parametersOf(), rule = rules[k];
      const places = names.map(place), title = words.mapLabel(name, steps);
      const valueAt = ({ of, index }) => (of ? q : h)[index];
      const others = (values, of) =>
        values.map((v, i) => places.some((p) => p.of === of && p.index === i) ? 0 : v);
      write(heading, title);
      map.update(width, height, {
        title,
        specs: names.map(specOf),
        now: places.map(valueAt),
        log: true,
        edge: 1,
        star: places.every(({ of }) => !of), // on the easiest surface all are best
        key: [k, names, others(Array.from(h)), others(q, "surface"), start, steps].join(";"),
        fillRows(first, second, out, from, to) {
          data?.batches(data.n, 0);
          const [across, down] = places.map((place, i) => ({
            ...place,
            values: [first, second][i],
          }));
          sweep(rule, h, surface, q, start, steps, across, down, out, from, to);
          for (let row = from; row < to; row++) {
            const here = Float64Array.from(q), n = first.length;
            if (down.of) here[down.index] = second[row];
            const low = compute.lowestAt(here),
              begin = compute.surfaceAt(here).value(start[0], start[1]);
            for (let i = row * n; i < (row + 1) * n; i++) out[i] = (out[i] - low) / (begin - low);
          }
        },
      });
    },
  };
}
