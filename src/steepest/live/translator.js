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
import { answerer } from "./answers.js";
import { distances } from "./apart.js";
import { formatted, literal } from "./calls.js";
import { words } from "./words.js";
import { translatorWords } from "./words_translator.js";

/** @param {View} view @returns {Widget} */
export function translator({ model, el, compiled }) {
  const { spec, rules, noise } = compiled, live = announcer(), change = changer(model);
  const answer = answerer(compiled), apart = distances(rules, noise, spec.compared);
  const field = make("textarea", {
    rows: 2,
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    "aria-label": translatorWords.theCall,
    input: () => change("call", field.value),
  });
  const examples = spec.examples.map((text, k) => [k, text]);
  const pick = select(translatorWords.pick, [["", translatorWords.choose], ...examples], () => {
    if (pick.field.value !== "") change("call", spec.examples[Number(pick.field.value)]);
  });
  const out = make("div", { class: "answers" }), copied = make("p", { role: "status" });
  const tellCopied = (done) => (copied.textContent = done ? words.copied : words.notCopied);
  const root = frame(
    translatorWords.translator,
    make("p", { class: "heading", "aria-hidden": true }, translatorWords.translator),
    field,
    make("div", { class: "choices" }, pick.node),
    out,
    copied,
    ...live.nodes,
  );
  el.append(root);

  function show(found) {
    const places = spec.places.filter((to) => to in found.answers);
    out.replaceChildren(
      ...places.map((to) => translation(to, found, apart, tellCopied)),
      ruleSection(found, rules),
    );
    const said = ({ exact, text }) => translatorWords.verdict(exact, Boolean(text));
    live.say(places.map((to) => `${to}: ${said(found.answers[to])}`).join(" "));
  }

  const paint = painter(() => {
    const source = model.get("call");
    if (field.value !== source) field.value = source;
    copied.textContent = "";
    try {
      show(answer(source));
    } catch (problem) {
      if (typeof problem !== "string") throw problem;
      out.replaceChildren(make("p", { class: "problem" }, problem));
      live.say(problem);
    }
  });
  return { admit() {}, stop: keepDrawn({ root, model, paint, live }) };
}

/** A text of the table with the reader's numbers in place of its marks. */
function filled(text, numbers) {
  const number = (_, k, digits, kind) =>
    kind ? formatted(numbers[k], Number(digits), kind) : literal(numbers[k]);
  return text.replace(/n(\d+)_(?:\|\.(\d+)([gf])\|)?/g, number);
}

/** What the call is in one place: the line to copy and what differs. */
function translation(to, { answers, numbers, same }, apart, tellCopied) {
  const { text, notes: marked, runs, exact } = answers[to];
  const code = text && filled(text, numbers), notes = marked.map((note) => filled(note, numbers));
  if (runs) notes.push(apart(runs, numbers));
  if (same.length) notes.push(translatorWords.sameRule(same.join(", ")));
  return make(
    "section",
    {},
    make("p", { class: "heading" }, `${to}: ${translatorWords.verdict(exact, Boolean(code))}`),
    ...(code ? lineToCopy(to, code, tellCopied) : []),
    make("ul", {}, ...notes.map((note) => make("li", {}, note))),
  );
}

function lineToCopy(to, code, tellCopied) {
  const torch = code.replace("(params", "(model.parameters()");
  const line = to === "Steepest" ? code : `optimizer = ${torch}`;
  const rows = Math.ceil(line.length / 45);
  const area = make("textarea", {
    readonly: true,
    rows,
    "aria-label": translatorWords.codeFor(to),
  });
  area.value = line;
  return [area, button(translatorWords.copyFor(to), async () => tellCopied(await copy(area)))];
}

/** The rule of the call, what is particular to it, and its settings. */
function ruleSection({ entry, values, rule }, rules) {
  return make(
    "section",
    {},
    make("p", { class: "heading" }, translatorWords.ruleOf(entry.call)),
    ...printed(rule, rules),
    make("ul", {}, ...entry.differences.map((difference) => make("li", {}, difference))),
    settingsTable(entry, values),
  );
}

/** A rule's equations one below the other, as they are printed. */
function printed(run, rules) {
  if (!run) return [];
  const { equations, symbols } = rules[run[0]];
  const symbol = (name) => make("var", {}, symbols[name][0], make("sub", {}, symbols[name][1]));
  const side = (text) => text.split(/\{(.*?)\}/).map((part, i) => (i % 2 ? symbol(part) : part));
  return equations.map(({ left, right }) =>
    make("p", { class: "equation" }, symbol(left), " = ", ...side(right))
  );
}

/** The settings of a call, those left at their defaults too. */
function settingsTable({ framework, arguments: names }, values) {
  const heads = [translatorWords.settingOf(framework), translatorWords.valueHere];
  const shown = (value) => typeof value === "boolean" ? (value ? "True" : "False") : literal(value);
  const row = ([ours, theirs]) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, theirs),
      make("td", {}, shown(values[ours])),
    );
  return make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...heads.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...Object.entries(names).map(row)),
  );
}
