// The list beside the picture: classes that can be switched off, and every result, linked with its figure.

import { h, paint } from "./dom.js";
import { bounds, colours } from "./figures.js";

const px = (value) => value.toFixed(1);

export class Results {
  // watch: {hover(index or null), pick(index), hide(classes)}
  constructor(legend, list, watch) {
    Object.assign(this, { legend, list, watch, hidden: new Set(), picked: null });
  }

  forget() {
    this.hidden.clear();
    this.picked = null;
    this.clear();
  }

  clear() {
    this.legend.replaceChildren();
    this.list.replaceChildren();
  }

  show(rows) {
    this.rows = rows;
    const focused = this.focused();
    if (this.picked >= rows.length) this.picked = null;
    const boxed = rows.length && rows[0].box;
    this.legend.replaceChildren(...(boxed ? this.classes().map((one) => this.chip(one)) : []));
    this.list.replaceChildren(...rows.map((row, index) => h("li", {}, boxed ? this.item(row, index) : bar(row))));
    this.update();
    // The button that had the focus is gone; while a video plays this happens again and again.
    if (focused) (document.querySelector(focused) ?? this.list).focus({ preventScroll: true });
  }

  // Where the focus is in here, as a selector that finds it among new buttons too.
  focused() {
    const element = document.activeElement;
    if (this.legend.contains(element)) return `#${this.legend.id} [data-class="${element.dataset.class}"]`;
    if (this.list.contains(element)) return `#${this.list.id} [data-index="${element.dataset.index}"]`;
    return null;
  }

  mark(index) {
    for (const item of this.list.querySelectorAll("button")) {
      item.classList.toggle("marked", Number(item.dataset.index) === index);
    }
  }

  pick(index) {
    this.picked = this.picked === index ? null : index;
    this.update();
    if (this.picked !== null) this.button(index)?.scrollIntoView({ block: "nearest" });
  }

  button(index) {
    return this.list.querySelector(`button[data-index="${index}"]`);
  }

  classes() {
    const counted = new Map();
    for (const { class: number, name } of this.rows) {
      const one = counted.get(number) ?? { number, name, count: 0 };
      counted.set(number, { ...one, count: one.count + 1 });
    }
    return [...counted.values()].sort((a, b) => b.count - a.count || a.number - b.number);
  }

  chip({ number, name, count }) {
    const toggle = () => {
      if (!this.hidden.delete(number)) this.hidden.add(number);
      this.watch.hide(this.hidden);
      this.update();
    };
    const button = h(
      "button",
      { type: "button", class: "chip", "data-class": number, "aria-pressed": "true", title: "Show or hide", onclick: toggle },
      h("span", { class: "swatch" }),
      h("span", { class: "name" }, name),
      h("span", { class: "count" }, String(count)),
    );
    return paint(button, { "--colour": colours(number).fill });
  }

  item(row, index) {
    const { left, top, right, bottom } = bounds(row.box);
    const button = h(
      "button",
      {
        type: "button",
        class: "result",
        "data-index": index,
        onpointerenter: () => this.watch.hover(index),
        onpointerleave: () => this.watch.hover(null),
        onfocus: () => this.watch.hover(index),
        onblur: () => this.watch.hover(null),
        onclick: () => this.watch.pick(index),
      },
      h("span", { class: "swatch" }),
      h("span", { class: "name" }, row.name),
      h("span", { class: "level" }),
      h("span", { class: "number" }, row.confidence.toFixed(2)),
      h("span", { class: "where" }, `${px(right - left)} × ${px(bottom - top)} px at ${px(left)}, ${px(top)}`),
    );
    return paint(button, { "--colour": colours(row.class).fill, "--part": row.confidence });
  }

  update() {
    for (const chip of this.legend.children) {
      chip.setAttribute("aria-pressed", String(!this.hidden.has(Number(chip.dataset.class))));
    }
    for (const button of this.list.querySelectorAll("button")) {
      const index = Number(button.dataset.index);
      button.setAttribute("aria-pressed", String(index === this.picked));
      button.parentElement.hidden = this.hidden.has(this.rows[index].class);
    }
  }
}

function bar(row) {
  const item = h(
    "div",
    { class: "result likely" },
    h("span", { class: "swatch" }),
    h("span", { class: "name" }, row.name),
    h("span", { class: "number" }, row.confidence.toFixed(3)),
    h("span", { class: "track" }, h("span", { class: "fill" })),
  );
  return paint(item, { "--colour": colours(row.class).fill, "--part": row.confidence });
}

// What a screen reader is told.
export function spoken(rows) {
  if (!rows.length) return "Nothing was found.";
  if (!rows[0].box) return `Most likely ${rows[0].name}, ${Math.round(rows[0].confidence * 100)} percent.`;
  const counts = new Map();
  for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  const each = [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
  return `${rows.length} found: ${each}.`;
}
