#!/bin/sh
# Counts the instructions that hostile SQL of one, two and four lengths takes, from the lexer to the resolved names, and compares how they
# grow: from the second length to the third they may grow three times as much as from the first to the second, where a line grows twice
# as much and a square four times.
#
#   benches/catalog/work.sh            tells the worst, and fails where work grows faster
#   benches/catalog/work.sh --all      tells all
#
# It needs valgrind. What is counted is the same on a busy machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
program=$(cargo bench --manifest-path "$here/../Cargo.toml" --bench work --no-run --message-format=json |
    sed -n 's/.*"name":"work".*"executable":"\([^"]*\)".*/\1/p' | tail -1)
valgrind --tool=callgrind --callgrind-out-file="$work/out" --toggle-collect='*work::measured*' --dump-after='*work::measured*' \
    "$program" >"$work/names" 2>"$work/log" || { cat "$work/log"; exit 1; }
# The first dump is of the call that reads the server's functions.
dump=2
while [ -e "$work/out.$dump" ]; do
    sed -n 's/^totals: //p' "$work/out.$dump"
    dump=$((dump + 1))
done >"$work/counts"
awk -v all="${1:-}" '
    NR == FNR { count[NR] = $1; next }
    {
        n = 3 * (FNR - 1)
        one = count[n + 1]; two = count[n + 2]; four = count[n + 3]
        if (four == "") { print "not counted: " $0; failed = 1; next }
        # What does not depend on the length goes out in the differences; below a million instructions nothing is told by them.
        growth = two > one && four > 1000000 ? (four - two) / (two - one) : 1
        mark = growth > 3 ? "  <-- grows faster than the text" : ""
        if (mark != "") failed = 1
        if (growth > worst) { worst = growth; which = $0 }
        if (all != "" || mark != "") printf "%6.2f  %11d  %11d  %11d  %s%s\n", growth, one, two, four, $0, mark
    }
    END { printf "%d texts; the worst grows %.2f times as much: %s\n", FNR, worst, which; exit failed }
' "$work/counts" "$work/names"
