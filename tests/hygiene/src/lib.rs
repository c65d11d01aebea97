//! Everything that the generator and the derives write must compile where nothing helps them: the runtime goes by another name, there is
//! no prelude, the usual names mean something else, and a warning is an error.
//!
//! This crate tests by compiling.

#![deny(warnings)]

/// Generated code, and an input of one's own, without any prelude.
///
/// `derive(Mutation)` on a struct of one's own is not here: it says which line of SQL a mistyped field breaks by `#[diagnostic::…]`, and
/// Rust takes that name away together with the prelude.
#[no_implicit_prelude]
pub mod bare {
    ::database::include_mutations!();

    /// An input that contains itself.
    #[derive(::database::Input)]
    #[input(crate = ::database)]
    pub struct Tree {
        /// A raw name.
        pub r#fn: &'static str,
        /// A key that is no name.
        #[input(key = "self")]
        pub inner: ::database::Patch<::std::boxed::Box<Tree>>,
    }
}

/// Names that generated code might take for the standard library's.
#[allow(dead_code, reason = "they are only in the way")]
mod in_the_way {
    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) struct Some;
    pub(crate) struct Ok;
    pub(crate) struct Vec;
    pub(crate) struct String;
    pub(crate) struct Box;
    pub(crate) mod std {}
    pub(crate) mod core {}
    pub(crate) mod pgmutate {}
}

/// Structs of one's own beside such names.
pub mod by_hand {
    #[allow(unused_imports, reason = "they are only in the way")]
    use super::in_the_way::*;

    /// A function that another schema has as well; its arguments are keywords.
    #[derive(::database::Mutation)]
    #[mutation(function = "audit.put", crate = ::database)]
    pub struct Audit {
        /// A raw name.
        pub r#type: ::std::string::String,
        /// `self` cannot even be a raw name.
        #[argument(name = "self")]
        pub node: super::bare::Tree,
    }

    /// The other function of that name, all of whose arguments but two have a DEFAULT.
    #[derive(::database::Mutation)]
    #[mutation(function = "app.put", crate = ::database)]
    pub struct Put<'a> {
        /// A raw name.
        pub r#type: &'a str,
        /// `self` cannot even be a raw name.
        #[argument(name = "self")]
        pub node: &'a super::bare::Node,
    }
}
