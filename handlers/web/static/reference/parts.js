// Pieces that the page is made of again and again.

import { copy, h } from "../dom.js";

// What stands between backticks is code.
export function prose(text) {
  return text.split("`").map((part, number) => (number % 2 ? h("code", {}, part) : part));
}

export function table(heads, rows) {
  const head = h("tr", {}, ...heads.map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, ...[cell].flat()))));
  const all = h("table", { class: "fields" }, h("thead", {}, head), h("tbody", {}, ...body));
  // It may be wider than a phone: the keyboard must reach it to scroll it.
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": heads.join(", ") }, all);
}

export function code(title, text) {
  const button = h("button", { type: "button", class: "link", onclick: () => copy(text, button) }, h("span", {}, "Copy"));
  return [
    h("div", { class: "example-head" }, h("span", { class: "note" }, title), button),
    h("pre", { class: "text", tabindex: "0", "aria-label": title }, text),
  ];
}
