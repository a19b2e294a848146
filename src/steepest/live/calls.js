// Reading a call as a reader writes it, and writing numbers as Python does.
//
// A reader never sees this file; what must always hold: nothing that is read is run, and what cannot be read is thrown as
// a sentence for the reader.
import { translatorWords } from "./words_translator.js";

// What is more is no call, and would exhaust the browser's stack: letters, and signs, numbers and words.
const LONGEST = 10_000, MOST = 500;
const PAIRS = { "(": ")", "[": "]" };
const DEPTHS = { "(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1 };
const CONSTANTS = { True: true, False: false, None: null };
/** An entry that a table has of its own: a name such as "constructor" has none. */
const own = (table, key) => Object.hasOwn(table, key) ? table[key] : undefined;

/**
 * Reads a call of literals: {name, params, args: [[name or "", value]]}. Throws what is wrong, and what `check(name)` throws
 * before the rest is read.
 */
export function readCall(source, check) {
  if (source.length > LONGEST) throw translatorWords.tooLong;
  const code = source.replace(/^\s*(?:import|from)\s.*$/gm, "");
  const tokens = (code.match(
    /#.*|\d[\d_]*\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[\p{L}_][\p{L}\p{N}_.]*|'[^']*'|"[^"]*"|\*\*|\S/giu,
  ) ?? []).filter((token) => !token.startsWith("#"));
  if (tokens.length > MOST) throw translatorWords.tooLong;
  let place = 0;
  const peek = () => tokens[place], next = () => tokens[place++];
  const expect = (token) => {
    if (next() !== token) throw translatorWords.unread(source.trim());
  };
  const number = (value) => {
    if (typeof value !== "number") throw translatorWords.noNumber(source.trim());
    return value;
  };
  // Sums of products of powers of signed numbers.
  const levels = [{ "+": (a, b) => a + b, "-": (a, b) => a - b }, {
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
  }];
  function sum(level = 0) {
    if (level === levels.length) return signed();
    let value = sum(level + 1);
    for (let f = own(levels[level], peek()); f; f = own(levels[level], peek())) {
      next();
      value = f(number(value), number(sum(level + 1)));
    }
    return value;
  }
  function signed() {
    if (peek() === "-") return next() && -number(signed());
    if (peek() === "+") return next() && number(signed());
    const base = atom();
    return peek() === "**" ? next() && number(base) ** number(signed()) : base;
  }
  function atom() {
    const token = next() ?? "";
    const end = own(PAIRS, token);
    if (end) {
      const list = [sum()], single = peek() === end && end === ")";
      while (peek() === ",") if (next() && peek() !== end) list.push(sum());
      expect(end);
      return single ? list[0] : list;
    }
    if (/^[\d.]/.test(token)) return Number(token.replaceAll("_", ""));
    if (/^['"]/.test(token)) return token.slice(1, -1);
    if (Object.hasOwn(CONSTANTS, token)) return CONSTANTS[token];
    throw translatorWords.notLiteral(token);
  }
  if (tokens[1] === "=") place = 2; // optimizer = …
  const name = next() ?? "", args = [];
  if (!/^[\p{L}_]/u.test(name)) throw translatorWords.unread(source.trim());
  expect("(");
  check(name);
  let params = false;
  while (peek() !== ")") {
    if (tokens[place + 1] === "=") {
      const argument = next();
      next();
      if (argument === "params") {
        skip();
        params = true;
      } else args.push([argument, sum()]);
    } else if (
      !args.length && !params && /^[\p{L}_[]/u.test(peek()) &&
      !Object.hasOwn(CONSTANTS, peek())
    ) {
      skip();
      params = true;
    } else if (args.some(([argument]) => argument)) throw translatorWords.unread(source.trim());
    else args.push(["", sum()]);
    if (peek() === ",") next();
    else if (peek() !== ")") throw translatorWords.unread(source.trim());
  }
  next();
  if (place < tokens.length) throw translatorWords.unread(source.trim());
  return { name, params, args };

  // The parameters: any expression, up to the comma after it.
  function skip() {
    for (let depth = 0; place < tokens.length; place++) {
      if (!depth && (peek() === "," || peek() === ")")) return;
      depth += own(DEPTHS, peek()) ?? 0;
      if (peek() === "{") throw translatorWords.groups;
    }
  }
}

/** A number as Python writes it with so many significant digits (g), or places behind the point (f). */
export function formatted(value, digits, kind) {
  if (!Number.isFinite(value)) return String(value);
  if (kind === "f") return value.toFixed(digits);
  const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
  if (exponent >= -4 && exponent < digits) {
    const plain = value.toFixed(Math.max(0, digits - 1 - exponent));
    return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
  }
  const [mantissa] = value.toExponential(digits - 1).split("e"),
    short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return `${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
/** A number as it stands in a program. */
export const literal = (value) => formatted(value, 15, "g").replace(/^-?\d+$/, "$&.0");
