//! Tokens that are fetched from a transmitter of the test's own: acknowledged only when Kafka has them,
//! asked for again when it has not, and refused when their issuer did not sign them.

use super::proved::{Issuer, token};
use super::world::World;
use crate::shutdown::Shutdown;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The `jti` of all tokens of the vectors.
const JTI: &str = "756e69717565";

/// What a transmitter is going to answer, and what it was asked.
#[derive(Clone, Default)]
struct Transmitter {
    answers: Arc<Mutex<VecDeque<Said>>>,
    asked: Arc<Mutex<Vec<Value>>>,
}

enum Said {
    Status(u16, &'static str),
    Body(String),
}

async fn poll(State(it): State<Transmitter>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer the-token-for-polls");
    it.asked.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    let next = it.answers.lock().unwrap().pop_front();
    std::future::ready(match next {
        Some(Said::Status(status, again)) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [(header::RETRY_AFTER, again), (header::LOCATION, "/elsewhere")])
                .into_response()
        }
        Some(Said::Body(body)) => body.into_response(),
        None => "{\"sets\":{}}".into_response(),
    })
    .await
}

impl Transmitter {
    async fn start(answers: Vec<Said>) -> (Self, String) {
        let it = Self { answers: Arc::new(Mutex::new(answers.into())), ..Self::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/poll", listener.local_addr().unwrap());
        let router = Router::new().route("/poll", post(poll)).with_state(it.clone());
        drop(Shutdown::new().spawn(async { axum::serve(listener, router).await }));
        (it, address)
    }

    fn brings_again(&self, token: &str) {
        let mut answers = self.answers.lock().unwrap();
        if answers.is_empty() {
            answers.push_back(brings(JTI, token));
        }
    }

    /// The first question for which this holds, and those before it.
    async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let asked = self.asked.lock().unwrap().clone();
            if let Some(at) = asked.iter().position(&holds) {
                return asked[..=at].to_vec();
            }
            assert!(began.elapsed() < Duration::from_mins(1), "never {what}: {asked:?}");
            tokio::task::yield_now().await;
        }
    }
}

fn polls(endpoint: &str) -> String {
    format!(
        "{{ name: okta, endpoint: '{endpoint}', token_file: poll-token, topic: proved, issuer: \
         'https://issuer.example.net', audience: ['https://usher.example.com'], key: [/sub_id/email], \
         interval: 1s, answer_within: 5s }}"
    )
}

fn brings(name: &str, token: &str) -> Said {
    Said::Body(json!({ "sets": { name: token }, "moreAvailable": true }).to_string())
}

fn acknowledges(question: &Value) -> bool {
    question["ack"] == json!([JTI])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetched_token_is_acknowledged_when_kafka_has_it_and_a_bad_one_is_reported() {
    let (issuer, jwks) = Issuer::start().await;
    let rs = token("RS256");
    let moved = format!(
        "{}.{}",
        rs.rsplit_once('.').unwrap().0,
        token("PS256").rsplit_once('.').unwrap().1
    );
    let (transmitter, endpoint) = Transmitter::start(vec![
        // The keys are away: neither acknowledged nor refused.
        brings(JTI, &rs),
    ])
    .await;
    let world = World::with_issuer(&jwks, &polls(&endpoint)).await;
    let asked = transmitter.until("asked again", |_| true).await;
    assert_eq!(asked[0], json!({ "maxEvents": 100, "returnImmediately": false }));
    let began = Instant::now();
    while !world.metrics.render().contains("{door=\"poll:okta\",outcome=\"keys\"} 1") {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::task::yield_now().await;
    }
    assert_eq!(world.end_of("proved"), 0);
    issuer.publishes(true);
    // It brings it again, until its keys are there; then one of others, and one under another name.
    let began = Instant::now();
    while world.end_of("proved") == 0 {
        assert!(began.elapsed() < Duration::from_mins(1), "the token is never taken");
        let mut answers = transmitter.answers.lock().unwrap();
        if answers.is_empty() {
            answers.push_back(brings(JTI, &rs));
        }
    }
    let asked = transmitter.until("acknowledged", acknowledges).await;
    let last = asked.last().unwrap();
    assert_eq!(last["returnImmediately"], true, "what is owed is told at once: {last}");
    for (name, token, err) in [
        (JTI, moved.as_str(), "authentication_failed"),
        ("another", rs.as_str(), "invalid_request"),
        ("none", "a.b.c", "invalid_request"),
        ("hs", &token("HS256"), "invalid_key"),
    ] {
        transmitter.answers.lock().unwrap().push_back(brings(name, token));
        let is_reported = |it: &Value| it["setErrs"][name]["err"] == err;
        let asked = transmitter.until(&format!("{name} is {err}"), is_reported).await;
        assert!(
            asked.last().unwrap()["ack"].as_array().is_none_or(|it| !it.contains(&json!(name)))
        );
    }
    let record = &world.records("proved", 1)[0];
    assert_eq!(record.value.as_deref(), Some(rs.as_bytes()));
    assert_eq!(record.key.as_deref(), Some(b"kim@example.com".as_slice()));
    assert_eq!(record.header("usher-door"), Some(b"poll:okta".as_slice()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_transmitter_answers_it_is_asked_again_and_nothing_is_lost() {
    let (issuer, jwks) = Issuer::start().await;
    issuer.publishes(true);
    let rs = token("RS256");
    let twice = format!("{{\"sets\":{{\"{JTI}\":\"{rs}\",\"{JTI}\":\"{rs}\"}}}}");
    let (transmitter, endpoint) = Transmitter::start(vec![
        Said::Status(401, "0"),
        Said::Status(429, "1"),
        Said::Status(302, "0"),
        Said::Status(503, "0"),
        Said::Body("[".repeat(100_000)),
        Said::Body("{\"sets\":{\"a\":1}}".to_owned()),
        Said::Body(twice),
        Said::Body(" ".repeat(5_000_000)),
    ])
    .await;
    let began = Instant::now();
    let world = World::with_issuer(&jwks, &polls(&endpoint)).await;
    let halved = |it: &Value| it["maxEvents"] == 50;
    let asked = transmitter.until("fewer are asked for", halved).await;
    assert_eq!(asked.len(), 9, "{asked:?}");
    assert!(began.elapsed() >= Duration::from_secs(1), "429 says when to come again");
    assert_eq!(world.end_of("proved"), 0);
    let began = Instant::now();
    while !transmitter.asked.lock().unwrap().iter().any(acknowledges) {
        assert!(began.elapsed() < Duration::from_mins(1), "the token is never acknowledged");
        transmitter.brings_again(&rs);
        tokio::task::yield_now().await;
    }
    assert!(world.end_of("proved") >= 1);
    let metrics = world.metrics.render();
    assert!(metrics.contains("usher_polls_total{poll=\"okta\",outcome=\"failed\"} 8"), "{metrics}");
    world.end().await;
}
