//! Groups: those that rules name and those that targets have, who is to be in them, who is, and which
//! policies name them.

use super::policies::{self, AtTarget};
use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Place, Section, accounts, listing};
use crate::model::ids::{GroupName, TargetName};
use crate::serve::deployment::Tenant;
use crate::serve::memory::inventory::{Account, Directory};
use crate::serve::memory::{Entry, Known, Place as Lies, Tally};
use crate::serve::web::{Refused, Visit, segment};
use maud::html;
use std::collections::BTreeMap;

const COLUMNS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("group", "Group"),
    ("members", "Members wanted"),
    ("restricting", "Takes access"),
    ("shown", "Members there"),
    ("policies", "Policies"),
    ("warning", "Look at"),
];

const MEMBERS: &[(&str, &str)] = &[
    ("person", "Person"),
    ("known_as", "Known as"),
    ("account", "Account"),
    ("changed", "Changed"),
];

const SHOWN: &[(&str, &str)] =
    &[("account", "Account"), ("person", "Person"), ("wanted", "By usher")];

/// Behind which account the second list goes on stands in the address behind this.
const OF_SHOWN: &str = "shown~";

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let known = visit.site.memory.known();
    let mut wanted: BTreeMap<(&TargetName, &GroupName), usize> = BTreeMap::new();
    for (target, at) in known.people.tally(&tenant.name).into_iter().flat_map(Tally::targets) {
        wanted.extend(at.groups.iter().map(|(group, count)| ((target, group), *count)));
    }
    // A group that takes access and that nobody is in is worth a row, too; so is one that is only there.
    for target in &tenant.scope.targets {
        for group in &target.restricting {
            wanted.entry((&target.name, group)).or_default();
        }
        for (_, group) in
            whole(&known, tenant, &target.name).into_iter().flat_map(Directory::groups)
        {
            wanted.entry((&target.name, &group.listed.name)).or_default();
        }
    }
    let targets = tenant.scope.targets.iter();
    let targets = targets.map(|target| AtTarget::of(visit, &known, tenant, &target.name));
    let policies: Vec<AtTarget> = targets.collect();
    let rows = wanted.iter().filter_map(|((target, group), count)| {
        let whole = whole(&known, tenant, target);
        let at = policies.iter().find(|at| at.is_of(target))?;
        Some(row(visit, tenant, (target, group, *count), (whole, at)))
    });
    let sheet = Sheet {
        name: "groups".into(),
        caption: "Groups that usher fills, and those that targets have".to_owned(),
        columns: COLUMNS,
        rows: rows.collect(),
        empty: "no claim names a group, and no target was read".to_owned(),
        next: None,
    };
    let note = html! {
        p.soft {
            "Who is in a group there is as old as the last reading of its target: "
            a href=(visit.to_page(&tenant.name, Section::Accounts, &[])) { "see how fresh" } ". "
            "A group that no enabled policy names changes nothing for who is in it."
        }
        (policies::notes(&policies, visit.now))
    };
    let parts =
        vec![Part::Sheet(sheet), Part::Markup(note), Part::Sheet(policies::sheet(&policies))];
    Page::of(Section::Groups, tenant, parts)
}

fn whole<'a>(known: &'a Known, tenant: &Tenant, target: &TargetName) -> Option<&'a Directory> {
    known.inventories.at(&tenant.name, target).and_then(|at| at.whole())
}

/// `whole`: what the target has, if it was read; `policies`: those that are known of it.
fn row(
    visit: &Visit,
    tenant: &Tenant,
    (target, group, wanted): (&TargetName, &GroupName, usize),
    (whole, policies): (Option<&Directory>, &AtTarget),
) -> Vec<Cell> {
    let takes_access =
        tenant.scope.targets.iter().any(|it| it.name == *target && it.restricting.contains(group));
    let there = whole.map(|whole| whole.group_named(group.as_str()));
    let shown = match there {
        None => Cell::Nothing,
        Some(None) => Cell::Mark(Tone::Bad, "no such group"),
        Some(Some(group)) => group.count().map_or_else(|| Cell::text("not shown"), Cell::count),
    };
    let [policies, warning] = policies.of_group(group, (takes_access, wanted > 0));
    vec![
        Cell::text(target.as_str()),
        Cell::Link { to: address(visit, tenant, target, group.as_str()), text: group.to_string() },
        Cell::count(wanted),
        Cell::text(if takes_access { "yes" } else { "no" }),
        shown,
        policies,
        warning,
    ]
}

/// The address of a group's page.
pub(super) fn address(visit: &Visit, tenant: &Tenant, target: &TargetName, group: &str) -> String {
    let [tenant, target, group] = [tenant.name.as_str(), target.as_str(), group].map(segment);
    visit.to(&format!("/t/{tenant}/groups/{target}/{group}"), &[])
}

/// Who is to be in one group, and who is.
pub async fn members(
    visit: &Visit,
    tenant: &Tenant,
    target: &str,
    group: &str,
) -> Result<Page, Refused> {
    let most = listing::rows_most(visit);
    let (mut rows, shown, next) = listed(visit, tenant, (target, group), most);
    listing::with_names(visit, tenant, &mut rows, &shown).await?;
    let wanted = Sheet {
        name: "members".into(),
        caption: format!("Who is to be in `{group}` at {target}, by what usher wants"),
        columns: MEMBERS,
        rows,
        empty: "nobody".to_owned(),
        next,
    };
    let mut parts = vec![Part::Sheet(wanted)];
    let at = TargetName::new(target);
    parts.extend(there(visit, tenant, (&at, group), most).map(Part::Sheet));
    let named = AtTarget::of(visit, &visit.site.memory.known(), tenant, &at);
    parts.push(Part::Sheet(policies::of_group(&named, group)));
    parts.push(Part::Markup(policies::notes(std::slice::from_ref(&named), visit.now)));
    Ok(Page {
        title: format!("Group {group}"),
        place: Place::Section(Section::Groups),
        tenant: Some(tenant.name.clone()),
        parts,
    })
}

/// Who is in it, as the target was read; `None`: it was not, or does not have the group.
fn there(
    visit: &Visit,
    tenant: &Tenant,
    (target, name): (&TargetName, &str),
    most: usize,
) -> Option<Sheet> {
    let known = visit.site.memory.known();
    let whole = whole(&known, tenant, target)?;
    let group = whole.group_named(name)?;
    let after = visit.query.get("after").and_then(|it| it.strip_prefix(OF_SHOWN));
    // Behind an id, so that a later reading moves nobody to another page.
    let from = after.map(|id| whole.after(Some(id)).next().map_or(usize::MAX, |it| it.0.index()));
    let accounts = group.members_behind(from).filter_map(|number| whole.account(number));
    let mut accounts: Vec<Account<'_>> = accounts.take(most + 1).collect();
    let goes_on = accounts.len() > most;
    accounts.truncate(most);
    let next = accounts.last().filter(|_| goes_on);
    let next = next.map(|account| format!("{OF_SHOWN}{}", account.id()));
    let rows = accounts.iter().map(|account| {
        let holder = known.people.holder(&tenant.name, target, account.id());
        let is_wanted = holder.is_some_and(|entry| is_to_be_in(entry, target.as_str(), name));
        vec![
            Cell::Link {
                to: accounts::address(visit, tenant, target, account.id()),
                text: account.id().to_owned(),
            },
            holder.map_or(Cell::Nothing, |entry| Cell::Link {
                to: visit.to_person(&tenant.name, &entry.id),
                text: entry.id.to_string(),
            }),
            if is_wanted { Cell::Mark(Tone::Good, "wanted") } else { Cell::text("by others") },
        ]
    });
    let others = match (group.members().is_some(), group.others.len()) {
        (false, _) => ", which the target does not show".to_owned(),
        (true, 0) => String::new(),
        (true, others) => format!(", and {others} that are no account which was listed"),
    };
    Some(Sheet {
        name: "shown".into(),
        caption: format!("Members of `{name}` when {target} was read{others}"),
        columns: SHOWN,
        rows: rows.collect(),
        empty: "nobody".to_owned(),
        next,
    })
}

type Listed = (Vec<Vec<Cell>>, Vec<(String, Lies)>, Option<String>);

/// Whether somebody is to be in a group.
fn is_to_be_in(entry: &Entry, target: &str, group: &str) -> bool {
    let place = entry.place_at(target);
    place.is_some_and(|(place, _)| place.groups.iter().any(|it| it.as_str() == group))
}

fn listed(visit: &Visit, tenant: &Tenant, (target, group): (&str, &str), most: usize) -> Listed {
    let known = visit.site.memory.known();
    let after = visit.query.get("after").filter(|after| !after.starts_with(OF_SHOWN));
    let (mut rows, mut shown, mut next) = (Vec::new(), Vec::new(), None);
    for entry in known.people.after(&tenant.name, after) {
        if !is_to_be_in(entry, target, group) {
            continue;
        }
        let account = entry.place_at(target).and_then(|(_, account)| account);
        if rows.len() == most {
            next = shown.last().map(|(id, _): &(String, Lies)| id.clone());
            break;
        }
        let id = entry.id.to_string();
        shown.push((id.clone(), entry.place));
        rows.push(vec![
            Cell::Link { to: visit.to_person(&tenant.name, &id), text: id },
            Cell::Personal(String::new()),
            account.map_or(Cell::Nothing, |account| Cell::Id(account.to_owned())),
            Cell::At(entry.changed),
        ]);
    }
    (rows, shown, next)
}
