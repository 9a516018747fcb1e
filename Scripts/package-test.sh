#!/usr/bin/env bash
# The Debian package in a fresh Debian, and the steps of the image's last stage in another: installed, used without a network as a user
# without rights, upgraded, removed; an index in a folder and in PostgreSQL. Needs root, debootstrap and bubblewrap, which are installed on
# Debian when they are missing.
# usage: Scripts/package-test.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
suite=bookworm
base=.cache/packaging/debian-$suite.tar

if [ "$(id -u)" != 0 ]; then
    echo "package-test: only root can make and enter another system; run it with sudo, or in a virtual machine" >&2
    exit 1
fi
if [ -z "${SECUREBERT_TEST_POSTGRES:-}" ]; then
    exec Scripts/postgres/server.sh "$PWD/Scripts/package-test.sh" "$(realpath "$binary")"
fi
if ! command -v debootstrap > /dev/null || ! command -v bwrap > /dev/null; then
    { apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends debootstrap bubblewrap; } > /dev/null
fi

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
fail() {
    echo "package-test: $*" >&2
    exit 1
}

if [ ! -e "$base" ]; then
    mkdir -p "${base%/*}" "$work/base"
    debootstrap --variant=minbase "$suite" "$work/base" > "$work/debootstrap" 2>&1 || { tail "$work/debootstrap" >&2; exit 1; }
    chroot "$work/base" apt-get update --quiet > /dev/null
    # Manual pages are looked for below.
    chroot "$work/base" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends man-db > /dev/null 2>&1
    tar --create --file "$base.new" --directory "$work/base" .
    mv "$base.new" "$base"
    rm -rf --one-file-system "$work/base"
fi

# A fresh system.
system() {
    mkdir "$1"
    tar --extract --file "$base" --directory "$1"
}

# Runs a command in a system as its root, with the network of this machine: for the package manager alone.
manage() {
    local root=$1
    shift
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}

# Runs a command in a system as a user without rights and without a network; the system cannot be written but for /tmp. Of this machine it
# sees the examples, and the socket of PostgreSQL.
sockets=${SECUREBERT_TEST_POSTGRES##*host=}
use() {
    local root=$1
    shift
    bwrap --unshare-all --die-with-parent --new-session --clearenv --setenv PATH /usr/bin:/bin --setenv HOME /tmp --setenv LC_ALL C.UTF-8 \
        --ro-bind "$root" / --tmpfs /tmp --bind "$sockets" "$sockets" --ro-bind Examples /mnt --proc /proc --dev /dev --uid 65532 --gid 65532 --cap-drop ALL --chdir /tmp "$@"
}

# The main jobs, by what they print.
main_jobs() {
    local root=$1
    [ "$(use "$root" securebert --version)" = "$("$binary" --version)" ] || fail "the version is another"
    use "$root" securebert fill-mask 'Adversaries may attempt to dump <mask> to obtain account login and credential material.' \
        | grep credentials > /dev/null || fail "fill-mask does not predict what the demonstration has"
    use "$root" securebert analyze --quiet --format stix /mnt/reports/08-cisa-stopransomware-hive.txt > "$work/bundle.json" \
        || fail "analyze failed"
    python3 - "$work/bundle.json" << 'CHECK'
import json, sys
objects = json.load(open(sys.argv[1]))["objects"]
names = {o.get("name") for o in objects}
assert "Hive" in names and any(o["type"] == "attack-pattern" for o in objects), sorted(map(str, names))
CHECK
    echo '{"message": "Mimikatz dumped lsass"}' | use "$root" securebert enrich | grep '"securebert":{' > /dev/null || fail "enrich adds nothing"
}

# An index is made and searched at a place, by the command line and by the service.
search_jobs() {
    local root=$1
    shift
    # shellcheck disable=SC2016 # for the shell inside
    use "$root" bash -c '
        securebert index build --quiet /mnt/reports "$@" > /tmp/built || exit 1
        securebert search --json "deleted volume shadow copies" "$@" | grep -i "shadow cop" > /dev/null || exit 2
        securebert serve --port 3000 "$@" 2> /tmp/log & server=$!
        for _ in $(seq 150); do
            (exec 3<> /dev/tcp/127.0.0.1/3000) 2> /dev/null && break
            sleep 0.2
        done
        exec 3<> /dev/tcp/127.0.0.1/3000 || exit 3
        body="{\"query\": \"deleted volume shadow copies\"}"
        printf "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" "${#body}" "$body" >&3
        grep -i "shadow cop" <&3 > /dev/null || exit 4
        kill -TERM $server && wait $server || exit 5' bash "$@" || fail "the search fails at step $? with $1"
    echo "search: an index was made and searched with $1"
}

# The service as the unit and the image start it, by variables, with a key: ready, refuses who has no key, answers a document with a
# bundle, and ends with 0 after SIGTERM. On a loopback of its own.
server() {
    # shellcheck disable=SC2016 # for the shell inside
    use "$1" bash -c '
        securebert serve --new-key test > /tmp/api-keys 2> /tmp/key || exit 10
        key=$(grep -o "sb_[0-9a-f]*" /tmp/key)
        export SECUREBERT_SERVE_PORT=3000 SECUREBERT_SERVE_API_KEY_FILE=/tmp/api-keys SECUREBERT_SERVE_DRAIN_DELAY=0
        ask() {
            exec 3<> /dev/tcp/127.0.0.1/3000 || return 1
            printf "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n%b" "$1" "$2" "$3" >&3
            cat <&3
            exec 3>&-
        }
        securebert serve 2> /tmp/log & server=$!
        for _ in $(seq 150); do
            ask "GET /ready" 2> /dev/null | grep "^HTTP/1.1 200" > /dev/null && ready=1 && break
            sleep 0.2
        done
        [ "${ready:-}" = 1 ] || exit 11
        ask "POST /v1/analyze" "Content-Length: 2\r\n" "{}" | grep "^HTTP/1.1 401" > /dev/null || exit 12
        part="--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nMimikatz dumped lsass.\r\n--x--\r\n"
        length=$(printf "%b" "$part" | wc -c)
        ask "POST /stix" "Authorization: Bearer $key\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: $length\r\n" "$part" \
            | grep "\"type\":\"bundle\"" > /dev/null || exit 13
        ask "GET /metrics" | grep "^securebert_queue_seconds_bucket" > /dev/null || exit 14
        kill -TERM $server && wait $server || exit 15' || fail "serve failed at step $? of Scripts/package-test.sh"
    echo "serve: ready, refused, answered and drained, on a system that cannot be written"
}

# What is in a system, without the memory of its package manager.
inventory() {
    (cd "$1" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./tmp \) -prune -o -print | sort)
}

# ---- the package
mkdir "$work/one" "$work/two"
export DEB_COMPRESSION="-Zzstd -z1"
Packaging/debian/build-deb.sh "$binary" "$work/one"
DEB_REVISION=2 Packaging/debian/build-deb.sh "$binary" "$work/two" > /dev/null
(cd "$work/one" && sha256sum --check --quiet ./*.sha256)
package=$(basename "$work"/one/*.deb)
newer=$(basename "$work"/two/*.deb)

root=$work/debian
system "$root"
# What it depends on comes from Debian by the names in the package, before the package, so that dpkg refuses it when one is wrong.
read -ra depends <<< "$(dpkg-deb --field "$work/one/$package" Depends | sed -e 's/([^)]*)//g' -e 's/,/ /g')"
manage "$root" apt-get install --yes --quiet --no-install-recommends "${depends[@]}" > /dev/null 2>&1
inventory "$root" > "$work/before"
cp "$work/one/$package" "$work/two/$newer" "$root/tmp/"
manage "$root" dpkg --install "/tmp/$package" > /dev/null

main_jobs "$root"
server "$root"
search_jobs "$root" --index /tmp/index
# What only a database needs does not come with the package; who asks for it is told.
for command in "search lsass" "serve --port 0"; do
    # shellcheck disable=SC2086
    if use "$root" securebert $command --store "$SECUREBERT_TEST_POSTGRES" > /dev/null 2> "$work/refused"; then fail "$command works without libpq"; fi
    grep "libpq.so.5" "$work/refused" > /dev/null || fail "$command does not say that libpq is missing: $(cat "$work/refused")"
done
manage "$root" dpkg --verify securebert | grep . && fail "files differ from their recorded sums"
use "$root" man --where securebert-analyze > /dev/null || fail "the manual page is not found"
use "$root" bash -c 'source /usr/share/bash-completion/completions/securebert && complete -p securebert' > /dev/null || fail "bash has no completions"
for file in usr/share/zsh/vendor-completions/_securebert usr/share/fish/vendor_completions.d/securebert.fish usr/lib/systemd/system/securebert.service; do
    [ -s "$root/$file" ] || fail "the package has no $file"
done
[ -z "$(find "$root/etc/systemd" -name 'securebert*')" ] || fail "the service was enabled by the installation"

# An upgrade keeps settings that somebody has changed.
echo '# changed' >> "$root/etc/securebert/serve.env"
manage "$root" dpkg --install "/tmp/$newer" > /dev/null
tail -n 1 "$root/etc/securebert/serve.env" | grep changed > /dev/null || fail "the upgrade has overwritten settings"
main_jobs "$root"
manage "$root" dpkg --remove securebert > /dev/null
[ -e "$root/etc/securebert/serve.env" ] || fail "removing without purging has taken settings"
manage "$root" dpkg --purge securebert > /dev/null
inventory "$root" | diff "$work/before" - || fail "purging leaves files, or takes others"
echo "package: installed, used by a user without rights and without a network, upgraded, removed; nothing left"

# ---- the image: the commands of its last stage, in a Debian instead of the base image
recipe=Packaging/container/Containerfile
image=$work/image
system "$image"
last=$(sed -n '/^FROM/{h;d;};H;${x;p;}' "$recipe")
read -ra packages <<< "$(grep -o 'no-install-recommends .*' <<< "$last" | sed -e 's/no-install-recommends //' -e 's/ \\$//')"
user=$(grep -o 'useradd .*' <<< "$last")
[ ${#packages[@]} -gt 0 ] && [ -n "$user" ] || fail "the last stage of $recipe is not as this script reads it"
manage "$image" apt-get install --yes --quiet --no-install-recommends "${packages[@]}" > /dev/null 2>&1
manage "$image" sh -c "$user"
DESTDIR=$work/stage PREFIX=/usr Packaging/install.sh install "$binary" > /dev/null
cp -a "$work/stage/usr/." "$image/usr/"
main_jobs "$image"
server "$image"
search_jobs "$image" --index /tmp/index
search_jobs "$image" --store "$SECUREBERT_TEST_POSTGRES&schema=image"
[ "$(use "$image" id --user --name)" = securebert ] || fail "the user of the image has no name"
if use "$image" touch /usr/share/securebert/x 2> /dev/null; then fail "the system of the image can be written"; fi
echo "image: the last stage's packages, user and files run read-only and without rights"
