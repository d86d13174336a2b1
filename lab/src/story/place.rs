//! Where a story is played: not every word of it has a meaning everywhere.

use super::{Problem, Suite};
use std::fmt;
use std::sync::Arc;

/// Where a story is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On paper: the engine alone, a provider in memory, a clock that is set by hand.
    Paper,
    /// The program, a Kafka, and a SCIM server that is not ours.
    Server,
    /// The same at usher's own sandbox, which can be told how to behave.
    Sandbox,
}

/// Where a word has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It looks into usher, or sets its clock.
    Paper,
    /// It is about HTTP, or about how SCIM is spoken.
    Sandbox,
    /// It does what a server that is not ours cannot be asked for.
    PaperOrSandbox,
}

/// A word that does not play everywhere.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) line: u64,
    pub(super) word: &'static str,
    pub(super) reach: Reach,
}

impl Reach {
    fn has(self, place: Place) -> bool {
        match self {
            Self::Paper => place == Place::Paper,
            Self::Sandbox => place == Place::Sandbox,
            Self::PaperOrSandbox => place != Place::Server,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Paper => "on paper alone",
            Self::Sandbox => "at a sandbox alone, where a provider answers by HTTP",
            Self::PaperOrSandbox => "on paper and at a sandbox alone",
        })
    }
}

impl Suite {
    /// The words that have no meaning there, so that the suite cannot be played there.
    pub fn misplaced(&self, place: Place) -> Vec<Problem> {
        let of_fixtures = self.fixtures.iter().flat_map(|fixture| &fixture.bounds);
        let misplaced = self.bounds.iter().chain(of_fixtures).filter(|it| !it.reach.has(place));
        let problems = misplaced.map(|Bound { line, word, reach }| {
            let text = format!("`{word}` plays {reach}; leave it out here");
            Problem { file: Arc::clone(&self.file), line: *line, text }
        });
        problems.collect()
    }
}
