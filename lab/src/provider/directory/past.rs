//! What reads still show of what has changed.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// By id, the states before the last changes, the oldest first.
#[derive(Clone, Debug)]
pub(super) struct Past<T>(BTreeMap<String, Vec<Was<T>>>);

#[derive(Clone, Debug)]
struct Was<T> {
    /// When it changed.
    until: Timestamp,
    /// `None`: it was not there.
    what: Option<T>,
}

impl<T> Default for Past<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Past<T> {
    /// At `now`, `id` ceases to be `what`. Nothing is kept where nothing lags.
    pub(super) fn note(&mut self, id: &str, what: Option<T>, now: Timestamp, lag: SignedDuration) {
        if lag.is_zero() {
            return;
        }
        let horizon = before(now, lag);
        let states = self.0.entry(id.to_owned()).or_default();
        states.retain(|was| was.until > horizon);
        states.push(Was { until: now, what });
    }

    /// The state at `horizon`, where it is `now` now.
    pub(super) fn at<'a>(
        &'a self,
        id: &str,
        horizon: Timestamp,
        now: Option<&'a T>,
    ) -> Option<&'a T> {
        let mut states = self.0.get(id).into_iter().flatten();
        match states.find(|was| was.until > horizon) {
            Some(was) => was.what.as_ref(),
            None => now,
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

pub(super) fn before(now: Timestamp, lag: SignedDuration) -> Timestamp {
    now.checked_sub(lag).unwrap_or(Timestamp::MIN)
}
