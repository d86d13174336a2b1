//! Tokens whose signature the door proves, by keys that their issuer publishes, has changed, or keeps to itself.
//!
//! The tokens are those of `core/src/decode/jose/tests`, which `jwcrypto` has signed.

use super::world::{Answer, World};
use crate::shutdown::Shutdown;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Instant;

const SET: (&str, &str) = ("content-type", "application/secevent+jwt");

fn vectors() -> Value {
    let text = include_str!("../../../core/src/decode/jose/tests/vectors.json");
    serde_json::from_str(text).unwrap()
}

/// The token that is signed by this algorithm.
pub(super) fn token(algorithm: &str) -> String {
    vectors()["tokens"][algorithm].as_str().unwrap().to_owned()
}

/// An issuer on a port; without keys it is away.
#[derive(Clone, Default)]
pub(super) struct Issuer(Arc<Mutex<Option<String>>>);

impl Issuer {
    pub(super) async fn start() -> (Self, String) {
        let issuer = Self::default();
        let told = issuer.clone();
        let keys = get(async move || told.0.lock().unwrap().clone().ok_or(StatusCode::BAD_GATEWAY));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/keys", listener.local_addr().unwrap());
        let router = Router::new().route("/keys", keys);
        drop(Shutdown::new().spawn(async { axum::serve(listener, router).await }));
        (issuer, address)
    }

    pub(super) fn publishes(&self, is_there: bool) {
        let keys = is_there.then(|| json!({ "keys": vectors()["keys"] }).to_string());
        *self.0.lock().unwrap() = keys;
    }
}

fn told(answer: &Answer) -> (u16, String, String) {
    let err = answer.json()["err"].as_str().unwrap_or_default().to_owned();
    (answer.status, err, answer.code())
}

fn refused(err: &str, code: &str) -> (u16, String, String) {
    (400, err.to_owned(), code.to_owned())
}

/// Comes again, as a transmitter does that is told 503, until it is told something else.
async fn until_judged(world: &World, token: &str) -> Answer {
    let began = Instant::now();
    loop {
        let answer = world.post("/proved", &[SET], token).await;
        if answer.status != 503 {
            return answer;
        }
        assert_eq!(answer.code(), "door.keys_away");
        assert!(answer.head.contains("retry-after: 5"), "{}", answer.head);
        assert!(began.elapsed().as_secs() < 60, "the keys never come");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_waits_for_keys_and_then_only_what_its_issuer_signed_is_taken() {
    let (issuer, jwks) = Issuer::start().await;
    let world = World::with_issuer(&jwks, "").await;
    let first = world.post("/proved", &[SET], &token("RS256")).await;
    assert_eq!((first.status, first.code().as_str()), (503, "door.keys_away"));
    assert_eq!(world.end_of("proved"), 0);
    issuer.publishes(true);
    assert_eq!(until_judged(&world, &token("RS256")).await.status, 202);
    for algorithm in ["PS256", "ES256", "EdDSA"] {
        let answer = world.post("/proved", &[SET], &token(algorithm)).await;
        assert_eq!((answer.status, answer.body.as_str()), (202, ""), "{algorithm}: {answer:?}");
    }
    // Algorithms that the transmitter was not to use, and one whose secret is the public key.
    for algorithm in ["RS512", "HS256"] {
        let answer = world.post("/proved", &[SET], &token(algorithm)).await;
        assert_eq!(told(&answer), refused("invalid_key", "door.set_key"), "{algorithm}");
    }
    // Claims that others have changed.
    let (rs, ps) = (token("RS256"), token("PS256"));
    let moved = format!("{}.{}", rs.rsplit_once('.').unwrap().0, ps.rsplit_once('.').unwrap().1);
    let answer = world.post("/proved", &[SET], &moved).await;
    assert_eq!(told(&answer), refused("authentication_failed", "door.set_signature"));
    assert_eq!(world.end_of("proved"), 4);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_key_is_refused_only_when_the_keys_were_read_after_it_came() {
    let (issuer, jwks) = Issuer::start().await;
    issuer.publishes(true);
    let world = World::with_issuer(&jwks, "").await;
    assert_eq!(until_judged(&world, &token("RS256")).await.status, 202);
    issuer.publishes(false);
    let header = json!({ "typ": "secevent+jwt", "alg": "RS256", "kid": "of-others" }).to_string();
    let known = token("RS256");
    let foreign =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), known.split_once('.').unwrap().1);
    let answer = world.post("/proved", &[SET], &foreign).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "door.keys_away"));
    // What is known already needs nobody.
    assert_eq!(world.post("/proved", &[SET], &token("ES256")).await.status, 202);
    issuer.publishes(true);
    let answer = until_judged(&world, &foreign).await;
    assert_eq!(told(&answer), refused("invalid_key", "door.set_key_unknown"));
    assert_eq!(world.end_of("proved"), 2);
    let metrics = world.metrics.render();
    assert!(metrics.contains("{door=\"/proved\",outcome=\"taken\"} 2"), "{metrics}");
    assert!(metrics.contains("{door=\"/proved\",outcome=\"refused\"} 1"), "{metrics}");
    assert!(!metrics.contains("{door=\"/proved\",outcome=\"keys\"} 0"), "{metrics}");
    world.end().await;
}
