// Elements without markup in strings: what comes from a report or the server can only ever become text.
import { visible } from "./visible.js";

export const byId = (id) => document.getElementById(id);

/**
 * Makes an element: `element("p.note", { title: "…" }, "text", child)`. Strings are shown with their hidden characters
 * visible; attributes that are null or false are left out; functions are listeners ("onclick").
 */
export function element(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined).flatMap(
    (child) => (child instanceof Node ? child : visible(String(child)))));
  return made;
}

/** A button: `button(".quiet", "what it does", listener, "words")`; the title may be null. */
export function button(name, title, onclick, ...children) {
  return element(`button${name}`, { type: "button", title, onclick }, ...children);
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A link to another site, which learns nothing of this one; anything but https is plain text. */
export function link(url, ...children) {
  if (!/^https:\/\//.test(url ?? "")) return element("span", {}, ...children);
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children, icon("out"));
}

/** A bar for a share of one, with its number. */
export function share(value, text = score(value)) {
  const bar = element("span.share", { "aria-hidden": "true" }, element("span"));
  bar.firstChild.style.inlineSize = `${Math.max(0, Math.min(1, value)) * 100}%`;
  return element("span.measure", {}, bar, element("span.number", {}, text));
}

export const score = (value) => (Number.isFinite(value) ? value.toFixed(2) : "–");
export const grouped = (value) => Number(value).toLocaleString("en");
export const counted = (count, one, many = `${one}s`) => `${grouped(count)} ${count === 1 ? one : many}`;

/** A message with a capital letter and a full stop; names of files and the like at its start stay as they are. */
export function sentence(message) {
  const text = /^[a-z]+ /.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message;
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

export function bytes(count) {
  const units = ["bytes", "kB", "MB", "GB"];
  const unit = count < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
  return `${unit ? (count / 1000 ** unit).toFixed(1) : count} ${units[unit]}`;
}

/** Shows an element of a scrolling part in its middle. Twice, since text that was never drawn has a guessed height. */
export function reveal(target, block = "center") {
  target.scrollIntoView({ block });
  requestAnimationFrame(() => target.scrollIntoView({ block }));
}

/** Lets elements light up for a moment. */
export function flash(elements) {
  for (const each of elements) {
    each.classList.remove("flash");
    void each.offsetWidth; // Restarts the animation when it still runs.
    each.classList.add("flash");
    each.addEventListener("animationend", () => each.classList.remove("flash"), { once: true });
  }
}
