#!/usr/bin/env bash
# Builds the documentation of every library into .build/docs; a warning is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
for target in SecureBERT SecureBERTModels SecureBERTCheckpoint SecureBERTTokenizers SecureBERTTensor; do
    mkdir -p ".build/docs/$target"
    swift package --allow-writing-to-directory ".build/docs/$target" \
        generate-documentation --target "$target" --warnings-as-errors --output-path ".build/docs/$target"
done
