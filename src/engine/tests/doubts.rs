//! What may still land is not known by what was read before.

use super::bench::Bench;
use super::peer::{Peer, fails, refused, with_kim};
use crate::engine::settings::Quota;
use crate::model::decision::NoteWord;
use crate::model::{
    AttributeName, AuditEntry, Call, Landed, Operation, Request, ResultWord, Verdict,
};
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

/// The account is gone when the last reading after its creation is due, and no look-up is answered: what
/// was cut may have another id by now.
#[test]
fn a_leaver_at_rest_whose_creation_in_doubt_nobody_can_read_after_has_a_row() {
    let mut peer = Peer::with_kim();
    peer.accounts.clear();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.event("worker.hired", json!({ "worker": { "user_name": "kim@example.com" } }));
    bench.play(&mut peer, SECOND * 30, |call, peer| {
        let creates = matches!(call.request, Request::Write(Operation::Create { .. }));
        creates.then(|| {
            peer.reply(&call.request);
            fails(Verdict::Retry { after: None }, Landed::Maybe, None)
        })
    });
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SECOND * 330);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    peer.accounts.clear();
    let mut looks = 0;
    bench.play(&mut peer, SECOND * 240, |call, _| {
        let Request::FindAccounts { attribute, .. } = &call.request else { return None };
        looks += 1;
        (*attribute == AttributeName::USER_NAME).then(refused)
    });
    assert!(looks > 0, "the last reading was due meanwhile");
    let AuditEntry::Note(note) = bench.audit.last().unwrap() else { panic!("{:?}", bench.audit) };
    assert_eq!((note.word, note.why.code.as_str()), (NoteWord::Unverified, "account.unproved"));
}
