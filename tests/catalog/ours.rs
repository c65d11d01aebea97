//! Our catalogue as lines of text, in the form of the server's.

use pgmutate_codegen::catalog::{
    Catalog, Column, Computed, Constraint, ConstraintKind, Function, FunctionKind, Generated, IndexKey, Origin,
    Parallel, Quoted, Relation, RelationKind, Security, Setting, Type, TypeDef, TypeId, TypeKind, Volatility,
};

pub(crate) fn catalog(catalog: &Catalog) -> Vec<String> {
    let own = |origin: &Origin| !matches!(origin, Origin::Extension(_));
    let mut lines = Vec::new();
    lines.extend(catalog.functions().filter(|(_, f)| own(&f.origin)).map(|(_, f)| function(catalog, f)));
    for (_, relation) in catalog.relations().filter(|(_, r)| own(&r.origin)) {
        relation_lines(catalog, relation, &mut lines);
    }
    for (id, def) in catalog.types().filter(|(_, t)| own(&t.origin)) {
        type_lines(catalog, id, def, &mut lines);
    }
    lines
}

fn flag(value: bool) -> char {
    if value { 't' } else { 'f' }
}

fn function(catalog: &Catalog, function: &Function) -> String {
    let inputs: Vec<String> = function.inputs().map(|a| catalog.display(&a.ty.ty).to_string()).collect();
    let arguments: Vec<String> = function
        .arguments
        .iter()
        .map(|a| format!("{} {} {}", a.mode.letter(), a.name.as_deref().unwrap_or("-"), catalog.display(&a.ty.ty)))
        .collect();
    let settings: Vec<String> = function.settings.iter().map(setting).collect();
    format!(
        "function {}({}) kind={} arguments=[{}] defaults={} returns={} set={} language={} volatility={} strict={} definer={} leakproof={} parallel={} settings={} comment={}",
        function.name,
        inputs.join(", "),
        match function.kind {
            FunctionKind::Function => 'f',
            FunctionKind::Procedure => 'p',
            FunctionKind::Aggregate => 'a',
            FunctionKind::Window => 'w',
        },
        arguments.join("; "),
        function.inputs().filter(|a| a.default.is_some()).count(),
        catalog.display(&function.result_type()),
        flag(function.returns_set()),
        function.language,
        match function.volatility {
            Volatility::Immutable => 'i',
            Volatility::Stable => 's',
            Volatility::Volatile => 'v',
        },
        flag(function.strict),
        flag(function.security == Security::Definer),
        flag(function.leakproof),
        match function.parallel {
            Parallel::Unsafe => 'u',
            Parallel::Restricted => 'r',
            Parallel::Safe => 's',
        },
        settings.join("; "),
        function.comment.as_deref().unwrap_or("-"),
    )
}

fn setting(setting: &Setting) -> String {
    let values = setting.values.as_deref().unwrap_or_default();
    // The server quotes the values of lists alone, and knows which settings are lists.
    let list = matches!(setting.name.as_str(), "search_path" | "temp_tablespaces");
    let values: Vec<String> =
        values.iter().map(|value| if list { Quoted(value).to_string() } else { value.clone() }).collect();
    let name = match setting.name.as_str() {
        "timezone" => "TimeZone",
        "datestyle" => "DateStyle",
        name => name,
    };
    format!("{name}={}", values.join(", "))
}

fn relation_kind(kind: RelationKind) -> char {
    match kind {
        RelationKind::Table => 'r',
        RelationKind::PartitionedTable => 'p',
        RelationKind::ForeignTable => 'f',
        RelationKind::View => 'v',
        RelationKind::MaterializedView => 'm',
        RelationKind::Sequence => 'S',
    }
}

fn relation_lines(catalog: &Catalog, relation: &Relation, lines: &mut Vec<String>) {
    let (name, kind) = (&relation.name, relation_kind(relation.kind));
    let owner = relation.owned_by.as_ref().map_or_else(
        || "-".to_owned(),
        |(table, column)| format!("{}.{}", catalog.relation(*table).name, Quoted(column)),
    );
    let comment = relation.comment.as_deref().unwrap_or("-");
    lines.push(format!("relation {name} kind={kind} owner={owner} comment={comment}"));
    if relation.kind == RelationKind::Sequence {
        return;
    }
    for (i, column) in relation.columns.iter().enumerate() {
        lines.push(column_line(catalog, relation, i, column));
    }
    lines.extend(relation.constraints.iter().map(|constraint| constraint_line(catalog, relation, constraint)));
    for index in &relation.unique_indexes {
        let keys: Vec<String> = index
            .keys
            .iter()
            .map(|key| match key {
                IndexKey::Column(name) => Quoted(name).to_string(),
                IndexKey::Expression(_) => "(expression)".to_owned(),
            })
            .collect();
        let predicate = flag(index.predicate.is_some());
        let (index, keys) = (index.name.as_deref().unwrap_or("?"), keys.join(", "));
        lines.push(format!("unique index {name} name={index} keys={keys} predicate={predicate}"));
    }
}

fn column_line(catalog: &Catalog, relation: &Relation, i: usize, column: &Column) -> String {
    let default = column.generated == Generated::Serial || column.default.is_some();
    format!(
        "column {}.{} kind={} number={} type={} not_null={} default={} generated={} comment={}",
        relation.name,
        Quoted(&column.name),
        relation_kind(relation.kind),
        i + 1,
        catalog.display_use(&column.ty),
        flag(column.not_null),
        flag(default),
        match column.generated {
            Generated::No | Generated::Serial => "-",
            Generated::IdentityAlways => "a",
            Generated::IdentityByDefault => "d",
            Generated::Expression { computed: Computed::Stored, .. } => "s",
            Generated::Expression { computed: Computed::Virtual, .. } => "v",
        },
        column.comment.as_deref().unwrap_or("-"),
    )
}

fn constraint_line(catalog: &Catalog, relation: &Relation, constraint: &Constraint) -> String {
    let quoted = |names: &[String]| names.iter().map(|n| Quoted(n).to_string()).collect::<Vec<_>>().join(", ");
    let (kind, columns, table, referenced) = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => ('p', quoted(columns), "-".to_owned(), String::new()),
        ConstraintKind::Unique { columns, .. } => ('u', quoted(columns), "-".to_owned(), String::new()),
        ConstraintKind::ForeignKey { columns, table, referenced } => {
            let target = catalog.find_relation(&table.schema, &table.name).map(|id| catalog.relation(id));
            let key = target.and_then(Relation::primary_key).unwrap_or_default();
            let referenced = if referenced.is_empty() { key } else { referenced };
            ('f', quoted(columns), table.to_string(), quoted(referenced))
        }
        ConstraintKind::Check { .. } => ('c', String::new(), "-".to_owned(), String::new()),
        ConstraintKind::Exclude { .. } => ('x', String::new(), "-".to_owned(), String::new()),
    };
    let (table_name, name) = (&relation.name, constraint.name.as_deref().unwrap_or("?"));
    format!(
        "constraint {table_name} name={name} kind={kind} columns=[{columns}] table={table} referenced=[{referenced}]"
    )
}

fn type_lines(catalog: &Catalog, id: TypeId, def: &TypeDef, lines: &mut Vec<String>) {
    let name = &def.name;
    let text = match &def.kind {
        TypeKind::Row(_) | TypeKind::Multirange { .. } => return,
        TypeKind::Enum(labels) => format!("enum labels=[{}]", labels.join(", ")),
        TypeKind::Composite(fields) => {
            for (i, field) in fields.iter().enumerate() {
                lines.push(format!(
                    "column {name}.{} kind=c number={} type={} not_null=f default=f generated=- comment=-",
                    Quoted(&field.name),
                    i + 1,
                    catalog.display_use(&field.ty)
                ));
            }
            "composite".to_owned()
        }
        TypeKind::Domain(domain) => format!(
            "domain base={} not_null={} default={} checks={}",
            catalog.display_use(&domain.base),
            flag(domain.not_null),
            flag(domain.default.is_some()),
            domain.checks.len()
        ),
        TypeKind::Range { subtype } => {
            let of_this =
                |kind: &TypeKind| matches!(kind, TypeKind::Multirange { range } if *range == Type::Defined(id));
            let multirange = catalog.types().find(|(_, other)| of_this(&other.kind));
            let multirange = multirange.map_or_else(String::new, |(_, def)| def.name.to_string());
            format!("range subtype={} multirange={multirange}", catalog.display(&subtype.ty))
        }
        TypeKind::Base => "base".to_owned(),
    };
    lines.push(format!("type {name} {text} comment={}", def.comment.as_deref().unwrap_or("-")));
}
