// What one operation takes and answers: its fields, an example each, the answers and the errors.

import { h } from "../dom.js";
import { curl } from "./curl.js";
import { code, prose, table } from "./parts.js";
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
  const contents = Object.entries(operation.requestBody?.content ?? {});
  const described = contents.map(([media, { schema }]) => [media, properties(description, schema)]);
  const forms = described.filter(([, found]) => found.length).length;
  const inBody = new Map();
  for (const [media, found] of described) {
    for (const [name, schema, required] of found) {
      if (!inBody.has(name)) inBody.set(name, { schema, required, media: [] });
      inBody.get(name).media.push(media);
    }
  }
  const parameters = operation.parameters ?? [];
  const inQuery = new Set(parameters.map((one) => one.name));
  const body = [...inBody].map(([name, { schema, required, media }]) => {
    const where = media.length === forms ? "body" : media.join(", ");
    return line(description, name, schema, required, inQuery.has(name) ? `${where} or query` : where);
  });
  const others = parameters
    .filter((one) => !inBody.has(one.name))
    .map((one) => line(description, one.name, one.schema, one.required, one.in, one.description));
  if (!body.length && !others.length) return [];
  const media = contents.map(([name]) => name);
  return [
    h("h3", {}, "Fields"),
    media.length ? h("p", { class: "note" }, `The body is ${media.join(", or ")}.`) : null,
    table(["Name", "Where", "Type", "Default", "Meaning"], [...others, ...body]),
  ];
}

function line(description, name, schema, required, where, meaning) {
  const one = resolved(description, schema);
  const shown = one.default === undefined ? "" : JSON.stringify(one.default);
  const text = [required && where !== "path" ? "Required." : "", meaning ?? schema.description ?? one.description ?? ""].filter(Boolean);
  return [h("code", {}, name), where, kind(description, schema), h("code", {}, shown), prose(text.join(" "))];
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
  const rows = properties(description, schema).map(([name, value]) => line(description, name, value, false, "answer"));
  const shown = rows.map(([name, , type, , meaning]) => [name, type, meaning]);
  return [about ? h("p", { class: "note" }, prose(about)) : null, shown.length ? table(["Name", "Type", "Meaning"], shown) : null];
}
