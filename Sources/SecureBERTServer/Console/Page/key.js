// The API key: asked for when the server wants one, kept in sessionStorage, which ends with the browser tab.
import { byId, sentence } from "./dom.js";
import { visibleText } from "./visible.js";

const place = "securebert.key";
let memory = null; // Where storage is switched off.

export function storedKey() {
  try {
    return sessionStorage.getItem(place) ?? memory;
  } catch {
    return memory;
  }
}

function keep(key) {
  memory = key;
  try {
    if (key) sessionStorage.setItem(place, key);
    else sessionStorage.removeItem(place);
  } catch {
    // `memory` has it.
  }
  showButton();
}

/** The button is there from the moment that the server has asked for a key. */
export function showButton(isWanted = false) {
  const button = byId("key-button");
  if (isWanted || storedKey()) button.hidden = false;
  button.dataset.has = storedKey() ? "key" : "none";
}

let waiting = null;

/** Asks for a key and says why. Several requests that wait for one share the question. Returns whether there is a new key. */
export function askForKey(reason) {
  waiting ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    const input = byId("key-input");
    byId("key-reason").textContent = sentence(visibleText(reason));
    byId("key-forget").hidden = !storedKey();
    input.value = "";
    dialog.returnValue = "";
    dialog.showModal();
    input.focus();
    dialog.addEventListener("close", () => {
      waiting = null;
      const key = input.value.trim();
      input.value = "";
      const isNew = dialog.returnValue === "use" && key !== "";
      if (isNew) keep(key);
      resolve(isNew);
    }, { once: true });
  });
  return waiting;
}

export function startKeys(onchange) {
  showButton();
  byId("key-close").addEventListener("click", () => byId("key-dialog").close());
  byId("key-forget").addEventListener("click", () => {
    keep(null);
    byId("key-dialog").close();
    onchange();
  });
  byId("key-button").addEventListener("click", async () => {
    const reason = storedKey() ? "A key is kept; enter another one or forget it." : "Every request carries the key.";
    if (await askForKey(reason)) onchange();
  });
}
