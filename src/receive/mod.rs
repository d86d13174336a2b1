//! Kafka in: which shards are ours, what is known of their people, and their events in order.
//!
//! Nothing here decides about people and nothing here writes to a topic. Every consumer lives on a
//! thread of its own, for its calls block and its callbacks run while it is polled.

/// How Kafka clients are set up.
pub mod cluster;
/// usher's own topics: made by `init`, checked at every start.
pub mod topics;
/// What the state says of its deployment.
pub mod recorded;
/// Which shards this replica owns.
pub mod ownership;
mod subscription;
/// What is known of a shard's people.
pub mod restore;
/// The records of a shard's input topics.
pub mod inputs;
/// Topics as somebody sees them who only looks.
pub mod look;
