//! Everything that the generator and the derives write must compile where nothing helps them: the runtime goes by another name, there is
//! no prelude, the usual names mean something else, and a warning is an error.
//!
//! This crate tests by compiling.

#![deny(warnings)]

/// Generated code, and structs of one's own, without any prelude.
#[no_implicit_prelude]
pub mod bare {
    ::database::include_mutations!();

    /// An input that contains itself.
    #[derive(::database::Input)]
    #[input(typename = "Node", crate = ::database)]
    pub struct Tree {
        /// A raw name.
        pub r#fn: &'static str,
        /// A key that is no name.
        #[input(key = "self")]
        pub inner: ::database::Patch<::std::boxed::Box<Tree>>,
    }

    /// A mutation, its answers read into types of one's own.
    #[derive(::database::Mutation)]
    #[mutation(function = "audit.put", success = Done, error = Refused, crate = ::database)]
    pub struct Put {
        /// A raw name.
        pub r#type: ::std::string::String,
        /// `self` cannot even be a raw name.
        #[argument(name = "self")]
        pub node: Tree,
    }

    /// A success.
    #[derive(::database::Output)]
    #[output(typename = "PutAuditSuccess", crate = ::database)]
    pub struct Done {
        /// A raw name.
        pub r#match: ::std::option::Option<::std::string::String>,
        /// `self` cannot even be a raw name.
        #[output(key = "self")]
        pub state: ::std::option::Option<Word>,
    }

    /// Words.
    #[derive(Clone, Copy, ::database::Output)]
    #[output(crate = ::database)]
    pub enum Word {
        /// One of them.
        #[output(value = "in_progress")]
        Some,
        /// Another.
        #[output(value = "done")]
        None,
    }

    /// A union.
    #[derive(::database::Output)]
    #[output(discriminator = "kind", crate = ::database)]
    pub enum Either {
        /// One of them.
        #[output(value = "done")]
        Ok(Done),
        /// Another, told by two strings.
        #[output(value = "other", value = "others")]
        Err(::std::boxed::Box<Either>),
    }

    /// There is no error.
    #[derive(Debug, ::database::MutationError)]
    #[output(typename = "PutAuditError", crate = ::database)]
    pub enum Refused {}

    /// Errors with fields.
    #[derive(Debug, ::database::MutationError)]
    #[output(crate = ::database)]
    pub enum Failed {
        /// Nothing is said of it.
        #[output(code = "NONE")]
        None,
        /// Much is said of it.
        #[output(code = "SOME")]
        Some {
            /// For people.
            message: ::std::option::Option<::std::string::String>,
            /// A raw name.
            r#type: i32,
        },
    }

    /// An event, of another database.
    #[derive(::database::Event)]
    #[event(name = "PUT", entity = "node", operation = "UPDATE", foreign)]
    #[output(crate = ::database)]
    pub struct Changed {
        /// As it was.
        pub before: ::std::option::Option<Done>,
        /// As it is.
        pub after: Either,
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

/// A caller without the prelude.
#[no_implicit_prelude]
pub mod caller {
    use ::database::Mutation as _;

    /// Every code is matched, and every type is as the manifest has it.
    pub async fn calls(client: &impl ::database::Client) -> ::std::result::Result<(), ::database::Error> {
        let done = super::bare::app::Put {
            r#type: ::std::string::String::new(),
            self_: super::bare::Node {
                r#fn: ::std::string::String::new(),
                self_: ::database::Patch::Absent,
                others: ::database::Patch::Absent,
                state: ::database::Patch::Absent,
                r#use: ::database::Patch::Absent,
            },
            crate_: ::database::Patch::Absent,
            Ok: ::database::Patch::Value(1),
        };
        match done.call(client).await? {
            ::std::result::Result::Ok(done) => ::std::mem::drop((done.r#match, done.self_, done.super_, done.Err)),
            ::std::result::Result::Err(never) => match never {},
        }
        ::std::result::Result::Ok(())
    }
}
