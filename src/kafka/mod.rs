//! Kafka itself: its clients, usher's topics in it, and how to look into them.
//!
//! The ground floor of all rooms that read or write there. Nothing here knows what a record is about.

/// How Kafka clients are set up.
pub mod clients;
/// Messages as records.
pub mod records;
/// usher's own topics: made by `init`, checked at every start.
pub mod topics;
/// What the state says of its deployment.
pub mod recorded;
/// One record of somebody who owns no shard: a command.
pub mod send;
/// Topics as somebody sees them who only looks.
pub mod look;
