//! Several answers as one GraphQL response: `{"data":{"createOrder":{...}}}`, with errors by path and code.

use crate::answer::Answer;
use crate::client::Client;
use crate::error::Error;
use crate::mutation::Mutation;

/// The response to an operation of mutations, field after field as the operation names them.
///
/// An unsuccessful answer is data, with its own `__typename`. A call that failed makes its field `null` and an entry in `errors`, with the field's path and a
/// code that tells nothing of what is behind it ([`Error::client_json`]); the fields before and behind it stay. Where a field must not be null, `data` is null
/// as a whole, as the specification has it.
///
/// ```
/// # use pgmutate::{Connection, Mutation};
/// use pgmutate::graphql::Response;
/// # async fn example(connection: &Connection, order: impl Mutation, rename: impl Mutation) -> Vec<u8> {
/// let mut response = Response::new();
/// response.execute("createOrder", &order, connection).await;
/// response.execute("rename", &rename, connection).await;
/// response.into_bytes() // {"data":{"createOrder":{"__typename":"CreateOrderSuccess",...},"rename":{...}}}
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Response {
    /// The members of `data`, without the braces around them.
    data: Vec<u8>,
    /// The elements of `errors`, without the brackets around them.
    errors: Vec<u8>,
    /// Whether there are no fields, because the operation was never run.
    refused: bool,
    /// Whether a field failed that must not be null.
    data_is_null: bool,
}

impl Response {
    /// Of no field yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of a request that was refused before anything ran: it has errors and no `data`.
    ///
    /// `code` and `message` reach the client as they are.
    pub fn refused(code: &str, message: &str) -> Self {
        let mut response = Self { refused: true, ..Self::default() };
        response.error(None, code, message);
        response
    }

    /// Runs a mutation and puts its answer under `field`, the field's alias or name; the answer is written where it stays.
    ///
    /// # Errors
    /// Why the call failed, for logs; the response has it already.
    pub async fn execute(&mut self, field: &str, mutation: &impl Mutation, client: &impl Client) -> Result<(), Error> {
        let start = self.data.len();
        self.key(field);
        let done = mutation.execute_into(client, &mut self.data).await;
        if let Err(error) = done {
            self.data.truncate(start);
            self.fail(field, &error, true);
            return Err(error);
        }
        Ok(())
    }

    /// Puts an answer under `field`.
    pub fn field(&mut self, field: &str, answer: &Result<Answer, Error>) {
        match answer {
            Ok(answer) => {
                self.key(field);
                self.data.extend_from_slice(answer.as_bytes());
            }
            Err(error) => self.fail(field, error, true),
        }
    }

    /// The same for a field whose type must not be null: where it failed, `data` is null.
    pub fn required_field(&mut self, field: &str, answer: &Result<Answer, Error>) {
        match answer {
            Err(error) => self.fail(field, error, false),
            answer => self.field(field, answer),
        }
    }

    /// Puts an error of the caller's own under `field`, which is then null. `code` and `message` reach the client as they are.
    pub fn field_error(&mut self, field: &str, code: &str, message: &str) {
        self.key(field);
        self.data.extend_from_slice(b"null");
        self.error(Some(field), code, message);
    }

    /// Whether a field must not be asked for any more, because `data` is null whatever comes.
    pub fn is_over(&self) -> bool {
        self.refused || self.data_is_null
    }

    /// The response as JSON.
    pub fn into_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.data.len() + self.errors.len() + 32);
        out.push(b'{');
        if !self.errors.is_empty() {
            out.extend_from_slice(b"\"errors\":[");
            out.extend_from_slice(&self.errors);
            out.push(b']');
        }
        if !self.refused {
            out.extend_from_slice(if self.errors.is_empty() { b"\"data\":" } else { b",\"data\":" });
            if self.data_is_null {
                out.extend_from_slice(b"null");
            } else {
                out.push(b'{');
                out.extend_from_slice(&self.data);
                out.push(b'}');
            }
        }
        out.push(b'}');
        out
    }

    fn fail(&mut self, field: &str, error: &Error, nullable: bool) {
        let (code, message) = error.for_client();
        self.field_error(field, code, message);
        self.data_is_null |= !nullable;
    }

    fn key(&mut self, field: &str) {
        if !self.data.is_empty() {
            self.data.push(b',');
        }
        escape_into(field, &mut self.data);
        self.data.push(b':');
    }

    fn error(&mut self, field: Option<&str>, code: &str, message: &str) {
        let errors = &mut self.errors;
        if !errors.is_empty() {
            errors.push(b',');
        }
        errors.extend_from_slice(b"{\"message\":");
        escape_into(message, errors);
        if let Some(field) = field {
            errors.extend_from_slice(b",\"path\":[");
            escape_into(field, errors);
            errors.push(b']');
        }
        errors.extend_from_slice(b",\"extensions\":{\"code\":");
        escape_into(code, errors);
        errors.extend_from_slice(b"}}");
    }
}

/// Writes a JSON string.
fn escape_into(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            ..0x20 => out.extend(format!("\\u{byte:04x}").bytes()),
            byte => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: Response) -> String {
        String::from_utf8(response.into_bytes()).unwrap()
    }

    fn answer(body: &str) -> Result<Answer, Error> {
        Ok(Answer::of_body(body))
    }

    fn lost() -> Result<Answer, Error> {
        Err(Error::connection("the cable is cut"))
    }

    #[test]
    fn answers_stand_in_the_order_of_the_fields() {
        assert_eq!(text(Response::new()), r#"{"data":{}}"#);
        let mut response = Response::new();
        response.field("second", &answer(r#"{"__typename":"A"}"#));
        response.field("first", &answer("{}"));
        assert_eq!(text(response), r#"{"data":{"second":{"__typename":"A"},"first":{}}}"#);
    }

    #[test]
    fn a_field_that_failed_is_null_and_says_so_by_its_path() {
        let mut response = Response::new();
        response.field("a", &answer("{}"));
        response.field("b", &lost());
        response.field("c", &answer("{}"));
        response.field_error("d\"", "NO_SUCH_MUTATION", "there is no\n`d`");
        assert_eq!(
            text(response),
            concat!(
                r#"{"errors":[{"message":"the service is not available","path":["b"],"extensions":{"code":"UNAVAILABLE"}},"#,
                r#"{"message":"there is no\n`d`","path":["d\""],"extensions":{"code":"NO_SUCH_MUTATION"}}],"#,
                r#""data":{"a":{},"b":null,"c":{},"d\"":null}}"#
            )
        );
    }

    #[test]
    fn a_required_field_that_failed_takes_everything_along() {
        let mut response = Response::new();
        response.required_field("a", &answer("{}"));
        assert!(!response.is_over());
        response.required_field("b", &lost());
        assert!(response.is_over());
        assert!(text(response).ends_with(r#"{"code":"UNAVAILABLE"}}],"data":null}"#));
    }

    #[test]
    fn a_refused_request_has_no_data() {
        assert_eq!(
            text(Response::refused("BAD_REQUEST", "no JSON")),
            r#"{"errors":[{"message":"no JSON","extensions":{"code":"BAD_REQUEST"}}]}"#
        );
    }
}
