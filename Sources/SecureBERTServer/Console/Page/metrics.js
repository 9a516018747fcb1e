// The text format of Prometheus, as far as a list of numbers needs it.

/** Samples as `{ name, labels, value }`; lines of another form are left out. */
export function metrics(text) {
  const samples = [];
  for (const line of text.split("\n")) {
    const match = line.match(/^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/);
    const value = Number(match?.[3]);
    if (match && Number.isFinite(value)) samples.push({ name: match[1], labels: match[2] ?? "", value });
  }
  return samples;
}
