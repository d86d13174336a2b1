//! Records that our clock keeps waiting, and what is decided when it has caught up.

use super::Shard;
use crate::engine::Record;
use jiff::SignedDuration;

impl Shard {
    /// How far our clock is behind the last owner's. Until it has caught up nothing begins or ends by
    /// time alone.
    pub fn is_behind(&self) -> SignedDuration {
        self.books.today().duration_since(self.books.now)
    }

    /// Whether our clock and the last owner's are too far apart for both to be right. Nothing begins
    /// or ends by time alone until a record that comes in has a time like ours.
    pub fn is_time_in_question(&self) -> bool {
        self.books.clocks.in_question()
    }

    /// Records that wait until our clock has caught up.
    pub fn waiting_for_the_clock(&self) -> usize {
        self.books.clocks.waiting()
    }

    /// A record has come in: decided at once, unless our clock is what is wrong.
    pub(super) fn take_record_in(&mut self, record: Record) {
        let now = self.books.now;
        // A command touches nobody, so it makes nothing begin or end by time either.
        if !self.is_command(&record.raw) && self.books.clocks.hear(&record, now) {
            // What was due meanwhile is due now.
            for id in self.people.ids() {
                self.books.wakes.set(id, Some(now));
            }
        }
        if let Some(record) = self.books.clocks.admit(record, now) {
            self.decide(&record);
        }
    }

    /// Decides what no longer has to wait.
    pub(super) fn decide_what_waited(&mut self) {
        while let Some(record) = self.books.clocks.next_ready(self.books.now) {
            self.decide(&record);
        }
    }
}
