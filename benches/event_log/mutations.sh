#!/usr/bin/env bash
# What an event costs a mutation. Prints a Markdown table of the CPU time of a call and its ratio to the same mutation without an event.
#
#   benches/event_log/mutations.sh [-n blocks] [-b PostgreSQL's bin folder]
#
# One client, one session, one transaction a call, prepared statements, fsync on, synchronous_commit off. Blocks of a hundred calls of one
# kind follow each other by lot, so that whatever else the machine does disturbs all kinds alike. The CPU time is the backend's own, user
# and system. The table gives the median block of each kind, the ratio of the medians, and the ratio at the quartiles.
set -euo pipefail
blocks=2000
while getopts n:b: option; do
    case $option in n) blocks=$OPTARG ;; b) bin=$OPTARG ;; *) exit 2 ;; esac
done
source "$(dirname "$0")/server.sh"

# The same functions without their events: the calls of log_cdc_event cut out.
for file in "$shop"/sql/07_*.sql "$shop"/sql/08_*.sql; do
    sed -e '/PERFORM app.log_cdc_event(.*);$/d' -e '/PERFORM app.log_cdc_event(/,/);$/d' -e 's/ app\.\(create\|update\|delete\)_/ app.plain_\1_/' "$file" | sql -d shop
done
sql -d shop -c 'CREATE TABLE public.sample (i bigint, kind integer, ns bigint)'
pgbench -n -M prepared -c 1 -t $((blocks * 100 + 1)) -D i=0 -D block=100 -D kind=0 -f "$here/mutations.pgbench" shop >"$folder/pgbench" 2>&1 ||
    { cat "$folder/pgbench" >&2; exit 1; }
"$bin/postgres" --version
psql -X -q -At -F ' | ' -d shop <<'SQL' | { echo '| mutation | event | us a call | ratio | at the quartiles |'; echo '|---|---|---|---|---|'; cat; }
WITH block AS (
    SELECT kind, row_number() OVER (ORDER BY i) AS n, (lead(ns) OVER (ORDER BY i) - ns) / 100000.0 AS us FROM public.sample
), kind AS (
    SELECT kind, percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY us) AS us FROM block WHERE us IS NOT NULL AND n > 20 GROUP BY kind
)
SELECT '| ' || named.mutation, named.event, round(kind.us[2]::numeric), round((kind.us[2] / plain.us[2])::numeric, 2),
    round((kind.us[1] / plain.us[1])::numeric, 2) || ', ' || round((kind.us[3] / plain.us[3])::numeric, 2) || ' |'
FROM (VALUES
    (0, 0, 'update_product', 'none'),  (1, 0, 'update_product', 'in the function'),
    (2, 2, 'create_customer', 'none'), (3, 2, 'create_customer', 'in the function'),
    (4, 4, 'create_order', 'none'),    (5, 4, 'create_order', 'stitched'),
    (6, 6, 'update_customer', 'none'), (7, 6, 'update_customer', 'stitched, before image by its function'),
    (8, 6, 'update_customer', 'stitched, before image inline'), (9, 6, 'update_customer', 'stitched, no before image'),
    (10, 4, 'create_order', 'stitched, the whole answer checked'), (11, 6, 'update_customer', 'stitched, before image by its function, the whole answer checked')
) AS named (kind, plain, mutation, event)
JOIN kind ON kind.kind = named.kind
JOIN kind AS plain ON plain.kind = named.plain
ORDER BY named.kind;
SQL
