#!/usr/bin/env bash
# Prints the folder that holds the jars of NAME, and fetches them first where they are not there yet:
#
#   tests/java/fetch.sh kafka|debezium|flink
#
# The jars lie in a cache outside the source tree, in a folder for each list of pinned versions (NAME.xml or NAME.txt).
# PGMUTATE_JAVA_CACHE names another cache.

set -euo pipefail
name=${1:?say what to fetch: kafka, debezium or flink}
here=$(cd "$(dirname "$0")" && pwd)

fail() {
    echo "tests/java/fetch.sh: $*" >&2
    exit 1
}

list=$here/$name.xml
[ -e "$list" ] || list=$here/$name.txt
[ -e "$list" ] || fail "there is no list of jars \`$name\`: kafka, debezium and flink are there"

if [ -n "${PGMUTATE_JAVA_CACHE:-}" ]; then
    cache=$PGMUTATE_JAVA_CACHE
elif [ "$(id -u)" = 0 ]; then
    cache=/var/cache/pgmutate/java
else
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/pgmutate/java
fi
folder=$cache/$name-$(sha256sum "$list" | cut -c1-12)

command -v java >/dev/null || fail '`java` is not there: install Java 17 (Debian: default-jdk-headless)'
if [ ! -d "$folder" ]; then
    mkdir -p "$cache"
    # Two at once: the second waits, and finds what the first has fetched.
    exec 9>"$cache/$name.lock"
    flock 9
fi
if [ ! -d "$folder" ]; then
    fresh=$(mktemp -d "$cache/.$name.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    case $list in
    *.xml)
        command -v mvn >/dev/null || fail '`mvn` is not there: install Maven (Debian: maven)'
        mvn --batch-mode --quiet --file "$list" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
            -DoutputDirectory="$fresh" -DincludeScope=runtime >&2
        ;;
    *.txt)
        command -v python3 >/dev/null || fail '`python3` is not there: install Python (Debian: python3-pip)'
        python3 -m pip --version >/dev/null || fail '`pip` is not there: install it (Debian: python3-pip)'
        python3 -m pip --quiet install --no-deps --no-compile --target "$fresh" --requirement "$list" >&2
        ;;
    esac
    chmod 755 "$fresh"
    mv "$fresh" "$folder"
    trap - EXIT
fi
echo "$folder"
