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
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cargo build --locked --release -p pgmutate-tests --bin work
program=${CARGO_TARGET_DIR:-target}/release/work
"$program" >"$work/names"
export program work
# Each text of each length by itself: a dump of callgrind is none of a thread.
seq 0 $(($(wc -l <"$work/names") - 1)) | xargs -P "$(nproc)" -I N sh -euc '
    for factor in 1 2 4; do
        valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect="*work::measured*" "$program" N $factor 2>&1 |
            sed -n "s/^.*Collected : //p"
    done >"$work/N"'
awk -v all="${1:-}" -v work="$work" '
    {
        file = work "/" FNR - 1
        one = two = four = ""
        getline one <file; getline two <file; getline four <file
        close(file)
        if (four == "") { print "not counted: " $0; failed = 1; next }
        # What does not depend on the length goes out in the differences; below a million instructions nothing is told by them.
        growth = two > one && four > 1000000 ? (four - two) / (two - one) : 1
        mark = growth > 3 ? "  <-- grows faster than the text" : ""
        if (mark != "") failed = 1
        if (growth > worst) { worst = growth; which = $0 }
        if (all != "" || mark != "") printf "%6.2f  %11d  %11d  %11d  %s%s\n", growth, one, two, four, $0, mark
    }
    END { printf "%d texts; the worst grows %.2f times as much: %s\n", FNR, worst, which; exit failed }
' "$work/names"
