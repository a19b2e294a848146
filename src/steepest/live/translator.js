// Translator: a field for a call of PyTorch, Optax or Keras, and what it is in the other two and in the course.
//
// The reader types a call or picks one, and reads the rule that it runs, its settings elsewhere, each difference in
// numbers, and lines to copy. How far two rules come apart is measured here, by running both.
// What must always hold: every answer is Python's, from the compiled table; a call that the table has no answer for is
// refused with a word on what to do; nothing that the reader writes is run.
import {
  announcer,
  button,
  changer,
  copy,
  frame,
  keepDrawn,
  make,
  painter,
  select,
} from "./base.js";
import { formatted, literal, readCall } from "./calls.js";
import { words } from "./words.js";

/** A text of the table with the reader's numbers in place of its marks. */
const filled = (text, numbers) =>
  text.replace(
    /n(\d+)_(?:\|\.(\d+)([gf])\|)?/g,
    (
      _,
      k,
      digits,
      kind,
    ) => (kind ? formatted(numbers[k], Number(digits), kind) : literal(numbers[k])),
  );

/** The points of a compiled rule on given gradients, for each pair of the 12 coordinates. */
function points(rule, hyper, gradients) {
  const h = Float64Array.from(hyper),
    p = new Float64Array(rule.shared),
    s = new Float64Array(2 * rule.state.length);
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

/** @param {View} view @returns {Widget} */
export function translator({ model, el, compiled }) {
  const { spec, calls, rules, noise } = compiled, live = announcer(), change = changer(model);

  const gradients = (size) => {
    const a = new Float64Array(3),
      out = new Float64Array(1),
      value = (i, j, t) => {
        noise.arguments.forEach((name, k) => (a[k] = { i, j, t }[name]));
        noise.evaluate(a, out);
        return size * out[0];
      };
    return Array.from(
      { length: 100 },
      (_, step) => Array.from({ length: 12 }, (_, c) => value(Math.floor(c / 3), c % 3, step + 1)),
    );
  };
  const seen = [1, 1e-3, 1e-6].map(gradients);

  // How far two rules come apart, as `distance` of the package says it.
  function apart(runs, numbers) {
    if (runs.includes(null)) return words.matrixApart;
    const hyper = ([, given]) =>
      given.map((one) => (typeof one === "string" ? numbers[one.slice(1, -1)] : one));
    const shares = seen.map((given) => {
      const [ours, theirs] = runs.map((run) => points(rules[run[0]], hyper(run), given));
      const largest = (at) => ours.reduce((most, _, i) => Math.max(most, Math.abs(at(i))), 0); // a NaN stays
      const way = Math.max(largest((i) => ours[i] - 1), largest((i) => theirs[i] - 1));
      return way ? (100 * largest((i) => ours[i] - theirs[i])) / way : 0;
    });
    if (!shares.every(Number.isFinite)) return words.notFinite;
    return words.apart(
      ...shares.map((share) => (share >= 0.01 ? `${formatted(share, 2, "g")} %` : words.little)),
    );
  }

  // The full name of the call in a text, and its arguments by name; throws what is wrong.
  function bound(source) {
    const read = readCall(source), bare = read.name.replace(/^tf\./, "");
    const fits = (name) => name === bare || name.endsWith(`.${bare}`);
    const found = Object.entries(spec.signatures).filter(([name]) => fits(name));
    if (!found.length) throw words.unknownCall(read.name);
    const takes = ([, { names }]) => read.args.every(([name]) => !name || names.includes(name));
    const [call, signature] = found.find(takes) ?? found[0];
    if (signature.params && !read.params) throw words.noParams(call);
    const places = signature.positional.filter((name) => name !== "params"), given = {};
    read.args.forEach(([name, value], k) => {
      const argument = name || places[k] || "";
      if (signature.names.includes(argument)) given[argument] = value;
      else throw words.unknownArgument(call, argument, signature.names.join(", "));
    });
    return { call, given, off: signature.off };
  }

  // The hyperparameters of an entry, those left at their defaults too; throws what is wrong.
  function hyperparameters(entry, given, off) {
    const values = {};
    for (const [ours, theirs] of Object.entries(entry.arguments)) {
      const [root, index] = theirs.split(/[[\]]/), fallback = entry.defaults[ours];
      const value = index ? given[root]?.[Number(index)] : given[root];
      const now = value ?? fallback, kind = typeof (fallback ?? 0);
      if (now === undefined) throw words.missing(entry.call, root);
      const none = given[root] === null && !off.includes(root);
      if (none || typeof now !== kind) throw words.wrongKind(root, kind);
      if (kind === "number" && !(now >= 0)) throw words.negative(root);
      if (spec.fractions.includes(ours) && !(now < 1)) throw words.tooLarge(root);
      values[ours] = now;
    }
    return values;
  }

  // What the table says of a call: {entry, values, numbers, same, rule, answers}; throws what is wrong.
  function answer(source) {
    const { call, given, off } = bound(source), names = Object.keys(given);
    const chosen = ({ selected }) =>
      Object.entries(selected).every(([name, value]) => given[name] === value);
    const flags = (entry) => Object.keys(entry.selected).length;
    const entries = calls.filter((one) => one.call === call && chosen(one));
    const most = Math.max(...entries.map(flags)),
      isOff = (name) => off.includes(name) && !given[name];
    const beyond = (entry) => {
      const known = Object.values(entry.arguments).map((name) => name.split("[")[0]);
      return names.filter((name) =>
        ![...known, ...Object.keys(entry.selected), ...spec.same].includes(name) && !isOff(name)
      );
    };
    const [entry, others] = entries.filter((one) => flags(one) === most)
      .map((one) => /** @type {[any, string[]]} */ ([one, beyond(one)]))
      .sort((one, another) => one[1].length - another[1].length)[0];
    if (others.length) throw words.inPython(others[0]);
    const values = hyperparameters(entry, given, off);
    const zero = ["beta1", "beta2", "decay"].find((name) => values[name] === 0);
    if (zero) throw words.inPython(`${entry.arguments[zero]} = 0`);
    const on = entry.switches.map((name) => values[name]);
    const gone = entry.vanishing.map((name) => values[name] === 0);
    const found = entry.cases[[...on, ...gone].map(Number).join("")];
    if (!found) throw words.refused(entry.framework);
    const same = names.filter((name) => spec.same.includes(name));
    return { entry, values, same, numbers: entry.numbers(values), ...found };
  }

  // The rule as it is printed, its equations one below the other.
  function printed(run) {
    if (!run) return [];
    const rule = rules[run[0]],
      symbol = (name) =>
        make("var", {}, rule.symbols[name][0], make("sub", {}, rule.symbols[name][1]));
    const side = (text) => text.split(/\{(.*?)\}/).map((part, i) => (i % 2 ? symbol(part) : part));
    return rule.equations.map(({ left, right }) =>
      make("p", { class: "equation" }, symbol(left), " = ", ...side(right))
    );
  }

  // The settings of the call, those left at their defaults too.
  function table({ entry, values }) {
    return make(
      "table",
      {},
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          ...[words.settingOf(entry.framework), words.valueHere].map((name) =>
            make("th", { scope: "col" }, name)
          ),
        ),
      ),
      make(
        "tbody",
        {},
        ...Object.entries(entry.arguments).map(([ours, theirs]) =>
          make(
            "tr",
            {},
            make("th", { scope: "row" }, theirs),
            make(
              "td",
              {},
              typeof values[ours] === "boolean"
                ? (values[ours] ? "True" : "False")
                : literal(values[ours]),
            ),
          )
        ),
      ),
    );
  }

  const field = make("textarea", {
    rows: 2,
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    "aria-label": words.theCall,
    input: () => change("call", field.value),
  });
  const examples = spec.examples.map((text, k) => [k, text]);
  const pick = select(words.pick, [["", words.choose], ...examples], () => {
    if (pick.field.value !== "") change("call", spec.examples[Number(pick.field.value)]);
  });
  const out = make("div", { class: "answers" }), copied = make("p", { role: "status" });
  const root = frame(
    words.translator,
    make("p", { class: "heading", "aria-hidden": true }, words.translator),
    field,
    make("div", { class: "choices" }, pick.node),
    out,
    copied,
    ...live.nodes,
  );
  el.append(root);

  function section(to, found) {
    const one = found.answers[to],
      code = one.text && filled(one.text, found.numbers),
      notes = one.notes.map((note) => filled(note, found.numbers));
    if (one.runs) notes.push(apart(one.runs, found.numbers));
    if (found.same.length) notes.push(words.sameRule(found.same.join(", ")));
    const lines = code &&
      (to === "Steepest" ? code : `optimizer = ${code.replace("(params", "(model.parameters()")}`);
    const area = lines &&
      make("textarea", {
        readonly: true,
        rows: Math.ceil(lines.length / 45),
        "aria-label": words.codeFor(to),
      });
    if (area) area.value = lines;
    const copying = area && button(words.copyFor(to), async () => {
      copied.textContent = (await copy(area)) ? words.copied : words.notCopied;
    });
    return make(
      "section",
      {},
      make("p", { class: "heading" }, `${to}: ${words.verdict(one.exact, Boolean(code))}`),
      ...(area ? [area, copying] : []),
      make("ul", {}, ...notes.map((note) => make("li", {}, note))),
    );
  }

  const paint = painter(() => {
    const source = model.get("call");
    if (field.value !== source) field.value = source;
    copied.textContent = "";
    try {
      const found = answer(source);
      out.replaceChildren(
        ...spec.places.filter((to) => to in found.answers).map((to) => section(to, found)),
        make(
          "section",
          {},
          make("p", { class: "heading" }, words.ruleOf(found.entry.call)),
          ...printed(found.rule),
          make("ul", {}, ...found.entry.differences.map((one) => make("li", {}, one))),
          table(found),
        ),
      );
      live.say(
        spec.places.filter((to) => to in found.answers).map((to) =>
          `${to}: ${words.verdict(found.answers[to].exact, Boolean(found.answers[to].text))}`
        ).join(" "),
      );
    } catch (problem) {
      if (typeof problem !== "string") throw problem;
      out.replaceChildren(make("p", { class: "problem" }, problem));
      live.say(problem);
    }
  });
  return { admit() {}, stop: keepDrawn({ root, model, paint, live }) };
}
