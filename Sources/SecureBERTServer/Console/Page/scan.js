// The tab for source code: files in, functions in the order in which to read them out.
import { byId, bytes, counted } from "./dom.js";
import { drawScan } from "./source.js";
import { exampleCode } from "./examples.js";
import { job, showError } from "./job.js";
import { post } from "./api.js";
import { readText, takeFiles } from "./reading.js";
import { visibleText } from "./visible.js";

/** Files that are not in the text box, because there are several. */
let files = [];

export function startScan() {
  const [input, name, list] = ["code-text", "code-name", "code-files"].map(byId);

  function setFiles(added) {
    files = added.length > 1 ? added : [];
    if (added.length === 1) [input.value, name.value] = [added[0].content, added[0].path];
    const size = files.reduce((sum, { content }) => sum + content.length, 0);
    const names = files.slice(0, 5).map(({ path }) => visibleText(path)).join(", ");
    list.textContent = files.length ? `${counted(files.length, "file")}, ${bytes(size)}: ${names}${files.length > 5 ? ", …" : ""}` : "";
    list.hidden = files.length === 0;
    input.hidden = files.length > 0;
    name.closest("label").hidden = files.length > 0;
    byId("code-clear").hidden = files.length === 0;
    showError(byId("code-error"), null);
  }

  takeFiles(byId("code-drop"), byId("code-open"), byId("code-file"), async (taken) => {
    try {
      const read = await Promise.all(taken.map(readText));
      setFiles(read.map((each) => ({ path: each.name, content: each.text })));
      byId("code-run").focus();
    } catch (error) {
      showError(byId("code-error"), error);
    }
  });
  byId("code-clear").addEventListener("click", () => setFiles([]));
  byId("code-example").addEventListener("click", () => {
    setFiles([exampleCode]);
    byId("code-threshold").value = exampleCode.threshold;
    byId("code-run").focus();
  });

  job(byId("code-form"), "code", "Scanning", async (signal) => {
    const sent = files.length ? files : [{ path: name.value.trim() || "pasted.c", content: input.value }];
    if (!sent.some(({ content }) => content.trim())) throw new Error("there is no code yet; paste some or open files");
    const asked = { files: sent.map(({ path, content }) => ({ path, content: content.toWellFormed() })) };
    if (byId("code-threshold").value !== "") asked.threshold = byId("code-threshold").valueAsNumber;
    const report = await post("v1/scan", asked, { signal });
    drawScan(byId("code-results"), report, asked.files);
    byId("code-results").scrollIntoView({ block: "start" });
    const { functions = 0 } = report.summary ?? {};
    const count = report.findings?.length ?? 0;
    return `${counted(functions, "function")} read, ${count ? `${counted(count, "finding")}` : "none"} with a score of ${report.threshold.toFixed(2)} or more`;
  });
}
