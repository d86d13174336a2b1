//! What others than usher do at a provider, and how it shows what was.

use super::provider::Provider;
use crate::model::{Outcome, Request, ScimId};
use crate::sandbox::directory::{Directory, Group};
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
        let is_change = matches!(
            request,
            Request::CreateGroup { .. } | Request::AddMembers { .. } | Request::Write(_)
        );
        if is_change {
            while self
                .past
                .front()
                .is_some_and(|(until, _)| now.duration_since(*until) > REMEMBERED)
            {
                self.past.pop_front();
            }
            self.past.push_back((now, self.directory.clone()));
            return self.apply(request);
        }
        match self.as_of(now - lag) {
            Some(then) => Self::of(then).apply(request),
            None => self.apply(request),
        }
    }

    /// What it was then, if it has changed since.
    fn as_of(&self, then: Timestamp) -> Option<Directory> {
        self.past.iter().find(|(until, _)| *until > then).map(|(_, was)| was.clone())
    }

    fn groups_called(&self, name: &str) -> Vec<Group> {
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

    /// Of groups of one name only that one stays which was there first.
    pub fn undouble_groups(&mut self) {
        for id in std::mem::take(&mut self.doubles) {
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

    /// Somebody deletes a user.
    pub fn remove(&mut self, account: &ScimId) {
        // Whoever is not there need not be deleted.
        let _gone = self.directory.delete_user(account.as_str());
    }
}
