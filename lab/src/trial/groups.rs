//! The groups of a provider in memory. A group is known by its id; names may repeat, or differ in
//! letters only.

use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::GroupRef;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    by_id: BTreeMap<ScimId, Group>,
    last: u64,
}

#[derive(Clone, Debug)]
struct Group {
    name: GroupName,
    members: BTreeSet<ScimId>,
}

impl Groups {
    /// Makes a group without members, whether its name is free or not.
    pub(super) fn make(&mut self, name: GroupName) {
        self.last += 1;
        let id = ScimId::new(format!("g-{}", self.last));
        self.by_id.insert(id, Group { name, members: BTreeSet::new() });
    }

    /// Gives every group of that name another one.
    pub(super) fn rename(&mut self, name: &GroupName, new: &GroupName) {
        for group in self.by_id.values_mut().filter(|group| group.name == *name) {
            group.name.clone_from(new);
        }
    }

    /// The groups of that name; if there is none, those whose names differ from it in letters only.
    pub(super) fn named(&self, name: &GroupName) -> Vec<GroupRef> {
        let those = |is_it: &dyn Fn(&Group) -> bool| -> Vec<GroupRef> {
            let found = self.by_id.iter().filter(|(_, group)| is_it(group));
            found.map(|(id, _)| GroupRef { name: name.clone(), id: id.clone() }).collect()
        };
        let exact = those(&|group| group.name == *name);
        if exact.is_empty() {
            return those(&|group| group.name.as_str().eq_ignore_ascii_case(name.as_str()));
        }
        exact
    }

    pub(super) fn members(&self, id: &ScimId) -> Option<&BTreeSet<ScimId>> {
        self.by_id.get(id).map(|group| &group.members)
    }

    /// Puts an account into a group or takes it out; `None` if there is no such group.
    pub(super) fn set_member(&mut self, id: &ScimId, account: &ScimId, member: bool) -> Option<()> {
        let members = &mut self.by_id.get_mut(id)?.members;
        if member {
            members.insert(account.clone());
        } else {
            members.remove(account);
        }
        Some(())
    }

    pub(super) fn of(&self, account: &ScimId) -> impl Iterator<Item = &GroupName> {
        let with = self.by_id.values().filter(|group| group.members.contains(account));
        with.map(|group| &group.name)
    }

    /// Takes an account out of all groups.
    pub(super) fn forget(&mut self, account: &ScimId) {
        for group in self.by_id.values_mut() {
            group.members.remove(account);
        }
    }

    /// Every group has an id that nobody had.
    pub(super) fn renew_ids(&mut self) {
        for Group { name, members } in std::mem::take(&mut self.by_id).into_values() {
            self.last += 1;
            let id = ScimId::new(format!("g-{}", self.last));
            self.by_id.insert(id, Group { name, members });
        }
    }

    /// Members have other ids from now on.
    pub(super) fn move_members(&mut self, moved: &BTreeMap<ScimId, ScimId>) {
        for group in self.by_id.values_mut() {
            let members = std::mem::take(&mut group.members).into_iter();
            group.members = members.map(|id| moved.get(&id).cloned().unwrap_or(id)).collect();
        }
    }
}
