//! Reads the shop's SQL and manifest, and generates its mutations.

fn main() {
    pgmutate_codegen::configure()
        .sql("../../fixtures/shop/sql")
        .manifest("../../fixtures/shop/mutations.json")
        .compile();
}
