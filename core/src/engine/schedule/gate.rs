//! Whether one more call may start at a target: slots, quota, what the provider asked for, and a
//! circuit breaker.
//!
//! Urgent work has a slot and the bursts to itself: bulk can neither fill all slots nor spend a
//! window's calls at once.

use crate::engine::schedule::retry;
use crate::engine::settings::{Quota, TargetSettings, Timing};
use crate::model::call::{Answer, Outcome, RateLimits, Urgency, Verdict};
use crate::model::pause::Pause;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// Failures in a row after which the target is asked by one call at a time, with pauses.
const STREAK_THAT_CLOSES: u32 = 3;
/// The longest pause of a breaker: a provider that is back is noticed within this.
const PAUSE_MAX: SignedDuration = SignedDuration::from_secs(10);
/// An outage that lasts longer makes what was read before it too old to give anything by.
const SHORT_OUTAGE: SignedDuration = SignedDuration::from_mins(1);
/// How evenly calls are spread.
const GRAIN: SignedDuration = SignedDuration::from_millis(10);

/// What is kept for a write until its commit is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// A slot.
    Slot,
    /// The next start: who is urgent is written ahead before there is a slot.
    Start,
    /// Nothing: it goes along with another.
    Nothing,
}

/// One target's gate.
#[derive(Debug, Default)]
pub struct Gate {
    /// Calls open, and slots kept for calls that wait for their write-ahead commit.
    pub taken: usize,
    /// Urgent calls that wait for their commit: what is less urgent does not take the start from them.
    coming: usize,
    /// Starts of the last calls, as many as one window takes.
    started: VecDeque<Timestamp>,
    /// The provider asked to be left alone until then; an answer to an earlier call does not end it.
    asked_until: Option<Timestamp>,
    /// It asked for longer than it is left alone, and no call has got through since.
    pause: Option<Pause>,
    /// A call got through before what was asked for was over: such resets are wrong.
    is_refuted: bool,
    /// The breaker pauses until then, or until something gets through.
    paused_until: Option<Timestamp>,
    /// Failures in a row that were the target's fault.
    streak: u32,
    /// When they tripped the breaker.
    tripped_at: Option<Timestamp>,
    /// When the last outage ended that was not short.
    back_at: Option<Timestamp>,
}

impl Gate {
    pub fn is_open(&self, settings: &TargetSettings, urgency: Urgency, now: Timestamp) -> bool {
        self.taken < self.slots(settings, urgency)
            && (urgency == Urgency::Urgent || self.coming == 0)
            && self.opens_at(settings, urgency, now).is_none()
    }

    /// When to look again, if only time can open the gate.
    pub fn opens_at(
        &self,
        settings: &TargetSettings,
        urgency: Urgency,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let quota = self.next_start(settings.quota, urgency);
        self.asked_until.max(self.paused_until).max(quota).filter(|at| *at > now)
    }

    /// While the breaker is open one call at a time probes; else bulk leaves a slot to who is urgent.
    fn slots(&self, settings: &TargetSettings, urgency: Urgency) -> usize {
        match urgency {
            _ if self.is_tripped() => 1,
            Urgency::Urgent => settings.concurrency,
            Urgency::Overdue | Urgency::Normal | Urgency::Bulk => {
                settings.concurrency.saturating_sub(1).max(1)
            }
        }
    }

    /// No window holds more starts than the quota. What is not urgent starts evenly besides, to a
    /// hundredth of a second, so that who is urgent never waits for more than one slot.
    fn next_start(&self, quota: Quota, urgency: Urgency) -> Option<Timestamp> {
        let window = self.after(quota.calls, quota.window);
        match urgency {
            Urgency::Urgent => window,
            Urgency::Overdue | Urgency::Normal | Urgency::Bulk => {
                let calls = quota.calls_in(GRAIN).max(1);
                let grain = quota.slot() * i32::try_from(calls).unwrap_or(i32::MAX);
                window.max(self.after(calls, grain))
            }
        }
    }

    /// When the last `calls` starts no longer all lie in one `window`.
    fn after(&self, calls: usize, window: SignedDuration) -> Option<Timestamp> {
        let first = self.started.len().checked_sub(calls)?;
        self.started.get(first)?.checked_add(window).ok()
    }

    /// Keeps a slot, or the next start, for a write that waits for its commit.
    pub fn keep(&mut self, keeps: Keeps) {
        match keeps {
            Keeps::Slot => self.taken += 1,
            Keeps::Start => self.coming += 1,
            Keeps::Nothing => {}
        }
    }

    pub fn release(&mut self, keeps: Keeps) {
        match keeps {
            Keeps::Slot => self.taken = self.taken.saturating_sub(1),
            Keeps::Start => self.coming = self.coming.saturating_sub(1),
            Keeps::Nothing => {}
        }
    }

    pub fn start(&mut self, settings: &TargetSettings, now: Timestamp) {
        self.started.push_back(now);
        while self.started.len() > settings.quota.calls {
            self.started.pop_front();
        }
    }

    /// Something got through. While a pause is kept only earlier calls are answered, and say nothing
    /// of what will be when it is over.
    pub fn went_well(&mut self, now: Timestamp) {
        if self.pause.is_some() && self.asked_until.is_some_and(|until| until > now) {
            return;
        }
        self.is_refuted |= self.pause.take().is_some();
        if self.tripped_at.take().is_some_and(|at| now.duration_since(at) > SHORT_OUTAGE) {
            self.back_at = Some(now);
        }
        self.streak = 0;
        self.paused_until = None;
    }

    /// Takes in what an answer asks for.
    pub fn listen(&mut self, quota: Quota, answer: &Answer, now: Timestamp) {
        let is_refused = is_refusal(&answer.outcome);
        if answer.pause.is_some() && self.is_refuted && !is_refused {
            return;
        }
        if let Some(limits) = answer.limits {
            self.hear(quota, limits, now);
        }
        if let Some(pause) = answer.pause {
            self.leave_alone(pause, now);
        }
    }

    /// The provider asks for longer than it is left alone: then one call asks, and what becomes of it
    /// counts.
    fn leave_alone(&mut self, pause: Pause, now: Timestamp) {
        let kept = SignedDuration::try_from(pause.kept).unwrap_or(SignedDuration::MAX);
        self.asked_until = self.asked_until.max(now.checked_add(kept).ok());
        self.streak = self.streak.max(STREAK_THAT_CLOSES);
        self.tripped_at.get_or_insert(now);
        self.pause = Some(pause);
        self.is_refuted = false;
    }

    /// What was asked for beyond what is kept, as long as nothing has got through since.
    pub fn pause(&self) -> Option<Pause> {
        self.pause
    }

    /// Nothing is left of the provider's own window: nobody calls before the next.
    ///
    /// Resets come in whole seconds, rounded up: one of a second says no more than "soon", and a slot
    /// of our own quota is as long as that takes.
    pub fn hear(&mut self, quota: Quota, limits: RateLimits, now: Timestamp) {
        let Some(reset) = limits.reset.filter(|_| limits.remaining == Some(0)) else { return };
        let reset = SignedDuration::try_from(reset).unwrap_or(SignedDuration::MAX);
        let wait =
            if reset <= SignedDuration::from_secs(1) { quota.slot().min(reset) } else { reset };
        self.asked_until = self.asked_until.max(now.checked_add(wait).ok());
    }

    /// The target refuses us as such: one call at a time, with pauses, until one gets through.
    pub fn closed(&mut self, timing: &Timing, now: Timestamp) {
        self.streak = self.streak.max(STREAK_THAT_CLOSES);
        self.went_wrong(None, timing, now);
    }

    /// The target as a whole was at fault; it is left alone for a while.
    pub fn went_wrong(&mut self, after: Option<SignedDuration>, timing: &Timing, now: Timestamp) {
        self.streak = self.streak.saturating_add(1);
        if self.is_tripped() {
            self.tripped_at.get_or_insert(now);
        }
        if let Some(asked) = after {
            self.asked_until = self.asked_until.max(now.checked_add(asked).ok());
        } else if self.is_tripped() {
            let attempt = self.streak - STREAK_THAT_CLOSES;
            let pause = retry::interval(attempt, timing, "gate").min(PAUSE_MAX);
            self.paused_until = self.paused_until.max(now.checked_add(pause).ok());
        }
    }

    /// Since when an account must have been read before anything is given to it: whose it is may have
    /// changed while the target was away.
    pub fn read_since(&self, now: Timestamp) -> Option<Timestamp> {
        let is_away = self.tripped_at.is_some_and(|at| now.duration_since(at) > SHORT_OUTAGE);
        let lately = is_away.then(|| now.checked_sub(SHORT_OUTAGE).ok()).flatten();
        self.back_at.max(lately)
    }

    /// Whether the target has failed several times in a row.
    pub fn is_tripped(&self) -> bool {
        self.streak >= STREAK_THAT_CLOSES
    }
}

/// Whether it is the target that does not want the call.
fn is_refusal(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed(failure) => match failure.verdict {
            Verdict::Retry { .. } | Verdict::Closed => true,
            Verdict::Again | Verdict::Stuck => false,
        },
        Outcome::Done(_) | Outcome::NotSent => false,
    }
}
