use super::provider::{ScriptedProvider, attribute, group, reply};
use crate::model::call::{Outcome, Reply, Request};
use crate::model::ids::{GroupName, ScimId};
use serde_json::json;

fn find(name: &str, value: &str) -> Request {
    Request::FindAccounts { attribute: attribute(name), value: value.to_owned() }
}

fn ids(outcome: Outcome) -> Vec<String> {
    match outcome {
        Outcome::Done(Reply::Accounts(accounts)) => {
            accounts.iter().map(|account| account.id.to_string()).collect()
        }
        Outcome::Done(Reply::Groups(groups)) => {
            groups.iter().map(|group| group.id.to_string()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn filter_is_quoted_and_encoded() {
    let none = r#"{"totalResults":0}"#;
    let provider = ScriptedProvider::start([reply(200, none), reply(200, none)]).await;
    assert!(ids(provider.outcome(find("userName", "o\"b\\r en+&é")).await).is_empty());
    assert!(ids(provider.outcome(find("emails.work", "a@b.c")).await).is_empty());
    insta::assert_snapshot!(provider.lines().join("\n"), @r#"
    GET /scim/v2/Users?filter=userName%20eq%20%22o%5C%22b%5C%5Cr%20en%2B%26%C3%A9%22&startIndex=1&count=100
    GET /scim/v2/Users?filter=emails.value%20eq%20%22a%40b.c%22&startIndex=1&count=100
    "#);
}

#[tokio::test]
async fn provider_that_ignores_the_filter_does_not_decide_who_is_who() {
    let all = json!({ "totalResults": 4, "resources": [
        { "id": 1, "USERNAME": "KIM@example.com" },
        { "id": "2", "userName": "other@example.com" },
        { "id": "3" },
        { "userName": "kim@example.com" },
    ]});
    let provider = ScriptedProvider::start([reply(200, &all.to_string())]).await;
    let found = ids(provider.outcome(find("userName", "kim@example.com")).await);
    assert_eq!(found, ["1"]);
}

#[tokio::test]
async fn external_id_is_compared_with_case() {
    let all = json!({ "totalResults": 2, "Resources": [
        { "id": "1", "externalId": "AB" }, { "id": "2", "externalId": "ab" },
    ]});
    let provider = ScriptedProvider::start([reply(200, &all.to_string())]).await;
    assert_eq!(ids(provider.outcome(find("externalId", "ab")).await), ["2"]);
}

#[tokio::test]
async fn pages_are_followed_by_the_items_received() {
    let page = |ids: &[&str]| {
        let items: Vec<_> = ids.iter().map(|id| json!({ "id": id, "userName": "kim" })).collect();
        reply(
            200,
            &json!({ "totalResults": "3", "itemsPerPage": 9, "Resources": items }).to_string(),
        )
    };
    let provider = ScriptedProvider::start([page(&["1", "2"]), page(&["3"])]).await;
    assert_eq!(ids(provider.outcome(find("userName", "kim")).await), ["1", "2", "3"]);
    insta::assert_snapshot!(provider.lines().join("\n"), @r#"
    GET /scim/v2/Users?filter=userName%20eq%20%22kim%22&startIndex=1&count=100
    GET /scim/v2/Users?filter=userName%20eq%20%22kim%22&startIndex=3&count=100
    "#);
}

#[tokio::test]
async fn pages_that_repeat_end_the_look_up_with_a_reason() {
    let same = json!({ "totalResults": 9, "Resources": [{ "id": "1", "userName": "lee" }] });
    let same = reply(200, &same.to_string());
    let provider = ScriptedProvider::start(std::iter::repeat_n(same, 6)).await;
    insta::assert_debug_snapshot!(provider.outcome(find("userName", "kim")).await, @r#"
    Failed(
        Failure {
            verdict: Stuck,
            landed: No,
            what: "could not look up an account at target `prod`: the provider sends the same page again and again; trying again cannot help",
        },
    )
    "#);
}

#[tokio::test]
async fn pages_without_end_end_all_the_same() {
    let pages = (0..300).map(|number| {
        let page = json!({ "totalResults": 9999, "Resources": [{ "id": number }] });
        reply(200, &page.to_string())
    });
    let provider = ScriptedProvider::start(pages).await;
    let outcome = provider.outcome(find("userName", "kim")).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    assert_eq!(provider.seen().len(), 200);
}

#[tokio::test]
async fn group_of_exactly_that_name_is_preferred() {
    let groups = |names: &[(&str, &str)]| {
        let items: Vec<_> =
            names.iter().map(|(id, name)| json!({ "id": id, "displayName": name })).collect();
        reply(200, &json!({ "totalResults": items.len(), "Resources": items }).to_string())
    };
    let provider = ScriptedProvider::start([
        groups(&[("1", "vpn"), ("2", "VPN"), ("3", "VPN-2")]),
        groups(&[("1", "vpn"), ("3", "VPN-2")]),
    ])
    .await;
    let find = || Request::FindGroups { name: GroupName::new("VPN") };
    assert_eq!(ids(provider.outcome(find()).await), ["2"]);
    assert_eq!(ids(provider.outcome(find()).await), ["1"]);
    insta::assert_snapshot!(provider.lines()[0], @"GET /scim/v2/Groups?filter=displayName%20eq%20%22VPN%22&excludedAttributes=members&startIndex=1&count=100");
}

#[tokio::test]
async fn account_is_read_whatever_the_letter_case_and_types() {
    let user = json!({
        "ID": "u1", "ACTIVE": "True", "username": "Kim", "title": "", "nickName": null,
        "Emails": [
            { "value": "home@example.com", "type": "home", "primary": true },
            { "value": "work@example.com", "type": "Work" },
        ],
        "phoneNumbers": { "value": "+49 1" },
        "URN:ietf:params:scim:schemas:extension:enterprise:2.0:user": { "employeenumber": 88213 },
    });
    let provider = ScriptedProvider::start([reply(200, &user.to_string())]).await;
    let outcome = provider.outcome(Request::ReadAccount { account: ScimId::new("u1") }).await;
    let Outcome::Done(Reply::Account(account)) = outcome else {
        panic!("{outcome:?}");
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(&account).unwrap(), @r#"
    {
      "id": "u1",
      "active": true,
      "attributes": {
        "emails.work": "work@example.com",
        "enterprise.employeeNumber": "88213",
        "phoneNumbers.work": "+49 1",
        "userName": "Kim"
      }
    }
    "#);
}

#[tokio::test]
async fn another_account_than_the_one_asked_for_is_not_taken_for_it() {
    let provider = ScriptedProvider::start([reply(200, r#"{"id":"u2"}"#), reply(200, "{}")]).await;
    for _ in 0..2 {
        let outcome = provider.outcome(Request::ReadAccount { account: ScimId::new("u1") }).await;
        assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    }
}

#[tokio::test]
async fn members_are_read_and_an_unreadable_one_is_not_nobody() {
    let provider = ScriptedProvider::start([
        reply(200, r#"{"id":"g1","members":[{"value":"u1"},{"Value":2},"u3"]}"#),
        reply(200, r#"{"id":"g1"}"#),
        reply(200, r#"{"id":"g1","members":[{"display":"Kim"}]}"#),
        reply(200, "<html>please log in</html>"),
    ])
    .await;
    let read = || Request::ReadMembers { group: group("g1") };
    let members = |ids: &[&str]| {
        Outcome::Done(Reply::Members(ids.iter().map(|id| ScimId::new(*id)).collect()))
    };
    assert_eq!(provider.outcome(read()).await, members(&["u1", "2", "u3"]));
    assert_eq!(provider.outcome(read()).await, members(&[]));
    for _ in 0..2 {
        let outcome = provider.outcome(read()).await;
        assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    }
    assert_eq!(provider.lines()[0], "GET /scim/v2/Groups/g1?attributes=displayName,members");
}
