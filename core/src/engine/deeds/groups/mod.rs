//! The groups of one target as a shard sees them while it owns it.
//!
//! All of it is rebuilt by a new owner; nothing here decides about a person.

mod known;
mod making;
mod taken;

pub use making::Makeable;
pub use taken::Missing;

use crate::engine::moment::Moment;
use crate::engine::state::Trouble;
use crate::model::decision::Why;
use crate::model::ids::{GroupName, PersonId, ScimId};
use crate::model::operation::Operation;
use crate::model::wish::Membership;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use taken::AskedOut;

/// How long a group is taken to have the name by which it was found, when somebody is let in.
const NAMED_FOR: SignedDuration = SignedDuration::from_mins(1);
/// How old a reading may be: as long as a yes that does not show is looked at.
pub const SHOWS_WITHIN: SignedDuration = SignedDuration::from_secs(90);

/// Members as they were just read, beside those that were believed.
#[derive(Debug)]
struct Seen {
    members: HashSet<ScimId>,
    gone: Vec<ScimId>,
    come: Vec<ScimId>,
}

/// A group that rules or claims name.
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub id: GroupId,
    members: HashSet<ScimId>,
    /// The id of the group whose members these are.
    members_of: Option<ScimId>,
    /// Members that a call in doubt may have changed.
    unsure: BTreeSet<ScimId>,
    /// When the last read that came back began; 0: never read.
    pub read_moment: Moment,
    /// Own changes since then, for a read that began before them.
    changes: VecDeque<(Moment, ScimId, bool)>,
    /// A read in flight.
    pub reading: Option<Moment>,
    pub attempt: u32,
    pub not_before: Option<Timestamp>,
    /// Somebody is to join it, and it was not there.
    pub wanted: bool,
    makeable: Makeable,
    /// When the last read of it left.
    pub asked_at: Option<Timestamp>,
    /// A look that left then has shown that it is not there.
    missed_at: Option<Timestamp>,
    /// What an earlier call makes of it may not show until then: another call would make a second group
    /// of the name.
    being_made_until: Option<Timestamp>,
    /// Calls in a row that did not make it.
    pub not_made: u32,
    /// It is not made again before this.
    pub not_made_before: Option<Timestamp>,
    /// How often a read was put off for those who are about to join.
    pub put_off: u8,
    /// When it was last seen under its name.
    pub named_at: Option<Timestamp>,
    /// Its name is asked for next, and not its members.
    pub ask_name: bool,
    /// When it was last looked for by its name, which alone shows whether another one has it, too.
    looked_for_at: Option<Timestamp>,
    /// When its members are read again at the latest.
    pub refresh_at: Option<Timestamp>,
    /// Why it is not read: the target refuses that, or shows it and does not have it.
    pub unreadable: Option<Why>,
    /// The id under which it is listed, and not there to be read.
    listed: Option<ScimId>,
    /// Who is cut before anybody has seen whether they were members.
    unseen: BTreeMap<ScimId, Unseen>,
    /// Meanwhile, what accounts have said of themselves, and when they were read.
    shown: BTreeMap<ScimId, (Moment, bool)>,
    /// Since the last reading.
    asked_out: AskedOut,
    /// When the last reading of its members left.
    read_at: Option<Timestamp>,
    /// Who was let in, and was not read in it yet.
    let_in: BTreeSet<ScimId>,
    /// Accounts that were found since it was read.
    found_since: BTreeSet<ScimId>,
    /// Accounts that list no group with its id, which may be an old one.
    to_say_again: BTreeSet<ScimId>,
    /// People to drive when a read has come back.
    pub waiting: BTreeSet<PersonId>,
    /// The last read that failed, until one succeeds.
    pub trouble: Option<Trouble>,
}

/// A cut by a group, of somebody of whom it is not known whether they were a member before.
#[derive(Clone, Copy, Debug)]
struct Unseen {
    /// It puts them in, for the group takes access.
    joins: bool,
    has_left: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupId {
    #[default]
    Unknown,
    Missing,
    /// Missing, wanted by somebody, and usher may make it.
    ToMake,
    /// Several groups have this name.
    Ambiguous,
    Found(ScimId),
}

impl Group {
    /// An account was found that the last reading does not show: it may have been made, or have got
    /// this id, and have joined since. What it is taken to be shows no way back.
    pub fn was_read_before(&mut self, account: &ScimId) {
        if self.read_moment > 0 && !self.members.contains(account) {
            self.found_since.insert(account.clone());
        }
    }

    /// How many members the last reading has shown; `None`: there was none.
    pub fn members_known(&self) -> Option<usize> {
        (self.read_moment > 0).then_some(self.members.len())
    }

    /// Its members as the last reading has shown them, without those whom a call in doubt may have changed.
    pub fn sure_members(&self) -> impl Iterator<Item = &ScimId> {
        self.members.iter().filter(|account| !self.unsure.contains(*account))
    }

    /// A change that the provider has confirmed.
    pub fn changed(&mut self, moment: Moment, account: ScimId, member: bool) {
        self.set(&account, member);
        self.unsure.remove(&account);
        if member {
            self.let_in.insert(account.clone());
        }
        self.changes.push_back((moment, account, member));
        if self.reading.is_none() && self.read_moment > 0 {
            self.changes.clear();
        }
    }

    /// A change that may or may not have happened.
    pub fn doubt(&mut self, account: ScimId) {
        self.unsure.insert(account);
    }

    /// The account is about to be cut by this group, and nobody has seen whether it was a member.
    pub fn look_before_cut(&mut self, account: &ScimId, joins: bool) {
        self.unseen.entry(account.clone()).or_insert(Unseen { joins, has_left: false });
    }

    /// The cut leaves: from here on a reading may show its effect.
    pub fn cut_leaves(&mut self, account: &ScimId) {
        if let Some(unseen) = self.unseen.get_mut(account) {
            unseen.has_left = true;
        }
    }

    /// What the members that were just read tell of those who are being cut. Once the call has left,
    /// what it would bring about may be its effect, and only the contrary was so before.
    pub fn seen_before_cut(&mut self, members: &[ScimId]) -> Vec<(ScimId, Membership)> {
        let unseen = std::mem::take(&mut self.unseen);
        if unseen.is_empty() {
            return Vec::new();
        }
        let members: HashSet<&ScimId> = members.iter().collect();
        let tell = |(account, cut): (ScimId, Unseen)| {
            let is_member = members.contains(&account);
            let membership = Membership::of(is_member);
            (!cut.has_left || is_member != cut.joins).then_some((account, membership))
        };
        unseen.into_iter().filter_map(tell).collect()
    }

    /// A read that began at `began` brought the members of the group with this id. Gives the accounts of
    /// which something else was believed: they are news to whoever they belong to.
    pub fn read(
        &mut self,
        began: Moment,
        (id, members): (&ScimId, Vec<ScimId>),
    ) -> BTreeSet<ScimId> {
        let seen = self.compare(members);
        self.take_in(began, id, seen)
    }

    /// The same, and what it shows of the removals before it.
    pub fn read_after_removals(
        &mut self,
        began: Moment,
        (id, members): (&ScimId, Vec<ScimId>),
    ) -> (BTreeSet<ScimId>, Option<Missing>) {
        let seen = self.compare(members);
        let missing = self.missing_after_removal(began, &seen);
        (self.take_in(began, id, seen), missing)
    }

    fn compare(&self, members: Vec<ScimId>) -> Seen {
        let members: HashSet<ScimId> = members.into_iter().collect();
        let gone = self.members.difference(&members).cloned().collect();
        let come = members.difference(&self.members).cloned().collect();
        Seen { members, gone, come }
    }

    fn take_in(&mut self, began: Moment, id: &ScimId, seen: Seen) -> BTreeSet<ScimId> {
        self.members_of = Some(id.clone());
        self.members = seen.members;
        self.let_in.retain(|account| !self.members.contains(account));
        let mut news = std::mem::take(&mut self.unsure);
        news.extend(seen.gone);
        news.extend(seen.come);
        let since = std::mem::take(&mut self.changes);
        for (moment, account, member) in since {
            if moment > began {
                self.set(&account, member);
            }
        }
        self.read_moment = began;
        self.reading = None;
        self.put_off = 0;
        self.attempt = 0;
        self.not_before = None;
        self.unreadable = None;
        self.listed = None;
        self.shown.clear();
        self.to_say_again.clear();
        self.found_since.clear();
        news
    }

    /// The one group of the name has this id. Who was in another one says nothing of it.
    pub fn is_found(&mut self, id: &ScimId) {
        if self.members_of.as_ref() != Some(id) {
            self.forget_members();
            self.read_moment = 0;
        }
        self.id = GroupId::Found(id.clone());
        self.listed = None;
    }

    /// None or several have the name: whoever was in the one that had it is in none that is known.
    pub fn forget_members(&mut self) {
        self.members.clear();
        self.members_of = None;
        self.changes.clear();
        self.shown.clear();
        self.found_since.clear();
        self.forget_asked_out();
    }

    /// It was not there to be changed, and may have another id by now. Whether it can be read is tried
    /// once more, too, unless it was found a moment ago.
    pub fn look_for_anew(&mut self, now: Timestamp) {
        self.id = GroupId::Unknown;
        if !self.was_just_named(now) && self.unreadable.take().is_some() {
            self.not_before = None;
        }
    }

    /// Nothing was there to be changed under that id. One that was found meanwhile is another.
    pub fn was_not_there(&mut self, id: &ScimId, now: Timestamp) {
        let is_another = matches!(&self.id, GroupId::Found(found) if found != id);
        if !is_another {
            self.look_for_anew(now);
        }
    }

    /// Whether it was seen under its name a moment ago.
    pub fn was_just_named(&self, now: Timestamp) -> bool {
        self.named_at.is_some_and(|at| now.duration_since(at) <= NAMED_FOR)
    }

    /// Whether it is looked for by its name before it is read: another one may have that, too, by now. A
    /// reading that somebody waits for is held up by that half as often.
    pub fn is_to_be_looked_for(&self, refresh: SignedDuration, now: Timestamp) -> bool {
        let every = if self.waiting.is_empty() { refresh } else { refresh * 2 };
        self.looked_for_at.is_none_or(|at| now.duration_since(at) >= every)
    }

    /// It is listed under that id, and not there to be read; it may be there to be changed.
    pub fn keep_listed(&mut self, id: &ScimId) {
        self.listed = Some(id.clone());
    }

    /// The id under which accounts know it.
    pub fn listed_id(&self) -> Option<&ScimId> {
        match &self.id {
            GroupId::Found(id) => Some(id),
            GroupId::Unknown => self.listed.as_ref(),
            GroupId::Missing | GroupId::ToMake | GroupId::Ambiguous => None,
        }
    }

    /// An account that was read says whether it is in this group, which cannot be read itself.
    pub fn show(&mut self, moment: Moment, account: &ScimId, member: bool) {
        self.set(account, member);
        self.unsure.remove(account);
        self.shown.insert(account.clone(), (moment, member));
    }

    /// An account was read that may list it under another id.
    pub fn is_to_be_said_again(&mut self, account: &ScimId, now: Timestamp) {
        self.to_say_again.insert(account.clone());
        // Cuts go by the old id until there is another.
        if let GroupId::Found(id) = &self.id {
            self.listed = Some(id.clone());
        }
        self.look_for_anew(now);
    }

    /// An account was read, whatever it says of groups.
    pub fn is_heard(&mut self, account: &ScimId) {
        self.to_say_again.remove(account);
    }

    /// Whether a cut may wait for what the reading brings.
    pub fn is_first_read(&self) -> bool {
        self.read_moment == 0 || !matches!(self.id, GroupId::Found(_))
    }

    /// Whether the next look at it is news for all who are asked about it, for nobody knows its members.
    pub fn is_news_for_all(&self) -> bool {
        self.read_moment == 0 || self.id == GroupId::Unknown && self.members_of.is_none()
    }

    /// Whether it cannot be read, and has not been since `need`; nor has `account` said so itself.
    pub fn is_unproved(&self, account: Option<&ScimId>, need: Moment) -> bool {
        self.unreadable.is_some() && !self.is_proved(account, need)
    }

    /// Whether the membership of `account` was read since `need`.
    pub fn is_proved(&self, account: Option<&ScimId>, need: Moment) -> bool {
        let shown = account.and_then(|account| self.shown.get(account));
        self.read_moment >= need || shown.is_some_and(|(moment, _)| *moment >= need)
    }

    fn set(&mut self, account: &ScimId, member: bool) {
        if member {
            self.members.insert(account.clone());
        } else {
            self.members.remove(account);
        }
    }
}

/// Whether one of these joins waits for the account to list its groups once more: the group's id is
/// known now, and it cannot be read itself.
pub fn waits_for_account(groups: &BTreeMap<GroupName, Group>, grants: &[Operation]) -> bool {
    grants.iter().filter_map(Operation::membership).any(|(account, group)| {
        let known = groups.get(&group.name).filter(|known| known.unreadable.is_some());
        known.is_some_and(|known| known.to_say_again.contains(account))
    })
}
