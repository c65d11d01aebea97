//! Objects of the files against those of the database.

use std::collections::{BTreeMap, BTreeSet};

use super::normal::Normal;
use super::object::{Fact, Key, Kind, Object, Part, Rule, RuleKind, Value};
use crate::catalog::QualifiedName;
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::source::Span;

/// Bodies with their positions, to point at the line that differs.
pub(super) trait Bodies {
    /// The place of a line of the body of the function at `place`, from 0.
    fn line(&self, function: Span, line: usize) -> Option<Span>;
}

/// Every difference, in the order of the files' objects.
///
/// # Errors
/// The connection's.
pub(super) async fn compare(
    normal: &mut Normal<'_>,
    expected: &[Object],
    deployed: &BTreeMap<Key, Object>,
    bodies: &dyn Bodies,
) -> Result<Vec<Diagnostic>, tokio_postgres::Error> {
    let mut diagnostics = Vec::new();
    let known = expected.iter().map(Object::key).collect::<BTreeSet<_>>();
    let mut reported = BTreeSet::new();
    for object in expected {
        let overloads = left_behind(object, &known, deployed);
        let Some(found) = deployed.get(&object.key()) else {
            diagnostics.push(missing(object, &overloads));
            reported.extend(overloads.iter().map(|overload| overload.key()));
            continue;
        };
        Comparison { normal, object, found, diagnostics: &mut diagnostics }.run(bodies).await?;
        for overload in overloads {
            if reported.insert(overload.key()) {
                diagnostics.push(left(object, overload));
            }
        }
    }
    Ok(diagnostics)
}

/// The overloads of a function that no file defines.
fn left_behind<'a>(object: &Object, known: &BTreeSet<Key>, deployed: &'a BTreeMap<Key, Object>) -> Vec<&'a Object> {
    if object.kind != Kind::Function {
        return Vec::new();
    }
    let first = (Kind::Function, format!("{}(", object.name));
    let of_name = deployed.range(first..).map(|(_, it)| it).take_while(|it| it.name == object.name);
    of_name.filter(|it| !known.contains(&it.key())).collect()
}

fn missing(object: &Object, overloads: &[&Object]) -> Diagnostic {
    let word = noun(object);
    let message = format!("{word} `{}` is not in the database", object.shown);
    let mut diagnostic = at(Diagnostic::new(Code::NOT_DEPLOYED, message), object.place, "defined here");
    for overload in overloads {
        diagnostic = diagnostic.note(format!("the database has `{}`, which no file defines", overload.shown));
    }
    let help = if overloads.is_empty() {
        "deploy the file"
    } else {
        "deploy the file, and drop what it replaces: PostgreSQL keeps a function of other types beside the new one"
    };
    diagnostic.help(help)
}

fn left(object: &Object, overload: &Object) -> Diagnostic {
    let message = format!("the database has `{}` as well, which no file defines", overload.shown);
    at(Diagnostic::new(Code::OVERLOAD_LEFT, message), object.place, "the files define this one")
        .note("a call may mean either, or be refused as ambiguous")
        .help(format!("drop it: DROP FUNCTION {}", overload.shown))
}

fn noun(object: &Object) -> &str {
    let own = object.parts.first().into_iter().flat_map(|part| &part.facts);
    own.into_iter().find(|fact| fact.what == "kind").map_or(object.kind.word(), |fact| match &fact.value {
        Value::Text(word) => word,
        _ => object.kind.word(),
    })
}

fn at(diagnostic: Diagnostic, place: Option<Span>, text: &str) -> Diagnostic {
    match place {
        Some(place) => diagnostic.at(place, text),
        None => diagnostic,
    }
}

fn drift(kind: Kind) -> Code {
    match kind {
        Kind::Function => Code::FUNCTION_DRIFT,
        Kind::Relation | Kind::Schema => Code::TABLE_DRIFT,
        Kind::Type => Code::TYPE_DRIFT,
    }
}

struct Comparison<'a, 'c> {
    normal: &'a mut Normal<'c>,
    object: &'a Object,
    found: &'a Object,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Comparison<'_, '_> {
    async fn run(mut self, bodies: &dyn Bodies) -> Result<(), tokio_postgres::Error> {
        for part in &self.object.parts {
            match self.found.parts.iter().find(|found| found.name == part.name) {
                Some(found) => self.part(part, found, bodies).await?,
                None => self.missing_part(part),
            }
        }
        if self.object.complete {
            self.more_parts();
        }
        self.rules().await
    }

    fn diagnostic(&self, message: String, place: Option<Span>) -> Diagnostic {
        at(Diagnostic::new(drift(self.object.kind), message), place.or(self.object.place), "defined here")
    }

    fn missing_part(&mut self, part: &Part) {
        let message = format!("column `{}` of `{}` is not in the database", part.name, self.object.shown);
        let diagnostic = self.diagnostic(message, part.place).help("deploy the file, or add the column");
        self.diagnostics.push(diagnostic);
    }

    fn more_parts(&mut self) {
        let names = |parts: &[Part]| parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>();
        let (ours, theirs) = (names(&self.object.parts), names(&self.found.parts));
        for name in theirs.iter().filter(|name| !ours.contains(name)) {
            let message =
                format!("the database has a column `{name}` in `{}` that the files do not define", self.object.shown);
            let diagnostic = self.diagnostic(message, None).help("add it to the files, or drop it");
            self.diagnostics.push(diagnostic);
        }
        if ours != theirs && ours.iter().collect::<BTreeSet<_>>() == theirs.iter().collect::<BTreeSet<_>>() {
            let message = format!("the columns of `{}` are in another order in the database", self.object.shown);
            let order = theirs.iter().filter(|name| !name.is_empty()).map(|name| format!("`{name}`"));
            let diagnostic = self
                .diagnostic(message, None)
                .note(format!("there they are {}", order.collect::<Vec<_>>().join(", ")))
                .help("write the columns in the files in the order in which they were added");
            self.diagnostics.push(diagnostic);
        }
    }

    async fn part(&mut self, part: &Part, found: &Part, bodies: &dyn Bodies) -> Result<(), tokio_postgres::Error> {
        let (mut notes, mut line) = (Vec::new(), None);
        for fact in &part.facts {
            let Some(other) = found.facts.iter().find(|other| other.what == fact.what) else { continue };
            match (&fact.value, &other.value) {
                (Value::Unknown, _) | (_, Value::Unknown) => {}
                (Value::Body(ours), Value::Body(theirs)) => {
                    if let Some((at, note)) = first_difference(ours, theirs) {
                        line =
                            self.object.place.and_then(|place| bodies.line(place, at)).map(|span| (span, note.clone()));
                        notes.extend(line.is_none().then(|| format!("its body: {note}")));
                    }
                }
                (Value::Sql(ours), Value::Sql(theirs)) => {
                    let agree = self.normal.agree(&self.object.search_path, ours, &theirs.text).await?;
                    notes.extend((agree == Some(false)).then(|| says(fact, &ours.text, &theirs.text)));
                }
                (ours, theirs) if ours != theirs => notes.push(says(fact, shown(ours), shown(theirs))),
                _ => {}
            }
        }
        if notes.is_empty() && line.is_none() {
            return Ok(());
        }
        let message = match part.name.as_str() {
            "" => format!("{} `{}` is another in the database", noun(self.object), self.object.shown),
            column => format!("column `{column}` of `{}` is another in the database", self.object.shown),
        };
        let mut diagnostic = self.diagnostic(message, part.place);
        if let Some((span, note)) = line {
            diagnostic = diagnostic.and(span, note);
        }
        diagnostic.notes = notes;
        self.diagnostics.push(diagnostic.help("deploy the file, or take the database's form into it"));
        Ok(())
    }

    /// Keys, checks, indexes, triggers and policies: by name where the files name them, and what is left by form.
    async fn rules(&mut self) -> Result<(), tokio_postgres::Error> {
        let mut left = self.found.rules.iter().chain(&self.found.inherited).collect::<Vec<_>>();
        let mut unmatched = Vec::new();
        // First those with a name, so that one without does not take theirs.
        let (named, unnamed): (Vec<_>, Vec<_>) = self.object.rules.iter().partition(|rule| rule.name.is_some());
        for rule in named {
            match left.iter().position(|found| found.kind == rule.kind && found.name == rule.name) {
                Some(index) => {
                    let found = left.remove(index);
                    if self.rules_agree(rule, found).await? == Some(false) {
                        self.other_rule(rule, found);
                    }
                }
                None => unmatched.push(rule),
            }
        }
        for rule in unnamed.iter().filter(|rule| rule.is_known) {
            let mut matching = None;
            for (index, found) in left.iter().enumerate() {
                if found.kind == rule.kind && self.rules_agree(rule, found).await? != Some(false) {
                    matching = Some(index);
                    break;
                }
            }
            match matching {
                Some(index) => drop(left.remove(index)),
                None => unmatched.push(rule),
            }
        }
        for rule in unmatched.into_iter().filter(|rule| rule.is_known) {
            let message = match (&rule.name, rule.kind) {
                (Some(name), RuleKind::Index | RuleKind::Trigger | RuleKind::Policy) => {
                    format!("{} `{name}` of `{}` is not in the database", rule.kind.word(), self.object.shown)
                }
                _ => format!("`{}` of `{}` is not in the database", whole(rule), self.object.shown),
            };
            let diagnostic = self.diagnostic(message, rule.place).help("deploy the file");
            self.diagnostics.push(diagnostic);
        }
        let own = left.into_iter().filter(|found| self.found.inherited.iter().all(|it| !std::ptr::eq(it, *found)));
        for found in own {
            // It may be the one without a name of which nothing is known.
            let is_unknown = unnamed.iter().any(|rule| rule.kind == found.kind && !rule.is_known);
            if !is_unknown && (found.kind == RuleKind::Constraint || !self.object.is_in_code) {
                self.more_rules(found);
            }
        }
        Ok(())
    }

    fn other_rule(&mut self, rule: &Rule, found: &Rule) {
        let name = rule.name.as_deref().unwrap_or_default();
        let word = match rule.kind {
            RuleKind::Constraint => String::new(),
            kind => format!("{} ", kind.word()),
        };
        let message = format!("{word}`{name}` of `{}` is another in the database", self.object.shown);
        let diagnostic = self
            .diagnostic(message, rule.place)
            .note(format!("the files say `{}`, the database `{}`", whole(rule), whole(found)))
            .help("deploy the file, or take the database's form into it");
        self.diagnostics.push(diagnostic);
    }

    fn more_rules(&mut self, found: &Rule) {
        let name = found.name.as_deref().unwrap_or_default();
        let (shown, word) = (&self.object.shown, found.kind.word());
        let message = match found.kind {
            RuleKind::Constraint => format!("the database demands `{name}` of `{shown}`, which the files do not"),
            _ => format!("the database has a {word} `{name}` of `{shown}` that the files do not define")
                .replace("a index", "an index"),
        };
        let mut diagnostic = self.diagnostic(message, None).note(format!("it is `{}`", whole(found)));
        // It makes things faster or slower, and changes nothing else.
        if found.kind == RuleKind::Index {
            diagnostic.level = Level::Warn;
        }
        self.diagnostics.push(diagnostic.help("add it to the files, or drop it"));
    }

    async fn rules_agree(&mut self, rule: &Rule, found: &Rule) -> Result<Option<bool>, tokio_postgres::Error> {
        if !rule.is_known || !found.is_known {
            return Ok(None);
        }
        let same = rule.form == found.form || rule.short == found.form;
        if !same || rule.expressions.len() != found.expressions.len() {
            return Ok(Some(false));
        }
        let mut agree = Some(true);
        let search_path = rule.search_path.as_ref().unwrap_or(&self.object.search_path);
        for (ours, theirs) in rule.expressions.iter().zip(&found.expressions) {
            match self.normal.agree(search_path, ours, &theirs.text).await? {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => agree = None,
            }
        }
        Ok(agree)
    }
}

fn whole(rule: &Rule) -> String {
    let expressions = rule.expressions.iter().map(|sql| format!(" ({})", one_line(&sql.text)));
    format!("{}{}", rule.form, expressions.collect::<String>())
}

fn says(fact: &Fact, ours: &str, theirs: &str) -> String {
    format!("{}: the files say `{}`, the database `{}`", fact.what, one_line(ours), one_line(theirs))
}

fn shown(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        Value::Sql(sql) => &sql.text,
        Value::Body(text) => text,
        Value::Unknown => "",
    }
}

/// A text in one line, as far as a person reads it.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(at);
        line.push('…');
    }
    line
}

/// The first line that differs, from 0, and what is to be said of it. How lines end means nothing to any language.
fn first_difference(ours: &str, theirs: &str) -> Option<(usize, String)> {
    let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
    for line in 0.. {
        return match (ours.next(), theirs.next()) {
            (None, None) => None,
            (Some(our), Some(their)) if our == their => continue,
            (Some(_), Some(their)) => Some((line, format!("the database has `{}` here", one_line(their)))),
            (Some(_), None) => Some((line, "the database's body ends before this line".to_owned())),
            (None, Some(their)) => {
                Some((line.saturating_sub(1), format!("the database's body goes on: `{}`", one_line(their))))
            }
        };
    }
    None
}

/// The schemas of objects.
pub(super) fn schemas<'a>(names: impl IntoIterator<Item = &'a QualifiedName>) -> Vec<String> {
    names.into_iter().map(|name| name.schema.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\r\nb"), None);
        assert_eq!(first_difference("a\nb", "a\nc"), Some((1, "the database has `c` here".to_owned())));
        assert_eq!(first_difference("a\nb", "a"), Some((1, "the database's body ends before this line".to_owned())));
        assert_eq!(first_difference("a", "a\n b"), Some((0, "the database's body goes on: `b`".to_owned())));
    }
}
