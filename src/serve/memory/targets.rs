//! What the audit shows of a target: calls that wrote, how long they took, and what failed last.

use crate::audit::line::{Line, LineKind};
use crate::model::call_record::{CallOutcome, CallRecord};
use crate::model::code::WrittenCode;
use crate::model::decision::{NoteWord, ResultWord};
use crate::view::history;
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// Hours of calls that are kept.
pub const HOURS_KEPT: usize = 72;
/// Latencies that are kept.
const LATENCIES_MOST: usize = 500;

/// The figures of one target.
#[derive(Debug, Default)]
pub struct TargetFigures {
    /// Calls that wrote, by the hour since 1970.
    by_hour: BTreeMap<i64, usize>,
    latencies: VecDeque<u64>,
    /// When a call last did what it should.
    pub done_at: Option<Timestamp>,
    /// The last revision that failed, or takes longer than one would expect, and why.
    pub failed: Option<(Timestamp, WrittenCode)>,
}

impl TargetFigures {
    pub(super) fn take(&mut self, line: &Line, told: &history::Line) {
        for call in line.unmapped.calls.iter().flatten() {
            self.take_call(call);
        }
        let failed = match told.kind {
            LineKind::Result => told.outcome == ResultWord::Failed.word(),
            // What is held or protected is none of the target's doing.
            LineKind::Note => told.outcome == NoteWord::Waiting.word(),
            LineKind::Decision | LineKind::Reading | LineKind::Command => false,
        };
        if let (true, Some(why)) = (failed, &told.why) {
            self.failed = Some((told.at, why.code.clone()));
        }
    }

    fn take_call(&mut self, call: &CallRecord) {
        let was_sent = match &call.outcome {
            CallOutcome::Planned | CallOutcome::NotSent => false,
            CallOutcome::Done
            | CallOutcome::Accepted
            | CallOutcome::AlreadySo
            | CallOutcome::Exists
            | CallOutcome::Gone
            | CallOutcome::Failed(_)
            | CallOutcome::Unanswered(_) => true,
        };
        if !was_sent {
            return;
        }
        *self.by_hour.entry(hour_of(call.at)).or_default() += 1;
        while self.by_hour.len() > HOURS_KEPT {
            self.by_hour.pop_first();
        }
        if call.status.is_some() {
            if self.latencies.len() >= LATENCIES_MOST {
                self.latencies.pop_front();
            }
            self.latencies.push_back(call.latency_ms);
        }
        if matches!(call.outcome, CallOutcome::Done | CallOutcome::AlreadySo) {
            self.done_at = self.done_at.max(Some(call.at));
        }
    }

    /// Calls in each of the last hours, the oldest first; the last is the hour of `now`.
    pub fn calls_by_hour(&self, now: Timestamp, hours: usize) -> Vec<usize> {
        let last = hour_of(now);
        let first = last - i64::try_from(hours).unwrap_or(i64::MAX) + 1;
        (first..=last).map(|hour| self.by_hour.get(&hour).copied().unwrap_or(0)).collect()
    }

    /// Milliseconds that half of the calls, and 95 of 100, took at most; `None`: none was answered.
    pub fn latency(&self) -> Option<(u64, u64)> {
        let mut all: Vec<u64> = self.latencies.iter().copied().collect();
        all.sort_unstable();
        let at = |hundredths: usize| all.get((all.len().saturating_sub(1)) * hundredths / 100);
        Some((*at(50)?, *at(95)?))
    }
}

fn hour_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(3_600)
}
