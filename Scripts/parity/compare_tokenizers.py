#!/usr/bin/env python3
"""Tokenizes corpus documents and random Unicode with `securebert tokenize` and with the reference, and counts differences.

Ids, tokens and offsets are compared for GPT-NeoX, ModernBERT (GPT-NeoX with its added tokens), RoBERTa (from vocab.json and
merges.txt) and BERT (from vocab.txt). Ends with status 1 when anything differs.

Usage: compare_tokenizers.py --data DIR [--binary .build/release/securebert] [--lines 100000] [--fuzz 20000] [--long 26]
       [--only NAME]
DIR holds tokenizers/ and corpus/*.jsonl.zst. Versions: Scripts/fixtures/requirements.txt; needs the zstd program.
"""

import argparse
import glob
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from tokenizers import Tokenizer


def zstd(path):
    with subprocess.Popen(["zstd", "-dc", path], stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        yield from process.stdout
        process.terminate()


def read(path):
    return "".join(zstd(path)) if path.endswith(".zst") else open(path, encoding="utf-8").read()


def modernbert(neox):
    """The tokenizer.json of ModernBERT: GPT-NeoX with more added tokens and [CLS] ... [SEP] around."""
    root = json.loads(neox)
    tokens = root["added_tokens"]
    next_id = max(t["id"] for t in tokens) + 1
    names = ["|||IP_ADDRESS|||", "|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    for name in names + [f"[unused{i}]" for i in range(83)]:
        special = name in names[3:]
        tokens.append({"id": next_id, "content": name, "single_word": False, "lstrip": name == "[MASK]", "rstrip": False,
                       "normalized": not special, "special": special})
        next_id += 1
    ids = {t["content"]: t["id"] for t in tokens}
    piece = lambda kind, name, type_id: {kind: {"id": name, "type_id": type_id}}
    single = [piece("SpecialToken", "[CLS]", 0), piece("Sequence", "A", 0), piece("SpecialToken", "[SEP]", 0)]
    root["post_processor"] = {
        "type": "TemplateProcessing", "single": single,
        "pair": single + [piece("Sequence", "B", 1), piece("SpecialToken", "[SEP]", 1)],
        "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")}}
    return json.dumps(root, ensure_ascii=False)


def prepare(data, work):
    """Writes the folders and returns the reference tokenizer of each."""
    from transformers import BertTokenizer, RobertaTokenizer

    source = os.path.join(data, "tokenizers")
    reference = {}

    def folder(name, files):
        path = os.path.join(work, name)
        os.makedirs(path)
        for file, content in files.items():
            with open(os.path.join(path, file), "w", encoding="utf-8", newline="\n") as out:
                out.write(content)
        return path

    neox = read(os.path.join(source, "gpt-neox-20b-tokenizer.json.zst"))
    for name, content in {"gpt-neox": neox, "modernbert": modernbert(neox)}.items():
        reference[name] = Tokenizer.from_file(os.path.join(folder(name, {"tokenizer.json": content}), "tokenizer.json"))

    gpt2 = json.loads(read(os.path.join(source, "gpt2-vocab.json.zst")))
    words = ["<s>", "<pad>", "</s>", "<unk>"]
    words += [t for t, _ in sorted(gpt2.items(), key=lambda x: x[1]) if t != "<|endoftext|>"] + ["<mask>"]
    path = folder("roberta", {
        "vocab.json": json.dumps({t: i for i, t in enumerate(words)}, ensure_ascii=False),
        "merges.txt": read(os.path.join(source, "gpt2-merges.txt")),
        "special_tokens_map.json": json.dumps({
            "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>",
            "cls_token": "<s>", "mask_token": {"content": "<mask>", "single_word": False, "lstrip": True,
                                               "rstrip": False, "normalized": False}}),
        "tokenizer_config.json": '{"tokenizer_class":"RobertaTokenizer"}'})
    reference["roberta"] = RobertaTokenizer.from_pretrained(path).backend_tokenizer
    path = folder("bert", {
        "vocab.txt": read(os.path.join(source, "bert-base-uncased-vocab.txt")),
        "tokenizer_config.json": '{"do_lower_case":true,"tokenizer_class":"BertTokenizer"}'})
    reference["bert"] = BertTokenizer.from_pretrained(path).backend_tokenizer
    for tokenizer in reference.values():
        tokenizer.no_truncation()
        tokenizer.no_padding()
    return reference


def corpus(data, count):
    for path in sorted(glob.glob(os.path.join(data, "corpus", "*.jsonl.zst"))):
        for line in zstd(path):
            if count == 0:
                return
            count -= 1
            yield {"text": json.loads(line)["text"]}


def fuzz(count):
    """Random texts: scalars of every kind next to each other, words, markers of the tokenizers, pairs now and then."""
    generator = random.Random(20260101)
    ranges = [(0x20, 0x7E), (0x20, 0x7E), (0x20, 0x7E), (0, 0x1F), (0x7F, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x52F),
              (0x590, 0x6FF), (0x900, 0xD7F), (0xE00, 0xEFF), (0x1100, 0x11FF), (0x1AB0, 0x1AFF), (0x1DC0, 0x1FFF),
              (0x2000, 0x206F), (0x2070, 0x2BFF), (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xE000, 0xE010),
              (0xF900, 0xFAFF), (0xFB00, 0xFEFF), (0xFF00, 0xFFEF), (0xFFF0, 0xFFFF), (0x1D100, 0x1D7FF), (0x1F000, 0x1FAFF),
              (0x20000, 0x2A6DF), (0x2F800, 0x2FA1F), (0xE0000, 0xE01EF), (0, 0x10FFFF)]
    words = ["the", " attack", "CVE-2021-44228", "  ", "\n", "\r\n", "\t", " ", "[MASK]", "<mask>", " <mask> ", "[CLS]", "[SEP]", "<s>",
             "</s>", "<pad>", "|||IP_ADDRESS|||", "[unused7]", "<|endoftext|>", "'s", "'ll", "n't", "e\u0301", "\u200d", "deadbeef", "0x41",
             "É", "İ", "ﬁ", "각", "각", "攻击", "👩‍💻", "...", "---", "_", "##ing", "Ġ", "user@example.org", "C:\\Windows"]

    def text():
        parts = []
        low, high = generator.choice(ranges)
        for _ in range(generator.randrange(0, 40)):
            kind = generator.random()
            if kind < 0.25:
                parts.append(generator.choice(words))
            else:
                if kind < 0.4:
                    low, high = generator.choice(ranges)
                scalar = generator.randint(low, high)
                parts.append(chr(scalar) if not 0xD800 <= scalar <= 0xDFFF else " ")
        return "".join(parts)

    for _ in range(count):
        record = {"text": text()}
        if generator.random() < 0.1:
            record["text_pair"] = text()
        yield record


def long(data, count):
    """Texts of many documents and random texts each, with runs of one letter and of random letters between."""
    generator = random.Random(7)
    documents, strange = corpus(data, 100 * count), fuzz(100 * count)
    for index in range(count):
        parts = [part["text"] for pair in zip(range(100), documents, strange) for part in pair[1:]]
        parts.insert(50, "".join(generator.choice("abcdefghijklmnopqrstuvwxyz"[: 1 + index % 26]) for _ in range(20_000)))
        yield {"text": " ".join(parts)}


def compare(name, binary, folder, tokenizer, records, label):
    process = subprocess.Popen(
        [binary, "tokenize", "-", "--jsonl", "--input-format", "jsonl", "--model", folder],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", errors="surrogatepass")
    pending, differences, count, started = [], 0, 0, time.time()
    condition = threading.Condition()
    finished = False

    def feed():
        nonlocal finished
        for record in records:
            process.stdin.write(json.dumps(record) + "\n")
            with condition:
                condition.wait_for(lambda: len(pending) < 4000)
                pending.append(record)
                condition.notify()
        process.stdin.close()
        with condition:
            finished = True
            condition.notify()

    threading.Thread(target=feed, daemon=True).start()
    while True:
        with condition:
            condition.wait_for(lambda: finished or pending)
            batch, pending[:] = pending[:1000], pending[1000:]
            condition.notify()
            if not batch and finished:
                break
        inputs = [(r["text"], r["text_pair"]) if "text_pair" in r else r["text"] for r in batch]
        for record, expected in zip(batch, tokenizer.encode_batch(inputs)):
            line = process.stdout.readline()
            if not line:
                sys.exit(f"{name}: the program ended early with status {process.wait()}")
            found = json.loads(line)
            count += 1
            wanted = {"ids": expected.ids, "tokens": expected.tokens, "offsets": [list(o) for o in expected.offsets]}
            wrong = [key for key in wanted if found.get(key) != wanted[key]]
            if wrong:
                differences += 1
                if differences <= 5:
                    print(f"{name}, {label} {count}: {', '.join(wrong)} differ for {json.dumps(record)[:400]}")
                    for key in wrong[:1]:
                        place = next((i for i, (a, b) in enumerate(zip(found[key], wanted[key])) if a != b), 0)
                        print("  found   ", found[key][max(0, place - 2):place + 6])
                        print("  expected", wanted[key][max(0, place - 2):place + 6])
    print(f"{name}, {label}: {count} texts, {differences} differences, {time.time() - started:.0f} s", flush=True)
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--binary", default=".build/release/securebert")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--fuzz", type=int, default=20_000)
    parser.add_argument("--long", type=int, default=26, help="texts of 100 documents each")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    differences = 0
    with tempfile.TemporaryDirectory() as work:
        for name, tokenizer in prepare(arguments.data, work).items():
            if arguments.only not in (None, name):
                continue
            folder = os.path.join(work, name)
            differences += compare(name, arguments.binary, folder, tokenizer, fuzz(arguments.fuzz), "random text")
            differences += compare(
                name, arguments.binary, folder, tokenizer, corpus(arguments.data, arguments.lines), "corpus")
            differences += compare(
                name, arguments.binary, folder, tokenizer, long(arguments.data, arguments.long), "long text")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
