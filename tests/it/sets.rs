//! Security event tokens, signed by programs that are not ours: proved, waited for, and acted on.

use crate::support::events::{Event, Person, Record};
use crate::support::replica::Replica;
use crate::support::settings::{QUARANTINE, VPN};
use crate::support::signers::{Signed, Signer};
use crate::support::world::{REST, Tenant};
use crate::support::{World, eventually};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use usher::decode::jose::KeySet;
use usher::decode::{Item, Keys, SourceSettings, decode};
use usher::model::RawRecord;

const ISSUER: &str = "https://idp.example.com";
const AUDIENCE: &str = "https://usher.example.com";
const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

fn claims(id: &str, subject: &str, level: &str) -> Value {
    json!({
        "iss": ISSUER,
        "jti": id,
        "iat": Timestamp::now().as_second(),
        "aud": AUDIENCE,
        "sub_id": { "format": "email", "email": subject },
        "events": {
            "https://schemas.openid.net/secevent/caep/event-type/risk-level-change": {
                "principal": "USER", "current_level": level,
            },
        },
    })
}

fn transmitter(jwks: &str) -> Value {
    json!({ "issuer": ISSUER, "audience": [AUDIENCE], "jwks": jwks, "algorithms": ALGORITHMS })
}

fn source(topic: &str, jwks: &str) -> Value {
    json!({ "topic": topic, "format": "set", "types": ["risk.*"], "transmitters": [transmitter(jwks)] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_jose_and_jwcrypto_are_proved_by_their_own_keys_alone() {
    let sign = |signer: Signer| {
        tokio::task::block_in_place(|| {
            signer.sign(&ALGORITHMS, &claims("a", "kim@example.com", "HIGH"))
        })
    };
    let (Some(jose), Some(jwcrypto)) = (sign(Signer::Jose), sign(Signer::Jwcrypto)) else { return };
    for (signed, others) in [(&jose, &jwcrypto), (&jwcrypto, &jose)] {
        for algorithm in ALGORITHMS {
            let told = told(signed.token(algorithm), signed);
            assert!(matches!(told, Item::Event(_)), "{algorithm}: {told:?}");
            let Item::Park(refused) = self::told(signed.token(algorithm), others) else {
                panic!("{algorithm} is proved by a foreign key");
            };
            assert_eq!(refused.why.code.as_str(), "set.key_unknown");
        }
    }
}

/// What a token is, by the keys of `signed`.
fn told(token: &str, signed: &Signed) -> Item {
    let settings = source("signals", "https://idp.example.com/keys");
    let mut settings: SourceSettings = serde_json::from_value(settings).unwrap();
    let keys = KeySet::parse(signed.key_set().as_bytes()).unwrap();
    settings.keys = Keys::new(BTreeMap::from([(ISSUER.to_owned(), keys)]));
    let raw = RawRecord {
        topic: "signals".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: Timestamp::now(),
        key: None,
        value: Some(token.into()),
        headers: Vec::new(),
    };
    decode(&raw, &settings).remove(0)
}

async fn keys(State(issuer): State<Issuer>) -> Result<String, StatusCode> {
    std::future::ready(issuer.published()).await
}

/// An issuer's keys on a port; none: it is away.
#[derive(Clone, Default)]
struct Issuer(Arc<Mutex<Option<String>>>);

impl Issuer {
    async fn start() -> (Self, String) {
        let issuer = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/keys", listener.local_addr().unwrap());
        let router = Router::new().route("/keys", get(keys)).with_state(issuer.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        (issuer, address)
    }

    fn published(&self) -> Result<String, StatusCode> {
        self.0.lock().unwrap().clone().ok_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn publish(&self, signed: &Signed) {
        *self.0.lock().unwrap() = Some(signed.key_set());
    }
}

/// Adds the source of tokens to the replica's configuration.
fn add_source(replica: &Replica, topic: &str, jwks: &str) {
    let file = replica.configuration();
    let mut settings: Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let sources = settings["tenants"][0]["sources"].as_array_mut().unwrap();
    sources.push(source(topic, jwks));
    std::fs::write(file, settings.to_string()).unwrap();
}

async fn await_quarantine(acme: &Tenant, kim: &Person, is_in: bool) {
    eventually(&format!("Kim in quarantine: {is_in}"), REST, async || {
        let name = &kim.user_name;
        let quarantined = acme.directory.is_member(name, QUARANTINE).await;
        let has_vpn = acme.directory.is_member(name, VPN).await;
        (quarantined == is_in && has_vpn != is_in).then_some(())
    })
    .await;
}

/// One story for all, so that Kafka and usher start once: keys that are late, changed, and forged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_wait_for_keys_that_are_late_or_new_and_forged_ones_do_nothing() {
    let kim = Person::named("kim");
    let sign = |signer: Signer, id: &str, level: &str| {
        let claims = claims(id, &kim.user_name, level);
        tokio::task::block_in_place(|| signer.sign(&["ES256"], &claims))
    };
    let Some(first) = sign(Signer::Jose, "set-1", "HIGH") else { return };
    let Some(second) = sign(Signer::Jwcrypto, "set-2", "LOW") else { return };
    let Some(forged) = sign(Signer::Jose, "set-3", "HIGH") else { return };
    let Some(world) = World::set_up("sets").await else { return };
    let acme = world.acme();
    let topic = format!("{}.signals", world.name);
    world.broker.create_topic(&topic, 1).await;
    let (issuer, address) = Issuer::start().await;
    let mut usher = world.replica("a").await;
    add_source(&usher, &topic, &address);
    usher.start().await;
    world.send(acme, &Event::hired(&kim)).await;
    await_quarantine(acme, &kim, false).await;

    // The issuer is away since the start: nothing is set aside, and nothing of the topic is decided.
    let send = async |signed: &Signed| {
        let record =
            Record::new(signed.token("ES256")).header("content-type", "application/secevent+jwt");
        world.send_record_to(&topic, &record, 1).await
    };
    send(&first).await;
    eventually("it is said that keys are missing", REST, async || {
        usher.log().contains("keys.unreachable").then_some(())
    })
    .await;
    assert!(world.parked().is_empty());
    issuer.publish(&first);
    await_quarantine(acme, &kim, true).await;

    // It has another key now, of which usher hears by the first token that names it.
    issuer.publish(&second);
    send(&second).await;
    await_quarantine(acme, &kim, false).await;

    // Nobody ever published this one.
    send(&forged).await;
    let parked = eventually("the forgery is set aside", REST, async || {
        let parked = world.parked();
        (!parked.is_empty()).then_some(parked)
    })
    .await;
    assert_eq!(parked.len(), 1);
    world.at_rest().await;
    await_quarantine(acme, &kim, false).await;
    let is_forged = |code: Option<&str>| code == Some("set.key_unknown");
    assert_eq!(world.audit().iter().filter(|line| is_forged(line.why().0)).count(), 1);
}
