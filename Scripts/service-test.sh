#!/usr/bin/env bash
# The service under a real systemd: a Debian that boots in a container of systemd-nspawn, with the package, a key and a PDF. It must start with
# its whole sandbox, answer, drain, and be stopped when the package is removed. Needs root; uses the system that Scripts/package-test.sh keeps.
# usage: Scripts/service-test.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
base=.cache/packaging/debian-bookworm.tar

if [ "$(id -u)" != 0 ]; then
    echo "service-test: only root can boot another system; run it with sudo, or in a virtual machine" >&2
    exit 1
fi
if [ ! -e "$base" ]; then
    echo "service-test: $base was not found; run make package-test first, which makes it" >&2
    exit 1
fi
if ! command -v systemd-nspawn > /dev/null; then
    { apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends systemd-container; } > /dev/null
fi

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/debian
mkdir "$root"
tar --extract --file "$base" --directory "$root"
manage() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }

DEB_COMPRESSION="-Zzstd -z1" Packaging/debian/build-deb.sh "$binary" "$work"
cp "$work"/*.deb "$root/root/securebert.deb"
manage apt-get install --yes --quiet --no-install-recommends systemd systemd-sysv curl poppler-utils /root/securebert.deb > /dev/null 2>&1

cp Packaging/systemd/service-test.sh "$root/root/test.sh"
cat > "$root/etc/systemd/system/test.service" << 'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash -c '/bin/bash /root/test.sh > /root/result 2>&1; echo "exit $?" >> /root/result'
ExecStopPost=/bin/systemctl --no-block poweroff
[Install]
WantedBy=default.target
UNIT
manage systemctl enable test.service > /dev/null 2>&1
timeout 180 systemd-nspawn --quiet --register=no --keep-unit --private-network --directory "$root" --boot < /dev/null > "$work/boot" 2>&1 || true
if [ ! -e "$root/root/result" ]; then
    tail -n 20 "$work/boot" >&2
    echo "service-test: the system did not boot; systemd-nspawn needs control groups, which this machine may not give" >&2
    exit 1
fi
if [ "$(tail -n 1 "$root/root/result")" != "exit 0" ]; then
    cat "$root/root/result" >&2
    echo "service-test: the service does not do as it should" >&2
    exit 1
fi
echo "service: under systemd with its whole sandbox it starts, reads a PDF, asks for keys, drains, and ends with its package"
