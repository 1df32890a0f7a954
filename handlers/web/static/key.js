// The API key: kept in this tab, sent in a header, never part of an address.

import { byId } from "./dom.js";

const SLOT = "yolo-endpoint-key";
const dialog = byId("key-dialog");

export const key = () => sessionStorage.getItem(SLOT) ?? "";

export function askForKey() {
  byId("key").value = key();
  byId("key-fault").hidden = true;
  dialog.showModal();
}

// changed: called once another key is set, or none
export function listenForKey(changed) {
  const set = (value) => {
    if (value) sessionStorage.setItem(SLOT, value);
    else sessionStorage.removeItem(SLOT);
    dialog.close();
    show();
    changed();
  };
  byId("key-button").addEventListener("click", askForKey);
  byId("key-cancel").addEventListener("click", () => dialog.close());
  byId("key-forget").addEventListener("click", () => set(""));
  byId("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const value = byId("key").value.trim();
    const good = /^[\x21-\x7e]*$/.test(value); // what a header can hold
    byId("key-fault").hidden = good;
    if (good) set(value);
  });
  show();
}

function show() {
  byId("key-button").querySelector("span").textContent = key() ? "Key set" : "API key";
  byId("key-forget").hidden = !key();
}
