// What Predict and Record share: whether a prediction is one that could have been made, and how far off it was.
import { text } from "./base.js";
import { fits, travel } from "./controls.js";
import { words } from "./words.js";
import { predictWords } from "./words_predict.js";

/** What a reader holds who asked to see without predicting. */
export const SKIPPED = "skipped";

/** The share of an axis within which a number or a curve counts as near. */
const NEAR = 0.05;

/** Whether a value is a prediction that these questions take. */
export function soundGuess({ kind, options, slider, columns }, guess) {
  if (guess === SKIPPED) return true;
  if (kind === "choice") return Number.isInteger(guess) && guess >= 0 && guess < options.length;
  if (kind === "number") return typeof guess === "number" && fits(slider, guess);
  const sound = (v) => typeof v === "number" && fits(slider, v);
  return Array.isArray(guess) && guess.length === columns.length && guess.every(sound);
}

/**
 * How far a prediction is from what was measured.
 * @returns {{near: boolean, off: number, said: string}} off: as a share of the axis; for a choice 0 or 1.
 */
export function verdict({ kind, options, slider, columns, axes, answer, unit }, guess) {
  if (kind === "choice") {
    const near = guess === answer;
    return {
      near,
      off: near ? 0 : 1,
      said: near ? predictWords.right : predictWords.wrong(options[answer]),
    };
  }
  const { place, low, high } = travel(slider), logarithmic = slider.scale === "log";
  if (kind === "number") {
    const apart = place(guess) - place(answer), off = Math.abs(apart) / (high - low);
    const how = logarithmic
      ? predictWords.factorOff(text(10 ** Math.abs(apart)))
      : predictWords.numberOff(text(Math.abs(guess - answer)), unit);
    const far = off < 1e-9 ? predictWords.met : predictWords.offBy(how, apart > 0);
    return {
      near: off <= NEAR,
      off,
      said: predictWords.compared(text(guess, 4), text(answer, 4), unit, far),
    };
  }
  const apart = columns.map((_, i) => Math.abs(place(guess[i]) - place(answer[i])));
  const mean = apart.reduce((sum, distance) => sum + distance, 0) / apart.length,
    worst = Math.max(...apart);
  const how = (distance) =>
    logarithmic
      ? predictWords.factorOff(text(10 ** distance))
      : predictWords.numberOff(text(distance), unit);
  const where = words.value(axes.xlabel, text(columns[apart.indexOf(worst)])),
    off = mean / (high - low);
  return { near: off <= NEAR, off, said: predictWords.curveOff(how(mean), how(worst), where) };
}
