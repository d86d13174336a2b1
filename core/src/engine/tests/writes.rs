//! Writes that fail, show late, never show, or are refused in part.

use super::bench::Bench;
use super::peer::{Peer, broken, fails, refused, sets, why, with_kim};
use super::words::{is_addition, is_creation, is_cut, is_removal, is_write};
use crate::engine::settings::Quota;
use crate::model::ids::ScimId;
use crate::model::operation::Operation;
use crate::model::{
    Action, AuditEntry, Call, Landed, Outcome, Reply, Request, ResultWord, Verdict,
};
use jiff::SignedDuration;
use serde_json::json;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn writes_that_fail_while_reads_work_are_made_at_most_fifteen_times_a_minute() {
    for status in [Some(500), Some(504), None] {
        let mut peer = Peer::with_kim();
        let mut bench = with_kim(&mut peer);
        bench.event("worker.terminated", json!({}));
        let (mut writes, mut reads) = (0, 0);
        bench.play(&mut peer, MINUTE, |call, _| {
            writes += u32::from(is_write(call));
            reads += u32::from(!is_write(call));
            let failed = fails(Verdict::Retry { after: None }, Landed::Maybe, status);
            is_write(call).then_some(failed)
        });
        assert!((6..=15).contains(&writes), "{status:?}: {writes} writes");
        assert!(reads <= 40, "{status:?}: {reads} reads");
        bench.play_honestly(&mut peer, MINUTE);
        assert_eq!(bench.last_result().word, ResultWord::Applied, "{:?}", bench.last_result());
        assert!(bench.last_result().verified);
        assert_eq!(peer.kim().active, Some(false));
    }
}

#[test]
fn a_leaver_is_cut_as_fast_beside_somebody_whose_writes_fail() {
    let mut peer = Peer::with_kim();
    peer.has("ada@example.com");
    let mut bench = with_kim(&mut peer);
    bench.hire("ada@example.com");
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    bench.event("worker.terminated", json!({}));
    let kim = ScimId::new("a-kim@example.com");
    let is_kims = |call: &Call| {
        matches!(&call.request, Request::Write(
            Operation::Change { account, .. } | Operation::RemoveMember { account, .. },
        ) if *account == kim)
    };
    bench.play(&mut peer, SignedDuration::from_secs(10), |call, _| is_kims(call).then(broken));
    bench.event_of("ada@example.com", "worker.terminated", json!({}));
    let began = bench.now;
    let mut cut_at = None;
    bench.play(&mut peer, SignedDuration::from_secs(5), |call, _| {
        if is_kims(call) {
            return Some(broken());
        }
        if is_cut(call) {
            cut_at.get_or_insert(call.not_after);
        }
        None
    });
    let lease = SignedDuration::from_secs(2);
    let waited = cut_at.unwrap().duration_since(began) - lease;
    assert!(waited <= SignedDuration::from_millis(300), "{waited}");
}

#[test]
fn the_pauses_of_a_write_that_fails_go_on_over_takeovers_and_new_events() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    bench.play(&mut peer, MINUTE, |call, _| is_write(call).then(broken));
    let mut writes = 0;
    for _ in 0..5 {
        let mut next = bench.next_owner();
        next.event("worker.terminated", json!({}));
        next.play(&mut peer, SignedDuration::from_secs(3), |call, _| {
            writes += u32::from(is_write(call));
            is_write(call).then(broken)
        });
        bench = next;
    }
    assert!(writes <= 4, "{writes} writes in 15 seconds, after a minute of failures");
}

type Is<'a> = &'a dyn Fn(&Call) -> bool;

#[test]
fn what_is_refused_pauses_as_what_fails_however_many_events_come() {
    let is_of_a_group = |call: &Call| is_removal(call) || is_addition(call);
    let cases: [(&str, Is<'_>, bool, u32); 3] = [
        ("a cut", &is_cut, true, 10),
        ("a group", &is_of_a_group, true, 10),
        // A refused creation is tried with less and less, which costs no pause.
        ("a creation", &is_creation, false, 10 * 6),
    ];
    for (what, is_it, is_there, most) in cases {
        let mut peer = Peer::with_kim();
        let mut bench = if is_there {
            with_kim(&mut peer)
        } else {
            peer.accounts.clear();
            Bench::with_quota(Quota::per_second(20.0))
        };
        let mut writes = 0;
        for second in 0..60 {
            let worker = json!({ "user_name": "kim@example.com" });
            let profile = json!({ "title": format!("Lead {second}") });
            let kind = match (second, is_there) {
                (0, true) => "worker.terminated",
                (0, false) => "worker.hired",
                _ => "worker.updated",
            };
            bench.event(kind, json!({ "worker": worker, "profile": profile }));
            bench.play(&mut peer, SignedDuration::from_secs(1), |call, _| {
                writes += u32::from(is_it(call));
                is_it(call).then(refused)
            });
        }
        assert!((3..=most).contains(&writes), "{what}: {writes} writes in a minute");
        bench.play(&mut peer, SignedDuration::from_mins(2), |call, _| is_it(call).then(refused));
        assert_eq!(bench.last_result().word, ResultWord::Failed, "{what}");
        assert_eq!(why(&bench).0, "target.refuses", "{what}");
    }
}

#[test]
fn a_cut_without_an_answer_is_made_again_at_once_and_read_after() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    let mut calls = Vec::new();
    let began = bench.now;
    bench.play(&mut peer, SignedDuration::from_secs(5), |call, _| {
        calls.push((is_cut(call), call.not_after));
        let first = calls.len() == 1;
        let closed = fails(Verdict::Retry { after: None }, Landed::Maybe, None);
        first.then_some(closed)
    });
    let cuts: Vec<_> = calls.iter().take(2).map(|(is_cut, _)| *is_cut).collect();
    assert_eq!(cuts, [true, true], "{calls:?}");
    let waited = calls[1].1.duration_since(began) - SignedDuration::from_secs(2);
    assert!(waited <= SignedDuration::from_millis(100), "{waited}");
    assert!(bench.last_result().verified);
}

#[test]
fn a_change_that_shows_after_twenty_seconds_is_applied_and_was_never_failed() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    let shows_at = bench.now.checked_add(SignedDuration::from_secs(20)).unwrap();
    let before = peer.clone();
    let (mut cuts, mut reads) = (0, 0);
    let mut now = bench.now;
    for _ in 0..90 {
        bench.play(&mut peer, SignedDuration::from_secs(1), |call, _| {
            cuts += u32::from(is_cut(call));
            if is_write(call) || now >= shows_at {
                return None;
            }
            reads += 1;
            Some((Outcome::Done(before.clone().reply(&call.request)), Some(200)))
        });
        now = bench.now;
    }
    let words: Vec<_> = bench.results().into_iter().map(|(_, word)| word).collect();
    assert_eq!(words[1..], [ResultWord::Applied], "{:?}", bench.audit.last());
    assert!(bench.last_result().verified);
    assert!(cuts <= 6 && reads <= 20, "{cuts} cuts, {reads} reads");
}

#[test]
fn a_change_that_is_never_done_is_failed_within_two_minutes_and_keeps_nobody_out_of_groups() {
    let mut peer = Peer::with_kim();
    peer.members("VPN").clear();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    let worker = json!({ "user_name": "kim@example.com" });
    bench.event("worker.hired", json!({ "worker": worker, "profile": { "title": "Lead" } }));
    let ignores_title = |call: &Call, _: &mut Peer| {
        let is_title = sets(call).contains(&"title".to_owned());
        is_title.then_some((Outcome::Done(Reply::Changed), Some(204)))
    };
    let mut writes = 0;
    bench.play(&mut peer, SignedDuration::from_secs(10), |call, peer| {
        writes += u32::from(is_write(call));
        ignores_title(call, peer)
    });
    assert!(peer.is_in("VPN", "kim@example.com"), "access first");
    assert!(bench.results().is_empty(), "it is looked at for a minute at least");
    bench.play(&mut peer, SignedDuration::from_secs(110), ignores_title);
    assert_eq!(why(&bench).0, "change.does_not_stick");
    assert!(!bench.last_result().verified);
}

#[test]
fn a_409_to_a_cut_is_tried_again_at_once_and_then_with_growing_pauses() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    let mut cuts = Vec::new();
    bench.play(&mut peer, MINUTE, |call, _| {
        if is_cut(call) {
            cuts.push(call.not_after);
        }
        let conflict = fails(Verdict::Again, Landed::No, Some(409));
        (is_cut(call) && cuts.len() <= 5).then_some(conflict)
    });
    assert_eq!(cuts.len(), 6);
    let pauses: Vec<_> = cuts.windows(2).map(|two| two[1].duration_since(two[0])).collect();
    assert!(pauses[0] <= SignedDuration::from_millis(200), "{pauses:?}");
    assert!(pauses[4] > pauses[2], "{pauses:?}");
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn full_seats_hold_up_no_leaver_and_hires_follow_within_a_minute_of_a_free_one() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    let full = |call: &Call, _: &mut Peer| {
        let full = fails(Verdict::Again, Landed::No, Some(403));
        is_creation(call).then_some(full)
    };
    for number in 0..30 {
        let name = format!("new{number}@example.com");
        bench.hire(&name);
    }
    let mut tried = 0;
    for _ in 0..5 {
        bench.play(&mut peer, MINUTE, |call, peer| {
            tried += u32::from(is_creation(call));
            full(call, peer)
        });
    }
    assert!(tried <= 200, "{tried} creations in five minutes without a seat");
    bench.event("worker.terminated", json!({}));
    let began = bench.now;
    let mut cut_at = None;
    bench.play(&mut peer, SignedDuration::from_secs(3), |call, peer| {
        if is_cut(call) {
            cut_at.get_or_insert(call.not_after);
        }
        full(call, peer)
    });
    let waited = cut_at.unwrap().duration_since(began) - SignedDuration::from_secs(2);
    assert!(waited <= SignedDuration::from_millis(300), "{waited}");
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(peer.accounts.len(), 31);
}

#[test]
fn what_an_answer_shows_verifies_nothing() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.updated", json!({ "profile": { "title": "Lead" } }));
    let mut order = Vec::new();
    bench.play(&mut peer, SignedDuration::from_secs(5), |call, peer| {
        order.push(is_write(call));
        // The whole account comes back with the change.
        is_write(call).then(|| {
            peer.reply(&call.request);
            (Outcome::Done(Reply::Account(peer.kim().clone())), Some(200))
        })
    });
    assert_eq!(order, [false, true, false], "it is read before and after it was written");
    assert!(bench.last_result().verified);
}

#[test]
fn what_an_owner_wrote_ahead_for_an_earlier_revision_is_no_call_of_the_current_one() {
    let mut peer = Peer::with_kim();
    peer.accounts.clear();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.hire("kim@example.com");
    while !bench.calls.iter().any(is_write) {
        bench.commit_all();
        if let Some(call) = bench.calls.iter().find(|call| !is_write(call)).cloned() {
            let reply = peer.reply(&call.request);
            bench.done(&call, reply);
        } else {
            bench.wait(SignedDuration::from_millis(50));
        }
    }
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let mut next = bench.next_owner();
    next.play_honestly(&mut peer, SignedDuration::from_hours(30));
    let made = next.audit.iter().any(|entry| {
        matches!(entry, AuditEntry::Result(result)
            if result.calls.iter().any(|call| call.action == Action::Create))
    });
    assert!(!made, "{:#?}", next.audit);
}

#[test]
fn many_cuts_go_at_the_full_quota_and_are_looked_at_after() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::with_quota(Quota::per_second(100_000.0));
    let names: Vec<String> = (0..40).map(|number| format!("p{number}@example.com")).collect();
    for name in &names {
        peer.has(name);
        bench.hire(name);
    }
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    bench.own_again_with(Quota::per_second(4.0));
    bench.play_honestly(&mut peer, SignedDuration::from_secs(5));
    for name in &names {
        bench.event_of(name, "risk.raised", json!({}));
    }
    let mut looks_before = 0;
    let mut cuts = 0;
    bench.play(&mut peer, SignedDuration::from_secs(30), |call, _| {
        cuts += u32::from(is_write(call));
        looks_before += u32::from(!is_write(call) && cuts < 80);
        None
    });
    assert_eq!(cuts, 80, "two for each, four a second");
    assert!(looks_before <= 4, "{looks_before} looks before the last cut");
}

#[test]
fn a_change_that_is_taken_in_has_the_late_window_to_show() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    let mut cuts = 0;
    bench.play(&mut peer, MINUTE * 4, |call, _| {
        cuts += u32::from(is_cut(call));
        is_cut(call).then_some((Outcome::Done(Reply::Accepted), Some(202)))
    });
    assert_eq!(cuts, 1, "it is on its way");
    assert_eq!(bench.results().len(), 1, "nothing is said of it yet");
    peer.kim().active = Some(false);
    bench.play_honestly(&mut peer, MINUTE);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn the_pauses_of_an_owner_whose_clock_was_ahead_keep_nobody_waiting() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    bench.event("worker.terminated", json!({}));
    bench.play(&mut peer, MINUTE, |call, _| is_write(call).then(broken));
    let behind = bench.now.checked_sub(SignedDuration::from_hours(2)).unwrap();
    let mut next = bench.next_owner_at(behind);
    next.play_honestly(&mut peer, MINUTE);
    assert_eq!(peer.kim().active, Some(false));
}

#[test]
fn what_shows_late_in_a_group_that_nobody_can_read_by_then_is_a_row_and_is_put_right_later() {
    let mut peer = Peer::with_kim();
    let mut bench = with_kim(&mut peer);
    let of_quarantine = |call: &Call| {
        matches!(
            &call.request,
            Request::Write(Operation::AddMember { group, .. }) | Request::ReadMembers { group }
                if group.name.as_str() == "Quarantine"
        )
    };
    // The addition is answered, and done when nobody asks for it any more.
    bench.event("risk.raised", json!({}));
    bench.play(&mut peer, MINUTE / 20, |call, _| {
        let adds = of_quarantine(call) && is_write(call);
        adds.then_some((Outcome::Done(Reply::Changed), Some(200)))
    });
    bench.event("risk.cleared", json!({}));
    // The reading at the end of the late window shows nothing yet; the last one is still owed.
    bench.play_honestly(&mut peer, MINUTE * 6);
    assert!(peer.is_in("VPN", "kim@example.com"));
    assert_eq!(bench.results().last().map(|(revision, _)| *revision), Some(3));
    peer.members("Quarantine").insert(ScimId::new("a-kim@example.com"));
    bench.play(&mut peer, MINUTE * 8, |call, _| of_quarantine(call).then(refused));
    assert_eq!(why(&bench).0, "group.unreadable");
    bench.play_honestly(&mut peer, MINUTE * 25);
    assert!(!peer.is_in("Quarantine", "kim@example.com"));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}
