// What a reader did of the exercises: kept in this browser, and nowhere else.
import { keep, kept } from "./base.js";

const NAME = "steepest-exercises";

/** By number of the exercise: {state: "open", "tried" or "solved", answer: the code as the reader left it}. */
export const all = () => kept(NAME, {});

export function of(number) {
  const { state, answer } = all()[number] ?? {};
  return {
    state: STATES.includes(state) ? state : "open",
    answer: typeof answer === "string" ? answer : undefined,
  };
}

const STATES = ["open", "tried", "solved"];
const isFurther = (state, other) => STATES.indexOf(state) > STATES.indexOf(other);

/**
 * Notes an answer, none to forget it, and how it did if it was checked. What was solved once stays solved. Whether this browser
 * could keep it.
 */
export function note(number, answer = undefined, state = "open") {
  const before = all(), was = of(number).state;
  const now = isFurther(state, was) ? state : was;
  const done = keep(NAME, { ...before, [number]: { state: now, answer } });
  dispatchEvent(new CustomEvent("steepest-exercise", { detail: number }));
  return done;
}

/** Everything as text for a file. */
export const exported = () => JSON.stringify({ steepest: 1, exercises: all() }, null, 1);

/**
 * Adds what such a file has of these exercises to what is here. Where an exercise has an answer here, the file's replaces it
 * only if its state is further. Throws with words for the reader.
 * @param {string} text
 * @param {Set<string>} known the numbers of the course's exercises
 * @returns how many exercises it changed, which of the file's entries are none, and whether this browser keeps all that changed
 */
export function imported(text, known) {
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error("This is no file of the course: it is not JSON.");
  }
  if (given?.steepest !== 1 || typeof given.exercises !== "object" || !given.exercises) {
    throw new Error("This is no file of the course: it was not saved on the page Your progress.");
  }
  let count = 0, isKept = true;
  const others = [];
  for (const [number, entry] of Object.entries(given.exercises)) {
    if (!known.has(number) || !STATES.includes(entry?.state)) {
      others.push(number);
      continue;
    }
    const answer = typeof entry.answer === "string" ? entry.answer : undefined;
    const was = of(number);
    const isNew = was.answer === undefined && answer !== undefined;
    if (!isNew && !isFurther(entry.state, was.state)) continue;
    isKept = note(number, answer ?? was.answer, entry.state) && isKept;
    count++;
  }
  return { count, others, isKept };
}
