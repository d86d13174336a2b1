//! Whom and what usher never touches, whatever a rule says.

use crate::engine::brakes::protect;
use crate::model::ids::GroupName;
use crate::model::{Alias, AliasKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The key `protected` of a tenant.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Protected {
    /// People, by a name, an address or a number that events give them.
    pub people: BTreeSet<String>,
    /// Accounts, by the user name or the address that the target shows; `*` stands for any signs.
    pub accounts: BTreeSet<String>,
    /// Groups that nobody is put into or taken out of.
    pub groups: BTreeSet<GroupName>,
    /// Groups whose members are protected.
    pub members_of: BTreeSet<GroupName>,
}

/// What a word in `people` may be.
const KINDS: [AliasKind; 4] =
    [AliasKind::UserName, AliasKind::Email, AliasKind::EmployeeNumber, AliasKind::WorkerId];

impl Protected {
    /// What the engine is told.
    pub fn settings(&self) -> protect::Protected {
        let aliases =
            |text: &String| KINDS.into_iter().filter_map(|kind| Alias::parse(kind, text)).collect();
        let people: Vec<Vec<Alias>> = self.people.iter().map(aliases).collect();
        protect::Protected {
            people: people.into_iter().flatten().collect(),
            patterns: self.accounts.iter().map(|text| protect::Pattern::new(text)).collect(),
            groups: self.groups.clone(),
            members_of: self.members_of.clone(),
        }
    }

    /// Everything that is wrong with it; each begins with the key and ends with the cure.
    pub(super) fn problems(&self, key: &str) -> Vec<String> {
        let is_nothing = |text: &&String| text.trim().is_empty();
        let everybody = |text: &&String| text.chars().all(|sign| sign == '*');
        let people = self.people.iter().filter(is_nothing);
        let people = people.map(|_| format!("{key}.people: a name is empty; take it out"));
        let accounts = self.accounts.iter().filter(everybody);
        let accounts = accounts.map(|text| {
            format!(
                "{key}.accounts: `{text}` protects everybody, or nobody; say whom, or take it out"
            )
        });
        people.chain(accounts).collect()
    }
}
