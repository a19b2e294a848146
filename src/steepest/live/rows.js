// The controls of an Explorer: a row for each optimizer, those that all share, and how they change the model.
import { make, path, put, svg, tell, write } from "./base.js";
import { words } from "./words.js";

/** The ways to change what is set, and to tell the widget that this one follows. */
export function changes(model, spec, change) {
  const get = (name) => model.get(name);
  const share = (values) => spec.follows && tell(`${spec.follows} moved`, values);
  const setHyper = (o, values) => {
    const all = get("hyperparameters");
    change("hyperparameters", { ...all, [o.name]: { ...all[o.name], ...values } });
    share(values);
  };
  const setParameters = (values) => {
    change("parameters", { ...get("parameters"), ...values });
    share(values);
  };
  return {
    share,
    setHyper,
    setParameters,
    hyper: (o) => get("hyperparameters")[o.name],
    /** Hyperparameters of an optimizer, or parameters of the surface, whichever they are. */
    setAny(o, values) {
      const own = {}, others = {};
      for (const name in values) {
        (o.hyper.some((h) => h.name === name) ? own : others)[name] = values[name];
      }
      if (Object.keys(own).length) setHyper(o, own);
      if (Object.keys(others).length) setParameters(others);
    },
    /** Takes the values of the widget that this one follows. */
    obey(values) {
      const taken = (old) =>
        Object.fromEntries(Object.keys(old).map((name) => [name, values[name] ?? old[name]]));
      const all = { parameters: taken(get("parameters")), hyperparameters: {} };
      for (const [name, old] of Object.entries(get("hyperparameters"))) {
        all.hyperparameters[name] = taken(old);
      }
      for (const name in all) {
        if (JSON.stringify(all[name]) !== JSON.stringify(get(name))) change(name, all[name]);
      }
    },
  };
}

/** One optimizer's row: whether it is shown, its primary controls, its result; and its other controls, for the fold. */
export function row(o, { get, set, change, state }, choose) {
  const { name } = o, hue = `--hue:${o.color}`;
  const show = (value) => {
    const others = get("shown").filter((other) => other !== name);
    change("shown", value ? [...others, name] : others);
  };
  const isShown = () => Number(get("shown").includes(name));
  const box = make("input", {
    type: "checkbox",
    "aria-label": words.show(name),
    change() {
      show(box.checked);
      if (box.checked) choose();
    },
  });
  set.hold(`${name} shown`, isShown, show, (value) => (box.checked = Boolean(value)));
  const primary = [], rest = [];
  for (const h of o.hyper) {
    const value = () => state.hyper(o)[h.name], to = (now) => state.setHyper(o, { [h.name]: now });
    const control = set.add(`${name} ${h.name}`, h, value, to, `${name}: ${h.label}`);
    if (o.primary.includes(h.name)) primary.push(control);
    else { // in the fold, where nothing else says whose it is
      control.firstChild.prepend(make("b", {}, name), " ");
      rest.push(control);
    }
  }
  const key = svg(
    "svg",
    { width: 26, height: 12, "aria-hidden": true },
    path("path", { d: "M0 6H26", "stroke-dasharray": o.dash }),
    path("end", { d: o.marker, transform: "translate(13 6)scale(5)" }),
  );
  const result = make("span", { class: "result" }),
    dials = make("div", { class: "dials" }, ...primary);
  const touched = () => isShown() && choose();
  let wasChosen = false; // before the pointer came down
  const press = () => {
    wasChosen = node.classList.contains("chosen");
    touched();
  };
  const click = (event) => { // the first press on a name chooses its row, and hides nothing
    if (event.target !== box && isShown() && !wasChosen) event.preventDefault();
  };
  const node = make(
    "div",
    { style: hue, pointerdown: press, focusin: touched },
    make("label", { class: "who", click }, box, key, make("span", {}, name)),
    dials,
    result,
  );
  return {
    node,
    /** Puts the primary controls into a place below all rows, or back into the row. */
    dock(/** @type {HTMLElement | null} */ place) {
      if (dials.parentNode === (place ?? node)) return;
      if (!place) return result.before(dials);
      put(place, { style: hue });
      place.replaceChildren(make("span", {}, name), dials);
    },
    rest: make("div", { class: "rest", style: hue }, ...rest),
    show(on, said, chosen) {
      put(node, { class: `optimizer${on ? "" : " off"}${chosen ? " chosen" : ""}` });
      write(result, said);
    },
  };
}

/** The controls that all optimizers share: those that are primary, and the others for the fold. */
export function shared(spec, data, { get, set, change, state }) {
  const primary = [], rest = [];
  const place = (name, node) => (spec.primary.includes(name) ? primary : rest).push(node);
  for (const p of spec.parameters) {
    const value = () => get("parameters")[p.name];
    place(p.name, set.add(p.name, p, value, (now) => state.setParameters({ [p.name]: now })));
  }
  for (const control of spec.shared) {
    const { name } = control;
    place(name, set.add(name, control, () => get(name), (value) => change(name, value)));
  }
  if (data) {
    const to = (value) => change("average", Boolean(value));
    const box = make("input", { type: "checkbox", change: () => to(box.checked) });
    set.hold(
      "average",
      () => Number(get("average")),
      to,
      (value) => (box.checked = Boolean(value)),
    );
    place("average", make("label", { class: "who" }, box, make("span", {}, words.average)));
  }
  // Where a run begins is set in the picture; a link holds it all the same.
  spec.start.forEach((s, i) => {
    const to = (value) => change("start", get("start").map((old, j) => (i === j ? value : old)));
    set.hold(s.name, () => get("start")[i], to, () => {}, s);
  });
  return { primary: primary.length ? [make("div", { class: "settings" }, ...primary)] : [], rest };
}
