// The way back to Python, and a link to what is set.
import { button, copy, make } from "./base.js";
import { words } from "./words.js";

/** A field, the button that copies what it holds, and a line that says whether it could. */
function copyable(name, field) {
  const said = make("p", { role: "status" });
  const copied = button(name, async () => {
    said.textContent = (await copy(field)) ? words.copied : words.notCopied;
  });
  return [field, copied, said];
}

/** A link to what is set. link(values) makes an address; none where a kernel is. */
export function linked(link) {
  const field = make("input", { readonly: true, "aria-label": words.link });
  return {
    nodes: link ? copyable(words.copyLink, field) : [],
    draw: (state) => (field.value = link?.(state) ?? ""),
  };
}

/** spec: what the Explorer was compiled with. */
export function share(spec, data, get, link) {
  const python = make("textarea", { readonly: true, rows: 9, "aria-label": words.python });
  const address = linked(link);
  const call = (name, values) =>
    `${name}(${Object.entries(values).map((pair) => pair.join("=")).join(", ")})`;
  return {
    nodes: [...copyable(words.copyPython, python), ...address.nodes],
    draw(runs, state) {
      const written = spec.optimizers.filter((_, k) => runs[k]).map((o) => {
        const values = { ...get("hyperparameters")[o.name], ...o.fixed };
        return `    ${call(o.python, values)},\n`;
      });
      const made = call(spec.made, data ? { x: "x", y: "y" } : get("parameters"));
      const noisy = data && get("batch_size") < data.n;
      python.value = [
        `${spec.imports}\n\n${noisy ? words.noisyPython : ""}surface = ${made}`,
        `for optimizer in [\n${written.join("")}]:`,
        `    run = descend(optimizer, surface, start=(${get("start").join(", ")}), steps=${
          get("steps")
        })`,
        "    print(optimizer.name, run.losses[-1], run.diverged)\n",
      ].join("\n");
      address.draw(state);
    },
  };
}
