#!/usr/bin/env python3
"""Measures extractors of indicators on labelled lines and prints a Markdown table: precision, recall and F1 per type.

    VENV/bin/python Benchmarks/indicators/compare.py Fixtures/indicators/lines.jsonl
    VENV/bin/python Benchmarks/indicators/compare.py Fixtures/indicators/lines.jsonl --ours .build/release/securebert
    VENV/bin/python Benchmarks/indicators/compare.py Fixtures/indicators/lines.jsonl --errors ioc-finder

VENV is a virtual environment outside the repository, with the versions the published figures were measured with:

    python3 -m venv VENV && VENV/bin/pip install iocextract==1.16.1 ioc-finder==9.4.1 requests==2.34.2

(iocextract imports requests but does not ask for it.) With --ours, `securebert indicators` reads the same lines.

A prediction is right if its line has a label of that type and value; each value counts once per line. Values of both
sides are compared in lower case, without a slash or punctuation at the end, doubled backslashes as one and hives of
the registry by their long names. What a system reports from inside a label of its line (the host of a URL, the domain
of an e-mail address) is neither right nor wrong. Both tools refang; each runs in a process of its own and a line that
takes longer than `--seconds` counts as found nothing. iocextract's URLs are taken with `strip`, with which it does
better; where it puts "http://" before something that had no scheme, that is taken off again, and if what remains is
a bare host that is labelled as a domain or an address, it is neither right nor wrong, because it has no type for it.
"""

import argparse
import json
import multiprocessing
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import unquote

TYPES = (
    "ipv4", "cidr", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "sha512", "cve", "cwe",
    "attack-technique", "attack-tactic", "attack-group", "attack-software", "attack-mitigation", "registry-key",
    "file-path", "file-name", "mutex", "user-agent", "bitcoin", "monero", "asn", "mac", "yara-rule", "sigma-rule",
)
IOC_FINDER_TYPES = {
    "ipv4s": "ipv4", "ipv6s": "ipv6", "ipv4_cidrs": "cidr", "ipv6_cidrs": "cidr", "domains": "domain", "urls": "url",
    "email_addresses": "email", "md5s": "md5", "sha1s": "sha1", "sha256s": "sha256", "sha512s": "sha512",
    "cves": "cve", "attack_techniques": "attack-technique", "attack_tactics": "attack-tactic",
    "attack_mitigations": "attack-mitigation", "registry_key_paths": "registry-key", "file_paths": "file-path",
    "user_agents": "user-agent", "bitcoin_addresses": "bitcoin", "monero_addresses": "monero", "asns": "asn",
    "mac_addresses": "mac",
}
SUPPORTED = {
    "iocextract": {"ipv4", "ipv6", "url", "email", "md5", "sha1", "sha256", "sha512", "yara-rule"},
    "ioc-finder": set(IOC_FINDER_TYPES.values()),
    "ours": set(TYPES),
}
HIVES = {
    "hklm": "hkey_local_machine", "hkcu": "hkey_current_user", "hkcr": "hkey_classes_root", "hku": "hkey_users",
    "hkcc": "hkey_current_config",
}
SCHEME = re.compile(r"^\W*\w{2,6}(://|:\\\\|\[:\]//|\[://\]|:?__)")
PUNCTUATION = ".,;:!?\"'`*|)]}>“”‘’"


def with_iocextract(text: str) -> list[tuple[str, str]]:
    import iocextract

    found = []
    plain = iocextract.extract_urls(text, refang=False, strip=True)
    for written, url in zip(plain, iocextract.extract_urls(text, refang=True, strip=True)):
        made_up = not SCHEME.match(written) and not re.match(r"[0-9a-fA-F]{8}|https?%3A", written)
        found.append(("bare", url.removeprefix("http://")) if made_up else ("url", url))
    for kind, extract in (("ipv4", iocextract.extract_ipv4s), ("email", iocextract.extract_emails)):
        found += [(kind, value) for value in extract(text, refang=True)]
    for kind in ("md5", "sha1", "sha256", "sha512"):
        found += [(kind, value) for value in getattr(iocextract, f"extract_{kind}_hashes")(text)]
    found += [("ipv6", value) for value in iocextract.extract_ipv6s(text)]
    rules = (re.search(r"\brule\s+(\w+)", rule) for rule in iocextract.extract_yara_rules(text))
    return found + [("yara-rule", name.group(1)) for name in rules if name]


def with_ioc_finder(text: str) -> list[tuple[str, str]]:
    from ioc_finder import find_iocs

    found = []
    for name, values in find_iocs(text, included_ioc_types=list(IOC_FINDER_TYPES)).items():
        if isinstance(values, dict):  # ATT&CK: a list per matrix
            values = [value for part in values.values() for value in part]
        found += [(IOC_FINDER_TYPES[name], value) for value in values]
    return found


TOOLS = {"iocextract": with_iocextract, "ioc-finder": with_ioc_finder}


def serve(name: str, connection) -> None:
    """Answers texts with what the tool finds, until the text is None."""
    TOOLS[name]("nothing")  # imports
    connection.send("ready")
    while (text := connection.recv()) is not None:
        connection.send(TOOLS[name](text))


class Limited:
    """A tool in a process of its own, which is ended and started anew when a text takes too long."""

    def __init__(self, name: str, seconds: float):
        self.name, self.seconds = name, seconds
        self._start()

    def _start(self) -> None:
        self.connection, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, args=(self.name, other), daemon=True)
        self.process.start()
        other.close()
        self.connection.recv()  # ready

    def find(self, text: str) -> list[tuple[str, str]] | None:
        """What the tool finds, or None if it takes too long."""
        self.connection.send(text)
        if self.connection.poll(self.seconds):
            return self.connection.recv()
        self.process.kill()
        self.process.join()
        self._start()
        return None

    def close(self) -> None:
        self.connection.send(None)
        self.process.join()


def normal(kind: str, value: str) -> str:
    """The form in which values are compared."""
    value = value.strip().lower()
    if kind in ("file-path", "registry-key"):
        value = value.replace("\\\\", "\\") if not value.startswith("\\\\") else value
    if kind == "registry-key":
        hive, separator, rest = value.partition("\\")
        value = HIVES.get(hive, hive) + separator + rest
    return value.rstrip(PUNCTUATION + "/\\") or value


def key_of(row: dict) -> tuple[str, int]:
    return row["source"], row["line"]


def read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def pairs_of(found) -> set[tuple[str, str]]:
    return {(kind, normal("url" if kind == "bare" else kind, value)) for kind, value in found}


def labels_of(row: dict) -> set[tuple[str, str]]:
    return pairs_of((indicator["type"], indicator["value"]) for indicator in row["indicators"])


def nested(kind: str, value: str, labels: set[tuple[str, str]]) -> bool:
    """Whether a prediction is a whole part of a label: of another type, or a URL with a scheme inside of a URL."""
    edge = r"[\w-]" if kind == "domain" else r"\w"
    pattern = re.compile(f"(?<!{edge}){re.escape(value)}(?!{edge})")
    for label, text in labels:
        places = [match.start() for form in (text, unquote(text)) for match in pattern.finditer(form)]
        if places and (label != kind or (value.startswith("http") and max(places) > 0)):
            return True
    return False


def judged(found: set[tuple[str, str]], labels: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The predictions that count, right or wrong."""
    values = {value for kind, value in labels if kind in ("domain", "ipv4", "ipv6")}
    counted = set()
    for kind, value in found:
        if kind == "bare":
            host = re.sub(r":\d+$", "", value)
            if host in values:
                continue
            kind = "url"
        if (kind, value) in labels or not nested(kind, value, labels):
            counted.add((kind, value))
    return counted


def predictions_of(name: str, rows: list[dict], seconds: float) -> tuple[list[set], list[dict]]:
    """Per row what the tool found, and the rows that took it too long."""
    tool, results, late = Limited(name, seconds), [], []
    for row in rows:
        found = tool.find(row["text"])
        if found is None:
            late.append(row)
        results.append(pairs_of(found or []))
    tool.close()
    return results, late


def ours_of(binary: Path, rows: list[dict]) -> list[set]:
    lines = "".join(json.dumps({"text": row["text"]}) + "\n" for row in rows)
    run = subprocess.run([binary, "indicators", "--input-format", "jsonl", "--jsonl"], input=lines, text=True,
                         capture_output=True, check=True)
    found = [labels_of(json.loads(line)) for line in run.stdout.splitlines()]
    if len(found) != len(rows):
        raise SystemExit(f"{binary} answered {len(found)} of {len(rows)} lines")
    return found


def count(results: list[set], rows: list[dict]) -> dict[str, Counter]:
    """Per type how many values are right, wrong and missed."""
    counts = defaultdict(Counter)
    for found, row in zip(results, rows):
        labels = labels_of(row)
        found = judged(found, labels)
        for what, pairs in (("right", found & labels), ("wrong", found - labels), ("missed", labels - found)):
            for kind, _ in pairs:
                counts[kind][what] += 1
    return counts


def figures(counts: Counter) -> str:
    right, wrong, missed = counts["right"], counts["wrong"], counts["missed"]
    precision = f"{right / (right + wrong):.3f}" if right + wrong else "n/a"
    recall = f"{right / (right + missed):.3f}" if right + missed else "n/a"
    f1 = f"{2 * right / (2 * right + wrong + missed):.3f}" if right + wrong + missed else "n/a"
    return f"{precision} / {recall} / {f1}"


def summed(counts: dict[str, Counter], kinds) -> Counter:
    return sum((counts[kind] for kind in kinds if kind in counts), Counter())


def print_table(systems: dict[str, dict[str, Counter]], rows: list[dict]) -> None:
    labelled = Counter(kind for row in rows for kind, _ in labels_of(row))
    alarms = {kind for counts in systems.values() for kind in counts}
    shown = [kind for kind in TYPES if labelled[kind] or kind in alarms]
    common = [kind for kind in shown if all(kind in SUPPORTED[name] for name in systems)]
    print("| type | labelled | " + " | ".join(systems) + " |")
    print("|---|---|" + "---|" * len(systems))
    for kind in shown:
        cells = [figures(counts[kind]) if kind in SUPPORTED[name] else "-" for name, counts in systems.items()]
        print(f"| {kind} | {labelled[kind]} | " + " | ".join(cells) + " |")
    for title, kinds in (("types all of them have", common), ("all types (a missing type is missed)", shown)):
        cells = [figures(summed(counts, kinds)) for counts in systems.values()]
        print(f"| {title} | {sum(labelled[kind] for kind in kinds)} | " + " | ".join(cells) + " |")


def print_notes(rows: list[dict], results: dict[str, list[set]], late: dict[str, list[dict]]) -> None:
    print(f"\n{len(rows)} lines, {sum(not row['indicators'] for row in rows)} of them without an indicator.")
    print("Cells are precision / recall / F1; labelled counts different values per line; - : the system has no such type.")
    hosts = 0
    for found, row in zip(results["iocextract"], rows):
        bare = {re.sub(r":\d+$", "", value) for kind, value in found if kind == "bare"}
        hosts += sum(kind == "domain" and value in bare for kind, value in labels_of(row))
    print(f"iocextract has no domains; it reports {hosts} of the labelled ones as URLs, which count neither way.")
    for name, slow in late.items():
        places = ", ".join(f"{source} line {line}" for source, line in map(key_of, slow))
        print(f"Lines on which {name} took too long (found nothing): {places or 'none'}.")


def print_errors(results: list[set], rows: list[dict]) -> None:
    for found, row in zip(results, rows):
        labels = labels_of(row)
        found = judged(found, labels)
        for sign, pairs in (("wrong", found - labels), ("missed", labels - found)):
            for kind, value in sorted(pairs):
                print(f"{sign:6s} {kind:16s} {row['source'][:30]}:{row['line']}  {value}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", type=Path, metavar="LABELLED.jsonl")
    parser.add_argument("--ours", type=Path, metavar="BINARY", help="the program securebert, measured besides")
    parser.add_argument("--seconds", type=float, default=20, help="limit per line of the public tools")
    parser.add_argument("--errors", choices=sorted(SUPPORTED), help="list this system's false alarms and misses instead")
    arguments = parser.parse_args()
    rows = read(arguments.labelled)
    if arguments.errors == "ours" and not arguments.ours:
        parser.error("--errors ours needs --ours")
    results, late = {}, {}
    for name in TOOLS:
        if arguments.errors in (None, name):
            results[name], late[name] = predictions_of(name, rows, arguments.seconds)
    if arguments.ours:
        results["ours"] = ours_of(arguments.ours, rows)
    if arguments.errors:
        print_errors(results[arguments.errors], rows)
        return 0
    print_table({name: count(found, rows) for name, found in results.items()}, rows)
    print_notes(rows, results, late)
    return 0


if __name__ == "__main__":
    sys.exit(main())
