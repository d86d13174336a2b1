use super::provider::{
    ScriptedProvider, add_member, attribute, call, deactivate, group, nobody, outcome_within, raw,
    remove_member, reply,
};
use crate::model::account::Value;
use crate::model::call::{Failure, Landed, Outcome, RateLimits, Request, Verdict};
use crate::model::ids::ScimId;
use crate::model::operation::{Field, Operation};
use crate::scim::limits;
use crate::scim::wait::Wait;
use reqwest::header::HeaderMap;
use std::fmt::Write;
use std::time::Duration;

/// What is asked, by the name of its column.
fn requests() -> Vec<(&'static str, Request)> {
    let account = ScimId::new("u1");
    let user_name = (attribute("userName"), Value::Text("kim".to_owned()));
    let rename = Operation::Change {
        account: account.clone(),
        active: None,
        attributes: [(user_name.0.clone(), Field::Set(user_name.1.clone()))].into(),
    };
    let group = group("g1");
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
        ("rename", Request::Write(rename)),
        ("add", Request::Write(add_member())),
        ("remove", Request::Write(remove_member())),
        ("delete", Request::Write(Operation::Delete { account: account.clone() })),
        ("add many", Request::AddMembers { group: group.clone(), accounts: vec![account] }),
        ("new group", Request::Write(Operation::CreateGroup { name: group.name })),
    ]
}

/// `*`: it may have landed.
fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotSent => "not sent".to_owned(),
        Outcome::Done(reply) => format!("{reply:?}").split('(').next().unwrap().to_owned(),
        Outcome::Failed(Failure { verdict, landed, .. }) => {
            let landed = match landed {
                Landed::No => "",
                Landed::Maybe => "*",
            };
            let verdict = match verdict {
                Verdict::Retry { after: None } => "retry".to_owned(),
                Verdict::Retry { after: Some(after) } => format!("retry after {after:?}"),
                Verdict::Again => "again".to_owned(),
                Verdict::Stuck => "stuck".to_owned(),
                Verdict::Closed => "closed".to_owned(),
            };
            verdict + landed
        }
    }
}

fn row(name: &str, words: impl IntoIterator<Item = String>) -> String {
    let cells =
        words.into_iter().fold(format!("{name:44} "), |row, word| format!("{row}{word:10}"));
    cells.trim_end().to_owned() + "\n"
}

fn head() -> String {
    row("", requests().into_iter().map(|(name, _)| name.to_owned()))
}

#[tokio::test]
async fn every_answer_has_its_verdict() {
    let statuses = [200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308];
    let statuses = statuses.into_iter().chain(400..=504);
    let statuses = statuses.chain([505, 507, 511, 520, 522, 524, 529, 530, 599]);
    let bodies = [
        (400, r#"{"scimType":"noTarget"}"#),
        (400, r#"{"scimType":"uniqueness"}"#),
        (400, r#"{"scimType":"invalidVers"}"#),
        (400, r#"{"scimType":"mutability"}"#),
        (409, r#"{"scimType":"uniqueness"}"#),
        (409, r#"{"scimType":"mutability"}"#),
        (402, r#"{"detail":"no licence is left"}"#),
        (403, r#"{"detail":"all seats are taken"}"#),
        (400, r#"{"status":{"scimType":"uniqueness"}}"#),
        (200, r#"{"status":"error","errors":["x"]}"#),
        (200, r#"{"status":{"code":500,"message":"x"}}"#),
        (200, r#"{"ok":0}"#),
        (200, r#"{"success":false}"#),
        (200, r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"]}"#),
        (200, "<html>back soon</html>"),
        (502, "<html>bad gateway</html>"),
    ];
    let cases = statuses.map(|status| (status, "")).chain(bodies).collect::<Vec<_>>();
    let provider = ScriptedProvider::start([]).await;
    let mut table = head();
    for (status, body) in cases {
        let mut words = Vec::new();
        for (_, request) in requests() {
            // However often it asks.
            provider.only(std::iter::repeat_n(reply(status, body), 4));
            words.push(word(&provider.outcome(request).await));
        }
        let is_outage = matches!(status, 300..=399 | 408 | 421 | 423 | 425 | 429)
            || (500..=599).contains(&status) && ![501, 505].contains(&status);
        let is_stuck = words.iter().any(|word| word.starts_with("stuck"));
        assert!(!(is_outage && is_stuck), "{status} sets people aside: {words:?}");
        table += &row(&format!("{status} {body}"), words);
    }
    println!("{table}");
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn every_broken_connection_has_its_verdict() {
    let (_held, nobody) = nobody();
    let cases = [
        ("no listener", nobody),
        ("unknown host", "https://no-such-host.invalid".to_owned()),
        ("no TLS", raw("not TLS at all", true).await.replace("http://", "https://")),
        ("closed without a word", raw("", true).await),
        ("no answer in time", raw("", false).await),
        ("broken in the head", raw("HTTP/1.1 200 OK\r\ncontent-le", true).await),
        ("no HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n", true).await),
        (
            "200, half a body",
            raw("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"id\":", true).await,
        ),
        (
            "200, half a chunk",
            raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{\"id\":", true).await,
        ),
        (
            "503, half a body",
            raw("HTTP/1.1 503 Wait\r\ncontent-length: 50\r\n\r\n{\"id\":", true).await,
        ),
    ];
    let mut table = head();
    for (name, url) in cases {
        let mut words = Vec::new();
        for (_, request) in requests() {
            words.push(word(&outcome_within(&url, Duration::from_millis(300), request).await));
        }
        let is_stuck = words.iter().any(|word| word.starts_with("stuck"));
        assert!(!is_stuck, "{name} sets people aside: {words:?}");
        table += &row(name, words);
    }
    println!("{table}");
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn media_type_of_an_answer_does_not_matter() {
    let provider = ScriptedProvider::start([]).await;
    let account = || Request::ReadAccount { account: ScimId::new("u1") };
    for media in ["application/json", "text/plain", "text/html; charset=utf-8", "application/xml"] {
        provider.then([reply(200, r#"{"id":"u1"}"#).header("content-type", media)]);
        assert_eq!(word(&provider.outcome(account()).await), "Account", "{media}");
    }
}

#[tokio::test]
async fn texts_tell_what_to_do_and_repeat_nothing_of_the_provider() {
    let personal = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"kim@example.com","detail":"kim@example.com is taken","message":"kim"}"#;
    let mut texts = String::new();
    let provider = ScriptedProvider::start([]).await;
    for status in [200, 302, 400, 401, 404, 422, 429, 500, 502] {
        provider.only(std::iter::repeat_n(reply(status, personal), 4));
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
    could not look up an account at target `prod`: HTTP 404; check the target's url; if this provider answers so to a filter that matches nothing, say `no_match: not-found` in its dialect
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
    assert_eq!(words, ["retry after 7s", "retry after 9s", "retry after 900s", "retry"]);
}

#[test]
fn waits_are_read_in_every_form() {
    let now = "2026-09-30T15:00:00Z".parse().unwrap();
    let seconds = |wait: Wait| {
        wait.retry_after.map_or("no wait".to_owned(), |wait| format!("{} s", wait.as_secs()))
    };
    let mut table = String::new();
    for form in [
        "30",
        " 30 ",
        "1.2",
        "0",
        "0 seconds",
        "30s",
        "-5",
        "100000",
        "Wed, 30 Sep 2026 15:01:40 GMT",
        "Wednesday, 30-Sep-26 15:01:40 GMT",
        "Wed Sep 30 15:01:40 2026",
        "Wed, 30 Sep 2026 17:01:40 +0200",
        "Wed, 30 Sep 2026 14:00:00 GMT",
        "1790780460",
        "1790780460000",
        "1790780460000000",
        "90000ms",
        "99999999999999",
        "999999999999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "soon",
        "",
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", form.parse().unwrap());
        let _infallible = writeln!(table, "{form:40} {}", seconds(Wait::read(&headers, now)));
    }
    for body in [
        r#"{"message":"Rate Limit (1/SECOND) exceeded","Retry-After":"0 seconds"}"#,
        r#"{"retryAfter":12}"#,
        r#"{"retry_after":"12"}"#,
        r#"{"retryAfter":null}"#,
    ] {
        let wait = Wait::default().or_in(&serde_json::from_str(body).unwrap(), now);
        let _infallible = writeln!(table, "{body} {}", seconds(wait));
    }
    println!("{table}");
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn provider_that_asks_us_to_wait_in_the_body_is_heard() {
    let provider =
        ScriptedProvider::start([reply(429, r#"{"message":"x","Retry-After":"0 seconds"}"#)]).await;
    assert_eq!(word(&provider.write(deactivate()).await), "retry after 1s");
}

#[test]
fn quota_is_read_in_every_form() {
    let now = "2026-09-30T15:00:00Z".parse().unwrap();
    let read = |lines: &[(&'static str, &str)]| {
        let headers = lines.iter().map(|(name, value)| {
            (reqwest::header::HeaderName::from_static(name), value.parse().unwrap())
        });
        let limits = limits::read(&headers.collect(), now)?;
        Some((limits.limit, limits.remaining, limits.reset.map(|reset| reset.as_secs())))
    };
    let whole = Some((Some(10), Some(4), Some(30)));
    let cases: &[&[(&'static str, &str)]] = &[
        &[("ratelimit-limit", "10"), ("ratelimit-remaining", "4"), ("ratelimit-reset", "30")],
        &[("x-ratelimit-limit", "10"), ("x-ratelimit-remaining", "4"), ("x-ratelimit-reset", "30")],
        &[
            ("x-rate-limit-limit", "10"),
            ("x-rate-limit-remaining", "4"),
            ("x-rate-limit-reset", "1790780430"),
        ],
        &[
            ("ratelimit-limit", "10, 10;w=1, 50;w=60"),
            ("ratelimit-remaining", "4"),
            ("ratelimit-reset", "30"),
        ],
        &[("ratelimit", "limit=10, remaining=4, reset=30")],
        &[("ratelimit", r#""default";r=4;t=30"#), ("ratelimit-policy", r#""default";q=10;w=60"#)],
    ];
    for headers in cases {
        assert_eq!(read(headers), whole, "{headers:?}");
    }
    let reset = |text: &str| read(&[("ratelimit-reset", text)]).and_then(|(_, _, reset)| reset);
    assert_eq!(reset("60000"), Some(60_000), "a day's quota may have as much");
    assert_eq!(reset("120000"), Some(120), "no window is longer than a day");
    assert_eq!(reset("1790780430"), Some(30), "a moment in seconds");
    assert_eq!(reset("1790780430000"), Some(30), "in milliseconds");
    assert_eq!(reset("1790780430000000"), Some(30), "in microseconds");
    assert_eq!(read(&[("ratelimit-remaining", "0")]), Some((None, Some(0), None)));
    assert_eq!(read(&[("ratelimit-limit", "many")]), None);
    assert_eq!(read(&[]), None);
}

#[tokio::test]
async fn answer_carries_the_quota() {
    let quota = |reply: super::provider::Reply| {
        reply
            .header("ratelimit-limit", "4")
            .header("ratelimit-remaining", "0")
            .header("ratelimit-reset", "1")
    };
    let none = r#"{"totalResults":0}"#;
    let provider =
        ScriptedProvider::start([quota(reply(204, "")), quota(reply(200, none)), reply(204, "")])
            .await;
    let limits =
        RateLimits { limit: Some(4), remaining: Some(0), reset: Some(Duration::from_secs(1)) };
    let change = || Request::Write(deactivate());
    assert_eq!(provider.answer(change()).await.limits, Some(limits));
    let (_, find) = requests().remove(0);
    assert_eq!(provider.answer(find).await.limits, Some(limits));
    assert_eq!(provider.answer(change()).await.limits, None);
}

#[tokio::test]
async fn dialect_says_what_an_error_means() {
    let errors = "
errors:
  - { status: 404, says: no route matched, means: wrong-address }
  - { status: 400, says: ThrottlingException, means: throttled }
  - { status: 500, says: request_limit_exceeded, means: throttled }
  - { status: 200, says: exists already, means: conflict }
  - { status: 418, means: unavailable }
";
    let provider = ScriptedProvider::start([]).await;
    let client = provider.speaking(errors);
    for (status, body, meaning) in [
        (404, r#"{"message":"no Route matched with those values"}"#, "closed"),
        (404, r#"{"detail":"User not found"}"#, "Gone"),
        (400, r#"{"__type":"ThrottlingException"}"#, "retry"),
        (400, r#"{"errors":[{"message":"ThrottlingException: slow down"}]}"#, "retry"),
        (400, r#"{"detail":"ThrottlingExcept"}"#, "stuck"),
        (500, r#"{"status":{"message":"REQUEST_LIMIT_EXCEEDED"}}"#, "retry"),
        (418, "", "retry"),
        // Without an error in it, a 200 is a 200.
        (200, r#"{"id":"u1","message":"exists already"}"#, "Account"),
    ] {
        provider.then([reply(status, body)]);
        let read = Request::ReadAccount { account: ScimId::new("u1") };
        let outcome = client.answer(&call(read)).await.outcome;
        assert_eq!(word(&outcome), meaning, "{status} {body}");
    }
}

#[tokio::test]
async fn token_does_not_travel_with_a_redirect() {
    let elsewhere = ScriptedProvider::start([]).await;
    let provider = ScriptedProvider::start([
        reply(307, "").header("location", &format!("{}Users/u1", elsewhere.url))
    ])
    .await;
    let outcome = provider.write(deactivate()).await;
    assert_eq!(word(&outcome), "closed");
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn answer_carries_call_and_status() {
    let provider = ScriptedProvider::start([reply(503, "")]).await;
    let answer = provider.answer(Request::Write(deactivate())).await;
    assert_eq!(answer.call, crate::model::call::CallId(7));
    assert_eq!(answer.status, Some(503));
}
