#!/usr/bin/env bash
# Checks that a Swift toolchain is there that can build the package, and says which helper programs are missing.
set -euo pipefail

need_swift="6.2"

if ! command -v swift > /dev/null; then
    echo "setup: no 'swift' was found on PATH; install Swift $need_swift or newer from https://www.swift.org/install/linux/ and run the command again" >&2
    exit 1
fi

found=$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
if [ "$(printf '%s\n%s\n' "$need_swift" "$found" | sort -V | head -n 1)" != "$need_swift" ]; then
    echo "setup: Swift $need_swift or newer is needed, found $found; see https://www.swift.org/install/linux/" >&2
    exit 1
fi

# Programs that uncompress and convert the inputs of a corpus; everything else works without them.
missing=()
for pair in zstd:zstd gzip:gzip pdftotext:poppler-utils; do
    command -v "${pair%%:*}" > /dev/null || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "setup: for compressed corpora and PDF, install the Debian packages: ${missing[*]}" >&2
fi
