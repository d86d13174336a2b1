//! Sources whose numbers begin again.

use super::bench::Bench;
use crate::model::code::Code;
use crate::model::{AuditEntry, Decision, Event, Operation, Request};
use jiff::SignedDuration;
use serde_json::json;

fn numbered(bench: &Bench, kind: &str, number: u32) -> Event {
    let data = json!({ "worker": { "user_name": "kim@example.com" } });
    Event { sequence: Some(number.to_string()), ..bench.event_about("kim@example.com", kind, data) }
}

fn tell(bench: &mut Bench, kind: &str, number: u32) {
    let event = numbered(bench, kind, number);
    bench.tell(event);
    bench.commit_all();
}

/// Kim is employed, by an event with the number 10,500; a day has passed.
fn employed() -> Bench {
    let mut bench = Bench::ready(&["a-kim"]);
    tell(&mut bench, "worker.hired", 10_500);
    bench.settle(true, &["a-kim"]);
    bench.wait(SignedDuration::from_hours(24));
    bench.settle(true, &["a-kim"]);
    bench
}

/// The last decision, and the codes of what was remarked.
fn decided(bench: &Bench) -> (Decision, Vec<String>) {
    let of = |entry: &AuditEntry| match entry {
        AuditEntry::Decision(it) => {
            let codes = it.remarks.iter().map(|why| why.code.to_string()).collect();
            Some((it.decision.clone(), codes))
        }
        AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    };
    bench.audit.iter().filter_map(of).next_back().unwrap()
}

fn restarted() -> Vec<String> {
    vec!["sequence.restarted".to_owned()]
}

fn is_cut(bench: &Bench) -> bool {
    let cuts = |request: &Request| {
        matches!(request, Request::Write(Operation::Change { active: Some(false), .. }))
    };
    bench.calls.iter().any(|call| cuts(&call.request))
}

#[test]
fn termination_from_a_source_that_counts_anew_is_carried_out_and_told() {
    let mut bench = employed();
    tell(&mut bench, "worker.terminated", 3);
    assert_eq!(decided(&bench), (Decision::Asserted, restarted()));
    assert!(is_cut(&bench), "{:?}", bench.calls);
    let event = numbered(&bench, "worker.terminated", 4);
    bench.wait(SignedDuration::from_mins(1));
    bench.tell(event);
    bench.commit_all();
    assert_eq!(decided(&bench).1, restarted(), "each is told");
}

#[test]
fn what_gives_is_set_aside_while_the_numbers_contradict_the_times() {
    let mut bench = employed();
    tell(&mut bench, "worker.terminated", 10_501);
    bench.settle(false, &[]);
    bench.wait(SignedDuration::from_hours(24));
    tell(&mut bench, "worker.rehired", 1);
    let (Decision::Parked(why), _) = decided(&bench) else { panic!("{:?}", decided(&bench)) };
    assert_eq!(why.code, Code::SequenceRestarted);
    // Under another name the source is heard.
    let event = numbered(&bench, "worker.termination.cancelled", 1);
    bench.tell(Event { source: "hr-2".to_owned(), ..event });
    bench.commit_all();
    assert_eq!(decided(&bench), (Decision::Withdrew, Vec::new()));
}

#[test]
fn late_event_with_a_lower_number_is_stale_as_ever() {
    let mut bench = Bench::ready(&["a-kim"]);
    let late = numbered(&bench, "worker.terminated", 7);
    bench.wait(SignedDuration::from_hours(5));
    tell(&mut bench, "worker.terminated", 8);
    bench.tell(Event { id: "late".to_owned(), ..late });
    bench.commit_all();
    assert_eq!(decided(&bench), (Decision::Stale, Vec::new()));
    // A clock that is out by a little does not make it another story.
    let mut early = numbered(&bench, "worker.terminated", 6);
    early.time = bench.now.checked_add(SignedDuration::from_mins(4)).unwrap();
    bench.tell(early);
    bench.commit_all();
    assert_eq!(decided(&bench), (Decision::Stale, Vec::new()));
}

#[test]
fn cut_that_is_later_by_less_than_hours_is_for_somebody_to_look_at() {
    let mut bench = Bench::ready(&["a-kim"]);
    tell(&mut bench, "worker.hired", 10_500);
    bench.settle(true, &["a-kim"]);
    bench.wait(SignedDuration::from_mins(30));
    tell(&mut bench, "worker.terminated", 3);
    let (Decision::Parked(why), _) = decided(&bench) else { panic!("{:?}", decided(&bench)) };
    assert_eq!(why.code, Code::SequenceRestarted);
    tell(&mut bench, "worker.hired", 4);
    assert_eq!(decided(&bench), (Decision::Stale, Vec::new()), "it gives, and may just be late");
}

/// Its time is that of its record: it may be an old event that was sent again.
#[test]
fn cut_without_a_time_of_its_own_is_set_aside_and_not_lost_in_silence() {
    let mut bench = employed();
    let event = numbered(&bench, "worker.terminated", 3);
    bench.tell(Event { is_timed: false, ..event });
    bench.commit_all();
    let (Decision::Parked(why), _) = decided(&bench) else { panic!("{:?}", decided(&bench)) };
    assert_eq!(why.code, Code::SequenceRestarted);
    assert!(!is_cut(&bench));
}

#[test]
fn source_that_goes_on_after_its_highest_number_is_heard_again() {
    let mut bench = employed();
    tell(&mut bench, "worker.terminated", 3);
    bench.settle(false, &[]);
    bench.wait(SignedDuration::from_hours(3));
    tell(&mut bench, "worker.termination.cancelled", 10_501);
    assert_eq!(decided(&bench), (Decision::Withdrew, Vec::new()));
    assert_eq!(bench.shard.figures().dirty, 1, "Kim is let in again");
}
