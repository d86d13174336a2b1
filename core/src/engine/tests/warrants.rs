//! The audit says why an account was changed, also where time alone has started the change.

use super::bench::Bench;
use crate::model::decision::{AuditEntry, ResultRecord, ResultWord, WarrantedBy};
use jiff::SignedDuration;
use serde_json::json;

/// What decides which fields: a rule by the word of an event, or nobody any more.
fn warrants(result: &ResultRecord) -> Vec<(String, Vec<&str>)> {
    let by = |by: &WarrantedBy| match by {
        WarrantedBy::Claim { rule, said, .. } => {
            format!("{rule} by {}", said.as_ref().unwrap().event_id)
        }
        WarrantedBy::Profile { said } => format!("profile by {}", said.event_id),
        WarrantedBy::Override { operator, .. } => format!("override by {operator}"),
        WarrantedBy::WayBack => "way back".to_owned(),
    };
    let mut named = Vec::new();
    for warrant in &result.warrants {
        named.push((by(&warrant.by), warrant.fields.iter().map(String::as_str).collect()));
    }
    named
}

/// Kim works here, and has an account in the group VPN.
fn employed() -> Bench {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.hire("kim@example.com");
    bench.settle(true, &["a-kim"]);
    bench
}

fn decided(by: &str, fields: &[&'static str]) -> (String, Vec<&'static str>) {
    (by.to_owned(), fields.to_vec())
}

#[test]
fn cut_that_a_timer_starts_names_its_rule_and_its_event() {
    let mut bench = employed();
    let ends = bench.now + SignedDuration::from_hours(1);
    bench.event("worker.terminated", json!({ "effective_at": ends.to_string() }));
    bench.settle(true, &["a-kim"]);
    assert!(bench.now < ends, "nothing is cut ahead of the day");
    bench.wait(SignedDuration::from_hours(1));
    bench.settle(false, &[]);

    let cut = bench.last_result();
    assert_eq!((cut.word, &cut.cause), (ResultWord::Applied, &None), "time has begun it");
    let by_hand = [
        decided("hired by e1", &["account"]),
        decided("terminated by e2", &["active", "group VPN"]),
        decided("profile by e1", &["attribute userName"]),
    ];
    assert_eq!(warrants(cut), by_hand);
    let WarrantedBy::Claim { claim, since, rule_hash, .. } = &cut.warrants[1].by else {
        panic!("{cut:?}")
    };
    assert_eq!((claim.as_str(), *since, rule_hash.is_empty()), ("terminated", ends, false));
}

#[test]
fn way_back_and_what_still_counts_are_told_apart() {
    let mut bench = employed();
    bench.event("risk.raised", json!({}));
    bench.event("worker.terminated", json!({ "effective_at": bench.now.to_string() }));
    bench.settle(false, &[]);
    bench.event("worker.termination.cancelled", json!({}));
    bench.settle(true, &[]);
    let quarantined = [
        decided("hired by e1", &["account"]),
        decided("way back", &["active"]),
        decided("quarantine by e2", &["group Quarantine", "group VPN"]),
        decided("profile by e1", &["attribute userName"]),
    ];
    assert_eq!(warrants(bench.last_result()), quarantined);
}

#[test]
fn deletion_that_is_held_names_the_stage_that_wants_it() {
    let mut bench = employed();
    let ends = bench.now;
    bench.event("worker.terminated", json!({ "effective_at": ends.to_string() }));
    bench.settle(false, &[]);
    bench.wait(SignedDuration::from_hours(24 * 31));
    bench.settle(false, &[]);
    let held = bench.audit.iter().rev().find_map(|entry| match entry {
        AuditEntry::Note(note) => Some(note),
        AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    });
    let account = held.unwrap().warrants.iter().find(|it| it.fields == ["account"]).unwrap();
    let WarrantedBy::Claim { claim, since, .. } = &account.by else { panic!("{account:?}") };
    let after_30_days = ends + SignedDuration::from_hours(24 * 30);
    assert_eq!((claim.as_str(), *since), ("terminated", after_30_days));
}
