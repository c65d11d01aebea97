//! The bodies of functions as trees. Each is read once for all who look at it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::{Body, Catalog, Function, FunctionId};
use crate::plpgsql::{self, ast};
use crate::source::{SourceMap, Span};
use crate::sql::body::SqlBody;
use crate::sql::cursor::significant;
use crate::sql::embedded::Tally;
use crate::sql::lexer::{Embedded, Lexer, Mode, PositionMap};

/// The body of a function.
#[derive(Debug)]
pub enum Code {
    /// Of PL/pgSQL.
    Plpgsql(Box<ast::Body>),
    /// Of SQL.
    Sql(SqlBody),
    /// Of another language, or none.
    None,
}

impl Code {
    /// How much of it was understood; `None` if it is not read at all.
    pub fn tally(&self) -> Option<&Tally> {
        match self {
            Self::Plpgsql(body) => Some(&body.tally),
            Self::Sql(body) => Some(&body.tally),
            Self::None => None,
        }
    }
}

/// The bodies of a catalogue's functions.
#[derive(Debug)]
pub struct Bodies<'a> {
    /// The catalogue.
    pub catalog: &'a Catalog,
    /// The sources that it was read from.
    pub sources: &'a SourceMap,
    kept: Mutex<HashMap<FunctionId, Arc<Code>>>,
}

impl<'a> Bodies<'a> {
    /// Nothing is read yet.
    pub fn new(catalog: &'a Catalog, sources: &'a SourceMap) -> Self {
        Self { catalog, sources, kept: Mutex::default() }
    }

    /// A body that is asked for again: it is kept.
    pub fn keep(&self, id: FunctionId) -> Arc<Code> {
        let code = self.read(id);
        // A panic elsewhere left the map as it was.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(code).clone()
    }

    /// A body that nobody asks for again, unless it is kept: the trees of all at once would take many times the memory of the SQL.
    pub fn read(&self, id: FunctionId) -> Arc<Code> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        kept.unwrap_or_else(|| Arc::new(code(self.catalog.function(id), self.sources)))
    }
}

fn code(function: &Function, sources: &SourceMap) -> Code {
    let is_plpgsql = function.language == "plpgsql";
    if !is_plpgsql && function.language != "sql" {
        return Code::None;
    }
    match function.body {
        Body::Quoted(_) => quoted(function, is_plpgsql, sources).unwrap_or(Code::None),
        Body::Inline(span) => inline(span, sources),
        Body::None => Code::None,
    }
}

/// The body of a function that is a string, without its quotes, with its positions.
pub(crate) fn text<'a>(function: &Function, sources: &'a SourceMap) -> Option<Embedded<'a>> {
    let Body::Quoted(span) = function.body else { return None };
    let text = sources.file(span.file).text();
    let mut lexer = Lexer::new(text, Mode::Server);
    lexer.skip_to(span.start as usize);
    let string = lexer.find(|token| !token.kind.is_trivia())?;
    Embedded::new(string, text, span.file)?.ok()
}

/// What tells a body from every other: the first half of the SHA-256 of its text, whose lines end with `\n`, in hexadecimal; nothing where
/// the body is no string, which the server keeps in a form of its own.
pub(crate) fn fingerprint(function: &Function, sources: &SourceMap) -> String {
    let Some(body) = text(function, sources) else { return String::new() };
    let hash = hmac_sha256::Hash::hash(body.text.replace("\r\n", "\n").as_bytes());
    hash.iter().take(hash.len() / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn quoted(function: &Function, is_plpgsql: bool, sources: &SourceMap) -> Option<Code> {
    let embedded = text(function, sources)?;
    Some(match is_plpgsql {
        true => Code::Plpgsql(Box::new(plpgsql::parse(&embedded.text, &embedded.map))),
        false => Code::Sql(SqlBody::parse(&embedded.text, &embedded.map)),
    })
}

fn inline(span: Span, sources: &SourceMap) -> Code {
    let text = sources.snippet(span);
    let tokens = significant(text, Mode::Server);
    let map = PositionMap::shifted(span.file, span.start as usize);
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.text(text).eq_ignore_ascii_case(word));
    let statements = match is(0, "BEGIN") && is(1, "ATOMIC") {
        true => tokens.get(2..tokens.len().saturating_sub(1)).unwrap_or_default(),
        false => tokens.as_slice(),
    };
    Code::Sql(SqlBody::parse_tokens(text, statements, &map))
}
