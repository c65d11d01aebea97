#!/bin/sh
# Builds the targets and runs each for some seconds (10, unless told), beginning with the corpus that is kept: `fuzz/run.sh 60`, or
# `fuzz/run.sh 60 forward back`. What is found new goes to a directory of its own; the corpus stays as it is.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:-10}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- forward back select lexer splitter headers rewrite plpgsql resolve schema
case " $* " in
*' lexer '* | *' splitter '* | *' headers '* | *' rewrite '* | *' plpgsql '* | *' resolve '* | *' schema '*) "$here/build.sh" --features codegen ;;
*) "$here/build.sh" ;;
esac
programs=${CARGO_TARGET_DIR:-$here/target}/x86_64-unknown-linux-gnu/release
for target; do
    new=$(mktemp -d)
    "$programs/$target" -max_total_time="$seconds" -max_len=4000 -print_final_stats=1 -artifact_prefix="$new/" "$new" "$here/corpus/$target"
    rm -r "$new"
done
