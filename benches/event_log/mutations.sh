#!/usr/bin/env bash
# What an event costs a mutation. Prints a Markdown table of CPU ratios to the same mutation without an event.
#
#   benches/event_log/run.sh [-r rounds] [-c calls] [-m 'mutation...'] [-b PostgreSQL's bin folder] [variant...]
#
# Every variant of the log has its database on one private server with fsync on and synchronous_commit off; one client. In each round every
# variant runs once, in a new random order: `calls` calls in a session of its own, of which the first 200 warm up. The CPU time is the
# backend's own, in nanoseconds, as it reads it from the kernel at the beginning and at the end. Other work on the machine only ever
# adds to it, so the table gives the lowest run of each, the ratio of the lowest, and the median as a measure of the disturbance.
set -euo pipefail
rounds=25 calls=2000 mutations='update_product create_order update_customer'
while getopts r:c:m:b: option; do
    case $option in r) rounds=$OPTARG ;; c) calls=$OPTARG ;; m) mutations=$OPTARG ;; b) bin=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
variants=("${@:-shipped}")
source "$(dirname "$0")/server.sh"

# The shop without events: the calls of log_cdc_event cut out.
sql -d postgres -c 'CREATE DATABASE none TEMPLATE shop'
for file in "$shop"/sql/07_*.sql "$shop"/sql/08_*.sql; do
    sed -e '/PERFORM app.log_cdc_event(.*);$/d' -e '/PERFORM app.log_cdc_event(/,/);$/d' "$file" | sql -d none -f -
done
for variant in "${variants[@]}"; do
    sql -d postgres -c "CREATE DATABASE v_$variant TEMPLATE shop"
    sql -d "v_$variant" -f "$here/variants/$variant.sql"
done

# What runs, as `name database script`.
runs=()
for mutation in $mutations; do
    plain=$here/mutations/$mutation.plain.sql stitched=$here/mutations/$mutation.stitched.sql
    [ -e "$plain" ] || plain=$here/mutations/$mutation.sql stitched=$here/mutations/$mutation.sql
    runs+=("$mutation none $plain")
    for variant in "${variants[@]}"; do runs+=("$mutation $variant $stitched"); done
done
case "$mutations/${variants[*]}" in *update_customer*/*shipped*)
    for image in inline no_image; do runs+=("update_customer image_$image $here/mutations/update_customer.$image.sql"); done ;;
esac

database() { case $1 in none) echo none ;; image_*) echo v_shipped ;; *) echo "v_$1" ;; esac; }
number=0
for round in $(seq "$rounds"); do
    while read -r mutation variant script; do
        number=$((number + 1))
        echo "$number $mutation $variant" >>"$folder/runs"
        pgbench -n -M prepared -c 1 -t "$calls" -D i=0 -D calls="$calls" -D run="$number" -f <(cat "$script" "$here/cpu.sql") \
            "$(database "$variant")" >"$folder/pgbench" 2>&1 || { cat "$folder/pgbench" >&2; exit 1; }
    done < <(printf '%s\n' "${runs[@]}" | shuf)
done
for database in none "${variants[@]/#/v_}"; do
    psql -X -q -At -F ' ' -d "$database" -c 'SELECT run, max(ns) - min(ns) FROM public.cpu GROUP BY run'
done >"$folder/cpu"

"$bin/postgres" --version
awk -v calls=$((calls - 200)) '
    function sort(list, n,    i, j, x) { for (i = 2; i <= n; i++) { x = list[i]; for (j = i - 1; j > 0 && list[j] > x; j--) list[j + 1] = list[j]; list[j + 1] = x } }
    FNR == NR { ns[$1] = $2; next }
    { name = $2 " | " $3; mutation[name] = $2; count[name]++; us[name, count[name]] = ns[$1] / calls / 1000 }
    END {
        print "| mutation | variant | CPU us a call | ratio | median us |"
        print "|---|---|---|---|---|"
        for (name in count) {
            for (k = 1; k <= count[name]; k++) list[k] = us[name, k]
            sort(list, count[name])
            low[name] = list[1]; median[name] = list[int((count[name] + 1) / 2)]
        }
        for (name in count)
            printf "| %s | %.1f | %.3f | %.1f |\n", name, low[name], low[name] / low[mutation[name] " | none"], median[name] | "sort"
    }' "$folder/cpu" "$folder/runs"
