//! What answers have shown of accounts and groups, and whether that was after the last change.
//!
//! Kept by the world from the answers that truly came. What a provider says to a change proves nothing
//! of it; what it says to a reading proves what it shows, be that so or not.

use super::owner::OpenCall;
use crate::model::{
    Account, Answer, AttributeName, GroupName, GroupRef, Landed, Operation, Outcome, PersonId,
    Reply, Request, ScimId, TargetName, TenantName,
};
use std::collections::{BTreeMap, BTreeSet};

pub type Place = (TenantName, TargetName);

/// For whom a call was made. What a look-up for one person shows of another's account that person is
/// not driven by: an answer that lags may show it as it was.
type Asker = Option<PersonId>;

/// The number of the call that showed it, and what.
#[derive(Clone, Debug)]
pub struct Sight<T> {
    pub number: u64,
    pub shows: T,
}

/// What a group was last seen as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupSight {
    Members(BTreeSet<ScimId>),
    /// No group has the name.
    Missing,
    /// Several have it: nothing is known of any.
    Several,
}

/// What a look-up of a person has last shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Nobody,
    Somebody,
    /// It failed.
    Nothing,
}

/// Everything that was seen at all targets.
#[derive(Debug, Default)]
pub struct Seen {
    accounts: BTreeMap<(Place, ScimId, Asker), Sight<Account>>,
    groups: BTreeMap<(Place, GroupName), Sight<GroupSight>>,
    /// By which id a group was last found.
    group_ids: BTreeMap<(Place, GroupName), ScimId>,
    /// When a group was last asked for and not shown.
    groups_failed: BTreeMap<(Place, GroupName), u64>,
    /// Which groups an account has said to be in, when it was last read.
    said: BTreeMap<(Place, ScimId), Sight<BTreeSet<ScimId>>>,
    found: BTreeMap<(Place, PersonId), Found>,
    /// Only a call with a greater number can show what has become of it.
    account_changed: BTreeMap<(Place, ScimId), u64>,
    member_changed: BTreeMap<(Place, GroupName, ScimId), u64>,
}

impl Seen {
    /// The account as it was last seen, if that was after its last change.
    ///
    /// What was shown for the person counts, and what was shown for others if that is nothing.
    pub fn account(&self, place: &Place, id: &ScimId, person: &PersonId) -> Option<&Account> {
        let key = (place.clone(), id.clone());
        let changed = self.account_changed.get(&key).copied().unwrap_or(0);
        let first = (place.clone(), id.clone(), None);
        let all =
            self.accounts.range(first..).take_while(|((at, of, _), _)| (at, of) == (place, id));
        let sights = all.filter(|(_, sight)| sight.number > changed);
        let is_own = |asker: &Asker| asker.as_ref() == Some(person);
        let last = sights.max_by_key(|((.., asker), sight)| (is_own(asker), sight.number));
        last.map(|(_, sight)| &sight.shows)
    }

    /// The group as it was last seen, if that was after the member's last change.
    /// Where the group says nothing, or nothing more, what the account has said of itself counts.
    pub fn group(&self, place: &Place, name: &GroupName, member: &ScimId) -> Option<GroupSight> {
        let key = (place.clone(), name.clone(), member.clone());
        let changed = self.member_changed.get(&key).copied().unwrap_or(0);
        let group = (place.clone(), name.clone());
        let sight = self.groups.get(&group).filter(|sight| sight.number > changed);
        let said = self.said.get(&(place.clone(), member.clone()));
        let said = said.filter(|said| said.number > changed).zip(self.group_ids.get(&group));
        let said_at = said.map(|(said, _)| said.number);
        let said = said.map(|(said, id)| {
            let members = said.shows.contains(id).then(|| member.clone()).into_iter().collect();
            GroupSight::Members(members)
        });
        let failed = self.groups_failed.get(&group).copied().unwrap_or(0);
        let is_outdated = |sight: &&Sight<_>| {
            failed > sight.number && said_at.is_some_and(|said_at| said_at > sight.number)
        };
        match sight {
            Some(sight) if !is_outdated(&sight) => Some(sight.shows.clone()),
            Some(_) | None => said,
        }
    }

    pub fn found(&self, place: &Place, person: &PersonId) -> Option<Found> {
        self.found.get(&(place.clone(), person.clone())).copied()
    }

    /// Whatever came of a call that was made, only calls after `started` show it.
    pub fn changed(&mut self, open: &OpenCall, started: u64) {
        let place = (open.call.tenant.clone(), open.call.target.clone());
        let mut member = |group: &GroupRef, account: &ScimId| {
            self.member_changed
                .insert((place.clone(), group.name.clone(), account.clone()), started);
        };
        match &open.call.request {
            Request::AddMembers { group, accounts } => {
                for account in accounts {
                    member(group, account);
                }
            }
            Request::Write(
                Operation::AddMember { account, group }
                | Operation::RemoveMember { account, group },
            ) => member(group, account),
            Request::Write(Operation::Change { account, .. } | Operation::Delete { account }) => {
                self.account_changed.insert((place, account.clone()), started);
            }
            _ => {}
        }
    }

    /// An answer has come to the owner of the moment; `started` calls were made so far.
    pub fn heard(&mut self, open: &OpenCall, answer: &Answer, started: u64) {
        let place = (open.call.tenant.clone(), open.call.target.clone());
        let certainly_not = match &answer.outcome {
            Outcome::NotSent => true,
            Outcome::Failed(failure) => failure.landed == Landed::No,
            Outcome::Done(_) => false,
        };
        if !certainly_not {
            self.changed(open, started);
        }
        self.heard_of_accounts(&place, open, &answer.outcome, started);
        self.heard_of_groups(place, open, &answer.outcome);
    }

    fn heard_of_accounts(
        &mut self,
        place: &Place,
        open: &OpenCall,
        outcome: &Outcome,
        started: u64,
    ) {
        let person = open.call.person.clone();
        match (&open.call.request, outcome) {
            // Numbers are asked for only while somebody else has a name as well, which may be over.
            (Request::FindAccounts { attribute, .. }, Outcome::Failed(_))
                if *attribute == AttributeName::EMPLOYEE_NUMBER => {}
            (Request::FindAccounts { .. }, outcome) => {
                let found = match outcome {
                    Outcome::Done(Reply::Accounts(found)) => {
                        for account in found {
                            self.shown(place, account, (&person, open.number));
                        }
                        if found.is_empty() { Found::Nobody } else { Found::Somebody }
                    }
                    Outcome::Done(_) | Outcome::Failed(_) => Found::Nothing,
                    Outcome::NotSent => return,
                };
                self.found.extend(person.map(|person| ((place.clone(), person), found)));
            }
            (Request::ReadAccount { .. }, Outcome::Done(Reply::Account(account))) => {
                self.shown(place, account, (&person, open.number));
            }
            (Request::ReadAccount { account }, Outcome::Done(Reply::Gone)) => {
                self.accounts.retain(|(at, of, _), _| (at, of) != (place, account));
            }
            // An account that is made is shown whole; of a change of access the answer proves nothing.
            (
                Request::Write(Operation::Create { .. } | Operation::Change { active: None, .. }),
                Outcome::Done(Reply::Account(account)),
            ) => self.shown(place, account, (&person, started + 1)),
            _ => {}
        }
    }

    fn heard_of_groups(&mut self, place: Place, open: &OpenCall, outcome: &Outcome) {
        match (&open.call.request, outcome) {
            // Of two that are called the same a list of all shows both: the other one is not meant.
            (Request::ReadMembers { group }, Outcome::Done(_))
                if self.is_another(&place, group) => {}
            (Request::ReadMembers { group }, Outcome::Done(Reply::Members(members))) => {
                let members = GroupSight::Members(members.iter().cloned().collect());
                self.group_shown(place, &group.name, open.number, members);
            }
            (Request::FindGroups { name }, Outcome::Done(Reply::Groups(found))) => {
                match found.len() {
                    0 => self.group_shown(place, name, open.number, GroupSight::Missing),
                    1 => {
                        let id = found.first().map(|found| found.id.clone());
                        self.group_ids.extend(id.map(|id| ((place, name.clone()), id)));
                    }
                    _ => self.group_shown(place, name, open.number, GroupSight::Several),
                }
            }
            (Request::FindGroups { name }, Outcome::Failed(_))
            | (
                Request::ReadMembers { group: GroupRef { name, .. } },
                Outcome::Failed(_) | Outcome::Done(Reply::Gone),
            ) => {
                self.groups_failed.insert((place, name.clone()), open.number);
            }
            (
                Request::Write(Operation::CreateGroup { name }),
                Outcome::Done(Reply::Groups(made)),
            ) => {
                let id = made.first().map(|made| made.id.clone());
                self.group_ids.extend(id.map(|id| ((place.clone(), name.clone()), id)));
                let nobody = GroupSight::Members(BTreeSet::new());
                self.group_shown(place, name, open.number, nobody);
            }
            _ => {}
        }
    }

    fn is_another(&self, place: &Place, group: &GroupRef) -> bool {
        let found = self.group_ids.get(&(place.clone(), group.name.clone()));
        found.is_some_and(|id| *id != group.id)
    }

    fn shown(&mut self, place: &Place, account: &Account, (asker, number): (&Asker, u64)) {
        let key = (place.clone(), account.id.clone());
        if let Some(groups) = &account.groups {
            note(
                &mut self.said,
                key.clone(),
                Sight { number, shows: groups.keys().cloned().collect() },
            );
        }
        let key = (key.0, key.1, asker.clone());
        note(&mut self.accounts, key, Sight { number, shows: account.clone() });
    }

    fn group_shown(&mut self, place: Place, name: &GroupName, number: u64, shows: GroupSight) {
        note(&mut self.groups, (place, name.clone()), Sight { number, shows });
    }
}

/// What a later call has shown, no answer that comes late to an earlier one takes away.
fn note<K: Ord, T>(sights: &mut BTreeMap<K, Sight<T>>, key: K, sight: Sight<T>) {
    if sights.get(&key).is_none_or(|known| known.number <= sight.number) {
        sights.insert(key, sight);
    }
}
