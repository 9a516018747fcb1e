// The tab for reports: text in, marks and lists out.
import { byId, bytes, counted, flash, grouped, reveal } from "./dom.js";
import { post } from "./api.js";
import { drawDownloads } from "./downloads.js";
import { drawLegend } from "./legend.js";
import { drawEntities, drawIndicators } from "./mentions.js";
import { drawTechniques, findTechnique } from "./techniques.js";
import { exampleReport } from "./examples.js";
import { findings } from "./findings.js";
import { job, showError } from "./job.js";
import { MarkedText } from "./marked.js";
import { readReport, takeFiles } from "./reading.js";
import { tabs } from "./tabs.js";
import { visibleText } from "./visible.js";

const hidden = new Set();
let request = null;
let found = null;
let positions = {};
let reading = null;

export function startReport() {
  const [form, input, title, status] = ["report-form", "report-text", "report-title", "report-status"].map(byId);
  const marked = new MarkedText(byId("report-marks"), { onpassage: showTechnique, onback: () => choosePane("findings") });
  const selectList = tabs(byId("finding-tabs"), filter);

  function setText(text, name, remark = null) {
    input.value = text;
    title.value = name;
    input.scrollTop = 0;
    showError(byId("report-error"), null);
    status.textContent = remark ? `${visibleText(name)}, ${remark}` : "";
    measure();
    byId("report-run").focus();
  }

  function measure() {
    const count = input.value.length;
    byId("report-size").textContent = count ? `${counted(count, "character")}` : "";
  }

  async function analyze(signal, began) {
    const text = input.value.toWellFormed().replace(/^\ufeff/, "");
    if (!text.trim()) throw new Error("there is no text yet; paste a report or open a file");
    const asked = { text, name: plainName(title.value), offsets: "utf16" };
    for (const [id, key] of [["technique-threshold", "technique_threshold"], ["entity-threshold", "entity_threshold"]]) {
      if (byId(id).value !== "") asked[key] = byId(id).valueAsNumber;
    }
    found = findings(await post("v1/analyze", { ...asked, format: "json" }, { signal }), text);
    request = asked;
    show((performance.now() - began) / 1000);
    return null;
  }

  function show(seconds) {
    const { counts } = found;
    byId("report-name").replaceChildren(visibleText(request.name));
    byId("report-summary").textContent = [
      counted(counts.techniques, "technique"), counted(counts.indicators, "indicator"), counted(counts.entities, "entity", "entities"),
    ].join(", ") + ` in ${bytes(new TextEncoder().encode(request.text).length)}, ${seconds.toFixed(1)} s` + (counts.unplaced ? `; ${counts.unplaced} could not be placed in the text` : "");
    showError(byId("download-error"), null);
    drawDownloads(byId("downloads"), () => request);
    drawLegend(byId("legend"), found, hidden, draw);
    drawTechniques(byId("techniques"), found, (evidence) => showInText(evidence.passage, "passages"));
    drawIndicators(byId("indicators"), found, (mention) => showInText(mention, mention.type));
    drawEntities(byId("entities"), found, (mention) => showInText(mention, mention.type));
    for (const [name, count] of Object.entries({ techniques: counts.techniques, indicators: found.indicators.length, entities: found.entities.length })) {
      byId(`tab-${name}`).querySelector(".count").textContent = grouped(count);
    }
    byId("finding-filter").value = "";
    draw();
    choosePane("findings");
    positions = {};
    selectList(["techniques", "indicators", "entities"].find((name) => found[name].length) ?? "techniques");
    switchTo("results");
    byId("report-marks").scrollTop = 0;
    byId("report-name").focus();
  }

  function draw() {
    const isShown = (type) => !hidden.has(type);
    byId("report-marks").classList.toggle("labelled", isShown("labels"));
    marked.draw(request.text, found, isShown);
  }

  /** Of a type that is switched off, a place is shown by switching it on. */
  function showInText(key, type) {
    const origin = document.activeElement;
    if (hidden.delete(type)) {
      draw();
      drawLegend(byId("legend"), found, hidden, draw);
    }
    choosePane("text");
    return marked.show(key, origin);
  }

  function showTechnique(passage) {
    choosePane("findings");
    byId("finding-filter").value = "";
    selectList("techniques");
    const item = findTechnique(byId("techniques"), passage.techniques[0].id);
    if (!item) return;
    item.classList.remove("other-tactic");
    reveal(item, "nearest");
    flash([item]);
  }

  function filter() {
    const wanted = byId("finding-filter").value.trim().toLowerCase();
    for (const item of byId("columns").querySelectorAll(".technique, .mentions > li")) {
      item.hidden = wanted !== "" && !item.words.includes(wanted);
    }
    for (const section of byId("columns").querySelectorAll("section.type")) {
      section.hidden = !section.querySelector("li:not([hidden])");
    }
  }

  job(form, "report", "Analyzing", analyze);
  async function take([file, ...others]) {
    const own = (reading = Symbol());
    showError(byId("report-error"), null);
    status.textContent = `Reading ${visibleText(file.name)}`;
    try {
      const { text, name, remark } = await readReport(file);
      if (own !== reading) return; // Another file was chosen meanwhile.
      setText(text, name, [remark, others.length ? "the first of several files" : null].filter(Boolean).join(", ") || null);
    } catch (error) {
      if (own !== reading) return;
      status.textContent = "";
      showError(byId("report-error"), error, () => take([file, ...others]));
    }
  }

  takeFiles(byId("report-drop"), byId("report-open"), byId("report-file"), take);
  input.addEventListener("input", measure);
  byId("report-example").addEventListener("click", () => setText(exampleReport, "Example", "made up"));
  byId("finding-filter").addEventListener("input", filter);
  byId("report-edit").addEventListener("click", () => switchTo("form"));
  byId("report-new").addEventListener("click", () => {
    setText("", "");
    switchTo("form");
  });
  byId("panes").addEventListener("click", (event) => event.target.dataset.pane && choosePane(event.target.dataset.pane));
  measure();
}

/** A server that reads names would take the text of "page.html" for markup, which it no longer has. */
const plainName = (name) => name.trim().replace(/\.x?html?$/i, "") || "Report";

function switchTo(view) {
  byId("results").hidden = view !== "results";
  byId("report-form").hidden = view === "results";
  if (view === "form") byId("report-text").focus();
}

/** Where there is no room for both, the text or the findings are shown, each where it was left. */
function choosePane(pane) {
  const { dataset } = byId("columns");
  if (dataset.pane === pane) return;
  positions[dataset.pane] = scrollY;
  dataset.pane = pane;
  if (getComputedStyle(byId("panes")).display !== "none") scrollTo(0, positions[pane] ?? 0);
  for (const each of byId("panes").children) each.setAttribute("aria-pressed", each.dataset.pane === pane);
}
