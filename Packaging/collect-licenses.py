#!/usr/bin/env python3
"""Prints the licences and notices of what is linked into the binary: the packages that the build has fetched, and Swift itself.

A text that several share is printed once.

usage: Packaging/collect-licenses.py
"""

import pathlib
import shutil
import sys

CHECKOUTS = pathlib.Path(".build/checkouts")


def texts() -> dict[str, list[str]]:
    """Texts with whose they are."""
    found: dict[str, list[str]] = {}

    def add(name: str, path: pathlib.Path) -> None:
        found.setdefault(path.read_text(encoding="utf-8").strip("\n"), []).append(name)

    folders = sorted(CHECKOUTS.iterdir()) if CHECKOUTS.is_dir() else []
    if not folders:
        sys.exit(f"collect-licenses: {CHECKOUTS} is empty; run make build first")
    for folder in folders:
        licenses = [p for p in sorted(folder.iterdir()) if p.name.upper().split(".")[0] in ("LICENSE", "LICENCE", "COPYING", "NOTICE")]
        if not licenses:
            sys.exit(f"collect-licenses: {folder} has no licence")
        # What a package has taken over from others keeps its licence beside it.
        for path in [*licenses, *sorted(folder.glob("Sources/**/LICENSE*"))]:
            add(str(path.relative_to(CHECKOUTS)), path)
    swift = shutil.which("swiftc")
    toolchain = pathlib.Path(swift).resolve().parent.parent / "share/swift/LICENSE.txt" if swift else None
    if toolchain and toolchain.exists():
        add("Swift's runtime and Foundation", toolchain)
    return found


def main() -> None:
    for text, names in texts().items():
        print("=" * 78)
        print("\n".join(names))
        print("=" * 78)
        print(text + "\n")


main()
