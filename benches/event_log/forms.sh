#!/usr/bin/env bash
# What the log function costs, by the form of the log. Prints a Markdown table of CPU time a call.
#
#   benches/event_log/forms.sh [-r rounds] [-c calls] [-b PostgreSQL's bin folder] [variant...]
#
# Every variant is an event log in a schema of its own, in one database. One session calls them by turns, in each round in a new random
# order, `calls` times each with two documents of about 700 bytes, and reads its own CPU time from the kernel before and after; between the
# rounds it commits. So whatever else the machine does disturbs all alike. The table gives the medians of the rounds, less that of reading the
# documents, and the median of the ratios to the shipped form within a round, with their middle half.
set -euo pipefail
rounds=400 calls=50
while getopts r:c:b: option; do
    case $option in r) rounds=$OPTARG ;; c) calls=$OPTARG ;; b) bin=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
variants=("$@")
source "$(dirname "$0")/server.sh"
[ $# -gt 0 ] || variants=($(basename -s .sql "$here"/variants/*.sql))

for variant in "${variants[@]}"; do
    cat "$shop/event_log.sql" "$here/patch.sql" "$here/variants/$variant.sql" |
        sed "s/\bapp\b/v_$variant/g; s/public\.patch_log/v_$variant.patch_log/g" | sql -d shop -1 -f -
done
sql -d shop -f "$here/forms.sql" -c "CALL public.measure('{$(IFS=,; echo "${variants[*]}")}', $rounds, $calls)"
"$bin/postgres" --version
psql -X -q -At -F ' | ' -d shop -c "SELECT '| ' || variant, us, ratio, quarter || '-' || three_quarters || ' |' FROM public.result" |
    { echo '| form | us a call | to shipped | middle half |'; echo '|---|---|---|---|'; cat; }
