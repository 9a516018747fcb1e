#!/usr/bin/env bash
# `securebert serve` with the clients that other people have written, with bad input, under load, and against its own description.
# usage: Scripts/server-test.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
packages=.cache/server
requirements=Scripts/server/requirements.txt

# Into a folder of its own: needs no virtual environment and changes nothing of the system's Python.
if ! cmp -s "$requirements" "$packages/requirements.txt"; then
    rm -rf "$packages"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --target "$packages" --requirement "$requirements" 2> >(grep -v -e "dependency resolver" -e "incompatible" >&2)
    cp "$requirements" "$packages/requirements.txt"
fi

export PYTHONPATH=$PWD/$packages PYTHONDONTWRITEBYTECODE=1
python3 Scripts/server/check_clients.py "$binary" Fixtures/models/ce-default
python3 -W ignore Scripts/server/check_hostile.py "$binary"
python3 Scripts/server/check_search.py "$binary"
python3 Scripts/server/check_load.py "$binary"
python3 Scripts/server/check_description.py "$binary" Fixtures/models/ce-default
