//! Whether a token is signed by its issuer, where usher knows the issuer's keys: those of the
//! `transmitters` of the sources that read the door's topic.
//!
//! The worker proves each token again. Here only what nobody could ever believe is refused, so that a
//! transmitter that signs wrong hears of it; age and meaning stay the worker's, where they end as a row.
//! A token whose keys cannot be read is neither taken nor refused: its transmitter comes again.

use super::flaw::SetFlaw;
use super::refusal::Refusal;
use crate::config::Loaded;
use crate::decode::jose::{Flaw, Token};
use crate::decode::{SourceSettings, Transmitter};
use crate::keys::KeyRing;
use crate::serve::tokens::TokenDigest;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many tokens are remembered until the keys were read after they came.
const REMEMBERED_MOST: usize = 256;

/// A transmitter that comes again later than this has its issuer asked again.
const REMEMBERED_FOR: Duration = Duration::from_mins(10);

/// What proves the tokens of one door.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Each with the transmitters of the door's issuer alone.
    sources: Vec<SourceSettings>,
    ring: KeyRing,
    /// When a token first came that names a key which was not known then.
    first_came: Mutex<BTreeMap<String, Instant>>,
}

/// The sources of all tenants that read `topic`, with the transmitters that are `issuer` and sign.
pub(super) fn sources_of(loaded: &Loaded, topic: &str, issuer: &str) -> Vec<SourceSettings> {
    let tenants = loaded.settings.tenants.iter();
    let read = tenants.flat_map(|tenant| &tenant.sources).filter(|it| it.topic == topic);
    let mut sources: Vec<SourceSettings> = read.cloned().collect();
    for source in &mut sources {
        source.transmitters.retain(|it| it.issuer == issuer && it.is_proved());
        for transmitter in &mut source.transmitters {
            let files = [&mut transmitter.jwks_file, &mut transmitter.ca_file];
            files.into_iter().flatten().for_each(|file| *file = loaded.resolve(file));
        }
    }
    sources.retain(|source| !source.transmitters.is_empty());
    sources
}

impl Verifier {
    /// Proves by the keys of `sources`; nothing, if there are none.
    pub(super) fn new(sources: Vec<SourceSettings>, ring: KeyRing) -> Self {
        Self { sources, ring, first_came: Mutex::default() }
    }

    /// Whether there is anything by which a token can be proved or refuted.
    pub(super) fn has_issuer(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Whether one of those who read the token would believe its signature. If none would, it is
    /// refused only if that can never change.
    pub(super) fn verify(&self, token: &str, now: Instant) -> Result<(), Refusal> {
        if !self.has_issuer() {
            return Ok(());
        }
        let digest = TokenDigest::of(token).as_str().to_owned();
        let came = self.first_came(&digest, now);
        let mut worst = None;
        for source in &self.sources {
            for transmitter in &source.transmitters {
                match self.by_one(token, source, transmitter, came) {
                    Ok(()) => {
                        self.forget(&digest);
                        return Ok(());
                    }
                    Err(Refusal::KeysAway) => worst = Some(Refusal::KeysAway),
                    Err(other) => worst = worst.or(Some(other)),
                }
            }
        }
        let refusal = worst.unwrap_or(Refusal::KeysAway);
        if refusal == Refusal::KeysAway {
            self.remember(digest, came);
        } else {
            self.forget(&digest);
        }
        Err(refusal)
    }

    fn by_one(
        &self,
        token: &str,
        source: &SourceSettings,
        transmitter: &Transmitter,
        came: Instant,
    ) -> Result<(), Refusal> {
        let refused = |flaw: Flaw| Err(Refusal::Set(SetFlaw::from(flaw)));
        let read = match Token::read(token) {
            Ok(read) => read,
            Err(flaw) => return refused(flaw),
        };
        // Asked before the keys are taken, so that they are at least as new as the answer.
        let is_news = self.ring.was_read_since(transmitter, came);
        let keys = self.ring.of(source);
        let Some(keys) = keys.of(transmitter) else { return Err(Refusal::KeysAway) };
        match read.proved_claims(keys, &transmitter.algorithms) {
            Ok(_claims) => Ok(()),
            Err(Flaw::KeyUnknown) if !is_news => {
                self.ring.ask(transmitter);
                Err(Refusal::KeysAway)
            }
            Err(flaw) => refused(flaw),
        }
    }

    fn first_came(&self, digest: &str, now: Instant) -> Instant {
        let remembered = self.first_came.lock().unwrap_or_else(PoisonError::into_inner);
        let first = remembered.get(digest).copied();
        let is_recent = |it: &Instant| now.saturating_duration_since(*it) < REMEMBERED_FOR;
        first.filter(is_recent).unwrap_or(now)
    }

    fn remember(&self, digest: String, came: Instant) {
        let mut remembered = self.first_came.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.insert(digest, came);
        while remembered.len() > REMEMBERED_MOST {
            let oldest = remembered.iter().min_by_key(|(_, came)| **came);
            let Some(oldest) = oldest.map(|(digest, _)| digest.clone()) else { break };
            remembered.remove(&oldest);
        }
    }

    fn forget(&self, digest: &str) {
        self.first_came.lock().unwrap_or_else(PoisonError::into_inner).remove(digest);
    }
}
