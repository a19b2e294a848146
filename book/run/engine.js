// The page's side of Python: starts the worker, gives it cells to run, and ends it.

const here = new URL(".", import.meta.url);
const ENGINE = new URL("engine/", here).href;

/** The sum of what a server answered, as text. */
async function sumOf(answer) {
  if (!answer.ok) throw new Error(`${answer.status} ${answer.url}`);
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await answer.arrayBuffer()));
  return [...sum.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What is fetched stays for the next visit, also without a network. Where that is not to be had, all works but that. */
async function keepFiles() {
  if (!navigator.serviceWorker) return;
  try {
    const root = new URL("../", here);
    const sum = await sumOf(await fetch(`${ENGINE}sums.json`, { cache: "no-cache" }));
    const names = { pages: "steepest-pages", engine: `steepest-engine-${sum}` }; // as in sw.js
    for (const name of await caches.keys()) {
      const isOurs = name.startsWith("steepest");
      if (isOurs && name !== names.pages && name !== names.engine) await caches.delete(name);
    }
    const address = new URL(`sw.js?engine=${sum}`, root).href;
    await navigator.serviceWorker.register(address, { scope: root.pathname });
    const isThere = () => navigator.serviceWorker.controller?.scriptURL === address;
    if (!isThere()) {
      await new Promise((resolve) => {
        navigator.serviceWorker.addEventListener("controllerchange", () => isThere() && resolve());
        setTimeout(resolve, 2000);
      });
    }
    const cache = await caches.open(names.pages);
    // This page and what it had loaded before there was anyone to keep it.
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const own = [location.href.split("#")[0], ...loaded].filter((url) => url.startsWith(root.href));
    const kept = new Set((await cache.keys()).map(({ url }) => url));
    for (const url of new Set(own)) {
      if (!kept.has(url)) cache.add(url).catch(() => {});
    }
    // The course's own package has its sum in its name: earlier ones go.
    const answer = await fetch(`${ENGINE}sizes.json`);
    const files = await answer.json();
    const engine = await caches.open(names.engine);
    for (const { url } of await engine.keys()) {
      if (!(decodeURIComponent(url.slice(ENGINE.length)) in files)) engine.delete(url);
    }
  } catch { /* a private window, for one, keeps nothing */ }
}

let worker, last = 0;
const waiting = new Map(); // by number: what a cell that runs hears

/** The page hears what is fetched, and when there is no Python. */
export const heard = { fetched(_loaded, _total) {}, broken(_why) {} };

function start() {
  const now = worker = new Worker(new URL("worker.js", here), { type: "module" });
  now.onmessage = ({ data }) => {
    if (now !== worker) return;
    const cell = waiting.get(data.run);
    if ("loaded" in data) heard.fetched(data.loaded, data.total);
    if (data.broken) fail(data.broken);
    if (data.begun) cell?.begun();
    if (data.output) cell?.output(data.output);
    if (data.ended) {
      waiting.delete(data.run);
      document.documentElement.dataset.pythonMemory = data.memory;
      cell?.resolve(data.ended);
    }
  };
  now.onerror = (event) => fail(event.message || "the worker did not start");
  now.postMessage({ start: ENGINE });
}

function fail(why) {
  heard.broken(why);
  end("badly");
}

function end(how) {
  worker?.terminate();
  worker = undefined;
  for (const cell of waiting.values()) cell.resolve(how);
  waiting.clear();
}

let kept;

/** Runs a cell, `afresh` without the names of earlier ones: how it ended, "well", "badly", "stopped", or "alone" where it needs the cells above it first. */
export function run(code, { above, afresh = false, output, begun = () => {} }) {
  const mine = ++last;
  const result = new Promise((resolve) => waiting.set(mine, { resolve, output, begun }));
  kept ??= keepFiles();
  kept.then(() => {
    if (!waiting.has(mine)) return; // it was stopped before it began
    if (!worker) start();
    worker.postMessage({ run: mine, code, above, afresh });
  });
  return result;
}

/** Ends what runs; the next cell starts a new Python, from files that are there. */
export const stop = () => end("stopped");
