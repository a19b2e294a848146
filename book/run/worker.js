// Python, in a worker of its own: what a reader writes runs here and nowhere else.
//
// The page sends {start: address of the engine} and then {run: number, code, above, afresh}: a cell, and for an exercise the cells
// above it, of which only what it uses is run. The worker answers with {loaded, total} bytes while it fetches, with
// {run, output} for each output, and at the end with {run, ended: "well", "badly" or "alone"}: a cell that cannot run alone
// needs all the cells above it. {broken} says that there is no Python.
//
// It is a module, because the newest Pyodide starts in no other worker, and the older one in both.

// Python can do all that a worker can. The service worker serves what is in `caches`, so code of a reader could put another
// page there in the place of one of the site. It keeps and shares nothing here, and starts no worker that could.
for (const name of ["caches", "indexedDB", "BroadcastChannel", "Worker", "SharedWorker"]) {
  for (let owner = self; owner; owner = Object.getPrototypeOf(owner)) delete owner[name];
}
for (const name of ["serviceWorker", "storage", "storageBuckets"]) {
  delete Object.getPrototypeOf(navigator)[name];
}

let python, session, needs, lock;
const asked = { loaded: 0, total: 0, files: new Map() };
let sizes = {};

// Counts what arrives, in bytes as they are sent: what a server compresses counts less than it unpacks to.
function count(file, bytes) {
  const size = sizes[file];
  if (!size) return;
  const before = asked.files.get(file) ?? 0;
  const now = Math.min(before + bytes, size.bytes);
  asked.files.set(file, now);
  asked.loaded += (now - before) / size.bytes * size.sent;
  postMessage({ loaded: asked.loaded, total: asked.total });
}

const nameOf = (address) =>
  decodeURIComponent(new URL(address, location.href).pathname.split("/").pop());
const fetched = self.fetch.bind(self);
self.fetch = async (request, options) => {
  const answer = await fetched(request, options);
  const file = nameOf(/** @type {Request} */ (request).url ?? request);
  if (!answer.ok || !answer.body || !sizes[file]) return answer;
  const counter = new TransformStream({
    transform(chunk, controller) {
      count(file, chunk.length);
      controller.enqueue(chunk);
    },
  });
  return new Response(answer.body.pipeThrough(counter), answer);
};

// The packages of the lock file that these need, themselves included.
function all(names) {
  const found = new Set();
  const add = (name) => {
    if (found.has(name)) return;
    found.add(name);
    lock.packages[name].depends.forEach(add);
  };
  names.forEach(add);
  return [...found];
}

function announce(files) {
  for (const file of files) {
    if (asked.files.has(file) || !sizes[file]) continue;
    asked.files.set(file, 0);
    asked.total += sizes[file].sent;
  }
  postMessage({ loaded: asked.loaded, total: asked.total });
}

const fileOf = (name) => lock.packages[name].file_name;

async function start(engine) {
  [lock, sizes] = await Promise.all(
    ["pyodide-lock.json", "sizes.json"].map(async (file) => (await fetched(engine + file)).json()),
  );
  const wheels = new Set(Object.keys(lock.packages).map(fileOf));
  const core = Object.keys(sizes).filter((file) => !wheels.has(file)); // its names differ between releases
  announce([...core, ...all(["steepest"]).map(fileOf)]);
  const { loadPyodide } = await import(`${engine}pyodide.mjs`);
  python = await loadPyodide({
    indexURL: engine,
    packages: ["steepest"],
    // This Python has no threads, so OpenBLAS starts none, and no windows, so Matplotlib draws figures as pictures.
    env: { HOME: "/home/pyodide", MPLBACKEND: "agg", OPENBLAS_NUM_THREADS: "1" },
  });
  for (const file of core) count(file, Infinity); // scripts are not fetched by `fetch`
  session = python.pyimport("steepest.session");
  needs = python.pyimport("steepest.needs");
}

// Fetches what a code imports and is not there yet.
async function fetchFor(code) {
  const imports = new Set(needs.packages(code).toJs());
  const names = Object.entries(lock.packages)
    .filter(([, { name, imports: own }]) =>
      !(name in python.loadedPackages) && own.some((each) => imports.has(each))
    )
    .map(([key]) => key);
  if (!names.length) return;
  announce(all(names).map(fileOf));
  await python.loadPackage(names, { messageCallback() {} });
  if (imports.has("matplotlib")) notebook.prepare("import matplotlib.pyplot"); // it speaks of its fonts the first time
}

let number, notebook;

async function run({ code, above, afresh }) {
  if (afresh) notebook = undefined;
  notebook ??= session.start((output) => postMessage({ run: number, output: JSON.parse(output) }));
  let first = "";
  if (above) {
    first = needs.definitions(code, python.toPy(above));
    if (first === undefined || first === null) return "alone";
  }
  await fetchFor(`${first}\n${code}`);
  postMessage({ run: number, begun: true });
  if (first) notebook.prepare(first);
  return notebook.run(code) ? "well" : "badly";
}

let before = Promise.resolve();
self.onmessage = ({ data }) => {
  before = before.then(async () => {
    try {
      if (data.start) await start(data.start);
      else {
        number = data.run;
        const ended = await run(data);
        postMessage({ run: data.run, ended, memory: python._module.HEAP8.length });
      }
    } catch (error) {
      postMessage({ broken: String(error?.message ?? error) });
    }
  });
};
