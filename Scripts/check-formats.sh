#!/usr/bin/env bash
# What `securebert analyze` writes of the reports in Examples, through the validators of STIX, MISP, Navigator and ECS from PyPI.
# usage: Scripts/check-formats.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
packages=.cache/formats
requirements=Scripts/parity/requirements-formats.txt

# Into a folder of its own: needs no virtual environment and changes nothing of the system's Python.
if ! cmp -s "$requirements" "$packages/requirements.txt"; then
    rm -rf "$packages"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --target "$packages" --requirement "$requirements"
    cp "$requirements" "$packages/requirements.txt"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for format in stix misp navigator ecs; do
    "$binary" analyze --quiet --format "$format" --published 2026-05-01 --tlp clear Examples/reports Examples/sentences.txt > "$work/$format"
done
PYTHONPATH=$packages python3 Scripts/parity/report_formats.py "$work"/*
