#!/usr/bin/env python3
"""Validates documents that `securebert analyze` and `securebert scan` write: STIX bundles, MISP events, ATT&CK Navigator layers, ECS
documents, SARIF logs.

    python3 Scripts/parity/report_formats.py [--sarif-schema sarif-schema-2.1.0.json] FILE...

What a file is shows in its content. Exit code 1 when one is not valid; what is wrong with it goes to stderr. Needs no network.
Versions: stix2-validator 3.3.2, stix2 3.0.2, pymisp 2.5.34.4, jsonschema 4.26.0. The schema of SARIF is that of the OASIS repository
sarif-spec, sarif-2.1/schema/sarif-schema-2.1.0.json.

STIX: the OASIS validator with warnings as errors, all references within the bundle; ids of observables as the stix2
library computes them. Two recommendations are not checked: 103, ids of UUID version 4, since ours are of version 5 so
that the same report gives the same bundle; and 302, hashes of the web pages that external references name.
MISP: what pymisp loads and writes has the same attributes and tags, and types belong to their categories.
Navigator: the tables of layer format 4.5. ECS: fields and types of ECS 8.17, and values of fields that allow certain ones.
SARIF: the schema; rules, base ids, related locations and links that lead somewhere; GitHub's limits of an upload.
"""

import gzip
import ipaddress
import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pymisp
import stix2
from stix2validator import ValidationOptions, validate_parsed_json

OBSERVABLES = {"autonomous-system", "directory", "domain-name", "email-addr", "file", "ipv4-addr", "ipv6-addr", "mac-addr",
               "mutex", "url", "windows-registry-key"}


def stix_problems(bundle: dict) -> Iterator[str]:
    options = ValidationOptions(version="2.1", strict=True, enforce_refs=True, disabled="103,302")
    result = validate_parsed_json(bundle, options)
    yield from (str(problem) for problem in [*result.errors, *result.warnings])
    seen = set()
    for object in bundle["objects"]:
        if object["id"] in seen:
            yield f"{object['id']} is in the bundle twice"
        seen.add(object["id"])
        if object["type"] in OBSERVABLES:
            properties = {key: value for key, value in object.items() if key not in ("id", "object_marking_refs")}
            wanted = stix2.parse(properties, version="2.1").id
            if wanted != object["id"]:
                yield f"{object['id']} is {wanted} as the stix2 library computes it"
        stix2.parse(object, version="2.1", allow_custom=True)


def misp_problems(event: dict) -> Iterator[str]:
    loaded = pymisp.MISPEvent()
    loaded.load(json.dumps(event))
    written = json.loads(loaded.to_json())
    source = event["Event"]
    categories = loaded.describe_types["category_type_mappings"]
    attributes = {attribute["uuid"]: attribute for attribute in written.get("Attribute", [])}
    if len(attributes) != len(source["Attribute"]):
        yield f"{len(source['Attribute'])} attributes, of which pymisp keeps {len(attributes)}"
    for attribute in source["Attribute"]:
        kept = attributes[attribute["uuid"]]
        for key in ("type", "category", "value", "to_ids", "comment"):
            if kept[key] != attribute[key]:
                yield f"attribute {attribute['uuid']}: {key} is {attribute[key]!r}, pymisp has {kept[key]!r}"
        if attribute["type"] not in categories[attribute["category"]]:
            yield f"attribute {attribute['uuid']}: {attribute['category']} has no type {attribute['type']}"
    for key in ("uuid", "info", "date", "threat_level_id", "analysis", "distribution"):
        if written.get(key) != source[key]:
            yield f"{key} is {source[key]!r}, pymisp has {written.get(key)!r}"
    tags = [tag["name"] for tag in source["Tag"]]
    if tags != [tag["name"] for tag in written["Tag"]]:
        yield "pymisp has other tags"
    for tag in tags:
        if not re.fullmatch(r'[a-z0-9-]+:[a-z0-9+-]+(="[^"]*")?', tag):
            yield f"{tag!r} is not a machine tag"


NAVIGATOR = {  # property: (types, required); layer format 4.5
    "name": (str, True), "versions": (dict, False), "description": (str, False), "domain": (str, True),
    "sorting": (int, False), "layout": (dict, False), "hideDisabled": (bool, False), "techniques": (list, False),
    "gradient": (dict, False), "legendItems": (list, False), "metadata": (list, False), "links": (list, False)}
TECHNIQUE = {"techniqueID": (str, True), "tactic": (str, False), "comment": (str, False), "enabled": (bool, False),
             "score": (int, False), "color": (str, False), "metadata": (list, False), "links": (list, False),
             "showSubtechniques": (bool, False)}
LAYOUT = {"layout": (str, False), "showID": (bool, False), "showName": (bool, False), "showAggregateScores": (bool, False),
          "countUnscored": (bool, False), "aggregateFunction": (str, False), "expandedSubtechniques": (str, False)}
PAIRS = {"metadata": {"name": (str, True), "value": (str, True)}, "links": {"label": (str, True), "url": (str, True)},
         "legendItems": {"label": (str, True), "color": (str, True)}}


def table_problems(where: str, object: dict, table: dict) -> Iterator[str]:
    for key, value in object.items():
        if key not in table:
            yield f"{where} has no property {key!r}"
        elif not isinstance(value, table[key][0]) or isinstance(value, bool) != (table[key][0] is bool):
            yield f"{where}: {key} is {value!r}"
        elif key in PAIRS:
            for pair in value:
                yield from table_problems(f"{where}: {key}", pair, PAIRS[key])
    yield from (f"{where} lacks {key!r}" for key, (_, required) in table.items() if required and key not in object)


def navigator_problems(layer: dict) -> Iterator[str]:
    yield from table_problems("the layer", layer, NAVIGATOR)
    yield from table_problems("layout", layer.get("layout", {}), LAYOUT)
    versions = {"attack": (str, False), "navigator": (str, True), "layer": (str, True)}
    yield from table_problems("versions", layer["versions"], versions)
    if layer["versions"]["layer"] != "4.5" or [*map(int, layer["versions"]["navigator"].split("."))] < [4, 9]:
        yield f"versions are {layer['versions']}"
    if not layer["versions"].get("attack", "1").isdigit():
        yield "the version of ATT&CK is not a number"
    if layer["domain"] not in ("enterprise-attack", "mobile-attack", "ics-attack"):
        yield f"domain {layer['domain']!r}"
    gradient = layer["gradient"]
    yield from table_problems("gradient", gradient,
                              {"colors": (list, True), "minValue": (int, True), "maxValue": (int, True)})
    colors = gradient["colors"] + [item["color"] for item in layer["legendItems"]]
    yield from (f"color {color!r}" for color in colors if not re.fullmatch(r"#[0-9a-f]{6}", color))
    ids = [technique["techniqueID"] for technique in layer["techniques"]]
    if len(set(ids)) != len(ids):
        yield "a technique is in the layer twice"
    for technique in layer["techniques"]:
        where = f"technique {technique['techniqueID']}"
        yield from table_problems(where, technique, TECHNIQUE)
        if not re.fullmatch(r"T\d{4}(\.\d{3})?", technique["techniqueID"]):
            yield f"{where} has no such id"
        if not gradient["minValue"] <= technique["score"] <= gradient["maxValue"]:
            yield f"{where}: score {technique['score']} is outside of the gradient"


TEXTS = """
ecs.version message event.id event.kind event.provider file.path file.hash.sha256 threat.framework
threat.indicator.name threat.indicator.type threat.indicator.confidence threat.indicator.description
threat.indicator.provider threat.indicator.marking.tlp threat.indicator.marking.tlp_version
threat.indicator.email.address threat.indicator.url.full threat.indicator.url.domain threat.indicator.file.name
threat.indicator.file.path threat.indicator.file.directory threat.indicator.file.hash.md5
threat.indicator.file.hash.sha1 threat.indicator.file.hash.sha256 threat.indicator.file.hash.sha512
threat.indicator.registry.hive threat.indicator.registry.key threat.indicator.registry.path
threat.group.id threat.group.name threat.group.reference threat.software.id threat.software.name
threat.software.type threat.software.reference vulnerability.id vulnerability.enumeration
vulnerability.reference user_agent.original
""".split()
LISTS = """
tags event.category event.type threat.technique.id threat.technique.name threat.technique.reference
threat.technique.subtechnique.id threat.technique.subtechnique.name threat.technique.subtechnique.reference
threat.tactic.id threat.tactic.name threat.tactic.reference threat.group.alias threat.software.alias
related.hash related.hosts
""".split()


def is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def is_address(value: object) -> bool:
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def is_date(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value) is not None


ECS = {  # field: what its value has to be; ECS 8.17
    **{field: lambda value: isinstance(value, str) for field in TEXTS}, **{field: is_list_of_text for field in LISTS},
    "@timestamp": is_date, "threat.indicator.ip": is_address,
    "related.ip": lambda value: isinstance(value, list) and all(is_address(item) for item in value),
    "threat.indicator.port": lambda value: type(value) is int and 0 <= value < 65536,
    "threat.indicator.as.number": lambda value: type(value) is int and 0 <= value < 2**32}
ECS_VALUES = {
    "event.kind": {"enrichment"}, "ecs.version": {"8.17.0"},
    "threat.indicator.type": OBSERVABLES | {"artifact", "port", "process", "software", "user-account", "x509-certificate"},
    "threat.indicator.confidence": {"Not Specified", "None", "Low", "Medium", "High"},
    "threat.indicator.marking.tlp": {"WHITE", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"},
    "threat.software.type": {"Malware", "Tool"},
    "threat.indicator.registry.hive": {"HKLM", "HKCU", "HKCR", "HKU", "HKCC"}}
# Types that belong to a category.
ECS_CATEGORIES = {"threat": {"indicator"}, "vulnerability": {"info"}}


def flat(object: dict, prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in object.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def ecs_problems(document: dict) -> Iterator[str]:
    fields = dict(flat(document))
    for field, value in fields.items():
        if field.startswith("labels."):
            if not isinstance(value, str):
                yield f"{field} is {value!r}"
        elif field not in ECS:
            yield f"{field} is not a field that is known here"
        elif not ECS[field](value) or value not in ECS_VALUES.get(field, [value]):
            yield f"{field} is {value!r}"
    for field in ("@timestamp", "ecs.version", "event.kind", "event.category", "event.type"):
        if field not in fields:
            yield f"{field} is missing"
    types = set().union(*(ECS_CATEGORIES.get(category, set()) for category in fields["event.category"]))
    if not set(fields["event.type"]) <= types:
        yield f"event.type {fields['event.type']} does not belong to {fields['event.category']}"
    if uuid.UUID(fields["event.id"]).version != 5:
        yield "event.id is not a UUID of version 5"


GITHUB = {"runs": 20, "results": 25_000, "rules": 25_000, "locations": 1_000, "tags": 20, "bytes": 10_000_000}
SARIF_SCHEMA: dict = {}


def sarif_problems(log: dict) -> Iterator[str]:
    if not SARIF_SCHEMA:
        yield "SARIF needs --sarif-schema"
        return
    validator = jsonschema.Draft4Validator(SARIF_SCHEMA, format_checker=jsonschema.FormatChecker())
    for error in validator.iter_errors(log):
        yield f"{error.json_path}: {error.message[:200]}"
    if len(log["runs"]) > GITHUB["runs"]:
        yield f"{len(log['runs'])} runs"
    if len(gzip.compress(json.dumps(log).encode())) > GITHUB["bytes"]:
        yield "is longer than GitHub accepts, compressed"
    for run in log["runs"]:
        yield from sarif_run_problems(run)


def sarif_run_problems(run: dict) -> Iterator[str]:
    rules = run["tool"]["driver"]["rules"]
    taxa = {taxon["id"] for taxonomy in run.get("taxonomies", []) for taxon in taxonomy["taxa"]}
    for rule in rules:
        if len(rule["properties"]["tags"]) > GITHUB["tags"]:
            yield f"{rule['id']} has {len(rule['properties']['tags'])} tags"
        if not 0 < float(rule["properties"]["security-severity"]) <= 10:
            yield f"{rule['id']} has the severity {rule['properties']['security-severity']}"
        for relation in rule.get("relationships", []):
            if relation["target"]["id"] not in taxa:
                yield f"{rule['id']} refers to {relation['target']['id']}, which no taxonomy has"
    for kind in ("results", "rules"):
        count = len(run["results"] if kind == "results" else rules)
        if count > GITHUB[kind]:
            yield f"{count} {kind}"
    fingerprints = set()
    for number, result in enumerate(run["results"]):
        related = result.get("relatedLocations", [])
        ids = [location["id"] for location in related]
        links = [int(link) for link in re.findall(r"\]\((\d+)\)", result["message"]["text"])]
        if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
            yield f"result {number}: ruleIndex is of another rule"
        if sorted(links) != sorted(ids) or len(set(ids)) != len(ids):
            yield f"result {number}: links {links}, related locations {ids}"
        if len(related) + len(result["locations"]) > GITHUB["locations"]:
            yield f"result {number}: {len(related)} locations"
        for location in related + result["locations"]:
            place = location["physicalLocation"]
            uri = place["artifactLocation"]["uri"]
            if place["artifactLocation"]["uriBaseId"] not in run["originalUriBaseIds"]:
                yield f"result {number}: an unknown base"
            if uri.startswith("/") or "//" in uri or ".." in uri.split("/"):
                yield f"result {number}: {uri} is not relative"
            if place["region"].get("endLine", place["region"]["startLine"]) < place["region"]["startLine"]:
                yield f"result {number}: its region ends before it begins"
        fingerprint = result["partialFingerprints"]["primaryLocationLineHash"]
        if fingerprint in fingerprints:
            yield f"result {number}: has the fingerprint of another one"
        fingerprints.add(fingerprint)
    if run["results"] and len({"baselineState" in result for result in run["results"]}) > 1:
        yield "some results have a baselineState, others not"


def document_problems(document: object) -> Iterator[str]:
    """Problems of one parsed document, by what it is."""
    if isinstance(document, list):
        for part in document:
            yield from document_problems(part)
    elif document.get("type") == "bundle":
        yield from stix_problems(document)
    elif "Event" in document:
        yield from misp_problems(document)
    elif "techniques" in document:
        yield from navigator_problems(document)
    elif "runs" in document:
        yield from sarif_problems(document)
    elif "@timestamp" in document:
        yield from ecs_problems(document)
    else:
        yield "is none of the formats"


def file_problems(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        yield "is empty"
        return
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        for number, line in enumerate(text.split("\n")[:-1], 1):
            yield from (f"line {number}: {problem}" for problem in document_problems(json.loads(line)))
        return
    yield from document_problems(document)


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    paths = sys.argv[1:]
    if paths[0] == "--sarif-schema":
        SARIF_SCHEMA.update(json.loads(Path(paths[1]).read_text(encoding="utf-8")))
        paths = paths[2:]
    failed = False
    for path in paths:
        problems = []
        try:
            for problem in file_problems(Path(path)):
                problems.append(problem)
        except (stix2.exceptions.STIXError, pymisp.PyMISPError, ArithmeticError, AttributeError, LookupError, TypeError,
                ValueError) as error:  # what the libraries say of a document that they cannot read, or what it lacks
            problems.append(f"{type(error).__name__}: {error}")
        failed = failed or bool(problems)
        print(f"{path}: {len(problems)} problems" if problems else f"{path}: valid")
        for problem in problems:
            print(f"  {problem}", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
