// How far two compiled rules come apart on noisy gradients of three sizes, as `distance` of the package says it.
import { translatorWords } from "./words_translator.js";

/**
 * noise: a compiled function of a row, a column and a step; compared: so many steps of a matrix of a shape, with gradients
 * of some sizes. Returns a function of two runs, each the index of a rule and its hyperparameters, where a text is a mark
 * that stands for one of some numbers; it gives a sentence.
 */
export function distances(rules, noise, { steps, shape, sizes }) {
  const seen = sizes.map((size) => gradientsOf(noise, size, steps, shape));
  return (runs, numbers) => {
    if (runs.includes(null)) return translatorWords.matrixApart;
    const hyper = ([, given]) =>
      given.map((value) => (typeof value === "string" ? numbers[value.slice(1, -1)] : value));
    const shares = seen.map((gradients) => {
      const [ours, theirs] = runs.map((run) => points(rules[run[0]], hyper(run), gradients));
      const largest = (of) => ours.reduce((most, _, i) => Math.max(most, Math.abs(of(i))), 0); // a NaN stays
      const way = Math.max(largest((i) => ours[i] - 1), largest((i) => theirs[i] - 1));
      return way ? (100 * largest((i) => ours[i] - theirs[i])) / way : 0;
    });
    if (!shares.every(Number.isFinite)) return translatorWords.runNotFinite;
    return translatorWords.apart(
      steps,
      ...shares.map((
        share,
      ) => (share >= 0.01 ? `${Number(share.toPrecision(2))} %` : translatorWords.little)),
    );
  };
}

/** Gradients of a size for each step: the entries of a matrix, row by row. */
function gradientsOf(noise, size, steps, [rows, columns]) {
  const given = new Float64Array(3), out = new Float64Array(1);
  const value = (i, j, t) => {
    noise.arguments.forEach((name, k) => (given[k] = { i, j, t }[name]));
    noise.evaluate(given, out);
    return size * out[0];
  };
  const entry = (c, t) => value(Math.floor(c / columns), c % columns, t + 1);
  const step = (_, t) => Array.from({ length: rows * columns }, (_, c) => entry(c, t));
  return Array.from({ length: steps }, step);
}

/** The points of a compiled rule on given gradients, for each pair of the coordinates. */
function points(rule, hyper, gradients) {
  const h = Float64Array.from(hyper), p = new Float64Array(rule.shared);
  const s = new Float64Array(2 * rule.state.length), g = new Float64Array(2), all = [];
  for (let c = 0; c < gradients[0].length; c += 2) {
    const w = Float64Array.of(1, 1);
    rule.init(h, s);
    gradients.forEach((now, i) => {
      g.set(now.slice(c, c + 2));
      rule.share(h, i + 1, p);
      rule.step(w, g, h, i + 1, p, s);
      all.push(w[0], w[1]);
    });
  }
  return all;
}
