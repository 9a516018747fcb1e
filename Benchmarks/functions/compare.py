#!/usr/bin/env python3
"""Compares the functions that `securebert scan --list` finds with those of tree-sitter's grammars.

    securebert scan --list --format json --no-ignore FOLDER... > functions.json
    python3 Benchmarks/functions/compare.py functions.json [--show LANGUAGE] FOLDER...

A function agrees when name, first and last line do. Precision and recall are printed for each language, over all files and over
those that tree-sitter reads without an error: in the others it guesses as much as we do. What tree-sitter calls a function and
how that maps to our definition is in FUNCTIONS below.
Versions: tree-sitter 0.25, and the grammars tree-sitter-c, -cpp, -java, -python, -javascript, -typescript, -go, -php.
"""

import argparse
import collections
import json
import os
import sys

import tree_sitter
import tree_sitter_c
import tree_sitter_cpp
import tree_sitter_go
import tree_sitter_java
import tree_sitter_javascript
import tree_sitter_php
import tree_sitter_python
import tree_sitter_typescript

GRAMMARS = {
    "c": tree_sitter_c.language(), "cpp": tree_sitter_cpp.language(), "java": tree_sitter_java.language(),
    "python": tree_sitter_python.language(), "javascript": tree_sitter_javascript.language(),
    "typescript": tree_sitter_typescript.language_typescript(), "tsx": tree_sitter_typescript.language_tsx(),
    "go": tree_sitter_go.language(), "php": tree_sitter_php.language_php()}
ENDINGS = {
    "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "cxx": "cpp", "hh": "cpp", "hpp": "cpp", "java": "java",
    "py": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "ts": "typescript", "tsx": "tsx", "go": "go", "php": "php"}

# Definitions with a name of their own.
NAMED = {
    "function_definition", "method_declaration", "constructor_declaration", "compact_constructor_declaration",
    "function_declaration", "generator_function_declaration", "method_definition"}
# Expressions that get the name of what they are given to.
UNNAMED = {
    "function_expression", "generator_function", "arrow_function", "func_literal", "anonymous_function",
    "anonymous_function_creation_expression", "lambda", "lambda_expression"}


def text(node) -> str:
    return node.text.decode("utf-8", "replace") if node else ""


def c_name(node) -> str:
    """The declarator's name, without what qualifies it."""
    while node:
        if node.type in ("identifier", "field_identifier", "type_identifier", "operator_name", "destructor_name"):
            return "".join(text(node).split())
        if node.type == "operator_cast":
            return "operator"
        if node.type in ("qualified_identifier", "template_function", "template_method"):
            node = node.child_by_field_name("name")
            continue
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next((child for child in node.named_children if "declarator" in child.type or "identifier" in child.type), None)
        node = inner
    return ""


def given(node, language: str):
    """The name that an expression is given, and the node where that begins."""
    parent = node.parent
    if parent is None:
        return None
    if parent.type == "expression_list":  # Go: f, g := func() {}, ...
        node, parent = parent, parent.parent
        if len(node.named_children) != 1:
            return None
    kind = parent.type
    if language in ("c", "cpp"):
        return (c_name(parent.child_by_field_name("declarator")), parent) if kind == "init_declarator" else None
    if kind in ("variable_declarator", "const_spec", "var_spec"):
        return text(parent.child_by_field_name("name")), parent
    if kind in ("assignment_expression", "assignment", "short_var_declaration", "assignment_statement"):
        left = parent.child_by_field_name("left")
        if language == "php" and left.type != "variable_name":
            return None
        name = text(left)
        if language in ("javascript", "typescript", "tsx", "go") and left.type in ("member_expression", "expression_list"):
            name = name.split(".")[-1]
        if left.type == "subscript_expression":
            name = text(left.child_by_field_name("index")).strip("'\"`")
        if language == "python" and (left.type != "identifier" or parent.child_by_field_name("type")):
            return None
        return name, parent
    if language != "python" and kind in ("pair", "public_field_definition", "field_definition"):
        key = parent.child_by_field_name("key") or parent.child_by_field_name("name") or parent.child_by_field_name("property")
        return text(key).strip("'\"`"), parent
    if kind == "literal_element" and parent.parent and parent.parent.type == "keyed_element":
        keyed = parent.parent
        return (text(keyed.named_children[0]), keyed) if keyed.named_children[0] != parent else None
    return None


def functions(tree, language: str):
    found = []
    stack = [(tree.root_node, False)]
    while stack:
        node, is_within = stack.pop()
        inside = is_within
        kind = node.type
        if node.is_named and kind in NAMED:
            body = node.child_by_field_name("body")
            if body is None and language in ("c", "cpp"):
                body = next((child for child in node.children if child.type in ("compound_statement", "try_statement", "constructor_try_statement")), None)
            if body is not None and kind != "lambda":
                name = c_name(node.child_by_field_name("declarator")) if language in ("c", "cpp") else text(node.child_by_field_name("name"))
                found.append(("".join(name.strip("'\"`[]").split()), node.start_point[0] + 1, node.end_point[0] + 1))
            inside = True
        elif node.is_named and kind in UNNAMED:
            place = given(node, language)
            own = text(node.child_by_field_name("name"))
            if place and place[0]:
                found.append(("".join(place[0].strip("'\"`[]").split()).split("this.")[-1], place[1].start_point[0] + 1, node.end_point[0] + 1))
            elif own:
                found.append((own, node.start_point[0] + 1, node.end_point[0] + 1))
            elif not is_within and language not in ("python", "java", "c", "cpp"):
                found.append(("", node.start_point[0] + 1, node.end_point[0] + 1))
            inside = True
        stack.extend((child, inside) for child in node.children)
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("ours")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--show", help="print what differs in this language")
    parser.add_argument("--broken", action="store_true", help="of files that tree-sitter finds errors in")
    parser.add_argument("--limit", type=int, default=60)
    options = parser.parse_args()
    ours = collections.defaultdict(list)
    for function in json.load(open(options.ours)):
        name = function["name"] or ""
        if name.startswith("operator ") and not name.startswith(("operator new", "operator delete")):
            name = "operator"
        ours[os.path.realpath(function["path"])].append(("".join(name.strip("'\"`[]").split()), function["startLine"], function["endLine"]))
    counts = collections.defaultdict(collections.Counter)
    shown = 0
    for folder in options.folders:
        walk = os.walk(folder) if os.path.isdir(folder) else [(os.path.dirname(folder), [], [os.path.basename(folder)])]
        for parent, _, names in sorted(walk):
            for name in sorted(names):
                language = ENDINGS.get(name.rsplit(".", 1)[-1].lower())
                path = os.path.realpath(os.path.join(parent, name))
                if not language or os.path.islink(os.path.join(parent, name)):
                    continue
                source = open(path, "rb").read()
                # What `scan` skips: binary files, minified ones.
                if b"\0" in source or len(source) > 1_000_000 or max(map(len, source.split(b"\n"))) > 20_000:
                    continue
                if language == "c" and name.endswith(".h") and any(word in source for word in (b"\nclass ", b"namespace", b"template")):
                    language = "cpp"
                tree = tree_sitter.Parser(tree_sitter.Language(GRAMMARS[language])).parse(source)
                wanted = collections.Counter(functions(tree, language))
                mine = collections.Counter(ours.get(path, []))
                both = sum((wanted & mine).values())
                label = "typescript" if language == "tsx" else language
                for group in ["all"] + ([] if tree.root_node.has_error else ["clean"]):
                    counts[label, group].update(files=1, both=both, wanted=sum(wanted.values()), mine=sum(mine.values()))
                if options.show in (label, "all") and tree.root_node.has_error == options.broken and shown < options.limit:
                    for sign, rest in (("-", wanted - mine), ("+", mine - wanted)):
                        for function in sorted(rest, key=lambda function: function[1]):
                            print(sign, f"{path}:{function[1]}-{function[2]} {function[0]}")
                            shown += 1
    print(f"{'language':12} {'files':28} {'functions':>9} {'precision':>9} {'recall':>7}")
    for (language, group), count in sorted(counts.items()):
        precision, recall = count["both"] / max(1, count["mine"]), count["both"] / max(1, count["wanted"])
        kind = f"{count['files']} {'without an error' if group == 'clean' else 'in all'}"
        print(f"{language:12} {kind:28} {count['wanted']:9} {precision:9.4f} {recall:7.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
