#!/usr/bin/env python3
"""Searches the same vectors with `securebert bench vectors`, numpy and faiss in one run and prints a Markdown table.

    VENV/bin/python Benchmarks/search/vectors.py .build/release/securebert [--rows 1000000] [--dimensions 384] [--threads 2]

VENV is a virtual environment outside the repository, with the versions the published figures were measured with:

    python3 -m venv VENV && VENV/bin/pip install numpy==2.4.6 faiss-cpu==1.15.1

Vectors are noisy copies, of length 1, of one direction for every 20; queries are noisy copies of rows. Every query is asked alone,
as a server gets them; the median of all counts. Recall is the part of numpy's ten nearest rows that is found.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--queries", type=int, default=30)
    return parser.parse_args()


options = arguments()
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(options.threads)

import faiss  # noqa: E402
import numpy as np  # noqa: E402


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    count = max(1, options.rows // 20)
    directions = unit(random.standard_normal((count, options.dimensions), dtype=np.float32))
    vectors = np.empty((options.rows, options.dimensions), dtype=np.float32)
    for start in range(0, options.rows, 50_000):
        stop = min(options.rows, start + 50_000)
        noise = unit(random.standard_normal((stop - start, options.dimensions), dtype=np.float32))
        vectors[start:stop] = unit(directions[np.arange(start, stop) % count] + noise)
    rows = vectors[np.arange(options.queries) * 7919 % options.rows]
    noise = unit(random.standard_normal((options.queries, options.dimensions), dtype=np.float32))
    return vectors, unit(rows + 0.5 * noise)


def measure(search, queries: np.ndarray) -> tuple[float, list[set[int]]]:
    search(queries[:1])
    times, found = [], []
    for query in queries:
        start = time.perf_counter()
        rows = search(query[None])
        times.append(time.perf_counter() - start)
        found.append({int(row) for row in rows})
    return 1000 * sorted(times)[len(times) // 2], found


def main() -> None:
    vectors, queries = make(np.random.default_rng(1))
    faiss.omp_set_num_threads(options.threads)

    def by_numpy(query: np.ndarray) -> np.ndarray:
        scores = vectors @ query[0]
        return np.argpartition(-scores, 10)[:10]

    flat = faiss.IndexFlatIP(options.dimensions)
    flat.add(vectors)
    results = [("numpy float32", *measure(by_numpy, queries))]
    results.append(("faiss IndexFlatIP", *measure(lambda q: flat.search(q, 10)[1][0], queries)))
    del flat
    for name, kind in (
        ("faiss IndexScalarQuantizer QT_8bit", faiss.ScalarQuantizer.QT_8bit),
        ("faiss IndexScalarQuantizer QT_8bit_direct_signed", faiss.ScalarQuantizer.QT_8bit_direct_signed),
    ):
        index = faiss.IndexScalarQuantizer(options.dimensions, kind, faiss.METRIC_INNER_PRODUCT)
        # The direct one takes numbers of -127 to 127 as they are, of queries too.
        scale = 127 / np.abs(vectors).max() if kind == faiss.ScalarQuantizer.QT_8bit_direct_signed else 1
        data = np.clip(np.rint(vectors * scale), -127, 127) if scale != 1 else vectors
        index.train(data[:100_000])
        index.add(data)
        questions = np.rint(queries * scale) if scale != 1 else queries
        results.append((name, *measure(lambda q, index=index: index.search(q, 10)[1][0], questions)))
        del index, data
    signs = np.packbits(vectors >= 0, axis=1)
    binary = faiss.IndexBinaryFlat(options.dimensions)
    binary.add(signs)
    results.append(
        ("faiss IndexBinaryFlat", *measure(lambda q: binary.search(np.packbits(q >= 0, axis=1), 10)[1][0], queries))
    )
    exact = results[0][2]
    print(f"{options.rows:,} x {options.dimensions}, {options.threads} threads, median of {options.queries} queries\n")
    print("| | ms | recall@10 |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.f32"
        vectors.tofile(path)
        command = [
            options.binary, "bench", "vectors", "--vectors", path, "--dimensions", str(options.dimensions),
            "--threads", str(options.threads), "--queries", str(options.queries), "--json",
        ]
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            row = json.loads(line)
            name = "ours " + row["format"] + (f", {row['oversampling']} times compared again" if row["rescored"] else "")
            print(f"| {name} | {row['medianMilliseconds']:.1f} | {row['recall']:.3f} |")
    for name, milliseconds, found in results:
        hits = sum(len(a & b) for a, b in zip(found, exact, strict=True))
        print(f"| {name} | {milliseconds:.1f} | {hits / (10 * len(exact)):.3f} |")


main()
