#!/usr/bin/env bash
# Real consumers of Debezium events read ours, and Debezium's own connector reads our log. Needs Java 17, Maven and pip; what it
# fetches it keeps in a cache outside the source tree.

set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --locked --workspace --features pgmutate-debezium/java --test flink --test connect "$@"
