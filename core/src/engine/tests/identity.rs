//! Whose an event is, what the audit says of it, and what becomes of those who turn out to be one.

use super::bench::Bench;
use super::words::is_find;
use crate::engine::people::names::Names;
use crate::engine::settings::Mode;
use crate::engine::state::{Person, ProfileMark, Seat, Stage};
use crate::model::code::Code;
use crate::model::event::{Event, OrderKey};
use crate::model::{
    Account, Alias, AliasKind, AttributeName, AuditEntry, Field, NoteWord, PersonId, Reply,
    Request, ResultWord, ScimId, TenantName, Value,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn named(event: Event, names: &[(AliasKind, &str)]) -> Event {
    let aliases = names.iter().map(|(kind, text)| Alias::parse(*kind, text).unwrap()).collect();
    Event { aliases, ..event }
}

pub(super) fn tell(bench: &mut Bench, kind: &str, names: &[(AliasKind, &str)]) {
    let event =
        bench.event_about("nobody", kind, json!({"worker": {"user_name": "kim@example.com"}}));
    bench.tell(named(event, names));
    bench.commit_all();
}

/// Whatever is looked up or read is this account; these are in the VPN.
pub(super) fn settle(bench: &mut Bench, account: &Account, vpn: &[&str]) {
    for _ in 0..10 {
        bench.commit_all();
        bench.read_groups(vpn, &[]);
        let Some(call) = bench.calls.first().cloned() else { break };
        let reply = match call.request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::FindAccounts { .. } => Reply::Accounts(vec![account.clone()]),
            Request::ReadAccount { .. } => Reply::Account(account.clone()),
            Request::FindGroups { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. }
            | Request::Write(_) => Reply::Changed,
        };
        bench.done(&call, reply);
    }
}

/// The word and the code of the last decision, and its remarks.
pub(super) fn last_decision(bench: &Bench) -> (&'static str, Option<String>, Vec<String>) {
    let mut decisions = bench.audit.iter().rev().filter_map(|entry| match entry {
        AuditEntry::Decision(record) => Some(record),
        AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    });
    let last = decisions.next().unwrap();
    let code = last.decision.why().map(|why| why.code.to_string());
    let remarks = last.remarks.iter().map(|why| why.code.to_string()).collect();
    (last.decision.word(), code, remarks)
}

pub(super) fn remarks(bench: &Bench) -> Vec<String> {
    last_decision(bench).2
}

/// The codes of what is held, oldest first.
pub(super) fn held(bench: &Bench) -> Vec<&str> {
    let notes = bench.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Note(note) if note.word == NoteWord::Held => Some(note.why.code.as_str()),
        AuditEntry::Note(_)
        | AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    });
    notes.collect()
}

pub(super) const NUMBER: AliasKind = AliasKind::EmployeeNumber;
pub(super) const NAME: AliasKind = AliasKind::UserName;
pub(super) const MAIL: AliasKind = AliasKind::Email;

#[test]
fn a_signal_about_a_machine_is_skipped_and_makes_nobody() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "risk.raised", &[(NAME, r"NT AUTHORITY\SYSTEM")]);
    assert_eq!(last_decision(&bench), ("skipped", Some("subject.machine".to_owned()), Vec::new()));
    assert_eq!(bench.shard.people().count(), 0);
    tell(&mut bench, "risk.raised", &[(NAME, "LAPTOP-7$"), (MAIL, "kim@example.com")]);
    assert_eq!(remarks(&bench), ["subject.unknown"]);
    let kim = bench.shard.people().next().unwrap();
    assert_eq!(kim.aliases.len(), 1, "the machine's name is not Kim's");
}

#[test]
fn a_link_that_hr_tells_makes_two_one_and_is_remarked() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "risk.raised", &[(MAIL, "kim@example.com")]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
    let both: BTreeSet<_> = bench.shard.people().map(|person| person.id.clone()).collect();
    assert_eq!(both.len(), 2);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (MAIL, "kim@example.com")]);
    assert_eq!(remarks(&bench), ["identity.merged"]);
    let [kim] = bench.shard.people().collect::<Vec<_>>()[..] else { panic!("still two") };
    let ids = kim.merged.iter().chain([&kim.id]).cloned();
    assert_eq!(ids.collect::<BTreeSet<_>>(), both, "what was said of either is found");
    let people = bench.state.keys().filter(|key| key.contains('/')).count();
    assert_eq!(people, 1, "the other record is gone from the state");
}

#[test]
fn two_numbers_that_hr_links_are_one_person() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "C-17"), (NAME, "kim")]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
    assert_eq!(remarks(&bench), ["identity.contested"]);
    assert_eq!(bench.shard.people().count(), 2);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (NUMBER, "C-17")]);
    assert_eq!(remarks(&bench), ["identity.merged"]);
    assert_eq!(bench.shard.people().count(), 1);
}

#[test]
fn a_name_that_two_people_claim_is_looked_up_for_neither_whoever_came_first() {
    for numbers in [["1", "2"], ["2", "1"]] {
        let mut bench = Bench::ready(&[]);
        for number in numbers {
            tell(&mut bench, "worker.hired", &[(NUMBER, number), (NAME, "kim")]);
        }
        // The look-up that began before the name was contested comes back empty.
        while let Some(find) = bench.calls.first().cloned() {
            assert!(is_find(&find), "{find:?}");
            bench.done(&find, Reply::Accounts(Vec::new()));
            bench.commit_all();
        }
        assert_eq!(held(&bench), ["identity.contested"; 2]);
        tell(&mut bench, "risk.raised", &[(NAME, "kim")]);
        let parked = ("parked", Some("identity.ambiguous".to_owned()), Vec::new());
        assert_eq!(last_decision(&bench), parked);
    }
}

#[test]
fn a_person_with_two_accounts_is_driven_with_one_and_fails_for_the_other() {
    let mut bench = Bench::ready(&["a-1", "a-2"]);
    for (id, kind, name) in
        [("a-1", "worker.hired", (NAME, "kim")), ("a-2", "risk.raised", (MAIL, "kim@x"))]
    {
        let names = if id == "a-1" { vec![(NUMBER, "1"), name] } else { vec![name] };
        tell(&mut bench, kind, &names);
        let account = Bench::account(id, if id == "a-1" { "kim@example.com" } else { name.1 });
        settle(&mut bench, &account, &["a-1", "a-2"]);
    }
    tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (MAIL, "kim@x")]);
    for _ in 0..20 {
        bench.commit_all();
        bench.read_groups(&["a-2"], &["a-1"]);
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        let reply = match &call.request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::ReadAccount { account } => {
                let name = if account.as_str() == "a-1" { "kim@example.com" } else { "kim@x" };
                Reply::Account(Bench::account(account.as_str(), name))
            }
            Request::FindAccounts { .. }
            | Request::FindGroups { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. }
            | Request::Write(_) => Reply::Changed,
        };
        bench.done(&call, reply);
    }
    let failed = bench.audit.iter().any(|entry| {
        matches!(entry, AuditEntry::Result(result) if result.word == ResultWord::Failed
            && result.why.as_ref().is_some_and(|why| why.code == Code::AccountSeveral))
    });
    assert!(failed, "{:#?}", bench.audit.last());
}

#[test]
fn those_who_were_made_one_are_looked_at_though_the_event_that_says_so_has_no_room() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "risk.raised", &[(MAIL, "kim@example.com")]);
    tell(&mut bench, "worker.terminated", &[(NUMBER, "1")]);
    let mut number = 0;
    while bench.shard.people().all(|person| person.claims.len() < 12) || number < 30 {
        number += 1;
        let mut event = bench.event_about("nobody", "worker.terminated", json!({}));
        event.employment_id = Some(format!("{number}{}", "e".repeat(960)));
        bench.tell(named(event, &[(NUMBER, "1")]));
        bench.commit_all();
    }
    let mut link = bench.event_about("nobody", "worker.terminated", json!({}));
    link.employment_id = Some("e".repeat(1_000));
    link.source = "s".repeat(1_000);
    bench.tell(named(link, &[(NUMBER, "1"), (MAIL, "kim@example.com")]));
    bench.commit_all();
    let too_much = Some("person.too_much".to_owned());
    assert_eq!(last_decision(&bench), ("parked", too_much, vec!["identity.merged".to_owned()]));
    let unsettled = bench.shard.unsettled().len();
    let shard = &bench.shard;
    let open = shard.people().flat_map(|person| shard.seats_of(person).into_values());
    // Whom nothing leads to at the target has failed, which somebody sees.
    let has_failed = |seat: &Seat| matches!(&seat.stage, Stage::Stuck { code, .. } if *code == Code::LookupNothing);
    let open = open.filter(|seat| seat.is_dirty() || has_failed(seat)).count();
    assert_eq!(unsettled, open);
    assert!(
        shard
            .people()
            .flat_map(|person| shard.seats_of(person).into_values())
            .all(|seat| !seat.wish.is_empty()),
        "nobody's wish is forgotten"
    );
}

/// The target may be configured again tomorrow.
#[test]
fn what_is_known_at_a_target_that_is_not_configured_outlives_the_merge() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("risk.raised", json!({}));
    bench.settle(true, &[]);
    let rename = |(key, bytes): (&String, &Vec<u8>)| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        (key.clone(), text.replace(r#""seats":{"main":"#, r#""seats":{"old":"#).into_bytes())
    };
    let state = bench.state.iter().map(rename).collect();
    let after_the_quarantine = bench.now + SignedDuration::from_hours(25);
    let mut bench = Bench::own(Mode::Enforce, state, after_the_quarantine);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
    bench.settle(true, &["a-kim"]);
    assert_eq!(bench.shard.people().count(), 2);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (NAME, "kim@example.com")]);
    let [kim] = bench.shard.people().collect::<Vec<_>>()[..] else { panic!("not merged") };
    let seats = bench.shard.seats_of(kim).into_iter();
    let accounts: Vec<_> = seats.map(|(at, seat)| (at.as_str(), seat.account())).collect();
    assert!(accounts.contains(&("old", Some(&ScimId::new("a-kim")))), "{accounts:?}");
}

/// Every change of a wish has one final result, wherever its target is gone.
#[test]
fn a_revision_at_a_target_that_is_not_configured_ends_with_the_merge() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("risk.raised", json!({}));
    bench.commit_all();
    let rename = |(key, bytes): (&String, &Vec<u8>)| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        (key.clone(), text.replace(r#""seats":{"main":"#, r#""seats":{"old":"#).into_bytes())
    };
    let state = bench.state.iter().map(rename).collect();
    let after_the_quarantine = bench.now + SignedDuration::from_hours(25);
    let mut bench = Bench::own(Mode::Enforce, state, after_the_quarantine);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
    bench.settle(true, &["a-kim"]);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (NAME, "kim@example.com")]);
    bench.commit_all();
    let is_it = |entry: &&AuditEntry| {
        matches!(entry, AuditEntry::Result(it)
        if it.target.as_str() == "old" && it.word == ResultWord::Superseded)
    };
    assert_eq!(bench.audit.iter().filter(is_it).count(), 1);
}

#[test]
fn a_termination_that_another_employment_sets_aside_says_so() {
    let mut bench = Bench::ready(&[]);
    for (kind, employment) in
        [("worker.hired", "E-1"), ("worker.hired", "E-2"), ("worker.terminated", "E-1")]
    {
        let mut event = bench.event_about(
            "kim@example.com",
            kind,
            json!({"worker": {"user_name": "kim@example.com"}}),
        );
        event.employment_id = Some(employment.to_owned());
        bench.tell(event);
        bench.commit_all();
    }
    assert_eq!(last_decision(&bench), ("asserted", None, vec!["employment.goes_on".to_owned()]));
}

#[test]
fn an_account_on_legal_hold_is_not_deleted_and_the_audit_says_why() {
    let mut bench = Bench::ready(&[]);
    bench.event("worker.terminated", json!({"legal_hold": true}));
    bench.settle(false, &[]);
    bench.wait(SignedDuration::from_hours(24 * 31));
    bench.settle(false, &[]);
    assert_eq!(held(&bench), ["deletion.legal_hold"]);
    bench.event("worker.legalhold.changed", json!({"legal_hold": false}));
    bench.settle(false, &[]);
    assert_eq!(held(&bench), ["deletion.legal_hold", "deletion"]);
}

/// Whoever owns the shard, and whomever they restore first.
#[test]
fn a_name_that_hr_has_replaced_leads_to_whoever_has_it_now_in_any_order() {
    let kim = |id: &str, names: &[&str], said: &str| {
        let mut person = Person::new(PersonId::new(id), TenantName::new("acme"));
        person.known_to_hr = Some(true);
        let names = names.iter().map(|name| Alias::parse(NAME, name).unwrap());
        person.aliases = names.collect();
        let key = OrderKey {
            sequence: None,
            time: Timestamp::UNIX_EPOCH,
            came: 0,
            tie: 0,
            id: "e1".to_owned(),
        };
        let value = Field::Set(Value::Text(said.to_owned()));
        let mark = ProfileMark { source: "hr".to_owned(), key, from: None, asked: false, value };
        person.profile.insert(AttributeName::USER_NAME, vec![mark]);
        person
    };
    let old = kim("p-1", &["kim", "kim.old"], "kim.old");
    let new = kim("p-2", &["kim"], "kim");
    let name = Alias::parse(NAME, "kim").unwrap();
    for order in [[&old, &new], [&new, &old]] {
        let mut names = Names::new(5);
        for person in order {
            names.index(person);
        }
        assert_eq!(names.owner(&name), Some(&new.id));
        assert!(!names.is_contested(&name));
        names.forget(&new);
        assert_eq!(names.owner(&name), Some(&old.id), "it is nobody else's");
    }
}
