//! Calls through the generated structs, as a user makes them.
