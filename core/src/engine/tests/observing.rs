//! Rules that are only observed: what they would do is told, and everything goes as if they were not there.

use super::bench::Bench;
use super::obeying::{became, holds, order};
use super::peer::Peer;
use super::setting::{Like, RULES};
use super::words::is_write;
use crate::command::Operators;
use crate::command::tests::court::{ANN, group};
use crate::engine::settings::Mode;
use crate::model::ordered::Became;
use crate::model::{NoteWord, ResultWord, ScimId};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A rule that would lock whoever's credential is known to others.
const LOCK: &str = r"
  - name: lock
    mode: observe
    on: [credential.compromised]
    assert: { claim: locked, precedence: security, for: 24h, want: { active: false, groups: { remove: [VPN] } } }
  - name: unlock
    on: [account.enabled]
    withdraw: locked
";

fn under(rules: &str, state: BTreeMap<String, Vec<u8>>, now: Timestamp) -> Bench {
    let like = Like { rules: Some(rules.to_owned()), ..Like::usual(Mode::Enforce) };
    Bench::owned_like(like, state, now)
}

fn locking(peer: &mut Peer) -> Bench {
    let rules = format!("{RULES}{LOCK}");
    let mut bench = under(&rules, BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap());
    bench.hire("kim@example.com");
    bench.play_honestly(peer, MINUTE);
    bench
}

fn told(bench: &Bench) -> Vec<String> {
    bench.notes(NoteWord::Observed).into_iter().map(|note| note.why.text.clone()).collect()
}

/// Lets an event about Kim come, for which nothing may be written.
fn without_a_call(bench: &mut Bench, peer: &mut Peer, kind: &str) {
    bench.event(kind, json!({}));
    bench.play(peer, MINUTE, |call, _| {
        assert!(!is_write(call), "{kind}: {call:?}");
        None
    });
}

#[test]
fn what_an_observed_rule_would_do_is_told_once_and_nothing_is_called_or_held() {
    let mut peer = Peer::with_kim();
    let mut bench = locking(&mut peer);
    let results = bench.results().len();
    without_a_call(&mut bench, &mut peer, "credential.compromised");
    let said = told(&bench);
    assert_eq!(said.len(), 1, "{said:?}");
    let said = &said[0];
    assert!(said.contains("deactivate") && said.contains("remove_member VPN"), "{said}");
    assert!(said.contains("(rules: lock)"), "{said}");
    assert_eq!(
        bench.notes(NoteWord::Observed)[0].cause.as_ref().unwrap().kind,
        "credential.compromised"
    );
    assert!(holds(&bench).is_empty());
    assert_eq!(bench.results().len(), results, "no revision begins for it");
    // A new owner need not say it again.
    let rules = format!("{RULES}{LOCK}");
    let mut bench = under(&rules, bench.state, bench.now);
    bench.play_honestly(&mut peer, MINUTE);
    assert!(told(&bench).is_empty());
}

#[test]
fn all_else_goes_on_as_if_the_observed_rule_were_not_there() {
    let mut peer = Peer::with_kim();
    let mut bench = locking(&mut peer);
    without_a_call(&mut bench, &mut peer, "credential.compromised");
    bench.event("risk.raised", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(peer.is_in("Quarantine", "kim@example.com") && !peer.is_in("VPN", "kim@example.com"));
    bench.event("risk.cleared", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(peer.is_in("VPN", "kim@example.com"), "the observed claim keeps nobody out");
    assert!(peer.kim().active.unwrap());
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!peer.kim().active.unwrap());
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn an_observed_claim_that_ends_is_over_and_can_be_told_again() {
    let mut peer = Peer::with_kim();
    let mut bench = locking(&mut peer);
    without_a_call(&mut bench, &mut peer, "credential.compromised");
    without_a_call(&mut bench, &mut peer, "account.enabled");
    assert!(bench.seat().observed.is_none());
    bench.wait(MINUTE);
    without_a_call(&mut bench, &mut peer, "credential.compromised");
    assert_eq!(told(&bench).len(), 2);
    bench.wait(SignedDuration::from_hours(25));
    assert!(bench.seat().observed.is_none(), "it ends by itself");
    assert_eq!(told(&bench).len(), 2);
}

/// A leaver must not be let in because the rule that cut them is on trial now.
#[test]
fn a_claim_that_was_enforced_stays_so_though_its_rule_is_only_observed_now() {
    let mut peer = Peer::with_kim();
    let mut bench = locking(&mut peer);
    bench.event("worker.terminated", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!peer.kim().active.unwrap());
    let rules =
        RULES.replace("  - name: terminated\n", "  - name: terminated\n    mode: observe\n");
    let mut bench = under(&rules, bench.state, bench.now);
    without_a_call(&mut bench, &mut peer, "worker.terminated");
    assert!(!peer.kim().active.unwrap());
    let kim = bench.shard.people().next().unwrap();
    let names: Vec<&str> = kim.claims.iter().map(|claim| claim.name.as_str()).collect();
    assert!(names.contains(&"terminated") && names.contains(&"terminated (observed)"), "{names:?}");
    // What ends the one ends the other.
    bench.event("worker.termination.cancelled", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(peer.kim().active.unwrap());
    assert!(bench.seat().observed.is_none());
}

/// As with every change of a rule: what people hold stays as it was said.
#[test]
fn a_rule_that_is_enforced_from_now_on_counts_for_events_from_now_on() {
    let mut peer = Peer::with_kim();
    let mut bench = locking(&mut peer);
    without_a_call(&mut bench, &mut peer, "credential.compromised");
    let rules = format!("{RULES}{LOCK}").replace("    mode: observe\n", "    mode: enforce\n");
    let mut bench = under(&rules, bench.state, bench.now);
    bench.play(&mut peer, MINUTE, |call, _| {
        assert!(!is_write(call), "{call:?}");
        None
    });
    bench.event("credential.compromised", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(!peer.kim().active.unwrap());
    assert!(!peer.members("VPN").contains(&ScimId::new("a-kim@example.com")));
}

/// What a rule does not do needs nobody to go against it: no override, and no second operator.
#[test]
fn what_an_observed_rule_says_is_nothing_to_override() {
    let like = Like {
        rules: Some(format!("{RULES}{LOCK}")),
        operators: Operators::new(vec![group()]).unwrap(),
        ..Like::usual(Mode::Enforce)
    };
    let start = "2026-09-01T08:00:00Z".parse().unwrap();
    let (mut peer, mut bench) = (Peer::with_kim(), Bench::owned_like(like, BTreeMap::new(), start));
    bench.hire("kim@example.com");
    bench.play_honestly(&mut peer, MINUTE);
    without_a_call(&mut bench, &mut peer, "credential.compromised");
    let person = bench.shard.people().next().unwrap().id.clone();
    let until = (bench.now + MINUTE * 60).to_string();
    let args = json!({ "person": person, "keep": "in", "until": until });
    let told = order(&mut bench, ANN, "override", &args);
    assert_eq!(became(&told), [Became::Nothing], "{:?}", told.rows);
    assert!(bench.shard.people().next().unwrap().mutes.is_empty());
}
