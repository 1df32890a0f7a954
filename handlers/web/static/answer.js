// What stands around the list of results: the headline, where the time went, notes, and what a screen reader is told.

import { byId } from "./dom.js";
import { spoken } from "./results.js";
import { showSpeed } from "./speed.js";

// found: {content, total, ms, replacement}
export function showAnswer(found) {
  const { images } = found.content;
  const several = images.length > 1;
  byId("time-taken").textContent = showSpeed(found.content, found.total, found.ms);
  byId("download-text").textContent = `Download annotated ${several ? "video" : "picture"}`;
  byId("download").hidden = false;
  byId("drawn-note").hidden = !found.replacement;
  byId("status").textContent = (several ? `${images.length} frames. In the first: ` : "") + spoken(images[0]?.results ?? []);
}

// rows: of the picture, or the frame, that is on the stage
export function showSummary(rows) {
  const found = rows[0]?.box ? `${rows.length} found` : "Likeliest classes";
  byId("summary").textContent = rows.length ? found : "Nothing found";
  byId("none").hidden = rows.length > 0;
}

export function clearAnswer() {
  for (const id of ["download", "speed", "none", "drawn-note"]) byId(id).hidden = true;
  for (const id of ["summary", "time-taken", "status"]) byId(id).textContent = "";
}
