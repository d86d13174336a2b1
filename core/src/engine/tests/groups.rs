//! Groups that are doubled, renamed, gone, or made again.

use super::bench::Bench;
use super::peer::{Instead, Peer, fails};
use super::words::{is_addition, is_find, is_removal, lists};
use crate::engine::settings::Quota;
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{GroupRef, Operation};
use crate::model::{
    AttributeName, Call, Landed, Outcome, Reply, Request, ResultWord, Value, Verdict,
};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) const SECOND: SignedDuration = SignedDuration::from_secs(1);

pub(super) fn hired(peer: &mut Peer, instead: impl FnMut(&Call, &mut Peer) -> Instead) -> Bench {
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.hire("kim@example.com");
    bench.play(peer, SECOND * 30, instead);
    bench
}

pub(super) fn why(bench: &Bench) -> String {
    bench.last_result().why.clone().unwrap().code.to_string()
}

/// The look-up of `VPN` brings groups with these ids.
pub(super) fn found(call: &Call, ids: &[&str]) -> Instead {
    let Request::FindGroups { name } = &call.request else { return None };
    let groups = ids.iter().map(|id| GroupRef { name: name.clone(), id: ScimId::new(*id) });
    (name.as_str() == "VPN").then(|| (Outcome::Done(Reply::Groups(groups.collect())), Some(200)))
}

#[test]
fn two_groups_of_one_name_are_never_said_to_be_left() {
    for event in ["worker.terminated", "risk.raised"] {
        let mut peer = Peer::with_kim();
        let twice = |call: &Call, _: &mut Peer| found(call, &["g-1", "g-2"]);
        let mut bench = hired(&mut peer, twice);
        bench.event(event, json!({}));
        bench.play(&mut peer, SECOND * 10, twice);
        let result = bench.last_result();
        assert_eq!(result.word, ResultWord::Failed, "{event}");
        assert!(!result.verified);
        assert_eq!(why(&bench), "group.ambiguous");
    }
}

#[test]
fn a_removal_from_a_group_that_is_not_found_by_its_name_is_not_already_so() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, |_, _| None);
    let vpn = peer.groups.remove(&GroupName::new("VPN")).unwrap();
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SECOND * 10);
    assert_eq!(peer.kim().active, Some(false), "what can be cut is cut");
    assert_eq!(bench.last_result().word, ResultWord::Failed);
    assert!(!bench.last_result().verified);
    assert_eq!(why(&bench), "group.not_found");
    // It has its name again: nobody has to ask for it.
    peer.groups.insert(GroupName::new("VPN"), vpn);
    bench.play_honestly(&mut peer, SignedDuration::from_mins(11));
    assert!(!peer.is_in("VPN", "kim@example.com"));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert!(bench.last_result().verified);
}

#[test]
fn a_group_that_is_listed_and_not_there_by_its_id_is_asked_for_seldom_and_told() {
    let mut peer = Peer::with_kim();
    let gone = |call: &Call, _: &mut Peer| {
        let by_id = matches!(&call.request,
            Request::ReadMembers { group } | Request::Write(Operation::RemoveMember { group, .. })
                if group.name.as_str() == "VPN");
        by_id.then_some((Outcome::Done(Reply::Gone), Some(404)))
    };
    let mut bench = hired(&mut peer, gone);
    bench.event("worker.terminated", json!({}));
    let mut calls = 0;
    bench.play(&mut peer, SignedDuration::from_hours(1), |call, peer| {
        calls += 1;
        gone(call, peer)
    });
    assert!(calls <= 60, "{calls} calls in an hour");
    assert_eq!(peer.kim().active, Some(false));
    assert_eq!(bench.last_result().word, ResultWord::Failed);
}

#[test]
fn a_group_whose_id_changes_at_each_look_is_asked_for_seldom() {
    let mut peer = Peer::with_kim();
    let mut number = 0;
    let mut calls = 0;
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.event("worker.terminated", json!({}));
    bench.play(&mut peer, SignedDuration::from_hours(1), |call, _| {
        calls += 1;
        number += 1;
        found(call, &[&format!("g-{number}")])
    });
    assert!(calls <= 60, "{calls} calls in an hour");
    assert_eq!(peer.kim().active, Some(false));
}

#[test]
fn a_group_that_was_deleted_by_hand_and_made_again_has_its_members_again() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, |_, _| None);
    peer.groups.remove(&GroupName::new("VPN"));
    bench.play_honestly(&mut peer, SignedDuration::from_mins(15));
    peer.groups.insert(GroupName::new("VPN"), (ScimId::new("g-new"), BTreeSet::new()));
    bench.play_honestly(&mut peer, SignedDuration::from_mins(15));
    assert!(peer.is_in("VPN", "kim@example.com"));
}

#[test]
fn who_is_moved_by_hand_is_moved_back_with_the_next_reading() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, |_, _| None);
    peer.members("VPN").clear();
    bench.play_honestly(&mut peer, SignedDuration::from_mins(11));
    assert!(peer.is_in("VPN", "kim@example.com"), "taken out by hand");
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, SECOND * 10);
    let kim = ScimId::new("a-kim@example.com");
    peer.members("VPN").insert(kim);
    bench.play_honestly(&mut peer, SignedDuration::from_mins(11));
    assert!(!peer.is_in("VPN", "kim@example.com"), "put in by hand");
}

/// Whoever made it put it into the group, too, and that was after the group's last reading.
#[test]
fn an_account_that_was_found_after_its_group_was_read_is_not_taken_to_be_outside() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, |_, _| None);
    peer.has("ada@example.com");
    let worker = json!({ "worker": { "user_name": "ada@example.com" } });
    bench.event_of("ada@example.com", "risk.raised", worker.clone());
    bench.play_honestly(&mut peer, SignedDuration::from_mins(31));
    assert!(!peer.is_in("VPN", "ada@example.com"), "at the latest when the group is read next");
    bench.event_of("ada@example.com", "risk.cleared", worker);
    bench.play_honestly(&mut peer, SECOND * 90);
    assert!(peer.is_in("VPN", "ada@example.com"), "as before");
    assert!(peer.members("Quarantine").is_empty());
}

#[test]
fn nobody_is_let_into_a_group_that_was_renamed_a_moment_ago() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, |_, _| None);
    peer.members("VPN").clear();
    bench.play_honestly(&mut peer, SECOND * 90);
    // In the console; members and id stay.
    let vpn = peer.groups.remove(&GroupName::new("VPN")).unwrap();
    peer.groups.insert(GroupName::new("Everybody"), vpn);
    let name = "ada@example.com";
    bench.hire(name);
    bench.play_honestly(&mut peer, SECOND * 30);
    assert!(peer.members("Everybody").is_empty(), "{:?}", peer.groups);
    assert_eq!(why(&bench), "group.missing");
}

#[test]
fn nobody_is_made_anew_before_a_call_in_doubt_is_read_after_in_its_group() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, |_, _| None);
    bench.event("risk.raised", json!({}));
    let (mut joins, mut is_read, mut is_made) = (0, false, false);
    bench.play(&mut peer, SECOND * 30, |call, peer| match &call.request {
        Request::ListAccounts { .. } | Request::ListGroups { .. } | Request::ReadScope { .. } => {
            panic!("nobody lists here")
        }
        Request::Write(Operation::AddMember { group, .. })
            if group.name.as_str() == "Quarantine" =>
        {
            joins += 1;
            if joins == 1 {
                // Deleted by hand; and the call has no answer.
                peer.accounts.clear();
                return Some(fails(Verdict::Retry { after: None }, Landed::Maybe, None));
            }
            (joins == 2).then_some((Outcome::Done(Reply::Gone), Some(404)))
        }
        Request::ReadMembers { group } if group.name.as_str() == "Quarantine" => {
            is_read |= joins > 0;
            None
        }
        Request::Write(Operation::Create { .. }) => {
            assert!(is_read, "the call may have landed");
            is_made = true;
            None
        }
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ReadMembers { .. }
        | Request::AddMembers { .. }
        | Request::Write(_) => None,
    });
    assert!(is_made);
}

#[test]
fn a_quarantine_while_the_vpn_has_a_double_takes_the_vpn_from_nobody_for_good() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    let twice = |call: &Call, _: &mut Peer| found(call, &["g-1", "g-VPN"]);
    let worker = json!({ "user_name": "kim@example.com" });
    bench.event("worker.updated", json!({ "worker": worker }));
    bench.play(&mut peer, SECOND * 10, twice);
    bench.event("risk.raised", json!({}));
    bench.play(&mut peer, SECOND * 10, twice);
    assert!(peer.is_in("Quarantine", "kim@example.com"));
    bench.event("risk.cleared", json!({}));
    bench.play_honestly(&mut peer, SignedDuration::from_hours(30));
    assert!(!peer.is_in("Quarantine", "kim@example.com"));
    assert!(peer.is_in("VPN", "kim@example.com"), "nobody had seen that Kim was out of it");
}

#[test]
fn what_is_read_while_a_commit_is_under_way_is_committed_before_the_cut_that_changes_it() {
    let mut bench = Bench::without_groups(false);
    bench.event("risk.raised", json!({}));
    bench.commit_all();
    let find = bench.open(is_find);
    bench.done(&find, Reply::Accounts(vec![Bench::kim(true)]));
    bench.commit_all();
    for name in ["Quarantine", "VPN"].map(GroupName::new) {
        let call = bench.open(|it| it.request == Request::FindGroups { name: name.clone() });
        let id = ScimId::new(format!("g-{name}"));
        bench.done(&call, Reply::Groups(vec![GroupRef { name, id }]));
        bench.commit_all();
    }
    let quarantine = bench.open(|it| lists(it, "Quarantine"));
    bench.done(&quarantine, Reply::Members(Vec::new()));
    assert!(bench.commit.is_some(), "the cuts are written ahead");
    let vpn = bench.open(|it| lists(it, "VPN"));
    bench.done(&vpn, Reply::Members(vec![ScimId::new("a-kim")]));
    bench.commit_all();
    let adds = bench.open(is_addition);
    bench.done(&adds, Reply::Changed);
    bench.commit_all();
    bench.open(is_removal);
    let written = String::from_utf8(bench.state[&bench.person_key()].clone()).unwrap();
    assert!(written.contains(r#""VPN":{"was":"member"}"#), "{written}");
}

/// That the old id is in no group says nothing of the account that the person has now.
#[test]
fn who_is_taken_out_by_an_id_that_is_gone_is_not_said_to_be_out() {
    let mut peer = Peer::with_kim();
    let mut bench = hired(&mut peer, |_, _| None);
    let old = peer.kim().id.clone();
    let mut account = peer.accounts.remove(&old).unwrap();
    account.id = ScimId::new("a-moved");
    peer.accounts.insert(account.id.clone(), account.clone());
    peer.members("VPN").remove(&old);
    peer.members("VPN").insert(account.id);
    bench.event("risk.raised", json!({}));
    bench.play_honestly(&mut peer, SECOND * 60);
    let is_in = peer.members("VPN").contains(&ScimId::new("a-moved"));
    let is_said = bench.results().contains(&(2, ResultWord::Applied));
    assert!(is_in && !is_said, "{:?}", bench.results());
}

/// A group takes an id that is nobody's any more, says yes, and shows nothing of it.
#[test]
fn whose_account_has_another_id_since_it_was_found_is_taken_out_by_that_one() {
    let mut peer = Peer::with_kim();
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text("7".to_owned()));
    peer.kim().attributes.extend([number]);
    peer.kim().active = Some(false);
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    let worker = json!({ "user_name": "kim@example.com", "employee_number": "7" });
    bench.event("worker.terminated", json!({ "worker": worker }));
    let mut removals = 0;
    bench.play(&mut peer, SECOND * 30, |call, peer| {
        removals += u32::from(is_removal(call));
        if is_removal(call) && removals == 1 {
            peer.renew_id("kim@example.com", "a-new");
        }
        None
    });
    assert!(peer.members("VPN").is_empty(), "{:?}", peer.groups);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert!(bench.last_result().verified);
}

/// The group was read since the account has another id, and the account was not.
#[test]
fn who_is_quarantined_by_an_id_that_no_group_lists_any_more_has_the_vpn_back() {
    let mut peer = Peer::with_kim();
    let number = (AttributeName::EMPLOYEE_NUMBER, Value::Text("7".to_owned()));
    peer.kim().attributes.extend([number]);
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    let worker = json!({ "user_name": "kim@example.com", "employee_number": "7" });
    bench.event("risk.raised", json!({ "worker": worker }));
    bench.play_honestly(&mut peer, SECOND * 30);
    bench.event("risk.cleared", json!({ "worker": worker }));
    bench.play_honestly(&mut peer, SECOND * 30);
    assert!(peer.is_in("VPN", "kim@example.com"));

    peer.renew_id("kim@example.com", "a-new");
    bench.play_honestly(&mut peer, SignedDuration::from_mins(70));
    bench.event("risk.raised", json!({ "worker": worker }));
    bench.play_honestly(&mut peer, SECOND * 60);
    let is_in = |peer: &mut Peer| peer.members("VPN").contains(&ScimId::new("a-new"));
    assert!(!is_in(&mut peer));
    bench.event("risk.cleared", json!({ "worker": worker }));
    bench.play_honestly(&mut peer, SECOND * 60);
    assert!(is_in(&mut peer), "{:?}", bench.results());
}

/// Nobody asks for the group by its name, for everybody is where they should be.
#[test]
fn a_second_group_of_the_name_is_seen_though_nobody_looks_for_it() {
    for event in [None, Some("worker.terminated")] {
        let mut peer = Peer::with_kim();
        let mut bench = hired(&mut peer, |_, _| None);
        if let Some(event) = event {
            bench.event(event, json!({}));
            bench.play_honestly(&mut peer, SECOND * 30);
        }
        assert_ne!(bench.last_result().word, ResultWord::Failed);
        let told = bench.results().len();
        bench
            .play(&mut peer, SignedDuration::from_mins(25), |call, _| found(call, &["g-1", "g-2"]));
        assert_eq!(
            (bench.last_result().word, why(&bench).as_str()),
            (ResultWord::Failed, "group.ambiguous")
        );
        assert_eq!(bench.results().len(), told + 1, "told once: {:?}", bench.results());
        bench.play_honestly(&mut peer, SignedDuration::from_mins(25));
        assert!(bench.last_result().verified, "{event:?}: the other one went");
    }
}
