//! Tokens that other programs have signed, and what must not be taken for one.
//!
//! `vectors.json` was made by `jwcrypto` 1.6.1: one token by each algorithm, one whose secret is the
//! public key, and a key of 1,024 bits. The private keys were thrown away.

use super::*;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn key_set(keys: &Value) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn proved(token: &str, keys: &KeySet, allowed: &[Algorithm]) -> Result<Vec<u8>, Flaw> {
    Token::read(token)?.proved_claims(keys, allowed)
}

/// A key that signs the same in the same way each time.
fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

/// The public key of the seed, as issuers publish it.
pub(crate) fn public(seed: u8, id: &str) -> Value {
    let x = BASE64_URL_SAFE_NO_PAD.encode(pair(seed).public_key());
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": x, "use": "sig" })
}

/// A token with this header, signed by the key of the seed.
pub(crate) fn signed_with(header: &Value, claims: &str, seed: u8) -> String {
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", encode(&header.to_string()), encode(claims));
    let signature = pair(seed).sign(message.as_bytes());
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// A token as it should be.
pub(crate) fn signed(claims: &Value, seed: u8, id: &str) -> String {
    let header = json!({ "typ": "secevent+jwt", "alg": "EdDSA", "kid": id });
    signed_with(&header, &claims.to_string(), seed)
}

#[test]
fn each_algorithm_is_proved_and_only_if_it_is_allowed() {
    let vectors = vectors();
    let keys = key_set(&vectors["keys"]);
    for algorithm in Algorithm::ALL {
        let token = vectors["tokens"][algorithm.word()].as_str().unwrap();
        let claims = proved(token, &keys, &[*algorithm]).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["jti"], "756e69717565", "{algorithm}");
        let others: Vec<_> = Algorithm::ALL.iter().filter(|it| *it != algorithm).copied().collect();
        assert_eq!(proved(token, &keys, &others), Err(Flaw::AlgorithmNotAllowed), "{algorithm}");
    }
}

#[test]
fn a_bit_turned_anywhere_spoils_every_token() {
    let vectors = vectors();
    let keys = key_set(&vectors["keys"]);
    for algorithm in Algorithm::ALL {
        let token = vectors["tokens"][algorithm.word()].as_str().unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        let turned = |part: &str| {
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            BASE64_URL_SAFE_NO_PAD.encode(bytes)
        };
        let spoilt = format!("{header}.{claims}.{}", turned(signature));
        assert_eq!(proved(&spoilt, &keys, Algorithm::ALL), Err(Flaw::SignatureWrong));
        let spoilt = format!("{header}.{}.{signature}", turned(claims));
        assert_eq!(proved(&spoilt, &keys, Algorithm::ALL), Err(Flaw::SignatureWrong));
    }
}

/// duo-labs/sharedsignals, docs/decoding-sets.md (BSD-3-Clause).
#[test]
fn a_published_token_is_proved_by_its_published_key() {
    let keys = key_set(&json!([{
        "kty": "EC", "crv": "P-256", "kid": "transmitter-ES256-001",
        "x": "YJ0AaXbOH8wcB1FLXiqXj2zGSfciIb_-x-i9B5Ica7Q",
        "y": "bll4Myk4oui5P8kCzaMzgxlEV9q7tECVcpcVACJzWNU",
    }]));
    let token = concat!(
        "eyJ0eXAiOiJzZWNldmVudCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6InRyYW5zbWl0dGVyLUVTMjU2LTAwMSJ9.",
        "eyJqdGkiOiIxNzY3YjEwNDQzZTUxMWVjYTc3NDAyNDJhYzEyMDAwMiIsImlhdCI6MTYzNjc0MTE3NiwiaXNzIjoiaHR0",
        "cHM6Ly9tb3N0LXNlY3VyZS5jb20vIiwiYXVkIjoiaHR0cHM6Ly9wb3B1bGFyLWFwcC5jb20iLCJldmVudHMiOnsiaHR0",
        "cHM6Ly9zY2hlbWFzLm9wZW5pZC5uZXQvc2VjZXZlbnQvc3NlL2V2ZW50LXR5cGUvdmVyaWZpY2F0aW9uIjp7InN0YXRl",
        "IjoiVkdocGN5QnBjeUJoYmlCbGVHIn19fQ.",
        "eNBqxZ5YmUrWMzDxBJa2_AMMh7aiUp4-35Ipc4_q2B3kIjwWZk7Qh1nDNmw_i06u11SOYJnxM9iN6xfi752cLg",
    );
    let claims = proved(token, &keys, &[Algorithm::Es256]).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["iss"], "https://most-secure.com/");
}

#[test]
fn a_public_key_is_no_secret_and_none_is_no_algorithm() {
    let vectors = vectors();
    let keys = key_set(&vectors["keys"]);
    let with_public_key = vectors["tokens"]["HS256"].as_str().unwrap();
    assert_eq!(proved(with_public_key, &keys, Algorithm::ALL), Err(Flaw::AlgorithmNotAllowed));
    // RFC 8417 §2.2 has a token with this header.
    let unsigned = "eyJ0eXAiOiJzZWNldmVudCtqd3QiLCJhbGciOiJub25lIn0.e30.";
    assert_eq!(proved(unsigned, &keys, Algorithm::ALL), Err(Flaw::Unsigned));
    for word in ["None", "nOnE"] {
        let header = json!({ "typ": "secevent+jwt", "alg": word });
        assert_eq!(
            proved(&signed_with(&header, "{}", 1), &keys, Algorithm::ALL),
            Err(Flaw::Unsigned)
        );
    }
}

#[test]
fn keys_are_found_by_their_id_and_never_brought_along() {
    let keys = key_set(&json!([public(1, "one"), public(2, "two")]));
    let allowed = [Algorithm::EdDsa];
    assert!(proved(&signed(&json!({}), 1, "one"), &keys, &allowed).is_ok());
    let wrong = signed(&json!({}), 1, "two");
    assert_eq!(proved(&wrong, &keys, &allowed), Err(Flaw::SignatureWrong));
    let header = json!({
        "typ": "secevent+jwt", "alg": "EdDSA", "kid": "three", "jwk": public(3, "three"),
        "jku": "https://evil.example.com/keys",
    });
    let foreign = signed_with(&header, "{}", 3);
    assert_eq!(proved(&foreign, &keys, &allowed), Err(Flaw::KeyUnknown));
    // Without an id it must be clear which key is meant.
    let nameless = signed_with(&json!({ "alg": "EdDSA" }), "{}", 1);
    assert_eq!(proved(&nameless, &keys, &allowed), Err(Flaw::KeyUnknown));
    assert!(proved(&nameless, &key_set(&json!([public(1, "one")])), &allowed).is_ok());
}

#[test]
fn tokens_of_another_use_and_with_demands_are_none_of_ours() {
    let keys = key_set(&json!([public(1, "one")]));
    for (header, flaw) in [
        (json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" }), Flaw::WrongType),
        (json!({ "alg": "EdDSA", "kid": "one", "typ": "logout+jwt" }), Flaw::WrongType),
        (json!({ "alg": "EdDSA", "kid": "one", "crit": ["exp"] }), Flaw::Critical),
        (json!({ "alg": "EdDSA", "kid": "one", "b64": false }), Flaw::Critical),
        (json!({ "alg": "EdDSA", "kid": "one", "enc": "A256GCM" }), Flaw::Encrypted),
    ] {
        let token = signed_with(&header, "{}", 1);
        assert_eq!(proved(&token, &keys, Algorithm::ALL), Err(flaw), "{header}");
    }
    for kind in ["secevent+jwt", "application/secevent+JWT"] {
        let header = json!({ "alg": "EdDSA", "kid": "one", "typ": kind });
        assert!(proved(&signed_with(&header, "{}", 1), &keys, Algorithm::ALL).is_ok());
    }
    assert_eq!(Token::read("a.b.c.d.e").err(), Some(Flaw::Encrypted));
    assert_eq!(Token::read(&"a".repeat(300_000)).err(), Some(Flaw::TooLarge));
    for text in ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "e30.e30.e30", "e30=.e30.e30"] {
        assert!(matches!(Token::read(text), Err(Flaw::Malformed(_))), "{text}");
    }
}

#[test]
fn sets_of_keys_say_what_is_wrong_with_them() {
    let refused = |text: &str| KeySet::parse(text.as_bytes()).unwrap_err();
    assert_eq!(refused("<html>"), KeysFlaw::NotJson);
    assert_eq!(refused(r#"{"keys":[],"keys":[]}"#), KeysFlaw::NotJson);
    assert_eq!(refused("{}"), KeysFlaw::NoList);
    assert_eq!(refused(r#"{"keys":[]}"#), KeysFlaw::NoneUsable);
    let many = json!({ "keys": vec![public(1, "one"); 101] });
    assert_eq!(refused(&many.to_string()), KeysFlaw::TooMany);
    let weak = json!({ "keys": [vectors()["weak"]] });
    assert_eq!(refused(&weak.to_string()), KeysFlaw::NoneUsable);
    let mut private = public(1, "one");
    private["d"] = json!("AAAA");
    assert_eq!(refused(&json!({ "keys": [private] }).to_string()), KeysFlaw::Secret);
    let secret = json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] });
    assert_eq!(refused(&secret.to_string()), KeysFlaw::Secret);
    let mut to_encrypt = public(1, "one");
    to_encrypt["use"] = json!("enc");
    assert_eq!(refused(&json!({ "keys": [to_encrypt] }).to_string()), KeysFlaw::NoneUsable);
    let with_strange = json!({ "keys": [{ "kty": "strange" }, 7, public(1, "one")] });
    assert_eq!(KeySet::parse(with_strange.to_string().as_bytes()).unwrap().len(), 1);
}

#[test]
fn a_key_for_one_algorithm_proves_no_other() {
    let vectors = vectors();
    let mut key = vectors["keys"][0].clone();
    key["alg"] = json!("PS256");
    let keys = key_set(&json!([key]));
    let token = |word: &str| vectors["tokens"][word].as_str().unwrap().to_owned();
    assert!(proved(&token("PS256"), &keys, Algorithm::ALL).is_ok());
    assert_eq!(proved(&token("RS256"), &keys, Algorithm::ALL), Err(Flaw::KeyUnknown));
}
