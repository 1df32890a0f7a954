// Elements from plain values. Text is only ever set as text: names of classes and files may hold anything.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

// Colours and sizes that are known only now; a style attribute would be against the page's policy.
export function paint(element, properties) {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
  return element;
}

// Sets a slider, and how much of its track is filled.
export function level(slider, value) {
  slider.value = value;
  const [least, most] = [Number(slider.min), Number(slider.max)];
  paint(slider, { "--part": most > least ? (slider.value - least) / (most - least) : 0 });
}

export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true", viewBox: "0 0 24 24" }, svg("use", { href: `#i-${name}` }));
}

// shown: the element with that text. It is what is copied where the clipboard itself cannot be had, as over plain http,
// and stays selected where that fails too.
export async function copy(text, button, shown) {
  let done = "Copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const selection = getSelection();
    selection.selectAllChildren(shown);
    if (document.execCommand("copy")) selection.removeAllRanges();
    else done = "Press Ctrl+C";
  }
  const label = button.querySelector("span");
  const before = (button.dataset.label ??= label.textContent);
  label.textContent = done;
  setTimeout(() => (label.textContent = before), 1500);
}
