//! Delivers the events that mutations left in PostgreSQL: every one, in order per entity.
//!
//! ```no_run
//! use pgmutate_relay::{Connector, Consumer, Format, Relay, envelope::Debezium, sink::Lines};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connector = Connector::new("postgres://relay@localhost/shop".parse()?);
//! let sink = Lines::new(Format::Debezium(Debezium::new("shop")), tokio::io::stdout());
//! let (stop, stopping) = tokio::sync::watch::channel(false);
//! Relay::new(connector, Consumer::new("search"), sink).run(stopping).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What owns what
//!
//! - [`TableReader`]: the log as batches or a stream of [`Event`]s, in the order of `event_id`, without loss. It knows nothing of who
//!   reads.
//! - [`Format`]: an event as a Debezium change event, as the stored row, or as a CloudEvent.
//! - [`sink::Sink`]: takes events and answers for each what became of it. It knows nothing of positions and retries.
//! - [`Relay`]: one [`Consumer`] from the log to a sink: the lead, the position, retries, parked entities. Its [`Status`] is for
//!   whoever watches.
//! - [`Doorbell`]: wakes readers at once, for a program that commits mutations.

pub mod connect;
pub mod delivery;
mod document;
pub mod envelope;
mod error;
pub mod event;
mod log;
mod reader;
mod session;
pub mod sink;
mod timestamp;

pub use delivery::{Consumer, Relay, Retry, Status, Stopped};
pub use envelope::Format;
pub use error::Error;
pub use event::{Event, EventId, Operation};
pub use log::{LOG_VERSION, Log};
pub use reader::{Batch, Doorbell, Filter, Limits, Start, TableReader};
pub use session::{Connector, Session};
pub use timestamp::{NoTimestamp, Timestamp};
