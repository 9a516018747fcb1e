// What the colours of the text mean, how often each type occurs, and which of them are shown.
import { button, counted, element } from "./dom.js";
import { rank, unsure } from "./kinds.js";

/** Draws the legend. `hidden` is the set of the types that are switched off; `onchange` is called when it has changed. */
export function drawLegend(area, { marks, passages }, hidden, onchange) {
  const types = Map.groupBy(marks, (mark) => mark.type);
  const place = ([{ source, found }]) => rank(source, found.type) + (source === "entity" ? 0 : 1000);
  const sorted = [...types.values()].sort((a, b) => place(a) - place(b));
  const toggles = sorted.map((members) => toggle(members[0].type, `.${members[0].source}.colour-${members[0].colour}`, members[0].name, members.length));
  if (passages.length) toggles.push(toggle("passages", ".passages", "sentences with techniques", passages.length));
  const labels = toggle("labels", ".labels", "labels", null);
  const isUnsure = ({ found }) => Number.isFinite(found.score) && found.score < unsure;
  const note = marks.some(isUnsure) ? element("span.note", {}, `dashed: confidence below ${unsure}`) : null;
  area.replaceChildren(...toggles, ...(marks.length ? [labels] : []), ...(note ? [note] : []));

  function toggle(type, classes, name, count) {
    const made = button(`.chip${classes}`, null, () => {
      if (!hidden.delete(type)) hidden.add(type);
      made.setAttribute("aria-pressed", !hidden.has(type));
      onchange();
    }, element("span.sample", { "aria-hidden": "true" }), name, count === null ? null : element("span.number", { title: counted(count, "place") }, count));
    made.setAttribute("aria-pressed", !hidden.has(type));
    return made;
  }
}
