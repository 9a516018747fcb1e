#!/usr/bin/env bash
# The same commands against an index in a folder and one in PostgreSQL with pgvector, builds that are killed included.
# usage: Scripts/postgres-test.sh BINARY [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
Scripts/postgres/server.sh python3 Scripts/postgres/compare.py "$(realpath "$1")" "${2:-12}"
