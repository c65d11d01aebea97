//! SQL in the server's own form.
//!
//! A server keeps an expression as a tree and prints it in a form of its own, which is another on every version. So both sides are
//! given to the same server's planner, which is asked what it would compute: two texts of one meaning give one plan.

use tokio_postgres::Client;

use super::object::{Asked, Sql};
use crate::sql::lexer::{Lexer, Mode, TokenKind};

/// Asks a server for the plans of expressions.
pub(super) struct Normal<'a> {
    client: &'a Client,
    search_path: Option<Vec<String>>,
}

impl<'a> Normal<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client, search_path: None }
    }

    /// Whether the files' SQL and the server's mean the same; `None` where that cannot be told.
    ///
    /// # Errors
    /// The connection's.
    pub(super) async fn agree(
        &mut self,
        search_path: &[String],
        expected: &Sql,
        deployed: &str,
    ) -> Result<Option<bool>, tokio_postgres::Error> {
        if expected.text.trim() == deployed.trim() {
            return Ok(Some(true));
        }
        if is_of_its_moment(&expected.text) {
            return Ok(None);
        }
        self.set_search_path(search_path).await?;
        // What is planned may change between two questions, as statistics are gathered: then they are asked again.
        for last in [false, true] {
            let plans = (
                self.plan(&expected.asked, &expected.text).await?,
                self.plan(&expected.asked, deployed.trim_end_matches(';')).await?,
            );
            match plans {
                (Some(expected), Some(deployed)) if expected == deployed => return Ok(Some(true)),
                (Some(expected), Some(deployed)) if last => {
                    return Ok((core(&expected) != core(&deployed)).then_some(false));
                }
                (Some(_), Some(_)) => {}
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    async fn set_search_path(&mut self, search_path: &[String]) -> Result<(), tokio_postgres::Error> {
        if self.search_path.as_deref() != Some(search_path) {
            let text = search_path.iter().map(|schema| format!("\"{}\"", schema.replace('"', "\"\"")));
            let text = text.collect::<Vec<_>>().join(", ");
            self.client.query("SELECT set_config('search_path', $1, false)", &[&text]).await?;
            self.search_path = Some(search_path.to_vec());
        }
        Ok(())
    }

    /// The plan; `None` where the server does not read it, or does not let this role.
    async fn plan(&self, asked: &Asked, text: &str) -> Result<Option<String>, tokio_postgres::Error> {
        // Parse, bind, describe, execute: one statement, whatever the text holds.
        match self.client.query_typed(&question(asked, text), &[]).await {
            Ok(rows) => Ok(Some(rows.iter().map(|row| without_names(row.get(0)) + "\n").collect())),
            Err(error) if error.as_db_error().is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn question(asked: &Asked, text: &str) -> String {
    // A line comment at the end of the text must not swallow what follows.
    let select = match asked {
        Asked::Value { ty } => format!("SELECT ({text}\n)::{ty}"),
        Asked::OfTrigger { table } => {
            format!("SELECT ({text}\n) FROM ONLY {table} AS \"old\", ONLY {table} AS \"new\"")
        }
        Asked::OfTable { table } => format!("SELECT ({text}\n) FROM ONLY {table}"),
        Asked::OfDomain { base } => {
            // Two rows, for a single one would be folded into the expression.
            let text = with_value(text);
            format!("SELECT ({text}\n) FROM (VALUES (NULL::{base}), (NULL)) AS \"of\" (\"value\")")
        }
        Asked::Query { columns } => format!("SELECT {columns} FROM ({text}\n) AS \"of\""),
    };
    format!("EXPLAIN (VERBOSE, COSTS OFF) {select}")
}

/// A line of a plan without the names of the columns of a UNION's branch, which mean nothing and are others in the server's own text.
fn without_names(line: &str) -> String {
    const BRANCH: &str = "\"*SELECT* ";
    let mut written = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, branch)) = rest.split_once(BRANCH) {
        written.push_str(before);
        written.push_str(BRANCH);
        let Some((number, column)) = branch.split_once("\".") else {
            rest = branch;
            break;
        };
        written.push_str(number);
        rest = match column.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
            Some((_, behind)) => behind,
            None => column.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$')),
        };
    }
    written + rest
}

/// A plan without what its inner scans hand on: a cast that one text leaves to the server and the other writes is made in the
/// scan or in the join above. Two plans that differ in nothing else tell nothing.
fn core(plan: &str) -> String {
    let mut written = String::with_capacity(plan.len());
    let mut outputs = 0;
    let mut is_scan = false;
    for line in plan.lines() {
        let is_output = line.trim_start().starts_with("Output: ");
        outputs += usize::from(is_output);
        if !(is_output && is_scan && outputs > 1) {
            written.push_str(line);
            written.push('\n');
        }
        is_scan = line.contains("Scan on ");
    }
    written
}

/// A domain's check with a column in the place of `VALUE`.
fn with_value(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for token in Lexer::new(text, Mode::Server) {
        let range = token.range();
        if token.kind == TokenKind::Word && token.text(text).eq_ignore_ascii_case("value") {
            written.push_str(text.get(at..range.start).unwrap_or_default());
            written.push_str("\"of\".\"value\"");
            at = range.end;
        }
    }
    written.push_str(text.get(at..).unwrap_or_default());
    written
}

/// `'now'::timestamp` is the moment when the server reads it: that of the definition is gone.
fn is_of_its_moment(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["'now'", "'today'", "'tomorrow'", "'yesterday'"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_replaced_where_it_is_a_name() {
        assert_eq!(
            with_value("VALUE > 0 AND value <> 'value'"),
            "\"of\".\"value\" > 0 AND \"of\".\"value\" <> 'value'"
        );
        assert_eq!(with_value("\"value\" > 0"), "\"value\" > 0");
    }

    #[test]
    fn inner_scans_have_no_outputs() {
        let plan = "Merge Join\n  Output: t.id\n  ->  Seq Scan on odd.t\n        Output: (t.id)::numeric\n        Filter: t.a\n";
        let expected = "Merge Join\n  Output: t.id\n  ->  Seq Scan on odd.t\n        Filter: t.a\n";
        assert_eq!(core(plan), expected);
        let single = "Seq Scan on odd.t\n  Output: (id + 1)\n";
        assert_eq!(core(single), single);
    }

    #[test]
    fn the_columns_of_a_branch_have_no_names() {
        let line = r#"  Output: "*SELECT* 2".id, "*SELECT* 2"."a b", orders.id"#;
        assert_eq!(without_names(line), r#"  Output: "*SELECT* 2, "*SELECT* 2, orders.id"#);
        assert_eq!(without_names(r#"Subquery Scan on "*SELECT* 2""#), r#"Subquery Scan on "*SELECT* 2""#);
    }

    #[test]
    fn a_comment_ends_with_its_line() {
        let asked = Asked::Value { ty: "integer".to_owned() };
        assert_eq!(question(&asked, "1 -- one"), "EXPLAIN (VERBOSE, COSTS OFF) SELECT (1 -- one\n)::integer");
    }
}
