//! What may still land is not known by what was read before.

use super::peer::{Peer, fails, with_kim};
use crate::model::{Call, Landed, Operation, Request, ResultWord, Verdict};
use jiff::SignedDuration;
use serde_json::json;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn is_cut(call: &Call) -> bool {
    matches!(call.request, Request::Write(Operation::Change { active: Some(false), .. }))
}

#[test]
fn nothing_is_called_applied_on_what_was_read_before_a_call_that_may_still_land() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    let mut cuts = 0;
    bench.play(&mut peer, SECOND * 10, |call, _| {
        cuts += u32::from(is_cut(call));
        let is_lost = is_cut(call) && cuts == 1;
        is_lost.then(|| fails(Verdict::Retry { after: None }, Landed::Maybe, None))
    });
    bench.event("worker.termination.cancelled", json!({}));
    bench.play_honestly(&mut peer, SECOND * 10);
    assert_eq!(peer.kim().active, Some(true));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    // The first cut lands after all, long before the end of its late window.
    peer.kim().active = Some(false);
    bench.event("risk.raised", json!({}));
    bench.play_honestly(&mut peer, SECOND * 10);
    assert!(peer.is_in("Quarantine", "kim@example.com"));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert!(bench.last_result().verified);
    assert_eq!(peer.kim().active, Some(true), "the next revision has looked");
}
