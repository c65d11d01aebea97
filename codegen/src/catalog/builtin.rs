//! The types that every PostgreSQL server has in `pg_catalog`.

/// A base, range or pseudo type of `pg_catalog`; its arrays are [`Type::Array`](super::Type::Array).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Builtin(u8);

/// What `pg_type.typcategory` says, with pseudo types and ranges told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Category {
    /// `bit` and `varbit`.
    BitString,
    /// `bool`.
    Boolean,
    /// Dates and times.
    DateTime,
    /// Shapes.
    Geometric,
    /// Types that only the system's own catalogues hold.
    Internal,
    /// Multiranges.
    Multirange,
    /// `inet` and `cidr`.
    Network,
    /// Numbers and object identifiers.
    Numeric,
    /// Types of no value: polymorphic ones, `record`, `trigger`, `void`.
    Pseudo,
    /// Ranges.
    Range,
    /// `text` and its like.
    Text,
    /// `interval`.
    Timespan,
    /// A literal whose type is not known yet.
    Unknown,
    /// Every other type.
    User,
    /// `int2vector` and `oidvector`.
    Vector,
}

struct Entry {
    name: &'static str,
    sql_name: &'static str,
    category: Category,
    preferred: bool,
}

macro_rules! builtins {
    ($($constant:ident = $name:literal, $sql_name:literal, $category:ident, $preferred:literal;)*) => {
        // Named like the constants, so that one list gives both.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u8)]
        enum Index {
            $($constant,)*
        }

        impl Builtin {
            $(
                #[doc = concat!("`", $name, "`")]
                pub const $constant: Builtin = Builtin(Index::$constant as u8);
            )*
        }

        const ENTRIES: &[Entry] = &[
            $(Entry { name: $name, sql_name: $sql_name, category: Category::$category, preferred: $preferred },)*
        ];
    };
}

// Sorted by name, so that a name is found by halving: `pg_type` of PostgreSQL 15.
builtins! {
    ACLITEM = "aclitem", "aclitem", User, false;
    ANY = "any", "\"any\"", Pseudo, false;
    ANYARRAY = "anyarray", "anyarray", Pseudo, false;
    ANYCOMPATIBLE = "anycompatible", "anycompatible", Pseudo, false;
    ANYCOMPATIBLEARRAY = "anycompatiblearray", "anycompatiblearray", Pseudo, false;
    ANYCOMPATIBLEMULTIRANGE = "anycompatiblemultirange", "anycompatiblemultirange", Pseudo, false;
    ANYCOMPATIBLENONARRAY = "anycompatiblenonarray", "anycompatiblenonarray", Pseudo, false;
    ANYCOMPATIBLERANGE = "anycompatiblerange", "anycompatiblerange", Pseudo, false;
    ANYELEMENT = "anyelement", "anyelement", Pseudo, false;
    ANYENUM = "anyenum", "anyenum", Pseudo, false;
    ANYMULTIRANGE = "anymultirange", "anymultirange", Pseudo, false;
    ANYNONARRAY = "anynonarray", "anynonarray", Pseudo, false;
    ANYRANGE = "anyrange", "anyrange", Pseudo, false;
    BIT = "bit", "bit", BitString, false;
    BOOL = "bool", "boolean", Boolean, true;
    BOX = "box", "box", Geometric, false;
    BPCHAR = "bpchar", "character", Text, false;
    BYTEA = "bytea", "bytea", User, false;
    CHAR = "char", "\"char\"", Internal, false;
    CID = "cid", "cid", User, false;
    CIDR = "cidr", "cidr", Network, false;
    CIRCLE = "circle", "circle", Geometric, false;
    CSTRING = "cstring", "cstring", Pseudo, false;
    DATE = "date", "date", DateTime, false;
    DATEMULTIRANGE = "datemultirange", "datemultirange", Multirange, false;
    DATERANGE = "daterange", "daterange", Range, false;
    EVENT_TRIGGER = "event_trigger", "event_trigger", Pseudo, false;
    FDW_HANDLER = "fdw_handler", "fdw_handler", Pseudo, false;
    FLOAT4 = "float4", "real", Numeric, false;
    FLOAT8 = "float8", "double precision", Numeric, true;
    GTSVECTOR = "gtsvector", "gtsvector", User, false;
    INDEX_AM_HANDLER = "index_am_handler", "index_am_handler", Pseudo, false;
    INET = "inet", "inet", Network, true;
    INT2 = "int2", "smallint", Numeric, false;
    INT2VECTOR = "int2vector", "int2vector", Vector, false;
    INT4 = "int4", "integer", Numeric, false;
    INT4MULTIRANGE = "int4multirange", "int4multirange", Multirange, false;
    INT4RANGE = "int4range", "int4range", Range, false;
    INT8 = "int8", "bigint", Numeric, false;
    INT8MULTIRANGE = "int8multirange", "int8multirange", Multirange, false;
    INT8RANGE = "int8range", "int8range", Range, false;
    INTERNAL = "internal", "internal", Pseudo, false;
    INTERVAL = "interval", "interval", Timespan, true;
    JSON = "json", "json", User, false;
    JSONB = "jsonb", "jsonb", User, false;
    JSONPATH = "jsonpath", "jsonpath", User, false;
    LANGUAGE_HANDLER = "language_handler", "language_handler", Pseudo, false;
    LINE = "line", "line", Geometric, false;
    LSEG = "lseg", "lseg", Geometric, false;
    MACADDR = "macaddr", "macaddr", User, false;
    MACADDR8 = "macaddr8", "macaddr8", User, false;
    MONEY = "money", "money", Numeric, false;
    NAME = "name", "name", Text, false;
    NUMERIC = "numeric", "numeric", Numeric, false;
    NUMMULTIRANGE = "nummultirange", "nummultirange", Multirange, false;
    NUMRANGE = "numrange", "numrange", Range, false;
    OID = "oid", "oid", Numeric, true;
    OIDVECTOR = "oidvector", "oidvector", Vector, false;
    PATH = "path", "path", Geometric, false;
    PG_BRIN_BLOOM_SUMMARY = "pg_brin_bloom_summary", "pg_brin_bloom_summary", Internal, false;
    PG_BRIN_MINMAX_MULTI_SUMMARY = "pg_brin_minmax_multi_summary", "pg_brin_minmax_multi_summary", Internal, false;
    PG_DDL_COMMAND = "pg_ddl_command", "pg_ddl_command", Pseudo, false;
    PG_DEPENDENCIES = "pg_dependencies", "pg_dependencies", Internal, false;
    PG_LSN = "pg_lsn", "pg_lsn", User, false;
    PG_MCV_LIST = "pg_mcv_list", "pg_mcv_list", Internal, false;
    PG_NDISTINCT = "pg_ndistinct", "pg_ndistinct", Internal, false;
    PG_NODE_TREE = "pg_node_tree", "pg_node_tree", Internal, false;
    PG_SNAPSHOT = "pg_snapshot", "pg_snapshot", User, false;
    POINT = "point", "point", Geometric, false;
    POLYGON = "polygon", "polygon", Geometric, false;
    RECORD = "record", "record", Pseudo, false;
    REFCURSOR = "refcursor", "refcursor", User, false;
    REGCLASS = "regclass", "regclass", Numeric, false;
    REGCOLLATION = "regcollation", "regcollation", Numeric, false;
    REGCONFIG = "regconfig", "regconfig", Numeric, false;
    REGDICTIONARY = "regdictionary", "regdictionary", Numeric, false;
    REGNAMESPACE = "regnamespace", "regnamespace", Numeric, false;
    REGOPER = "regoper", "regoper", Numeric, false;
    REGOPERATOR = "regoperator", "regoperator", Numeric, false;
    REGPROC = "regproc", "regproc", Numeric, false;
    REGPROCEDURE = "regprocedure", "regprocedure", Numeric, false;
    REGROLE = "regrole", "regrole", Numeric, false;
    REGTYPE = "regtype", "regtype", Numeric, false;
    TABLE_AM_HANDLER = "table_am_handler", "table_am_handler", Pseudo, false;
    TEXT = "text", "text", Text, true;
    TID = "tid", "tid", User, false;
    TIME = "time", "time without time zone", DateTime, false;
    TIMESTAMP = "timestamp", "timestamp without time zone", DateTime, false;
    TIMESTAMPTZ = "timestamptz", "timestamp with time zone", DateTime, true;
    TIMETZ = "timetz", "time with time zone", DateTime, false;
    TRIGGER = "trigger", "trigger", Pseudo, false;
    TSM_HANDLER = "tsm_handler", "tsm_handler", Pseudo, false;
    TSMULTIRANGE = "tsmultirange", "tsmultirange", Multirange, false;
    TSQUERY = "tsquery", "tsquery", User, false;
    TSRANGE = "tsrange", "tsrange", Range, false;
    TSTZMULTIRANGE = "tstzmultirange", "tstzmultirange", Multirange, false;
    TSTZRANGE = "tstzrange", "tstzrange", Range, false;
    TSVECTOR = "tsvector", "tsvector", User, false;
    TXID_SNAPSHOT = "txid_snapshot", "txid_snapshot", User, false;
    UNKNOWN = "unknown", "unknown", Pseudo, false;
    UUID = "uuid", "uuid", User, false;
    VARBIT = "varbit", "bit varying", BitString, true;
    VARCHAR = "varchar", "character varying", Text, false;
    VOID = "void", "void", Pseudo, false;
    XID = "xid", "xid", User, false;
    XID8 = "xid8", "xid8", User, false;
    XML = "xml", "xml", User, false;
}

/// The names that the SQL grammar itself maps to a type of another name, without those of several words.
const ALIASES: &[(&str, Builtin)] = &[
    ("bigint", Builtin::INT8),
    ("boolean", Builtin::BOOL),
    ("character", Builtin::BPCHAR),
    ("dec", Builtin::NUMERIC),
    ("decimal", Builtin::NUMERIC),
    ("float", Builtin::FLOAT8),
    ("int", Builtin::INT4),
    ("integer", Builtin::INT4),
    ("nchar", Builtin::BPCHAR),
    ("real", Builtin::FLOAT4),
    ("smallint", Builtin::INT2),
];

impl Builtin {
    /// The type that `pg_type.typname` calls `name`, as in `pg_catalog.int4`.
    pub fn named(name: &str) -> Option<Self> {
        ENTRIES.binary_search_by(|entry| entry.name.cmp(name)).ok().and_then(|i| u8::try_from(i).ok()).map(Self)
    }

    /// The type of an unquoted, unqualified word such as `int`, `int4` or `decimal`, in lower case.
    pub fn word(word: &str) -> Option<Self> {
        // `char` is the type of one byte only in quotes.
        if word == "char" {
            return Some(Self::BPCHAR);
        }
        match ALIASES.binary_search_by(|(alias, _)| (*alias).cmp(word)) {
            Ok(i) => ALIASES.get(i).map(|&(_, builtin)| builtin),
            Err(_) => Self::named(word),
        }
    }

    fn entry(self) -> &'static Entry {
        &ENTRIES[usize::from(self.0)]
    }

    /// The name in `pg_type`, such as `int4`.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The name that `format_type` prints, such as `integer`.
    pub fn sql_name(self) -> &'static str {
        self.entry().sql_name
    }

    /// What kind of values it has.
    pub fn category(self) -> Category {
        self.entry().category
    }

    /// Whether an ambiguous call prefers it within its category.
    pub fn is_preferred(self) -> bool {
        self.entry().preferred
    }

    /// Whether it is a placeholder that a call replaces, such as `anyelement`.
    pub fn is_polymorphic(self) -> bool {
        self != Self::ANY && self.name().starts_with("any")
    }

    /// Every built-in type, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ENTRIES.len()).filter_map(|i| u8::try_from(i).ok()).map(Self)
    }
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Display for Builtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.sql_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_sorted() {
        assert!(ENTRIES.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(ALIASES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn words_mean_what_the_grammar_says() {
        assert_eq!(Builtin::word("int"), Some(Builtin::INT4));
        assert_eq!(Builtin::word("int8"), Some(Builtin::INT8));
        assert_eq!(Builtin::word("char"), Some(Builtin::BPCHAR));
        assert_eq!(Builtin::named("char").map(Builtin::sql_name), Some("\"char\""));
        assert_eq!(Builtin::named("integer"), None);
        assert_eq!(Builtin::JSONB.name(), "jsonb");
    }

    #[test]
    fn polymorphic_types_are_known() {
        assert!(Builtin::ANYELEMENT.is_polymorphic());
        assert!(Builtin::ANYCOMPATIBLE.is_polymorphic());
        assert!(!Builtin::ANY.is_polymorphic());
        assert!(!Builtin::UUID.is_polymorphic());
    }
}
