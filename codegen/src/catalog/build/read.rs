//! Files to statements, each with the search path where it stands.

use std::ops::Range;
use std::sync::Arc;

use super::{Builder, Item, QueryNames, SearchPath, lookup};
use crate::catalog::{Catalog, Origin, Unknown};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, SourceMap, Span};
use crate::sql::cursor::{self, Cursor};
use crate::sql::embedded;
use crate::sql::input::{Source, SourceKind};
use crate::sql::lexer::{self, Embedded, Fault, Mode, PositionMap, Token, TokenKind};
use crate::sql::script::{Mistake, Script};
use crate::sql::statement::{self, SessionStatement, Statement};

/// Reads all sources: stubs first, then migrations in the order in which they are given, then schema files, whose
/// order means nothing.
///
/// What is not understood is in [`Catalog::unknown`]; a diagnostic is only what makes the sources themselves wrong.
pub fn read(sources: &SourceMap, inputs: &[Source]) -> (Catalog, Vec<Diagnostic>) {
    // Queries are trees that are walked with one call for each level.
    embedded::with_deep_stack(|| read_all(sources, inputs)).unwrap_or_else(|error| {
        let message = format!("the system has no room for the stack that reading SQL takes: {error}");
        (Catalog::default(), vec![Diagnostic::new(Code::UNREADABLE_FILE, message).help("free some memory")])
    })
}

fn read_all(sources: &SourceMap, inputs: &[Source]) -> (Catalog, Vec<Diagnostic>) {
    let mut builder = Builder::default();
    // A server has it before anything is run.
    builder.catalog.schemas.entry("public".to_owned()).or_default();
    let of_kind = |kind| {
        let mut files: Vec<&Source> = inputs.iter().filter(|source| source.kind == kind).collect();
        if kind != SourceKind::Migration {
            files.sort_by_key(|source| sources.file(source.file).name());
        }
        files
    };
    builder.origin = Some(Origin::External);
    let files =
        of_kind(SourceKind::External).into_iter().map(|source| builder.items(source, sources)).collect::<Vec<_>>();
    builder.apply_files(&files, sources);
    builder.origin = Some(Origin::Source);
    for source in of_kind(SourceKind::Migration) {
        for item in builder.items(source, sources) {
            builder.apply(&item, sources);
        }
    }
    let files =
        of_kind(SourceKind::Schema).into_iter().map(|source| builder.items(source, sources)).collect::<Vec<_>>();
    builder.apply_files(&files, sources);
    builder.finish()
}

impl Builder {
    fn finish(mut self) -> (Catalog, Vec<Diagnostic>) {
        let signature = |catalog: &Catalog, id: &crate::catalog::FunctionId| {
            let function = catalog.function(*id);
            function.inputs().map(|argument| catalog.display(&argument.ty.ty).to_string()).collect::<Vec<_>>()
        };
        let mut schemas = std::mem::take(&mut self.catalog.schemas);
        for overloads in schemas.values_mut().flat_map(|schema| schema.functions.values_mut()) {
            overloads.sort_by_cached_key(|id| signature(&self.catalog, id));
        }
        self.catalog.schemas = schemas;
        self.catalog.unknown.sort();
        self.catalog.unknown.dedup();
        (self.catalog, self.diagnostics)
    }

    /// The statements of a file.
    fn items(&mut self, source: &Source, sources: &SourceMap) -> Vec<Item> {
        let mut reader = FileReader {
            builder: self,
            file: source.file,
            items: Vec::new(),
            path: lookup::DEFAULT_PATH.map(str::to_owned).into(),
        };
        for part in &source.parts {
            reader.file = part.file;
            reader.part(sources.file(part.file).text(), &part.range);
        }
        reader.items
    }
}

struct FileReader<'a> {
    builder: &'a mut Builder,
    file: FileId,
    items: Vec<Item>,
    path: SearchPath,
}

impl FileReader<'_> {
    fn part(&mut self, text: &str, part: &Range<usize>) {
        let script = Script::of(text, part);
        for (range, mistake) in &script.faults {
            self.fault(Span::new(self.file, range.start, range.end), *mistake);
        }
        let map = PositionMap::shifted(self.file, 0);
        self.builder.catalog.statements += script.statements.len();
        for range in &script.statements {
            let tokens = script.tokens.get(range.clone()).unwrap_or_default();
            self.statement(text, tokens, &map, false);
        }
    }

    fn fault(&mut self, span: Span, mistake: Mistake) {
        let (message, help) = match mistake {
            Mistake::Parenthesis => {
                let message = "a parenthesis is not closed before its statement ends".to_owned();
                (message, "close it; the statement is read up to the next one")
            }
            Mistake::Token(
                fault @ (Fault::UnterminatedString
                | Fault::UnterminatedIdentifier
                | Fault::UnterminatedComment
                | Fault::UnterminatedDollarQuote),
            ) => (fault.to_string(), "close it; all that follows is taken as a part of it"),
            Mistake::Token(fault) => return self.builder.unknown(span, fault.to_string()),
        };
        // It reaches to the end of the file; its start is what matters.
        let opening = Span { end: span.end.min(span.start + 1), ..span };
        self.builder
            .diagnostics
            .push(Diagnostic::new(Code::UNTERMINATED, message).at(opening, "it starts here").help(help));
    }

    /// Reads one statement, whose tokens these are.
    fn statement(&mut self, text: &str, tokens: &[Token], map: &PositionMap, conditional: bool) {
        let mut cursor = Cursor::new(text, tokens, map);
        let span = cursor.span(0..tokens.len());
        match statement::parse(&mut cursor) {
            Ok(Statement::NoEffect) => {}
            Ok(Statement::Session(SessionStatement::SearchPath(path))) => self.path = path.into(),
            Ok(Statement::Session(SessionStatement::ResetSearchPath)) => {
                self.path = lookup::DEFAULT_PATH.map(str::to_owned).into();
            }
            Ok(Statement::Schema { name, elements }) => {
                let schema = name.value.to_string();
                let statement = Statement::Schema { name, elements: Vec::new() };
                let path = Arc::clone(&self.path);
                self.items.push(Item {
                    statement,
                    path: Arc::clone(&path),
                    span,
                    conditional,
                    query: QueryNames::default(),
                });
                // Its objects are made in the new schema, whatever the path is.
                self.path = std::iter::once(schema).chain(path.iter().cloned()).collect();
                for element in elements {
                    self.statement(text, tokens.get(element).unwrap_or_default(), map, conditional);
                }
                self.path = path;
            }
            Ok(Statement::Do { body }) => self.block(text, tokens, map, body),
            Ok(statement) => {
                let query = match &statement {
                    Statement::View(_) | Statement::TableAs(_) => query_names(text, tokens, map),
                    _ => QueryNames::default(),
                };
                self.items.push(Item { statement, path: Arc::clone(&self.path), span, conditional, query });
            }
            Err(misread) => {
                let names = tokens.iter().filter_map(|token| lexer::identifier(*token, text, '\\')?.ok());
                self.builder.catalog.unread.extend(names.map(std::borrow::Cow::into_owned));
                self.builder.catalog.unknown.push(Unknown { span: misread.span, reason: misread.reason });
            }
        }
    }

    /// Reads the definitions in a DO block: those that stand in it, and those that it executes as a plain string.
    fn block(&mut self, text: &str, tokens: &[Token], map: &PositionMap, body: Span) {
        let Some(&string) = tokens.iter().find(|token| map.offset(token.start as usize) == body.start as usize) else {
            return;
        };
        // A block within a block would need positions of positions; nobody writes one.
        let Some(Ok(embedded)) = Embedded::new(string, text, self.file) else {
            return self.builder.unknown(body, "the block's string has an escape that stands for nothing");
        };
        let tokens = cursor::significant(&embedded.text, Mode::Server);
        let mut start = 0;
        while start < tokens.len() {
            let end = statement_end(&tokens, start);
            let piece = tokens.get(start..end).unwrap_or_default();
            self.block_statement(&embedded, piece);
            start = next_start(&embedded.text, &tokens, start, end);
        }
    }

    fn block_statement(&mut self, block: &Embedded<'_>, tokens: &[Token]) {
        let Some(first) = tokens.first() else { return };
        let first = first.text(&block.text);
        let is = |words: &[&str]| words.iter().any(|word| first.eq_ignore_ascii_case(word));
        if is(&["create", "alter", "drop", "comment"]) {
            return self.statement(&block.text, tokens, &block.map, true);
        }
        if !is(&["execute"]) {
            return;
        }
        if let [_, string] = tokens
            && let Some(Ok(executed)) = Embedded::new(*string, &block.text, self.file)
        {
            // Its positions are those of the string as a whole: the text lies two quotes deep.
            let span = block.map.span(string.range());
            let inner = cursor::significant(&executed.text, Mode::Server);
            let at_string = PositionMap::shifted(self.file, span.start as usize);
            let mut start = 0;
            while start < inner.len() {
                let end = statement_end(&inner, start);
                self.statement(&executed.text, inner.get(start..end).unwrap_or_default(), &at_string, true);
                start = end + 1;
            }
            return;
        }
        let defines = tokens.iter().any(|token| {
            let word = token.text(&block.text).trim_start_matches(['\'', '$', ' ', '\n']).to_ascii_lowercase();
            token.kind.is_text() && ["create", "alter", "drop"].iter().any(|start| word.starts_with(start))
        });
        if defines {
            let span = block
                .map
                .span(tokens.first().map_or(0, |t| t.start as usize)..tokens.last().map_or(0, |t| t.end as usize));
            self.builder.unknown(span, "a definition that is put together when the block runs");
        }
    }
}

/// The names in a query that stand where a relation or a function may.
fn query_names(text: &str, tokens: &[Token], map: &PositionMap) -> QueryNames {
    let mut names = QueryNames::default();
    let mut cursor = Cursor::new(text, tokens, map);
    let mut may_be_relation = false;
    while !cursor.is_at_end() {
        let word = cursor.peek().is_some_and(|token| token.kind == TokenKind::Word);
        let introduces = word && cursor.is_any_word(&["from", "join", "only", "lateral", "table"]);
        if introduces
            || !may_be_relation && !matches!(cursor.kind(), Some(TokenKind::Word | TokenKind::QuotedIdentifier))
        {
            may_be_relation =
                introduces || cursor.is(TokenKind::Comma) || may_be_relation && cursor.is(TokenKind::LeftParen);
            cursor.advance();
            continue;
        }
        let Some(path) = cursor.path() else {
            may_be_relation &= cursor.is(TokenKind::LeftParen);
            cursor.advance();
            continue;
        };
        let name = lookup::object_name(&path);
        if cursor.is(TokenKind::LeftParen) {
            names.functions.push(name);
        } else if may_be_relation {
            names.relations.push(name);
        }
        may_be_relation = false;
    }
    names
}

/// The index of the semicolon outside of parentheses that ends the statement at `start`, or the end.
fn statement_end(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0usize;
    for (i, token) in tokens.iter().enumerate().skip(start) {
        match token.kind {
            TokenKind::LeftParen => depth += 1,
            TokenKind::RightParen => depth = depth.saturating_sub(1),
            TokenKind::Semicolon if depth == 0 => return i,
            _ => {}
        }
    }
    tokens.len()
}

/// Where the next statement of a block starts: behind the next word that opens a list of statements, or behind the
/// semicolon.
fn next_start(text: &str, tokens: &[Token], start: usize, end: usize) -> usize {
    let opens = |token: &Token| {
        let word = token.text(text);
        ["begin", "then", "else", "loop"].iter().any(|open| word.eq_ignore_ascii_case(open))
    };
    let first = tokens.get(start).map(|token| token.text(text)).unwrap_or_default();
    let is_definition = ["create", "alter", "drop", "comment", "execute"].iter().any(|w| first.eq_ignore_ascii_case(w));
    if is_definition {
        return end + 1;
    }
    let within = tokens.get(start..end).unwrap_or_default();
    within.iter().position(opens).map_or(end + 1, |at| start + at + 1)
}
