//! What the token may read besides: asked for at the root of the host, and never a failure of the target.

use super::provider::{ScriptedProvider, reply, settings};
use crate::inventory::scope::{Grant, List, Scope};
use crate::model::call::{Failure, Outcome, Reply, Request, Verdict};
use crate::scim::ProviderSettings;
use crate::scim::probe::{self, Mark};

fn read(list: List) -> Request {
    Request::ReadScope { list, received: 0 }
}

#[tokio::test]
async fn lists_stand_at_the_root_of_the_host_whatever_the_base_path_is() {
    let list = r#"{"data":[],"total":0}"#;
    let provider = ScriptedProvider::start(std::iter::repeat_n(reply(200, list), 2)).await;
    for asked in [List::PrivateAccessRules, List::ManagedUsers] {
        let outcome = provider.outcome(read(asked)).await;
        assert!(matches!(outcome, Outcome::Done(Reply::ScopePage(_))), "{outcome:?}");
    }
    let lines = provider.lines();
    assert_eq!(lines[0], "GET /api/v2/policy/npa/rules?limit=100&offset=0");
    assert_eq!(lines[1], "POST /api/v2/users/getusers");
    assert_eq!(provider.seen()[1].body["query"]["paging"]["limit"], 100);
    assert!(provider.seen()[0].header("accept").contains("application/json"));
}

#[tokio::test]
async fn nothing_that_is_refused_or_broken_is_a_failure_of_the_target() {
    for (status, body, grant) in [
        (403, "{}", Grant::NotGranted),
        (401, "{}", Grant::NotGranted),
        (404, "<html>", Grant::NotThere),
        (500, "{}", Grant::Failed),
        (200, "<html>", Grant::Failed),
        (200, r#"{"message":"no list"}"#, Grant::Failed),
    ] {
        // A 401 is asked again only if the token was replaced meanwhile.
        let provider = ScriptedProvider::start([reply(status, body)]).await;
        let outcome = provider.outcome(read(List::Devices)).await;
        assert_eq!(outcome, Outcome::Done(Reply::NoScope(grant)), "{status} {body}");
    }
    let busy = ScriptedProvider::start([reply(429, "{}")]).await;
    let outcome = busy.outcome(read(List::Devices)).await;
    let is_retry =
        matches!(outcome, Outcome::Failed(Failure { verdict: Verdict::Retry { .. }, .. }));
    assert!(is_retry, "a quota is about all calls: {outcome:?}");
}

#[tokio::test]
async fn each_scope_is_asked_for_one_by_one_and_told_with_its_endpoint() {
    let provider = ScriptedProvider::start([
        reply(200, r#"{"users":[{"userName":"kim@example.com"}],"total":1}"#),
        reply(403, "{}"),
        reply(200, r#"{"data":[]}"#),
        // No list of devices: events are asked.
        reply(404, "{}"),
        reply(200, r#"{"result":[]}"#),
        reply(404, "{}"),
        reply(500, "{}"),
    ])
    .await;
    let asked = ProviderSettings { ..settings(&provider.url) };
    let found = probe::scopes(&asked, 1000.0).await.unwrap();
    let told: Vec<_> = found.iter().map(|one| (one.scope, one.grant)).collect();
    assert_eq!(
        told,
        [
            (Scope::UserManagement, Some(Grant::NotGranted)),
            (Scope::Policies, Some(Grant::Granted)),
            (Scope::Devices, Some(Grant::Granted)),
            (Scope::Administrators, Some(Grant::NotThere)),
            (Scope::Tokens, Some(Grant::Failed)),
        ]
    );
    assert!(found[0].finding.conclusion.contains("/api/v2/users/getgroups"));
    assert!(found[2].finding.conclusion.contains("clientstatus"));
    assert!(found.iter().all(|one| one.finding.mark != Mark::Change), "none of it is needed");
    let json = serde_json::to_string(&found).unwrap();
    assert!(!json.contains("kim") && !json.contains("s3cret"), "{json}");
}
