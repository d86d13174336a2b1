//! What decides, and does nothing.
//!
//! Records come in as bytes and become events; rules say what is wanted of whom; the engine says what
//! is to be called, committed and told, and is told what came of it. There is no network, no clock and
//! no file here: the manifest knows nothing that could reach them. The rooms stand in the order in
//! which an event passes them.

/// The nouns.
pub mod model;
/// Bytes to events.
pub mod decode;
/// What operators say, and whether they may.
pub mod command;
/// Rule files.
pub mod rules;
/// Everything that a target has, read page by page.
pub mod inventory;
/// Decides everything, does nothing.
pub mod engine;
/// What happened, as audit records.
pub mod audit;
/// What usher knows, as values for whoever asks.
pub mod view;
/// Lists of people from files.
pub mod roster;
/// Lists, accounts and what usher knows, compared.
pub mod reconcile;
