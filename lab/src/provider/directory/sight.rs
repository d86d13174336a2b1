//! What reads show: the directory as it is, or as its manners let it be seen.

use super::past::before;
use super::{Directory, Group, Refusal, User};
use crate::provider::quirks::On;
use serde_json::Value as Json;
use std::collections::BTreeSet;

impl Directory {
    /// The user as a read by id shows it now.
    pub fn shown_user(&self, id: &str) -> Option<&User> {
        let quirks = &self.manners.quirks;
        let horizon = before(self.now, quirks.user_reads_lag);
        let user = self.old_users.at(id, horizon, self.users.get(id))?;
        self.is_seen(user).then_some(user)
    }

    /// All users, as a list shows them now.
    pub fn shown_users(&self) -> Vec<&User> {
        if self.manners.quirks.reads_are_true() {
            return self.users.values().collect();
        }
        let ids: BTreeSet<&String> = self.users.keys().chain(self.old_users.ids()).collect();
        ids.into_iter().filter_map(|id| self.shown_user(id)).collect()
    }

    /// The user whom a list shows under that name, whatever its letter case.
    pub fn shown_user_named(&self, name: &str) -> Option<&User> {
        if self.manners.quirks.reads_are_true() {
            return self.user_named(name);
        }
        let name = name.to_lowercase();
        self.shown_users().into_iter().find(|user| user.user_name().to_lowercase() == name)
    }

    /// The group as a read by id shows it now.
    pub fn shown_group(&self, id: &str) -> Result<&Group, Refusal> {
        let group = self.seen_group(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?;
        self.check_group_refusal(group, On::Reads)?;
        Ok(group)
    }

    /// All groups, as a list shows them now.
    pub fn shown_groups(&self) -> Vec<&Group> {
        if self.manners.quirks.group_reads_lag.is_zero() {
            return self.groups.values().collect();
        }
        let ids: BTreeSet<&String> = self.groups.keys().chain(self.old_groups.ids()).collect();
        ids.into_iter().filter_map(|id| self.seen_group(id)).collect()
    }

    /// The groups that a read shows somebody to be in.
    pub fn shown_groups_of(&self, member: &str) -> Vec<&Group> {
        let mut groups = self.shown_groups();
        groups.retain(|group| group.members.contains(member));
        groups
    }

    pub(super) fn check_group_refusal(&self, group: &Group, on: On) -> Result<(), Refusal> {
        match self.manners.quirks.refusal_of(group.name(), on) {
            None => Ok(()),
            Some(404) => Err(Refusal::NotThere(group.id.clone())),
            Some(status) => {
                let text = "This group cannot be read or changed";
                Err(Refusal::Told { status, scim_type: None, text })
            }
        }
    }

    fn seen_group(&self, id: &str) -> Option<&Group> {
        let horizon = before(self.now, self.manners.quirks.group_reads_lag);
        self.old_groups.at(id, horizon, self.groups.get(id))
    }

    fn is_seen(&self, user: &User) -> bool {
        let quirks = &self.manners.quirks;
        let is_inactive = user.fields.get("active") == Some(&Json::Bool(false));
        let is_hidden = quirks.inactive_users_are_hidden && is_inactive;
        let is_new = user.meta.created > before(self.now, quirks.new_users_show_after);
        !is_hidden && !is_new
    }
}
