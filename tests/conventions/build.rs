//! Generates the mutations of the notes.

fn main() {
    pgmutate_codegen::configure().sql("notes.sql").manifest("mutations.json").compile();
}
