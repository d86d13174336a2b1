//! Groups that keep their last members: whoever would empty one stays in it, however many leave at once.

use super::Desk;
use crate::engine::brakes::protect::Stays;
use crate::engine::deeds::groups::GroupId;
use crate::engine::deeds::plan::Groups;
use crate::engine::state::Seat;
use crate::model::call::Request;
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::Operation;
use crate::model::wish::{Membership, Presence};
use std::collections::{BTreeMap, BTreeSet};

impl Desk {
    /// Whom a group protects, and how many are left in one, is known by its members alone.
    pub(in crate::engine) fn queue_protected(&mut self) {
        let groups: Vec<GroupName> = self.settings.protected.groups_to_read().cloned().collect();
        for group in groups {
            self.queue_group(&group);
        }
    }

    /// Whether each of these groups is read for protection's sake.
    pub(super) fn are_shields(&self, groups: &BTreeSet<GroupName>) -> bool {
        groups.iter().all(|group| self.settings.protected.groups_to_read().any(|it| it == group))
    }

    /// Groups that a person is to leave, and does not. A group that takes access may always be left.
    pub(super) fn stays(&self, seat: &Seat) -> BTreeMap<GroupName, Stays> {
        let kept = self.settings.protected.keep_last.iter();
        let kept = kept.filter(|(group, _)| !self.settings.restricting_groups.contains(*group));
        let Some(account) = seat.account() else { return BTreeMap::new() };
        let leaves = |group: &GroupName| {
            seat.wish.account == Some(Presence::Absent)
                || seat.wish.groups.get(group) == Some(&Membership::Outside)
        };
        let kept = kept.filter(|(group, _)| leaves(group));
        kept.filter_map(|(group, least)| Some((group.clone(), self.stay(group, account, *least)?)))
            .collect()
    }

    fn stay(&self, name: &GroupName, account: &ScimId, at_least: usize) -> Option<Stays> {
        if self.groups.is_member(name, account) == Some(false) {
            return None;
        }
        let group = self.groups.get(name);
        let is_found = group.is_some_and(|it| match it.id {
            GroupId::Found(_) | GroupId::Unknown => it.read_moment > 0,
            GroupId::Missing | GroupId::ToMake | GroupId::Ambiguous => false,
        });
        let Some(group) = group.filter(|_| is_found) else {
            let is_there = !self.groups.is_missing(name) || self.groups.is_ambiguous(name);
            let is_unknown = self.groups.is_ambiguous(name) || self.groups.is_unreadable(name);
            let why = if is_unknown { Stays::Unknown } else { Stays::Unread };
            return is_there.then_some(why);
        };
        let stays = |other: &&ScimId| *other != account && !self.is_leaving(other, name);
        let left = group.sure_members().filter(stays).count();
        (left < at_least).then_some(Stays::Last(at_least))
    }

    /// Whether somebody may be on their way out: by a call that is written ahead, under way, or in doubt.
    fn is_leaving(&self, account: &ScimId, group: &GroupName) -> bool {
        let owner = self.owners.of(account);
        let Some(seat) = owner.and_then(|owner| self.seats.get(owner)) else { return false };
        let takes_out = |operation: &Operation| match operation {
            Operation::RemoveMember { group: left, .. } => left.name == *group,
            Operation::Delete { .. } => true,
            Operation::Create { .. }
            | Operation::Change { .. }
            | Operation::AddMember { .. }
            | Operation::CreateGroup { .. } => false,
        };
        leaving_calls(seat).any(takes_out)
    }
}

/// Writing calls of a seat that may change something yet.
fn leaving_calls(seat: &Seat) -> impl Iterator<Item = &Operation> {
    let open = seat.drive.open.as_ref().and_then(|(_, request)| match request {
        Request::Write(operation) => Some(operation),
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. }
        | Request::AddMembers { .. } => None,
    });
    let in_doubt = seat.unanswered.iter().map(|call| &call.operation);
    seat.pending.iter().chain(open).chain(in_doubt)
}
