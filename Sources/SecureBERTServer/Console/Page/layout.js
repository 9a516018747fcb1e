// Where the marks of a text begin and end. Nothing here touches the page.

/**
 * Cuts a text into lines of pieces: `[[{ text, mark, passages }]]`. A piece has a mark, or is plain; `passages` are the
 * passages that it is part of. Marks are never cut: of two that overlap the one that comes first wins, then the longer
 * one, and passages begin and end around marks. Lines keep their line break.
 * @param marks `{ start, end, … }` in UTF-16 units, in any order
 * @param passages `{ start, end, … }`, may overlap
 */
export function layout(text, marks, passages) {
  const kept = separate(marks);
  const around = passages.map((passage) => widened(passage, kept)).sort((a, b) => a.start - b.start);
  const cuts = new Set([0, text.length]);
  for (const { start, end } of [...kept, ...around]) cuts.add(start).add(end);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) cuts.add(at + 1);

  const lines = [[]];
  let [mark, next] = [0, 0];
  let open = [];
  let start = 0;
  for (const end of [...cuts].sort((a, b) => a - b)) {
    while (mark < kept.length && kept[mark].end <= start) mark += 1;
    const current = kept[mark]?.start <= start ? kept[mark] : null;
    if (end === 0 || (current && end < current.end)) continue; // A line break inside a mark.
    while (next < around.length && around[next].start <= start) open.push(around[next++]);
    open = open.filter((passage) => passage.end > start);
    const piece = { text: text.slice(start, end), mark: current, passages: open.map((passage) => passage.of) };
    lines.at(-1).push(piece);
    if (piece.text.endsWith("\n")) lines.push([]);
    start = end;
  }
  return lines.filter((line) => line.length);
}

function separate(marks) {
  const sorted = marks.toSorted((a, b) => a.start - b.start || b.end - a.end);
  let end = 0;
  return sorted.filter((mark) => {
    if (mark.start < end || mark.end <= mark.start) return false;
    end = mark.end;
    return true;
  });
}

/** A passage that does not begin or end inside a mark. */
function widened(passage, marks) {
  const at = (offset) => marks[firstEndingAfter(marks, offset)];
  const [first, last] = [at(passage.start), at(passage.end)];
  return {
    of: passage,
    start: first?.start < passage.start ? first.start : passage.start,
    end: last?.start < passage.end ? last.end : passage.end,
  };
}

function firstEndingAfter(marks, offset) {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle].end > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
