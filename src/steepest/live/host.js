// A widget on a page without a kernel: a custom element that gives the widget a model and its compiled rules.
//
// The element's attributes: "key" names the compiled rules, "name" is what links call the widget, "state" holds the values
// of the traits as JSON. What it contains, the picture, shows until the widget is there, and stays if it cannot be.

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

// What this browser keeps for a widget from visit to visit: a value that JSON can hold.
function store(name) {
  try {
    const value = JSON.parse(localStorage.getItem(name));
    localStorage.setItem(name, JSON.stringify(value)); // which fails where storage is full or forbidden
    return { value, save: (now) => localStorage.setItem(name, JSON.stringify(now)) };
  } catch {
    return { value: null, save() {} };
  }
}

// Scrolls to an element, and again as long as the page above it still grows, until the reader takes over.
function keepInView(element) {
  const observer = new ResizeObserver(() => element.scrollIntoView());
  const end = () => {
    observer.disconnect();
    for (const event of TAKES_OVER) removeEventListener(event, end);
  };
  observer.observe(document.body);
  for (const event of TAKES_OVER) addEventListener(event, end);
  setTimeout(end, 3000);
}
const TAKES_OVER = ["keydown", "pointerdown", "wheel"];

export function host(tag, render) {
  if (customElements.get(tag)) return;
  const known = new Map(); // by key: what was compiled, as a promise, and how to keep it
  const compiled = (key) => {
    if (!known.has(key)) {
      let keep;
      known.set(key, { promise: new Promise((resolve) => (keep = resolve)), keep });
    }
    return known.get(key);
  };
  customElements.define(
    tag,
    class extends HTMLElement {
      /** @type {Model | undefined} */
      model;

      // Called by the script beside the element with what was compiled for it.
      static provide(key, value) {
        compiled(key).keep(value);
      }

      async connectedCallback() {
        const rules = await compiled(this.getAttribute("key")).promise,
          mark = `#steepest-${this.getAttribute("name")}`;
        if (!this.isConnected || this.widget) return;
        this.model ??= plainModel(JSON.parse(this.getAttribute("state")));
        const link = (values) =>
          `${location.href.split("#")[0]}${mark}?${new URLSearchParams(values)}`;
        this.widget = render({
          model: this.model,
          el: this,
          compiled: rules,
          link,
          store: (name = mark) => store(name),
        });
        for (const picture of this.querySelectorAll("img")) picture.style.display = "none";
        this.restore = () => {
          const [name, values] = location.hash.split("?");
          if (name !== mark) return;
          this.widget.admit(
            Object.fromEntries(
              Array.from(
                new URLSearchParams(values),
                ([key, value]) => [key, value.trim() ? Number(value) : NaN],
              ),
            ),
          );
          keepInView(this);
        };
        addEventListener("hashchange", this.restore);
        this.restore();
      }

      disconnectedCallback() {
        removeEventListener("hashchange", this.restore);
        this.widget?.stop();
        this.widget = null;
      }
    },
  );
}
