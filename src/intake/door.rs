//! One door, ready for senders: its settings, its files and its pace.

use super::pace::Pace;
use super::proof::Proof;
use super::verify::{self, Verifier};
use super::watched;
use crate::config::{self, Loaded};
use crate::decode::SourceSettings;
use std::time::Instant;

/// A door as configured, with what its files say.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) settings: config::receive::Door,
    pub(super) proof: Proof,
    pub(super) pace: Pace,
    pub(super) verifier: Verifier,
}

impl Door {
    /// Reads its files.
    pub(super) fn open(
        settings: &config::receive::Door,
        loaded: &Loaded,
        verifier: Verifier,
    ) -> Result<Self, watched::Error> {
        Ok(Self {
            settings: settings.clone(),
            proof: Proof::load(&settings.proof, loaded)?,
            pace: Pace::new(settings.per_second, Instant::now()),
            verifier,
        })
    }

    pub(super) fn read_files_again(&self) {
        self.proof.read_again();
    }
}

/// By whose transmitters the tokens that come to a door can be proved.
pub(super) fn sources_of(door: &config::receive::Door, loaded: &Loaded) -> Vec<SourceSettings> {
    match &door.proof {
        config::receive::Proof::Set(set) => verify::sources_of(loaded, &door.topic, &set.issuer),
        config::receive::Proof::Bearer(_) | config::receive::Proof::Signature(_) => Vec::new(),
    }
}
