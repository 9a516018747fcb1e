#!/usr/bin/env python3
"""Kills `index build`, `index add` and `index remove` at random times and checks that no acknowledged document is lost.

usage: Scripts/index-crash-test.py BINARY ROUNDS [SEED]

In each round documents are added, replaced or built from a file, the process is ended with SIGKILL after a random time (or, in one
round of four, allowed to end), and the index is opened again: what the killed process had acknowledged must be there with the
content it had, and what was removed before must be gone. Every tenth round and at the end `index check` reads everything.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WORDS = "loader beacon implant phishing ransomware lateral movement persistence exfiltration credential kernel driver".split()


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    binary, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) == 4 else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="securebert-crash.")
    try:
        Test(binary, folder, random.Random(seed)).run(rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Test:
    def __init__(self, binary, folder, chance):
        self.binary, self.folder, self.chance = binary, folder, chance
        self.index = os.path.join(folder, "index")
        self.input = os.path.join(folder, "documents.jsonl")
        # What the index must hold: for each id the versions it may have. One that was acknowledged is the only one; while a
        # write was cut off before it said so, the old and the new are both right.
        self.allowed = {}
        self.version = 0
        self.killed = self.acknowledged = 0
        # Where in a run the kills fall: learned from the runs that end by themselves.
        self.duration = 0.5

    def run(self, rounds):
        start = time.monotonic()
        for number in range(1, rounds + 1):
            self.round()
            if self.exists():
                self.verify()
                if number % 10 == 0 or number == rounds:
                    self.command("index", "check", "--index", self.index)
            if number % 50 == 0:
                print(f"{number} rounds, {time.monotonic() - start:.0f} s", flush=True)
        held = sum(1 for versions in self.allowed.values() if None not in versions)
        assert held or rounds < 5, "no document was ever acknowledged"
        print(
            f"{rounds} rounds, {self.killed} of them killed, {self.acknowledged} acknowledgements, "
            f"{held} documents certain to be in the index at the end: none was lost"
        )

    def exists(self):
        """Whether there is an index; there may be none only as long as nothing was acknowledged."""
        result = subprocess.run([self.binary, "index", "info", "--index", self.index], capture_output=True, text=True)
        assert result.returncode in (0, 4), result.stderr
        if result.returncode == 4:
            assert all(None in versions for versions in self.allowed.values()), result.stderr
        return result.returncode == 0

    def round(self):
        remove = self.allowed and self.chance.random() < 0.15
        (self.remove if remove else self.add)()

    def add(self):
        ids = [f"d{self.chance.randrange(60)}" for _ in range(self.chance.randrange(3, 13))]
        ids = list(dict.fromkeys(ids))
        written = {}
        with open(self.input, "w") as file:
            for id in ids:
                self.version += 1
                written[id] = f"v{self.version}"
                text = " ".join(self.chance.choice(WORDS) for _ in range(self.chance.randrange(3, 12)))
                file.write(json.dumps({"id": id, "text": f"{text} {written[id]}", "version": written[id]}) + "\n")
        for id, version in written.items():
            self.allowed.setdefault(id, {None}).add(version)
        action = ["build", "--keep"] if self.chance.random() < 0.5 else ["add"]
        output, ended = self.interrupted(
            "index", *action, self.input, "--index", self.index, "--batch", str(self.chance.randrange(1, 4)),
            "--acknowledge", "--quiet", "--threads", "1",
        )
        # A line that was cut off was not flushed whole: its document may or may not be there.
        for line in output.split("\n")[:-1]:
            id = json.loads(line)["id"]
            self.allowed[id] = {written[id]}
            self.acknowledged += 1
        if ended:
            for id in ids:
                assert self.allowed[id] == {written[id]}, f"{id} was not acknowledged by a process that ended well"

    def remove(self):
        ids = [id for id, versions in self.allowed.items() if None not in versions]
        if not ids:
            return
        ids = self.chance.sample(ids, min(len(ids), self.chance.randrange(1, 6)))
        _, ended = self.interrupted("index", "remove", *ids, "--index", self.index, "--quiet")
        for id in ids:
            self.allowed[id] = {None} if ended else self.allowed[id] | {None}

    def interrupted(self, *arguments):
        """Runs a command and kills it after a random time; returns what it printed and whether it ended by itself."""
        started = time.monotonic()
        process = subprocess.Popen([self.binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait = None if self.chance.random() < 0.25 else self.chance.uniform(0, 1.2) * self.duration
        try:
            output, errors = process.communicate(timeout=wait)
            self.duration = 0.7 * self.duration + 0.3 * (time.monotonic() - started)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            output, errors = process.communicate()
        if process.returncode == -signal.SIGKILL:
            self.killed += 1
            return output.decode(), False
        assert process.returncode == 0, f"{arguments[:2]}: exit {process.returncode}: {errors.decode()}"
        return output.decode(), True

    def verify(self):
        """Every document is in the index in a version that it may have."""
        found = {}
        # Each document has some of the words.
        output = self.command(
            "search", " ".join(WORDS), "--mode", "bm25", "--level", "document", "--index", self.index, "--top-k", "1000",
            "--jsonl", "--quiet",
        )
        for line in output.splitlines():
            result = json.loads(line)
            version = result["metadata"]["version"]
            text = " ".join(passage["text"] for passage in result["passages"])
            assert not text or version in text.split(), f"{result['id']}: text and metadata are of different versions"
            assert result["id"] not in found, f"{result['id']} is there twice"
            found[result["id"]] = version
        for id, versions in self.allowed.items():
            assert found.get(id) in versions, f"{id}: found {found.get(id)}, expected one of {sorted(map(str, versions))}"
            # Whichever it is, it stays.
            self.allowed[id] = {found.get(id)}
        assert set(found) <= set(self.allowed)

    def command(self, *arguments):
        result = subprocess.run([self.binary, *arguments], capture_output=True, text=True)
        assert result.returncode == 0, f"{' '.join(arguments)}: exit {result.returncode}: {result.stderr}"
        return result.stdout


main()
