#!/usr/bin/env python3
"""Runs the same commands against an index in a folder and one in a database and compares what they print; kills builds, and the
server's process too, and looks whether anything that was acknowledged is lost; and asks for what cannot be done.

usage: Scripts/postgres/server.sh python3 Scripts/postgres/compare.py BINARY ROUNDS
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

BINARY, ROUNDS = sys.argv[1], int(sys.argv[2])
SERVER = os.environ["SECUREBERT_TEST_POSTGRES"]
PSQL = os.path.join(os.environ["POSTGRES_PROGRAMS"], "bin", "psql")
SECRET = "not%20a%20secret"
WORDS = "loader beacon implant phishing ransomware lateral movement persistence exfiltration credential kernel driver".split()


def run(*arguments: str, expecting: int = 0) -> str:
    result = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=300)
    assert result.returncode == expecting, f"{arguments}: exit {result.returncode}: {result.stderr}"
    assert SECRET not in result.stderr + result.stdout and "not a secret" not in result.stderr + result.stdout
    return result.stdout if expecting == 0 else result.stderr


def schema(name: str) -> str:
    return f"{SERVER}&schema={name}"


def sql(statement: str) -> str:
    return subprocess.run(
        [PSQL, SERVER, "-qAtc", statement], check=True, capture_output=True, text=True,
        env={**os.environ, "PGPASSWORD": "not a secret"},
    ).stdout


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


FILTERS = [["--kind", "record"], ["--since", "2024", "--before", "2025"], ["--where", "tlp=clear"]]


class Comparison:
    """An index in a folder and one in the database that are given the same commands."""

    def __init__(self, folder: str, name: str, *settings: str):
        self.places = (["--index", os.path.join(folder, name)], ["--store", schema(name)])
        self.settings = settings

    def build(self, *paths: str) -> None:
        reports = [json.loads(run("index", "build", *paths, *place, *self.settings, "--json", "--quiet")) for place in self.places]
        for report in reports:
            report.pop("seconds", None)
        assert reports[0] == reports[1], reports

    def remove(self, *names: str) -> None:
        for place in self.places:
            run("index", "remove", *names, *place, "--quiet")

    def search(self, query: str, *options: str) -> tuple[list[dict], list[dict]]:
        found = [lines(run("search", query, *place, *options, "--jsonl", "--quiet")) for place in self.places]
        return found[0], found[1]

    def compare(self, exact: bool = True) -> None:
        information = [json.loads(run("index", "info", *place, "--json")) for place in self.places]
        for information_of_one in information:
            assert information_of_one.pop("bytes") > 0
            assert SECRET not in information_of_one.pop("location")
        assert information[0] == information[1], information
        checks = [run("index", "check", *place, "--quiet") for place in self.places]
        assert checks[0] == checks[1], checks
        for query in ("lateral movement over SMB", "CVE-2020-5902", "phishing that installs a loader", "T1059.001"):
            for level in ("passage", "document"):
                for options in [[]] + (FILTERS if query.startswith("phishing") else []):
                    same = ("--level", level, *options)
                    ours, theirs = self.search(query, "--mode", "vector", "--top-k", "10", *same)
                    assert len(ours) == len(theirs)
                    if exact:
                        for one, other in zip(ours, theirs, strict=True):
                            assert abs(one["score"] - other["score"]) < 1e-4, (query, same, one, other)
                        assert {name(one) for one in ours[:9]} <= {name(one) for one in theirs}
                    # Every passage with one of the words is found; the order is not that of BM25.
                    ours, theirs = self.search(query, "--mode", "bm25", "--top-k", "1000", *same)
                    assert {name(one) for one in ours} == {name(one) for one in theirs}, (query, same)
                    assert all(content(one) in map(content, theirs) for one in ours)
                    ours, theirs = self.search(query, "--mode", "hybrid", "--top-k", "10", *same)
                    assert len(ours) == len(theirs)


def name(result: dict) -> tuple:
    return result["id"], result.get("passage")


def content(result: dict) -> dict:
    return {key: result.get(key) for key in ("id", "title", "file", "kind", "date", "metadata", "line", "text", "start", "end")}


def write_records(path: str, chance: random.Random, count: int, first: int = 0) -> None:
    with open(path, "w") as file:
        for index in range(first, first + count):
            text = ". ".join(" ".join(chance.choices(WORDS, k=9)) for _ in range(chance.randrange(1, 5)))
            record = {"id": f"r{index}", "title": f"Record\t{index} \\N 'quoted' \"twice\"", "text": text + f" v{index} é 日本",
                      "tlp": chance.choice(["clear", "amber"]), "date": f"20{chance.randrange(20, 26)}-0{chance.randrange(1, 10)}-01"}
            file.write(json.dumps(record) + "\n")


def same_commands(folder: str) -> None:
    chance = random.Random(1)
    records = os.path.join(folder, "records.jsonl")
    write_records(records, chance, 150)
    comparison = Comparison(folder, "same")
    comparison.build(records, "Examples/reports")
    comparison.compare()
    comparison.remove("r3", "r77", "Examples/reports/08-cisa-stopransomware-hive.txt")
    comparison.compare()
    write_records(records, chance, 100, first=60)
    comparison.build(records, "Examples/reports")
    comparison.compare()
    comparison.build(records, "Examples/reports")
    for settings in (["--vectors", "int8"], ["--vectors", "binary", "--rescore", "float32"]):
        other = Comparison(folder, settings[1], *settings)
        other.build(records)
        other.compare(exact=False)
    print("the same commands: the same results")


def killed_builds(folder: str) -> None:
    """What a build has acknowledged is there after it was killed, or the server's process was."""
    chance = random.Random(2)
    store = ["--store", schema("killed")]
    records = os.path.join(folder, "killed.jsonl")
    write_records(records, chance, 40)
    run("index", "build", records, *store, "--quiet")
    acknowledged: dict[str, str] = {}
    duration, killed, ended = 1.0, 0, 0
    for number in range(ROUNDS):
        write_records(records, chance, 25, first=chance.randrange(60))
        texts = {record["id"]: record["text"] for record in map(json.loads, open(records))}
        started = time.monotonic()
        process = subprocess.Popen(
            [BINARY, "index", "build", "--keep", records, *store, "--batch", str(chance.randrange(1, 4)), "--acknowledge",
             "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        of_server = number % 4 == 3
        # The server's process is killed after the first word of it, so that there is one.
        first = first_line(process.stdout.fileno()) if of_server else ""
        try:
            output, errors = process.communicate(timeout=0 if of_server else chance.uniform(0.2, 1.0) * duration)
            duration = time.monotonic() - started
        except subprocess.TimeoutExpired:
            killed += 1
            if of_server:
                pids = sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'securebert'").split()
                for pid in pids:
                    # The client may have ended, and its process with it, since the question.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
            else:
                process.send_signal(signal.SIGKILL)
            output, errors = process.communicate(timeout=120)
            assert process.returncode in (-signal.SIGKILL, 4, 0), (process.returncode, errors)
            if process.returncode == 4:
                ended += 1
                assert "connection" in errors and "not a secret" not in errors, errors
        else:
            assert process.returncode == 0, errors
        complete = (first + output).split("\n")[:-1]
        acknowledged.update((json.loads(line)["id"], texts[json.loads(line)["id"]]) for line in complete)
        # Others may have been committed without the word having come through; then both texts are right.
        for id in texts.keys() - {json.loads(line)["id"] for line in complete}:
            acknowledged.pop(id, None)
        wait_for_server()
        found = {
            result["id"]: " ".join(passage["text"] for passage in result["passages"])
            for result in lines(run("search", " ".join(WORDS), *store, "--mode", "bm25", "--level", "document", "--per-document",
                                    "100", "--top-k", "1000", "--jsonl", "--quiet"))
        }
        for id, text in acknowledged.items():
            assert id in found, f"{id} was acknowledged and is lost"
            version = next(word for word in text.split() if word.startswith("v"))
            assert version in found[id].split(), f"{id} is not what was acknowledged"
    run("index", "build", records, *store, "--quiet", "--wait", "20")
    assert "sound" in run("index", "check", *store, "--quiet")
    print(f"{ROUNDS} builds, {killed} killed ({ended} of them by the server's end), {len(acknowledged)} acknowledged documents: none lost")


def first_line(descriptor: int) -> str:
    """A line of a pipe, byte by byte, so that nothing behind it is taken from who reads on."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(descriptor, 1)):
        line += byte
    return line.decode()


def wait_for_server() -> None:
    """A server one of whose processes was killed ends all connections and starts over."""
    for _ in range(100):
        try:
            if sql("SELECT 1").strip() == "1":
                return
        except subprocess.CalledProcessError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not come back")


def errors(folder: str) -> None:
    records = os.path.join(folder, "errors.jsonl")
    write_records(records, random.Random(3), 3)
    run("index", "build", records, "--store", schema("errors"), "--quiet")

    def refused(address: str, code: int, *parts: str) -> None:
        for command in (["search", "x"], ["index", "info"], ["index", "build", records]):
            message = run(*command, "--store", address, expecting=code)
            assert all(part in message for part in parts), message
            assert sum(line.startswith("securebert: ") for line in message.splitlines()) == 1, message

    refused("postgres://user:not%20a%20secret@127.0.0.1:1/db", 4, "cannot be reached", "Connection refused")
    refused(SERVER.replace(SECRET, "wrong"), 4, "refuses the user or the password")
    refused(SERVER.replace("/securebert?", "/absent?"), 4, "no such database")
    refused(SERVER.replace("/securebert?", "/bare?"), 4, "CREATE EXTENSION vector")
    refused(schema("No-Name"), 2, "schema")
    message = run("search", "x", "--store", schema("nothing"), expecting=4)
    assert "there is no index in the schema nothing" in message, message
    message = run("search", "x", "--store", schema("errors"), "--model", "Models/securebert-mini", expecting=3)
    assert "was built with the model" in message, message
    message = run("index", "build", records, "--store", schema("errors"), "--model", "Models/securebert-mini", expecting=3)
    assert "was built with the model" in message, message
    holder = subprocess.Popen(
        [PSQL, SERVER, "-qAtc", "SELECT pg_advisory_lock(1396853080, hashtext('errors')); SELECT 'held'; SELECT pg_sleep(60)"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PGPASSWORD": "not a secret"})
    for _ in range(100):
        if sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted").strip() == "1":
            break
        time.sleep(0.1)
    message = run("index", "build", records, "--store", schema("errors"), expecting=3)
    assert "is being written by another process" in message, message
    assert run("search", "beacon", "--store", schema("errors"), "--quiet")
    holder.kill()
    holder.wait()
    sql("UPDATE errors.passages SET text = text || '!' WHERE document = (SELECT min(document) FROM errors.passages)")
    message = run("index", "check", "--store", schema("errors"), "--quiet", expecting=3)
    assert "is not what was written" in message, message
    sql("DROP TABLE errors.passages")
    message = run("search", "beacon", "--store", schema("errors"), expecting=3)
    assert "not complete" in message, message
    print("what cannot be done: one sentence each")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        same_commands(folder)
        killed_builds(folder)
        errors(folder)


main()
