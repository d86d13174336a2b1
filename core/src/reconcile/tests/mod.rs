//! Companies on paper, and what is found of them.

mod concluded;
mod exceptions;
mod findings;
mod listed;
mod measure;
mod seats;
mod since;
mod state;
mod telling;
mod unconcluded;

use super::*;
use crate::model::{Alias, AliasKind, PersonId, ScimId};
use crate::roster::{self, Expect, Form, Guard};
use jiff::civil::date;

fn hours(many: i64) -> SignedDuration {
    SignedDuration::from_hours(many)
}

fn now() -> Timestamp {
    "2026-10-01T06:00:00Z".parse().unwrap()
}

fn target() -> TargetName {
    TargetName::new("netskope")
}

fn guard(made: Timestamp) -> Guard {
    let expect = Expect { rows_least: Some(1), ..Expect::default() };
    Guard { modified_at: Some(made), ..Guard::new(made, expect) }
}

fn list_at(text: &str, made: Timestamp) -> Roster {
    let form = Form { file: "people.csv".into(), ..Form::default() };
    roster::read(text.as_bytes(), &form, &guard(made), None).unwrap()
}

fn list(text: &str) -> Roster {
    list_at(text, now())
}

fn refused() -> Refused {
    let form = Form { file: "people.csv".into(), ..Form::default() };
    roster::read(b"", &form, &guard(now()), None).unwrap_err()
}

/// The accounts, read whole.
fn accounts(all: &[Account<'_>]) -> Inventory {
    accounts_read(all, Vec::new())
}

fn accounts_read(all: &[Account<'_>], flaws: Vec<Flaw>) -> Inventory {
    let mut inventory = Inventory::new(target(), now(), ExternalId::EmployeeNumber);
    for account in all {
        inventory.add(account);
    }
    inventory.close(flaws);
    inventory
}

fn account<'a>(id: &'a str, user_name: &'a str) -> Account<'a> {
    Account { id, user_name, active: Some(true), ..Account::default() }
}

fn number(text: &str) -> Alias {
    Alias::parse(AliasKind::EmployeeNumber, text).unwrap()
}

fn email(text: &str) -> Alias {
    Alias::parse(AliasKind::Email, text).unwrap()
}

/// Somebody whom usher knows, with an account there.
fn know(people: &mut KnownPeople, id: &str, names: &[Alias], seat: (Employment, Option<&str>)) {
    know_wanting(people, id, names, seat, Wanted::default());
}

fn know_wanting(
    people: &mut KnownPeople,
    id: &str,
    names: &[Alias],
    (employment, bound): (Employment, Option<&str>),
    wants: Wanted<'_>,
) {
    let (id, bound) = (PersonId::new(id), bound.map(ScimId::new));
    let since = Some(now() - hours(2));
    let seats = [KnownSeat { target: &target(), bound: bound.as_ref(), since, wants }];
    people.add(&KnownPerson { id: &id, names, employment, seats: &seats });
}

/// A comparison with one list of HR's, and what else a test sets.
struct Case<'a> {
    lists: Vec<List<'a>>,
    known: KnownPeople,
    inventories: Vec<Inventory>,
    exceptions: Result<Exceptions, ExceptionsRefused>,
    history: History,
    settings: Settings,
    now: Timestamp,
}

impl<'a> Case<'a> {
    fn new(roster: &'a Roster, inventory: Inventory) -> Self {
        Self {
            lists: vec![List { name: "hr", of: Authority::Hr, roster: Ok(roster) }],
            known: KnownPeople::default(),
            inventories: vec![inventory],
            exceptions: Ok(Exceptions::default()),
            history: History::default(),
            settings: Settings::default(),
            now: now(),
        }
    }

    fn question(&self) -> Question<'_> {
        Question {
            now: self.now,
            today: date(2026, 10, 1),
            lists: &self.lists,
            known: &self.known,
            inventories: &self.inventories,
            exceptions: self.exceptions.as_ref(),
            history: &self.history,
            settings: &self.settings,
        }
    }

    /// Kinds, accounts and proposals.
    fn told(&self) -> Vec<(Kind, String, Proposed)> {
        let question = self.question();
        let findings = compare(&question);
        let row = |it: &Finding| {
            (it.kind, findings.row(it).account.unwrap_or_default().to_owned(), it.proposed)
        };
        findings.all.iter().map(row).collect()
    }

    fn unconcluded(&self) -> Vec<String> {
        compare(&self.question()).unconcluded.iter().map(ToString::to_string).collect()
    }
}

fn one(kind: Kind, account: &str, proposed: Proposed) -> Vec<(Kind, String, Proposed)> {
    vec![(kind, account.to_owned(), proposed)]
}
