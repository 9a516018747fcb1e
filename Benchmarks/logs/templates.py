#!/usr/bin/env python3
"""Template mining: securebert beside drain3 on the labelled samples of Loghub.

    python Benchmarks/logs/templates.py --data DIR [--binary .build/release/securebert]        DIR holds *-2k.jsonl

GA is the share of lines whose group is exactly that of their labelled template (Zhu et al., "Tools and Benchmarks for Automated Log Parsing",
ICSE-SEIP 2019); FGA is F1 over groups, PTA and FTA are precision and F1 over templates that are right in group and text (Jiang et al.,
"A Large-Scale Evaluation for Log Parsing Techniques", ISSTA 2024). Before texts are compared, neighbouring wildcards become one, and so do the
marks between them. With --header raw lines are made anew from time, host or component and message, to see what is left out of them.
"""

import argparse
import json
import re
import subprocess
import time
from collections import defaultdict
from pathlib import Path

SETS = ["apache", "linux", "openssh", "bgl", "hdfs", "thunderbird"]


def metrics(gold: list[str], found: list, gold_texts: dict, found_texts: dict) -> list[float]:
    by_gold, by_found = defaultdict(set), defaultdict(set)
    for index, (one, other) in enumerate(zip(gold, found, strict=True)):
        by_gold[one].add(index)
        by_found[other].add(index)
    groups = {frozenset(lines): name for name, lines in by_gold.items()}
    right = [(name, groups[frozenset(lines)]) for name, lines in by_found.items() if frozenset(lines) in groups]
    exact = sum(normal(found_texts[one]) == normal(gold_texts[other]) for one, other in right)
    lines = sum(len(by_found[name]) for name, _ in right)

    def f1(count: int) -> float:
        return 2 * count / (len(by_found) + len(by_gold))

    return [lines / len(gold), f1(len(right)), exact / len(by_found), f1(exact), len(by_found), len(by_gold)]


def normal(template: str) -> str:
    text = re.sub(r"<[A-Z*]+>", "<*>", template)
    text = " ".join(text.split())
    return re.sub(r"<\*>(?:[\s.,:/_+-]*<\*>)*", "<*>", text)


def securebert(binary: str, lines: list[str], arguments: list[str]) -> tuple[list, dict, float]:
    text = "".join(line.replace("\n", " ") + "\n" for line in lines)

    def run(*more: str) -> list[dict]:
        command = [binary, "logs", "templates", "--input-format", "text", "--jsonl", *arguments, *more]
        out = subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in out.splitlines()]

    start = time.perf_counter()
    templates = {row["template_id"]: row["template"] for row in run()}
    seconds = time.perf_counter() - start
    return [row["template_id"] for row in run("--assign")], templates, seconds


def drain3(lines: list[str]) -> tuple[list, dict, float]:
    """With the masks of drain3's own example configuration, and its defaults."""
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig

    masks = [
        (r"((?<=[^A-Za-z0-9])|^)(([0-9a-f]{2,}:){3,}([0-9a-f]{2,}))((?=[^A-Za-z0-9])|$)", "ID"),
        (r"((?<=[^A-Za-z0-9])|^)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})((?=[^A-Za-z0-9])|$)", "IP"),
        (r"((?<=[^A-Za-z0-9])|^)([0-9a-f]{6,} ?){3,}((?=[^A-Za-z0-9])|$)", "SEQ"),
        (r"((?<=[^A-Za-z0-9])|^)([0-9A-F]{4} ?){4,}((?=[^A-Za-z0-9])|$)", "SEQ"),
        (r"((?<=[^A-Za-z0-9])|^)(0x[a-f0-9A-F]+)((?=[^A-Za-z0-9])|$)", "HEX"),
        (r"((?<=[^A-Za-z0-9])|^)([\-\+]?\d+)((?=[^A-Za-z0-9])|$)", "NUM"),
        (r"(?<=executed cmd )(\".+?\")", "CMD"),
    ]
    config = TemplateMinerConfig()
    config.masking_instructions = [MaskingInstruction(pattern, name) for pattern, name in masks]
    miner = TemplateMiner(None, config)
    start = time.perf_counter()
    found = [miner.add_log_message(line.strip())["cluster_id"] for line in lines]
    seconds = time.perf_counter() - start
    return found, {cluster.cluster_id: cluster.get_template() for cluster in miner.drain.clusters}, seconds


def raw_line(row: dict) -> str:
    """As syslog and httpd write it; what the sets do not have is made up."""
    number = int(row["id"].split("-")[-1])
    match row["system"]:
        case "Apache":
            return f"[{row['timestamp']}] [{row['level']}] {row['content']}"
        case "Linux":
            day, month, clock = row["timestamp"].split()
            return f"{month} {day:>2} {clock} combo {row['component']}[{1000 + number}]: {row['content']}"
        case "OpenSSH":
            return f"{row['timestamp']} LabSZ sshd[{1000 + number}]: {row['content']}"
        case _:
            return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--binary", default=".build/release/securebert")
    parser.add_argument("--header", action="store_true", help="compare ways to leave out headers")
    arguments = parser.parse_args()
    print("| set | miner | GA | FGA | PTA | FTA | templates | of | lines/s |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for name in SETS:
        rows = [json.loads(line) for line in (arguments.data / f"{name}-2k.jsonl").read_text("utf-8").splitlines()]
        gold = [row["template_id"] for row in rows]
        gold_texts = {row["template_id"]: row["template"] for row in rows}
        messages, raw = [row["content"] for row in rows], [raw_line(row) for row in rows]
        runs = {"securebert": securebert(arguments.binary, messages, ["--header-fields", "0"]), "drain3": drain3(messages)}
        if arguments.header:
            if not raw[0]:
                continue
            runs = {
                "message alone": runs["securebert"],
                "header left out": securebert(arguments.binary, raw, []),
                "whole line": securebert(arguments.binary, raw, ["--header-fields", "0"]),
            }
        for miner, (found, texts, seconds) in runs.items():
            ga, fga, pta, fta, count, of = metrics(gold, found, gold_texts, texts)
            print(f"| {name} | {miner} | {ga:.3f} | {fga:.3f} | {pta:.3f} | {fta:.3f} | {count} | {of} | {len(rows) / seconds:,.0f} |")


if __name__ == "__main__":
    main()
