#!/bin/sh
# Builds the fuzz targets without cargo-fuzz, with the flags that it passes: coverage for libFuzzer, and AddressSanitizer.
# The stable toolchain takes them with RUSTC_BOOTSTRAP=1.
set -eu
cd "$(dirname "$0")"
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-sanitizer-coverage-stack-depth -Ccodegen-units=1 -Zsanitizer=address"
exec cargo build --release --target x86_64-unknown-linux-gnu "$@"
