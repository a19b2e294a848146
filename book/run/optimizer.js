// The page of one's own optimizer: an editor, and below it what the rule is and does. After the first Run every change shows
// by itself. Code that came with a link is shown, and waits for Run.
import { keep, kept, make, save } from "./base.js";
import { heard, run, stop } from "./engine.js";
import { framed, readable, shown, update } from "./outputs.js";

const NAME = "steepest-optimizer";
const PAUSE = 120; // milliseconds without a key, before what was typed is tried
const place = document.querySelector("#run-optimizer");
const START = place.querySelector("pre").textContent.trim() + "\n";

// A link carries the code as text in its last part, which no server sees.
const IN_LINK = "#code=";
function fromLink() {
  if (!location.hash.startsWith(IN_LINK)) return null;
  try {
    return decodeURIComponent(location.hash.slice(IN_LINK.length));
  } catch {
    return null; // it was cut
  }
}
addEventListener("hashchange", () => location.hash.startsWith(IN_LINK) && location.reload());

const linked = fromLink();
let code = linked ?? kept(NAME, START), running = false, again = false, live = false;

const says = make("p", { role: "status" });
const bar = make("progress", { max: 1, value: 0, "aria-label": "fetched", hidden: true });
const found = make("div", { class: "run-found" });
const surfaces = place.dataset.surfaces.split(" ");
const surface = make(
  "select",
  { change: () => live && show() },
  ...surfaces.map((name) => make("option", {}, name)),
);
surface.value = "ravine";
const room = make("div", { class: "run-editor" }, make("pre", { tabindex: "0" }, code));
const address = make("input", { readonly: true, hidden: true, "aria-label": "link to this rule" });

heard.fetched = (loaded, total) => {
  bar.hidden = loaded >= total - 1;
  bar.value = loaded / total;
  if (!bar.hidden) {
    says.textContent = `Fetching Python, once: ${(loaded / 1e6).toFixed(1)} of ${
      (total / 1e6).toFixed(1)
    } MB`;
  }
};
heard.broken = (why) => says.textContent = `Python could not run: ${why}`;

// What `Beside` of steepest.live.own shows: a paragraph of text, and a widget. The reader's code may show anything, this too:
// the paragraph is cleaned as every output is, and all that is after it runs in the frame.
const RECOGNIZED = /^<p class="recognized">[^<]*<\/p>/;

const stage = make("div");
let frame;
function showOutput(output) {
  const html = output.data?.["text/html"];
  const [said] = RECOGNIZED.exec(html) ?? [];
  if (!said) return found.append(shown(output));
  found.append(...(readable(said) ?? []));
  const widget = html.slice(said.length);
  if (frame) update(frame, widget);
  else stage.append(frame = framed(widget, "Your optimizer beside Momentum and Adam"));
}

/** Runs the rule as it stands, and once more where it changed meanwhile. */
async function show() {
  if (running) return again = true;
  running = true;
  stopping.hidden = false;
  const started = performance.now();
  if (!live) says.textContent = "Starting Python …";
  const outputs = [];
  const tail = `\n\nfrom steepest.live.own import Beside\nBeside(globals(), ${
    JSON.stringify(surface.value)
  })`;
  const ended = await run(code + tail, {
    above: null,
    afresh: true, // a class that is no longer in the text is no longer there
    output: (output) => outputs.push(output),
    begun() {
      bar.hidden = true;
      if (!live) says.textContent = "It runs …";
    },
  });
  found.replaceChildren();
  outputs.forEach(showOutput);
  stage.hidden = ended !== "well";
  running = false;
  stopping.hidden = true;
  bar.hidden = true;
  live = ended !== "stopped";
  if (ended === "stopped") says.textContent = "Stopped.";
  else if (!says.textContent.startsWith("Python could not")) {
    says.textContent = ended === "well" ? "" : "It did not run yet.";
  }
  place.dataset.shown = ended;
  place.dataset.milliseconds = String(Math.round(performance.now() - started));
  const more = again && ended !== "stopped";
  again = false;
  if (more) show();
}

let timer;
function changed(text) {
  code = text;
  if (linked === null) keep(NAME, code); // what came with a link takes the place of nothing
  address.hidden = true;
  clearTimeout(timer);
  if (live) timer = setTimeout(show, PAUSE);
  else again = running; // what is typed while Python starts
}

const stopping = make("button", { type: "button", hidden: true, click: stop }, "Stop");
const editing = make("button", { type: "button", click: () => open() }, "Edit");
const buttons = make(
  "div",
  { class: "run-bar" },
  editing,
  make("button", { type: "button", click: show }, "Run"),
  stopping,
  make("label", {}, "on the surface ", surface),
  make("button", { type: "button", click: share }, "Link"),
  make("button", { type: "button", click: notebook }, "Notebook"),
  make("button", { type: "button", click: startOver }, "Start over"),
);

function share() {
  address.value = `${location.href.split("#")[0]}#code=${encodeURIComponent(code)}`;
  address.hidden = false;
  address.select();
}

/** Saves the rule and its widget as a notebook, to go on from here on one's own machine. */
function notebook() {
  const widget =
    `from steepest import Adam, Momentum, surfaces\nfrom steepest.live import Explorer\n\n` +
    `Explorer([${
      code.match(/class\s+(\w+)(?![\s\S]*class\s)/)?.[1] ?? "Adam"
    }(), Momentum(), Adam()], surfaces.${surface.value}())`;
  const cell = (source) => ({
    cell_type: "code",
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  });
  const cells = [cell(code), cell(widget)];
  const book = {
    cells,
    metadata: { language_info: { name: "python" } },
    nbformat: 4,
    nbformat_minor: 4,
  };
  save("my_optimizer.ipynb", JSON.stringify(book, null, 1), "application/x-ipynb+json");
}

place.replaceChildren(room, buttons, address, says, bar, found, stage);
if (location.hash.startsWith(IN_LINK) && linked === null) {
  says.textContent = "The link is cut off, so its rule cannot be read.";
} else if (linked !== null) {
  says.textContent = "This rule came with the link. Read it; it runs when you press Run.";
}
place.dataset.ready = "yes";

let editor;
async function open() {
  if (editor) return editor.focus();
  let edit;
  try {
    ({ edit } = await import("./editor.js"));
  } catch {
    return says.textContent = "The editor could not be fetched. Try again.";
  }
  if (editor) return;
  const label = "Your optimizer. Escape, then Tab, leaves the editor.";
  room.replaceChildren();
  editor = edit(room, code, { label, changed, run: show });
  editing.hidden = true;
  editor.focus();
}

function startOver() {
  changed(START);
  if (editor) editor.set(START);
  else room.firstChild.textContent = START;
}
