// What the compiled table of calls says of a call that a reader wrote.
//
// A reader never sees this file; what must always hold: every answer is Python's; a call that the table has no answer for
// is refused, by throwing a sentence on what to do.
import { readCall } from "./calls.js";
import { translatorWords } from "./words_translator.js";

/**
 * A function of the text of a call: {entry, values, numbers, same, rule, answers}, answers by place. It throws what is
 * wrong with a call.
 */
export function answerer({ spec, calls }) {
  return (source) => {
    const { call, given, off } = bound(spec.signatures, source);
    const entry = entryOf(spec, calls, call, given, off);
    const values = hyperparameters(entry, given, off, spec.fractions);
    const zero = ["beta1", "beta2", "decay"].find((name) => values[name] === 0);
    if (zero) throw translatorWords.inPython(`${entry.arguments[zero]} = 0`);
    const on = entry.switches.map((name) => values[name]);
    const gone = entry.vanishing.map((name) => values[name] === 0);
    const found = entry.cases[[...on, ...gone].map(Number).join("")];
    if (!found) throw translatorWords.refused(entry.framework);
    const same = Object.keys(given).filter((name) => spec.same.includes(name));
    return { entry, values, same, numbers: entry.numbers(values), ...found };
  };
}

/** The full name of the call in a text, its arguments by name, and which of these are off where they are not given. */
function bound(signatures, source) {
  let found = [];
  const read = readCall(source, (name) => {
    const bare = name.replace(/^tf\./, "");
    found = Object.entries(signatures).filter(([full]) =>
      full === bare || full.endsWith(`.${bare}`)
    );
    if (!found.length) throw translatorWords.unknownCall(name);
  });
  const takes = ([, { names }]) => read.args.every(([name]) => !name || names.includes(name));
  const [call, signature] = found.find(takes) ?? found[0];
  if (signature.params && !read.params) throw translatorWords.noParams(call);
  const places = signature.positional.filter((name) => name !== "params"), given = {};
  read.args.forEach(([name, value], k) => {
    const argument = name || places[k] || "";
    if (!signature.names.includes(argument)) {
      throw translatorWords.unknownArgument(call, argument, signature.names.join(", "));
    }
    if (Object.hasOwn(given, argument)) throw translatorWords.twice(call, argument);
    given[argument] = value;
  });
  return { call, given, off: signature.off };
}

/** The entry of the table for a call: among those that its switches select, the one that knows most of its arguments. */
function entryOf(spec, calls, call, given, off) {
  const selected = (entry) =>
    Object.entries(entry.selected).every(([name, value]) => given[name] === value);
  const selects = (entry) => Object.keys(entry.selected).length;
  const fitting = calls.filter((entry) => entry.call === call && selected(entry));
  const most = Math.max(...fitting.map(selects));
  const isOff = (name) => off.includes(name) && !given[name];
  const beyond = (entry) => {
    const own = Object.values(entry.arguments).map((name) => name.split("[")[0]);
    const understood = [...own, ...Object.keys(entry.selected), ...spec.same];
    return Object.keys(given).filter((name) => !understood.includes(name) && !isOff(name));
  };
  const [{ entry, others }] = fitting.filter((entry) => selects(entry) === most)
    .map((entry) => ({ entry, others: beyond(entry) }))
    .sort((a, b) => a.others.length - b.others.length);
  if (others.length) throw translatorWords.inPython(others[0]);
  return entry;
}

/** The hyperparameters of an entry, those left at their defaults too. */
function hyperparameters(entry, given, off, fractions) {
  const values = {};
  for (const [ours, theirs] of Object.entries(entry.arguments)) {
    const [root, index] = theirs.split(/[[\]]/), fallback = entry.defaults[ours];
    if (index && root in given && given[root]?.length !== 2) throw translatorWords.noPair(root);
    const value = index ? given[root]?.[Number(index)] : given[root];
    const now = value ?? fallback, kind = typeof (fallback ?? 0);
    if (now === undefined) throw translatorWords.missing(entry.call, root);
    const none = given[root] === null && !off.includes(root);
    if (none || typeof now !== kind) throw translatorWords.wrongKind(root, kind);
    if (kind === "number" && !Number.isFinite(now)) throw translatorWords.notFinite(root);
    if (kind === "number" && now < 0) throw translatorWords.negative(root);
    if (fractions.includes(ours) && !(now < 1)) throw translatorWords.tooLarge(root);
    values[ours] = now;
  }
  return values;
}
