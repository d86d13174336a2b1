//! Who may send commands, by groups.

use super::strict;
use super::tenants::Tenant;
use super::tenants::check::check_name;
use crate::command::Touch;
use crate::command::instruction::CommandKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One entry of the section `operators`.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorGroup {
    /// How the audit calls the group: small letters, digits and `-`.
    pub name: String,
    /// Whose key is whose: a file as `ssh-keygen` knows it, `allowed_signers`.
    pub signers: PathBuf,
    /// What its people may say.
    #[serde(deserialize_with = "strict::each")]
    pub may: Vec<CommandKind>,
    /// The tenants for which they may; `null`: all.
    #[serde(default)]
    pub tenants: Option<BTreeSet<String>>,
    /// Whether only a FIDO key that was touched signs.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub touch: Touch,
}

/// Everything that is wrong with `groups`; each begins with the key and ends with the cure.
pub(super) fn problems(groups: &[OperatorGroup], tenants: &[Tenant]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        let key = format!("operators[{index}]");
        check_name(&key, &group.name, &mut problems);
        if let Some(first) = seen.insert(&group.name, index) {
            problems.push(format!(
                "{key}.name: `{}` is also the name of operators[{first}]; names are unique",
                group.name
            ));
        }
        if group.may.is_empty() {
            problems.push(format!("{key}.may: is empty; name a command, such as pause"));
        }
        let Some(named) = &group.tenants else { continue };
        if named.is_empty() {
            problems.push(format!("{key}.tenants: is empty; name a tenant, or write null for all"));
        }
        for name in named.iter().filter(|name| tenants.iter().all(|it| it.name != **name)) {
            problems.push(format!("{key}.tenants: no tenant is called `{name}`; mend the name"));
        }
    }
    problems
}

#[cfg(test)]
mod tests;
