#!/usr/bin/env bash
# Makes a Python virtual environment with the pinned reference; only fixtures, parity runs and benchmarks need it.
# usage: Scripts/install-reference.sh FOLDER REQUIREMENTS...
set -euo pipefail
folder=$1
shift
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
for requirements in "$@"; do
    "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
done
