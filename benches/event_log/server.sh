# A private server with the shop, its event log and the bench's rows in the database `shop`. Sourced by the scripts beside it, which set
# `bin` where PostgreSQL is not the newest one installed. Runs as any user, as root where a user `postgres` exists.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shop=$here/../../fixtures/shop
: "${bin:=$(dirname "$(readlink -f "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")")}"

folder=$(mktemp -d)
owner=()
if [ "$(id -u)" = 0 ]; then
    owner=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    chown postgres "$folder"
fi
server() { (cd "$folder" && "${owner[@]}" "$bin/$1" "${@:2}" >>"$folder/log" 2>&1); }
stop() { server pg_ctl -D "$folder/data" -m immediate stop || true; rm -rf "$folder"; }
trap stop EXIT

server initdb -D "$folder/data" -U postgres -A trust --locale=C -E UTF8
cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
synchronous_commit = off
autovacuum = off
shared_buffers = 512MB
max_wal_size = 8GB
checkpoint_timeout = 1h
jit = off
CONF
server pg_ctl -D "$folder/data" -w start
export PGHOST=$folder PGUSER=postgres
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@" >/dev/null; }

sql -d postgres -c 'CREATE DATABASE shop'
sql -d shop -1 -f "$shop/event_log.sql"
for file in "$shop"/sql/*.sql; do sql -d shop -f "$file" 2>/dev/null; done
sql -d shop -f "$here/seed.sql" -f "$here/patch.sql" -c 'VACUUM ANALYZE'
