// What one operation takes and answers: its fields, an example each, the answers and the errors.

import { h } from "../dom.js";
import { curl } from "./curl.js";
import { code, table } from "./parts.js";
import { kind, properties, resolved } from "./schema.js";

export function operationDetail(description, method, path, operation) {
  return h(
    "div",
    { class: "detail" },
    h("p", { class: "note" }, keys(description, operation)),
    ...fields(description, operation),
    ...examples(description, method, path, operation),
    h("h3", {}, "Answers"),
    ...Object.entries(operation.responses).map(([status, response]) => answer(description, status, response)),
  );
}

function keys(description, operation) {
  if (!operation.security.length) return "Open: no key is needed.";
  const places = operation.security.flatMap((one) => Object.keys(one)).map((name) => {
    const scheme = description.components.securitySchemes[name];
    return scheme.in ? `${scheme.name} in the ${scheme.in}` : "Authorization: Bearer";
  });
  const optional = operation.security.some((one) => !Object.keys(one).length);
  return `${optional ? "No key is needed here; one may be sent" : "A key is needed"}: ${places.join(", or ")}.`;
}

function fields(description, operation) {
  const parameters = (operation.parameters ?? []).map((one) => line(description, one.name, one.schema, one.required, one.in, one.description));
  const contents = Object.entries(operation.requestBody?.content ?? {});
  const inBody = new Map();
  for (const [media, { schema }] of contents) {
    for (const [name, value, required] of properties(description, schema)) {
      const known = inBody.get(name) ?? { value, required, media: [] };
      known.media.push(media);
      inBody.set(name, known);
    }
  }
  const body = [...inBody].map(([name, one]) => {
    const all = one.media.length === contents.filter(([, { schema }]) => properties(description, schema).length).length;
    return line(description, name, one.value, one.required, all ? "body" : one.media.join(", "));
  });
  const rows = [...body, ...parameters];
  if (!rows.length) return [];
  const media = contents.map(([name]) => name);
  return [
    h("h3", {}, "Fields"),
    media.length ? h("p", { class: "note" }, `The body is ${media.join(", or ")}.`) : null,
    table(["Name", "Where", "Type", "Default", "Meaning"], rows),
  ];
}

function line(description, name, schema, required, where, meaning) {
  const one = resolved(description, schema);
  const shown = one.default === undefined ? "" : JSON.stringify(one.default);
  const text = [required && where !== "path" ? "Required." : "", meaning ?? schema.description ?? one.description ?? ""].filter(Boolean);
  return [h("code", {}, name), where, kind(description, schema), h("code", {}, shown), text.join(" ")];
}

function examples(description, method, path, operation) {
  const found = Object.entries(operation.requestBody?.content ?? {}).flatMap(([media, content]) =>
    Object.entries(content.examples ?? {}).map(([name, { value }]) => [`${media} · ${name}`, media, value]),
  );
  if (!found.length) found.push(["curl"]);
  return [
    h("h3", {}, found.length > 1 ? "Examples" : "Example"),
    ...found.flatMap(([title, media, value]) => code(title, curl(description, method, path, operation, media, value))),
  ];
}

function answer(description, status, response) {
  const one = resolved(description, response);
  const contents = Object.entries(one.content ?? {});
  const heading = `${one.description} ${contents.map(([media]) => media).join(", ")}`;
  return h(
    "details",
    { class: "answer" },
    h("summary", {}, h("code", {}, status), " ", heading),
    ...contents.flatMap(([, content]) => [
      ...schemaTable(description, content.schema.contentSchema ?? content.schema, content.schema.description),
      ...Object.entries(content.examples ?? {}).flatMap(([name, { value }]) => code(name, JSON.stringify(value, null, 2))),
    ]),
  );
}

function schemaTable(description, schema, about) {
  const rows = properties(description, schema).map(([name, value, required]) => line(description, name, value, required, "answer"));
  const shown = rows.map(([name, , type, , meaning]) => [name, type, meaning.replace(/^Required\. ?/, "")]);
  return [about ? h("p", { class: "note" }, about) : null, shown.length ? table(["Name", "Type", "Meaning"], shown) : null];
}
