//! What operators undo goes back to what it was, stays so, and can itself be undone.

use super::bench::Bench;
use super::obeying::{HOUR, became, holds, order, order_by_all};
use super::peer::Peer;
use super::setting::CONTROL;
use crate::command::tests::court::{ANN, BOB};
use crate::engine::brakes::limits::Limits;
use crate::model::event::Event;
use crate::model::ordered::{Became, CommandRecord};
use crate::model::{AttributeName, PersonId};
use jiff::SignedDuration;
use serde_json::json;

pub(super) const KIM: &str = "kim@example.com";
const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn play(bench: &mut Bench, peer: &mut Peer) {
    bench.play_honestly(peer, SignedDuration::from_secs(10));
}

/// Kim works here, and usher knows it.
pub(super) fn kim_works_here() -> (Bench, Peer) {
    let (mut bench, mut peer) = (Bench::limited(&Limits::default()), Peer::with_kim());
    bench.hire(KIM);
    play(&mut bench, &mut peer);
    (bench, peer)
}

pub(super) fn has_access(peer: &mut Peer) -> bool {
    peer.kim().active == Some(true) && peer.is_in("VPN", KIM)
}

/// Somebody is said to have left; gives the event.
pub(super) fn cut(bench: &mut Bench, peer: &mut Peer, source: &str) -> Event {
    let event = Event {
        source: source.to_owned(),
        ..bench.event_about(KIM, "worker.terminated", json!({}))
    };
    bench.tell(event.clone());
    play(bench, peer);
    event
}

pub(super) fn kim_is_cut_by_mistake() -> (Bench, Peer, Event) {
    let (mut bench, mut peer) = kim_works_here();
    let event = cut(&mut bench, &mut peer, "src");
    assert!(!peer.is_in("VPN", KIM) && peer.kim().active == Some(false));
    (bench, peer, event)
}

pub(super) fn of(event: &Event) -> serde_json::Value {
    json!({ "what": { "event": { "source": event.source, "id": event.id } } })
}

pub(super) fn both(bench: &mut Bench, args: &serde_json::Value) -> CommandRecord {
    order_by_all(bench, &[ANN, BOB], "undo", args)
}

pub(super) fn why(told: &CommandRecord) -> Vec<String> {
    told.rows.iter().map(|row| row.why.clone().unwrap_or_default()).collect()
}

pub(super) fn kim(bench: &Bench) -> PersonId {
    bench.shard.people().next().unwrap().id.clone()
}

/// The id of the command that was sent last.
pub(super) fn last_command(bench: &Bench) -> String {
    let positions = bench.shard.committed_positions();
    let (_, _, next) = positions.iter().find(|(topic, ..)| topic == CONTROL).unwrap();
    format!("0193a5f0-7c1e-7a3b-8f00-{:012x}", next - 1)
}

#[test]
fn a_false_termination_is_undone_and_the_account_is_back_in_its_groups() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    let told = both(&mut bench, &of(&event));
    assert_eq!(became(&told), [Became::Undone]);
    assert_eq!(why(&told), ["goes back: active, group VPN"]);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
}

/// The wish must not say terminated any more, or the engine cuts again.
#[test]
fn hazard_34_what_is_undone_stays_undone() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    both(&mut bench, &of(&event));
    play(&mut bench, &mut peer);
    // The same event comes again, at another position.
    bench.tell(event.clone());
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer), "delivered again");
    // Others come in between, so that nobody remembers that it was decided.
    for _ in 0..70 {
        bench.event("worker.updated", json!({ "worker": { "user_name": KIM } }));
    }
    bench.tell(event);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer), "delivered again, and not remembered");
    let mut bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer), "another owner");
    // The account would have been due for deletion.
    bench.wait(DAY * 40);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer) && holds(&bench).is_empty(), "time goes on");
}

#[test]
fn a_termination_after_the_undo_bites() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    both(&mut bench, &of(&event));
    play(&mut bench, &mut peer);
    bench.wait(HOUR);
    cut(&mut bench, &mut peer, "src");
    assert!(!has_access(&mut peer));
}

#[test]
fn another_sources_word_is_not_touched() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    bench.wait(HOUR);
    cut(&mut bench, &mut peer, "other");
    let told = both(&mut bench, &of(&event));
    assert_eq!(became(&told), [Became::Nothing], "a later word counts: {:?}", why(&told));
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
}

/// A date that is corrected by mistake: what was said before counts again.
#[test]
fn what_was_true_before_the_undone_word_counts_again() {
    let (mut bench, mut peer, _true) = kim_is_cut_by_mistake();
    bench.wait(HOUR);
    let later = (bench.now + DAY).to_string();
    bench.event("worker.terminated", json!({ "effective_at": later }));
    let false_one = format!("e{}", bench.offset);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer), "the date was moved to tomorrow");
    let what = json!({ "what": { "event": { "source": "src", "id": false_one } } });
    let told = both(&mut bench, &what);
    assert_eq!(became(&told), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
}

#[test]
fn a_decision_is_undone_by_where_its_event_stood() {
    let (mut bench, mut peer, _) = kim_is_cut_by_mistake();
    let at = |offset: i64| {
        let record = json!({ "topic": "hr", "partition": 0, "offset": offset });
        json!({ "what": { "decision": { "record": record } } })
    };
    let offset = bench.offset;
    let other = both(&mut bench, &at(offset + 1));
    assert_eq!(became(&other), [Became::Nothing]);
    let told = both(&mut bench, &at(offset));
    assert_eq!(became(&told), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
}

#[test]
fn a_claim_that_was_ended_by_mistake_counts_again() {
    let (mut bench, mut peer) = kim_works_here();
    bench.event("risk.raised", json!({}));
    play(&mut bench, &mut peer);
    bench.event("risk.cleared", json!({}));
    let cleared = format!("e{}", bench.offset);
    play(&mut bench, &mut peer);
    assert!(peer.is_in("VPN", KIM) && !peer.is_in("Quarantine", KIM));
    let what = json!({ "what": { "event": { "source": "src", "id": cleared } } });
    let told = order(&mut bench, ANN, "undo", &what);
    assert_eq!(became(&told), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(!peer.is_in("VPN", KIM) && peer.is_in("Quarantine", KIM));
}

#[test]
fn a_rules_work_is_undone_since_an_instant() {
    let (mut bench, mut peer) = kim_works_here();
    bench.event("risk.raised", json!({}));
    play(&mut bench, &mut peer);
    assert!(peer.is_in("Quarantine", KIM));
    let what = |since: jiff::Timestamp| json!({ "what": { "rule": { "rule": "quarantine", "since": since.to_string() } } });
    let later = what(bench.now + HOUR);
    assert_eq!(became(&both(&mut bench, &later)), [Became::Nothing]);
    let before = what(bench.now - HOUR);
    assert_eq!(became(&both(&mut bench, &before)), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(peer.is_in("VPN", KIM) && !peer.is_in("Quarantine", KIM));
}

#[test]
fn an_undo_is_undone_and_lifts_exactly_what_it_muted() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    both(&mut bench, &of(&event));
    let undo = last_command(&bench);
    play(&mut bench, &mut peer);
    bench.event("risk.raised", json!({}));
    play(&mut bench, &mut peer);
    let since = (bench.now - HOUR).to_string();
    let quarantine = json!({ "what": { "rule": { "rule": "quarantine", "since": since } } });
    assert_eq!(became(&both(&mut bench, &quarantine)), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
    let mut bench = Bench::limited_again(&Limits::default(), bench.state, bench.now);
    let told = order(&mut bench, ANN, "undo", &json!({ "what": { "command": { "id": undo } } }));
    assert_eq!(became(&told), [Became::Undone]);
    assert_eq!(why(&told), ["as claims want it again: active, group VPN"]);
    play(&mut bench, &mut peer);
    assert!(peer.kim().active == Some(false) && !peer.is_in("Quarantine", KIM));
    let again = order(&mut bench, ANN, "undo", &json!({ "what": { "command": { "id": undo } } }));
    assert_eq!(became(&again), [Became::Nothing]);
}

#[test]
fn what_is_undone_is_not_undone_twice() {
    let (mut bench, _, event) = kim_is_cut_by_mistake();
    both(&mut bench, &of(&event));
    let again = both(&mut bench, &of(&event));
    assert_eq!(became(&again), [Became::Nothing]);
    assert_eq!(why(&again), ["it is undone already"]);
}

pub(super) fn nickname(peer: &mut Peer) -> String {
    peer.kim().attributes[&AttributeName::parse("nickName").unwrap()].to_text()
}

/// Nobody brings the old account back: a new one is made, and the row says so.
#[test]
fn a_deletion_is_undone_by_a_new_account() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    bench.wait(DAY * 31);
    play(&mut bench, &mut peer);
    let digest = holds(&bench)[0].1.digest.clone();
    order_by_all(&mut bench, &[ANN, BOB], "approve", &json!({ "holds": [digest] }));
    play(&mut bench, &mut peer);
    assert!(peer.accounts.is_empty(), "{:?}", peer.accounts);
    let told = both(&mut bench, &of(&event));
    assert_eq!(became(&told), [Became::Undone]);
    assert!(why(&told)[0].contains("a new one is made"), "{:?}", why(&told));
    play(&mut bench, &mut peer);
    let made: Vec<_> = peer.accounts.values().cloned().collect();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].active, Some(true));
    assert!(peer.members("VPN").contains(&made[0].id));
}

#[test]
fn a_claim_that_is_over_leaves_nothing_to_bring_back() {
    let (mut bench, mut peer, event) = kim_is_cut_by_mistake();
    bench.event("worker.termination.cancelled", json!({}));
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
    let told = both(&mut bench, &of(&event));
    assert_eq!(became(&told), [Became::Nothing]);
    assert!(why(&told)[0].starts_with("it is over"), "{:?}", why(&told));
}

#[test]
fn a_termination_to_come_does_not_come() {
    let (mut bench, mut peer) = kim_works_here();
    let friday = (bench.now + DAY * 3).to_string();
    bench.event("worker.terminated", json!({ "effective_at": friday }));
    let event = format!("e{}", bench.offset);
    play(&mut bench, &mut peer);
    let what = json!({ "what": { "event": { "source": "src", "id": event } } });
    let told = both(&mut bench, &what);
    assert_eq!(became(&told), [Became::Undone]);
    assert_eq!(why(&told), ["nothing changes now; what was to come does not"]);
    bench.wait(DAY * 4);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
}

/// Whoever works in two employments has what the undone one gave, too.
#[test]
fn an_undone_end_of_one_of_two_employments_gives_back_what_that_one_gave() {
    let (mut bench, mut peer) = (Bench::limited(&Limits::default()), Peer::with_kim());
    peer.members("VPN").clear();
    let tell = |bench: &mut Bench, kind: &str, employment: &str| {
        let data = json!({ "worker": { "user_name": KIM } });
        let event = bench.event_about(KIM, kind, data);
        bench.tell(Event { employment_id: Some(employment.to_owned()), ..event });
    };
    tell(&mut bench, "worker.leave.started", "E1");
    tell(&mut bench, "worker.hired", "E1");
    tell(&mut bench, "worker.hired", "E2");
    play(&mut bench, &mut peer);
    assert_eq!(nickname(&mut peer), "Away");
    tell(&mut bench, "worker.terminated", "E1");
    let event = format!("e{}", bench.offset);
    play(&mut bench, &mut peer);
    assert!(!peer.kim().attributes.contains_key(&AttributeName::parse("nickName").unwrap()));
    let what = json!({ "what": { "event": { "source": "src", "id": event } } });
    assert_eq!(became(&both(&mut bench, &what)), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert_eq!(nickname(&mut peer), "Away");
}

#[test]
fn an_override_is_ended_by_undoing_its_command() {
    let (mut bench, mut peer) = kim_works_here();
    let kim = kim(&bench);
    let until = (bench.now + DAY * 3).to_string();
    let out = json!({ "person": kim.as_str(), "target": "main", "keep": "out", "until": until });
    assert_eq!(became(&order(&mut bench, ANN, "override", &out)), [Became::Overridden]);
    let command = last_command(&bench);
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
    let what = json!({ "what": { "command": { "id": command } } });
    assert_eq!(became(&order(&mut bench, ANN, "undo", &what)), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
    // The other way: what kept somebody in does not any more.
    cut(&mut bench, &mut peer, "src");
    let within = json!({ "person": kim.as_str(), "target": "main", "keep": "in", "until": until });
    let told = order_by_all(&mut bench, &[ANN, BOB], "override", &within);
    assert_eq!(became(&told), [Became::Overridden]);
    let command = last_command(&bench);
    play(&mut bench, &mut peer);
    assert!(has_access(&mut peer));
    let what = json!({ "what": { "command": { "id": command } } });
    assert_eq!(became(&order(&mut bench, ANN, "undo", &what)), [Became::Undone]);
    play(&mut bench, &mut peer);
    assert!(!has_access(&mut peer));
}
