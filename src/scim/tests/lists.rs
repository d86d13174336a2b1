//! Lists that contradict themselves, filters that are not heeded, and bodies in odd wrappings.

use super::provider::{ScriptedProvider, attribute, reply};
use crate::model::call::{Failure, Outcome, Reply, Request, Verdict};
use crate::model::ids::{GroupName, ScimId};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::{Value as Json, json};
use std::io::Write;

fn find(name: &str) -> Request {
    Request::FindAccounts { attribute: attribute(name), value: "kim@example.com".to_owned() }
}

fn find_vpn() -> Request {
    Request::FindGroups { name: GroupName::new("VPN") }
}

fn read() -> Request {
    Request::ReadAccount { account: ScimId::new("u1") }
}

fn kim() -> Json {
    json!({ "id": "u1", "userName": "kim@example.com" })
}

fn list(total: u64, items: &[Json]) -> super::provider::Reply {
    reply(200, &json!({ "totalResults": total, "Resources": items }).to_string())
}

fn ids(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Done(Reply::Accounts(found)) => {
            found.iter().map(|account| account.id.to_string()).collect()
        }
        Outcome::Done(Reply::Groups(found)) => {
            found.iter().map(|group| group.id.to_string()).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// What is said of a look-up that proves nothing.
fn flaw(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Failed(Failure { verdict: Verdict::Stuck, what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_total_without_its_resources_is_not_nobody() {
    for broken in [
        r#"{"totalResults":1}"#,
        r#"{"totalResults":1,"itemsPerPage":0}"#,
        r#"{"totalResults":1,"itemsPerPage":0,"Resources":[]}"#,
        r#"{"totalResults":"1","Resources":null}"#,
    ] {
        let provider = ScriptedProvider::start(std::iter::repeat_n(reply(200, broken), 9)).await;
        let outcome = provider.outcome(find("userName")).await;
        assert!(flaw(&outcome).contains("shorter than its own total"), "{broken}: {outcome:?}");
        let outcome = provider.outcome(find_vpn()).await;
        assert!(flaw(&outcome).contains("shorter than its own total"), "{broken}: {outcome:?}");
    }
}

/// Groups are few: nobody is told that there is none by a filter alone.
#[tokio::test]
async fn a_group_that_the_filter_does_not_find_is_asked_for_again_while_the_whole_list_fails() {
    let failing = std::iter::repeat_n(reply(503, "{}"), 3);
    let provider = ScriptedProvider::start([list(0, &[])].into_iter().chain(failing)).await;
    match provider.outcome(find_vpn()).await {
        Outcome::Failed(Failure { verdict: Verdict::Retry { .. }, .. }) => {}
        other => panic!("{other:?}"),
    }
    let refused = std::iter::repeat_n(reply(403, "{}"), 6);
    let provider = ScriptedProvider::start([list(0, &[])].into_iter().chain(refused)).await;
    assert_eq!(ids(&provider.outcome(find_vpn()).await), [""; 0]);
}

#[tokio::test]
async fn a_list_that_counts_from_zero_shows_its_first_hit_when_asked_from_zero() {
    let provider = ScriptedProvider::start([list(1, &[]), list(1, &[]), list(1, &[kim()])]).await;
    assert_eq!(ids(&provider.outcome(find("userName")).await), ["u1"]);
    insta::assert_snapshot!(provider.lines().join("\n"), @r#"
    GET /scim/v2/Users?filter=userName%20eq%20%22kim%40example.com%22&startIndex=1&count=100
    GET /scim/v2/Users?filter=userName%20eq%20%22kim%40example.com%22
    GET /scim/v2/Users?filter=userName%20eq%20%22kim%40example.com%22&startIndex=0&count=100
    "#);
}

#[tokio::test]
async fn a_list_that_contradicts_itself_is_asked_for_by_post_where_the_dialect_has_it() {
    let provider =
        ScriptedProvider::start([list(1, &[]), list(1, &[]), list(1, &[]), list(1, &[kim()])])
            .await;
    let client = provider.speaking("search_by_post: true");
    let call = super::provider::call(find("userName"));
    assert_eq!(ids(&client.answer(&call).await.outcome), ["u1"]);
    let seen = provider.seen();
    assert_eq!(seen[3].line(), "POST /scim/v2/Users/.search");
    assert_eq!(seen[3].body["filter"], "userName eq \"kim@example.com\"");
}

#[tokio::test]
async fn the_same_hit_twice_is_one() {
    let provider = ScriptedProvider::start([list(2, &[kim(), kim()])]).await;
    assert_eq!(ids(&provider.outcome(find("userName")).await), ["u1"]);
    assert_eq!(provider.seen().len(), 1);
}

#[tokio::test]
async fn what_is_missing_of_a_list_might_match_as_well_unless_it_is_a_user_name() {
    let mut item = kim();
    item["emails"] = json!([{ "value": "kim@example.com" }]);
    let short = std::iter::repeat_n(list(2, &[item]), 12);
    let provider = ScriptedProvider::start(short).await;
    let outcome = provider.outcome(find("emails.work")).await;
    assert!(flaw(&outcome).contains("again and again"), "{outcome:?}");
    assert_eq!(ids(&provider.outcome(find("userName")).await), ["u1"]);
}

#[tokio::test]
async fn a_filter_that_is_not_heeded_finds_nobody_and_proves_nothing() {
    let other =
        json!({ "id": "u2", "userName": "lee", "emails": [{ "value": "lee@example.com" }] });
    let provider = ScriptedProvider::start(std::iter::repeat_n(list(1, &[other]), 9)).await;
    for name in ["userName", "emails.work"] {
        let outcome = provider.outcome(find(name)).await;
        assert!(flaw(&outcome).contains("not heeded"), "{outcome:?}");
    }
    let client = provider.speaking("ignores_filters: true");
    let call = super::provider::call(find("userName"));
    assert!(ids(&client.answer(&call).await.outcome).is_empty(), "the whole list was compared");
    assert!(provider.lines().pop().unwrap().ends_with("/Users?startIndex=1&count=100"));
}

#[tokio::test]
async fn a_hit_that_does_not_show_what_it_was_asked_for_by_is_read_for_itself() {
    let bare = || list(1, &[json!({ "id": "u1" })]);
    let whole = reply(200, &kim().to_string());
    let provider =
        ScriptedProvider::start([bare(), whole, bare(), reply(200, r#"{"id":"u1"}"#)]).await;
    assert_eq!(ids(&provider.outcome(find("userName")).await), ["u1"]);
    let outcome = provider.outcome(find("userName")).await;
    assert!(flaw(&outcome).contains("do not show"), "{outcome:?}");
}

#[tokio::test]
async fn an_address_that_is_not_the_first_is_found_and_blanks_hide_nobody() {
    let emails = json!([{ "type": "work", "value": "k@example.com" }, { "type": "home", "value": " KIM@example.com " }]);
    let item = json!({ "id": "u1", "userName": "k", "emails": emails });
    let provider = ScriptedProvider::start([list(1, &[item])]).await;
    assert_eq!(ids(&provider.outcome(find("emails.work")).await), ["u1"]);
}

#[tokio::test]
async fn a_refused_filter_is_refused_once_and_a_refused_parameter_is_left_out() {
    let refused = reply(400, r#"{"scimType":"invalidFilter"}"#);
    let provider = ScriptedProvider::start([
        refused,
        reply(400, r#"{"detail":"unknown parameter"}"#),
        list(1, &[json!({ "id": "g1", "displayName": "VPN" })]),
    ])
    .await;
    assert!(flaw(&provider.outcome(find("emails.work")).await).contains("invalidFilter"));
    assert_eq!(ids(&provider.outcome(find_vpn()).await), ["g1"]);
    assert_eq!(
        provider.lines()[2],
        "GET /scim/v2/Groups?filter=displayName%20eq%20%22VPN%22",
        "without `excludedAttributes` and `count`"
    );
}

#[tokio::test]
async fn that_there_is_no_such_group_is_believed_of_all_groups_only() {
    let vpn = json!({ "id": "g1", "displayName": "VPN" });
    let other = json!({ "id": "g2", "displayName": "Other" });
    let provider = ScriptedProvider::start([
        list(0, &[]),
        list(2, &[other.clone(), vpn]),
        list(0, &[]),
        list(1, &[other]),
    ])
    .await;
    assert_eq!(ids(&provider.outcome(find_vpn()).await), ["g1"], "the filter lies");
    assert!(ids(&provider.outcome(find_vpn()).await).is_empty());
}

#[tokio::test]
async fn a_404_to_a_filter_is_nobody_only_where_lists_are_known_to_be() {
    let provider = ScriptedProvider::start([
        reply(404, ""),
        list(7, &[kim()]),
        reply(404, ""),
        reply(404, ""),
        reply(404, ""),
    ])
    .await;
    assert!(ids(&provider.outcome(find("userName")).await).is_empty());
    assert!(ids(&provider.outcome(find("userName")).await).is_empty());
    assert_eq!(provider.lines()[1], "GET /scim/v2/Users?startIndex=1&count=1");
    assert_eq!(provider.seen().len(), 3, "asked once, known from then on");

    let client = provider.speaking("no_match: not-found");
    let wrong = client.answer(&super::provider::call(find("userName"))).await.outcome;
    assert!(
        matches!(&wrong, Outcome::Failed(Failure { verdict: Verdict::Closed, .. })),
        "a wrong url is told whatever the dialect says: {wrong:?}"
    );
}

#[tokio::test]
async fn a_404_to_a_filter_says_what_it_may_mean() {
    let provider = ScriptedProvider::start([reply(404, ""), reply(404, "")]).await;
    insta::assert_debug_snapshot!(provider.outcome(find("userName")).await, @r#"
    Failed(
        Failure {
            verdict: Closed,
            landed: No,
            what: "could not look up an account at target `prod`: HTTP 404; check the target's url; if this provider answers so to a filter that matches nothing, say `no_match: not-found` in its dialect",
        },
    )
    "#);
}

#[tokio::test]
async fn an_account_too_large_to_be_read_is_asked_for_without_its_groups() {
    let heavy = format!("{{\"id\":\"u1\",\"groups\":\"{}\"}}", "g".repeat(17 * 1024 * 1024));
    let light = || reply(200, r#"{"id":"u1","active":false}"#);
    let provider = ScriptedProvider::start([reply(200, &heavy), light(), light()]).await;
    for _ in 0..2 {
        let outcome = provider.outcome(read()).await;
        assert!(matches!(outcome, Outcome::Done(Reply::Account(_))), "{outcome:?}");
    }
    insta::assert_snapshot!(provider.lines().join("\n"), @r"
    GET /scim/v2/Users/u1
    GET /scim/v2/Users/u1?excludedAttributes=groups
    GET /scim/v2/Users/u1?excludedAttributes=groups
    ");
}

#[tokio::test]
async fn three_megabytes_of_groups_are_read() {
    let heavy = format!("{{\"id\":\"u1\",\"groups\":\"{}\"}}", "g".repeat(3 * 1024 * 1024));
    let provider = ScriptedProvider::start([reply(200, &heavy)]).await;
    let outcome = provider.outcome(read()).await;
    assert!(matches!(outcome, Outcome::Done(Reply::Account(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_query_that_the_provider_refuses_is_left_out() {
    let provider = ScriptedProvider::start([reply(400, "{}"), reply(200, r#"{"id":"u1"}"#)]).await;
    let client = provider.speaking("users: { query: excludedAttributes=groups }");
    let outcome = client.answer(&super::provider::call(read())).await.outcome;
    assert!(matches!(outcome, Outcome::Done(Reply::Account(_))), "{outcome:?}");
    insta::assert_snapshot!(provider.lines().join("\n"), @r"
    GET /scim/v2/Users/u1?excludedAttributes=groups
    GET /scim/v2/Users/u1
    ");
}

#[tokio::test]
async fn a_custom_attribute_of_a_megabyte_is_not_kept() {
    let urn = "urn:ietf:params:scim:schemas:extension:tenant:2.0:User";
    let user = json!({ "id": "u1", urn: { "big": "x".repeat(1_300_000), "small": "x" } });
    let provider = ScriptedProvider::start([reply(200, &user.to_string())]).await;
    let client = provider.speaking("base: netskope");
    let outcome = client.answer(&super::provider::call(read())).await.outcome;
    let Outcome::Done(Reply::Account(account)) = outcome else { panic!("{outcome:?}") };
    let kept = serde_json::to_string(&account).unwrap();
    assert!(kept.len() < 1_000 && kept.contains("custom.small"), "{} bytes", kept.len());
}

#[tokio::test]
async fn bodies_with_a_mark_compressed_or_in_utf16_are_read() {
    let text = r#"{"id":"u1","userName":"Kîm"}"#;
    let gzip = |text: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    };
    let zlib = |text: &[u8]| {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    };
    let deflate = |text: &[u8]| {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    };
    let mark = |text: &[u8]| [b"\xef\xbb\xbf", text].concat();
    let utf16 = |_: &[u8]| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
    };
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (mark(text.as_bytes()), ""),
        (gzip(text.as_bytes()), "gzip"),
        (gzip(text.as_bytes()), ""),
        (gzip(&mark(text.as_bytes())), "gzip"),
        (zlib(text.as_bytes()), "deflate"),
        (deflate(text.as_bytes()), "deflate"),
        (utf16(text.as_bytes()), ""),
    ];
    let replies = bodies.into_iter().map(|(body, encoding)| {
        let answer = super::provider::reply_of_bytes(200, body);
        if encoding.is_empty() { answer } else { answer.header("content-encoding", encoding) }
    });
    let provider = ScriptedProvider::start(replies).await;
    for number in 0..7 {
        let outcome = provider.outcome(read()).await;
        let Outcome::Done(Reply::Account(account)) = &outcome else {
            panic!("{number}: {outcome:?}")
        };
        assert_eq!(account.attributes.len(), 1, "{number}");
    }
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_a_large_one_is_not_swallowed() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b' '; 40 * 1024 * 1024]).unwrap();
    let bomb = super::provider::reply_of_bytes(200, packed.finish().unwrap());
    let provider = ScriptedProvider::start(std::iter::repeat_n(bomb, 5)).await;
    let outcome = provider.outcome(read()).await;
    assert!(flaw(&outcome).contains("beyond the limit"), "{outcome:?}");
}
