#!/usr/bin/env bash
# Checks that the tools the build needs are there and installs the missing Debian packages when it may.
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

missing=()
command -v python3 > /dev/null || missing+=(python3)
python3 -m pip --version > /dev/null 2>&1 || missing+=(python3-pip)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
else
    echo "setup: these Debian packages are missing: ${missing[*]}; install them with 'sudo apt-get install ${missing[*]}'" >&2
    exit 1
fi
