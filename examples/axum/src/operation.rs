//! A GraphQL request: the fields of its mutation with their arguments, and what is asked for of each.
//!
//! Fragments are spread and variables filled in. Directives are refused; a server of more than a few mutations leaves all this to its GraphQL library, which
//! validates against the schema as well (`pgmutate generate --sdl`).

use std::collections::HashMap;

use apollo_parser::Parser;
use apollo_parser::cst::{self, CstNode};
use pgmutate::transform::Selected;
use serde_json::{Map, Value};

/// A field of the mutation itself: a call.
pub(crate) struct Field {
    pub(crate) response_name: String,
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
    pub(crate) selected: Vec<Selected>,
}

/// How deep fragments may be nested; one that holds itself is deeper.
const DEPTH: usize = 32;
/// How much may be asked for, fragments spread: a short text can name one fragment twice in another, and that one twice in the next.
const SELECTIONS: usize = 10_000;

/// Reads `{"query": ..., "operationName": ..., "variables": ...}`.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Field>, String> {
    let request: Map<String, Value> = serde_json::from_slice(body).map_err(|error| format!("no request: {error}"))?;
    let query = request.get("query").and_then(Value::as_str).ok_or("the request has no `query`")?;
    let tree = Parser::new(query).recursion_limit(DEPTH).parse();
    if let Some(error) = tree.errors().next() {
        return Err(format!("`query` is not GraphQL: {} at byte {}", error.message(), error.index()));
    }
    let none = Map::new();
    let variables = request.get("variables").and_then(Value::as_object).unwrap_or(&none);
    let mut document = Document { fragments: HashMap::new(), variables, left: SELECTIONS };
    let mut operations = Vec::new();
    for definition in tree.document().definitions() {
        match definition {
            cst::Definition::OperationDefinition(operation) => operations.push(operation),
            cst::Definition::FragmentDefinition(fragment) => {
                document.fragments.insert(text(fragment.fragment_name().and_then(|name| name.name()))?, fragment);
            }
            _ => return Err("a request holds operations and fragments only".to_owned()),
        }
    }
    let asked = request.get("operationName").and_then(Value::as_str);
    operations.retain(|it| asked.is_none_or(|asked| it.name().is_some_and(|name| name.text() == asked)));
    let [operation] = operations.as_slice() else {
        return Err(format!("{} operations could be meant: say which by `operationName`", operations.len()));
    };
    if operation.operation_type().is_none_or(|kind| kind.mutation_token().is_none()) {
        return Err("this endpoint has mutations only".to_owned());
    }
    refuse_directives(operation.directives())?;
    let selections = operation.selection_set().ok_or("the operation asks for nothing")?.selections();
    let mut fields: Vec<Field> = Vec::new();
    for selection in selections {
        let field = document.field(selection)?;
        let name = &field.response_name;
        if fields.iter().any(|earlier| earlier.response_name == *name) {
            return Err(format!("two mutations would be answered as `{name}`: give one an alias"));
        }
        fields.push(field);
    }
    Ok(fields)
}

struct Document<'a> {
    fragments: HashMap<String, cst::FragmentDefinition>,
    variables: &'a Map<String, Value>,
    /// How much more may be asked for.
    left: usize,
}

impl Document<'_> {
    fn field(&mut self, selection: cst::Selection) -> Result<Field, String> {
        let cst::Selection::Field(field) = selection else {
            return Err("name the mutations themselves, not a fragment of them".to_owned());
        };
        let (name, alias) = names(&field)?;
        let mut arguments = Map::new();
        for argument in field.arguments().iter().flat_map(|arguments| arguments.arguments()) {
            let value = argument.value().ok_or("an argument has no value")?;
            arguments.insert(text(argument.name())?, self.value(&value)?);
        }
        let selected = self.selected(field.selection_set(), 0)?;
        Ok(Field { response_name: alias.unwrap_or_else(|| name.clone()), name, arguments, selected })
    }

    fn selected(&mut self, set: Option<cst::SelectionSet>, depth: usize) -> Result<Vec<Selected>, String> {
        if depth > DEPTH {
            return Err("fragments are nested too deeply".to_owned());
        }
        let mut selected = Vec::new();
        for selection in set.iter().flat_map(|set| set.selections()) {
            self.left = self.left.checked_sub(1).ok_or("the operation asks for too much")?;
            match selection {
                cst::Selection::Field(field) => {
                    let (name, alias) = names(&field)?;
                    selected.push(match name.as_str() {
                        "__typename" => Selected::Typename { alias },
                        _ => Selected::Field { alias, name, under: self.selected(field.selection_set(), depth + 1)? },
                    });
                }
                cst::Selection::InlineFragment(fragment) => {
                    refuse_directives(fragment.directives())?;
                    let under = self.selected(fragment.selection_set(), depth + 1)?;
                    spread(fragment.type_condition(), under, &mut selected)?;
                }
                cst::Selection::FragmentSpread(fragment) => {
                    refuse_directives(fragment.directives())?;
                    let name = text(fragment.fragment_name().and_then(|name| name.name()))?;
                    let fragment =
                        self.fragments.get(&name).cloned().ok_or_else(|| format!("there is no fragment `{name}`"))?;
                    let under = self.selected(fragment.selection_set(), depth + 1)?;
                    spread(fragment.type_condition(), under, &mut selected)?;
                }
            }
        }
        Ok(selected)
    }

    fn value(&self, value: &cst::Value) -> Result<Value, String> {
        Ok(match value {
            cst::Value::Variable(variable) => {
                let name = text(variable.name())?;
                self.variables.get(&name).cloned().unwrap_or_default()
            }
            cst::Value::StringValue(text) => Value::String(text.into()),
            cst::Value::EnumValue(value) => Value::String(text(value.name())?),
            cst::Value::NullValue(_) => Value::Null,
            cst::Value::ListValue(list) => {
                Value::Array(list.values().map(|value| self.value(&value)).collect::<Result<_, _>>()?)
            }
            cst::Value::ObjectValue(object) => {
                let field = |field: cst::ObjectField| {
                    let value = field.value().ok_or("a field has no value")?;
                    Ok::<_, String>((text(field.name())?, self.value(&value)?))
                };
                Value::Object(object.object_fields().map(field).collect::<Result<_, _>>()?)
            }
            // Numbers and booleans are written as in JSON.
            plain => {
                serde_json::from_str(plain.syntax().text().to_string().trim()).map_err(|error| error.to_string())?
            }
        })
    }
}

/// What stands under a fragment: as it is where the condition is on the union of the answers, which every answer fulfils.
fn spread(
    condition: Option<cst::TypeCondition>,
    under: Vec<Selected>,
    selected: &mut Vec<Selected>,
) -> Result<(), String> {
    match condition.map(|condition| text(condition.named_type().and_then(|named| named.name()))).transpose()? {
        Some(typename) if !typename.ends_with("Result") => selected.push(Selected::On { typename, under }),
        _ => selected.extend(under),
    }
    Ok(())
}

/// A field's name, and its alias.
fn names(field: &cst::Field) -> Result<(String, Option<String>), String> {
    refuse_directives(field.directives())?;
    let alias = field.alias().map(|alias| text(alias.name())).transpose()?;
    Ok((text(field.name())?, alias))
}

fn text(name: Option<cst::Name>) -> Result<String, String> {
    Ok(name.ok_or("a name is missing")?.text().to_string())
}

fn refuse_directives(directives: Option<cst::Directives>) -> Result<(), String> {
    match directives {
        Some(_) => Err("directives are beyond this example".to_owned()),
        None => Ok(()),
    }
}
