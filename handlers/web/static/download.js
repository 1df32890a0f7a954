// The annotated picture or video, as a file to keep.

import { annotated } from "./api.js";
import { h } from "./dom.js";

const SUFFIXES = { "video/mp4": "mp4", "video/webm": "webm" };

// name: of the file that was sent
export async function download(request, name) {
  const blob = await annotated(request);
  save(blob, `${name.replace(/\.\w+$/, "")}-annotated.${SUFFIXES[blob.type] ?? "jpg"}`);
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
