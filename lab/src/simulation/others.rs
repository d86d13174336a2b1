//! What others than usher do at a provider, and how it shows what was.

use super::provider::Provider;
use crate::model::{Outcome, Request, ScimId};
use crate::provider::directory::{Directory, Group};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json, json};

/// Older states are asked for by nobody.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(60);

impl Provider {
    /// Takes in one request; what is read is as it was `lag` ago.
    pub fn apply_at(&mut self, now: Timestamp, lag: SignedDuration, request: &Request) -> Outcome {
        if lag.is_zero() {
            return self.apply(request);
        }
        let is_change = matches!(request, Request::AddMembers { .. } | Request::Write(_));
        if is_change {
            self.remember(now, lag);
            return self.apply(request);
        }
        match self.as_of(now - lag) {
            Some(then) => Self { says_groups: self.says_groups, ..Self::of(then) }.apply(request),
            None => self.apply(request),
        }
    }

    /// Keeps what it is now, for those who read what was.
    pub(super) fn remember(&mut self, now: Timestamp, lag: SignedDuration) {
        if lag.is_zero() {
            return;
        }
        while self.past.front().is_some_and(|(until, _)| now.duration_since(*until) > REMEMBERED) {
            self.past.pop_front();
        }
        self.past.push_back((now, self.directory.clone()));
    }

    /// What it was then, if it has changed since.
    pub(super) fn as_of(&self, then: Timestamp) -> Option<Directory> {
        self.past.iter().find(|(until, _)| *until > then).map(|(_, was)| was.clone())
    }

    pub(super) fn groups_called(&self, name: &str) -> Vec<Group> {
        self.directory.groups().filter(|group| group.name() == name).cloned().collect()
    }

    /// A second group of that name; nobody is in it.
    pub fn double_group(&mut self, name: &str) {
        let group = Map::from_iter([("displayName".to_owned(), Json::from(name))]);
        if let Ok(made) = self.directory.create_group(&group) {
            let id = made.id.clone();
            self.doubles.insert(id);
        }
    }

    /// All groups of that name are gone.
    pub fn delete_group(&mut self, name: &str) {
        for group in self.groups_called(name) {
            self.doubles.remove(&group.id);
            // It is there.
            let _gone = self.directory.delete_group(&group.id);
        }
    }

    /// Of groups of one name only that one stays which was there first.
    pub fn undouble_groups(&mut self) {
        for id in std::mem::take(&mut self.doubles) {
            let name = self.directory.group(&id).map(|group| group.name().to_owned());
            if name.is_some_and(|name| self.groups_called(&name).len() == 1) {
                continue;
            }
            // It was there a moment ago.
            let _gone = self.directory.delete_group(&id);
        }
    }

    /// The group gets another id.
    pub fn move_group(&mut self, name: &str) {
        for group in self.groups_called(name) {
            let members: Vec<Json> =
                group.members.iter().map(|member| json!({ "value": member })).collect();
            let anew = Map::from_iter([
                ("displayName".to_owned(), Json::from(name)),
                ("members".to_owned(), Json::from(members)),
            ]);
            // It is there.
            let _gone = self.directory.delete_group(&group.id);
            let is_double = self.doubles.remove(&group.id);
            if let Ok(made) = self.directory.create_group(&anew)
                && is_double
            {
                let id = made.id.clone();
                self.doubles.insert(id);
            }
        }
    }

    /// A group of another name that only looks like this one, with those who are in it.
    pub fn plant_look_alike(&mut self, group: &str, name: &str) {
        let members = self.groups_called(group).into_iter().flat_map(|group| group.members);
        let members: Vec<ScimId> = members.map(ScimId::new).collect();
        if let Ok(made) = self.directory.plant_group(name) {
            let id = made.id.clone();
            self.look_alikes.insert(id);
        }
        for member in members {
            self.put_into(&member, name);
        }
    }

    /// A user gets another id; says which.
    pub fn move_account(&mut self, account: &ScimId) -> Option<ScimId> {
        // Who is hidden would be found by nobody any more.
        self.directory.shown_user(account.as_str())?;
        let name = self.directory.user(account.as_str())?.user_name().to_owned();
        self.directory.renew_id(account.as_str());
        self.directory.user_named(&name).map(|user| ScimId::new(user.id.as_str()))
    }

    /// Whether inactive users are shown to nobody.
    pub fn hide_inactive(&mut self, hides: bool) {
        let mut manners = self.directory.manners().clone();
        manners.quirks.inactive_users_are_hidden = hides;
        self.directory.behave(manners);
    }

    /// Whether a request is for an account that is there, and is not shown.
    pub fn hides(&self, request: &Request) -> bool {
        let Request::ReadAccount { account } = request else { return false };
        self.directory.user(account.as_str()).is_some()
            && self.directory.shown_user(account.as_str()).is_none()
    }

    /// Somebody deletes a user.
    pub fn remove(&mut self, account: &ScimId) {
        // Whoever is not there need not be deleted.
        let _gone = self.directory.delete_user(account.as_str());
    }
}
