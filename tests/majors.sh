#!/usr/bin/env bash
# Everything that a server's version can change, on every major that is supported: `tests/majors.sh`, or `tests/majors.sh 14 18` for some of them.
#
# A major that is not installed is downloaded once. Each is run whatever came of the others; in the end it is told which have failed.

set -euo pipefail
cd "$(dirname "$0")/.."

majors=("$@")
[ ${#majors[@]} -gt 0 ] || majors=(14 15 16 17 18)
failed=()
for major in "${majors[@]}"; do
    printf '\n--- PostgreSQL %s\n' "$major"
    PGMUTATE_TEST_POSTGRES=$major cargo test --locked --no-fail-fast -p pgmutate-tests \
        --test execute --test event_log --test statements --test schema --test verify || failed+=("$major")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed on PostgreSQL ${failed[*]}" >&2
    exit 1
fi
echo "passed on PostgreSQL ${majors[*]}"
