"""Compares `securebert tokenizer train` with the reference trainer on the same texts.

Random small corpora first, over several vocabulary sizes, least frequencies and special tokens, then, when files are
given, the texts of these (.jsonl or .jsonl.zst, key "text"), up to --megabytes of them. Vocabulary, ids and merges must
be identical. Exit code 1 when one is not.

    python3 Scripts/parity/compare_bpe_training.py --binary .build/release/securebert \\
        --megabytes 20 --vocab-size 16384 CORPUS/train-*.jsonl.zst
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

SPECIAL = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]


def reference(texts, size, least=0, special=SPECIAL, digits=False, nfc=True):
    tokenizer = Tokenizer(models.BPE())
    if nfc:
        tokenizer.normalizer = normalizers.NFC()
    steps = [pre_tokenizers.ByteLevel(add_prefix_space=False)]
    if digits:
        steps.insert(0, pre_tokenizers.Digits(individual_digits=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=least, special_tokens=special, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    return json.loads(tokenizer.to_str())["model"]


def ours(binary, texts, size, least=0, special=SPECIAL, digits=False, nfc=True, threads=2):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "texts.jsonl")
        path.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts), "utf-8")
        command = [
            binary, "tokenizer", "train", "--input", str(path), "--output", folder, "--quiet", "--json",
            "--vocab-size", str(size), "--min-frequency", str(least), "--special-tokens", ",".join(special),
            "--threads", str(threads)]
        command += ["--split-digits"] if digits else []
        command += [] if nfc else ["--no-normalize"]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return json.loads(pathlib.Path(folder, "tokenizer.json").read_text("utf-8"))["model"], result


def differences(expected, found):
    if expected["vocab"] != found["vocab"]:
        missing = set(expected["vocab"]) - set(found["vocab"])
        return f"vocabularies differ: {len(expected['vocab'])} and {len(found['vocab'])} tokens, missing {list(missing)[:5]}"
    for rank, (left, right) in enumerate(zip(expected["merges"], found["merges"])):
        if list(left) != list(right):
            return f"merge {rank} is {right}, expected {left}"
    if len(expected["merges"]) != len(found["merges"]):
        return f"{len(found['merges'])} merges, expected {len(expected['merges'])}"
    return None


ALPHABETS = ["ab", "abc", "aab ", "abcdef  ", "abc123 .", "éèe\u0301 aß攻🔥", "a'sb tll \n\t", "0123456789 ab\u00b2\u0663"]


def random_case(seed):
    pick = random.Random(seed)
    alphabet = pick.choice(ALPHABETS)
    texts = [
        " ".join(
            "".join(pick.choice(alphabet) for _ in range(pick.randint(1, 9))) for _ in range(pick.randint(1, 30)))
        for _ in range(pick.randint(1, 20))]
    special = pick.choice([SPECIAL, [], ["ab"], ["aa", "<mask>"]])
    return texts, dict(
        size=256 + len(special) + pick.randint(0, 300), least=pick.choice([0, 1, 2, 5]), special=special,
        digits=pick.random() < 0.5, nfc=pick.random() < 0.5, )


def documents(paths, limit):
    texts, total = [], 0
    for path in paths:
        command = ["zstd", "-dcq", path] if path.endswith(".zst") else ["cat", path]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                text = json.loads(line)["text"]
                texts.append(text)
                total += len(text.encode())
                if total >= limit:
                    process.kill()
                    return texts, total
    return texts, total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--binary", default=".build/release/securebert")
    parser.add_argument("--random", type=int, default=100, help="number of random corpora")
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--vocab-size", type=int, default=16384)
    options = parser.parse_args()
    failures = 0
    for seed in range(options.random):
        texts, settings = random_case(seed)
        found, _ = ours(options.binary, texts, **settings, threads=1 + seed % 3)
        problem = differences(reference(texts, **settings), found)
        if problem:
            failures += 1
            print(f"random corpus {seed} ({settings}): {problem}")
    print(f"{options.random - failures} of {options.random} random corpora agree")
    if options.files:
        texts, total = documents(options.files, options.megabytes * 1e6)
        for digits in (False, True):
            start = time.perf_counter()
            expected = reference(texts, options.vocab_size, digits=digits)
            seconds = time.perf_counter() - start
            found, result = ours(options.binary, texts, options.vocab_size, digits=digits)
            problem = differences(expected, found)
            failures += problem is not None
            print(
                f"{total / 1e6:.1f} MB, {len(texts)} texts, {options.vocab_size} tokens, digits {'apart' if digits else 'together'}: "
                f"{problem or 'identical'}; reference {seconds:.1f} s, ours {result['countingSeconds']:.1f} s counting "
                f"+ {result['learningSeconds']:.1f} s learning")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
