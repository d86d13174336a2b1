//! What goes wrong in one world, and the fate of each call and commit in it.
//!
//! Most kinds of trouble are off in any one seed: worlds with few kinds find what worlds with all
//! of them hide (swarm testing, Groce et al. 2012).

use super::chance::Chance;
use crate::model::{Failure, Landed, Verdict};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// How long the client waits for an answer.
const REQUEST_TIMEOUT: i64 = 10_000;

/// How often each kind of trouble strikes, in thousandths of its occasions.
#[derive(Clone, Debug, Default)]
pub struct Climate {
    /// An owner dies at an effect: before or after a commit is in, a call is applied, an answer.
    pub crash_at_effect: u64,
    /// An owner is frozen at an effect, and goes on later with its old memory.
    pub freeze_at_effect: u64,
    /// An owner is frozen while a call waits to be sent: the check of its lease is yet to come.
    pub freeze_with_call: u64,
    /// An owner is frozen between the check of its lease and the sending of a call.
    pub freeze_before_send: u64,
    /// An owner dies with a grant on the wire, which lands late.
    pub crash_with_grant_out: u64,
    pub commit_aborts: u64,
    pub commit_is_ambiguous: u64,
    pub commit_is_slow: u64,
    pub call_is_slow: u64,
    pub call_is_throttled: u64,
    pub call_fails: u64,
    pub call_times_out: u64,
    pub call_is_refused: u64,
    pub call_is_accepted: u64,
    /// Faults at random moments: crashes, freezes, cut-offs, hand-overs.
    pub ownership_changes: u64,
    /// When each target answers nobody, and how.
    pub outages: Vec<Outage>,
    /// At most so many faults that strike at effects.
    pub strikes_left: u64,
}

/// A span of time in which a target fails every call alike.
#[derive(Clone, Debug)]
pub struct Outage {
    pub from: Timestamp,
    pub until: Timestamp,
    pub kind: OutageKind,
}

#[derive(Clone, Copy, Debug)]
pub enum OutageKind {
    Unavailable,
    Unreachable,
    Unauthorized,
}

/// What becomes of one call that was sent.
#[derive(Clone, Debug)]
pub struct Fate {
    /// When the provider takes it in; never, if absent.
    pub lands_after: Option<SignedDuration>,
    pub told: Told,
}

/// What the caller hears.
#[derive(Clone, Debug)]
pub enum Told {
    /// The provider's own answer, so long after it took the call in.
    Reply { after: SignedDuration },
    /// 202, so long after the sending.
    Accepted { after: SignedDuration },
    /// A failure, so long after the sending.
    Failure { after: SignedDuration, status: Option<u16>, failure: Failure },
}

impl Climate {
    /// The climate of a seed, from `start` to `end`.
    pub fn draw(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Self {
        let mut some = |most: u64| {
            if chance.happens(500) { 1 + chance.below(most) } else { 0 }
        };
        let mut climate = Self {
            crash_at_effect: some(30),
            freeze_at_effect: some(15),
            freeze_with_call: some(60),
            freeze_before_send: 0,
            crash_with_grant_out: 0,
            commit_aborts: some(20),
            commit_is_ambiguous: some(20),
            commit_is_slow: some(80),
            call_is_slow: some(200),
            call_is_throttled: some(80),
            call_fails: some(150),
            call_times_out: some(120),
            call_is_refused: 0,
            call_is_accepted: some(60),
            ownership_changes: some(10),
            outages: Vec::new(),
            strikes_left: 12,
        };
        if chance.happens(100) {
            climate.freeze_before_send = 1 + chance.below(20);
        }
        if chance.happens(300) {
            climate.crash_with_grant_out = 20 + chance.below(200);
        }
        if chance.happens(150) {
            climate.call_is_refused = 1 + chance.below(15);
        }
        if chance.happens(400) {
            climate.outages = Outage::draw_some(chance, start, end);
        }
        climate
    }

    /// Whether a strike at an effect happens; each one that does uses up the allowance.
    pub fn strikes(&mut self, chance: &mut Chance, in_thousand: u64) -> bool {
        let strikes = self.strikes_left > 0 && in_thousand > 0 && chance.happens(in_thousand);
        if strikes {
            self.strikes_left -= 1;
        }
        strikes
    }

    /// The fate of a call sent at `now`; it lands within `late_window`, if at all.
    pub fn fate(&self, chance: &mut Chance, now: Timestamp, late_window: SignedDuration) -> Fate {
        if let Some(outage) = self.outages.iter().find(|outage| outage.covers(now)) {
            return outage.kind.fate(chance);
        }
        if chance.happens(self.call_is_throttled) {
            let after = Some(Duration::from_secs(1 + chance.below(20)));
            return unlanded(chance, Some(429), Verdict::Retry { after }, "throttled");
        }
        if chance.happens(self.call_is_refused) {
            return unlanded(chance, Some(400), Verdict::Stuck, "invalidValue");
        }
        if chance.happens(self.call_fails) {
            if chance.happens(500) {
                return unanswered(chance, late_window);
            }
            let verdict = Verdict::Retry { after: None };
            return unlanded(chance, Some(503), verdict, "unavailable");
        }
        if chance.happens(self.call_times_out) {
            return unanswered(chance, late_window);
        }
        let lands_after = if chance.happens(self.call_is_slow) {
            chance.millis(200, 8_000)
        } else {
            chance.millis(2, 120)
        };
        let told = if chance.happens(self.call_is_accepted) {
            Told::Accepted { after: chance.millis(2, 100) }
        } else {
            Told::Reply { after: chance.millis(1, 60) }
        };
        Fate { lands_after: Some(lands_after), told }
    }
}

impl Fate {
    /// Whoever takes over meets a provider that fails again and again.
    pub fn of_a_hard_moment(chance: &mut Chance, late_window: SignedDuration) -> Self {
        if chance.happens(500) {
            return unanswered(chance, late_window);
        }
        unlanded(chance, Some(503), Verdict::Retry { after: None }, "unavailable")
    }

    /// The token may not do this; what else it may do goes on.
    pub fn forbidden(chance: &mut Chance) -> Self {
        unlanded(chance, Some(403), Verdict::Closed, "forbidden")
    }
}

impl Outage {
    fn draw_some(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Vec<Self> {
        let span = end.duration_since(start).as_millis();
        let span = i64::try_from(span).unwrap_or(0);
        (0..=chance.below(2))
            .map(|_| {
                let from = start + chance.millis(0, span);
                let kinds =
                    [OutageKind::Unavailable, OutageKind::Unreachable, OutageKind::Unauthorized];
                Self {
                    from,
                    until: (from + chance.millis(2_000, 180_000)).min(end),
                    kind: chance.pick(&kinds).copied().unwrap_or(OutageKind::Unavailable),
                }
            })
            .collect()
    }

    fn covers(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl OutageKind {
    fn fate(self, chance: &mut Chance) -> Fate {
        let retry = Verdict::Retry { after: None };
        match self {
            Self::Unavailable => unlanded(chance, Some(503), retry, "unavailable"),
            Self::Unreachable => unlanded(chance, None, retry, "connection refused"),
            Self::Unauthorized => unlanded(chance, Some(401), Verdict::Closed, "unauthorized"),
        }
    }
}

/// A failure after which the call has certainly had no effect.
fn unlanded(chance: &mut Chance, status: Option<u16>, verdict: Verdict, what: &str) -> Fate {
    Fate {
        lands_after: None,
        told: Told::Failure {
            after: chance.millis(1, 150),
            status,
            failure: Failure { verdict, landed: Landed::No, what: what.to_owned() },
        },
    }
}

/// A time-out, a reset, a 500, a 502 or a 504: it may land all the same, before the caller gives up or
/// long after.
fn unanswered(chance: &mut Chance, late_window: SignedDuration) -> Fate {
    let latest = i64::try_from(late_window.as_millis()).unwrap_or(0) - 1;
    let soon = chance.happens(500);
    let latest = if soon { latest.min(2_000) } else { latest };
    let lands_after = chance.happens(700).then(|| chance.millis(1, latest));
    let (after, status, what) = match chance.below(4) {
        0 => (chance.millis(2, 200), None, "connection reset"),
        1 => (chance.millis(20, 3_000), Some(504), "gateway time-out"),
        2 => (chance.millis(2, 200), Some(500), "server error"),
        _ => (SignedDuration::from_millis(REQUEST_TIMEOUT), None, "time-out"),
    };
    Fate {
        lands_after,
        told: Told::Failure {
            after,
            status,
            failure: Failure {
                verdict: Verdict::Retry { after: None },
                landed: Landed::Maybe,
                what: what.to_owned(),
            },
        },
    }
}
