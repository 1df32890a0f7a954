// Every way to hand in a picture: choosing, dropping, pasting, the examples.

import { byId, h } from "./dom.js";
import { FACTS } from "./facts.js";

const FOLDER = new URL("examples/", import.meta.url);
const VIDEO = /\.(asf|avi|gif|m4v|mkv|mov|mp4|mpe?g|ts|webm|wmv)$/i;

const taken = new WeakMap(); // which button a file came from

// A GIF counts as a video, for the endpoint too: one answer a frame.
export const isVideo = (file) => file.type.startsWith("video/") || file.type === "image/gif" || VIDEO.test(file.name ?? "");

// take: called with a file
export function listen(take) {
  const picker = byId("picker");
  picker.addEventListener("change", () => {
    if (picker.files[0]) take(picker.files[0]);
    picker.value = "";
  });
  for (const id of ["drop", "choose"]) byId(id).addEventListener("click", () => picker.click());
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData.files;
    if (file) take(file);
  });
  drop(take);
  examples(take);
}

function drop(take) {
  let inside = 0; // elements under the pointer, since each fires for itself
  const over = (by) => {
    inside = Math.max(inside + by, 0);
    byId("stage").classList.toggle("over", inside > 0);
  };
  addEventListener("dragenter", () => over(1));
  addEventListener("dragleave", () => over(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    over(-Infinity);
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
}

function examples(take) {
  byId("examples").hidden = !FACTS.examples.length;
  byId("example-list").append(
    ...FACTS.examples.map((name) => {
      const url = new URL(`${name}.jpg`, FOLDER).href;
      const choose = async ({ currentTarget: button }) => {
        const file = new File([await (await fetch(url)).blob()], `${name}.jpg`, { type: "image/jpeg" });
        taken.set(file, button);
        take(file);
      };
      const picture = h("img", { src: url, alt: "", width: 52, height: 52 });
      const said = { "aria-label": `Example: ${name}`, "aria-pressed": "false" };
      return h("button", { type: "button", class: "example", ...said, onclick: choose }, picture);
    }),
  );
}

// Marks the example that a file is, if it is one.
export function markExample(file) {
  for (const button of byId("example-list").children) button.setAttribute("aria-pressed", String(taken.get(file) === button));
}
