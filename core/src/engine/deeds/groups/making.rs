//! Whether a group that is not there may be made now.

use super::{Group, GroupId, NAMED_FOR, SHOWS_WITHIN};
use jiff::Timestamp;

impl Group {
    /// A call may make it until then, and what it made shows a while after.
    pub fn may_be_made_until(&mut self, until: Timestamp) {
        let shows = until.checked_add(SHOWS_WITHIN).unwrap_or(Timestamp::MAX);
        self.being_made_until = self.being_made_until.max(Some(shows));
    }

    /// The look that comes back just now has shown no group of the name.
    pub fn is_missed(&mut self) {
        self.id = GroupId::Missing;
        self.missed_at = self.asked_at;
    }

    fn was_just_missed(&self, now: Timestamp) -> bool {
        self.missed_at.is_some_and(|at| now.duration_since(at) <= NAMED_FOR)
    }

    /// Whether it may be made now: it was looked for a moment ago, when all that earlier calls may have
    /// made would have shown, and was not there.
    pub fn is_to_be_made(&self, now: Timestamp) -> bool {
        self.id == GroupId::ToMake
            && self.reading.is_none()
            && self.was_just_missed(now)
            && self.missed_at >= self.being_made_until
    }

    /// When it is looked for again, while an earlier call may make it and a look has shown a moment ago
    /// that it is not there yet.
    pub fn is_looked_for_again_at(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.being_made_until.filter(|until| *until > now)?;
        let missed_at = self.missed_at.filter(|_| self.was_just_missed(now))?;
        let again = missed_at.checked_add(NAMED_FOR).ok().filter(|again| *again > now)?;
        Some(until.min(again))
    }
}
