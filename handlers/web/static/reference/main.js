// The API's description, section by section; what an operation says is written when it is first opened.

import { byId, h } from "../dom.js";
import { operationDetail } from "./operation.js";
import { prose } from "./parts.js";

async function start() {
  const main = byId("operations");
  const answered = await fetch(new URL("openapi.json", document.baseURI));
  if (!answered.ok) throw new Error(`openapi.json: ${answered.status}`);
  const description = await answered.json();
  const sections = description.tags.map((tag) => section(description, tag)).filter(({ count }) => count > 0);
  main.replaceChildren(...sections.map((one) => one.element));
  byId("contents").replaceChildren(...sections.map((one) => h("a", { href: `#${one.element.id}` }, one.name)));
  main.setAttribute("aria-busy", "false");
  addEventListener("hashchange", show);
  show();
}

function section(description, tag) {
  const found = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation.tags.includes(tag.name))
      .map(([method, operation]) => row(description, tag, method, path, operation)),
  );
  const id = tag.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const element = h("section", { class: "dialect", id }, h("h2", {}, tag.name), h("p", {}, prose(tag.description)), ...found);
  return { name: tag.name, element, count: found.length };
}

// Of dialects that share an operation each lists it; the address names the first.
function row(description, tag, method, path, operation) {
  const first = operation.tags[0] === tag.name;
  const details = h(
    "details",
    { class: "operation", id: first ? operation.operationId : null, "data-operation": operation.operationId },
    h(
      "summary",
      {},
      h("span", { class: `method ${method}` }, method.toUpperCase()),
      h("code", {}, path),
      h("span", { class: "note" }, prose(operation.summary)),
    ),
  );
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(operationDetail(description, method, path, operation));
    }
  });
  return details;
}

function show() {
  const chosen = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (chosen?.tagName === "DETAILS") chosen.open = true;
  chosen?.scrollIntoView();
}

start().catch((error) => {
  byId("operations").replaceChildren(h("p", { class: "failure", role: "alert" }, `The description cannot be shown. ${error.message}`));
});
