//! A group that a brake keeps usher from making is a row, and keeps nothing else of the person waiting.

use super::bench::Bench;
use super::obeying::{holds, order};
use super::peer::{Peer, broken, sets};
use super::setting::{self, Like};
use crate::command::Operators;
use crate::command::tests::court::{ANN, group};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits};
use crate::engine::settings::Mode;
use crate::model::{Effect, GroupName, Operation};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

const TWO_GROUPS: &str = r"
profile:
  on: [worker.hired]
  attributes: { userName: worker.user_name, title: profile.title }
rules:
  - name: hired
    on: [worker.hired]
    assert: { claim: employed, precedence: profile, want: { groups: { add: [Atlas, VPN] } } }
";

/// A target without these groups, which usher may make once somebody has let it.
fn lacking_groups(peer: &mut Peer) -> Bench {
    peer.groups.clear();
    making_groups(TWO_GROUPS)
}

/// A target where usher makes a group once somebody has let it.
fn making_groups(rules: &str) -> Bench {
    let hour = Ceiling { count: Some(0), percent: None };
    let limit = Limit { hour, day: Ceiling::default() };
    let like = Like {
        create_groups: true,
        limits: Limits { kinds: [(LimitKind::Create, limit)].into(), ..Limits::default() },
        operators: Operators::new(vec![group()]).unwrap(),
        rules: Some(rules.to_owned()),
        ..Like::usual(Mode::Enforce)
    };
    Bench::owned_like(like, BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap())
}

fn hire(bench: &mut Bench) {
    let worker = json!({ "user_name": "kim@example.com" });
    bench.event("worker.hired", json!({ "worker": worker, "profile": { "title": "Poet" } }));
}

#[test]
fn a_change_that_failed_is_tried_again_though_a_group_may_not_be_made() {
    let mut peer = Peer::with_kim();
    let mut bench = lacking_groups(&mut peer);
    hire(&mut bench);
    let mut tries = 0;
    bench.play(&mut peer, MINUTE, |call, _| {
        let is_change = sets(call) == ["title"];
        tries += i32::from(is_change);
        (is_change && tries < 4).then(broken)
    });
    assert_eq!(tries, 4, "three times in vain");
    assert!(peer.groups.is_empty());
    let rows = holds(&bench);
    assert!(rows.iter().all(|(_, it)| it.why.code.as_str() == "limit.reached"), "{rows:?}");
    assert_eq!(rows.len(), 2, "one for each group");
}

/// The first of them is not the only one that may be let go.
#[test]
fn of_two_groups_the_one_that_is_let_go_is_made() {
    let mut peer = Peer::with_kim();
    let mut bench = lacking_groups(&mut peer);
    hire(&mut bench);
    bench.play_honestly(&mut peer, MINUTE);
    let makes_vpn = |effect: &Effect| matches!(effect, Effect::Operation(Operation::CreateGroup { name }) if name.as_str() == "VPN");
    let rows = holds(&bench);
    let (_, hold) = rows.iter().find(|(_, it)| makes_vpn(&it.effect)).expect("a row for it");
    order(&mut bench, ANN, "approve", &json!({ "holds": [hold.digest] }));
    bench.play_honestly(&mut peer, MINUTE * 10);
    let names: Vec<&str> = peer.groups.keys().map(GroupName::as_str).collect();
    assert_eq!(names, ["VPN"]);
    assert!(peer.is_in("VPN", "kim@example.com"));
}

/// The group was there, and was read, so what is read of the new one is news for nobody who is not in it.
#[test]
fn a_row_to_make_a_lost_group_ends_when_the_call_for_another_person_has_made_it() {
    let mut peer = Peer::with_kim();
    peer.has("lee@example.com");
    let mut bench = making_groups(setting::RULES);
    for name in ["kim@example.com", "lee@example.com"] {
        bench.hire(name);
    }
    bench.play_honestly(&mut peer, MINUTE);
    peer.groups.remove(&GroupName::new("VPN"));
    bench.play_honestly(&mut peer, MINUTE * 70);
    let rows = holds(&bench);
    assert_eq!(rows.len(), 2, "each waits to make it: {rows:?}");
    order(&mut bench, ANN, "approve", &json!({ "holds": [rows[0].1.digest] }));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(holds(&bench).is_empty(), "{:?}", holds(&bench));
    assert!(peer.is_in("VPN", "kim@example.com") && peer.is_in("VPN", "lee@example.com"));
}
