// Where the time went: the model's three steps, the endpoint's other work, and the way there and back.

import { byId, h, paint } from "./dom.js";

const LABELS = {
  preprocess: "Preprocess",
  inference: "Inference",
  postprocess: "Postprocess",
  other: "Decode, load, wait",
  network: "Network",
  rest: "Decode, wait, network",
};

export const shown = (ms) => (ms < 10 ? ms.toFixed(1) : ms < 10_000 ? ms.toFixed(0) : (ms / 1000).toFixed(1).concat("k"));

// ms: what the endpoint says it took, or null where it does not, as of a video
export function showSpeed({ images }, total, ms) {
  const sums = { preprocess: 0, inference: 0, postprocess: 0 };
  for (const { speed } of images) for (const step of Object.keys(sums)) sums[step] += speed[step] / images.length;
  const parts = { ...sums };
  const model = sums.preprocess + sums.inference + sums.postprocess;
  if (ms !== null) {
    parts.other = Math.max(ms - model, 0);
    parts.network = Math.max(total - ms, 0);
  } else parts.rest = Math.max(total / images.length - model, 0);
  byId("speed-note").hidden = images.length === 1;
  const bars = Object.entries(parts).map(([step, part]) => paint(h("span", { class: step }), { "--share": part }));
  const terms = Object.entries(parts).map(([step, part]) =>
    h("div", { class: step }, h("dt", {}, LABELS[step]), h("dd", {}, `${shown(part)} ms`)),
  );
  byId("speed-bar").replaceChildren(...bars);
  byId("speed-list").replaceChildren(...terms);
  byId("speed").hidden = false;
  const frames = `${images.length} frame${images.length === 1 ? "" : "s"}`;
  return ms === null ? `${frames} in ${(total / 1000).toFixed(1)} s` : `${shown(total)} ms`;
}
