// Keeps what a reader fetched, so that a second visit needs no network. It is registered at the first Run.
//
// The engine's files have their version in their sums and names: a kept one is as good as a new one. Of everything else the
// new one is better, and the kept one is for when there is none.
"use strict";

const opened = () => caches.open("steepest");

/** @type {any} */
const worker = self; // deno checks all files as those of a page, which knows nothing of a worker

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

async function fresh(request) {
  const answer = await fetch(request);
  if (answer.ok && answer.status === 200) {
    (await opened()).put(request, answer.clone()).catch(() => {});
  }
  return answer;
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !request.url.startsWith(worker.registration.scope)) return;
  const kept = async () =>
    (await opened()).match(request, { ignoreSearch: true, ignoreVary: true });
  const lasts = /\/run\/engine\/[^?]*\.(whl|wasm|zip)$/.test(url.pathname);
  event.respondWith(
    lasts
      ? kept().then((answer) => answer ?? fresh(request))
      : fresh(request).catch(async (error) => {
        const answer = await kept();
        if (answer) return answer;
        throw error;
      }),
  );
});
