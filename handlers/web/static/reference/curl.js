// An example of the description as a command of curl, for this address.

import { resolved } from "./schema.js";

const KEY = "YOUR_API_KEY";
const shell = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export function curl(description, method, path, operation, media, value) {
  const parameters = (operation.parameters ?? []).filter((one) => one.example !== undefined);
  const filled = path.replaceAll(/{(\w+)}/g, (_, name) =>
    encodeURIComponent(parameters.find((one) => one.in === "path" && one.name === name)?.example ?? name),
  );
  const query = new URLSearchParams(parameters.filter((one) => one.in === "query").map((one) => [one.name, one.example]));
  const parts = [];
  const scheme = key(description, operation);
  if (scheme?.in === "query") query.set(scheme.name, KEY);
  else if (scheme?.in === "header") parts.push(`-H ${shell(`${scheme.name}: ${KEY}`)}`);
  else if (scheme) parts.push(`-H ${shell(`Authorization: Bearer ${KEY}`)}`);
  parts.push(...body(media, value));
  if (method === "post" && parts.every((part) => part.startsWith("-H"))) parts.unshift("-X POST");
  const address = location.origin + new URL(document.baseURI).pathname.replace(/\/[^/]*$/, "") + filled;
  return [`curl ${shell(query.size ? `${address}?${query}` : address)}`, ...parts].join(" \\\n  ");
}

function body(media, value) {
  if (!media) return [];
  if (media === "multipart/form-data") return Object.entries(value).map(([name, one]) => `-F ${shell(`${name}=${one}`)}`);
  if (media === "application/x-www-form-urlencoded") {
    return Object.entries(value).map(([name, one]) => `--data-urlencode ${shell(`${name}=${one}`)}`);
  }
  const type = `-H ${shell(`Content-Type: ${media.replace("*", "jpeg")}`)}`;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return [type, text.startsWith("@") ? `--data-binary ${shell(text)}` : `-d ${shell(text)}`];
}

// Where a key goes, if one is needed.
function key(description, operation) {
  if (!operation.security.length || operation.security.some((one) => !Object.keys(one).length)) return null;
  const [name] = Object.keys(operation.security[0]);
  return resolved(description, description.components.securitySchemes[name]);
}
