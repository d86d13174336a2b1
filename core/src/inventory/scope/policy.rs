//! Rules that say who reaches what, and which groups they name.

use super::lenient::{member, text, texts, truth};
use crate::model::ids::GroupName;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A rule of the target's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Policy {
    pub name: String,
    /// `None`: not said; it is taken for enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `allow`, `block`, as the target writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Organisational units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
}

/// By what a policy reaches somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// It names the user.
    User,
    /// It names a group that they are in.
    Group,
    /// It names nobody, so it is for all.
    Everybody,
}

impl Policy {
    pub(super) fn read(item: &Json) -> Option<Self> {
        let data = member(item, &["rule_data"]).unwrap_or(item);
        let action = member(data, &["match_criteria_action"]).unwrap_or(data);
        let named = |names: &[&str]| texts(data, names);
        let mut apps = named(&["private_apps", "privateApps"]);
        apps.extend(named(&["private_app_tags", "privateAppTags"]));
        Some(Self {
            name: text(item, &["rule_name", "name", "rule_id", "id"])?,
            enabled: truth(item, &["enabled", "status"]),
            action: text(action, &["action_name", "action"]),
            users: named(&["users"]),
            groups: named(&["user_groups", "userGroups", "groups"]),
            units: named(&["organization_units", "organizationUnits"]),
            apps,
        })
    }

    /// Whether it is in force, as far as is said.
    pub fn is_enabled(&self) -> bool {
        self.enabled != Some(false)
    }

    /// Whether it names a group; names are compared as people read them.
    pub fn names(&self, group: &str) -> bool {
        self.groups.iter().any(|name| is_alike(name, group))
    }

    /// By what it reaches a user who is in these groups. Members of units are not known.
    pub fn reach(&self, names: &[&str], groups: &[&str]) -> Option<Reach> {
        if self.users.iter().any(|user| names.iter().any(|name| is_alike(user, name))) {
            return Some(Reach::User);
        }
        if groups.iter().any(|group| self.names(group)) {
            return Some(Reach::Group);
        }
        let is_for_all = self.users.is_empty() && self.groups.is_empty() && self.units.is_empty();
        is_for_all.then_some(Reach::Everybody)
    }
}

fn is_alike(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// The rules of a target, by the groups that they name.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    by_group: BTreeMap<String, Vec<String>>,
}

impl Policies {
    /// Of these, the enabled ones.
    pub fn of<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Self {
        let mut by_group: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for policy in policies.into_iter().filter(|policy| policy.is_enabled()) {
            for group in &policy.groups {
                let key = group.trim().to_ascii_lowercase();
                by_group.entry(key).or_default().push(policy.name.clone());
            }
        }
        Self { by_group }
    }

    /// The names of those that name the group.
    pub fn that_name(&self, group: &GroupName) -> &[String] {
        let found = self.by_group.get(&group.as_str().trim().to_ascii_lowercase());
        found.map(Vec::as_slice).unwrap_or_default()
    }
}
