// Elements, what the browser keeps, and files that it saves.

/** An element with attributes and what it contains. */
export function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...inside);
  return element;
}

/** What this browser keeps under a name, if it is of the kind of what stands in for it: a text or an object. */
export function kept(name, otherwise) {
  try {
    const value = JSON.parse(localStorage.getItem(name));
    return value && typeof value === typeof otherwise ? value : otherwise;
  } catch {
    return otherwise;
  }
}

/** Keeps a value; whether the browser did, or only the page until it is left. */
export function keep(name, value) {
  if (value !== undefined) return localStorage.setItem(name, JSON.stringify(value));
  localStorage.removeItem(name);
  return true;
}

/** Saves a text as a file. */
export function save(name, text, type = "application/json") {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
