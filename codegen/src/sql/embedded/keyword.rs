//! PostgreSQL's keywords. sqlparser knows those of twenty databases; a word that is no keyword here (`top`, `format`,
//! `sample`, `minus`) is handed to it as a plain identifier.

use std::collections::HashMap;
use std::sync::LazyLock;

use sqlparser::keywords::{ALL_KEYWORDS, ALL_KEYWORDS_INDEX, Keyword};

/// Where PostgreSQL takes a keyword for a name; `pg_get_keywords()` calls it `catcode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Category {
    /// A name everywhere.
    Unreserved,
    /// The name of a column or a table, but of no function or type.
    ColumnName,
    /// The name of a function or a type, but of no column or table.
    TypeOrFunctionName,
    /// No name, unless it is quoted or stands behind `AS`.
    Reserved,
}

/// A keyword of PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// What sqlparser calls it.
    pub(crate) keyword: Keyword,
    category: Category,
    /// Whether it may name a column of a `SELECT` without `AS`.
    bare_label: bool,
}

const UNRESERVED: &str = "abort absent absolute access action add admin after aggregate also alter always asensitive \
assertion assignment at atomic attach attribute backward before begin breadth by cache call called cascade cascaded \
catalog chain characteristics checkpoint class close cluster columns comment comments commit committed compression \
conditional configuration conflict connection constraints content continue conversion copy cost csv cube current \
cursor cycle data database deallocate declare defaults deferred definer delete delimiter delimiters depends depth \
detach dictionary disable discard document domain double drop each empty enable encoding encrypted enforced enum \
error escape event exclude excluding exclusive execute explain expression extension external family finalize first \
following force format forward function functions generated global granted groups handler header hold identity if \
immediate immutable implicit import include including increment indent index indexes inherit inherits inline input \
insensitive insert instead invoker isolation keep key keys label language large last leakproof level listen load \
local location lock locked logged mapping match matched materialized maxvalue merge method minvalue mode move name \
names nested new next nfc nfd nfkc nfkd no normalized nothing notify nowait nulls object objects of off oids old omit \
operator option options ordinality others overriding owned owner parallel parameter parser partial partition passing \
password path period plan plans policy preceding prepare prepared preserve prior privileges procedural procedure \
procedures program publication quote quotes range read reassign recursive ref referencing refresh reindex relative \
release rename repeatable replace replica reset restart restrict return returns revoke role rollback rollup routine \
routines rows rule savepoint scalar schema schemas scroll search security sequence sequences serializable server \
session set sets share show simple skip snapshot source sql stable standalone start statement statistics stdin stdout \
storage stored strict string strip subscription support sysid system tables tablespace target temp template temporary \
text ties transaction transform trigger truncate trusted type types uescape unbounded uncommitted unconditional \
unencrypted unknown unlisten unlogged until update vacuum valid validate validator value version view views virtual \
volatile whitespace work wrapper write xml yes zone";

const UNRESERVED_BEHIND_AS: &str = "day filter hour minute month over second varying within without year";

const COLUMN_NAME: &str = "between bigint bit boolean coalesce dec decimal exists extract float greatest grouping \
inout int integer interval json json_array json_arrayagg json_exists json_object json_objectagg json_query \
json_scalar json_serialize json_table json_value least merge_action national nchar none normalize nullif numeric out \
overlay position real row setof smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat \
xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";

const COLUMN_NAME_BEHIND_AS: &str = "char character precision";

const TYPE_OR_FUNCTION_NAME: &str = "authorization binary collation concurrently cross current_schema freeze full \
ilike inner is join left like natural outer right similar tablesample verbose";

const TYPE_OR_FUNCTION_NAME_BEHIND_AS: &str = "isnull notnull overlaps";

const RESERVED: &str = "all analyse analyze and any asc asymmetric both case cast check collate column constraint \
current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc \
distinct do else end false foreign in initially lateral leading localtime localtimestamp not null only or placing \
primary references select session_user some symmetric system_user table then trailing true unique user using variadic \
when";

const RESERVED_BEHIND_AS: &str = "array as create except fetch for from grant group having intersect into limit offset \
on order returning to union where window with";

/// No keywords, but types that sqlparser reads better by their names.
const TYPES: &str = "bool bytea date float4 float8 int2 int4 int8 jsonb regclass timestamptz timetz tsquery tsvector \
uuid varbit";

/// `string` and `nested` are keywords of PostgreSQL 16 and later, but types of other databases to sqlparser.
const MISREAD: &[&str] = &["nested", "string"];

static WORDS: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(|| {
    use Category::*;
    let lists = [
        (UNRESERVED, Unreserved, true),
        (UNRESERVED_BEHIND_AS, Unreserved, false),
        (COLUMN_NAME, ColumnName, true),
        (COLUMN_NAME_BEHIND_AS, ColumnName, false),
        (TYPE_OR_FUNCTION_NAME, TypeOrFunctionName, true),
        (TYPE_OR_FUNCTION_NAME_BEHIND_AS, TypeOrFunctionName, false),
        (RESERVED, Reserved, true),
        (RESERVED_BEHIND_AS, Reserved, false),
        (TYPES, Unreserved, true),
    ];
    let words = lists.into_iter().flat_map(|(list, category, bare_label)| {
        list.split(' ').map(move |word| {
            let found = ALL_KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).ok();
            let keyword =
                found.filter(|_| !MISREAD.contains(&word)).map_or(Keyword::NoKeyword, |i| ALL_KEYWORDS_INDEX[i]);
            (word, Word { keyword, category, bare_label })
        })
    });
    words.collect()
});

static BY_KEYWORD: LazyLock<HashMap<Keyword, Word>> =
    LazyLock::new(|| WORDS.values().map(|word| (word.keyword, *word)).collect());

/// The keyword that a folded word is.
pub(crate) fn keyword(folded: &str) -> Option<Word> {
    WORDS.get(folded).copied()
}

/// Whether a bare keyword behind an item of a `SELECT` is its name.
pub(super) fn is_bare_label(keyword: Keyword) -> bool {
    keyword == Keyword::NoKeyword || BY_KEYWORD.get(&keyword).is_none_or(|word| word.bare_label)
}

/// Whether a bare keyword behind a table is its alias.
pub(super) fn is_table_alias(keyword: Keyword) -> bool {
    // PostgreSQL takes both as aliases too, but only where the statement cannot go on with them.
    if matches!(keyword, Keyword::SET | Keyword::VALUES) {
        return false;
    }
    keyword == Keyword::NoKeyword
        || BY_KEYWORD
            .get(&keyword)
            .is_none_or(|word| matches!(word.category, Category::Unreserved | Category::ColumnName))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_databases_are_no_keywords() {
        for word in ["top", "format", "sample", "minus", "qualify", "struct", "string", "map", "rlike"] {
            let known = keyword(word).map_or(Keyword::NoKeyword, |word| word.keyword);
            assert!(known == Keyword::NoKeyword || word == "format", "{word}");
        }
        assert_eq!(keyword("select").unwrap().keyword, Keyword::SELECT);
        assert!(is_table_alias(Keyword::START) && !is_table_alias(Keyword::JOIN) && !is_table_alias(Keyword::ON));
        assert!(is_bare_label(Keyword::NAME) && !is_bare_label(Keyword::ON) && !is_bare_label(Keyword::YEAR));
    }
}
