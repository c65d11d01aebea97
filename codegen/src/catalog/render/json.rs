//! The catalogue as JSON; `docs/catalog.md` describes it.

use super::super::{
    Argument, Body, Catalog, Column, Computed, Constraint, ConstraintKind, Function, FunctionKind, Generated, IndexKey,
    Mode, Origin, Parallel, Quoted, Relation, Security, TypeDef, TypeKind, UniqueIndex, Volatility,
};
use super::place;
use super::writer::Writer;
use crate::resolve::Checked;
use crate::source::SourceMap;

/// The version of the form, which changes when a member goes or changes its meaning.
const VERSION: usize = 1;

/// The whole catalogue as JSON, with how much of the bodies was read; the same bytes for the same input. What
/// extensions bring is left out.
pub fn json(catalog: &Catalog, bodies: &Checked, sources: &SourceMap) -> String {
    let renderer = Renderer { catalog, sources };
    let mut writer = Writer::default();
    writer.object(|o| {
        o.number_member("version", VERSION);
        o.texts_member("schemas", catalog.schemas().map(|(name, _)| name));
        o.member("extensions", |w| {
            w.array(catalog.extensions(), |w, extension| {
                w.object(|o| {
                    o.text_member("name", &extension.name);
                    o.text_member("schema", &extension.schema);
                    o.bool_member("contents_known", extension.contents_known);
                });
            });
        });
        let own = |origin: &Origin| !matches!(origin, Origin::Extension(_));
        o.member("functions", |w| {
            let functions = catalog.functions().map(|(_, f)| f).filter(|f| own(&f.origin));
            w.array(functions, |w, function| renderer.function(w, function));
        });
        o.member("relations", |w| {
            let relations = catalog.relations().map(|(_, r)| r).filter(|r| own(&r.origin));
            w.array(relations, |w, relation| renderer.relation(w, relation));
        });
        o.member("types", |w| {
            let types = catalog.types().map(|(_, t)| t);
            let types = types.filter(|t| own(&t.origin) && !matches!(t.kind, TypeKind::Row(_)));
            w.array(types, |w, ty| renderer.type_def(w, ty));
        });
        o.member("read", |w| {
            w.object(|o| {
                o.number_member("statements", catalog.statements());
                o.number_member("bodies", bodies.bodies);
                o.number_member("body_statements", bodies.tally.statements);
                o.number_member("body_expressions", bodies.tally.expressions);
                o.number_member("expressions", bodies.standing.expressions);
                o.member("unknown", |w| {
                    w.array(super::unknown(catalog, bodies), |w, (span, reason)| {
                        w.object(|o| {
                            o.text_member("at", &sources.location(span));
                            o.text_member("reason", reason);
                        });
                    });
                });
            });
        });
    });
    writer.finish()
}

struct Renderer<'a> {
    catalog: &'a Catalog,
    sources: &'a SourceMap,
}

impl Renderer<'_> {
    fn function(&self, w: &mut Writer, function: &Function) {
        w.object(|o| {
            o.text_member("schema", &function.name.schema);
            o.text_member("name", &function.name.name);
            o.text_member("kind", function_kind(function.kind));
            o.member("arguments", |w| w.array(&function.arguments, |w, argument| self.argument(w, argument)));
            o.member("returns", |w| {
                w.object(|o| {
                    o.text_member("kind", function.return_kind(self.catalog).word());
                    o.text_member("type", &self.catalog.display(&function.result_type()).to_string());
                    o.bool_member("set", function.returns_set());
                    o.text_member("written", &super::result(self.catalog, function));
                });
            });
            o.text_member("language", &function.language);
            o.text_member("volatility", volatility(function.volatility));
            o.bool_member("strict", function.strict);
            o.text_member("security", if function.security == Security::Definer { "definer" } else { "invoker" });
            o.optional_member("owner", function.owner.as_deref());
            o.bool_member("leakproof", function.leakproof);
            o.text_member("parallel", parallel(function.parallel));
            o.member("settings", |w| {
                w.array(&function.settings, |w, setting| {
                    w.object(|o| {
                        o.text_member("name", &setting.name);
                        o.member("values", |w| {
                            w.array(setting.values.iter().flatten().map(String::as_str), Writer::string);
                        });
                    });
                });
            });
            o.text_member(
                "body",
                match function.body {
                    Body::Quoted(_) => "string",
                    Body::Inline(_) => "inline",
                    Body::None => "none",
                },
            );
            o.optional_member("comment", function.comment.as_deref());
            o.text_member("origin", origin(&function.origin));
            o.optional_member("at", place(self.sources, function.spans.map(|spans| spans.name)).as_deref());
        });
    }

    fn argument(&self, w: &mut Writer, argument: &Argument) {
        w.object(|o| {
            o.text_member("mode", mode(argument.mode));
            o.optional_member("name", argument.name.as_deref());
            o.text_member("type", &self.catalog.display(&argument.ty.ty).to_string());
            o.bool_member("type_known", !argument.ty.ty.is_unknown());
            o.text_member("written", &argument.ty.written.text);
            o.optional_member("default", argument.default.as_ref().map(|default| default.text.as_str()));
        });
    }

    fn relation(&self, w: &mut Writer, relation: &Relation) {
        w.object(|o| {
            o.text_member("schema", &relation.name.schema);
            o.text_member("name", &relation.name.name);
            o.text_member("kind", relation.kind.word());
            o.bool_member("columns_known", relation.columns_known);
            o.member("columns", |w| w.array(&relation.columns, |w, column| self.column(w, column)));
            o.member("constraints", |w| w.array(&relation.constraints, |w, constraint| self.constraint(w, constraint)));
            o.member("unique_indexes", |w| w.array(&relation.unique_indexes, |w, index| self.index(w, index)));
            o.optional_member("owner", relation.owner.as_deref());
            let owner = relation
                .owned_by
                .as_ref()
                .map(|(table, column)| format!("{}.{}", self.catalog.relation(*table).name, Quoted(column)));
            o.optional_member("owned_by", owner.as_deref());
            o.optional_member("comment", relation.comment.as_deref());
            o.text_member("origin", origin(&relation.origin));
            o.optional_member("at", place(self.sources, relation.span).as_deref());
        });
    }

    fn column(&self, w: &mut Writer, column: &Column) {
        w.object(|o| {
            o.text_member("name", &column.name);
            o.text_member("type", &self.catalog.display_use(&column.ty).to_string());
            o.bool_member("type_known", !column.ty.ty.is_unknown());
            o.bool_member("not_null", column.not_null);
            o.optional_member("default", column.default.as_ref().map(|default| default.text.as_str()));
            o.optional_member(
                "generated",
                match &column.generated {
                    Generated::No => None,
                    Generated::Serial => Some("serial"),
                    Generated::IdentityAlways => Some("identity_always"),
                    Generated::IdentityByDefault => Some("identity_by_default"),
                    Generated::Expression { computed: Computed::Stored, .. } => Some("stored"),
                    Generated::Expression { computed: Computed::Virtual, .. } => Some("virtual"),
                },
            );
            o.optional_member("comment", column.comment.as_deref());
        });
    }

    fn constraint(&self, w: &mut Writer, constraint: &Constraint) {
        let columns = |o: &mut Writer, kind: &str, columns: &[String]| {
            o.text_member("kind", kind);
            o.texts_member("columns", columns.iter().map(String::as_str));
        };
        w.object(|o| {
            o.optional_member("name", constraint.name.as_deref());
            match &constraint.kind {
                ConstraintKind::PrimaryKey { columns: names } => columns(o, "primary_key", names),
                ConstraintKind::Unique { columns: names, nulls_not_distinct } => {
                    columns(o, "unique", names);
                    o.bool_member("nulls_not_distinct", *nulls_not_distinct);
                }
                ConstraintKind::ForeignKey { columns: names, table, referenced } => {
                    columns(o, "foreign_key", names);
                    o.text_member("table", &table.to_string());
                    o.texts_member("referenced", referenced.iter().map(String::as_str));
                }
                ConstraintKind::Check { expression } => {
                    o.text_member("kind", "check");
                    o.text_member("expression", &expression.text);
                }
                ConstraintKind::Exclude { definition } => {
                    o.text_member("kind", "exclude");
                    o.text_member("definition", &definition.text);
                }
            }
        });
    }

    fn index(&self, w: &mut Writer, index: &UniqueIndex) {
        w.object(|o| {
            o.optional_member("name", index.name.as_deref());
            o.texts_member(
                "keys",
                index.keys.iter().map(|key| match key {
                    IndexKey::Column(name) => name.as_str(),
                    IndexKey::Expression(text) => text.text.as_str(),
                }),
            );
            o.bool_member("nulls_not_distinct", index.nulls_not_distinct);
            o.optional_member("predicate", index.predicate.as_ref().map(|text| text.text.as_str()));
        });
    }

    fn type_def(&self, w: &mut Writer, def: &TypeDef) {
        w.object(|o| {
            o.text_member("schema", &def.name.schema);
            o.text_member("name", &def.name.name);
            self.type_kind(o, &def.kind);
            o.optional_member("comment", def.comment.as_deref());
            o.text_member("origin", origin(&def.origin));
            o.optional_member("at", place(self.sources, def.span).as_deref());
        });
    }

    fn type_kind(&self, o: &mut Writer, kind: &TypeKind) {
        match kind {
            TypeKind::Enum(labels) => {
                o.text_member("kind", "enum");
                o.texts_member("labels", labels.iter().map(String::as_str));
            }
            TypeKind::Composite(fields) => {
                o.text_member("kind", "composite");
                o.member("fields", |w| {
                    w.array(fields, |w, field| {
                        w.object(|o| {
                            o.text_member("name", &field.name);
                            o.text_member("type", &self.catalog.display_use(&field.ty).to_string());
                        });
                    });
                });
            }
            TypeKind::Row(_) => o.text_member("kind", "row"),
            TypeKind::Domain(domain) => {
                o.text_member("kind", "domain");
                o.text_member("base", &self.catalog.display_use(&domain.base).to_string());
                o.bool_member("not_null", domain.not_null);
                o.optional_member("default", domain.default.as_ref().map(|default| default.text.as_str()));
                o.texts_member("checks", domain.checks.iter().map(|check| check.expression.text.as_str()));
            }
            TypeKind::Range { subtype } => {
                o.text_member("kind", "range");
                o.text_member("subtype", &self.catalog.display_use(subtype).to_string());
            }
            TypeKind::Multirange { range } => {
                o.text_member("kind", "multirange");
                o.text_member("range", &self.catalog.display(range).to_string());
            }
            TypeKind::Base => o.text_member("kind", "base"),
        }
    }
}

fn function_kind(kind: FunctionKind) -> &'static str {
    match kind {
        FunctionKind::Function => "function",
        FunctionKind::Procedure => "procedure",
        FunctionKind::Aggregate => "aggregate",
        FunctionKind::Window => "window",
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::In => "in",
        Mode::Out => "out",
        Mode::InOut => "inout",
        Mode::Variadic => "variadic",
        Mode::Table => "table",
    }
}

fn volatility(volatility: Volatility) -> &'static str {
    match volatility {
        Volatility::Immutable => "immutable",
        Volatility::Stable => "stable",
        Volatility::Volatile => "volatile",
    }
}

fn parallel(parallel: Parallel) -> &'static str {
    match parallel {
        Parallel::Unsafe => "unsafe",
        Parallel::Restricted => "restricted",
        Parallel::Safe => "safe",
    }
}

fn origin(origin: &Origin) -> &str {
    match origin {
        Origin::Source => "source",
        Origin::External => "external",
        Origin::Extension(name) => name,
    }
}
