use super::lines::{self, Lines};
use super::orders::Orders;
use super::people::{self, Digests, People};
use super::{Hearing, Topic};
use crate::engine::record;
use crate::engine::state::{Binding, Person, Seat, Stage};
use crate::model::code::Code;
use crate::model::ids::{GroupName, PersonId, ScimId, TargetName, TenantName};
use crate::model::wish::Membership;
use crate::model::{Alias, AliasKind, RawRecord};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn raw(offset: i64, key: &str, value: Option<Vec<u8>>) -> RawRecord {
    RawRecord {
        topic: "t".to_owned(),
        partition: 0,
        offset,
        timestamp: at("2026-10-02T08:00:00Z"),
        key: Some(key.as_bytes().to_vec()),
        value,
        headers: Vec::new(),
    }
}

fn kim(name: &str) -> Vec<u8> {
    let mut kim = Person::new(PersonId::new("p-1"), TenantName::new("acme"));
    kim.aliases.extend(Alias::parse(AliasKind::UserName, name));
    record::encode_person(&kim, &BTreeMap::new()).value.unwrap()
}

fn take(people: &mut People, offset: i64, value: Option<Vec<u8>>) {
    let digests: Digests = people.digests();
    let now = at("2026-10-02T08:00:00Z");
    let record = raw(offset, "acme/p-1", value);
    people.take(people::read("acme/p-1", &record, &digests, now).unwrap());
}

#[test]
fn the_last_record_counts_and_one_who_is_gone_is_found_no_more() {
    let acme = TenantName::new("acme");
    let mut people = People::default();
    take(&mut people, 3, Some(kim("Kim@example.com")));
    take(&mut people, 7, Some(kim("Kim.Lee@example.com")));
    let called = people.called(&acme, "kim.LEE@example.com");
    assert_eq!(
        called.iter().map(|it| (&*it.id, it.place.offset)).collect::<Vec<_>>(),
        [("p-1", 7)]
    );
    assert!(people.called(&acme, "kim@example.com").is_empty());
    assert_eq!(people.called(&acme, "p-1").len(), 1);
    assert!(people.called(&TenantName::new("globex"), "p-1").is_empty());
    take(&mut people, 8, None);
    assert_eq!(people.count(&acme), 0);
}

#[test]
fn whose_record_cannot_be_read_is_told_and_not_forgotten() {
    let acme = TenantName::new("acme");
    let mut people = People::default();
    take(&mut people, 3, Some(kim("kim@example.com")));
    let broken = json!({"v": 1, "body": {
        "id": "p-1", "tenant": "acme", "aliases": [{"kind": "user_name", "value": "kim"}], "claims": 7,
    }});
    take(&mut people, 4, Some(broken.to_string().into_bytes()));
    assert_eq!((people.count(&acme), people.aside(&acme).count()), (0, 1));
    take(&mut people, 5, Some(kim("kim@example.com")));
    assert_eq!((people.count(&acme), people.aside(&acme).count()), (1, 0));
}

#[test]
fn names_are_not_in_memory() {
    let mut people = People::default();
    take(&mut people, 3, Some(kim("very.secret@example.com")));
    assert!(!format!("{people:?}").contains("secret"));
}

/// A line about somebody.
fn line(offset: i64, kind: &str, outcome: &str, began: i64) -> lines::Heard {
    let line = json!({
        "metadata": {
            "version": "1.8.0", "uid": "u", "log_name": "usher.audit", "tenant_uid": "acme",
            "product": { "name": "usher", "vendor_name": "usher", "version": "0" },
            "event_code": "x", "processed_time": 0,
        },
        "category_uid": 3, "category_name": "", "class_uid": 3001, "class_name": "",
        "activity_id": 1, "activity_name": "", "type_uid": 1, "type_name": "",
        "severity_id": 1, "severity": "", "time": 60_000, "status_id": 1, "status": "", "message": "",
        "actor": { "app_name": "usher", "app_uid": "usher/0" }, "start_time": began,
        "unmapped": {
            "kind": kind, "outcome": outcome, "shard": 0, "person": "p-1", "target": "main",
            "event": { "type": "worker.terminated", "source": "hr" },
            "why": { "code": "target.refuses", "text": "for a reason" },
            "calls": [{ "action": "deactivate", "touched": ["active"], "status": 200, "latency_ms": 40,
                        "outcome": "done", "at": "1970-01-01T00:01:00Z" }],
        },
    });
    lines::read(&raw(offset, "p-1", Some(line.to_string().into_bytes()))).unwrap()
}

#[test]
fn the_newest_lines_of_somebody_are_found_and_the_rest_is_counted() {
    let mut known = Lines::default();
    for offset in 0..100 {
        known.take(line(offset, "note", "waiting", 0));
    }
    let (places, earlier) = known.about(["p-1", "p-of-before"], 10);
    assert_eq!(
        places.iter().map(|place| place.offset).collect::<Vec<_>>(),
        (90..100).collect::<Vec<_>>()
    );
    assert_eq!(earlier, 90);
    assert_eq!(known.about(["p-2"], 10), (Vec::new(), 0));
}

#[test]
fn a_cut_that_was_verified_has_a_length_and_nothing_else_has() {
    let acme = TenantName::new("acme");
    let mut known = Lines::default();
    known.take(line(1, "result", "applied", 57_000));
    known.take(line(2, "result", "failed", 57_000));
    known.take(line(3, "note", "held", 57_000));
    let took: Vec<i64> = known.cuts(&acme).map(|cut| cut.took.as_secs()).collect();
    assert_eq!(took, [3]);
    let of_target = |known: &Lines| {
        let main = crate::model::ids::TargetName::new("main");
        known.target(&acme, &main).unwrap().failed.clone().map(|(_, code)| code)
    };
    assert_eq!(of_target(&known), Some(crate::model::code::Code::TargetRefuses.into()));
    let mut other = Lines::default();
    other.take(line(1, "note", "held", 0));
    assert_eq!(of_target(&other), None, "a hold is none of the target's doing");
    let figures = known.target(&acme, &crate::model::ids::TargetName::new("main")).unwrap();
    assert_eq!(figures.latency(), Some((40, 40)));
    assert_eq!(figures.calls_by_hour(at("1970-01-01T01:30:00Z"), 3), [0, 3, 0]);
}

#[test]
fn a_command_waits_until_it_is_decided_whichever_is_read_first() {
    let mut orders = Orders::default();
    let now = at("2026-10-02T08:00:00Z");
    orders.sent(0, 1, now);
    orders.decided(0, 2);
    orders.sent(0, 2, now);
    assert_eq!(orders.open().map(|(_, offset, _)| offset).collect::<Vec<_>>(), [1]);
    orders.decided(0, 1);
    assert_eq!(orders.open().count(), 0);
}

#[test]
fn silence_is_told_from_the_last_answer_on() {
    let mut hearing = Hearing::default();
    let (answered, later, last) =
        (at("2026-10-02T08:00:00Z"), at("2026-10-02T08:05:00Z"), at("2026-10-02T08:09:00Z"));
    hearing.answers(answered);
    hearing.is_silent("no route".to_owned(), later);
    hearing.is_silent("no route".to_owned(), last);
    assert_eq!(hearing.silent.as_ref().unwrap().since, answered);
    hearing.answers(last);
    assert!(hearing.silent.is_none() && !hearing.is_caught_up());
    for topic in Topic::ALL {
        hearing.reads(topic, 1, true);
    }
    assert!(hearing.is_caught_up());
}

/// Takes in that somebody stands so at `main`: in these groups, with that account.
fn stands(
    people: &mut People,
    offset: i64,
    id: &str,
    (stuck, account): (bool, &str),
    groups: &[&str],
) {
    let mut seat = Seat::new(at("2026-10-01T08:00:00Z"));
    if stuck {
        let again_at = at("2026-10-03T08:00:00Z");
        seat.stage = Stage::Stuck { code: Code::GroupMissing.into(), again_at };
    }
    seat.binding = Binding::Bound(ScimId::new(account));
    for group in groups {
        seat.wish.groups.insert(GroupName::new(*group), Membership::Member);
    }
    let person = Person::new(PersonId::new(id), TenantName::new("acme"));
    let main = TargetName::new("main");
    let write = record::encode_person(&person, &BTreeMap::from([(&main, &seat)]));
    let record = raw(offset, &write.key, write.value);
    let digests = people.digests();
    people.take(people::read(&write.key, &record, &digests, at("2026-10-02T08:00:00Z")).unwrap());
}

/// Stuck people, accounts, and members of VPN and of Staff.
fn counted(people: &People) -> (usize, usize, Option<usize>, Option<usize>) {
    let tally = people.tally(&TenantName::new("acme")).unwrap();
    let main = tally.at(&TargetName::new("main")).unwrap();
    let members = |group: &str| main.groups.get(&GroupName::new(group)).copied();
    (main.stuck, main.accounts(), members("VPN"), members("Staff"))
}

/// Whose an account at `main` is.
fn holder<'a>(people: &'a People, account: &str) -> Option<&'a str> {
    let (acme, main) = (TenantName::new("acme"), TargetName::new("main"));
    people.holder(&acme, &main, account).map(|entry| &*entry.id)
}

#[test]
fn what_is_counted_follows_whoever_changes_and_goes() {
    let mut people = People::default();
    stands(&mut people, 0, "p-1", (true, "u-1"), &["VPN", "Staff"]);
    stands(&mut people, 1, "p-2", (false, "u-2"), &["VPN"]);
    assert_eq!(counted(&people), (1, 2, Some(2), Some(1)));
    assert_eq!(holder(&people, "u-1"), Some("p-1"));
    // The same again, and then otherwise.
    stands(&mut people, 2, "p-1", (true, "u-1"), &["VPN", "Staff"]);
    assert_eq!(counted(&people), (1, 2, Some(2), Some(1)));
    stands(&mut people, 3, "p-1", (false, "u-3"), &["VPN"]);
    assert_eq!(counted(&people), (0, 2, Some(2), None));
    assert_eq!(holder(&people, "u-1"), None);
    assert_eq!(holder(&people, "u-3"), Some("p-1"));
    take(&mut people, 4, None);
    assert_eq!(counted(&people), (0, 1, Some(1), None));
    assert_eq!(holder(&people, "u-3"), None);
}

/// The ids of some people.
fn ids<'a>(people: impl IntoIterator<Item = &'a people::Entry>) -> Vec<&'a str> {
    people.into_iter().map(|entry| &*entry.id).collect()
}

#[test]
fn whoever_is_not_simply_settled_is_on_a_list_of_their_own() {
    let acme = TenantName::new("acme");
    let mut people = People::default();
    for (number, id) in ["p-3", "p-1", "p-4", "p-2"].into_iter().enumerate() {
        let number = i64::try_from(number).unwrap();
        stands(&mut people, number, id, (id > "p-2", "u"), &["VPN"]);
    }
    assert_eq!(ids(people.of(&acme)), ["p-1", "p-2", "p-3", "p-4"]);
    assert_eq!(ids(people.marked(&acme, None)), ["p-3", "p-4"]);
    assert_eq!(ids(people.marked(&acme, Some("p-3"))), ["p-4"]);
    stands(&mut people, 4, "p-3", (false, "u"), &["VPN"]);
    stands(&mut people, 5, "p-1", (true, "u"), &["VPN"]);
    assert_eq!(ids(people.marked(&acme, None)), ["p-1", "p-4"]);
    people.forget();
    assert_eq!((people.of(&acme).count(), people.marked(&acme, None).count()), (0, 0));
}

#[test]
fn those_who_stand_alike_are_kept_once_and_nobody_for_good() {
    let acme = TenantName::new("acme");
    let mut people = People::default();
    for number in 0..20 {
        stands(&mut people, number, &format!("p-{number}"), (false, "u"), &["VPN", "Staff"]);
    }
    let standing =
        |people: &People, id: &str| std::sync::Arc::clone(&people.get(&acme, id).unwrap().standing);
    assert!(Arc::ptr_eq(&standing(&people, "p-1"), &standing(&people, "p-7")));
    let first = Arc::downgrade(&standing(&people, "p-1"));
    for number in 0..20 {
        stands(&mut people, number, &format!("p-{number}"), (false, "u"), &["Staff"]);
    }
    assert_eq!(first.strong_count(), 0, "nobody stands so any more");
}
