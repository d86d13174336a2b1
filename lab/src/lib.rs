//! What tries and proves, as pure as what it tries.
//!
//! Rules are tried on paper, by fixtures; the engine is tried in simulated worlds, by seeds. Both stand
//! before a SCIM provider that is made of data and behaves as badly as one asks for.

pub(crate) use usher_core::{audit, command, decode, engine, inventory, model, rules};

/// Chance from a seed.
pub mod chance;
/// Operators' keys, and what they sign.
pub mod pen;
/// A SCIM provider without HTTP.
pub mod provider;
/// A shard, and what it and whoever runs it owe each other.
pub mod host;
/// Stories of people, accounts and events, as text.
pub mod story;
/// Rules tried on paper.
pub mod trial;
/// A seeded world around the engine.
pub mod simulation;
