//! Two writers at one target: no war, and nobody is left in for it.

use super::bench::Bench;
use super::peer::{Peer, with_kim};
use crate::engine::deeds::contests;
use crate::engine::state::Seat;
use crate::model::account::{Changed, ChangedBy};
use crate::model::code::Code;
use crate::model::decision::NoteWord;
use crate::model::wish::Facet;
use crate::model::{Field, GroupName, GroupRef, Operation, Request, ScimId, Value};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const TWO_DAYS: i64 = 2 * 24 * 60;
const KIM: &str = "a-kim@example.com";

/// Lets minutes pass while somebody else changes things every 40 of them. Gives the minutes of writing calls.
fn play(
    bench: &mut Bench,
    peer: &mut Peer,
    minutes: i64,
    mut other: impl FnMut(&mut Peer),
) -> Vec<i64> {
    let mut written = Vec::new();
    for minute in 1..=minutes {
        bench.wait(MINUTE);
        if minute % 40 == 0 {
            other(peer);
        }
        bench.commit_all();
        while let Some(call) = bench.calls.first().cloned() {
            if matches!(call.request, Request::Write(_) | Request::AddMembers { .. }) {
                written.push(minute);
            }
            let reply = peer.reply(&call.request);
            bench.done(&call, reply);
            bench.commit_all();
        }
    }
    written
}

fn throws_out(peer: &mut Peer) {
    peer.members("VPN").remove(&ScimId::new(KIM));
}

fn lets_in(peer: &mut Peer) {
    peer.members("VPN").insert(ScimId::new(KIM));
}

fn contested(bench: &Bench) -> usize {
    let notes = bench.notes(NoteWord::Contested);
    assert!(notes.iter().all(|note| note.why.code == Code::ValueContested));
    assert!(notes.iter().all(|note| note.why.text.contains("group VPN")));
    notes.len()
}

/// Hazard 31.
#[test]
fn what_another_writer_reverts_every_40_minutes_is_given_hourly_after_three_times() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    let written = play(&mut bench, &mut peer, TWO_DAYS, throws_out);
    assert_eq!(written.len(), 2 + 46, "twice at once, then hourly: {written:?}");
    let pauses: Vec<i64> = written.windows(2).map(|two| two[1] - two[0]).collect();
    assert!((40..60).contains(&pauses[0]) && (55..=60).contains(&pauses[1]), "{pauses:?}");
    assert!(pauses[2..].iter().all(|pause| *pause == 60), "{pauses:?}");
    assert_eq!(contested(&bench), 1, "it is told once");
    assert_eq!(bench.seat().contested(bench.now).count(), 1);
}

#[test]
fn whoever_is_let_in_again_and_again_is_taken_out_on_sight() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    play(&mut bench, &mut peer, 5, |_| {});
    assert!(!peer.is_in("VPN", "kim@example.com"));
    let written = play(&mut bench, &mut peer, TWO_DAYS, lets_in);
    let times = TWO_DAYS / 40;
    let seen = i64::try_from(written.len()).unwrap();
    assert!((times - 1..=times).contains(&seen), "{seen} of {times}: {written:?}");
    assert!(written.iter().all(|minute| minute % 40 <= 10), "on sight: {written:?}");
    assert_eq!(contested(&bench), 1);
}

#[test]
fn a_day_of_peace_ends_it_and_so_does_another_wish() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    play(&mut bench, &mut peer, 4 * 60, throws_out);
    assert_eq!(bench.seat().contested(bench.now).count(), 1);
    // Quarantined and cleared: that is security's word, not a correction.
    bench.event("risk.raised", json!({}));
    play(&mut bench, &mut peer, 5, |_| {});
    bench.event("risk.cleared", json!({}));
    play(&mut bench, &mut peer, 5, |_| {});
    assert!(peer.is_in("VPN", "kim@example.com"));
    assert_eq!(bench.seat().contested(bench.now).count(), 0);
    // Contested again; and then nobody changes anything for a day.
    play(&mut bench, &mut peer, 4 * 60, throws_out);
    assert_eq!(contested(&bench), 2);
    play(&mut bench, &mut peer, 25 * 60, |_| {});
    assert_eq!(bench.seat().contested(bench.now).count(), 0);
    throws_out(&mut peer);
    let written = play(&mut bench, &mut peer, 30, |_| {});
    assert!(matches!(written.as_slice(), [minute] if *minute <= 11), "{written:?}");
    assert_eq!(contested(&bench), 2);
}

/// A new owner goes on with it.
#[test]
fn a_contest_is_kept_over_a_takeover() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    let before = play(&mut bench, &mut peer, 130, throws_out);
    assert_eq!((before.len(), contested(&bench)), (2, 1));
    let mut bench = bench.next_owner();
    let written = play(&mut bench, &mut peer, 60, |_| {});
    assert_eq!(written.len(), 1);
    assert!(written[0] > 5, "{written:?}");
}

#[test]
fn cuts_pause_for_five_minutes_at_most_and_facets_are_capped() {
    let account = ScimId::new(KIM);
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    let group = GroupRef { name: GroupName::new("VPN"), id: ScimId::new("g-VPN") };
    let cut = Operation::RemoveMember { account: account.clone(), group };
    let mut now = Timestamp::UNIX_EPOCH;
    let mut pauses = Vec::new();
    for _ in 0..12 {
        contests::found(&mut seat, std::slice::from_ref(&cut), &BTreeSet::new(), now);
        let due = contests::pause(&seat, &cut, now).unwrap_or(now);
        pauses.push(due.duration_since(now).as_secs());
        now = due;
    }
    assert_eq!(pauses, [0, 0, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300]);
    for key in 0..40 {
        let name = crate::model::AttributeName::custom(&format!("k{key}")).unwrap();
        let attributes = BTreeMap::from([(name, Field::Set(Value::Text("x".to_owned())))]);
        let change = Operation::Change { account: account.clone(), active: None, attributes };
        contests::found(&mut seat, &[change], &BTreeSet::new(), now);
    }
    assert_eq!(seat.contests.len(), 16);
}

/// Whoever looks for the other writer is told what the target tells, and no name of a person.
#[test]
fn who_the_other_writer_is_is_told_as_far_as_the_target_shows_it() {
    let at = "2026-09-01T09:00:00Z".parse().unwrap();
    let shown = |by: &str| Some(Changed { at: Some(at), by: ChangedBy::named(by) });
    let of = |changed: Option<Changed>| {
        let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
        seat.drive.changed = changed.map(Box::new);
        (
            contests::why(&seat, &[Facet::Active]).text,
            contests::why(&seat, &[Facet::Group(GroupName::new("VPN"))]).text,
        )
    };
    let (account, group) = of(shown("okta-provisioning"));
    assert!(
        account.contains("`okta-provisioning` changed the account last, at 2026-09-01T09:00:00Z"),
        "{account}"
    );
    assert!(group.contains("(the target does not show who)"), "{group}");
    for name in ["ada@example.com", "Ada Byron"] {
        let (account, _) = of(shown(name));
        assert!(!account.contains("Ada") && !account.contains("ada"), "{account}");
        assert!(account.contains("look there"), "{account}");
    }
    let (account, _) = of(Some(Changed { at: Some(at), by: None }));
    assert!(
        account.contains("changed last at 2026-09-01T09:00:00Z, and does not show by whom"),
        "{account}"
    );
    assert!(of(None).0.contains("(the target does not show who)"));
}
