//! Generates the shop's mutations, as a user's crate does, and those of the tenants and of all kinds of answers beside them.

fn main() {
    pgmutate_codegen::configure().sql("../fixtures/shop/sql").manifest("../fixtures/shop/mutations.json").compile();
    let tenants =
        pgmutate_codegen::configure().sql("../fixtures/tenants/sql").manifest("../fixtures/tenants/mutations.json");
    let kinds = pgmutate_codegen::configure().sql("../fixtures/kinds/sql").manifest("../fixtures/kinds/mutations.json");
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    tenants.out_dir(out.join("tenants")).compile();
    kinds.out_dir(out.join("kinds")).compile();
}
