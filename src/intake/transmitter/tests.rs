//! The management API, against one that notes what it is asked.

use super::{Asker, Delivery, Error, Status, Subject, Transmitter};
use crate::config::receive::grant::{Grant, SecretIn};
use crate::intake::bearer::Bearer;
use crate::shutdown::Shutdown;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A transmitter that notes what it is asked.
struct Peer {
    issuer: String,
    seen: Mutex<Vec<(String, Value)>>,
    /// What it was asked for tokens with.
    grants: Mutex<Vec<String>>,
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
            "jwks_uri": format!("{base}/keys"),
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
    if what == "POST /token" {
        let mut grants = peer.grants.lock().unwrap();
        grants.push(String::from_utf8(body.to_vec()).unwrap());
        assert_eq!(parts.headers["authorization"], "Basic dXNoJTNBZXI6cyUyQmVjcmV0");
        // The first is worth nothing already.
        let token = if grants.len() == 1 { "stale" } else { "api-token" };
        let answer = json!({ "access_token": token, "token_type": "bearer", "expires_in": 3600 });
        return answer.to_string().into_response();
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
        "GET /streams" => {
            json!([{ "stream_id": "s-1", "delivery": { "authorization_header": "x" } }])
                .to_string()
                .into_response()
        }
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
    let peer = Arc::new(Peer { issuer, seen: Mutex::default(), grants: Mutex::default(), at });
    let router = Router::new().fallback(answer).with_state(Arc::clone(&peer));
    let shutdown = Shutdown::new();
    shutdown.spawn_essential("peer", async move { axum::serve(listener, router).await });
    (peer, shutdown)
}

/// Whose token stands in a file.
fn asker(token: &str) -> Asker {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let file = std::env::temp_dir().join(format!("usher-api-{}-{number}", std::process::id()));
    std::fs::write(&file, token).unwrap();
    Asker { bearer: Bearer::File(file), scheme: "Bearer".to_owned(), extra_roots: Vec::new() }
}

async fn find(peer: &Peer, token: &str) -> Result<Transmitter, Error> {
    Transmitter::find(&peer.issuer, asker(token)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_made_looked_at_and_ended() {
    let (peer, _runs) = peer("/.well-known/ssf-configuration", "").await;
    let transmitter = find(&peer, "api-token").await.unwrap();
    let push = Delivery::Push {
        endpoint: "https://in.example.com/okta".parse().unwrap(),
        token: SecretString::from("push-token".to_owned()),
    };
    let made = transmitter.make(&push, &[]).await.unwrap();
    assert_eq!(made["stream_id"], "s-1");
    assert!(!made.to_string().contains("push-token"), "{made}");
    let all = transmitter.show(None).await.unwrap();
    assert_eq!(all[0]["delivery"]["authorization_header"], "[redacted]");
    transmitter.status("s 1&").await.unwrap();
    transmitter.set_status("s-1", Status::Paused).await.unwrap();
    transmitter.update("s-1", &Delivery::Poll, &["urn:x".to_owned()]).await.unwrap();
    let kim = json!({ "format": "email", "email": "kim@example.com" });
    transmitter.subject("s-1", Subject::Added, &kim).await.unwrap();
    assert_eq!(transmitter.delete("s-1").await.unwrap(), Value::Null);
    let seen = peer.seen.lock().unwrap().clone();
    let asked: Vec<_> = seen.iter().map(|(what, _)| what.as_str()).collect();
    let wanted = [
        "POST /streams",
        "GET /streams",
        "GET /status?stream_id=s+1%26",
        "POST /status",
        "PATCH /streams",
        "POST /subjects/add",
        "DELETE /streams?stream_id=s-1",
    ];
    assert_eq!(asked, wanted);
    let delivery = &seen[0].1["delivery"];
    assert_eq!(delivery["method"], "urn:ietf:rfc:8935");
    assert_eq!(delivery["endpoint_url"], "https://in.example.com/okta");
    assert_eq!(delivery["authorization_header"], "Bearer push-token");
    assert_eq!(seen[3].1, json!({ "stream_id": "s-1", "status": "paused" }));
    let polled = json!({
        "stream_id": "s-1", "delivery": { "method": "urn:ietf:rfc:8936" }, "events_requested": ["urn:x"],
    });
    assert_eq!(seen[4].1, polled);
    assert_eq!(seen[5].1["subject"], json!({ "format": "email", "email": "kim@example.com" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_with_a_path_is_found_either_way() {
    for at in
        ["/.well-known/ssf-configuration/realms/acme", "/realms/acme/.well-known/ssf-configuration"]
    {
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
    let kim = json!({ "format": "email", "email": "kim@example.com" });
    let absent = transmitter.subject("s-1", Subject::Removed, &kim).await.unwrap_err();
    assert!(absent.to_string().contains("has no `remove_subject_endpoint`"), "{absent}");
    for issuer in ["http://example.com", "ftp://example.com", "okta"] {
        assert!(
            matches!(Transmitter::find(issuer, asker("api-token")).await, Err(Error::Unfit(_))),
            "{issuer}"
        );
    }
    let slash = format!("{}/", peer.issuer);
    let other = Transmitter::find(&slash, asker("api-token")).await.unwrap_err();
    assert!(other.to_string().contains("calls itself"), "{other}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_asked_for_kept_and_asked_for_once_more_when_it_is_refused() {
    let (peer, _runs) = peer("/.well-known/ssf-configuration", "").await;
    let Asker { bearer: Bearer::File(client_secret_file), .. } = asker("s+ecret") else { panic!() };
    let grant = Grant {
        token_endpoint: format!("{}/token", peer.issuer).parse().unwrap(),
        client_id: "ush:er".to_owned(),
        client_secret_file,
        scope: Some("ssf.read ssf.manage".to_owned()),
        audience: None,
        secret_in: SecretIn::Header,
    };
    let bearer = Bearer::granted(grant);
    let it = Asker { bearer, scheme: "Bearer".to_owned(), extra_roots: Vec::new() };
    let transmitter = Transmitter::find(&peer.issuer, it).await.unwrap();
    for _ in 0..3 {
        transmitter.show(None).await.unwrap();
    }
    let grants = peer.grants.lock().unwrap().clone();
    let wanted = "grant_type=client_credentials&scope=ssf.read+ssf.manage".to_owned();
    assert_eq!(grants, [wanted.clone(), wanted]);
}
