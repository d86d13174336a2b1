//! What sensors call people, and those whom only sensors know.

use super::bench::Bench;
use super::identity::{MAIL, NAME, NUMBER, held, last_decision, named, remarks, tell};
use super::words::is_find;
use crate::engine::ledger::Ledger;
use crate::engine::people::stranger::STRANGERS_MOST;
use crate::engine::settings::Mode;
use crate::engine::state::{Person, ShardRecord};
use crate::model::{Alias, AliasKind, PersonId, Reply, StateWrite};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const WORKER: AliasKind = AliasKind::WorkerId;

fn of_number<'a>(bench: &'a Bench, number: &str) -> &'a Person {
    let number = Alias::parse(NUMBER, number).unwrap();
    bench.shard.people().find(|person| person.aliases.contains(&number)).expect("is known")
}

fn claims(person: &Person) -> Vec<&str> {
    person.claims.iter().map(|claim| claim.name.as_str()).collect()
}

#[test]
fn sensor_that_names_a_number_and_a_worker_id_of_two_employees_merges_nobody() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "ada")]);
    tell(&mut bench, "worker.hired", &[(WORKER, "W-2"), (NAME, "bob")]);
    tell(&mut bench, "risk.raised", &[(NUMBER, "1"), (WORKER, "W-2")]);
    let parked = ("parked", Some("identity.ambiguous".to_owned()), Vec::new());
    assert_eq!(last_decision(&bench), parked);
    assert_eq!(bench.shard.people().count(), 2);
    tell(&mut bench, "risk.raised", &[(NAME, "ada"), (NAME, "bob")]);
    assert_eq!(last_decision(&bench), parked);
    assert!(bench.shard.people().all(|person| claims(person) == ["employed"]));
}

#[test]
fn two_whom_hr_knows_by_names_alone_are_not_merged_by_a_sensor() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NAME, "ada")]);
    tell(&mut bench, "worker.hired", &[(MAIL, "bob@example.com")]);
    tell(&mut bench, "risk.raised", &[(NAME, "ada"), (MAIL, "bob@example.com")]);
    assert_eq!(last_decision(&bench).1.as_deref(), Some("identity.ambiguous"));
    assert_eq!(bench.shard.people().count(), 2);
}

#[test]
fn joiner_who_gets_a_name_that_a_sensor_gave_an_employee_is_not_held_nor_is_the_employee() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "ada")]);
    tell(&mut bench, "risk.raised", &[(NUMBER, "1"), (NAME, "newcomer")]);
    assert_eq!(of_number(&bench, "1").aliases.len(), 2, "a sensor's word is no name of hers");
    tell(&mut bench, "worker.hired", &[(NUMBER, "2"), (NAME, "newcomer")]);
    assert_eq!(remarks(&bench), Vec::<String>::new());
    bench.settle(true, &[]);
    assert!(!held(&bench).contains(&"identity.contested"), "{:?}", held(&bench));
    assert_eq!(claims(of_number(&bench, "2")), ["employed"]);
    assert_eq!(claims(of_number(&bench, "1")), ["employed", "quarantine"]);
    // From now on it is the joiner's.
    tell(&mut bench, "risk.raised", &[(NAME, "newcomer")]);
    assert_eq!(claims(of_number(&bench, "2")), ["employed", "quarantine"]);
}

#[test]
fn what_a_sensor_calls_an_employee_leads_to_her_for_as_long_as_it_says_something() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "ada")]);
    tell(&mut bench, "risk.raised", &[(NUMBER, "1"), (NAME, "a.lovelace")]);
    tell(&mut bench, "risk.cleared", &[(NAME, "a.lovelace")]);
    assert_eq!(bench.shard.people().count(), 1);
    assert_eq!(last_decision(&bench).0, "withdrew");
    assert!(of_number(&bench, "1").reported.is_empty(), "it ends with its claim");
    tell(&mut bench, "risk.raised", &[(NAME, "a.lovelace")]);
    assert_eq!(remarks(&bench), ["subject.unknown"]);
    assert_eq!(bench.shard.people().count(), 2);
}

#[test]
fn hr_is_not_led_by_what_a_sensor_calls_somebody() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "ada")]);
    tell(&mut bench, "risk.raised", &[(NUMBER, "1"), (NAME, "bob")]);
    tell(&mut bench, "worker.terminated", &[(NAME, "bob")]);
    assert!(!claims(of_number(&bench, "1")).contains(&"terminated"), "bob was terminated");
    assert_eq!(bench.shard.people().count(), 2);
}

#[test]
fn signals_under_a_name_count_for_whom_hr_gives_it_with_all_else_that_sensor_called_them() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "risk.raised", &[(NAME, "kim"), (MAIL, "kim@example.com")]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (MAIL, "kim@example.com")]);
    assert_eq!(claims(of_number(&bench, "1")), ["quarantine", "employed"]);
    tell(&mut bench, "risk.cleared", &[(NAME, "kim")]);
    assert_eq!((bench.shard.people().count(), last_decision(&bench).0), (1, "withdrew"));
}

#[test]
fn whom_only_signals_name_is_forgotten_when_they_are_over_for_long() {
    let mut bench = Bench::ready(&[]);
    for number in 0..60 {
        tell(&mut bench, "risk.raised", &[(NAME, &format!("nobody-{number}"))]);
    }
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
    for _ in 0..34 * 3 {
        loop {
            bench.commit_all();
            bench.read_groups(&[], &[]);
            let Some(call) = bench.calls.first().cloned() else { break };
            let finds = is_find(&call);
            let reply = if finds { Reply::Accounts(Vec::new()) } else { Reply::Changed };
            bench.done(&call, reply);
        }
        bench.wait(SignedDuration::from_hours(8));
        bench.commit_all();
    }
    assert_eq!(bench.shard.people().count(), 1, "the one whom HR knows");
    let kept = bench.state.keys().filter(|key| key.contains('/')).count();
    assert_eq!(kept, 1, "and the state has forgotten the others");
}

#[test]
fn flood_of_unknown_names_is_capped_and_the_first_that_has_no_room_is_a_row() {
    let mut bench = Bench::with_mode(Mode::Observe, &[]);
    for number in 0..STRANGERS_MOST {
        tell(&mut bench, "risk.raised", &[(NAME, &format!("nobody-{number}"))]);
    }
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
    tell(&mut bench, "risk.raised", &[(NAME, "one-more")]);
    let parked = ("parked", Some("subject.too_many".to_owned()), Vec::new());
    assert_eq!(last_decision(&bench), parked);
    tell(&mut bench, "risk.raised", &[(NAME, "kim")]);
    assert_eq!(last_decision(&bench).0, "asserted", "whom HR knows is not concerned");
    tell(&mut bench, "risk.cleared", &[(NAME, "nobody-7")]);
    tell(&mut bench, "risk.raised", &[(NAME, "one-more")]);
    assert_eq!(last_decision(&bench).0, "asserted", "who is over makes room");
    assert_eq!(bench.shard.people().count(), STRANGERS_MOST + 1);
}

/// An event of earlier versions' state: nobody noted who had taught a name.
#[test]
fn who_is_known_to_hr_is_seen_in_the_state_of_an_earlier_version() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NAME, "ada")]);
    tell(&mut bench, "risk.raised", &[(MAIL, "nobody@example.com")]);
    let cut = |(key, bytes): (String, Vec<u8>)| {
        let mut record: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        if let Some(body) = record["body"].as_object_mut() {
            body.remove("known_to_hr");
        }
        (key, serde_json::to_vec(&record).unwrap())
    };
    let state = std::mem::take(&mut bench.state).into_iter().map(cut).collect();
    let bench = Bench::own(Mode::Enforce, state, bench.now);
    let mut known: Vec<bool> = bench.shard.people().map(Person::is_known_to_hr).collect();
    known.sort_unstable();
    assert_eq!(known, [false, true]);
}

#[test]
fn event_about_a_machine_and_somebody_teaches_no_machines_name_to_who_is_known() {
    let mut bench = Bench::ready(&[]);
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim")]);
    let event = bench.event_about("nobody", "risk.raised", json!({}));
    bench.tell(named(event, &[(NUMBER, "1"), (NAME, "LAPTOP-7$")]));
    assert!(of_number(&bench, "1").reported.is_empty());
}

/// Kafka keeps the last record of a key.
#[test]
fn whoever_goes_and_is_met_again_in_one_commit_is_written_last() {
    let mut ledger = Ledger::default();
    let id = PersonId::new("p-1");
    ledger.touch(&id);
    ledger.remove("acme/p-1".to_owned());
    let record = || StateWrite { key: "acme/p-1".to_owned(), value: Some(b"{}".to_vec()) };
    let mut shard = ShardRecord::default();
    let commit =
        ledger.take(|_: &PersonId| Some((record(), Vec::new())), &mut shard, Timestamp::UNIX_EPOCH);
    let state = commit.unwrap().state;
    let last = state.iter().rfind(|write| write.key == "acme/p-1").unwrap();
    assert!(last.value.is_some());
    assert_eq!(shard.people, Some(1), "a restore must find them");
}
