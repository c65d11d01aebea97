//! Generates the shop's mutations with serde's derives.

fn main() {
    pgmutate_codegen::configure()
        .sql("../../fixtures/shop/sql")
        .manifest("../../fixtures/shop/mutations.json")
        .serde()
        .compile();
}
