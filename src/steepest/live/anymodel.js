// What a widget needs of its model, where a host gives less than Jupyter: MyST's has neither `off` nor `save_changes`.

/** A model with all that the widgets use. */
export function anymodel(model) {
  if (model.off && model.save_changes) return model;
  const heard = new Set();
  return {
    get: (name) => model.get(name),
    set: (name, value) => model.set(name, value),
    save_changes: () => model.save_changes?.(),
    on(name, call) {
      heard.add(call);
      model.on(name, () => heard.has(call) && call());
    },
    off: (_, call) => heard.delete(call),
  };
}
