// One request of a form at a time: says that it works and for how long, can be cancelled, shows what went wrong.
import { button, element, sentence } from "./dom.js";
import { visible, visibleText } from "./visible.js";

/** Shows an error in a box, with a way to try again where that may help; null hides it. */
export function showError(box, error, retry = null) {
  box.hidden = !error;
  box.replaceChildren();
  if (!error) return;
  box.append(...visible(sentence(error.message ?? String(error))));
  if (error.id) box.append(" ", element("span.note", {}, `Request ${error.id}`));
  const mayHelp = [0, 401, 429, 502, 503, 504].includes(error.status);
  if (retry && mayHelp) box.append(" ", retryButton(error.retryAfter, retry));
}

/** Can be pressed after the time for which the server wants to be left alone. */
function retryButton(seconds, retry) {
  const made = button("", null, retry, "Try again");
  if (!seconds) return made;
  const end = Date.now() + Math.min(seconds, 3600) * 1000;
  made.disabled = true;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    made.disabled = left > 0;
    made.textContent = left > 0 ? `Try again in ${left} s` : "Try again";
    if (left > 0 && made.isConnected) setTimeout(tick, 250);
  };
  queueMicrotask(tick);
  return made;
}

/**
 * Connects a form with its work: `name`-run, -cancel, -status and -error are the ids of its parts.
 * `work(signal)` returns the sentence that says what was done, or null; errors are shown. Ctrl Enter submits.
 */
export function job(form, name, doing, work) {
  const part = (suffix) => document.getElementById(`${name}-${suffix}`);
  const [run, cancel, status, error] = ["run", "cancel", "status", "error"].map(part);
  let controller = null;

  async function start() {
    if (controller) return;
    controller = new AbortController();
    const began = performance.now();
    // Seconds are drawn by the style sheet: as text, they would be read out one after the other.
    const timer = setInterval(() => {
      status.dataset.seconds = Math.floor((performance.now() - began) / 1000);
    }, 1000);
    showError(error, null);
    form.setAttribute("aria-busy", "true");
    run.disabled = true;
    cancel.hidden = false;
    status.textContent = `${doing} …`;
    try {
      status.textContent = visibleText((await work(controller.signal, began)) ?? "");
    } catch (problem) {
      status.textContent = problem.name === "AbortError" ? "Cancelled" : "";
      if (problem.name !== "AbortError") showError(error, problem, start);
    } finally {
      clearInterval(timer);
      delete status.dataset.seconds;
      form.removeAttribute("aria-busy");
      run.disabled = false;
      cancel.hidden = true;
      controller = null;
    }
  }

  cancel.addEventListener("click", () => controller?.abort());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  return start;
}
