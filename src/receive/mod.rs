//! Kafka in: which shards are ours, what is known of their people, and their events in order.
//!
//! Nothing here decides about people and nothing here writes to a topic. Every consumer lives on a
//! thread of its own, for its calls block and its callbacks run while it is polled.

/// Which shards this replica owns.
pub mod ownership;
mod subscription;
/// What is known of a shard's people.
pub mod restore;
/// The records of a shard's input topics.
pub mod inputs;
