// What the scripts of the book's pages find there and give one another. Nothing of this file reaches a page.

interface ParentNode {
  // The pages are HTML: what their scripts look for is an element of it.
  querySelector<K extends keyof HTMLElementTagNameMap>(name: K): HTMLElementTagNameMap[K] | null;
  querySelector(selectors: string): HTMLElement | null;
  querySelectorAll<K extends keyof HTMLElementTagNameMap>(
    name: K,
  ): NodeListOf<HTMLElementTagNameMap[K]>;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}

interface HTMLElement {
  /** What a claim said when the page was published, once a run has written another. */
  stored?: Node[];
  /** Of a widget's element: builds the widget now, where it waits for the reader to come near. */
  start?(): void;
  /** Of a widget's element: the widget and its model, once it is built. */
  widget?: any;
  model?: any;
}

interface Storage {
  /** As layout.html makes it: throws nothing, and returns whether the browser has kept the value. */
  setItem(name: string, value: string): boolean;
}

/** What Sphinx's own search puts into the page of results. */
declare const Search: any;
