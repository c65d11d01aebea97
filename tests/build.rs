//! Generates the shop's mutations, as a user's crate does, and those of the tenants beside them.

fn main() {
    pgmutate_codegen::configure().sql("../fixtures/shop/sql").manifest("../fixtures/shop/mutations.json").compile();
    let tenants =
        pgmutate_codegen::configure().sql("../fixtures/tenants/sql").manifest("../fixtures/tenants/mutations.json");
    let folder = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("tenants");
    tenants.out_dir(folder).compile();
}
