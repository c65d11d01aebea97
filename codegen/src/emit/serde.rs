//! serde's derives, where they are asked for: inputs as clients send them, answers as clients get them.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emitter;

impl Emitter<'_> {
    /// The derives of what is sent by clients.
    pub(super) fn serde_both(&self) -> Option<TokenStream> {
        self.serde.then(|| quote!(, ::serde::Serialize, ::serde::Deserialize))
    }

    /// The derive of what is sent to clients.
    pub(super) fn serde_out(&self) -> Option<TokenStream> {
        self.serde.then(|| quote!(, ::serde::Serialize))
    }

    /// What says it of a whole type: `tag = "__typename"`, `untagged`.
    pub(super) fn serde_type(&self, says: TokenStream) -> Option<TokenStream> {
        self.serde.then(|| quote!(#[serde(#says)]))
    }

    /// What says that a field or variant has another name; with `more` where there is more to say.
    pub(super) fn serde_name(
        &self,
        rust: &proc_macro2::Ident,
        name: &str,
        more: Option<TokenStream>,
    ) -> Option<TokenStream> {
        let renamed = rust.to_string().trim_start_matches("r#") != name;
        let renamed = renamed.then(|| quote!(rename = #name));
        let parts = renamed.into_iter().chain(more).collect::<Vec<_>>();
        (self.serde && !parts.is_empty()).then(|| quote!(#[serde(#(#parts),*)]))
    }

    /// What says that a `Patch` may be left out.
    pub(super) fn serde_patch(&self) -> TokenStream {
        let absent = format!("{}::Patch::is_absent", self.runtime).replace(' ', "");
        quote!(default, skip_serializing_if = #absent)
    }
}
