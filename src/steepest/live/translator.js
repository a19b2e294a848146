// Translator: a field for a call of PyTorch, Optax or Keras, and what it is in the other two and in the course.
//
// The reader types a call or picks one, and reads the rule that it runs, its settings elsewhere, each difference in
// numbers, and lines to copy. How far two rules come apart is measured here, by running both.
// What must always hold: every answer is Python's, from the compiled table; a call that the table has no answer for is
// refused with a word on what to do; nothing that the reader writes is run.
import { announcer, button, changer, frame, make, painter, select } from "./base.js";
import { words } from "./words.js";

// Reads a call of literals: {name, params, args: [[name or "", value]]}. Numbers may be calculated; throws what is wrong.
function readCall(source) {
  const tokens = source.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[\p{L}_][\p{L}\p{N}_.]*|'[^']*'|"[^"]*"|\*\*|\S/giu) ?? [];
  let at = 0;
  const peek = () => tokens[at], next = () => tokens[at++];
  const expect = (token) => {
    if (next() !== token) throw words.unread(source.trim());
  };
  const number = (value) => {
    if (typeof value !== "number") throw words.noNumber(source.trim());
    return value;
  };
  // Sums of products of powers of signed numbers.
  const levels = [{ "+": (a, b) => a + b, "-": (a, b) => a - b }, { "*": (a, b) => a * b, "/": (a, b) => a / b }];
  function sum(level = 0) {
    if (level === levels.length) return signed();
    let value = sum(level + 1);
    while (levels[level][peek()]) value = levels[level][next()](number(value), number(sum(level + 1)));
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
    if (token === "(") {
      const list = [sum()];
      while (peek() === ",") if (next() && peek() !== ")") list.push(sum());
      expect(")");
      return list.length > 1 ? list : list[0];
    }
    if (/^[\d.]/.test(token)) return Number(token);
    if (/^['"]/.test(token)) return token.slice(1, -1);
    const known = { True: true, False: false, None: null };
    if (token in known) return known[token];
    throw words.notLiteral(token);
  }
  if (tokens[1] === "=") at = 2; // optimizer = …
  const name = next() ?? "", args = [];
  if (!/^[\p{L}_]/u.test(name)) throw words.unread(source.trim());
  expect("(");
  let params = false;
  while (peek() !== ")") {
    if (tokens[at + 1] === "=") {
      const argument = next();
      next();
      if (argument === "params") skip();
      else args.push([argument, sum()]);
    } else if (!args.length && !params && /^[\p{L}_[]/u.test(peek()) && !(peek() in { True: 0, False: 0, None: 0 })) {
      skip();
      params = true;
    } else args.push(["", sum()]);
    if (peek() === ",") next();
    else if (peek() !== ")") throw words.unread(source.trim());
  }
  next();
  if (at < tokens.length) throw words.unread(source.trim());
  return { name, params, args };

  // The parameters: any expression, up to the comma after it.
  function skip() {
    for (let depth = 0; at < tokens.length; at++) {
      if (!depth && (peek() === "," || peek() === ")")) return;
      depth += { "(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1 }[peek()] ?? 0;
      if (peek() === "{") throw words.groups;
    }
  }
}

// A number as Python writes it with so many significant digits (g), or places behind the point (f).
function formatted(value, digits, kind) {
  if (!Number.isFinite(value)) return String(value);
  if (kind === "f") return value.toFixed(digits);
  const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
  if (exponent >= -4 && exponent < digits) {
    const plain = value.toFixed(Math.max(0, digits - 1 - exponent));
    return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
  }
  const [mantissa] = value.toExponential(digits - 1).split("e"), short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return `${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
const literal = (value) => formatted(value, 15, "g").replace(/^-?\d+$/, "$&.0");

// A text of the table with the reader's numbers in place of its marks.
const filled = (text, numbers) => text.replace(/n(\d+)_(?:\|\.(\d+)([gf])\|)?/g, (_, k, digits, kind) => (kind ? formatted(numbers[k], Number(digits), kind) : literal(numbers[k])));

// The steps of a compiled rule on the noise, for each pair of the 12 coordinates: the points, coordinate by coordinate.
function points(rule, hyper, gradients) {
  const h = Float64Array.from(hyper), p = new Float64Array(rule.shared), s = new Float64Array(2 * rule.state.length);
  const g = new Float64Array(2), all = [];
  for (let c = 0; c < 12; c += 2) {
    const w = Float64Array.of(1, 1);
    rule.init(h, s);
    gradients.forEach((now, i) => {
      g[0] = now[c];
      g[1] = now[c + 1];
      rule.share(h, i + 1, p);
      rule.step(w, g, h, i + 1, p, s);
      all.push(w[0], w[1]);
    });
  }
  return all;
}

export function translator({ model, el, compiled }) {
  const { spec, calls, rules, noise } = compiled, live = announcer(), change = changer(model);

  const gradients = (size) => {
    const a = new Float64Array(3), out = new Float64Array(1), value = (i, j, t) => {
      noise.arguments.forEach((name, k) => (a[k] = { i, j, t }[name]));
      noise.evaluate(a, out);
      return size * out[0];
    };
    return Array.from({ length: 100 }, (_, step) => Array.from({ length: 12 }, (_, c) => value(Math.floor(c / 3), c % 3, step + 1)));
  };
  const seen = [1, 1e-3, 1e-6].map(gradients);

  // How far two rules come apart, as `distance` of the package says it.
  function apart(runs, numbers) {
    if (runs.includes(null)) return words.matrixApart;
    const hyper = ([, given]) => given.map((one) => (typeof one === "string" ? numbers[one.slice(1, -1)] : one));
    const shares = seen.map((given) => {
      const [ours, theirs] = runs.map((run) => points(rules[run[0]], hyper(run), given));
      const largest = (at) => ours.reduce((most, _, i) => Math.max(most, Math.abs(at(i))), 0); // a NaN stays
      const way = Math.max(largest((i) => ours[i] - 1), largest((i) => theirs[i] - 1));
      return way ? (100 * largest((i) => ours[i] - theirs[i])) / way : 0;
    });
    if (!shares.every(Number.isFinite)) return words.notFinite;
    return words.apart(...shares.map((share) => (share >= 0.01 ? `${formatted(share, 2, "g")} %` : words.little)));
  }

  // What the table says of a call: {entry, values, answers, rule}; throws what is wrong.
  function answer(source) {
    const read = readCall(source), bare = read.name.replace(/^tf\./, "");
    const names = Object.keys(spec.signatures).filter((call) => call === bare || call.endsWith(`.${bare}`));
    const signature = names.map((call) => [call, spec.signatures[call]]).find(([, { names: known, params }]) => read.args.every(([name]) => !name || known.includes(name)) && params === read.params)
      ?? names.map((call) => [call, spec.signatures[call]])[0];
    if (!signature) throw words.unknownCall(read.name);
    const [call, { names: known, params, positional }] = signature;
    if (params && !read.params && !/params\s*=/.test(source)) throw words.noParams(call);
    const places = positional.filter((name) => name !== "params"), given = {};
    read.args.forEach(([name, value], k) => {
      const argument = name || places[k];
      if (!known.includes(argument)) throw words.unknownArgument(call, argument ?? "", known.join(", "));
      given[argument] = value;
    });
    const entries = calls.filter((one) => one.call === call && Object.entries(one.selected).every(([name, value]) => given[name] === value));
    const most = Math.max(...entries.map((one) => Object.keys(one.selected).length));
    const harmless = ["foreach", "fused", "capturable", "differentiable", "name"];
    let problem = null;
    for (const entry of entries.filter((one) => Object.keys(one.selected).length === most)) {
      const roots = Object.values(entry.arguments).map((name) => name.split("[")[0]);
      const rest = Object.keys(given).filter((name) => !roots.includes(name) && !(name in entry.selected) && !harmless.includes(name) && given[name] !== null && given[name] !== false && given[name] !== 0);
      if (rest.length) {
        problem ??= words.inPython(rest[0]);
        continue;
      }
      const values = {};
      for (const [ours, theirs] of Object.entries(entry.arguments)) {
        const [root, index] = theirs.split(/[[\]]/), value = index ? given[root]?.[Number(index)] : given[root];
        values[ours] = value ?? entry.defaults[ours];
        if (values[ours] === undefined) throw words.missing(call, root);
        const kind = typeof (entry.defaults[ours] ?? 0);
        if (typeof values[ours] !== kind) throw words.wrongKind(root, kind);
        if (kind === "number" && !(values[ours] >= 0)) throw words.negative(root);
        if (["momentum", "beta1", "beta2", "decay", "dampening"].includes(ours) && !(values[ours] < 1)) throw words.tooLarge(root);
      }
      const key = [...entry.switches.map((name) => values[name]), ...entry.vanishing.map((name) => values[name] === 0)].map(Number).join("");
      const zero = ["beta1", "beta2", "decay"].find((name) => values[name] === 0);
      if (zero) throw words.inPython(`${entry.arguments[zero]} = 0`);
      if (!entry.cases[key]) throw words.refused(entry.framework);
      const numbers = entry.numbers(values);
      return { entry, values, numbers, same: Object.keys(given).filter((name) => harmless.includes(name)), ...entry.cases[key] };
    }
    throw problem ?? words.unknownCall(read.name);
  }

  // The rule as it is printed, its equations one below the other.
  function printed(run) {
    if (!run) return [];
    const rule = rules[run[0]], symbol = (name) => make("var", {}, rule.symbols[name][0], make("sub", {}, rule.symbols[name][1]));
    const side = (text) => text.split(/\{(.*?)\}/).map((part, i) => (i % 2 ? symbol(part) : part));
    return rule.equations.map(({ left, right }) => make("p", { class: "equation" }, symbol(left), " = ", ...side(right)));
  }

  // The settings of the call, those left at their defaults too.
  function table({ entry, values }) {
    return make("table", {}, make("thead", {}, make("tr", {}, ...[words.settingOf(entry.framework), words.valueHere].map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...Object.entries(entry.arguments).map(([ours, theirs]) => make("tr", {}, make("th", { scope: "row" }, theirs),
        make("td", {}, typeof values[ours] === "boolean" ? (values[ours] ? "True" : "False") : literal(values[ours]))))));
  }

  const field = make("textarea", { rows: 2, spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-label": words.theCall, "data-lm-suppress-shortcuts": true, input: () => change("call", field.value) });
  const examples = spec.examples.map((text, k) => [k, text]);
  const pick = select(words.pick, [["", words.choose], ...examples], () => {
    if (pick.field.value !== "") change("call", spec.examples[Number(pick.field.value)]);
  });
  const out = make("div", { class: "answers" }), copied = make("p", { role: "status" });
  const root = frame(words.translator, make("p", { class: "heading", "aria-hidden": true }, words.translator), field, make("div", { class: "choices" }, pick.node), out, copied, ...live.nodes);
  el.append(root);

  function section(to, found) {
    const one = found.answers[to], code = one.text && filled(one.text, found.numbers), notes = one.notes.map((note) => filled(note, found.numbers));
    if (one.runs) notes.push(apart(one.runs, found.numbers));
    if (found.same.length) notes.push(words.sameRule(found.same.join(", ")));
    const lines = code && (to === "Steepest" ? code : `optimizer = ${code.replace("(params", "(model.parameters()")}`);
    const area = lines && make("textarea", { readonly: true, rows: Math.ceil(lines.length / 60), "aria-label": words.codeFor(to) });
    if (area) area.value = lines;
    const copy = area && button(words.copyFor(to), () => {
      const told = (message) => (copied.textContent = message);
      area.select();
      navigator.clipboard ? navigator.clipboard.writeText(lines).then(() => told(words.copied), () => told(words.notCopied)) : told(words.notCopied);
    });
    return make("section", {}, make("p", { class: "heading" }, `${to}: ${words.verdict(one.exact, Boolean(code))}`), ...(area ? [area, copy] : []),
      make("ul", {}, ...notes.map((note) => make("li", {}, note))));
  }

  const paint = painter(() => {
    const source = model.get("call");
    if (field.value !== source) field.value = source;
    copied.textContent = "";
    try {
      const found = answer(source);
      out.replaceChildren(
        ...spec.places.filter((to) => to in found.answers).map((to) => section(to, found)),
        make("section", {}, make("p", { class: "heading" }, words.ruleOf(found.entry.call)), ...printed(found.rule), make("ul", {}, ...found.entry.differences.map((one) => make("li", {}, one))), table(found)));
      live.say(spec.places.filter((to) => to in found.answers).map((to) => `${to}: ${words.verdict(found.answers[to].exact, Boolean(found.answers[to].text))}`).join(" "));
    } catch (problem) {
      if (typeof problem !== "string") throw problem;
      out.replaceChildren(make("p", { class: "problem" }, problem));
      live.say(problem);
    }
  });
  model.on("change", paint);
  paint();
  const ends = [paint.stop, live.stop, () => model.off("change", paint), () => root.remove()];
  return { admit() {}, stop: () => ends.forEach((end) => end()) };
}
