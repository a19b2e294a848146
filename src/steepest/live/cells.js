// The cells of a map: computed a few rows at a time, so that no input has to wait for long, and colored.
//
// A map out of sight waits. A map that is asked for while another is computed comes after it: so a map follows a hand that
// moves without a rest, by one map's time.

export const CELLS = 64;
const SLICE = 8; // milliseconds of work between two chances for an input
const REST = 60; // milliseconds between two maps while a hand asks for more than there is time for

/** Computes maps as long as a node is in sight or near it. */
export function rowByRow(node) {
  let timer = 0, inSight = false, waiting = null, current = null, row = 0, rested = 0;
  const resume = () => {
    clearTimeout(timer);
    if (!inSight || !(current || waiting)) return;
    timer = setTimeout(work, current ? 0 : rested - performance.now());
  };
  const work = () => {
    const until = performance.now() + SLICE, busy = () => performance.now() >= until;
    if (!current) [current, waiting, row] = [waiting, null, 0];
    while (row < CELLS && !busy()) current.compute(row++);
    if (row === CELLS && !busy()) {
      const { finish } = current;
      current = null;
      finish();
      if (waiting) rested = performance.now() + REST;
    }
    resume();
  };
  const sight = new IntersectionObserver(([entry]) => {
    inSight = entry.isIntersecting;
    resume();
  }, { rootMargin: "300px" });
  sight.observe(node);
  return {
    /** Calls compute(row) for each row, then finish(). */
    ask(compute, finish) {
      const begun = current || waiting;
      waiting = { compute, finish };
      if (!begun) resume(); // after the frame that this is drawn in
    },
    stop() {
      clearTimeout(timer);
      sight.disconnect();
    },
  };
}

/**
 * A map as a picture: colors are [r, g, b] from low to high; what is not finite, or from the edge on, is hatched. Gives the
 * lowest and the highest value that has a color, as places of the scale, the cell of the lowest, and whether some are hatched.
 */
export function colored(values, colors, log, edge = Infinity) {
  const image = new ImageData(CELLS, CELLS), pixels = new Uint32Array(image.data.buffer);
  const ramp = rampOf(colors), [light, dark] = [pixel(205, 205, 205), pixel(150, 150, 150)];
  const sound = (v) => Number.isFinite(v) && v < edge;
  const places = Float64Array.from(
    values,
    (v) => sound(v) ? (log ? Math.log10(Math.max(v, 1e-16)) : v) : NaN,
  );
  let low = Infinity, high = -Infinity, least = 0, hatched = false;
  places.forEach((place, k) => {
    if (place < low) low = place;
    if (place > high) high = place;
    if (place >= low && !(values[k] >= values[least] && sound(values[least]))) least = k;
  });
  const scale = high > low ? (ramp.length - 1) / (high - low) : 0;
  places.forEach((place, k) => {
    const column = k % CELLS, row = CELLS - 1 - (k - column) / CELLS;
    const inRange = place >= low, hatch = (row + column) % 4 ? dark : light;
    hatched ||= !inRange;
    pixels[row * CELLS + column] = inRange ? ramp[Math.round((place - low) * scale)] : hatch;
  });
  return { image, low, high, hatched, least: [least % CELLS, Math.floor(least / CELLS)] };
}

const SHADES = 256;

/** Shades between colors, as pixels. */
function rampOf(colors) {
  return Uint32Array.from({ length: SHADES }, (_, k) => {
    const place = (k / (SHADES - 1)) * (colors.length - 1);
    const i = Math.min(Math.floor(place), colors.length - 2);
    const [r, g, b] = colors[i].map((c, j) => Math.round(c + (colors[i + 1][j] - c) * (place - i)));
    return pixel(r, g, b);
  });
}

/** An opaque pixel as one number: its bytes stand in this order wherever there is a browser. */
const pixel = (r, g, b) => (255 << 24) | (b << 16) | (g << 8) | r;
