use super::provider::{ScriptedProvider, add_member, attribute, deactivate, remove_member, reply};
use crate::model::account::Value;
use crate::model::call::{Failure, Landed, Outcome, Request, Verdict};
use crate::model::ids::ScimId;
use crate::model::operation::Operation;
use crate::scim::wait::Wait;
use reqwest::header::HeaderMap;

fn requests() -> Vec<(&'static str, Request)> {
    let account = ScimId::new("u1");
    let user_name = (attribute("userName"), Value::Text("kim".to_owned()));
    vec![
        (
            "find",
            Request::FindAccounts { attribute: attribute("userName"), value: "kim".to_owned() },
        ),
        ("read", Request::ReadAccount { account: account.clone() }),
        (
            "create",
            Request::Write(Operation::Create { active: true, attributes: [user_name].into() }),
        ),
        ("change", Request::Write(deactivate())),
        ("add", Request::Write(add_member())),
        ("remove", Request::Write(remove_member())),
        ("delete", Request::Write(Operation::Delete { account })),
    ]
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotSent => "not sent".to_owned(),
        Outcome::Done(reply) => format!("{reply:?}").split('(').next().unwrap().to_owned(),
        Outcome::Failed(Failure { verdict, landed, .. }) => {
            let landed = match landed {
                Landed::No => "",
                Landed::Maybe => " (may have landed)",
            };
            let verdict = match verdict {
                Verdict::Retry { after: None } => "retry".to_owned(),
                Verdict::Retry { after: Some(after) } => format!("retry after {after:?}"),
                Verdict::Stuck => "stuck".to_owned(),
                Verdict::Closed => "closed".to_owned(),
            };
            verdict + landed
        }
    }
}

#[tokio::test]
async fn every_answer_has_its_verdict() {
    let statuses = [
        200, 201, 202, 204, 301, 302, 307, 400, 401, 403, 404, 405, 407, 408, 409, 410, 412, 413,
        414, 415, 422, 423, 425, 429, 500, 501, 502, 503, 504, 505, 507, 599,
    ];
    let bodies = [
        (400, r#"{"scimType":"noTarget"}"#),
        (400, r#"{"scimType":"uniqueness"}"#),
        (400, r#"{"scimType":"mutability"}"#),
        (200, r#"{"status":"error","errors":["x"]}"#),
        (200, r#"{"ok":0}"#),
        (200, r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"]}"#),
    ];
    let cases = statuses.into_iter().map(|status| (status, "")).chain(bodies).collect::<Vec<_>>();
    let mut table = String::new();
    let provider = ScriptedProvider::start([]).await;
    for (status, body) in cases {
        provider.then(requests().into_iter().map(|_| reply(status, body)));
        table += format!("{status} {body}").trim_end();
        for (name, request) in requests() {
            let outcome = provider.outcome(request).await;
            table = format!("{table}\n    {name:7} {}", word(&outcome));
        }
        table += "\n";
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn texts_tell_what_to_do_and_repeat_nothing_of_the_provider() {
    let personal = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"kim@example.com","detail":"kim@example.com is taken","message":"kim"}"#;
    let mut texts = String::new();
    let provider = ScriptedProvider::start([]).await;
    for status in [200, 302, 400, 401, 404, 422, 429, 500, 502] {
        provider.then([reply(status, personal)]);
        let (_, find) = requests().remove(0);
        let Outcome::Failed(failure) = provider.outcome(find).await else {
            panic!("{status} is a failure");
        };
        assert!(!failure.what.contains("kim"), "{}", failure.what);
        texts += &failure.what;
        texts += "\n";
    }
    insta::assert_snapshot!(texts, @r#"
    could not look up an account at target `prod`: HTTP 200, but the body says it failed; it will be tried again
    could not look up an account at target `prod`: HTTP 302; usher follows no redirects; check the target's url
    could not look up an account at target `prod`: HTTP 400; trying again cannot help
    could not look up an account at target `prod`: HTTP 401; check the token and what it may do
    could not look up an account at target `prod`: HTTP 404; check the target's url
    could not look up an account at target `prod`: HTTP 422; trying again cannot help
    could not look up an account at target `prod`: HTTP 429; it will be tried again
    could not look up an account at target `prod`: HTTP 500; it will be tried again
    could not look up an account at target `prod`: HTTP 502; it will be tried again
    "#);
}

#[tokio::test]
async fn provider_that_asks_us_to_wait_is_heard() {
    let provider = ScriptedProvider::start([
        reply(429, "").header("retry-after", "7"),
        reply(429, "").header("ratelimit-reset", "9"),
        reply(503, "").header("retry-after", "100000"),
        reply(503, "").header("ratelimit-reset", "9"),
    ])
    .await;
    let mut words = Vec::new();
    for _ in 0..4 {
        words.push(word(&provider.write(deactivate()).await));
    }
    assert_eq!(words, ["retry after 7s", "retry after 9s", "retry after 300s", "retry"]);
}

#[test]
fn waits_are_read_in_every_form() {
    let now = "2026-09-30T15:00:00Z".parse().unwrap();
    let wait = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", text.parse().unwrap());
        Wait::read(&headers, now).retry_after.map(|wait| wait.as_secs())
    };
    assert_eq!(wait("30"), Some(30));
    assert_eq!(wait("0 seconds"), Some(1));
    assert_eq!(wait("-5"), Some(1));
    assert_eq!(wait("Wed, 30 Sep 2026 15:01:40 GMT"), Some(100));
    assert_eq!(wait("Wed, 30 Sep 2026 14:00:00 GMT"), Some(1));
    assert_eq!(wait("1790780460"), Some(60));
    assert_eq!(wait("soon"), None);
}

#[tokio::test]
async fn token_does_not_travel_with_a_redirect() {
    let elsewhere = ScriptedProvider::start([]).await;
    let provider = ScriptedProvider::start([
        reply(307, "").header("location", &format!("{}Users/u1", elsewhere.url))
    ])
    .await;
    let outcome = provider.write(deactivate()).await;
    assert_eq!(word(&outcome), "stuck");
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn answer_carries_call_and_status() {
    let provider = ScriptedProvider::start([reply(503, "")]).await;
    let answer = provider.answer(Request::Write(deactivate())).await;
    assert_eq!(answer.call, crate::model::call::CallId(7));
    assert_eq!(answer.status, Some(503));
}
