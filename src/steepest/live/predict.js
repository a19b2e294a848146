// Predict: a question whose answer shows once the reader has committed to one of their own.
//
// The reader picks an answer, sets a number or draws a curve, and commits; then they see what was measured and how far off
// they were. They learn what they believed, which nobody remembers who has seen the answer.
// What must always hold: nothing of the answer shows before the model holds a prediction; a prediction that was made is
// not changed, only taken back; what shows as measured is what Python measured.
import {
  announcer,
  button,
  changer,
  clamp,
  frame,
  keepDrawn,
  make,
  painter,
  path,
  put,
  rounded,
  svg,
  tell,
  text,
  write,
} from "./base.js";
import { tagWidth, ticks } from "./axes.js";
import { settings, shownAt, travel } from "./controls.js";
import { sketch } from "./sketch.js";
import { SKIPPED, soundGuess, verdict } from "./verdict.js";
import { predictWords } from "./words_predict.js";

/** @param {View} view @returns {Widget} */
export function predict({ model, el, compiled, store }) {
  const { spec } = compiled, live = announcer(), change = changer(model), kept = store?.();
  const guess = () => model.get("guess");
  const keep = (value) => {
    change("guess", value);
    kept?.save(value);
    tell("predictions", { [spec.name]: value });
  };
  const commit = button(predictWords.commit, () => {
    const value = field.guess();
    if (value === null) live.say(predictWords.incomplete[spec.kind]);
    else keep(value);
  });
  const skip = button(predictWords.skip, () => keep(SKIPPED));
  const again = button(predictWords.predictAgain, () => {
    field.clear();
    keep(null);
  });
  const kinds = { choice: options, number: numberField, curve: sketch };
  let width = 0;
  const paint = painter(draw);
  const field = kinds[spec.kind](spec, paint, live);
  const why = make("p", {}, spec.because);
  const root = frame(
    predictWords.prediction,
    make(
      "p",
      { class: "heading" },
      make("span", { class: "word" }, predictWords.predict),
      ` ${spec.question}`,
    ),
    field.node,
    make("div", { class: "player" }, commit, skip, again),
    ...live.nodes,
    why,
  );
  root.classList.add("predict");
  el.append(root);

  function draw() {
    if (width < 1) return;
    const shown = guess() !== null;
    put(el, { "data-veil": spec.veil && !shown ? "" : null });
    const held = [commit, skip, again].some((button) => button.matches(":focus"));
    for (
      const [node, there] of [[commit, !shown], [skip, !shown], [again, shown], [
        why,
        shown && spec.because,
      ]]
    ) {
      put(node, { hidden: there ? null : "" });
    }
    if (held) (shown ? again : commit).focus({ preventScroll: true }); // not lost with the button that hides
    field.show(width, guess());
    if (guess() === SKIPPED) live.say(predictWords.skipped);
    else if (shown) live.say(verdict(spec, guess()).said);
    else live.say(spec.veil ? predictWords.veiled : predictWords.commitFirst);
  }

  if (guess() === null && kept?.value != null && soundGuess(spec, kept.value)) {
    change("guess", kept.value);
  }
  kept?.follow((value) => (value === null || soundGuess(spec, value)) && change("guess", value));
  const stop = keepDrawn({ root, model, paint, live, resized: (now) => (width = now) });
  return { admit() {}, stop };
}

/** A list of answers, one of which is right; what was measured for each shows beside it. */
function options({ name, options, measured, answer }) {
  let chosen = null;
  const rows = options.map((option, i) => {
    const field = make("input", { type: "radio", name, change: () => (chosen = i) });
    const found = make("span", { class: "result" }), mark = make("span", { class: "outcome" });
    return {
      field,
      found,
      mark,
      node: make("label", {}, field, make("span", {}, option), mark, found),
    };
  });
  return {
    node: make(
      "div",
      { class: "options", role: "radiogroup", "aria-label": predictWords.answers },
      ...rows.map((row) => row.node),
    ),
    guess: () => chosen,
    clear: () => (chosen = null),
    show(_, guess) {
      const shown = guess !== null;
      rows.forEach(({ node, field, found, mark }, i) => {
        field.checked = i === (typeof guess === "number" ? guess : chosen);
        field.disabled = shown;
        put(node, { class: shown && i === answer ? "option right" : "option" });
        write(found, shown ? measured?.[i] ?? "" : "");
        const said = [
          ...(i === answer ? [predictWords.rightMark] : []),
          ...(i === guess ? [predictWords.yoursTag] : []),
        ];
        write(mark, shown ? said.join(", ") : "");
      });
    },
  };
}

const CHOOSES = /^(Arrow|Page|Home|End|Enter)/;

/** A slider with its field; a line with both numbers once the reader has committed. */
function numberField({ slider, answer, unit }, change, live) {
  const set = settings(live, change), { low, high, place, value } = travel(slider);
  let now = value(low), touched = false; // in the middle it would lean towards what lies there
  const node = set.add("guess", slider, () => now, (to) => {
    [now, touched] = [to, true];
    change();
  }, predictWords.yourNumber);
  const meant = ({ type, target, key }) => { // the number that is there may be the one that is meant
    if (!target.matches("input") || type === "keydown" && !CHOOSES.test(key)) return;
    touched = true;
    change();
  };
  put(node, { pointerup: meant, keydown: meant });
  const scale = svg("svg", { class: "chart", role: "img", "aria-label": predictWords.numberLine });
  const area = make("div", {}, make("div", { class: "settings" }, node), scale);
  return {
    node: area,
    guess: () => touched ? now : null,
    clear: () => (touched = false),
    show(width, guess) {
      const shown = guess !== null;
      put(node, { hidden: shown ? "" : null });
      put(scale, { hidden: shown ? null : "" });
      set.update();
      if (!shown) return;
      const x = (v) => 20 + ((v - low) / (high - low)) * (width - 40);
      const label = (u, y, name, hue) => {
        const px = x(clamp(place(u), low, high)), said = `${name} ${text(u, 4)} ${unit}`;
        const wide = tagWidth(said), right = px + 5 + wide <= width;
        const where = { x: Math.max(right ? px + 5 : px - 5 - wide, 0), y };
        return [
          path("path", { d: `M${rounded(px, 5)} ${y - 8}V50`, style: `--hue:${hue}` }),
          svg(
            "text",
            { class: "tag", style: `--hue:${hue}`, ...where },
            said,
          ),
        ];
      };
      const marks = ticks(low, high, slider.scale ?? "linear", width / 80);
      put(scale, { width, height: 70 });
      scale.replaceChildren(
        svg(
          "g",
          { class: "grid" },
          path("frame", { d: marks.reduce((d, v) => `${d}M${x(v)} 46v8`, `M20 50H${width - 20}`) }),
          ...marks.map((v) =>
            svg(
              "text",
              { x: x(v), y: 67, "text-anchor": "middle" },
              shownAt(v, slider.scale ?? "linear"),
            )
          ),
        ),
        ...(guess === SKIPPED ? [] : label(guess, 14, predictWords.yoursTag, "var(--own)")),
        ...label(answer, 32, predictWords.measuredTag, "var(--good)"),
      );
    },
  };
}
