#!/usr/bin/env python3
"""Writes the table of public suffixes of SecureBERTIntel from the Public Suffix List.

The rules of one parent stand together, so "co.uk" and "ac.uk" cost two short words: "uk: ac co". A rule with letters
beyond ASCII is written twice, as it is and in the form of DNS (xn--).

Usage: public_suffixes.py public_suffix_list.dat VERSION
       Debian: apt-get download publicsuffix; dpkg -x publicsuffix_*.deb x; x/usr/share/publicsuffix/public_suffix_list.dat
Writes Sources/SecureBERTIntel/Indicators/PublicSuffixes+Table.swift
"""

import os
import sys

OUTPUT = os.path.join(
    os.path.dirname(__file__), "../../Sources/SecureBERTIntel/Indicators/PublicSuffixes+Table.swift"
)
INDENTATION = " " * 8

HEADER = """\
// This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not
// distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/.
//
// The Public Suffix List, https://publicsuffix.org, as of {version}.
// Written by Scripts/intel/public_suffixes.py; do not edit.

extension PublicSuffixes {{
"""


def rules(lines):
    """The rules of the two sections: those of registries, and those of owners of domains."""
    sections = {"ICANN": [], "PRIVATE": []}
    current = None
    for line in lines:
        if line.startswith("// ===BEGIN "):
            current = sections[line.split()[2]]
        elif line.startswith("// ===END "):
            current = None
        elif current is not None and line.strip() and not line.startswith("//"):
            current.append(line.split()[0].lower())
    return sections


def dns(rule):
    """The form of a rule in the domain name system."""
    labels = [x if x.isascii() else "xn--" + x.encode("punycode").decode("ascii") for x in rule.split(".")]
    return ".".join(labels)


def words(section):
    """The words of a table: a parent with a colon, then what stands before it, for every parent."""
    children = {}
    for rule in sorted({form for x in section for form in (x, dns(x))}):
        first, _, parent = rule.partition(".")
        children.setdefault(parent, []).append(first)
    for parent in sorted(children):
        yield parent + ":"
        yield from children[parent]


def literal(section):
    """The words in lines of at most 120 columns."""
    line = INDENTATION
    for word in words(section):
        if len(line) + len(word) + 1 > 120:
            yield line.rstrip()
            line = INDENTATION
        line += word + " "
    yield line.rstrip()


def main(path, version):
    with open(path, encoding="utf-8") as file:
        sections = rules(file)
    with open(OUTPUT, "w", encoding="utf-8") as out:
        out.write(HEADER.format(version=version))
        for name, section, comment in [
            ("registryRules", sections["ICANN"], "Suffixes below which registries sell names."),
            ("privateRules", sections["PRIVATE"], "Suffixes below which owners of domains give names to others."),
        ]:
            out.write(f"    /// {comment}\n    static let {name} = \"\"\"\n")
            out.write("\n".join(literal(section)) + f"\n{INDENTATION}\"\"\"\n")
            if name == "registryRules":
                out.write("\n")
        out.write("}\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
