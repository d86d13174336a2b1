use super::peer::{Manners, Peer, Removal, mark, options, proposed};
use crate::scim::probe::{self, Mark, Proposal};
use crate::scim::{ActiveForm, Dialect, RemoveMember, Update};

const STAFF: &[&str] = &["kim@example.com", "lee@example.com", "pat@example.com"];

fn netskope() -> Manners {
    Manners {
        tokens: vec![("netskope-api-token", "s3cret"), ("authorization", "Bearer s3cret")],
        by_filter: Removal::Refused,
        by_array: Removal::One,
        members_only_when_asked: true,
        quota: true,
        ..Manners::default()
    }
}

#[tokio::test]
async fn strict_server_is_right_with_the_rfc_and_wrong_with_netskope() {
    let peer = Peer::start(Manners::default(), STAFF).await;
    let before = peer.everything();
    let report = peer.check("rfc7644", false).await;
    assert!(report.ok, "{report:#?}");
    assert_eq!(report.proposal, Proposal::Keep);
    assert_eq!(peer.everything(), before, "nobody was changed and nothing is left");

    let report = peer.check("netskope", false).await;
    assert!(!report.ok);
    assert_eq!(report.proposal, Proposal::BuiltIn("rfc7644".to_owned()));
    for check in ["token", "remove_member"] {
        assert_eq!(mark(&report, check).0, Mark::Change, "{check}");
    }
    assert_eq!(peer.everything(), before);
}

#[tokio::test]
async fn server_like_netskope_is_told_from_the_rfc() {
    let peer = Peer::start(netskope(), STAFF).await;
    let before = peer.everything();
    let report = peer.check("netskope", true).await;
    assert!(report.ok, "{report:#?}");
    assert_eq!(report.proposal, Proposal::Keep);
    assert_eq!(mark(&report, "quota").0, Mark::Good);
    assert_eq!(mark(&report, "custom_attributes").0, Mark::Good);
    assert_eq!(peer.everything(), before, "what was made is gone");

    let report = peer.check("rfc7644", false).await;
    assert!(!report.ok);
    assert_eq!(report.proposal, Proposal::BuiltIn("netskope".to_owned()));
}

#[tokio::test]
async fn report_tells_nobody_by_name_and_no_token() {
    let peer = Peer::start(netskope(), STAFF).await;
    let report = peer.check("rfc7644", true).await;
    let told = serde_json::to_string(&report).unwrap();
    for secret in ["kim", "lee@", "example.com", "s3cret", "u0", "usher-check-"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

#[tokio::test]
async fn form_that_empties_the_group_is_found_on_the_group_that_was_made() {
    let manners = Manners { by_array: Removal::All, ..Manners::default() };
    let peer = Peer::start(manners, STAFF).await;
    let before = peer.everything();
    let report = peer.check("groups: { remove_member: value-array }", false).await;
    let (found, conclusion) = mark(&report, "remove_member");
    assert_eq!(found, Mark::Change);
    assert!(
        conclusion.contains("value-array REMOVES MEMBERS THAT IT DOES NOT NAME"),
        "{conclusion}"
    );
    assert_eq!(report.proposal, Proposal::BuiltIn("rfc7644".to_owned()));
    assert_eq!(peer.everything(), before, "no other group was touched");
}

#[tokio::test]
async fn form_that_does_nothing_is_found() {
    let manners =
        Manners { by_filter: Removal::Nothing, by_array: Removal::One, ..Manners::default() };
    let peer = Peer::start(manners, STAFF).await;
    let report = peer.check("rfc7644", false).await;
    let (found, conclusion) = mark(&report, "remove_member");
    assert_eq!(found, Mark::Change);
    assert!(
        conclusion.contains("value-filter is answered with yes and does nothing"),
        "{conclusion}"
    );
    let dialect = proposed(&report, "rfc7644");
    assert_eq!(dialect.groups.remove_member, RemoveMember::ValueArray);
    assert_eq!(dialect.auth, Dialect::default().auth);
}

#[tokio::test]
async fn without_two_accounts_the_form_of_removal_is_never_called_right() {
    let peer = Peer::start(Manners::default(), &["kim@example.com"]).await;
    let report = peer.check("rfc7644", false).await;
    assert!(!report.ok);
    assert_eq!(mark(&report, "remove_member").0, Mark::Change);
    let report = peer.check("rfc7644", true).await;
    assert!(report.ok, "{report:#?}");
}

#[tokio::test]
async fn filters_that_are_ignored_or_refused_are_found() {
    let manners = Manners { ignores_filters: true, ..Manners::default() };
    let report = Peer::start(manners, STAFF).await.check("rfc7644", false).await;
    let (found, conclusion) = mark(&report, "lookup");
    assert_eq!(found, Mark::Change);
    assert!(conclusion.contains("the filter is ignored"), "{conclusion}");
    assert_eq!(mark(&report, "group_lookup").0, Mark::Note);

    let manners = Manners { refused_filters: vec!["emails.value"], ..Manners::default() };
    let report = Peer::start(manners, STAFF).await.check("rfc7644", false).await;
    assert!(!report.ok);
    let Proposal::File(file) = &report.proposal else { panic!("{report:#?}") };
    insta::assert_snapshot!(file, @r#"
    # Proposed by `usher target check`: what differs from the built-in dialect `rfc7644`.
    # rfc7644.yaml shows and explains every key.
    base: rfc7644
    filters:
      emails.work: emails[type eq "work"].value
    "#);

    let manners = Manners { refused_filters: vec!["userName"], ..Manners::default() };
    let report = Peer::start(manners, STAFF).await.check("rfc7644", false).await;
    let lookup = proposed(&report, "rfc7644").lookup;
    assert_eq!(lookup, [crate::model::AttributeName::WORK_EMAIL]);
}

#[tokio::test]
async fn pages_that_are_capped_are_asked_for_in_that_size() {
    let manners = Manners { page_size_max: 2, ..Manners::default() };
    let report = Peer::start(manners, STAFF).await.check("rfc7644", false).await;
    assert!(report.ok, "usher goes on by what it receives: {report:#?}");
    assert_eq!(mark(&report, "paging").0, Mark::Note);
    assert_eq!(proposed(&report, "rfc7644").paging.page_size.get(), 2);
}

#[tokio::test]
async fn way_to_change_an_account_is_found() {
    let manners = Manners { active_is_text: true, ..Manners::default() };
    let peer = Peer::start(manners, STAFF).await;
    let before = peer.everything();
    let report = peer.check("rfc7644", true).await;
    assert_eq!(mark(&report, "update").0, Mark::Change);
    assert_eq!(proposed(&report, "rfc7644").users.active, ActiveForm::Text);

    let manners = Manners { patches_users: false, ..Manners::default() };
    let peer = Peer::start(manners, STAFF).await;
    for create_users in [false, true] {
        let report = peer.check("rfc7644", create_users).await;
        assert_eq!(mark(&report, "update").0, Mark::Change);
        assert_eq!(proposed(&report, "rfc7644").users.update, Update::Put);
    }
    let report = peer.check("users: { update: put }", true).await;
    assert!(report.ok, "{report:#?}");
    assert_eq!(peer.everything(), before);
}

#[tokio::test]
async fn what_the_target_says_no_to_is_told_with_what_to_do() {
    let peer = Peer::start(Manners::default(), STAFF).await;
    let wrong_token = Manners { tokens: Vec::new(), ..Manners::default() };
    let read_only = Manners { may_write: false, ..Manners::default() };
    let no_groups = Manners { makes_groups: false, ..Manners::default() };
    let mut told = String::new();
    for (manners, check) in [(wrong_token, "token"), (read_only, "group"), (no_groups, "group")] {
        let report = Peer::start(manners, STAFF).await.check("rfc7644", false).await;
        assert!(!report.ok);
        let finding = report.findings.iter().find(|finding| finding.check == check).unwrap();
        told = format!("{told}{}\n    {}\n", finding.conclusion, finding.advice.as_ref().unwrap());
    }
    let nowhere = crate::scim::ProviderSettings {
        url: "http://127.0.0.1:9/v2".parse().unwrap(),
        ..peer.settings("rfc7644")
    };
    let report = probe::check(nowhere, options(false), std::future::pending()).await.unwrap();
    let (found, conclusion) = mark(&report, "reach");
    assert_eq!(found, Mark::Change);
    insta::assert_snapshot!(format!("{told}{conclusion}"), @r#"
    the token is not accepted (401): HTTP 401
        it is wrong, has expired, or is for something else: put a new one into the target's `token_file`
    no group could be made: HTTP 403
        give the token the scope to write Groups
    no group could be made: HTTP 405
        the target makes no groups by SCIM; ask the provider how memberships change
    the target cannot be reached: no connection
    "#);
}

#[tokio::test]
async fn members_that_show_only_in_another_way_are_found() {
    let manners = Manners {
        takes_excluded_attributes: false,
        members_only_when_asked: true,
        ..Manners::default()
    };
    let peer = Peer::start(manners, STAFF).await;
    let report = peer.check("groups: { members_query: '' }", false).await;
    let dialect = proposed(&report, "rfc7644");
    assert_eq!(dialect.groups.members_query, "attributes=displayName,members");
    assert_eq!(dialect.groups.search_query, "");
}

#[tokio::test]
async fn extension_that_nobody_knows_is_kept_or_dropped() {
    for (keeps_extensions, word) in [(true, "kept"), (false, "dropped")] {
        let manners = Manners { keeps_extensions, ..Manners::default() };
        let report = Peer::start(manners, STAFF).await.check("rfc7644", true).await;
        let told = report.findings.iter().filter(|finding| finding.check == "extension");
        let told: Vec<&str> = told.map(|finding| finding.conclusion.as_str()).collect();
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|told| told.contains(word)), "{told:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_deleted_is_said_with_its_name() {
    let manners = Manners { deletes: false, ..Manners::default() };
    let report = Peer::start(manners, STAFF).await.check("rfc7644", false).await;
    assert!(!report.ok);
    let cleanup = report.findings.iter().find(|finding| finding.check == "cleanup").unwrap();
    assert!(cleanup.advice.as_ref().unwrap().contains("usher-check-"));
}

#[tokio::test]
async fn check_that_is_stopped_leaves_nothing_behind() {
    let peer = Peer::start(Manners::default(), STAFF).await;
    let before = peer.everything();
    let has_begun = async {
        while peer.everything() == before {
            tokio::task::yield_now().await;
        }
    };
    let report = probe::check(peer.settings("rfc7644"), options(true), has_begun).await.unwrap();
    assert!(!report.ok);
    assert_eq!(mark(&report, "stopped").0, Mark::Change);
    assert_eq!(mark(&report, "cleanup").0, Mark::Good);
    assert_eq!(peer.everything(), before);
}
