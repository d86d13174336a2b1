//! What is not proved changes nothing, and is set aside under a code of its own.

use super::*;
use crate::decode::jose::tests::signed_with;

fn revoked() -> Value {
    claims(&format!("{CAEP}session-revoked"), json!({ "event_timestamp": RECORDED - 5 }))
}

fn with(member: &str, value: Value) -> Value {
    let mut claims = revoked();
    claims[member] = value;
    claims
}

fn refused(text: &str) -> Refused {
    let refused = parked(decode(&record(text), &signed_source()));
    assert!(refused.takes_access, "it may have been a cut");
    refused
}

#[test]
fn a_signed_token_is_an_event_in_each_form_in_which_it_comes() {
    let token = signed(&revoked(), 1, "one");
    let forms = [
        token.clone(),
        format!("{token}\n"),
        json!(token).to_string(),
        json!({ "payload": token }).to_string(),
    ];
    for form in forms {
        let raw = with_headers(record(form), &[("content-type", "application/secevent+jwt")]);
        let event = event(decode(&raw, &signed_source()));
        assert_eq!(event.kind, crate::model::EventKind::SessionRevoked);
        assert_eq!((event.source.as_str(), event.id.as_str()), (ISSUER, "set-1"));
        assert_eq!(event.time.as_second(), RECORDED - 5);
        assert_eq!(event.correlation_id.as_deref(), Some("case-7"));
        assert_eq!(event.aliases[0].value(), "kim@example.com");
    }
}

#[test]
fn each_way_to_forge_has_its_code() {
    let token = signed(&revoked(), 1, "one");
    let (message, _) = token.rsplit_once('.').unwrap();
    let header = |alg: &str, kid: &str| json!({ "typ": "secevent+jwt", "alg": alg, "kid": kid });
    let text = revoked().to_string();
    for (forged, code) in [
        (format!("{message}."), "set.unsigned"),
        (signed_with(&header("none", "one"), &text, 1), "set.unsigned"),
        (text.clone(), "set.unsigned"),
        (signed_with(&header("HS256", "one"), &text, 1), "set.algorithm"),
        (signed_with(&header("RS256", "one"), &text, 1), "set.algorithm"),
        (signed(&revoked(), 2, "two"), "set.key_unknown"),
        (signed(&revoked(), 2, "one"), "set.signature_wrong"),
        (signed(&with("iss", json!("https://evil.example.net")), 1, "one"), "set.issuer_unknown"),
        (signed(&with("aud", json!("https://other.example.com")), 1, "one"), "set.audience"),
        (signed(&with("aud", json!([])), 1, "one"), "set.audience"),
        (signed(&with("iat", json!(RECORDED - 86_401)), 1, "one"), "set.too_old"),
        (signed(&with("iat", json!(RECORDED + 400)), 1, "one"), "set.from_the_future"),
        (signed(&with("exp", json!(RECORDED - 1)), 1, "one"), "set.expired"),
        (signed(&with("jti", json!("")), 1, "one"), "set.malformed"),
        (signed(&with("iat", Value::Null), 1, "one"), "set.malformed"),
        (signed(&with("events", json!({})), 1, "one"), "set.malformed"),
        (signed_with(&json!({ "alg": "EdDSA", "typ": "JWT" }), &text, 1), "set.wrong_type"),
        ("a.b.c.d.e".to_owned(), "set.encrypted"),
        (format!("a.b.{}", "c".repeat(300_000)), "set.too_large"),
        ("no token at all".to_owned(), "set.malformed"),
        ("[]".to_owned(), "set.malformed"),
    ] {
        assert_eq!(why(&refused(&forged)).0, code, "{}", forged.get(..80).unwrap_or(&forged));
    }
}

#[test]
fn an_expiry_that_is_not_over_is_tolerated() {
    let token = signed(&with("exp", json!(RECORDED + 43_200)), 1, "one");
    event(decode(&record(token), &signed_source()));
}

#[test]
fn one_of_several_audiences_is_enough() {
    let audience = json!(["https://other.example.com", "https://usher.example.com"]);
    let token = signed(&with("aud", audience), 1, "one");
    event(decode(&record(token), &signed_source()));
}

#[test]
fn nested_bombs_and_doubled_members_are_refused() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let text = revoked().to_string().replace("\"case-7\"", &deep);
    let header = json!({ "typ": "secevent+jwt", "alg": "EdDSA", "kid": "one" });
    assert_eq!(why(&refused(&signed_with(&header, &text, 1))).0, "value.too_deep");
    let text = revoked().to_string().replacen("\"jti\"", "\"jti\":\"other\",\"jti\"", 1);
    assert_eq!(why(&refused(&signed_with(&header, &text, 1))).0, "member.doubled");
}

#[test]
fn keys_that_were_never_had_are_told_apart_from_those_that_lack_one() {
    let token = record(signed(&revoked(), 1, "one"));
    let source = SourceSettings { keys: Keys::default(), ..signed_source() };
    assert_eq!(why(&parked(decode(&token, &source))).0, "set.keys_missing");
    assert_eq!(source.without_keys().count(), 1);
    assert_eq!(signed_source().without_keys().count(), 0);
    // Nobody is asked for keys that would prove nothing.
    assert!(wants_key_of(&token, &source).is_none());
    assert!(wants_key_of(&token, &signed_source()).is_none());
    let rotated = record(signed(&revoked(), 2, "two"));
    assert_eq!(wants_key_of(&rotated, &signed_source()).unwrap().issuer, ISSUER);
    let of_other = record(signed(&with("iss", json!("https://evil.example.net")), 2, "two"));
    assert!(wants_key_of(&of_other, &signed_source()).is_none());
}

#[test]
fn what_was_verified_elsewhere_counts_only_where_that_is_said() {
    event(decode(&record(revoked().to_string()), &decoded_source()));
    let token = record(signed(&revoked(), 1, "one"));
    assert_eq!(why(&parked(decode(&token, &decoded_source()))).0, "set.malformed");
    let old = with("iat", json!(RECORDED - 86_401)).to_string();
    assert_eq!(why(&parked(decode(&record(old), &decoded_source()))).0, "set.too_old");
}
