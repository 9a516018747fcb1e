// The page that `securebert serve` serves: starts its parts.
import { byId } from "./dom.js";
import { ignoreStrayFiles } from "./reading.js";
import { startCard } from "./card.js";
import { startKeys } from "./key.js";
import { startMask } from "./mask.js";
import { startReport } from "./report.js";
import { startScan } from "./scan.js";
import { startSearch } from "./search.js";
import { checkHealth, refresh, startServer } from "./server.js";
import { tabs } from "./tabs.js";

startKeys(checkHealth);
startCard();
startReport();
startMask();
startSearch();
startScan();
startServer();
ignoreStrayFiles();

const select = tabs(byId("tabs"), (id) => {
  history.replaceState(null, "", `#/${id}`); // The slash keeps browsers from scrolling to the panel.
  document.body.dataset.tab = id;
  if (id === "server") refresh();
});
const wanted = () => document.querySelector(`#tabs [aria-controls="${CSS.escape(location.hash.slice(2))}"]`)?.getAttribute("aria-controls");
window.addEventListener("hashchange", () => wanted() && select(wanted()));
select(wanted() ?? "report");

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("content").focus();
});
