//! The one statement of a mutation: before image, call, check of the answer, event.
//!
//! One implicit transaction, parameters and results of built-in types only. Each CTE reads the one before it, so that they run
//! in this order whatever the planner thinks: the image is read, under the row's lock, before the function runs, and the event
//! is written after its answer is known.
//!
//! The settings of the session are made in the first of them, where that reads no table: the server plans a statement before it runs, and a policy's
//! `current_setting` is looked at by then. Where the image is read in the statement itself, they go ahead of it.

use super::compose::Composition;
use super::event_key::{EventKey, KeyKind, KeyPart};
use super::model::{Argument, Part};
use super::violation::{Violation, Violations};
use crate::catalog::QualifiedName;
use crate::manifest::{LoggedBy, Operation, Path, Root};
use crate::sql_text::{identifier, literal, qualified};

/// Everything that a statement is made of; all names resolved.
pub(super) struct StatementPlan<'a> {
    pub(super) log_schema: &'a str,
    /// The function, quoted as SQL needs it.
    pub(super) function: &'a str,
    /// What the statement calls: the function, or one that calls the procedure.
    pub(super) called: &'a str,
    /// How its result becomes the response.
    pub(super) composition: Composition,
    pub(super) arguments: &'a [Argument],
    /// For each argument, what stands before and behind its placeholder, such as `::app.order_status`.
    pub(super) around: &'a [(String, String)],
    /// The keys of the response beside the standard ones.
    pub(super) fields: Vec<&'a str>,
    pub(super) success_codes: &'a [String],
    /// Those of them that changed nothing.
    pub(super) noop_codes: &'a [String],
    pub(super) error_codes: &'a [String],
    /// What the answers must not hold.
    pub(super) violations: &'a Violations,
    pub(super) events: Vec<EventPlan<'a>>,
}

/// An event that the statement writes.
pub(super) struct EventPlan<'a> {
    pub(super) event_type: &'a str,
    pub(super) entity: &'a str,
    pub(super) operation: Operation,
    pub(super) logged_by: LoggedBy,
    pub(super) key: EventKey<'a>,
    /// Where the before image is read, for an update or a delete.
    pub(super) image: Option<ImagePlan<'a>>,
    pub(super) after: Option<&'a Path>,
    pub(super) metadata: Vec<(&'a str, &'a Path)>,
    /// Whether it is written where nothing changed as well.
    pub(super) on_noop: bool,
}

/// How a before image is read.
pub(super) enum ImagePlan<'a> {
    /// Through the SECURITY DEFINER function that `install` writes: for callers that hold EXECUTE only.
    Function { entity: &'a str },
    /// In the statement, with the caller's rights: the entity's own row is locked first, as its functions do.
    Inline {
        table: QualifiedName,
        key: Vec<&'a str>,
        image_table: QualifiedName,
        image_key: Vec<&'a str>,
        image_column: &'a str,
    },
}

impl StatementPlan<'_> {
    /// Writes the statement.
    pub(super) fn parts(&self) -> Vec<Part> {
        let mut out = Parts {
            arguments: self.arguments,
            composition: &self.composition,
            fields: &self.fields,
            parts: Vec::new(),
            text: String::new(),
        };
        let stitched = || self.events.iter().filter(|event| event.logged_by == LoggedBy::Runtime);
        let images = stitched().filter_map(|event| Some((event, event.image.as_ref()?))).collect::<Vec<_>>();
        out.sql("WITH ");
        for (index, (event, image)) in images.iter().enumerate() {
            self.before(&mut out, event, image, &numbered("before", index));
        }
        self.call(&mut out, images.len());
        self.composed(&mut out, images.len());
        self.answer(&mut out, images.len());
        out.sql("SELECT ");
        out.part(Part::Response);
        out.sql(", success,");
        let when = |event: &EventPlan<'_>| if self.tells_changed(event) { "changed" } else { "success" };
        let mut image = 0;
        let count = stitched().count();
        if count == 0 {
            out.sql(" NULL::bigint AS event_id");
        }
        // Where all of them are written alike, one condition is enough.
        let alike = stitched().map(when).all(|condition| stitched().next().map(when) == Some(condition));
        for (index, event) in stitched().enumerate() {
            let image_name = event.image.as_ref().map(|_| numbered("image", image));
            image += usize::from(event.image.is_some());
            if index == 0 {
                let condition = if alike { when(event) } else { "success" };
                out.sql(&format!("\n    CASE WHEN {condition} THEN"));
                // An array is evaluated from left to right: the events are numbered in the manifest's order.
                // Which of them are written the answer tells; an id that is NULL is none's.
                let one_of = if alike { " (ARRAY[" } else { " (SELECT min(id) FROM unnest(ARRAY[" };
                out.sql(if count > 1 { one_of } else { "" });
            } else {
                out.sql(",");
            }
            if alike {
                self.log(&mut out, event, image_name);
            } else {
                out.sql(&format!("\n        CASE WHEN {} THEN", when(event)));
                self.log(&mut out, event, image_name);
                out.sql(" END");
            }
            if index + 1 == count {
                let close = if alike { "\n    ])[1] END AS event_id" } else { "\n    ]) AS id) END AS event_id" };
                out.sql(if count > 1 { close } else { "\n    END AS event_id" });
            }
        }
        out.sql("\nFROM answer");
        out.part(Part::Guard);
        out.finish()
    }

    /// Whether the event depends on that anything changed.
    fn tells_changed(&self, event: &EventPlan<'_>) -> bool {
        !event.on_noop
            && !self.composition.always_succeeds
            && (self.composition.changed.is_some() || !self.noop_codes.is_empty())
    }

    fn before(&self, out: &mut Parts<'_>, event: &EventPlan<'_>, image: &ImagePlan<'_>, name: &str) {
        match image {
            ImagePlan::Function { entity } => {
                let (schema, function) = (identifier(self.log_schema), identifier(&format!("before_{entity}")));
                out.sql(&format!("{name} AS MATERIALIZED (\n    SELECT {schema}.{function}("));
                for (index, part) in event.key.parts().iter().enumerate() {
                    out.sql(if index == 0 { "" } else { ", " });
                    out.safe(part);
                }
                out.sql(") AS image");
                out.part(Part::Settings);
                out.sql("\n),\n");
            }
            ImagePlan::Inline { table, key, image_table, image_key, image_column } => {
                let [table, image_table] = [table, image_table].map(qualified);
                let image_column = identifier(image_column);
                let lock = name.replace("before", "lock");
                out.sql(&format!("{lock} AS MATERIALIZED (\n    SELECT FROM {table} WHERE "));
                out.equal(key, event.key.parts());
                out.sql(" FOR NO KEY UPDATE\n),\n");
                // Counting gives one row even where none was locked, so that the function runs and can answer NOT_FOUND.
                out.sql(&format!(
                    "{name} AS MATERIALIZED (\n    SELECT (\n        SELECT {image_column} FROM {image_table}\n        \
                     WHERE locked.rows >= 0 AND "
                ));
                out.equal(image_key, event.key.parts());
                out.sql(&format!(
                    "\n        FOR NO KEY UPDATE\n    ) AS image\n    FROM (SELECT count(*) AS rows FROM {lock}) AS locked\n),\n"
                ));
            }
        }
    }

    fn call(&self, out: &mut Parts<'_>, images: usize) {
        out.sql("call AS MATERIALIZED (\n    SELECT ");
        for index in 0..images {
            let (before, image) = (numbered("before", index), numbered("image", index));
            out.sql(&if index == 0 { format!("{before}.{image}, ") } else { format!("{before}.image AS {image}, ") });
        }
        out.sql(&self.composition.around.0);
        out.sql(self.called);
        out.sql("(");
        for (index, (argument, (open, close))) in self.arguments.iter().zip(self.around).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            let variadic = if argument.variadic { "VARIADIC " } else { "" };
            let before = format!("{separator}{variadic}{} => {open}", identifier(&argument.name));
            if argument.optional {
                out.optional(index, before, close.clone());
            } else {
                out.sql(&format!("{before}${}{close}", index + 1));
            }
        }
        out.sql(")");
        out.sql(&self.composition.around.1);
        out.sql(if self.composition.response.is_some() { " AS result" } else { " AS response" });
        for index in 0..images {
            let from = if index == 0 { "\n    FROM " } else { ", " };
            out.sql(&format!("{from}{}", numbered("before", index)));
        }
        if images == 0 {
            out.part(Part::Settings);
        }
        out.sql("\n),\n");
    }

    /// The response, where the function's result is not one.
    fn composed(&self, out: &mut Parts<'_>, images: usize) {
        let Some(response) = &self.composition.response else { return };
        out.sql("composed AS MATERIALIZED (\n    SELECT ");
        for index in 0..images {
            out.sql(&format!("{}, ", numbered("image", index)));
        }
        out.sql(&format!("result,\n        {response} AS response\n    FROM call\n),\n"));
    }

    /// A missing or non-boolean `success`, an unknown code and what else breaks the contract raise, which rolls everything back.
    fn answer(&self, out: &mut Parts<'_>, images: usize) {
        let composed = self.composition.response.is_some();
        out.sql("answer AS MATERIALIZED (\n    SELECT ");
        for index in 0..images {
            out.sql(&format!("{}, ", numbered("image", index)));
        }
        let result = if composed { "result, " } else { "" };
        out.sql(&format!("{result}response,\n        "));
        let from = if composed { "composed" } else { "call" };
        if self.composition.always_succeeds {
            let success = match self.fields.is_empty() {
                true => "true".to_owned(),
                false => self.kept(&self.violations.success, "true", "        "),
            };
            out.sql(&format!("{success} AS success\n    FROM {from}\n)\n"));
            return;
        }
        let told = self.events.iter().filter(|event| event.logged_by == LoggedBy::Runtime);
        if told.into_iter().any(|event| self.tells_changed(event)) {
            let is_known = is_one_of(self.success_codes.iter().filter(|code| !self.noop_codes.contains(code)));
            let changed = self.composition.changed.as_ref();
            let changed = changed.map(|changed| format!(" AND {changed}")).unwrap_or_default();
            out.sql(&format!(
                "response -> 'success' = 'true' AND response ->> 'code' {is_known}{changed} AS changed,\n        "
            ));
        }
        out.sql("CASE");
        let Violations { success, error } = self.violations;
        for (word, codes, violation) in [("true", self.success_codes, success), ("false", self.error_codes, error)] {
            if codes.is_empty() {
                continue;
            }
            let is_known = is_one_of(codes);
            // What the statement composes of an error keeps the contract.
            let then = match composed && word == "false" {
                true => word.to_owned(),
                false => self.kept(violation, word, "            "),
            };
            out.sql(&format!(
                "\n            WHEN response -> 'success' = '{word}' AND response ->> 'code' {is_known} THEN {then}"
            ));
        }
        let violation = format!("{}.contract_violation", identifier(self.log_schema));
        out.sql(&format!("\n            ELSE {violation}({}, response)", literal(self.function)));
        out.sql(&format!("\n        END AS success\n    FROM {from}\n)\n"));
    }

    /// `success` where the answer keeps the contract; what does not raises.
    fn kept(&self, violation: &Violation, success: &str, indent: &str) -> String {
        let (keeps, raises) = violation.sql(&identifier(self.log_schema), self.function);
        format!("CASE\n{indent}    WHEN {keeps} THEN {success}\n{indent}    ELSE {raises}\n{indent}END")
    }

    fn log(&self, out: &mut Parts<'_>, event: &EventPlan<'_>, image: Option<String>) {
        let EventPlan { event_type, entity, operation, .. } = event;
        out.sql(&format!(
            "\n        {}.log_cdc_event(\n            {}, {}, ",
            identifier(self.log_schema),
            literal(event_type),
            literal(entity)
        ));
        match &event.key {
            EventKey::Uuid(part) => out.value(part),
            EventKey::Columns(_) => out.sql("NULL"),
        }
        out.sql(&format!(", '{}',\n            {}, ", operation.as_str(), image.as_deref().unwrap_or("NULL")));
        match event.after {
            Some(after) => out.json(after),
            None => out.sql("NULL"),
        }
        out.sql(", ");
        if event.metadata.is_empty() {
            out.sql("NULL");
        } else {
            out.sql("jsonb_build_object(");
            for (index, (key, path)) in event.metadata.iter().enumerate() {
                out.sql(&format!("{}{}, ", if index == 0 { "" } else { ", " }, literal(key)));
                out.json(path);
            }
            out.sql(")");
        }
        if let EventKey::Columns(parts) = &event.key {
            out.sql(",\n            ");
            out.object(parts);
        }
        out.sql("\n        )");
    }
}

/// `= 'A'` or `IN ('A', 'B')`; none of no codes.
fn is_one_of<'c>(codes: impl IntoIterator<Item = &'c String>) -> String {
    let literals = codes.into_iter().map(|code| literal(code)).collect::<Vec<_>>();
    match literals.as_slice() {
        [] => "IN (NULL)".to_owned(),
        [only] => format!("= {only}"),
        several => format!("IN ({})", several.join(", ")),
    }
}

/// `before`, `before_2`, ...
fn numbered(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}_{}", index + 1) }
}

/// The statement under construction.
struct Parts<'a> {
    arguments: &'a [Argument],
    composition: &'a Composition,
    fields: &'a [&'a str],
    parts: Vec<Part>,
    text: String,
}

impl Parts<'_> {
    fn sql(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(Part::Text(std::mem::take(&mut self.text)));
        }
    }

    fn part(&mut self, part: Part) {
        self.flush();
        self.parts.push(part);
    }

    fn optional(&mut self, argument: usize, before: String, after: String) {
        self.part(Part::Optional { argument, before, after });
    }

    /// The value that a path starts from.
    fn root(&mut self, path: &Path) {
        let Root::Argument(name) = &path.root else { return self.sql("response") };
        let Some(index) = self.arguments.iter().position(|argument| argument.name == *name) else {
            // The contract has resolved every path; an unresolved one never comes here.
            return self.sql("NULL");
        };
        let Some(argument) = self.arguments.get(index) else { return };
        // `NULL -> 'key'` has no type, and a `json` is none of the event log's.
        let cast = argument.sql_type == "json" || (argument.optional && !path.keys.is_empty());
        if argument.optional {
            self.part(Part::Value(index));
        } else {
            self.sql(&format!("${}", index + 1));
        }
        self.sql(if cast { "::jsonb" } else { "" });
    }

    /// The column that a path starts at, where that is no field of the response.
    fn column<'p>(&self, path: &'p Path) -> Option<(&'p str, &'p [String])> {
        let (first, rest) = path.keys.split_first().filter(|_| path.root == Root::Response)?;
        let is_column = !self.fields.contains(&first.as_str()) && self.composition.columns.contains(first);
        is_column.then_some((first.as_str(), rest))
    }

    /// The path's value as jsonb, or as it is where the path is an argument alone.
    fn json(&mut self, path: &Path) {
        let keys = match self.column(path) {
            Some((column, rest)) => {
                self.sql(&self.composition.access.json(column));
                rest
            }
            None => {
                self.root(path);
                &path.keys
            }
        };
        for key in keys {
            self.sql(&format!(" -> {}", literal(key)));
        }
    }

    fn text_of(&mut self, path: &Path) {
        let keys = match self.column(path) {
            Some((column, [])) => return self.sql(&self.composition.access.text(column)),
            Some((column, rest)) => {
                self.sql(&self.composition.access.json(column));
                rest
            }
            None => {
                self.root(path);
                &path.keys
            }
        };
        let last = keys.len().saturating_sub(1);
        for (index, key) in keys.iter().enumerate() {
            let arrow = if index == last { "->>" } else { "->" };
            self.sql(&format!(" {arrow} {}", literal(key)));
        }
    }

    /// The value of a part of a key; an answer that holds none of its type is a broken contract and raises.
    ///
    /// What is inside an argument is cast with care here, too: the planner knows arguments, and would raise before the function is called.
    fn value(&mut self, part: &KeyPart<'_>) {
        if matches!(part.path.root, Root::Argument(_)) && !part.path.keys.is_empty() && part.kind.safe().is_some() {
            return self.safe(part);
        }
        if part.path.keys.is_empty() {
            self.root(part.path);
            // An argument of another integer, or of a domain.
            return self.sql(&if part.kind == KeyKind::Uuid {
                String::new()
            } else {
                format!("::{}", part.kind.sql())
            });
        }
        self.sql("(");
        self.text_of(part.path);
        self.sql(&format!(")::{}", part.kind.sql()));
    }

    /// A key as the log keeps one that is no uuid; NULL where part of it is missing, which the log refuses.
    fn object(&mut self, parts: &[KeyPart<'_>]) {
        self.sql("CASE WHEN ");
        for (index, part) in parts.iter().enumerate() {
            self.sql(if index == 0 { "" } else { " AND " });
            self.value(part);
            self.sql(" IS NOT NULL");
        }
        self.sql(" THEN jsonb_build_object(");
        for (index, part) in parts.iter().enumerate() {
            self.sql(&format!("{}{}, ", if index == 0 { "" } else { ", " }, literal(part.column)));
            self.value(part);
        }
        self.sql(") END");
    }

    /// The condition that columns have the values of a key.
    fn equal(&mut self, columns: &[&str], parts: &[KeyPart<'_>]) {
        for (index, (column, part)) in columns.iter().zip(parts).enumerate() {
            self.sql(&format!("{}{} = ", if index == 0 { "" } else { " AND " }, identifier(column)));
            self.safe(part);
        }
    }

    /// The value of a part of a key, NULL where it is none of its type: the function has yet to answer bad input with an error of its own.
    fn safe(&mut self, part: &KeyPart<'_>) {
        let KeyPart { path, kind, .. } = part;
        let Some((pattern, range)) = kind.safe() else {
            return self.value(part);
        };
        if let (Root::Argument(name), true) = (&path.root, path.keys.is_empty())
            && self.arguments.iter().any(|argument| argument.name == *name && argument.marker == kind.marker())
        {
            return self.root(path);
        }
        let text = |out: &mut Self| {
            if path.keys.is_empty() {
                out.root(path);
                out.sql("::text");
            } else {
                out.text_of(path);
            }
        };
        self.sql("CASE WHEN ");
        text(self);
        self.sql(&format!(" ~ {} THEN ", literal(pattern)));
        if let Some((least, most)) = range {
            self.sql("CASE WHEN (");
            text(self);
            self.sql(&format!(")::numeric BETWEEN {least} AND {most} THEN "));
        }
        self.sql("(");
        text(self);
        self.sql(&format!(")::{}", kind.sql()));
        self.sql(if range.is_some() { " END END" } else { " END" });
    }

    fn finish(mut self) -> Vec<Part> {
        self.flush();
        self.parts
    }
}
