// Files as text: of plain text and Markdown what is in them; PDF and HTML are read by the server, as `securebert analyze` reads them.
import { bytes } from "./dom.js";
import { post } from "./api.js";
import { visibleText } from "./visible.js";

/** Above this, a text box becomes too slow to use; the command line has no such limit. */
const limit = 16_000_000;

/** The text of a report and what is to be known of it: `{ name, text, remark }`. Throws an error with a sentence. */
export async function readReport(file) {
  const head = new TextDecoder("windows-1252").decode(await file.slice(0, 1000).arrayBuffer());
  if (head.startsWith("%PDF-")) return readByServer(file, file.name, "from PDF");
  const isNamed = /\.html?$/i.test(file.name);
  if (isNamed || /^\s*<(!doctype html|html)[\s>]/i.test(head)) {
    return readByServer(file, isNamed ? file.name : `${file.name}.html`, "without the markup");
  }
  return readText(file);
}

async function readByServer(file, name, remark) {
  const form = new FormData();
  form.append("file", file, name);
  const { text } = await post("v1/text", form);
  if (text.length > limit) throw tooLong(file, text.length);
  return { name: file.name, text, remark };
}

/** The text of a file that is text. Throws an error with a sentence. */
export async function readText(file) {
  if (file.size > limit) throw tooLong(file, file.size);
  const { text, remark } = decode(new Uint8Array(await file.arrayBuffer()), visibleText(file.name));
  return { name: file.name, text, remark };
}

const tooLong = (file, size) =>
  new Error(`${visibleText(file.name)} has ${bytes(size)} of text, this page takes at most ${bytes(limit)}; use securebert on the command line`);

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
