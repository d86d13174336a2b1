//! Security event tokens: what proves them, and what each kind of event comes to.

mod kinds;
mod never_panics;
mod proofs;
mod scim;
mod subjects;

use super::*;
use crate::decode::jose::KeySet;
use crate::decode::jose::tests::{public, signed};
use std::collections::BTreeMap;

const ISSUER: &str = "https://issuer.example.net";
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";

/// A source of signed tokens, whose transmitter has the key of seed 1.
fn signed_source() -> SourceSettings {
    let mut source = of_sets(json!({
        "issuer": ISSUER,
        "audience": ["https://usher.example.com"],
        "jwks_file": "keys.json",
        "algorithms": ["EdDSA"],
    }));
    let keys = json!({ "keys": [public(1, "one")] }).to_string();
    let keys = KeySet::parse(keys.as_bytes()).unwrap();
    source.keys = Keys::new(BTreeMap::from([(ISSUER.to_owned(), keys)]));
    source
}

/// A source into which the claims of verified tokens come.
fn decoded_source() -> SourceSettings {
    of_sets(json!({ "issuer": ISSUER, "trust": "decoded", "id_system": "okta" }))
}

fn of_sets(transmitter: Value) -> SourceSettings {
    let transmitters = vec![transmitter];
    let source = json!({ "topic": "signals", "format": "set", "types": ["*"] });
    let mut source: SourceSettings = serde_json::from_value(source).unwrap();
    source.transmitters = serde_json::from_value(Value::Array(transmitters)).unwrap();
    source
}

/// When records of these tests come in: `record`.
const RECORDED: i64 = 1_790_780_532;

/// A token about Kim with this event.
fn claims(address: &str, event: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER,
        "jti": "set-1",
        "iat": RECORDED - 2,
        "aud": "https://usher.example.com",
        "txn": "case-7",
        "sub_id": { "format": "email", "email": "kim@example.com" },
        "events": {},
    });
    claims["events"][address] = event;
    claims
}

fn decoded(claims: &Value) -> Vec<Item> {
    decode(&record(claims.to_string()), &decoded_source())
}

/// Code and field.
fn why(refused: &Refused) -> (&str, &str) {
    reason(refused)
}
