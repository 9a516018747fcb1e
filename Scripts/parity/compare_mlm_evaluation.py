"""Repeats `securebert evaluate mlm` with transformers and compares ranks of answers and masked losses.

The masks are drawn again from the documented generator (SplitMix64), so both see the same ones. Exit code 1 when a rank
differs by more than near ties explain, or the loss by more than 1e-4 relative.

    python3 Scripts/parity/compare_mlm_evaluation.py --model DIR --data objects.csv --corpus valid.jsonl.zst --texts 100
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

MASK64 = 2**64 - 1


class Random:
    def __init__(self, seed, use):
        self.state = seed & MASK64
        self.state = self.next() ^ use

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK64
        bits = self.state
        bits = ((bits ^ bits >> 30) * 0xBF58476D1CE4E5B9) & MASK64
        bits = ((bits ^ bits >> 27) * 0x94D049BB133111EB) & MASK64
        return bits ^ bits >> 31

    def below(self, bound):
        return (self.next() * bound) >> 64


def masks(count, rate, seed, number):
    random = Random(seed, number)
    positions = list(range(count))
    wanted = min(count, max(1, int(count * rate + 0.5)))
    for index in range(wanted):
        other = index + random.below(count - index)
        positions[index], positions[other] = positions[other], positions[index]
    return sorted(positions[:wanted])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/securebert")
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", nargs="*", default=[])
    parser.add_argument("--corpus")
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--sentences", type=int, default=200)
    options = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = AutoModelForMaskedLM.from_pretrained(options.model, attn_implementation="eager").eval()
    start, end = tokenizer.cls_token_id, tokenizer.sep_token_id

    def encode(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    @torch.no_grad()
    def logits(ids, positions):
        return model(torch.tensor([[start, *ids, end]])).logits[0][[1 + p for p in positions]].double()

    failed = False
    with tempfile.TemporaryDirectory() as folder:
        command = [options.binary, "evaluate", "mlm", "--model", options.model, "--json", "--ranks", "--quiet"]
        for path in options.data:
            with open(path, newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))[: options.sentences]
            name = pathlib.Path(folder, pathlib.Path(path).name)
            with open(name, "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, ["sentence", "answer", "source"])
                writer.writeheader()
                writer.writerows(rows)
            result = json.loads(subprocess.run(command + ["--data", name], check=True, capture_output=True).stdout)
            found = result["models"][0]["files"][0]["ranks"]
            differing = 0
            for row, ranks in zip(rows, found, strict=True):
                before, after = row["sentence"].split("<mask>")
                spaced = before.endswith(" ")
                left = encode(before[:-1] if spaced else before)
                answer = encode(" " * spaced + row["answer"])
                ids = left + [tokenizer.mask_token_id] * len(answer) + encode(after)
                scores = logits(ids, range(len(left), len(left) + len(answer)))
                for score, target, rank in zip(scores, answer, ranks, strict=True):
                    low, high = (score > score[target] + 1e-4).sum(), (score > score[target] - 1e-4).sum()
                    differing += not low <= rank <= high
            failed |= differing > 0
            print(f"{name.name}: {differing} of {sum(map(len, found))} ranks differ")
        if options.corpus:
            lines = subprocess.run(["zstd", "-dcq", options.corpus], check=True, capture_output=True).stdout.splitlines()
            texts = [json.loads(line)["text"] for line in lines[: options.texts]]
            name = pathlib.Path(folder, "corpus.jsonl")
            name.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
            result = json.loads(
                subprocess.run(command + ["--corpus", name, "--seed", "7"], check=True, capture_output=True).stdout)
            found = result["models"][0]["corpus"]["total"]
            total, count, number = 0.0, 0, 0
            for text in texts:
                ids = encode(text)
                for first in range(0, len(ids), 510):
                    window = ids[first : first + 510]
                    drawn = masks(len(window), 0.15, 7, number)
                    number += 1
                    targets = [window[position] for position in drawn]
                    for position in drawn:
                        window[position] = tokenizer.mask_token_id
                    losses = torch.nn.functional.cross_entropy(
                        logits(window, drawn), torch.tensor(targets), reduction="sum")
                    total, count = total + losses.item(), count + len(drawn)
            error = abs(found["loss"] / (total / count) - 1)
            failed |= count != found["maskedTokens"] or error > 1e-4
            print(f"corpus: {count} masked tokens, loss {total / count:.6f}, ours {found['loss']:.6f} (of {found['maskedTokens']})")
    sys.exit(failed)


if __name__ == "__main__":
    main()
