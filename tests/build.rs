//! Generates the shop's mutations, as a user's crate does, and those of the tenants, of all kinds of answers and of the types beside them.

fn main() {
    pgmutate_codegen::configure().sql("../fixtures/shop/sql").manifest("../fixtures/shop/mutations.json").compile();
    let tenants =
        pgmutate_codegen::configure().sql("../fixtures/tenants/sql").manifest("../fixtures/tenants/mutations.json");
    let kinds = pgmutate_codegen::configure().sql("../fixtures/kinds/sql").manifest("../fixtures/kinds/mutations.json");
    let types = pgmutate_codegen::configure().sql("../fixtures/types").manifest("../fixtures/types/mutations.json");
    let folder = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    tenants.out_dir(folder.join("tenants")).compile();
    kinds.out_dir(folder.join("kinds")).compile();
    types.out_dir(folder.join("types")).compile();
}
