// The editor: CodeMirror, loaded when the first one opens. Tab indents; Escape and then Tab leads out of it.
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentWithTab,
  // @ts-ignore: `make engine` fetches it
} from "./engine/modules/codemirror-commands.js";
// @ts-ignore: `make engine` fetches it
import { python } from "./engine/modules/codemirror-lang-python.js";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
  // @ts-ignore: `make engine` fetches it
} from "./engine/modules/codemirror-language.js";
// @ts-ignore: `make engine` fetches it
import { EditorState } from "./engine/modules/codemirror-state.js";
// @ts-ignore: `make engine` fetches it
import { drawSelection, EditorView, keymap } from "./engine/modules/codemirror-view.js";
// @ts-ignore: `make engine` fetches it
import { classHighlighter } from "./engine/modules/lezer-highlight.js";

/** An editor in an element. `changed` hears each new text, `run` is called by Ctrl or Shift with Enter. */
export function edit(place, text, { label, changed, run }) {
  const go = () => (run(), true);
  place.addEventListener("keydown", (event) => event.stopPropagation()); // the page has keys of its own: / searches
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: "Mod-Enter", run: go }, { key: "Shift-Enter", run: go }]),
        history(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of("    "),
        bracketMatching(),
        python(),
        syntaxHighlighting(classHighlighter),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({
          "aria-label": label,
          spellcheck: "false",
          autocapitalize: "off",
        }),
        EditorView.updateListener.of((update) =>
          update.docChanged && changed(update.state.doc.toString())
        ),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    close: () => view.destroy(),
    text: () => view.state.doc.toString(),
    set: (now) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: now } }),
  };
}
