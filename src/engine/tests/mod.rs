//! The core, tested as a function: values in, values out.

mod orders;
mod bench;
mod claims;
mod days;
mod identity;
mod lasting;
mod limits;
mod manager;
mod mishaps;
mod names;
mod planning;
mod reasons;
mod schedule;
mod shard;
mod state;
mod wishing;
mod explaining;
mod moving;
mod rehearsing;
