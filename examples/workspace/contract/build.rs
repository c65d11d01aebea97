//! The SQL and the manifest lie outside of the crate.

fn main() {
    pgmutate_codegen::configure().sql("../database/sql").manifest("../database/mutations.json").compile();
}
