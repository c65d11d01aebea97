//! The derive macros of pgmutate: a door to the library in `pgmutate-codegen`, no rooms.
