#!/usr/bin/env python3
"""Links the release build of securebert once more, with the Swift runtime and Foundation inside.

A binary of plain `swift build` looks for its runtime in the folder of the toolchain, which machines that only run it do not have.
`swift build --static-swift-stdlib` compiles every file again for what is a difference of the link alone, so this takes the link
command that the build has just used and changes only what must be.

usage: Packaging/link-static.py OUTPUT
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(".build/release.yaml")

# What Foundation's static modules would ask the linker for if the sources had been compiled against them. The last of them are
# resolved by those before, so the order matters.
FOUNDATION = ["-lFoundationInternationalization", "-l_FoundationCollections", "-l_FoundationCShims", "-lCoreFoundation", "-l_FoundationICU"]


def link_command() -> list[str]:
    """The command with which SwiftPM linked the product, from its description of the build: one line, JSON behind the key."""
    try:
        lines = BUILD.read_text().splitlines()
    except OSError as error:
        sys.exit(f"link-static: {BUILD} could not be read ({error.strerror}); run make build first")
    for line in lines:
        key, _, value = line.strip().partition(": ")
        if key == "args" and '"-emit-executable"' in value:
            arguments = json.loads(value)
            if pathlib.Path(arguments[arguments.index("-o") + 1]).name == "securebert":
                return arguments
    sys.exit(f"link-static: {BUILD} has no command that links securebert; run make build first")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: Packaging/link-static.py OUTPUT")
    output = pathlib.Path(sys.argv[1])
    output.parent.mkdir(parents=True, exist_ok=True)
    # Debug information is left out, and no library of ours lies beside an installed binary.
    arguments = [argument for argument in link_command() if argument != "-g"]
    if "-rpath=$ORIGIN" in arguments:
        rpath = arguments.index("-rpath=$ORIGIN")
        del arguments[rpath - 1 : rpath + 1]
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        linked = os.path.join(folder, output.name)
        arguments[arguments.index("-o") + 1] = linked
        run = subprocess.run(
            [*arguments, "-static-stdlib", *FOUNDATION, "-Xlinker", "--no-export-dynamic", "-Xlinker", "--strip-all"],
            capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"link-static: the linker failed\n{run.stdout}{run.stderr}")
        os.replace(linked, output)


main()
