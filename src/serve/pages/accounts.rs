//! Accounts that targets have, as the worker read them last, and whose they are.

use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Place, Section, listing};
use crate::inventory::{Flaw, Head};
use crate::model::account::AttributeName;
use crate::model::ids::{GroupName, ScimId, TargetName};
use crate::serve::deployment::{Target, Tenant};
use crate::serve::memory::inventory::{Account, AccountNumber, AtTarget, Directory};
use crate::serve::memory::{Entry, Known};
use crate::serve::web::{Refused, Visit, segment};
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

/// A row, and whose.
struct Found {
    id: ScimId,
    target: TargetName,
    cells: Vec<Cell>,
}

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let most = listing::rows_most(visit);
    let mut found = listed(visit, tenant, most);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| has_more).map(|it| format!("{}~{}", it.target, it.id));
    visit.sees_accounts(&tenant.name, found.iter().map(|one| &one.id));
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
    Page::of(Section::Accounts, tenant, parts)
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
    let after = asked("after").and_then(|after| after.split_once('~'));
    let mut found = Vec::new();
    for target in &tenant.targets {
        let name = &target.place.target;
        if asked("target").is_some_and(|only| only != name.as_str())
            || after.is_some_and(|(target, _)| name.as_str() < target)
        {
            continue;
        }
        let Some(at) = known.inventories.at(&tenant.name, name) else { continue };
        let Some(whole) = at.whole() else { continue };
        let from = after.filter(|(target, _)| *target == name.as_str()).map(|(_, id)| id);
        let fits = |(number, account): &(AccountNumber, Account<'_>)| {
            asked("held").is_none_or(|it| (it == "yes") == at.is_held(*number))
                && asked("active").is_none_or(|it| it == activity(account.active()))
        };
        let some = sought(visit, &known, whole, from).filter(fits).take(most + 1 - found.len());
        found.extend(some.map(|(number, account)| {
            let holder = known.people.holder(&tenant.name, name, account.id());
            let groups = whole.count_groups_of(number);
            Found {
                id: ScimId::new(account.id()),
                target: name.clone(),
                cells: cells(visit, tenant, (name, account, groups), holder),
            }
        }));
        if found.len() > most {
            break;
        }
    }
    found
}

/// Those behind an id; those that go by the name alone, if one is asked for.
fn sought<'a>(
    visit: &Visit,
    known: &Known,
    whole: &'a Directory,
    from: Option<&'a str>,
) -> Box<dyn Iterator<Item = (AccountNumber, Account<'a>)> + 'a> {
    let Some(name) = visit.query.get("q") else { return Box::new(whole.after(from)) };
    let behind = whole.after(from).next().map(|(number, _)| number);
    let called = known.accounts_called(whole, name).into_iter();
    let called = called.filter(move |number| behind.is_some_and(|behind| *number >= behind));
    Box::new(called.filter_map(|number| Some((number, whole.account(number)?))))
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
    (target, account, groups): (&TargetName, Account<'_>, usize),
    holder: Option<&Entry>,
) -> Vec<Cell> {
    let id = account.id();
    let person = holder.map(|person| Cell::Link {
        to: visit.to_person(&tenant.name, &person.id),
        text: person.id.to_string(),
    });
    // Nothing stands there that the visitor may not see, even hidden.
    let name = account.text(&AttributeName::USER_NAME).filter(|_| visit.is_open());
    vec![
        Cell::text(target.as_str()),
        Cell::Personal(name.unwrap_or_default().to_owned()),
        Cell::Link { to: address(visit, tenant, target, id), text: id.to_owned() },
        active(account.active()),
        person.unwrap_or(Cell::Nothing),
        Cell::count(groups),
        Cell::at(account.created()),
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
pub fn account(visit: &Visit, tenant: &Tenant, target: &str, id: &str) -> Result<Page, Refused> {
    let name = TargetName::new(target);
    let known = visit.site.memory.known();
    let at = known.inventories.at(&tenant.name, &name).and_then(AtTarget::whole);
    let whole = at.ok_or_else(|| visit.not_found())?;
    let number = whole.find(id).ok_or_else(|| visit.not_found())?;
    let account = whole.account(number).ok_or_else(|| visit.not_found())?;
    let holder = known.people.holder(&tenant.name, &name, id);
    let mut groups: Vec<&GroupName> =
        whole.groups_of(number).map(|(_, group)| &group.listed.name).collect();
    groups.sort();
    let head = head(visit, tenant, (whole, account), holder);
    visit.sees_accounts(&tenant.name, [&ScimId::new(id)]);
    let sheet = Sheet {
        name: "attributes".into(),
        caption: format!("Attributes that {target} shows of it"),
        columns: ATTRIBUTES,
        rows: account
            .attributes()
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
                    li { a href=(super::groups::address(visit, tenant, &name, group.as_str())) { (plain(group.as_str())) } }
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
    (whole, account): (&Directory, Account<'_>),
    holder: Option<&Entry>,
) -> Markup {
    let ground = super::ground(visit, tenant);
    html! {
        dl.pairs {
            dt { "Active" } dd { (active(account.active()).html(ground)) }
            dt { "Person" }
            dd {
                @if let Some(person) = holder {
                    a href=(visit.to_person(&tenant.name, &person.id)) { code { (&person.id) } }
                } @else {
                    "usher has not bound it to anybody"
                }
            }
            dt { "Made" } dd { (Cell::at(account.created()).html(ground)) }
            dt { "Read" } dd { (Cell::At(whole.taken.ended).html(ground)) }
        }
    }
}
