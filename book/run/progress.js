// The page of the reader's progress: the state of each exercise, and all of it as a file.
import { make, save } from "./base.js";
import { exported, imported, of } from "./exercises.js";

const WORDS = { open: "", tried: "tried", solved: "solved ✓" };
const UNKEPT = "But this browser keeps no more: they are gone when you leave this page.";
const place = document.querySelector("#run-progress");
const says = make("p", { role: "status" });

/** The cell for the state of each exercise, by its number. */
const cells = new Map();
for (const row of document.querySelector("main table tbody").querySelectorAll("tr")) {
  const number = row.cells[0].textContent.trim();
  if (/^\d+\.\d+$/.test(number)) cells.set(number, row.cells[row.cells.length - 1]);
}

function show() {
  let solved = 0;
  for (const [number, cell] of cells) {
    const { state } = of(number);
    cell.textContent = WORDS[state];
    if (state === "solved") solved++;
  }
  says.textContent = `You have solved ${solved} of ${cells.size} exercises.`;
}

const NAMED = 5; // entries that are left out

function leftOut(entries) {
  const named = entries.slice(0, NAMED).map((name) => `“${name.slice(0, 20)}”`).join(", ");
  const more = entries.length > NAMED ? `, and ${entries.length - NAMED} more` : "";
  return `Left out what is no answer to an exercise of the course: ${named}${more}.`;
}

const file = make("input", {
  type: "file",
  accept: "application/json,.json",
  "aria-label": "a file saved here",
  change: async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      const { count, others, isKept } = imported(await chosen.text(), new Set(cells.keys()));
      show();
      says.textContent += ` ${count} came from the file.`;
      if (!isKept) says.textContent += ` ${UNKEPT}`;
      if (others.length) says.textContent += ` ${leftOut(others)}`;
    } catch (error) {
      says.textContent = error.message;
    }
    file.value = "";
  },
});

place.replaceChildren(
  says,
  make(
    "div",
    { class: "run-bar" },
    make(
      "button",
      { type: "button", click: () => save("steepest-progress.json", exported()) },
      "Save as a file",
    ),
    make("label", {}, "Add from a file ", file),
  ),
);
show();
