//! Accounts that targets have, as the worker read them last, and whose they are.

use super::sheet::{Cell, Ground, Sheet, Tone};
use super::{Page, Part, Place, Section, listing};
use crate::inventory::{Flaw, Head};
use crate::model::account::AttributeName;
use crate::model::ids::{ScimId, TargetName};
use crate::model::listing::ListedAccount;
use crate::serve::deployment::{Target, Tenant};
use crate::serve::memory::{Account, Known, Place as Lies, Whole, account_names};
use crate::serve::web::{Refused, Visit, segment};
use crate::view::glance;
use crate::view::words::plain;
use maud::{Markup, html};
use std::collections::BTreeSet;

const COLUMNS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("user_name", "User name"),
    ("account", "Account"),
    ("active", "Active"),
    ("person", "Person"),
    ("groups", "Groups"),
    ("created", "Made"),
];

const READINGS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("as_of", "Read whole"),
    ("accounts", "Accounts"),
    ("active", "Active"),
    ("groups", "Groups"),
    ("last_reading", "Last reading"),
    ("flaws", "Why that is not believed"),
];

/// Whether an account is active, and whether usher looks after it, as lists are filtered.
const ACTIVE: [(&str, &str); 3] = [("yes", "active"), ("no", "not active"), ("unsaid", "not said")];
const HELD: [(&str, &str); 2] = [("yes", "looked after"), ("no", "not looked after")];

/// A row, and where its record lies.
struct Found {
    id: ScimId,
    target: TargetName,
    lies: Lies,
    cells: Vec<Cell>,
}

pub(super) async fn page(visit: &Visit, tenant: &Tenant) -> Result<Page, Refused> {
    let most = listing::rows_most(visit);
    let mut found = listed(visit, tenant, most);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| has_more).map(|it| format!("{}~{}", it.target, it.id));
    name(visit, tenant, &mut found).await?;
    let accounts = Sheet {
        name: "accounts".into(),
        caption: format!("Accounts of {} at its targets, by their ids", tenant.name),
        columns: COLUMNS,
        rows: found.into_iter().map(|one| one.cells).collect(),
        empty: "none; whole names and ids are compared, without regard to case".to_owned(),
        next,
    };
    let parts = vec![
        Part::Markup(filters(visit, tenant)),
        Part::Sheet(accounts),
        Part::Markup(html! { h2 { "How fresh that is" } }),
        Part::Sheet(readings(visit, tenant)),
        Part::Markup(html! {
            p.soft { "The worker reads targets in its own time; " code { "usher inventory refresh" } " asks for it." }
        }),
    ];
    Ok(Page::of(Section::Accounts, tenant, parts))
}

fn filters(visit: &Visit, tenant: &Tenant) -> Markup {
    let asked = |name| visit.query.get(name);
    listing::form(
        visit,
        &html! {
            (listing::search(visit))
            (listing::targets(visit, tenant))
            (listing::choice("active", "Active", asked("active"), ACTIVE.into_iter()))
            (listing::choice("held", "By usher", asked("held"), HELD.into_iter()))
        },
    )
}

/// One more than `most`, if there are further ones.
fn listed(visit: &Visit, tenant: &Tenant, most: usize) -> Vec<Found> {
    let known = visit.site.memory.known();
    let asked = |name| visit.query.get(name);
    let digest = asked("q").and_then(glance::sought).map(|name| known.people.digest(&name));
    let after = asked("after").and_then(|after| after.split_once('~'));
    let mut found = Vec::new();
    for target in &tenant.targets {
        let name = &target.place.target;
        if asked("target").is_some_and(|only| only != name.as_str())
            || after.is_some_and(|(target, _)| name.as_str() < target)
        {
            continue;
        }
        let at = known.inventories.at(&tenant.name, name);
        let Some(whole) = at.and_then(|at| at.whole()) else { continue };
        let from = after.filter(|(target, _)| *target == name.as_str()).map(|(_, id)| id);
        let called = |account: &Account| digest.is_none_or(|it| account.may_be_called(it));
        for (_, account) in whole.after(from).filter(|(_, account)| called(account)) {
            let holder = known.people.holder(&tenant.name, name, &account.id);
            let is_held = asked("held").is_none_or(|it| (it == "yes") == holder.is_some());
            if is_held && asked("active").is_none_or(|it| it == activity(account.active)) {
                found.push(Found {
                    id: account.id.clone(),
                    target: name.clone(),
                    lies: account.place,
                    cells: cells(visit, tenant, (name, account), holder),
                });
            }
            if found.len() > most {
                return found;
            }
        }
    }
    found
}

fn activity(active: Option<bool>) -> &'static str {
    match active {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unsaid",
    }
}

fn cells(
    visit: &Visit,
    tenant: &Tenant,
    (target, account): (&TargetName, &Account),
    holder: Option<&str>,
) -> Vec<Cell> {
    let id = account.id.as_str();
    let person = holder.map(|person| Cell::Link {
        to: visit.to_person(&tenant.name, person),
        text: person.to_owned(),
    });
    vec![
        Cell::text(target.as_str()),
        Cell::Personal(String::new()),
        Cell::Link { to: address(visit, tenant, target, id), text: id.to_owned() },
        active(account.active),
        person.unwrap_or(Cell::Nothing),
        Cell::Number(account.groups.into()),
        Cell::at(account.created),
    ]
}

pub(super) fn active(active: Option<bool>) -> Cell {
    match active {
        Some(true) => Cell::Mark(Tone::Good, "active"),
        Some(false) => Cell::Mark(Tone::Busy, "not active"),
        None => Cell::text("not said"),
    }
}

/// The address of an account's page.
pub(super) fn address(visit: &Visit, tenant: &Tenant, target: &TargetName, id: &str) -> String {
    let [tenant, target, id] = [tenant.name.as_str(), target.as_str(), id].map(segment);
    visit.to(&format!("/t/{tenant}/accounts/{target}/{id}"), &[])
}

/// Reads what accounts are called, if somebody may see that or has typed a name: digests may be alike.
async fn name(visit: &Visit, tenant: &Tenant, found: &mut Vec<Found>) -> Result<(), Refused> {
    let sought = visit.query.get("q").and_then(glance::sought);
    if !visit.is_open() && sought.is_none() {
        return Ok(());
    }
    let listed = listing::accounts(visit, found.iter().map(|one| one.lies).collect()).await?;
    visit.sees_accounts(&tenant.name, found.iter().map(|one| &one.id));
    found.retain_mut(|one| {
        let Some(account) = listed.get(&one.id) else { return true };
        if let Some(cell) = one.cells.get_mut(1) {
            *cell = user_name(account);
        }
        sought.as_ref().is_none_or(|sought| {
            account_names(account).any(|name| glance::sought(&name).as_ref() == Some(sought))
        })
    });
    Ok(())
}

fn user_name(listed: &ListedAccount) -> Cell {
    let name = listed.account.attributes.get(&AttributeName::USER_NAME);
    name.map_or(Cell::Nothing, |name| Cell::Personal(name.to_text()))
}

/// When each target was read, and why its last reading is not believed.
fn readings(visit: &Visit, tenant: &Tenant) -> Sheet {
    let known = visit.site.memory.known();
    Sheet {
        name: "readings".into(),
        caption: "When targets were read".to_owned(),
        columns: READINGS,
        rows: tenant.targets.iter().map(|target| reading(&known, tenant, target)).collect(),
        empty: "there is no target".to_owned(),
        next: None,
    }
}

fn reading(known: &Known, tenant: &Tenant, target: &Target) -> Vec<Cell> {
    let name = &target.place.target;
    let nothing = Head::default();
    let head = known.inventories.at(&tenant.name, name).map_or(&nothing, |at| &at.head);
    let taken = head.complete.as_ref();
    let number = |count: Option<u64>| count.and_then(|it| i64::try_from(it).ok());
    let number = |count| number(count).map_or(Cell::Nothing, Cell::Number);
    let texts = |flaws: &BTreeSet<Flaw>| flaws.iter().map(|it| it.text()).collect::<Vec<_>>();
    let flaws = head.last.as_ref().map(|last| texts(&last.flaws)).unwrap_or_default();
    let of_groups = taken.map(|taken| texts(&taken.groups_flaws)).unwrap_or_default();
    let of_groups = of_groups.into_iter().map(|flaw| format!("groups: {flaw}"));
    let flaws: Vec<String> = flaws.into_iter().map(str::to_owned).chain(of_groups).collect();
    vec![
        Cell::text(name.as_str()),
        taken.map_or(Cell::Mark(Tone::Waits, "never"), |taken| Cell::At(taken.ended)),
        number(taken.map(|taken| taken.accounts.rows)),
        number(taken.map(|taken| taken.active)),
        number(taken.map(|taken| taken.groups.rows)),
        Cell::at(head.last.as_ref().map(|last| last.ended)),
        if flaws.is_empty() { Cell::Nothing } else { Cell::text(flaws.join("; ")) },
    ]
}

const ATTRIBUTES: &[(&str, &str)] = &[("attribute", "Attribute"), ("value", "Value")];

/// One account, as its target shows it.
pub async fn account(
    visit: &Visit,
    tenant: &Tenant,
    target: &str,
    id: &str,
) -> Result<Page, Refused> {
    let name = TargetName::new(target);
    let (lies, head, groups) = {
        let known = visit.site.memory.known();
        let at = known.inventories.at(&tenant.name, &name).ok_or_else(|| visit.not_found())?;
        let whole: &Whole = at.whole().ok_or_else(|| visit.not_found())?;
        let (number, account) = whole.account(id).ok_or_else(|| visit.not_found())?;
        let holder = known.people.holder(&tenant.name, &name, &account.id);
        let groups: Vec<String> = whole.groups_of(number).map(|it| it.name.to_string()).collect();
        let ground = super::ground(visit, tenant);
        (account.place, self::head(visit, tenant, (whole, account), holder, ground), groups)
    };
    let listed = listing::accounts(visit, vec![lies]).await?;
    let listed = listed.get(&ScimId::new(id)).ok_or_else(|| visit.not_found())?;
    visit.sees_accounts(&tenant.name, [&listed.account.id]);
    let attributes = listed.account.attributes.iter();
    let sheet = Sheet {
        name: "attributes".into(),
        caption: format!("Attributes that {target} shows of it"),
        columns: ATTRIBUTES,
        rows: attributes
            .map(|(name, value)| vec![Cell::text(name.as_str()), Cell::Personal(value.to_text())])
            .collect(),
        empty: "it shows none".to_owned(),
        next: None,
    };
    let members = html! {
        h2 { "Groups" }
        @if groups.is_empty() {
            p.none { "No group shows it as a member." }
        } @else {
            ul {
                @for group in &groups {
                    li { a href=(super::groups::address(visit, tenant, &name, group)) { (plain(group)) } }
                }
            }
        }
    };
    Ok(Page {
        title: format!("Account {id}"),
        place: Place::Section(Section::Accounts),
        tenant: Some(tenant.name.clone()),
        parts: vec![Part::Markup(head), Part::Sheet(sheet), Part::Markup(members)],
    })
}

fn head(
    visit: &Visit,
    tenant: &Tenant,
    (whole, account): (&Whole, &Account),
    holder: Option<&str>,
    ground: Ground<'_>,
) -> Markup {
    html! {
        dl.pairs {
            dt { "Active" } dd { (active(account.active).html(ground)) }
            dt { "Person" }
            dd {
                @if let Some(person) = holder {
                    a href=(visit.to_person(&tenant.name, person)) { code { (person) } }
                } @else {
                    "usher has not bound it to anybody"
                }
            }
            dt { "Made" } dd { (Cell::at(account.created).html(ground)) }
            dt { "Read" } dd { (Cell::At(whole.taken.ended).html(ground)) }
        }
    }
}
