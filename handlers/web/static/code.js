// The Code tab: which language is chosen, and its text for what the page would ask now.

import { address } from "./api.js";
import { byId, copy } from "./dom.js";
import { SNIPPETS } from "./snippets.js";
import { tabs } from "./tabs.js";

const text = byId("code-text");
let chosen = "curl";
let current = null;

// model: an entry of the list of models, or undefined; fields: of the form
export function showCode(model, fields, video) {
  const path = model?.predict ?? "/predict";
  current = {
    url: address(path),
    base: address("").replace(/\/$/, ""),
    model: model?.id ?? "MODEL",
    fields,
    video,
    file: video ? "video.mp4" : "image.jpg",
  };
  write();
}

function write() {
  if (current) text.textContent = SNIPPETS[chosen](current);
}

tabs(byId("languages"), (id) => {
  chosen = id.replace("code-", "");
  write();
});
byId("code-copy").addEventListener("click", (event) => copy(text.textContent, event.currentTarget, text));
