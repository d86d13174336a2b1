//! Whether a group that is not there may be made now.

use super::{Group, GroupId, NAMED_FOR, SHOWS_WITHIN};
use jiff::Timestamp;

/// Whether the target makes a group that it does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Makeable {
    /// It has refused nothing.
    #[default]
    Perhaps,
    /// It has answered with a 403, in these words: is it the group, or is the whole target closed? The
    /// next look tells.
    Forbidden(String),
    /// It would not, in these words.
    No(String),
}

impl Group {
    /// What the target has said to making it.
    pub fn was_refused(&mut self, makeable: Makeable) {
        self.makeable = makeable;
    }

    /// A look for it came back: the target answers, so a 403 meant this group.
    pub fn was_looked_for(&mut self, now: Timestamp) {
        self.looked_for_at = Some(now);
        self.makeable = match std::mem::take(&mut self.makeable) {
            Makeable::Forbidden(what) => Makeable::No(what),
            Makeable::Perhaps | Makeable::No(_) => Makeable::Perhaps,
        };
    }

    /// The look was refused, too: the 403 said nothing of this group.
    pub fn was_not_meant(&mut self) {
        self.makeable = Makeable::Perhaps;
    }

    /// Whether the target makes it, as far as anybody knows, and lets usher look for it first.
    pub fn can_be_made(&self) -> bool {
        self.why_not_made().is_none() && self.unreadable.is_none()
    }

    /// Why the target would not make it.
    pub fn why_not_made(&self) -> Option<&str> {
        match &self.makeable {
            Makeable::No(what) => Some(what),
            Makeable::Perhaps | Makeable::Forbidden(_) => None,
        }
    }

    /// A call may make it until then, and what it made shows a while after.
    pub fn may_be_made_until(&mut self, until: Timestamp) {
        let shows = until.checked_add(SHOWS_WITHIN).unwrap_or(Timestamp::MAX);
        self.being_made_until = self.being_made_until.max(Some(shows));
    }

    /// The look that comes back just now has shown no group of the name.
    pub fn is_missed(&mut self) {
        self.id = GroupId::Missing;
        self.forget_members();
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
