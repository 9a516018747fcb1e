// The text of an HTML page. The browser's own parser would report every style and handler of the page as a violation of
// this page's policy, and needs trust that a report has not earned; tags are simply left out here.

const blocks = new Set(("address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 " +
  "header hr li main nav ol p pre section summary table tbody td tfoot th thead title tr ul").split(" "));
const unread = new Set(["head", "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "select"]);
const named = {
  amp: "&", lt: "<", gt: ">", quot: "\"", apos: "'", nbsp: " ", ndash: "–", mdash: "—", hellip: "…", bull: "•", middot: "·",
  lsquo: "‘", rsquo: "’", sbquo: "‚", ldquo: "“", rdquo: "”", bdquo: "„", laquo: "«", raquo: "»", copy: "©", reg: "®", trade: "™",
  times: "×", deg: "°", sect: "§", para: "¶", euro: "€", pound: "£", shy: "", zwnj: "", zwj: "",
};

/** The text of a page, block by block on lines of its own. Takes time in proportion to the length, whatever it contains. */
export function textOfPage(html) {
  let text = "";
  let end = 0;
  let preformatted = 0;
  const add = (piece) => {
    const plain = characters(piece);
    text += preformatted ? plain : plain.replace(/[ \t\r\n\f]+/g, " ");
  };
  for (let start = html.indexOf("<"); start >= 0; start = html.indexOf("<", Math.max(end, start + 1))) {
    const tag = tagAt(html, start);
    if (!tag) continue;
    add(html.slice(end, start));
    end = tag.end;
    if (unread.has(tag.name) && !tag.isClosing) {
      end = afterClosing(html, tag.name, end);
    } else if (blocks.has(tag.name)) {
      if (tag.name === "pre") preformatted = Math.max(0, preformatted + (tag.isClosing ? -1 : 1));
      const isCell = tag.name === "td" || tag.name === "th";
      text += !isCell ? "\n" : tag.isClosing ? "\t" : "";
    }
  }
  add(html.slice(end));
  return text.split("\n").map(tidy).join("\n").replace(/\n{3,}/g, "\n\n").trim() + "\n";
}

/** Without blanks at the end, and without the one that is left of white space at the start; more than one is indentation. */
function tidy(line) {
  const trimmed = line.trimEnd();
  return /^ \S/.test(trimmed) ? trimmed.slice(1) : trimmed;
}

/** A tag, a comment or a declaration; null for a "<" that is just one. What is not closed goes on to the end of the page. */
function tagAt(html, start) {
  const next = html[start + 1] ?? "";
  if (next === "!" || next === "?") {
    const isComment = html.startsWith("<!--", start);
    const close = html.indexOf(isComment ? "-->" : ">", start);
    return { name: "", end: close < 0 ? html.length : close + (isComment ? 3 : 1) };
  }
  const isClosing = next === "/";
  const first = start + (isClosing ? 2 : 1);
  if (!/[a-z]/i.test(html[first] ?? "")) return null;
  let at = first;
  while (at < html.length && !/[\s/>]/.test(html[at])) at += 1;
  const name = html.slice(first, at).toLowerCase();
  while (at < html.length && html[at] !== ">") at = html[at] === "=" ? afterValue(html, at + 1) : at + 1;
  return { name, isClosing, end: Math.min(html.length, at + 1) };
}

/** Where the value of an attribute ends that begins behind its "=": quoted, or up to white space. */
function afterValue(html, start) {
  let at = start;
  while (/\s/.test(html[at] ?? "")) at += 1;
  if (html[at] === "\"" || html[at] === "'") {
    const close = html.indexOf(html[at], at + 1);
    return close < 0 ? html.length : close + 1;
  }
  while (at < html.length && !/[\s>]/.test(html[at])) at += 1;
  return at;
}

function afterClosing(html, name, start) {
  const closing = new RegExp(`</${name}\\s*>`, "gi");
  closing.lastIndex = start;
  return closing.exec(html) ? closing.lastIndex : html.length;
}

function characters(text) {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));/g, (all, decimal, hex, name) => {
    if (name) return named[name] ?? all;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
  });
}
