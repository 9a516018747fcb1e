// Copy buttons. Browsers offer the clipboard to pages of https and of this machine alone; elsewhere the old way helps.
import { button, icon } from "./dom.js";

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  const host = document.querySelector("dialog[open]") ?? document.body;
  const focused = document.activeElement;
  host.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  if (!done) throw new Error("the browser does not let this page copy");
}

/** A button that copies what a function returns, and says so for a moment. */
export function copyButton(label, title, text, classes = ".quiet.copy") {
  const sign = icon("copy");
  const words = document.createElement("span");
  words.textContent = label;
  const made = button(classes, title, async (event) => {
    event.stopPropagation();
    try {
      await write(text());
      announce(`Copied: ${title}`);
      made.classList.add("done");
      sign.firstChild.setAttribute("href", "#icon-done");
    } catch {
      announce("The browser does not let this page copy");
      words.textContent = "not allowed";
    }
    setTimeout(() => {
      made.classList.remove("done");
      words.textContent = label;
      sign.firstChild.setAttribute("href", "#icon-copy");
    }, 1600);
  }, sign, words);
  made.setAttribute("aria-label", title);
  return made;
}

/** Says something to readers who do not see the screen. */
function announce(text) {
  let region = document.getElementById("announcement");
  if (!region) {
    region = document.createElement("p");
    region.id = "announcement";
    region.className = "hidden";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}
