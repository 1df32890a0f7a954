// A failure -> what went wrong, in the endpoint's own words, and what to do about it.

import { h, icon } from "./dom.js";

const ADVICE = {
  0: "Check your connection and whether the endpoint is running.",
  400: "Try another file, or change the parameters.",
  401: "Enter the API key that you were given. It stays in this tab.",
  403: "This key may not use this model: choose another model or another key.",
  404: "The model may have been removed: choose another one.",
  408: "The upload was too slow: try a smaller file or a better connection.",
  413: "Send a smaller file; of a video, answer fewer frames.",
  429: "The endpoint is busy, or the key's quota is used up.",
  503: "The model is not ready yet, or cannot be loaded.",
};

const TITLES = { 0: "No answer", 401: "A key is needed", 413: "Too large", 429: "Too many requests", 503: "Not ready" };

// again, key: what to do when the person asks for that; retrying shows after how many seconds it may work
export function failureCard(failure, { again, key }) {
  const { status, wait, message } = failure;
  const advice = ADVICE[status] ?? (status >= 500 ? "The fault is the endpoint's: its log says more." : ADVICE[400]);
  const later = wait ? ` Try again in ${wait < 90 ? `${Math.ceil(wait)} s` : `${Math.ceil(wait / 60)} min`}.` : "";
  const action =
    status === 401
      ? h("button", { type: "button", class: "button", onclick: key }, icon("key"), h("span", {}, "Enter key"))
      : h("button", { type: "button", class: "button", onclick: again }, icon("again"), h("span", {}, "Try again"));
  return h(
    "div",
    { class: "failure", role: "alert" },
    h("p", { class: "failure-title" }, icon("alert"), TITLES[status] ?? "That did not work", status ? h("span", { class: "code" }, String(status)) : null),
    h("p", { class: "failure-message" }, message),
    h("p", { class: "failure-advice" }, advice + later),
    action,
  );
}
