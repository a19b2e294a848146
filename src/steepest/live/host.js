// A widget on a page without a kernel: a custom element that gives the widget a model and its compiled rules.
//
// The element's attributes: "key" names the compiled rules, "name" is what links call the widget, "state" holds the values
// of the traits as JSON. What it contains, the picture, shows until the widget is there, and stays if it cannot be.
//
// A widget starts when the reader comes near it, by scrolling, by a link or by the Tab key: a page with ten of them is there
// as soon as one with none.

const REACH = 1; // windows: how far beyond the window's edge a widget starts

// The part of a Jupyter widget's model that the widgets use, over a plain object.
function plainModel(state) {
  const events = new EventTarget();
  return {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      events.dispatchEvent(new Event("change"));
    },
    save_changes() {},
    on: (name, call) => events.addEventListener(name, call),
    off: (name, call) => events.removeEventListener(name, call),
  };
}

// What this browser keeps for a widget from visit to visit: a value that JSON can hold. Storage may be full or forbidden, and
// hold what is no JSON: the widget then goes on without it.
function store(name, signal) {
  const attempt = (call) => {
    try {
      return call();
    } catch {
      return null;
    }
  };
  return {
    value: attempt(() => JSON.parse(localStorage.getItem(name))),
    save: (value) => attempt(() => localStorage.setItem(name, JSON.stringify(value))),
    follow(call) {
      const heard = ({ key, newValue }) =>
        key === name && call(attempt(() => JSON.parse(newValue)));
      addEventListener("storage", heard, { signal });
    },
  };
}

// The values of a link by name, NaN for what is no number.
const numbersOf = (values) =>
  Object.fromEntries(
    Array.from(
      new URLSearchParams(values),
      ([key, value]) => [key, value.trim() ? Number(value) : NaN],
    ),
  );

export function host(tag, render) {
  if (customElements.get(tag)) return;
  const given = new Map(); // by key: what was compiled, as a promise, and how to keep it
  const compiled = (key) => {
    if (!given.has(key)) {
      let keep;
      given.set(key, { promise: new Promise((resolve) => (keep = resolve)), keep });
    }
    return given.get(key);
  };
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) /** @type {any} */ (entry.target).start();
    }
  }, { rootMargin: `${REACH * 100}%` });
  customElements.define(
    tag,
    class extends HTMLElement {
      // Called by the script beside the element with what was compiled for it.
      static provide(key, value) {
        compiled(key).keep(value);
      }

      async connectedCallback() {
        this.model ??= plainModel(JSON.parse(this.getAttribute("state"))); // whoever follows it need not wait
        const rules = await compiled(this.getAttribute("key")).promise,
          mark = `#steepest-${this.getAttribute("name")}`;
        if (!this.isConnected || this.present) return;
        this.present = new AbortController();
        const { signal } = this.present;
        this.start = () => {
          if (this.widget || signal.aborted) return;
          near.unobserve(this);
          const link = (values) =>
            `${location.href.split("#")[0]}${mark}?${new URLSearchParams(values)}`;
          this.widget = render({
            model: this.model,
            el: this,
            compiled: rules,
            link,
            store: (name = mark) => store(name, signal),
          });
          for (const picture of this.querySelectorAll("img")) picture.style.display = "none";
        };
        const restore = () => {
          const [name, values] = location.hash.split("?");
          if (name !== mark) return;
          this.start();
          if (values !== undefined) this.widget.admit(numbersOf(values));
          this.scrollIntoView();
        };
        const walked = ({ key }) => key === "Tab" && setTimeout(this.start); // so that no stop is missed
        const followed = ({ detail }) =>
          detail.name === `${rules.spec?.name} moved` && this.start();
        addEventListener("hashchange", restore, { signal });
        addEventListener("keydown", walked, { signal });
        document.addEventListener("steepest", followed, { signal });
        // What the page opens with is there before what follows it, so that nothing moves when it starts. Where the others
        // are is not measured: the browser would have to lay out, for each, what has come of the page so far.
        if (this === document.querySelector("[state]")) this.start();
        else near.observe(this);
        restore();
      }

      disconnectedCallback() {
        near.unobserve(this);
        this.present?.abort();
        this.present = null;
        this.widget?.stop();
        this.widget = null;
      }
    },
  );
}
