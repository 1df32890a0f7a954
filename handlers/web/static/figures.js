// One result of the endpoint -> SVG in the picture's own pixels. Nothing is rounded: what is drawn is what was answered.

import { svg, paint } from "./dom.js";
import { FACTS } from "./facts.js";

const { palette, person, visible } = FACTS.drawing;

export const colours = (number) => palette[number % palette.length];

export function corners(box) {
  if ("x3" in box) return [1, 2, 3, 4].map((n) => [box[`x${n}`], box[`y${n}`]]);
  return [[box.x1, box.y1], [box.x2, box.y1], [box.x2, box.y2], [box.x1, box.y2]];
}

// peak: the x at which the box reaches its top
export function bounds(box) {
  const [xs, ys] = [0, 1].map((axis) => corners(box).map((point) => point[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { left, top, right: Math.max(...xs), bottom: Math.max(...ys), peak: xs[ys.indexOf(top)] };
}

const path = (points) => points.map((point) => point.join(",")).join(" ");

// unit: pixels of the picture that one of the screen takes
export function figure(row, unit) {
  const group = paint(svg("g", { class: "figure" }), { "--colour": colours(row.class).fill });
  if (row.segments?.x.length > 2) {
    group.append(svg("polygon", { class: "mask", points: path(row.segments.x.map((x, i) => [x, row.segments.y[i]])) }));
  }
  if (row.box) group.append(outline(row.box, "outline"));
  if (row.keypoints) group.append(pose(row.keypoints, unit));
  return group;
}

export function outline(box, kind) {
  if ("x3" in box) return svg("polygon", { class: kind, points: path(corners(box)) });
  const { left, top, right, bottom } = bounds(box);
  return svg("rect", { class: kind, x: left, y: top, width: right - left, height: bottom - top });
}

function pose({ x, y, visible: seen }, unit) {
  const group = svg("g", { class: "pose" });
  const shown = (i) => !seen || seen[i] >= visible;
  const known = x.length === person.points.length;
  for (const { ends: [a, b], colour } of known ? person.limbs : []) {
    if (!shown(a) || !shown(b)) continue;
    group.append(paint(svg("line", { class: "limb", x1: x[a], y1: y[a], x2: x[b], y2: y[b] }), { "--colour": colour }));
  }
  x.forEach((_, i) => {
    if (!shown(i)) return;
    const fill = known ? person.points[i] : colours(i).fill;
    group.append(paint(svg("circle", { class: "point", cx: x[i], cy: y[i], r: 4 * unit }), { "--colour": fill }));
  });
  return group;
}
