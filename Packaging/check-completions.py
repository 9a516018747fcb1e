#!/usr/bin/env python3
"""Types into bash, zsh and fish with the completions of an installed securebert, and looks at what the shells make of a tab.

A shell on a terminal of its own, as a person has it: a function called by hand would not show what is wrong with quoting or loading.

usage: Packaging/check-completions.py PREFIX [bash zsh fish]
"""

import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

# Typed, and what must be on the line after a tab.
CASES = [
    ("securebert ana", "securebert analyze "),
    ("securebert analyze --publ", "securebert analyze --published"),
    ("securebert analyze --format navi", "securebert analyze --format navigator"),
    ("securebert knowledge upd", "securebert knowledge update"),
]
PROMPT = "ready> "


class Shell:
    """A shell on a terminal."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvpe(command[0], command, environment)
        self.seen = ""

    def read_until(self, expected: str, seconds: float = 20) -> bool:
        """Whether the terminal shows what a pattern describes before time is up; what was shown is without the codes that move the cursor."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if re.search(expected, self.seen):
                return True
            if select.select([self.terminal], [], [], 0.1)[0]:
                try:
                    data = os.read(self.terminal, 65536)
                except OSError:
                    break
                self.seen += re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|[=>]|\][^\x07]*\x07)", "", data.decode(errors="replace"))
        return re.search(expected, self.seen) is not None

    def type(self, keys: str) -> None:
        self.seen = ""
        os.write(self.terminal, keys.encode())

    def close(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


def started(name: str, prefix: pathlib.Path, home: str) -> Shell:
    environment = {"PATH": f"{prefix}/bin:/usr/bin:/bin", "HOME": home, "TERM": "dumb", "LANG": "C.UTF-8"}
    if name == "bash":
        shell = Shell(["bash", "--norc", "--noprofile", "-i"], environment)
        shell.type(f"source {prefix}/share/bash-completion/completions/securebert; PS1='{PROMPT}'\n")
    else:
        folder = next(f for f in (prefix / "share/zsh/vendor-completions", prefix / "share/zsh/site-functions") if (f / "_securebert").exists())
        shell = Shell(["zsh", "-f", "-i"], environment)
        shell.type(f"unsetopt zle_bracketed_paste; fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; PS1='{PROMPT}'\n")
    # Not the one in the line that was typed.
    if not shell.read_until("[\r\n]" + PROMPT):
        shell.close()
        sys.exit(f"check-completions: {name} did not load the completions; it showed {shell.seen!r}")
    return shell


def interactive(name: str, prefix: pathlib.Path) -> list[str]:
    with tempfile.TemporaryDirectory() as home:
        shell = started(name, prefix, home)
        failures = []
        for typed, expected in CASES:
            shell.type(typed + "\t")
            if not shell.read_until(re.escape(expected)):
                failures.append(f"{typed!r} and a tab gave {shell.seen!r}, expected {expected!r}")
            # Clears the line.
            shell.type("\x15\n")
            shell.read_until(PROMPT)
        shell.close()
        return failures


def fish(prefix: pathlib.Path) -> list[str]:
    """Fish prints what it would complete when asked to."""
    script = prefix / "share/fish/vendor_completions.d/securebert.fish"
    failures = []
    with tempfile.TemporaryDirectory() as home:
        for typed, expected in CASES:
            run = subprocess.run(
                ["fish", "--no-config", "-c", f"source {script}; complete -C '{typed}'"], capture_output=True, text=True,
                env={"PATH": f"{prefix}/bin:/usr/bin:/bin", "HOME": home})
            offered = [line.split("\t")[0] for line in run.stdout.splitlines()]
            if expected.split()[-1] not in offered:
                failures.append(f"{typed!r} offers {offered!r} {run.stderr!r}, expected {expected.split()[-1]!r}")
    return failures


def main() -> None:
    prefix = pathlib.Path(sys.argv[1]).resolve()
    failures = []
    names = sys.argv[2:] or ["bash", "zsh", "fish"]
    for name in names:
        failures += [f"{name}: {failure}" for failure in (fish(prefix) if name == "fish" else interactive(name, prefix))]
    if failures:
        sys.exit("check-completions: " + "\ncheck-completions: ".join(failures))
    print(f"completions: {len(CASES)} lines completed by each of {', '.join(names)}")


main()
