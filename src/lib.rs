//! usher ushers people in and shows them out.
//!
//! It reads HR and security events from Kafka, decides by rules that its users write, brings each
//! person's account at a SCIM provider to what the rules want, and writes what happened to an audit
//! topic. The rooms below stand in the order in which an event passes them.

/// What decides.
pub use usher_core::{
    audit, command, decode, engine, inventory, model, reconcile, roster, rules, view,
};
/// What tries.
pub use usher_lab::{simulation, story, trial};

/// Kafka itself: clients, topics, how to look.
pub mod kafka;
/// Kafka in: which shards are ours, their state, records in order.
pub mod receive;
/// Operations become SCIM requests, answers get a verdict.
pub mod scim;
/// One Kafka transaction per commit.
pub mod commit;
/// Lists and accounts are compared now and then, and what is found is told.
pub mod comparison;
/// The shell: carries the engine's effects out and feeds the answers back.
pub mod worker;
/// Keys of those who sign what comes in.
pub mod keys;
/// The configuration.
pub mod config;
/// Tenants as configured, ready to work for.
pub mod tenants;
/// Operators as configured, with whose key is whose.
pub mod operators;
/// HTTP in: what others send becomes records.
pub mod intake;
/// Pages about what usher knows and does.
pub mod serve;
/// A Kafka and a SCIM provider to try things on, inside this process.
pub mod sandbox;
/// A company's day, played on a sandbox.
pub mod demo;
/// The commands.
pub mod cli;
/// Logs, traces, metrics and health.
pub mod observe;
/// What time it is.
pub mod clock;
/// How the process ends.
pub mod shutdown;
