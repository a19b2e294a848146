// Plays, steps and scrubs through the steps of a run.
import { button, make, put, write } from "./base.js";
import { swipeable } from "./controls.js";
import { words } from "./words.js";

/**
 * count() is the number of steps, paint() asks for a drawing, reset() sets everything back. `shown()` is how many steps
 * are to be drawn; `whole()` whether that is all of them.
 */
export function player(count, paint, reset) {
  let drawn = Infinity, playing = 0;
  const shown = () => Math.min(drawn, count()), whole = () => drawn >= count();
  const go = (t) => {
    drawn = t < count() ? t : Infinity;
    paint();
  };
  const halt = () => {
    cancelAnimationFrame(playing);
    playing = 0;
  };
  const jump = (where) => () => {
    halt();
    go(where());
  };
  const play = button(words.play, () => {
    if (playing) return jump(shown)();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return go(Infinity);
    const from = whole() ? 0 : drawn, began = performance.now();
    const pace = Math.max(count() / 6000, 1 / 60); // steps a millisecond: six seconds at most for a whole run
    const next = (time) => {
      go(from + Math.max(Math.floor((time - began) * pace), 0));
      playing = whole() ? 0 : requestAnimationFrame(next);
    };
    playing = requestAnimationFrame(next);
  });
  put(play, { class: "play" });
  const scrub = make("input", {
    class: "scrub",
    type: "range",
    min: 0,
    "aria-label": words.shownStep,
    input: jump(() => Number(scrub.value)),
  });
  swipeable(scrub, () => drawn, go);
  const counter = make("output");
  const step = button(words.oneStep, jump(() => (whole() ? 1 : drawn + 1)));
  const rewind = button(words.rewind, jump(() => 0));
  const back = button(words.reset, jump(() => reset() ?? Infinity));
  return {
    node: make("div", { class: "player" }, play, step, rewind, scrub, counter, back),
    shown,
    whole,
    update() {
      put(scrub, { max: count() });
      scrub.value = shown();
      write(counter, `${shown()} / ${count()}`);
      write(play, playing ? words.pause : words.play);
    },
    stop: halt,
  };
}
