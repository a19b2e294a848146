// Markdown and LaTeX that a cell shows: as HTML, with formulas as MathML.
// @ts-ignore: `make engine` fetches it
import { marked } from "./engine/modules/marked.js";
// @ts-ignore: `make engine` fetches it
import temml from "./engine/modules/temml.js";

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

// A formula stays TeX in an element of its own until what is around it has been cleaned.
marked.use({
  extensions: [{
    name: "formula",
    level: "inline",
    start: (text) => text.indexOf("$"),
    tokenizer(text) {
      const [raw, dollars, tex] = /^(\$\$?)([^$]+)\1/.exec(text) ?? [];
      if (raw) return { type: "formula", raw, tex, display: dollars === "$$" };
    },
    renderer: ({ tex, display }) =>
      `<span class="formula${display ? " display" : ""}">${escaped(tex)}</span>`,
  }],
});

/** A text of Markdown as HTML, whose formulas are the text of elements of the class `formula`. */
export const html = (source) => marked.parse(source);

/** Sets the formula that is the text of an element. */
export const formula = (place, displayMode) =>
  temml.render(place.textContent, place, { displayMode });
