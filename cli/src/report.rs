//! Diagnostics on a terminal, errors of a database in full.

use std::error::Error;
use std::io::IsTerminal;

use clap::ValueEnum;
use pgmutate_codegen::diagnostic::{Diagnostic, Renderer, render};
use pgmutate_codegen::source::SourceMap;

/// What a command fails with.
pub(crate) type Failure = Box<dyn Error>;

/// Whether text is in colour.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

/// Prints every diagnostic, in colour where a person reads it.
pub(crate) fn print(diagnostics: &[Diagnostic], sources: &SourceMap) {
    print_in(diagnostics, sources, Colour::Auto);
}

/// Prints every diagnostic.
pub(crate) fn print_in(diagnostics: &[Diagnostic], sources: &SourceMap, colour: Colour) {
    let is_wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let colour = match colour {
        Colour::Auto => is_wanted && std::io::stderr().is_terminal(),
        Colour::Always => true,
        Colour::Never => false,
    };
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    for diagnostic in diagnostics {
        eprintln!("{}\n", render(diagnostic, sources, &renderer));
    }
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A database's error with everything that the server said.
pub(crate) fn database(action: &str, error: &tokio_postgres::Error) -> Failure {
    let Some(server) = error.as_db_error() else {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        return format!("cannot {action}: {error}{cause}").into();
    };
    let mut text = format!("cannot {action}: {} (SQLSTATE {})", server.message(), server.code().code());
    for (word, more) in [("detail", server.detail()), ("hint", server.hint()), ("where", server.where_())] {
        if let Some(more) = more {
            text.push_str(&format!("\n  {word}: {more}"));
        }
    }
    text.into()
}
