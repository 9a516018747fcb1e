// What can be found in a report: how it is named, shortened and coloured. Colours are numbers of the palette in report.css.

const entityKinds = {
  Malware: ["MAL", 0], "Threat-Actor": ["ACT", 5], ThreatActor: ["ACT", 5], Tool: ["TOOL", 6], Vulnerability: ["VUL", 3],
  System: ["SYS", 2], Organization: ["ORG", 1], Indicator: ["IND", 4],
};

const indicatorKinds = {
  ipv4: ["IPv4 address", "IP", 4], ipv6: ["IPv6 address", "IP6", 4], cidr: ["network", "NET", 4], domain: ["domain", "DOM", 4],
  url: ["URL", "URL", 4], email: ["e-mail address", "MAIL", 4], asn: ["autonomous system", "ASN", 4], mac: ["MAC address", "MAC", 4],
  "user-agent": ["user agent", "UA", 4],
  md5: ["MD5", "MD5", 6], sha1: ["SHA-1", "SHA1", 6], sha256: ["SHA-256", "SHA256", 6], sha512: ["SHA-512", "SHA512", 6],
  "file-name": ["file name", "FILE", 6], "file-path": ["file path", "PATH", 6],
  "registry-key": ["registry key", "REG", 7], mutex: ["mutex", "MTX", 7],
  cve: ["CVE", "CVE", 3], cwe: ["CWE", "CWE", 3],
  "attack-technique": ["ATT&CK technique", "TTP", 5], "attack-tactic": ["ATT&CK tactic", "TAC", 5],
  "attack-group": ["ATT&CK group", "GRP", 5], "attack-software": ["ATT&CK software", "SW", 5],
  "attack-mitigation": ["ATT&CK mitigation", "MIT", 5],
  "yara-rule": ["YARA rule", "YARA", 8], "sigma-rule": ["Sigma rule", "SIGMA", 8],
  bitcoin: ["Bitcoin address", "BTC", 9], monero: ["Monero address", "XMR", 9],
};

/** Below this confidence, a mark is drawn as a dashed outline. */
export const unsure = 0.6;

/** The order of types: what is acted on first. Types that are not known come last. */
export function rank(source, type) {
  const at = Object.keys(source === "entity" ? entityKinds : indicatorKinds).indexOf(type);
  return at < 0 ? 100 : at;
}

/** Types of models that are not known get one of the colours by their name, always the same. */
function colourOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return sum % 10;
}

/** `{ name, short, colour }` of a type of `"entity"` or `"indicator"`. */
export function kind(source, type) {
  if (source === "entity") {
    const [short, colour] = Object.hasOwn(entityKinds, type) ? entityKinds[type] : [type.slice(0, 4).toUpperCase(), colourOf(type)];
    return { name: type, short, colour };
  }
  const [name, short, colour] = Object.hasOwn(indicatorKinds, type) ? indicatorKinds[type] : [type, type.slice(0, 5).toUpperCase(), colourOf(type)];
  return { name, short, colour };
}

const tacticOrder = [
  "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
  "credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
];

/** Tactics in the order of the ATT&CK matrix; unknown ones come last. */
export function tacticRank(tactic) {
  const rank = tacticOrder.indexOf(tactic);
  return rank < 0 ? tacticOrder.length : rank;
}

export const tacticName = (tactic) => {
  const words = tactic.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};
