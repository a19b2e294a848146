// Keeps what a reader fetched, so that a second visit needs no network. It is registered at the first Run.
//
// The engine's large files are kept in a cache that has the engine's sum in its name: a kept one is as good as a new one. The
// page gives the sum with this script's address, and drops the caches of other engines. Of everything else the new one is
// better, and the kept one is for when there is none.
"use strict";

const PAGES = "steepest-pages";
const ENGINE = `steepest-engine-${new URL(location.href).searchParams.get("engine")}`;

/** @type {any} */
const worker = self; // deno checks all files as those of a page, which knows nothing of a worker

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

async function fresh(name, request, options = {}) {
  const answer = await fetch(request, options);
  if (answer.ok && answer.status === 200) {
    (await caches.open(name)).put(request, answer.clone()).catch(() => {});
  }
  return answer;
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !request.url.startsWith(worker.registration.scope)) return;
  const kept = async (name) =>
    (await caches.open(name)).match(request, { ignoreSearch: true, ignoreVary: true });
  const lasts = /\/run\/engine\/[^?]*\.(whl|wasm|zip)$/.test(url.pathname);
  event.respondWith(
    lasts
      // What the browser itself keeps may be of the engine before: it asks whether that is still so.
      ? kept(ENGINE).then((answer) => answer ?? fresh(ENGINE, request, { cache: "no-cache" }))
      : fresh(PAGES, request).catch(async (error) => {
        const answer = await kept(PAGES);
        if (answer) return answer;
        throw error;
      }),
  );
});
