//! Generates the awkward names of `names` for a runtime of another name.

fn main() {
    pgmutate_codegen::configure()
        .sql("names/schema.sql")
        .manifest("names/mutations.json")
        .runtime("::database")
        .compile();
}
