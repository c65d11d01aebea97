//! Changes of notes, by a function of each result convention.
#![allow(missing_docs, reason = "a manifest need not describe every field")]

pgmutate::include_mutations!();
