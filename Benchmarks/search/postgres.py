#!/usr/bin/env python3
"""Bulk load, graphs and searches of PostgreSQL with pgvector at size, through `securebert bench vectors --store`.

usage: Scripts/postgres/server.sh python3 Benchmarks/search/postgres.py BINARY [OPTION ...]

OPTIONs go to `bench vectors`: --rows 100000 --dimensions 384, or --vectors FILE. For each of the settings of the graphs a new index
is loaded and searched with several values of ef_search, for the ten and the hundred nearest, which is what a search looks at.
"""

import json
import os
import subprocess
import sys

SERVER = os.environ["SECUREBERT_TEST_POSTGRES"]
# m, ef_construction, maintenance_work_mem
SETTINGS = [(16, 64, "64MB"), (16, 64, "1GB"), (16, 128, "1GB"), (24, 128, "1GB"), (32, 200, "1GB")]
REACHES = {10: [40, 100, 200, 400, 800], 100: [100, 200, 400, 800]}


def main():
    binary, *rest = sys.argv[1:]
    programs = os.environ["POSTGRES_PROGRAMS"]
    print("| m | ef_construction | maintenance_work_mem | rows/s loaded | graphs, s | top | ef_search | median ms | 95 % ms | recall |")
    print("|---" * 10 + "|")
    for m, construction, memory in SETTINGS:
        for top, reaches in REACHES.items():
            if memory != "1GB" and top != 10:
                continue
            address = f"{SERVER}&options=-c%20maintenance_work_mem%3D{memory}&schema=bench"
            result = subprocess.run(
                [binary, "bench", "vectors", "--store", address, "--m", str(m), "--ef-construction", str(construction),
                 "--top", str(top), "--json", "--ef-search", *map(str, reaches), *rest], capture_output=True, text=True)
            if result.returncode != 0:
                sys.exit(result.stderr)
            for line in result.stdout.splitlines():
                row = json.loads(line)
                if row.get("store"):
                    print(
                        f"| {m} | {construction} | {memory} | {row['rows'] / row['writeSeconds']:,.0f} | {row['graphSeconds']:.0f} "
                        f"| {top} | {row['efSearch']} | {row['medianMilliseconds']:.1f} | {row['p95Milliseconds']:.1f} "
                        f"| {row['recall']:.3f} |", flush=True)
            subprocess.run(
                [os.path.join(programs, "bin", "psql"), SERVER, "-qc", "SET client_min_messages = error", "-qc",
                 "DROP SCHEMA bench CASCADE"], check=True, env={**os.environ, "PGPASSWORD": "not a secret"})


main()
