//! SQL text to statements: which files there are, and what each statement says.

pub mod input;
