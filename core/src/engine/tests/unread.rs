//! Groups that cannot be read.

use super::bench::Bench;
use super::groups::{SECOND, found, hired, why};
use super::peer::{Instead, Peer, fails, refused};
use super::words::{is_addition, is_removal, lists};
use crate::engine::settings::Quota;
use crate::model::ids::{GroupName, ScimId};
use crate::model::{Call, Landed, Outcome, Reply, Request, ResultWord, Verdict};
use jiff::SignedDuration;
use serde_json::json;

/// Refuses `VPN` to be read.
fn unreadable(call: &Call, _: &mut Peer) -> Instead {
    lists(call, "VPN").then(refused)
}

/// `VPN` is not there by its id.
fn gone(call: &Call, _: &mut Peer) -> Instead {
    lists(call, "VPN").then_some((Outcome::Done(Reply::Gone), Some(404)))
}

#[test]
fn who_is_to_be_out_of_a_group_that_cannot_be_read_is_taken_out_and_not_said_to_be_verified() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, unreadable);
    bench.event("worker.terminated", json!({}));
    let mut removals = 0;
    bench.play(&mut peer, SECOND * 10, |call, peer| {
        removals += u32::from(is_removal(call));
        unreadable(call, peer)
    });
    assert_eq!(removals, 1, "asked for, once");
    assert!(!peer.is_in("VPN", "kim@example.com"));
    assert_eq!(bench.last_result().word, ResultWord::Failed);
    assert_eq!(why(&bench), "group.unreadable");
    assert!(!bench.last_result().verified);
    let mut reads = 0;
    bench.play(&mut peer, SignedDuration::from_hours(3), |call, peer| {
        reads += u32::from(matches!(call.request, Request::ReadMembers { .. }));
        unreadable(call, peer)
    });
    assert!(reads <= 60, "{reads} reads in three hours");
}

#[test]
fn who_is_to_join_a_group_that_cannot_be_read_is_let_in() {
    let mut peer = Peer::with_kim();
    peer.members("VPN").clear();
    let bench = hired(&mut peer, unreadable);
    assert!(peer.is_in("VPN", "kim@example.com"));
    assert_eq!(why(&bench), "group.unreadable");
}

/// Whether it can be changed is another question than whether it can be read.
#[test]
fn of_a_group_that_is_listed_and_404_by_its_id_people_are_taken_out_and_nobody_is_let_in() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.event("worker.terminated", json!({}));
    bench.play(&mut peer, SECOND * 20, gone);
    assert!(!peer.is_in("VPN", "kim@example.com"));
    assert_eq!(why(&bench), "group.unreadable");
    assert!(!bench.last_result().verified);

    let mut peer = Peer::with_kim();
    peer.members("VPN").clear();
    let bench = hired(&mut peer, gone);
    assert!(!peer.is_in("VPN", "kim@example.com"));
    assert_eq!(why(&bench), "group.unreadable");
}

/// The account is read back before the group's reading is given up.
#[test]
fn what_an_account_says_of_a_group_that_is_still_being_asked_for_proves_it_too() {
    let mut peer = Peer::with_kim();
    peer.users_show_groups = true;
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.event("worker.terminated", json!({}));
    bench.play(&mut peer, SECOND * 60, gone);
    let words: Vec<_> = bench.results().into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, [ResultWord::Applied]);
    assert!(bench.last_result().verified);
}

#[test]
fn a_group_that_cannot_be_looked_up_is_told_soon_and_keeps_no_cut_waiting() {
    let mut peer = Peer::with_kim();
    let blind = |call: &Call, _: &mut Peer| found(call, &[]).map(|_| refused());
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.event("risk.raised", json!({}));
    bench.play(&mut peer, SECOND * 10, blind);
    assert!(peer.is_in("Quarantine", "kim@example.com"));
    assert_eq!(why(&bench), "group.unreadable");
    bench.play_honestly(&mut peer, SECOND * 20);
    assert!(!peer.is_in("VPN", "kim@example.com"), "one refusal proves nothing of the next");
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn who_comes_back_into_a_group_is_taken_out_though_a_removal_was_once_refused() {
    let mut peer = Peer::with_kim();
    peer.members("VPN").clear();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.event("worker.terminated", json!({}));
    let mut refusals = 0;
    let mut refuses = |bench: &mut Bench, peer: &mut Peer, shows_members: bool| {
        bench.play(peer, SECOND * 5, |call, _| {
            if is_removal(call) {
                refusals += 1;
                return Some(refused());
            }
            let is_hidden = matches!(call.request, Request::ReadMembers { .. }) && !shows_members;
            is_hidden.then(|| fails(Verdict::Retry { after: None }, Landed::No, Some(503)))
        });
    };
    refuses(&mut bench, &mut peer, false);
    refuses(&mut bench, &mut peer, true);
    assert!(refusals > 0, "it went out before the group was read");
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    peer.members("VPN").insert(ScimId::new("a-kim@example.com"));
    bench.play_honestly(&mut peer, SignedDuration::from_mins(11));
    assert!(!peer.is_in("VPN", "kim@example.com"));
}

#[test]
fn an_outage_makes_no_group_unreadable() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.event("worker.terminated", json!({}));
    bench.play(&mut peer, SignedDuration::from_mins(20), |_, _| {
        Some(fails(Verdict::Retry { after: None }, Landed::No, Some(503)))
    });
    bench.play_honestly(&mut peer, SignedDuration::from_mins(1));
    let words: Vec<_> = bench.results().into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, [ResultWord::Applied]);
    assert!(bench.last_result().verified);
}

#[test]
fn what_an_account_says_of_a_group_that_cannot_be_read_proves_it() {
    let mut peer = Peer::with_kim();
    peer.users_show_groups = true;
    let mut bench = hired(&mut peer, unreadable);
    bench.event("worker.terminated", json!({}));
    let mut removals = 0;
    bench.play(&mut peer, SECOND * 10, |call, peer| {
        removals += u32::from(is_removal(call));
        unreadable(call, peer)
    });
    assert_eq!(removals, 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert!(bench.last_result().verified);
}

/// The account lists the new id, which is nobody's that usher knows.
#[test]
fn an_account_that_lists_the_new_id_of_a_group_made_again_is_not_taken_to_be_outside() {
    for users_name_groups in [false, true] {
        let mut peer = Peer::with_kim();
        peer.users_show_groups = true;
        peer.users_name_groups = users_name_groups;
        let mut bench = Bench::with_quota(Quota::per_second(20.0));
        bench.event("worker.updated", json!({"worker": {"user_name": "kim@example.com"}}));
        bench.play(&mut peer, SignedDuration::from_mins(5), unreadable);
        let vpn = GroupName::new("VPN");
        let (_, members) = peer.groups.remove(&vpn).unwrap();
        peer.groups.insert(vpn, (ScimId::new("g-another"), members));
        for event in ["worker.transferred", "worker.hire.cancelled"] {
            bench.event(event, json!({}));
            bench.play(&mut peer, SignedDuration::from_mins(2), unreadable);
            assert!(peer.is_in("VPN", "kim@example.com"), "as before: {event} {users_name_groups}");
            assert!(bench.last_result().why.is_none(), "{:?}", bench.last_result());
        }
    }
}

#[test]
fn who_was_just_made_joins_a_group_that_nobody_can_read_and_that_was_made_again() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, unreadable);
    bench.play(&mut peer, SignedDuration::from_mins(5), unreadable);
    let vpn = GroupName::new("VPN");
    let (_, members) = peer.groups.remove(&vpn).unwrap();
    peer.groups.insert(vpn, (ScimId::new("g-another"), members));
    let name = "ada@example.com";
    bench.hire(name);
    let mut joins = 0;
    bench.play(&mut peer, SECOND * 30, |call, peer| {
        joins += u32::from(is_addition(call));
        unreadable(call, peer)
    });
    // By the old id, by the new one, and kim: nobody has seen that she is in this one, too.
    assert_eq!((peer.members("VPN").len(), joins), (2, 3), "{:?}", peer.groups);
}

#[test]
fn an_account_that_says_it_is_still_in_a_group_contradicts_the_answer() {
    let mut peer = Peer::with_kim();
    peer.users_show_groups = true;
    let mut bench = hired(&mut peer, unreadable);
    bench.event("worker.terminated", json!({}));
    bench.play(&mut peer, SignedDuration::from_mins(3), |call, peer| {
        // Said yes to, and not done.
        let lied = is_removal(call).then_some((Outcome::Done(Reply::Changed), Some(204)));
        lied.or_else(|| unreadable(call, peer))
    });
    assert_eq!(bench.last_result().word, ResultWord::Failed);
    assert_eq!(why(&bench), "change.does_not_stick");
}
