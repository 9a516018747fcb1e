#!/usr/bin/env bash
# The console in a real browser: clicks, keys, downloads, errors, a phone, light and dark. Screenshots stay in a folder.
# usage: Scripts/console-test.sh BINARY [SCREENSHOTS]
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
screenshots=${2:-.cache/console-screenshots}
packages=.cache/console
requirements=Scripts/console/requirements.txt

if ! command -v chromium > /dev/null || ! command -v chromedriver > /dev/null || ! command -v pdftotext > /dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        install=(apt-get install --yes --quiet --no-install-recommends chromium chromium-driver poppler-utils)
        "${install[@]}" > /dev/null || { apt-get update --quiet > /dev/null && "${install[@]}" > /dev/null; }
    else
        echo "console-test: chromium, chromedriver or pdftotext was not found; install the Debian packages chromium, chromium-driver and poppler-utils and run the command again" >&2
        exit 1
    fi
fi

# Into a folder of its own: needs no virtual environment and changes nothing of the system's Python. Of the second package
# only the script of axe-core is read, what it needs itself is not.
if ! cmp -s "$requirements" "$packages/requirements.txt"; then
    rm -rf "$packages"
    pip=(python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target "$packages")
    "${pip[@]}" --requirement "$requirements"
    "${pip[@]}" --no-deps axe-playwright-python==0.1.8
    cp "$requirements" "$packages/requirements.txt"
fi

PYTHONPATH=$packages SECUREBERT_BINARY=$binary SECUREBERT_SCREENSHOTS=$screenshots \
    python3 -m unittest discover --start-directory Scripts/console --pattern 'check_*.py' --failfast
