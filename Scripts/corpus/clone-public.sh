#!/usr/bin/env bash
# Clones the repositories that Recipes/corpus-public.toml reads, without their history, to FOLDER/OWNER/NAME. Those that are
# there already are left alone.
#
# usage: Scripts/corpus/clone-public.sh FOLDER
set -euo pipefail
folder=${1:?usage: Scripts/corpus/clone-public.sh FOLDER}
recipe=$(dirname "$0")/../../Recipes/corpus-public.toml

failed=()
while read -r url; do
    name=${url#https://github.com/}
    [ -d "$folder/$name" ] && continue
    echo "clone-public: $name" >&2
    git clone --quiet --depth 1 "$url" "$folder/$name" || failed+=("$name")
done < <(sed -n 's|^url = "\(https://github.com/[^"]*\)"|\1|p' "$recipe" | sort -u)

if [ ${#failed[@]} -gt 0 ]; then
    echo "clone-public: could not clone ${failed[*]}; build with --skip-missing, or run this again" >&2
    exit 1
fi
