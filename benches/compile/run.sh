#!/usr/bin/env bash
# What generated code costs to compile: benches/compile/run.sh [MUTATIONS [ROUNDS]], 501 and 5 unless said otherwise.
#
# It starts a PostgreSQL of its own, writes the crates into target/compile, and prints the tables of docs/benchmarks/compile.md.

set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo run --quiet --manifest-path benches/compile/Cargo.toml --target-dir target/benches-compile -- "$@"
