//! The order of what a shard learns.

/// Answers of the engine in order; what started before something else cannot have seen it.
pub type Moment = u64;
