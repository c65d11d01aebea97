# Drops the databases of one run on a server that is not ours, when the process that made them has ended.
#
#   sh sweep.sh PSQL RUN
#
# The process holds the other end of standard input and writes nothing to it. PSQL finds the server through the PG...
# variables. RUN is the name of the run's session and the beginning of its databases' names.

trap '' HUP INT QUIT TERM PIPE
psql=$1
run=$2

query() {
    "$psql" --no-psqlrc --no-password --no-align --tuples-only --quiet </dev/null --command="$1" 2>/dev/null
}

while read -r _; do :; done

# The session may still be creating a database, though nobody waits for it any more.
attempts=0
while :; do
    # Where we are not let in there is nothing of ours to drop.
    sessions=$(query "SELECT count(*) FROM pg_stat_activity WHERE application_name = '$run'") || exit
    [ "$sessions" = 0 ] || [ "$attempts" -ge 100 ] && break
    attempts=$((attempts + 1))
    sleep 0.1
done

for database in $(query "SELECT datname FROM pg_database WHERE datname ~ '^${run}_[0-9]+\$'"); do
    query "DROP DATABASE IF EXISTS $database WITH (FORCE)"
done
