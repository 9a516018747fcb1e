#!/usr/bin/env python3
"""Writes manual pages from what securebert says of itself: one of the program and one of each subcommand.

The words are those of --help, which is their only source: the options come from the JSON that the argument parser writes, the
synopsis from the line behind USAGE. SOURCE_DATE_EPOCH is the date of the pages, so that a package can be built twice alike.

usage: Packaging/make-man.py BINARY FOLDER
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

ENVIRONMENT = [
    ("SECUREBERT_MODEL", "The model of commands without --model."),
    ("SECUREBERT_MODELS", "Folders with models by name, with colons between; before those that come with the program."),
    ("SECUREBERT_KNOWLEDGE", "Folders with knowledge files, with colons between; before those that come with the program."),
    ("SECUREBERT_INDEX", "The index of commands without --index."),
    ("SECUREBERT_ISA", "The instruction set to compute with, instead of the best of this processor: avx512, avx2, neon or scalar."),
    ("HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME", "Where pulled models are, as all Hugging Face tools have it."),
    ("HF_HUB_OFFLINE", "With 1, pull refuses to open a connection."),
    ("HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH", "The hub that pull reads, and the token it shows there."),
    ("NO_COLOR", "No colours, whatever its value."),
    ("TMPDIR", "Where files for the time of a run are."),
]
EXIT_STATUS = [
    ("0", "Done."),
    ("1", "Findings; only of scan with --fail-on."),
    ("2", "The command line was not understood."),
    ("3", "A model or an input file is bad."),
    ("4", "Something was not found, or is not there without a network."),
    ("70", "An internal error."),
    ("130", "Interrupted."),
]
FILES = [
    ("PREFIX/share/securebert/models", "The models that come with the program."),
    ("PREFIX/share/securebert/knowledge", "What it knows of ATT&CK, CWE, CAPEC and NIST's controls."),
    ("~/.local/share/securebert/knowledge", "What knowledge update has written."),
    ("~/.cache/securebert", "Remembered scores of scan."),
    ("~/.cache/huggingface/hub", "Models that pull has fetched."),
]


def escaped(text: str) -> str:
    """Text in which troff sees nothing but text: hyphens stay ASCII, so that options can be copied."""
    for plain, code in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"), ("^", "\\(ha"), ("~", "\\(ti"), ('"', "\\(dq")):
        text = text.replace(plain, code)
    return text


def line(text: str) -> str:
    """A line of text; one that begins with a dot would be a request."""
    text = escaped(text)
    return "\\&" + text if text.startswith(".") else text


def prose(text: str) -> list[str]:
    """Paragraphs; lines with two blanks before them are examples, and a title in capitals before those is left to the caller."""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        inside = False
        if lines:
            lines.append(".PP")
        for row in paragraph.split("\n"):
            if row.startswith("  ") and not inside:
                lines += [".RS 4", ".nf"]
                inside = True
            elif not row.startswith("  ") and inside:
                lines += [".fi", ".RE"]
                inside = False
            lines.append(line(row.removeprefix("  ")))
        if inside:
            lines += [".fi", ".RE"]
    return lines


def divided(discussion: str) -> tuple[str, str]:
    """What is said of a command, and its examples without their title."""
    before, title, after = discussion.partition("EXAMPLES\n")
    if not title:
        return discussion.strip(), ""
    examples, _, behind = after.partition("\n\n")
    return (before.strip() + "\n\n" + behind.strip()).strip(), examples


def dashed(name: dict) -> str:
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def shown(items: list[dict]) -> list[dict]:
    return [item for item in items if item.get("shouldDisplay", True)]


def argument(item: dict) -> list[str]:
    """The entry of an argument or option: its spellings, its words, what it takes and what it is without being given."""
    value = "<" + item.get("valueName", "value") + ">"
    if item["kind"] == "positional":
        head = "\\fI" + escaped(value) + "\\fR" + (" ..." if item.get("isRepeating") else "")
    else:
        names = sorted(item["names"], key=lambda name: name["kind"] != "short")
        head = ", ".join("\\fB" + escaped(dashed(name)) + "\\fR" for name in names)
        if item["kind"] == "option":
            head += " \\fI" + escaped(value) + "\\fR"
    words = [item["abstract"]] if item.get("abstract") else []
    notes = []
    if item.get("allValues"):
        notes.append("values: " + ", ".join(item["allValues"]))
    if item.get("defaultValue"):
        notes.append("default: " + item["defaultValue"])
    if notes:
        words.append("(" + "; ".join(notes) + ")")
    return [".TP", head, line(" ".join(words)) if words else "\\&"]


def arguments(command: dict, heading: str) -> list[str]:
    lines = []
    items = shown(command.get("arguments", []))
    for title, kinds in (("ARGUMENTS", ("positional",)), ("OPTIONS", ("option", "flag"))):
        chosen = [item for item in items if item["kind"] in kinds]
        if chosen:
            lines.append(f"{heading} {title if heading == '.SH' else title.capitalize()}")
            for item in chosen:
                lines += argument(item)
    return lines


class Manual:
    def __init__(self, binary: str):
        self.binary = binary
        self.version = self.run("--version").strip()
        self.root = json.loads(self.run("--experimental-dump-help"))["command"]
        seconds = os.environ.get("SOURCE_DATE_EPOCH")
        moment = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc) if seconds else datetime.datetime.now()
        self.date = moment.strftime("%Y-%m-%d")

    def run(self, *words: str) -> str:
        # So wide that no line of USAGE is broken.
        return subprocess.run([self.binary, *words], check=True, capture_output=True, text=True, env={**os.environ, "COLUMNS": "400"}).stdout

    def usage(self, path: list[str]) -> list[str]:
        """The forms of a command, as its help shows them."""
        block = re.search(r"^USAGE: (.*?)(?:\n\n|\Z)", self.run("help", *path), re.MULTILINE | re.DOTALL)
        if not block:
            sys.exit(f"make-man: the help of {' '.join(path) or 'securebert'} has no USAGE")
        lines = []
        for form in block[1].split("\n"):
            form = form.strip()
            if lines and not form.startswith("securebert"):
                lines[-1] += " " + form
            else:
                lines.append(form)
        return lines

    def head(self, name: str, abstract: str) -> list[str]:
        short = abstract.rstrip(".")
        return [
            f'.TH "{name.upper()}" "1" "{self.date}" "securebert {self.version}" "User Commands"',
            ".nh", ".ad l", ".SH NAME", f"{escaped(name)} \\- {line(short[0].lower() + short[1:])}", ".SH SYNOPSIS",
        ]

    def synopsis(self, path: list[str]) -> list[str]:
        lines = []
        for form in self.usage(path):
            words = " ".join(["securebert", *path])
            bold, rest = (words, form[len(words):]) if form.startswith(words) else ("securebert", form[len("securebert"):])
            lines += ([".br"] if lines else []) + ["\\fB" + escaped(bold) + "\\fR" + escaped(rest)]
        return lines

    def table(self, title: str, rows: list[tuple[str, str]]) -> list[str]:
        lines = [f".SH {title}"]
        for name, words in rows:
            lines += [".TP", "\\fB" + escaped(name) + "\\fR", line(words)]
        return lines

    def subcommand(self, command: dict) -> list[str]:
        path = [command["commandName"]]
        text, examples = divided(command.get("discussion", ""))
        lines = self.head("securebert-" + path[0], command["abstract"]) + self.synopsis(path)
        lines += [".SH DESCRIPTION", line(command["abstract"])]
        if text:
            lines += [".PP", *prose(text)]
        lines += arguments(command, ".SH")
        nested = shown(command.get("subcommands", []))
        if nested:
            lines.append(".SH SUBCOMMANDS")
            for inner in nested:
                words, more = divided(inner.get("discussion", ""))
                name = inner["commandName"]
                default = " (default)" if command.get("defaultSubcommand") == name else ""
                lines += [f'.SS "{escaped(path[0])} {escaped(name)}{default}"', *self.synopsis([*path, name]), ".PP", line(inner["abstract"])]
                for paragraph in (words, more):
                    if paragraph:
                        lines += [".PP", *prose(paragraph)]
                for item in shown(inner.get("arguments", [])):
                    lines += argument(item)
        if examples:
            lines += [".SH EXAMPLES", *prose(examples)]
        lines += [".SH EXIT STATUS", "As of", ".BR securebert (1).", ".SH SEE ALSO", ".BR securebert (1)"]
        return lines

    def program(self) -> list[str]:
        text, examples = divided(self.root.get("discussion", ""))
        # Its pages have the exit codes in a section of their own.
        text = re.sub(r" Exit codes: .*?\.(?=\n|$)", "", text)
        lines = self.head("securebert", self.root["abstract"]) + self.synopsis([])
        lines += [".SH DESCRIPTION", line(self.root["abstract"])]
        if text:
            lines += [".PP", *prose(text)]
        lines.append(".SH SUBCOMMANDS")
        names = []
        for command in shown(self.root["subcommands"]):
            name = command["commandName"]
            if name == "help":
                continue
            names.append(name)
            lines += [".TP", f".BR securebert\\-{escaped(name)} (1)", line(command["abstract"])]
        lines += arguments(self.root, ".SH")
        lines += self.table("ENVIRONMENT", ENVIRONMENT) + self.table("FILES", FILES) + self.table("EXIT STATUS", EXIT_STATUS)
        if examples:
            lines += [".SH EXAMPLES", *prose(examples)]
        lines.append(".SH SEE ALSO")
        for name in names:
            lines.append(f".BR securebert\\-{escaped(name)} (1)" + ("," if name != names[-1] else ""))
        return lines

    def write(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        pages = {"securebert": self.program()}
        for command in shown(self.root["subcommands"]):
            if command["commandName"] != "help":
                pages["securebert-" + command["commandName"]] = self.subcommand(command)
        for name, lines in pages.items():
            (folder / f"{name}.1").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: Packaging/make-man.py BINARY FOLDER")
    Manual(os.path.abspath(sys.argv[1])).write(pathlib.Path(sys.argv[2]))


main()
