#!/usr/bin/env python3
"""What merging the words at the end of `index build` does to searches by words.

usage: Benchmarks/search/words_merge.py [--documents N] BINARY

Documents of words that are as often as words are (Zipf) are indexed; the build is interrupted shortly before its end, as its words are
not merged then, and copied; the copy is built to its end. Both are served and asked the same queries in turn.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time

from served import Searches

VOCABULARY, WORDS, QUERIES = 50_000, 120, 200


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("binary")
    options = parser.parse_args()
    chance = random.Random(1)
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]

    def words(count):
        return " ".join(f"w{number}" for number in chance.choices(range(VOCABULARY), weights, k=count))

    with tempfile.TemporaryDirectory() as folder:
        documents, built, stopped = (os.path.join(folder, name) for name in ("documents.jsonl", "built", "stopped"))
        with open(documents, "w") as file:
            for number in range(options.documents):
                file.write(json.dumps({"id": f"d{number}", "text": words(WORDS)}) + "\n")
        build = [options.binary, "index", "build", documents, "--index", built, "--quiet"]
        process = subprocess.Popen([*build, "--acknowledge"], stdout=subprocess.PIPE, text=True)
        acknowledged = 0
        for _ in process.stdout:
            acknowledged += 1
            if acknowledged == options.documents * 98 // 100:
                process.send_signal(signal.SIGINT)
        process.wait()
        shutil.copytree(built, stopped)
        start = time.monotonic()
        subprocess.run(build, check=True)
        print(f"{options.documents:,} documents of {WORDS} words; stopped after {acknowledged:,}, then built to the end in "
              f"{time.monotonic() - start:.1f} s")
        queries = [words(5) for _ in range(QUERIES)]
        times = {stopped: [], built: []}
        with Searches(options.binary, "--index", stopped) as one, Searches(options.binary, "--index", built) as other:
            for query in queries[:5] + queries:
                for place, search in ((stopped, one), (built, other)):
                    start = time.perf_counter()
                    search({"query": query, "mode": "bm25"})
                    times[place].append(1000 * (time.perf_counter() - start))
        for name, place in (("stopped", stopped), ("built to the end", built)):
            with sqlite3.connect(os.path.join(place, "index.sqlite")) as database:
                runs, pages = database.execute("SELECT COUNT(DISTINCT segid), COUNT(*) FROM words_idx").fetchone()
            milliseconds = sorted(times[place][5:])
            print(f"{name}: {runs} runs of {pages:,} pages; median {statistics.median(milliseconds):.2f} ms, "
                  f"95 % {milliseconds[QUERIES * 95 // 100]:.2f} ms")


main()
