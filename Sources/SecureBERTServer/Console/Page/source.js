// The answer of a scan: functions by score, and the source with the lines that made the model think so.
import { button, element, flash, reveal, score, share } from "./dom.js";

export function drawScan(area, report, files) {
  const findings = (report.findings ?? []).toSorted((a, b) => b.score - a.score);
  const sources = files
    .map((file) => ({ ...file, findings: findings.filter(({ path }) => path === file.path || path?.endsWith(`/${file.path}`)) }))
    .filter((file) => file.findings.length || files.length === 1)
    .map(drawSource);
  const show = (finding, line) => {
    const lines = sources.find((each) => each.findings.includes(finding))?.lines;
    const target = lines?.[line - 1];
    if (!target) return;
    reveal(target);
    flash(line === finding.startLine ? lines.slice(finding.startLine - 1, finding.endLine) : [target]);
  };
  area.replaceChildren(
    worth(report),
    ...(report.notifications ?? []).map(({ level, message, path }) => element(`p.notice.${level === "error" ? "error" : "remark"}`, {}, path ? `${path}: ` : "", message)),
    element("div.columns.code", {},
      element("div.sources", {}, sources.map((each) => each.element)),
      findings.length ? element("ol.scan", { "aria-label": "Findings" }, findings.map((each) => item(each, show)))
        : element("p.empty", {}, "No function reached the threshold. That is no proof that there is nothing: the model misses much.")));
}

/** What a finding is worth: how often the model was right on functions that are known. */
function worth({ measured, threshold }) {
  const rows = measured?.thresholds ?? [];
  const row = rows.findLast((each) => each.score <= threshold + 1e-9) ?? rows[0];
  const box = element("p.notice.remark.worth", {}, element("strong", {}, "Triage, not proof."), " ");
  if (!row) {
    box.append("How often this model is right has not been measured.");
    return box;
  }
  const percent = (value) => `${Math.round(value * 100)} %`;
  const [low, high] = row.precisionInterval95 ?? [];
  const interval = low === undefined ? "" : ` (${percent(low)} to ${percent(high)})`;
  const all = measured.functions ? `, of all functions there ${percent(measured.vulnerable / measured.functions)}` : "";
  box.append(`Of functions with a score of ${score(row.score)} or more, ${percent(row.precision)}${interval} were vulnerable in ${measured.data ?? "the test data"}${all}; ` +
    `${percent(row.recall)} of the vulnerable ones were found. Where fewer functions are vulnerable, fewer findings are right.`);
  return box;
}

function item(finding, show) {
  const head = button(".function", "Show the function", () => show(finding, finding.startLine),
    element("span.id", {}, finding.qualifiedName || finding.name || "function"),
    element("span.note", {}, `${finding.path}, lines ${finding.startLine} to ${finding.endLine}`));
  const lines = (finding.lines ?? []).map(({ line, share: part, text }) => {
    const made = button(".quote", "Show the line", () => show(finding, line), element("span.number", {}, line), element("code", {}, text), element("span.note", {}, `${Math.round(part * 100)} %`));
    return element("li", {}, made);
  });
  const right = Number.isFinite(finding.precision) ? `${Math.round(finding.precision * 100)} % of such findings were right` : null;
  return element("li.finding", {},
    element("div.title", {}, head, share(finding.score)),
    element("p.note", {}, [finding.label, right, finding.suppression ? `silenced: ${finding.suppression}` : null].filter(Boolean).join(" · ")),
    element("ul.lines", {}, lines));
}

function drawSource({ path, content, findings }) {
  const parts = new Map();
  for (const finding of findings) for (const { line, share: part } of finding.lines ?? []) parts.set(line, Math.max(part, parts.get(line) ?? 0));
  const most = Math.max(...parts.values());
  const texts = content.split(/\r\n|\r|\n/);
  if (texts.at(-1) === "") texts.pop();
  const lines = texts.map((text, at) => {
    const number = at + 1;
    const part = parts.get(number);
    const inside = findings.some(({ startLine, endLine }) => startLine <= number && number <= endLine);
    const row = element("div.code-line", {}, element("span.line-number", {}, number), element("code", {}, text || " "));
    row.classList.toggle("inside", inside);
    if (part !== undefined) {
      row.classList.add("marked", `level-${Math.max(1, Math.ceil((part / most) * 4))}`);
      row.append(element("span.part", { "aria-label": "part of what speaks for the finding" }, `${Math.round(part * 100)} %`));
    }
    return row;
  });
  const body = element("div.code-lines", { tabindex: 0, role: "region", "aria-label": `Source of ${path}` }, lines);
  body.classList.toggle("large", lines.length > 2000);
  return { findings, lines, element: element("section.source", {}, element("h2", {}, path), body) };
}
