// The page of the reader's progress: the state of each exercise, and all of it as a file.
import { make, save } from "./base.js";
import { all, exported, imported } from "./exercises.js";

const WORDS = { open: "", tried: "tried", solved: "solved ✓" };
const place = document.querySelector("#run-progress");
const says = make("p", { role: "status" });

function show() {
  const states = all();
  let solved = 0, count = 0;
  for (const row of document.querySelector("main table tbody").querySelectorAll("tr")) {
    const [first, ...others] = row.cells, number = first.textContent.trim();
    if (!/^\d+\.\d+$/.test(number)) continue;
    const state = states[number]?.state ?? "open";
    others.at(-1).textContent = WORDS[state];
    count++;
    if (state === "solved") solved++;
  }
  says.textContent = `You have solved ${solved} of ${count} exercises.`;
}

const file = make("input", {
  type: "file",
  accept: "application/json,.json",
  "aria-label": "a file saved here",
  change: async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      const count = imported(await chosen.text());
      show();
      says.textContent += ` ${count} came from the file.`;
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
