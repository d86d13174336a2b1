//! Everybody and every group, for the curious.

use super::Provider;
use super::directory::{Group, User};
use super::manners::Manners;
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// What the provider holds.
#[derive(Clone, Debug, Serialize)]
pub struct State {
    pub users: Vec<ShownUser>,
    pub groups: Vec<ShownGroup>,
    /// E-mails that a real provider would have sent.
    pub invitations: u64,
    pub manners: Manners,
}

#[derive(Clone, Debug, Serialize)]
pub struct ShownUser {
    pub id: String,
    #[serde(flatten)]
    pub fields: Map<String, Json>,
    /// Names of the groups.
    pub groups: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ShownGroup {
    pub id: String,
    pub name: String,
    /// User names.
    pub members: Vec<String>,
}

impl State {
    /// The user of that name.
    pub fn user(&self, name: &str) -> Option<&ShownUser> {
        let is_it = |user: &&ShownUser| {
            let found = user.fields.get("userName").and_then(Json::as_str);
            found.is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        self.users.iter().find(is_it)
    }
}

impl ShownUser {
    /// `None` if the provider does not say.
    pub fn is_active(&self) -> Option<bool> {
        self.fields.get("active").and_then(Json::as_bool)
    }

    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|name| name == group)
    }
}

/// Everybody and every group of the provider.
pub fn of(provider: &Provider) -> State {
    let directory = provider.directory();
    let user = |user: &User| ShownUser {
        id: user.id.clone(),
        fields: user.fields.clone(),
        groups: directory.groups_of(&user.id).map(|group| group.name().to_owned()).collect(),
    };
    let group = |group: &Group| ShownGroup {
        id: group.id.clone(),
        name: group.name().to_owned(),
        members: group.members.iter().map(|id| directory.member_name(id).to_owned()).collect(),
    };
    State {
        users: directory.users().map(user).collect(),
        groups: directory.groups().map(group).collect(),
        invitations: directory.invitations(),
        manners: directory.manners().clone(),
    }
}
