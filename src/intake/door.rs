//! One door, ready for senders: its settings, its files and its pace.

use super::pace::Pace;
use super::proof::Proof;
use super::watched;
use crate::config::{self, Loaded};
use std::time::Instant;

/// A door as configured, with what its files say.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) settings: config::receive::Door,
    pub(super) proof: Proof,
    pub(super) pace: Pace,
}

impl Door {
    /// Reads its files.
    pub(super) fn open(
        settings: &config::receive::Door,
        loaded: &Loaded,
    ) -> Result<Self, watched::Error> {
        Ok(Self {
            settings: settings.clone(),
            proof: Proof::load(&settings.proof, loaded)?,
            pace: Pace::new(settings.per_second, Instant::now()),
        })
    }

    pub(super) fn read_files_again(&self) {
        self.proof.read_again();
    }
}
