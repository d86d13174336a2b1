//! Targets that show what was: a late call is found all the same.

use super::bench::Bench;
use super::peer::{Peer, fails, with_kim};
use crate::model::{Call, Landed, Operation, Outcome, Request, Verdict};
use jiff::SignedDuration;
use serde_json::json;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn opens(call: &Call) -> bool {
    matches!(call.request, Request::Write(Operation::Change { active: Some(true), .. }))
}

/// Kim is terminated again, just after an activation that has no answer; half a minute is left in
/// which that may land.
fn terminated_over_an_activation(peer: &mut Peer) -> Bench {
    let mut bench = with_kim(peer);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(peer, SECOND * 5);
    bench.event("worker.termination.cancelled", json!({}));
    bench.play(peer, SECOND, |call, _| {
        let no_answer = fails(Verdict::Retry { after: None }, Landed::Maybe, None);
        opens(call).then_some(no_answer)
    });
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(peer, SECOND * 270);
    assert_eq!(peer.kim().active, Some(false));
    bench
}

#[test]
fn a_call_that_lands_late_and_shows_late_is_found_though_the_reading_at_the_end_is_older() {
    let mut peer = Peer::with_kim();
    let mut bench = terminated_over_an_activation(&mut peer);
    let before = peer.clone();
    peer.kim().active = Some(true);
    // The late window ends meanwhile.
    bench.play(&mut peer, SECOND * 60, |call, _| {
        let is_read = !matches!(call.request, Request::Write(_));
        is_read.then(|| (Outcome::Done(before.clone().reply(&call.request)), Some(200)))
    });
    bench.play_honestly(&mut peer, SECOND * 90);
    assert_eq!(peer.kim().active, Some(false), "the activation is undone");
}

#[test]
fn a_call_in_doubt_is_read_three_times_and_then_no_more() {
    let mut peer = Peer::with_kim();
    let mut bench = terminated_over_an_activation(&mut peer);
    let mut reads = 0;
    bench.play(&mut peer, SECOND * 600, |call, _| {
        reads += u32::from(matches!(call.request, Request::ReadAccount { .. }));
        None
    });
    assert_eq!(reads, 2, "at the end of the window, and when it must show");
    assert!(bench.shard.unsettled().is_empty());
}
