// On a slow machine a widget is drawn in two frames, so that no task holds up an input for long.
import { painter } from "./base.js";

const SLOW = 24, MOVING = 90; // milliseconds from one drawing to the next, in a move on a slow machine

/**
 * paint() asks for a drawing. Calls a function at once; where frames are slow, in the frame after, in which `busy()` tells
 * others to wait for the next: the picture and what stands around it take a browser about as long, and then share no frame.
 */
export function turns(paint) {
  let last = 0, slow = true, own = NaN, call = () => {};
  const frame = () => Number(document.timeline.currentTime);
  const later = painter(() => {
    own = frame();
    call();
  });
  const self = (/** @type {() => void} */ around) => {
    const time = performance.now(), since = time - last, first = last === 0;
    [last, call] = [time, around];
    if (since < MOVING) slow = since > SLOW; // else as it was last, and at first as if they were
    if (slow && !first) later();
    else {
      later.stop();
      around();
    }
  };
  self.busy = () => own === frame();
  self.stop = later.stop;
  /** Asks for a drawing, and drops what an older one has left to say: it would stand in for the answer to a complaint. */
  self.afresh = () => {
    later.stop();
    paint();
  };
  return self;
}
