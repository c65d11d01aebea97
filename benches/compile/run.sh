#!/usr/bin/env bash
# What generated code costs to compile:
#
#   benches/compile/run.sh prepare [MUTATIONS]   writes the crates (501 mutations unless said otherwise)
#   benches/compile/run.sh measure [ROUNDS [WORD...]]
#                                                makes rounds (one) and prints a table for each way to compile, of all rounds since; words such
#                                                as `pgmutate`, `serde`, `derives`, `sqlx`, `sqlx_fast`, `clorinde`, `check`, `build`,
#                                                `check-again` and `build-again` say of what; what they depend on is compiled before, and is
#                                                all that no rounds (0) do
#
# `prepare` starts a PostgreSQL of its own; everything is written into target/compile.

set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo run --quiet --manifest-path benches/compile/Cargo.toml --target-dir target/benches-compile -- "$@"
