//! What may still land is not known by what was read before.

use super::bench::Bench;
use super::identity::{NAME, NUMBER, named, tell};
use super::peer::{Peer, fails, refused, with_kim};
use super::words::{is_creation, is_cut};
use crate::engine::deeds::doubts;
use crate::engine::deeds::groups::GroupId;
use crate::engine::settings::Quota;
use crate::engine::state::Seat;
use crate::model::decision::NoteWord;
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::GroupRef;
use crate::model::{
    AttributeName, AuditEntry, Call, Landed, Operation, Outcome, Reply, Request, ResultWord,
    Verdict,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

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
    bench.hire("kim@example.com");
    bench.play(&mut peer, SECOND * 30, |call, peer| {
        let creates = is_creation(call);
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

#[test]
fn what_a_call_has_done_in_a_group_that_is_not_found_by_its_name_alone_is_unseen() {
    for id in [GroupId::Missing, GroupId::Ambiguous] {
        let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
        let name = GroupName::new("VPN");
        let mut groups = BTreeMap::new();
        let group = GroupRef { name: name.clone(), id: ScimId::new("g") };
        let account = ScimId::new("a-kim");
        let removal = Operation::RemoveMember { account, group };
        doubts::doubt(&mut seat, &mut groups, removal, Timestamp::UNIX_EPOCH, SECOND * 60);
        groups.get_mut(&name).unwrap().id = id.clone();
        doubts::arm(&mut seat, Timestamp::UNIX_EPOCH, 1);
        assert!(doubts::clear(&mut seat, &groups));
        assert!(seat.unanswered[0].unseen, "{id:?}");
        assert!(doubts::unseen_until(&seat).is_some(), "{id:?}: nothing is given meanwhile");
    }
}

#[test]
fn the_row_of_whoever_is_held_names_a_group_in_which_nothing_could_be_done() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    tell(&mut bench, "worker.hired", &[(NUMBER, "1"), (NAME, "kim@example.com")]);
    bench.play_honestly(&mut peer, SECOND * 5);
    tell(&mut bench, "worker.hired", &[(NUMBER, "2"), (NAME, "kim@example.com")]);
    let twice = |call: &Call, _: &mut Peer| {
        let Request::FindGroups { name } = &call.request else { return None };
        let group = |id: &str| GroupRef { name: name.clone(), id: ScimId::new(id) };
        let both = vec![group("g-1"), group("g-2")];
        (name.as_str() == "VPN").then_some((Outcome::Done(Reply::Groups(both)), Some(200)))
    };
    bench.own_again_with(Quota::per_second(20.0));
    tell(&mut bench, "risk.raised", &[(NUMBER, "1")]);
    let event =
        bench.event_about("nobody", "worker.updated", json!({"profile": {"title": "Lead"}}));
    bench.tell(named(event, &[(NUMBER, "1")]));
    bench.play(&mut peer, SECOND * 30, twice);
    let rows = bench.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Note(note) if note.word == NoteWord::Held => Some(note.why.text.as_str()),
        AuditEntry::Note(_)
        | AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    });
    let rows: Vec<&str> = rows.collect();
    assert!(rows.iter().any(|row| row.contains("several groups `VPN`")), "{rows:?}");
}
