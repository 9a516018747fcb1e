// What text of strangers may hide: characters that turn the direction of writing, that have no width, or that are no
// characters. They are shown as their number, so that what is read is what is there.

const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udfff]|[\u{e0000}-\u{e007f}]/gu;

/** Nodes that show a text as it is. */
export function visible(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > end) nodes.push(document.createTextNode(text.slice(end, match.index)));
    nodes.push(badge(match[0]));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(document.createTextNode(text.slice(end)));
  return nodes;
}

/** The same as plain text, for labels. */
export function visibleText(text) {
  return text.replace(hidden, code);
}

function code(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function badge(character) {
  const span = document.createElement("span");
  span.className = "unseen";
  span.textContent = code(character);
  span.title = "A character that is not seen, or that changes how others are shown";
  return span;
}
