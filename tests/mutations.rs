//! The shop's mutations, as a user's crate gets them.

pgmutate::include_mutations!();
