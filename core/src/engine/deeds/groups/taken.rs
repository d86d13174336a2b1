//! Whether a removal took more members than it was asked to.
//!
//! Some servers empty the group, or heed no filter. It shows in the reading that follows the removal, beside
//! what others have changed meanwhile: the older the reading before it, the less it proves.

use super::{Group, Seen};
use crate::engine::moment::Moment;
use crate::model::ids::ScimId;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A reading is just before a removal, or just after it, within this.
const JUST: SignedDuration = SignedDuration::from_mins(1);
/// After an older reading so many must be missing, and half of the group.
const MANY: usize = 3;

/// Members that usher has asked to be taken out since the last reading.
#[derive(Clone, Debug, Default)]
pub(super) struct AskedOut {
    /// When the first removal left.
    first: Option<Timestamp>,
    accounts: BTreeMap<ScimId, Moment>,
    /// Deleted with their memberships.
    deleted: BTreeMap<ScimId, Moment>,
}

/// Members who went with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Whom usher has asked to be taken out.
    pub asked: Vec<ScimId>,
    /// Who is gone besides.
    pub gone: Vec<ScimId>,
    /// Members whom nobody had seen there: accounts that got another id are gone by the old one, and are here.
    pub newcomers: usize,
    /// How many there were before.
    pub members: usize,
    /// The readings lie just before and just after the removal, so that nobody else can have taken them.
    pub is_sure: bool,
}

impl Missing {
    /// Whether so few may be gone by somebody else's doing. `gone`: without those who were to go.
    pub fn is_too_many(&self, gone: usize) -> bool {
        let gone = gone.saturating_sub(self.newcomers);
        gone > 0 && (self.is_sure || gone >= MANY && gone * 2 >= self.members)
    }
}

impl Group {
    /// A call leaves that takes this account out.
    pub fn asks_out(&mut self, account: &ScimId, moment: Moment, now: Timestamp) {
        self.asked_out.first.get_or_insert(now);
        self.asked_out.accounts.insert(account.clone(), moment);
    }

    /// A call leaves that deletes this account.
    pub fn loses_account(&mut self, account: &ScimId, moment: Moment) {
        if self.members.contains(account) {
            self.asked_out.deleted.insert(account.clone(), moment);
        }
    }

    /// What the members that were just read show of removals that had left when the reading began. Asked
    /// before the reading is taken in.
    pub(super) fn missing_after_removal(&mut self, began: Moment, seen: &Seen) -> Option<Missing> {
        let read_at = std::mem::replace(&mut self.read_at, self.asked_at);
        let has_left = |at: &Moment| *at < began;
        if self.read_moment == 0 || !self.asked_out.accounts.values().any(has_left) {
            self.asked_out.deleted.retain(|_, at| !has_left(at));
            return None;
        }
        let AskedOut { first, accounts, deleted } = std::mem::take(&mut self.asked_out);
        let is_asked = |account: &ScimId| {
            accounts.contains_key(account)
                || deleted.contains_key(account)
                || self.unsure.contains(account)
                || self.let_in.contains(account)
        };
        let gone = seen.gone.iter().filter(|it| !is_asked(it));
        let gone: Vec<ScimId> = gone.cloned().collect();
        let within = |from: Option<Timestamp>, to: Option<Timestamp>| {
            from.zip(to).is_some_and(|(from, to)| to.duration_since(from) <= JUST)
        };
        let is_sure = within(read_at, first) && within(first, self.asked_at);
        let newcomers = seen.come.iter().filter(|it| !accounts.contains_key(*it)).count();
        let asked: Vec<ScimId> =
            accounts.iter().filter(|(_, at)| has_left(at)).map(|(it, _)| it.clone()).collect();
        let members = self.members.len() + asked.len();
        // What left later is judged by the next reading.
        self.asked_out.accounts = accounts.into_iter().filter(|(_, at)| !has_left(at)).collect();
        self.asked_out.deleted = deleted.into_iter().filter(|(_, at)| !has_left(at)).collect();
        if !self.asked_out.accounts.is_empty() {
            self.asked_out.first = self.asked_at;
        }
        (!gone.is_empty()).then_some(Missing { asked, gone, newcomers, members, is_sure })
    }

    /// The group is another one: nobody has asked anything of it.
    pub(super) fn forget_asked_out(&mut self) {
        self.asked_out = AskedOut::default();
        self.read_at = None;
        self.let_in.clear();
    }
}
