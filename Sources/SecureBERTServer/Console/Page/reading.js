// Files as text: what a browser can read without help. Everything else is refused with a sentence.
import { bytes } from "./dom.js";
import { visibleText } from "./visible.js";
import { textOfPage } from "./markup.js";

/** Above this, a text box becomes too slow to use; the command line has no such limit. */
const limit = 16_000_000;

/** The text of a file and what is to be known of it: `{ name, text, remark }`. Throws an error with a sentence. */
export async function readText(file, { isReport = true } = {}) {
  const name = visibleText(file.name);
  const command = isReport ? "securebert analyze" : "securebert scan";
  if (file.size > limit) {
    throw new Error(`${name} has ${bytes(file.size)}, this page reads at most ${bytes(limit)}; use ${command} on the command line`);
  }
  const data = new Uint8Array(await file.arrayBuffer());
  if (startsWith(data, "%PDF-")) {
    throw new Error(`${name} is a PDF, this page reads text, Markdown and HTML; convert it with pdftotext, or use ${command} on the command line`);
  }
  const { text, remark } = decode(data, name);
  if (isReport && (/\.html?$/i.test(file.name) || /^\s*<(!doctype html|html)[\s>]/i.test(text.slice(0, 1000)))) {
    return { name: file.name, text: textOfPage(text), remark: "without the markup" };
  }
  return { name: file.name, text, remark };
}

const startsWith = (data, word) => [...word].every((letter, index) => data[index] === letter.charCodeAt(0));

function decode(data, name) {
  const isUTF16 = (data[0] === 0xff && data[1] === 0xfe) || (data[0] === 0xfe && data[1] === 0xff);
  if (isUTF16) return { text: new TextDecoder(data[0] === 0xff ? "utf-16le" : "utf-16be").decode(data), remark: "from UTF-16" };
  if (data.includes(0)) throw new Error(`${name} is no text: it contains zero bytes`);
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(data), remark: null };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(data), remark: "read as Windows-1252, since it is no UTF-8" };
  }
}

/** Lets files be dropped on a part of the page or chosen with a button. Text that is dropped goes where it falls. */
export function takeFiles(zone, opener, input, take) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // Children report entering and leaving, too.
  const show = (change) => {
    depth = change === 0 ? 0 : Math.max(0, depth + change);
    zone.classList.toggle("over", depth > 0);
  };
  zone.addEventListener("dragenter", (event) => hasFiles(event) && show(1));
  zone.addEventListener("dragleave", (event) => hasFiles(event) && show(-1));
  zone.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  zone.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(0);
    take([...event.dataTransfer.files]);
  });
  opener.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(files);
  });
}

/** A file that misses its target must not replace the page. */
export function ignoreStrayFiles() {
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
}
