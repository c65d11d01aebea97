//! Delivers the events that mutations left in PostgreSQL: every one, in order per entity.

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
