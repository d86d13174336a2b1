//! Whom and what usher never touches, whatever a rule says.

use crate::engine::brakes::protect;
use crate::model::ids::GroupName;
use crate::model::{Alias, AliasKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::num::NonZeroU16;

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
    /// Groups that give somebody charge of a target: their last members are never taken out.
    pub keep_last: Vec<KeepLast>,
    /// What shows that an account is an administrator's, or no person's; to cut it takes two operators.
    pub administrators: Administrators,
}

/// A group that keeps its last members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepLast {
    pub group: GroupName,
    /// So many members at least are left in it.
    #[serde(default = "one")]
    pub at_least: NonZeroU16,
}

fn one() -> NonZeroU16 {
    NonZeroU16::MIN
}

/// What shows that an account is an administrator's, or no person's.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Administrators {
    /// What stands in `userType`, whole; letters are alike in both cases. An empty list: nobody is one.
    pub user_types: BTreeSet<String>,
}

impl Default for Administrators {
    fn default() -> Self {
        let types = ["Admin", "Administrator", "Service", "Service Account", "ServiceAccount"];
        Self { user_types: types.map(str::to_owned).into() }
    }
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
            keep_last: self
                .keep_last
                .iter()
                .map(|kept| (kept.group.clone(), usize::from(kept.at_least.get())))
                .collect(),
            administrators: self
                .administrators
                .user_types
                .iter()
                .map(|text| text.trim().to_lowercase())
                .collect(),
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
        let types = self.administrators.user_types.iter().filter(is_nothing);
        let types =
            types.map(|_| format!("{key}.administrators.user_types: one is empty; take it out"));
        let twice = |(index, kept): &(usize, &KeepLast)| {
            self.keep_last.iter().take(*index).any(|other| other.group == kept.group)
        };
        let kept = self.keep_last.iter().enumerate().filter(twice).map(|(index, kept)| {
            format!("{key}.keep_last[{index}]: group `{}` is named before; say it once", kept.group)
        });
        people.chain(accounts).chain(types).chain(kept).collect()
    }
}
