//! Generates the shop's mutations for the bench `execute`, as a user's crate does.

fn main() {
    #[cfg(feature = "execute")]
    pgmutate_codegen::configure().sql("../fixtures/shop/sql").manifest("../fixtures/shop/mutations.json").compile();
}
