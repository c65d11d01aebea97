//! What is done where a document and its type disagree.

/// What becomes of a key that the type does not declare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// It is left out: what the contract does not name does not reach the client.
    #[default]
    Drop,
    /// It is renamed by rule, `order_number` to `orderNumber`, and so are the keys inside its value. Where its new name is one that the type declares (or
    /// `__typename`), the declared field wins and the unknown key is left out.
    Rename,
    /// It is an error.
    Refuse,
}

/// What becomes of an object in which a declared field that is not nullable is missing or null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// It is an error.
    #[default]
    Refuse,
    /// It passes as it is: a missing field stays missing, a null stays null.
    Allow,
}
