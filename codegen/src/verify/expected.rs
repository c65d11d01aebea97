//! What the files define, as objects.

use std::collections::HashMap;

use super::attached;
use super::object::{Asked, Fact, Kind, Object, Part, Rule, Sql, Value};
use crate::body;
use crate::catalog::{
    Catalog, Column, Computed, Constraint, ConstraintKind, Domain, Function, FunctionKind, Generated, IndexKey, Mode,
    Origin, Parallel, Quoted, Relation, RelationKind, RowSecurity, Security, Setting, Text, Type, TypeDef, TypeKind,
    TypeUse, UniqueIndex, Volatility,
};
use crate::source::SourceMap;

/// The objects that the user's own files define, without those that a statement which was not understood may change.
pub(super) fn objects(catalog: &Catalog, sources: &SourceMap, origin: &Origin) -> Vec<Object> {
    let reader = Reader { catalog, sources };
    let functions = catalog.functions().filter(|(_, it)| it.origin == *origin).map(|(_, it)| reader.function(it));
    let relations = catalog
        .relations()
        .filter(|(_, it)| it.origin == *origin && it.owned_by.is_none())
        .map(|(_, it)| reader.relation(it));
    let types = catalog.types().filter(|(_, it)| it.origin == *origin).filter_map(|(_, it)| reader.type_def(it));
    let read = functions.chain(relations).chain(types).filter(|it| !catalog.is_mentioned_unread(&it.name.name));
    let mut objects = read.collect::<Vec<_>>();
    forget_copied_names(&mut objects);
    objects
}

/// A rule that LIKE or a partitioned table hands on gets a name of the server's own.
fn forget_copied_names(objects: &mut [Object]) {
    let mut times = HashMap::new();
    for place in objects.iter().flat_map(|object| &object.rules).filter_map(|rule| rule.place) {
        *times.entry(place).or_insert(0) += 1;
    }
    for rule in objects.iter_mut().flat_map(|object| &mut object.rules) {
        if rule.place.is_some_and(|place| times.get(&place).is_some_and(|times| *times > 1)) {
            rule.name = None;
        }
    }
}

struct Reader<'a> {
    catalog: &'a Catalog,
    sources: &'a SourceMap,
}

impl Reader<'_> {
    fn ty(&self, ty: &Type) -> String {
        self.catalog.display(ty).to_string()
    }

    fn function(&self, function: &Function) -> Object {
        let inputs = function.inputs().map(|argument| self.ty(&argument.ty.ty)).collect::<Vec<_>>().join(", ");
        let arguments = function.arguments.iter().map(|argument| {
            let name = argument.name.as_deref().map(|name| format!(" {}", Quoted(name))).unwrap_or_default();
            format!("{}{name} {}", mode(argument.mode), self.ty(&argument.ty.ty))
        });
        let known = |unknown: bool, fact: Fact| if unknown { Fact { value: Value::Unknown, ..fact } } else { fact };
        let unknown_argument = function.arguments.iter().any(|argument| argument.ty.ty.is_unknown());
        let result = function.result_type();
        let set = if function.returns_set() { "SETOF " } else { "" };
        let mut facts = vec![
            Fact::text(
                "kind",
                match function.kind {
                    FunctionKind::Function => "function",
                    FunctionKind::Procedure => "procedure",
                    FunctionKind::Aggregate => "aggregate",
                    FunctionKind::Window => "window function",
                },
            ),
            known(unknown_argument, Fact::text("parameters", arguments.collect::<Vec<_>>().join(", "))),
            known(result.is_unknown(), Fact::text("result", format!("{set}{}", self.ty(&result)))),
        ];
        // An aggregate is made of functions, and has nothing of its own but its form.
        if function.kind != FunctionKind::Aggregate {
            facts.extend(self.function_options(function));
        }
        for (number, argument) in function.arguments.iter().enumerate().filter(|(_, it)| it.mode.is_input()) {
            let value = self.default(argument.default.as_ref(), &argument.ty);
            facts.push(Fact { what: format!("default of parameter {}", number + 1), value });
        }
        Object {
            kind: Kind::Function,
            name: function.name.clone(),
            shown: format!("{}({inputs})", function.name),
            oid: None,
            place: function.spans.map(|spans| spans.name),
            parts: vec![Part { name: String::new(), place: None, facts }],
            complete: true,
            rules: Vec::new(),
            inherited: Vec::new(),
            is_in_code: false,
            search_path: function.search_path.clone(),
        }
    }

    fn function_options(&self, function: &Function) -> Vec<Fact> {
        let mut facts = vec![
            Fact::text("language", &function.language),
            Fact::text(
                "volatility",
                match function.volatility {
                    Volatility::Immutable => "IMMUTABLE",
                    Volatility::Stable => "STABLE",
                    Volatility::Volatile => "VOLATILE",
                },
            ),
            Fact::text("null arguments", if function.strict { "STRICT" } else { "CALLED ON NULL INPUT" }),
            Fact::text(
                "security",
                match function.security {
                    Security::Definer => "SECURITY DEFINER",
                    Security::Invoker => "SECURITY INVOKER",
                },
            ),
            owner(function.owner.as_ref()),
            Fact::text("leaks", if function.leakproof { "LEAKPROOF" } else { "NOT LEAKPROOF" }),
            Fact::text(
                "parallel",
                match function.parallel {
                    Parallel::Unsafe => "PARALLEL UNSAFE",
                    Parallel::Restricted => "PARALLEL RESTRICTED",
                    Parallel::Safe => "PARALLEL SAFE",
                },
            ),
        ];
        let settings = function.settings.iter().map(setting).collect::<Option<Vec<_>>>();
        let value = settings.map_or(Value::Unknown, |settings| Value::Text(settings.join("; ")));
        facts.push(Fact { what: "settings".to_owned(), value });
        let value =
            body::text(function, self.sources).map_or(Value::Unknown, |body| Value::Body(body.text.into_owned()));
        facts.push(Fact { what: "body".to_owned(), value });
        facts
    }

    fn relation(&self, relation: &Relation) -> Object {
        let mut facts = vec![Fact::text("kind", relation_kind(relation.kind)), owner(relation.owner.as_ref())];
        let columns_known = relation.columns_known && relation.columns.iter().all(|it| !it.ty.ty.is_unknown());
        let is_view = matches!(relation.kind, RelationKind::View | RelationKind::MaterializedView);
        if let (true, true, Some(query)) = (is_view, columns_known, relation.query) {
            let columns = relation.columns.iter().map(|column| Quoted(&column.name).to_string());
            let columns = columns.collect::<Vec<_>>().join(", ");
            let text = self.sources.snippet(query).to_owned();
            facts.push(Fact {
                what: "query".to_owned(),
                value: Value::Sql(Sql { text, asked: Asked::Query { columns } }),
            });
        }
        if matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable) {
            let RowSecurity { enabled, forced } = relation.row_security;
            facts.push(Fact::text("row security", row_security(enabled, forced)));
        }
        let mut parts = vec![Part { name: String::new(), place: None, facts }];
        if relation.kind != RelationKind::Sequence {
            parts.extend(relation.columns.iter().map(|column| self.column(relation, column)));
        }
        let constraints = relation.constraints.iter().map(|constraint| self.constraint(relation, constraint));
        let indexes = relation.unique_indexes.iter().map(|index| unique_index(relation, index));
        Object {
            kind: Kind::Relation,
            name: relation.name.clone(),
            shown: relation.name.to_string(),
            oid: None,
            place: relation.span,
            parts,
            complete: columns_known,
            rules: constraints.chain(indexes).chain(attached::of(self.catalog, self.sources, relation)).collect(),
            inherited: Vec::new(),
            is_in_code: false,
            search_path: relation.search_path.clone(),
        }
    }

    fn column(&self, relation: &Relation, column: &Column) -> Part {
        let generated = match column.generated {
            Generated::No | Generated::Serial => "by the writer",
            Generated::IdentityAlways => "ALWAYS AS IDENTITY",
            Generated::IdentityByDefault => "BY DEFAULT AS IDENTITY",
            Generated::Expression { computed: Computed::Stored, .. } => "from other columns, STORED",
            Generated::Expression { computed: Computed::Virtual, .. } => "from other columns, VIRTUAL",
        };
        let default = match &column.generated {
            // The server names the sequence.
            Generated::Serial => Value::Unknown,
            Generated::Expression { expression, .. } => {
                let asked = Asked::OfTable { table: relation.name.to_string() };
                Value::Sql(Sql { text: expression.text.clone(), asked })
            }
            _ => self.default(column.default.as_ref(), &column.ty),
        };
        let ty = match column.ty.ty.is_unknown() {
            true => Value::Unknown,
            false => Value::Text(self.catalog.display_use(&column.ty).to_string()),
        };
        Part {
            name: column.name.clone(),
            place: column.span,
            facts: vec![
                Fact { what: "type".to_owned(), value: ty },
                Fact::text("null", if column.not_null { "NOT NULL" } else { "NULL" }),
                Fact::text("values made", generated),
                Fact { what: "default".to_owned(), value: default },
            ],
        }
    }

    fn default(&self, default: Option<&Text>, ty: &TypeUse) -> Value {
        match default {
            None => Value::Text(NONE.to_owned()),
            Some(_) if ty.ty.is_unknown() => Value::Unknown,
            Some(text) => {
                let ty = self.catalog.display_use(ty).to_string();
                Value::Sql(Sql { text: text.text.clone(), asked: Asked::Value { ty } })
            }
        }
    }

    fn constraint(&self, relation: &Relation, constraint: &Constraint) -> Rule {
        let mut expressions = Vec::new();
        let form = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => format!("PRIMARY KEY ({})", quoted(columns)),
            ConstraintKind::Unique { columns, nulls_not_distinct } => {
                format!("UNIQUE{} ({})", nulls(*nulls_not_distinct), quoted(columns))
            }
            ConstraintKind::ForeignKey { columns, table, referenced } => {
                let target = self.catalog.find_relation(&table.schema, &table.name);
                let key = target.and_then(|id| self.catalog.relation(id).primary_key()).unwrap_or_default();
                let referenced = if referenced.is_empty() { key } else { referenced };
                format!("FOREIGN KEY ({}) REFERENCES {table} ({})", quoted(columns), quoted(referenced))
            }
            ConstraintKind::Check { expression } => {
                let asked = Asked::OfTable { table: relation.name.to_string() };
                expressions.push(Sql { text: expression.text.clone(), asked });
                "CHECK".to_owned()
            }
            ConstraintKind::Exclude { .. } => "EXCLUDE".to_owned(),
        };
        let name = constraint.name.clone().filter(|_| constraint.named);
        Rule::constraint(name, form, expressions, constraint.span)
    }

    fn type_def(&self, def: &TypeDef) -> Option<Object> {
        let mut parts = vec![Part { name: String::new(), place: None, facts: Vec::new() }];
        let mut rules = Vec::new();
        let own = match &def.kind {
            TypeKind::Row(_) | TypeKind::Multirange { .. } => return None,
            TypeKind::Base => vec![Fact::text("kind", "base type")],
            TypeKind::Enum(labels) => vec![Fact::text("kind", "enum"), Fact::text("values", labels.join(", "))],
            TypeKind::Range { subtype } => {
                vec![Fact::text("kind", "range"), Fact::text("subtype", self.ty(&subtype.ty))]
            }
            TypeKind::Composite(fields) => {
                parts.extend(fields.iter().map(|field| Part {
                    name: field.name.clone(),
                    place: field.span,
                    facts: vec![Fact::text("type", self.catalog.display_use(&field.ty).to_string())],
                }));
                vec![Fact::text("kind", "composite type")]
            }
            TypeKind::Domain(domain) => {
                rules = self.domain_checks(domain, def);
                vec![
                    Fact::text("kind", "domain"),
                    Fact::text("base type", self.catalog.display_use(&domain.base).to_string()),
                    Fact::text("null", if domain.not_null { "NOT NULL" } else { "NULL" }),
                    Fact { what: "default".to_owned(), value: self.default(domain.default.as_ref(), &domain.base) },
                ]
            }
        };
        if let Some(part) = parts.first_mut() {
            part.facts = own;
        }
        Some(Object {
            kind: Kind::Type,
            name: def.name.clone(),
            shown: def.name.to_string(),
            oid: None,
            place: def.span,
            parts,
            complete: true,
            rules,
            inherited: Vec::new(),
            is_in_code: false,
            search_path: vec!["$user".to_owned(), "public".to_owned()],
        })
    }

    fn domain_checks(&self, domain: &Domain, def: &TypeDef) -> Vec<Rule> {
        let base = self.catalog.display_use(&domain.base).to_string();
        let rule = |check: &crate::catalog::DomainCheck| {
            let asked = Asked::OfDomain { base: base.clone() };
            let expression = Sql { text: check.expression.text.clone(), asked };
            let place = check.expression.span.or(def.span);
            let name = check.named.then(|| check.name.clone());
            Rule::constraint(name, "CHECK".to_owned(), vec![expression], place)
        };
        domain.checks.iter().map(rule).collect()
    }
}

/// How a fact says that something is not there.
pub(super) const NONE: &str = "none";

/// Whether policies count, in the words of both sides.
pub(super) fn row_security(enabled: bool, forced: bool) -> String {
    let enabled = if enabled { "ENABLED" } else { "DISABLED" };
    if forced { format!("{enabled}, FORCED") } else { enabled.to_owned() }
}

pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::In => "IN",
        Mode::Out => "OUT",
        Mode::InOut => "INOUT",
        Mode::Variadic => "VARIADIC",
        Mode::Table => "TABLE",
    }
}

/// Not compared where no file says whose it is: then it is of whoever deployed it.
fn owner(role: Option<&String>) -> Fact {
    Fact { what: "owner".to_owned(), value: role.map_or(Value::Unknown, |role| Value::Text(role.clone())) }
}

fn relation_kind(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Table => "table",
        RelationKind::PartitionedTable => "partitioned table",
        RelationKind::ForeignTable => "foreign table",
        RelationKind::View => "view",
        RelationKind::MaterializedView => "materialized view",
        RelationKind::Sequence => "sequence",
    }
}

/// `SET search_path = app, pg_temp`; none for FROM CURRENT, which only the server knows.
fn setting(setting: &Setting) -> Option<String> {
    setting.values.as_ref().map(|values| shown_setting(&setting.name, values))
}

/// A setting in the form of both sides.
pub(super) fn shown_setting(name: &str, values: &[String]) -> String {
    format!("SET {} = {}", name.to_ascii_lowercase(), values.join(", "))
}

pub(super) fn nulls(not_distinct: bool) -> &'static str {
    if not_distinct { " NULLS NOT DISTINCT" } else { "" }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| Quoted(name).to_string()).collect::<Vec<_>>().join(", ")
}

fn unique_index(relation: &Relation, index: &UniqueIndex) -> Rule {
    let asked = || Asked::OfTable { table: relation.name.to_string() };
    let mut expressions = Vec::new();
    let mut keys = Vec::new();
    for key in &index.keys {
        match key {
            IndexKey::Column(name) => keys.push(Quoted(name).to_string()),
            IndexKey::Expression(text) => {
                keys.push("expression".to_owned());
                expressions.push(Sql { text: text.text.clone(), asked: asked() });
            }
        }
    }
    let predicate = if index.predicate.is_some() { " WHERE" } else { "" };
    expressions.extend(index.predicate.iter().map(|text| Sql { text: text.text.clone(), asked: asked() }));
    let form = format!("UNIQUE INDEX{} ({}){predicate}", nulls(index.nulls_not_distinct), keys.join(", "));
    Rule::constraint(index.name.clone().filter(|_| index.named), form, expressions, index.span)
}
