//! The core, tested as a function: values in, values out.

mod bench;
mod claims;
mod limits;
mod planning;
mod shard;
mod state;
mod wishing;
mod schedule;
