// A widget on a page without a kernel: a custom element that gives the widget a model and its compiled rules.
//
// The element's attributes: "key" names the compiled rules, "name" is what links call the widget, "state" holds the values
// of the traits as JSON. What it contains, the picture, shows until the widget is there, and stays if it cannot be.

// The part of a Jupyter widget's model that the widgets use, over a plain object.
function plainModel(state) {
  const events = new EventTarget(), listeners = new Map();
  return {
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      events.dispatchEvent(new Event(`change:${name}`));
    },
    save_changes() {},
    on: (name, call) => events.addEventListener(name, call),
    off: (name, call) => events.removeEventListener(name, call),
  };
}

export function host(tag, render) {
  if (customElements.get(tag)) return;
  const compiled = new Map(), awaited = new Map();
  const provided = (key) => {
    if (!awaited.has(key)) awaited.set(key, new Promise((resolve) => compiled.set(key, resolve)));
    return awaited.get(key);
  };
  customElements.define(tag, class extends HTMLElement {
    // Called by the script beside the element with what was compiled for it.
    static provide(key, value) {
      provided(key);
      compiled.get(key)(value);
    }

    async connectedCallback() {
      const mark = `#steepest-${this.getAttribute("name")}=`, rules = await provided(this.getAttribute("key"));
      if (!this.isConnected || this.widget) return;
      this.model ??= plainModel(JSON.parse(this.getAttribute("state")));
      const link = (state) => location.href.split("#")[0] + mark + encodeURIComponent(JSON.stringify(state));
      this.widget = render({ model: this.model, el: this, compiled: rules, link });
      for (const picture of this.querySelectorAll("img")) picture.style.display = "none";
      this.follow = () => {
        if (!location.hash.startsWith(mark)) return;
        let values = null;
        try {
          values = JSON.parse(decodeURIComponent(location.hash.slice(mark.length)));
        } catch {} // not a link of ours, or a broken one
        this.widget.admit(values !== null && typeof values === "object" ? values : {});
        this.scrollIntoView();
      };
      addEventListener("hashchange", this.follow);
      this.follow();
    }

    disconnectedCallback() {
      removeEventListener("hashchange", this.follow);
      this.widget?.stop();
      this.widget = null;
    }
  });
}
