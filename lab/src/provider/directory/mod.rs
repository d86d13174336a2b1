//! A SCIM provider's users and groups, and what requests do to them; without I/O.
//!
//! The one implementation behind two faces: HTTP and JSON for the sandbox, and the model's requests
//! for the simulation. Whatever is refused changes nothing.

pub mod edit;
pub mod filter;
mod groups;
mod moves;
mod past;
pub mod path;
pub mod refusal;
pub mod schema;
mod sight;
mod syntax;
mod temper;
mod users;
mod value;

use super::manners::Manners;
use jiff::Timestamp;
use past::Past;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

pub use edit::{Act, Edit};
pub use refusal::Refusal;
pub use users::UserEdit;

/// What ids look like. Either way they rise, so that lists stand in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// `u-1`, `g-2`
    Plain,
    /// As Netskope's; made from a number, so that runs repeat.
    Uuid,
}

/// When a resource was made and changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    pub created: Timestamp,
    pub modified: Timestamp,
    pub version: u64,
}

/// A User; `fields` is its JSON without `id`, `meta`, `schemas` and `groups`.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: String,
    pub fields: Map<String, Json>,
    pub meta: Meta,
}

/// A Group; its members stand apart from the rest of its JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub id: String,
    pub fields: Map<String, Json>,
    pub members: BTreeSet<String>,
    pub meta: Meta,
}

impl User {
    pub fn user_name(&self) -> &str {
        self.fields.get("userName").and_then(Json::as_str).unwrap_or_default()
    }
}

impl Group {
    pub fn name(&self) -> &str {
        self.fields.get("displayName").and_then(Json::as_str).unwrap_or_default()
    }
}

/// Users and groups by id.
#[derive(Clone, Debug)]
pub struct Directory {
    manners: Manners,
    ids: Ids,
    now: Timestamp,
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, Group>,
    /// Whose `userName` it is, without case.
    names: BTreeMap<String, String>,
    /// What reads may still show.
    old_users: Past<User>,
    old_groups: Past<Group>,
    /// How often each user's deactivation has met a conflict.
    conflicts: BTreeMap<String, u32>,
    made: u32,
    invitations: u64,
}

impl Directory {
    pub fn new(manners: Manners, ids: Ids) -> Self {
        Self {
            manners,
            ids,
            now: Timestamp::UNIX_EPOCH,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            names: BTreeMap::new(),
            old_users: Past::default(),
            old_groups: Past::default(),
            conflicts: BTreeMap::new(),
            made: 0,
            invitations: 0,
        }
    }

    pub fn manners(&self) -> &Manners {
        &self.manners
    }

    /// Other manners from now on. What reads have ceased to show is not brought back.
    pub fn behave(&mut self, manners: Manners) {
        self.manners = manners;
    }

    /// What follows happens then.
    pub fn at(&mut self, now: Timestamp) -> &mut Self {
        self.now = now;
        self
    }

    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.get(id)
    }

    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// The user of that name, whatever its letter case.
    pub fn user_named(&self, name: &str) -> Option<&User> {
        self.users.get(self.names.get(&name.to_lowercase())?)
    }

    /// The groups that somebody is in.
    pub fn groups_of<'a>(&'a self, member: &'a str) -> impl Iterator<Item = &'a Group> {
        self.groups.values().filter(move |group| group.members.contains(member))
    }

    /// E-mails that a real provider would have sent to new users.
    pub fn invitations(&self) -> u64 {
        self.invitations
    }

    /// The one way in which a user changes, comes and goes; its name is kept beside.
    fn set_user(&mut self, id: &str, user: Option<User>) {
        let lag = self.manners.quirks.user_reads_lag;
        let old = match user {
            Some(user) => {
                self.names.insert(user.user_name().to_lowercase(), id.to_owned());
                self.users.insert(id.to_owned(), user)
            }
            None => self.users.remove(id),
        };
        self.old_users.note(id, old, self.now, lag);
    }

    /// The one way in which a group changes, comes and goes.
    fn set_group(&mut self, id: &str, group: Option<Group>) {
        let lag = self.manners.quirks.group_reads_lag;
        let old = match group {
            Some(group) => self.groups.insert(id.to_owned(), group),
            None => self.groups.remove(id),
        };
        self.old_groups.note(id, old, self.now, lag);
    }

    /// Takes somebody out of every group.
    fn leave_all(&mut self, member: &str) {
        let theirs: Vec<Group> = self.groups_of(member).cloned().collect();
        for mut group in theirs {
            group.members.remove(member);
            let id = group.id.clone();
            self.set_group(&id, Some(group));
        }
    }

    fn fresh_id(&mut self, kind: &str) -> String {
        self.made += 1;
        match self.ids {
            Ids::Plain => format!("{kind}-{}", self.made),
            Ids::Uuid => {
                let name = format!("{kind}{}", self.made);
                let random = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
                let rest = u128::MAX >> 32;
                let head = u128::from(self.made) << 96;
                uuid::Uuid::from_u128(head | (random.as_u128() & rest)).to_string()
            }
        }
    }

    fn new_meta(&self) -> Meta {
        Meta { created: self.now, modified: self.now, version: 1 }
    }

    fn changed(&self, meta: Meta) -> Meta {
        Meta { modified: self.now, version: meta.version + 1, ..meta }
    }
}

/// Whether another resource has the same `externalId`.
fn shares_external_id<'a>(
    fields: &Map<String, Json>,
    mut others: impl Iterator<Item = &'a Map<String, Json>>,
) -> bool {
    let own = fields.get("externalId");
    own.is_some() && others.any(|other| other.get("externalId") == own)
}
