// The tab for masked words.
import { button, byId, counted, element, share } from "./dom.js";
import { exampleMasks } from "./examples.js";
import { job } from "./job.js";
import { post } from "./api.js";

const mask = /<mask>|\[MASK\]/g;

export function startMask() {
  const input = byId("mask-text");
  byId("mask-samples").append(...exampleMasks.map((sentence) => button(".phrase", null, () => {
    input.value = sentence;
    byId("mask-form").requestSubmit();
  }, sentence)));

  byId("mask-insert").addEventListener("click", () => {
    input.setRangeText("<mask>", input.selectionStart, input.selectionEnd, "end");
    input.focus();
  });

  job(byId("mask-form"), "mask", "Filling", async (signal) => {
    const text = input.value.toWellFormed();
    if (!text.match(mask)) throw new Error("there is no <mask> in the sentence; select a word and press Mask the selection");
    const { masks } = await post("v1/fill-mask", { text, top_k: byId("mask-count").valueAsNumber || 5 }, { signal });
    draw(byId("mask-results"), text, masks ?? []);
    return counted(masks?.length ?? 0, "gap") + " filled";
  });
}

/** The sentence with the best word in every gap, and for every gap what else fits; pressing a word puts it into the sentence. */
function draw(area, text, masks) {
  const parts = text.split(mask);
  const gaps = masks.map(({ predictions }) => element("mark.gap", {}, predictions[0]?.token.trim() ?? ""));
  const sentence = element("p.filled", { role: "status" }, parts.flatMap((part, at) => [part, gaps[at] ?? null]));
  const lists = masks.map(({ predictions }, at) => element("section.gaps", { "aria-label": `Gap ${at + 1}` },
    masks.length > 1 ? element("h2", {}, `Gap ${at + 1}`) : null,
    element("ol.words", {}, predictions.map(({ token, score }) => {
      const choose = button(".word", "Put into the sentence", () => { gaps[at].textContent = token.trim(); }, element("code", {}, token.trim() || "␣"));
      return element("li", {}, choose, share(score, `${(score * 100).toFixed(1)} %`));
    }))));
  area.replaceChildren(sentence, ...lists);
}
