//! The deployed functions against their contracts: one question at start-up, before a caller finds out.

use std::fmt;

use tokio_postgres::Row;

use crate::arguments::Arguments;
use crate::client::{Client, Request};
use crate::contract::{Argument, Contract, SKELETON};
use crate::error::Error;
use crate::sql;

/// A mutation that cannot be called in this database by this role, and why.
pub struct Mismatch {
    contract: &'static Contract,
    reason: String,
    is_callable: bool,
}

impl Mismatch {
    /// The mutation's contract.
    pub fn contract(&self) -> &'static Contract {
        self.contract
    }

    /// What is wrong, going on from the function's name.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether calls can work all the same: only the function's body or its owner is another, as in the middle of a deployment.
    pub fn is_callable(&self) -> bool {
        self.is_callable
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}) {}", self.contract.function, self.contract.source, self.reason)
    }
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mismatch({self})")
    }
}

/// The question's own contract: its arguments are bound as those of a mutation are.
static QUESTION: Contract = Contract {
    function: "pgmutate::verify",
    arguments: &[
        Argument { name: "functions", sql_type: "text[]", optional: false },
        Argument { name: "bodies", sql_type: "text[]", optional: false },
        Argument { name: "owners", sql_type: "text[]", optional: false },
        Argument { name: "log_schemas", sql_type: "text[]", optional: false },
        Argument { name: "numbers", sql_type: "integer[]", optional: false },
        Argument { name: "names", sql_type: "text[]", optional: false },
        Argument { name: "types", sql_type: "text[]", optional: false },
    ],
    ..SKELETON
};

/// The function that has the contract's arguments, its other overloads, and the rights of the one who asks.
const STATEMENT: &str = "
WITH expected AS (
    SELECT e.function, e.body, e.owner, e.log_schema, e.number,
        (parse_ident(e.function))[1] AS schema, (parse_ident(e.function))[2] AS name,
        ARRAY(SELECT a.name FROM unnest($5, $6, $7) WITH ORDINALITY AS a(number, name, type, n)
              WHERE a.number = e.number ORDER BY n) AS names,
        ARRAY(SELECT coalesce(to_regtype(a.type)::oid, 0) FROM unnest($5, $6, $7) WITH ORDINALITY AS a(number, name, type, n)
              WHERE a.number = e.number ORDER BY n) AS types
    FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS e(function, body, owner, log_schema, number)
),
deployed AS (
    SELECT e.number, p.oid, p.provolatile,
        e.body IN ('', left(encode(sha256(convert_to(replace(p.prosrc, E'\r\n', E'\n'), 'UTF8')), 'hex'), length(e.body))) AS is_body,
        pg_get_userbyid(p.proowner)::text AS owner,
        p.prokind IN ('f', 'p')
            AND e.types = ARRAY(SELECT t FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(t, n)
                                WHERE coalesce(p.proargmodes[n], 'i') IN ('i', 'b', 'v') ORDER BY n)
            AND e.names = ARRAY(SELECT coalesce(p.proargnames[n], '')
                                FROM generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) AS a(n)
                                WHERE coalesce(p.proargmodes[n], 'i') IN ('i', 'b', 'v') ORDER BY n) AS is_it
    FROM expected AS e
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = e.schema
    JOIN pg_catalog.pg_proc AS p ON p.pronamespace = n.oid AND p.proname = e.name
)
SELECT
    coalesce(has_schema_privilege(to_regnamespace(quote_ident(e.schema)), 'USAGE'), false) AS may_use_schema,
    d.oid IS NOT NULL AS is_there,
    coalesce(has_function_privilege(d.oid, 'EXECUTE'), false) AS may_execute,
    coalesce(d.provolatile = 'v', false) AS is_volatile,
    (SELECT string_agg(o.oid::regprocedure::text, ', ' ORDER BY o.oid) FROM deployed AS o
     WHERE o.number = e.number AND NOT o.is_it) AS others,
    coalesce(has_schema_privilege(to_regnamespace(quote_ident(e.log_schema)), 'USAGE'), false)
        AND coalesce(has_function_privilege(to_regprocedure(quote_ident(e.log_schema) || '.contract_violation(text, jsonb)'), 'EXECUTE'), false)
        AND coalesce(has_function_privilege(to_regprocedure(quote_ident(e.log_schema)
            || '.log_cdc_event(text, text, uuid, text, jsonb, jsonb, jsonb, jsonb)'), 'EXECUTE'), false) AS may_log,
    coalesce(d.is_body, true) AS is_body,
    CASE WHEN e.owner NOT IN ('', d.owner) THEN d.owner END AS other_owner
FROM expected AS e
LEFT JOIN deployed AS d ON d.number = e.number AND d.is_it
ORDER BY e.number";

/// Asks the database, in one round trip, whether the functions of these contracts are there with the arguments that the code binds, the
/// bodies that it was built from and the owners whose rights they run with, and whether this role may call them and the event log.
///
/// Other functions, tables and types behind them are compared by `pgmutate verify`, which has the files.
///
/// ```
/// # async fn start(client: &tokio_postgres::Client, contracts: &[&'static pgmutate::contract::Contract]) -> Result<(), pgmutate::Error> {
/// // let contracts = [app::CreateOrder::CONTRACT, app::UpdateCustomer::CONTRACT];
/// let mismatches = pgmutate::verify(client, contracts).await?;
/// assert!(mismatches.is_empty(), "the database is not the one of this build: {mismatches:#?}");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The connection failed, or the server refused the question.
pub async fn verify<C: Client + ?Sized>(client: &C, contracts: &[&'static Contract]) -> Result<Vec<Mismatch>, Error> {
    let mut rows = Vec::new();
    let arguments = question(contracts)?;
    client.run(&Request::text(STATEMENT, &arguments), &mut |row| rows.push(Answer::read(row))).await?;
    let mut mismatches = Vec::new();
    for (contract, answer) in contracts.iter().copied().zip(rows) {
        let found = answer?.mismatch(contract);
        mismatches.extend(found.map(|(reason, is_callable)| Mismatch { contract, reason, is_callable }));
    }
    Ok(mismatches)
}

fn question(contracts: &[&'static Contract]) -> Result<Arguments, Error> {
    let (mut numbers, mut names, mut types) = (Vec::new(), Vec::new(), Vec::new());
    for (number, contract) in (1_i32..).zip(contracts) {
        for argument in contract.arguments {
            numbers.push(number);
            names.push(argument.name);
            types.push(argument.sql_type);
        }
    }
    let functions = contracts.iter().map(|contract| contract.function).collect::<Vec<_>>();
    let bodies = contracts.iter().map(|contract| contract.body).collect::<Vec<_>>();
    let owners = contracts.iter().map(|contract| contract.owner).collect::<Vec<_>>();
    let log_schemas = contracts.iter().map(|contract| contract.log_schema).collect::<Vec<_>>();
    let mut arguments = Arguments::new(&QUESTION);
    arguments.push::<sql::Array<sql::Text>, _>("functions", &functions)?;
    arguments.push::<sql::Array<sql::Text>, _>("bodies", &bodies)?;
    arguments.push::<sql::Array<sql::Text>, _>("owners", &owners)?;
    arguments.push::<sql::Array<sql::Text>, _>("log_schemas", &log_schemas)?;
    arguments.push::<sql::Array<sql::Int4>, _>("numbers", &numbers)?;
    arguments.push::<sql::Array<sql::Text>, _>("names", &names)?;
    arguments.push::<sql::Array<sql::Text>, _>("types", &types)?;
    Ok(arguments)
}

/// A row of the answer.
struct Answer {
    may_use_schema: bool,
    is_there: bool,
    may_execute: bool,
    is_volatile: bool,
    others: Option<String>,
    may_log: bool,
    is_body: bool,
    /// Whose it is, where that is somebody else than the files say.
    other_owner: Option<String>,
}

impl Answer {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            may_use_schema: row.try_get(0)?,
            is_there: row.try_get(1)?,
            may_execute: row.try_get(2)?,
            is_volatile: row.try_get(3)?,
            others: row.try_get(4)?,
            may_log: row.try_get(5)?,
            is_body: row.try_get(6)?,
            other_owner: row.try_get(7)?,
        })
    }

    /// The first thing that stands in the way of a call, or that its body or its owner is another; whether calls work all the same.
    fn mismatch(&self, contract: &Contract) -> Option<(String, bool)> {
        let reason = match self {
            Self { is_there: false, others: None, .. } => "is not in the database".to_owned(),
            Self { is_there: false, others: Some(others), .. } => {
                let arguments = contract.arguments.iter().map(|it| format!("{} {}", it.name, it.sql_type));
                let arguments = arguments.collect::<Vec<_>>().join(", ");
                format!("takes other arguments in the database: the code binds ({arguments}), deployed is {others}")
            }
            Self { others: Some(others), .. } => {
                format!("has overloads in the database that no file defines: {others}")
            }
            Self { is_volatile: false, .. } => "is not VOLATILE in the database, so that it cannot write".to_owned(),
            Self { may_use_schema: false, .. } => "cannot be called: this role lacks USAGE on its schema".to_owned(),
            Self { may_execute: false, .. } => "cannot be called: this role lacks EXECUTE on it".to_owned(),
            Self { may_log: false, .. } => format!(
                "cannot leave its event: there is no event log in the schema `{}`, or this role may not use it; run `pgmutate install`",
                contract.log_schema
            ),
            Self { is_body: false, .. } => {
                return Some(("has another body in the database than in the files of this build".to_owned(), true));
            }
            Self { other_owner: Some(other), .. } => {
                let owner = contract.owner;
                return Some((
                    format!("runs with the rights of `{other}` in the database, and of `{owner}` by the files"),
                    true,
                ));
            }
            _ => return None,
        };
        Some((reason, false))
    }
}
