//! The one place that decides how a test, an example or a soak run gets PostgreSQL.
