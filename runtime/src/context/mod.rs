//! Who calls, and what the session is set to while the call runs.

mod session;

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::BytesMut;
use tokio_postgres::Row;

pub(crate) use session::{Ahead, Session, Sql};

use crate::client::{Client, Request};
use crate::error::Error;
use crate::idempotency::IdempotencyKey;
use crate::json::Writer;
use crate::retry::Retry;

/// What a call runs under: settings that policies and functions read, a role, a timeout, and who asked for it.
///
/// All of it holds for the one call: the connection's next user finds nothing of it. On a transaction of the caller's own it holds until that ends, as
/// `SET LOCAL` does.
///
/// ```no_run
/// # use pgmutate::{Client, Connection, Context, Mutation};
/// # async fn example(connection: &Connection, call: impl Mutation, tenant: &str) -> Result<(), pgmutate::Error> {
/// let context = Context::new().setting("app.tenant_id", tenant).actor("user:42").request_id("8c1f");
/// let answer = call.execute(&connection.with(&context)).await?;
/// # Ok(())
/// # }
/// ```
///
/// Actor, source, request id and trace parent go into the metadata of every event of the call, whoever logs it; what the manifest maps there wins.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Context {
    settings: Vec<(Cow<'static, str>, String)>,
    role: Option<String>,
    timeout: Option<Duration>,
    actor: Option<String>,
    source: Option<String>,
    request_id: Option<String>,
    traceparent: Option<String>,
    idempotency: Option<IdempotencyKey>,
    retry: Option<Retry>,
    dry_run: bool,
    log_values: bool,
}

impl Context {
    /// Of a call that says nothing: every setting of the manifest has its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a setting that the manifest declares, such as `app.tenant_id`.
    #[must_use]
    pub fn setting(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.settings.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.settings.push((name, value));
        self
    }

    /// Runs the call as this role, as after `SET ROLE`: the connection's own role must be a member of it.
    ///
    /// It takes a transaction block around the call, in the same flight, and so a client whose connection nobody else uses at the time: a
    /// [`Connection`](crate::Connection), a pool of them, or a [`Transaction`](tokio_postgres::Transaction).
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Lets the server end the call after this time, in whole milliseconds, at least one. It takes the same client as [`role`](Self::role).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Who caused the call, such as `user:42`: `actor` in the metadata of its events.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Through what it came, such as `web` or `import`: `source` in the metadata.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The id of the request it belongs to: `request_id` in the metadata.
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// The header of W3C Trace Context: `traceparent` in the metadata. One that is not well formed is ignored, as the standard has it.
    #[must_use]
    pub fn traceparent(mut self, header: &str) -> Self {
        self.traceparent = is_traceparent(header).then(|| header.to_owned());
        self
    }

    /// Makes the call once: where one with the same key was made before, its answer is answered again, and nothing happens.
    ///
    /// It takes the same client as [`role`](Self::role).
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<IdempotencyKey>) -> Self {
        self.idempotency = Some(key.into());
        self
    }

    /// When a call is made again that met another transaction; [`Retry::default`] unless said otherwise. In a transaction of the caller's own it never is.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Makes the call, answers it, and rolls everything back: no change is left and no event. Constraints that are deferred to the commit are checked.
    ///
    /// It takes the same client as [`role`](Self::role).
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Lets logs and spans hold the server's message and DETAIL of an error, which quote data.
    #[must_use]
    pub fn log_values(mut self) -> Self {
        self.log_values = true;
        self
    }

    pub(crate) fn retries(&self) -> Retry {
        self.retry.unwrap_or_default()
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn logs_values(&self) -> bool {
        self.log_values
    }

    /// What goes into the metadata of events, as JSON; empty where there is nothing.
    fn metadata(&self) -> Result<String, Error> {
        let fields = [
            ("actor", &self.actor),
            ("source", &self.source),
            ("request_id", &self.request_id),
            ("traceparent", &self.traceparent),
        ];
        if fields.iter().all(|(_, value)| value.is_none()) {
            return Ok(String::new());
        }
        let mut json = BytesMut::new();
        let mut writer = Writer::new(&mut json);
        let mut object = writer.object();
        for (key, value) in fields {
            if let Some(value) = value {
                object.field(key, value).map_err(|error| Error::context(format!("the context's {error}")))?;
            }
        }
        object.end();
        Ok(String::from_utf8_lossy(&json).into_owned())
    }
}

/// Names, never values: they say who somebody is.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings.iter().map(|(name, _)| name).collect::<Vec<_>>();
        f.debug_struct("Context")
            .field("settings", &settings)
            .field("role", &self.role)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

/// `version-trace id-parent id-flags` in lower-case hexadecimal; a version of the future may have more behind it.
fn is_traceparent(header: &str) -> bool {
    let mut parts = header.split('-');
    let mut next = |length| {
        let part = parts.next().unwrap_or_default();
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (part.len() == length && part.bytes().all(hexadecimal)).then_some(part)
    };
    let (version, trace, parent, flags) = (next(2), next(32), next(16), next(2));
    let is_id = |id: Option<&str>| id.is_some_and(|id| id.bytes().any(|byte| byte != b'0'));
    let ends = parts.next().is_none();
    version.is_some_and(|version| version != "ff" && (ends || version != "00"))
        && is_id(trace)
        && is_id(parent)
        && flags.is_some()
}

/// A client whose calls run under a context: [`Client::with`].
#[derive(Debug)]
pub struct InContext<'a, C: ?Sized> {
    client: &'a C,
    context: &'a Context,
}

impl<'a, C: ?Sized> InContext<'a, C> {
    pub(crate) fn new(client: &'a C, context: &'a Context) -> Self {
        Self { client, context }
    }
}

impl<C: Client + ?Sized> Client for InContext<'_, C> {
    fn run(
        &self,
        request: &Request<'_>,
        rows: &mut (dyn FnMut(&Row) + Send),
    ) -> impl Future<Output = Result<(), Error>> + Send {
        self.client.run(request, rows)
    }

    fn settle(&self) -> impl Future<Output = ()> + Send {
        self.client.settle()
    }

    fn context(&self) -> Option<&Context> {
        Some(self.context)
    }

    fn is_transaction(&self) -> bool {
        self.client.is_transaction()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_is_taken() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_traceparent(good));
        assert!(is_traceparent(&good.replacen("00", "cc", 1)) && is_traceparent(&format!("cc{}-more", &good[2..])));
        for bad in [
            "",
            "-",
            "00",
            &good[1..],
            &good.to_uppercase(),
            &good.replacen("00", "ff", 1),
            &format!("{good}-more"),
            &format!("{good} "),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert!(!is_traceparent(bad), "{bad}");
        }
    }

    #[test]
    fn metadata_is_json_of_what_is_there() {
        assert_eq!(Context::new().metadata().unwrap(), "");
        let context = Context::new().actor("a \"quoted\" \\ name\n").request_id("1").traceparent("nonsense");
        assert_eq!(context.metadata().unwrap(), r#"{"actor":"a \"quoted\" \\ name\n","request_id":"1"}"#);
        assert!(Context::new().source("\0").metadata().unwrap_err().to_string().contains("NUL"));
    }
}
