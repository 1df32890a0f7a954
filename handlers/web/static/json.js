// The JSON tab: the endpoint's own text, indented, with short objects and rows of numbers on one line. A number is left
// as it was written: read and written again by JavaScript, 175.0 would be 175.

import { byId, copy } from "./dom.js";

const LINE = 52;
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s",:[\]{}]+/g; // commas and colons follow from the rest
let current = "";

// The answer to a picture, or of a video the one to a frame. text: JSON as it came; lines: the same, one a frame
export function showJson({ text, lines, replacement }, index) {
  if (lines) show(lines[index], `Frame ${index + 1} of ${lines.length}, as it was answered`);
  else show(text, replacement ? "As it was answered, without the drawn picture" : "As it was answered");
}

export const clearJson = () => show("", "");

function show(text, note) {
  if (text !== current) byId("json-text").textContent = text && pretty(text);
  current = text;
  byId("json-note").textContent = note;
  byId("json-copy").hidden = !text;
}

byId("json-copy").addEventListener("click", (event) => copy(current, event.currentTarget, byId("json-text")));

const pretty = (text) => laid(nested(text), "");

// Tokens that stand in brackets -> {open, items}; of an object the items are names and values by turns.
function nested(text) {
  const stack = [{ items: [] }];
  for (const [token] of text.matchAll(TOKEN)) {
    if ("]}".includes(token)) {
      stack.pop();
      continue;
    }
    const item = "[{".includes(token) ? { open: token, items: [] } : token;
    stack.at(-1).items.push(item);
    if (item !== token) stack.push(item);
  }
  return stack[0].items[0];
}

function laid(value, indent) {
  if (typeof value === "string") return value;
  const { open, items } = value;
  const list = open === "[";
  const inner = `${indent}  `;
  const values = list ? items : items.filter((_, i) => i % 2);
  const parts = values.map((one, i) => (list ? "" : `${items[2 * i]}: `) + laid(one, inner));
  if (values.every((one) => typeof one === "string")) {
    const line = list ? `[${parts.join(", ")}]` : `{ ${parts.join(", ")} }`;
    if (list || (parts.length && line.length < LINE)) return line;
  }
  const close = list ? "]" : "}";
  return parts.length ? `${open}\n${parts.map((one) => inner + one).join(",\n")}\n${indent}${close}` : open + close;
}
