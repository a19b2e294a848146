// Puts the buttons that run Python into a chapter. The rest is fetched at the first press. A plain script, because the page
// needs it at once; where a browser cannot run Python in a worker, as on a page opened from a folder, it puts nothing.
"use strict";
{
  const here = new URL(".", /** @type {HTMLScriptElement} */ (document.currentScript).src);
  const able = location.protocol.startsWith("http") && "Worker" in window &&
    "WebAssembly" in window;
  const page = () => import(new URL("page.js", here).href);

  const press = async (/** @type {HTMLElement} */ pressed) => {
    const bar = pressed.parentElement;
    bar.querySelector(".run-lost")?.remove();
    try {
      await (await page()).press(pressed.dataset.action, pressed.closest(".cell"));
    } catch {
      const said = bar.appendChild(document.createElement("span"));
      said.className = "run-lost";
      said.role = "status";
      said.textContent = "This could not be fetched. Try again.";
    }
  };

  const kept = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name)) ?? {};
    } catch {
      return {};
    }
  };
  const answers = () => kept("steepest-exercises");

  // The state of each exercise, beside its buttons and in the contents of the page.
  const states = () => {
    const all = answers();
    let solved = 0, count = 0;
    for (const bar of document.querySelectorAll(".run-bar[data-exercise]")) {
      const state = all[bar.dataset.exercise]?.state ?? "open";
      bar.dataset.state = state;
      count++;
      if (state === "solved") solved++;
      const shown = bar.querySelector(".run-state");
      if (shown) shown.textContent = { open: "", tried: "tried", solved: "solved ✓" }[state];
      const solution = bar.querySelector('[data-action="solution"]');
      if (solution) solution.hidden = state === "open";
    }
    for (const link of document.querySelectorAll('.bd-sidebar-secondary a[href="#exercises"]')) {
      const sum = link.querySelector(".run-sum") ??
        link.appendChild(document.createElement("span"));
      sum.className = "run-sum";
      sum.textContent = count && Object.keys(all).length ? ` ${solved} of ${count} solved` : "";
    }
  };

  const button = (action, name, label) => {
    const made = document.createElement("button");
    made.type = "button";
    made.dataset.action = action;
    made.textContent = name;
    made.setAttribute("aria-label", label);
    return made;
  };

  if (able) {
    for (const cell of document.querySelectorAll(".cell:has(.run-bar)")) {
      const bar = cell.querySelector(".run-bar"), number = bar.dataset.exercise;
      if (number) {
        const state = document.createElement("span");
        state.className = "run-state";
        bar.append(
          button("edit", "Solve it here", `Solve exercise ${number} here`),
          button("run", "Check", `Check exercise ${number}`),
          button("solution", "Solution", `Solution of exercise ${number}`),
          state,
        );
      } else {bar.append(
          button("run", "Run", "Run this code"),
          button("edit", "Edit", "Edit this code"),
        );}
    }
    const head = document.querySelector(".run-head");
    if (head) head.append(button("all", "Run all here", "Run all code of this page"));
    document.addEventListener("click", ({ target }) => {
      /** @type {HTMLElement} */
      const pressed = /** @type {Element} */ (target).closest?.("[data-action]");
      if (pressed?.closest(".run-bar, .run-head")) press(pressed);
    });
    states();
    addEventListener("steepest-exercise", states);
    addEventListener("storage", states);
    // What a reader left here stands in the page at once: the module opens it in editors.
    const chapter = location.pathname.split("/").pop().replace(/\.html$/, "");
    const all = answers();
    const mine = [...document.querySelectorAll(".run-bar[data-exercise]")]
      .some(({ dataset }) => typeof all[dataset.exercise]?.answer === "string");
    if (mine || Object.keys(kept(`steepest-edits-${chapter}`)).length) page().catch(() => {});
  }
}
