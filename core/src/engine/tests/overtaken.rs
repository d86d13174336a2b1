//! Cuts behind a word that a fast clock has dated ahead.

use super::bench::Bench;
use super::identity::{last_decision, remarks};
use crate::engine::will::wish;
use crate::model::event::Event;
use crate::model::{Operation, Parked, Request};
use jiff::SignedDuration;
use serde_json::json;

const AHEAD: SignedDuration = SignedDuration::from_mins(55);
const SOON: SignedDuration = SignedDuration::from_secs(2);

/// Something happens to Kim, as a clock says that is ahead by so much.
fn said(bench: &Bench, kind: &str, ahead: SignedDuration) -> Event {
    let data = json!({ "worker": { "user_name": "kim@example.com" } });
    let event = bench.event_about("kim@example.com", kind, data);
    Event { time: bench.now + ahead, ..event }
}

/// What is set aside of it.
fn tell(bench: &mut Bench, event: Event) -> Vec<Parked> {
    bench.commit_all();
    bench.tell(event);
    let parked = bench.commit.as_ref().map(|commit| commit.parked.clone()).unwrap_or_default();
    bench.commit_all();
    parked
}

fn employed() -> Bench {
    let mut bench = Bench::ready(&["a-kim"]);
    let hired = said(&bench, "worker.hired", SignedDuration::ZERO);
    tell(&mut bench, hired);
    bench.settle(true, &["a-kim"]);
    bench
}

fn is_cut(bench: &Bench) -> bool {
    let cuts = |request: &Request| {
        matches!(request, Request::Write(Operation::Change { active: Some(false), .. }))
    };
    bench.calls.iter().any(|call| cuts(&call.request))
}

/// The names of the claims in force.
fn in_force(bench: &Bench) -> Vec<String> {
    let kim = bench.shard.people().next().unwrap();
    wish::standing(kim, bench.now).iter().map(|it| it.instance.name.clone()).collect()
}

fn parked() -> (&'static str, Option<String>, Vec<String>) {
    ("parked", Some("time.overtaken".to_owned()), Vec::new())
}

#[test]
fn cut_behind_a_word_of_a_time_to_come_is_parked_and_counts_for_the_alert() {
    for (back, cut) in [
        ("worker.termination.cancelled", "worker.terminated"),
        ("risk.cleared", "risk.raised"),
        ("worker.leave.ended", "worker.leave.started"),
        ("worker.transferred", "worker.hire.cancelled"),
    ] {
        let mut bench = employed();
        let fast = said(&bench, back, AHEAD);
        assert!(tell(&mut bench, fast).is_empty(), "{back}");
        bench.wait(SOON);
        let true_cut = said(&bench, cut, SignedDuration::ZERO);
        let set_aside = tell(&mut bench, true_cut.clone());
        assert_eq!(last_decision(&bench), parked(), "{cut}");
        assert!(set_aside.iter().all(|it| it.takes_access && it.person.is_some()), "{cut}");
        assert_eq!(set_aside.len(), 1, "{cut}");
        tell(&mut bench, true_cut);
        assert_eq!(last_decision(&bench).0, "duplicate", "{cut} was taken in");
        // When the time has come, it is said again.
        bench.wait(AHEAD + AHEAD);
        let again = said(&bench, cut, SignedDuration::ZERO);
        assert!(tell(&mut bench, again).is_empty(), "{cut}");
        assert!(matches!(last_decision(&bench).0, "asserted" | "withdrew"), "{cut}");
    }
}

#[test]
fn old_cut_behind_a_word_whose_time_has_come_is_stale_as_ever() {
    let mut bench = employed();
    let late = said(&bench, "worker.terminated", SignedDuration::ZERO);
    bench.wait(SOON);
    let cancelled = said(&bench, "worker.termination.cancelled", SignedDuration::ZERO);
    tell(&mut bench, cancelled);
    bench.wait(SOON);
    tell(&mut bench, Event { id: "late".to_owned(), ..late });
    assert_eq!(last_decision(&bench), ("stale", None, Vec::new()));
}

#[test]
fn cut_that_an_earlier_one_of_a_time_to_come_has_made_already_is_stale() {
    let mut bench = employed();
    let now = Some(bench.now);
    let fast = said(&bench, "worker.terminated", AHEAD);
    tell(&mut bench, Event { effective_at: now, ..fast });
    bench.wait(SOON);
    let cut = said(&bench, "worker.terminated", SignedDuration::ZERO);
    tell(&mut bench, cut);
    assert_eq!(last_decision(&bench), ("stale", None, Vec::new()));
}

#[test]
fn cut_that_an_earlier_one_makes_only_in_a_time_to_come_is_parked() {
    let mut bench = employed();
    let later = Some(bench.now + AHEAD + SOON);
    let fast = said(&bench, "worker.terminated", AHEAD);
    tell(&mut bench, Event { effective_at: later, ..fast });
    assert!(!is_cut(&bench), "what is dated waits for its date");
    bench.wait(SOON);
    let cut = said(&bench, "worker.terminated", SignedDuration::ZERO);
    tell(&mut bench, cut);
    assert_eq!(last_decision(&bench), parked());
}

#[test]
fn cut_that_ends_when_the_time_has_come_is_made_and_told() {
    let mut bench = employed();
    let fast = said(&bench, "worker.termination.cancelled", AHEAD);
    tell(&mut bench, fast);
    bench.wait(SOON);
    let cut = said(&bench, "worker.terminated", SignedDuration::ZERO);
    tell(&mut bench, Event { employment_id: Some("E-1".to_owned()), ..cut });
    assert_eq!(last_decision(&bench), ("asserted", None, vec!["time.overtaken".to_owned()]));
    assert!(is_cut(&bench), "{:?}", bench.calls);
}

#[test]
fn what_takes_access_when_it_is_said_counts_when_it_is_heard() {
    for (cut, left) in [
        ("worker.terminated", ["employed", "vpn", "terminated"].as_slice()),
        ("risk.raised", &["employed", "vpn", "quarantine"]),
        ("worker.leave.started", &["employed", "vpn", "away"]),
        ("worker.hire.cancelled", &["employed"]),
    ] {
        let mut bench = employed();
        let moved = said(&bench, "worker.transferred", SignedDuration::ZERO);
        tell(&mut bench, moved);
        assert_eq!(in_force(&bench), ["employed", "vpn"]);
        bench.wait(SOON);
        let fast = said(&bench, cut, AHEAD);
        assert!(tell(&mut bench, fast).is_empty(), "{cut}");
        assert_eq!(in_force(&bench), left, "{cut} of a clock that is ahead");
        // Nor does it lapse when it is said again, and that replaces what was said first.
        bench.wait(SOON);
        let again = said(&bench, cut, AHEAD);
        tell(&mut bench, again);
        assert_eq!(in_force(&bench), left, "{cut} again");
    }
}

#[test]
fn the_end_of_a_cut_waits_for_the_clock_that_is_ahead() {
    let mut bench = employed();
    for (kind, ahead) in
        [("worker.terminated", SignedDuration::ZERO), ("worker.termination.cancelled", AHEAD)]
    {
        bench.wait(SOON);
        let event = said(&bench, kind, ahead);
        tell(&mut bench, event);
        assert_eq!(in_force(&bench), ["employed", "terminated"], "{kind}");
    }
    bench.wait(AHEAD);
    assert_eq!(in_force(&bench), ["employed"]);
}

/// A clock that is a blink ahead, as most are one way or the other.
#[test]
fn whoever_moves_between_employments_falls_between_none_though_the_clock_is_ahead() {
    let mut bench = employed();
    let blink = SignedDuration::from_millis(200);
    for (kind, id) in
        [("worker.hired", "E-1"), ("worker.hired", "E-2"), ("worker.terminated", "E-1")]
    {
        let event = said(&bench, kind, blink);
        tell(&mut bench, Event { employment_id: Some(id.to_owned()), ..event });
    }
    assert!(!is_cut(&bench), "{:?}", bench.calls);
    assert_eq!(last_decision(&bench).2, ["employment.goes_on"]);
}

#[test]
fn what_gives_access_behind_a_word_of_a_time_to_come_is_stale_and_told() {
    let told = vec!["time.overtaken".to_owned()];
    for (cut, back) in [
        ("worker.terminated", "worker.termination.cancelled"),
        ("risk.raised", "risk.cleared"),
        ("worker.hire.cancelled", "worker.transferred"),
    ] {
        let mut bench = employed();
        let fast = said(&bench, cut, AHEAD);
        tell(&mut bench, fast);
        bench.wait(SOON);
        let back = said(&bench, back, SignedDuration::ZERO);
        tell(&mut bench, back);
        assert_eq!(last_decision(&bench), ("stale", None, told.clone()), "{cut}");
    }
}

/// Whom a cut names is learnt though it is parked, as it would be if it had come in another order.
#[test]
fn what_else_a_parked_cut_says_is_kept() {
    let mut bench = employed();
    let fast = said(&bench, "worker.termination.cancelled", AHEAD);
    tell(&mut bench, fast);
    bench.wait(SOON);
    let cut = said(&bench, "worker.terminated", SignedDuration::ZERO);
    let data = json!({ "legal_hold": true });
    tell(&mut bench, Event { data, ..cut });
    assert_eq!(last_decision(&bench), parked());
    let kim = bench.shard.people().next().unwrap();
    assert!(kim.is_on_legal_hold());
    let written = String::from_utf8(bench.state[&bench.person_key()].clone()).unwrap();
    assert!(written.contains("legal_holds"), "and it is committed");
    assert!(remarks(&bench).is_empty());
}
