#!/bin/sh
# Counts the instructions that hostile SQL of one, two and four lengths takes, from the lexer to the resolved names, and compares how they
# grow: from the second length to the third the work may double, and half of that more, and no more.
#
#   benches/catalog/work.sh            tells the worst, and fails where work grows faster than the text
#   benches/catalog/work.sh --all      tells all
#
# It needs valgrind. What is counted is the same on a busy machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cargo build --quiet --release --manifest-path "$here/Cargo.toml" --bin work
program=${CARGO_TARGET_DIR:-$here/target}/release/work
valgrind --tool=callgrind --callgrind-out-file="$work/out" --toggle-collect='*work::measured*' --dump-after='*work::measured*' \
    "$program" >"$work/names" 2>"$work/log" || { cat "$work/log"; exit 1; }
# The first count is of the start.
for count in $(seq 2 "$(grep -c . "$work/log" >/dev/null; ls "$work" | grep -c '^out\.')"); do
    sed -n 's/^totals: //p; s/^summary: //p' "$work/out.$count" | head -1
done >"$work/counts"
sed 1d "$work/names" | paste -d' ' - /dev/null >"$work/cases"
awk -v all="${1:-}" '
    NR == FNR { count[NR] = $1; next }
    {
        n = 3 * (FNR - 1)
        one = count[n + 1]; two = count[n + 2]; four = count[n + 3]
        # What does not depend on the length goes out in the differences.
        growth = two > one ? (four - two) / (two - one) : 1
        if (growth > 3 && four > 4000000) { failed = 1; mark = "  <-- grows faster than the text" } else { mark = "" }
        if (growth > worst) { worst = growth; which = $0 }
        if (all != "" || mark != "") printf "%6.2f  %10d  %10d  %10d  %s%s\n", growth, one, two, four, $0, mark
    }
    END { printf "%d texts, four lengths of work at most %.2f times those of two (a square would be 4): %s\n", FNR, worst, which; exit failed }
' "$work/counts" "$work/cases"
