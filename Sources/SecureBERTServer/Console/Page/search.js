// The tab for the search over an index.
import { byId, counted, element, link, sentence } from "./dom.js";
import { job } from "./job.js";
import { post } from "./api.js";

export function startSearch() {
  const results = byId("search-results");
  job(byId("search-form"), "search", "Searching", async (signal) => {
    const query = byId("search-query").value.trim().toWellFormed();
    if (!query) throw new Error("there is no question yet; write some words");
    results.replaceChildren();
    const asked = { query, top_k: byId("search-count").valueAsNumber || 10, mode: byId("search-mode").value, ...limits() };
    let answer;
    try {
      answer = await post("v1/search", asked, { signal });
    } catch (error) {
      if (error.status !== 404) throw error;
      results.replaceChildren(advice(error.message));
      return null;
    }
    const hits = answer.results ?? [];
    results.replaceChildren(hits.length
      ? element("ol.hits", {}, hits.map((hit) => drawn(hit, query)))
      : element("p.empty", {}, "Nothing was found. Other words may help, or searching by meaning."));
    return hits.length ? counted(hits.length, "passage") : "";
  });
}

/** What the filters of the form ask for; nothing where they are empty. */
function limits() {
  const asked = byId("search-single").checked ? { per_document: 1 } : {};
  const [path, since, before] = ["search-path", "search-since", "search-before"].map((id) => byId(id).value.trim());
  const filter = { ...(path && { path: [path] }), ...(since && { since }), ...(before && { before }) };
  return Object.keys(filter).length ? { ...asked, filter } : asked;
}

/** How a server comes to have an index. */
function advice(reason) {
  return element("div.advice", {},
    element("h2", {}, "This server searches no index yet"),
    element("p", {}, sentence(reason)),
    element("p", {}, "Make one of a folder of reports, then start the server with it:"),
    element("pre", {}, "securebert index build reports/ --index reports.index\nsecurebert serve --index reports.index"));
}

function drawn(hit, query) {
  const where = hit.title || hit.document || hit.file || hit.path || "passage";
  const path = hit.path ?? hit.file;
  const [from, to] = Array.isArray(hit.lines) ? hit.lines : [hit.line ?? hit.startLine, hit.endLine];
  const lines = from ? (to && to !== from ? `lines ${from} to ${to}` : `line ${from}`) : null;
  const ranks = [["words", hit.bm25], ["meaning", hit.vector]].filter(([, place]) => place).map(([name, place]) => `number ${place.rank} by ${name}`);
  const notes = [path !== where ? path : null, lines, hit.date, ...ranks].filter(Boolean).join(", ");
  const metadata = Object.entries(hit.metadata ?? {}).filter(([, value]) => ["string", "number"].includes(typeof value));
  return element("li", {},
    element("div.title", {}, element("h2", {}, hit.url ? link(hit.url, where) : String(where)), element("span.number", { title: "Score" }, Number.isFinite(hit.score) ? hit.score.toFixed(3) : "–")),
    notes ? element("p.note", {}, notes) : null,
    element("p.passage-text", { dir: "auto" }, emphasized(hit.text ?? "", query)),
    metadata.length ? element("p.note", {}, metadata.map(([name, value]) => `${name}: ${value}`).join(" · ")) : null);
}

/** Words of the question that stand in a passage as they are, so that the eye finds the place. */
function emphasized(text, query) {
  const words = [...new Set(query.match(/[\p{L}\p{N}]{4,}/gu) ?? [])].map((word) => word.toLowerCase());
  if (!words.length) return [text];
  const parts = text.split(new RegExp(`(${words.join("|")})`, "giu"));
  return parts.map((part, at) => (at % 2 ? element("b", {}, part) : part));
}
