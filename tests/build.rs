//! Generates the shop's mutations, as a user's crate does.

fn main() {
    pgmutate_codegen::configure().sql("../fixtures/shop/sql").manifest("../fixtures/shop/mutations.json").compile();
}
