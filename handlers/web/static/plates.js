// Labels: plates of text beside the boxes, moved so that they cover each other little, and bars for a classification.

import { svg, paint } from "./dom.js";
import { bounds, colours } from "./figures.js";

const SIZE = 12; // pixels of the screen
const HEIGHT = 18;
const PAD = 5;

const ruler = document.createElement("canvas").getContext("2d");

export const shortened = (name, most = 40) => {
  const letters = [...String(name)];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : letters.join("");
};

function widthOf(text) {
  ruler.font = `600 ${SIZE}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width + 2 * PAD;
}

// frame: {width, height} of the picture; taken: places of earlier plates, to which this one's is added
export function plate(row, frame, unit, taken) {
  const text = `${shortened(row.name)} ${row.confidence.toFixed(2)}`;
  const [wide, high] = [widthOf(text) * unit, HEIGHT * unit];
  const { left, top } = placed(bounds(row.box), wide, high, frame, taken);
  taken.push({ left, top, right: left + wide, bottom: top + high });
  const { fill, ink } = colours(row.class);
  return paint(
    svg(
      "g",
      { class: "plate" },
      svg("rect", { x: left, y: top, width: wide, height: high, rx: 3 * unit }),
      svg("text", { x: left + PAD * unit, y: top + 13 * unit, "font-size": SIZE * unit }, text),
    ),
    { "--colour": fill, "--ink": ink },
  );
}

// Above the box, else inside it at the top, below it, or at its other end: the first free one, or the one least covered.
function placed(box, wide, high, frame, taken) {
  const within = (value, most) => Math.max(0, Math.min(value, most));
  const start = box.peak * 2 <= box.left + box.right ? box.peak : box.peak - wide;
  const places = [
    [start, box.top - high],
    [start, box.top],
    [box.right - wide, box.top - high],
    [box.left, box.bottom],
    [box.left, box.bottom - high],
    [box.right - wide, box.top],
  ].filter(([, top]) => top >= 0 && top + high <= frame.height);
  const all = (places.length ? places : [[start, 0]]).map(([left, top]) => {
    const place = { left: within(left, frame.width - wide), top };
    return { ...place, covered: covered({ ...place, right: place.left + wide, bottom: top + high }, taken) };
  });
  return all.reduce((best, one) => (one.covered < best.covered ? one : best));
}

function covered(place, taken) {
  return taken.reduce((sum, other) => {
    const wide = Math.min(place.right, other.right) - Math.max(place.left, other.left);
    const high = Math.min(place.bottom, other.bottom) - Math.max(place.top, other.top);
    return sum + Math.max(wide, 0) * Math.max(high, 0);
  }, 0);
}

// The likeliest classes on one dark plate at the upper left, as wide as the longest needs.
export function scores(rows, unit) {
  const names = rows.map((row) => shortened(row.name, 24));
  const wide = Math.max(...names.map(widthOf)) + 52;
  const group = svg("g", { class: "scores", transform: `translate(${10 * unit} ${10 * unit}) scale(${unit})` });
  group.append(svg("rect", { class: "scores-ground", width: wide, height: rows.length * 26 + 10, rx: 8 }));
  rows.forEach((row, i) => {
    const [y, track] = [i * 26 + 8, wide - 20];
    const bar = svg("rect", { class: "scores-bar", x: 10, y: y + 17, width: track * row.confidence, height: 4, rx: 2 });
    group.append(
      svg("text", { x: 10, y: y + 12, "font-size": SIZE }, names[i]),
      svg("text", { x: wide - 10, y: y + 12, "font-size": SIZE, "text-anchor": "end" }, row.confidence.toFixed(2)),
      svg("rect", { class: "scores-track", x: 10, y: y + 17, width: track, height: 4, rx: 2 }),
      paint(bar, { "--colour": colours(row.class).fill }),
    );
  });
  return group;
}
