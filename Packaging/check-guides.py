#!/usr/bin/env python3
"""Checks what the guides show: configurations are of the format they claim to be, the workflow fits the schema of workflows, the commands and
options of securebert exist, links lead somewhere, and the jq program makes of enriched records what Elasticsearch's bulk interface reads.

usage: Packaging/check-guides.py BINARY (with check-jsonschema and PyYAML on PYTHONPATH, jq on PATH)
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

import yaml

GUIDES = pathlib.Path("Documentation/guides")
RECORDS = [
    {"message": "Mimikatz dumped lsass; the host spoke to 203.0.113[.]9 for CVE-2023-4966", "related": {"ip": "192.0.2.1"}},
    {"note": "without the field"},
]
failures: list[str] = []


def blocks(text: str) -> list[tuple[str, str]]:
    """Languages and texts of the blocks of code, those in lists as well."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [(language, body) for _, language, body in found]


def check_formats(name: str, language: str, body: str) -> None:
    try:
        if language == "yaml":
            document = yaml.safe_load(body)
            # YAML 1.1 takes the key "on" for true.
            if "jobs" in document:
                check_workflow(name, body)
        elif language == "json":
            json.loads(body)
        elif language == "toml":
            tomllib.loads(body)
    except (yaml.YAMLError, ValueError) as error:
        failures.append(f"{name}: a block of {language} is none: {error}")


def check_workflow(name: str, body: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(body)
        file.flush()
        run = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", file.name], capture_output=True, text=True)
        if run.returncode != 0:
            failures.append(f"{name}: the workflow does not fit the schema: {run.stdout}{run.stderr}")


def check_commands(name: str, body: str, options: dict[str, set[str]]) -> int:
    """Every `securebert COMMAND --option` in a block exists. Returns how many there were."""
    count = 0
    for words in re.findall(r"\bsecurebert ([a-z-]+(?: [^|;&<>\n`]*)?)", body):
        parts = words.split()
        path = parts[0]
        if path not in options:
            continue
        if len(parts) > 1 and f"{path} {parts[1]}" in options:
            path = f"{path} {parts[1]}"
        count += 1
        for option in re.findall(r"(?<!\S)--[a-z-]+", words):
            if option not in options[path]:
                failures.append(f"{name}: securebert {path} has no {option}")
    return count


def known_options(binary: str) -> dict[str, set[str]]:
    root = json.loads(subprocess.run([binary, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout)["command"]
    found: dict[str, set[str]] = {}

    def visit(command: dict, path: list[str]) -> None:
        names = {"--" + name["name"] for item in command.get("arguments", []) for name in item.get("names", [])}
        found[" ".join(path)] = names
        for inner in command.get("subcommands", []):
            visit(inner, [*path, inner["commandName"]])

    visit(root, [])
    return found


def check_bulk(binary: str, program: str) -> None:
    lines = "".join(json.dumps(record) + "\n" for record in RECORDS)
    enriched = subprocess.run([binary, "enrich", "--quiet"], input=lines, check=True, capture_output=True, text=True).stdout
    bulk = subprocess.run(["jq", "-c", program], input=enriched, check=True, capture_output=True, text=True).stdout
    actions, documents = bulk.splitlines()[::2], [json.loads(line) for line in bulk.splitlines()[1::2]]
    if [json.loads(action) for action in actions] != [{"create": {}}] * len(RECORDS) or len(documents) != len(RECORDS):
        failures.append(f"the jq program does not write an action before each document: {bulk}")
        return
    first, second = documents
    expected = {
        "related.ip": (first["related"]["ip"], ["192.0.2.1", "203.0.113.9"]),
        "vulnerability.id": (first["vulnerability"]["id"], ["CVE-2023-4966"]),
        "threat.software.id": (first["threat"]["software"]["id"], ["S0002"]),
        "ecs.version": (second["ecs"]["version"], "8.17.0"),
        "note": (second["note"], RECORDS[1]["note"]),
    }
    for field, (found, wanted) in expected.items():
        if found != wanted:
            failures.append(f"the jq program gives {field} {found}, expected {wanted}")


def main() -> None:
    binary = sys.argv[1]
    options = known_options(binary)
    commands = 0
    for path in sorted(GUIDES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for language, body in blocks(text):
            check_formats(path.name, language, body)
            commands += check_commands(path.name, body, options)
            if language == "jq":
                check_bulk(binary, body)
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            if not (path.parent / link).exists():
                failures.append(f"{path.name}: the link {link} leads nowhere")
    if commands < 15:
        failures.append(f"only {commands} commands were found in the guides")
    if failures:
        sys.exit("check-guides: " + "\ncheck-guides: ".join(failures))
    print(f"guides: {commands} commands with options that exist, formats, workflow and jq program as claimed")


main()
