//! GRANT and REVOKE of rights to objects.

use super::function::{self, FunctionReference};
use super::{Parsed, piece};
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::name::{Name, Path};

/// GRANT or REVOKE.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GrantStatement {
    /// Whether it is GRANT.
    pub gives: bool,
    /// The privileges; `None` for ALL of an object.
    pub privileges: Option<Vec<Privilege>>,
    /// To what.
    pub target: GrantTarget,
    /// The roles: `public` for everybody.
    pub roles: Vec<Name>,
}

/// What may be done, with an object or with some columns of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Privilege {
    /// The word in upper case.
    pub word: String,
    /// The columns; none for the whole object.
    pub columns: Vec<Name>,
}

/// The privileges that columns have.
const OF_COLUMNS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "REFERENCES"];

/// What rights are of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GrantTarget {
    /// Tables, views and sequences.
    Relations(Vec<Path>),
    /// Functions and procedures.
    Functions(Vec<FunctionReference>),
    /// Types and domains.
    Types(Vec<Path>),
    /// Schemas.
    Schemas(Vec<Name>),
    /// ALL TABLES IN SCHEMA
    AllTables(Vec<Name>),
    /// ALL SEQUENCES IN SCHEMA
    AllSequences(Vec<Name>),
    /// ALL FUNCTIONS, PROCEDURES or ROUTINES IN SCHEMA
    AllFunctions(Vec<Name>),
}

/// Reads GRANT or REVOKE; `None` for what is no right of this kind: membership of a role, rights to databases and the like.
pub fn grant(cursor: &mut Cursor<'_>) -> Option<GrantStatement> {
    let gives = cursor.eat_word("grant");
    if !gives && !cursor.eat_word("revoke") {
        return None;
    }
    let privileges = privileges(cursor)?;
    cursor.eat_word("on").then_some(())?;
    let target = target(cursor).ok()?;
    cursor.eat_word(if gives { "to" } else { "from" }).then_some(())?;
    let roles = piece::comma_list(cursor, role).ok()?;
    let special = ["current_user", "current_role", "session_user"];
    let is_special = |role: &Name| !role.quoted && special.contains(&&*role.value);
    (!roles.iter().any(is_special)).then_some(GrantStatement { gives, privileges, target, roles })
}

fn privileges(cursor: &mut Cursor<'_>) -> Option<Option<Vec<Privilege>>> {
    let mut privileges = Vec::new();
    loop {
        // GRANT OPTION FOR ends here.
        let token = cursor.peek().filter(|token| token.kind == TokenKind::Word)?;
        let word = token.text(cursor.source()).to_ascii_uppercase();
        cursor.advance();
        let is_all = word == "ALL";
        if is_all {
            cursor.eat_word("privileges");
        }
        let columns = piece::names_in_parentheses(cursor).ok()?.unwrap_or_default();
        match (is_all, columns.is_empty()) {
            (true, true) => return Some(None),
            (true, false) => {
                let all = OF_COLUMNS.map(|word| Privilege { word: word.to_owned(), columns: columns.clone() });
                privileges.extend(all);
            }
            (false, _) => privileges.push(Privilege { word, columns }),
        }
        if !cursor.eat(TokenKind::Comma) {
            return Some(Some(privileges));
        }
    }
}

fn target(cursor: &mut Cursor<'_>) -> Parsed<GrantTarget> {
    const FUNCTIONS: [&str; 3] = ["function", "procedure", "routine"];
    for word in ["tables", "sequences", "functions", "procedures", "routines"] {
        if cursor.eat_words(&["all", word, "in", "schema"]) {
            let schemas = piece::comma_list(cursor, piece::name)?;
            return Ok(match word {
                "tables" => GrantTarget::AllTables(schemas),
                "sequences" => GrantTarget::AllSequences(schemas),
                _ => GrantTarget::AllFunctions(schemas),
            });
        }
    }
    if cursor.is_any_word(&FUNCTIONS) {
        cursor.advance();
        return Ok(GrantTarget::Functions(piece::comma_list(cursor, function::reference)?));
    }
    if cursor.eat_word("schema") {
        return Ok(GrantTarget::Schemas(piece::comma_list(cursor, piece::name)?));
    }
    if cursor.eat_word("type") || cursor.eat_word("domain") {
        return Ok(GrantTarget::Types(piece::comma_list(cursor, piece::path)?));
    }
    let _kind = cursor.eat_word("table") || cursor.eat_word("sequence");
    // `DATABASE shop` and the like are no list of names, so that the roles are not found behind it.
    Ok(GrantTarget::Relations(piece::comma_list(cursor, piece::path)?))
}

fn role(cursor: &mut Cursor<'_>) -> Parsed<Name> {
    cursor.eat_word("group");
    piece::name(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::sql::cursor::significant;
    use crate::sql::lexer::{Mode, PositionMap};

    fn read(text: &str) -> Option<GrantStatement> {
        let file = SourceMap::new().add("f.sql", text).unwrap();
        let tokens = significant(text, Mode::Script);
        grant(&mut Cursor::new(text, &tokens, &PositionMap::shifted(file, 0)))
    }

    #[test]
    fn rights_to_objects_are_read() {
        let read_some = |text| read(text).unwrap_or_else(|| panic!("{text}"));
        let table = read_some("GRANT SELECT, insert ON core.customer, tv TO api, GROUP \"Web\" WITH GRANT OPTION");
        let words = table.privileges.iter().flatten().map(|privilege| privilege.word.as_str()).collect::<Vec<_>>();
        assert_eq!(words, ["SELECT", "INSERT"]);
        assert!(matches!(&table.target, GrantTarget::Relations(names) if names.len() == 2));
        assert_eq!(table.roles.iter().map(|role| &*role.value).collect::<Vec<_>>(), ["api", "Web"]);
        let function = read_some("REVOKE ALL PRIVILEGES ON FUNCTION app.f(a integer, text), g FROM PUBLIC CASCADE");
        assert!(!function.gives && function.privileges.is_none());
        assert!(matches!(&function.target, GrantTarget::Functions(of) if of.len() == 2 && of[1].signature.is_none()));
        let all = read_some("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app, core TO api");
        assert!(matches!(&all.target, GrantTarget::AllFunctions(schemas) if schemas.len() == 2));
        assert!(matches!(read_some("GRANT USAGE ON SCHEMA app TO api").target, GrantTarget::Schemas(_)));
    }

    #[test]
    fn rights_to_columns_are_read() {
        let columns = |text| {
            let privileges = read(text).and_then(|grant| grant.privileges).unwrap_or_default();
            let shown = privileges.iter().map(|it| format!("{} {:?}", it.word, it.columns)).collect::<Vec<_>>();
            shown.join(", ")
        };
        assert_eq!(columns("GRANT select (a, \"B\"), INSERT ON t TO api"), "SELECT [a, \"B\"], INSERT []");
        assert_eq!(columns("GRANT ALL (a) ON t TO api"), "SELECT [a], INSERT [a], UPDATE [a], REFERENCES [a]");
    }

    #[test]
    fn other_rights_are_left_alone() {
        for text in [
            "GRANT clerk TO ada",
            "GRANT CONNECT ON DATABASE shop TO api",
            "REVOKE GRANT OPTION FOR SELECT ON t FROM api",
            "GRANT SELECT ON t TO CURRENT_USER",
            "GRANT",
            "SELECT 1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
