// How far each region of this deployment is from here: the time that GET /health takes, median of several.

import { address } from "./api.js";
import { byId, h, paint } from "./dom.js";
import { FACTS } from "./facts.js";

const TIMES = 5;
const LIMIT = 10_000; // ms
let measured = false;

export function listenForRegions() {
  byId("tab-regions").hidden = !FACTS.regions.length;
  byId("measure").addEventListener("click", measure);
}

// A region that sleeps is woken by it, hence not before somebody looks.
export function openRegions() {
  if (!measured) measure();
}

async function measure() {
  measured = true;
  byId("measure").disabled = true;
  const rows = FACTS.regions.map(({ name, url }) => ({ name, url, ms: null, done: false }));
  show(rows);
  await Promise.all(
    rows.map(async (row) => {
      row.ms = await median(row.url);
      row.done = true;
      show(rows);
    }),
  );
  byId("measure").disabled = false;
  const [first] = sorted(rows);
  const none = "No region answered.";
  byId("status").textContent = first.ms === null ? none : `The nearest region is ${first.name}, ${first.ms.toFixed(0)} milliseconds.`;
}

async function median(url) {
  const times = [];
  // The first one also opens the connection, and may wake the service: it does not count.
  for (let i = 0; i <= TIMES; i++) {
    const started = performance.now();
    try {
      const options = { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(LIMIT) };
      const response = await fetch(`${url}/health`, options);
      await response.text();
      if (!response.ok) return null;
    } catch {
      return null;
    }
    if (i) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(TIMES / 2)];
}

const sorted = (rows) => [...rows].sort((a, b) => (a.ms ?? Infinity) - (b.ms ?? Infinity));

function show(rows) {
  const slowest = Math.max(...rows.map((row) => row.ms ?? 0), 1);
  const here = new URL(address("")).origin;
  byId("region-rows").replaceChildren(
    ...sorted(rows).map((row) => {
      const said = row.ms !== null ? `${row.ms.toFixed(0)} ms` : row.done ? "no answer" : "…";
      const bar = paint(h("span", { class: "meter" }), { "--share": (row.ms ?? 0) / slowest });
      const name = h("th", { scope: "row" }, row.name, row.url === here ? h("span", { class: "tag" }, "this one") : null);
      return h("tr", {}, name, h("td", {}, said, bar), h("td", {}, h("a", { href: row.url }, "Open")));
    }),
  );
}
