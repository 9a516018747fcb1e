#!/usr/bin/env bash
# Makes a Debian package of a binary and what belongs to it. The same binary gives the same file, byte for byte.
# usage: Packaging/debian/build-deb.sh BINARY [FOLDER=.build/packaging]
# environment: DEB_REVISION=1, DEB_MAINTAINER, DEB_COMPRESSION=-Zxz
set -euo pipefail
cd "$(dirname "$0")/../.."
umask 022
binary=$1
folder=${2:-.build/packaging}

version=$("$binary" --version)-${DEB_REVISION:-1}
architecture=$(dpkg --print-architecture)
maintainer=${DEB_MAINTAINER:-SecureBERT maintainers <maintainers@securebert.invalid>}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || stat -c %Y CHANGELOG.md)}
output=$folder/securebert_${version}_${architecture}.deb

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
doc=$root/usr/share/doc/securebert

DESTDIR=$root PREFIX=/usr ZSH_COMPLETIONS=/usr/share/zsh/vendor-completions Packaging/install.sh install "$binary" > /dev/null
# dpkg knows what belongs to a package, and Debian has the text of the licence.
rm "$root/usr/share/securebert/installed-files" "$doc/LICENSE"
gzip --best --no-name "$root"/usr/share/man/man1/*.1 "$doc/LICENSES.dependencies"
gzip --best --no-name --stdout CHANGELOG.md > "$doc/changelog.gz"
gzip --best --no-name > "$doc/changelog.Debian.gz" << ENTRY
securebert ($version) stable; urgency=medium

  * See changelog.gz.

 -- $maintainer  $(date --utc --date="@$SOURCE_DATE_EPOCH" --rfc-email)
ENTRY
install -m 644 Packaging/debian/copyright "$doc/copyright"
install -D -m 644 Packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/securebert"

# Which packages have the libraries that the binary asks for, and since which version.
mkdir -p "$work/debian"
printf 'Source: securebert\n\nPackage: securebert\nArchitecture: any\n' > "$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O -e"$root/usr/bin/securebert" 2> "$work/shlibdeps" | sed -n 's/^shlibs:Depends=//p')
if [ -z "$depends" ]; then cat "$work/shlibdeps" >&2; exit 1; fi

mkdir "$root/DEBIAN"
size=$(du --apparent-size --summarize --block-size=1024 "$root" | cut -f 1)
sed -e "s|@VERSION@|$version|" -e "s|@ARCHITECTURE@|$architecture|" -e "s|@MAINTAINER@|$maintainer|" \
    -e "s|@SIZE@|$size|" -e "s|@DEPENDS@|$depends|" Packaging/debian/control.in > "$root/DEBIAN/control"
echo /etc/securebert/serve.env > "$root/DEBIAN/conffiles"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
for script in postinst prerm postrm; do install -m 755 "Packaging/debian/$script" "$root/DEBIAN/$script"; done

find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
# shellcheck disable=SC2086 # several words
dpkg-deb --root-owner-group ${DEB_COMPRESSION:--Zxz} --build "$root" "$output" > /dev/null
(cd "$folder" && sha256sum "${output##*/}") > "$output.sha256"
echo "made $output, $(stat -c %s "$output") bytes"
