use crate::engine::deeds::calls::{has_written, keep};
use crate::engine::state::{CALLS_KEPT, Seat};
use crate::model::call_record::{Action, CallOutcome, CallRecord};
use jiff::Timestamp;

/// Whether anything was done decides between `applied` and `already_so`.
#[test]
fn what_was_done_before_a_long_outage_is_not_forgotten() {
    let now = Timestamp::UNIX_EPOCH;
    let call = |outcome| CallRecord {
        action: Action::Deactivate,
        account: None,
        touched: Vec::new(),
        cleared: Vec::new(),
        status: None,
        latency_ms: 0,
        outcome,
        at: now,
        for_revision: None,
    };
    let mut seat = Seat::new(now);
    keep(&mut seat, call(CallOutcome::Done));
    for _ in 0..3 * CALLS_KEPT {
        keep(&mut seat, call(CallOutcome::Failed("HTTP 503".to_owned())));
    }
    assert_eq!(seat.calls.len(), CALLS_KEPT);
    assert!(has_written(&seat));
}
