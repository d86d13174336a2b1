//! What the worker has read of a target, as it is compared.

use super::Flaw;
use super::beside::Beside;
use super::inventory::{Account, ExternalId, Inventory};
use crate::engine::brakes::protect::Pattern;
use crate::inventory::{self, Head, Unfit};
use crate::model::AttributeName;
use crate::model::ids::{GroupName, ScimId, TargetName};
use crate::model::listing::ListedAccount;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// By what the accounts of a target are told apart; words and names in small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    pub external: ExternalId,
    /// `userType` of machines' accounts, whole.
    pub service_types: BTreeSet<String>,
    /// User names or addresses of machines' accounts.
    pub service_names: Vec<Pattern>,
    /// `userType` of administrators' accounts, whole.
    pub administrator_types: BTreeSet<String>,
    /// User names or addresses of accounts that usher never touches.
    pub protected_names: Vec<Pattern>,
    /// Groups of administrators, or of people whom usher never touches.
    pub protected_groups: BTreeSet<GroupName>,
}

/// The names of the groups that each account is in.
type Groups<'a> = BTreeMap<&'a ScimId, Vec<&'a str>>;

impl Inventory {
    /// The last whole reading of a target. It is complete if the reading of today is, too: that is judged
    /// where it is read. `now`: stands for the time of a reading that there never was.
    pub fn of(
        target: &TargetName,
        head: Option<&Head>,
        listed: Result<&inventory::Inventory, &Unfit>,
        signs: &Signs,
        now: Timestamp,
    ) -> Self {
        let mut flaws: Vec<Flaw> = match listed {
            Ok(_) => Vec::new(),
            Err(Unfit::Never(_)) => vec![Flaw::Never],
            Err(Unfit::Torn(_) | Unfit::Newer(_) | Unfit::Unreadable(_)) => vec![Flaw::Torn],
        };
        let last = head.and_then(|head| head.last.as_ref());
        flaws.extend(last.iter().flat_map(|last| &last.flaws).map(|flaw| Flaw::Read(*flaw)));
        let read_at = listed.map_or(now, |listed| listed.taken.ended);
        let mut inventory = Self::new(target.clone(), read_at, signs.external.clone());
        if let Ok(listed) = listed {
            inventory.began = listed.taken.began;
            flaws.extend(unknown_group(listed, signs));
            let shown = Beside::of(listed, head);
            let groups = groups_of(listed);
            // What is not whole is not compared.
            let knows_groups = listed.taken.groups_flaws.is_empty();
            for account in &listed.accounts {
                let theirs = groups.get(&account.account.id).map(Vec::as_slice).unwrap_or_default();
                inventory.take(account, (theirs, knows_groups), (signs, &shown));
            }
        }
        inventory.close(flaws);
        inventory
    }

    fn take(
        &mut self,
        listed: &ListedAccount,
        (groups, knows_groups): (&[&str], bool),
        (signs, shown): (&Signs, &Beside<'_>),
    ) {
        let ListedAccount { account, created } = listed;
        let texts: Vec<(AttributeName, String)> = account
            .attributes
            .iter()
            .map(|(name, value)| (name.clone(), value.to_text()))
            .collect();
        let said = |name: &AttributeName| {
            let found = texts.iter().find(|(known, _)| known == name);
            found.map(|(_, text)| text.as_str()).unwrap_or_default()
        };
        let display_name = AttributeName::parse("displayName");
        let (user_name, email) =
            (said(&AttributeName::USER_NAME), said(&AttributeName::WORK_EMAIL));
        let user_type = said(&AttributeName::USER_TYPE).trim().to_lowercase();
        let fits = |patterns: &[Pattern]| {
            patterns.iter().any(|it| [user_name, email].into_iter().any(|name| it.fits(name)))
        };
        let is_in = |group: &GroupName| groups.iter().any(|name| *name == group.as_str());
        let emails = [email];
        // A manager is an account's id here, and a person's elsewhere.
        let compared = texts.iter().filter(|(name, _)| *name != AttributeName::MANAGER);
        let attributes: Vec<(AttributeName, &str)> =
            compared.map(|(name, text)| (name.clone(), text.as_str())).collect();
        self.add(&Account {
            id: account.id.as_str(),
            user_name,
            external_id: said(&AttributeName::EXTERNAL_ID),
            employee_number: said(&AttributeName::EMPLOYEE_NUMBER),
            display_name: display_name.as_ref().map(said).unwrap_or_default(),
            emails: if email.is_empty() { &[] } else { &emails },
            active: account.active,
            is_service: signs.service_types.contains(&user_type)
                || fits(&signs.service_names)
                || shown.is_service(&[user_name, email]),
            is_administrator: signs.administrator_types.contains(&user_type)
                || fits(&signs.protected_names)
                || signs.protected_groups.iter().any(is_in)
                || shown.is_administrator(&[user_name, email]),
            created: *created,
            changed: account.changed.as_ref().and_then(|changed| changed.at),
            seen: shown.seen(&[user_name, email]),
            provisioner: shown.provisioner(account.id.as_str(), user_name),
            groups: knows_groups.then_some(groups),
            attributes: &attributes,
        });
    }
}

/// A group whose members must not be taken for orphans, and are not known.
fn unknown_group(listed: &inventory::Inventory, signs: &Signs) -> Option<Flaw> {
    if listed.taken.groups_flaws.is_empty() {
        return None;
    }
    let is_known = |name: &GroupName| {
        let group = listed.groups.iter().find(|group| group.name == *name);
        group.is_some_and(|group| listed.members.contains_key(&group.id))
    };
    let unknown = signs.protected_groups.iter().find(|name| !is_known(name));
    unknown.map(|name| Flaw::ProtectedUnknown(name.clone()))
}

fn groups_of(listed: &inventory::Inventory) -> Groups<'_> {
    let mut all = Groups::new();
    for group in &listed.groups {
        for member in listed.members.get(&group.id).into_iter().flatten() {
            all.entry(member).or_default().push(group.name.as_str());
        }
    }
    all
}
