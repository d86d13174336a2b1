//! People as HR tells of them, and their accounts, as usher would have written both.

use super::super::target::{Target, account, group};
use super::super::world::{at, person};
use crate::engine::record;
use crate::engine::state::{Binding, Person, ProfileMark, Seat, Stage};
use crate::model::account::{AttributeName, Value};
use crate::model::code::Code;
use crate::model::event::OrderKey;
use crate::model::ids::{GroupName, ScimId, TargetName};
use crate::model::operation::Field;
use crate::model::wish::Membership;
use crate::model::{Alias, AliasKind, StateWrite};
use std::collections::BTreeMap;

const GROUPS: [&str; 3] = ["VPN_Allowed", "Staff", "Berlin"];

/// One in so many has no account that usher knows, and one in as many is stuck.
const SELDOM: usize = 97;

fn account_of(number: usize) -> String {
    format!("{number:032x}")
}

fn name_of(number: usize) -> String {
    format!("person.{number}@example.com")
}

/// Four names, eight attributes, an account in three groups.
fn someone(number: usize) -> (Person, Seat) {
    let id = format!("p-{number:024x}");
    let name = name_of(number);
    let mut someone = person("acme", &id, &name);
    someone.aliases.extend(Alias::parse(AliasKind::EmployeeNumber, &format!("{number}")));
    someone.aliases.extend(Alias::parse(AliasKind::Email, &name));
    someone.aliases.extend(Alias::external("entra", &account_of(number)));
    let mut seat = Seat::new(at("2026-10-01T08:00:00Z"));
    if !number.is_multiple_of(SELDOM) {
        seat.binding = Binding::Bound(ScimId::new(account_of(number)));
    }
    if number % SELDOM == 1 {
        let again_at = at("2026-10-03T08:00:00Z");
        seat.stage = Stage::Stuck { code: Code::GroupMissing.into(), again_at };
    }
    let names = [
        "userName",
        "displayName",
        "title",
        "name.givenName",
        "name.familyName",
        "emails.work",
        "enterprise.department",
        "enterprise.division",
    ];
    for name in names {
        let name = AttributeName::parse(name).unwrap();
        let value = Field::Set(Value::Text(format!("{name} of {number}")));
        seat.wish.attributes.insert(name.clone(), value.clone());
        let key = OrderKey {
            sequence: Some(number.to_string()),
            time: at("2026-10-01T08:00:00Z"),
            came: 7,
            tie: 0,
            id: format!("event-{number}"),
        };
        let source = "https://hr.example.com".to_owned();
        let mark = ProfileMark { source, key, from: None, asked: false, value };
        someone.profile.insert(name, vec![mark]);
    }
    for group in GROUPS {
        seat.wish.groups.insert(GroupName::new(group), Membership::Member);
    }
    (someone, seat)
}

/// The record of a person.
pub(super) fn record_of(number: usize) -> StateWrite {
    let (person, seat) = someone(number);
    record::encode_person(&person, &BTreeMap::from([(&TargetName::new("main"), &seat)]))
}

/// Accounts of all of them: eight values, three groups. The records that the worker writes.
pub(super) fn records_of_accounts(count: usize) -> Vec<StateWrite> {
    let mut target = Target::new("acme", "main");
    let ids: Vec<String> = (0..count).map(account_of).collect();
    for (number, id) in ids.iter().enumerate() {
        let name = name_of(number);
        let values = [
            ("userName", name.as_str()),
            ("displayName", &format!("Person {number}")),
            ("title", "Engineer"),
            ("name.givenName", "Person"),
            ("name.familyName", &format!("Number {number}")),
            ("emails.work", name.as_str()),
            ("enterprise.department", "Research"),
            ("enterprise.division", "Berlin"),
        ];
        target.accounts.push(account(id, !number.is_multiple_of(9), &values));
    }
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    target.groups = GROUPS.map(|name| group(name, name, &all)).into();
    target.read()
}
