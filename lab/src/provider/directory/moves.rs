//! Ids and names that do not stay: after a provider was restored, or made anew, or by a console.

use super::{Directory, Group, User};
use std::collections::BTreeMap;

impl Directory {
    /// Every user and group has another id from now on, users those that are told; the old ones are
    /// nobody's.
    pub fn renew_ids(&mut self) -> BTreeMap<String, String> {
        let users: Vec<String> = self.users.keys().cloned().collect();
        let users = users.into_iter().map(|id| (id, self.fresh_id("u"))).collect();
        let groups: Vec<String> = self.groups.keys().cloned().collect();
        let groups = groups.into_iter().map(|id| (id, self.fresh_id("g"))).collect();
        self.move_all(&users, &groups);
        users
    }

    /// Every user has the id that was the next one's, as is told; groups keep theirs.
    pub fn rotate_user_ids(&mut self) -> BTreeMap<String, String> {
        let ids: Vec<String> = self.users.keys().cloned().collect();
        let next = ids.iter().cycle().skip(1).cloned();
        let users = ids.iter().cloned().zip(next).collect();
        self.move_all(&users, &BTreeMap::new());
        users
    }

    /// One user or group has another id from now on.
    pub fn renew_id(&mut self, id: &str) {
        let (mut users, mut groups) = (BTreeMap::new(), BTreeMap::new());
        if self.users.contains_key(id) {
            users.insert(id.to_owned(), self.fresh_id("u"));
        }
        if self.groups.contains_key(id) {
            groups.insert(id.to_owned(), self.fresh_id("g"));
        }
        self.move_all(&users, &groups);
    }

    /// Every group of that name has another one.
    pub fn rename_groups(&mut self, name: &str, new: &str) {
        for group in self.groups.values_mut().filter(|group| group.name() == name) {
            group.fields.insert("displayName".to_owned(), new.into());
        }
    }

    /// From the old ids to the new ones; members go along.
    fn move_all(&mut self, users: &BTreeMap<String, String>, groups: &BTreeMap<String, String>) {
        let moved = |ids: &BTreeMap<String, String>, id: &String| {
            ids.get(id).cloned().unwrap_or_else(|| id.clone())
        };
        for user in std::mem::take(&mut self.users).into_values() {
            let id = moved(users, &user.id);
            self.names.insert(user.user_name().to_lowercase(), id.clone());
            self.users.insert(id.clone(), User { id, ..user });
        }
        for group in std::mem::take(&mut self.groups).into_values() {
            let id = moved(groups, &group.id);
            let members = group.members.iter().map(|id| moved(groups, &moved(users, id))).collect();
            self.groups.insert(id.clone(), Group { id, members, ..group });
        }
    }
}
