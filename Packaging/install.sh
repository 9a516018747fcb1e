#!/usr/bin/env bash
# Installs the program with its models, knowledge, manual pages, completions and service below DESTDIR, and records every file, so that
# `uninstall` removes exactly those. Run by make install and by Packaging/debian/build-deb.sh.
# usage: Packaging/install.sh install BINARY | uninstall
# environment: DESTDIR, PREFIX=/usr/local, SYSCONFDIR=/etc, ZSH_COMPLETIONS=PREFIX/share/zsh/site-functions
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

prefix=${PREFIX:-/usr/local}
sysconf=${SYSCONFDIR:-/etc}
zsh=${ZSH_COMPLETIONS:-$prefix/share/zsh/site-functions}
root=${DESTDIR:-}
share=$prefix/share/securebert
record=$share/installed-files
settings=$sysconf/securebert/serve.env

# Installs standard input with a mode. Under another name first: a running program keeps its file, and none is ever half there.
put() {
    mkdir -p "$root${2%/*}"
    cat > "$root$2.new"
    chmod "$1" "$root$2.new"
    mv -f "$root$2.new" "$root$2"
    echo "$2" >> "$files"
}

# Removes files and the folders that are empty then.
remove() {
    local path
    while IFS= read -r path; do rm -f "$root$path"; done
    for path in "$share" "$prefix/share/doc/securebert" "$sysconf/securebert"; do
        [ ! -d "$root$path" ] || find "$root$path" -depth -type d -empty -delete
    done
}

install_all() {
    local binary=$1 file model page
    files=$(mktemp)
    trap 'rm -rf "$files" "$files.old" "$files.pages"' EXIT

    put 755 "$prefix/bin/securebert" < "$binary"
    for model in Models/*; do
        while IFS= read -r file; do put 644 "$share/models/${file#Models/}" < "$file"; done < <(find "$model" -type f | sort)
    done
    for file in Knowledge/*; do put 644 "$share/knowledge/${file##*/}" < "$file"; done
    for file in LICENSE THIRD_PARTY_NOTICES.md; do put 644 "$prefix/share/doc/securebert/$file" < "$file"; done

    if command -v python3 > /dev/null; then
        Packaging/collect-licenses.py | put 644 "$prefix/share/doc/securebert/LICENSES.dependencies"
        Packaging/make-man.py "$binary" "$files.pages"
        for page in "$files.pages"/*.1; do put 644 "$prefix/share/man/man1/${page##*/}" < "$page"; done
    else
        echo "install: python3 was not found, so manual pages and the licences of dependencies are left out; securebert help COMMAND says what the pages say" >&2
    fi
    # It is read by a shell, not run: no line for an interpreter.
    "$binary" --generate-completion-script bash | sed '1{/^#!/d;}' | put 644 "$prefix/share/bash-completion/completions/securebert"
    "$binary" --generate-completion-script zsh | put 644 "$zsh/_securebert"
    "$binary" --generate-completion-script fish | put 644 "$prefix/share/fish/vendor_completions.d/securebert.fish"

    if [ "$(uname)" = Linux ]; then
        sed -e "s|@PREFIX@|$prefix|g" -e "s|@SYSCONFDIR@|$sysconf|g" Packaging/systemd/securebert.service \
            | put 644 "$prefix/lib/systemd/system/securebert.service"
        for file in Packaging/systemd/*.conf; do put 644 "$prefix/share/doc/securebert/examples/${file##*/}" < "$file"; done
        # Settings that somebody has changed stay.
        if [ ! -e "$root$settings" ] || cmp -s "$root$settings" Packaging/systemd/serve.env; then
            put 644 "$settings" < Packaging/systemd/serve.env
        fi
    fi

    # What an older version had and this one has not.
    if [ -e "$root$record" ]; then
        grep -vxF -e "$settings" -e "$record" "$root$record" | grep -vxFf "$files" > "$files.old" || true
        remove < "$files.old"
    fi
    put 644 "$record" < "$files"
    echo "installed $(wc -l < "$root$record") files below $root$prefix"
}

uninstall_all() {
    if [ ! -e "$root$record" ]; then
        echo "uninstall: $root$record was not found; nothing is installed below $root$prefix" >&2
        exit 1
    fi
    local list
    list=$(cat "$root$record")
    if [ -e "$root$settings" ] && ! cmp -s "$root$settings" Packaging/systemd/serve.env; then
        echo "uninstall: $root$settings was changed and stays" >&2
        list=$(grep -vxF -e "$settings" <<< "$list")
    fi
    remove <<< "$list"$'\n'"$record"
}

case ${1:-} in
    install) install_all "${2:?usage: Packaging/install.sh install BINARY}" ;;
    uninstall) uninstall_all ;;
    *) echo "usage: Packaging/install.sh install BINARY | uninstall" >&2; exit 2 ;;
esac
