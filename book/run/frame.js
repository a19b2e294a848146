// An output with a script is shown here, in a frame without an origin: the script runs, and sees nothing of the page.
"use strict";
addEventListener("message", ({ source, data }) => {
  if (source !== parent || !data) return;
  const root = document.documentElement;
  if (data.look) {
    root.dataset.theme = data.look.theme;
    root.style.colorScheme = data.look.theme;
    for (const [name, value] of Object.entries(data.look.colors)) {
      root.style.setProperty(name, value);
    }
  }
  if (data.told) {
    document.dispatchEvent(new CustomEvent("steepest", { detail: { ...data.told, from: parent } }));
  }
  if (data.html === undefined) return;
  const body = document.body;
  // Text set as HTML brings scripts that do not run; a copy of each does.
  body.innerHTML = data.html;
  for (const script of body.querySelectorAll("script")) {
    const copy = document.createElement("script");
    copy.textContent = script.textContent;
    script.replaceWith(copy);
  }
  watch.disconnect();
  watch.observe(body);
});
// What a widget tells the others here, the page tells those in other frames.
document.addEventListener("steepest", ({ detail: { name, values, from } }) => {
  if (from !== parent) parent.postMessage({ told: { name, values } }, "*");
});
const watch = new ResizeObserver(() =>
  parent.postMessage({ height: Math.ceil(document.body.getBoundingClientRect().height) + 4 }, "*")
);
parent.postMessage({ ready: true }, "*");
