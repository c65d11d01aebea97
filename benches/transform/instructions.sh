#!/bin/sh
# Instructions of one run on the 20 kB document, for each engine, against the counts that are kept here: a slow-down shows on a noisy machine, too.
#
#   benches/transform/instructions.sh            compares; more than 5 % above a kept count is an error
#   benches/transform/instructions.sh --keep     writes the counts anew
#
# It needs valgrind. Counts belong to the toolchain of rust-toolchain.toml; glibc's `memset` adds some that differ by machine, hence the margin.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kept=$here/instructions.txt
program=$(cargo bench --manifest-path "$here/../Cargo.toml" --no-default-features --bench count --no-run --message-format=json |
    sed -n 's/.*"name":"count".*"executable":"\([^"]*\)".*/\1/p' | tail -1)

count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "20 kB" "$2" 2>&1 | sed -n 's/.*Collected : //p'
}

status=0
new=$(for engine in fastest safe back half reversed; do
    # The difference of two lengths leaves out the start of the program.
    echo "$engine $((($(count "$engine" 150) - $(count "$engine" 50)) / 100))"
done)
if [ "${1:-}" = --keep ]; then
    echo "$new" >"$kept"
fi
while read -r engine found; do
    allowed=$(awk -v engine="$engine" '$1 == engine { print int($2 * 1.05) }' "$kept")
    echo "$engine: $found instructions, at most $allowed"
    if [ "$found" -gt "$allowed" ]; then status=1; fi
done <<END
$new
END
exit $status
