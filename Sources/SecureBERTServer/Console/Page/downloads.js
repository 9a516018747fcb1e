// The same analysis as files for other programs. The server writes them: what the page shows and what they say is one thing.
import { button, byId, element, icon } from "./dom.js";
import { respond } from "./api.js";
import { showError } from "./job.js";

const formats = [
  { format: "navigator", label: "Navigator layer", ending: "navigator.json" },
  { format: "stix", label: "STIX bundle", ending: "stix.json" },
  { format: "misp", label: "MISP event", ending: "misp.json" },
  { format: "ecs", label: "Elastic (ECS)", ending: "ecs.ndjson" },
  { format: "json", label: "JSON", ending: "json" },
];
const markings = [["", "No TLP"], ["clear", "TLP:CLEAR"], ["green", "TLP:GREEN"], ["amber", "TLP:AMBER"], ["amber+strict", "TLP:AMBER+STRICT"], ["red", "TLP:RED"]];

/** Draws the buttons. `request()` is the document that the analysis was asked for with. */
export function drawDownloads(area, request) {
  const tlp = element("select", { "aria-label": "Marking of STIX, MISP and Elastic files" },
    markings.map(([value, label]) => element("option", { value }, label)));
  area.replaceChildren(...formats.map((each) => {
    const made = button(".download", `Download as ${each.label}`, () => download(each, made, request(), tlp.value), icon("download"), each.label);
    made.dataset.format = each.format;
    return made;
  }), tlp);
}

async function download({ format, ending }, made, request, tlp) {
  const error = byId("download-error");
  showError(error, null);
  made.disabled = true;
  made.setAttribute("aria-busy", "true");
  try {
    const document = { ...request, format };
    delete document.offsets; // Files count as the command line does.
    if (tlp && !["navigator", "json"].includes(format)) document.tlp = tlp;
    const response = await respond("v1/analyze", { document });
    save(await response.blob(), `${fileName(request.name)}.${ending}`);
  } catch (problem) {
    showError(error, problem, () => download({ format, ending }, made, request, tlp));
  } finally {
    made.disabled = false;
    made.removeAttribute("aria-busy");
  }
}

/** Without an ending and without what file systems do not take. */
function fileName(name) {
  return (name ?? "").replace(/\.[a-z]{1,8}$/i, "").replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+|-+$/g, "").slice(0, 100) || "report";
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const anchor = element("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
