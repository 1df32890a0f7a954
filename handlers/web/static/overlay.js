// The SVG over the picture: what was found, and what the pointer is on.

import { svg } from "./dom.js";
import { bounds, figure, outline } from "./figures.js";
import { plate, scores } from "./plates.js";

export class Overlay {
  // element: the <svg>; watch: {hover(index or null), pick(index)}
  constructor(element, watch) {
    this.element = element;
    this.watch = watch;
    this.rows = [];
    this.marked = null;
    this.hidden = new Set();
    new ResizeObserver(() => this.redraw()).observe(element);
  }

  // entry: one of the answer's `images`; drawn: whether the picture below shows the results already
  show(entry, { drawn = false } = {}) {
    [this.height, this.width] = entry.shape;
    this.rows = entry.results;
    this.drawn = drawn;
    this.element.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.redraw();
  }

  clear() {
    this.rows = [];
    this.element.replaceChildren();
  }

  hide(classes) {
    this.hidden = classes;
    this.redraw();
  }

  // Marks one figure, or with null none.
  mark(index) {
    this.marked = index;
    const all = [...this.element.querySelectorAll(".figure, .plate")];
    for (const one of all) one.classList.toggle("marked", Number(one.dataset.index) === index);
    // Where the marked one is switched off, the others need not stand back.
    this.element.classList.toggle("marking", all.some((one) => one.classList.contains("marked")));
  }

  redraw() {
    this.draw();
    this.mark(this.marked);
  }

  draw() {
    const shown = this.element.getBoundingClientRect().width;
    if (!this.rows.length || !shown) return this.element.replaceChildren();
    const unit = this.width / shown;
    const rows = this.rows.map((row, index) => ({ row, index })).filter(({ row }) => !this.hidden.has(row.class));
    if (!rows.length || rows[0].row.box) this.detections(rows, unit);
    else this.element.replaceChildren(...(this.drawn ? [] : [scores(rows.map(({ row }) => row), unit)]));
  }

  detections(rows, unit) {
    const taken = [];
    // The most confident lie on top, and choose their labels' places first.
    const figures = rows.map(({ row, index }) => tagged(figure(row, unit), index)).reverse();
    const plates = rows.map(({ row, index }) => tagged(plate(row, this, unit, taken), index)).reverse();
    this.element.classList.toggle("drawn", Boolean(this.drawn));
    this.element.replaceChildren(
      svg("g", { class: "figures" }, ...figures),
      svg("g", { class: "plates" }, ...plates),
      svg("g", { class: "targets" }, ...this.targets(rows)),
    );
  }

  // What the pointer meets: the small ones above the large, so that each can be reached.
  targets(rows) {
    const area = ({ left, top, right, bottom }) => (right - left) * (bottom - top);
    const sorted = [...rows].sort((a, b) => area(bounds(b.row.box)) - area(bounds(a.row.box)));
    return sorted.map(({ row, index }) => {
      const target = tagged(outline(row.box, "target"), index);
      target.addEventListener("pointerenter", () => this.watch.hover(index));
      target.addEventListener("pointerleave", () => this.watch.hover(null));
      target.addEventListener("click", () => this.watch.pick(index));
      return target;
    });
  }
}

function tagged(element, index) {
  element.dataset.index = index;
  return element;
}
