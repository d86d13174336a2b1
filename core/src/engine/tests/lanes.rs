//! A source whose name holds the day of an export is a new lane each day: what the old ones said must
//! not keep anything out.

use super::bench::Bench;
use super::identity::last_decision;
use crate::model::event::Event;
use jiff::SignedDuration;
use serde_json::json;

/// A day later the source of that day says it of Kim.
fn says(bench: &mut Bench, day: usize, kind: &str) -> &'static str {
    bench.wait(SignedDuration::from_hours(24));
    let data = json!({
        "worker": {"user_name": "kim@example.com", "badge": format!("{day}")},
        "profile": {"title": format!("Title {day} of Kim, which HR says anew with every export")},
        "legal_hold": false,
    });
    let event = bench.event_about("kim@example.com", kind, data);
    let source = format!("https://hr.example.com/export/{day:04}");
    bench.tell(Event { source, employment_id: Some("E-1".to_owned()), ..event });
    bench.commit_all();
    last_decision(bench).0
}

#[test]
fn termination_in_a_new_lane_has_room_after_years_of_lanes() {
    let mut bench = Bench::ready(&[]);
    for day in 0..500 {
        assert_eq!(says(&mut bench, day, "worker.hired"), "asserted", "day {day}");
    }
    assert_eq!(says(&mut bench, 500, "worker.terminated"), "asserted");
    let key = bench.person_key();
    assert!(bench.state[&key].len() < 24 * 1024, "{} bytes", bench.state[&key].len());
    assert_eq!(bench.seat().wish.active, Some(false));
}

#[test]
fn old_lanes_whose_words_are_replaced_bring_nothing_back_when_they_are_heard_again() {
    let mut bench = Bench::ready(&[]);
    let kinds = ["worker.terminated", "worker.termination.cancelled"];
    for day in 0..60 {
        says(&mut bench, day, kinds[day % 2]);
    }
    let stands = |bench: &Bench| {
        let kim = bench.shard.people().next().unwrap();
        let spans = kim.claims.iter().flat_map(|one| one.spans(&kim.claims));
        spans.filter(|span| span.is_in_force(bench.now)).count()
    };
    assert_eq!(stands(&bench), 0);
    assert_eq!(says(&mut bench, 60, "worker.terminated"), "asserted");
    assert_eq!(stands(&bench), 1);
    let old = bench.event_about("kim@example.com", "worker.termination.cancelled", json!({}));
    let time = bench.now - SignedDuration::from_hours(24 * 50);
    let source = "https://hr.example.com/export/0001".to_owned();
    bench.tell(Event { source, time, employment_id: Some("E-1".to_owned()), ..old });
    assert_eq!(stands(&bench), 1, "an old word lets nobody in");
}
