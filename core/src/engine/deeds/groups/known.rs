//! What is known of groups, as planning asks for it.

use super::{Group, GroupId};
use crate::engine::deeds::plan::Groups;
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::GroupRef;
use std::collections::BTreeMap;

impl Groups for BTreeMap<GroupName, Group> {
    fn reference(&self, name: &GroupName) -> Option<GroupRef> {
        match self.get(name).map(|group| &group.id) {
            Some(GroupId::Found(id)) => Some(GroupRef { name: name.clone(), id: id.clone() }),
            Some(GroupId::Unknown | GroupId::Missing | GroupId::ToMake | GroupId::Ambiguous)
            | None => None,
        }
    }

    fn listed(&self, name: &GroupName) -> Option<GroupRef> {
        let id = self.get(name)?.listed_id()?;
        Some(GroupRef { name: name.clone(), id: id.clone() })
    }

    fn is_missing(&self, name: &GroupName) -> bool {
        let id = self.get(name).map(|group| &group.id);
        matches!(id, Some(GroupId::Missing | GroupId::ToMake | GroupId::Ambiguous))
    }

    fn is_ambiguous(&self, name: &GroupName) -> bool {
        self.get(name).is_some_and(|group| group.id == GroupId::Ambiguous)
    }

    fn is_unreadable(&self, name: &GroupName) -> bool {
        self.get(name).is_some_and(|group| group.unreadable.is_some())
    }

    fn was_member(&self, name: &GroupName, account: &ScimId) -> Option<bool> {
        let is_found_since = |group: &Group| group.found_since.contains(account);
        let known = self.is_member(name, account);
        known.filter(|is_in| *is_in || !self.get(name).is_some_and(is_found_since))
    }

    fn is_member(&self, name: &GroupName, account: &ScimId) -> Option<bool> {
        let group = self.get(name)?;
        // Of none, or of several of that name, nobody knows who is in the one that is meant.
        if group.unsure.contains(account)
            || !matches!(group.id, GroupId::Found(_) | GroupId::Unknown)
        {
            return None;
        }
        if group.read_moment == 0 {
            // Never read: only what was changed since is known.
            let own = group.changes.iter().rev().find(|(_, changed, _)| changed == account);
            let own = own.map(|(moment, _, member)| (*moment, *member));
            return own.max(group.shown.get(account).copied()).map(|(_, member)| member);
        }
        Some(group.members.contains(account))
    }
}
