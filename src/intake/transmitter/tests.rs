//! The management API, against one that notes what it is asked.

use super::{Error, Push, Status, Subject, Transmitter};
use crate::shutdown::Shutdown;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A transmitter that notes what it is asked.
struct Peer {
    issuer: String,
    seen: Mutex<Vec<(String, Value)>>,
    /// Where it says where its endpoints are.
    at: &'static str,
}

async fn answer(State(peer): State<Arc<Peer>>, request: Request) -> Response {
    let what = format!("{} {}", request.method(), request.uri());
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 100_000).await.unwrap();
    if what == format!("GET {}", peer.at) {
        assert!(parts.headers.get("authorization").is_none(), "the token is for its API alone");
        let base = peer.issuer.trim_end_matches("/realms/acme");
        let metadata = json!({
            "issuer": peer.issuer, "configuration_endpoint": format!("{base}/streams"),
            "status_endpoint": format!("{base}/status"),
            "add_subject_endpoint": format!("{base}/subjects/add"),
            "verification_endpoint": "http://192.0.2.1/verify",
        });
        return metadata.to_string().into_response();
    }
    if what.contains(".well-known") {
        return StatusCode::NOT_FOUND.into_response();
    }
    if !is_known(&parts.headers) {
        return (StatusCode::UNAUTHORIZED, "who\r\nare you\u{1b}[2J").into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    peer.seen.lock().unwrap().push((what.clone(), body.clone()));
    match what.as_str() {
        "POST /streams" => {
            let mut made = body;
            made["stream_id"] = json!("s-1");
            (StatusCode::CREATED, made.to_string()).into_response()
        }
        "GET /streams" => json!([{ "stream_id": "s-1", "delivery": { "authorization_header": "x" } }])
            .to_string()
            .into_response(),
        _ if what.contains("/subjects/") || what.starts_with("DELETE") => {
            StatusCode::NO_CONTENT.into_response()
        }
        _ => json!({ "stream_id": "s-1", "status": "enabled" }).to_string().into_response(),
    }
}

fn is_known(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|it| it == "Bearer api-token")
}

async fn peer(at: &'static str, path: &str) -> (Arc<Peer>, Shutdown) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}{path}", listener.local_addr().unwrap());
    let peer = Arc::new(Peer { issuer, seen: Mutex::default(), at });
    let router = Router::new().fallback(answer).with_state(Arc::clone(&peer));
    let shutdown = Shutdown::new();
    shutdown.spawn_essential("peer", async move { axum::serve(listener, router).await });
    (peer, shutdown)
}

async fn find(peer: &Peer, token: &str) -> Result<Transmitter, Error> {
    Transmitter::find(&peer.issuer, SecretString::from(token.to_owned())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_made_looked_at_and_ended() {
    let (peer, _runs) = peer("/.well-known/ssf-configuration", "").await;
    let transmitter = find(&peer, "api-token").await.unwrap();
    let push = Push {
        endpoint: "https://in.example.com/okta".parse().unwrap(),
        token: SecretString::from("push-token".to_owned()),
    };
    let made = transmitter.make(&push).await.unwrap();
    assert_eq!(made["stream_id"], "s-1");
    assert!(!made.to_string().contains("push-token"), "{made}");
    let all = transmitter.show(None).await.unwrap();
    assert_eq!(all[0]["delivery"]["authorization_header"], "[redacted]");
    transmitter.status("s 1&").await.unwrap();
    transmitter.set_status("s-1", Status::Paused).await.unwrap();
    transmitter.subject("s-1", Subject::Added, "kim@example.com").await.unwrap();
    assert_eq!(transmitter.delete("s-1").await.unwrap(), Value::Null);
    let seen = peer.seen.lock().unwrap().clone();
    let asked: Vec<_> = seen.iter().map(|(what, _)| what.as_str()).collect();
    let wanted = [
        "POST /streams",
        "GET /streams",
        "GET /status?stream_id=s+1%26",
        "POST /status",
        "POST /subjects/add",
        "DELETE /streams?stream_id=s-1",
    ];
    assert_eq!(asked, wanted);
    let delivery = &seen[0].1["delivery"];
    assert_eq!(delivery["method"], "urn:ietf:rfc:8935");
    assert_eq!(delivery["endpoint_url"], "https://in.example.com/okta");
    assert_eq!(delivery["authorization_header"], "Bearer push-token");
    assert_eq!(seen[3].1, json!({ "stream_id": "s-1", "status": "paused" }));
    assert_eq!(seen[4].1["subject"], json!({ "format": "email", "email": "kim@example.com" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_with_a_path_is_found_either_way() {
    for at in [
        "/.well-known/ssf-configuration/realms/acme",
        "/realms/acme/.well-known/ssf-configuration",
    ] {
        let (peer, _runs) = peer(at, "/realms/acme").await;
        find(&peer, "api-token").await.unwrap().show(None).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_goes_nowhere_but_where_it_may() {
    let (peer, _runs) = peer("/.well-known/ssf-configuration", "").await;
    let stranger = find(&peer, "another").await.unwrap();
    let refused = stranger.show(None).await.unwrap_err().to_string();
    assert!(refused.contains("401") && refused.contains("whoare you[2J"), "{refused:?}");
    let transmitter = find(&peer, "api-token").await.unwrap();
    let unsafe_one = transmitter.verify("s-1", "x").await.unwrap_err();
    assert!(unsafe_one.to_string().contains("no https address"), "{unsafe_one}");
    let absent = transmitter.subject("s-1", Subject::Removed, "kim@example.com").await.unwrap_err();
    assert!(absent.to_string().contains("has no `remove_subject_endpoint`"), "{absent}");
    for issuer in ["http://example.com", "ftp://example.com", "okta"] {
        let token = SecretString::from("api-token".to_owned());
        assert!(matches!(Transmitter::find(issuer, token).await, Err(Error::Unfit(_))), "{issuer}");
    }
    let slash = format!("{}/", peer.issuer);
    let token = SecretString::from("api-token".to_owned());
    let other = Transmitter::find(&slash, token).await.unwrap_err();
    assert!(other.to_string().contains("calls itself"), "{other}");
}
