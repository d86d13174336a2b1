//! What the trial finds of habits that no dialect can guess, and that its proposal is always the same.

use super::peer::{Inactive, Manners, Peer, Removal, mark, proposed};
use crate::scim::dialect::ClearForm;
use crate::scim::probe::{Mark, Report};
use crate::scim::{Dialect, ManagerForm};

const STAFF: &[&str] = &["kim@example.com", "lee@example.com", "pat@example.com"];

async fn check(manners: Manners, dialect: &str) -> Report {
    Peer::start(manners, STAFF).await.check(dialect, true).await
}

/// Both ways to send the token, and both forms of removal.
fn lenient() -> Manners {
    Manners {
        tokens: vec![("netskope-api-token", "s3cret"), ("authorization", "Bearer s3cret")],
        by_array: Removal::One,
        ..Manners::default()
    }
}

#[tokio::test]
async fn the_same_dialect_is_proposed_whatever_it_began_with() {
    let all = [
        Manners { active_is_text: true, ..lenient() },
        Manners { active_is_text: true, ..Manners::default() },
        Manners { patches_users: false, ..lenient() },
        Manners { takes_excluded_attributes: false, ..Manners::default() },
        Manners { by_filter: Removal::Nothing, by_array: Removal::One, ..Manners::default() },
        Manners { refused_filters: vec!["emails.value"], ..Manners::default() },
        Manners { refused_filters: vec!["emails.value"], ..lenient() },
        Manners { page_size_max: 2, ..Manners::default() },
        Manners { manager_is_complex: true, active_is_text: true, ..lenient() },
    ];
    let begun_with = ["rfc7644", "netskope"];
    for manners in all {
        let mut found: Vec<Dialect> = Vec::new();
        for dialect in begun_with {
            let report = check(manners.clone(), dialect).await;
            found.push(proposed(&report, dialect));
        }
        assert!(found.windows(2).all(|two| two[0] == two[1]), "{manners:?}: {found:#?}");
    }
}

#[tokio::test]
async fn what_is_proposed_is_kept_when_it_is_tried() {
    let manners = Manners { active_is_text: true, ..lenient() };
    for begun_with in ["rfc7644", "netskope"] {
        let report = check(manners.clone(), begun_with).await;
        let crate::scim::probe::Proposal::File(file) = &report.proposal else {
            panic!("{report:#?}")
        };
        let again = check(manners.clone(), file).await;
        assert!(again.ok, "{again:#?}");
    }
}

#[tokio::test]
async fn a_manager_that_is_taken_as_an_object_is_seen_to_be_kept() {
    let manners = Manners { manager_is_complex: true, ..Manners::default() };
    let report = check(manners.clone(), "rfc7644").await;
    assert_eq!(mark(&report, "manager").0, Mark::Good, "{report:#?}");
    for form in ["text", "sub-attribute"] {
        let dialect = format!("users: {{ manager: {form} }}");
        let report = check(manners.clone(), &dialect).await;
        assert_eq!(mark(&report, "manager").0, Mark::Change, "{report:#?}");
        assert_eq!(proposed(&report, "rfc7644").users.manager, ManagerForm::Complex);
    }
}

#[tokio::test]
async fn a_filter_without_a_hit_that_is_404_is_no_wrong_url() {
    let manners = Manners { misses_are_404: true, ..Manners::default() };
    let report = check(manners, "rfc7644").await;
    let (_, conclusion) = mark(&report, "no_match");
    assert!(conclusion.contains("404"), "{conclusion}");
    assert_eq!(mark(&report, "lookup").0, Mark::Good, "{report:#?}");
    assert_eq!(mark(&report, "group_lookup").0, Mark::Good, "{report:#?}");
    let told = serde_json::to_string(&report).unwrap();
    assert!(!told.contains("check the"), "{told}");
}

#[tokio::test]
async fn inactive_accounts_that_are_hidden_are_told_from_those_that_are_gone() {
    let hidden = Manners { inactive: Inactive::Hidden, ..Manners::default() };
    let report = check(hidden, "rfc7644").await;
    let (found, conclusion) = mark(&report, "update");
    assert_eq!(found, Mark::Note, "{report:#?}");
    assert!(conclusion.contains("hidden"), "{conclusion}");
    let (found, conclusion) = mark(&report, "cleanup");
    assert_eq!(found, Mark::Note);
    assert!(conclusion.contains("hidden"), "what is not seen is not written to: {conclusion}");
    assert_eq!(mark(&report, "remove_member").0, Mark::Good, "it goes on with another account");

    let gone = Manners { inactive: Inactive::Deleted, ..Manners::default() };
    let peer = Peer::start(gone, STAFF).await;
    let before = peer.everything();
    let report = peer.check("rfc7644", true).await;
    let (_, conclusion) = mark(&report, "update");
    assert!(conclusion.contains("is gone"), "{conclusion}");
    assert_eq!(mark(&report, "cleanup").0, Mark::Good, "{report:#?}");
    assert_eq!(peer.everything(), before);
}

#[tokio::test]
async fn reads_that_lag_are_waited_for_and_told() {
    let manners = Manners { reads_lag: 5, ..Manners::default() };
    let report = check(manners, "rfc7644").await;
    assert_eq!(mark(&report, "update").0, Mark::Good, "{report:#?}");
    let (found, conclusion) = mark(&report, "reads");
    assert_eq!(found, Mark::Note);
    assert!(conclusion.contains("shows about"), "{conclusion}");
}

#[tokio::test]
async fn what_clears_an_attribute_is_tried_in_every_way() {
    let report = check(Manners::default(), "rfc7644").await;
    let (found, conclusion) = mark(&report, "clear");
    assert_eq!(found, Mark::Good);
    assert!(conclusion.contains("by a removal and by null and by an empty text"), "{conclusion}");

    let manners = Manners { clears_by_empty_text: true, ..Manners::default() };
    for begun_with in ["rfc7644", "netskope"] {
        let report = check(manners.clone(), begun_with).await;
        assert_eq!(mark(&report, "clear").0, Mark::Change, "{report:#?}");
        assert_eq!(proposed(&report, begun_with).users.clear, ClearForm::Empty);
    }
}

#[tokio::test]
async fn members_are_seen_by_their_own_accounts_where_groups_cannot_be_read() {
    let manners = Manners { hides_groups: true, ..Manners::default() };
    let peer = Peer::start(manners, STAFF).await;
    let before = peer.everything();
    let report = peer.check("rfc7644", true).await;
    assert_eq!(mark(&report, "remove_member").0, Mark::Good, "{report:#?}");
    let (found, conclusion) = mark(&report, "own_groups");
    assert_eq!(found, Mark::Note);
    assert!(conclusion.contains("groups cannot be read"), "{conclusion}");
    assert_eq!(mark(&report, "cleanup").0, Mark::Good, "the list tells that the group is ours");
    assert_eq!(peer.everything(), before);
}
