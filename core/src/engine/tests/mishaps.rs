//! Odd things that happen to people and targets, and that stop nobody else.

use super::bench::Bench;
use super::peer::{Peer, with_kim};
use super::words::{is_find, unanswered};
use crate::engine::Input;
use crate::engine::settings::Mode;
use crate::model::code::Code;
use crate::model::event::Event;
use crate::model::{Alias, AliasKind, AuditEntry, Decision, Reply, ResultWord};
use jiff::SignedDuration;
use serde_json::json;

#[test]
fn a_call_in_doubt_at_a_target_that_is_gone_keeps_nobody_busy() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.reply(Reply::Accounts(vec![Bench::kim(true)]));
    let cut = bench.called();
    bench.answer(&cut, unanswered());
    bench.commit_all();
    let state = bench.state.into_iter().map(|(key, value)| {
        let text = String::from_utf8(value).unwrap();
        (key, text.replace(r#""seats":{"main":"#, r#""seats":{"gone":"#).into_bytes())
    });
    let now = bench.now.checked_add(SignedDuration::from_mins(10)).unwrap();
    let mut next = Bench::own(Mode::Enforce, state.collect(), now);
    next.commit_all();
    assert!(next.state[&next.person_key()].windows(6).any(|it| it == br#""gone""#));
}

#[test]
fn a_name_that_becomes_known_starts_the_look_up_again() {
    let mut bench = Bench::ready(&[]);
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    // Five minutes, an hour and a day later there is still no such account.
    for _ in 0..2_000 {
        if let Some(call) = bench.calls.first().cloned() {
            if is_find(&call) {
                bench.done(&call, Reply::Accounts(Vec::new()));
            } else {
                bench.read_groups(&[], &[]);
            }
            bench.commit_all();
        } else {
            bench.wait(SignedDuration::from_mins(1));
            bench.commit_all();
        }
    }
    assert_eq!(bench.results(), [(1, ResultWord::AlreadySo)]);
    let mut renamed = bench.event_about("kim@example.com", "worker.leave.started", json!({}));
    renamed.aliases.push(Alias::parse(AliasKind::Email, "kim.new@example.com").unwrap());
    bench.tell(renamed);
    bench.commit_all();
    let asked = bench.calls.iter().any(is_find);
    assert!(asked, "{:?}", bench.calls);
    let entries = bench.audit.iter().filter(|entry| matches!(entry, AuditEntry::Decision(_)));
    assert_eq!(entries.count(), 2);
}

#[test]
fn a_flood_of_detections_about_one_person_can_be_committed_and_keeps_no_termination_out() {
    let mut bench = Bench::ready(&["a-kim"]);
    for number in 0..300 {
        let mut raised = bench.event_about("kim@example.com", "risk.raised", json!({}));
        raised.id = format!("{number}{}", "i".repeat(1_000));
        raised.source = "s".repeat(1_000);
        raised.detection_id = Some(format!("{number}{}", "d".repeat(1_000)));
        bench.tell(raised);
        bench.commit_all();
    }
    let written = bench.state.values().map(Vec::len).max();
    assert!(written.is_some_and(|bytes| bytes <= 64 * 1024), "{written:?}");
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let decided: Vec<_> = bench.decisions().iter().map(|it| &it.decision).collect();
    assert_eq!(decided.len(), 301, "each event has its decision");
    let parked =
        |it: &&&Decision| matches!(it, Decision::Parked(why) if why.code == Code::PersonTooMuch);
    assert!(decided.iter().filter(parked).count() > 200);
    assert_eq!(decided.last(), Some(&&Decision::Asserted));
}

/// Thousands of people as the one on the bench are somebody's at once.
fn all_at_once(bench: &Bench) {
    let key = bench.person_key();
    let (_, id) = key.split_once('/').unwrap();
    let kim = String::from_utf8(bench.state[&key].clone()).unwrap();
    let crowd = (0..3_500).map(|number| {
        let one = kim.replace(id, &format!("p-{number}")).replace("kim@", &format!("kim{number}@"));
        let one = one.replace("\"a-kim\"", &format!("\"a-{number}\""));
        (format!("acme/p-{number}"), one.into_bytes())
    });
    let mut next = Bench::own(Mode::Enforce, crowd.collect(), bench.now);
    let mut largest = 0;
    for _ in 0..20 {
        largest = largest.max(next.commit.as_ref().map_or(0, |commit| commit.state.len()));
        let Some(commit) = next.commit.take() else { break };
        next.step(Input::Committed(commit.id));
    }
    assert!(largest <= 1_100, "{largest} people in one commit");
    assert_eq!(next.shard.figures().dirty, 3_500, "nobody is forgotten");
}

#[test]
fn everybody_at_once_is_more_than_one_commit() {
    let mut bench = Bench::with_mode(Mode::Observe, &["a-kim"]);
    bench.event("worker.terminated", json!({}));
    let find = bench.called();
    bench.done(&find, Reply::Accounts(vec![Bench::kim(true)]));
    bench.commit_all();
    bench.read_groups(&["a-kim"], &[]);
    all_at_once(&bench);
}

#[test]
fn a_new_owner_writes_no_more_than_a_thousand_people_in_one_commit() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let key = bench.person_key();
    let kim = String::from_utf8(bench.state[&key].clone()).unwrap();
    assert!(kim.contains(r#""pending":[{"#), "{kim}");
    all_at_once(&bench);
}

#[test]
fn an_event_from_the_future_is_parked_and_mutes_nobody() {
    let mut bench = Bench::ready(&[]);
    let tomorrow = bench.now.checked_add(SignedDuration::from_hours(24)).unwrap();
    let cleared = bench.event_about("kim@example.com", "risk.cleared", json!({}));
    bench.tell(Event { time: tomorrow, ..cleared });
    bench.commit_all();
    bench.event("risk.raised", json!({}));
    bench.commit_all();
    let decisions: Vec<_> = bench.decisions().iter().map(|it| &it.decision).collect();
    let [Decision::Parked(why), Decision::Asserted] = decisions.as_slice() else {
        panic!("{decisions:#?}");
    };
    assert_eq!(why.code, Code::TimeInTheFuture);
}
