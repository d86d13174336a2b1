//! What targets show beside accounts and groups, and which policies reach whom.

use super::super::super::Error as CliError;
use super::super::time::Zone;
use super::super::waiting::Waiting;
use crate::inventory::scope::{Found, Policies, Policy, Reach, Scope};
use crate::inventory::{Flaw, Head, Inventory, ScopeTaken};
use crate::model::AttributeName;
use crate::model::ids::{GroupName, TargetName, TenantName};
use crate::model::listing::ListedAccount;
use crate::reconcile::{Beside, LastSeen};
use crate::tenants::{self, Imported};
use std::collections::BTreeMap;

/// Policies that were exported to files, by the target.
pub(super) type Imports = BTreeMap<(TenantName, TargetName), Imported>;

pub(super) const POLICIES: [&str; 11] = [
    "tenant", "target", "source", "name", "enabled", "action", "groups", "users", "units", "apps",
    "as_of",
];
/// Where a policy was read.
const READ: &str = "private access";
const IMPORTED: &str = "imported";

pub(super) fn imports(waiting: &Waiting, names: &[TenantName]) -> Result<Imports, CliError> {
    let mut all = Imports::new();
    for name in names {
        let tenant = waiting.settings_of(name)?;
        for target in &tenant.targets {
            if let Some(imported) = tenants::policies_of(waiting.loaded(), tenant, target)? {
                all.insert((name.clone(), TargetName::new(&target.name)), imported);
            }
        }
    }
    Ok(all)
}

/// A line for each scope that was asked for.
pub(super) fn scopes(head: &Head, zone: &Zone) -> Vec<String> {
    let Some(taken) = &head.complete else { return Vec::new() };
    let line = |(scope, taken): (&Scope, &ScopeTaken)| {
        let flaws: Vec<&str> = taken.flaws.iter().map(|flaw| Flaw::text(*flaw)).collect();
        let (word, at) = (taken.grant.text(), zone.show(taken.ended));
        match (taken.is_whole(), taken.rows) {
            (true, rows) => format!("{scope}: {word}, {rows} rows at {at}"),
            (false, 0) => format!("{scope}: {word} at {at}"),
            (false, rows) => {
                format!("{scope}: {word}, {rows} rows at {at}, and not whole: {}", flaws.join(", "))
            }
        }
    };
    let mut lines: Vec<String> = taken.scopes.iter().map(line).collect();
    let shown = &head.shown;
    lines.extend(shown.token_ends.map(|ends| format!("the token ends {}", zone.show(ends))));
    for group in shown.unnamed_groups.iter().flatten() {
        lines.push(format!("no policy names the group `{group}`, which usher fills"));
    }
    lines
}

/// What is known of one inventory beside itself.
pub(super) struct Shown<'a> {
    beside: Beside<'a>,
    policies: Vec<&'a Policy>,
    by_group: Policies,
    /// Policies were read whole, or imported.
    knows_policies: bool,
    knows_administrators: bool,
}

impl<'a> Shown<'a> {
    pub(super) fn of(inventory: &'a Inventory, imports: &'a Imports) -> Self {
        let place = (inventory.tenant.clone(), inventory.target.clone());
        let imported = imports.get(&place);
        let read = read_policies(inventory);
        let policies: Vec<&Policy> =
            read.chain(imported.iter().flat_map(|it| &it.policies)).collect();
        let is_whole = |scope| inventory.taken.scopes.get(&scope).is_some_and(ScopeTaken::is_whole);
        Self {
            beside: Beside::of(inventory, None),
            by_group: Policies::of(policies.iter().copied()),
            policies,
            knows_policies: is_whole(Scope::Policies) || imported.is_some(),
            knows_administrators: is_whole(Scope::Administrators),
        }
    }

    /// Of an account: when it was seen, who made it, what it is at the console, and what reaches it.
    pub(super) fn of_account(&self, listed: &ListedAccount, groups: &[&str]) -> [String; 4] {
        let said = |name: &AttributeName| {
            let value = listed.account.attributes.get(name);
            value.map(crate::model::Value::to_text).unwrap_or_default()
        };
        let (name, email) = (said(&AttributeName::USER_NAME), said(&AttributeName::WORK_EMAIL));
        let names = [name.as_str(), email.as_str()];
        let seen = match self.beside.seen(&names) {
            LastSeen::At(at) => at.to_string(),
            LastSeen::Never => "never".to_owned(),
            LastSeen::Untold => String::new(),
        };
        let console = if self.beside.is_administrator(&names) {
            "administrator"
        } else if self.beside.is_service(&names) {
            "service account"
        } else if self.knows_administrators {
            "no"
        } else {
            ""
        };
        let provisioner = self.beside.provisioner(listed.account.id.as_str(), &name);
        [seen, provisioner.to_owned(), console.to_owned(), self.reaching(&names, groups)]
    }

    /// Those that name the user or a group of theirs; those for everybody are counted.
    fn reaching(&self, names: &[&str], groups: &[&str]) -> String {
        if !self.knows_policies {
            return "not read".to_owned();
        }
        let enabled = self.policies.iter().filter(|policy| policy.is_enabled());
        let (mut named, mut everybody) = (Vec::new(), 0);
        for policy in enabled {
            match policy.reach(names, groups) {
                Some(Reach::User) => named.push(format!("{} (user)", policy.name)),
                Some(Reach::Group) => named.push(format!("{} (group)", policy.name)),
                Some(Reach::Everybody) => everybody += 1,
                None => {}
            }
        }
        if everybody > 0 {
            named.push(format!("{everybody} for everybody"));
        }
        named.join(" | ")
    }

    /// Of a group: how many policies name it, and a warning if usher fills it in vain.
    pub(super) fn of_group(&self, group: &GroupName, head: Option<&Head>) -> [String; 2] {
        let naming = self.by_group.that_name(group).len();
        let unnamed = head.and_then(|head| head.shown.unnamed_groups.as_ref());
        let is_in_vain = naming == 0 && unnamed.is_some_and(|unnamed| unnamed.contains(group));
        let warning =
            if is_in_vain { "usher fills it, and no policy that is known names it" } else { "" };
        let count = if self.knows_policies { naming.to_string() } else { "not read".to_owned() };
        [count, warning.to_owned()]
    }
}

fn read_policies(inventory: &Inventory) -> impl Iterator<Item = &Policy> {
    inventory.found.iter().filter_map(|found| match found {
        Found::Policy(policy) => Some(policy),
        Found::User(_)
        | Found::Group(_)
        | Found::Device(_)
        | Found::Administrator(_)
        | Found::Token(_) => None,
    })
}

/// A row for each policy, with where it comes from and how old that is.
pub(super) fn policies(inventory: &Inventory, imports: &Imports) -> Vec<Vec<String>> {
    let place = (inventory.tenant.clone(), inventory.target.clone());
    let taken = inventory.taken.scopes.get(&Scope::Policies);
    let read_at = taken.map(|taken| taken.ended.to_string()).unwrap_or_default();
    let row = |policy: &Policy, source: &str, as_of: &str| {
        let joined = |names: &[String]| names.join(" | ");
        vec![
            place.0.to_string(),
            place.1.to_string(),
            source.to_owned(),
            policy.name.clone(),
            policy.enabled.map_or("not said".to_owned(), |enabled| enabled.to_string()),
            policy.action.clone().unwrap_or_default(),
            joined(&policy.groups),
            joined(&policy.users),
            joined(&policy.units),
            joined(&policy.apps),
            as_of.to_owned(),
        ]
    };
    let mut rows: Vec<_> =
        read_policies(inventory).map(|policy| row(policy, READ, &read_at)).collect();
    if let Some(imported) = imports.get(&place) {
        let as_of = imported.as_of.map(|at| at.to_string()).unwrap_or_default();
        rows.extend(imported.policies.iter().map(|policy| row(policy, IMPORTED, &as_of)));
    }
    rows
}
