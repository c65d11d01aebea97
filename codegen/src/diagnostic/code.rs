//! The codes of all diagnostics. A code is never used again for another mistake.

use super::Level;

/// A stable code such as `PGM001`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code {
    number: u16,
    /// The mistake in a few words, as in the title of its page.
    title: &'static str,
    /// The same in a sentence.
    description: &'static str,
    default_level: Level,
}

macro_rules! codes {
    ($(#[doc = $doc:literal] $name:ident = $number:literal, $level:ident, $title:literal;)*) => {
        impl Code {
            $(#[doc = $doc] pub const $name: Code =
                Code { number: $number, title: $title, description: $doc, default_level: Level::$level };)*

            /// Every code, by number.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
        }
    };
}

// 000-099 reading sources and SQL, 100-199 the manifest, 200-299 the contract, 300-399 events, 400-499 a database.
codes! {
    /// A file or folder cannot be read.
    UNREADABLE_FILE = 1, Deny, "a file cannot be read";
    /// A folder or a pattern of the settings stands for no SQL file.
    NO_SQL_FILE = 2, Deny, "a path stands for no SQL file";
    /// A file is not UTF-8.
    NOT_UTF8 = 3, Deny, "a file is not UTF-8";
    /// A file holds a NUL byte, which PostgreSQL refuses.
    NUL_BYTE = 4, Deny, "a file holds a NUL byte";
    /// A link leads to a folder above itself.
    FOLDER_LOOP = 5, Deny, "a folder leads back to one above it";
    /// Nothing tells which tool applies a folder of migrations.
    UNCLEAR_MIGRATIONS = 6, Deny, "migrations of an unknown tool";
    /// Two migrations have one version, so that their order is open.
    DUPLICATE_MIGRATION = 7, Deny, "two migrations have one version";
    /// A quote, a comment or a parenthesis is never closed.
    UNTERMINATED = 8, Deny, "a quote or a comment is not closed";
    /// Two schema files define one object, so that it depends on their order which of them counts.
    DUPLICATE_DEFINITION = 9, Deny, "an object is defined twice";
    /// A statement, or a part of one, that the generator does not read.
    NOT_UNDERSTOOD = 10, Warn, "SQL is not understood";
    /// A file that includes itself, or one that includes it.
    INCLUDE_LOOP = 11, Deny, "a file includes itself";
    /// A body, a view or an expression names a table, a view or something of FROM that is not there.
    SQL_UNKNOWN_TABLE = 20, Deny, "the SQL names a table that does not exist";
    /// A body, a view or an expression names a column or a field that is not there.
    SQL_UNKNOWN_COLUMN = 21, Deny, "the SQL names a column that does not exist";
    /// A body, a view or an expression calls a function with what it does not accept.
    SQL_UNKNOWN_FUNCTION = 22, Deny, "no overload of a function accepts a call";
    /// A body, a view or an expression names a type that is not there.
    SQL_UNKNOWN_TYPE = 23, Deny, "the SQL names a type that does not exist";
    /// An operator that takes no operands of such types.
    SQL_UNKNOWN_OPERATOR = 24, Deny, "the SQL uses an operator that does not exist";
    /// A value is written to a column of a type that does not take it.
    SQL_ASSIGNMENT = 25, Deny, "a value does not fit its column";
    /// A body, a view or an expression names a column that could be another's, or a variable.
    SQL_AMBIGUOUS_COLUMN = 26, Deny, "the SQL names a column that could be another";
    /// The manifest is not JSON.
    MANIFEST_SYNTAX = 100, Deny, "the manifest is not valid JSON";
    /// The manifest is of another version.
    MANIFEST_VERSION = 101, Deny, "the manifest is of another version";
    /// A value of the manifest has another form than its key asks for, or is missing.
    MANIFEST_FORM = 102, Deny, "a value of the manifest has the wrong form";
    /// A key that the manifest's form does not know.
    MANIFEST_UNKNOWN_KEY = 103, Deny, "the manifest has an unknown key";
    /// The same name twice.
    MANIFEST_DUPLICATE = 104, Deny, "a name is declared twice";
    /// A type is not in GraphQL notation, or a Rust type not in Rust's.
    MANIFEST_TYPE = 105, Deny, "a type is not well formed";
    /// A type that the manifest does not declare.
    UNKNOWN_TYPE = 106, Deny, "a type does not exist";
    /// An input in an answer, or an output type in an argument.
    MISPLACED_TYPE = 107, Deny, "a type stands where it cannot";
    /// Two things get one name.
    NAME_COLLISION = 108, Deny, "two things get the same name";
    /// A type that holds another of its kind, that one another, and so on without end.
    ENDLESS_TYPE = 109, Deny, "a type contains itself";
    /// A name that generated code cannot use.
    UNUSABLE_NAME = 110, Deny, "a name cannot be used in Rust";
    /// A member of an interface without one of its fields, or with one of another type.
    INTERFACE_FIELD = 111, Deny, "a member does not fit its interface";
    /// A GraphQL schema that is none.
    SCHEMA_FORM = 112, Deny, "the schema is not valid GraphQL";
    /// A scalar without its SQL type, or a union without what tells its members.
    SCHEMA_INCOMPLETE = 113, Deny, "the schema does not tell what the SQL needs";
    /// A name that GraphQL does not allow.
    GRAPHQL_NAME = 114, Deny, "a name cannot be used in GraphQL";
    /// A function that no SQL file defines.
    UNKNOWN_FUNCTION = 200, Deny, "a function does not exist";
    /// A function with overloads.
    AMBIGUOUS_FUNCTION = 201, Deny, "a mutation's function is defined more than once";
    /// A procedure, aggregate or window function.
    NOT_A_FUNCTION = 202, Deny, "a mutation calls what is not a function";
    /// A function that answers in no known way.
    RESULT_CONVENTION = 203, Deny, "a mutation's result has no known form";
    /// A mutation that is declared STABLE or IMMUTABLE.
    NOT_VOLATILE = 204, Deny, "a mutation is not VOLATILE";
    /// SECURITY DEFINER without a search_path.
    NO_SEARCH_PATH = 205, Warn, "a SECURITY DEFINER function has no search_path";
    /// One function for two mutations.
    FUNCTION_USED_TWICE = 206, Deny, "two mutations call one function";
    /// COMMIT or ROLLBACK in what a mutation calls.
    ENDS_TRANSACTION = 207, Deny, "a mutation ends its transaction";
    /// A database error that is mapped to a code which the manifest does not declare.
    MAPPED_CODE = 208, Deny, "a database error is mapped to an undeclared code";
    /// A database error of a constraint that is not there.
    UNKNOWN_CONSTRAINT = 209, Deny, "a mapped constraint does not exist";
    /// A declared argument that the function does not have.
    UNKNOWN_ARGUMENT = 210, Deny, "an argument does not exist";
    /// An argument of the function that the manifest does not declare.
    UNDECLARED_ARGUMENT = 211, Deny, "an argument is not declared";
    /// An argument whose declared type is not its SQL type.
    ARGUMENT_TYPE = 212, Deny, "an argument has another type";
    /// An argument without a usable name.
    ARGUMENT_NAME = 213, Deny, "an argument has no usable name";
    /// A value of an enum that the argument's SQL enum does not have.
    ENUM_VALUE = 214, Deny, "a value is not in the SQL enum";
    /// A table that no SQL file defines.
    UNKNOWN_TABLE = 220, Deny, "a table does not exist";
    /// A column that its table does not have.
    UNKNOWN_COLUMN = 221, Deny, "a column does not exist";
    /// A column that holds something else than it is declared for.
    COLUMN_TYPE = 222, Deny, "a column has another type";
    /// A key that the SQL answers under another name than the manifest declares.
    RENAMED_KEY = 230, Deny, "a key has another name in the SQL";
    /// A key that the SQL answers and the manifest does not declare.
    UNDECLARED_KEY = 231, Deny, "an answered key is not declared";
    /// A key that the manifest declares and the SQL does not answer, or not on every path.
    MISSING_KEY = 232, Deny, "a declared key is not answered";
    /// A key whose value is of another kind than declared.
    KEY_TYPE = 233, Deny, "a key has another type";
    /// A key that may be null and is declared not to be.
    NULLABLE_KEY = 234, Deny, "a key may be null";
    /// An answer without `success` or `code`, or none at all.
    ANSWER_FORM = 235, Deny, "an answer is no flat object";
    /// Fields of a success that what the function returns cannot fill.
    RESULT_FIELDS = 236, Deny, "the declared fields do not fit the result";
    /// A key that the SQL reads from an argument whose declared type lacks it.
    UNKNOWN_INPUT_KEY = 240, Deny, "a key that is read is not declared";
    /// A key of an argument that the SQL takes for another type than declared.
    INPUT_KEY_TYPE = 241, Deny, "a key is read as another type";
    /// A key of an input that no function reads.
    UNREAD_INPUT_KEY = 242, Warn, "a declared key is never read";
    /// A code that the SQL answers and the manifest does not declare.
    UNDECLARED_CODE = 245, Deny, "an answered code is not declared";
    /// A code that the manifest declares and the SQL never answers.
    UNANSWERED_CODE = 246, Warn, "a declared code is never answered";
    /// A comparison with a constant that the value never is.
    NEVER_EQUAL = 247, Deny, "a comparison never holds";
    /// FOUND behind a PERFORM that always gives a row.
    FOUND_ALWAYS = 248, Deny, "FOUND tells nothing";
    /// A database error that is mapped and cannot happen.
    ERROR_NEVER_RAISED = 249, Warn, "a mapped database error is never raised";
    /// A body, a view or an expression calls a function that is not there, in a schema that the SQL defines.
    UNKNOWN_CALL = 250, Deny, "a called function does not exist";
    /// An entity that the manifest does not declare.
    UNKNOWN_ENTITY = 300, Deny, "an entity is not declared";
    /// A path into an answer or an argument that leads nowhere.
    UNKNOWN_PATH = 301, Deny, "a path leads nowhere";
    /// An update or delete of an entity without an image.
    NO_IMAGE = 302, Deny, "a before image cannot be read";
    /// The key of a before image is not known before the call.
    IMAGE_KEY = 303, Deny, "the key of a before image comes too late";
    /// A missing after image, or one of a deleted entity.
    AFTER_IMAGE = 304, Deny, "an after image is missing or misplaced";
    /// An event whose id is something else than a uuid.
    EVENT_ID = 305, Deny, "the id of an event is not the entity's key";
    /// An event that the function is to log, and does not.
    EVENT_NOT_LOGGED = 310, Deny, "a declared event is not logged";
    /// An event that the runtime logs and the function as well.
    EVENT_DOUBLED = 311, Deny, "an event is logged twice";
    /// An event whose type, entity or operation is another in the SQL.
    EVENT_DIFFERS = 312, Deny, "a logged event is not the declared one";
    /// An event that the function logs and the manifest does not declare.
    UNDECLARED_EVENT = 313, Deny, "a logged event is not declared";
    /// An event that is logged on some of the successful paths only.
    EVENT_SOMETIMES = 314, Warn, "an event is not logged on every path";
    /// A before image that is read after the change.
    LATE_IMAGE = 315, Deny, "a before image is read after the change";
    /// Events of one entity whose images have different keys.
    IMAGES_DIFFER = 316, Deny, "images of one entity have different keys";
    /// A change of an entity that leaves no event.
    NOT_LOGGED = 317, Warn, "a change of an entity is not logged";
    /// A function that locks another row before that of the before image.
    LOCK_ORDER = 318, Warn, "a mutation locks another row first";
    /// An event that is logged for an answer that is no success.
    FAILURE_LOGGED = 319, Warn, "an event is logged for an unsuccessful answer";
    /// An object of the files that the database does not have.
    NOT_DEPLOYED = 400, Deny, "an object is not in the database";
    /// A function whose form, options or body are others in the database.
    FUNCTION_DRIFT = 401, Deny, "a function is another in the database";
    /// A table, view or sequence that is another in the database.
    TABLE_DRIFT = 402, Deny, "a table is another in the database";
    /// A type that is another in the database.
    TYPE_DRIFT = 403, Deny, "a type is another in the database";
    /// An overload in the database that no file defines.
    OVERLOAD_LEFT = 404, Deny, "the database has another overload of a function";
    /// A right that the files give, or that callers need, and the database does not give.
    RIGHT_MISSING = 410, Deny, "a right is missing in the database";
    /// A right that the files take away and the database gives.
    RIGHT_LEFT = 411, Deny, "the database gives a right that the files take away";
    /// An event log that is missing, older, or changed by hand.
    EVENT_LOG_DRIFT = 420, Deny, "the installed event log is another";
    /// A finding of the extension plpgsql_check.
    PLPGSQL_CHECK = 430, Deny, "plpgsql_check found a mistake";
}

impl Code {
    /// The number without the prefix.
    pub fn number(self) -> u16 {
        self.number
    }

    /// The mistake in a few words.
    pub fn title(self) -> &'static str {
        self.title
    }

    /// The mistake in a sentence.
    pub fn description(self) -> &'static str {
        self.description.trim()
    }

    /// The code that is written so: `PGM246`.
    pub fn named(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.to_string() == name)
    }

    /// Whether its level may be lowered: code that can be called is generated all the same.
    pub fn is_lowerable(self) -> bool {
        const CHECKS: [std::ops::RangeInclusive<u16>; 4] = [20..=29, 230..=235, 240..=250, 310..=314];
        self == Code::NOT_VOLATILE
            || self.default_level != Level::Deny
            || CHECKS.iter().any(|range| range.contains(&self.number))
    }

    /// Its page in this repository.
    pub fn page(self) -> String {
        format!("docs/diagnostics/{self}.md")
    }

    /// The level unless the manifest or the builder sets another.
    pub fn default_level(self) -> Level {
        self.default_level
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PGM{:03}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].number < pair[1].number));
    }
}
