// Tabs as the ARIA practices describe them: one stop of the tab key, arrow keys, Home and End go from tab to tab.

/** Makes a tab list work. `onselect` is called with the id of the panel. Returns a function that selects a panel by id. */
export function tabs(list, onselect = () => {}) {
  const all = [...list.querySelectorAll("[role=tab]")];

  function select(id, { focus = false } = {}) {
    const chosen = all.find((tab) => tab.getAttribute("aria-controls") === id);
    if (!chosen) return;
    for (const tab of all) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
    if (focus) chosen.focus();
    chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
    onselect(id);
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) select(tab.getAttribute("aria-controls"));
  });
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(event.target.closest("[role=tab]"));
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    select(all.at(next % all.length).getAttribute("aria-controls"), { focus: true });
  });
  return select;
}
