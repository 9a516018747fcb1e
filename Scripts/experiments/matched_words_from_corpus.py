#!/usr/bin/env python3
"""Writes texts in two parts whose words are marked when the other part has them too, for `securebert finetune ner`.

usage: matched_words_from_corpus.py OUTPUT-FOLDER SHARD.jsonl[.zst]...

A cross-encoder has to compare the words of a query with those of a passage, which an encoder of this size has not learned from
masked words, and learns slowly from one right passage in five. This teaches it with a label for every word. A passage is 20 to
120 words of a document; its query is some of its words in a row, in pieces, scattered or shuffled, or the words beside it, or the
document's title. Half of the queries are put before their own passage, the others before the one that shares the most words among
50 of the same source. Words are the same when their first six letters are, in any case; the 60 most frequent ones count as
different. Writes OUTPUT-FOLDER/train.conll and valid.conll (400 texts), lines "word label", [SEP] between the two parts.
"""
import collections
import json
import pathlib
import random
import re
import subprocess
import sys

PER_SOURCE, VALIDATION, RIVALS, FREQUENT = 5000, 400, 50, 60
choice = random.Random(1)


def lines(path):
    if path.endswith(".zst"):
        with subprocess.Popen(["zstdcat", path], stdout=subprocess.PIPE, text=True) as stream:
            yield from stream.stdout
    else:
        with open(path, encoding="utf-8") as stream:
            yield from stream


def key(word):
    return re.sub(r"^\W+|\W+$", "", word).lower()[:6]


def query_of(passage, beside, title):
    """Words that ask for the passage: of it, from beside it, or the title."""
    length = choice.randint(4, 16)
    start = choice.randrange(max(1, len(passage) - length))
    row = passage[start:start + length]
    kind = choice.random()
    if kind < 0.35:
        words = [word for word in row if choice.random() > 0.3]
    elif kind < 0.6:
        words = [word for word in passage if choice.random() < 10 / len(passage)]
    elif kind < 0.8:
        words = beside[:length]
    else:
        words = title.split()[:length]
    words = words or row
    if choice.random() < 0.3:
        choice.shuffle(words)
    return [word.lower() for word in words] if choice.random() < 0.3 else words


passages = collections.defaultdict(list)  # of a source: query, passage
for path in sys.argv[2:]:
    for document in map(json.loads, lines(path)):
        source = passages[document["source"]]
        words = [word[:30] for word in document["text"].split()]
        for _ in range(min(1 + len(words) // 300, 4)):
            length = choice.randint(20, 120)
            if len(words) < 30:
                break
            start = choice.randrange(max(1, len(words) - length))
            passage = words[start:start + length]
            beside = words[max(0, start - 16):start] or words[start + length:]
            source.append((query_of(passage, beside, document["title"]), passage))

counts = collections.Counter()
for source in sorted(passages):
    choice.shuffle(passages[source])
    del passages[source][PER_SOURCE:]
    counts.update(key(word) for _, passage in passages[source] for word in passage)
ignored = {word for word, _ in counts.most_common(FREQUENT)} | {""}
texts = []
for source, found in sorted(passages.items()):
    keys = [{key(word) for word in passage} - ignored for _, passage in found]
    for index, (query, passage) in enumerate(found):
        asked = {key(word) for word in query} - ignored
        if choice.random() < 0.5:
            other = max((choice.randrange(len(found)) for _ in range(RIVALS)), key=lambda i: (i != index, len(asked & keys[i])))
            passage = found[other][1]
        given = {key(word) for word in passage}
        texts.append([(word, key(word) in asked & given) for word in query] + [("[SEP]", False)]
                     + [(word, key(word) in asked) for word in passage])
choice.shuffle(texts)
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, part in (("valid", texts[:VALIDATION]), ("train", texts[VALIDATION:])):
    with open(folder / f"{name}.conll", "w", encoding="utf-8") as file:
        for text in part:
            file.writelines(f"{word} {'B-Match' if same else 'O'}\n" for word, same in text)
            file.write("\n")
words = [same for text in texts for _, same in text]
print(f"{len(texts)} texts, {len(words)} words, {sum(words) / len(words):.1%} marked", file=sys.stderr)
