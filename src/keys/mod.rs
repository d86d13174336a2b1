//! Read ahead at the start, anew now and then and when a token names one that is not there, and kept
//! while nobody answers.
//!
//! Each issuer has a task of its own, so that one who is slow holds nobody up.

mod fetch;
#[cfg(test)]
mod tests;

pub use fetch::{Error, read_file};

use crate::decode::jose::KeySet;
use crate::decode::{Keys, SourceSettings, Transmitter};
use crate::observe::chain;
use crate::shutdown::Shutdown;
use fetch::Fetcher;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use url::Url;

/// How often keys are read anew that are there.
const REFRESH_EVERY: Duration = Duration::from_mins(10);

/// The pause after the first look in vain, while no keys are there; it doubles.
const RETRY_FIRST: Duration = Duration::from_secs(1);

/// The longest of those pauses.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// However many tokens name a key that is not there, an issuer is asked no more often than this.
const ASK_EVERY: Duration = Duration::from_secs(10);

/// Where the keys of an issuer are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub issuer: String,
    pub url: Option<Url>,
    pub file: Option<PathBuf>,
    /// Certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl Place {
    /// Where those of `transmitter` are, whose files are named as they lie.
    pub fn of(transmitter: &Transmitter) -> Self {
        Self {
            issuer: transmitter.issuer.clone(),
            url: transmitter.jwks.clone(),
            file: transmitter.jwks_file.clone(),
            ca_file: transmitter.ca_file.clone(),
        }
    }
}

/// What is known of one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// As they were last read; `None`: they never were.
    keys: Option<KeySet>,
    /// When the last look began that has ended, in vain or not.
    looked: Option<Instant>,
    /// When the last look began that brought keys.
    read: Option<Instant>,
}

type Known = BTreeMap<Place, Entry>;

/// All keys that are kept, for whoever decodes.
#[derive(Clone, Debug)]
pub struct KeyRing {
    known: watch::Receiver<Known>,
    wanted: Arc<BTreeMap<Place, Arc<Notify>>>,
}

impl KeyRing {
    /// Begins to read the keys of all transmitters of `sources`, and goes on until the shutdown.
    pub fn keep<'a>(
        sources: impl Iterator<Item = &'a SourceSettings>,
        shutdown: &Shutdown,
    ) -> Self {
        let transmitters = sources.flat_map(|source| &source.transmitters);
        let places = transmitters.filter(|it| it.is_proved()).map(Place::of);
        let wanted: BTreeMap<Place, Arc<Notify>> =
            places.map(|place| (place, Arc::default())).collect();
        let known = wanted.keys().map(|place| (place.clone(), Entry::default())).collect();
        let (told, heard) = watch::channel(known);
        for (place, want) in &wanted {
            let keeper = Keeper {
                fetcher: Fetcher::new(place.clone()),
                place: place.clone(),
                told: told.clone(),
                want: Arc::clone(want),
                trouble: None,
            };
            let begun = shutdown.clone();
            shutdown.spawn_essential("keys", async move {
                tokio::select! {
                    () = begun.begun() => {}
                    () = keeper.keep_for_ever() => {}
                }
                Ok::<(), Infallible>(())
            });
        }
        Self { known: heard, wanted: Arc::new(wanted) }
    }

    /// Waits until something else is known.
    pub async fn changed(&mut self) {
        if self.known.changed().await.is_err() {
            // Nobody reads keys any more: there are none to be read, or the process ends.
            std::future::pending::<()>().await;
        }
    }

    /// Those of the transmitters of `source`, as far as they were ever had.
    pub fn of(&self, source: &SourceSettings) -> Keys {
        let known = self.known.borrow();
        let transmitters = source.transmitters.iter().filter(|it| it.is_proved());
        let keys = transmitters.filter_map(|it| {
            let keys = known.get(&Place::of(it))?.keys.clone()?;
            Some((it.issuer.clone(), keys))
        });
        Keys::new(keys.collect())
    }

    /// Whether the place of `transmitter` was looked at, from the start to the end of a look, since
    /// then; if not, it is asked to.
    pub fn was_asked_since(&self, transmitter: &Transmitter, then: Instant) -> bool {
        let place = Place::of(transmitter);
        let looked = self.known.borrow().get(&place).and_then(|entry| entry.looked);
        if looked.is_some_and(|at| at >= then) {
            return true;
        }
        // Where nobody would ever look, nothing is to be waited for.
        !self.ask(transmitter)
    }

    /// Whether the keys of `transmitter` were read, by a look that began since then.
    pub fn was_read_since(&self, transmitter: &Transmitter, then: Instant) -> bool {
        let read = self.known.borrow().get(&Place::of(transmitter)).and_then(|entry| entry.read);
        read.is_some_and(|at| at >= then)
    }

    /// Asks for another look at the place of `transmitter`; whether somebody looks there at all.
    pub fn ask(&self, transmitter: &Transmitter) -> bool {
        let want = self.wanted.get(&Place::of(transmitter));
        want.inspect(|want| want.notify_one()).is_some()
    }
}

/// Keeps the keys of one place.
struct Keeper {
    place: Place,
    fetcher: Fetcher,
    told: watch::Sender<Known>,
    want: Arc<Notify>,
    /// What was told last.
    trouble: Option<String>,
}

impl Keeper {
    async fn keep_for_ever(mut self) {
        let mut in_vain = RETRY_FIRST;
        loop {
            let began = Instant::now();
            let read = self.fetcher.read().await;
            let has_keys = self.tell(began, read);
            let pause = if has_keys { REFRESH_EVERY } else { in_vain };
            in_vain = if has_keys { RETRY_FIRST } else { (in_vain * 2).min(RETRY_MAX) };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.want.notified(), if has_keys => {
                    tokio::time::sleep(ASK_EVERY.saturating_sub(began.elapsed())).await;
                }
            }
        }
    }

    /// Tells what was read; whether there are keys now.
    fn tell(&mut self, began: Instant, read: Result<KeySet, Error>) -> bool {
        let trouble = read.as_ref().err().map(|error| chain(error));
        if let Err(error) = &read
            && trouble != self.trouble
        {
            let (code, error, issuer) = (error.code().as_str(), chain(error), &self.place.issuer);
            if self.has_keys() {
                tracing::warn!(
                    code,
                    error,
                    issuer,
                    "keys could not be read anew; those that were read before serve on"
                );
            } else {
                tracing::error!(
                    code,
                    error,
                    issuer,
                    "keys could not be read; nothing of this issuer is read before they are"
                );
            }
        }
        if read.is_ok() && (self.trouble.is_some() || !self.has_keys()) {
            tracing::info!(issuer = self.place.issuer, "keys were read");
        }
        self.trouble = trouble;
        self.told.send_modify(|known| {
            let entry = known.entry(self.place.clone()).or_default();
            entry.looked = Some(began);
            if let Ok(keys) = read {
                entry.keys = Some(keys);
                entry.read = Some(began);
            }
        });
        self.has_keys()
    }

    fn has_keys(&self) -> bool {
        self.told.borrow().get(&self.place).is_some_and(|entry| entry.keys.is_some())
    }
}
