// The document of /v1/analyze as the page works with it: checked, placed in the text, and grouped.
import { kind, rank, tacticRank } from "./kinds.js";

/** Reads an analysis. What does not stand where the server says is listed but not marked. */
export function findings(document, text) {
  const analysis = Array.isArray(document) ? document[0] : document;
  const isPlaced = ({ start, end, text: found }) => Number.isInteger(start) && text.slice(start, end) === found && end > start;
  const marks = [];
  const mark = (source) => (found) => {
    const made = { source, found, ...kind(source, String(found.type)), type: `${source}:${found.type}`, start: found.start, end: found.end };
    if (isPlaced(found)) marks.push(made);
    return made;
  };
  const entities = (analysis.entities ?? []).map(mark("entity"));
  const indicators = (analysis.indicators ?? []).map(mark("indicator"));
  const techniques = (analysis.techniques ?? []).map((technique) => ({
    ...technique,
    tactics: (technique.tactics ?? []).toSorted((a, b) => tacticRank(a) - tacticRank(b)),
    evidence: (technique.evidence ?? []).map((each) => ({ ...each, isPlaced: isPlaced(each) })),
  }));
  return {
    marks, techniques,
    passages: passages(techniques),
    entities: grouped(entities, ({ found }) => `${found.type}\n${found.text.toLowerCase()}`),
    indicators: grouped(indicators, ({ found }) => `${found.type}\n${found.value}\n${found.port ?? ""}`),
    counts: {
      entities: entities.length, indicators: indicators.length, techniques: techniques.length,
      unplaced: entities.length + indicators.length - marks.length,
    },
  };
}

/** Sentences that show techniques: one for each place, with all techniques that it shows. */
function passages(techniques) {
  const places = new Map();
  for (const technique of techniques) {
    for (const evidence of technique.evidence.filter((each) => each.isPlaced)) {
      const key = `${evidence.start}-${evidence.end}`;
      const passage = places.get(key) ?? { id: key, start: evidence.start, end: evidence.end, techniques: [] };
      passage.techniques.push(technique);
      places.set(key, passage);
      evidence.passage = key;
    }
  }
  return [...places.values()];
}

/** Mentions of the same thing, by type and then in the order of their first one. */
function grouped(mentions, key) {
  const groups = new Map();
  for (const mention of mentions) {
    const name = key(mention);
    const group = groups.get(name) ?? { first: mention, mentions: [] };
    group.mentions.push(mention);
    groups.set(name, group);
  }
  const place = ({ first: { source, found } }) => rank(source, found.type);
  return [...groups.values()].sort((a, b) => place(a) - place(b));
}

/** The best score of a group; null for what is known by its name. */
export function bestScore(group) {
  const scores = group.mentions.map(({ found }) => found.score).filter(Number.isFinite);
  return scores.length ? Math.max(...scores) : null;
}
