// Shows the outputs of a cell as the page shows stored ones. One with a script goes into a frame of its own.
import { make } from "./base.js";

const here = new URL(".", import.meta.url);

const ALLOWED = new Set(
  ("p span strong em b i u s sub sup small code pre kbd br hr div table thead tbody tfoot tr th td caption colgroup col " +
    "ul ol li dl dt dd h1 h2 h3 h4 h5 h6 blockquote figure figcaption img").split(" "),
);
const ATTRIBUTES = new Set([
  "class",
  "alt",
  "width",
  "height",
  "colspan",
  "rowspan",
  "scope",
  "aria-label",
  "title",
  "lang",
]);

/** A text of HTML as nodes that can do nothing but be read, or null where it asks for more than that. */
export function readable(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html").body;
  for (const element of parsed.querySelectorAll("*")) {
    if (!ALLOWED.has(element.localName)) return null;
    for (const { name, value } of [...element.attributes]) {
      const picture = element.localName === "img" && name === "src" &&
        value.startsWith("data:image/");
      if (!ATTRIBUTES.has(name) && !picture) element.removeAttribute(name);
    }
  }
  return [...parsed.childNodes];
}

const COLORS = [
  "--pst-color-text-base",
  "--pst-color-text-muted",
  "--pst-color-background",
  "--pst-color-surface",
  "--pst-color-border",
  "--pst-color-primary",
  "--pst-color-link",
];
const frames = new Map(); // what each shows, as text of HTML

/** Drops the frames that are no longer in the page. */
function forgetOld() {
  for (const frame of frames.keys()) if (!frame.isConnected) frames.delete(frame);
}

function look() {
  const style = getComputedStyle(document.documentElement);
  const theme = document.documentElement.dataset.theme === "dark" ? "dark" : "light";
  return {
    theme,
    colors: Object.fromEntries(COLORS.map((name) => [name, style.getPropertyValue(name)])),
  };
}
new MutationObserver(() => {
  forgetOld();
  for (const frame of frames.keys()) frame.contentWindow.postMessage({ look: look() }, "*");
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

// Widgets that move one another may stand in the page or in frames: what one tells goes to all others. From a frame come
// a name and finite numbers, or nothing.
document.addEventListener("steepest", ({ detail: { name, values, from } }) => {
  for (const frame of frames.keys()) {
    if (frame !== from) frame.contentWindow?.postMessage({ told: { name, values } }, "*");
  }
});
function tell(from, { name, values }) {
  if (typeof name !== "string" || !values) return;
  if (!Object.values(values).every(Number.isFinite)) return;
  document.dispatchEvent(new CustomEvent("steepest", { detail: { name, values, from } }));
}

/** A frame without an origin that shows a text of HTML and runs its scripts. */
export function framed(html, title) {
  const frame = make("iframe", { title, sandbox: "allow-scripts", class: "run-frame" });
  frame.src = new URL("frame.html", here).href;
  forgetOld();
  frames.set(frame, html);
  return frame;
}

addEventListener("message", ({ source, data }) => {
  const frame = source && [...frames.keys()].find((each) => each.contentWindow === source);
  if (!frame) return;
  if (data.ready) frame.contentWindow.postMessage({ look: look(), html: frames.get(frame) }, "*");
  if (data.told) tell(frame, data.told);
  if (data.height > 0) frame.style.height = `${Math.min(data.height, 4000)}px`;
});

/** Lets a frame show another text of HTML. One that is not ready gets it when it is. */
export function update(frame, html) {
  frames.set(frame, html);
  frame.contentWindow.postMessage({ html }, "*");
}

const text = (data, type) => Array.isArray(data[type]) ? data[type].join("") : data[type];

function picture(data, metadata) {
  const about = metadata["image/png"] ?? {};
  const image = make("img", {
    src: `data:image/png;base64,${text(data, "image/png").trim()}`,
    alt: about.alt ?? text(data, "text/plain") ?? "",
  });
  if (about.width) image.style.width = `${about.width}px`;
  return image;
}

// What makes formulas and tables of a text is fetched with the first one; till then, and without it, the text is there.
async function typeset(box, source) {
  box.append(make("pre", { tabindex: "0" }, source));
  const { html, formula } = await import("./typeset.js");
  const parts = readable(html(source));
  if (!parts) return;
  box.replaceChildren(...parts);
  for (const place of box.querySelectorAll(".formula")) {
    formula(place, place.classList.contains("display"));
  }
}

/** One output of the notebook format as an element. */
export function shown(output) {
  const box = make("div", { class: "output" });
  if (output.output_type === "stream") {
    box.classList.add("stream");
    box.append(make("pre", { tabindex: "0" }, output.text));
    return box;
  }
  if (output.output_type === "error") {
    box.classList.add("run-error");
    box.append(make("p", {}, make("strong", {}, `${output.ename}: `), output.evalue));
    if (output.traceback.length > 1) {
      box.append(make("pre", { tabindex: "0" }, output.traceback.join("\n")));
    }
    return box;
  }
  const { data, metadata = {} } = output;
  if (data["text/html"]) {
    box.classList.add("text_html");
    const html = text(data, "text/html"), nodes = readable(html);
    if (nodes) box.append(...nodes);
    else box.append(framed(html, text(data, "text/plain") ?? "what the cell showed"));
  } else if (data["image/png"]) box.append(picture(data, metadata));
  else if (data["text/markdown"] ?? data["text/latex"]) {
    typeset(box, text(data, "text/markdown") ?? text(data, "text/latex"));
  } else box.append(make("pre", { tabindex: "0" }, text(data, "text/plain") ?? ""));
  return box;
}

/** Appends an output; what is printed goes on where it stopped. */
export function append(place, outputs, output) {
  const before = outputs.at(-1);
  if (
    output.output_type === "stream" && before?.output_type === "stream" &&
    before.name === output.name
  ) {
    before.text += output.text;
    place.lastElementChild.querySelector("pre").textContent = before.text;
    return;
  }
  outputs.push(output);
  place.append(shown(output));
}
