//! From the manifest's text to a [`Manifest`], or to diagnostics.

use std::collections::BTreeMap;

use jsonc_parser::ast::Value;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::reader::{Keys, Reader};
use super::{
    Entity, Enum, EnumValue, Event, Field, Image, LoggedBy, Manifest, Mutation, Name, Object, Operation, Path,
};
use super::{Scalar, Setting, TypeRef, Union};
use super::{database_error, result, strings};
use crate::diagnostic::{Code, Diagnostic, Level, first};
use crate::event_log;
use crate::json::STRICT;
use crate::resolve::Majors;
use crate::source::{FileId, SourceMap, Span};
use crate::suggest;

/// The version of the manifest's form that this generator reads.
pub const VERSION: &str = "1";

/// JSON as people write it by hand: comments and trailing commas, nothing else beyond the standard.
const FORM: ParseOptions = ParseOptions { allow_comments: true, allow_trailing_commas: true, ..STRICT };

/// Reads the manifest in `file`.
///
/// # Errors
/// Every mistake in the file's form; names are resolved later, against the SQL.
pub fn read(sources: &SourceMap, file: FileId) -> Result<Manifest, Vec<Diagnostic>> {
    let text = sources.file(file).text();
    // An editor's byte order mark is no part of the text.
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if let Some(fault) = strings::fault(file, text) {
        return Err(vec![fault]);
    }
    let parsed = match parse_to_ast(text.get(mark..).unwrap_or_default(), &CollectOptions::default(), &FORM) {
        Ok(parsed) => parsed,
        Err(error) => return Err(vec![syntax(file, mark, &error)]),
    };
    let Some(root) = parsed.value else {
        let diagnostic = Diagnostic::new(Code::MANIFEST_SYNTAX, "the manifest is empty")
            .at(Span::new(file, 0, 0), "an object is expected")
            .help("the smallest manifest is `{ \"version\": 1, \"mutations\": {} }`");
        return Err(vec![diagnostic]);
    };
    let mut reader = Reader { file, mark, diagnostics: Vec::new() };
    let manifest = manifest(&mut reader, &root);
    match manifest {
        Some(manifest) if reader.diagnostics.is_empty() => Ok(manifest),
        _ => Err(first(reader.diagnostics)),
    }
}

/// What the parser stumbled on; `mark` is the length of what stood before its text.
fn syntax(file: FileId, mark: usize, error: &ParseError) -> Diagnostic {
    let range = error.range();
    let (start, end) = (range.start + mark, range.end + mark);
    let (end, label) = match error.kind() {
        // It reaches to the end of the file; its start is what matters.
        ParseErrorKind::UnterminatedArray
        | ParseErrorKind::UnterminatedObject
        | ParseErrorKind::UnterminatedCommentBlock => (start + 1, "it starts here"),
        ParseErrorKind::ExpectedComma => (end, "a comma is missing here"),
        ParseErrorKind::NestingDepthExceeded => (end, "no manifest is nested as deeply as this"),
        ParseErrorKind::MultipleRootJsonValues => (end, "the manifest has ended before this"),
        _ => (end, ""),
    };
    let message = format!("the manifest is not valid JSON: {}", lower_first(&error.kind().to_string()));
    Diagnostic::new(Code::MANIFEST_SYNTAX, message).at(Span::new(file, start, end), label)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn manifest(r: &mut Reader, root: &Value<'_>) -> Option<Manifest> {
    let mut keys = r.keys(root, "the manifest")?;
    keys.optional("$schema");
    if !version(r, &mut keys) {
        return None;
    }
    let postgres = keys.optional("postgres").and_then(|value| postgres(r, value));
    let levels = keys.optional("levels").map(|value| levels(r, value)).unwrap_or_default();
    let log_schema = match keys.optional("event_log") {
        Some(value) => event_log(r, value),
        None => None,
    };
    let (schema, schema_keys) = keys.optional("schema").map(|value| schema(r, value)).unwrap_or_default();
    let manifest = Manifest {
        file: r.file,
        postgres: postgres.unwrap_or(Majors::ALL),
        levels,
        log_schema: log_schema.unwrap_or_else(|| "app".to_owned()),
        schema,
        schema_keys,
        settings: section(r, &mut keys, "settings", setting),
        entities: section(r, &mut keys, "entities", entity),
        scalars: section(r, &mut keys, "scalars", scalar),
        scalar_descriptions: BTreeMap::new(),
        enums: section(r, &mut keys, "enums", enumeration),
        types: section(r, &mut keys, "types", object),
        unions: choices(r, &mut keys),
        inputs: section(r, &mut keys, "inputs", object),
        mutations: section(r, &mut keys, "mutations", mutation),
    };
    keys.finish(r);
    Some(manifest)
}

/// Whether the rest can be read: it can where no version is given, which is reported.
fn version(r: &mut Reader, keys: &mut Keys<'_, '_>) -> bool {
    let Some(value) = keys.required(r, "version") else { return true };
    let Some(number) = r.number(value, "`version`") else { return true };
    if number == VERSION {
        return true;
    }
    let message = format!("this pgmutate reads manifests of version {VERSION}, not {number}");
    let diagnostic = Diagnostic::new(Code::MANIFEST_VERSION, message)
        .at(r.span(value), "another version")
        .help("use the pgmutate that the manifest was written for, or bring the manifest to this version");
    r.report(diagnostic);
    false
}

/// The major version of PostgreSQL that is deployed.
fn postgres(r: &mut Reader, value: &Value<'_>) -> Option<Majors> {
    let number = r.number(value, "`postgres`")?;
    let majors = number.parse().ok().and_then(Majors::of);
    if majors.is_none() {
        let message = format!("this pgmutate knows PostgreSQL {}, not {number}", Majors::ALL);
        let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, message)
            .at(r.span(value), "no such version is known")
            .help("name the major version that is deployed, such as 16, or leave the key out");
        r.report(diagnostic);
    }
    majors
}

/// What diagnostics do to a build, by their codes.
fn levels(r: &mut Reader, value: &Value<'_>) -> Vec<(Code, Level)> {
    let Some(object) = r.object(value, "`levels`") else { return Vec::new() };
    let mut levels = Vec::new();
    for property in &object.properties {
        let name = r.key(property);
        let level = r.word(&property.value, "a level", Level::WORDS);
        let Some(code) = Code::named(&name.text) else {
            let known = Code::ALL.iter().map(Code::to_string).collect::<Vec<_>>();
            let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("there is no diagnostic `{}`", name.text))
                .at(name.span, "no code of a diagnostic");
            let near = suggest::nearest(&name.text, known.iter().map(String::as_str));
            r.report(suggest::did_you_mean(diagnostic, near));
            continue;
        };
        match level {
            Some(level) if level < code.default_level() && !code.is_lowerable() => {
                r.report(fixed_level(code).at(name.span, "this stays `deny`"));
            }
            level => levels.extend(level.map(|level| (code, level))),
        }
    }
    levels
}

/// Says that a level cannot be lowered.
pub(crate) fn fixed_level(code: Code) -> Diagnostic {
    Diagnostic::new(Code::MANIFEST_FORM, format!("the level of {code} (\"{}\") cannot be lowered", code.title()))
        .note("without it there is no code that could be called")
        .help("mend the mistake instead, and remove the level")
}

fn event_log(r: &mut Reader, value: &Value<'_>) -> Option<String> {
    let mut keys = r.keys(value, "`event_log`")?;
    let schema = keys.optional_string(r, "schema");
    keys.finish(r);
    let schema = schema?;
    if let Err(error) = event_log::check_schema(&schema.text) {
        let what = "another name is needed";
        r.report(Diagnostic::new(Code::MANIFEST_FORM, error.to_string()).at(schema.span, what));
    }
    Some(schema.text)
}

/// A file, a list of files, or an object with `files` and `keys`.
fn schema(r: &mut Reader, value: &Value<'_>) -> (Vec<Name>, Vec<(Name, Name)>) {
    fn files(r: &mut Reader, value: &Value<'_>) -> Vec<Name> {
        match value.as_array() {
            Some(_) => names(r, value, "`schema`", "a file"),
            None => r.string(value, "`schema`").into_iter().collect(),
        }
    }
    if value.as_object().is_none() {
        return (files(r, value), Vec::new());
    }
    let Some(mut keys) = r.keys(value, "`schema`") else { return Default::default() };
    let files = keys.required(r, "files").map(|value| files(r, value)).unwrap_or_default();
    let renamed = keys.optional("keys").and_then(|value| r.object(value, "`keys`"));
    let renamed = renamed.iter().flat_map(|object| &object.properties);
    let renamed = renamed.filter_map(|property| Some((r.key(property), r.string(&property.value, "a key")?)));
    let renamed = renamed.collect();
    keys.finish(r);
    (files, renamed)
}

/// A section is an object whose keys are names and whose values are read one by one.
fn section<T>(
    r: &mut Reader,
    keys: &mut Keys<'_, '_>,
    section: &'static str,
    read: fn(&mut Reader, Name, &Value<'_>) -> Option<T>,
) -> Vec<T> {
    let Some(value) = keys.optional(section) else { return Vec::new() };
    let Some(object) = r.object(value, &format!("`{section}`")) else { return Vec::new() };
    object.properties.iter().filter_map(|property| read(r, r.key(property), &property.value)).collect()
}

fn description(r: &mut Reader, keys: &mut Keys<'_, '_>) -> Option<String> {
    keys.optional("description").and_then(|value| r.text(value, "`description`"))
}

fn setting(r: &mut Reader, name: Name, value: &Value<'_>) -> Option<Setting> {
    // Empty is a value, too.
    let default = r.text(value, "the default of a setting");
    let fault = setting_fault(&name.text);
    if let Some((what, help)) = fault {
        let message = format!("`{}` cannot be a setting", name.text);
        r.report(Diagnostic::new(Code::MANIFEST_FORM, message).at(name.span, what).help(help));
    }
    let default = default?;
    if default.contains('\0') {
        let diagnostic =
            Diagnostic::new(Code::MANIFEST_FORM, "the default of a setting must not hold a control character");
        r.report(diagnostic.at(r.span(value), "there is one in this string"));
    }
    Some(Setting { name, default })
}

/// What is wrong with a setting's name, and what to do.
fn setting_fault(name: &str) -> Option<(&'static str, &'static str)> {
    let word = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && chars.all(|next| next.is_ascii_alphanumeric() || next == '_')
    };
    let lower = name.to_ascii_lowercase();
    if !name.split('.').all(word) {
        Some(("this is no name of a setting", "write a prefix of your own, a dot and a name, such as `app.tenant_id`"))
    } else if lower.starts_with("pgmutate.") {
        Some(("this prefix is the runtime's own", "choose another prefix, such as `app`"))
    } else if matches!(lower.as_str(), "role" | "session_authorization") {
        Some(("this changes the role", "a call changes its role by `Context::role`"))
    } else {
        None
    }
}

fn entity(r: &mut Reader, name: Name, value: &Value<'_>) -> Option<Entity> {
    let mut keys = r.keys(value, "an entity")?;
    let table = keys.required_string(r, "table");
    let key = keys.required(r, "key").and_then(|value| one_or_more(r, value, "`key`", Reader::string));
    let image = keys.optional("image").and_then(|value| image(r, value));
    let documents = keys.optional("documents").map(|value| fields(r, value, "`documents`")).unwrap_or_default();
    keys.finish(r);
    Some(Entity { name, table: table?, key: key?, image, documents })
}

/// What is one, or a list of several where a key has several columns.
fn one_or_more<T>(
    r: &mut Reader,
    value: &Value<'_>,
    what: &str,
    read: fn(&mut Reader, &Value<'_>, &str) -> Option<T>,
) -> Option<Vec<T>> {
    if value.as_array().is_none() {
        return Some(vec![read(r, value, what)?]);
    }
    r.not_empty(value, what);
    let several = r.list(value, what).iter().map(|one| read(r, one, what)).collect::<Option<Vec<_>>>()?;
    (!several.is_empty()).then_some(several)
}

fn image(r: &mut Reader, value: &Value<'_>) -> Option<Image> {
    let mut keys = r.keys(value, "an image")?;
    let table = keys.required_string(r, "table");
    let key = keys.required(r, "key").and_then(|value| one_or_more(r, value, "`key`", Reader::string));
    let column = keys.required_string(r, "column");
    let type_name = keys.required_string(r, "type");
    keys.finish(r);
    Some(Image { table: table?, key: key?, column: column?, type_name: type_name? })
}

fn scalar(r: &mut Reader, name: Name, value: &Value<'_>) -> Option<Scalar> {
    let mut keys = r.keys(value, "a scalar")?;
    let sql = keys.required_string(r, "sql");
    let rust = keys.optional_string(r, "rust");
    let description = description(r, &mut keys);
    keys.finish(r);
    Some(Scalar { name, sql: sql?, rust, description })
}

fn enumeration(r: &mut Reader, name: Name, value: &Value<'_>) -> Option<Enum> {
    let mut keys = r.keys(value, "an enum")?;
    let list = keys.required(r, "values")?;
    let values = r.list(list, "`values`").iter().filter_map(|value| enum_value(r, value)).collect::<Vec<_>>();
    let names = values.iter().map(|value| value.name.clone()).collect::<Vec<_>>();
    r.distinct(&names, "remove one of them");
    r.not_empty(list, "`values`");
    let description = description(r, &mut keys);
    keys.finish(r);
    Some(Enum { name, values, description })
}

/// A value is its name, or an object with more to say.
fn enum_value(r: &mut Reader, value: &Value<'_>) -> Option<EnumValue> {
    if value.as_object().is_none() {
        let name = r.string(value, "an enum value")?;
        return Some(EnumValue { name, description: None, deprecated: None });
    }
    let mut keys = r.keys(value, "an enum value")?;
    let name = keys.required_string(r, "value");
    let description = description(r, &mut keys);
    let deprecated = keys.optional_string(r, "deprecated").map(|reason| reason.text);
    keys.finish(r);
    Some(EnumValue { name: name?, description, deprecated })
}

fn object(r: &mut Reader, name: Name, value: &Value<'_>) -> Option<Object> {
    let mut keys = r.keys(value, "a type")?;
    let fields = own_fields(r, &mut keys);
    let description = description(r, &mut keys);
    keys.finish(r);
    Some(Object { name, fields, description })
}

/// The fields of a type, which must be there.
fn own_fields(r: &mut Reader, keys: &mut Keys<'_, '_>) -> Vec<Field> {
    let Some(value) = keys.required(r, "fields") else { return Vec::new() };
    r.not_empty(value, "`fields`");
    fields(r, value, "`fields`")
}

fn fields(r: &mut Reader, value: &Value<'_>, what: &str) -> Vec<Field> {
    let Some(object) = r.object(value, what) else { return Vec::new() };
    object.properties.iter().filter_map(|property| field(r, r.key(property), &property.value)).collect()
}

/// A field is its type, or an object with more to say.
fn field(r: &mut Reader, key: Name, value: &Value<'_>) -> Option<Field> {
    if value.as_object().is_none() {
        let type_ref = type_ref(r, value)?;
        return Some(Field { key, name: None, type_ref, description: None });
    }
    let mut keys = r.keys(value, "a field")?;
    let type_ref = keys.required(r, "type").and_then(|value| type_ref(r, value));
    let name = keys.optional_string(r, "name");
    let description = description(r, &mut keys);
    keys.finish(r);
    Some(Field { key, name, type_ref: type_ref?, description })
}

fn type_ref(r: &mut Reader, value: &Value<'_>) -> Option<TypeRef> {
    let name = r.string(value, "a field's type")?;
    // Offsets inside the literal are offsets inside its value unless it holds an escape.
    let literal = name.span;
    let exact = literal.range().len() == name.text.len() + 2;
    let place = |start: usize, end: usize| {
        let quote = literal.start as usize + 1;
        if exact { Span::new(literal.file, quote + start, quote + end) } else { literal }
    };
    match TypeRef::parse(&name.text, place) {
        Ok(type_ref) => Some(type_ref),
        Err(malformed) => {
            let start = malformed.at.min(name.text.len());
            let end = start + name.text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let diagnostic = Diagnostic::new(Code::MANIFEST_TYPE, format!("`{}` is not a type", name.text))
                .at(place(start, end), malformed.what)
                .help("types are written as in GraphQL: `String`, `ID!`, `[OrderItem!]!`");
            r.report(diagnostic);
            None
        }
    }
}

/// Unions, and the interfaces behind them.
fn choices(r: &mut Reader, keys: &mut Keys<'_, '_>) -> Vec<Union> {
    let mut choices = section(r, keys, "unions", |r, name, value| choice(r, name, value, false));
    choices.extend(section(r, keys, "interfaces", |r, name, value| choice(r, name, value, true)));
    choices
}

fn choice(r: &mut Reader, name: Name, value: &Value<'_>, is_interface: bool) -> Option<Union> {
    let mut keys = r.keys(value, if is_interface { "an interface" } else { "a union" })?;
    let fields = match is_interface {
        true => Some(own_fields(r, &mut keys)),
        false => None,
    };
    let discriminator = keys.required_string(r, "discriminator");
    let members = keys.required(r, "members").and_then(|value| {
        r.not_empty(value, "`members`");
        r.object(value, "`members`")
    });
    let members = members.map(|object| {
        let named = |property| Some((r.key(property), r.string(&property.value, "a member")?));
        object.properties.iter().filter_map(named).collect()
    });
    let description = description(r, &mut keys);
    keys.finish(r);
    Some(Union { name, discriminator: discriminator?, members: members?, fields, description })
}

fn mutation(r: &mut Reader, name: Name, value: &Value<'_>) -> Option<Mutation> {
    let mut keys = r.keys(value, "a mutation")?;
    let function = keys.required_string(r, "function");
    let arguments = keys.optional("arguments").map(|value| fields(r, value, "`arguments`")).unwrap_or_default();
    let context = keys.optional("context").map(|value| fields(r, value, "`context`")).unwrap_or_default();
    filled_twice(r, &arguments, &context);
    let result = keys.optional("result").and_then(|value| result::read(r, value));
    let success = keys.optional("success").map(|value| fields(r, value, "`success`")).unwrap_or_default();
    let success_codes = codes(r, keys.optional("success_codes"), "`success_codes`");
    let noop_codes = codes(r, keys.optional("noops"), "`noops`");
    let error_codes = codes(r, keys.optional("errors"), "`errors`");
    let database_errors = keys.optional("database_errors").map(|value| {
        let errors = r.list(value, "`database_errors`").iter();
        errors.filter_map(|value| database_error::read(r, value)).collect()
    });
    let mut events = Vec::new();
    let one = keys.optional("event");
    events.extend(one.and_then(|value| event(r, value)));
    let several = keys.optional("events");
    if let Some(value) = several {
        events.extend(r.list(value, "`events`").iter().filter_map(|value| event(r, value)));
    }
    let description = description(r, &mut keys);
    keys.finish(r);
    Some(Mutation {
        name,
        function: function?,
        arguments,
        context,
        result,
        success,
        success_codes,
        noop_codes,
        error_codes,
        database_errors: database_errors.unwrap_or_default(),
        events,
        says_events: one.is_some() || several.is_some(),
        description,
    })
}

/// An argument is filled by the client or by the server.
fn filled_twice(r: &mut Reader, arguments: &[Field], context: &[Field]) {
    for field in context {
        let Some(first) = arguments.iter().find(|argument| argument.key.text == field.key.text) else { continue };
        let message = format!("`{}` is filled by the client and by the server", field.key.text);
        let diagnostic = Diagnostic::new(Code::MANIFEST_DUPLICATE, message)
            .at(field.key.span, "by the server here")
            .and(first.key.span, "by the client here")
            .help("remove one of them");
        r.report(diagnostic);
    }
}

fn codes(r: &mut Reader, value: Option<&Value<'_>>, what: &str) -> Vec<Name> {
    value.map(|value| names(r, value, what, "a code")).unwrap_or_default()
}

/// A list of names, none of them twice.
fn names(r: &mut Reader, value: &Value<'_>, what: &str, of_one: &str) -> Vec<Name> {
    let names = r.list(value, what).iter().filter_map(|value| r.string(value, of_one)).collect::<Vec<_>>();
    r.distinct(&names, "remove one of them");
    names
}

const OPERATIONS: &[(&str, Operation)] =
    &[("CREATE", Operation::Create), ("UPDATE", Operation::Update), ("DELETE", Operation::Delete)];
const LOGGERS: &[(&str, LoggedBy)] = &[("runtime", LoggedBy::Runtime), ("function", LoggedBy::Function)];

fn event(r: &mut Reader, value: &Value<'_>) -> Option<Event> {
    let mut keys = r.keys(value, "an event")?;
    let span = keys.span(r);
    let event_type = keys.required_string(r, "type");
    let entity = keys.required_string(r, "entity");
    let operation = keys.required(r, "operation");
    let operation_span = operation.map(|value| r.span(value));
    let operation = operation.and_then(|value| r.word(value, "`operation`", OPERATIONS));
    let id = keys.required(r, "id").and_then(|value| one_or_more(r, value, "`id`", path));
    let after = keys.optional("after").and_then(|value| path(r, value, "`after`"));
    let metadata = keys.optional("metadata").and_then(|value| r.object(value, "`metadata`"));
    let metadata = metadata.map(|object| {
        let entry = |property| Some((r.key(property), path(r, &property.value, "a metadata value")?));
        object.properties.iter().filter_map(entry).collect()
    });
    let logged_by = keys.optional("logged_by").map(|value| r.word(value, "`logged_by`", LOGGERS));
    let on_noop = keys.optional("on_noop").and_then(|value| r.boolean(value, "`on_noop`"));
    keys.finish(r);
    Some(Event {
        span,
        event_type: event_type?,
        entity: entity?,
        operation: operation?,
        operation_span: operation_span?,
        id: id?,
        after,
        metadata: metadata.unwrap_or_default(),
        logged_by: logged_by.unwrap_or(Some(LoggedBy::Runtime))?,
        on_noop: on_noop.unwrap_or(false),
    })
}

fn path(r: &mut Reader, value: &Value<'_>, what: &str) -> Option<Path> {
    let written = r.string(value, what)?;
    let span = written.span;
    let parsed = Path::parse(written);
    if parsed.is_none() {
        let diagnostic = Diagnostic::new(Code::MANIFEST_FORM, format!("{what} must be a path"))
            .at(span, "this is not a path")
            .help("write `order.id` for a key of the answer, `$customer_id` or `$input.email` for an argument");
        r.report(diagnostic);
    }
    parsed
}
