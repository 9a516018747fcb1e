// What is known of a mark, beside it.
import { byId, element, link, score } from "./dom.js";
import { copyButton } from "./copy.js";
import { defanged, isDefangable } from "./defang.js";

let opener = null;

export function openCard(anchor, mark) {
  const card = byId("card");
  card.replaceChildren(
    element("p.kind", {}, element(`span.swatch.colour-${mark.colour}`), mark.name),
    element("p.found", {}, mark.found.text),
    element("dl", {}, facts(mark)),
    element("div.row", {}, buttons(mark)));
  opener = anchor;
  card.showPopover();
  place(card, anchor.getClientRects()[0]);
  card.querySelector("button")?.focus({ preventScroll: true });
}

export function startCard() {
  // The way back for the keyboard; a click elsewhere has chosen its own focus.
  byId("card").addEventListener("toggle", (event) => {
    if (event.newState === "closed" && document.activeElement === document.body) opener?.focus({ preventScroll: true });
  });
  for (const name of ["scroll", "resize"]) window.addEventListener(name, () => byId("card").hidePopover(), { capture: true, passive: true });
}

function facts({ source, found }) {
  const rows = [];
  if (source === "entity") rows.push(["Confidence", Number.isFinite(found.score) ? score(found.score) : "known by name"]);
  else rows.push(["Found by", "its form"]);
  if (source === "indicator" && found.value !== found.text) rows.push(["Value", found.value]);
  if (found.port) rows.push(["Port", String(found.port)]);
  for (const entry of [...(found.links ?? []), found.link].filter(Boolean)) rows.push([capitalized(entry.kind), link(entry.url, `${entry.id} ${entry.name}`)]);
  return rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
}

const capitalized = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function buttons({ source, found }) {
  if (source === "entity") return [copyButton("Copy", `Copy ${found.text}`, () => found.text)];
  return copyButtons(found);
}

/** One button, or two for what could be opened by accident. */
export function copyButtons(indicator) {
  const { value, type } = indicator;
  if (!isDefangable(type)) return [copyButton("Copy", `Copy ${value}`, () => value)];
  return [
    copyButton("Copy", `Copy ${value} as it is`, () => value),
    copyButton("Defanged", `Copy ${value} defanged`, () => defanged(indicator)),
  ];
}

/** Below the mark, or above it where there is no room. */
function place(card, rect) {
  const [width, height, gap] = [card.offsetWidth, card.offsetHeight, 6];
  const isBelow = rect.bottom + gap + height < innerHeight;
  card.style.left = `${Math.max(8, Math.min(rect.left, innerWidth - width - 8))}px`;
  card.style.top = `${Math.max(8, isBelow ? rect.bottom + gap : rect.top - gap - height)}px`;
}
