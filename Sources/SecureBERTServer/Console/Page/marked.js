// The text of a report with its marks and the sentences that show techniques.
import { element, flash, reveal } from "./dom.js";
import { layout } from "./layout.js";
import { openCard } from "./card.js";
import { unsure } from "./kinds.js";

/** The text in `area`. `onpassage` is called with a passage that was clicked, `onback` before the focus goes back to where it came from. */
export class MarkedText {
  #area; #onpassage; #onback; #text = ""; #findings = null; #elements = new Map(); #origin = null;

  constructor(area, { onpassage, onback }) {
    this.#area = area;
    this.#onpassage = onpassage;
    this.#onback = onback;
    area.addEventListener("click", (event) => this.#click(event));
    area.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Draws a text. `shown` tells of a type of marks whether they are drawn. */
  draw(text, findings, shown) {
    [this.#text, this.#findings] = [text, findings];
    this.#elements = new Map();
    const marks = findings.marks.filter((mark) => shown(mark.type));
    const lines = layout(text, marks, shown("passages") ? findings.passages : []);
    this.#area.classList.toggle("large", text.length > 100_000);
    this.#area.replaceChildren(...lines.map((line) => element("div.line", { dir: "auto" }, line.map((piece, at) => this.#piece(piece, line[at + 1])))));
  }

  #piece({ text, mark, passages }, next) {
    const inner = mark ? this.#mark(mark, text) : text;
    if (!passages.length) return inner;
    const span = element(mark ? "span.passage.around" : "span.passage", {}, inner);
    for (const passage of passages) this.#remember(passage.id, span);
    span.passages = passages;
    const ended = passages.filter((passage) => !next?.passages.includes(passage));
    if (ended.length && !text.endsWith("\n")) span.dataset.shows = ended.flatMap((each) => each.techniques.map(({ id }) => id)).join(" ");
    return span;
  }

  #mark(mark, text) {
    const confidence = mark.found.score;
    const made = element(`mark.${mark.source}.colour-${mark.colour}`, {
      "data-short": mark.short, tabindex: -1, role: "button", "aria-haspopup": "dialog",
      "aria-description": Number.isFinite(confidence) ? `${mark.name}, confidence ${confidence.toFixed(2)}` : mark.name,
    }, text);
    made.classList.toggle("unsure", Number.isFinite(confidence) && confidence < unsure);
    made.mark = mark;
    this.#remember(mark, made);
    return made;
  }

  #remember(key, part) {
    const parts = this.#elements.get(key) ?? [];
    parts.push(part);
    this.#elements.set(key, parts);
  }

  /** Scrolls to a mark or to the passage with an id, and lets it light up; Escape leads back to `origin`. Returns false when it is not drawn. */
  show(key, origin) {
    const parts = this.#elements.get(key);
    if (!parts) return false;
    this.#origin = origin;
    reveal(parts[0]);
    flash(parts);
    this.#focus(parts[0]);
    return true;
  }

  /** A passage can be read from the keyboard without being one of its stops. */
  #focus(part) {
    if (!part.hasAttribute("tabindex")) part.tabIndex = -1;
    part.focus({ preventScroll: true });
  }

  #click(event) {
    if (getSelection().toString()) return; // Selecting text is no click.
    const mark = event.target.closest("mark");
    if (mark) return openCard(mark, mark.mark);
    const passage = event.target.closest(".passage");
    if (passage) this.#onpassage(passage.passages[0]);
  }

  #key(event) {
    if (event.key === "Escape" && this.#origin?.isConnected) {
      this.#onback();
      this.#origin.focus();
      return;
    }
    const mark = event.target.closest("mark");
    if (mark && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      return openCard(mark, mark.mark);
    }
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    const marks = [...this.#area.querySelectorAll("mark")];
    const at = marks.indexOf(mark);
    const next = at < 0 ? this.#firstVisible(marks) : marks[at + step];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  #firstVisible(marks) {
    const top = Math.max(0, this.#area.getBoundingClientRect().top);
    return marks.find((mark) => mark.getBoundingClientRect().top >= top) ?? marks[0];
  }
}
