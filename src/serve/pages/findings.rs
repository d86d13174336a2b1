//! Orphans and all else that is found when lists, accounts and what usher knows are compared.

use super::sheet::{Cell, Sheet, Tone};
use super::{Page, Part, Section, accounts, listing, times};
use crate::model::account::AttributeName;
use crate::reconcile::{Kind, Proposed};
use crate::serve::comparing::{Compared, Found, Last};
use crate::serve::deployment::Tenant;
use crate::serve::memory::inventory::AtTarget;
use crate::serve::web::Visit;
use crate::view::words::plain;
use maud::{Markup, html};

const COLUMNS: &[(&str, &str)] = &[
    ("target", "Target"),
    ("user_name", "User name"),
    ("finding", "What is found"),
    ("account", "Account"),
    ("active", "Active"),
    ("person", "Person"),
    ("because", "Because"),
    ("proposed", "Proposed"),
    ("first_seen", "First seen"),
    ("excepted_until", "Excepted until"),
    ("cost", "Costs"),
];

pub(super) fn page(visit: &Visit, tenant: &Tenant) -> Page {
    let last = visit.site.compared(&tenant.name, visit.now);
    let mut parts = vec![Part::Markup(filters(visit, tenant))];
    parts.push(Part::Markup(how_it_stands(visit, tenant, &last)));
    let found = match &last.compared {
        Some(compared) => sheet(visit, tenant, compared),
        None => empty("nothing was compared yet".to_owned()),
    };
    parts.push(Part::Sheet(found));
    Page::of(Section::Findings, tenant, parts)
}

fn empty(empty: String) -> Sheet {
    Sheet {
        name: "findings".into(),
        caption: "What is found".to_owned(),
        columns: COLUMNS,
        rows: Vec::new(),
        empty,
        next: None,
    }
}

fn filters(visit: &Visit, tenant: &Tenant) -> Markup {
    let kinds = Kind::ALL.into_iter().map(|kind| (kind.word(), told(kind)));
    listing::form(
        visit,
        &html! {
            (listing::choice("kind", "What is found", visit.query.get("kind"), kinds))
            (listing::targets(visit, tenant))
        },
    )
}

/// Of when it is, and of what nothing is concluded.
pub(super) fn how_it_stands(visit: &Visit, tenant: &Tenant, last: &Last) -> Markup {
    let at = |at| times::time(at, &tenant.zone, visit.now);
    html! {
        p role="status" {
            @match &last.compared {
                Some(compared) => {
                    "Lists, accounts and what usher knows were compared " (at(compared.at)) ". "
                }
                None => { "Lists, accounts and what usher knows were not compared yet. " }
            }
            @if last.is_under_way { "They are being compared now; the page has news when that is done." }
        }
        @if let Some((since, why)) = &last.failed {
            p.banner role="status" { "The comparison of " (at(*since)) " came to nothing: " (plain(why)) }
        }
        @if let Some(compared) = last.compared.as_ref().filter(|it| !it.unconcluded.is_empty()) {
            div.banner.soft role="status" {
                p { "Of something nothing is concluded:" }
                ul {
                    @for (code, why) in &compared.unconcluded {
                        li { (Cell::Code((*code).into()).html(super::ground(visit, tenant))) " " (plain(why)) }
                    }
                }
            }
        }
    }
}

fn sheet(visit: &Visit, tenant: &Tenant, compared: &Compared) -> Sheet {
    let (kind, target) = (visit.query.get("kind"), visit.query.get("target"));
    let is_meant = |it: &&Found| {
        kind.is_none_or(|kind| it.kind.word() == kind)
            && target
                .is_none_or(|target| it.target.as_ref().is_some_and(|it| it.as_str() == target))
    };
    let all: Vec<&Found> = compared.rows.iter().filter(is_meant).collect();
    let after: usize = visit.query.get("after").and_then(|it| it.parse().ok()).unwrap_or(0);
    let most = listing::rows_most(visit);
    let shown: Vec<&Found> = all.iter().skip(after).take(most).copied().collect();
    let mut rows: Vec<Vec<Cell>> = shown.iter().map(|it| cells(visit, tenant, it)).collect();
    name(visit, tenant, &shown, &mut rows);
    let more = if compared.more > 0 {
        format!("; {} further ones are not kept here, `usher reconcile` prints all", compared.more)
    } else {
        String::new()
    };
    Sheet {
        caption: format!(
            "{} finding(s); each proposes, and nothing is done by it{more}",
            all.len()
        ),
        rows,
        next: (all.len() > after + most).then(|| (after + most).to_string()),
        ..empty("nothing".to_owned())
    }
}

fn cells(visit: &Visit, tenant: &Tenant, found: &Found) -> Vec<Cell> {
    let account = found.target.as_ref().zip(found.account.as_ref());
    let account = account.map(|(target, account)| Cell::Link {
        to: accounts::address(visit, tenant, target, account.as_str()),
        text: account.to_string(),
    });
    let person = found.person.as_ref().map(|person| Cell::Link {
        to: visit.to_person(&tenant.name, person.as_str()),
        text: person.to_string(),
    });
    let cost = found.cost.as_ref().map(|(cost, currency, per)| {
        Cell::text(format!("{cost} {currency} a {}", super::seats::per(*per)))
    });
    let until = found.excepted_until.map(|until| Cell::text(until.to_string()));
    vec![
        found.target.as_ref().map_or(Cell::Nothing, |it| Cell::text(it.as_str())),
        found.account.as_ref().map_or(Cell::Nothing, |_| Cell::Personal(String::new())),
        Cell::Mark(tone(found), told(found.kind)),
        account.unwrap_or(Cell::Nothing),
        found.account.as_ref().map_or(Cell::Nothing, |_| accounts::active(found.active)),
        person.unwrap_or(Cell::Nothing),
        Cell::text(&found.because),
        Cell::text(proposed(found.proposed)),
        Cell::At(found.first_seen),
        until.unwrap_or(Cell::Nothing),
        cost.unwrap_or(Cell::Nothing),
    ]
}

/// What accounts are called by what the target showed, if somebody may see it.
fn name(visit: &Visit, tenant: &Tenant, shown: &[&Found], rows: &mut [Vec<Cell>]) {
    if !visit.is_open() {
        return;
    }
    visit.sees_accounts(&tenant.name, shown.iter().filter_map(|it| it.account.as_ref()));
    let known = visit.site.memory.known();
    for (row, found) in rows.iter_mut().zip(shown) {
        let Some((target, account)) = found.target.as_ref().zip(found.account.as_ref()) else {
            continue;
        };
        let at = known.inventories.at(&tenant.name, target).and_then(AtTarget::whole);
        let number = at.and_then(|whole| whole.find(account.as_str()));
        let account = at.zip(number).and_then(|(whole, number)| whole.account(number));
        let name = account.and_then(|account| account.text(&AttributeName::USER_NAME));
        if let (Some(name), Some(cell)) = (name, row.get_mut(1)) {
            *cell = Cell::Personal(name.to_owned());
        }
    }
}

fn tone(found: &Found) -> Tone {
    match (found.excepted_until, found.kind) {
        (Some(_), _) | (None, Kind::Service | Kind::Administrator) => Tone::Good,
        (None, Kind::Orphaned | Kind::LeftButActive | Kind::WronglyBound) => Tone::Bad,
        (
            None,
            Kind::Missing
            | Kind::Drifted
            | Kind::Several
            | Kind::Unmanaged
            | Kind::Unused
            | Kind::Ambiguous
            | Kind::Unclear,
        ) => Tone::Waits,
    }
}

fn told(kind: Kind) -> &'static str {
    match kind {
        Kind::Orphaned => "nobody's account",
        Kind::LeftButActive => "left, and still active",
        Kind::Missing => "no account, and should have one",
        Kind::Drifted => "not as usher wants it",
        Kind::Several => "one of several of one person",
        Kind::Unmanaged => "usher does not look after it",
        Kind::Unused => "not used for long",
        Kind::Service => "a machine's",
        Kind::Administrator => "an administrator's, or protected",
        Kind::WronglyBound => "bound to the wrong person",
        Kind::Ambiguous => "several people's names",
        Kind::Unclear => "lists and usher disagree",
    }
}

fn proposed(proposed: Proposed) -> &'static str {
    match proposed {
        Proposed::Nothing => "nothing",
        Proposed::Look => "look",
        Proposed::AwaitList => "wait for the next list",
        Proposed::Disable => "disable",
        Proposed::Delete => "delete",
        Proposed::Create => "create",
        Proposed::Correct => "correct",
        Proposed::Adopt => "adopt",
    }
}
