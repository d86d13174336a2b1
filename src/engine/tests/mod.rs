//! The core, tested as a function: values in, values out.

mod bench;
mod claims;
mod days;
mod employments;
mod explaining;
mod identity;
mod lanes;
mod lasting;
mod limits;
mod manager;
mod mishaps;
mod moving;
mod names;
mod orders;
mod planning;
mod reasons;
mod reused_ids;
mod rehearsing;
mod schedule;
mod shard;
mod state;
mod warrants;
mod waiting;
mod wishing;
