//! Generated code, and a struct of one's own beside it.

pgmutate::include_mutations!();

#[derive(pgmutate::Mutation)]
#[mutation(function = "app.update_product", success = app::UpdateProductSuccess, error = app::UpdateProductError)]
pub struct Reprice {
    pub product_id: pgmutate::types::Uuid,
    pub input: pgmutate::types::RawJson,
}
