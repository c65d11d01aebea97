//! The shop's mutations with serde's derives.
#![allow(missing_docs, reason = "a manifest need not describe every field")]

pgmutate::include_mutations!();
