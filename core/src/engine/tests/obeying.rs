//! What operators say is done, once, to exactly what they saw, and told in one line.

use super::bench::Bench;
use super::limiting::{Provider, name, terminate, terminated, two_cuts_an_hour};
use super::setting::CONTROL;
use crate::command::tests::court::{ANN, BOB, FOR_COMMANDS, file, group};
use crate::command::tests::pen::Pen;
use crate::command::{Operators, Signers};
use crate::decode::command;
use crate::engine::brakes::limits::Limits;
use crate::engine::state::Stage;
use crate::engine::{Input, Record};
use crate::model::ordered::{Became, CommandOutcome, CommandRecord};
use crate::model::{
    AuditEntry, Effect, Facet, Hold, Operation, PersonId, RawRecord, ResultWord, ScimId,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Sends a command as this person signs it, and gives what was told of it.
pub(super) fn order(bench: &mut Bench, pen: u8, said: &str, args: &Value) -> CommandRecord {
    order_by_all(bench, &[pen], said, args)
}

/// The same; all of these sign it, and the first of them says it.
pub(super) fn order_by_all(
    bench: &mut Bench,
    pens: &[u8],
    said: &str,
    args: &Value,
) -> CommandRecord {
    order_bringing(bench, pens, (said, args), &[])
}

/// The same, with what it brings beside its signed bytes.
pub(super) fn order_bringing(
    bench: &mut Bench,
    pens: &[u8],
    (said, args): (&str, &Value),
    brought: &[Vec<u8>],
) -> CommandRecord {
    let (offset, bytes) = worded(bench, pens[0], said, args);
    send_with(bench, offset, pens, (bytes, brought))
}

/// The bytes of a command as this person says it now, and where it comes to stand.
pub(super) fn worded(bench: &Bench, pen: u8, said: &str, args: &Value) -> (usize, Vec<u8>) {
    let operator = if pen == ANN { "ann@example.com" } else { "bob@example.com" };
    let positions = bench.shard.committed_positions();
    let control = positions.iter().find(|(topic, ..)| topic == CONTROL);
    let offset = usize::try_from(control.map_or(0, |(_, _, next)| *next)).unwrap();
    let value = json!({
        "v": 1,
        "id": format!("0193a5f0-7c1e-7a3b-8f00-{offset:012x}"),
        "deployment": "d-1",
        "tenant": "acme",
        "operator": operator,
        "command": said,
        "args": args,
        "reason": "seen and judged",
        "issued_at": bench.now.to_string(),
        "expires_at": (bench.now + HOUR).to_string(),
    });
    (offset, value.to_string().into_bytes())
}

pub(super) fn send(bench: &mut Bench, offset: usize, pens: &[u8], bytes: Vec<u8>) -> CommandRecord {
    send_with(bench, offset, pens, (bytes, &[]))
}

/// The same, with records that it brings beside its signed bytes.
fn send_with(
    bench: &mut Bench,
    offset: usize,
    pens: &[u8],
    (bytes, brought): (Vec<u8>, &[Vec<u8>]),
) -> CommandRecord {
    let signed = |pen: &u8| Some(Pen::new(*pen).sign(&bytes).into_bytes());
    let headers = pens.iter().map(|pen| ("usher-signature".to_owned(), signed(pen)));
    let brought = brought.iter().map(|it| ("usher-record".to_owned(), Some(it.clone())));
    let headers = headers.chain(brought);
    let raw = RawRecord {
        topic: CONTROL.to_owned(),
        partition: 0,
        offset: i64::try_from(offset).unwrap(),
        timestamp: bench.now,
        key: None,
        headers: headers.collect(),
        value: Some(bytes),
    };
    let items = command::decode(&raw);
    bench.step(Input::Record(Record { raw: Arc::new(raw), items }));
    bench.commit_all();
    told(bench).last().unwrap().clone()
}

fn told(bench: &Bench) -> Vec<CommandRecord> {
    let commands = bench.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Command(record) => Some(record.clone()),
        AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_) => None,
    });
    commands.collect()
}

pub(super) fn holds(bench: &Bench) -> Vec<(PersonId, Hold)> {
    let of = |person: &crate::engine::state::Person| {
        let seats = bench.shard.seats_of(person).into_values();
        let holds = seats.flat_map(|seat| seat.holds.clone()).map(|hold| (person.id.clone(), hold));
        holds.collect::<Vec<_>>()
    };
    bench.shard.people().flat_map(of).collect()
}

pub(super) fn became(record: &CommandRecord) -> Vec<Became> {
    record.rows.iter().map(|row| row.became).collect()
}

pub(super) fn three_of_whom_one_is_held() -> (Bench, Provider) {
    let (mut bench, mut provider) = (Bench::limited(&two_cuts_an_hour()), Provider::default());
    terminated(&mut bench, &mut provider, 3);
    assert_eq!((provider.cut(), holds(&bench).len()), (2, 1));
    (bench, provider)
}

#[test]
fn what_is_approved_is_called_and_counts_no_more() {
    let (mut bench, mut provider) = three_of_whom_one_is_held();
    let digest = holds(&bench)[0].1.digest.clone();
    let told = order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
    assert_eq!((&told.outcome, became(&told)), (&CommandOutcome::Obeyed, vec![Became::Approved]));
    assert_eq!(told.signers[0].operator, "ann@example.com");
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), holds(&bench).len()), (3, 0));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    // Once: whoever is cut besides waits for another yes.
    terminate(&mut bench, 7);
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), holds(&bench).len()), (3, 1));
    let again = order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
    assert_eq!((&again.outcome, became(&again)), (&CommandOutcome::Nothing, vec![Became::Nothing]));
}

#[test]
fn an_approval_is_kept_over_a_takeover() {
    let (mut bench, mut provider) = three_of_whom_one_is_held();
    let digest = holds(&bench)[0].1.digest.clone();
    order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
    let mut bench = Bench::limited_again(&two_cuts_an_hour(), bench.state, bench.now);
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), holds(&bench).len()), (3, 0));
}

#[test]
fn a_reject_stands_for_its_time_and_wins() {
    let (mut bench, mut provider) = three_of_whom_one_is_held();
    let digest = holds(&bench)[0].1.digest.clone();
    let no = order(&mut bench, ANN, "reject", &json!({ "holds": [digest], "for": "2h" }));
    assert_eq!(became(&no), [Became::Rejected]);
    let yes = order(&mut bench, BOB, "approve", &json!({ "holds": [digest] }));
    assert_eq!(became(&yes), [Became::Nothing]);
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), holds(&bench).len()), (2, 1), "it stays listed");
    bench.wait(HOUR * 3);
    let yes = order(&mut bench, BOB, "approve", &json!({ "holds": [digest] }));
    assert_eq!(became(&yes), [Became::Approved]);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 3);
}

/// The same bytes are obeyed once, and what nobody signed never.
#[test]
fn a_command_is_used_once() {
    let (mut bench, _) = three_of_whom_one_is_held();
    let pause = |id: u8| {
        let value = json!({
            "v": 1,
            "id": format!("0193a5f0-7c1e-7a3b-8f00-0000000000{id:02}"),
            "deployment": "d-1",
            "tenant": "acme",
            "operator": "ann@example.com",
            "command": "pause",
            "args": { "scope": "tenant" },
            "reason": "seen and judged",
            "issued_at": "2026-09-01T08:00:00Z",
            "expires_at": "2026-09-01T18:00:00Z",
        });
        value.to_string().into_bytes()
    };
    assert_eq!(send(&mut bench, 0, &[ANN], pause(1)).outcome, CommandOutcome::Obeyed);
    let code = |record: &CommandRecord| record.outcome.why().map(|why| why.code.to_string());
    let again = send(&mut bench, 1, &[ANN], pause(1));
    assert_eq!(code(&again).as_deref(), Some("command.used"));
    let strangers = send(&mut bench, 2, &[9], pause(2));
    assert_eq!(code(&strangers).as_deref(), Some("command.key_unknown"));
    // A new owner remembers it.
    let mut bench = Bench::limited_again(&two_cuts_an_hour(), bench.state, bench.now);
    let again = send(&mut bench, 3, &[ANN], pause(1));
    assert_eq!(code(&again).as_deref(), Some("command.used"));
}

/// Whoever can write to the topic cannot fill the audit.
#[test]
fn a_flood_of_refused_commands_is_summed_up() {
    let mut bench = Bench::limited(&Limits::default());
    for offset in 0..500 {
        let raw = RawRecord {
            topic: CONTROL.to_owned(),
            partition: 0,
            offset,
            timestamp: bench.now,
            key: None,
            headers: vec![("usher-signature".to_owned(), Some(b"none".to_vec()))],
            value: Some(b"{}".to_vec()),
        };
        let items = command::decode(&raw);
        bench.step(Input::Record(Record { raw: Arc::new(raw), items }));
    }
    bench.commit_all();
    let told = told(&bench);
    assert!(told.len() < 70, "{}", told.len());
    let texts = told.iter().filter_map(|record| Some(record.outcome.why()?.text.clone()));
    let summed: u64 = texts
        .filter(|text| text.contains("records from here on"))
        .map(|text| text.split(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(summed, 500 - 60);
    // What an operator has said has a line of its own all the same.
    let person = format!("p-{:024x}", 1);
    let until = (bench.now - HOUR).to_string();
    let args = json!({ "person": person, "keep": "out", "until": until });
    let told = order(&mut bench, ANN, "override", &args);
    let why = told.outcome.why().map(|why| why.code.as_str());
    assert_eq!(why, Some("command.override_end"), "{told:?}");
}

#[test]
fn while_paused_nothing_leaves_and_then_all_goes_on() {
    for scope in [json!("tenant"), json!({ "target": "main" }), json!({ "source": "src" })] {
        let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
        let told = order(&mut bench, ANN, "pause", &json!({ "scope": scope }));
        assert_eq!(told.outcome, CommandOutcome::Obeyed, "{scope}");
        terminated(&mut bench, &mut provider, 2);
        assert!(provider.written.is_empty(), "{scope}: {:?}", provider.written);
        assert!(holds(&bench).iter().all(|(_, hold)| hold.why.code.as_str() == "pause.ordered"));
        let mut bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
        provider.serve(&mut bench);
        assert!(provider.written.is_empty(), "{scope}: a new owner knows");
        let told = order(&mut bench, ANN, "resume", &json!({ "scope": scope }));
        assert_eq!(told.outcome, CommandOutcome::Obeyed);
        provider.serve(&mut bench);
        assert_eq!((provider.cut(), holds(&bench).len()), (2, 0), "{scope}");
    }
}

/// A pause in mid-run: what is written ahead and has not left does not leave.
#[test]
fn a_pause_is_asked_again_before_a_call_leaves() {
    let (mut bench, mut provider) = (Bench::limited(&two_cuts_an_hour()), Provider::default());
    terminate(&mut bench, 0);
    // Up to the commit that holds the call as pending, and no further.
    let is_ahead = |bench: &Bench| {
        let writes = bench.commit.iter().flat_map(|commit| &commit.state);
        let mut values = writes.filter_map(|write| write.value.as_deref());
        values.any(|value| String::from_utf8_lossy(value).contains(r#""pending":[{"#))
    };
    while !is_ahead(&bench) {
        bench.commit_all();
        assert!(is_ahead(&bench) || provider.answer_one(&mut bench), "it is written ahead");
    }
    bench.step(Input::Stopped(true));
    terminate(&mut bench, 1);
    provider.serve(&mut bench);
    assert!(provider.written.is_empty(), "{:?}", provider.written);
    let counted: Value = serde_json::from_slice(&bench.state["counters:acme:main"]).unwrap();
    let minutes = &counted["body"]["counters"]["kinds"]["cut"]["minutes"];
    assert!(minutes.is_null(), "what was charged is given back: {minutes}");
    bench.step(Input::Stopped(false));
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 2);
}

/// What is wanted otherwise than when it was seen is not what was approved.
#[test]
fn an_approval_of_other_effects_is_void() {
    let (mut bench, mut provider) = three_of_whom_one_is_held();
    let (person, hold) = holds(&bench)[0].clone();
    let name = bench.shard.people().find(|it| it.id == person).unwrap();
    let name = name.aliases.first().unwrap().value().to_owned();
    let effective = json!({ "effective_at": (bench.now - HOUR * 5).to_string() });
    bench.event_of(&name, "worker.terminated", effective);
    provider.serve(&mut bench);
    let told = order(&mut bench, ANN, "approve", &json!({ "holds": [hold.digest] }));
    assert_eq!(became(&told), [Became::Nothing]);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 2);
}

/// A leaver of a month ago, whose account is due.
pub(super) fn a_deletion_that_waits() -> (Bench, Provider, Hold) {
    let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
    terminated(&mut bench, &mut provider, 1);
    bench.wait(HOUR * 24 * 31);
    provider.serve(&mut bench);
    let held = holds(&bench);
    let [(_, hold)] = &held[..] else { panic!("{held:?}") };
    let hold = hold.clone();
    (bench, provider, hold)
}

/// Deleting takes two, and is seen to be done before it is said.
#[test]
fn a_deletion_takes_two_operators() {
    let (mut bench, mut provider, hold) = a_deletion_that_waits();
    assert!(matches!(&hold.effect, Effect::Operation(Operation::Delete { .. })));
    let one = order(&mut bench, ANN, "approve", &json!({ "holds": [hold.digest] }));
    assert_eq!(became(&one), [Became::WaitsForAnother]);
    let again = order(&mut bench, ANN, "approve", &json!({ "holds": [hold.digest] }));
    assert_eq!(became(&again), [Became::WaitsForAnother], "one is one");
    provider.serve(&mut bench);
    assert!(provider.deleted.is_empty());
    let two = order(&mut bench, BOB, "approve", &json!({ "holds": [hold.digest] }));
    assert_eq!(became(&two), [Became::Approved]);
    provider.serve(&mut bench);
    assert_eq!(provider.deleted.len(), 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert!(holds(&bench).is_empty());
}

/// Whatever was said before: what stands in the way now counts.
#[test]
fn a_legal_hold_after_the_yes_keeps_the_account() {
    let (mut bench, mut provider, hold) = a_deletion_that_waits();
    let digest = hold.digest;
    order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
    bench.event_of(&name(0), "worker.legalhold.changed", json!({ "legal_hold": true }));
    provider.serve(&mut bench);
    order(&mut bench, BOB, "approve", &json!({ "holds": [digest] }));
    provider.serve(&mut bench);
    assert!(provider.deleted.is_empty());
    assert!(!holds(&bench).is_empty(), "it is a row");
}

/// A yes whose key was taken away is none.
#[test]
fn a_key_that_is_taken_away_voids_the_first_yes() {
    let (mut bench, mut provider, hold) = a_deletion_that_waits();
    let digest = hold.digest;
    order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
    let mut left = group();
    left.signers = Signers::Fresh(file(&[("bob@example.com", FOR_COMMANDS, &Pen::new(BOB))]));
    bench.step(Input::Operators(Operators::new(vec![left]).unwrap()));
    let told = order(&mut bench, BOB, "approve", &json!({ "holds": [digest] }));
    assert_eq!(became(&told), [Became::WaitsForAnother]);
    provider.serve(&mut bench);
    assert!(provider.deleted.is_empty());
}

/// Whoever says what was before is believed, and nobody else is asked.
#[test]
fn an_unknown_way_back_is_given_or_left() {
    for (said, is_in) in [("approve", true), ("reject", false)] {
        let (mut bench, mut provider) = (Bench::limited(&Limits::default()), Provider::default());
        provider.hides_members = true;
        let account = ScimId::new(format!("a-{}", name(0)));
        provider.vpn.insert(account.clone());
        bench.event_of(&name(0), "risk.raised", json!({}));
        while provider.vpn.contains(&account) || provider.quarantine.is_empty() {
            bench.commit_all();
            assert!(
                provider.answer_one(&mut bench) || bench.commit.is_some(),
                "a cut waits for no list"
            );
        }
        provider.hides_members = false;
        bench.event_of(&name(0), "risk.cleared", json!({}));
        provider.serve(&mut bench);
        let held = holds(&bench);
        let back =
            held.iter().find(|(_, hold)| matches!(&hold.effect, Effect::WayBack(Facet::Group(_))));
        let Some((_, hold)) = back else { panic!("{held:?}") };
        let told = order(&mut bench, ANN, said, &json!({ "holds": [hold.digest] }));
        assert_eq!(told.outcome, CommandOutcome::Obeyed);
        provider.serve(&mut bench);
        assert_eq!(provider.vpn.contains(&account), is_in, "{said}");
        assert!(holds(&bench).is_empty(), "{said}: {:?}", holds(&bench));
        let rests = bench.shard.people().all(|person| {
            let seats = bench.shard.seats_of(person);
            seats.values().all(|seat| matches!(seat.stage, Stage::AtRest { .. }))
        });
        assert!(rests, "{said}");
    }
}
