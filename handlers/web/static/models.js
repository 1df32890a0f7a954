// The models of the store, to choose from.

import { listModels } from "./api.js";
import { byId, h } from "./dom.js";

const TASKS = { detect: "Detection", segment: "Segmentation", pose: "Pose", obb: "Oriented boxes", classify: "Classification" };

const MOST = 40; // class names shown at once

export class Models {
  constructor(changed) {
    this.entries = [];
    this.select = byId("model");
    this.select.addEventListener("change", () => (this.describe(), changed()));
  }

  get chosen() {
    return this.entries.find((one) => one.id === this.select.value);
  }

  // Asks for them anew; the one that was chosen stays so.
  async load(key) {
    const before = this.select.value;
    let first;
    try {
      ({ models: this.entries, default: first } = await listModels(key));
    } finally {
      this.offer(before, first);
    }
  }

  // wished: ids, of which the first that there is becomes the chosen one
  offer(...wished) {
    const options = this.entries.map(({ id }) => h("option", { value: id }, id));
    this.select.replaceChildren(...(options.length ? options : [h("option", { value: "" }, "No models")]));
    const wanted = wished.find((id) => this.entries.some((one) => one.id === id));
    if (wanted) this.select.value = wanted;
    this.select.disabled = !options.length;
    this.describe();
  }

  describe() {
    const { task, classNames } = this.chosen ?? {};
    const classes = classNames ? `${classNames.length} class${classNames.length === 1 ? "" : "es"}` : null;
    byId("knows").hidden = !classNames;
    const more = classNames?.length > MOST ? [h("li", {}, `and ${classNames.length - MOST} more`)] : [];
    byId("knows-list").replaceChildren(...(classNames ?? []).slice(0, MOST).map((name) => h("li", { class: "name" }, name)), ...more);
    byId("model-note").textContent = [TASKS[task], classes].filter(Boolean).join(" · ");
  }
}
