#!/usr/bin/env bash
# Builds the documentation of the libraries into .build/docs; a warning is an error. Uses the release build that tests and
# demo have made, so nothing is compiled twice.
set -euo pipefail
cd "$(dirname "$0")/.."

swift package --configuration release dump-symbol-graph --minimum-access-level public --skip-synthesized-members
mkdir -p .build/docs
graphs=$(find .build -type d -name symbolgraph | head -n 1)

for target in SecureBERT SecureBERTIntel SecureBERTSearch SecureBERTTraining SecureBERTModels SecureBERTTokenizers SecureBERTCheckpoint SecureBERTTensor SecureBERTHub; do
    own=$(mktemp -d)
    cp "$graphs/$target.symbols.json" "$own/"
    catalog=()
    [ -d "Sources/$target/Documentation.docc" ] && catalog=("Sources/$target/Documentation.docc")
    docc convert "${catalog[@]}" --additional-symbol-graph-dir "$own" \
        --fallback-display-name "$target" --fallback-bundle-identifier "securebert.$target" \
        --warnings-as-errors --output-path ".build/docs/$target.doccarchive"
    rm -rf "$own"
done
