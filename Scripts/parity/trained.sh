#!/usr/bin/env bash
# Trains small models with the command line and loads what was saved with the tools other people use: transformers, TensorBoard,
# sentence-transformers (as bi-encoder and as cross-encoder), PEFT. A few minutes. Fails at the end when any of them disagrees.
# usage: Scripts/parity/trained.sh BINARY PYTHON
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$1
python=$2
work=$(mktemp -d)
failed=
trap 'rm -rf "$work"' EXIT

# The paragraphs of the example reports: documents to pretrain on, passages to find by their first words.
"$python" - "$work" <<'PYTHON'
import json, pathlib, sys
work = pathlib.Path(sys.argv[1])
parts = [" ".join(part.split()) for report in sorted(pathlib.Path("Examples/reports").glob("*.txt"))
         for part in report.read_text().split("\n\n")]
parts = list(dict.fromkeys(part for part in parts if len(part) > 80))
for folder in ["corpus", "set/qrels"]:
    (work / folder).mkdir(parents=True)
for split, chosen in [("train", parts[20:]), ("valid", parts[:20])]:
    (work / f"corpus/{split}.jsonl").write_text("".join(json.dumps({
        "id": f"{split} {number}", "source": "reports", "kind": "text", "license": "public domain", "title": "", "text": part,
    }) + "\n" for number, part in enumerate(chosen)))
(work / "set/corpus.jsonl").write_text(
    "".join(json.dumps({"_id": f"p{number}", "text": part}) + "\n" for number, part in enumerate(parts)))
(work / "set/queries.jsonl").write_text(
    "".join(json.dumps({"_id": f"q{number}", "text": part[:40]}) + "\n" for number, part in enumerate(parts)))
for split, numbers in [("train", range(20, len(parts))), ("valid", range(20))]:
    (work / f"set/qrels/{split}.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"q{number}\tp{number}\t1\n" for number in numbers))
PYTHON

"$binary" corpus tokenize -q --corpus "$work/corpus" --tokenizer Models/securebert-mini --output "$work/tokens"
cat > "$work/pretrain.toml" <<TOML
tokens-per-step = 4096
precision = "f32"
[model]
from = "$PWD/Models/securebert-mini"
[optimizer]
learning-rate = 5e-4
[log]
every = 1
[[stage]]
name = "all"
tokens = 80_000
length = 256
TOML
"$binary" pretrain -q --recipe "$work/pretrain.toml" --data "$work/tokens" --output "$work/pretrain"
"$python" Scripts/parity/pretrained.py --binary "$binary" "$work/pretrain" || failed="$failed pretrain"

cat > "$work/finetune.toml" <<TOML
from = "$PWD/Models/securebert-mini"
epochs = 0.5
batch-size = 16
maximum-length = 128
precision = "f32"
[optimizer]
learning-rate = 5e-4
TOML
"$binary" finetune embed -q --recipe "$work/finetune.toml" --train "$work/set" --valid "$work/set" --output "$work/embed"
"$python" Scripts/parity/check_sentence_model.py "$binary" "$work/embed/model" || failed="$failed embed"
for split in train valid; do
    "$binary" mine -q --data "$work/set" --bm25 --split "$split" > "$work/$split.jsonl"
done
"$binary" finetune rerank -q --recipe "$work/finetune.toml" --train "$work/train.jsonl" --valid "$work/valid.jsonl" --output "$work/rerank"
"$python" Scripts/parity/check_sentence_model.py "$binary" "$work/rerank/model" || failed="$failed rerank"

"$python" Scripts/parity/check_adapter.py "$binary" || failed="$failed adapter"

[ -z "$failed" ] || { echo "parity-trained: outside of the bounds:$failed" >&2; exit 1; }
