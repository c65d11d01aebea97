//! Diagnostics: what is wrong, where (source and label), and what to do next.

mod code;
mod json;
mod render;

pub use annotate_snippets::Renderer;
pub use code::Code;
pub use json::{json, sarif};
pub use render::{one_line, render, render_plain};

use crate::source::Span;

/// What a diagnostic does to a build.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// It is not reported.
    Allow,
    /// It is reported, and the build goes on.
    Warn,
    /// It is reported, and the build fails.
    Deny,
}

impl Level {
    /// Every level with its word.
    pub const WORDS: &'static [(&'static str, Level)] =
        &[("allow", Level::Allow), ("warn", Level::Warn), ("deny", Level::Deny)];

    /// The word for it in a manifest.
    pub fn word(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// Nobody reads more mistakes than this at once; what comes after them is counted.
pub const MOST: usize = 100;

/// The first [`MOST`] diagnostics; the last of them says how many more there are.
pub fn first(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let more = diagnostics.len().saturating_sub(MOST);
    diagnostics.truncate(MOST);
    if let Some(last) = diagnostics.last_mut().filter(|_| more > 0) {
        last.notes.push(format!("there are {more} more mistakes; they are told when some of these are mended"));
    }
    diagnostics
}

/// A place in a source file and what is to be said of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be said of it, in lower case; may be empty.
    pub text: String,
}

/// One mistake: a message, the place where it is, places that explain it, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The stable code, with its page in `docs/diagnostics/`.
    pub code: Code,
    /// What it does to the build.
    pub level: Level,
    /// What is wrong, in lower case, names in backticks.
    pub message: String,
    /// Where it is; only a mistake in no file at all (a missing one) has none.
    pub primary: Option<Label>,
    /// Places that explain it.
    pub secondary: Vec<Label>,
    /// What else is true.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic at its code's default level.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            level: code.default_level(),
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Says where the mistake is.
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Adds a place that explains the mistake.
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds what else is true.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds what to do next.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}
