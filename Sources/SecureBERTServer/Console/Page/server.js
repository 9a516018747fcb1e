// The tab that tells of the server: whether it is well, its models, its index, its counters.
import { byId, element, grouped } from "./dom.js";
import { get, respond } from "./api.js";
import { metrics } from "./metrics.js";
import { showError } from "./job.js";
import { visibleText } from "./visible.js";

const states = { ready: "Ready", busy: "Not ready", key: "Key needed", gone: "No answer" };
/** Milliseconds between looks at the counters while the tab is shown. */
const interval = 5000;

export function startServer() {
  byId("server-refresh").addEventListener("click", refresh);
  setInterval(() => !byId("server").hidden && !document.hidden && refresh(), interval);
  checkHealth();
  setInterval(() => !document.hidden && checkHealth(), 30_000);
}

/** The small sign at the top. */
export async function checkHealth() {
  let [state, version] = ["gone", ""];
  try {
    await respond("health", { isQuiet: true });
    const info = await get("info", { isQuiet: true });
    [state, version] = ["ready", info.version ?? ""];
  } catch (error) {
    if (error.status === 401) state = "key";
    else if (error.status) state = "busy";
  }
  const sign = byId("server-state");
  sign.dataset.state = state;
  sign.querySelector(".words").textContent = visibleText(`${states[state]}${version ? ` · ${version}` : ""}`);
}

export async function refresh() {
  try {
    const [info, ready, counters] = await Promise.all([get("info", { isQuiet: true }), isReady(), readMetrics()]);
    byId("server-facts").replaceChildren(...[cards(info, ready, counters), models(info), index(info), settings(info), counterTable(counters)].filter(Boolean));
    showError(byId("server-error"), null);
    byId("server-time").textContent = `As of ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    showError(byId("server-error"), error, refresh);
  }
  checkHealth();
}

async function isReady() {
  return respond("ready", { isQuiet: true }).then(() => true, (error) => {
    if (error.status === 404) return null;
    if (error.status === 503) return false;
    throw error;
  });
}

/** Counters are a help, no more: a server may keep them to itself. */
async function readMetrics() {
  return respond("metrics", { isQuiet: true }).then((response) => response.text()).then(metrics, () => []);
}

/** Requests that only look after the server, such as those of this tab, and for parts of this page. */
const own = /route="\/(health|ready|info|metrics|[\w-]*\.(js|css|svg))?"/;

function time(seconds) {
  if (seconds === null) return null;
  const [unit, length] = [["days", 86400], ["h", 3600], ["min", 60], ["s", 1]].find(([, each]) => seconds >= each * 2) ?? ["s", 1];
  return `${grouped(Math.floor(seconds / length))} ${unit}`;
}

function cards(info, ready, counters) {
  const sum = (pattern, condition = () => true) => {
    const family = counters.filter(({ name }) => pattern.test(name));
    return family.length ? family.filter(({ labels }) => condition(labels)).reduce((total, { value }) => total + value, 0) : null;
  };
  const facts = [
    ["Version", info.version], ["Ready", ready === null ? null : ready ? "yes" : "no"], ["Models", info.models?.length],
    ["Waiting", sum(/queue_size$/)], ["Requests", sum(/requests_total$/, (labels) => !own.test(labels))],
    ["Refused", sum(/requests_total$/, (labels) => labels.includes('status="429"'))], ["Up for", time(sum(/uptime_seconds$/))],
  ].filter(([, value]) => value !== null && value !== undefined);
  return element("dl.cards", {}, facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, typeof value === "number" ? grouped(value) : value))));
}

const columns = { id: "Model", task: "Task", max_input_length: "Longest input", layers: "Layers", hidden_size: "Hidden size", labels: "Labels", license: "Licence" };

function models({ models: all }) {
  if (!all?.length) return null;
  const keys = Object.keys(columns).filter((key) => all.some((model) => model[key] !== undefined && model[key] !== null));
  return table("Models", keys.map((key) => columns[key]), all.map((model) => keys.map((key) => shown(key === "labels" ? kinds(model.labels) : model[key]))));
}

/** Labels without the "B-" and "I-" of tags. */
const kinds = (labels) => labels && [...new Set(labels.map((label) => label.replace(/^[BI]-/, "")))].filter((label) => label !== "O");

function index(info) {
  if (!("index" in info)) return null;
  return info.index ? pairs("Index", info.index)
    : element("section", {}, element("h2", {}, "Index"), element("p.note", {}, "None; start the server with --index to search."));
}

/** What else the server says of itself: limits and the like. */
function settings(info) {
  const others = Object.entries(info).filter(([key, value]) => !["models", "index", "routes", "version"].includes(key) && value !== null && typeof value !== "object");
  return others.length ? pairs("Settings", Object.fromEntries(others)) : null;
}

const words = (key) => key.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

function pairs(title, object) {
  const rows = Object.entries(object).filter(([, value]) => value !== null);
  return element("section", {}, element("h2", {}, title), element("dl.pairs", {}, rows.flatMap(([key, value]) => [element("dt", {}, words(key)), element("dd", {}, shown(value))])));
}

function shown(value) {
  if (value === undefined || value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? grouped(value) : String(value);
  if (Array.isArray(value)) return value.length > 12 ? `${value.slice(0, 12).map(shown).join(", ")} and ${value.length - 12} more` : value.map(shown).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([key, each]) => `${words(key)} ${shown(each)}`).join(", ");
  return String(value);
}

function counterTable(counters) {
  const rows = counters.filter(({ name }) => !/_bucket$/.test(name)).map(({ name, labels, value }) => [name, labels, grouped(Number(value.toPrecision(6)))]);
  if (!rows.length) return null;
  return element("details", {}, element("summary", {}, `All ${rows.length} counters`), table(null, ["Name", "Labels", "Value"], rows));
}

function table(title, heads, rows) {
  return element("section", {}, title ? element("h2", {}, title) : null,
    element("div.scroll", { tabindex: 0, role: "region", "aria-label": title ?? "Counters" }, element("table", {},
      element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell))))))));
}
