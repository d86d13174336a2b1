//! A clearance ends the detection that it names, and says so when there is none.

use super::bench::Bench;
use super::identity::remarks;
use crate::model::event::Event;
use jiff::SignedDuration;
use serde_json::json;

/// A detection is raised or cleared under this id; gives the remarks.
fn risk(bench: &mut Bench, kind: &str, (source, id): (&str, &str)) -> Vec<String> {
    bench.wait(SignedDuration::from_mins(1));
    let event = bench.event_about("kim", kind, json!({"worker": {"user_name": "kim"}}));
    bench.tell(Event { source: source.to_owned(), detection_id: Some(id.to_owned()), ..event });
    bench.commit_all();
    let of_detections = |code: &String| code.starts_with("detection.");
    remarks(bench).into_iter().filter(of_detections).collect()
}

#[test]
fn clearing_a_detection_that_was_never_raised_is_remarked_while_another_goes_on() {
    let never_raised = ["detection.unknown"];
    let mut bench = Bench::ready(&[]);
    bench.event("worker.hired", json!({"worker": {"user_name": "kim"}}));
    assert!(risk(&mut bench, "risk.cleared", ("xdr", "d-0")).is_empty(), "none goes on");
    assert!(risk(&mut bench, "risk.raised", ("xdr", "d-1")).is_empty());
    assert!(risk(&mut bench, "risk.cleared", ("other", "d-2")).is_empty(), "not its own");
    assert_eq!(risk(&mut bench, "risk.cleared", ("xdr", "D-1")), never_raised);
    // Both are real, and one of them goes on.
    risk(&mut bench, "risk.raised", ("xdr", "d-3"));
    assert!(risk(&mut bench, "risk.cleared", ("xdr", "d-3")).is_empty());
    assert!(risk(&mut bench, "risk.cleared", ("xdr", "d-3")).is_empty(), "said twice");
    assert!(risk(&mut bench, "risk.cleared", ("xdr", "d-1")).is_empty());
}
