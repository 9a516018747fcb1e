#!/usr/bin/env python3
"""nDCG@10 of BM25, of MiniLM without training, and of both joined by their ranks (k = 60).

    python Benchmarks/baselines/retrieval.py --data DIR [--model FOLDER]        DIR holds retrieval/*

Without --model only BM25 is measured. Scripts/install-minilm.sh fetches all-MiniLM-L6-v2.
"""

import argparse
from pathlib import Path

from data import read_beir

SETS = [
    ("attack-detection-to-technique", "test"), ("attack-procedure-to-technique", "valid"), ("capec-to-cwe", "test"),
    ("cve-to-cwe", "test"), ("rule-to-technique", "test"),
]
DEPTH = 100


def keyword_run(documents: dict, queries: dict) -> dict:
    import bm25s

    names = list(documents)
    retriever = bm25s.BM25()
    retriever.index(bm25s.tokenize(list(documents.values()), stopwords="en", show_progress=False), show_progress=False)
    tokens = bm25s.tokenize(list(queries.values()), stopwords="en", show_progress=False)
    found, scores = retriever.retrieve(tokens, k=min(DEPTH, len(names)), show_progress=False)
    return {
        query: {names[index]: float(score) for index, score in zip(row, values) if score > 0}
        for query, row, values in zip(queries, found, scores)
    }


def vector_run(model, documents: dict, queries: dict) -> dict:
    names = list(documents)
    options = {"normalize_embeddings": True, "batch_size": 32, "show_progress_bar": False}
    similarity = model.encode(list(queries.values()), **options) @ model.encode(list(documents.values()), **options).T
    run = {}
    for query, row in zip(queries, similarity):
        best = (-row).argsort(kind="stable")[:DEPTH]
        run[query] = {names[index]: float(row[index]) for index in best}
    return run


def fused(runs: list[dict], k: int = 60) -> dict:
    result = {}
    for query in runs[0]:
        scores: dict[str, float] = {}
        for run in runs:
            ranked = sorted(run[query], key=lambda name, row=run[query]: -row[name])
            for rank, name in enumerate(ranked, start=1):
                scores[name] = scores.get(name, 0.0) + 1 / (k + rank)
        result[query] = scores
    return result


def ndcg(run: dict, judgements: dict) -> float:
    """The mean over all judged queries; one without results counts 0."""
    import pytrec_eval

    values = pytrec_eval.RelevanceEvaluator(judgements, {"ndcg_cut.10"}).evaluate(run)
    return sum(row["ndcg_cut_10"] for row in values.values()) / len(judgements)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", help="folder of a sentence-transformers model")
    parser.add_argument("--sets", nargs="*", help="only these sets")
    arguments = parser.parse_args()
    model = None
    if arguments.model:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(arguments.model, device="cpu")
    rows = []
    for name, split in SETS:
        if arguments.sets and name not in arguments.sets:
            continue
        documents, queries, judgements = read_beir(arguments.data / "retrieval" / name, split)
        runs = [keyword_run(documents, queries)]
        if model is not None:
            runs.append(vector_run(model, documents, queries))
            runs.append(fused(runs))
        rows.append([ndcg(run, judgements) for run in runs])
        print(f"{name}, {split}: " + "  ".join(f"{value:.3f}" for value in rows[-1]), flush=True)
    print("mean: " + "  ".join(f"{sum(column) / len(column):.3f}" for column in zip(*rows)))


if __name__ == "__main__":
    main()
