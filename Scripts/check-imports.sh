#!/usr/bin/env bash
# Imports go one way, downwards. Each line: a module, then the modules of this package that it may import.
set -euo pipefail
cd "$(dirname "$0")/.."

allowed=$(
    cat << 'TABLE'
SecureBERTJSON
SecureBERTTensor CSecureBERTKernels
SecureBERTTokenizers SecureBERTJSON
SecureBERTCheckpoint SecureBERTJSON SecureBERTTensor
SecureBERTModels SecureBERTTensor SecureBERTCheckpoint
SecureBERT SecureBERTModels SecureBERTTokenizers SecureBERTCheckpoint SecureBERTTensor SecureBERTJSON
SecureBERTIntel SecureBERT SecureBERTCheckpoint SecureBERTTensor SecureBERTJSON
SecureBERTTraining SecureBERT SecureBERTModels SecureBERTTokenizers SecureBERTCheckpoint SecureBERTTensor SecureBERTJSON
SecureBERTHub SecureBERTCheckpoint SecureBERTJSON
SecureBERTSearch SecureBERT SecureBERTCheckpoint SecureBERTTensor SecureBERTJSON
SecureBERTServer SecureBERTSearch SecureBERTIntel SecureBERT SecureBERTTokenizers SecureBERTCheckpoint SecureBERTTensor SecureBERTJSON
SecureBERTCLI SecureBERT SecureBERTIntel SecureBERTTraining SecureBERTHub SecureBERTSearch SecureBERTServer SecureBERTModels SecureBERTTokenizers SecureBERTCheckpoint SecureBERTTensor SecureBERTJSON
TABLE
)

status=0
for folder in Sources/SecureBERT*; do
    module=$(basename "$folder")
    line=$(grep -E "^$module( |\$)" <<< "$allowed" || true)
    if [ -z "$line" ]; then
        echo "check-imports: $module is not in the table of Scripts/check-imports.sh; say what it may import" >&2
        status=1
        continue
    fi
    while read -r imported; do
        if ! grep -qw -- "$imported" <<< "${line#"$module"}"; then
            echo "check-imports: $module imports $imported, which the layering does not allow" >&2
            status=1
        fi
    done < <(grep -rhoE '^ *(public |package |internal |private )?import (struct |class |enum |func )?C?SecureBERT[A-Za-z]*' "$folder" --include '*.swift' | grep -oE 'C?SecureBERT[A-Za-z]*$' | sort -u)
done
exit $status
