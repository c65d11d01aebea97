# Owns one private server, from before its first file exists until its last one is gone.
#
#   sh guard.sh FOLDER BIN SETTING...
#
# The process that wants the server holds the other ends of this one's pipes. It writes a command a line and reads an
# answer a line; when its end closes, for whatever reason and in the middle of whatever command, the server is stopped
# and FOLDER is removed. So every process of the server is started from here, and the commands run one after another:
# there is no moment at which something exists that would not be cleaned up.

trap '' HUP INT QUIT TERM PIPE
umask 077
folder=$1
bin=$2
shift 2
data=$folder/data

create() { # PASSWORD
    printf '%s\n' "$1" >"$folder/password" &&
        "$bin/initdb" --pgdata="$data" --username=postgres --pwfile="$folder/password" \
            --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C \
            --no-sync --no-instructions </dev/null >"$folder/log" 2>&1 &&
        rm "$folder/password"
}

start() { # PORT
    "$bin/pg_ctl" start --pgdata="$data" --wait --timeout=60 --silent --log="$folder/log" \
        --options="-p $1" </dev/null >/dev/null 2>&1
}

stop() { # MODE
    [ -f "$data/postmaster.pid" ] || return 0
    read -r pid <"$data/postmaster.pid"
    # A server that somebody has stopped by SIGSTOP, or killed already, does not answer.
    "$bin/pg_ctl" stop --pgdata="$data" --mode="$1" --wait --timeout=30 --silent </dev/null >/dev/null 2>&1 ||
        kill -KILL "$pid" 2>/dev/null
    return 0
}

# Fails when the folder exists already: then it is not ours to remove.
mkdir "$folder" || exit 1

while read -r command argument; do
    case $command in
    create) create "$argument" && printf '%s\n' "$@" >>"$data/postgresql.conf" ;;
    start) start "$argument" ;;
    stop) stop "$argument" ;;
    *) false ;;
    esac && echo done || echo failed
done

stop immediate
# The last processes of a killed server may still be writing.
attempts=0
until rm -rf "$folder" 2>/dev/null || [ "$attempts" -ge 100 ]; do
    attempts=$((attempts + 1))
    sleep 0.1
done
