//! What is found quickly is what is found by looking at every row.

use super::Resource;
use super::field::{Field, Held, Kind, Row};
use super::filter::{Operator, Search, Test};
use super::page::{Question, Sort, Way};
use crate::serve::memory::inventory::{Directory, folded};
use crate::serve::tests::target::{Target, account, directory_of, group};
use std::collections::BTreeSet;

/// Names that differ in the sizes of letters alone, that are none, and that are in no order.
fn directory() -> Directory {
    let mut target = Target::new("acme", "main");
    let names =
        ["kim", "KIM", "Kim Lee", "", "Ärger", "ärger", "zoë", "al", "k", "lee@example.com"];
    for number in 0..60_usize {
        let name = names[number * 7 % names.len()];
        let mut values = vec![("userName", name), ("title", names[number % 3])];
        if number.is_multiple_of(2) {
            values.push(("displayName", names[number * 3 % names.len()]));
        }
        if number.is_multiple_of(3) {
            values.push(("name.formatted", names[number % names.len()]));
        }
        if number == 5 {
            values.push(("enterprise.department", "Research"));
        }
        let id =
            if number.is_multiple_of(4) { format!("ID-{number}") } else { format!("id-{number}") };
        target.accounts.push(account(&id, !number.is_multiple_of(5), &values));
    }
    target.accounts[9].account.active = None;
    target.accounts[11].created = "2026-09-05T08:00:00Z".parse().ok();
    target.accounts[12].created = None;
    target.groups =
        vec![group("g-1", "VPN", &["ID-0", "id-5", "elsewhere"]), group("g-2", "k", &["id-5"])];
    directory_of(&mut target)
}

fn ids<'a>(rows: impl IntoIterator<Item = Row<'a>>) -> Vec<&'a str> {
    rows.into_iter().map(Row::id).collect()
}

const OPERATORS: [&str; 10] =
    ["eq", "ne", "in", "nin", "gt", "gte", "lt", "lte", "contains", "starts_with"];

#[test]
fn a_sieve_passes_what_each_row_by_itself_would() {
    let directory = directory();
    let texts = ["kim", "Kim,AL", "", "ÄRGER", "i", "m", "active", "nobody", "id-8"];
    let times = ["2026-09-01", "2026-09-05T08:00:00Z", "2027-01-01"];
    let mut passed = 0;
    for (_, field) in Field::all(Resource::Users) {
        let values: &[&str] = match field.kind() {
            Kind::Text => &texts,
            Kind::Time => &times,
            Kind::Related => continue,
        };
        for operator in OPERATORS.map(|word| Operator::parse(word).unwrap()) {
            for value in values {
                let Ok(test) = Test::new(*field, operator, vec![(*value).to_owned()]) else {
                    continue;
                };
                let sieve = test.sieve(&directory);
                let all = || Row::all(&directory, Resource::Users);
                let quickly = ids(all().filter(|row| sieve.passes(*row)));
                let slowly = ids(all().filter(|row| test.holds(row.held(*field))));
                passed += slowly.len();
                assert_eq!(quickly, slowly, "{field:?} {operator:?} {value}");
            }
        }
    }
    assert!(passed > 1_000, "{passed}");
}

#[test]
fn groups_are_told_by_ids_and_names() {
    let directory = directory();
    let of = |operator: &str, value: &str| {
        let operator = Operator::parse(operator).unwrap();
        let test = Test::new(Field::Groups, operator, vec![value.to_owned()]).unwrap();
        let sieve = test.sieve(&directory);
        Row::all(&directory, Resource::Users).filter(|row| sieve.passes(*row)).count()
    };
    assert_eq!((of("eq", "g-1"), of("eq", "vpn"), of("eq", "G-1")), (2, 2, 0));
    assert_eq!((of("in", "K,g-1"), of("ne", "K"), of("eq", "none")), (2, 59, 0));
}

#[test]
fn whoever_is_looked_for_is_found_in_every_name() {
    let directory = directory();
    let names =
        [Field::Id, Field::Username, Field::Emails, Field::ExternalId, Field::EmployeeNumber];
    let more = [Field::Name, Field::FirstName, Field::LastName];
    for wanted in ["kim", "ärg", "ID-", "lee@EXAMPLE", "nobody", "é"] {
        for whole in [false, true] {
            let search = Search { wanted: wanted.to_owned(), whole };
            let sieve = search.sieve(&directory);
            let by_hand = |row: &Row<'_>| {
                let more = more.iter().filter(|_| !whole);
                names.iter().chain(more).any(|field| match row.held(*field) {
                    Held::Text(text) if whole => folded(text, wanted).is_eq(),
                    Held::Text(text) => text.to_lowercase().contains(&wanted.to_lowercase()),
                    Held::Nothing | Held::Time(_) => false,
                })
            };
            let all = || Row::all(&directory, Resource::Users);
            let quickly = ids(all().filter(|row| sieve.passes(*row)));
            assert_eq!(quickly, ids(all().filter(by_hand)), "{wanted} {whole}");
        }
    }
}

#[test]
fn every_order_has_everybody_once_both_ways() {
    let directory = directory();
    for (_, field) in Field::all(Resource::Users) {
        for descends in [false, true] {
            let sort = Sort { field: *field, descends };
            let question = Question {
                resource: Resource::Users,
                tests: Vec::new(),
                search: None,
                sort,
                limit: 7,
            };
            let (mut seen, mut from) = (Vec::new(), None);
            loop {
                let page =
                    question.page(&directory, from.as_ref().map(|place| (place, Way::Behind)));
                let last = page.rows.last().map(|row| sort.place(*row));
                seen.extend(ids(page.rows));
                from = last;
                if !page.has_behind {
                    break;
                }
            }
            let all: BTreeSet<&&str> = seen.iter().collect();
            assert_eq!((seen.len(), all.len()), (60, 60), "{sort:?}");
            let back = question.page(&directory, from.as_ref().map(|place| (place, Way::Before)));
            assert_eq!(ids(back.rows), seen[52..59], "{sort:?}");
            let held = |id: &&str| Row::find(&directory, Resource::Users, id).unwrap().held(*field);
            let texts = seen.iter().map(held).filter_map(|held| match held {
                Held::Text(text) => Some(text),
                Held::Nothing | Held::Time(_) => None,
            });
            let mut texts: Vec<&str> = texts.collect();
            if descends {
                texts.reverse();
            }
            assert!(
                texts.is_sorted_by(|one, other| folded(one, other).is_le()),
                "{sort:?}: {texts:?}"
            );
        }
    }
}
