#!/usr/bin/env bash
# What install puts down and the recipes of packages, each through the checker of its own kind: manual pages, completions typed into their
# shells, the unit, manifests of Kubernetes, the recipe of the image, the guides. Takes half a minute; a Debian for a test is Scripts/package-test.sh.
# usage: Scripts/check-packaging.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
packages=.cache/packaging/python
requirements=Packaging/requirements.txt

missing=()
for pair in mandoc:mandoc zsh:zsh fish:fish systemd-analyze:systemd shellcheck:shellcheck man:man-db jq:jq; do
    command -v "${pair%%:*}" > /dev/null || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        echo "check-packaging: install ${missing[*]} and run the command again" >&2
        exit 1
    fi
    { apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends "${missing[@]}"; } > /dev/null
fi
if ! cmp -s "$requirements" "$packages/requirements.txt"; then
    rm -rf "$packages"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --target "$packages" --requirement "$requirements"
    cp "$requirements" "$packages/requirements.txt"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

shellcheck --severity=warning Packaging/*.sh Packaging/debian/*.sh Packaging/debian/p??* Scripts/check-packaging.sh Scripts/package-test.sh Scripts/service-test.sh
shellcheck --severity=warning --shell bash Packaging/systemd/service-test.sh

# Installed twice and removed: nothing is left but folders that may be others', and models that a person has put beside ours.
install=(env "DESTDIR=$work/stage" PREFIX=/opt/securebert Packaging/install.sh)
prefix=$work/stage/opt/securebert
"${install[@]}" install "$binary" > /dev/null
"${install[@]}" install "$binary"

mandoc -T lint -W warning "$prefix"/share/man/man1/*.1
# A page that says nothing would be no fault to mandoc.
man --local-file "$prefix/share/man/man1/securebert-analyze.1" | col -b | grep -- --technique-threshold > /dev/null
for command in $("$binary" --experimental-dump-help \
    | python3 -c 'import json, sys; print(*(c["commandName"] for c in json.load(sys.stdin)["command"]["subcommands"]))'); do
    [ "$command" = help ] || [ -s "$prefix/share/man/man1/securebert-$command.1" ] \
        || { echo "check-packaging: securebert $command has no manual page" >&2; exit 1; }
done
echo "manual pages: $(find "$prefix/share/man/man1" -name '*.1' | wc -l) without a warning"
Packaging/check-completions.py "$prefix"

# Checked where there is no program at the path of the unit; its drop-ins, too.
mkdir -p "$work/units/securebert.service.d"
sed 's|/opt/securebert/bin/securebert|/bin/true|' "$prefix/lib/systemd/system/securebert.service" > "$work/units/securebert.service"
cp Packaging/systemd/*.conf "$work/units/securebert.service.d/"
systemd-analyze verify --man=no "$work/units/securebert.service"
systemd-analyze security --offline=true --threshold=12 --no-pager "$work/units/securebert.service" | tail -n 1 | sed 's/^[^O]*/unit: /'

mkdir -p "$prefix/share/securebert/models/own" && touch "$prefix/share/securebert/models/own/config.json"
"${install[@]}" uninstall
left=$(cd "$work/stage" && find . -type f)
if [ "$left" != ./opt/securebert/share/securebert/models/own/config.json ]; then
    echo "check-packaging: uninstall leaves $left" >&2
    exit 1
fi
echo "install, uninstall: nothing left but what a person has put there"

PYTHONPATH=$packages python3 Packaging/check-kubernetes.py Packaging/kubernetes
"$packages/bin/hadolint" Packaging/container/Containerfile && echo "image: hadolint has nothing to say"
PYTHONPATH=$packages Packaging/check-guides.py "$binary"
