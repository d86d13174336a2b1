//! What is taken for keys, and that those which were read stay.

use super::*;
use crate::model::code::Code;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;

const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":"ioiPpZYqzvg7Tvk1lVhtVpDMLeHYn7VHYJXhrrlWbGI"}]}"#;

/// Where each of the answers is.
async fn issuer() -> String {
    let router = Router::new()
        .route("/keys", get(async || KEYS))
        .route("/page", get(async || "<html></html>"))
        .route("/away", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/elsewhere", get(async || Redirect::to("/keys").into_response()))
        .route("/flood", get(async || " ".repeat(300_000)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(Shutdown::new().spawn(async { axum::serve(listener, router).await }));
    address
}

fn place(url: &str) -> Place {
    let url = Some(Url::parse(url).unwrap());
    Place { issuer: "https://idp.example.com".to_owned(), url, file: None, ca_file: None }
}

async fn read(url: &str) -> Result<KeySet, Error> {
    Fetcher::new(place(url)).read().await
}

#[tokio::test]
async fn only_a_set_of_keys_from_where_it_should_be_is_taken() {
    let issuer = issuer().await;
    assert_eq!(read(&format!("{issuer}/keys")).await.unwrap().len(), 1);
    for (path, code) in [
        ("page", Code::KeysRefused),
        ("away", Code::KeysUnreachable),
        ("elsewhere", Code::KeysUnreachable),
        ("flood", Code::KeysUnreachable),
        ("nowhere", Code::KeysUnreachable),
    ] {
        assert_eq!(read(&format!("{issuer}/{path}")).await.unwrap_err().code(), code, "{path}");
    }
    let error = read("http://127.0.0.1:1/keys").await.unwrap_err();
    assert_eq!(error.code(), Code::KeysUnreachable);
}

#[tokio::test]
async fn keys_that_were_read_stay_when_they_cannot_be_read_anew() {
    let at = place("http://127.0.0.1:1/keys");
    let (told, heard) = watch::channel(Known::from([(at.clone(), Entry::default())]));
    let mut keeper = Keeper {
        fetcher: Fetcher::new(at.clone()),
        place: at.clone(),
        told,
        want: Arc::default(),
        trouble: None,
    };
    let error = keeper.fetcher.read().await;
    assert!(!keeper.tell(Instant::now(), error));
    assert!(keeper.tell(Instant::now(), Ok(KeySet::parse(KEYS.as_bytes()).unwrap())));
    let second = Instant::now();
    let error = keeper.fetcher.read().await;
    assert!(keeper.tell(second, error));
    let entry = heard.borrow().get(&at).cloned().unwrap();
    assert_eq!(entry.keys.map(|keys| keys.len()), Some(1));
    assert_eq!(entry.looked, Some(second), "a look in vain is a look");
}

#[tokio::test]
async fn who_names_an_unknown_key_waits_for_the_next_look() {
    let issuer = issuer().await;
    let source: SourceSettings = serde_json::from_value(serde_json::json!({
        "topic": "signals", "format": "set", "types": ["*"],
        "transmitters": [{
            "issuer": "https://idp.example.com", "audience": ["usher"],
            "jwks": format!("{issuer}/keys"),
        }],
    }))
    .unwrap();
    let shutdown = Shutdown::new();
    let mut ring = KeyRing::keep(std::iter::once(&source), &shutdown);
    assert_eq!(ring.of(&source), Keys::default());
    ring.changed().await;
    assert!(ring.of(&source).of(&source.transmitters[0]).is_some());
    let transmitter = &source.transmitters[0];
    assert!(!ring.was_asked_since(transmitter, Instant::now()));
    shutdown.begin();
}
