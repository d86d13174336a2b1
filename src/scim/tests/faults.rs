use super::provider::{
    ScriptedProvider, call, client, deactivate, nobody, now, outcome_within, raw, reply, settings,
    spawn,
};
use crate::model::call::{Failure, Landed, Outcome, Reply, Request, Verdict};
use crate::model::ids::ScimId;
use crate::scim::{Provider, ProviderSettings, TokenSource};
use jiff::ToSpan;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Whether the call may have landed, if it is to be tried again.
fn landed(outcome: &Outcome) -> Landed {
    match outcome {
        Outcome::Failed(Failure { verdict: Verdict::Retry { .. }, landed, .. }) => *landed,
        other => panic!("{other:?}"),
    }
}

fn deactivation() -> Request {
    Request::Write(deactivate())
}

#[tokio::test]
async fn call_that_met_no_listener_did_not_land() {
    let (_held, url) = nobody();
    let outcome = client(&url).answer(&call(deactivation())).await.outcome;
    assert_eq!(landed(&outcome), Landed::No);
}

#[tokio::test]
async fn call_to_an_unknown_host_or_a_bad_certificate_did_not_land() {
    let url = raw("not tls at all", true).await.replace("http://", "https://");
    for url in [url.as_str(), "https://no-such-host.invalid"] {
        let outcome = client(url).answer(&call(deactivation())).await.outcome;
        assert_eq!(landed(&outcome), Landed::No, "{url}");
    }
}

#[tokio::test]
async fn call_without_an_answer_in_time_may_have_landed() {
    let url = raw("", false).await;
    let limit = Duration::from_millis(300);
    let outcome = outcome_within(&url, limit, deactivation()).await;
    assert_eq!(landed(&outcome), Landed::Maybe);
    let read = Request::ReadAccount { account: ScimId::new("u1") };
    let outcome = outcome_within(&url, limit, read).await;
    assert_eq!(landed(&outcome), Landed::No, "a read changes nothing");
}

#[tokio::test]
async fn call_whose_connection_broke_may_have_landed() {
    let url = raw("", true).await;
    let outcome = client(&url).answer(&call(deactivation())).await.outcome;
    assert_eq!(landed(&outcome), Landed::Maybe);
}

#[tokio::test]
async fn write_whose_good_answer_broke_off_is_done_and_a_read_is_not() {
    let url = raw("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"id\":", true).await;
    let outcome = client(&url).answer(&call(deactivation())).await.outcome;
    assert_eq!(outcome, Outcome::Done(Reply::Changed));
    let read = Request::ReadAccount { account: ScimId::new("u1") };
    let outcome = client(&url).answer(&call(read)).await.outcome;
    assert_eq!(landed(&outcome), Landed::No);
}

#[tokio::test]
async fn answer_larger_than_allowed_is_not_swallowed_whole() {
    let huge = format!("{{\"id\":\"u1\",\"x\":\"{}\"}}", "x".repeat(16 * 1024 * 1024));
    let provider = ScriptedProvider::start(std::iter::repeat_n(reply(200, &huge), 4)).await;
    let outcome = provider.outcome(Request::ReadAccount { account: ScimId::new("u1") }).await;
    insta::assert_debug_snapshot!(outcome, @r#"
    Failed(
        Failure {
            verdict: Stuck,
            landed: No,
            what: "could not read an account at target `prod`: HTTP 200 with a body beyond the limit; trying again cannot help",
        },
    )
    "#);
}

#[tokio::test]
async fn call_past_its_lease_is_not_sent() {
    let provider = ScriptedProvider::start([]).await;
    let mut late = call(deactivation());
    late.not_after = now() - 1.second();
    let answer = client(&provider.url).answer(&late).await;
    assert_eq!(answer.outcome, Outcome::NotSent);
    assert!(provider.seen().is_empty());
}

#[tokio::test]
async fn lease_that_ends_while_connecting_keeps_the_body_here() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let (accepted, mut is_accepted) = mpsc::channel(1);
    spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        accepted.send(stream).await.unwrap();
    });
    // The handshake stands still until the lease is over, then fails: what matters is that the
    // time limit of the whole call is no word that the request may have landed.
    let limit = Duration::from_millis(300);
    let outcome = outcome_within(&url, limit, deactivation()).await;
    assert_eq!(landed(&outcome), Landed::No);
    assert!(is_accepted.recv().await.is_some(), "it did connect");
}

#[tokio::test]
async fn body_refuses_to_leave_after_the_lease() {
    use crate::scim::lease::{Departure, LeasedBody};
    use http_body::Body;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    let frame_of = |not_after| {
        let departure = Arc::new(Departure::default());
        let mut body = LeasedBody::new(b"{}".to_vec(), not_after, Arc::clone(&departure));
        let frame = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        let left = matches!(frame, Poll::Ready(Some(Ok(_))));
        assert_eq!(left, departure.has_left());
        assert_eq!(!left, departure.was_late());
        left
    };
    assert!(frame_of(now() + 60.seconds()));
    assert!(!frame_of(now() - 1.second()));
}

fn token_file(name: &str) -> std::path::PathBuf {
    let file = format!("usher-token-{name}-{}", std::process::id());
    std::env::temp_dir().join(file)
}

fn provider_with_file(url: &str, path: &std::path::Path) -> Provider {
    Provider::new(ProviderSettings { token: TokenSource::File(path.to_owned()), ..settings(url) })
        .unwrap()
}

#[tokio::test]
async fn token_is_read_again_at_once_after_a_401_and_the_call_tried_once_more() {
    let path = token_file("rotated");
    std::fs::write(&path, " old \n").unwrap();
    let provider =
        ScriptedProvider::start([reply(204, ""), reply(401, ""), reply(204, ""), reply(401, "")])
            .await;
    let client = provider_with_file(&provider.url, &path);
    client.answer(&call(deactivation())).await;
    std::fs::write(&path, "new\n").unwrap();
    let answer = client.answer(&call(deactivation())).await;
    assert_eq!(answer.outcome, Outcome::Done(Reply::Changed));
    let answer = client.answer(&call(deactivation())).await;
    assert_eq!(answer.status, Some(401), "the same token is not tried again");
    std::fs::remove_file(&path).unwrap();

    let tokens: Vec<String> =
        provider.seen().iter().map(|seen| seen.header("authorization").to_owned()).collect();
    assert_eq!(tokens, ["Bearer old", "Bearer old", "Bearer new", "Bearer new"]);
}

#[tokio::test]
async fn target_without_a_token_is_closed() {
    let provider = ScriptedProvider::start([]).await;
    let client = provider_with_file(&provider.url, &token_file("absent"));
    let answer = client.answer(&call(deactivation())).await;
    insta::assert_debug_snapshot!(answer.outcome, @r#"
    Failed(
        Failure {
            verdict: Closed,
            landed: No,
            what: "could not change an account at target `prod`: there is no token to send; check the target's token file",
        },
    )
    "#);
    assert!(provider.seen().is_empty());
}
