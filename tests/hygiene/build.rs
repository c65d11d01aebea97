//! Generates `fixtures/cases/names_awkward` for a runtime of another name.

fn main() {
    let case = "../../fixtures/cases/names_awkward";
    pgmutate_codegen::configure()
        .sql(format!("{case}/schema.sql"))
        .manifest(format!("{case}/mutations.json"))
        .runtime("::database")
        .compile();
}
