//! What a walk through a document is for. The walk and its inner loop are compiled once for each.

pub(in crate::transform) trait Mode {
    /// Whether only some fields are asked for.
    const SELECTS: bool;
    /// Whether it is only found where the values are, to be written in another order.
    const GATHERS: bool;
}

/// All fields are written as they come.
pub(in crate::transform) struct Whole;

/// The selected fields are written as they come.
pub(in crate::transform) struct Streamed;

/// The places of the selected fields are gathered.
pub(in crate::transform) struct Gathered;

impl Mode for Whole {
    const SELECTS: bool = false;
    const GATHERS: bool = false;
}

impl Mode for Streamed {
    const SELECTS: bool = true;
    const GATHERS: bool = false;
}

impl Mode for Gathered {
    const SELECTS: bool = true;
    const GATHERS: bool = true;
}
