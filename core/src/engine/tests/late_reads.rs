//! Targets that show what was: a late call is found all the same.

use super::bench::Bench;
use super::obeying::{holds, order};
use super::peer::{Peer, fails, with_kim};
use super::words::{is_cut, is_opening, is_write};
use crate::command::tests::court::ANN;
use crate::engine::brakes::limits::Limits;
use crate::model::{Call, Landed, Outcome, Request, ResultWord, Verdict};
use jiff::SignedDuration;
use serde_json::json;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn opens(call: &Call) -> bool {
    is_opening(call)
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
        let is_read = !is_write(call);
        is_read.then(|| (Outcome::Done(before.clone().reply(&call.request)), Some(200)))
    });
    bench.play_honestly(&mut peer, SECOND * 90);
    assert_eq!(peer.kim().active, Some(false), "the activation is undone");
}

/// It may land at any time in its window, and is not waited for until that ends.
#[test]
fn a_leaver_who_is_let_in_by_a_late_call_is_cut_within_seconds() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SECOND * 5);
    bench.event("worker.termination.cancelled", json!({}));
    bench.play(&mut peer, SECOND, |call, _| {
        let no_answer = fails(Verdict::Retry { after: None }, Landed::Maybe, None);
        opens(call).then_some(no_answer)
    });
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SECOND * 3);
    peer.kim().active = Some(true);
    let mut reads = 0;
    bench.play(&mut peer, SECOND * 10, |call, _| {
        reads += u32::from(matches!(call.request, Request::ReadAccount { .. }));
        None
    });
    assert_eq!(peer.kim().active, Some(false));
    bench.play(&mut peer, SECOND * 250, |call, _| {
        reads += u32::from(matches!(call.request, Request::ReadAccount { .. }));
        None
    });
    assert!(reads <= 8, "at growing distances: {reads}");
}

/// Nobody looks at who is at rest; a word that takes access is a reason to.
#[test]
fn who_was_let_in_by_hand_is_cut_when_they_are_said_to_be_cut_once_more() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SignedDuration::from_hours(1));
    peer.kim().active = Some(true);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SECOND * 5);
    assert_eq!(peer.kim().active, Some(false));
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

/// The cut is answered when its revision is over; what would undo it is refused, and what is read just
/// then is older than both.
#[test]
fn a_yes_to_what_is_asked_for_no_more_is_read_after_when_it_must_show() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    let before = peer.clone();
    bench.event("worker.terminated", json!({}));
    let cut = bench.called();
    assert!(is_cut(&cut));
    bench.wait(SECOND / 10);
    bench.event("worker.termination.cancelled", json!({}));
    bench.commit_all();
    let yes = peer.reply(&cut.request);
    bench.done(&cut, yes);
    bench.play(&mut peer, SECOND * 30, |call, _| {
        if opens(call) {
            return Some(fails(Verdict::Retry { after: None }, Landed::No, Some(503)));
        }
        let is_read = !is_write(call);
        is_read.then(|| (Outcome::Done(before.clone().reply(&call.request)), Some(200)))
    });
    assert_eq!(peer.kim().active, Some(false));
    assert_eq!(bench.last_result().word, ResultWord::Applied, "as far as anybody can see");
    bench.play_honestly(&mut peer, SECOND * 300);
    assert_eq!(peer.kim().active, Some(true), "what was before is given back");
    assert!(bench.last_result().verified);
}

/// What the target has said yes to shows late, and meanwhile a pause keeps it from being said again.
#[test]
fn a_row_for_what_was_done_before_the_pause_ends_when_that_shows() {
    let (mut peer, mut bench) = (Peer::with_kim(), Bench::limited(&Limits::default()));
    let before = peer.clone();
    bench.event("worker.terminated", json!({}));
    let shows_late = |call: &Call| {
        (!is_write(call)).then(|| (Outcome::Done(before.clone().reply(&call.request)), Some(200)))
    };
    bench.play(&mut peer, SECOND * 3, |call, _| shows_late(call));
    assert_eq!(peer.kim().active, Some(false));
    order(&mut bench, ANN, "pause", &json!({ "scope": "tenant" }));
    bench.play(&mut peer, SECOND * 20, |call, _| shows_late(call));
    assert_eq!(holds(&bench).len(), 2, "to be inactive, and out of the group");
    bench.play_honestly(&mut peer, SECOND * 70);
    assert!(holds(&bench).is_empty(), "{:?}", holds(&bench));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}
