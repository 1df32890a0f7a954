// The endpoint's answer as text: indented, with short objects and rows of numbers on one line.

const LINE = 52;

export function pretty(value, indent = "") {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const flat = list ? value.every(plain) : Object.values(value).every(plain);
  if (flat) {
    const line = JSON.stringify(value, null, 1).replace(/\n */g, " ");
    if (list || line.length < LINE) return list ? line.replace(/^\[ | \]$/g, (end) => end.trim()) : line;
  }
  const parts = list
    ? value.map((one) => inner + pretty(one, inner))
    : Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${pretty(one, inner)}`);
  const [open, close] = list ? "[]" : "{}";
  return parts.length ? `${open}\n${parts.join(",\n")}\n${indent}${close}` : open + close;
}

const plain = (value) => value === null || typeof value !== "object";
