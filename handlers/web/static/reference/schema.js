// A schema as lines of a table: one a property, those of objects inside it below it.

const DEPTH = 6;

export function resolved(description, schema) {
  if (!schema.$ref) return schema;
  return schema.$ref.slice(2).split("/").reduce((found, step) => found[step], description);
}

// In a few words: "number from 0 to 1", "list of text", one of some names.
export function kind(description, schema) {
  const one = resolved(description, schema);
  if (one.anyOf) return [...new Set(one.anyOf.map((each) => kind(description, each)))].join(" or ");
  if ("const" in one) return JSON.stringify(one.const);
  if (one.enum) return one.enum.map((each) => JSON.stringify(each)).join(", ");
  if (one.type === "array") return `list of ${kind(description, one.items)}`;
  const words = [one.type ?? []].flat().join(" or ") || "any";
  if (one.format === "binary") return "file";
  if (one.contentEncoding) return one.contentEncoding;
  const limits = [["from", one.minimum], ["to", one.maximum]].filter(([, value]) => value !== undefined);
  return [one.format ?? words, ...limits.map(([word, value]) => `${word} ${value}`)].join(" ");
}

// [name, schema, whether it must be there] of an object, of those in a list, and of those that it may be.
export function properties(description, schema, prefix = "", depth = 0) {
  const one = resolved(description, schema);
  if (depth > DEPTH) return [];
  const found = [];
  for (const [name, value] of Object.entries(one.properties ?? {})) {
    found.push([prefix + name, value, (one.required ?? []).includes(name)]);
    found.push(...properties(description, value, `${prefix}${name}.`, depth + 1));
  }
  if (one.items) found.push(...properties(description, one.items, `${prefix.replace(/\.$/, "")}[].`, depth + 1));
  for (const each of one.anyOf ?? []) found.push(...properties(description, each, prefix, depth + 1));
  return once(found);
}

// One of a name, with all that is said of it where that differs from form to form.
function once(found) {
  const seen = new Map();
  for (const [name, schema, required] of found) {
    const known = seen.get(name);
    if (!known) seen.set(name, [name, schema, required]);
    else if (schema.description && !known[1].description?.includes(schema.description)) {
      known[1] = { ...known[1], description: [known[1].description, schema.description].filter(Boolean).join(" Or: ") };
    }
  }
  return [...seen.values()];
}
