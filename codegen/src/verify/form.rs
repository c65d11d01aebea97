//! Indexes, triggers and policies in the one form in which both sides are compared. The server prints the first two as statements, which
//! are read here as those of the files are.

use crate::catalog::Quoted;
use crate::source::SourceMap;
use crate::sql::cursor::{Cursor, significant};
use crate::sql::lexer::{Mode, PositionMap, TokenKind};
use crate::sql::name::Path;

/// What is tied to a table, without its name.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Form {
    /// Everything but the expressions, in the server's order.
    pub(super) text: String,
    /// The same without what the server leaves out where it is usual: operator classes and collations.
    pub(super) short: String,
    /// The expressions, in order.
    pub(super) expressions: Vec<String>,
    /// The columns that it names.
    pub(super) columns: Vec<String>,
    /// The function of a trigger.
    pub(super) function: Option<Path>,
}

/// Reads `CREATE INDEX ...`, `CREATE TRIGGER ...` or `CREATE POLICY ...`; `None` for what is not understood.
pub(super) fn read(text: &str) -> Option<Form> {
    let tokens = significant(text, Mode::Server);
    // Nobody is shown a place in a text of the server's.
    let file = SourceMap::new().add("", "").ok()?;
    let map = PositionMap::shifted(file, 0);
    let mut cursor = Cursor::new(text, &tokens, &map);
    cursor.eat_word("create").then_some(())?;
    cursor.eat_words(&["or", "replace"]);
    let unique = cursor.eat_word("unique");
    let constraint = cursor.eat_word("constraint");
    if cursor.eat_word("index") {
        return index(&mut cursor, unique);
    }
    if cursor.eat_word("trigger") {
        return trigger(&mut cursor, constraint);
    }
    cursor.eat_word("policy").then(|| policy(&mut cursor)).flatten()
}

fn index(cursor: &mut Cursor<'_>, unique: bool) -> Option<Form> {
    cursor.eat_word("concurrently");
    cursor.eat_words(&["if", "not", "exists"]);
    if !cursor.is_word("on") {
        cursor.name()?;
    }
    cursor.eat_word("on").then_some(())?;
    cursor.eat_word("only");
    cursor.path()?;
    let method = if cursor.eat_word("using") { cursor.name()?.value.to_string() } else { "btree".to_owned() };
    let mut form = Form::new(format!("{}INDEX USING {method} (", if unique { "UNIQUE " } else { "" }));
    cursor.eat(TokenKind::LeftParen).then_some(())?;
    loop {
        key(cursor, &mut form)?;
        if !cursor.eat(TokenKind::Comma) {
            break;
        }
        form.push(", ");
    }
    cursor.eat(TokenKind::RightParen).then_some(())?;
    form.push(")");
    while !cursor.is_at_end() {
        if cursor.eat_word("include") {
            let columns = names(cursor)?;
            form.push(&format!(" INCLUDE ({})", list(&columns)));
            form.columns.extend(columns);
        } else if cursor.eat_word("where") {
            form.push(" WHERE");
            form.expressions.push(rest(cursor));
        } else if cursor.eat_words(&["nulls", "not", "distinct"]) {
            form.push(" NULLS NOT DISTINCT");
        } else if cursor.eat_word("with") {
            parenthesized(cursor)?;
        } else if cursor.eat_word("tablespace") {
            cursor.name()?;
        } else if !cursor.eat_words(&["nulls", "distinct"]) {
            return None;
        }
    }
    Some(form)
}

fn key(cursor: &mut Cursor<'_>, form: &mut Form) -> Option<()> {
    let start = cursor.index();
    let column = cursor.name().filter(|_| !matches!(cursor.kind(), Some(TokenKind::LeftParen | TokenKind::Dot)));
    match column {
        Some(column) => {
            form.push(&Quoted(&column.value).to_string());
            form.columns.push(column.value.to_string());
        }
        None => {
            cursor.seek(start);
            form.push("expression");
            let text = if cursor.is(TokenKind::LeftParen) {
                parenthesized(cursor)?
            } else {
                cursor.path()?;
                parenthesized(cursor)?;
                between(cursor, start)
            };
            form.expressions.push(text);
        }
    }
    if cursor.eat_word("collate") {
        let collation = cursor.path()?;
        form.text.push_str(&format!(" COLLATE {}", Quoted(&collation.last().value)));
    }
    let is_order = |cursor: &Cursor<'_>| cursor.is_any_word(&["asc", "desc", "nulls"]);
    if !is_order(cursor) && !matches!(cursor.kind(), None | Some(TokenKind::Comma | TokenKind::RightParen)) {
        let class = cursor.path()?;
        form.text.push_str(&format!(" {}", Quoted(&class.last().value)));
        if cursor.is(TokenKind::LeftParen) {
            parenthesized(cursor)?;
        }
    }
    let descending = cursor.eat_word("desc");
    let _ascending = cursor.eat_word("asc");
    if descending {
        form.push(" DESC");
    }
    // What is said is left out where it is usual.
    if cursor.eat_words(&["nulls", "first"]) && !descending {
        form.push(" NULLS FIRST");
    } else if cursor.eat_words(&["nulls", "last"]) && descending {
        form.push(" NULLS LAST");
    }
    Some(())
}

fn trigger(cursor: &mut Cursor<'_>, constraint: bool) -> Option<Form> {
    cursor.name()?;
    let when = ["before", "after"].into_iter().find(|word| cursor.eat_word(word));
    let when = when.or_else(|| cursor.eat_words(&["instead", "of"]).then_some("instead of"))?;
    let mut form = Form::new(String::new());
    let (mut events, mut of) = (Vec::new(), Vec::new());
    loop {
        let event = ["insert", "delete", "update", "truncate"].into_iter().find(|word| cursor.eat_word(word))?;
        events.push(event.to_ascii_uppercase());
        if event == "update" && cursor.eat_word("of") {
            loop {
                of.push(cursor.name()?.value.to_string());
                if !cursor.eat(TokenKind::Comma) {
                    break;
                }
            }
        }
        if !cursor.eat_word("or") {
            break;
        }
    }
    // The order of events and of columns means nothing.
    events.sort();
    of.sort();
    let columns = if of.is_empty() { String::new() } else { format!(" OF {}", list(&of)) };
    form.columns = of;
    cursor.eat_word("on").then_some(())?;
    cursor.path()?;
    let (mut level, mut deferrable, mut deferred, mut tables) = ("STATEMENT", false, false, Vec::new());
    let mut condition = "";
    while !cursor.is_word("execute") {
        if cursor.eat_word("from") {
            cursor.path()?;
        } else if cursor.eat_words(&["not", "deferrable"]) {
            deferrable = false;
        } else if cursor.eat_word("deferrable") {
            deferrable = true;
        } else if cursor.eat_words(&["initially", "deferred"]) {
            (deferrable, deferred) = (true, true);
        } else if cursor.eat_words(&["initially", "immediate"]) || cursor.eat_word("referencing") {
            // As it is without the words.
        } else if cursor.is_any_word(&["old", "new"]) {
            let which = cursor.text().to_ascii_uppercase();
            cursor.advance();
            cursor.eat_word("table").then_some(())?;
            cursor.eat_word("as");
            tables.push(format!(" {which} TABLE {}", Quoted(&cursor.name()?.value)));
        } else if cursor.eat_word("for") {
            cursor.eat_word("each");
            level = if cursor.eat_word("row") { "ROW" } else { "STATEMENT" };
            cursor.eat_word("statement");
        } else if cursor.eat_word("when") {
            form.expressions.push(parenthesized(cursor)?);
            condition = " WHEN";
        } else {
            return None;
        }
    }
    tables.sort();
    cursor.advance();
    let _word = cursor.eat_word("function") || cursor.eat_word("procedure");
    form.function = Some(cursor.path()?);
    cursor.eat(TokenKind::LeftParen).then_some(())?;
    let mut arguments = Vec::new();
    while !cursor.is(TokenKind::RightParen) && !cursor.is_at_end() {
        match cursor.string() {
            Some(text) => arguments.push(text.into_owned()),
            None => {
                arguments.push(cursor.text().to_owned());
                cursor.advance();
            }
        }
        cursor.eat(TokenKind::Comma);
    }
    let kind = if constraint { "CONSTRAINT TRIGGER" } else { "TRIGGER" };
    let timing = match (deferrable, deferred) {
        (_, true) => " DEFERRABLE INITIALLY DEFERRED",
        (true, false) => " DEFERRABLE",
        (false, false) => "",
    };
    let (when, events, tables) = (when.to_ascii_uppercase(), events.join(" OR "), tables.concat());
    form.push(&format!("{kind} {when} {events}{columns}{timing}{tables} FOR EACH {level}{condition} ({arguments:?})"));
    Some(form)
}

fn policy(cursor: &mut Cursor<'_>) -> Option<Form> {
    cursor.name()?;
    cursor.eat_word("on").then_some(())?;
    cursor.path()?;
    let (mut kind, mut command, mut roles) = ("PERMISSIVE".to_owned(), "ALL".to_owned(), Vec::new());
    let (mut using, mut check) = (None, None);
    while !cursor.is_at_end() {
        if cursor.eat_word("as") {
            kind = cursor.name()?.value.to_ascii_uppercase();
        } else if cursor.eat_word("for") {
            command = cursor.name()?.value.to_ascii_uppercase();
        } else if cursor.eat_word("to") {
            loop {
                let role = cursor.name()?;
                // Whoever runs the file.
                if !role.quoted && ["current_role", "current_user", "session_user"].contains(&&*role.value) {
                    return None;
                }
                roles.push(role.value.to_string());
                if !cursor.eat(TokenKind::Comma) {
                    break;
                }
            }
        } else if cursor.eat_word("using") {
            using = Some(parenthesized(cursor)?);
        } else if cursor.eat_words(&["with", "check"]) {
            check = Some(parenthesized(cursor)?);
        } else {
            return None;
        }
    }
    Some(of_policy(&kind, &command, roles, using, check))
}

/// A policy of these parts: for PUBLIC where there are no roles.
pub(super) fn of_policy(
    kind: &str,
    command: &str,
    mut roles: Vec<String>,
    using: Option<String>,
    check: Option<String>,
) -> Form {
    roles.sort();
    let roles = if roles.is_empty() { "public".to_owned() } else { list(&roles) };
    let words = [using.as_ref().map_or("", |_| " USING"), check.as_ref().map_or("", |_| " WITH CHECK")].concat();
    let mut form = Form::new(format!("POLICY AS {kind} FOR {command} TO {roles}{words}"));
    form.expressions.extend(using.into_iter().chain(check));
    form
}

impl Form {
    fn new(text: String) -> Self {
        Form { short: text.clone(), text, expressions: Vec::new(), columns: Vec::new(), function: None }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.short.push_str(text);
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| Quoted(name).to_string()).collect::<Vec<_>>().join(", ")
}

fn names(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    cursor.eat(TokenKind::LeftParen).then_some(())?;
    let mut names = vec![cursor.name()?.value.to_string()];
    while cursor.eat(TokenKind::Comma) {
        names.push(cursor.name()?.value.to_string());
    }
    cursor.eat(TokenKind::RightParen).then_some(names)
}

/// The text from the token `start` to the one read last.
fn between(cursor: &Cursor<'_>, start: usize) -> String {
    let tokens = cursor.tokens(start..cursor.index());
    let range = tokens.first().zip(tokens.last()).map(|(first, last)| first.start as usize..last.end as usize);
    range.and_then(|range| cursor.source().get(range)).unwrap_or_default().to_owned()
}

/// The text to the end of the statement.
fn rest(cursor: &mut Cursor<'_>) -> String {
    let start = cursor.index();
    while !cursor.is_at_end() && !cursor.is(TokenKind::Semicolon) {
        cursor.advance();
    }
    between(cursor, start)
}

/// What is between parentheses.
fn parenthesized(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.eat(TokenKind::LeftParen).then_some(())?;
    let start = cursor.index();
    let mut depth = 0_usize;
    loop {
        match cursor.kind()? {
            TokenKind::LeftParen => depth += 1,
            TokenKind::RightParen if depth == 0 => {
                let inside = between(cursor, start);
                cursor.advance();
                return Some(inside);
            }
            TokenKind::RightParen => depth -= 1,
            _ => {}
        }
        cursor.advance();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(files: &str, server: &str) {
        let [files, server] = [files, server].map(|text| read(text).unwrap_or_else(|| panic!("{text}")));
        assert!(files.text == server.text || files.short == server.text, "{files:?}\n{server:?}");
        assert_eq!(files.expressions.len(), server.expressions.len());
    }

    #[test]
    fn what_the_server_prints_is_what_was_written() {
        same("CREATE INDEX ON t (a, b DESC)", "CREATE INDEX t_a_b_idx ON s.t USING btree (a, b DESC)");
        same(
            "create index i on only t (lower(a) ASC, b DESC NULLS FIRST) include (c)",
            "CREATE INDEX i ON ONLY s.t USING btree (lower(a), b DESC) INCLUDE (c)",
        );
        same("CREATE INDEX i ON t (a text_ops) WHERE b > 1", "CREATE INDEX i ON s.t USING btree (a) WHERE (b > 1)");
        same(
            "CREATE INDEX i ON t USING gin (a gin_trgm_ops) WITH (fastupdate = off)",
            "CREATE INDEX i ON s.t USING gin (a public.gin_trgm_ops) WITH (fastupdate='off')",
        );
        same(
            "CREATE TRIGGER k BEFORE UPDATE OF b, a OR INSERT ON t FOR ROW WHEN (new.a > 1) EXECUTE PROCEDURE f('x', 1)",
            "CREATE TRIGGER k BEFORE INSERT OR UPDATE OF a, b ON s.t FOR EACH ROW WHEN ((new.a > 1)) EXECUTE FUNCTION s.f('x', '1')",
        );
        same(
            "CREATE CONSTRAINT TRIGGER k AFTER INSERT ON t INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()",
            "CREATE CONSTRAINT TRIGGER k AFTER INSERT ON s.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION s.f()",
        );
        same(
            "CREATE TRIGGER k AFTER DELETE ON t REFERENCING OLD TABLE gone EXECUTE FUNCTION f()",
            "CREATE TRIGGER k AFTER DELETE ON s.t REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION s.f()",
        );
        assert_eq!(
            read("CREATE POLICY p ON t FOR SELECT TO web USING (tenant = 1)"),
            Some(of_policy("PERMISSIVE", "SELECT", vec!["web".to_owned()], Some("tenant = 1".to_owned()), None))
        );
    }

    #[test]
    fn what_differs_is_told_apart() {
        let form = |text| read(text).unwrap_or_else(|| panic!("{text}"));
        for (one, other) in [
            ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (b)"),
            ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (a DESC)"),
            ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t USING hash (a)"),
            ("CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (a text_pattern_ops)"),
            (
                "CREATE TRIGGER k BEFORE INSERT ON t EXECUTE FUNCTION f()",
                "CREATE TRIGGER k AFTER INSERT ON t EXECUTE FUNCTION f()",
            ),
            (
                "CREATE TRIGGER k BEFORE INSERT ON t EXECUTE FUNCTION f()",
                "CREATE TRIGGER k BEFORE INSERT ON t EXECUTE FUNCTION f('x')",
            ),
            ("CREATE POLICY p ON t", "CREATE POLICY p ON t AS RESTRICTIVE"),
        ] {
            let (one, other) = (form(one), form(other));
            assert!(one.text != other.text && one.short != other.text, "{one:?}\n{other:?}");
        }
        for text in ["CREATE POLICY p ON t TO CURRENT_USER", "CREATE TABLE t ()", "", "CREATE INDEX i ON t (a"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
