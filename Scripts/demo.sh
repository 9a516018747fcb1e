#!/usr/bin/env bash
# Searches three CISA advisories by meaning: a transformer reads every paragraph, no word of the question has to occur.
# usage: Scripts/demo.sh BINARY MODEL
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
model=$2

say() { printf '\n$ securebert %s\n' "$*"; }

say inspect "$model"
"$binary" inspect "$model"

for question in \
    "How do the attackers get into the network in the first place?" \
    "What happens to the backups before the files are encrypted?" \
    "How can an organization tell that credentials were stolen?"; do
    say search "\"$question\"" Examples/reports --model "$model" --top-k 3
    "$binary" search "$question" Examples/reports --model "$model" --top-k 3
done
