//! Findings are told once, and over restarts it is known what was told.

use super::*;
use crate::inventory::Keeper;
use crate::model::StateWrite;
use crate::model::checked::Checked;
use crate::model::ids::TenantName;
use serde_json::Value;
use std::sync::LazyLock;

const STAFF: &str = "Name,Email\nKim Lee,kim@example.com\n";

static EVENTS: LazyLock<Checked> = LazyLock::new(|| Checked::by(&crate::decode::schema()));

/// What was told: type and account of each event.
type Short = Vec<(String, String)>;

fn acme() -> TenantName {
    TenantName::new("acme")
}

fn staff_at(extra: &str, made: Timestamp) -> Roster {
    list_at(&format!("{STAFF}{extra}"), made)
}

/// Two lists, thirteen hours apart; the second has somebody more.
fn twice() -> [Roster; 2] {
    [staff_at("", now() - hours(13)), staff_at("Al,al@x.com\n", now())]
}

/// What comes of a comparison, the ids of its events, and what is remembered.
fn told(case: &Case<'_>, before: &Memory) -> (Short, Vec<String>, Memory) {
    let question = Question { history: &before.history, ..case.question() };
    let findings = compare(&question);
    let (events, memory) = tell(&findings, &acme(), before, case.now);
    let read = |event: &StateWrite| -> Value {
        assert_eq!(event.key, "acme");
        serde_json::from_slice(event.value.as_ref().unwrap()).unwrap()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all: Vec<Value> = events.iter().map(read).collect();
    for event in all.iter().take(20) {
        EVENTS.keeps_and_needs(event, &["/id", "/source", "/data/account"]);
    }
    let short = all.iter().map(|it| (text(&it["type"]), text(&it["data"]["account"]["id"])));
    (short.collect(), all.iter().map(|it| text(&it["id"])).collect(), memory)
}

/// After both lists.
fn told_twice(lists: &[Roster; 2], of: impl Fn() -> Inventory) -> (Short, Vec<String>, Memory) {
    let [first, second] = lists;
    let (events, _, memory) = told(&Case::new(first, of()), &Memory::default());
    assert_eq!(events, [], "one list alone");
    told(&Case::new(second, of()), &memory)
}

fn two() -> Inventory {
    accounts(&[account("1", "kim@example.com"), account("2", "bo@example.com")])
}

fn one_event(kind: &str) -> Short {
    vec![(format!("io.usher.account.{kind}.v1"), "2".to_owned())]
}

#[test]
fn orphan_is_told_after_the_second_list_and_never_again() {
    let lists = twice();
    let again = staff_at("", now() - hours(1));
    let (_, _, memory) = told(&Case::new(&lists[0], two()), &Memory::default());
    let (events, _, memory) = told(&Case::new(&again, two()), &memory);
    assert_eq!(events, [], "the same list, made anew, is no other");
    let (events, ids, memory) = told(&Case::new(&lists[1], two()), &memory);
    assert_eq!((events, ids.len()), (one_event("orphaned"), 1));
    let third = staff_at("Cy,cy@example.com\n", now() + hours(13));
    assert_eq!(told(&Case::new(&third, two()), &memory).0, [], "it was told");
}

#[test]
fn next_owner_who_reads_what_is_kept_tells_nothing_anew() {
    let lists = twice();
    let (events, ids, memory) = told_twice(&lists, two);
    assert_eq!(events, one_event("orphaned"));
    let mut keeper = Keeper::default();
    let settings = schemars::generate::SchemaSettings::draft07();
    let schema = Checked::by(&crate::reconcile::schema_of_inventory(settings).to_value());
    for write in memory.records(&acme(), &Memory::default()) {
        let record = serde_json::from_slice(write.value.as_ref().unwrap()).unwrap();
        schema.keeps_and_needs(&record, &["/v", "/of", "/text"]);
        keeper.take(&write.key, write.value.as_deref());
    }
    let kept = Memory::of(&keeper, &acme()).unwrap();
    assert!(memory.records(&acme(), &kept).is_empty(), "nothing has changed");
    assert_eq!(told(&Case::new(&lists[1], two()), &kept).0, []);
    // Whoever has forgotten that it was told, and not since when, says the same.
    let mut forgetful = kept;
    forgetful.told.clear();
    assert_eq!(told(&Case::new(&lists[1], two()), &forgetful).1, ids);
}

#[test]
fn account_that_somebody_has_after_all_is_told_and_one_that_is_gone_is_not() {
    let lists = twice();
    let (_, _, memory) = told_twice(&lists, two);
    let alone = accounts(&[account("1", "kim@example.com")]);
    let (events, _, gone) = told(&Case::new(&lists[1], alone), &memory);
    assert_eq!(events, [], "nobody knows that it is somebody's");
    assert!(gone.told.is_empty());
    let hired = staff_at("Bo,bo@example.com\n", now());
    let (events, _, memory) = told(&Case::new(&hired, two()), &memory);
    assert_eq!(events, one_event("cleared"));
    assert!(memory.told.is_empty());
}

#[test]
fn exception_that_is_written_later_gives_back_what_was_taken() {
    let lists = twice();
    let (_, _, memory) = told_twice(&lists, two);
    let mut case = Case::new(&lists[1], two());
    let yaml = "exceptions: [{ target: netskope, account: '2', by: Ann, reason: hers, until: 2026-12-31 }]";
    case.exceptions = Exceptions::parse("exceptions.yaml", yaml, date(2026, 10, 1));
    assert_eq!(told(&case, &memory).0, one_event("cleared"));
}

#[test]
fn list_that_was_not_taken_clears_nobody_and_forgets_nothing() {
    let lists = twice();
    let (_, _, memory) = told_twice(&lists, two);
    let why = refused();
    let mut case = Case::new(&lists[1], two());
    case.lists = vec![List { name: "hr", of: Authority::Hr, roster: Err(&why) }];
    let (events, _, after) = told(&case, &memory);
    assert_eq!((events, &after.told), (vec![], &memory.told));
    assert_eq!(told(&Case::new(&lists[1], two()), &after).0, []);
}

#[test]
fn whom_an_account_is_merely_like_keeps_it_from_being_told() {
    let like = "Bobby,bobby@other.example.com\n";
    let second = format!("Al,al@x.com\n{like}");
    let lists = [staff_at(like, now() - hours(13)), staff_at(&second, now())];
    let of = || accounts(&[account("1", "kim@example.com"), account("2", "bobby@example.com")]);
    assert_eq!(told_twice(&lists, of).0, []);
}

#[test]
fn large_memory_is_kept_in_several_records_and_a_smaller_one_removes_the_rest() {
    let lists = twice();
    let ids: Vec<String> = (0..3_000).map(|number| format!("bö-{number}@example.com")).collect();
    let all = || {
        let each: Vec<Account<'_>> = ids.iter().map(|id| account(id, id)).collect();
        accounts(&each)
    };
    let (events, _, memory) = told_twice(&lists, all);
    assert_eq!(events.len(), 3_000);
    let records = memory.records(&acme(), &Memory::default());
    assert!(records.len() > 1, "{}", records.len());
    let mut keeper = Keeper::default();
    let mut take = |records: Vec<StateWrite>| {
        for write in records {
            keeper.take(&write.key, write.value.as_deref());
        }
        Memory::of(&keeper, &acme()).unwrap()
    };
    let kept = take(records);
    assert_eq!(kept.told, memory.told);
    let after = take(Memory::default().records(&acme(), &kept));
    assert!(after.told.is_empty() && after.history == History::default());
}
