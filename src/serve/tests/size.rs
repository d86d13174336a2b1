//! What a hundred thousand people take: memory, and time for a page. In full, and on a quiet
//! machine: `USHER_TEST_LONG=1 cargo test --release --lib serve::tests::size -- --nocapture`.

use super::world::{HOSTILE, UNMASK, World, at, person};
use crate::engine::record;
use crate::engine::state::{Binding, Person, Seat};
use crate::model::account::{AttributeName, Value};
use crate::model::event::OrderKey;
use crate::model::ids::{GroupName, ScimId, TargetName};
use crate::model::operation::Field;
use crate::model::wish::Membership;
use crate::model::{Alias, AliasKind};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A partition of this Kafka keeps 5 MB, so there are many.
pub(super) const PARTITIONS: i32 = 96;

#[expect(clippy::disallowed_methods, reason = "a switch of the tests alone")]
pub(super) fn is_long() -> bool {
    std::env::var("USHER_TEST_LONG").is_ok_and(|long| long == "1")
}

pub(super) fn people() -> usize {
    if is_long() { 100_000 } else { 5_000 }
}

/// A person as HR tells of one: four names, eight attributes, an account in three groups.
fn someone(number: usize) -> (Person, Seat) {
    let id = format!("p-{number:024x}");
    let mut someone = person("acme", &id, &format!("person.{number}@example.com"));
    someone.aliases.extend(Alias::parse(AliasKind::EmployeeNumber, &format!("{number}")));
    someone.aliases.extend(Alias::parse(AliasKind::Email, &format!("person.{number}@example.com")));
    someone.aliases.extend(Alias::external("entra", &format!("{number:032x}")));
    let mut seat = Seat::new(at("2026-10-01T08:00:00Z"));
    seat.binding = Binding::Bound(ScimId::new(format!("{number:032x}")));
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
        let mark =
            crate::engine::state::ProfileMark { source, key, from: None, asked: false, value };
        someone.profile.insert(name, vec![mark]);
    }
    for group in ["VPN_Allowed", "Staff", "Berlin"] {
        seat.wish.groups.insert(GroupName::new(group), Membership::Member);
    }
    (someone, seat)
}

/// Accounts of all of them, with their groups, as the worker writes what it has read. Gives the records.
fn accounts(world: &World) -> u32 {
    const IN_PART: usize = 300;
    let id = |number: usize| format!("{number:032x}");
    let account = |number: usize| {
        let attributes = json!({
            "userName": format!("person.{number}@example.com"), "displayName": format!("Person {number}"),
            "emails.work": format!("person.{number}@example.com"), "externalId": format!("{number}"),
            "enterprise.department": "Research", "title": "Engineer",
        });
        json!({ "account": { "id": id(number), "active": true, "attributes": attributes } })
    };
    let everybody: Vec<usize> = (0..people()).collect();
    let mut parts: Vec<Vec<serde_json::Value>> = everybody
        .chunks(IN_PART)
        .map(|some| some.iter().map(|it| account(*it)).collect())
        .collect();
    for group in ["VPN_Allowed", "Staff", "Berlin"] {
        parts.push(vec![json!({ "group": { "id": group, "name": group } })]);
        parts.extend(everybody.chunks(1_000).map(|some| {
            let ids: Vec<String> = some.iter().map(|it| id(*it)).collect();
            vec![json!({ "members": { "group": group, "accounts": ids } })]
        }));
    }
    let count = u32::try_from(parts.len()).unwrap();
    for (place, rows) in (0_u32..).zip(parts) {
        let body = json!({ "tenant": "acme", "target": "main", "number": 1, "place": place, "rows": rows });
        let record = json!({ "v": 1, "body": body }).to_string();
        let partition = i32::try_from(place).unwrap() % PARTITIONS;
        let key = format!("part:acme:main:a:{place:06}");
        world.queue("usher.inventory", partition, &key, Some(record.as_bytes()));
    }
    let many = json!({ "rows": people() });
    let taken = json!({
        "number": 1, "slot": "a", "parts": count, "began": "2026-10-02T06:00:00Z",
        "ended": "2026-10-02T06:01:00Z", "accounts": many, "active": people(), "groups": { "rows": 3 },
    });
    let body = json!({ "tenant": "acme", "target": "main", "head": { "complete": taken } });
    let head = json!({ "v": 1, "body": body }).to_string();
    world.queue("usher.inventory", 0, "head:acme:main", Some(head.as_bytes()));
    count
}

pub(super) fn resident_mb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_people_fit() {
    let world = World::of(PARTITIONS, "").await;
    write_people(&world);
    println!("and {} parts of accounts", accounts(&world));
    world.flush();
    let written = resident_mb();
    let began = Instant::now();
    let serving = world.again().await;
    let last = format!("p-{:024x}", people() - 1);
    until_all_are_read(&serving).await;
    serving.until_it_shows(&format!("/t/acme/people.json?q={last}"), UNMASK, &last).await;
    serving.until_it_shows("/t/acme/accounts.json?unmask", UNMASK, "person.0@example.com").await;
    println!(
        "read in {:?}; {} MB more than before",
        began.elapsed(),
        resident_mb().saturating_sub(written)
    );
    for path in [
        "/t/acme",
        "/t/acme/people",
        "/t/acme/people?unmask",
        "/t/acme/people?q=person.4711@example.com",
        "/t/acme/people?state=stuck",
        "/t/acme/people.csv",
        "/t/acme/accounts",
        "/t/acme/accounts?q=person.4711@example.com",
        "/t/acme/accounts?held=no",
        "/t/acme/groups",
        "/t/acme/groups/main/Staff",
        "/t/acme/targets",
        "/t/acme/holds",
        "/t/acme/people/p-000000000000000000001267",
        "/t/acme/people/p-000000000000000000001267?unmask",
    ] {
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..20 {
            let began = Instant::now();
            let answer = serving.get(path, UNMASK).await;
            times.push(began.elapsed());
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            assert!(!answer.body.contains(HOSTILE));
        }
        times.sort();
        println!("{path}: median {:?}, slowest {:?}", times[10], times[19]);
    }
    let more = resident_mb().saturating_sub(written);
    println!("{more} MB more than before");
    if is_long() {
        assert!(more <= 300, "{more} MB for {} people", people());
    }
}

pub(super) async fn until_all_are_read(serving: &World) {
    let whole = format!("{} records were read, to its end", people());
    serving.until_it_shows_within(Duration::from_mins(10), "/about", UNMASK, &whole).await;
}

/// Everybody, as usher would have written them.
pub(super) fn write_people(world: &World) {
    let mut bytes = 0;
    for number in 0..people() {
        let (person, seat) = someone(number);
        let main = TargetName::new("main");
        let write = record::encode_person(&person, &BTreeMap::from([(&main, &seat)]));
        bytes += write.value.as_ref().map_or(0, Vec::len);
        let partition = i32::try_from(number).unwrap() % PARTITIONS;
        world.queue("usher.people", partition, &write.key, write.value.as_deref());
    }
    world.flush();
    println!("{} records of {} bytes", people(), bytes / people());
}
