// The lists of indicators and entities: one line for each, however often it is mentioned.
import { button, counted, element, grouped, link, share } from "./dom.js";
import { copyButton } from "./copy.js";
import { copyButtons } from "./card.js";
import { defanged } from "./defang.js";
import { bestScore } from "./findings.js";

/** Draws the indicators by type. `show` is called with the mention that is to be shown. */
export function drawIndicators(panel, { indicators }, show) {
  if (!indicators.length) {
    panel.replaceChildren(element("p.empty", {}, "No address, hash, name of a file or other indicator was found."));
    return;
  }
  const all = indicators.map((group) => group.first.found).filter(({ type }) => !type.startsWith("attack-"));
  const copies = element("div.row.all", {}, element("span.note", {}, `Copy ${grouped(all.length)} to block or look for:`),
    copyButton("As they are", "Copy all indicators as they are", () => all.map(({ value }) => value).join("\n")),
    copyButton("Defanged", "Copy all indicators defanged", () => all.map(defanged).join("\n")));
  panel.replaceChildren(
    ...(all.length ? [copies] : []),
    ...sections(indicators, (group) => line(group, show, {
      text: group.first.found.value, isCode: true, note: indicatorNote(group.first.found),
      end: copyButtons(group.first.found),
    })));
}

function indicatorNote({ link: entry, port }) {
  if (entry) return link(entry.url, entry.name);
  return port ? element("span.note", {}, `port ${port}`) : null;
}

/** Draws the entities by type, the most frequent first. */
export function drawEntities(panel, { entities }, show) {
  if (!entities.length) {
    panel.replaceChildren(element("p.empty", {}, "No name of malware, an organization, a system or a vulnerability was found."));
    return;
  }
  panel.replaceChildren(...sections(entities, (group) => {
    const best = bestScore(group);
    return line(group, show, {
      text: group.first.found.text, isCode: false,
      note: group.mentions.flatMap(({ found }) => found.links ?? []).filter(once()).flatMap((each) => [link(each.url, `${each.id} ${each.name}`), " "]),
      end: best === null ? element("span.note", {}, "by name") : share(best),
    });
  }));
}

function once() {
  const seen = new Set();
  return ({ id }) => !seen.has(id) && seen.add(id);
}

function sections(groups, draw) {
  const types = Map.groupBy(groups, (group) => group.first.type);
  return [...types.values()].map((members) => element("section.type", {},
    element("h2", {}, element(`span.swatch.colour-${members[0].first.colour}`), members[0].first.name, element("span.count", {}, grouped(members.length)), copyAll(members)),
    element("ul.mentions", {}, members.toSorted((a, b) => b.mentions.length - a.mentions.length).map(draw))));
}

/** Copies what stands in a group of the list. */
function copyAll(members) {
  const text = ({ first: { source, found } }) => (source === "indicator" ? found.value : found.text);
  return members.length < 2 ? null : copyButton("Copy all", `Copy all of type ${members[0].first.name}`, () => members.map(text).join("\n"));
}

function line(group, show, { text, isCode, note, end }) {
  const { mentions } = group;
  let next = 0;
  const place = element("span.place", {}, mentions.length > 1 ? `${mentions.length}×` : "");
  const opener = button(".mention", mentions.length > 1 ? "Show in the text; again for the next place" : "Show in the text", () => {
    if (show(mentions[next]) && mentions.length > 1) place.textContent = `${next + 1} of ${mentions.length}`;
    next = (next + 1) % mentions.length;
  }, element(isCode ? "code" : "span.name", {}, text), place);
  if (mentions.length > 1) place.setAttribute("aria-label", counted(mentions.length, "place"));
  const made = element("li", {}, opener, note?.length !== 0 && note ? element("span.links", {}, note) : null, element("span.end", {}, end));
  made.words = [text, ...mentions.map(({ found }) => found.text), made.textContent].join("\n").toLowerCase();
  return made;
}
