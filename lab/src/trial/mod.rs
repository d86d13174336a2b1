//! Rules tried on paper: the real engine, a willing provider, a clock that is set by hand.
//!
//! No I/O: files are read by whoever asks. What is shown here is what `usher run` would do, for it is
//! the same engine; only the world around it is made of memory.

mod calls;
mod claims;
mod compare;
mod coverage;
mod given;
mod orders;
mod play;
mod provider;
mod report;
mod requests;
mod scene;
mod settings;
mod stage;
#[cfg(test)]
mod tests;

pub use coverage::Coverage;
pub use provider::{Newcomer, Provider};
pub use report::Report;
pub use settings::StageSettings;
pub use stage::{Made, Stage};

use crate::engine::Unreadable;
use crate::rules::RuleSet;
use crate::story::{Difference, Fixture, Suite};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules that steps change to, by the names of their files.
pub type Others = BTreeMap<Vec<String>, Arc<RuleSet>>;

/// How one fixture went.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub name: String,
    pub line: u64,
    /// Empty: all was as it must be.
    pub differences: Vec<Difference>,
}

/// Plays every fixture of a suite, each on a stage of its own, under `coverage`'s rules.
pub fn play(
    suite: &Suite,
    others: &Others,
    coverage: &mut Coverage,
) -> Result<Vec<Verdict>, Unreadable> {
    let play = |fixture: &Fixture| {
        let differences = play::play((suite, fixture), others, coverage)?;
        Ok(Verdict { name: fixture.name.clone(), line: fixture.line, differences })
    };
    suite.fixtures.iter().map(play).collect()
}
