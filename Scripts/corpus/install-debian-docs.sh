#!/usr/bin/env bash
# Downloads the documentation packages that Recipes/corpus-debian.toml reads, and unpacks their documentation side by side.
# Needs a Debian system with apt; nothing is installed and no root is needed.
#
# usage: Scripts/corpus/install-debian-docs.sh [FOLDER]      (default: .cache/debian-docs)
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=${1:-.cache/debian-docs}
recipe=Recipes/corpus-debian.toml

for program in apt-get dpkg-deb tar; do
    if ! command -v "$program" > /dev/null; then
        echo "install-debian-docs: '$program' was not found; this script needs a Debian system" >&2
        exit 1
    fi
done

mkdir -p "$folder/packages" "$folder/root"
root=$(realpath "$folder/root")
mapfile -t packages < <(sed -n 's|^path = "\([^/"]*\).*|\1|p' "$recipe" | sort -u)
missing=()
cd "$folder/packages"
for package in "${packages[@]}"; do
    if ! compgen -G "${package}_*.deb" > /dev/null; then
        # As root, apt warns that it cannot drop privileges for this folder; the download is checked all the same.
        apt-get download "$package" > /dev/null 2> .log || {
            missing+=("$package")
            continue
        }
    fi
    if [ ! -d "$root/$package" ]; then
        rm -rf "$root/.$package"
        mkdir "$root/.$package"
        dpkg-deb --fsys-tarfile "$(compgen -G "${package}_*.deb" | tail -n 1)" |
            tar --extract --directory "$root/.$package" --wildcards --no-same-owner './usr/share/*'
        mv "$root/.$package" "$root/$package"
    fi
done
echo "install-debian-docs: $(find "$root" -mindepth 1 -maxdepth 1 -type d | wc -l) packages in $root"
if [ ${#missing[@]} -gt 0 ]; then
    echo "install-debian-docs: not available here: ${missing[*]}; build with --skip-missing" >&2
fi
