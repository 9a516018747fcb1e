// The techniques of a report, each with the sentences that show it.
import { button, counted, element, link, share } from "./dom.js";
import { tacticName, tacticRank } from "./kinds.js";

/** Sentences of a technique that are listed at once. */
const first = 2;

/** Draws the list. `show` is called with the evidence whose button was pressed. */
export function drawTechniques(panel, { techniques }, show) {
  if (!techniques.length) {
    panel.replaceChildren(element("p.empty", {}, "No technique reached the threshold. A lower one, below Options, finds more and is wrong more often."));
    return;
  }
  const tactics = new Map();
  for (const technique of techniques) {
    for (const tactic of technique.tactics) tactics.set(tactic, (tactics.get(tactic) ?? 0) + 1);
  }
  const list = element("ol.techniques", {}, techniques.toSorted((a, b) => b.score - a.score).map((each) => item(each, show)));
  panel.replaceChildren(strip(tactics, list), list);
}

/** Tactics in the order of the matrix with how many techniques each has; pressing one shows only these. */
function strip(tactics, list) {
  const most = Math.max(...tactics.values());
  const sorted = [...tactics].sort((a, b) => tacticRank(a[0]) - tacticRank(b[0]));
  const buttons = sorted.map(([tactic, count]) => {
    const made = button(".tactic", null, () => {
      const isOn = made.getAttribute("aria-pressed") !== "true";
      for (const each of buttons) each.setAttribute("aria-pressed", each === made && isOn);
      for (const each of list.children) each.classList.toggle("other-tactic", isOn && !each.tactics.includes(tactic));
    }, element("span.number", {}, count), element("span", {}, tacticName(tactic)));
    made.setAttribute("aria-pressed", "false");
    made.classList.add(`level-${Math.ceil((count / most) * 4)}`);
    return made;
  });
  return element("div.tactics", { role: "group", "aria-label": "Show only the techniques of a tactic" }, buttons);
}

function item(technique, show) {
  const sentences = technique.evidence.map((each) => evidence(each, show));
  const rest = sentences.slice(first);
  const made = element("li.technique", { "data-technique": technique.id },
    element("div.title", {},
      element("span.id", {}, technique.id),
      element("h2", {}, technique.name),
      share(technique.score)),
    element("p.note", {}, technique.tactics.map(tacticName).join(", "), " ", link(technique.url, "ATT&CK")),
    element("ul.evidence", {}, sentences.slice(0, first)),
    rest.length ? element("details.more", {}, element("summary", {}, `${counted(rest.length, "more sentence")}`), element("ul.evidence", {}, rest)) : null);
  made.tactics = technique.tactics;
  made.words = [technique.id, technique.name, ...technique.evidence.map(({ text }) => text)].join("\n").toLowerCase();
  return made;
}

function evidence(each, show) {
  const made = button(".quote", each.isPlaced ? "Show the sentence in the text" : null, () => show(each),
    element("span.sentence", {}, each.text),
    element("span.note", {}, each.named ? "named in the text" : `score ${each.score.toFixed(2)}`));
  made.disabled = !each.isPlaced;
  return element("li", {}, made);
}

/** Scrolls the list to the technique with an id. Returns its element. */
export function findTechnique(panel, id) {
  return [...panel.querySelectorAll(".technique")].find((each) => each.dataset.technique === id);
}
