// A chapter whose cells run: which cell needs which, what is shown, what is kept.
import { keep, kept, make, save } from "./base.js";
import { heard, run as runPython, stop } from "./engine.js";
import * as exercises from "./exercises.js";
import { append } from "./outputs.js";

const here = new URL(".", import.meta.url);
const chapter = location.pathname.split("/").pop().replace(/\.html$/, "");
const EDITS = `steepest-edits-${chapter}`;

/** What was edited in this chapter, by the text as it was written. Read whenever it is changed: another tab may have. */
const edits = () => kept(EDITS, {});

function keepEdits(change) {
  const all = edits();
  change(all);
  keep(EDITS, Object.keys(all).length ? all : undefined);
}

/** @returns the code cells of the page, in their order */
function cellsOfThePage() {
  const found = [], edited = edits();
  for (const element of document.querySelectorAll(".cell:has(.run-bar)")) {
    const bar = element.querySelector(".run-bar");
    const source = element.querySelector(".cell_input pre, .highlight pre").textContent.replace(
      /\n$/,
      "",
    );
    const exercise = bar.dataset.exercise;
    const text = exercise ? exercises.of(exercise).answer : edited[source];
    found.push({
      element,
      bar,
      index: Number(element.className.match(/\bcell-(\d+)\b/)[1]),
      exercise,
      solution: element.classList.contains("tag_solution"),
      source,
      text: text ?? source,
      done: false,
      outputs: null,
      placeOfOutput: null,
    });
  }
  return found;
}

const cells = cellsOfThePage();
const cellOf = (element) => cells.find((cell) => cell.element === element);

// What is going on, at the foot of the window

const says = make("span", { role: "status" });
const bar = make("progress", { max: 1, value: 0, "aria-label": "fetched", hidden: true });
const stopping = make("button", { type: "button", hidden: true, click: () => stop() }, "Stop");
const foot = make(
  "div",
  { class: "run-foot", role: "region", "aria-label": "Python in this page" },
  says,
  bar,
  stopping,
  make("button", { type: "button", click: () => reset() }, "Reset page"),
  make("button", { type: "button", click: () => download() }, "Download notebook"),
);

function say(words) {
  if (!foot.isConnected) document.body.append(foot);
  says.textContent = words;
}

const MB = (bytes) => (bytes / 1e6).toFixed(1);
heard.fetched = (loaded, total) => {
  bar.hidden = loaded >= total - 1;
  bar.value = total ? loaded / total : 0;
  if (!bar.hidden) say(`Fetching Python, once: ${MB(loaded)} of ${MB(total)} MB`);
  else say("Starting Python …");
};
heard.broken = (why) => {
  for (const cell of cells) cell.done = false;
  bar.hidden = true;
  say(`Python could not run: ${why}`);
};

// Editors

async function edit(cell, { focus = true } = {}) {
  const { edit: open } = await import("./editor.js");
  if (!cell.editor) fill(cell, open);
  if (focus) cell.editor.focus();
}

function fill(cell, open) {
  const code = cell.element.querySelector("div.highlight");
  cell.place = make("div", { class: "run-editor" });
  code.before(cell.place);
  code.hidden = true;
  cell.editor = open(cell.place, cell.text, {
    label: cell.exercise
      ? `Your answer to exercise ${cell.exercise}. Escape, then Tab, leaves the editor.`
      : "Code. Escape, then Tab, leaves the editor.",
    changed: (text) => change(cell, text),
    run: () => press("run", cell.element),
  });
  cell.element.querySelector('[data-action="edit"]').hidden = true;
}

function change(cell, text) {
  cell.text = text;
  cell.done = false;
  if (cell.exercise) return exercises.note(cell.exercise, text);
  keepEdits((all) => {
    if (text === cell.source) delete all[cell.source];
    else all[cell.source] = text;
  });
}

function close(cell) {
  cell.editor?.close();
  cell.place?.remove();
  delete cell.editor;
  cell.element.querySelector("div.highlight").hidden = false;
  cell.element.querySelector('[data-action="edit"]').hidden = false;
}

// Runs

/** The cells to run for this one: what is above it and was not run. Exercises are for their readers to run. */
function pathTo(cell) {
  const before = cells.slice(0, cells.indexOf(cell));
  return [...before.filter((each) => !each.done && !each.exercise && !each.solution), cell];
}

const stored = (cell) => cell.element.querySelectorAll(".cell_output:not(.run-output)");

function begin(cell) {
  cell.outputs = [];
  cell.placeOfOutput?.remove();
  cell.placeOfOutput = make("div", { class: "cell_output docutils container run-output" });
  for (const output of stored(cell)) output.hidden = true;
  const last = [...stored(cell)].pop();
  if (last) last.after(cell.placeOfOutput);
  else cell.bar.after(cell.placeOfOutput);
  cell.element.classList.add("run-running");
}

function finish(cell, ended) {
  cell.element.classList.remove("run-running");
  cell.element.dataset.ran = ended;
  if (ended === "stopped") {
    cell.placeOfOutput?.append(
      make(
        "p",
        { class: "run-error" },
        "Stopped. What was run before is gone: the next Run begins anew.",
      ),
    );
  }
  const claims = cell.element.querySelectorAll("details.evidence > summary > .claim");
  if (!claims.length) return;
  const measured = [...(cell.placeOfOutput?.querySelectorAll("p.claim") ?? [])];
  claims.forEach((line, k) => {
    line.dataset.kept ??= "yes";
    line.stored ??= [...line.childNodes];
    if (measured[k]) line.replaceChildren(...measured[k].cloneNode(true).childNodes);
    line.classList.toggle("run-failed", ended !== "well" && !measured[k]);
  });
}

/** The text of a cell; an answer without its check gets the published one. */
function withCheck({ exercise, source, text }) {
  if (!exercise || /^check\(/m.test(text)) return text;
  return `${text}\n\n${source.split("\n").find((line) => line.startsWith("check("))}`;
}

async function runCell(cell, alone) {
  const written = (each) => each.solution ? "" : each.exercise ? each.source : each.text;
  const above = alone ? cells.slice(0, cells.indexOf(cell) + 1).map(written) : null;
  const { text } = cell;
  let begun = false;
  const ended = await runPython(withCheck(cell), {
    above,
    begun: () => {
      begun = true;
      begin(cell);
      bar.hidden = true;
      stopping.hidden = false;
      say(
        cell.exercise
          ? `Checking exercise ${cell.exercise} …`
          : `Running cell ${cells.indexOf(cell) + 1} of ${cells.length} …`,
      );
    },
    output: (output) => append(cell.placeOfOutput, cell.outputs, output),
  });
  if (ended === "alone") return ended;
  cell.done = ended === "well" && cell.text === text; // not if it was edited meanwhile
  if (begun) {
    finish(cell, ended);
    if (cell.exercise) noteVerdict(cell);
  }
  if (ended === "stopped") { for (const each of cells) each.done = false; }
  return ended;
}

let runs = 0;
async function run(list) {
  for (const cell of list) {
    // What is below a cell that changed has to be run again.
    const place = cells.indexOf(cell);
    const lone = Boolean(cell.exercise);
    if (!lone) cells.slice(place).forEach((each) => each.done = false);
    let ended = await runCell(cell, lone);
    if (ended === "alone") {
      ended = await run(pathTo(cell).slice(0, -1));
      if (ended === "well") ended = await runCell(cell, false);
    }
    if (ended !== "well") return ended;
  }
  return "well";
}

function noteVerdict(cell) {
  const verdict = cell.placeOfOutput?.querySelector(".verdict");
  if (!verdict) return;
  const right = verdict.classList.contains("verdict-right"),
    open = verdict.classList.contains("verdict-not");
  exercises.note(cell.exercise, cell.text, right ? "solved" : open ? "open" : "tried");
}

/** Lets a reader who is still at an exercise see what was said of it: the foot may hide that. */
function showVerdict({ exercise, element, placeOfOutput }) {
  if (!exercise || !placeOfOutput || !element.contains(document.activeElement)) return;
  const hidden = innerHeight - foot.getBoundingClientRect().top;
  placeOfOutput.style.scrollMarginBottom = `${hidden + 8}px`;
  placeOfOutput.scrollIntoView({ block: "nearest" });
}

const ENDS = { well: "Done.", badly: "A cell stopped with an error.", stopped: "Stopped." };

let running; // while cells run, a promise of their end
function start(list) {
  if (running) return say("Python is at work: press Stop to end it.");
  running = runAndTell(list);
}

async function runAndTell(list) {
  delete foot.dataset.ended;
  stopping.hidden = false;
  say("Starting Python …");
  const ended = await run(list);
  running = undefined;
  stopping.hidden = true;
  if (!says.textContent.startsWith("Python could not")) say(ENDS[ended]);
  showVerdict(list.at(-1));
  foot.dataset.ended = ended;
  foot.dataset.runs = String(++runs);
}

/** Puts the page back to what was published. An answer stays in its editor; of an empty one the stub comes back. */
async function reset() {
  stop();
  await running; // what runs tells of its end, and that goes with the rest
  for (const cell of cells) {
    const changed = cell.text !== cell.source;
    if (!(cell.exercise && changed && cell.text.trim())) {
      close(cell);
      if (!cell.exercise) keepEdits((all) => delete all[cell.source]);
      else if (changed) exercises.note(cell.exercise);
      cell.text = cell.source;
    }
    cell.done = false;
    cell.outputs = null;
    cell.placeOfOutput?.remove();
    cell.placeOfOutput = null;
    delete cell.element.dataset.ran;
    for (const output of stored(cell)) output.hidden = false;
    for (const line of cell.element.querySelectorAll("details.evidence > summary > .claim")) {
      if (line.stored) line.replaceChildren(...line.stored);
      line.classList.remove("run-failed");
    }
  }
  runs = 0;
  delete foot.dataset.runs;
  foot.remove();
}

/** Saves the chapter as a notebook, with what was edited and what its cells showed here. */
async function download() {
  let notebook;
  try {
    notebook = await (await fetch(new URL(`../_sources/notebooks/${chapter}.ipynb`, here))).json();
  } catch {
    return say("The notebook could not be fetched. Try again.");
  }
  for (const cell of cells) {
    const target = notebook.cells[cell.index];
    if (cell.text !== cell.source) target.source = cell.text;
    if (cell.outputs) target.outputs = cell.outputs;
  }
  save(`${chapter}.ipynb`, JSON.stringify(notebook, null, 1), "application/x-ipynb+json");
}

/** What a button does. */
export function press(action, element) {
  const cell = element && cellOf(element);
  if (action === "edit") return edit(cell);
  if (action === "all") return start(cells);
  if (action === "solution") return unfold(solutionOf(cell));
  return start(cell.exercise ? [cell] : pathTo(cell));
}

function solutionOf(cell) {
  const solution = cells.slice(cells.indexOf(cell) + 1).find((each) => each.solution);
  return solution?.element.querySelector("details") ?? solution?.element.closest("details");
}

function unfold(fold) {
  if (!fold) return;
  fold.open = true;
  fold.querySelector("summary").focus();
}

// Texts that a reader left here stand in the page at once.
for (const cell of cells) if (cell.text !== cell.source) edit(cell, { focus: false });
