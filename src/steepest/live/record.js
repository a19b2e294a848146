// Record: the predictions of a chapter in one list, each with what came of it.
//
// The reader sees how many they made and how near these were, and goes back to those they left out.
// What must always hold: a verdict is computed here from what was measured, never taken from what the browser kept.
import { changer, frame, hear, keepDrawn, make, painter, put, write } from "./base.js";
import { SKIPPED, soundGuess, verdict } from "./verdict.js";
import { predictWords } from "./words_predict.js";

/** @param {View} view @returns {Widget} */
export function record({ model, el, compiled, store }) {
  const { predictions } = compiled, change = changer(model), paint = painter(draw);
  const guesses = () => model.get("guesses");
  const anchor = ({ key }) => `#steepest-${key}`;
  const take = (found) => {
    const sound = predictions.filter(({ name, spec }) =>
      name in found && soundOrNone(spec, found[name])
    );
    const news = Object.fromEntries(sound.map(({ name }) => [name, found[name]]));
    change("guesses", { ...guesses(), ...news });
  };
  const rows = predictions.map((prediction) => {
    const said = make("span", {});
    const name = store
      ? make("a", { href: anchor(prediction) }, prediction.spec.question)
      : prediction.spec.question;
    return { said, node: make("li", {}, name, " ", said) };
  });
  const sum = make("p", { class: "readout" });
  const root = frame(
    predictWords.record,
    make("p", { class: "heading", "aria-hidden": true }, predictWords.record),
    sum,
    make("ol", {}, ...rows.map((row) => row.node)),
  );
  root.classList.add("predict");
  el.append(root);

  function draw() {
    const made = predictions.map(({ name }) => guesses()[name] ?? null);
    const verdicts = made.map((guess, i) =>
      guess === null || guess === SKIPPED ? null : verdict(predictions[i].spec, guess)
    );
    const committed = verdicts.filter(Boolean), near = committed.filter(({ near }) => near).length;
    write(sum, predictWords.summedUp(committed.length, predictions.length, near));
    rows.forEach(({ said, node }, i) => {
      write(said, verdicts[i]?.said ?? (made[i] ? predictWords.skippedShort : predictWords.open));
      put(node, { class: verdicts[i] && (verdicts[i].near ? "near" : "far") });
    });
  }

  if (store) {
    const kept = predictions.map((each) => store(anchor(each)));
    // Where nothing can be kept, the widgets themselves know what was predicted before this one started.
    const now = ({ key }, i) =>
      document.querySelector(`[state][name="${CSS.escape(key)}"]`)?.model?.get("guess") ??
        kept[i].value;
    take(Object.fromEntries(predictions.map((each, i) => [each.name, now(each, i)])));
    kept.forEach(({ follow }, i) => follow((value) => take({ [predictions[i].name]: value })));
  }
  const stop = keepDrawn({ root, model, paint, others: [hear("predictions", take)] });
  return { admit() {}, stop };
}

const soundOrNone = (spec, guess) => guess === null || soundGuess(spec, guess);
