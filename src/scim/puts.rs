//! PUTs under way: what one of them has read must not undo what another has done meanwhile.

use super::client::Response;
use crate::model::ids::ScimId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a reading that was too slow for its call serves the next.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// Accounts remembered; the oldest go first.
const ACCOUNTS: usize = 256;

/// Which accounts were cut when, and what was read too slowly.
#[derive(Debug, Default)]
pub(super) struct Puts {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    turns: u64,
    cut_at: BTreeMap<ScimId, u64>,
    kept: BTreeMap<ScimId, (Instant, Response)>,
}

impl Puts {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A change begins; gives its turn.
    pub(super) fn begin(&self, account: &ScimId, is_cut: bool) -> u64 {
        let mut state = self.lock();
        state.turns += 1;
        let turn = state.turns;
        if is_cut {
            if state.cut_at.len() >= ACCOUNTS {
                let oldest = state.cut_at.iter().min_by_key(|(_, turn)| **turn);
                if let Some(oldest) = oldest.map(|(account, _)| account.clone()) {
                    state.cut_at.remove(&oldest);
                }
            }
            state.cut_at.insert(account.clone(), turn);
        }
        turn
    }

    /// Whether a cut of the account began after `turn`.
    pub(super) fn was_cut_since(&self, account: &ScimId, turn: u64) -> bool {
        self.lock().cut_at.get(account).is_some_and(|cut| *cut > turn)
    }

    /// Keeps a reading for the next change, unless the account was cut since it began.
    pub(super) fn keep(&self, account: &ScimId, read: Response, turn: u64) {
        let mut state = self.lock();
        state.kept.retain(|_, (at, _)| at.elapsed() < KEPT_FOR);
        let is_older = state.cut_at.get(account).is_some_and(|cut| *cut > turn);
        if !is_older && state.kept.len() < ACCOUNTS {
            state.kept.insert(account.clone(), (Instant::now(), read));
        }
    }

    /// What was read of the account a moment ago; once.
    pub(super) fn kept(&self, account: &ScimId) -> Option<Response> {
        let (at, read) = self.lock().kept.remove(account)?;
        (at.elapsed() < KEPT_FOR).then_some(read)
    }
}
