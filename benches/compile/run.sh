#!/usr/bin/env bash
# What generated code costs to compile: benches/compile/run.sh [MUTATIONS [ROUNDS]], 501 and 5 unless said otherwise.
#
# It starts a PostgreSQL of its own, writes the crates into target/compile, and prints a table for each way to compile.

set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo run --quiet --manifest-path benches/compile/Cargo.toml --target-dir target/benches-compile -- "$@"
