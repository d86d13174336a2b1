//! Security event tokens, pushed: what RFC 8935 answers, and what then stands in Kafka.

use super::world::{TOKEN, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// As published by Cisco with its decoder; its audience is that of the door.
const PUBLISHED: &str = "eyJ0eXAiOiJzZWNldmVudCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6InRyYW5zbWl0dGVyLUVTMjU2LTAwMSJ9.eyJqdGkiOiIxNzY3YjEwNDQzZTUxMWVjYTc3NDAyNDJhYzEyMDAwMiIsImlhdCI6MTYzNjc0MTE3NiwiaXNzIjoiaHR0cHM6Ly9tb3N0LXNlY3VyZS5jb20vIiwiYXVkIjoiaHR0cHM6Ly9wb3B1bGFyLWFwcC5jb20iLCJldmVudHMiOnsiaHR0cHM6Ly9zY2hlbWFzLm9wZW5pZC5uZXQvc2VjZXZlbnQvc3NlL2V2ZW50LXR5cGUvdmVyaWZpY2F0aW9uIjp7InN0YXRlIjoiVkdocGN5QnBjeUJoYmlCbGVHIn19fQ.eNBqxZ5YmUrWMzDxBJa2_AMMh7aiUp4-35Ipc4_q2B3kIjwWZk7Qh1nDNmw_i06u11SOYJnxM9iN6xfi752cLg";

fn token(header: &Value, claims: &Value) -> String {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode("signed"))
}

fn header() -> Value {
    json!({ "typ": "secevent+jwt", "alg": "RS256", "kid": "1" })
}

fn claims() -> Value {
    json!({
        "iss": "https://most-secure.com/", "aud": ["other", "https://popular-app.com"], "jti": "j-1",
        "iat": 1_636_741_176, "sub_id": { "format": "email", "email": "kim@example.com" },
        "events": { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {} },
    })
}

/// These claims with another value for one; `null` takes it out.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    if value.is_null() {
        members.shift_remove(name)
    } else {
        members.insert(name.to_owned(), value)
    };
    claims
}

const SET: (&str, &str) = ("content-type", "application/secevent+jwt");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_taken_as_it_came_and_answered_with_nothing_but_202() {
    let world = World::open().await;
    for body in [PUBLISHED, &token(&header(), &claims())] {
        let answer = world.post("/set", &[SET], body).await;
        assert_eq!((answer.status, answer.body.as_str()), (202, ""), "{answer:?}");
    }
    let records = world.records("sets", 2);
    assert_eq!(records[0].value.as_deref(), Some(PUBLISHED.as_bytes()));
    assert_eq!(records[0].header("content-type"), Some(SET.1.as_bytes()));
    assert_eq!(records[0].key, None);
    assert_eq!(records[1].key.as_deref(), Some(b"kim@example.com".as_slice()));
    assert_eq!(records[1].header("usher-door"), Some(b"/set".as_slice()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_told_in_the_words_of_the_standard_and_leaves_nothing() {
    let world = World::open().await;
    let head = |name: &str, value: &str| {
        let mut header = header();
        header[name] = value.into();
        token(&header, &claims())
    };
    let said = |name: &str, value: Value| token(&header(), &with(name, value));
    let unsigned = head("alg", "none");
    let unsigned = unsigned.rsplit_once('.').unwrap().0.to_owned() + ".";
    let cases = [
        (String::new(), "invalid_request"),
        ("{}".to_owned(), "invalid_request"),
        ("a.b.c".to_owned(), "invalid_request"),
        (claims().to_string(), "invalid_request"),
        (head("typ", "JWT"), "invalid_request"),
        (said("jti", Value::Null), "invalid_request"),
        (said("iss", Value::Null), "invalid_request"),
        (said("iat", json!("today")), "invalid_request"),
        (said("events", json!({})), "invalid_request"),
        (said("events", Value::Null), "invalid_request"),
        (unsigned, "invalid_key"),
        (head("alg", "none"), "invalid_key"),
        (head("alg", "HS256"), "invalid_key"),
        ("a.b.c.d.e".to_owned(), "invalid_key"),
        (said("iss", json!("https://most-secure.com")), "invalid_issuer"),
        (said("aud", json!("https://popular-app.com/")), "invalid_audience"),
        (said("aud", json!([])), "invalid_audience"),
        (said("aud", Value::Null), "invalid_audience"),
    ];
    for (body, err) in cases {
        let answer = world.post("/set", &[SET], &body).await;
        let told = answer.json();
        assert_eq!((answer.status, told["err"].as_str()), (400, Some(err)), "{body}\n{answer:?}");
        assert!(told["description"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
        assert!(answer.head.contains("content-language: en"), "{}", answer.head);
    }
    let good = token(&header(), &claims());
    let answer = world.post("/set", &[SET, ("authorization", "")], &good).await;
    assert_eq!(
        (answer.status, answer.json()["err"].as_str()),
        (400, Some("authentication_failed"))
    );
    let json = world.post("/set", &[], &good).await;
    assert_eq!((json.status, json.json()["err"].as_str()), (400, Some("invalid_request")));
    // What is no answer to a token is told by its status.
    let long = world.post("/set", &[SET], &good.repeat(20)).await;
    assert_eq!((long.status, long.code().as_str()), (413, "door.too_large"));
    assert!(!long.body.contains(TOKEN));
    assert_eq!(world.end_of("sets"), 0);
}
