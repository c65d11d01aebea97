//! Functions that the shop does not have: they echo, raise, wait, log a change themselves that the shop's own leaves to the
//! runtime, and answer what no contract allows.

use pgmutate::Mutation;
use pgmutate::contract::{Argument, Contract, Part};
use pgmutate::transform::{Field, Object, Value};
use pgmutate::types::RawJson;

/// The functions, to be created beside the event log.
pub const SQL: &str = r#"
CREATE FUNCTION app.echo(input jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN app.build_mutation_response(true, 'SUCCESS', 'echoed', jsonb_build_object('echo', input));
END $$;

CREATE FUNCTION app.respond(response jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.responded VALUES (response);
    RETURN response;
END $$;

CREATE TABLE app.responded (response jsonb);

CREATE FUNCTION app.refuse(reason text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the kettle refuses: %', reason
        USING ERRCODE = 'KT418', DETAIL = 'it is a teapot', HINT = 'ask the samovar', CONSTRAINT = 'kettle_is_no_teapot';
END $$;

CREATE FUNCTION app.wait(seconds double precision) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(seconds);
    RETURN app.build_mutation_response(true, 'SUCCESS', 'waited', NULL);
END $$;

CREATE FUNCTION app.rename(input jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    customer_id uuid  := input ->> 'customer_id';
    before      jsonb := core.lock_customer(customer_id);
    response    jsonb := app.update_customer(customer_id, input);
BEGIN
    IF (response ->> 'success')::boolean THEN
        PERFORM app.log_cdc_event('CUSTOMER_RENAMED', 'customer', customer_id, 'UPDATE', before, response -> 'customer', NULL);
    END IF;
    RETURN response;
END $$;
"#;

/// Answers its input.
#[derive(Debug, Mutation)]
#[mutation(contract = ECHO)]
pub struct Echo {
    /// Any JSON.
    #[argument(sql = Jsonb)]
    pub input: RawJson,
}

/// Answers what it is told to, and leaves a row.
#[derive(Debug, Mutation)]
#[mutation(contract = RESPOND)]
pub struct Respond {
    /// The response, or NULL.
    #[argument(sql = Jsonb)]
    pub response: Option<RawJson>,
}

/// Raises SQLSTATE `KT418`.
#[derive(Debug, Mutation)]
#[mutation(contract = REFUSE)]
pub struct Refuse {
    /// Part of the message.
    #[argument(sql = Text)]
    pub reason: String,
}

/// Answers late.
#[derive(Debug, Mutation)]
#[mutation(contract = WAIT)]
pub struct Wait {
    /// How late.
    #[argument(sql = Float8)]
    pub seconds: f64,
}

/// Changes a customer and leaves the event itself.
#[derive(Debug, Mutation)]
#[mutation(contract = RENAME)]
pub struct Rename {
    /// The customer's id and what to change, as for the shop's own function.
    #[argument(sql = Jsonb)]
    pub input: RawJson,
}

static ECHOED: Object = Object::new(
    "EchoSuccess",
    &[
        Field::new("code", "code", Value::Scalar),
        Field::new("echo", "echo", Value::Opaque).nullable(),
        Field::new("message", "message", Value::Scalar),
        Field::new("success", "success", Value::Scalar),
    ],
);

/// An answer of nothing but `code`, `message` and `success`.
pub static PLAIN: Object = Object::new(
    "Plain",
    &[
        Field::new("code", "code", Value::Scalar),
        Field::new("message", "message", Value::Scalar),
        Field::new("success", "success", Value::Scalar),
    ],
);

macro_rules! contracts {
    ($($name:ident: $function:literal ($argument:literal $sql_type:literal) -> $success:expr;)*) => {$(
        #[doc = concat!("The contract of `app.", $function, "`.")]
        pub static $name: Contract = Contract {
            name: $function,
            function: concat!("app.", $function),
            source: "unruly.rs:1",
            body: "",
            owner: "",
            log_schema: "app",
            settings: &[],
            arguments: &[Argument { name: $argument, sql_type: $sql_type, optional: false }],
            statement: &[Part::Text(concat!(
                "WITH call AS MATERIALIZED (SELECT app.", $function, "(", $argument, " => $1) AS response"
            )), Part::Settings, Part::Text(concat!(
                "), ",
                "answer AS MATERIALIZED (SELECT response, CASE ",
                "WHEN response -> 'success' = 'true' AND response ->> 'code' IN ('SUCCESS') THEN true ",
                "WHEN response -> 'success' = 'false' AND response ->> 'code' IN ('REFUSED', 'NOT_FOUND') THEN false ",
                "ELSE app.contract_violation('app.", $function, "', response) END AS success FROM call) ",
                "SELECT "
            )), Part::Response, Part::Text(", success, NULL::bigint AS event_id FROM answer"), Part::Guard],
            codes: &["SUCCESS", "REFUSED", "NOT_FOUND"],
            database_errors: &[],
            success: $success,
            error: &PLAIN,
        };
    )*};
}

contracts! {
    ECHO: "echo"("input" "jsonb") -> &ECHOED;
    RESPOND: "respond"("response" "jsonb") -> &PLAIN;
    REFUSE: "refuse"("reason" "text") -> &PLAIN;
    WAIT: "wait"("seconds" "double precision") -> &PLAIN;
    RENAME: "rename"("input" "jsonb") -> &PLAIN;
}
