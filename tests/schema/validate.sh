#!/usr/bin/env bash
# Writes the GraphQL schema of the shop and of every project of fixtures/cases, and lets graphql-core (Python's port of the reference
# implementation) read and validate them: PGMUTATE=target/debug/pgmutate tests/schema/validate.sh

set -euo pipefail
cd "$(dirname "$0")/../.."
pgmutate=$(realpath "${PGMUTATE:?the path of the command}")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in fixtures/cases/*/ fixtures/shop/; do
    sql=$folder/sql
    [ -e "$folder/schema.sql" ] && sql=$folder/schema.sql
    "$pgmutate" generate --sql "$sql" --manifest "$folder/mutations.json" --sdl "$work/$(basename "$folder").graphql" 2>"$work/told" ||
        { cat "$work/told" && exit 1; }
done
python3 tests/schema/validate.py "$work"/*.graphql
