# Owns one program and its folder, from before the folder exists until both are gone.
#
#   sh service.sh FOLDER COMMAND...
#
# The process that wants the program holds the other ends of this one's pipes: when they close, the program is killed and
# FOLDER is removed.

trap '' HUP INT QUIT TERM PIPE
folder=$1
shift
pid=

start() {
    (
        trap - HUP INT QUIT TERM PIPE
        cd "$folder" && exec "$@"
    ) </dev/null >>"$folder/log" 2>&1 &
    pid=$!
}

signal() { # SIGNAL
    [ -n "$pid" ] && kill -"$1" "$pid" 2>/dev/null
}

stop() { # SIGNAL
    [ -n "$pid" ] || return 0
    signal CONT
    signal "$1"
    wait "$pid"
    pid=
}

# Fails when the folder exists already: then it is not ours to remove.
mkdir "$folder" || exit 1

while read -r command argument; do
    case $command in
    start) [ -z "$pid" ] && start "$@" ;;
    stop) stop "$argument" ;;
    signal) signal "$argument" ;;
    runs) [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null ;;
    *) false ;;
    esac && echo done || echo failed
done

stop KILL
rm -rf "$folder"
