//! The trial writes to nothing but what it saw itself make, whatever the provider answers.

use super::peer::{Creation, Manners, Peer, mark};
use crate::scim::probe::{Finding, Mark, Report};
use serde_json::Value as Json;
use std::collections::BTreeMap;

const STAFF: &[&str] = &["kim@example.com", "lee@example.com", "pat@example.com"];

fn cleanup(report: &Report) -> &Finding {
    report.findings.iter().find(|finding| finding.check == "cleanup").unwrap()
}

/// The writes but creations, and but the one to an id that nobody has.
fn touched(peer: &Peer) -> Vec<String> {
    let writes = peer.writes().into_iter().filter(|(method, ..)| method != "POST");
    let writes = writes.map(|(method, path, _)| format!("{method} {path}"));
    writes.filter(|write| !write.starts_with("PATCH /v2/Users/usher-check-")).collect()
}

/// How the provider's own stand: all but what bears the name of a trial.
fn own(peer: &Peer) -> Vec<Json> {
    let is_ours = |resource: &&Json| {
        ["userName", "displayName"].iter().any(|name| {
            resource[name].as_str().is_some_and(|name| name.starts_with("usher-check-"))
        })
    };
    let all = peer.everything();
    all.values().flat_map(|kind| kind.values()).filter(|it| !is_ours(it)).cloned().collect()
}

/// Runs the trial; the provider's own must be untouched.
async fn check(manners: Manners, create_users: bool) -> (Peer, Report) {
    let peer = Peer::start(manners, STAFF).await;
    let before = own(&peer);
    let report = peer.check("rfc7644", create_users).await;
    for resource in &before {
        assert!(own(&peer).contains(resource), "changed: {resource}\n{:#?}", peer.writes());
    }
    (peer, report)
}

#[tokio::test]
async fn a_real_group_stays_where_filters_are_ignored_and_the_first_look_up_fails() {
    let fails = |status| Manners {
        ignores_filters: true,
        first_group_lookup: Some(status),
        ..Manners::default()
    };
    let refuses =
        Manners { ignores_filters: true, takes_excluded_attributes: false, ..Manners::default() };
    for manners in [fails(500), fails(400), fails(503), refuses] {
        for create_users in [false, true] {
            let (peer, report) = check(manners.clone(), create_users).await;
            assert_eq!(cleanup(&report).mark, Mark::Good, "{report:#?}");
            assert_eq!(peer.everything().values().map(BTreeMap::len).sum::<usize>(), 4);
            assert!(!touched(&peer).iter().any(|write| write.ends_with("/g0")));
        }
    }
}

#[tokio::test]
async fn a_creation_that_is_answered_with_somebody_elses_leads_to_no_write() {
    for creation in [Creation::WithAnothersId, Creation::Anothers, Creation::GivesIdAway] {
        for create_users in [false, true] {
            let manners = Manners { creation, ..Manners::default() };
            let (peer, report) = check(manners, create_users).await;
            assert!(touched(&peer).is_empty(), "{creation:?}: {:?}", touched(&peer));
            let cleanup = cleanup(&report);
            assert_eq!(cleanup.mark, Mark::Change, "{creation:?}: {cleanup:#?}");
            assert!(cleanup.advice.as_ref().unwrap().contains("usher-check-"));
        }
    }
}

#[tokio::test]
async fn a_creation_without_a_clear_answer_leads_to_no_write_and_what_is_left_is_told() {
    for creation in [
        Creation::Says(400),
        Creation::Says(409),
        Creation::Says(500),
        Creation::Says(503),
        Creation::Says(202),
        Creation::WithoutId,
        Creation::MovesOn,
    ] {
        for create_users in [false, true] {
            let manners = Manners { creation, ..Manners::default() };
            let (peer, report) = check(manners, create_users).await;
            assert!(touched(&peer).is_empty(), "{creation:?}: {:?}", touched(&peer));
            assert!(!report.ok);
            assert_eq!(cleanup(&report).mark, Mark::Change, "{creation:?}: {report:#?}");
        }
    }
}

#[tokio::test]
async fn no_two_creations_have_one_name() {
    for creation in [Creation::Says(500), Creation::Says(400), Creation::Says(503)] {
        let manners = Manners { creation, ..Manners::default() };
        let (peer, _report) = check(manners, true).await;
        let writes = peer.writes();
        let bodies = writes.iter().filter(|(method, ..)| method == "POST").map(|(.., body)| body);
        let names: Vec<&str> = bodies
            .filter_map(|body| body["userName"].as_str().or(body["displayName"].as_str()))
            .collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{names:?}");
    }
}

#[tokio::test]
async fn what_is_refused_outright_was_not_made() {
    let manners = Manners { may_write: false, ..Manners::default() };
    let (_peer, report) = check(manners, true).await;
    assert_eq!(mark(&report, "cleanup").0, Mark::Good);
}

#[tokio::test]
async fn what_is_said_to_be_deleted_and_still_shows_is_told() {
    let manners = Manners { keeps_deleted: true, ..Manners::default() };
    let (_peer, report) = check(manners, true).await;
    let (found, conclusion) = mark(&report, "cleanup");
    assert_eq!(found, Mark::Note);
    assert!(conclusion.contains("still show"), "{conclusion}");
}
