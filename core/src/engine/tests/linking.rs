//! When HR's word makes one of two, when it does not, and what many share.

use super::bench::Bench;
use super::identity::{MAIL, NAME, NUMBER, held, last_decision, named, remarks, settle, tell};
use super::words::is_cut;
use crate::engine::deeds::reason::Reason;
use crate::model::{Alias, AliasKind, AttributeName, Call, Reply, Request, ResultWord};
use jiff::SignedDuration;
use serde_json::json;
use std::time::{Duration, Instant};

const WORKER: AliasKind = AliasKind::WorkerId;

fn apart() -> (&'static str, Option<String>, Vec<String>) {
    ("parked", Some("identity.apart".to_owned()), Vec::new())
}

const ADA: [(AliasKind, &str); 4] =
    [(NUMBER, "1001"), (WORKER, "W-1"), (NAME, "ada"), (MAIL, "ada@example.com")];
const BOB: [(AliasKind, &str); 4] =
    [(NUMBER, "1002"), (WORKER, "W-2"), (NAME, "bob"), (MAIL, "bob@example.com")];

#[test]
fn slip_of_one_digit_at_hr_makes_two_employees_not_one() {
    for kind in ["worker.terminated", "worker.updated", "worker.transferred"] {
        let mut bench = Bench::ready(&[]);
        tell(&mut bench, "worker.hired", &ADA);
        tell(&mut bench, "worker.hired", &BOB);
        tell(&mut bench, kind, &[(NUMBER, "1002"), (WORKER, "W-1"), (NAME, "ada")]);
        assert_eq!(last_decision(&bench), apart());
        assert_eq!(bench.shard.people().count(), 2);
        let mut claims = bench.shard.people().flat_map(|person| &person.claims);
        assert!(claims.all(|claim| claim.name == "employed"));
    }
}

/// It comes in the event as another number.
#[test]
fn link_by_a_former_number_does_not_merge_two_who_are_called_unlike() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "ada")]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "2"), (NAME, "bob")]);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (NUMBER, "2")]);
    assert_eq!(last_decision(&bench), apart());
    // A second word says that they are one.
    tell(&mut bench, "worker.updated", &[(NUMBER, "2"), (NAME, "ada")]);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (NUMBER, "2")]);
    assert_eq!(remarks(&bench), ["identity.merged"]);
    assert_eq!(bench.shard.people().count(), 1);
}

#[test]
fn two_who_each_have_an_account_are_not_merged_by_one_event_though_they_share_a_name() {
    let mut bench = Bench::ready(&["a-ada", "a-bob"]);
    for (id, names) in [("a-ada", ADA), ("a-bob", BOB)] {
        tell(&mut bench, "worker.hired", &names);
        let account = Bench::account(id, names[1].1);
        settle(&mut bench, &account, &["a-ada", "a-bob"]);
    }
    let shard = &bench.shard;
    let seats = shard.people().flat_map(|person| shard.seats_of(person).into_values());
    assert_eq!(seats.filter(|seat| seat.account().is_some()).count(), 2);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1002"), (NAME, "ada")]);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1001"), (NUMBER, "1002")]);
    assert_eq!(last_decision(&bench), apart());
}

#[test]
fn records_of_two_sources_that_know_different_kinds_of_names_become_one() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
    tell(&mut bench, "worker.hired", &[(WORKER, "W-1")]);
    tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (WORKER, "W-1")]);
    assert_eq!(remarks(&bench), ["identity.merged"]);
    assert_eq!(bench.shard.people().count(), 1);
}

/// The sensor's clock stands still, so only its topic tells which of its words is the last.
#[test]
fn of_two_words_at_one_instant_the_last_counts_though_two_records_heard_them() {
    for (first, last) in [("risk.raised", "risk.cleared"), ("risk.cleared", "risk.raised")] {
        let mut bench = Bench::ready(&[]);
        tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
        tell(&mut bench, first, &[(NAME, "kim")]);
        tell(&mut bench, last, &[(MAIL, "kim@example.com")]);
        assert_eq!(bench.shard.people().count(), 2);
        tell(&mut bench, "worker.updated", &[(NUMBER, "1"), (MAIL, "kim@example.com")]);
        let [kim] = bench.shard.people().collect::<Vec<_>>()[..] else { panic!("still two") };
        let quarantines = kim.claims.iter().filter(|claim| claim.name == "quarantine");
        let mut spans = quarantines.flat_map(|claim| claim.spans(&kim.claims));
        let stands = spans.any(|span| span.is_in_force(bench.now));
        assert_eq!(stands, last == "risk.raised", "{last} was said last: {:?}", kim.claims);
    }
}

fn hire_with_a_directory(bench: &mut Bench, number: usize) {
    let (id, name) = (format!("{number}"), format!("user{number}"));
    let event = bench.event_about("nobody", "worker.hired", json!({"worker": {"user_name": name}}));
    let mut event = named(event, &[(NUMBER, &id), (NAME, &name)]);
    event.aliases.extend(Alias::external("directory", "4f0c-tenant"));
    bench.tell(event);
    bench.commit_all();
    find_nobody(bench);
}

/// Look-ups bring nothing.
fn find_nobody(bench: &mut Bench) {
    let is_find = |call: &&Call| matches!(call.request, Request::FindAccounts { .. });
    while let Some(find) = bench.calls.iter().find(is_find).cloned() {
        bench.done(&find, Reply::Accounts(Vec::new()));
        bench.commit_all();
    }
}

/// Two with the name `kim@example.com`, of whom no account is known.
fn two_of_one_name(numbers: [&str; 2]) -> Bench {
    let mut bench = Bench::ready(&[]);
    for number in numbers {
        tell(&mut bench, "worker.hired", &[(NUMBER, number), (NAME, "kim@example.com")]);
    }
    find_nobody(&mut bench);
    bench
}

#[test]
fn leaver_whose_name_another_has_too_is_found_by_the_own_number_and_cut() {
    let mut bench = two_of_one_name(["E-1", "E-2"]);
    tell(&mut bench, "worker.terminated", &[(NUMBER, "E-1")]);
    let [find] = &bench.calls[..] else { panic!("{:?}", bench.calls) };
    let Request::FindAccounts { attribute, value } = &find.request else { panic!("{find:?}") };
    assert_eq!((attribute, value.as_str()), (&AttributeName::EMPLOYEE_NUMBER, "e-1"));
    let find = find.clone();
    bench.done(&find, Reply::Accounts(vec![Bench::kim(true)]));
    bench.commit_all();
    let cut = bench.calls.iter().any(is_cut);
    assert!(cut, "{:?}", bench.calls);
}

#[test]
fn leaver_whose_name_another_has_too_and_who_is_not_found_is_held_and_never_called_done() {
    let mut bench = two_of_one_name(["1", "2"]);
    tell(&mut bench, "worker.terminated", &[(NUMBER, "1")]);
    for _ in 0..60 {
        find_nobody(&mut bench);
        bench.read_groups(&[], &[]);
        bench.wait(SignedDuration::from_hours(1));
        bench.commit_all();
    }
    assert!(held(&bench).contains(&"identity.contested"));
    let done = [ResultWord::AlreadySo, ResultWord::Applied];
    let results = bench.results();
    assert!(results.iter().all(|(_, word)| !done.contains(word)), "{results:?}");
}

#[test]
fn id_that_hr_sends_with_everybody_leads_to_nobody_contests_nobody_and_is_said_once() {
    let mut bench = Bench::ready(&[]);
    let mut said = Vec::new();
    for number in 1..=20 {
        hire_with_a_directory(&mut bench, number);
        said.push(remarks(&bench).join(" "));
    }
    assert_eq!(said[1..5], ["identity.contested"; 4], "a few may be one by mistake");
    assert_eq!(said[5], "identity.shared_name");
    assert!(said[6..].iter().all(String::is_empty), "{said:?}");
    assert_eq!(bench.shard.people().count(), 20);
    let waiting = bench.shard.unsettled();
    assert!(waiting.iter().all(|one| one.reason != Reason::Held), "nobody is held: {waiting:?}");
    let event = bench.event_about("nobody", "worker.terminated", json!({}));
    let mut event = named(event, &[]);
    event.aliases.extend(Alias::external("directory", "4f0c-tenant"));
    bench.tell(event);
    bench.commit_all();
    let nobody = ("parked", Some("identity.nobody".to_owned()), Vec::new());
    assert_eq!(last_decision(&bench), nobody);
    assert_eq!(bench.shard.people().count(), 20, "nobody is made of it");
}

/// A bound that only a cost for each one who shares it would break.
#[test]
fn hiring_stays_fast_though_thousands_share_an_id() {
    let mut bench = Bench::with_mode(crate::engine::settings::Mode::Observe, &[]);
    let hire = |bench: &mut Bench, numbers: std::ops::Range<usize>| {
        let began = Instant::now();
        for number in numbers {
            let (id, name) = (format!("{number}"), format!("user{number}"));
            let event = bench.event_about("nobody", "worker.hired", json!({}));
            let mut event = named(event, &[(NUMBER, &id), (NAME, &name)]);
            event.aliases.extend(Alias::external("directory", "4f0c-tenant"));
            bench.tell(event);
            bench.commit_all();
        }
        began.elapsed()
    };
    let first = hire(&mut bench, 0..200);
    hire(&mut bench, 200..1_500);
    let last = hire(&mut bench, 1_500..1_700);
    assert!(last < first * 8 + Duration::from_millis(500), "{first:?}, then {last:?}");
}

#[test]
fn address_that_a_few_share_still_holds_them() {
    let mut bench = Bench::ready(&[]);
    for number in ["1", "2", "3"] {
        tell(&mut bench, "worker.hired", &[(NUMBER, number), (MAIL, "team@example.com")]);
    }
    assert_eq!(remarks(&bench), ["identity.contested"]);
    find_nobody(&mut bench);
    assert!(held(&bench).contains(&"identity.contested"));
}
