//! From a schema's text to its types, or to diagnostics.

use std::collections::HashMap;

use apollo_parser::Parser;
use apollo_parser::cst::{self, CstNode, Definition};

use super::cst::{File, child, children, description};
use super::directive::{Directive, deprecation};
use super::{OutputType, Scalar, Schema, Union};
use crate::diagnostic::{Code, Diagnostic, first};
use crate::manifest::{Enum, EnumValue, Field, Name, Object};
use crate::naming::{camel_case, snake_case};
use crate::source::{FileId, SourceMap};

/// Deeper types and values are refused, so that nothing that walks them can run out of stack.
const DEEPEST: usize = 64;

/// Reads the schema in `file`: definitions and their extensions.
///
/// # Errors
/// Every mistake in its form; whether a name that it uses is defined is told by the contract.
pub fn read(sources: &SourceMap, file: FileId) -> Result<Schema, Vec<Diagnostic>> {
    let text = sources.file(file).text();
    // An editor's byte order mark is no part of the text.
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let tree = Parser::new(text.get(mark..).unwrap_or_default()).recursion_limit(DEEPEST).parse();
    let file = File { id: file, mark };
    let mut reader = Reader { file, schema: Schema::default(), diagnostics: Vec::new() };
    reader.diagnostics.extend(tree.errors().map(|error| syntax(file, text, error)));
    if reader.diagnostics.is_empty() {
        let (extensions, definitions): (Vec<_>, Vec<_>) =
            tree.document().definitions().partition(Definition::is_extension_definition);
        definitions.iter().chain(&extensions).for_each(|definition| reader.definition(definition));
        reader.whole();
    }
    if reader.diagnostics.is_empty() { Ok(reader.schema) } else { Err(first(reader.diagnostics)) }
}

fn syntax(file: File, text: &str, error: &apollo_parser::Error) -> Diagnostic {
    let length = text.len() - file.mark;
    let start = error.index().min(length);
    let end = if error.is_limit() || error.is_eof() { start } else { (start + error.data().len()).min(length) };
    let mut chars = error.message().chars();
    let message: String = chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default();
    let message = TOKENS.iter().fold(message, |message, (name, token)| message.replace(name, token));
    let label = if error.is_eof() { "the file ends here" } else { "" };
    Diagnostic::new(Code::SCHEMA_FORM, format!("the schema is not valid GraphQL: {message}"))
        .at(file.span(start, end), label)
}

/// What the parser's names for tokens stand for.
const TOKENS: [(&str, &str); 9] = [
    ("L_CURLY", "`{`"),
    ("R_CURLY", "`}`"),
    ("L_BRACK", "`[`"),
    ("R_BRACK", "`]`"),
    ("L_PAREN", "`(`"),
    ("R_PAREN", "`)`"),
    ("COLON", "`:`"),
    ("BANG", "`!`"),
    ("EOF", "the end of the file"),
];

struct Reader {
    file: File,
    schema: Schema,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn report(&mut self, message: String, name: &Name, label: &str) {
        self.diagnostics.push(Diagnostic::new(Code::SCHEMA_FORM, message).at(name.span, label));
    }

    fn definition(&mut self, definition: &Definition) {
        let Some(name) = self.file.name(definition.name()) else { return };
        match definition {
            Definition::ScalarTypeDefinition(it) => self.scalar(name, it),
            Definition::ObjectTypeDefinition(it) => self.output(name, it),
            Definition::InterfaceTypeDefinition(it) => self.interface(name, it),
            Definition::UnionTypeDefinition(it) => self.union(name, it),
            Definition::EnumTypeDefinition(it) => self.enumeration(name, it),
            Definition::InputObjectTypeDefinition(it) => self.input(name, it),
            Definition::ObjectTypeExtension(it) => self.extend_output(&name, it),
            Definition::InterfaceTypeExtension(it) => {
                let fields = self.output_fields(it);
                let found = self.schema.unions.iter_mut().find(|union| is_interface(union, &name));
                match found {
                    Some(interface) => interface.object.fields.extend(fields),
                    None => self.nothing_to_extend(&name, "an interface"),
                }
            }
            Definition::UnionTypeExtension(it) => {
                let more = self.members(it);
                let members = self.schema.unions.iter_mut().filter(|union| union.object.name.text == name.text);
                match members.filter_map(|union| union.members.as_mut()).next() {
                    Some(members) => members.extend(more),
                    None => self.nothing_to_extend(&name, "a union"),
                }
            }
            Definition::EnumTypeExtension(it) => {
                let values = self.values(it);
                match self.schema.enums.iter_mut().find(|it| it.name.text == name.text) {
                    Some(found) => found.values.extend(values),
                    None => self.nothing_to_extend(&name, "an enum"),
                }
            }
            Definition::InputObjectTypeExtension(it) => {
                let fields = self.input_fields(it);
                match self.schema.inputs.iter_mut().find(|it| it.name.text == name.text) {
                    Some(found) => found.fields.extend(fields),
                    None => self.nothing_to_extend(&name, "an input"),
                }
            }
            Definition::OperationDefinition(_) | Definition::FragmentDefinition(_) => {
                self.report(
                    format!("`{}` is no part of a schema", name.text),
                    &name,
                    "a definition of a type is expected",
                );
            }
            // Directives and roots are the server's.
            Definition::DirectiveDefinition(_)
            | Definition::SchemaDefinition(_)
            | Definition::SchemaExtension(_)
            | Definition::ScalarTypeExtension(_) => {}
        }
    }

    fn nothing_to_extend(&mut self, name: &Name, what: &str) {
        self.report(
            format!("there is no `{}` to extend", name.text),
            name,
            &format!("{what} of this name is expected"),
        );
    }

    fn scalar(&mut self, name: Name, node: &impl CstNode) {
        let mut directive = Directive::at(self.file, node);
        let sql = directive.string("sql", &mut self.diagnostics);
        let rust = directive.string("rust", &mut self.diagnostics);
        directive.finish(&mut self.diagnostics);
        self.schema.scalars.push(Scalar { name, sql, rust, description: description(child(node)) });
    }

    fn output(&mut self, name: Name, node: &impl CstNode) {
        let mut directive = Directive::at(self.file, node);
        let value = directive.string("value", &mut self.diagnostics);
        directive.finish(&mut self.diagnostics);
        let object = Object { name, fields: self.output_fields(node), description: description(child(node)) };
        self.schema.types.push(OutputType { object, implements: self.implements(node), value });
    }

    fn extend_output(&mut self, name: &Name, node: &impl CstNode) {
        let (fields, implements) = (self.output_fields(node), self.implements(node));
        match self.schema.types.iter_mut().find(|it| it.object.name.text == name.text) {
            Some(found) => {
                found.object.fields.extend(fields);
                found.implements.extend(implements);
            }
            // A root may be defined in the file of another service.
            None if ["Query", "Mutation", "Subscription"].contains(&name.text.as_str()) => {}
            None => self.nothing_to_extend(name, "a type"),
        }
    }

    fn interface(&mut self, name: Name, node: &impl CstNode) {
        let discriminator = self.discriminator(node);
        let object = Object { name, fields: self.output_fields(node), description: description(child(node)) };
        self.schema.unions.push(Union { object, members: None, discriminator });
    }

    fn union(&mut self, name: Name, node: &impl CstNode) {
        let discriminator = self.discriminator(node);
        let object = Object { name, fields: Vec::new(), description: description(child(node)) };
        self.schema.unions.push(Union { object, members: Some(self.members(node)), discriminator });
    }

    fn discriminator(&mut self, node: &impl CstNode) -> Option<Name> {
        let mut directive = Directive::at(self.file, node);
        let discriminator = directive.string("discriminator", &mut self.diagnostics);
        directive.finish(&mut self.diagnostics);
        discriminator
    }

    fn enumeration(&mut self, name: Name, node: &impl CstNode) {
        let values = self.values(node);
        self.schema.enums.push(Enum { name, values, description: description(child(node)) });
    }

    fn input(&mut self, name: Name, node: &impl CstNode) {
        let fields = self.input_fields(node);
        self.schema.inputs.push(Object { name, fields, description: description(child(node)) });
    }

    fn implements(&self, node: &impl CstNode) -> Vec<Name> {
        let interfaces = child::<cst::ImplementsInterfaces>(node);
        let named = interfaces.iter().flat_map(children::<cst::NamedType>);
        named.filter_map(|named| self.file.name(named.name())).collect()
    }

    fn members(&self, node: &impl CstNode) -> Vec<Name> {
        let members = child::<cst::UnionMemberTypes>(node);
        let named = members.iter().flat_map(children::<cst::NamedType>);
        named.filter_map(|named| self.file.name(named.name())).collect()
    }

    fn values(&self, node: &impl CstNode) -> Vec<EnumValue> {
        let values = child::<cst::EnumValuesDefinition>(node);
        let values = values.iter().flat_map(children::<cst::EnumValueDefinition>);
        let value = |value: cst::EnumValueDefinition| {
            let name = self.file.name(value.enum_value()?.name())?;
            let deprecated = deprecation(self.file, &value);
            Some(EnumValue { name, description: description(value.description()), deprecated })
        };
        values.filter_map(value).collect()
    }

    fn output_fields(&mut self, node: &impl CstNode) -> Vec<Field> {
        let fields = child::<cst::FieldsDefinition>(node);
        let fields = fields.iter().flat_map(children::<cst::FieldDefinition>).collect::<Vec<_>>();
        fields.iter().filter_map(|field| self.output_field(field)).collect()
    }

    /// `None` for a field whose values a resolver makes.
    fn output_field(&mut self, node: &cst::FieldDefinition) -> Option<Field> {
        let mut directive = Directive::at(self.file, node);
        let key = directive.string("key", &mut self.diagnostics);
        let skip = directive.flag("skip", &mut self.diagnostics);
        directive.finish(&mut self.diagnostics);
        if skip || node.arguments_definition().is_some() {
            return None;
        }
        let type_ref = self.file.type_ref(node.ty())?;
        Some(field(self.file.name(node.name())?, key, type_ref, description(node.description())))
    }

    fn input_fields(&mut self, node: &impl CstNode) -> Vec<Field> {
        let fields = child::<cst::InputFieldsDefinition>(node);
        let fields = fields.iter().flat_map(children::<cst::InputValueDefinition>).collect::<Vec<_>>();
        let read = fields.iter().filter_map(|node| {
            let mut directive = Directive::at(self.file, node);
            let key = directive.string("key", &mut self.diagnostics);
            directive.finish(&mut self.diagnostics);
            let type_ref = self.file.type_ref(node.ty())?;
            Some(field(self.file.name(node.name())?, key, type_ref, description(node.description())))
        });
        read.collect()
    }

    /// What no single definition tells: names that are there twice, types without fields, interfaces that are not kept to.
    fn whole(&mut self) {
        let Schema { types, unions, inputs, enums, .. } = &self.schema;
        let mut found = Vec::new();
        let objects = types.iter().map(|it| &it.object).chain(inputs);
        for object in objects.chain(unions.iter().filter(|it| it.members.is_none()).map(|it| &it.object)) {
            distinct(object.fields.iter().map(client_name), "field", &object.name, &mut found);
        }
        for object in inputs.iter().filter(|object| object.fields.is_empty()) {
            found.push(empty(&object.name, "field"));
        }
        for definition in enums {
            distinct(
                definition.values.iter().map(|it| (it.name.text.clone(), &it.name)),
                "value",
                &definition.name,
                &mut found,
            );
            if definition.values.is_empty() {
                found.push(empty(&definition.name, "value"));
            }
        }
        for (union, members) in unions.iter().filter_map(|it| Some((it, it.members.as_ref()?))) {
            distinct(members.iter().map(|it| (it.text.clone(), it)), "member", &union.object.name, &mut found);
            if members.is_empty() {
                found.push(empty(&union.object.name, "member"));
            }
        }
        for ty in types {
            for name in &ty.implements {
                match unions.iter().find(|union| is_interface(union, name)) {
                    Some(interface) => found.extend(lacking(&ty.object, name, &interface.object)),
                    None => found.push(
                        Diagnostic::new(Code::SCHEMA_FORM, format!("there is no interface `{}`", name.text))
                            .at(name.span, "not defined in this schema"),
                    ),
                }
            }
        }
        self.diagnostics.extend(found);
    }
}

fn is_interface(union: &Union, name: &Name) -> bool {
    union.members.is_none() && union.object.name.text == name.text
}

/// A field: its key is what the directive says, or its name in snake case.
fn field(name: Name, key: Option<Name>, type_ref: crate::manifest::TypeRef, description: Option<String>) -> Field {
    let key = key.unwrap_or_else(|| Name { text: snake_case(&name.text), span: name.span });
    let differs = camel_case(&key.text) != name.text;
    Field { key, name: differs.then_some(name), type_ref, description }
}

/// What a field is called in the schema, and where.
fn client_name(field: &Field) -> (String, &Name) {
    (field.client_name(), field.name.as_ref().unwrap_or(&field.key))
}

fn distinct<'n>(
    names: impl Iterator<Item = (String, &'n Name)>,
    what: &str,
    of: &Name,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: HashMap<String, &Name> = HashMap::new();
    for (text, name) in names {
        if let Some(first) = seen.get(&text) {
            let message = format!("`{}` has the {what} `{text}` twice", of.text);
            diagnostics.push(
                Diagnostic::new(Code::SCHEMA_FORM, message)
                    .at(name.span, "again here")
                    .and(first.span, "first here")
                    .help("remove one of them"),
            );
        } else {
            seen.insert(text, name);
        }
    }
}

fn empty(name: &Name, what: &str) -> Diagnostic {
    Diagnostic::new(Code::SCHEMA_FORM, format!("`{}` has no {what}", name.text))
        .at(name.span, format!("at least one {what} is expected"))
}

/// The fields of an interface that a type which implements it does not have.
fn lacking<'a>(object: &'a Object, place: &'a Name, interface: &'a Object) -> impl Iterator<Item = Diagnostic> + 'a {
    let has = |name: &str| object.fields.iter().any(|field| client_name(field).0 == name);
    interface.fields.iter().map(client_name).filter(move |(name, _)| !has(name)).map(move |(name, field)| {
        let message = format!("`{}` implements `{}` and has no field `{name}`", object.name.text, place.text);
        Diagnostic::new(Code::SCHEMA_FORM, message)
            .at(place.span, "implemented here")
            .and(field.span, "the interface's field")
            .help("add the field, or implement another interface")
    })
}
