// Indicators so that no program makes a link of them, as `securebert analyze --defang` writes them.

const bracketed = (text, marks = ".:@") => [...text].map((each) => (marks.includes(each) ? `[${each}]` : each)).join("");

export function defanged({ type, value, port }) {
  if (type === "url") return defangedURL(value);
  if (type === "domain" || type === "ipv4") return bracketed(value) + (port ? `:${port}` : "");
  if (type === "ipv6") return port ? `[${bracketed(value)}]:${port}` : bracketed(value);
  return type === "cidr" || type === "email" ? bracketed(value) : value;
}

function defangedURL(value) {
  const [, scheme, host, rest] = value.match(/^(?:([a-z]+):\/\/)?([^/?#]*)([^]*)$/i);
  if (!scheme) return bracketed(host, ".") + rest;
  return `${scheme.replace(/^http/, "hxxp")}[:]//${bracketed(host, ".@")}${rest}`;
}

export const isDefangable = (type) => ["url", "domain", "ipv4", "ipv6", "cidr", "email"].includes(type);
