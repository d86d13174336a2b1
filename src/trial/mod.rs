//! Rules tried on paper: the real engine, a willing provider, a clock that is set by hand.
//!
//! No I/O: files are read by whoever asks. What is shown here is what `usher run` would do, for it is
//! the same engine; only the world around it is made of memory.

mod provider;
mod stage;
#[cfg(test)]
mod tests;

pub use provider::{Manner, Provider};
pub use stage::{Made, Stage, StageSettings};
