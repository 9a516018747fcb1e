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

# SQLite holds the documents of an index; the one system library that the build needs.
if [ "$(uname)" = Linux ] && ! echo '#include <sqlite3.h>' | cc -E - > /dev/null 2>&1 \
    && ! echo '#include <sqlite3.h>' | clang -E - > /dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        apt-get install --yes --quiet libsqlite3-dev > /dev/null \
            || { apt-get update --quiet > /dev/null && apt-get install --yes --quiet libsqlite3-dev > /dev/null; }
    else
        echo "setup: the header sqlite3.h was not found; install it (Debian: libsqlite3-dev, Fedora: sqlite-devel) and run the command again" >&2
        exit 1
    fi
fi

# Programs that uncompress and convert the inputs of a corpus; everything else works without them.
missing=()
for pair in zstd:zstd gzip:gzip pdftotext:poppler-utils; do
    command -v "${pair%%:*}" > /dev/null || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "setup: for compressed corpora and PDF, install the Debian packages: ${missing[*]}" >&2
fi
