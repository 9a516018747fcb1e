#!/usr/bin/env python3
"""Named entities with a conditional random field over words, shapes, affixes and neighbours.

    python Benchmarks/baselines/ner_crf.py --data DIR        DIR holds ner/cyner
"""

import argparse
import re
from pathlib import Path

from data import read_conll


def shape(word: str) -> str:
    """Capitals, small letters and digits as X, x and d; runs of one kind at most twice."""
    plain = re.sub(r"\d", "d", re.sub(r"[a-z]", "x", re.sub(r"[A-Z]", "X", word)))
    return re.sub(r"(.)\1{2,}", r"\1\1", plain)


def features(words: list[str], index: int) -> dict:
    word = words[index]
    found = {
        "bias": 1.0, "word": word.lower(), "shape": shape(word), "prefix2": word[:2].lower(),
        "prefix3": word[:3].lower(), "suffix2": word[-2:].lower(), "suffix3": word[-3:].lower(),
        "upper": word.isupper(), "title": word.istitle(), "digit": any(character.isdigit() for character in word),
        "dot": "." in word, "slash": "/" in word or "\\" in word, "hyphen": "-" in word, "long": len(word) > 20,
    }
    for distance in (-2, -1, 1, 2):
        place = index + distance
        if 0 <= place < len(words):
            found[f"{distance}:word"] = words[place].lower()
            found[f"{distance}:shape"] = shape(words[place])
            found[f"{distance}:title"] = words[place].istitle()
        else:
            found[f"{distance}:edge"] = True
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", default="ner/cyner")
    parser.add_argument("--test", default="test", help="split to report")
    arguments = parser.parse_args()
    import sklearn_crfsuite
    from seqeval.metrics import classification_report, f1_score
    from seqeval.scheme import IOB2

    def split(name: str):
        sentences = read_conll(arguments.data / arguments.set / f"{name}.txt")
        words = [[word for word, _ in sentence] for sentence in sentences]
        rows = [[features(sentence, index) for index in range(len(sentence))] for sentence in words]
        return rows, [[tag for _, tag in sentence] for sentence in sentences]

    model = sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True)
    model.fit(*split("train"))
    rows, truth = split(arguments.test)
    found = [list(tags) for tags in model.predict(rows)]
    print(classification_report(truth, found, digits=3, zero_division=0))
    print(f"micro-F1 {f1_score(truth, found):.3f}, strict {f1_score(truth, found, mode='strict', scheme=IOB2):.3f}")


if __name__ == "__main__":
    main()
