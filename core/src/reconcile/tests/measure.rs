//! What a comparison of a million costs, beside reading what it compares.
//!
//! `USHER_TEST_LONG=1 cargo test --release -p usher-core --lib -- --nocapture a_million`; the design asks for
//! at most twice the time of reading, and for 1.5 GB.

use super::*;
use serde::Deserialize;
use std::fmt::Write as _;
use std::time::Instant;

#[derive(Deserialize)]
struct Read<'a> {
    id: &'a str,
    #[serde(rename = "userName")]
    user_name: &'a str,
    #[serde(rename = "externalId")]
    external_id: &'a str,
    #[serde(rename = "displayName")]
    display_name: &'a str,
    active: bool,
    title: &'a str,
    department: &'a str,
    groups: Vec<&'a str>,
}

fn roster_of(people: usize) -> String {
    let mut text =
        "Employee ID,Email,Name,Title,Department,Location,Manager email,Status,Start date\n"
            .to_owned();
    for it in 0..people {
        let (department, title, place) = (it % 997, it % 211, it % 53);
        writeln!(
            text,
            "{it:08},first{it}.last{it}@example.com,First{it} Last{it},Title {title},Department {department},\
             Site {place},first{department}.last{department}@example.com,Active,2020-01-15"
        )
        .unwrap();
    }
    text
}

/// As many, of which one in a hundred is nobody's.
fn accounts_of(people: usize) -> String {
    let mut text = String::new();
    for it in 0..people {
        let (department, title) = (it % 997, it % 211);
        let nobody = if it % 100 == 0 { "x" } else { "" };
        writeln!(
            text,
            "{{\"id\":\"5f0c{it:020}\",\"userName\":\"{nobody}First{it}.Last{it}@example.com\",\
             \"externalId\":\"{nobody}{it:08}\",\"displayName\":\"First{it} Last{it}\",\"active\":true,\
             \"title\":\"Title {title}\",\"department\":\"Department {department}\",\
             \"groups\":[\"Everybody\",\"Department {department}\"]}}"
        )
        .unwrap();
    }
    text
}

fn inventory_of(text: &str, attributes: &[crate::model::AttributeName; 2]) -> Inventory {
    let mut inventory = Inventory::new(target(), now(), ExternalId::EmployeeNumber);
    for line in text.lines() {
        let read: Read<'_> = serde_json::from_str(line).unwrap();
        inventory.add(&Account {
            id: read.id,
            user_name: read.user_name,
            external_id: read.external_id,
            display_name: read.display_name,
            active: Some(read.active),
            groups: Some(&read.groups),
            attributes: &[
                (attributes[0].clone(), read.title),
                (attributes[1].clone(), read.department),
            ],
            ..Account::default()
        });
    }
    inventory.close(Vec::new());
    inventory
}

/// The most memory that the process has had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|it| it.trim().split(' ').next()?.parse::<u64>().ok());
    peak.unwrap_or_default() / 1024
}

fn measure(people: usize) -> (Vec<(Kind, usize)>, [f64; 3]) {
    let (roster, accounts) = (roster_of(people), accounts_of(people));
    let attributes = ["title", "enterprise.department"]
        .map(|it| crate::model::AttributeName::parse(it).unwrap());
    let began = Instant::now();
    let roster = list(&roster);
    let read_roster = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let inventory = inventory_of(&accounts, &attributes);
    let read_accounts = began.elapsed().as_secs_f64();
    drop(accounts);
    let case = Case::new(&roster, inventory);
    let question = case.question();
    let began = Instant::now();
    let findings = compare(&question);
    let compared = began.elapsed().as_secs_f64();
    let count = |kind: Kind| (kind, findings.of(kind).count());
    (vec![count(Kind::Orphaned), count(Kind::Unmanaged)], [read_roster, read_accounts, compared])
}

/// Whether the full number is asked for.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests alone")]
fn is_long() -> bool {
    std::env::var("USHER_TEST_LONG").is_ok_and(|long| long == "1")
}

/// In full, with `USHER_TEST_LONG=1` and `--release`, it is a million; figures of fewer say nothing.
#[test]
fn a_million_are_compared_in_twice_the_time_of_reading_them() {
    let is_long = is_long();
    let people = if is_long { 1_000_000 } else { 1_000 };
    let (found, [read_roster, read_accounts, compared]) = measure(people);
    let peak = peak();
    println!(
        "read {read_roster:.2} s and {read_accounts:.2} s, compared in {compared:.2} s, {peak} MiB at most"
    );
    let orphans = people / 100;
    assert_eq!(found, [(Kind::Orphaned, orphans), (Kind::Unmanaged, people - orphans)]);
    if is_long {
        assert!(compared <= 2.0 * (read_roster + read_accounts));
        assert!(peak <= 1_536, "{peak} MiB");
    }
}
